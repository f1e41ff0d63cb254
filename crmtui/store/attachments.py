"""The content of files, kept beside the workspace: each once, by the hash of its bytes.

`crm.db` has its files in the folder `crm.db.files`, as `ab/abcdef...` for the content whose SHA-256
begins so. Who copies, moves or backs up a workspace takes that folder along; a workspace without it
knows the names of its files and cannot give their content.

Content is written to a temporary file, brought to the disk and put in its place at once, before
the transaction that refers to it commits; what is rolled back takes its new content away again. So
a value never refers to what is not there, whatever dies in between. Content is not removed when
the last value goes: history and undo may still ask for it.
"""

import errno
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, BinaryIO, NamedTuple

from crmtui.model.definitions import Field
from crmtui.model.message import N_
from crmtui.store.database import Database
from crmtui.store.errors import Forbidden, NotFound, Refused
from crmtui.store.kinds import BadValue, Reader, Reading
from crmtui.store.kinds.files import MAX_SIZE, hash_of, name_of, safe_name, value_of
from crmtui.store.uploads import Upload

_CHUNK = 2**20
_DRAFT = ".new-"
"""What the name of a file begins with that is still being written."""


class Attachment(NamedTuple):
    """A file that a record has: its name, its size in bytes, and its content, to be closed."""

    name: str
    size: int
    stream: BinaryIO


class Attachments:
    """Keeps and gives the content of files of one workspace."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # Beside the file itself, by whichever link it was opened.
        self.folder = os.path.realpath(database.path) + ".files"

    def reader(
        self,
        field: Field,
        reading: Reading | None = None,
        known: Callable[[str], bool] | None = None,
    ) -> Reader:
        """A function from a written file to what is stored; raises `BadValue`.

        Args:
            reading: says which file the record has, and may keep.
            known: whether the actor may know of what is kept under a hash; None for all of it.
        """

        def read(value: Any) -> Any:
            if isinstance(value, Upload):
                return self._taken(value, field)
            text = value_of(value, field)
            if text is None or (reading and text in reading.held):
                return text
            if self.size(text) is None or (known and not known(hash_of(text))):
                raise BadValue(
                    "lost-file",
                    N_("the content of {name} is not in this workspace"),
                    name=name_of(text),
                )
            return text

        return read

    def size(self, value: str) -> int | None:
        """The bytes of the content of a stored value; None when it is not there."""
        try:
            return os.stat(self._path(hash_of(value))).st_size
        except OSError:
            return None

    def opened(self, value: str) -> Attachment:
        """The content of a stored value, found to be what it was.

        Raises:
            NotFound: it is not there. Refused: it is damaged. Forbidden: it may not be read.
        """
        path, name = self._path(hash_of(value)), name_of(value)
        try:
            stream = os.fdopen(os.open(path, os.O_RDONLY | _CAREFUL), "rb")
        except FileNotFoundError as problem:
            raise NotFound(
                "lost-file",
                N_("the content of {name} is lost: there is no {path}"),
                name=name,
                path=path,
            ) from problem
        except OSError as problem:
            raise Forbidden("unreadable", N_("{path} cannot be opened"), path=path) from problem
        try:
            sha256, size = _hashed(stream)
            if sha256 != hash_of(value):
                raise Refused(
                    "damaged-file",
                    N_("the content of {name} is damaged: {path} is not what it was"),
                    name=name,
                    path=path,
                )
            stream.seek(0)
        except BaseException:
            stream.close()
            raise
        return Attachment(name, size, stream)

    def discard(self, sha256: str) -> None:
        """Remove content for good, to which nothing refers any more.

        Raises:
            Forbidden: it cannot be removed.
        """
        path = self._path(sha256)
        with _writing(path), suppress(FileNotFoundError):
            os.remove(path)
        self._tidy(os.path.dirname(path))

    def _taken(self, upload: Upload, field: Field) -> str:
        """The value of a file that is given, its content kept; judged only outside an act."""
        if not upload.regular:
            raise BadValue("not-a-file", N_("{path} is no regular file"), path=upload.path)
        name = safe_name(upload.name)
        known = upload.kept.get(self.folder)
        if known is None or self.size(known[0]) != known[1]:
            limit = _Limit(upload.path, (field.max_size or MAX_SIZE) * 2**20)
            with upload.opened() as stream:
                limit.check(_size_of(stream))
                if not self._database.in_transaction:
                    # What a pipe brings can be read once, and this is not the time.
                    return f"{'0' * 64}/{name}"
                known = self._keep(stream, limit)
            upload.kept[self.folder] = known
        return f"{known[0]}/{name}"

    def _keep(self, stream: BinaryIO, limit: "_Limit") -> tuple[str, int]:
        """Keep the bytes of a stream; their hash and their number."""
        import tempfile

        with _writing(self.folder):
            os.makedirs(self.folder, mode=0o700, exist_ok=True)
            self._sweep()
            handle, draft = tempfile.mkstemp(prefix=_DRAFT, dir=self.folder)
        try:
            with os.fdopen(handle, "wb") as out:
                sha256, size = _hashed(stream, limit, partial(_write, out, draft))
                with _writing(draft):
                    out.flush()
                    os.fsync(out.fileno())
            self._place(draft, sha256, size)
        finally:
            if os.path.exists(draft):
                os.remove(draft)
            self._tidy()
        return sha256, size

    def _place(self, draft: str, sha256: str, size: int) -> None:
        """Give new content its place; what is there already, whole, stays."""
        path = self._path(sha256)
        if self.size(sha256) == size:
            return
        new = not os.path.exists(path)
        with _writing(path):
            os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
            os.replace(draft, path)
            if new:
                self._database.when_undone(partial(self._drop, path))
            for folder in (os.path.dirname(path), self.folder, os.path.dirname(self.folder)):
                _sync(folder)

    def _drop(self, path: str) -> None:
        """Take content away again that was kept for an act which is undone."""
        try:
            os.remove(path)
        except OSError:
            return
        self._tidy(os.path.dirname(path))

    def _tidy(self, *folders: str) -> None:
        """Remove the folders that hold nothing."""
        for folder in (*folders, self.folder):
            try:
                os.rmdir(folder)
            except OSError:
                return

    def _sweep(self) -> None:
        """Remove what a process left that died while it wrote: now it is our turn to write."""
        for name in os.listdir(self.folder):
            if name.startswith(_DRAFT):
                os.remove(os.path.join(self.folder, name))

    def _path(self, sha256: str) -> str:
        return os.path.join(self.folder, sha256[:2], sha256)


class _Limit:
    """How large a file may be."""

    def __init__(self, path: str, most: int) -> None:
        self._path = path
        self._most = most

    def check(self, size: int) -> None:
        """Raise `BadValue` when so many bytes are too many."""
        if size > self._most:
            raise BadValue(
                "too-large",
                N_("{path} is larger than {most} MiB"),
                path=self._path,
                most=self._most >> 20,
            )


def _hashed(
    stream: BinaryIO, limit: _Limit | None = None, write: Callable[[bytes], None] | None = None
) -> tuple[str, int]:
    """The hash and the number of the bytes of a stream, which `write` gets as they come."""
    digest, size = hashlib.sha256(), 0
    while chunk := stream.read(_CHUNK):
        size += len(chunk)
        if limit:
            limit.check(size)
        digest.update(chunk)
        if write:
            write(chunk)
    return digest.hexdigest(), size


def _write(out: BinaryIO, path: str, chunk: bytes) -> None:
    with _writing(path):
        out.write(chunk)


def _size_of(stream: BinaryIO) -> int:
    """The bytes of a file before it is read; 0 for what does not say."""
    try:
        return os.fstat(stream.fileno()).st_size
    except OSError:
        return 0


def _sync(folder: str) -> None:
    """Bring the names in a folder to the disk, where the system has that."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        pass
    finally:
        os.close(handle)


@contextmanager
def _writing(path: str) -> Iterator[None]:
    """Turn what the system says against writing into errors that people understand."""
    try:
        yield
    except OSError as problem:
        if problem.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Refused(
                "disk-full", N_("there is no room left to write {path}"), path=path
            ) from problem
        raise Forbidden(
            "unwritable",
            N_("{path} cannot be written: {reason}"),
            path=path,
            reason=problem.strerror,
        ) from problem


_CAREFUL = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
