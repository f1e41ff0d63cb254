"""Standard error and exit codes: nobody else writes there, nobody else knows the numbers."""

import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from crmtui.i18n import N_, _
from crmtui.model.message import Message
from crmtui.terminal import escaped, shown


class ExitCode:
    """The exit codes, which scripts may rely on."""

    DONE = 0
    REFUSED = 1
    USAGE = 2
    NOT_FOUND = 3
    FORBIDDEN = 4
    CONFLICT = 5
    INTERRUPTED = 130


LONGEST = 4000
"""Characters of a text beyond which it is cut: nobody reads a megabyte of bad value."""


class _State:
    json = False
    quiet = False
    prefix = "crmtui: "

    def __init__(self) -> None:
        self.place: dict[str, Any] = {}


state = _State()
"""How this invocation wants its errors: as JSON, quiet, and named by a batch's file and line."""


def report(problem: BaseException) -> int:
    """Write a failure to standard error and return its exit code."""
    from crmtui.store.errors import CrmError

    if isinstance(problem, CrmError):
        _write(problem.code, problem.message.text(_), problem.hint, _facts(problem))
        return code_of(problem)
    if isinstance(problem, click.exceptions.Exit):
        return problem.exit_code
    if isinstance(problem, SystemExit):
        return problem.code if isinstance(problem.code, int) else 1
    if isinstance(problem, KeyboardInterrupt | click.Abort):
        _write("interrupted", _("interrupted; nothing was changed"), None, {})
        return ExitCode.INTERRUPTED
    if isinstance(problem, click.UsageError):
        hint = f"{problem.ctx.command_path} --help" if problem.ctx else "crmtui --help"
        _write("usage", problem.format_message().rstrip("."), hint, {})
        return ExitCode.USAGE
    if isinstance(problem, click.ClickException):
        _write("refused", problem.format_message(), None, {})
        return ExitCode.REFUSED
    if isinstance(problem, OSError) and problem.strerror:
        path = f" ({problem.filename})" if problem.filename else ""
        reason = Message(N_("the system refuses: {reason}"), reason=problem.strerror + path)
        _write("system", reason.text(_), None, {})
        return ExitCode.REFUSED
    return _unexpected(problem)


def code_of(problem: BaseException) -> int:
    """The exit code of an error of the store."""
    from crmtui.store import errors

    for kind, code in (
        (errors.Misused, ExitCode.USAGE),
        (errors.NotFound, ExitCode.NOT_FOUND),
        (errors.Forbidden, ExitCode.FORBIDDEN),
        (errors.Conflict, ExitCode.CONFLICT),
    ):
        if isinstance(problem, kind):
            return code
    return ExitCode.REFUSED


def no_command(word: str, known: list[str], ctx: click.Context) -> click.UsageError:
    """The error for a command that does not exist."""
    from crmtui.model.keys import closest

    meant = closest(word, known)
    template = (
        N_("there is no command {word}; did you mean {meant}?")
        if meant
        else N_("there is no command {word}")
    )
    return click.UsageError(Message(template, word=word, meant=meant).text(_), ctx)


def say(template: str, **facts: Any) -> None:
    """One line of narration; templates are marked with `N_`."""
    if not state.quiet:
        _line(Message(template, **facts).text(_))


def say_all(messages: Sequence[Message]) -> None:
    """Many lines of narration, written at once."""
    if messages and not state.quiet:
        _lines([shown(_short(message.text(_))) for message in messages])


def say_undone() -> None:
    """The last words of a dry run."""
    say(N_("undone again (dry run)"))


def warn(template: str, **facts: Any) -> None:
    """One line that is told even to the quiet."""
    _line(f"{state.prefix}{Message(template, **facts).text(_)}")


def _facts(problem: Any) -> dict[str, Any]:
    from crmtui.store.errors import Invalid

    facts = {
        name: fact
        for name, fact in problem.facts.items()
        if isinstance(fact, str | int | float | list)
    }
    if isinstance(problem, Invalid):
        facts = {
            "ref": problem.facts["ref"],
            "problems": [
                {"field": p.field, "code": p.code, "message": p.message.text(_)}
                for p in problem.problems
            ],
        }
    return facts


def _write(code: str, message: str, hint: str | None, facts: dict[str, Any]) -> None:
    if state.json:
        from crmtui.commands._output import json_text

        error = {"code": code, "message": message, **state.place, **facts}
        if hint:
            error["hint"] = hint
        _line(json_text({"error": _short(error)}), safe=True)
        return
    # Not inside the f-strings: there the gathering of messages would not see them.
    error_word, hint_word = _("error"), _("hint")
    _line(f"{state.prefix}{error_word}: {message}  [{code}]")
    if hint:
        _line(f"  {hint_word}: {hint}")


def _short(value: Any) -> Any:
    """`value` with its long texts cut, so that what is left is still JSON."""
    if isinstance(value, str):
        return value if len(value) <= LONGEST else value[: LONGEST - 1] + "…"
    if isinstance(value, dict):
        return {key: _short(each) for key, each in value.items()}
    return [_short(each) for each in value[:LONGEST]] if isinstance(value, list) else value


def _line(text: str, *, safe: bool = False) -> None:
    """One line of standard error; `safe` says that it is JSON."""
    _lines([text if safe else shown(_short(text))])


def _lines(lines: Sequence[str]) -> None:
    try:
        sys.stderr.write("\n".join(lines) + "\n")
        sys.stderr.flush()
    except UnicodeEncodeError:
        sys.stderr.write("\n".join(map(escaped, lines)) + "\n")
    except (BrokenPipeError, ValueError):
        pass


def _unexpected(problem: BaseException) -> int:
    if os.environ.get("CRMTUI_DEBUG"):
        import traceback

        traceback.print_exception(problem)
    text = f"{type(problem).__name__}: {problem}"
    message = Message(N_("something went wrong inside crmtui: {problem}"), problem=text).text(_)
    _write("internal", message, "CRMTUI_DEBUG=1 crmtui ...", {})
    return ExitCode.REFUSED
