"""`crmtui undo`: take an act back."""

import click

from crmtui.commands import _options
from crmtui.commands._command import command
from crmtui.commands._errors import say, say_undone
from crmtui.commands._output import emit, json_text
from crmtui.commands._session import Session
from crmtui.i18n import N_


@command(epilog="Example: crmtui undo 42 --dry-run")
@_options.common
@click.argument("act", type=click.IntRange(1), metavar="[ACT]", required=False)
@_options.dry_run
@_options.as_json
def undo(session: Session, db: str | None, act: int | None, dry_run: bool, as_json: bool) -> None:
    """Take an act back, whole: your last one, or the one of that number; see log."""
    with session.workspace(db) as workspace:
        which, count = workspace.undo(act, dry_run=dry_run)
    if as_json:
        emit(json_text({"act": which, "changes": count, "dry_run": dry_run}))
    say(N_("act {act} undone: {count} changes taken back"), act=which, count=count)
    if dry_run:
        say_undone()
