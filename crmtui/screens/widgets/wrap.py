"""Texts broken into lines of so many cells."""

from functools import cache

from rich.console import Console
from rich.text import Text

from crmtui.terminal import shown_lines, width_of


def wrapped(text: str, width: int) -> list[str]:
    """A text in safe lines of at most `width` cells; its own line breaks stay."""
    lines: list[str] = []
    for line in shown_lines(text).split("\n"):
        if width_of(line) <= width:
            lines.append(line)
        else:
            lines += [part.plain.rstrip() for part in Text(line).wrap(_console(), max(8, width))]
    return lines


@cache
def _console() -> Console:
    return Console(color_system=None)
