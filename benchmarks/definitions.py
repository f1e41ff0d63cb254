"""One verb of the configuration, one process."""

from collections.abc import Iterator
from itertools import count

from benchmarks.measure import CRMTUI, PYTHON, in_turns, run
from benchmarks.report import Row, ratio
from benchmarks.sample import Sample

BUDGET = 1.15


def rows(sample: Sample, rounds: int) -> Iterator[Row]:
    """Verbs of type, field and stage."""
    path = sample.copy(sample.small)
    env = sample.env(path)
    turn = count(1)

    def crmtui(*words: str) -> float:
        return run([CRMTUI, *words], env).cpu

    taken = in_turns(
        {
            "floor": lambda: run([PYTHON, "-c", "import click, sqlite_utils"], env).cpu,
            "type add": lambda: crmtui("type", "add", f"kind{next(turn)}"),
            "type list": lambda: crmtui("type", "list"),
            "field add": lambda: crmtui(
                "field", "add", f"deal.extra{next(turn)}", "--kind", "text"
            ),
            "field list": lambda: crmtui("field", "list", "deal"),
            "stage add": lambda: crmtui("stage", "add", "deal", f"step{next(turn)}"),
            "stage set": lambda: crmtui(
                "stage", "set", "deal.lead", "--label", f"Lead {next(turn)}"
            ),
        },
        rounds,
    )
    floor = taken.pop("floor")
    for verb, cpu in taken.items():
        yield ratio(verb, cpu, floor, BUDGET)
    sample.drop(path)
