"""`crmtui record add`, `set`, `move`, `remove` and `restore`: one record, or many by a pipe."""

from typing import Any

import click

from crmtui.commands import _options, _revision
from crmtui.commands._command import command
from crmtui.commands._errors import say_all, say_undone
from crmtui.commands._output import emit, json_text
from crmtui.commands._session import Session
from crmtui.i18n import N_, _
from crmtui.model.message import Message


def _reading(date_order: str | None) -> Any:
    from crmtui.store.kinds import Reading

    return Reading(date_order=date_order)


@command(epilog="Example: crmtui record add deal name='Acme renewal' value=12000 closed=eom")
@_options.common
@click.argument("type_key", metavar="TYPE", shell_complete=_options.completing("types"))
@click.argument("words", nargs=-1, metavar="FIELD=VALUE...")
@click.option("--stage", metavar="STAGE[.STATUS]", help=_("Where it begins; else the first stage."))
@_options.date_order
@_options.dry_run
@_options.as_json
def add(
    session: Session,
    db: str | None,
    type_key: str,
    words: tuple[str, ...],
    stage: str | None,
    date_order: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Add a record and print its reference."""
    from crmtui.commands._values import values

    with session.workspace(db) as workspace:
        record = workspace.add(
            type_key, values(words), stage, reading=_reading(date_order), dry_run=dry_run
        )
    emit(json_text({**record.json(), "change": "added"}) if as_json else record.ref)
    if dry_run:
        say_undone()


@command("set", epilog="Example: crmtui record set deal/17 value=13000 closed=2026-12-31")
@_options.common
@click.argument(
    "words",
    nargs=-1,
    required=True,
    metavar="TYPE/NUMBER... FIELD=VALUE...",
    shell_complete=_options.completing("records"),
)
@_revision.options
@_options.date_order
@_options.dry_run
@_options.as_json
def set_(
    session: Session,
    db: str | None,
    words: tuple[str, ...],
    seen: _revision.Seen,
    date_order: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Change values of records; `-` reads references from standard input."""
    from crmtui.commands._values import references, values

    refs = [word for word in words if "=" not in word]
    changes = [word for word in words if "=" in word]
    given = values(changes)
    if not refs or not given:
        raise click.UsageError(_("say which records, then FIELD=VALUE"))
    how: dict[str, Any] = {"reading": _reading(date_order), **seen.given}
    done = []
    with (
        session.workspace(db) as workspace,
        workspace.intent(dry_run=dry_run),
        seen.merging("set", changes),
    ):
        for ref in references(refs):
            record, changed = workspace.set(ref, given, **how)
            done.append(_outcome(record, "updated" if changed else "unchanged", as_json))
    _tell(done, dry_run)


@command(
    epilog="Example: crmtui record list deal --where 'value > 9' --ids | crmtui record move - won"
)
@_options.common
@click.argument(
    "words",
    nargs=-1,
    required=True,
    metavar="TYPE/NUMBER... STAGE[.STATUS] [FIELD=VALUE...]",
    shell_complete=_options.completing("records"),
)
@_revision.options
@_options.date_order
@_options.dry_run
@_options.as_json
def move(
    session: Session,
    db: str | None,
    words: tuple[str, ...],
    seen: _revision.Seen,
    date_order: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Move records to a stage or status, and set values that belong there in the same.

    `-` reads references from standard input.
    """
    from crmtui.commands._values import references, values

    changes = [word for word in words if "=" in word]
    given = values(changes)
    *refs, target = [word for word in words if "=" not in word] or [""]
    if not refs:
        raise click.UsageError(_("say which records, then the stage"))
    how: dict[str, Any] = {"reading": _reading(date_order), "dry_run": dry_run, **seen.given}
    with session.workspace(db) as workspace, seen.merging("move", [target, *changes]):
        done = [
            _outcome(record, "moved" if moved else "already", as_json)
            for record, moved in workspace.move_all(references(refs), target, given, **how)
        ]
    _tell(done, dry_run)


@command(epilog="Example: crmtui record remove deal/17")
@_options.common
@click.argument(
    "words",
    nargs=-1,
    required=True,
    metavar="TYPE/NUMBER...",
    shell_complete=_options.completing("records"),
)
@click.option("--if-exists", is_flag=True, help=_("Do nothing when there is none."))
@_revision.option
@_options.dry_run
@_options.as_json
def remove(
    session: Session,
    db: str | None,
    words: tuple[str, ...],
    if_exists: bool,
    revision: int | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Remove records; `record restore` brings them back."""
    from crmtui.commands._values import references
    from crmtui.store.errors import NotFound

    done = []
    with session.workspace(db) as workspace, workspace.intent(dry_run=dry_run):
        for ref in references(words):
            try:
                removed = workspace.remove(ref, revision)
            except NotFound:
                if not if_exists:
                    raise
                removed = False
            done.append(_noted(ref, "removed" if removed else "unchanged", as_json))
    _tell(done, dry_run)


@command(epilog="Example: crmtui record restore deal/17")
@_options.common
@click.argument(
    "words",
    nargs=-1,
    required=True,
    metavar="TYPE/NUMBER...",
    shell_complete=_options.completing("records"),
)
@_options.dry_run
@_options.as_json
def restore(
    session: Session, db: str | None, words: tuple[str, ...], dry_run: bool, as_json: bool
) -> None:
    """Bring removed records back."""
    from crmtui.commands._values import references

    done = []
    with session.workspace(db) as workspace, workspace.intent(dry_run=dry_run):
        for ref in references(words):
            change = "restored" if workspace.restore(ref) else "unchanged"
            done.append(_noted(ref, change, as_json))
    _tell(done, dry_run)


_CHANGES = {
    "updated": N_("{ref} updated"),
    "unchanged": N_("{ref} unchanged"),
    "moved": N_("{ref} moved to {stage}.{status}"),
    "already": N_("{ref} stands at {stage}.{status} already"),
    "removed": N_("{ref} removed"),
    "restored": N_("{ref} restored"),
}


def _outcome(record: Any, change: str, as_json: bool) -> Any:
    """What came of one record: a line of JSON, or a message."""
    if as_json:
        known = "unchanged" if change == "already" else change
        return json_text({**record.json(), "change": known})
    facts = {"ref": record.ref, "stage": record.stage, "status": record.status}
    return Message(_CHANGES[change], **facts)


def _noted(ref: str, change: str, as_json: bool) -> Any:
    if as_json:
        return json_text({"ref": ref, "change": change})
    return Message(_CHANGES[change], ref=ref)


def _tell(outcomes: list[Any], dry_run: bool) -> None:
    """Tell what came of the records once it is certain: nothing of it holds before the commit."""
    for outcome in outcomes:
        if isinstance(outcome, str):
            emit(outcome)
    say_all([outcome for outcome in outcomes if not isinstance(outcome, str)])
    if dry_run:
        say_undone()
