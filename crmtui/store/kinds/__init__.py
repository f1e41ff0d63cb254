"""One object per kind of field: how it is stored, read, checked, shown, compared and exported.

`KINDS[key]` loads the module of a kind when the kind is first asked for: a command pays only for
the kinds of the fields it meets.
"""

import sys
from collections.abc import Iterator, Mapping

from crmtui.model.definitions import Field
from crmtui.store.kinds.base import (
    BadValue,
    Kind,
    Reader,
    Reading,
    Stored,
    folded,
    normal,
    written,
)

__all__ = [
    "KINDS",
    "BadValue",
    "Kind",
    "Reader",
    "Reading",
    "Stored",
    "folded",
    "normal",
    "unique",
    "written",
]

_HOMES = {
    "text": "text",
    "longtext": "text",
    "integer": "numbers",
    "decimal": "numbers",
    "money": "numbers",
    "percent": "ratios",
    "rating": "ratios",
    "boolean": "numbers",
    "date": "moments",
    "time": "clock",
    "datetime": "moments",
    "duration": "clock",
    "choice": "choices",
    "multichoice": "lists",
    "tags": "lists",
    "link": "links",
    "multilink": "links",
    "user": "users",
    "person": "persons",
    "email": "emails",
    "phone": "phones",
    "url": "urls",
    "address": "addresses",
    "color": "colors",
    "file": "files",
    "json": "json_values",
    "autonumber": "autonumbers",
    "formula": "computed",
    "lookup": "computed",
    "rollup": "computed",
}
"""The module of each kind; it has a tuple `KINDS` of all that live there."""


class _Kinds(Mapping[str, Kind]):
    """Every kind by its key; knowing which there are loads none."""

    def __init__(self) -> None:
        self._loaded: dict[str, Kind] = {}

    def __getitem__(self, key: str) -> Kind:
        found = self._loaded.get(key)
        if found is None:
            name = f"crmtui.store.kinds.{_HOMES[key]}"
            __import__(name)
            self._loaded |= {kind.key: kind for kind in sys.modules[name].KINDS}
            found = self._loaded[key]
        return found

    def __contains__(self, key: object) -> bool:
        return key in _HOMES

    def __iter__(self) -> Iterator[str]:
        return iter(_HOMES)

    def __len__(self) -> int:
        return len(_HOMES)


KINDS = _Kinds()


def unique(field: Field) -> bool:
    """Whether no two records have the same value: it was said so, or its kind is such."""
    return field.unique or field.kind == "autonumber"
