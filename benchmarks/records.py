"""One record verb, one process: what it costs above starting Python with what it needs."""

from collections.abc import Iterator
from itertools import count

from benchmarks.measure import CRMTUI, PYTHON, in_turns, run, run_on_terminal
from benchmarks.report import Row, ratio
from benchmarks.sample import Sample

PIPED = 1.25
SHOWN = 2.2

_FLOOR = (
    "import click, sqlite3;"
    "sqlite3.connect({path!r}).execute('SELECT * FROM deal LIMIT 50').fetchall()"
)


def rows(sample: Sample, rounds: int) -> Iterator[Row]:
    """list, show, set and move into a pipe; list on a terminal and with a filter."""
    path = sample.copy(sample.small)
    env = sample.env(path)
    turn = count(1)
    page = ["record", "list", "deal", "--limit", "50"]

    def piped(*words: str) -> float:
        return run([CRMTUI, *words], env).cpu

    def moved() -> float:
        number = next(turn)
        return piped("record", "move", "deal/7", "won" if number % 2 else "lost")

    taken = in_turns(
        {
            "floor": lambda: run([PYTHON, "-c", _FLOOR.format(path=str(path))], env).cpu,
            "list": lambda: piped(*page),
            "show": lambda: piped("record", "show", "deal/7"),
            "set": lambda: piped("record", "set", "deal/7", f"value={next(turn)}"),
            "move": moved,
            "terminal": lambda: run_on_terminal([CRMTUI, *page], env).cpu,
            "show on terminal": lambda: (
                run_on_terminal([CRMTUI, "record", "show", "deal/7"], env).cpu
            ),
            "where": lambda: piped(*page, "--where", "value > 1000 and account = 'Account 7'"),
        },
        rounds,
    )
    floor = taken["floor"]
    for verb in ("list", "show", "set", "move"):
        yield ratio(f"record {verb}, piped", taken[verb], floor, PIPED)
    yield ratio("record list on a terminal", taken["terminal"], floor, SHOWN)
    yield ratio("record show on a terminal", taken["show on terminal"], floor, SHOWN)
    yield ratio("record list --where, piped", taken["where"], floor, SHOWN)
    sample.drop(path)
