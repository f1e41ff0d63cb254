"""`crmtui log`: what happened in the workspace."""

import sys
from collections.abc import Callable

import click

from crmtui.commands import _complete, _options
from crmtui.commands._command import command
from crmtui.commands._output import Fact, default_format, write
from crmtui.commands._session import Session
from crmtui.i18n import N_, _
from crmtui.model.message import Word
from crmtui.store.dates import local_text, moment_text


def columns() -> list[Fact]:
    """What the log and a history print of an entry."""
    return [
        _At("at", lambda e: e.at, N_("When")),
        Fact("act", lambda e: e.act, N_("Act")),
        Fact("actor", lambda e: e.actor, N_("Who")),
        _Op("op", lambda e: e.op, N_("What")),
        Fact("ref", lambda e: e.ref, N_("Reference")),
        _Changes("changes", lambda e: e.json()["changes"], N_("Changes")),
        Fact("command", lambda e: e.command, N_("Command")),
    ]


_OPS = {
    "add": N_("added"),
    "set": N_("changed"),
    "move": N_("moved"),
    "remove": N_("removed"),
    "restore": N_("restored"),
    "configure": N_("configured"),
    "share": N_("shared"),
    "unshare": N_("no longer shared"),
}


class _Op(Fact):
    def text(self, row: object, language: str = "en") -> str:
        return _(_OPS[self.plain(row)])


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


def _value(value: str | None, translate: Callable[[str], str]) -> str | None:
    """A value of a change; of what is no value of a field, a word of ours."""
    return translate(value) if isinstance(value, Word) else value


@command(epilog="Example: crmtui log deal --since -7d --limit 20")
@_options.common
@click.argument("type_key", metavar="[TYPE]", required=False, shell_complete=_complete.types)
@click.option("--since", metavar="DATE", help=_("Only from this day or moment on."))
@click.option("--user", metavar="USER", help=_("Only by this user."))
@click.option("--limit", type=click.IntRange(1), metavar="N", help=_("At most so many."))
@_options.output
def log(
    session: Session,
    db: str | None,
    type_key: str | None,
    since: str | None,
    user: str | None,
    limit: int | None,
    format_: str | None,
) -> None:
    """Show what happened, newest first."""
    from crmtui.store.dates import read_moment
    from crmtui.store.errors import Misused
    from crmtui.store.kinds import Reading

    moment = None
    if since:
        found = read_moment(since.strip(), Reading().now)
        if found is None:
            raise Misused("not-a-datetime", N_("{value} is not a date or moment"), value=since)
        moment = moment_text(found)
    if limit is None and format_ is None and sys.stdout.isatty():
        limit = 50
    machine = (format_ or default_format()) not in ("table", "markdown")
    with session.workspace(db) as workspace:
        write(
            columns(),
            workspace.log(type_key, limit=limit, since=moment, actor=user, machine=machine),
            format_,
            ref=lambda entry: entry.ref or "",
        )
