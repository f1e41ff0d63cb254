"""`crmtui privacy`: what is kept about one person, found, exported and erased."""

import sys
from collections.abc import Callable
from typing import Any

import click

from crmtui.cli import LazyGroup
from crmtui.commands import _options
from crmtui.commands._command import command
from crmtui.commands._errors import say, say_undone, warn
from crmtui.commands._output import Fact, emit, json_text, write
from crmtui.commands._session import Session
from crmtui.i18n import N_, _
from crmtui.model.message import Message
from crmtui.store.dates import local_text

_HERE = "privacy:"

group = LazyGroup(
    "privacy",
    help=_("What is kept about one person: found, exported, erased; for administrators."),
    epilog="Example: crmtui privacy find jo@example.com",
    table={
        "find": (f"{_HERE}find", N_("Find everything that names a person.")),
        "export": (f"{_HERE}export", N_("Write all that is kept about a person as JSON.")),
        "erase": (f"{_HERE}erase", N_("Erase what is kept about a person, for good.")),
        "finish": (f"{_HERE}finish", N_("Remove the last traces of what was erased.")),
        "log": (f"{_HERE}log", N_("Show what was looked for, exported and erased, by whom.")),
    },
)


def _subject(command: Callable[..., Any]) -> Callable[..., Any]:
    """`SUBJECT`, `--also` and `--except`: by what a person is known, and what is not theirs."""
    for option in (
        click.option(
            "--except",
            "besides",
            multiple=True,
            metavar="TYPE/NUMBER",
            help=_("A record that is somebody else's, whatever it says."),
        ),
        click.option(
            "--also",
            multiple=True,
            metavar="TEXT",
            help=_("One more name, address, number or record of theirs."),
        ),
        click.argument("subject", metavar="SUBJECT"),
    ):
        command = option(command)
    return command


_PLACES = {
    "record": N_("their record"),
    "mention": N_("named in"),
    "file": N_("file"),
    "link": N_("linked"),
    "history": N_("history"),
    "command": N_("command"),
    "definition": N_("configuration"),
}


class _Place(Fact):
    def text(self, row: Any, language: str = "en") -> str:
        return _(_PLACES[row.place])


@command(epilog="Example: crmtui privacy find 13812345678 --also 张三")
@_options.common
@_subject
@_options.output
def find(
    session: Session,
    db: str | None,
    subject: str,
    also: tuple[str, ...],
    besides: tuple[str, ...],
    format_: str | None,
) -> None:
    """Find everything that names a person.

    SUBJECT is an e-mail address, a phone number, a name, or a record of theirs. What is looked for
    is found in every type, in the history, and in files by their names and, where they are plain
    text, by what they say.
    """
    with session.workspace(db, command="privacy find") as workspace:
        found = workspace.privacy.find([subject, *also], besides)
    columns = [
        _Place("place", lambda each: each.place, N_("Where")),
        Fact("ref", lambda each: each.ref, N_("Reference")),
        Fact("field", lambda each: each.field, N_("Field")),
        Fact("text", lambda each: each.text, N_("What it says")),
        Fact("known_by", lambda each: each.known_by, N_("Known by")),
        Fact("reached", lambda each: each.reached, N_("Would be erased")),
    ]
    write(columns, found, format_, ref=lambda each: each.ref)
    if not found and sys.stderr.isatty():
        say(N_("nothing names {subject}"), subject=subject)


@command(epilog="Example: crmtui privacy export contact/5 > them.json")
@_options.common
@_subject
@click.option("--content/--no-content", default=True, help=_("Files with what is in them."))
@click.option(
    "--format", "format_", type=click.Choice(["json"]), default="json", help=_("The format.")
)
def export(
    session: Session,
    db: str | None,
    subject: str,
    also: tuple[str, ...],
    besides: tuple[str, ...],
    content: bool,
    format_: str,
) -> None:
    """Write all that is kept about a person as JSON.

    SUBJECT is what it is for find. The content of files is in Base64.
    """
    with session.workspace(db, command="privacy export") as workspace:
        found = workspace.privacy.export([subject, *also], besides, content=content)
        head = ",".join(f"{json_text(key)}:{json_text(each)}" for key, each in found.head.items())
        sys.stdout.write(f'{{{head},"files":[')
        for number, file in enumerate(found.files):
            sys.stdout.write(("," if number else "") + json_text(file))
        emit("]}")


@command(epilog="Example: crmtui privacy erase jo@example.com --confirm jo@example.com")
@_options.common
@_subject
@click.option("--confirm", metavar="SUBJECT", help=_("The same once more: it is for good."))
@_options.dry_run
@_options.as_json
def erase(
    session: Session,
    db: str | None,
    subject: str,
    also: tuple[str, ...],
    besides: tuple[str, ...],
    confirm: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Erase what is kept about a person, for good.

    SUBJECT is what it is for find. Personal fields of their records are emptied, the texts that
    were given are replaced wherever they stand, files and the values in the history go. It cannot
    be undone.
    """
    if not dry_run and (confirm or "").strip() != subject.strip():
        from crmtui.store.errors import Misused

        raise Misused(
            "not-confirmed",
            N_("it is for good: say --confirm with the same text, or look first with --dry-run"),
            "crmtui privacy erase SUBJECT --dry-run",
        )
    with session.workspace(db, command="privacy erase") as workspace:
        done = workspace.privacy.erase([subject, *also], besides, dry_run=dry_run)
    counts = done.erased.counts
    if as_json:
        said = {"act": done.act, **counts, "finished": done.finished, "dry_run": dry_run}
        emit(json_text(said))
    say(
        N_(
            "records of theirs: {records}, values emptied: {values}, mentions replaced:"
            " {mentions}, files: {files}, entries of the history: {entries}, commands: {commands}"
        ),
        **counts,
    )
    if counts["left"]:
        say(N_("{left} other places hold the same values and were left: see find"), **counts)
    if dry_run:
        say_undone()
        return
    if not done.finished:
        others = Message(N_("others are reading the workspace"))
        warn(
            N_("traces are left in unused space ({reason}): run crmtui privacy finish"),
            reason=done.problem.message if done.problem else others,
        )
    if not done.erased.nothing:
        say(N_("backups, exports and copies made before still hold it; nobody reaches them here"))


@command(epilog="Example: crmtui privacy finish")
@_options.common
def finish(session: Session, db: str | None) -> None:
    """Remove the last traces of what was erased: from unused space, and files that are left.

    An erasure does so itself, unless others are reading just then or it is interrupted.
    """
    with session.workspace(db, command="privacy finish") as workspace:
        left = workspace.privacy.finish()
    if left:
        from crmtui.store.errors import Conflict

        raise Conflict(
            "busy", N_("others are reading the workspace: try again when they have ended")
        )
    say(N_("nothing is left of what was erased"))


_ACTIONS = {"find": N_("looked for"), "export": N_("exported"), "erase": N_("erased")}


class _Action(Fact):
    def text(self, row: Any, language: str = "en") -> str:
        return _(_ACTIONS[row.action])


class _At(Fact):
    def text(self, row: Any, language: str = "en") -> str:
        return local_text(row.at)


class _Counts(Fact):
    def text(self, row: Any, language: str = "en") -> str:
        return ", ".join(f"{name} {count}" for name, count in row.counts.items() if count)


@command("log", epilog="Example: crmtui privacy log jo@example.com")
@_options.common
@click.argument("subject", metavar="[SUBJECT]", required=False)
@_options.output
def log(session: Session, db: str | None, subject: str | None, format_: str | None) -> None:
    """Show what was looked for, exported and erased, by whom, newest first.

    About whom that was is kept as a salted hash alone: name a SUBJECT to see what was done about
    them.
    """
    from crmtui.commands.log import impersonator_column, who_column

    columns = [
        _At("at", lambda each: each.at, N_("When")),
        who_column(format_),
        _Action("action", lambda each: each.action, N_("What")),
        _Counts("counts", lambda each: each.counts, N_("How many")),
        Fact("act", lambda each: each.act, N_("Act")),
        Fact("finished", lambda each: each.finished, N_("No traces left")),
        Fact("subject", lambda each: each.subject, N_("Hash")),
        *impersonator_column(format_),
    ]
    with session.workspace(db, command="privacy log") as workspace:
        write(columns, workspace.privacy.log(subject), format_, ref=lambda each: str(each.id))
