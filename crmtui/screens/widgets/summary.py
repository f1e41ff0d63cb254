"""What is wrong with a record as a whole, or with fields that its form does not show."""

from collections.abc import Sequence
from typing import Any

from rich.segment import Segment

from crmtui.screens.widgets.lines import Line, LineWidget
from crmtui.terminal import cut, wrapped

MOST = 4
"""Lines of it that are seen."""


class Summary(LineWidget):
    """Takes no place while nothing is wrong."""

    DEFAULT_CSS = "Summary { height: auto; display: none; }"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._told: list[str] = []

    def tell(self, told: Sequence[str]) -> None:
        """Say these things, made safe here, each on lines of its own."""
        if list(told) == self._told:
            return
        self._told = list(told)
        self.styles.height = max(1, len(self._lines))
        self.display = bool(told)
        self.redraw()

    @property
    def _lines(self) -> list[str]:
        width = self.app.size.width - 2
        lines = [line for text in self._told for line in wrapped(text, width)]
        if len(lines) > MOST:
            lines = [*lines[: MOST - 1], cut(lines[MOST - 1], width - 1) + "…"]
        return lines

    def draw(self) -> list[Line]:
        return [[Segment(f" {line}", self.style("error"))] for line in self._lines]
