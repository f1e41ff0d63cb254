"""`crmtui type`: business types; one can be made like another."""

from typing import Any

import click

from crmtui.commands import _command, _complete, _definitions, _options
from crmtui.commands._session import Session
from crmtui.i18n import _


@_command.command("copy", epilog="Example: crmtui type copy deal tender --label-zh 投标")
@_options.common
@click.argument("source", metavar="TYPE", shell_complete=_complete.types)
@click.argument("key", metavar="NEW_KEY")
@click.option("--label", metavar="TEXT", help=_("what people read"))
@click.option("--label-zh", metavar="TEXT", help=_("what people read in Chinese"))
@_options.dry_run
@_options.as_json
def copy(
    session: Session,
    db: str | None,
    source: str,
    key: str,
    label: str | None,
    label_zh: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Make a type like another one: fields, stages, layouts and all, but no records."""
    labels = {"label": label, "label_zh": label_zh}
    said = {name: text for name, text in labels.items() if text}

    def changes(workspace: Any) -> Any:
        return workspace.copy(source, key, said)

    _definitions.apply_changes(session, db, changes, dry_run=dry_run, as_json=as_json)


group = _definitions.group("type", instead=(copy,))
