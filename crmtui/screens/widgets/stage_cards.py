"""The cards of one stage, in windows: what a column of thousands of cards keeps in memory."""

from collections import OrderedDict
from collections.abc import Iterable
from typing import NamedTuple

from crmtui.model.definitions import Stage
from crmtui.store.query import Record
from crmtui.store.seeing import BoardColumn
from crmtui.store.workspace import Workspace

WINDOW = 48
"""Cards fetched at once."""

KEPT = 12
"""Windows kept for one stage."""


class Window(NamedTuple):
    """Some cards of a stage, to be fetched."""

    type_key: str
    stage: str
    where: str | None
    fields: tuple[str, ...]
    number: int

    def fetch(self, workspace: Workspace) -> list[Record]:
        """The cards, those that entered last first."""
        return workspace.cards(
            self.type_key,
            self.stage,
            where=self.where,
            fields=self.fields,
            offset=self.number * WINDOW,
            limit=WINDOW,
        )


class StageCards:
    """One column of a board: its head, the cards seen of it and where it is scrolled to."""

    def __init__(
        self, type_key: str, where: str | None, fields: tuple[str, ...], column: BoardColumn
    ) -> None:
        self._type_key, self._where, self._fields = type_key, where, fields
        self.stage: Stage = column.stage
        self.count = column.count
        self.total = column.total
        self.blocked = column.blocked
        self.cursor = 0
        self.top = 0
        self._windows: OrderedDict[int, list[Record]] = OrderedDict()

    def get(self, index: int) -> Record | None:
        """The card at a place, or None when it is not here (yet)."""
        window = self._windows.get(index // WINDOW)
        if window is None or not 0 <= index % WINDOW < len(window):
            return None
        return window[index % WINDOW]

    def window(self, number: int) -> Window:
        """What to fetch for a window."""
        return Window(self._type_key, self.stage.key, self._where, self._fields, number)

    def missing(self, rows: int) -> list[Window]:
        """The windows to fetch so that what is seen, and the next page, can be shown."""
        if not self.count:
            return []
        last = min(self.count - 1, self.top + 2 * rows)
        wanted = range(max(0, self.top - rows) // WINDOW, last // WINDOW + 1)
        return [self.window(number) for number in wanted if number not in self._windows]

    def seen(self, rows: int) -> list[Window]:
        """The windows that are on the screen, one card more at each end."""
        last = max(0, min(self.count, self.top + rows + 1))
        return [self.window(n) for n in range(max(0, self.top - 1) // WINDOW, last // WINDOW + 1)]

    def put(self, number: int, records: list[Record]) -> None:
        """Keep a window that was fetched."""
        self._windows[number] = records
        self._windows.move_to_end(number)
        while len(self._windows) > KEPT:
            self._windows.popitem(last=False)

    def place_of(self, record_id: int) -> int | None:
        """Where a record stands, among the windows that are here."""
        for number, records in self._windows.items():
            for index, record in enumerate(records):
                if record.id == record_id:
                    return number * WINDOW + index
        return None

    def stay_as(self, old: "StageCards") -> None:
        """Have the cursor on the card that `old` had it on, at the same height of the screen."""
        self.cursor, self.top = old.cursor, old.top
        record = old.get(old.cursor)
        place = self.place_of(record.id) if record else None
        if place is not None:
            # At the top of a column new cards appear; further down nothing moves.
            self.top = max(0, self.top + place - self.cursor) if self.top else 0
            self.cursor = place

    def keep_within(self, rows: int) -> None:
        """Hold the cursor on a card and the card on the screen."""
        self.cursor = max(0, min(self.cursor, self.count - 1))
        self.top = max(0, min(self.top, self.count - 1))
        if self.cursor < self.top or self.cursor >= self.top + rows:
            # By half a page: each line scrolled repaints the whole column.
            self.top = max(0, min(self.cursor - rows // 2, self.count - rows))

    def scroll(self, by: int, rows: int) -> None:
        """Move what is seen, and the cursor with it where it must."""
        self.top = max(0, min(self.top + by, self.count - rows))
        self.cursor = max(self.top, min(self.cursor, self.top + rows - 1, self.count - 1))


class BoardData(NamedTuple):
    """A board read at one moment: the columns, and the windows asked for."""

    columns: list[BoardColumn]
    windows: dict[tuple[str, int], list[Record]]


def read_board(
    workspace: Workspace, type_key: str, where: str | None, windows: Iterable[Window]
) -> BoardData:
    """Read the heads of a board and some windows of it."""
    columns = workspace.board(type_key, where)
    live = {column.stage.key for column in columns}
    return BoardData(
        columns,
        {(w.stage, w.number): w.fetch(workspace) for w in windows if w.stage in live},
    )
