"""The columns of an answer: how values are written that belong to no field."""

from collections.abc import Sequence
from math import isinf
from typing import Any

_DIGITS = 15
"""Digits of a number that are its own; behind them stands what binary fractions add."""


class AnswerColumn:
    """A column of an answer: a key, and how its values are written.

    A table of the command line needs of a column what this has; see `commands._output.Fact`.

    Args:
        key: the name, unlike those of the other columns.
        index: where in a row the value stands.
    """

    __slots__ = ("_index", "key", "numeric")

    def __init__(self, key: str, index: int) -> None:
        self.key = key
        self._index = index
        self.numeric = True
        """Whether all that was shown of it are numbers."""

    def json(self, row: Sequence[Any]) -> Any:
        """The value as JSON holds it."""
        value = row[self._index]
        return _number(value) if isinstance(value, float) else value

    def plain(self, row: Sequence[Any]) -> str:
        """The value as a machine reads it; nothing for null."""
        value = row[self._index]
        if isinstance(value, str):
            return value
        if value is None:
            return ""
        return str(_number(value) if isinstance(value, float) else value)

    def text(self, row: Sequence[Any], language: str = "en") -> str:
        """The value as people read it."""
        value = row[self._index]
        if isinstance(value, str):
            self.numeric = False
        return self.plain(row)


def columns_of(names: Sequence[str]) -> list[AnswerColumn]:
    """Columns by their names; one that is named as another before it gets a number."""
    taken: set[str] = set()
    columns = []
    for index, name in enumerate(names):
        key, number = name, 1
        while key in taken or (number > 1 and key in names):
            number += 1
            key = f"{name}_{number}"
        taken.add(key)
        columns.append(AnswerColumn(key, index))
    return columns


def _number(value: float) -> int | float | str:
    if isinf(value):
        return str(value)  # JSON has no number for it
    value = float(f"{value:.{_DIGITS}g}")
    return int(value) if value.is_integer() and abs(value) < 2**53 else value
