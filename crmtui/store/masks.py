"""Masks: what of a value is shown to who may not see the whole of it, as SQL.

A mask states itself and tells neither the value nor how long it is. In a pattern such as
`138****1234` a `*` hides a character and every other character stands for one that is shown: the
first three and the last four. A value too short to keep anything hidden is hidden whole.
"""

from crmtui.model.definitions import Field
from crmtui.store.database import literal
from crmtui.store.kinds import KINDS

HIDDEN = "****"

_PATTERNS = {"phone": "138****1234", "text": "a**", "longtext": "a****", "person": "a**"}
"""How a field is masked when nobody says how."""
_PLAIN = frozenset({"text", "longtext", "phone", "email", "url", "autonumber"})
"""Kinds whose stored value is what people read, so that a part of it means something."""


TWO_DIGITS = (
    "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64"
    " 65 66 81 82 84 86 90 91 92 93 94 95 98"
).split()
"""Countries' calling codes of two digits; 1 and 7 have one, all others three.

The library that knows numbers costs a sixth of a short command.
"""


def masked(column: str, field: Field, pattern: str) -> str:
    """The SQL of a masked value: a text; NULL where there is no value.

    Args:
        column: the SQL of the value as it is stored.
        pattern: how, or nothing for what is usual with this kind.
    """
    kind = field.kind
    if kind == "person":
        column, kind = KINDS["person"].expression(column, field), "text"
        pattern = pattern or _PATTERNS["person"]
    if kind not in _PLAIN:
        return f"(CASE WHEN {column} IS NOT NULL THEN {literal(HIDDEN)} END)"
    if kind == "email" and not pattern:
        shown = f"substr({column}, 1, 1) || '***' || substr({column}, instr({column}, '@'))"
        known = f"instr({column}, '@') > 2"
        return _stated(column, known, shown, HIDDEN)
    if kind == "phone":
        column = _national(column, field)
    return _by_pattern(column, pattern or _PATTERNS.get(kind, HIDDEN))


def _by_pattern(column: str, pattern: str) -> str:
    lead, tail = pattern.index("*"), len(pattern) - 1 - pattern.rindex("*")
    stars = "*" * max(pattern.count("*"), 2)
    shown = literal(stars)
    if lead:
        shown = f"substr({column}, 1, {lead}) || {shown}"
    if tail:
        shown = f"{shown} || substr({column}, -{tail})"
    # Of a value shorter than the pattern is meant for, hardly anything would be hidden.
    kept_back = max(1, min(len(stars), (lead + tail) // 2))
    return _stated(column, f"length({column}) >= {lead + tail + kept_back}", shown, stars)


def _stated(column: str, known: str, shown: str, hidden: str) -> str:
    return (
        f"(CASE WHEN {column} IS NULL THEN NULL WHEN {known} THEN {shown}"
        f" ELSE {literal(hidden)} END)"
    )


def _national(column: str, field: Field) -> str:
    """A phone number without its extension and, where the field has a region, its country."""
    number = f"substr({column}, 1, instr({column} || ';', ';') - 1)"
    if not field.region:
        return number
    codes = ", ".join(map(literal, TWO_DIGITS))
    length = (
        f"CASE WHEN substr({column}, 2, 1) IN ('1', '7') THEN 3"
        f" WHEN substr({column}, 2, 2) IN ({codes}) THEN 4 ELSE 5 END"
    )
    return f"substr({number}, {length})"
