"""The words of values: `name=value`, `name:=JSON`, `name=@file`, `name=` to clear.

`name+=value` and `name-=value` add to and take from what a field of many values holds, and
`name.part=value` sets a part of a structured one.
"""

import sys
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

from crmtui.i18n import N_
from crmtui.store.errors import Misused, Refused
from crmtui.store.uploads import Upload, file_at


def values(words: Sequence[str]) -> dict[str, Any]:
    """Words as values by field key; a file is an `Upload`, which the store reads.

    Raises:
        Misused: a word has no `=`, or names a field twice.
        Refused: JSON that is none.
    """
    found: dict[str, Any] = {}
    uploads: dict[str, Upload] = {}
    steps: dict[str, list[Any]] = {}
    for word in words:
        name, equals, text = word.partition("=")
        value: Any = text
        if not equals or not name.strip(":+-"):
            raise Misused("bad-value", N_("{word} is no value; write FIELD=VALUE"), word=word)
        if name.endswith(":"):
            name = name[:-1]
            value = _json(name, text)
        elif text.startswith("@@"):
            value = text[1:]
        elif text.startswith("@") and len(text) > 1:
            value = uploads.setdefault(text[1:], upload(text[1:]))
        key, step = _step(name, value)
        if key in found or (step is None and key in steps):
            raise Misused("twice", N_("{field} is given twice"), field=key)
        if step is None:
            found[key] = value
        else:
            steps.setdefault(key, []).append(step)
    if steps:
        from crmtui.store.values import Edit

        found |= {key: Edit(tuple(taken)) for key, taken in steps.items()}
    return found


def _step(name: str, value: Any) -> tuple[str, Any]:
    """The field that a name means, and what it does to the value there; None replaces it."""
    if name[-1] not in "+-" and "." not in name:
        return name, None
    from crmtui.store.values import Minus, Part, Plus

    if isinstance(value, Upload):
        value = value.text()
    if name[-1] in "+-":
        return name[:-1], Plus(value) if name[-1] == "+" else Minus(value)
    key, _, part = name.partition(".")
    return key, Part(part, value)


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


def upload(path: str) -> Upload:
    """The file at a path, or standard input for `-`, opened only when its content is read."""
    if path == "-":
        return Upload(path, "stdin", lambda: nullcontext(sys.stdin.buffer))
    return file_at(path)


def file_text(path: str, most: int) -> str:
    """The text of a file, or of standard input for `-`, in UTF-8.

    Args:
        most: the most bytes it may have.

    Raises:
        NotFound: it cannot be read. Refused: it is not UTF-8, or too large.
    """
    return upload(path).text(most)


def references(words: Sequence[str]) -> list[str]:
    """References from the command line; `-` stands for lines of standard input."""
    found: list[str] = []
    for word in words:
        if word == "-":
            found.extend(line.split("\t")[0].strip() for line in sys.stdin if line.strip())
        else:
            found.append(word)
    return found
