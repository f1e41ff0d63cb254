"""`crmtui batch`: many command lines, one process, one transaction."""

import shlex
import sys
from collections.abc import Iterator
from functools import partial
from typing import TextIO

import click

from crmtui.commands import _errors, _options
from crmtui.commands._errors import say
from crmtui.commands._session import Session, command_line
from crmtui.i18n import N_, _

_NOT_IN_BATCH = frozenset({"batch", "tui", "demo", "init", "completion"})


@click.command(epilog='Example: echo "type add deal --label Deal" | crmtui batch -')
@_options.common
@click.argument("file", default="-", metavar="[FILE|-]")
@click.option(
    "--keep-going", is_flag=True, help=_("Go on behind a line that fails, and keep the others.")
)
@_options.dry_run
def batch(session: Session, db: str | None, file: str, keep_going: bool, dry_run: bool) -> int:
    """Run command lines from a file or standard input: all of them or none.

    A line is what would stand behind `crmtui`, with shell quoting; # begins a comment.
    """
    from crmtui.store.errors import NotFound

    run = partial(run_lines, session, db=db, keep_going=keep_going, dry_run=dry_run)
    if file == "-":
        return run(sys.stdin, _("standard input"))
    try:
        with open(file, encoding="utf-8") as stream:
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
    done = failed = 0
    worst = 0
    with session.kept_open(db) as workspace, workspace.intent(dry_run=dry_run):
        quiet, _errors.state.quiet = _errors.state.quiet, True
        try:
            for number, words in _lines(stream, name):
                _errors.state.prefix = f"{name}:{number}: "
                code = _line(session, words, keep_going)
                if code:
                    failed += 1
                    worst = worst or code
                else:
                    done += 1
        except BaseException as problem:
            # Told here, while the file and line are known; the transaction is rolled back behind us.
            raise _Told(_errors.report(problem)) from problem
        finally:
            _errors.state.quiet = quiet
            _errors.state.prefix = "crmtui: "
    say(
        N_("{done} lines done") if not failed else N_("{done} lines done, {failed} failed"),
        done=done,
        failed=failed,
    )
    return worst


class _Told(SystemExit):
    """Ends the batch with an exit code, its reason being told already."""


def _line(session: Session, words: list[str], keep_going: bool) -> int:
    from crmtui.cli import cli
    from crmtui.store.errors import CrmError, Misused

    if words[0] in _NOT_IN_BATCH:
        raise Misused("not-in-batch", N_("{command} does not run inside a batch"), command=words[0])
    with session.workspace() as workspace:
        try:
            with workspace.intent(command=command_line(words), action="read"):
                result = cli.main(words, prog_name="crmtui", standalone_mode=False, obj=session)
            return result if isinstance(result, int) and words[0] != "diff" else 0
        except (CrmError, click.ClickException) as problem:
            if not keep_going:
                raise
            return _errors.report(problem)
        finally:
            _errors.state.json = False


def _lines(stream: TextIO, name: str) -> Iterator[tuple[int, list[str]]]:
    from crmtui.store.errors import Refused

    number = 0
    try:
        for number, line in enumerate(stream, 1):
            text = line.strip()
            if not text or text.startswith("#"):
                continue
            try:
                words = shlex.split(text, comments=False)
            except ValueError as problem:
                _errors.state.prefix = f"{name}:{number}: "
                raise Refused("bad-line", N_("{reason}"), reason=str(problem)) from problem
            if words[:1] == ["crmtui"]:
                words = words[1:]
            if words:
                yield number, words
    except UnicodeDecodeError as problem:
        raise Refused("not-unicode", N_("{path} is not UTF-8 text"), path=name) from problem
