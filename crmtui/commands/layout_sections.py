"""`crmtui layout section`: the sections of a form or detail page."""

import functools
from collections.abc import Callable
from typing import Any

import click

from crmtui.commands import _complete, _layouts, _options
from crmtui.commands._command import command
from crmtui.commands._session import Session
from crmtui.i18n import _

_SECTIONS = _complete.of_type("sections")

section_argument = click.argument("section", metavar="SECTION", shell_complete=_SECTIONS)


def _which(function: Any) -> Any:
    """`--kind`, `--stage`, `--role`, `--dry-run` and `--json`."""
    function = _options.dry_run(_options.as_json(function))
    function = _layouts.stage_option(_layouts.role_option(function))
    return _layouts.kind_option(_layouts.SECTIONED)(function)


def _about(function: Any) -> Any:
    """`--label`, `--label-zh` and `--columns`; what is not given is not in `said`."""

    @functools.wraps(function)
    def gathered(*given: Any, **named: Any) -> Any:
        found = {name: named.pop(name) for name in ("label", "label_zh", "columns")}
        said = {name: value for name, value in found.items() if value is not None}
        return function(*given, said=said, **named)

    decorated: Any = gathered
    for option in (
        click.option(
            "--columns",
            type=click.IntRange(1, 2),
            metavar="1|2",
            help=_("At most so many beside each other; 2 by itself."),
        ),
        click.option("--label-zh", metavar="TEXT", help=_("What people read in Chinese.")),
        click.option("--label", metavar="TEXT", help=_("What people read.")),
    ):
        decorated = option(decorated)
    return decorated


def _change(
    session: Session, db: str | None, type_key: str, edit: Callable[[Any, Any], Any], **which: Any
) -> None:
    _layouts.change_layout(
        session,
        db,
        type_key,
        which["kind"],
        which["stage"],
        edit,
        role=which["role"],
        dry_run=which["dry_run"],
        as_json=which["as_json"],
    )


@command(epilog="Example: crmtui layout section add deal Terms --label-zh 商务 --columns 1")
@_options.common
@_layouts.type_argument
@click.argument("section", metavar="SECTION")
@_about
@_which
def add(
    session: Session,
    db: str | None,
    type_key: str,
    section: str,
    said: dict[str, Any],
    **which: Any,
) -> None:
    """Add one, at the end.

    SECTION is its label or its key: of Key facts the key is key_facts.
    """

    def edit(type_: Any, layout: Any) -> Any:
        from crmtui.store import layout_words

        return layout_words.section_added(type_, layout, section, **_meant(said))[0]

    if not section.strip():
        raise click.UsageError(_("the section is empty"))
    _change(session, db, type_key, edit, **which)


@command(epilog="Example: crmtui layout section rename deal terms business")
@_options.common
@_layouts.type_argument
@section_argument
@click.argument("key", metavar="NEW_KEY")
@_which
def rename(
    session: Session, db: str | None, type_key: str, section: str, key: str, **which: Any
) -> None:
    """Give it another key; its labels stay."""

    def edit(type_: Any, layout: Any) -> Any:
        from crmtui.model.layout_changes import section_renamed
        from crmtui.store import layout_words

        found = layout_words.needed_section(type_, layout, section)
        return layout_words.done(type_, section_renamed, layout, found.key, key)

    _change(session, db, type_key, edit, **which)


@command("set", epilog="Example: crmtui layout section set deal terms --label Terms --columns 1")
@_options.common
@_layouts.type_argument
@section_argument
@_about
@_which
def set_(
    session: Session,
    db: str | None,
    type_key: str,
    section: str,
    said: dict[str, Any],
    **which: Any,
) -> None:
    """Change its labels and columns; an empty label clears one."""

    def edit(type_: Any, layout: Any) -> Any:
        from crmtui.model.layout_changes import section_set
        from crmtui.store import layout_words

        found = layout_words.needed_section(type_, layout, section)
        return layout_words.done(type_, section_set, layout, found.key, **_meant(said))

    if not said:
        raise click.UsageError(_("say what to set; see --help"))
    _change(session, db, type_key, edit, **which)


@command(epilog="Example: crmtui layout section order deal terms main")
@_options.common
@_layouts.type_argument
@click.argument("sections", nargs=-1, required=True, metavar="SECTION...", shell_complete=_SECTIONS)
@_which
def order(
    session: Session, db: str | None, type_key: str, sections: tuple[str, ...], **which: Any
) -> None:
    """Put them in this order; those not named follow."""

    def edit(type_: Any, layout: Any) -> Any:
        from crmtui.model.layout_changes import sections_ordered
        from crmtui.store import layout_words

        keys = [layout_words.needed_section(type_, layout, word).key for word in sections]
        return layout_words.done(type_, sections_ordered, layout, keys)

    _change(session, db, type_key, edit, **which)


@command(epilog="Example: crmtui layout section remove deal terms")
@_options.common
@_layouts.type_argument
@section_argument
@_which
def remove(session: Session, db: str | None, type_key: str, section: str, **which: Any) -> None:
    """Remove one; its fields go to the one before."""

    def edit(type_: Any, layout: Any) -> Any:
        from crmtui.model.layout_changes import section_removed
        from crmtui.store import layout_words

        found = layout_words.needed_section(type_, layout, section)
        return layout_words.done(type_, section_removed, layout, found.key)

    _change(session, db, type_key, edit, **which)


def _meant(said: dict[str, Any]) -> dict[str, Any]:
    """What was said, an empty text as nothing."""
    return {name: None if value == "" else value for name, value in said.items()}
