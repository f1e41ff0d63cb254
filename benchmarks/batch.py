"""A line of a batch: what it costs beyond starting the process."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.measure import CRMTUI, in_turns, run
from benchmarks.report import Row, seconds
from benchmarks.sample import STAGES, Sample

LINES = 1_000
BUDGET = 0.5


def rows(sample: Sample, rounds: int) -> Iterator[Row]:
    """1,000 lines that define, and 1,000 lines that work with records."""
    defining = [
        line
        for number in range(LINES // 2)
        for line in (
            f"type add kind{number} --label 'Kind {number}'",
            f"field add kind{number}.amount --kind money --currency USD --label Amount",
        )
    ]
    working = [
        line
        for number in range(1, LINES // 2 + 1)
        for line in (
            f"record set deal/{number} value={number + 1000} 'note=called twice'",
            f"record move deal/{number} {STAGES[number % len(STAGES)]}",
        )
    ]
    subjects = {
        "type add, field add": (sample.empty, defining),
        "record set, record move": (sample.small, working),
    }

    def batch(source: Path, lines: list[str]) -> float:
        path = sample.copy(source)
        file = sample.lines("lines.crm", lines)
        cpu = run([CRMTUI, "batch", str(file)], sample.env(path)).cpu
        sample.drop(path)
        return cpu

    for name, (source, lines) in subjects.items():
        # The first two load everything that the others use.
        taken = in_turns(
            {
                "start": partial(batch, source, lines[:2]),
                "all": partial(batch, source, lines),
            },
            max(1, rounds // 3),
        )
        line = (taken["all"] - taken["start"]) / (len(lines) - 2)
        what = f"a line of batch: {name}"
        yield Row(what, seconds(taken["all"]), seconds(taken["start"]), line * 1e3, BUDGET, "ms")
