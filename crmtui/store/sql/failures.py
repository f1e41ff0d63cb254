"""What is said when a question in SQL is not answered: one line each, and what to run."""

import os
import signal

from crmtui.model.message import N_, Message
from crmtui.store.errors import CrmError, Refused
from crmtui.store.sql import limits

OUT_OF_MEMORY = 3
"""The exit code of a child that could not even say so."""

_HINTS = {"no such table": "crmtui sql --tables", "no such column": "crmtui sql --schema"}
"""What to run, by how an error of SQLite begins."""


def told(word: str, text: str, seconds: float) -> CrmError:
    """What a child says went wrong.

    Args:
        word: `time`, `memory`, `row`, `denied` or `sql`.
        text: what was denied, or SQLite's own words.
        seconds: how long the question could take.
    """
    if word == "time":
        return too_slow(seconds)
    if word == "memory":
        return too_large()
    if word == "row":
        return Refused(
            "too-large-row",
            N_("a row of the answer has more than {most} MiB"),
            most=limits.ROW >> 20,
        )
    return _denied(*text.partition(" ")[::2]) if word == "denied" else cannot_run(text[:500])


def _denied(what: str, name: str) -> Refused:
    if what == "function":
        return Refused(
            "no-such-function",
            N_("the function {name} cannot be called in SQL"),
            "crmtui help sql",
            name=name,
        )
    if what == "table":
        return cannot_run(f"no such table: {name}")
    if what == "own":
        return cannot_run(Message(N_("tables of SQLite itself cannot be asked")))
    return only_reading()


def cannot_run(reason: str | Message) -> Refused:
    """SQLite does not understand it, or cannot compute it."""
    return Refused(
        "bad-sql",
        N_("SQLite cannot run this: {reason}"),
        _HINTS.get(str(reason).partition(":")[0], "crmtui help sql"),
        reason=reason,
    )


def only_reading() -> Refused:
    """It is no statement that reads, or more than one."""
    return Refused(
        "only-reading",
        N_("SQL only reads here: SELECT, WITH ... SELECT or VALUES, one statement"),
        "crmtui help sql",
    )


def too_slow(seconds: float) -> Refused:
    """It took longer than it may."""
    return Refused(
        "sql-timeout",
        N_("there was no answer within {seconds} seconds; ask for less, or give it longer"),
        "crmtui sql --timeout 120 ...",
        seconds=f"{seconds:g}",
    )


def too_large() -> Refused:
    """It took more memory than it may."""
    return Refused(
        "sql-memory",
        N_("the question needs more than {most} MiB of memory; name fewer columns or types"),
        most=limits.MEMORY >> 20,
    )


def too_many_rows(most: int) -> Refused:
    """The answer has more rows than it may."""
    return Refused(
        "too-many-rows",
        N_("the answer has more than {most} rows; narrow it, or allow more"),
        "crmtui sql --max-rows 0 ...",
        most=most,
    )


def too_many_records() -> Refused:
    """More records would have to be copied than may be."""
    return Refused(
        "too-many-records",
        N_("the question reads more than {most} records; name fewer types"),
        most=limits.COPIED,
    )


def too_much_output() -> Refused:
    """The answer has more bytes than it may."""
    return Refused(
        "too-much-output",
        N_("the answer has more than {most} MiB; ask for less"),
        most=limits.ANSWERED >> 20,
    )


def cancelled() -> Refused:
    """Whoever asked wants no answer any more."""
    return Refused("sql-cancelled", N_("the question was cancelled"))


def failed(status: int = 0) -> Refused:
    """The child came to an end that nobody meant; `status` as of `waitpid`."""
    return Refused(
        "sql-failed", N_("SQLite ended without an answer (status {status})"), status=status
    )


def ended(status: int, seconds: float) -> Refused:
    """What it means that a child ended before it had answered; `status` as of `waitpid`."""
    if os.WIFSIGNALED(status):
        return too_slow(seconds) if os.WTERMSIG(status) == signal.SIGXCPU else failed(status)
    return too_large() if os.WEXITSTATUS(status) == OUT_OF_MEMORY else failed(status)
