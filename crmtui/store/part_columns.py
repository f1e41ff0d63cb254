"""Columns of a file that hold parts of one value, such as `address.city`, brought together."""

from collections.abc import Mapping, Sequence
from typing import Any

from crmtui.model.definitions import Field, Type
from crmtui.store.kinds import KINDS
from crmtui.store.values import Edit, Part


class PartColumns:
    """Which columns of a file are parts of which field.

    Where a file has the whole value of a field as well, its parts are not looked at.

    Args:
        columns: as the file has them.
        mapped: column name to field key or `field.part`, as the user said it.

    Attributes:
        columns: the columns without those of parts, then one for each field that has some.
        mapped: what is left of the user's mapping.
        any: whether there are any.
    """

    def __init__(self, type_: Type, columns: Sequence[str], mapped: Mapping[str, str]) -> None:
        said = {column.casefold(): key for column, key in mapped.items()} | dict(mapped)
        # A column named as the field is none of it where the user said that it is something else.
        fills = [said.get(column, said.get(column.casefold(), column)) for column in columns]
        whole = {fill.casefold() for fill in fills}
        self._parts: dict[Field, dict[str, int]] = {}
        parts: set[int] = set()
        for index, fill in enumerate(fills):
            key, dot, part = fill.partition(".")
            field = type_.field_by_key.get(key) or type_.field_by_key.get(key.casefold())
            if not dot or field is None or part.casefold() not in KINDS[field.kind].parts:
                continue
            if field.key.casefold() not in whole:
                self._parts.setdefault(field, {})[part.casefold()] = index
                parts.add(index)
        self._kept = [index for index in range(len(columns)) if index not in parts]
        self._count = len(columns)
        self.any = bool(parts)
        self.columns = [columns[index] for index in self._kept]
        self.columns += [field.key for field in self._parts]
        gone = {columns[index].casefold() for index in parts}
        self.mapped = {name: key for name, key in mapped.items() if name.casefold() not in gone}

    def together(self, values: Sequence[Any]) -> Sequence[Any]:
        """A row of the file as a row of `columns`; parts of one value as an object."""
        if not self._parts:
            return values
        row = [values[index] for index in self._kept]
        row += [
            {part: values[index] for part, index in places.items()}
            for places in self._parts.values()
        ]
        return row

    def apart(self, values: Sequence[Any]) -> Sequence[Any]:
        """A row of `columns` as the file has it."""
        if not self._parts:
            return values
        row: list[Any] = [None] * self._count
        for index, value in zip(self._kept, values, strict=False):
            row[index] = value
        for places, value in zip(self._parts.values(), values[len(self._kept) :], strict=True):
            for part, index in places.items():
                row[index] = value[part]
        return row

    def edits(self, values: Sequence[Any]) -> dict[str, Edit]:
        """What a row of `columns` sets of values whose other parts stay, by field key."""
        given = values[len(self._kept) :]
        return {
            field.key: Edit(tuple(Part(part, value) for part, value in parts.items()))
            for field, parts in zip(self._parts, given, strict=True)
        }
