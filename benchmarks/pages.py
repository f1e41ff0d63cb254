"""A page of a filtered and sorted list, beside the same SQL by hand on the same connection."""

from collections.abc import Iterator
from functools import partial

from benchmarks.measure import called, in_turns
from benchmarks.report import Row, ratio
from benchmarks.sample import Sample

BUDGET = 1.3
_COLUMNS = (
    "r.id, r.stage, r.status, r.revision, r.removed_at, r.name, r.account, a.name, r.value,"
    " r.opened, r.closing, r.source, r.seats, r.note"
)
_PAGES = (
    # Sorted by an index, and by what has none.
    ("stage = 'won' and value > 100000", "r.value / 100.0 > 100000", "opened"),
    ("stage = 'won' and value > 100000", "r.value / 100.0 > 100000", "seats"),
)


def rows(sample: Sample, rounds: int) -> Iterator[Row]:
    """50 records by a filter over two fields, descending by a third."""
    from crmtui.store.workspace import Workspace

    with Workspace.open(str(sample.large)) as workspace:
        connection = workspace._database.connection

        def by_hand(sql: str) -> list[tuple[object, ...]]:
            return connection.execute(sql).fetchall()

        for expression, narrowed, sort in _PAGES:
            sql = (
                f"SELECT {_COLUMNS} FROM deal r LEFT JOIN account a ON a.id = r.account"
                f" WHERE r.removed_at IS NULL AND r.stage = 'won' AND {narrowed}"
                f" ORDER BY r.{sort} DESC, r.id DESC LIMIT 50"
            )
            wanted = {"where": expression, "sort": ["-" + sort], "limit": 50}
            assert [r.id for r in workspace.records("deal", **wanted)] == [
                row[0] for row in by_hand(sql)
            ]
            taken = in_turns(
                {
                    "floor": partial(called, partial(by_hand, sql)),
                    "ours": partial(called, partial(workspace.records, "deal", **wanted)),
                },
                rounds,
            )
            what = f"page of 50 of {sample.records:,}, sorted by {sort}"
            yield ratio(what, taken["ours"], taken["floor"], BUDGET)
