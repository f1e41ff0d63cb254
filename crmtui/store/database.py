"""The ground: one SQLite file, its connection, its turnstile and its one kind of transaction.

What is SQLite's own stays here, in `tables` and in `migrations`.

Why a turnstile: SQLite's busy handler sleeps and retries, so waiting is a lottery that some
writers lose. A lock on a file beside the workspace queues writers in the kernel and is released
when a process dies. Why `synchronous=FULL`: an acknowledged change survives a power cut.
"""

import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import Any

from crmtui.model.message import N_
from crmtui.store.errors import Conflict, CrmError, Forbidden, NotFound, Refused

try:
    import fcntl
except ImportError:  # not a POSIX system: SQLite's own lock alone must do
    fcntl = None  # type: ignore[assignment]

APPLICATION_ID = 0x43524D54
"""`CRMT` in the file's header says that a database is a crmtui workspace."""

SCHEMA_VERSION = 3
"""The number of migrations in `migrations.py`; kept in `PRAGMA user_version`."""

BUSY_SECONDS = 20
"""How long a writer waits for others before it says that the workspace is busy."""


class Database:
    """A connection to a workspace file, bound to the thread that made it.

    Args:
        path: the file.
        create: make the file and its folder when they are missing.

    Raises:
        NotFound: there is no such file and `create` is false.
        Refused: the file is no workspace, is damaged, or was made by a newer version.
        Forbidden: the file or its folder may not be read.
    """

    def __init__(self, path: str, *, create: bool = False) -> None:
        self.path = path
        self.has_functions = False
        """Whether the functions of expressions were added to the connection."""
        self._depth = 0
        self._lock = -1
        self._undo: list[Callable[[], None]] = []
        self.made = False
        """Whether this connection made the file."""
        if not os.path.exists(path):
            if not create:
                raise no_workspace(path)
            _make_folder(path)
            self.made = True
        self._inode = os.stat(path).st_ino
        with translated(path):
            # An absolute path is never one of the names that SQLite reads otherwise (:memory:).
            self.connection = sqlite3.connect(
                os.path.abspath(path),
                timeout=BUSY_SECONDS,
                isolation_level=None,
                cached_statements=512,
            )
            try:
                self.connection.execute("PRAGMA foreign_keys = ON")
                self._adopt(create)
            except BaseException:
                self.close()
                raise

    def _adopt(self, create: bool) -> None:
        found = self.scalar("PRAGMA application_id")
        if found == APPLICATION_ID:
            version = self.scalar("PRAGMA user_version")
            self.connection.execute("PRAGMA synchronous = FULL")
            if version == SCHEMA_VERSION:
                return
            if version > SCHEMA_VERSION:
                raise Refused(
                    "newer-workspace",
                    N_("{path} was written by a newer version of crmtui"),
                    path=self.path,
                )
        elif found or self.scalar("SELECT count(*) FROM sqlite_schema"):
            if not found and self.scalar("PRAGMA application_id") == APPLICATION_ID:
                # Another process finished making it between the two questions.
                self._adopt(create)
                return
            raise Refused("not-a-workspace", N_("{path} is no crmtui workspace"), path=self.path)
        elif not create:
            raise Refused(
                "not-a-workspace",
                N_("{path} is no crmtui workspace"),
                "crmtui init",
                path=self.path,
            )
        self._migrate()

    def _migrate(self) -> None:
        from crmtui.store.migrations import migrate

        self._take_turn()
        try:
            # Takes effect on a new file only: large loads write fewer, larger pages.
            self.connection.execute("PRAGMA page_size = 8192")
            self.connection.execute("PRAGMA journal_mode = WAL")
            self.connection.execute("PRAGMA synchronous = FULL")
        finally:
            self._release()
        with self.transaction():
            migrate(self.connection)
            self.connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            self.connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def close(self) -> None:
        """Close the connection; an open transaction is rolled back by SQLite."""
        self.made = False
        self.connection.close()
        self._release()

    def discard(self) -> None:
        """Close the connection and, unless somebody wrote into it, remove the file."""
        try:
            self._take_turn()
        except CrmError:
            self.close()
            return
        try:
            # Asked in our turn: another process may have found the file and just have written.
            unused = self.scalar("SELECT 1 FROM crm_journal LIMIT 1") is None
            self.made = False
            self.connection.close()
            for suffix in ("", "-wal", "-shm", ".lock") if unused else ():
                if os.path.exists(self.path + suffix):
                    os.remove(self.path + suffix)
        finally:
            self._release()

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> sqlite3.Cursor:
        """Run one statement on the plain connection."""
        try:
            return self.connection.execute(sql, parameters)
        except sqlite3.Error as problem:
            known = _known(problem, self.path)
            if known:
                raise known from problem
            raise
        except UnicodeEncodeError as problem:
            raise Refused("not-unicode", N_("what was given is not valid UTF-8 text")) from problem

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> Iterator[Sequence[Any]]:
        """The rows of one SELECT, streamed; a file that turns out damaged on the way is said so."""
        return self._streamed(self.execute(sql, parameters))

    def _streamed(self, cursor: sqlite3.Cursor) -> Iterator[Sequence[Any]]:
        with translated(self.path):
            # Not `yield from`: ended early, that would close a cursor whose database is closed.
            for row in cursor:  # noqa: UP028
                yield row

    def scalar(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """The first value of the first row, or None."""
        row = self.execute(sql, parameters).fetchone()
        return row[0] if row else None

    def insert(self, table: str, values: dict[str, Any]) -> int:
        """Insert one row and return its id."""
        names = ", ".join(quoted(name) for name in values)
        marks = ", ".join("?" * len(values))
        cursor = self.execute(
            f"INSERT INTO {quoted(table)} ({names}) VALUES ({marks})", tuple(values.values())
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def update(self, table: str, row_id: int, values: dict[str, Any]) -> None:
        """Set columns of the row with that id; nothing when `values` is empty."""
        if values:
            sets = ", ".join(f"{quoted(name)} = ?" for name in values)
            self.execute(
                f"UPDATE {quoted(table)} SET {sets} WHERE id = ?", (*values.values(), row_id)
            )

    def when_undone(self, act: Callable[[], None]) -> None:
        """Have `act` called if what is under way is rolled back, before anybody else may write.

        For what an act does beside the database; `act` must not raise.
        """
        self._undo.append(act)

    def _undone(self, since: int = 0) -> None:
        """Undo what was done beside the database, the last thing first."""
        while len(self._undo) > since:
            self._undo.pop()()

    @property
    def in_transaction(self) -> bool:
        """Whether an intent is under way on this connection."""
        return self._depth > 0

    @contextmanager
    def transaction(
        self, *, dry_run: bool = False, patience: float = BUSY_SECONDS
    ) -> Iterator[None]:
        """All or nothing: commit at the end, roll back on any exception or when `dry_run`.

        Nested uses join the outer transaction. A nested dry run is undone by its savepoint.

        Args:
            patience: the seconds that it waits for other writers.

        Raises:
            Conflict: other writers kept the workspace busy for longer.
        """
        if self._depth:
            with self._savepoint(dry_run):
                yield
            return
        with translated(self.path):
            self._take_turn(patience)
            try:
                self.connection.execute("BEGIN IMMEDIATE")
                self._depth = 1
                yield
                if dry_run:
                    self._undone()
                self.connection.execute("ROLLBACK" if dry_run else "COMMIT")
            except BaseException:
                self._undone()
                # On a full disk SQLite has rolled back by itself already.
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise
            finally:
                self._undo.clear()
                self._depth = 0
                self._release()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let all that is read inside be of one moment, whatever others write meanwhile."""
        if self._depth:
            yield
            return
        self.execute("BEGIN")
        try:
            yield
        finally:
            self.connection.execute("ROLLBACK")

    @contextmanager
    def _savepoint(self, dry_run: bool) -> Iterator[None]:
        name, done = f"s{self._depth}", len(self._undo)
        self.connection.execute(f"SAVEPOINT {name}")
        self._depth += 1
        try:
            yield
        except BaseException:
            self._undone(done)
            if self.connection.in_transaction:
                self.connection.execute(f"ROLLBACK TO {name}")
                self.connection.execute(f"RELEASE {name}")
            raise
        else:
            if dry_run:
                self._undone(done)
                self.connection.execute(f"ROLLBACK TO {name}")
            self.connection.execute(f"RELEASE {name}")
        finally:
            self._depth -= 1

    def compact(self) -> bool:
        """Write the file anew, so that nothing is in it any more that was deleted or overwritten.

        False when others go on reading what there was: then its last part still holds that. What a
        file system keeps of blocks that it has freed is beyond reach.

        Raises:
            CrmError: there is no room for it, or others are writing.
        """
        with translated(self.path):
            self._take_turn()
            try:
                with self._temporary_files_beside():
                    self.connection.execute("VACUUM")
                busy, _pages, _moved = self.connection.execute(
                    "PRAGMA wal_checkpoint(TRUNCATE)"
                ).fetchone()
            finally:
                self._release()
        return not busy

    @contextmanager
    def _temporary_files_beside(self) -> Iterator[None]:
        """Have SQLite put what it needs for a while beside the file: elsewhere it may not write."""
        folder = literal(os.path.dirname(os.path.abspath(self.path)))
        # A build without it uses the usual places.
        with suppress(sqlite3.Error):
            self.connection.execute(f"PRAGMA temp_store_directory = {folder}")
        try:
            yield
        finally:
            with suppress(sqlite3.Error):
                self.connection.execute("PRAGMA temp_store_directory = ''")

    def _take_turn(self, patience: float = BUSY_SECONDS) -> None:
        if fcntl is None:
            return
        try:
            self._lock = os.open(self.path + ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as problem:
            raise read_only(self.path) from problem
        deadline = time.monotonic() + patience
        pause = 0.001
        while True:
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    self._release()
                    raise busy(self.path) from None
                time.sleep(pause)
                pause = min(pause * 2, 0.02)
        try:
            if os.stat(self.path).st_ino == self._inode:
                return
        except OSError:
            pass
        self._release()
        raise Conflict(
            "replaced", N_("{path} was replaced by another file; try again"), path=self.path
        )

    def _release(self) -> None:
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


@lru_cache(maxsize=4096)
def quoted(name: str) -> str:
    """`name` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """`text` as an SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def no_workspace(path: str) -> CrmError:
    """There is no such file."""
    return NotFound("no-workspace", N_("there is no workspace at {path}"), "crmtui init", path=path)


def busy(path: str) -> CrmError:
    """Others are writing, and did not stop in time."""
    return Conflict("busy", N_("{path} is locked by another process; try again"), path=path)


def read_only(path: str) -> CrmError:
    """The file or its folder does not let itself be written."""
    return Forbidden("read-only", N_("{path} or its folder cannot be written"), path=path)


@contextmanager
def translated(path: str) -> Iterator[None]:
    """Turn SQLite's own failures into errors that people understand."""
    try:
        yield
    except sqlite3.Error as problem:
        known = _known(problem, path)
        if known:
            raise known from problem
        raise


def _known(problem: sqlite3.Error, path: str) -> CrmError | None:
    """What a failure of SQLite's means to people; None when it is a fault of ours."""
    code = getattr(problem, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return busy(path)
    if code == sqlite3.SQLITE_READONLY:
        return read_only(path)
    if code == sqlite3.SQLITE_FULL:
        return Refused("disk-full", N_("there is no room left to write {path}"), path=path)
    if code == sqlite3.SQLITE_NOTADB:
        return Refused("not-a-workspace", N_("{path} is no crmtui workspace"), path=path)
    if code == sqlite3.SQLITE_CORRUPT or str(problem).startswith("Could not decode to UTF-8"):
        return Refused("damaged", N_("{path} is damaged"), path=path)
    if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH):
        return Forbidden("unreadable", N_("{path} cannot be opened"), path=path)
    if code == sqlite3.SQLITE_IOERR:
        return Refused("disk-error", N_("{path} cannot be read or written"), path=path)
    return None


def _make_folder(path: str) -> None:
    folder = os.path.dirname(os.path.abspath(path))
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as problem:
        raise Forbidden("unreadable", N_("{path} cannot be opened"), path=path) from problem
