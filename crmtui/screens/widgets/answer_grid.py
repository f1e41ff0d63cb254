"""The answer to a question in SQL: a table of values that belong to no record."""

from collections.abc import Sequence
from typing import Any

from rich.segment import Segment
from textual import events
from textual.geometry import Offset
from textual.message import Message

from crmtui.i18n import _, language
from crmtui.screens.widgets.columns import MOST, Column, fitting, joined
from crmtui.screens.widgets.grid import RecordGrid
from crmtui.screens.widgets.lines import Line, LineWidget
from crmtui.store.sql.answers import AnswerColumn
from crmtui.terminal import cut, shown, width_of

_SAMPLE = 500
"""Rows by which the widths of columns are found."""

_LONGEST = 500
"""Characters of a value that are looked at to draw it."""

Rows = Sequence[Sequence[Any]]


class AnswerGrid(LineWidget, can_focus=True):
    """A table held in memory: head on top, a cursor on a row, columns passed by the arrows."""

    BINDINGS = [each for each in RecordGrid.BINDINGS if getattr(each, "id", "") != "list.mark"]

    class Moved(Message):
        """The cursor is elsewhere, or there is another answer."""

    class Opened(Message):
        """A row was chosen that is about a record."""

        def __init__(self, ref: str) -> None:
            super().__init__()
            self.ref = ref

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._answer: Sequence[AnswerColumn] = ()
        self._rows: Rows = ()
        self._columns: list[Column] = []
        self._fitted: tuple[list[Column], bool] = ([], False)
        self._pan = 0
        self.cursor = 0
        self.top = 0

    def show(self, columns: Sequence[AnswerColumn], rows: Rows) -> None:
        """Show another answer, from its beginning."""
        self._answer, self._rows = columns, rows
        self._pan = self.cursor = self.top = 0
        self._columns = [self._measured(column) for column in columns]
        self._fit()
        self.redraw()
        self.post_message(self.Moved())

    def _measured(self, column: AnswerColumn) -> Column:
        sample = [*self._rows[:: len(self._rows) // _SAMPLE + 1], *self._rows[-1:]]
        widths = [width_of(self._text(column, row)) for row in sample]
        name = shown(column.key)
        if column.numeric:
            # A number that is cut would be another one.
            widths = [len(column.plain(row)) for row in self._rows]
        most = max(width_of(name), *widths, 1)
        width = most if column.numeric else min(most, max(MOST, width_of(name)))
        return Column(column.key, name, width, column.numeric and bool(widths), most)

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self._rows)

    @property
    def rows(self) -> int:
        """How many rows are seen at once."""
        return max(1, self.size.height - 1)

    # Moving

    def go_to(self, place: int) -> None:
        """Put the cursor on a row."""
        self.cursor = max(0, min(place, self.count - 1))
        if not self.top <= self.cursor < self.top + self.rows:
            # By half a page: each line scrolled repaints the whole table.
            self.top = max(0, min(self.cursor - self.rows // 2, self.count - self.rows))
        self.redraw()
        self.post_message(self.Moved())

    def action_go(self, by: int) -> None:
        self.go_to(self.cursor + by)

    def action_page(self, halves: int) -> None:
        by = max(1, self.rows * abs(halves) // 2) * (1 if halves > 0 else -1)
        self.top = max(0, min(self.top + by, self.count - self.rows))
        self.go_to(self.cursor + by)

    def action_end(self, which: int) -> None:
        self.go_to(0 if which < 0 else self.count - 1)

    def action_pan(self, by: int) -> None:
        if by > 0 and not self._fitted[1]:
            return
        self._pan = max(0, min(self._pan + by, len(self._columns) - 2))
        self._fit()
        self.redraw()

    def action_open(self) -> None:
        place = next((n for n, column in enumerate(self._answer) if column.key == "ref"), None)
        if place is not None and self._rows:
            ref = self._rows[self.cursor][place]
            if isinstance(ref, str):
                self.post_message(self.Opened(ref))

    # Drawing

    def on_resize(self, _event: events.Resize) -> None:
        self._fit()
        self.redraw()

    def _fit(self) -> None:
        columns, more = fitting(self._columns, max(1, self.size.width - 3), self._pan)
        # Where records are listed the first column names them, and takes what is left over.
        columns = [each._replace(width=min(each.width, each.most)) for each in columns]
        self._fitted = columns, more

    def draw(self) -> list[Line]:
        if not self._answer:
            return []
        lines: list[Line] = [[Segment(self._head(), self.style("head"))]]
        if not self._rows:
            return [*lines, [Segment("  " + _("no rows"), self.style("dim"))]]
        for place in range(self.top, min(self.top + self.rows, self.count)):
            style = self.style("text")
            if place == self.cursor:
                style = self.style("cursor" if self.has_focus else "rest")
            lines.append([Segment(self._line(self._rows[place]), style)])
        if self.has_focus and self.is_attached:
            # Screen readers, tmux and input methods follow the terminal's own cursor.
            at = Offset(0, 1 + self.cursor - self.top)
            self.app.cursor_position = self.content_region.offset + at
        return lines

    def _head(self) -> str:
        columns, more = self._fitted
        text = ("<" if self._pan else " ") + joined(c.cell(c.head) for c in columns)
        return cut(text, self.size.width - 1) + (">" if more else " ")

    def _line(self, row: Sequence[Any]) -> str:
        by_key = {column.key: column for column in self._answer}
        cells = (c.cell(self._text(by_key[c.key], row)) for c in self._fitted[0])
        return cut(" " + joined(cells), self.size.width)

    def _text(self, column: AnswerColumn, row: Sequence[Any]) -> str:
        return shown(column.text(row, language())[:_LONGEST])

    # Mouse

    def on_click(self, event: events.Click) -> None:
        place = self.top + event.y - 1
        if event.y < 1 or place >= self.count:
            return
        if place == self.cursor and event.chain > 1:
            self.action_open()
        else:
            self.go_to(place)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.go_to(self.cursor + 3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.go_to(self.cursor - 3)
