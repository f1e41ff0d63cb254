"""One row of the result, and how it is printed."""

from typing import NamedTuple


class Row(NamedTuple):
    """A figure beside its budget.

    Args:
        what: what was measured.
        ours: what it took, with its unit.
        floor: what the floor took, with its unit, or nothing.
        figure: what the budget is about: a ratio, milliseconds, a count.
        budget: the most it may be.
        unit: of figure and budget; `x` for a ratio.
    """

    what: str
    ours: str
    floor: str
    figure: float
    budget: float
    unit: str

    @property
    def over(self) -> bool:
        """Whether it is over its budget."""
        return self.figure > self.budget


def ratio(what: str, ours: float, floor: float, budget: float) -> Row:
    """The row of something that is measured against its floor, both in seconds."""
    return Row(what, seconds(ours), seconds(floor), ours / floor, budget, "x")


def seconds(value: float) -> str:
    """A time, in the unit that suits it."""
    if value < 1e-3:
        return f"{value * 1e6:.0f} us"
    return f"{value * 1e3:.1f} ms" if value < 1 else f"{value:.2f} s"


def heading() -> str:
    """The first line."""
    return f"{'what (CPU time, medians)':<52}{'ours':>10}{'floor':>10}{'figure':>12}{'budget':>12}"


def line(row: Row) -> str:
    """A row as a line."""
    figure, budget = (_number(value, row.unit) for value in (row.figure, row.budget))
    verdict = "over" if row.over else "ok"
    return f"{row.what:<52}{row.ours:>10}{row.floor:>10}{figure:>12}{budget:>12}  {verdict}"


def _number(value: float, unit: str) -> str:
    if unit == "x":
        return f"{value:.2f}x"
    text = f"{value:.0f}" if value >= 10 or value == int(value) else f"{value:.2f}"
    return f"{text} {unit}".rstrip()
