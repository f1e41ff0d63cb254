"""The page that says how much of other systems' definitions ours express."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from tests.journeys.converting.applied import applied
from tests.journeys.converting.columns import data_set, verdicts
from tests.journeys.converting.sets import CONVERTERS
from tests.journeys.converting.verdicts import EXPRESSED, GRADES, Verdict, counted, not_found

DEFINITIONS = Path(__file__).resolve().parent.parent / "definitions"
FORMATS = {"espocrm": "EspoCRM", "frappe": "Frappe", "salesforce": "Salesforce"}
DATA = {"northwind": "Northwind", "zh-superstore": "示例超市 (zh-superstore)"}

_HEAD = """\
Definitions in the formats of other systems, turned into types of crmtui by
`tests/journeys/converting`, brought about in a workspace, and read back. A thing is *expressed*
when the configuration that is read back says all of it; *approximated* when it is there, but not
quite as it was; *impossible* when it is lost. The definitions (`tests/journeys/definitions`) are
written for this and mean to be hard; definitions of your own are judged by

```sh
python -m tests.journeys.converting espocrm|frappe|salesforce FOLDER
```
"""
_OF_DATA = """\
Public files as types with links, formulas and roll-ups. A column is expressed when every value of
the file can be read back from the records; `tests/journeys/test_data_sets.py` imports the files,
where they are beside the repository, and compares each value, and the figures with known answers.
"""


def page(mark: str) -> list[str]:
    """The parts of the page.

    Args:
        mark: what says that the page is generated.

    Raises:
        RuntimeError: something is said to be there, and the configuration does not have it.
    """
    parts = ["# What definitions of other systems come to", mark, _HEAD.strip()]
    for key, name in FORMATS.items():
        draft = CONVERTERS[key](DEFINITIONS / key)
        wanted, found = applied(draft)
        missing = not_found(draft.verdicts, wanted, found)
        if missing:
            raise RuntimeError(f"not found again: {missing}")
        parts += [f"## {name}", _table(draft.verdicts), *_reasons(draft.verdicts)]
    parts += ["## Files of data", _OF_DATA.strip()]
    for key, name in DATA.items():
        told = list(verdicts(data_set(DEFINITIONS / "data" / key)))
        parts += [f"### {name}", _table(told), *_reasons(told)]
    return parts


def _table(told: Iterable[Verdict]) -> str:
    rows = [f"| | {' | '.join(GRADES)} |", "|---|---:|---:|---:|"]
    counts = counted(told)
    sums = {grade: sum(grades[grade] for grades in counts.values()) for grade in GRADES}
    for sort, grades in {**counts, "**all**": sums}.items():
        rows.append(f"| {sort} | {' | '.join(map(str, grades.values()))} |")
    return "\n".join(rows)


def _reasons(told: Iterable[Verdict]) -> list[str]:
    """What is not as it was, and why; nothing where all is expressed."""
    places = {grade: place for place, grade in enumerate(GRADES)}
    counts = Counter((v.grade, v.sort, v.what, v.why) for v in told if v.grade != EXPRESSED)
    if not counts:
        return []
    rows = ["| | | theirs | why | times |", "|---|---|---|---|---:|"]
    for key, count in sorted(counts.items(), key=lambda item: (-places[item[0][0]], item[0])):
        rows.append(f"| {' | '.join(each.replace('|', '/') for each in key)} | {count} |")
    return ["\n".join(rows)]
