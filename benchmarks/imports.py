"""An import of 100,000 rows: validated, linked, journalled and indexed."""

import sqlite3
from collections.abc import Iterator

from benchmarks.measure import BIN, CRMTUI, in_turns, run
from benchmarks.report import Row, ratio
from benchmarks.sample import Sample

COUNT = 100_000
BUDGET = 0.25
MEMORY = 100


def rows(sample: Sample, rounds: int) -> Iterator[Row]:
    """Time beside `sqlite-utils insert --csv` of the same file, and the most memory it took."""
    deals = str(sample.deals(COUNT))
    memory = 0

    def ours() -> float:
        nonlocal memory
        path = sample.copy(sample.defined)
        used = run([CRMTUI, "record", "import", "deal", deals], sample.env(path))
        memory = max(memory, used.memory)
        _counted(str(path))
        sample.drop(path)
        return used.cpu

    def floor() -> float:
        path = sample.folder / "plain.db"
        words = [str(BIN / "sqlite-utils"), "insert", str(path), "deal", deals, "--csv"]
        cpu = run(words, sample.env()).cpu
        _counted(str(path))
        sample.drop(path)
        return cpu

    taken = in_turns({"floor": floor, "ours": ours}, max(1, rounds // 5), warm=False)
    yield ratio("import of 100,000 rows of CSV", taken["ours"], taken["floor"], BUDGET)
    peak = memory / 2**20
    yield Row("the same: memory", f"{peak:.0f} MiB", "", peak, MEMORY, "MiB")


def _counted(path: str) -> None:
    with sqlite3.connect(path) as connection:
        found = connection.execute("SELECT count(*) FROM deal").fetchone()[0]
    connection.close()
    if found != COUNT:
        raise RuntimeError(f"{found} records instead of {COUNT}")
