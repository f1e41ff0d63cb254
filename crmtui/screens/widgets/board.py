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
from crmtui.screens.widgets.board_columns import NARROWEST, BoardColumns
from crmtui.screens.widgets.card import card_lines, line_count
from crmtui.screens.widgets.columns import needed
from crmtui.screens.widgets.grid import Read
from crmtui.screens.widgets.lines import COLORS, Line, LineWidget
from crmtui.screens.widgets.stage_cards import StageCards, Window, read_board
from crmtui.store.errors import CrmError
from crmtui.store.query import Record
from crmtui.terminal import cut, shown, width_of

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
            "L,greater_than_sign,shift+right",
            "carry(1)",
            N_("Stage on"),
            id="board.move-on",
            key_display="L",
        ),
        Binding(
            "H,less_than_sign,shift+left",
            "carry(-1)",
            N_("Stage back"),
            id="board.move-back",
            key_display="H",
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
        self.columns = BoardColumns()
        self._follow: int | None = None
        self._dragged: Record | None = None
        self._drop: int | None = None
        self._pressed: Offset | None = None
        self.can_have_stages = True
        """Whether who looks at a type without stages could add some."""

    # What it shows

    def show(
        self, type_: Type, fields: tuple[str, ...], where: str | None = None, at: int | None = None
    ) -> None:
        """Show the board of a type, perhaps with the cursor on a record."""
        self._type, self._fields, self._where = type_, fields, where
        self.columns = BoardColumns()
        self._follow = at
        self._fit()
        self.redraw()
        self.refetch()

    def clear(self) -> None:
        """Show nothing."""
        self._type = None
        self.columns = BoardColumns()
        self.redraw()

    def follow(self, record_id: int) -> None:
        """Put the cursor on a record that has just got another place, once it is read there."""
        self._follow = record_id
        self.refetch()

    @property
    def current(self) -> Record | None:
        """The card under the cursor."""
        return self.columns.current

    @property
    def column(self) -> StageCards | None:
        """The column of the cursor."""
        return self.columns.column

    @property
    def position(self) -> tuple[int, int]:
        """The number of the cursor's stage, from 1, and the number of stages."""
        return self.columns.at + 1, len(self.columns.all)

    @property
    def _lines(self) -> int:
        assert self._type is not None
        return line_count(self._type, self._fields, self.size.height)

    def _fit(self) -> None:
        if self._type is not None:
            rows = max(1, (self.size.height - _HEAD + 1) // (self._lines + 1))
            self.columns.fit(self.size.width, rows)

    def _card_at(self, x: int, y: int) -> tuple[int, int] | None:
        """The column and the place in it of the card at a cell."""
        number = self.columns.at_cell(x)
        if number is None or y < _HEAD or self._type is None:
            return None
        column = self.columns.all[number]
        nth, line = divmod(y - _HEAD, self._lines + 1)
        place = column.top + nth
        if line >= self._lines or nth >= self.columns.rows or place >= column.count:
            return None
        return number, place

    # Fetching

    @work(exclusive=True, group="board-refresh")
    async def refetch(self) -> None:
        """Read again what is seen; the cursor stays on its record."""
        type_ = self._type
        if type_ is None:
            return
        where, fields = self._where, needed(type_, self._fields)
        columns, follow = self.columns, self._follow
        windows = [w for column in columns.seen for w in column.seen(columns.rows)]
        if not columns.all:
            first = type_.stages[: max(1, self.size.width // NARROWEST)]
            windows = [Window(type_.key, stage.key, where, fields, 0) for stage in first]
        if follow is not None:
            # It may stand at the head of any column now.
            heads = (column.window(0) for column in columns.all)
            windows += [window for window in heads if window not in windows]
        try:
            data = await self._read(lambda ws: read_board(ws, type_.key, where, windows))
        except CrmError as error:
            self.post_message(self.Failed(error))
            return
        if columns is not self.columns:
            return
        fresh = [StageCards(type_.key, where, fields, column) for column in data.columns]
        columns.adopt(fresh, data.windows, follow)
        self._follow = None
        self.redraw()
        self.post_message(self.Moved())
        self._load()

    @work(exclusive=True, group="board-load")
    async def _load(self) -> None:
        columns = self.columns
        try:
            while columns is self.columns:
                wanted = columns.missing()
                if not wanted:
                    return
                for window in wanted:
                    records = await self._read(window.fetch)
                    for column in columns.all:
                        if column.window(window.number) == window:
                            column.put(window.number, records)
                self.redraw()
                self.post_message(self.Moved())
        except CrmError as error:
            self.post_message(self.Failed(error))

    # Moving the cursor

    def _changed(self) -> None:
        self.columns.bring_into_view()
        self.redraw()
        self.post_message(self.Moved())
        if self.columns.missing():
            self._load()

    def action_go(self, by: int) -> None:
        if self.column is not None:
            self.column.cursor += by
            self._changed()

    def action_page(self, halves: int) -> None:
        by = max(1, self.columns.rows * abs(halves) // 2)
        self.action_go(by if halves > 0 else -by)

    def action_end(self, which: int) -> None:
        if self.column is not None:
            self.action_go(self.column.count if which > 0 else -self.column.count)

    def action_turn(self, by: int) -> None:
        self.columns.turn(by)
        self._changed()

    def action_open(self) -> None:
        if self.current is not None:
            self.post_message(self.Opened(self.current))

    def action_carry(self, by: int) -> None:
        target = self.columns.at + by
        if self.current is not None and 0 <= target < len(self.columns.all):
            self.post_message(self.Carried(self.current, self.columns.all[target].stage.key))

    # Drawing

    def on_resize(self, _event: events.Resize) -> None:
        self._fit()
        self.redraw()
        if self.columns.all:
            self._load()

    def draw(self) -> list[Line]:
        if self._type is None:
            return []
        if not self.columns.all:
            return self._no_columns()
        parts = []
        for number, _column in enumerate(self.columns.seen, self.columns.first):
            left, right = self.columns.span(number)
            parts.append(self._draw_column(number, right - left))
        self._place_cursor()
        return [[segment for part in parts for segment in part[y]] for y in range(self.size.height)]

    def _no_columns(self) -> list[Line]:
        assert self._type is not None
        if self._type.stages:
            return [[], [Segment("  " + _("reading…"), self.style("dim"))]]
        name = shown(self._type.name(language()))
        said = _("{type} has no stages yet, so it has no board.").format(type=name)
        lines: list[Line] = [[], [Segment(f"  {said}", self.style("text"))]]
        if self.can_have_stages:
            command = f"    crmtui stage add {shown(self._type.key)} KEY"
            lines += [
                [],
                [Segment("  " + _("Add them with:"), self.style("dim"))],
                [Segment(command, self.style("strong"))],
            ]
        return lines

    def _draw_column(self, number: int, width: int) -> list[Line]:
        column = self.columns.all[number]
        inner = width - 1
        gap = Segment(" ", self.style("text"))
        lines = [[segment, gap] for segment in self._draw_head(number, inner)]
        plain = self.style("text")
        if not column.count:
            lines.append([Segment(cut("  " + _("empty"), inner), self.style("dim")), gap])
        for place in range(column.top, min(column.count, column.top + self.columns.rows)):
            lines += [[segment, gap] for segment in self._draw_card(number, place, inner)]
            lines.append([Segment(" " * width, plain)])
        lines = lines[: self.size.height]
        lines += [[Segment(" " * width, plain)] for _line in range(self.size.height - len(lines))]
        return lines

    def _draw_head(self, number: int, width: int) -> list[Segment]:
        columns = self.columns
        column = columns.all[number]
        last = columns.first + columns.visible - 1
        before = "<" if number == columns.first and columns.first else " "
        after = ">" if number == last and last < len(columns.all) - 1 else " "
        name = shown(column.stage.name(language()))
        count = f"{column.count:,}"
        room = width - 3 - width_of(count)
        top = f"{before}{cut(name, max(1, room))} {count}{after}"
        total = column.total or ""
        closed = _("no entry") if column.blocked else ""
        room = max(0, width - 2 - width_of(total))
        below = f" {cut(closed, room)}{total} "
        if number == self._drop:
            style = under = self.style("error" if column.blocked else "drop")
        else:
            color = COLORS.get(column.stage.color or "")
            style = self.style("strong")
            under = self.style("dim") + Style(underline=True)
            if color and not self.app.no_color:
                style += Style(color=color)
            if number == columns.at and self.has_focus:
                style += Style(reverse=True)
        return [Segment(cut(top, width), style), Segment(cut(below, width), under)]

    def _draw_card(self, number: int, place: int, width: int) -> list[Segment]:
        column = self.columns.all[number]
        record = column.get(place)
        lines = self._lines
        texts = (
            card_lines(record, self._fields, lines, width)
            if record
            else [cut(" …" if not n else "", width) for n in range(lines)]
        )
        if self._dragged is not None and record is not None and record.id == self._dragged.id:
            return [Segment(text, self.style("rest")) for text in texts]
        if number == self.columns.at and place == column.cursor:
            style = self.style("cursor" if self.has_focus else "rest")
            return [Segment(text, style) for text in texts]
        styles = [self.style("strong"), self.style("dim"), self.style("dim")]
        return [Segment(text, style) for text, style in zip(texts, styles, strict=False)]

    def _place_cursor(self) -> None:
        columns, column = self.columns, self.column
        if column in columns.seen and self.has_focus and self.is_attached:
            y = _HEAD + (column.cursor - column.top) * (self._lines + 1)
            offset = Offset(columns.span(columns.at)[0], y)
            self.app.cursor_position = self.content_region.offset + offset

    # Mouse

    def on_mouse_down(self, event: events.MouseDown) -> None:
        found = self._card_at(event.x, event.y)
        if found is None or event.button != 1:
            return
        self.columns.at, self.columns.all[found[0]].cursor = found
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
            self.columns.page(1 if event.x > 0 else -1)
            self._load()
        target = self.columns.at_cell(event.x)
        self._drop = target if target != self.columns.at else None
        self.redraw()

    def on_mouse_up(self, _event: events.MouseUp) -> None:
        dragged, drop = self._dragged, self._drop
        self.cancel_drag()
        if dragged is not None and drop is not None:
            self.post_message(self.Carried(dragged, self.columns.all[drop].stage.key))

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
        number = self.columns.at_cell(event.x)
        if number is not None and event.y < _HEAD:
            self.columns.at = number
            self._changed()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._scroll(event, 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._scroll(event, -1)

    def _scroll(self, event: events.MouseEvent, by: int) -> None:
        event.stop()
        number = self.columns.at_cell(event.x)
        if number is not None:
            self.columns.all[number].scroll(by, self.columns.rows)
            self._changed()
