"""The first paint of a board of six stages: its queries, beside the same by hand."""

from collections.abc import Iterator

from benchmarks.measure import called, in_turns
from benchmarks.report import Row, ratio
from benchmarks.sample import STAGES, Sample

BUDGET = 1.2
CARDS = 20
_COUNTED = "SELECT stage, count(*), sum(value) FROM deal WHERE removed_at IS NULL GROUP BY stage"
_CARDS = (
    "SELECT r.id, r.stage, r.status, r.revision, r.removed_at, r.name, r.account, a.name, r.value,"
    " r.opened, r.closing, r.source, r.seats, r.note"
    " FROM deal r LEFT JOIN account a ON a.id = r.account"
    " WHERE r.stage = ? AND r.removed_at IS NULL"
    f" ORDER BY r.status_since DESC, r.id DESC LIMIT {CARDS}"
)


def rows(sample: Sample, rounds: int) -> Iterator[Row]:
    """Count and sum of each stage, and its first cards."""
    from crmtui.store.workspace import Workspace

    with Workspace.open(str(sample.large)) as workspace:
        connection = workspace._database.connection

        def by_hand() -> None:
            connection.execute(_COUNTED).fetchall()
            for stage in STAGES:
                connection.execute(_CARDS, (stage,)).fetchall()

        def ours() -> None:
            for column in workspace.board("deal"):
                workspace.cards("deal", column.stage.key, limit=CARDS)

        taken = in_turns({"floor": lambda: called(by_hand), "ours": lambda: called(ours)}, rounds)
    what = f"board of 6 stages, {sample.records:,} records"
    yield ratio(what, taken["ours"], taken["floor"], BUDGET)
