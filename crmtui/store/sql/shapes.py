"""What can be asked in SQL: a table for each type, and the columns that each of its fields gives.

A column means what the field means in an expression: money and decimals are plain numbers, users
their names, choices their keys. A few fields are more than one value and give two columns:

- a link its record's id, to join by, and `KEY_title` its title;
- a multilink the ids as a JSON list, and `KEY_title` the titles;
- a person's name the whole name, and `KEY_parts` its parts as a JSON object.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from crmtui.model.definitions import Field, Type
from crmtui.store.database import literal, quoted
from crmtui.store.kinds import KINDS
from crmtui.store.query import SYSTEM_COLUMNS, Plan

Row = Sequence[Any]
Value = Callable[[Row], Any]
"""Gives a value of a copied row from a row of a plan."""

Planned = Callable[[Sequence[str]], Plan]
"""Gives the plan that reads some fields of the live records of a type."""

_BEFORE = ("id", "ref", "stage", "status")
_BEHIND = ("status_since", "revision", "created_at", "created_by", "updated_at", "updated_by")
_STAGED = frozenset(("stage", "status", "status_since"))
_INTEGERS = frozenset("integer boolean rating duration link".split())
_EXACT = frozenset("decimal money percent".split())
_JSON = frozenset("multichoice tags address".split())
"""Kinds whose stored value is JSON, which is given as such even where a file has it otherwise."""


class ColumnShape(NamedTuple):
    """A column that can be asked for.

    Args:
        name: by which SQL knows it.
        type: its SQL type; empty when it depends on the value.
        field: the field as it is shown; None for what every record has.
        meaning: the expression that it means; None when it is taken from the field as it is read.
    """

    name: str
    type: str
    field: Field | None
    meaning: str | None

    @property
    def generated(self) -> bool:
        """Whether it follows from others in the copy, and is not copied."""
        return self.name == "ref"


class TableShape(NamedTuple):
    """A type as a table: its key and its columns, in order."""

    name: str
    type: Type
    columns: tuple[ColumnShape, ...]

    @property
    def created(self) -> str:
        """The statement that makes the table."""
        columns = ",\n".join(f"  {self._declared(column)}" for column in self.columns)
        return f"CREATE TABLE {quoted(self.name)} (\n{columns}\n)"

    def _declared(self, column: ColumnShape) -> str:
        if column.name == "id":
            return "id INTEGER PRIMARY KEY"
        if column.generated:
            return f"ref TEXT AS ({literal(self.name + '/')} || id)"
        return f"{quoted(column.name)} {column.type}".rstrip()

    def copied(self, read: Sequence[str] | None) -> list[ColumnShape]:
        """The columns that are copied when some are read, or all; the id always is."""
        wanted = {column.name for column in self.columns} if read is None else {*read, "id"}
        return [c for c in self.columns if c.name in wanted and not c.generated]


def table(plan: Plan) -> TableShape:
    """The table of a type.

    Args:
        plan: the plan of its usual fields.
    """
    type_ = plan.type
    own = {field.key.casefold() for field in type_.fields}
    columns = [_every(name) for name in _BEFORE if type_.all_stages or name not in _STAGED]
    for shown in (column.field for column in plan.shown if column.field is not None):
        computed = KINDS[type_.field_by_key[shown.key].kind].computed
        first, *more = [_computed(shown)] if computed else _of_field(shown)
        columns.append(first)
        columns += [column for column in more if column.name.casefold() not in own]
    columns += [_every(name) for name in _BEHIND if type_.all_stages or name not in _STAGED]
    return TableShape(type_.key, type_, tuple(columns))


def _every(name: str) -> ColumnShape:
    assert name in SYSTEM_COLUMNS
    kind = "INTEGER" if name in ("id", "revision") else "TEXT"
    return ColumnShape(name, kind, None, name)


def _of_field(field: Field) -> list[ColumnShape]:
    name = quoted(field.key)
    if field.kind == "link":
        title = ColumnShape(f"{field.key}_title", "TEXT", field, name)
        return [ColumnShape(field.key, "INTEGER", field, f"{name}.id"), title]
    if field.kind == "multilink":
        title = ColumnShape(f"{field.key}_title", "TEXT", field, name)
        return [ColumnShape(field.key, "TEXT", field, None), title]
    if field.kind == "person":
        parts = ColumnShape(f"{field.key}_parts", "TEXT", field, None)
        return [ColumnShape(field.key, "TEXT", field, name), parts]
    taken = field.kind in _JSON
    return [ColumnShape(field.key, _sql_type(field), field, None if taken else name)]


def _computed(shown: Field) -> ColumnShape:
    """The column of a computed field, given as the field that it is shown as."""
    taken = shown.kind in _JSON or KINDS[shown.kind].references is not None
    return ColumnShape(shown.key, _sql_type(shown), shown, None if taken else quoted(shown.key))


def _sql_type(field: Field) -> str:
    if field.kind == "formula":
        return ""
    if field.kind in _EXACT:
        return "REAL" if KINDS[field.kind].scale(field) else "INTEGER"  # type: ignore[attr-defined]
    return "INTEGER" if field.kind in _INTEGERS else "TEXT"


def reading(columns: Sequence[ColumnShape], planned: Planned) -> tuple[Plan, Callable[[Row], Row]]:
    """The plan that reads some columns, and what makes a row of them from a row of the plan."""
    taken = [column.field.key for column in columns if column.field and column.meaning is None]
    plan = planned(["id", *dict.fromkeys(taken)])
    places: list[int] = []
    made: list[tuple[int, Value]] = []
    for number, column in enumerate(columns):
        if column.meaning is not None:
            places.append(0 if column.name == "id" else plan.means(column.meaning))
        else:
            assert column.field is not None
            places.append(0)
            made.append((number, _taken(plan, column.field)))
    if not made and len(places) > 1:
        from operator import itemgetter

        return plan, itemgetter(*places)

    def row(found: Row) -> Row:
        values = [found[place] for place in places]
        for number, value in made:
            values[number] = value(found)
        return values

    return plan, row


def _taken(plan: Plan, field: Field) -> Value:
    """What gives the value of a field that is taken as it is read."""
    column = plan.column[field.key]
    if field.kind == "multilink":
        return lambda row: _ids(column.raw(row))
    if KINDS[field.kind].references:
        return lambda row: column.plain(row) or None
    return lambda row: _json(field.kind, column.raw(row))


def _ids(linked: tuple[int, ...] | None) -> str | None:
    return f"[{','.join(map(str, linked))}]" if linked else None


@lru_cache(maxsize=4096)
def _json(kind: str, stored: Any) -> str | None:
    """A stored list or structured value as JSON, whatever a file has in its place."""
    if stored is None:
        return None
    import json

    return json.dumps(KINDS[kind].json(stored, None), ensure_ascii=False)  # type: ignore[arg-type]
