"""The columns of a board: which are seen, where the cursor stands, and keeping it on its card."""

from collections.abc import Mapping

from crmtui.screens.widgets.stage_cards import StageCards, Window
from crmtui.store.query import Record

NARROWEST = 20
"""The least width of a column; where more stages exist than fit, the board pages sideways."""


class BoardColumns:
    """All columns of a board, of which some are on the screen."""

    def __init__(self) -> None:
        self.all: list[StageCards] = []
        self.at = 0
        self.first = 0
        self._width = 0
        self.rows = 1

    def fit(self, width: int, rows: int) -> None:
        """Take a size: cells across, and cards of a column that are seen whole."""
        self._width, self.rows = width, rows
        for column in self.all:
            column.keep_within(rows)
        self.bring_into_view()

    @property
    def visible(self) -> int:
        """How many columns are on the screen."""
        return max(1, min(len(self.all), self._width // NARROWEST))

    @property
    def seen(self) -> list[StageCards]:
        """The columns on the screen."""
        return self.all[self.first : self.first + self.visible]

    @property
    def column(self) -> StageCards | None:
        """The column of the cursor."""
        return self.all[self.at] if self.at < len(self.all) else None

    @property
    def current(self) -> Record | None:
        """The card under the cursor."""
        return self.column.get(self.column.cursor) if self.column else None

    def span(self, number: int) -> tuple[int, int]:
        """The cells, from and to, of a column on the screen."""
        nth, count = number - self.first, self.visible
        return nth * self._width // count, (nth + 1) * self._width // count

    def at_cell(self, x: int) -> int | None:
        """The column on the screen that has a cell."""
        numbers = range(self.first, self.first + len(self.seen))
        return next((n for n in numbers if self.span(n)[0] <= x < self.span(n)[1]), None)

    def missing(self) -> list[Window]:
        """The windows to fetch so that what is seen can be shown."""
        return [window for column in self.seen for window in column.missing(self.rows)]

    def turn(self, by: int) -> None:
        """Put the cursor in another column."""
        self.at = max(0, min(self.at + by, len(self.all) - 1))

    def page(self, by: int) -> None:
        """See other columns; the cursor stays."""
        self.first = max(0, min(self.first + by, len(self.all) - self.visible))

    def bring_into_view(self) -> None:
        """See the column of the cursor."""
        if self.column is not None:
            self.column.keep_within(self.rows)
        if self.at < self.first:
            self.first = self.at
        elif self.at >= self.first + self.visible:
            self.first = self.at - self.visible + 1
        self.page(0)

    def adopt(
        self,
        fresh: list[StageCards],
        windows: Mapping[tuple[str, int], list[Record]],
        follow: int | None,
    ) -> None:
        """Take what was read, and put every cursor back on the record it was on.

        Args:
            windows: by stage key and number.
            follow: the record the cursor goes to; else the one it is on.
        """
        before = {column.stage.key: column for column in self.all}
        standing = self.column.stage.key if self.column else None
        kept = follow if follow is not None else (self.current.id if self.current else None)
        for column in fresh:
            for (stage, number), records in windows.items():
                if stage == column.stage.key:
                    column.put(number, records)
            if column.stage.key in before:
                column.stay_as(before[column.stage.key])
        self.all = fresh
        self.at = next((n for n, c in enumerate(fresh) if c.stage.key == standing), 0)
        for number, column in enumerate(fresh):
            place = column.place_of(kept) if kept is not None else None
            if place is not None:
                self.at, column.cursor = number, place
            column.keep_within(self.rows)
        self.bring_into_view()
