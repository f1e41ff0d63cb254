"""The workspace a command works on: opened when needed, shared by all lines of a batch."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from crmtui.i18n import language

if TYPE_CHECKING:
    from crmtui.store.workspace import Workspace


class Session:
    """What all commands of one invocation share.

    Args:
        path: the workspace file asked for, or None for the usual place.
    """

    def __init__(self, path: str | None = None) -> None:
        self.path = path
        self.as_user: str | None = None
        self.batch = False
        self._workspace: Workspace | None = None

    @contextmanager
    def workspace(
        self, db: str | None = None, *, create: bool = False, command: str | None = None
    ) -> Iterator["Workspace"]:
        """The workspace, closed at the end unless a batch keeps it open.

        Args:
            create: make it when it does not exist, as the first command that writes does.
            command: what the journal says, where what was typed must not be kept.
        """
        if self._workspace is not None:
            yield self._workspace
            return
        from crmtui.store.workspace import Workspace

        with Workspace.open(
            db or self.path,
            command=command or command_line(),
            create=create,
            language=language(),
            as_user=self.as_user,
        ) as workspace:
            yield workspace

    @contextmanager
    def kept_open(self, db: str | None = None) -> Iterator["Workspace"]:
        """Open the workspace once for everything that happens inside."""
        with self.workspace(db, create=True) as workspace:
            self._workspace, self.batch = workspace, True
            try:
                yield workspace
            finally:
                self._workspace, self.batch = None, False


def command_line(words: list[str] | None = None) -> str:
    """What was typed, as the journal keeps it: without the values given, which it keeps itself."""
    words = sys.argv[1:] if words is None else words
    line = " ".join(_without_value(word) for word in words[:40])
    return line.encode("utf-8", "replace").decode()


def _without_value(word: str) -> str:
    name, equals, _value = word.partition("=")
    if equals and not name.startswith("-"):
        return f"{name}=…"
    return word if len(word) <= 80 else word[:79] + "…"
