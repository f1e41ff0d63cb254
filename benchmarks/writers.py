"""Eight processes that write at the same time: nobody sees an error, and nothing is lost."""

import sqlite3
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from benchmarks.measure import CRMTUI
from benchmarks.report import Row
from benchmarks.sample import Sample

WRITERS = 8
ADDS = 50


def rows(sample: Sample, rounds: int) -> Iterator[Row]:
    """Commands that add a record, eight at a time, one after another each."""
    path = sample.copy(sample.defined)
    env = dict(sample.env(path))

    def writer(number: int) -> int:
        failed = 0
        for each in range(ADDS):
            words = [CRMTUI, "record", "add", "deal", f"name=Writer {number} {each}", "value=12"]
            failed += subprocess.run(words, env=env, capture_output=True).returncode != 0
        return failed

    with ThreadPoolExecutor(WRITERS) as pool:
        errors = sum(pool.map(writer, range(WRITERS)))
    connection = sqlite3.connect(path)
    found = connection.execute("SELECT count(*) FROM deal").fetchone()[0]
    connection.close()
    what = f"{WRITERS} writers, {ADDS} adds each"
    yield Row(f"{what}: errors", f"{found} rows", "", errors, 0, "")
    yield Row(f"{what}: lost", f"{found} rows", "", WRITERS * ADDS - errors - found, 0, "")
    sample.drop(path)
