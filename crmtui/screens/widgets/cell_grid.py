"""A table of short words with a cursor on one cell: what a role lets, drawn as lines."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from rich.segment import Segment
from textual import events
from textual.binding import Binding
from textual.geometry import Offset
from textual.message import Message

from crmtui.i18n import N_
from crmtui.screens.widgets.lines import Line, LineWidget
from crmtui.terminal import cut, width_of

NARROW = 5
"""Cells of the narrowest column: a word of four, as Chinese ones of two characters are."""

WIDE = 11
"""Cells of the widest column."""

LEAST_LABEL = 12
MOST_LABEL = 40


class Cell(NamedTuple):
    """One word of a row: safe text, the name of its style, and a sign in the gap before it."""

    text: str
    look: str = "text"
    mark: str = " "


class CellRow(NamedTuple):
    """One line of the table.

    Args:
        label: safe text.
        cells: the words; a heading has those that stand over the cells below it.
        value: what the row is about; None for a heading, which the cursor passes over.
        note: safe text behind the cells.
        look: the name of a style, of the label.
    """

    label: str
    cells: Sequence[Cell]
    value: Any = None
    note: str = ""
    look: str = "text"


class CellGrid(LineWidget, can_focus=True):
    """A table of any length, with heads that stay; the screen decides what a cell means.

    Args:
        label_width: the cells of labels; None for what the columns leave.
    """

    BINDINGS = [
        Binding("down,j", "go(1)", N_("Down"), id="cells.down", show=False),
        Binding("up,k", "go(-1)", N_("Up"), id="cells.up", show=False),
        Binding("right,l", "turn(1)", N_("To the right"), id="cells.right", show=False),
        Binding("left,h", "turn(-1)", N_("To the left"), id="cells.left", show=False),
        Binding("pagedown,ctrl+f", "page(2)", N_("Page down"), id="cells.page-down", show=False),
        Binding("pageup,ctrl+b", "page(-2)", N_("Page up"), id="cells.page-up", show=False),
        Binding("ctrl+d", "page(1)", N_("Half a page down"), id="cells.half-down", show=False),
        Binding("ctrl+u", "page(-1)", N_("Half a page up"), id="cells.half-up", show=False),
        Binding("g,home", "end(-1)", N_("To the first"), id="cells.first", show=False),
        Binding("G,end", "end(1)", N_("To the last"), id="cells.last", show=False),
        Binding("enter", "choose", N_("Choose"), id="cells.choose"),
    ]

    class Moved(Message):
        """The cursor stands on another cell."""

    class Chosen(Message):
        """A cell was chosen: the one under the cursor."""

    def __init__(self, *, label_width: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._label_width = label_width
        self._heads: Sequence[str] = ()
        self._rows: Sequence[CellRow] = ()
        self.row = 0
        self.column = 0
        self.top = 0
        self._first = 0

    # What it shows

    def show(self, rows: Sequence[CellRow], heads: Sequence[str] = ()) -> None:
        """Show other rows; the cursor stays on the same one if it is still there."""
        value = self.value
        self._rows, self._heads = rows, heads
        same = (n for n, row in enumerate(rows) if value is not None and row.value == value)
        self.row = next(same, self.row)
        self._keep_within()
        self.redraw()

    @property
    def rows(self) -> Sequence[CellRow]:
        """What it holds."""
        return self._rows

    @property
    def value(self) -> Any:
        """What the row under the cursor is about; None where there is none."""
        return self._rows[self.row].value if self.row < len(self._rows) else None

    # Measures

    @property
    def _most(self) -> int:
        """The number of cells of the longest row."""
        return max([len(self._heads), *(len(row.cells) for row in self._rows)], default=0)

    @property
    def _label(self) -> int:
        """The width of labels, with the space before and behind them."""
        if self._label_width is not None:
            return self._label_width
        longest = max((width_of(row.label) for row in self._rows), default=0) + 2
        left = self.size.width - self._most * self._cell
        return max(LEAST_LABEL, min(left, max(longest, LEAST_LABEL), MOST_LABEL))

    @property
    def _cell(self) -> int:
        """The width of a cell, with the space before it."""
        room = self.size.width - (self._label_width or LEAST_LABEL + 6)
        return max(NARROW, min(WIDE, room // max(1, self._most)))

    @property
    def _visible(self) -> int:
        """How many columns are seen at once."""
        return max(1, min(self._most, (self.size.width - self._label) // self._cell))

    @property
    def _head_lines(self) -> int:
        """None, one, or two where the words over the columns need the room of two."""
        if not self._heads:
            return 0
        return 1 if max(map(width_of, self._heads)) < self._cell else 2

    @property
    def _height(self) -> int:
        return max(1, self.size.height - self._head_lines)

    # Moving

    def _keep_within(self) -> None:
        count = len(self._rows)
        self.row = max(0, min(self.row, count - 1))
        if self.value is None:
            near = [n for n, row in enumerate(self._rows) if row.value is not None]
            self.row = min(near, key=lambda n: abs(n - self.row), default=0)
        cells = len(self._rows[self.row].cells) if count else 0
        self.column = max(0, min(self.column, cells - 1))
        if self.row < self.top or self.row >= self.top + self._height:
            # By half a page: each line scrolled repaints the whole table.
            self.top = self.row - self._height // 2
        # The heading above the first row is seen with it.
        self.top = 0 if self.row < self._height // 2 else self.top
        self.top = max(0, min(self.top, count - self._height))
        if self.column < self._first:
            self._first = self.column
        elif self.column >= self._first + self._visible:
            self._first = self.column - self._visible + 1
        self._first = max(0, min(self._first, self._most - self._visible))

    def _moved(self, row: int, column: int) -> None:
        before = self.row, self.column
        self.row, self.column = row, column
        self._keep_within()
        if (self.row, self.column) != before:
            self.redraw()
            self.post_message(self.Moved())

    def action_go(self, by: int) -> None:
        places = [n for n, row in enumerate(self._rows) if row.value is not None]
        if self.row in places:
            at = max(0, min(places.index(self.row) + by, len(places) - 1))
            self._moved(places[at], self.column)

    def action_turn(self, by: int) -> None:
        self._moved(self.row, max(0, self.column + by))

    def action_page(self, halves: int) -> None:
        self.action_go(max(1, self._height * abs(halves) // 2) * (1 if halves > 0 else -1))

    def action_end(self, which: int) -> None:
        self.action_go(len(self._rows) * which)

    def action_choose(self) -> None:
        if self.value is not None:
            self.post_message(self.Chosen())

    def go_to(self, value: Any) -> None:
        """Put the cursor on the row about something, if there is one."""
        found = next((n for n, row in enumerate(self._rows) if row.value == value), None)
        if found is not None:
            self._moved(found, self.column)

    # Drawing

    def on_resize(self, _event: events.Resize) -> None:
        self._keep_within()
        self.redraw()

    def draw(self) -> list[Line]:
        lines = self._drawn_heads()
        for place in range(self.top, min(len(self._rows), self.top + self._height)):
            lines.append(self._line(self._rows[place], place == self.row))
        if self.has_focus and self.is_attached:
            x = self._label + (self.column - self._first) * self._cell
            y = self.row - self.top + self._head_lines
            self.app.cursor_position = self.content_region.offset + Offset(x, y)
        return lines

    def _drawn_heads(self) -> list[Line]:
        count, label, cell = self._head_lines, self._label, self._cell
        seen = list(enumerate(self._heads))[self._first : self._first + self._visible]
        texts = [" " * label] * count
        for number, head in seen:
            # By turns above and below, so that each has the room of two columns.
            line = (number % 2) if count == 2 else 0
            x = label + (number - self._first) * cell
            texts[line] = cut(texts[line], x) + f" {head}"
        if texts and self._first:
            texts[0] = "<" + texts[0][1:]
        if texts and self._first + self._visible < self._most:
            texts[-1] = cut(texts[-1], self.size.width - 1) + ">"
        return [[Segment(text, self.style("strong"))] for text in texts]

    def _line(self, row: CellRow, current: bool) -> Line:
        head = row.value is None and row.look == "head"
        style = self.style("strong" if current else row.look)
        label = cut(f" {row.label}", self._label - 1)
        line: Line = [Segment(label, style), Segment(" ", self.style("text"))]
        if head:
            text = cut(row.label, min(width_of(row.label), self._label - 2))
            gap = " " * (self._label - 1 - width_of(text))
            plain = self.style("text")
            line = [Segment(" ", plain), Segment(text, style), Segment(gap, plain)]
        seen = list(enumerate(row.cells))[self._first : self._first + self._visible]
        for number, each in seen:
            text = cut(each.mark + each.text, self._cell)
            look = self.style("strong" if head else each.look)
            if current and number == self.column:
                look = self.style("cursor" if self.has_focus else "rest")
            line.append(Segment(text, look))
        if row.note:
            line.append(Segment(f" {row.note}", self.style("dim")))
        return line

    # Mouse

    def on_click(self, event: events.Click) -> None:
        place = self.top + event.y - self._head_lines
        if event.y < self._head_lines or place >= len(self._rows):
            return
        if self._rows[place].value is None:
            return
        column = self._first + max(0, (event.x - self._label) // self._cell)
        if (place, column) == (self.row, self.column):
            self.action_choose()
        else:
            self._moved(place, column)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.action_go(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.action_go(-3)
