"""Sums of numbers that are no integers, to the last digit: for versions of SQLite that lose some.

Adding 0.1 a hundred thousand times loses cents. What each addition loses is kept beside the sum
(Neumaier's variant of Kahan's summation), as SQLite does from 3.43 on. Integers are exact anyway.
"""

import re
from typing import Any

_NUMBER = r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
"""What SQLite takes of a text that is added."""


class _Sum:
    """Numbers added; the base of the aggregates, each of which is also one over a window."""

    def __init__(self) -> None:
        self._count = 0
        self._whole = 0
        self._sum = 0.0
        self._lost = 0.0
        self._fractions = 0

    def step(self, value: Any) -> None:
        """Add a value."""
        if value is None:
            return
        self._count += 1
        if type(value) is int:
            self._whole += value
            return
        self._fractions += 1
        self._add(value if type(value) is float else _number(value))

    def inverse(self, value: Any) -> None:
        """Take a value away that has left the window."""
        if value is None:
            return
        self._count -= 1
        if type(value) is int:
            self._whole -= value
            return
        self._fractions -= 1
        self._add(-(value if type(value) is float else _number(value)))

    def _add(self, value: float) -> None:
        before = self._sum
        total = self._sum = before + value
        if abs(before) >= abs(value):
            self._lost += (before - total) + value
        else:
            self._lost += (value - total) + before

    def _added(self) -> float:
        exact = self._sum + self._lost
        # Beyond what a float holds there is no loss to speak of, only infinity.
        return (exact if exact == exact else self._sum) + self._whole

    def value(self) -> Any:
        """What the values in the window make."""
        raise NotImplementedError

    def finalize(self) -> Any:
        """What all values made."""
        return self.value()


class Sum(_Sum):
    """`sum(x)`: null of nothing, an integer of integers."""

    def value(self) -> int | float | None:
        if not self._count:
            return None
        fits = -(2**63) <= self._whole < 2**63
        return self._whole if not self._fractions and fits else self._added()


class Total(_Sum):
    """`total(x)`: always a number with a fraction."""

    def value(self) -> float:
        return self._added()


class Average(_Sum):
    """`avg(x)`: null of nothing."""

    def value(self) -> float | None:
        return self._added() / self._count if self._count else None


SUMS: dict[str, Any] = {"sum": Sum, "total": Total, "avg": Average}
"""The aggregates by name."""


def _number(value: str | bytes) -> float:
    """What a text or blob is when it is added."""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
    found = re.match(_NUMBER, text)
    return float(found.group()) if found else 0.0
