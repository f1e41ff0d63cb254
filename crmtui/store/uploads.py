"""Content that comes with a value: a file of whoever gives it, or what a pipe brings.

The store never opens a path that it finds in a value. Only the face that a person speaks to knows
which file was meant, and hands it in as this.
"""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import BinaryIO

from crmtui.model.message import N_
from crmtui.store.errors import NotFound, Refused
from crmtui.store.remote import require_own_file

MOST_TEXT = 8 * 2**20
"""Bytes of a file that is read as text."""


class Upload:
    """A file that a value is taken from; opened only when its content is asked for.

    Args:
        path: what it is called in errors.
        name: what it is called where it is kept.
        open: opens it for reading; it may raise OSError.
        regular: whether it is a file that ends, and no folder, link or device.
    """

    def __init__(
        self,
        path: str,
        name: str,
        open: Callable[[], AbstractContextManager[BinaryIO]],
        *,
        regular: bool = True,
    ) -> None:
        self.path = path
        self.name = name
        self.regular = regular
        self.kept: dict[str, tuple[str, int]] = {}
        """Where its content was kept already: the folder, and its hash and size there."""
        self._open = open
        self._text: str | None = None

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """Its content as bytes.

        Raises:
            NotFound: it cannot be read.
        """
        try:
            with self._open() as stream:
                yield stream
        except OSError as problem:
            raise NotFound(
                "no-such-file",
                N_("{path} cannot be read: {reason}"),
                path=self.path,
                reason=problem.strerror,
            ) from problem

    def text(self, most: int = MOST_TEXT) -> str:
        """Its content as UTF-8 text.

        Args:
            most: the most bytes it may have.

        Raises:
            NotFound: it cannot be read. Refused: it is not UTF-8, or too large.
        """
        if self._text is None:
            with self.opened() as stream:
                data = stream.read(most + 1)
            if len(data) > most:
                raise Refused(
                    "too-large",
                    N_("{path} is larger than {most} MiB"),
                    path=self.path,
                    most=most >> 20,
                )
            try:
                self._text = data.decode("utf-8-sig")
            except UnicodeDecodeError as problem:
                raise Refused(
                    "not-unicode", N_("{path} is not UTF-8 text"), path=self.path
                ) from problem
        return self._text


def file_at(path: str) -> Upload:
    """The file at a path of the person who gives it; opened only when its content is read.

    Raises:
        Forbidden: that person is not on this machine.
    """
    require_own_file(path)
    try:
        regular = stat.S_ISREG(os.lstat(path).st_mode)
    except (OSError, ValueError):
        regular = True  # it is opening it that says what is wrong
    return Upload(path, os.path.basename(path), partial(_opened, path), regular=regular)


def _opened(path: str) -> BinaryIO:
    try:
        return open(path, "rb")
    except ValueError as problem:
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL)) from problem
