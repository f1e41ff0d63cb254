"""`crmtui layout move`, `set` and `reset`."""

from collections.abc import Sequence
from typing import Any

import click

from crmtui.commands import _complete, _fields, _layouts, _options
from crmtui.commands._command import command
from crmtui.commands._definitions import apply_changes, says_nothing
from crmtui.commands._session import Session
from crmtui.i18n import _

fields_argument = click.argument(
    "words",
    nargs=-1,
    required=True,
    metavar="TYPE.FIELD...",
    shell_complete=_complete.definitions("field"),
)


@command(epilog="Example: crmtui layout move deal.discount --section Terms --after value")
@_options.common
@fields_argument
@_layouts.kind_option(_layouts.ALL)
@_layouts.stage_option
@_layouts.role_option
@click.option(
    "--section",
    metavar="SECTION",
    shell_complete=_complete.of_type("sections"),
    help=_("The section, by key or label; a new one is made at the end."),
)
@click.option(
    "--after",
    metavar="FIELD",
    shell_complete=_complete.of_type("fields"),
    help=_("Behind this field."),
)
@click.option(
    "--before",
    metavar="FIELD",
    shell_complete=_complete.of_type("fields"),
    help=_("In front of this field."),
)
@click.option("--first", is_flag=True, help=_("At the beginning."))
@click.option("--last", is_flag=True, help=_("At the end, as by itself."))
@_options.dry_run
@_options.as_json
def move(
    session: Session,
    db: str | None,
    words: tuple[str, ...],
    kind: str,
    stage: str | None,
    role: str | None,
    section: str | None,
    after: str | None,
    before: str | None,
    first: bool,
    last: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Put fields at another place.

    Several fields are put one behind the other. A list or card has no sections; a field that is
    not in it comes into it. What every record has, such as created_at, can be placed as well.
    """
    if sum((after is not None, before is not None, first, last)) > 1:
        raise click.UsageError(_("choose one of --after, --before, --first and --last"))
    if section is not None and kind not in _layouts.SECTIONED:
        raise click.UsageError(_("a {kind} has no sections").format(kind=kind))
    if section is not None and not section.strip():
        raise click.UsageError(_("the section is empty"))
    if section is None and after is None and before is None and not (first or last):
        raise click.UsageError(_("say where: --section, --after, --before, --first or --last"))
    type_key, keys = _fields.fields(words)

    def edit(type_: Any, present: Any) -> Any:
        from crmtui.store import layout_words, layouts

        at: dict[str, Any] = {
            "after": after and _fields.key(after, type_key),
            "before": before and _fields.key(before, type_key),
            "first": first,
        }
        if kind in layouts.KEYED:
            return layout_words.keys_placed(type_, present, keys, **at)
        return layout_words.fields_placed(type_, present, keys, section=section, **at)

    _layouts.change_layout(
        session, db, type_key, kind, stage, edit, role=role, dry_run=dry_run, as_json=as_json
    )


@command("set", epilog="Example: crmtui layout set deal.notes --label-zh 备注 --wide")
@_options.common
@click.argument(
    "words",
    nargs=-1,
    required=True,
    metavar="TYPE[.FIELD]...",
    shell_complete=_complete.definitions("field"),
)
@_layouts.kind_option(_layouts.ALL, None)
@_layouts.stage_option
@_layouts.role_option
@click.option("--label", metavar="TEXT", help=_("What people read here."))
@click.option("--label-zh", metavar="TEXT", help=_("What people read here in Chinese."))
@click.option("--help-text", metavar="TEXT", help=_("The line of help here."))
@click.option("--help-zh", metavar="TEXT", help=_("The same in Chinese."))
@click.option("--hidden/--no-hidden", default=None, help=_("Leave it out here."))
@click.option("--wide/--no-wide", default=None, help=_("Give it a line to itself."))
@click.option(
    "--columns", metavar="FIELD,...", help=_("All columns of a list, or fields of a card.")
)
@_options.dry_run
@_options.as_json
def set_(
    session: Session,
    db: str | None,
    words: tuple[str, ...],
    kind: str | None,
    stage: str | None,
    role: str | None,
    label: str | None,
    label_zh: str | None,
    help_text: str | None,
    help_zh: str | None,
    hidden: bool | None,
    wide: bool | None,
    columns: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Change how a field is shown, or all columns.

    TYPE.FIELD changes a field in a form or detail page, where an empty text means what the field
    says itself. TYPE with --columns changes a list, or by --kind card its cards.
    """
    said = {
        name: value
        for name, value in (
            ("label", label),
            ("label_zh", label_zh),
            ("help", help_text),
            ("help_zh", help_zh),
            ("hidden", hidden),
            ("wide", wide),
        )
        if value is not None
    }
    if columns is not None:
        if said or kind in _layouts.SECTIONED or len(words) > 1 or "." in words[0]:
            raise click.UsageError(_("--columns goes with TYPE and --kind list or card alone"))
        kind = kind or "list"
        value = [key.strip() for key in columns.split(",") if key.strip()] or None
        _layouts.change_layout(
            session,
            db,
            words[0],
            kind,
            stage,
            lambda _type, _present: value,
            role=role,
            dry_run=dry_run,
            as_json=as_json,
        )
        return
    kind = kind or "form"
    if kind not in _layouts.SECTIONED:
        raise click.UsageError(_("of a {kind} only --columns can be set").format(kind=kind))
    if not said:
        raise click.UsageError(_("say what to set; see --help"))
    type_key, keys = _fields.fields(words)

    def edit(type_: Any, present: Any) -> Any:
        from crmtui.store import layout_words

        for key in keys:
            present = layout_words.item_said(
                type_, present, layout_words.field_named(type_, key), **said
            )
        return present

    _layouts.change_layout(
        session, db, type_key, kind, stage, edit, role=role, dry_run=dry_run, as_json=as_json
    )


@command(epilog="Example: crmtui layout reset deal --kind form --stage won")
@_options.common
@_layouts.type_argument
@_layouts.kind_option(_layouts.ALL, None)
@_layouts.stage_option
@_layouts.role_option
@_options.dry_run
@_options.as_json
def reset(
    session: Session,
    db: str | None,
    type_key: str,
    kind: str | None,
    stage: str | None,
    role: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Lay out as if nobody had made a layout: one kind, or all of them.

    With --stage the stage is laid out as the others again, with --role for its users as for all.
    """
    _layouts.refuse_stage(kind, stage, role)
    kinds = (kind,) if kind else _layouts.SECTIONED if stage else _layouts.ALL

    def changes(workspace: Any) -> Sequence[Any]:
        from crmtui.store import layout_words, layouts

        type_ = workspace.type(type_key)
        if role is not None:
            from crmtui.store.permission_changes import laid_out_again

            return laid_out_again(_layouts.role_named(workspace, role), type_, kinds)
        at = layout_words.stage_named(type_, stage) if stage else None
        return [layouts.reset(type_, kinds, at)]

    apply_changes(session, db, changes, dry_run=dry_run, as_json=as_json, needless=says_nothing)
