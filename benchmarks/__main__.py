"""Run the measurements that were asked for, print their rows, and say which are over budget."""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import (
    batch,
    boards,
    configuration,
    definitions,
    imports,
    moves,
    pages,
    records,
    rights,
    rollups,
    sql,
    tui,
    writers,
)
from benchmarks.report import Row, heading, line
from benchmarks.sample import Sample

SUBJECTS: dict[str, Callable[[Sample, int], Iterator[Row]]] = {
    "records": records.rows,
    "definitions": definitions.rows,
    "configuration": configuration.rows,
    "batch": batch.rows,
    "imports": imports.rows,
    "pages": pages.rows,
    "rights": rights.rows,
    "rollups": rollups.rows,
    "sql": sql.rows,
    "moves": moves.rows,
    "boards": boards.rows,
    "writers": writers.rows,
    "tui": tui.rows,
}
BY_ITSELF = [name for name in SUBJECTS if name != "tui"]


def main() -> int:
    """Measure, print, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("subjects", nargs="*", help=f"of {', '.join(SUBJECTS)}; else all but tui")
    parser.add_argument("--tui", action="store_true", help="the full screen too")
    parser.add_argument(
        "--rounds", type=int, default=15, help="repetitions of what is short; a fifth for the rest"
    )
    parser.add_argument(
        "--records", type=int, default=100_000, help="records that pages and boards are read of"
    )
    parser.add_argument("--full", action="store_true", help="the same as --records 1000000")
    parser.add_argument("--check", action="store_true", help="exit 1 when a row is over budget")
    given = parser.parse_args()
    unknown = set(given.subjects) - SUBJECTS.keys()
    if unknown:
        parser.error(f"no such subject: {', '.join(sorted(unknown))}")
    names = given.subjects or [*BY_ITSELF, *(["tui"] if given.tui else [])]
    over = 0
    started = time.monotonic()
    print(heading())
    with tempfile.TemporaryDirectory(prefix="crmtui-bench-") as folder:
        sample = Sample(Path(folder), 1_000_000 if given.full else given.records)
        for name in names:
            for row in SUBJECTS[name](sample, max(1, given.rounds)):
                over += row.over
                print(line(row), flush=True)
    print(f"\n{over} over budget; {time.monotonic() - started:.0f} s")
    return 1 if over and given.check else 0


if __name__ == "__main__":
    sys.exit(main())
