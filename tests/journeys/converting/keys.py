"""Keys for what others name in their own ways: `closeDate`, `Close_Date__c`, `Closed Won`."""

import re
from collections.abc import Iterable

from crmtui.model.keys import key_problem, skeleton

_WORD_BEGINS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_MOST = 50


def key_of(name: str, taken: Iterable[str] = (), *, column: bool = True) -> str:
    """A key for a name, like none of those taken.

    Args:
        column: whether it names a table or a column, which may not be a word of SQL.
    """
    plain = _WORD_BEGINS.sub("_", re.sub(r"__(c|r|mdt|e)$", "", name))
    key = re.sub(r"_+", "_", re.sub(r"\W+", "_", plain)).strip("_").lower()[:_MOST].strip("_")
    while key.startswith(("crm_", "sqlite_", "pg_")):
        key = key.partition("_")[2]
    if not key or not key[0].isalpha():
        key = f"n{key}"
    key = "".join(char for char in key if char.isascii() or char.isalpha())
    if key_problem(key, column=column):
        key += "_"
    used = {skeleton(each) for each in taken}
    found, number = key, 1
    while skeleton(found) in used:
        number += 1
        found = f"{key}_{number}"
    return found


def quoted(text: str) -> str:
    """A text as a literal of an expression."""
    return "'" + text.replace("'", "''") + "'"
