"""Stored values as texts in which a person may be named, and what is left when that is erased."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from crmtui.model.definitions import Field
from crmtui.store.database import quoted
from crmtui.store.journal import ERASED
from crmtui.store.kinds import KINDS
from crmtui.store.kinds.files import NAME_AT, name_of
from crmtui.store.kinds.json_values import compact
from crmtui.store.privacy.subjects import Needle, Needles, unescaped

READ = frozenset("text longtext person address email phone url tags json integer file".split())
"""Kinds of which a value may name a person."""

OF_PERSONS = frozenset("person email phone address file".split())
"""Kinds that say something about whom a record is, where it was said to be a person."""

_KNOWN_BY = frozenset("text person email phone".split())
"""Kinds of personal fields by which a person is known elsewhere, too."""

_WHOLE = frozenset("email phone url integer file".split())
"""Kinds of which a part of a value means nothing."""

LONGEST = 100
"""Characters of a value by which a person is known elsewhere."""


_MARK = re.compile(r'(?:\{"full":")?\[erased(?: \d+)?\](?:"\})?')


def mark_of(number: int | None = None) -> str:
    """What is read where something was erased.

    Args:
        number: that of the record, where no two may be alike.
    """
    return ERASED if number is None else f"{ERASED[:-1]} {number}]"


def is_mark(value: Any) -> bool:
    """Whether a stored value only says that it was erased."""
    return isinstance(value, str) and _MARK.fullmatch(value) is not None


def sql_of(field: Field) -> str:
    """The SQL of the text of a field in which a person may be named: no hash of any content."""
    column = quoted(field.key)
    return f"substr({column}, {NAME_AT})" if field.kind == "file" else column


def text_of(field: Field, value: Any) -> str:
    """A stored value as a text to look into."""
    if field.kind == "file":
        return name_of(str(value))
    if field.kind in ("person", "address", "tags"):
        return "\n".join(_strings(value))
    return unescaped(str(value)) if field.kind == "json" else str(value)


def named_by(field: Field, value: Any, needles: Needles) -> Needle | None:
    """The text that a stored value is, and nothing else: then it is about whom that means."""
    if value is None or isinstance(value, dict):
        return None
    if field.kind == "person":
        return needles.equal(KINDS["person"].shown(value, field))
    if field.kind in ("address", "tags", "json", "file"):
        return None
    return needles.equal(str(value))


def known_by(field: Field, value: Any) -> str | None:
    """The text by which a personal field lets a person be known elsewhere, too; None for none."""
    if field.kind not in _KNOWN_BY or value is None:
        return None
    text = KINDS["person"].shown(value, field) if field.kind == "person" else str(value)
    text = text.partition(";")[0] if field.kind == "phone" else text
    # One letter, or a remark of several sentences, means nobody.
    short = len(text) < (3 if text.isascii() else 2)
    return None if short or len(text) > LONGEST or "\n" in text or is_mark(text) else text


def without(field: Field, value: Any, needles: Needles, mark: str = ERASED) -> Any:
    """What is left of a stored value; None for nothing, and the same when it names nobody."""
    if needles.found(text_of(field, value)) is None:
        return value
    if field.kind in _WHOLE or (field.kind == "person" and named_by(field, value, needles)):
        return None
    if field.kind in ("person", "address", "tags", "json"):
        found = _parsed(value)
        if found is not None:
            left = _each(found, needles, mark)
            if field.kind == "tags":
                return json.dumps(list(dict.fromkeys(left)), ensure_ascii=False)
            return compact(left)
    return needles.without(str(value), mark)


def _each(value: Any, needles: Needles, mark: str) -> Any:
    """What JSON holds, without what names the person in any text or number in it."""
    if isinstance(value, str):
        return needles.without(value, mark)
    if isinstance(value, Mapping):
        return {
            needles.without(key, mark): _each(each, needles, mark) for key, each in value.items()
        }
    if isinstance(value, list):
        return [_each(each, needles, mark) for each in value]
    if isinstance(value, bool) or value is None:
        return value
    return mark if needles.found(str(value)) else value


def _strings(value: Any) -> Iterator[str]:
    """The texts within a stored value of several, and of a name the whole of it first."""
    found = _parsed(value)
    if isinstance(found, Mapping):
        yield from (str(each) for each in found.values())
    elif isinstance(found, list):
        yield from (str(each) for each in found)
    else:
        yield str(value)


def _parsed(value: Any) -> Any:
    from decimal import Decimal

    try:
        return json.loads(value, parse_float=Decimal)
    except (TypeError, ValueError, RecursionError):
        return None
