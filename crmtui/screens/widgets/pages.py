"""A long list in pages: what a list of a million records keeps, and how it asks for more."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from crmtui.store.query import Record
from crmtui.store.workspace import Workspace

PAGE = 128
"""Records fetched at once."""

KEPT = 64
"""Pages kept; the ones looked at longest ago go first."""


@dataclass(frozen=True)
class Query:
    """What a list shows, in which order.

    Args:
        where: an SQL expression, or None for all records.
        sort: field keys, `-key` descending.
        fields: the columns to read.
    """

    type_key: str
    where: str | None = None
    sort: tuple[str, ...] = ()
    fields: tuple[str, ...] | None = None

    def count(self, workspace: Workspace) -> int:
        """How many records there are."""
        return workspace.count(self.type_key, self.where)


@dataclass(frozen=True)
class Page:
    """A page to be fetched: behind a known record, or by skipping from the nearer end."""

    query: Query
    number: int
    after: str | None
    count: int | None

    def fetch(self, workspace: Workspace) -> list[Record]:
        """The records of the page."""
        query, first = self.query, self.number * PAGE
        if self.after:
            return workspace.records(
                query.type_key,
                where=query.where,
                sort=query.sort,
                fields=query.fields,
                after=self.after,
                limit=PAGE,
            )
        if self.count is not None and first > self.count // 2:
            return self._from_the_end(workspace, self.count - first)
        return workspace.records(
            query.type_key,
            where=query.where,
            sort=query.sort,
            fields=query.fields,
            offset=first,
            limit=PAGE,
        )

    def _from_the_end(self, workspace: Workspace, left: int) -> list[Record]:
        query = self.query
        size = min(PAGE, left)
        if size <= 0:
            return []
        found = workspace.records(
            query.type_key,
            where=query.where,
            sort=backwards(query.sort),
            fields=query.fields,
            offset=left - size,
            limit=size,
        )
        return found[::-1]


class Pages:
    """The pages of a query that have been fetched, and the number of its records once known."""

    def __init__(self, query: Query) -> None:
        self.query = query
        self.count: int | None = None
        self._pages: OrderedDict[int, list[Record]] = OrderedDict()
        self._reached = 0

    @property
    def known(self) -> int:
        """How many records there are, as far as one knows yet."""
        return self._reached if self.count is None else self.count

    def get(self, index: int) -> Record | None:
        """The record at a place, or None when its page is not here."""
        page = self._pages.get(index // PAGE)
        if page is None or not 0 <= index % PAGE < len(page):
            return None
        return page[index % PAGE]

    def missing(self, first: int, last: int) -> list[Page]:
        """The pages to fetch so that places `first` to `last` can be shown."""
        last = min(last, (self.count - 1) if self.count is not None else last)
        wanted = range(max(0, first) // PAGE, max(0, last) // PAGE + 1)
        return [self.page(number) for number in wanted if number not in self._pages]

    def page(self, number: int) -> Page:
        """What to fetch for a page: behind the one before it, if that is here."""
        before = self._pages.get(number - 1)
        after = before[-1].ref if before and len(before) == PAGE else None
        return Page(self.query, number, after, self.count)

    def put(self, number: int, records: list[Record]) -> None:
        """Keep a page that was fetched."""
        self._pages[number] = records
        self._pages.move_to_end(number)
        self._reached = max(self._reached, number * PAGE + len(records))
        if len(records) < PAGE and self.count is None and (records or number == 0):
            self.count = number * PAGE + len(records)
        while len(self._pages) > KEPT:
            self._pages.popitem(last=False)

    def place_of(self, record_id: int, near: Iterable[int]) -> int | None:
        """Where a record stands among the pages of those numbers, or None."""
        for number in near:
            for index, record in enumerate(self._pages.get(number, ())):
                if record.id == record_id:
                    return number * PAGE + index
        return None


def backwards(sort: Sequence[str]) -> tuple[str, ...]:
    """The opposite order, exactly: the id, which decides last, turns with the first key."""
    if not sort:
        return ("-id",)
    return tuple(key[1:] if key.startswith("-") else f"-{key}" for key in sort)
