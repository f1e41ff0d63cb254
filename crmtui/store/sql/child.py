"""The child process: takes the copy in, runs the question over it, and sends the answer.

It says, in frames of JSON: that it is ready; what the question reads; the names of the columns;
rows; that this was all, or what went wrong. In between it gets the records, from its parent, as
Python's own `marshal` writes them.
"""

import json
import marshal
import os
import sqlite3
import struct
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, NoReturn

from crmtui.store.database import quoted
from crmtui.store.sql import limits
from crmtui.store.sql.confinement import abandon_parent, confine
from crmtui.store.sql.failures import OUT_OF_MEMORY
from crmtui.store.sql.functions import AGGREGATES, ALLOWED, Setting, provide
from crmtui.store.sql.shapes import TableShape

_HEAD = struct.Struct("!I")
_TOGETHER = 64 << 10
"""Bytes of rows that are sent at once, as far as they come quickly."""
_SOON = 0.1
"""Seconds after which rows are sent that are fewer."""
_MODULES = {"json_each", "json_tree"}
"""Tables that come with SQLite and may be asked: what they hold is given to them."""
_STEPS = 20_000
"""Steps of SQLite's machine between two looks at the clock."""


class Question(NamedTuple):
    """What a child is to answer.

    Args:
        sql: one statement.
        parameters: the values of its named parameters.
        tables: what may be asked.
        setting: what functions depend on.
        seconds: how long it may compute.
    """

    sql: str
    parameters: Mapping[str, Any]
    tables: Sequence[TableShape]
    setting: Setting
    seconds: float


def serve(question: Question, inbox: int, outbox: int, space: int) -> NoReturn:
    """Answer a question, and end this process: to be called in a fork, right after it.

    Args:
        space: bytes of address space that it has to begin with; 0 where that is not known.
        inbox: the descriptor that records come by.
        outbox: the descriptor that the answer goes by.
    """
    code = 1
    try:
        abandon_parent((inbox, outbox))
        code = _Child(question, inbox, outbox, space).run()
    except MemoryError:
        code = OUT_OF_MEMORY
    finally:
        # Whatever happened: nothing of the parent's may go on in here.
        os._exit(code)


class _Child:
    def __init__(self, question: Question, inbox: int, outbox: int, space: int) -> None:
        self._question = question
        self._inbox = inbox
        self._outbox = outbox
        self._space = space
        self._parent = os.getppid()
        self._read: dict[str, set[str]] = {table.name: set() for table in question.tables}
        self._selects = 0
        self._gathers = False
        self._modules: set[str] = set()
        self._denied = ""

    def run(self) -> int:
        """Answer; returns the exit code."""
        try:
            connection = self._prepared_connection()
            # Whoever reads this knows that no lock was held while the process was forked.
            self._say("ready")
            self._answer(connection)
        except MemoryError:
            self._say("error", "memory", "")
        except (sqlite3.Error, sqlite3.Warning, ValueError, OverflowError) as problem:
            self._say("error", *self._told(problem))
        return 0

    def _prepared_connection(self) -> sqlite3.Connection:
        connection = sqlite3.connect(":memory:", isolation_level=None, cached_statements=8)
        connection.text_factory = partial(str, encoding="utf-8", errors="replace")
        for pragma in (
            "temp_store = MEMORY",
            "journal_mode = OFF",
            f"hard_heap_limit = {limits.MEMORY}",
            "trusted_schema = OFF",
        ):
            connection.execute(f"PRAGMA {pragma}")
        provide(connection, self._question.setting)
        modules = {row[0].lower() for row in connection.execute("PRAGMA module_list")}
        self._modules = modules - _MODULES
        # What opens a file when it is first used is used now: random numbers, the time zone. The
        # tables that come with SQLite are made by their first use, which nobody may do later.
        connection.execute(
            "SELECT random(), datetime('now', 'localtime') FROM json_each('[]'), json_tree('[]')"
        ).fetchall()
        confine(self._question.seconds, self._space + limits.MEMORY if self._space else 0)
        return connection

    def _answer(self, connection: sqlite3.Connection) -> None:
        for table in self._question.tables:
            connection.execute(table.created)
        _limit(connection)
        connection.set_authorizer(self._allow)
        sql, parameters = self._question.sql, self._question.parameters
        connection.execute(f"EXPLAIN {sql}", parameters).close()
        if not self._selects:
            raise sqlite3.DatabaseError("not authorized")
        connection.set_authorizer(None)
        reads = {name: sorted(read) for name, read in self._read.items() if read}
        # Any rows make as many rows of the answer, as far as SQLite knows.
        plain = self._selects == len(reads) == 1 and not self._gathers
        self._say("reads", reads, plain)
        self._take_in(connection)
        connection.set_authorizer(self._allow)
        connection.set_progress_handler(self._out_of_time, _STEPS)
        cursor = connection.execute(sql, parameters)
        self._say("columns", [column[0] for column in cursor.description or ()])
        self._send(cursor)
        self._say("end")

    def _allow(self, action: int, first: str | None, second: str | None, *_: str | None) -> int:
        """SQLite's question whether a statement may do something; reading notes what it reads."""
        if action == sqlite3.SQLITE_SELECT:
            self._selects += 1
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_RECURSIVE:
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_READ and first is not None:
            if first in self._read:
                self._read[first].add(second or "id")
                return sqlite3.SQLITE_OK
            if first in _MODULES or (not second and not self._comes_with_sqlite(first.lower())):
                # Without a column: the rows of a table expression of that name were counted.
                return sqlite3.SQLITE_OK
            self._denied = self._denied or f"table {first}"
        elif action == sqlite3.SQLITE_FUNCTION:
            if (second or "").lower() in ALLOWED:
                self._gathers = self._gathers or (second or "").lower() in AGGREGATES
                return sqlite3.SQLITE_OK
            self._denied = self._denied or f"function {second}"
        elif first in ("sqlite_master", "sqlite_temp_master"):
            # What comes with SQLite writes itself down there when it is used first.
            self._denied = self._denied or "own"
        return sqlite3.SQLITE_DENY

    def _comes_with_sqlite(self, name: str) -> bool:
        """Whether a name, in small letters, may mean a table that nobody has made."""
        return name.startswith(("sqlite_", "pragma_")) or name in self._modules

    def _out_of_time(self) -> int:
        late = time.process_time() > self._question.seconds
        return int(late or os.getppid() != self._parent)

    def _take_in(self, connection: sqlite3.Connection) -> None:
        """Read records until the parent says that these were all."""
        with os.fdopen(self._inbox, "rb", buffering=1 << 18) as stream:
            connection.execute("BEGIN")
            while (into := marshal.load(stream)) is not None:
                table, columns = into
                row = f"({', '.join('?' * len(columns))})"
                names = ", ".join(map(quoted, columns))
                insert = f"INSERT INTO {quoted(table)} ({names}) VALUES {row}"
                # Many rows at once: running a statement costs more than a row of it.
                while values := marshal.load(stream):
                    more = len(values) // len(columns) - 1
                    connection.execute(insert + f", {row}" * more, values)
            connection.execute("COMMIT")

    def _send(self, rows: Iterator[Sequence[Any]]) -> None:
        texts: list[str] = []
        size, sent = 0, time.monotonic()
        for row in rows:
            text = json.dumps(row, default=_blob)
            if len(text) > limits.ROW:
                self._say("error", "row", "")
                os._exit(0)
            texts.append(text)
            size += len(text)
            if size > _TOGETHER or time.monotonic() - sent > _SOON:
                self._write(f'["rows",[{",".join(texts)}]]')
                texts.clear()
                size, sent = 0, time.monotonic()
        if texts:
            self._write(f'["rows",[{",".join(texts)}]]')

    def _say(self, *words: Any) -> None:
        self._write(json.dumps(words))

    def _write(self, text: str) -> None:
        data = text.encode("ascii")
        left = memoryview(_HEAD.pack(len(data)) + data)
        while left:
            left = left[os.write(self._outbox, left) :]

    def _told(self, problem: Exception) -> tuple[str, str]:
        """What went wrong, as the parent knows it: a word, and a text."""
        reason = str(problem)
        code = getattr(problem, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_NOMEM:
            return "memory", ""
        if code == sqlite3.SQLITE_INTERRUPT:
            return "time", ""
        if "one statement at a time" in reason:
            return "denied", ""
        if self._denied:
            return "denied", self._denied
        if reason == "not authorized" or code == sqlite3.SQLITE_AUTH:
            return "denied", ""
        return "sql", reason


def _limit(connection: sqlite3.Connection) -> None:
    """Bound what one statement may be and make."""
    for name, most in (
        ("LENGTH", limits.VALUE),
        ("SQL_LENGTH", limits.TEXT * 4),
        ("EXPR_DEPTH", 200),
        ("COMPOUND_SELECT", 100),
        ("LIKE_PATTERN_LENGTH", 1000),
        ("VARIABLE_NUMBER", 32_000),
        ("ATTACHED", 0),
        ("TRIGGER_DEPTH", 1),
        ("WORKER_THREADS", 0),
    ):
        connection.setlimit(getattr(sqlite3, f"SQLITE_LIMIT_{name}"), most)
    if hasattr(connection, "setconfig"):  # Python 3.12
        connection.setconfig(sqlite3.SQLITE_DBCONFIG_DEFENSIVE, True)  # type: ignore[attr-defined]


def _blob(value: Any) -> str:
    """A blob as SQL writes it; JSON has nothing for it."""
    return f"X'{bytes(value).hex().upper()}'"
