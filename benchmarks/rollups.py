"""Roll-ups over many records, beside the best SQL that a person would write for the same."""

import csv
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.measure import CRMTUI, called, in_turns, run
from benchmarks.report import Row, ratio
from benchmarks.sample import Sample

BUDGET = 1.3
CHILDREN = 100_000
PARENTS = 1_000
"""All children hang on the first of the `one` parents, and are spread over the `many`."""

_SETUP = """\
type add one
field add one.name --title
type add many
field add many.name --title
type add child
field add child.name --title
field add child.one --kind link --to one
field add child.many --kind link --to many
field add child.amount --kind money --currency USD
field add child.open --kind boolean
field add one.children --kind rollup --from child.one --measure "count()"
field add one.total --kind rollup --from child.one --measure "sum(amount)" --where "open"
field add many.children --kind rollup --from child.many --measure "count()"
field add many.total --kind rollup --from child.many --measure "sum(amount)" --where "open"
field add many.largest --kind rollup --from child.many --measure "max(amount)"
"""


def _summed(parent: str) -> str:
    """The sum that a person would write who knows that it stays within 64 bits."""
    return (
        f"(SELECT sum(amount) FROM child WHERE {parent} = p.id AND open = 1 AND removed_at IS NULL)"
    )


def _counted(parent: str) -> str:
    return f"(SELECT count(*) FROM child WHERE {parent} = p.id AND removed_at IS NULL)"


def rows(sample: Sample, rounds: int) -> Iterator[Row]:
    """One parent of all children, and lists of many parents that are sorted by their roll-ups."""
    from crmtui.store.workspace import Workspace

    with Workspace.open(str(_filled(sample))) as workspace:
        connection = workspace._database.connection

        def by_hand(sql: str) -> list[tuple[object, ...]]:
            return connection.execute(sql).fetchall()

        head = "SELECT p.id, p.revision, p.removed_at, p.name"
        live = "WHERE p.removed_at IS NULL"
        one = f"{head}, {_counted('one')}, {_summed('one')} FROM one p WHERE p.id = 1"
        many = f"{head}, {_counted('many')}, {_summed('many')} AS total FROM many p {live}"
        subjects = (
            (
                f"count and sum of {CHILDREN:,} records",
                lambda: [workspace.record("one/1", ["name", "children", "total"])],
                one,
            ),
            (
                f"the same of {PARENTS:,} lists of {CHILDREN // PARENTS}",
                lambda: workspace.records("many", fields=["name", "children", "total"]),
                f"{many} ORDER BY p.id",
            ),
            (
                "the first 50 of them, sorted by the sum",
                lambda: workspace.records(
                    "many", fields=["name", "children", "total"], sort=["-total"], limit=50
                ),
                f"{many} ORDER BY total DESC, p.id DESC LIMIT 50",
            ),
            (
                "those whose sum is large",
                lambda: workspace.records(
                    "many", fields=["name", "children", "total"], where="total > 25000"
                ),
                f"SELECT * FROM ({many}) WHERE total > 2500000 ORDER BY id",
            ),
        )
        for what, ours, sql in subjects:
            assert [record.id for record in ours()] == [row[0] for row in by_hand(sql)]
            taken = in_turns(
                {"floor": partial(called, partial(by_hand, sql)), "ours": partial(called, ours)},
                rounds,
            )
            yield ratio(what, taken["ours"], taken["floor"], BUDGET)


def _filled(sample: Sample) -> Path:
    path = sample.copy(sample.empty)
    setup = sample.lines("rollups.crm", _SETUP.splitlines())
    run([CRMTUI, "batch", str(setup)], sample.env(path))
    for key, count in (("one", 1), ("many", PARENTS)):
        names = sample.lines(f"{key}.csv", ["name", *(f"{key} {n}" for n in range(count))])
        run([CRMTUI, "record", "import", key, str(names)], sample.env(path))
    children = sample.folder / "children.csv"
    with open(children, "w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("name", "one", "many", "amount", "open"))
        for n in range(CHILDREN):
            price = f"{n * 7919 % 1_000_000 / 100:.2f}"
            writer.writerow((f"Child {n}", "one 0", f"many {n % PARENTS}", price, n % 3 == 0))
    run([CRMTUI, "record", "import", "child", str(children)], sample.env(path))
    return path
