"""The words of values: `name=value`, `name:=JSON`, `name=@file`, `name=` to clear."""

import sys
from collections.abc import Sequence
from typing import Any

from crmtui.i18n import N_
from crmtui.store.errors import Misused, NotFound, Refused

MAX_FILE = 8 * 2**20


def values(words: Sequence[str]) -> dict[str, Any]:
    """Words as values by field key.

    Raises:
        Misused: a word has no `=`, or names a field twice.
        Refused: JSON that is none; NotFound: a file that is none.
    """
    found: dict[str, Any] = {}
    for word in words:
        name, equals, text = word.partition("=")
        value: Any = text
        if not equals or not name.strip(":"):
            raise Misused("bad-value", N_("{word} is no value; write FIELD=VALUE"), word=word)
        if name.endswith(":"):
            name = name[:-1]
            value = _json(name, text)
        elif text.startswith("@@"):
            value = text[1:]
        elif text.startswith("@") and len(text) > 1:
            value = file_text(text[1:])
        if name in found:
            raise Misused("twice", N_("{field} is given twice"), field=name)
        found[name] = value
    return found


def _json(name: str, text: str) -> Any:
    import json
    from decimal import Decimal

    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError) as problem:
        raise Refused(
            "bad-json", N_("{field}: {text} is not JSON"), field=name, text=text[:80]
        ) from problem


def _no_constant(word: str) -> Any:
    raise ValueError(word)


def file_text(path: str, most: int = MAX_FILE) -> str:
    """The text of a file, or of standard input for `-`, in UTF-8.

    Args:
        most: the most bytes it may have.

    Raises:
        NotFound: it cannot be read. Refused: it is not UTF-8, or too large.
    """
    try:
        if path == "-":
            data = sys.stdin.buffer.read(most + 1)
        else:
            with open(path, "rb") as stream:
                data = stream.read(most + 1)
    except OSError as problem:
        raise NotFound(
            "no-such-file",
            N_("{path} cannot be read: {reason}"),
            path=path,
            reason=problem.strerror,
        ) from problem
    if len(data) > most:
        raise Refused(
            "too-large", N_("{path} is larger than {most} MiB"), path=path, most=most >> 20
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise Refused("not-unicode", N_("{path} is not UTF-8 text"), path=path) from problem


def references(words: Sequence[str]) -> list[str]:
    """References from the command line; `-` stands for lines of standard input."""
    found: list[str] = []
    for word in words:
        if word == "-":
            found.extend(line.split("\t")[0].strip() for line in sys.stdin if line.strip())
        else:
            found.append(word)
    return found
