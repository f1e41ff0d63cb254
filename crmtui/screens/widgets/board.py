"""The kanban board: a column for each stage, drawn as lines, of which only what is seen is read."""

from typing import Any

from rich.segment import Segment
from rich.style import Style
from textual import events, work
from textual.binding import Binding
from textual.geometry import Offset
from textual.message import Message

from crmtui.i18n import N_, _, language
from crmtui.model.definitions import Type
from crmtui.screens.widgets.card import card_lines, line_count
from crmtui.screens.widgets.columns import needed
from crmtui.screens.widgets.grid import Read
from crmtui.screens.widgets.lines import COLORS, Line, LineWidget
from crmtui.screens.widgets.stage_cards import StageCards, Window, read_board
from crmtui.store.errors import CrmError
from crmtui.store.query import Record
from crmtui.terminal import cut, shown, width_of

NARROWEST = 20
"""The least width of a column; where more stages exist than fit, the board pages sideways."""

_HEAD = 2


class Board(LineWidget, can_focus=True):
    """All columns in one widget: going from one to the next moves no focus and repaints two cards.

    Args:
        read: how it reads the workspace.
    """

    BINDINGS = [
        Binding("down,j", "go(1)", N_("Down"), id="board.down", show=False),
        Binding("up,k", "go(-1)", N_("Up"), id="board.up", show=False),
        Binding("right,l", "turn(1)", N_("Next stage"), id="board.right", show=False),
        Binding("left,h", "turn(-1)", N_("Stage before"), id="board.left", show=False),
        Binding("pagedown,ctrl+f", "page(2)", N_("Page down"), id="board.page-down", show=False),
        Binding("pageup,ctrl+b", "page(-2)", N_("Page up"), id="board.page-up", show=False),
        Binding("ctrl+d", "page(1)", N_("Half a page down"), id="board.half-down", show=False),
        Binding("ctrl+u", "page(-1)", N_("Half a page up"), id="board.half-up", show=False),
        Binding("g,home", "end(-1)", N_("To the first card"), id="board.first", show=False),
        Binding("G,end", "end(1)", N_("To the last card"), id="board.last", show=False),
        Binding(
            "L,greater_than_sign,shift+right", "carry(1)", N_("Stage on"),
            id="board.move-on", key_display="L",
        ),
        Binding(
            "H,less_than_sign,shift+left", "carry(-1)", N_("Stage back"),
            id="board.move-back", key_display="H",
        ),
        Binding("enter", "open", N_("Open"), id="board.open"),
    ]

    class Moved(Message):
        """The cursor or the counts are others than before."""

    class Opened(Message):
        """A card was chosen."""

        def __init__(self, record: Record) -> None:
            super().__init__()
            self.record = record

    class Carried(Message):
        """A card is to be moved to another stage."""

        def __init__(self, record: Record, stage: str) -> None:
            super().__init__()
            self.record = record
            self.stage = stage

    class Failed(Message):
        """The store would not."""

        def __init__(self, error: CrmError) -> None:
            super().__init__()
            self.error = error

    def __init__(self, read: Read, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._read = read
        self._type: Type | None = None
        self._fields: tuple[str, ...] = ()
        self._where: str | None = None
        self._columns: list[StageCards] = []
        self._at = 0
        self._first = 0
        self._follow: int | None = None
        self._dragged: Record | None = None
        self._drop: int | None = None
        self._pressed: Offset | None = None

    # What it shows

    def show(self, type_: Type, fields: tuple[str, ...], where: str | None = None, at: int | None = None) -> None:
        """Show the board of a type, perhaps with the cursor on a record."""
        self._type, self._fields, self._where = type_, fields, where
        self._columns, self._at, self._first = [], 0, 0
        self._follow = at
        self.redraw()
        self.refetch()

    def follow(self, record_id: int) -> None:
        """Put the cursor on a record that has just got another place, once it is read there."""
        self._follow = record_id
        self.refetch()

    @property
    def current(self) -> Record | None:
        """The card under the cursor."""
        column = self.column
        return column.get(column.cursor) if column else None

    @property
    def column(self) -> StageCards | None:
        """The column of the cursor."""
        return self._columns[self._at] if self._at < len(self._columns) else None

    @property
    def columns(self) -> list[StageCards]:
        """All columns."""
        return self._columns

    @property
    def position(self) -> tuple[int, int]:
        """The number of the cursor's stage, from 1, and the number of stages."""
        return self._at + 1, len(self._columns)

    # Places on the screen

    @property
    def _visible(self) -> int:
        return max(1, min(len(self._columns), self.size.width // NARROWEST))

    def _span(self, column: int) -> tuple[int, int]:
        """The cells, from and to, of a visible column."""
        nth, count, width = column - self._first, self._visible, self.size.width
        return nth * width // count, (nth + 1) * width // count

    @property
    def _lines(self) -> int:
        assert self._type is not None
        return line_count(self._type, self._fields, self.size.height)

    @property
    def _rows(self) -> int:
        """How many cards of a column are seen whole."""
        return max(1, (self.size.height - _HEAD + 1) // (self._lines + 1)) if self._type else 1

    def _column_at(self, x: int) -> int | None:
        shown_columns = range(self._first, min(len(self._columns), self._first + self._visible))
        return next((c for c in shown_columns if self._span(c)[0] <= x < self._span(c)[1]), None)

    def _card_at(self, x: int, y: int) -> tuple[int, int] | None:
        column = self._column_at(x)
        if column is None or y < _HEAD or self._type is None:
            return None
        nth, line = divmod(y - _HEAD, self._lines + 1)
        place = self._columns[column].top + nth
        if line >= self._lines or nth >= self._rows or place >= self._columns[column].count:
            return None
        return column, place

    # Fetching

    @work(exclusive=True, group="board-refresh")
    async def refetch(self) -> None:
        """Read again what is seen; the cursor stays on its record."""
        type_ = self._type
        if type_ is None:
            return
        where, fields = self._where, needed(type_, self._fields)
        seen = self._columns[self._first : self._first + self._visible]
        windows = [window for column in seen for window in column.seen(self._rows)]
        if not self._columns:
            first = type_.stages[: max(1, self.size.width // NARROWEST)]
            windows = [Window(type_.key, stage.key, where, fields, 0) for stage in first]
        if self._follow is not None:
            windows += [c.window(0) for c in self._columns if c.window(0) not in windows]
        try:
            data = await self._read(lambda ws: read_board(ws, type_.key, where, windows))
        except CrmError as error:
            self.post_message(self.Failed(error))
            return
        if (type_, where) != (self._type, self._where):
            return
        self._adopt([StageCards(type_.key, where, fields, column) for column in data.columns], data.windows)
        self.redraw()
        self.post_message(self.Moved())
        self._load()

    def _adopt(
        self, fresh: list[StageCards], windows: dict[tuple[str, int], list[Record]]
    ) -> None:
        """Take what was read, and put every cursor back on the record it was on."""
        before = {column.stage.key: column for column in self._columns}
        standing = self.column.stage.key if self.column else None
        kept = self._follow if self._follow is not None else (self.current.id if self.current else None)
        for column in fresh:
            for (stage, number), records in windows.items():
                if stage == column.stage.key:
                    column.put(number, records)
            old = before.get(column.stage.key)
            if old is not None:
                column.cursor, column.top = old.cursor, old.top
                record = old.get(old.cursor)
                place = column.place_of(record.id) if record else None
                if place is not None:
                    column.top = max(0, column.top + place - column.cursor) if column.top else 0
                    column.cursor = place
        self._columns = fresh
        self._at = next((n for n, c in enumerate(fresh) if c.stage.key == standing), 0)
        for number, column in enumerate(fresh):
            place = column.place_of(kept) if kept is not None else None
            if place is not None:
                self._at, column.cursor = number, place
        self._follow = None
        for column in fresh:
            column.keep_within(self._rows)
        self._bring_into_view()

    @work(exclusive=True, group="board-load")
    async def _load(self) -> None:
        columns = self._columns
        try:
            while columns is self._columns:
                seen = columns[self._first : self._first + self._visible]
                wanted = [w for column in seen for w in column.missing(self._rows)]
                if not wanted:
                    return
                for window in wanted:
                    records = await self._read(window.fetch)
                    if columns is not self._columns:
                        return
                    next(c for c in columns if c.stage.key == window.stage).put(window.number, records)
                self.redraw()
                self.post_message(self.Moved())
        except CrmError as error:
            self.post_message(self.Failed(error))

    # Moving the cursor

    def _bring_into_view(self) -> None:
        if self._at < self._first:
            self._first = self._at
        elif self._at >= self._first + self._visible:
            self._first = self._at - self._visible + 1
        self._first = max(0, min(self._first, len(self._columns) - self._visible))

    def _changed(self) -> None:
        if self.column is not None:
            self.column.keep_within(self._rows)
        self._bring_into_view()
        self.redraw()
        self.post_message(self.Moved())
        seen = self._columns[self._first : self._first + self._visible]
        if any(column.missing(self._rows) for column in seen):
            self._load()

    def action_go(self, by: int) -> None:
        if self.column is not None:
            self.column.cursor += by
            self._changed()

    def action_page(self, halves: int) -> None:
        self.action_go(max(1, self._rows * abs(halves) // 2) * (1 if halves > 0 else -1))

    def action_end(self, which: int) -> None:
        if self.column is not None:
            self.action_go(self.column.count if which > 0 else -self.column.count)

    def action_turn(self, by: int) -> None:
        self._at = max(0, min(self._at + by, len(self._columns) - 1))
        self._changed()

    def action_open(self) -> None:
        if self.current is not None:
            self.post_message(self.Opened(self.current))

    def action_carry(self, by: int) -> None:
        target = self._at + by
        if self.current is not None and 0 <= target < len(self._columns):
            self.post_message(self.Carried(self.current, self._columns[target].stage.key))

    # Drawing

    def on_resize(self, _event: events.Resize) -> None:
        for column in self._columns:
            column.keep_within(self._rows)
        self._bring_into_view()
        if self._columns:
            self._load()

    def draw(self) -> list[Line]:
        if self._type is None:
            return []
        if not self._columns:
            return self._no_columns()
        parts = []
        for number in range(self._first, min(len(self._columns), self._first + self._visible)):
            left, right = self._span(number)
            parts.append(self._draw_column(number, right - left))
        self._place_cursor()
        return [[segment for part in parts for segment in part[y]] for y in range(self.size.height)]

    def _no_columns(self) -> list[Line]:
        assert self._type is not None
        if self._type.stages:
            return [[], [Segment("  " + _("reading…"), self.style("dim"))]]
        name = shown(self._type.name(language()))
        return [
            [],
            [Segment("  " + _("{type} has no stages yet, so it has no board.").format(type=name), self.style("text"))],
            [],
            [Segment("  " + _("Add them with:"), self.style("dim"))],
            [Segment(f"    crmtui stage add {shown(self._type.key)} KEY", self.style("strong"))],
        ]

    def _draw_column(self, number: int, width: int) -> list[Line]:
        column = self._columns[number]
        inner = width - 1
        gap = Segment(" ", self.style("text"))
        lines = [[segment, gap] for segment in self._draw_head(number, inner)]
        plain = self.style("text")
        if not column.count:
            lines.append([Segment(cut("  " + _("empty"), inner), self.style("dim")), gap])
        for place in range(column.top, min(column.count, column.top + self._rows)):
            lines += [[segment, gap] for segment in self._draw_card(number, place, inner)]
            lines.append([Segment(" " * width, plain)])
        lines = lines[: self.size.height]
        lines += [[Segment(" " * width, plain)] for _line in range(self.size.height - len(lines))]
        return lines

    def _draw_head(self, number: int, width: int) -> list[Segment]:
        column = self._columns[number]
        last = self._first + self._visible - 1
        before = "<" if number == self._first and self._first else " "
        after = ">" if number == last and last < len(self._columns) - 1 else " "
        name = shown(column.stage.name(language()))
        count = f"{column.count:,}"
        room = width - 3 - width_of(count)
        top = f"{before}{cut(name, max(1, room))} {count}{after}"
        total = column.total or ""
        below = f" {' ' * max(0, width - 2 - width_of(total))}{total} "
        if number == self._drop:
            style = under = self.style("drop")
        else:
            color = COLORS.get(column.stage.color or "")
            style = self.style("strong")
            under = self.style("dim") + Style(underline=True)
            if color and not self.app.no_color:
                style += Style(color=color)
            if number == self._at and self.has_focus:
                style += Style(reverse=True)
        return [Segment(cut(top, width), style), Segment(cut(below, width), under)]

    def _draw_card(self, number: int, place: int, width: int) -> list[Segment]:
        column = self._columns[number]
        record = column.get(place)
        lines = self._lines
        texts = (
            card_lines(record, self._fields, lines, width)
            if record else [cut(" …" if not n else "", width) for n in range(lines)]
        )
        if self._dragged is not None and record is not None and record.id == self._dragged.id:
            return [Segment(text, self.style("rest")) for text in texts]
        if number == self._at and place == column.cursor:
            style = self.style("cursor" if self.has_focus else "rest")
            return [Segment(text, style) for text in texts]
        styles = [self.style("strong"), self.style("dim"), self.style("dim")]
        return [Segment(text, style) for text, style in zip(texts, styles, strict=False)]

    def _place_cursor(self) -> None:
        column = self.column
        visible = self._first <= self._at < self._first + self._visible
        if column is not None and visible and self.has_focus and self.is_attached:
            y = _HEAD + (column.cursor - column.top) * (self._lines + 1)
            self.app.cursor_position = self.content_region.offset + Offset(self._span(self._at)[0], y)

    # Mouse

    def on_mouse_down(self, event: events.MouseDown) -> None:
        found = self._card_at(event.x, event.y)
        if found is None or event.button != 1:
            return
        self._at, self._columns[found[0]].cursor = found[0], found[1]
        self._pressed = Offset(event.x, event.y)
        self.capture_mouse()
        self._changed()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self._pressed is None:
            return
        if self._dragged is None:
            if abs(event.x - self._pressed.x) + abs(event.y - self._pressed.y) < 2:
                return
            self._dragged = self.current
        if event.x <= 0 or event.x >= self.size.width - 1:
            # At the edge the stages beyond it come into sight.
            self._first = max(
                0, min(self._first + (1 if event.x > 0 else -1), len(self._columns) - self._visible)
            )
            self._load()
        target = self._column_at(event.x)
        self._drop = target if target != self._at else None
        self.redraw()

    def on_mouse_up(self, _event: events.MouseUp) -> None:
        dragged, drop = self._dragged, self._drop
        self.cancel_drag()
        if dragged is not None and drop is not None:
            self.post_message(self.Carried(dragged, self._columns[drop].stage.key))

    def cancel_drag(self) -> bool:
        """Let go of a card that is being dragged; says whether there was one."""
        was = self._dragged is not None
        if self._pressed is not None:
            self.release_mouse()
        self._pressed = self._dragged = self._drop = None
        if was:
            self.redraw()
        return was

    def on_click(self, event: events.Click) -> None:
        if event.chain > 1 and self._card_at(event.x, event.y):
            self.action_open()
            return
        column = self._column_at(event.x)
        if column is not None and event.y < _HEAD:
            self._at = column
            self._changed()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._scroll(event, 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._scroll(event, -1)

    def _scroll(self, event: events.MouseEvent, by: int) -> None:
        event.stop()
        number = self._column_at(event.x)
        if number is not None:
            self._columns[number].scroll(by, self._rows)
            self._changed()
