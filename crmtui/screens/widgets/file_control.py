"""A line for a file: its name and size, or the path of one to be taken."""

import os
from collections.abc import Sequence
from typing import Any

from crmtui.screens.widgets.lookup import LookupControl
from crmtui.screens.widgets.rows import Row
from crmtui.store.remote import require_own_file
from crmtui.store.uploads import Upload, file_at

SIGN = "@"
"""What a path begins with, as on the command line."""


class LocalPath(str):
    """A path that was typed, of the machine that the screen runs on."""

    def upload(self) -> Upload:
        """The file there.

        The one place where a form comes to open a file of this machine.

        Raises:
            Forbidden: it is the machine of whoever serves the person who typed it.
        """
        require_own_file(self)
        return file_at(os.path.expanduser(self.removeprefix(SIGN)))


class FileControl(LookupControl):
    """Shows what a file is called; `@path` takes another one, nothing takes it away.

    Args:
        value: as it is stored.
        text: how people read that; safe.
    """

    _needs_one = False

    def __init__(self, value: str, text: str, placeholder: str = "", **kwargs: Any) -> None:
        super().__init__(value, text, _nothing, placeholder=placeholder, **kwargs)

    async def resolve(self) -> None:
        """Nothing: a path means itself."""

    @property
    def value(self) -> str:
        """What to store: what was there, a path, or a text that is neither."""
        value = super().value
        return LocalPath(value) if value.startswith(SIGN) else value


async def _nothing(_typed: str) -> Sequence[Row]:
    return ()
