"""The page of a form: headed sections of rows, in one column or two by the width."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rich.segment import Segment
from textual import events
from textual.containers import VerticalScroll
from textual.geometry import NULL_OFFSET, NULL_SPACING, Region, Size
from textual.layout import Layout, WidgetPlacement
from textual.widget import Widget

from crmtui.i18n import _
from crmtui.model.layouts import TWO_COLUMNS
from crmtui.screens.widgets.form_row import FormRow
from crmtui.screens.widgets.lines import Line, LineWidget
from crmtui.store.errors import Problem
from crmtui.terminal import shown

AT_ONCE = 40
"""Rows that are made at first; the others as one comes near them."""

AHEAD = 8
"""So many rows before the last one that was made, more are."""

_GAP = 2


class PageSection(NamedTuple):
    """What stands under one heading.

    Args:
        name: the heading, not yet safe; None for none.
        rows: in order. In a section of one column each is wide.
    """

    name: str | None
    rows: Sequence[FormRow]


class FormPage(VerticalScroll):
    """Rows of fields that scroll; which of them are seen is for the rules to say."""

    def __init__(self, id: str) -> None:
        super().__init__(id=id, can_focus=False)
        self._placing = Pairs()
        self._rows: list[FormRow] = []
        self._waiting: list[Widget] = []

    @property
    def layout(self) -> Layout:
        return self._placing

    @property
    def rows(self) -> list[FormRow]:
        """Every row in order, those too that were not made yet."""
        return self._rows

    def row(self, key: str) -> FormRow | None:
        """The row of a field."""
        return next((row for row in self._rows if row.key == key), None)

    async def show(self, sections: Sequence[PageSection]) -> None:
        """Show these sections instead of what is shown."""
        await self.remove_children()
        self._rows = [row for section in sections for row in section.rows]
        self._waiting = []
        for section in sections:
            if section.name is not None and section.rows:
                self._waiting.append(SectionHead(section.name, section.rows, bool(self._waiting)))
            self._waiting += section.rows
        self.scroll_to(0, 0, animate=False)
        await self._make(AT_ONCE)

    async def _make(self, count: int) -> None:
        fresh, self._waiting = self._waiting[:count], self._waiting[count:]
        if fresh:
            await self.mount_all(fresh)

    async def reveal(self, row: FormRow) -> None:
        """Make everything down to a row, and put the focus on it."""
        if row in self._waiting:
            await self._make(self._waiting.index(row) + 1 + AHEAD)
        if row.control is not None:
            row.control.target.focus()

    def see(self, hidden: Iterable[str]) -> None:
        """Show every row but those of the hidden fields, and the headings that have one."""
        gone = set(hidden)
        for row in self._rows:
            if row.display != (row.key not in gone):
                row.display = row.key not in gone
        for head in self.query(SectionHead):
            head.display = any(row.display for row in head.rows)

    def tell(self, problems: Sequence[Problem], *, touched: bool) -> list[str]:
        """Show problems beside their fields.

        Args:
            touched: only beside fields that somebody has touched.

        Returns:
            What has no field that is seen, in words: for the summary.
        """
        beside: dict[str, list[str]] = {}
        others = []
        seen = {row.key for row in self._rows if row.display}
        for problem in problems:
            if problem.field in seen:
                beside.setdefault(str(problem.field), []).append(problem.message.text(_))
            else:
                others.append(problem.named().text(_))
        for row in self._rows:
            told = "; ".join(beside.get(row.key, ()))
            row.wrong(told if row.touched or not touched else None)
        return others

    async def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        near = self.children[-AHEAD:]
        if self._waiting and any(node in near for node in event.widget.ancestors_with_self):
            await self._make(AT_ONCE)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if self._waiting and new_value > self.max_scroll_y - self.size.height:
            self.call_next(self._make, AT_ONCE)


class SectionHead(LineWidget):
    """The heading of a section, with an empty line above unless it is the first."""

    alone = True

    def __init__(self, name: str, rows: Sequence[FormRow], spaced: bool) -> None:
        super().__init__()
        self.rows = rows
        self._heading = shown(name)
        self.lines = 1 + spaced

    def draw(self) -> list[Line]:
        head = [Segment(" ", self.style("text")), Segment(self._heading, self.style("head"))]
        return [*([] for _ in range(self.lines - 1)), head]


class Pairs(Layout):
    """Two rows beside each other where the screen is wide enough, but for those that are wide.

    The same rule as of `model.layouts.rows`, over what is seen at the moment.
    """

    name = "pairs"

    def arrange(
        self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True
    ) -> list[WidgetPlacement]:
        two = parent.app.size.width >= TWO_COLUMNS
        half = (size.width - _GAP) // 2
        placements: list[WidgetPlacement] = []
        y = bottom = 0
        open_ = False
        for child in children:
            lines: int = child.lines  # type: ignore[attr-defined]
            alone: bool = not two or child.alone  # type: ignore[attr-defined]
            if open_ and not alone:
                x, open_ = half + _GAP, False
            else:
                x, y, open_ = 0, bottom, not alone
            region = Region(x, y, size.width if alone else half, lines)
            bottom = max(bottom, y + lines)
            placements.append(WidgetPlacement(region, NULL_OFFSET, NULL_SPACING, child))
        return placements
