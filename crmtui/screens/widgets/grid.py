"""The list of records: a table of any length, of which only what is seen is fetched and drawn."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from rich.segment import Segment
from textual import events, work
from textual.binding import Binding
from textual.geometry import Offset
from textual.message import Message

from crmtui.i18n import N_, _
from crmtui.model.definitions import Type
from crmtui.screens.widgets.columns import (
    Column,
    cell_text,
    fitting,
    joined,
    measured,
    needed,
    widened,
)
from crmtui.screens.widgets.lines import Line, LineWidget
from crmtui.screens.widgets.pages import PAGE, Page, Pages, Query
from crmtui.store.errors import CrmError
from crmtui.store.query import Record
from crmtui.store.workspace import Workspace
from crmtui.terminal import cut

Read = Callable[[Callable[[Workspace], Any]], Awaitable[Any]]
"""Runs a job with a workspace on another thread and gives what it returns."""


class RecordGrid(LineWidget, can_focus=True):
    """A virtual table: head on top, cursor kept by record, pages fetched as they come into sight.

    Args:
        read: how it reads the workspace.
    """

    BINDINGS = [
        Binding("down,j", "go(1)", N_("Down"), id="list.down", show=False),
        Binding("up,k", "go(-1)", N_("Up"), id="list.up", show=False),
        Binding("pagedown,ctrl+f", "page(2)", N_("Page down"), id="list.page-down", show=False),
        Binding("pageup,ctrl+b", "page(-2)", N_("Page up"), id="list.page-up", show=False),
        Binding("ctrl+d", "page(1)", N_("Half a page down"), id="list.half-down", show=False),
        Binding("ctrl+u", "page(-1)", N_("Half a page up"), id="list.half-up", show=False),
        Binding("g,home", "end(-1)", N_("To the first"), id="list.first", show=False),
        Binding("G,end", "end(1)", N_("To the last"), id="list.last", show=False),
        Binding("right,l", "pan(1)", N_("More columns"), id="list.right", show=False),
        Binding("left,h", "pan(-1)", N_("Columns back"), id="list.left", show=False),
        Binding("space", "mark", N_("Mark"), id="list.mark", show=False),
        Binding("enter", "open", N_("Open"), id="list.open"),
    ]

    class Moved(Message):
        """The cursor, the count or the marks are others than before."""

    class Opened(Message):
        """A record was chosen."""

        def __init__(self, record: Record) -> None:
            super().__init__()
            self.record = record

    class Failed(Message):
        """The store would not."""

        def __init__(self, error: CrmError) -> None:
            super().__init__()
            self.error = error

    def __init__(self, read: Read, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._read = read
        self._type: Type | None = None
        self._pages: Pages | None = None
        self._keys: tuple[str, ...] = ()
        self._columns: list[Column] = []
        self._texts: dict[int, str] = {}
        self._fitted: tuple[list[Column], bool] = ([], False)
        self._pan = 0
        self.cursor = 0
        self.top = 0
        self.marked: dict[int, str] = {}
        self._follow: int | None = None
        self.empty = ""
        """What stands there instead of records when there are none."""

    # What it shows

    def show(
        self,
        type_: Type,
        keys: tuple[str, ...],
        where: str | None = None,
        sort: tuple[str, ...] = (),
        cursor: int = 0,
    ) -> None:
        """Show another list from its beginning, or from a place in it."""
        self._type, self._keys = type_, keys
        self._pages = Pages(Query(type_.key, where, sort, needed(type_, keys)))
        self._columns, self._texts, self._pan = [], {}, 0
        self.cursor, self.top = cursor, max(0, cursor - self.rows // 2)
        self.marked = {}
        self.redraw()
        self._load()

    def clear(self) -> None:
        """Show nothing."""
        self._type = self._pages = None
        self._columns, self._texts, self.marked = [], {}, {}
        self.redraw()

    def follow(self, record_id: int) -> None:
        """Put the cursor on a record that is new, once it is read: what is seen, or at the end."""
        self._follow = record_id
        self.refetch()

    @property
    def rows(self) -> int:
        """How many records are seen at once."""
        return max(1, self.size.height - 1)

    @property
    def count(self) -> int | None:
        """How many records the list has, None while that is being counted."""
        return self._pages.count if self._pages else None

    @property
    def current(self) -> Record | None:
        """The record under the cursor."""
        return self._pages.get(self.cursor) if self._pages else None

    @property
    def sort(self) -> tuple[str, ...]:
        """The order."""
        return self._pages.query.sort if self._pages else ()

    @property
    def chosen(self) -> list[str]:
        """The references that an act is about: the marked ones, else the one under the cursor."""
        if self.marked:
            return list(self.marked.values())
        return [self.current.ref] if self.current else []

    # Fetching

    def _wanted(self) -> list[Page]:
        assert self._pages is not None
        first = max(0, self.top - self.rows)
        return self._pages.missing(first, self.top + 2 * self.rows)

    @work(exclusive=True, group="grid-load")
    async def _load(self) -> None:
        pages = self._pages
        try:
            while pages is not None and pages is self._pages:
                wanted = self._wanted()
                if not wanted:
                    break
                for page in wanted:
                    records = await self._read(page.fetch)
                    if pages is not self._pages:
                        return
                    pages.put(page.number, records)
                    self._arrived(records)
                    if not records and page.number:
                        return
            if pages is not None and pages.count is None:
                pages.count = await self._read(pages.query.count)
                self.post_message(self.Moved())
        except CrmError as error:
            self.post_message(self.Failed(error))

    def _arrived(self, records: list[Record]) -> None:
        if not self._columns and self._type is not None:
            self._columns = measured(self._type, self._keys, records)
            self._fit()
        else:
            self._widen(records)
        self._keep_within()
        self.redraw()
        self.post_message(self.Moved())

    def _widen(self, records: Iterable[Record]) -> None:
        """Make room for numbers that are longer than those seen before: none is shown cut."""
        wider = widened(self._columns, records)
        if wider != self._columns:
            self._columns, self._texts = wider, {}
            self._fit()

    @work(exclusive=True, group="grid-refresh")
    async def refetch(self) -> None:
        """Read again what is seen, after something changed; the cursor stays on its record."""
        pages = self._pages
        if pages is None:
            return
        seen = {max(0, at) // PAGE for at in (self.top - 1, self.top + self.rows, self.cursor)}
        follow = self._follow

        def fetch(workspace: Workspace) -> tuple[int, dict[int, list[Record]]]:
            count = pages.query.count(workspace)
            wanted = seen if follow is None else seen | {max(0, count - 1) // PAGE}
            return count, {
                number: Page(pages.query, number, None, count).fetch(workspace)
                for number in sorted(wanted)
            }

        try:
            count, found = await self._read(fetch)
        except CrmError as error:
            self.post_message(self.Failed(error))
            return
        if pages is not self._pages:
            return
        current = self.current
        fresh = Pages(pages.query)
        fresh.count = count
        for number, records in found.items():
            fresh.put(number, records)
        place = fresh.place_of(current.id, found) if current else None
        if place is not None:
            # Seen from the middle of the list nothing moves; at its top new records appear.
            self.top = max(0, self.top + place - self.cursor) if self.top else 0
            self.cursor = place
        if follow is not None:
            self._follow = None
            place = fresh.place_of(follow, found)
            self.cursor = self.cursor if place is None else place
        self._pages, self._texts = fresh, {}
        self._widen(record for records in found.values() for record in records)
        self._keep_within()
        if not self._columns and found.get(0):
            self._arrived(found[0])
        self.redraw()
        self.post_message(self.Moved())
        self._load()

    # Moving

    def _keep_within(self) -> None:
        known = self._pages.known if self._pages else 0
        if not known:
            return  # nothing was read yet: the place asked for stays
        self.cursor = max(0, min(self.cursor, known - 1))
        self.top = max(0, min(self.top, known - 1))
        if self.cursor < self.top or self.cursor >= self.top + self.rows:
            # By half a page: each line scrolled repaints the whole list.
            self.top = max(0, min(self.cursor - self.rows // 2, known - self.rows))

    def go_to(self, place: int) -> None:
        """Put the cursor on a place."""
        before = self.cursor
        self.cursor = place
        self._keep_within()
        if self.cursor != before:
            self.redraw()
            self.post_message(self.Moved())
        if self._pages is not None and self._wanted():
            self._load()

    def action_go(self, by: int) -> None:
        self.go_to(self.cursor + by)

    def action_page(self, halves: int) -> None:
        by = max(1, self.rows * abs(halves) // 2) * (1 if halves > 0 else -1)
        known = self._pages.known if self._pages else 0
        self.top = max(0, min(self.top + by, max(0, known - self.rows)))
        self.go_to(self.cursor + by)

    def action_end(self, which: int) -> None:
        self.go_to(0 if which < 0 else (self._pages.known - 1 if self._pages else 0))

    def action_pan(self, by: int) -> None:
        if by > 0 and not self._fitted[1]:
            return
        self._pan = max(0, min(self._pan + by, len(self._columns) - 2))
        self._texts = {}
        self._fit()
        self.redraw()

    def action_mark(self) -> None:
        record = self.current
        if record is None:
            return
        if self.marked.pop(record.id, None) is None:
            self.marked[record.id] = record.ref
        self.go_to(self.cursor + 1)
        self.redraw()
        self.post_message(self.Moved())

    def unmark(self) -> None:
        """Take all marks away."""
        self.marked = {}
        self.redraw()
        self.post_message(self.Moved())

    def action_open(self) -> None:
        if self.current is not None:
            self.post_message(self.Opened(self.current))

    # Drawing

    def on_resize(self, _event: events.Resize) -> None:
        self._texts = {}
        self._fit()
        self._keep_within()
        self.redraw()
        if self._pages is not None and self._wanted():
            self._load()

    def _fit(self) -> None:
        self._fitted = fitting(self._columns, max(1, self.size.width - 3), self._pan)

    def draw(self) -> list[Line]:
        pages = self._pages
        plain, dim = self.style("text"), self.style("dim")
        if pages is None:
            return []
        if not self._columns:
            text = self.empty if pages.count == 0 else _("reading…")
            return [[], [Segment("  " + text, dim)]]
        lines: list[Line] = [[Segment(self._head(), self.style("head"))]]
        if pages.count == 0:
            return [*lines, [Segment("  " + self.empty, dim)]]
        for place in range(self.top, min(self.top + self.rows, pages.known)):
            record = pages.get(place)
            style = plain
            if place == self.cursor:
                style = self.style("cursor" if self.has_focus else "rest")
            lines.append([Segment(self._row(record), style)])
        self._place_cursor()
        return lines

    def _head(self) -> str:
        shown_columns, more = self._fitted
        order = self.sort[0] if self.sort else ""
        cells = []
        for column in shown_columns:
            arrow = {column.key: " ^", f"-{column.key}": " v"}.get(order, "")
            cells.append(column._replace(right=column.right).cell(column.head + arrow))
        text = ("<" if self._pan else " ") + joined(cells)
        return cut(text, self.size.width - 1) + (">" if more else " ")

    def _row(self, record: Record | None) -> str:
        if record is None:
            return cut("  …", self.size.width)
        text = self._texts.get(record.id)
        if text is None:
            cells = (column.cell(cell_text(record, column.key)) for column in self._fitted[0])
            text = self._texts[record.id] = cut(joined(cells), self.size.width - 1)
            if len(self._texts) > 4 * PAGE:
                self._texts = {record.id: text}
        return ("*" if record.id in self.marked else " ") + text

    def _place_cursor(self) -> None:
        # Screen readers, tmux and input methods follow the terminal's own cursor.
        if self.has_focus and self.is_attached:
            self.app.cursor_position = self.content_region.offset + Offset(
                0, 1 + self.cursor - self.top
            )

    # Mouse

    def on_click(self, event: events.Click) -> None:
        place = self.top + event.y - 1
        if event.y < 1 or self._pages is None or place >= self._pages.known:
            return
        if place == self.cursor and event.chain > 1:
            self.action_open()
        else:
            self.go_to(place)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self._scroll(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self._scroll(-3)

    def _scroll(self, by: int) -> None:
        known = self._pages.known if self._pages else 0
        self.top = max(0, min(self.top + by, max(0, known - self.rows)))
        self.go_to(max(self.top, min(self.cursor, self.top + self.rows - 1)))
        self.redraw()

    def sample(self) -> Iterable[Record]:
        """The records seen."""
        for place in range(self.top, self.top + self.rows):
            record = self._pages.get(place) if self._pages else None
            if record is not None:
                yield record
