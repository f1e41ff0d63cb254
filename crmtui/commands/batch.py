"""`crmtui batch`: many command lines, one process, one transaction."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from io import StringIO
from typing import Any, TextIO

import click

from crmtui.commands import _errors, _options
from crmtui.commands._command import command
from crmtui.commands._errors import say
from crmtui.commands._paths import FILE
from crmtui.commands._session import Session, command_line
from crmtui.commands._words import words_of
from crmtui.i18n import N_, _


@command(epilog='Example: echo "type add deal --label Deal" | crmtui batch -')
@_options.common
@click.argument("file", default="-", metavar="[FILE|-]", type=FILE)
@click.option(
    "--keep-going", is_flag=True, help=_("Go on behind a line that fails, and keep the others.")
)
@_options.dry_run
@_options.json_errors
def batch(session: Session, db: str | None, file: str, keep_going: bool, dry_run: bool) -> int:
    """Run command lines from a file or standard input: all of them or none.

    A line is what would stand behind `crmtui`, with shell quoting; one that begins with # is a
    comment.
    """
    from crmtui.store.errors import NotFound
    from crmtui.store.remote import require_own_file

    run = partial(run_lines, session, db=db, keep_going=keep_going, dry_run=dry_run)
    if file == "-":
        script, sys.stdin = sys.stdin, _Taken()
        try:
            return run(script, _("standard input"))
        finally:
            sys.stdin = script
    require_own_file(file)
    try:
        with open(file, encoding="utf-8", errors="surrogateescape") as stream:
            return run(stream, file)
    except OSError as problem:
        raise NotFound(
            "no-such-file",
            N_("{path} cannot be read: {reason}"),
            path=file,
            reason=problem.strerror,
        ) from problem


def run_lines(
    session: Session,
    stream: TextIO,
    name: str,
    *,
    db: str | None = None,
    keep_going: bool = False,
    dry_run: bool = False,
) -> int:
    """Run the command lines of `stream` in one transaction and return the exit code.

    Args:
        name: what errors call the stream.
    """
    from crmtui.store.errors import CrmError

    done = failed = 0
    worst = 0
    state = _errors.state
    with (
        _held_output() as held,
        session.kept_open(db) as workspace,
        workspace.intent(dry_run=dry_run),
    ):
        before = (state.quiet, state.json, state.prefix, state.place)
        state.quiet = True
        try:
            for number, line in enumerate(stream, 1):
                state.json, said = before[1], held.tell()
                state.prefix, state.place = f"{name}:{number}: ", {"file": name, "line": number}
                try:
                    words = _words(line, name)
                    code = _line(session, words) if words else None
                except (CrmError, click.ClickException) as problem:
                    if not keep_going:
                        raise
                    held.seek(said)
                    held.truncate()
                    code = _errors.report(problem)
                if code:
                    failed += 1
                    worst = worst or code
                elif code is not None:
                    done += 1
        except BaseException as problem:
            # Told here, where file and line are known; the transaction is rolled back behind us.
            raise _Told(_errors.report(problem)) from problem
        finally:
            state.quiet, state.json, state.prefix, state.place = before
    sys.stdout.write(held.getvalue())
    say(
        N_("{done} lines done, {failed} failed") if failed else _DONE[dry_run],
        done=done,
        failed=failed,
    )
    return worst


_DONE = (N_("{done} lines done"), N_("{done} lines done, and undone again (dry run)"))


class _Told(SystemExit):
    """Ends the batch with an exit code, its reason being told already."""


def _line(session: Session, words: list[str]) -> int:
    with (
        session.workspace() as workspace,
        workspace.intent(command=command_line(words), action="read"),
    ):
        result = _invoked(session, words)
    return result if isinstance(result, int) and words[0] not in _ANSWERING else 0


_ANSWERING = ("diff", "access")
"""Commands whose exit code is an answer, and no failure."""


def _invoked(session: Session, words: list[str]) -> object:
    """What `cli.main` does, but that the groups above the command make no parser for every line."""
    from crmtui.cli import NOT_IN_BATCH, cli

    name: str | None = "crmtui"
    command: click.Command | None = cli
    above: click.Context | None = None
    # What begins with an option, or does not belong here, is for the group itself to judge.
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        if above is None and words[0] in NOT_IN_BATCH:
            break
        above = click.Context(command, above, name, obj=session, **cli.context_settings)
        name, command, words = command.resolve_command(above, words)
    assert command is not None
    try:
        with command.make_context(name, [*words], above, obj=session) as ctx:
            return command.invoke(ctx)
    except click.exceptions.Exit as left:
        return left.exit_code


def _words(line: str, name: str) -> list[str]:
    """The words of a line, as a shell would split them; none of a comment or a blank line."""
    from crmtui.store.errors import Refused

    text = line.strip().removeprefix("\ufeff")
    if not text or text.startswith("#"):
        return []
    try:
        text.encode()
    except UnicodeEncodeError as problem:
        raise Refused("not-unicode", N_("{path} is not UTF-8 text"), path=name) from problem
    return words_of(text)


class _Taken:
    """Standard input while the batch itself is read from it."""

    def isatty(self) -> bool:
        return False

    def __iter__(self) -> Iterator[str]:
        from crmtui.store.errors import Misused

        raise Misused("stdin-taken", N_("the batch itself is read from standard input"))

    @property
    def buffer(self) -> Any:
        return iter(self)


class _Held(StringIO):
    """Standard output of the lines, held back until it is certain that what it says holds."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream

    def isatty(self) -> bool:
        return self._stream.isatty()


@contextmanager
def _held_output() -> Iterator[_Held]:
    """Hold standard output back; whoever stops reading it cannot undo the batch either."""
    held = _Held(sys.stdout)
    stdout, sys.stdout = sys.stdout, held
    try:
        yield held
    finally:
        sys.stdout = stdout
