"""Reading many rows at once, column by column, as long as nothing is wrong with any of them.

The usual file is right, and its columns repeat themselves: stages, dates, choices, linked titles.
Each distinct text of a column is read once, by the same compiled reader as anywhere else, and the
rest is looked up. Whatever is not plain (a bad value, a missing one, a link to make) is left to the
importer's way of reading row by row, which knows how to say it.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import repeat
from json.encoder import encode_basestring
from typing import Any, NamedTuple

from crmtui.model.definitions import Field, Status
from crmtui.store.kinds import BadValue, Reader

KEPT = 20_000
"""Distinct texts remembered of a column; a unique column would otherwise fill the memory."""

TRIED = 8
"""Batches after which a column whose texts are still mostly new is read as it comes."""


class Rows(NamedTuple):
    """Rows that were read: their stored values by column, statuses, and values as journalled."""

    stored: list[Sequence[Any]]
    statuses: list[Status | None]
    changes: list[str]


class Columnwise:
    """Reads batches of texts into stored values.

    Args:
        fields: where each field stands in a row, the field, and its reader.
        defaults: the stored values of fields that no column holds.
        required: the keys of fields that must have a value.
        stages: where stage and status stand in a row; -1 for what does not.
        status: gives the status that a stage's and a status's text name, or None.
        first: where a record stands when its row names no stage.
    """

    def __init__(
        self,
        fields: Sequence[tuple[int, Field, Reader]],
        defaults: Mapping[Field, Any],
        required: Sequence[str],
        stages: tuple[int, int],
        status: Callable[[str, str], Status | None],
        first: Status | None,
    ) -> None:
        self._columns = [
            _Column(index, field, read, field.key in required) for index, field, read in fields
        ]
        self._defaults = list(defaults.values())
        self._default_changes = ",".join(
            _piece(field, value) for field, value in defaults.items() if value is not None
        )
        self._stages = stages
        self._status = status
        self._first = first
        self._statuses: dict[tuple[str, str], Status | None] = {}

    def read(self, rows: Sequence[Sequence[str]]) -> Rows | None:
        """The rows as stored values, or None when any of them is not plain."""
        columns = list(zip(*rows, strict=True))
        stored: list[Sequence[Any]] = []
        pieces: list[Sequence[str]] = []
        for column in self._columns:
            read = column.read(columns[column.index])
            if read is None:
                return None
            stored.append(read[0])
            pieces.append(read[1])
        statuses = self._stood(columns, len(rows))
        if statuses is None:
            return None
        stored += [[value] * len(rows) for value in self._defaults]
        if self._default_changes:
            pieces.append([self._default_changes] * len(rows))
        changes = [f"{{{','.join(filter(None, row))}}}" for row in zip(*pieces, strict=True)]
        return Rows(stored, statuses, changes)

    def _stood(self, columns: Sequence[Sequence[str]], count: int) -> list[Status | None] | None:
        stage, status = self._stages
        if stage < 0:
            return [self._first] * count
        pairs = list(
            zip(columns[stage], columns[status] if status >= 0 else repeat(""), strict=False)
        )
        for pair in set(pairs) - self._statuses.keys():
            found = self._status(*pair) if pair[0].strip() else self._first
            if found is None and pair[0].strip():
                return None
            self._statuses[pair] = found
        return [self._statuses[pair] for pair in pairs]


class _Column:
    """What is known of the texts of one column: their stored values and journalled pieces."""

    def __init__(self, index: int, field: Field, read: Reader, required: bool) -> None:
        self.index = index
        self._field = field
        self._read = read
        self._required = required
        self._repeats = True
        self._batches = 0
        self._known: dict[str, tuple[Any, str]] = {}

    def read(self, texts: Sequence[str]) -> tuple[Sequence[Any], Sequence[str]] | None:
        """The stored values and journalled pieces of texts; None when one of them is not plain."""
        distinct = set(texts) if self._repeats else texts
        new = [text for text in distinct if text not in self._known] if self._repeats else texts
        try:
            values = list(map(self._read, new))
        except BadValue:
            return None
        if self._required and None in values:
            return None
        pieces = self._written(values)
        if not self._repeats:
            return values, pieces
        known = self._known
        known.update(zip(new, zip(values, pieces, strict=True), strict=True))
        pairs = [known[text] for text in texts]
        self._batches += 1
        self._repeats = self._batches < TRIED or len(new) * 2 < len(texts)
        if len(known) > KEPT or not self._repeats:
            known.clear()
        stored, written = zip(*pairs, strict=True)
        return stored, written

    def _written(self, values: Sequence[Any]) -> list[str]:
        begin = f'"{self._field.id}":'
        if any(isinstance(value, str) for value in values):
            encode = encode_basestring
            return ["" if value is None else begin + encode(value) for value in values]
        return ["" if value is None else f"{begin}{value}" for value in values]


def extended(changes: Sequence[str], field: Field, values: Sequence[Any]) -> list[str]:
    """Journalled values of rows with those of one more field."""
    pieces = [_piece(field, value) for value in values]
    return [
        f"{text[:-1]}{',' if len(text) > 2 else ''}{piece}}}"
        for text, piece in zip(changes, pieces, strict=True)
    ]


def _piece(field: Field, value: Any) -> str:
    """One value as the journal's JSON holds it."""
    return f'"{field.id}":{encode_basestring(value) if isinstance(value, str) else value}'
