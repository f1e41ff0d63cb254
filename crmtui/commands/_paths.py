"""The marks of parameters that name a file of the machine that this runs on.

Whoever comes through the gateway has no file there. A marked word is refused before anybody looks
whether there is such a file; `-`, where it stands for standard input or output, is not.
"""

from typing import Any

import click


class _Path(click.ParamType):
    name = "path"

    def __init__(self, *, pipe: bool) -> None:
        self._pipe = pipe

    def convert(
        self, value: Any, _param: click.Parameter | None, _ctx: click.Context | None
    ) -> Any:
        if not (self._pipe and value == "-"):
            from crmtui.store.remote import require_own_file

            require_own_file(value)
        return value


FILE = _Path(pipe=True)
"""A file, or `-` for standard input or output."""

WORKSPACE = _Path(pipe=False)
"""The file of a workspace."""
