"""`crmtui log`: what happened in the workspace."""

import sys
from collections.abc import Callable
from typing import Any

import click

from crmtui.commands import _complete, _options
from crmtui.commands._command import command
from crmtui.commands._output import Fact, default_format, write
from crmtui.commands._session import Session
from crmtui.i18n import N_, _
from crmtui.model.message import Word
from crmtui.store.dates import local_text


def columns(format_: str | None) -> list[Fact]:
    """What the log and a history print of an entry."""
    return [
        _At("at", lambda e: e.at, N_("When")),
        Fact("act", lambda e: e.act, N_("Act")),
        who_column(format_),
        _Op("op", lambda e: e.op, N_("What")),
        Fact("ref", lambda e: e.ref, N_("Reference")),
        _Changes("changes", lambda e: e.json()["changes"], N_("Changes")),
        Fact("command", lambda e: e.command, N_("Command")),
        *impersonator_column(format_),
    ]


def _refused_columns(format_: str | None) -> list[Fact]:
    return [
        _At("at", lambda e: e.at, N_("When")),
        who_column(format_),
        _Action("action", lambda e: e.action, N_("Tried to")),
        Fact("what", lambda e: e.what, N_("What")),
        Fact("reason", lambda e: e.reason, N_("Why not")),
        Fact("command", lambda e: e.command, N_("Command")),
        *impersonator_column(format_),
    ]


def _for_people(format_: str | None) -> bool:
    return (format_ or default_format()) in ("table", "markdown")


def who_column(format_: str | None) -> Fact:
    """Who acted: people read both names in one, machines one by one."""
    if _for_people(format_):
        return _Who("actor", lambda e: e, N_("Who"))
    return Fact("actor", lambda e: e.actor, N_("Who"))


def impersonator_column(format_: str | None) -> list[Fact]:
    """Who acted as another user, in a column of its own for machines."""
    if _for_people(format_):
        return []
    return [Fact("impersonator", lambda e: e.impersonator)]


_OPS = {
    "add": N_("added"),
    "set": N_("changed"),
    "move": N_("moved"),
    "remove": N_("removed"),
    "restore": N_("restored"),
    "erase": N_("erased"),
    "configure": N_("configured"),
    "authorize": N_("authorized"),
    "revoke": N_("revoked"),
    "share": N_("shared"),
    "unshare": N_("no longer shared"),
}

_ACTIONS = {"enter": N_("come in"), "impersonate": N_("act as another")}
"""What was tried that is no operation on records."""


class _Who(Fact):
    def text(self, row: Any, language: str = "en") -> str:
        if not row.impersonator:
            return row.actor or ""
        return _("{user} (by {other})").format(user=row.actor or "", other=row.impersonator)


class _Op(Fact):
    def text(self, row: object, language: str = "en") -> str:
        op = self.plain(row)
        return _(_OPS.get(op, op))


class _Action(Fact):
    def text(self, row: object, language: str = "en") -> str:
        action = self.plain(row)
        return _(_ACTIONS.get(action, action))


class _At(Fact):
    def text(self, row: object, language: str = "en") -> str:
        return local_text(self.plain(row))


class _Changes(Fact):
    def plain(self, row: object) -> str:
        return _changes(row, N_)

    def text(self, row: object, language: str = "en") -> str:
        return _changes(row, _)

    def json(self, row: object) -> object:
        if row.what is not None:  # type: ignore[attr-defined]
            return {"what": row.what.text()}  # type: ignore[attr-defined]
        return super().json(row)


def _changes(entry: object, translate: Callable[[str], str]) -> str:
    if entry.what is not None:  # type: ignore[attr-defined]
        return entry.what.text(translate)  # type: ignore[attr-defined]
    return ", ".join(
        f"{c.label}: {_value(c.before, translate)} → {_value(c.after, translate)}"
        if c.before is not None
        else f"{c.label}={_value(c.after, translate)}"
        for c in entry.changes  # type: ignore[attr-defined]
    )


def _value(value: str | None, translate: Callable[[str], str]) -> str:
    """A value of a change as it is read; a word of ours in the language of the reader."""
    if value is None:
        return "-"
    return translate(value) if isinstance(value, Word) else value


@command(epilog="Example: crmtui log deal --since -7d --user alice --limit 20")
@_options.common
@click.argument("type_key", metavar="[TYPE]", required=False, shell_complete=_complete.types)
@click.option("--record", metavar="TYPE/NUMBER", help=_("Only what happened to this record."))
@click.option("--field", metavar="TYPE.FIELD", help=_("Only changes of this field, or of status."))
@click.option("--since", metavar="DATE", help=_("Only from this day or moment on."))
@click.option("--until", metavar="DATE", help=_("Only up to this day, or before this moment."))
@click.option("--user", "actor", metavar="USER", help=_("Only by this user."))
@click.option(
    "--by", "impersonator", metavar="USER", help=_("Only what this user did as another one.")
)
@click.option("--command", metavar="WORDS", help=_("Only by commands that hold these words."))
@click.option("--refused", is_flag=True, help=_("What was refused instead; for administrators."))
@click.option("--limit", type=click.IntRange(1), metavar="N", help=_("At most so many."))
@_options.output
def log(
    session: Session,
    db: str | None,
    type_key: str | None,
    refused: bool,
    limit: int | None,
    format_: str | None,
    **sought: str | None,
) -> None:
    """Show what happened, newest first.

    An administrator sees everything, others what their roles let them see of it.
    """
    if limit is None and format_ is None and sys.stdout.isatty():
        limit = 50
    with session.workspace(db) as workspace:
        if refused:
            attempts = workspace.refusals(type_key, limit=limit, **sought)
            write(_refused_columns(format_), attempts, format_, ref=lambda attempt: attempt.what)
            return
        entries = workspace.log(type_key, limit=limit, machine=not _for_people(format_), **sought)
        write(columns(format_), entries, format_, ref=lambda entry: entry.ref or "")
