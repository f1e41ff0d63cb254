"""The page of a record: its facts under headings, in one column or two, and more below them."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from rich.segment import Segment
from textual import events
from textual.binding import Binding
from textual.geometry import Offset
from textual.message import Message

from crmtui.i18n import N_
from crmtui.screens.widgets.lines import Line, LineWidget
from crmtui.terminal import cut, width_of, wrapped

LABEL = 18
"""Cells of a label."""

_GAP = 2


class Fact(NamedTuple):
    """One thing that is said.

    Args:
        label: safe; empty where the one before goes on.
        text: not yet safe; broken into lines here.
        value: what choosing it means; None for what can only be read.
        sign: safe, at the right edge of its first line.
        wide: whether it has a line to itself.
        look: the name of a style.
    """

    label: str | None
    text: str
    value: Any = None
    sign: str = ""
    wide: bool = False
    look: str = "text"


class FactSection(NamedTuple):
    """Facts under a heading; `name` is safe, None for no heading."""

    name: str | None
    facts: Sequence[Fact]


class _Place(NamedTuple):
    """Where a fact stands on the page, in lines and cells."""

    y: int
    x: int
    width: int
    lines: list[str]
    fact: Fact


class FieldPage(LineWidget, can_focus=True):
    """Facts with a cursor; scrolls by half pages."""

    BINDINGS = [
        Binding("down,j", "go(1)", N_("Down"), id="page.down", show=False),
        Binding("up,k", "go(-1)", N_("Up"), id="page.up", show=False),
        Binding("right,l", "beside(1)", N_("To the right"), id="page.right", show=False),
        Binding("left,h", "beside(-1)", N_("To the left"), id="page.left", show=False),
        Binding("pagedown,ctrl+f", "page(2)", N_("Page down"), id="page.page-down", show=False),
        Binding("pageup,ctrl+b", "page(-2)", N_("Page up"), id="page.page-up", show=False),
        Binding("ctrl+d", "page(1)", N_("Half a page down"), id="page.half-down", show=False),
        Binding("ctrl+u", "page(-1)", N_("Half a page up"), id="page.half-up", show=False),
        Binding("g,home", "end(-1)", N_("To the first"), id="page.first", show=False),
        Binding("G,end", "end(1)", N_("To the last"), id="page.last", show=False),
        Binding("enter", "choose", N_("Choose"), id="page.choose", show=False),
    ]

    class Chosen(Message):
        """A fact was chosen."""

        def __init__(self, fact: Fact) -> None:
            super().__init__()
            self.fact = fact

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._sections: Sequence[FactSection] = ()
        self._two = False
        self._places: list[_Place] = []
        self._heads: dict[int, str] = {}
        self._height = 0
        self.cursor = 0
        self.top = 0

    def show(self, sections: Sequence[FactSection], *, two: bool) -> None:
        """Show other facts; the cursor stays on the same value if it is still there.

        Args:
            two: whether there is room for two columns.
        """
        value = self.current.value if self.current else None
        self._sections, self._two = sections, two
        self._arrange()
        if value is not None:
            same = (n for n, place in enumerate(self._places) if place.fact.value == value)
            self.cursor = next(same, self.cursor)
        self._keep_within()
        self.redraw()

    @property
    def current(self) -> Fact | None:
        """The fact under the cursor."""
        return self._places[self.cursor].fact if self.cursor < len(self._places) else None

    # Placing

    def _arrange(self) -> None:
        """Put the facts in their places; the same rule as of `model.layouts.rows`."""
        full = self.size.width
        half = (full - _GAP) // 2
        self._places, self._heads = [], {}
        y = bottom = 0
        for section in self._sections:
            if section.name is not None and section.facts:
                bottom += bool(bottom)
                self._heads[bottom] = section.name
                bottom += 1
            open_ = False
            for fact in section.facts:
                alone = not self._two or fact.wide
                if open_ and not alone:
                    x, open_ = half + _GAP, False
                else:
                    x, y, open_ = 0, bottom, not alone
                width = full if alone else half
                before = 1 if fact.label is None else LABEL + 3
                lines = wrapped(fact.text, max(8, width - before - width_of(fact.sign) - 1))
                self._places.append(_Place(y, x, width, lines, fact))
                bottom = max(bottom, y + len(lines))
        self._height = bottom

    def _keep_within(self) -> None:
        height = max(1, self.size.height)
        self.cursor = max(0, min(self.cursor, len(self._places) - 1))
        if self._places:
            place = self._places[self.cursor]
            end = place.y + min(len(place.lines), height)
            if place.y < self.top or end > self.top + height:
                self.top = place.y - height // 2
        # The heading above the first fact is seen with it.
        self.top = 0 if self.cursor == 0 else self.top
        self.top = max(0, min(self.top, self._height - height))

    def on_resize(self, _event: events.Resize) -> None:
        self._arrange()
        self._keep_within()
        self.redraw()

    # Keys

    def action_go(self, by: int) -> None:
        """Go to the next line of facts, in the column of the cursor if there is one."""
        if not self._places:
            return
        here = self._places[self.cursor]
        beyond = [p for p in self._places if (p.y > here.y if by > 0 else p.y < here.y)]
        if beyond:
            line = min(p.y for p in beyond) if by > 0 else max(p.y for p in beyond)
            there = [p for p in beyond if p.y == line]
            best = min(there, key=lambda p: abs(p.x - here.x))
            self._go_to(self._places.index(best))

    def action_beside(self, by: int) -> None:
        at = self.cursor + by
        if 0 <= at < len(self._places) and self._places[at].y == self._places[self.cursor].y:
            self._go_to(at)

    def action_page(self, halves: int) -> None:
        if not self._places:
            return
        by = max(1, self.size.height * abs(halves) // 2) * (1 if halves > 0 else -1)
        line = self._places[self.cursor].y + by
        near = min(self._places, key=lambda place: abs(place.y - line))
        self._go_to(self._places.index(near))

    def action_end(self, which: int) -> None:
        self._go_to(0 if which < 0 else len(self._places) - 1)

    def _go_to(self, at: int) -> None:
        self.cursor = at
        self._keep_within()
        self.redraw()

    def action_choose(self) -> None:
        if self.current is not None and self.current.value is not None:
            self.post_message(self.Chosen(self.current))

    # Drawing

    def draw(self) -> list[Line]:
        height = self.size.height
        lines: list[Line] = [[] for _ in range(height)]
        for y, name in self._heads.items():
            if self.top <= y < self.top + height:
                lines[y - self.top] = [
                    Segment(" ", self.style("text")),
                    Segment(name, self.style("head")),
                ]
        for number, place in enumerate(self._places):
            for nth in range(len(place.lines)):
                y = place.y + nth - self.top
                if 0 <= y < height:
                    line = lines[y]
                    gap = place.x - sum(width_of(segment.text) for segment in line)
                    if gap > 0:
                        line.append(Segment(" " * gap, self.style("text")))
                    line += self._line(place, nth, number == self.cursor)
        self._put_cursor()
        return lines

    def _line(self, place: _Place, nth: int, current: bool) -> Line:
        fact, width = place.fact, place.width
        style = self.style(fact.look)
        if current:
            style = self.style("cursor" if self.has_focus else "rest")
        line: Line = []
        if fact.label is not None:
            label = "" if nth else fact.label
            label = " " * (LABEL - width_of(label)) + cut(label, min(LABEL, width_of(label)))
            line.append(Segment(f" {label} ", style if current else self.style("dim")))
            width -= LABEL + 2
        sign = f" {fact.sign} " if fact.sign and not nth else " "
        line.append(Segment(cut(f" {place.lines[nth]}", max(0, width - width_of(sign))), style))
        line.append(Segment(sign, style))
        return line

    def _put_cursor(self) -> None:
        # Screen readers, tmux and input methods follow the terminal's own cursor.
        if self.has_focus and self.is_attached and self._places:
            place = self._places[self.cursor]
            self.app.cursor_position = self.content_region.offset + Offset(
                place.x, max(0, place.y - self.top)
            )

    # Mouse

    def on_click(self, event: events.Click) -> None:
        x, y = event.x, self.top + event.y
        for number, place in enumerate(self._places):
            within = place.y <= y < place.y + len(place.lines)
            if within and place.x <= x < place.x + place.width:
                self._go_to(number)
                self.action_choose()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        for _step in range(3):
            self.action_go(1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        for _step in range(3):
            self.action_go(-1)
