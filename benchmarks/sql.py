"""Questions in SQL over a copy in a child process, beside listing the records they are about."""

from collections.abc import Iterator
from functools import partial

from benchmarks.measure import CRMTUI, in_turns, run
from benchmarks.report import Row, ratio
from benchmarks.sample import Sample

BUDGET = 2.0
_QUESTIONS = (
    ("sum by stage", "select stage, count(*), sum(value) from deal group by 1", "ref,stage,value"),
    (
        "join and sum",
        "select a.name, sum(d.value) from deal d join account a on a.id = d.account group by 1",
        "ref,account,value",
    ),
    (
        "filter and sort",
        "select ref, stage, name, account_title, value, opened, closing, source, seats, note"
        " from deal where value > 199000 order by value desc",
        "ref,stage,name,account,value,opened,closing,source,seats,note",
    ),
)


def rows(sample: Sample, rounds: int) -> Iterator[Row]:
    """Each with its child process, from the start of the program to the end of its output."""
    env = sample.env(sample.large)

    def taken(*words: str) -> float:
        return run([CRMTUI, *words], env).cpu

    for what, question, fields in _QUESTIONS:
        medians = in_turns(
            {
                "floor": partial(taken, "record", "list", "deal", "--fields", fields),
                "ours": partial(taken, "sql", question),
            },
            max(1, rounds // 5),
        )
        figure = f"sql: {what} of {sample.records:,}"
        yield ratio(figure, medians["ours"], medians["floor"], BUDGET)
