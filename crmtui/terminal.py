"""Text of records made safe and measured for a terminal, by every table, line and widget.

Records hold whatever somebody typed. On a terminal a control character moves the cursor, an
escape sequence sets the clipboard or the title, a bidi override turns a line around, and a
zero-width character hides a difference: here each of them is *shown* instead.
"""

import re
import unicodedata
from functools import cache
from typing import Any

_UNSAFE = (
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e007f\ud800-\udfff]"
)
_JOINTS = "[\ufe0e\ufe0f]|\u200d(?=[\u2190-\u2bff\U0001f000-\U0001faff])"
"""What makes one emoji of several. Terminals disagree on the width of the whole, and a dialogue
that covers half of it would shift its line; the parts are as wide everywhere."""

_MARKS_SHOWN = 4
"""Combining marks kept on one base character; a storm of them paints over other lines."""


def shown(text: str) -> str:
    """`text` as one safe line: control characters as pictures, other invisible ones as U+FFFD.

    Line breaks and tabs become pictures too, so that a cell stays on its line.
    """
    if text.isascii() and text.isprintable():
        return text
    text = re.sub(_JOINTS, "", re.sub(_UNSAFE, _picture, text))
    return _calm(text) if any(unicodedata.combining(char) for char in text) else text


def shown_lines(text: str) -> str:
    """`text` safe for a place of several lines: as `shown`, but line breaks stay."""
    return "\n".join(shown(line) for line in text.replace("\r\n", "\n").split("\n"))


def has_unsafe(text: str) -> bool:
    """Whether `text` holds a character that a terminal must not get."""
    return re.search(_UNSAFE, text) is not None


def removed(text: str) -> str:
    """`text` without unsafe characters: the last wall, for text nobody has shown first."""
    return re.sub(_UNSAFE, "", text)


def escaped(text: str) -> str:
    """The JSON string of `text` with unsafe characters as `\\uXXXX`: safe, and nothing is lost."""
    from json.encoder import encode_basestring

    return re.sub(_UNSAFE, _json_escape, encode_basestring(text))


def cut(text: str, width: int) -> str:
    """`text` in exactly `width` cells, cut with … or padded; wide characters count 2."""
    from rich.cells import cell_len, set_cell_size

    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(text, width - 1) + "…" if width > 1 else set_cell_size(text, width)


def width_of(text: str) -> int:
    """The number of terminal cells that `text` takes."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def wrapped(text: str, width: int) -> list[str]:
    """`text` in safe lines of at most `width` cells, broken between words; its own breaks stay."""
    lines: list[str] = []
    for line in shown_lines(text).split("\n"):
        if width_of(line) <= width:
            lines.append(line)
        else:
            from rich.text import Text

            lines += [part.plain.rstrip() for part in Text(line).wrap(_console(), max(8, width))]
    return lines


@cache
def _console() -> Any:
    from rich.console import Console

    return Console(color_system=None)


def _picture(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else "\ufffd"


def _json_escape(match: re.Match[str]) -> str:
    units = match.group().encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4))


def _calm(text: str) -> str:
    kept = []
    marks = 0
    for char in text:
        marks = marks + 1 if unicodedata.combining(char) else 0
        if marks <= _MARKS_SHOWN:
            kept.append(char)
    return "".join(kept)
