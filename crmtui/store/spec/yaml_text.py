"""Values as YAML text, always written the same way.

A word is quoted where YAML of any version could take it for something else, so that other programs
read the files as we do.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

LONGEST_LINE = 100

_WORDS = frozenset("y n yes no on off true false null ~ = <<".split())
"""What one version of YAML or another takes for a yes, a no or nothing."""

_PLAIN = r"(?![-?:,\[\]{}#&*!|>'\"%@`.+])[^\n]*"
_NUMBER = r"[\d][\d_.,:eExXoOa-fA-FtTzZ+\- ]*"


def block(value: Any, indent: int = 0) -> list[str]:
    """The lines of a mapping or a list, at an indentation."""
    pad = " " * indent
    if isinstance(value, dict):
        return [line for key, each in value.items() for line in entry(key, each, indent)]
    lines = []
    for each in value:
        if isinstance(each, dict) and any(isinstance(part, dict | list) for part in each.values()):
            inner = block(each, indent + 2)
            lines += [f"{pad}- {inner[0].lstrip()}", *inner[1:]]
        else:
            lines.append(f"{pad}- {flow(each)}")
    return lines


def entry(key: str, value: Any, indent: int = 0, written: str | None = None) -> list[str]:
    """The lines of a key and its value.

    Args:
        written: the key as it stands in the text, when it stands there already.
    """
    pad = " " * indent
    named = f"{pad}{written or scalar(key)}:"
    if isinstance(value, dict) and value:
        return [named, *block(value, indent + 2)]
    if isinstance(value, list) and value:
        line = f"{named} {flow(value)}"
        if any(isinstance(each, dict) for each in value) or len(line) > LONGEST_LINE:
            return [named, *block(value, indent + 2)]
        return [line]
    if isinstance(value, str) and _in_lines(value):
        inner = (f"{pad}  {line}" if line else "" for line in value.split("\n"))
        return [f"{named} |-", *inner]
    return [f"{named} {flow(value)}".rstrip()]


def flow(value: Any) -> str:
    """A value on one line, as it stands in brackets."""
    if isinstance(value, dict):
        parts = (f"{scalar(key)}: {flow(each)}" for key, each in value.items())
        return f"{{{', '.join(parts)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(flow, value))}]"
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return scalar(value) if isinstance(value, str) else str(value)


def scalar(text: str) -> str:
    """A text on one line, quoted where it must be."""
    if _is_plain(text):
        return text
    if text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    return '"' + "".join(_escaped(text)) + '"'


def _is_plain(text: str) -> bool:
    if text.isascii() and text.isalpha():
        return text.lower() not in _WORDS
    return (
        text.isprintable()
        and text == text.strip()
        and re.fullmatch(_PLAIN, text) is not None
        and text != ""
        and not any(part in text for part in (": ", " #", ",", "[", "]", "{", "}"))
        and not text.endswith(":")
        and text.lower() not in _WORDS
        and re.fullmatch(_NUMBER, text) is None
    )


def _in_lines(text: str) -> bool:
    """Whether a text of several lines can stand in the file as it is."""
    lines = text.split("\n")
    return (
        len(lines) > 1
        and all(line.isprintable() and line == line.rstrip() for line in lines)
        and lines[0][:1] not in ("", " ")
    )


def _escaped(text: str) -> Iterator[str]:
    for char in text:
        code = ord(char)
        if char in '"\\':
            yield "\\" + char
        elif char in "\n\t":
            yield "\\n" if char == "\n" else "\\t"
        elif char.isprintable() or unicodedata.category(char) == "Zs":
            yield char
        else:
            yield (
                f"\\x{code:02X}"
                if code < 256
                else (f"\\u{code:04X}" if code < 65536 else f"\\U{code:08X}")
            )
