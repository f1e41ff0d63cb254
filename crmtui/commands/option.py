"""`crmtui option`: the options of choices; two of them can be merged."""

from typing import Any

import click

from crmtui.commands import _command, _complete, _definitions, _options
from crmtui.commands._session import Session
from crmtui.i18n import _


@_command.command("merge", epilog="Example: crmtui option merge deal.source.fair --into offline")
@_options.common
@click.argument(
    "words",
    nargs=-1,
    required=True,
    metavar="TYPE.FIELD.KEY...",
    shell_complete=_complete.definitions("option"),
)
@click.option("--into", required=True, metavar="KEY", help=_("The option that takes its place."))
@_options.dry_run
@_options.as_json
def merge(
    session: Session,
    db: str | None,
    words: tuple[str, ...],
    into: str,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Give the records of an option another one, and retire it."""
    from crmtui.store.changes import Change

    values = {"into": into.rpartition(".")[2]}
    refs = _definitions.refs("option", words)
    changes = [Change("merge", "option", ref, values) for ref in refs]
    _definitions.apply_changes(session, db, changes, dry_run=dry_run, as_json=as_json)


@_command.command("default", epilog="Example: crmtui option default deal.source web")
@_options.common
@click.argument("ref", metavar="TYPE.FIELD", shell_complete=_complete.definitions("field"))
@click.argument("key", metavar="[KEY]", required=False, default="")
@_options.dry_run
@_options.as_json
def default(
    session: Session, db: str | None, ref: str, key: str, dry_run: bool, as_json: bool
) -> None:
    """Let new records have an option; without a key, none."""
    from crmtui.store.changes import Change

    change: Any = Change("set", "field", ref, {"default": key})
    _definitions.apply_changes(session, db, [change], dry_run=dry_run, as_json=as_json)


group = _definitions.group("option", instead=(merge, default))
