"""What becomes of each thing that another system's definition says, and whether it is found again.

A verdict is about one thing: a field, one of its options, a relation, a stage, a validation (all
that a record must comply with), a default or a layout; of a file of data, a column, or a figure
that is computed of its columns. `place` is where the document says it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

EXPRESSED, APPROXIMATED, IMPOSSIBLE = "expressed", "approximated", "impossible"
GRADES = (EXPRESSED, APPROXIMATED, IMPOSSIBLE)
SORTS = (
    *("field", "option", "relation", "stage", "validation", "default", "layout"),
    *("column", "figure"),
)
SYSTEM = "(every record)"
"""Stands for a place where every record has the thing by itself, such as when it was made."""


class Verdict(NamedTuple):
    """What became of one thing of a definition.

    Args:
        source: what it is called there: `Opportunity.amount`.
        sort: one of `SORTS`.
        what: its type there: `currency`.
        grade: one of `GRADES`.
        why: what is not as it was; empty when it is expressed.
        place: the keys that lead to it in the document; empty when it is impossible.
    """

    source: str
    sort: str
    what: str
    grade: str
    why: str = ""
    place: tuple[str, ...] = ()


def counted(verdicts: Iterable[Verdict]) -> dict[str, dict[str, int]]:
    """How many verdicts there are, by sort and grade; sorts that never occur are left out."""
    counts = Counter((verdict.sort, verdict.grade) for verdict in verdicts)
    return {
        sort: {grade: counts[sort, grade] for grade in GRADES}
        for sort in SORTS
        if any(counts[sort, grade] for grade in GRADES)
    }


def not_found(
    verdicts: Iterable[Verdict], wanted: Mapping[str, Any], found: Mapping[str, Any]
) -> list[Verdict]:
    """The verdicts whose thing is not in the configuration as the converted document has it.

    Args:
        wanted: the converted document.
        found: the configuration, exported.
    """
    return [
        verdict
        for verdict in verdicts
        if verdict.grade != IMPOSSIBLE
        and verdict.place[:1] != (SYSTEM,)
        and not _says(_at(found, verdict.place), _at(wanted, verdict.place))
    ]


_MISSING = object()


def _at(document: Any, place: tuple[str, ...]) -> Any:
    for key in place or (None,):
        if not isinstance(document, Mapping) or key not in document:
            return _MISSING
        document = document[key]
    return document


def _says(found: Any, wanted: Any) -> bool:
    """Whether `found` says at least what `wanted` says."""
    if found is _MISSING or wanted is _MISSING:
        return False
    if isinstance(wanted, Mapping):
        return isinstance(found, Mapping) and all(
            _says(found.get(key, _default(each)), each) for key, each in wanted.items()
        )
    return bool(found == wanted)


def _default(wanted: Any) -> Any:
    """What stands for an attribute that an export leaves out, since it is at its default."""
    return wanted if wanted in (None, False, "exact", "text") else _MISSING
