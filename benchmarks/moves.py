"""Many moves in one process, journalled, beside a bare UPDATE and INSERT for each."""

from collections.abc import Iterator

from benchmarks.measure import CRMTUI, PYTHON, in_turns, run
from benchmarks.report import Row, ratio, seconds
from benchmarks.sample import Sample

COUNT = 10_000
RATIO = 3
SECONDS = 0.6

_FLOOR = f"""
import sqlite3
c = sqlite3.connect(PATH, isolation_level=None)
c.execute("PRAGMA foreign_keys = ON")
c.execute("PRAGMA synchronous = FULL")
c.execute("BEGIN IMMEDIATE")
at = "2026-01-01T00:00:00.000Z"
act = "INSERT INTO crm_act (at, actor_id, command) VALUES (?, 1, 'move')"
act = c.execute(act, (at,)).lastrowid
for number in range(1, {COUNT} + 1):
    c.execute("UPDATE deal SET stage = ?, status = ?, status_since = ?, updated_at = ?,"
        " updated_by = 1, revision = revision + 1 WHERE id = ?", ("won", STATUS, at, at, number))
    c.execute("INSERT INTO crm_journal (act_id, type_id, record_id, op, status_before,"
        " status_after, changes) VALUES (?, 2, ?, 'move', 1, 2, NULL)", (act, number))
c.execute("COMMIT")
"""


def rows(sample: Sample, rounds: int) -> Iterator[Row]:
    """10,000 moves by references from standard input."""
    source = sample.large
    references = sample.lines("ids.txt", [f"deal/{number}" for number in range(1, COUNT + 1)])
    shown = run([CRMTUI, "status", "list", "deal.won", "--ids"], sample.env(source))
    status = shown.output.decode().split("\n")[0].rpartition(".")[2]

    def ours() -> float:
        path = sample.copy(source)
        words = [CRMTUI, "record", "move", "-", "won"]
        cpu = run(words, sample.env(path), stdin=references).cpu
        sample.drop(path)
        return cpu

    def floor() -> float:
        path = sample.copy(source)
        script = _FLOOR.replace("PATH", repr(str(path))).replace("STATUS", repr(status))
        cpu = run([PYTHON, "-c", script], sample.env()).cpu
        sample.drop(path)
        return cpu

    taken = in_turns({"floor": floor, "ours": ours}, max(1, rounds // 5))
    what = f"{COUNT:,} moves in one process"
    yield ratio(what, taken["ours"], taken["floor"], RATIO)
    yield Row("the same: CPU", seconds(taken["ours"]), "", taken["ours"], SECONDS, "s")
