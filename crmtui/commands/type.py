"""`crmtui type`: business types; one can be made like another."""

from typing import Any

import click

from crmtui.commands import _command, _complete, _definitions, _options
from crmtui.commands._errors import say
from crmtui.commands._session import Session
from crmtui.i18n import N_, _


@_command.command("copy", epilog="Example: crmtui type copy deal tender --label-zh 投标")
@_options.common
@click.argument("source", metavar="TYPE", shell_complete=_complete.types)
@click.argument("key", metavar="NEW_KEY")
@click.option("--label", metavar="TEXT", help=_("what people read"))
@click.option("--label-zh", metavar="TEXT", help=_("what people read in Chinese"))
@click.option(
    "--permissions", is_flag=True, help=_("Let roles do the same with it as with the other one.")
)
@_options.dry_run
@_options.as_json
def copy(
    session: Session,
    db: str | None,
    source: str,
    key: str,
    label: str | None,
    label_zh: str | None,
    permissions: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Make a type like another one: fields, stages, layouts and all, but no records."""
    labels = {"label": label, "label_zh": label_zh}
    said = {name: text for name, text in labels.items() if text}
    left_out: list[str] = []

    def changes(workspace: Any) -> Any:
        if not permissions:
            left_out.extend(_roles_about(workspace, source))
        return workspace.copy(source, key, said, permissions=permissions)

    _definitions.apply_changes(session, db, changes, dry_run=dry_run, as_json=as_json)
    if left_out:
        say(
            N_("what roles say of {type} is not copied, but with --permissions: {roles}"),
            type=source,
            roles=left_out,
        )


def _roles_about(workspace: Any, type_key: str) -> list[str]:
    """The roles that say something of a type."""
    key = workspace.type(type_key).key
    return [
        role.key
        for role in workspace.configuration().siblings("role", "")
        if not role.retired and any(p.key == key and not p.retired for p in role.permissions)
    ]


group = _definitions.group("type", instead=(copy,))
