"""Asking in SQL: what a question reads is copied to a child process, whose answer is streamed."""

import marshal
import os
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from itertools import islice
from types import TracebackType
from typing import TYPE_CHECKING, Any

from crmtui.model.message import N_, Message
from crmtui.store.database import Database, translated
from crmtui.store.dates import moment_text
from crmtui.store.errors import Misused, NotFound, Refused
from crmtui.store.kinds import Reading
from crmtui.store.sql import failures, limits
from crmtui.store.sql.answers import AnswerColumn, columns_of
from crmtui.store.sql.limits import Limits
from crmtui.store.sql.shapes import ColumnShape, TableShape, reading, table

if TYPE_CHECKING:
    from crmtui.store.query import Plan
    from crmtui.store.sql.process import Process

_VALUES = 1000
"""Values that are copied by one statement."""

_TOGETHER = 1 << 16
"""Bytes that are given to the child at once."""

_BEFORE = r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?(?:\*/|$))*"
_LIMIT = r"\blimit\s+(\d{1,9})\s*;?\s*$"
_ON_MORE = (
    r"\b(?:where|order|group|having|distinct|union|intersect|except|with|values|over|window|join"
    r"|natural|using|json_each|json_tree|offset|limit)\b|--|/\*"
)
_ASKS = r"(?:select|with|values)\b"

Started = Callable[["Process"], None]
"""Is told of the child as soon as there is one."""


class Answer:
    """What comes of a question, found when it is looked at. A context manager, to be closed.

    Args:
        find: starts the child, gives it the records, and returns the names of the columns.
        bounds: what the question may take.
    """

    def __init__(self, find: Callable[[Started], Sequence[str]], bounds: Limits) -> None:
        self._find = find
        self._bounds = bounds
        self._process: Process | None = None
        self._cancelled = False

    @cached_property
    def columns(self) -> list[AnswerColumn]:
        """What each value of a row is called, and how it is written.

        Raises:
            Refused: SQLite does not understand the question, or a limit is reached.
        """
        with self._telling():
            return columns_of(self._find(self._started))

    def __iter__(self) -> Iterator[list[Any]]:
        """The rows; each is a list of numbers, texts and None.

        Raises:
            Refused: as `columns`, or a row cannot be computed.
        """
        count, most = 0, self._bounds.rows
        assert self.columns is not None and self._process is not None
        while True:
            with self._telling():
                word, *rest = _received(self._process, self._bounds)
            if word != "rows":
                break
            for row in rest[0]:
                count += 1
                if most is not None and count > most:
                    raise failures.too_many_rows(most)
                yield row
        self.close()

    def close(self) -> None:
        """End the child, whether it is done or not."""
        if self._process is not None:
            self._process.end()

    def cancel(self) -> None:
        """End the child from any thread; whoever waits for the answer gets `Refused`."""
        self._cancelled = True
        if self._process is not None:
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

    def _started(self, process: "Process") -> None:
        self._process = process
        if self._cancelled:
            process.kill()

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Say what the end of the child means, and leave none behind when something is wrong."""
        try:
            yield
        except BaseException as problem:
            self.close()
            from crmtui.store.sql.process import Ended

            if self._cancelled and isinstance(problem, Exception):
                raise failures.cancelled() from None
            if isinstance(problem, Ended):
                raise failures.ended(problem.status, self._bounds.seconds) from None
            raise


class Asking:
    """Asks in SQL over the types of one workspace, for one actor.

    Args:
        keys: gives the keys of all types in use, those too that the actor knows nothing of.
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

    def tables(self, keys: Sequence[str]) -> list[TableShape]:
        """What can be asked: the tables of some types; raises `NotFound`."""
        return [table(self._plan(key)) for key in keys]

    def ask(self, sql: str, parameters: Mapping[str, Any], bounds: Limits) -> Answer:
        """The answer to a question.

        Args:
            sql: one SELECT (or WITH ... SELECT, or VALUES) over types as tables.
            parameters: the values of `:name` in it.

        Raises:
            Misused: it is no question.
            Refused: it does what is not allowed, or there is no asking on this system.
        """
        if not hasattr(os, "fork"):
            raise Refused("no-fork", N_("SQL needs a system that can fork a process"))
        sql = _checked(sql)
        bound = {_composed(name): _composed(value) for name, value in parameters.items()}
        return Answer(lambda started: self._find(sql, bound, bounds, started), bounds)

    def _find(
        self, sql: str, parameters: Mapping[str, Any], bounds: Limits, started: Started
    ) -> Sequence[str]:
        from crmtui.store.computed import team_of
        from crmtui.store.sql.child import Question
        from crmtui.store.sql.functions import Setting
        from crmtui.store.sql.process import Process

        now = Reading().now
        setting = Setting(
            me=self._actor,
            my_team=team_of(self._database, self._actor),
            today=now.date().isoformat(),
            now=moment_text(now.replace(microsecond=0)),
        )
        folded = sql.casefold()
        with self._database.snapshot(), translated(self._database.path):
            # A key that only looks named costs an empty table.
            named = self._known([key for key in self._keys() if key.casefold() in folded])
            process = Process(Question(sql, parameters, named, setting, bounds.seconds))
            started(process)
            reads, plain = _expected(process, "reads", bounds)
            # SQLite tells of no column by which tables are joined that does not stand there.
            whole = re.search("natural|using", sql, re.IGNORECASE) is not None
            enough = enough_rows(sql, bounds) if plain else None
            self._copy(process, named, None if whole else reads, enough)
        (names,) = _expected(process, "columns", bounds)
        return names

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
        self,
        process: "Process",
        named: Sequence[TableShape],
        reads: Mapping[str, Sequence[str]] | None,
        enough: int | None,
    ) -> None:
        """Give the child the records that the question reads.

        Args:
            reads: by table, the columns that it reads; None for all of all that are named.
            enough: so many of them will do, whichever they are; None for all.
        """
        left = limits.COPIED
        for shape in named:
            if reads is not None and shape.name not in reads:
                continue
            columns = shape.copied(None if reads is None else reads[shape.name])
            for data, count in self._copied(shape, columns, enough):
                left -= count
                if left < 0:
                    raise failures.too_many_records()
                if not process.send(data):
                    return
        if process.send(marshal.dumps(None)):
            process.sent()

    def _copied(
        self, shape: TableShape, columns: Sequence[ColumnShape], most: int | None
    ) -> Iterator[tuple[bytes, int]]:
        """The records of a type as the child takes them in: bytes, and how many records."""
        plan, row_of = reading(columns, lambda fields: self._plan(shape.name, fields))
        rows = map(row_of, plan.rows([("r.id", False)], most))
        together = max(1, _VALUES // len(columns))
        waiting = bytearray(marshal.dumps((shape.name, [column.name for column in columns])))
        count = 0
        while batch := list(islice(rows, together)):
            waiting += marshal.dumps([value for row in batch for value in row])
            count += len(batch)
            if len(waiting) > _TOGETHER:
                yield bytes(waiting), count
                waiting.clear()
                count = 0
        yield bytes(waiting + marshal.dumps([])), count


def enough_rows(sql: str, bounds: Limits) -> int | None:
    """How many rows of the one table that a question reads make all rows of it that are wanted.

    `select * from deal limit 5` needs any five. None where it is not as simple as that: where a
    word stands anywhere in the text that could make the answer hang on more.
    """
    limit = re.search(_LIMIT, sql, re.IGNORECASE)
    if re.search(_ON_MORE, sql[: limit.start()] if limit else sql, re.IGNORECASE):
        return None
    most = [int(limit[1])] if limit else []
    if bounds.wanted is not None:
        most.append(bounds.wanted)
    if bounds.rows is not None:
        most.append(bounds.rows + 1)
    return min(most, default=None)


def _checked(sql: str) -> str:
    """The text of a question, as the child gets it."""
    if len(sql) > limits.TEXT:
        raise Refused(
            "too-long-sql", N_("a question has at most {most} characters"), most=limits.TEXT
        )
    if "\0" in sql:
        raise failures.cannot_run(Message(N_("there is a NUL character in it")))
    sql = _composed(sql.lstrip("\ufeff"))
    start = re.match(_BEFORE, sql, re.DOTALL)
    rest = sql[start.end() :] if start else sql
    if not rest:
        raise Misused("no-sql", N_("there is nothing to ask"), "crmtui help sql")
    if not re.match(_ASKS, rest, re.IGNORECASE):
        # That nothing else is done does not hang on this; it only says so more clearly.
        raise failures.only_reading()
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
    frame = process.receive()
    if frame[0] == "error":
        raise failures.told(str(frame[1]), str(frame[2]), bounds.seconds)
    return frame


def _expected(process: "Process", word: str, bounds: Limits) -> list[Any]:
    """What belongs to the next frame, whose word is known."""
    found, *rest = _received(process, bounds)
    if found != word:
        raise failures.failed()
    return rest
