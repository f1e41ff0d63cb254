"""Anything that JSON can say."""

import json
from typing import Any

from crmtui.model.definitions import Field
from crmtui.model.message import N_
from crmtui.store.kinds.base import BadValue, Kind, Reader, Reading, Stored

LONGEST = 1_000_000
DEEPEST = 100
LARGEST = 400
"""Places before or behind the point of a number; a double has fewer."""


class JsonKind(Kind):
    """A value of JSON, kept as compact text in the order it was written in.

    A text is always read as JSON; a text that is itself the value is therefore written in quotes.
    """

    key = "json"
    can_be_unique = False

    def reader(self, field: Field, reading: Reading) -> Reader:
        def read(value: Any) -> Stored:
            if isinstance(value, str):
                if not value.strip():
                    return None
                value = _parsed(value)
            text = compact(value)
            if len(text) > LONGEST:
                raise BadValue(
                    "too-long",
                    N_("has {found} characters, at most {most} are allowed"),
                    found=len(text),
                    most=LONGEST,
                )
            return None if text == "null" else text

        return read

    def json(self, value: Any, field: Field) -> Any:
        from decimal import Decimal

        try:
            found = json.loads(value, parse_float=Decimal)
        except (ValueError, RecursionError):
            return value
        return value if isinstance(found, str) else found


KINDS: tuple[Kind, ...] = (JsonKind(),)


def compact(value: Any, depth: int = 0) -> str:
    """A value as JSON without spaces, numbers exact.

    Raises:
        BadValue: it is no value of JSON, is nested too deep, or holds what cannot be stored.
    """
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int):
        return _integer(value)
    if isinstance(value, dict | list | tuple) and depth == DEEPEST:
        raise BadValue("too-deep", N_("is nested more than {most} deep"), most=DEEPEST)
    if isinstance(value, dict):
        pairs = (f"{_text(str(key))}:{compact(each, depth + 1)}" for key, each in value.items())
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(compact(each, depth + 1) for each in value) + "]"
    return _number(value)


def _parsed(text: str) -> Any:
    if len(text) > 2 * LONGEST:
        raise BadValue(
            "too-long",
            N_("has {found} characters, at most {most} are allowed"),
            found=len(text),
            most=LONGEST,
        )
    from decimal import Decimal

    try:
        return json.loads(
            text, parse_float=Decimal, parse_constant=_no_number, object_pairs_hook=_distinct
        )
    except RecursionError as problem:
        raise BadValue("too-deep", N_("is nested more than {most} deep"), most=DEEPEST) from problem
    except json.JSONDecodeError as problem:
        raise BadValue(
            "bad-json",
            N_("is not JSON: {reason} at line {line}, column {column}"),
            reason=problem.msg,
            line=problem.lineno,
            column=problem.colno,
        ) from problem
    except (ValueError, ArithmeticError) as problem:
        if isinstance(problem, BadValue):
            raise
        raise BadValue("bad-json", N_("holds a number too large to be read")) from problem


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise BadValue(
            "bad-json",
            N_("the key {key} stands twice in one object"),
            key=next(name for name in names if names.count(name) > 1),
        )
    return found


def _no_number(word: str) -> Any:
    raise BadValue("bad-json", N_("{value} is not a number"), value=word)


def _text(text: str) -> str:
    if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise BadValue("bad-json", N_("holds a text that cannot be stored"))
    return json.dumps(text, ensure_ascii=False)


def _integer(value: int) -> str:
    if abs(value) >= 10**LARGEST:
        raise BadValue("bad-json", N_("holds a number too large to be read"))
    return str(value)


def _number(value: Any) -> str:
    from decimal import Decimal

    if not isinstance(value, float | Decimal):
        raise BadValue("bad-json", N_("{value} is not JSON"), value=str(value))
    number = Decimal(repr(value)) if isinstance(value, float) else value
    if not number.is_finite():
        raise BadValue("bad-json", N_("{value} is not a number"), value=str(number))
    if abs(number.adjusted()) >= LARGEST or len(number.as_tuple().digits) > LARGEST:
        raise BadValue("bad-json", N_("holds a number too large to be read"))
    return format(number, "f")
