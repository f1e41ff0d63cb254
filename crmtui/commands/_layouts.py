"""What the commands of layouts share: their options, and the one layout they change."""

from collections.abc import Callable, Sequence
from typing import Any

import click

from crmtui.commands import _complete
from crmtui.commands._definitions import apply_changes, says_nothing
from crmtui.commands._session import Session
from crmtui.i18n import _

SECTIONED = ("form", "detail")
ALL = ("form", "detail", "list", "card")

type_argument = click.argument("type_key", metavar="TYPE", shell_complete=_complete.types)
stage_option = click.option(
    "--stage",
    metavar="STAGE",
    shell_complete=_complete.of_type("stages"),
    help=_("Only for records at this stage."),
)


role_option = click.option(
    "--role",
    metavar="ROLE",
    shell_complete=_complete.definitions("role"),
    help=_("Only for users with this role."),
)


def kind_option(kinds: Sequence[str], default: str | None = "form") -> Callable[[Any], Any]:
    """`--kind`: which of the layouts of a type is meant."""
    text = _("Which layout; {kind} by itself.").format(kind=default) if default else _("Only one.")
    return click.option("--kind", type=click.Choice(kinds), default=default, help=text)


def refuse_stage(kind: str | None, stage: str | None, role: str | None = None) -> None:
    """Refuse a stage for what does not depend on it."""
    if stage and role:
        raise click.UsageError(_("a layout of a role is the same at every stage"))
    if stage and kind and kind not in SECTIONED:
        raise click.UsageError(
            _("a {kind} is the same at every stage; --stage goes with form and detail").format(
                kind=kind
            )
        )


def change_layout(
    session: Session,
    db: str | None,
    type_key: str,
    kind: str,
    stage: str | None,
    edit: Callable[[Any, Any], Any],
    *,
    role: str | None = None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Change one layout of a type in one transaction, and tell.

    Args:
        edit: makes of the type and its layout (or the keys of a list or card) another one.
    """
    refuse_stage(kind, stage, role)

    def changes(workspace: Any) -> list[Any]:
        from crmtui.store import layout_words, layouts

        type_ = workspace.type(type_key)
        if role is not None:
            from crmtui.store.permission_changes import laid_out

            return laid_out(role_named(workspace, role), type_, kind, edit)
        at = layout_words.stage_named(type_, stage) if stage else None
        if kind in layouts.KEYED:
            present: Any = layouts.columns_of(type_, kind)
        else:
            present = layouts.whole(type_, kind, at)
        return [layouts.change(type_, kind, edit(type_, present), at)]

    apply_changes(session, db, changes, dry_run=dry_run, as_json=as_json, needless=says_nothing)


def role_named(workspace: Any, key: str) -> Any:
    """The role in use with that key; raises `NotFound`."""
    return workspace.configuration().place("role", key, retired=False).definition
