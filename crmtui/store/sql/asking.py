"""Asking in SQL: what a question reads is copied to a child process, whose answer is streamed."""

import marshal
import os
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from types import TracebackType
from typing import TYPE_CHECKING, Any

from crmtui.model.message import N_
from crmtui.store.database import Database, translated
from crmtui.store.dates import moment_text
from crmtui.store.errors import CrmError, Misused, NotFound, Refused
from crmtui.store.kinds import Reading
from crmtui.store.sql import limits
from crmtui.store.sql.answers import AnswerColumn, columns_of
from crmtui.store.sql.limits import Limits
from crmtui.store.sql.shapes import TableShape, reading, table

if TYPE_CHECKING:
    from crmtui.store.query import Plan
    from crmtui.store.sql.process import Process

_VALUES = 1000
"""Values that are copied by one statement."""

_TOGETHER = 1 << 16
"""Bytes that are given to the child at once."""

_HINTS = {"no such table": "crmtui sql --tables", "no such column": "crmtui sql --schema"}
"""What to run, by how an error of SQLite begins."""

_BEFORE = r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?(?:\*/|$))*"
_ASKS = r"(?:select|with|values)\b"


class Answer:
    """The columns of an answer, and its rows as they come. A context manager, to be closed."""

    def __init__(self, process: "Process", names: Sequence[str], bounds: Limits) -> None:
        self.columns: list[AnswerColumn] = columns_of(names)
        """What each value of a row is called, and how it is written."""
        self._process = process
        self._bounds = bounds

    def __iter__(self) -> Iterator[list[Any]]:
        """The rows; each is a list of numbers, texts and None.

        Raises:
            Refused: a row cannot be computed, or a limit is reached.
        """
        count = 0
        while (frame := _received(self._process, self._bounds))[0] == "rows":
            for row in frame[1]:
                count += 1
                if self._bounds.rows is not None and count > self._bounds.rows:
                    raise Refused(
                        "too-many-rows",
                        N_("the answer has more than {most} rows; narrow it, or allow more"),
                        "crmtui sql --max-rows 0 ...",
                        most=self._bounds.rows,
                    )
                yield row
        self.close()

    def close(self) -> None:
        """End the child, whether it is done or not."""
        self._process.end()

    def cancel(self) -> None:
        """Have the child ended; any thread may. Whoever reads rows gets `Refused`."""
        self._process.kill()

    def __enter__(self) -> "Answer":
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _problem: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()


class Asking:
    """Asks in SQL over the types of one workspace, for one actor.

    Args:
        keys: gives the keys of the types in use.
        plan: gives the plan of the live records of a type, and of some of its fields, as the
            actor may read them; raises `NotFound` for what there is not, to this actor.
        actor: the key of the actor.
    """

    def __init__(
        self,
        database: Database,
        keys: Callable[[], Sequence[str]],
        plan: Callable[..., "Plan"],
        actor: str,
    ) -> None:
        self._database = database
        self._keys = keys
        self._plan = plan
        self._actor = actor

    def tables(self, keys: Sequence[str] | None = None) -> list[TableShape]:
        """What can be asked: the tables of some types, or of all; raises `NotFound`."""
        if keys is not None:
            return [table(self._plan(key)) for key in keys]
        return self._known(self._keys())

    def ask(self, sql: str, parameters: Mapping[str, Any], bounds: Limits) -> Answer:
        """The answer to a question.

        Args:
            sql: one SELECT (or WITH ... SELECT, or VALUES) over types as tables.
            parameters: the values of `:name` in it.

        Raises:
            Misused: it is no question.
            Refused: SQLite does not understand it, it does what is not allowed, or takes too much.
        """
        if not hasattr(os, "fork"):
            raise Refused("no-fork", N_("SQL needs a system that can fork a process"))
        from crmtui.store.sql.child import Question
        from crmtui.store.sql.confinement import address_space
        from crmtui.store.sql.functions import Setting
        from crmtui.store.sql.process import Process

        sql = _checked(sql)
        bound = {_composed(name): _composed(value) for name, value in parameters.items()}
        setting = Setting(
            self._actor,
            (now := Reading().now).date().isoformat(),
            moment_text(now.replace(microsecond=0)),
        )
        folded = sql.casefold()
        with self._database.snapshot(), translated(self._database.path):
            # A key that only looks named costs an empty table.
            named = self._known([key for key in self._keys() if key.casefold() in folded])
            taken = address_space()
            memory = taken + limits.MEMORY if taken else 0
            process = Process(
                Question(sql, bound, named, setting, bounds.seconds, memory, os.getpid())
            )
            try:
                self._copy(process, named, sql, bounds)
            except BaseException:
                process.end()
                raise
        try:
            word, *rest = _received(process, bounds)
            if word != "columns":
                raise _failed()
            return Answer(process, rest[0], bounds)
        except BaseException:
            process.end()
            raise

    def _known(self, keys: Sequence[str]) -> list[TableShape]:
        found = []
        for key in keys:
            try:
                found.append(table(self._plan(key)))
            except NotFound:
                # To this actor there is none.
                continue
        return found

    def _copy(
        self, process: "Process", named: Sequence[TableShape], sql: str, bounds: Limits
    ) -> None:
        """Give the child the records that the question reads."""
        word, *rest = _received(process, bounds)
        if word != "reads":
            raise _failed()
        # SQLite tells of no column by which two tables are joined without naming it.
        whole = re.search("natural|using", sql, re.IGNORECASE) is not None
        left = limits.COPIED
        for shape in named:
            read = set(rest[0].get(shape.name, ()))
            if read:
                everything = {column.name for column in shape.columns}
                left = self._copy_table(process, shape, everything if whole else read, left)
        if process.send(marshal.dumps(None)):
            process.sent()

    def _copy_table(self, process: "Process", shape: TableShape, read: set[str], left: int) -> int:
        columns = shape.copied(read)
        plan, row_of = reading(columns, lambda fields: self._plan(shape.name, fields))
        most = max(1, _VALUES // len(columns))
        rows = map(row_of, plan.rows([("r.id", False)]))
        waiting = bytearray(marshal.dumps((shape.name, [column.name for column in columns])))
        while batch := list(islice(rows, most)):
            left -= len(batch)
            if left < 0:
                raise Refused(
                    "too-many-records",
                    N_("the question reads more than {most} records; narrow it by fewer types"),
                    most=limits.COPIED,
                )
            waiting += marshal.dumps([value for row in batch for value in row])
            if len(waiting) > _TOGETHER:
                if not process.send(waiting):
                    return left
                waiting = bytearray()
        process.send(waiting + marshal.dumps([]))
        return left


def _checked(sql: str) -> str:
    """The text of a question, as the child gets it."""
    if len(sql) > limits.TEXT:
        raise Refused(
            "too-long-sql",
            N_("a question has at most {most} characters"),
            most=limits.TEXT,
        )
    if "\0" in sql:
        raise Refused("bad-sql", N_("SQLite cannot run this: {reason}"), reason="NUL")
    sql = _composed(sql.lstrip("\ufeff"))
    start = re.match(_BEFORE, sql, re.DOTALL)
    rest = sql[start.end() :] if start else sql
    if not rest.strip():
        raise Misused("no-sql", N_("there is nothing to ask"), "crmtui help sql")
    if not re.match(_ASKS, rest, re.IGNORECASE):
        raise _only_reading()
    return sql


def _composed(value: Any) -> Any:
    """A text in NFC, as values are stored; anything else as it is."""
    if not isinstance(value, str):
        return value
    try:
        value.encode()
    except UnicodeEncodeError as problem:
        raise Refused("not-unicode", N_("what was given is not valid UTF-8 text")) from problem
    return unicodedata.normalize("NFC", value)


def _received(process: "Process", bounds: Limits) -> list[Any]:
    """The next frame of the child; raises what it says went wrong."""
    from crmtui.store.sql.process import Ended, ended

    try:
        frame = process.receive()
    except Ended as end:
        raise ended(end.status, bounds.seconds) from None
    if frame[0] == "error":
        raise _problem(str(frame[1]), str(frame[2]), bounds)
    return frame


def _problem(word: str, text: str, bounds: Limits) -> CrmError:
    from crmtui.store.sql.process import too_large, too_slow

    if word == "time":
        return too_slow(bounds.seconds)
    if word == "memory":
        return too_large()
    if word == "row":
        return Refused(
            "too-large-row",
            N_("a row of the answer has more than {most} MiB"),
            most=limits.ROW >> 20,
        )
    if word == "denied":
        what, _, name = text.partition(" ")
        if what == "function":
            return Refused(
                "no-such-function",
                N_("the function {name} cannot be called in SQL"),
                "crmtui help sql",
                name=name,
            )
        return _no_table(name) if what == "table" else _only_reading()
    return Refused(
        "bad-sql",
        N_("SQLite cannot run this: {reason}"),
        _HINTS.get(text.partition(":")[0], "crmtui help sql"),
        reason=text[:500],
    )


def _no_table(name: str) -> Refused:
    return Refused(
        "bad-sql",
        N_("SQLite cannot run this: {reason}"),
        "crmtui sql --tables",
        reason=f"no such table: {name}",
    )


def _only_reading() -> Refused:
    return Refused(
        "only-reading",
        N_("SQL only reads here: SELECT, WITH ... SELECT or VALUES, one statement"),
        "crmtui help sql",
    )


def _failed() -> CrmError:
    from crmtui.store.sql.process import failed

    return failed()
