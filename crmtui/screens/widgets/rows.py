"""Short lists of one column: the types at the side, choices in a dialogue, lines of a text."""

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


class Row(NamedTuple):
    """One line of a list.

    Args:
        left: safe text.
        right: safe text at the right edge.
        look: the name of a style: `text`, `dim`, `strong`, `head`.
        value: what choosing the row means; None for a row that only says something.
        label: safe text before `left`, dimmed and right-aligned in a column of its own.
        swatch: the colour, as options and stages name it, of two cells before `left`; empty: the
            cells without a colour; None: no such cells.
    """

    left: str
    right: str = ""
    look: str = "text"
    value: Any = None
    label: str | None = None
    swatch: str | None = None


class RowList(LineWidget, can_focus=True):
    """A list with a cursor; scrolls by half pages."""

    BINDINGS = [
        Binding("down,j", "go(1)", N_("Down"), id="rows.down", show=False),
        Binding("up,k", "go(-1)", N_("Up"), id="rows.up", show=False),
        Binding("pagedown,ctrl+f", "page(2)", N_("Page down"), id="rows.page-down", show=False),
        Binding("pageup,ctrl+b", "page(-2)", N_("Page up"), id="rows.page-up", show=False),
        Binding("ctrl+d", "page(1)", N_("Half a page down"), id="rows.half-down", show=False),
        Binding("ctrl+u", "page(-1)", N_("Half a page up"), id="rows.half-up", show=False),
        Binding("g,home", "end(-1)", N_("To the first"), id="rows.first", show=False),
        Binding("G,end", "end(1)", N_("To the last"), id="rows.last", show=False),
        Binding("enter", "choose", N_("Choose"), id="rows.choose", show=False),
    ]

    class Chosen(Message):
        """A row was chosen."""

        def __init__(self, list_: "RowList", row: Row) -> None:
            super().__init__()
            self.list = list_
            self.row = row

        @property
        def control(self) -> "RowList":
            """The list."""
            return self.list

    def __init__(self, rows: Sequence[Row] = (), *, label_width: int = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._rows = list(rows)
        self._label_width = label_width
        self.cursor = 0
        self.top = 0

    @property
    def rows(self) -> list[Row]:
        """What it holds."""
        return self._rows

    @property
    def current(self) -> Row | None:
        """The row under the cursor."""
        return self._rows[self.cursor] if self.cursor < len(self._rows) else None

    def show(self, rows: Sequence[Row], cursor: int | None = None) -> None:
        """Hold other rows; the cursor stays on the same value if it is still there."""
        value = self.current.value if self.current else None
        self._rows = list(rows)
        if cursor is not None:
            self.cursor = cursor
        elif value is not None:
            self.cursor = next((n for n, row in enumerate(rows) if row.value == value), self.cursor)
        self._keep_within()
        self.redraw()

    def _keep_within(self) -> None:
        height = max(1, self.size.height)
        self.cursor = max(0, min(self.cursor, len(self._rows) - 1))
        if self.cursor < self.top or self.cursor >= self.top + height:
            self.top = self.cursor - height // 2
        self.top = max(0, min(self.top, len(self._rows) - height))

    def on_resize(self, _event: events.Resize) -> None:
        self._keep_within()
        self.redraw()

    def action_go(self, by: int) -> None:
        self.cursor += by
        self._keep_within()
        self.redraw()

    def action_page(self, halves: int) -> None:
        self.action_go(max(1, self.size.height * abs(halves) // 2) * (1 if halves > 0 else -1))

    def action_end(self, which: int) -> None:
        self.action_go(len(self._rows) * which)

    def action_choose(self) -> None:
        if self.current is not None and self.current.value is not None:
            self.post_message(self.Chosen(self, self.current))

    def draw(self) -> list[Line]:
        lines = []
        for place in range(self.top, min(len(self._rows), self.top + self.size.height)):
            lines.append(self._line(self._rows[place], place == self.cursor))
        if self.has_focus and self.is_attached:
            offset = self.content_region.offset + Offset(0, self.cursor - self.top)
            self.app.cursor_position = offset
        return lines

    def _line(self, row: Row, current: bool) -> Line:
        width = self.size.width
        style = self.style(row.look)
        if current:
            style = self.style("cursor" if self.has_focus else "rest")
        right = f" {row.right} " if row.right else " "
        line: Line = []
        if row.label is not None and self._label_width:
            label = " " * (self._label_width - width_of(row.label)) + row.label
            line.append(
                Segment(
                    f" {cut(label, self._label_width)} ", style if current else self.style("dim")
                )
            )
            width -= self._label_width + 2
        if row.swatch is not None:
            line.append(Segment(" ", style))
            line.append(Segment("  ", self.swatch(row.swatch) if row.swatch else style))
            width -= 3
        room = max(0, width - width_of(right))
        line.append(Segment(cut(f" {row.left}", room) + right, style))
        return line

    def on_click(self, event: events.Click) -> None:
        place = self.top + event.y
        if place < len(self._rows):
            self.cursor = place
            self.redraw()
            self.action_choose()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.action_go(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.action_go(-3)
