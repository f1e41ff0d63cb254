"""The functions of expressions that SQLite has not, or has only in a form that can raise.

Total: no value makes them raise, so that no expression can tell a row's content by an error.
"""

import json
from collections.abc import Callable
from typing import Any

LONGEST = 1_000_000
"""Characters of a text that replacing makes."""


def contains(text: object, part: object) -> int | None:
    """Whether a text holds another, in any letter case."""
    if text is None or part is None:
        return None
    return int(str(part).casefold() in str(text).casefold())


def absolute(value: object) -> float | int | None:
    """The size of a number."""
    if isinstance(value, int | float):
        size = abs(value)
        return float(size) if isinstance(size, int) and size >= 2**63 else size
    return None


def replaced(text: object, old: object, new: object) -> str | None:
    """A text with each `old` in it as `new`; null where too long a text would come of it."""
    if text is None or old is None or new is None:
        return None
    found, before, after = str(text), str(old), str(new)
    if not before:
        return found
    grown = len(found) + found.count(before) * (len(after) - len(before))
    return found.replace(before, after) if grown <= max(LONGEST, len(found)) else None


def has(values: object, value: object) -> int | None:
    """Whether a list holds a value, in any letter case; no list holds none."""
    if values is None or value is None:
        return None
    found = _parsed(values)
    wanted = str(value).casefold()
    return int(isinstance(found, list) and any(str(e).casefold() == wanted for e in found))


def json_get(value: object, path: object) -> str | int | float | None:
    """What stands at a path, written `a.b.0`; an object or list as its text."""
    found = _parsed(value)
    for step in str(path).split("."):
        if isinstance(found, dict):
            found = found.get(step)
        elif isinstance(found, list) and step.isdecimal() and len(step) < 10:
            found = found[int(step)] if int(step) < len(found) else None
        else:
            return None
    if isinstance(found, int) and not -(2**63) <= found < 2**63:
        return float(found) if abs(found) < 10**300 else None
    if isinstance(found, dict | list):
        found = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
    if isinstance(found, str) and any("\ud800" <= char <= "\udfff" for char in found):
        return None
    return found


def _parsed(text: object) -> Any:
    """What a text of JSON holds; None for what is none."""
    try:
        return json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return None


TOTAL: dict[str, tuple[int, Callable[..., Any]]] = {
    "abs": (1, absolute),
    "contains": (2, contains),
    "has": (2, has),
    "json_get": (2, json_get),
    "replace": (3, replaced),
}
"""By the name that expressions call it by: how many arguments a function takes, and itself."""
