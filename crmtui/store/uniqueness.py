"""What no two records of a type have alike: a field, a field folded, several fields together.

Each is held by a unique index as well (`tables`); what is here finds the record in the way, so
that people are told which it is.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from crmtui.model.definitions import Field, Type
from crmtui.model.message import N_, Bilingual, Message
from crmtui.store.database import Database, quoted
from crmtui.store.errors import Problem, Refused
from crmtui.store.kinds import KINDS, unique
from crmtui.store.tables import folded_column, unique_together


class Unique:
    """Fields whose values, together, only one live record has.

    Args:
        said: what is said instead of naming the record that has them.
    """

    __slots__ = ("fields", "said")

    def __init__(self, fields: tuple[Field, ...], said: Bilingual | None = None) -> None:
        self.fields = fields
        self.said = said

    @property
    def columns(self) -> list[str]:
        """The columns that are compared."""
        return [folded_column(field) or field.key for field in self.fields]


def uniques(type_: Type) -> tuple[Unique, ...]:
    """Everything that is unique in a type: its fields, then its validations."""
    found = [Unique((field,)) for field in type_.fields if unique(field)]
    for validation in type_.validations:
        fields = unique_together(type_, validation)
        if fields:
            found.append(Unique(fields, Bilingual(validation.message, validation.message_zh)))
    return tuple(found)


def folds(type_: Type) -> tuple[Field, ...]:
    """The fields whose values are kept a second time, folded."""
    return tuple(field for field in type_.all_fields if folded_column(field))


def with_folded(fields: Sequence[Field], stored: Mapping[str, Any]) -> dict[str, Any]:
    """Stored values by column, with the folded columns that go with them."""
    columns = dict(stored)
    for field in fields:
        column = folded_column(field)
        if column and field.key in stored:
            columns[column] = folded(field, stored[field.key])
    return columns


def folded(field: Field, value: Any) -> str | None:
    """A stored value as `unique_as=folded` compares it."""
    return None if value is None else KINDS[field.kind].folded(value, field)


def owner(
    database: Database,
    type_: Type,
    unique: Unique,
    stored: Mapping[str, Any],
    record_id: int | None = None,
) -> int | None:
    """The other live record that has these values already, or None; a null is never taken."""
    values = []
    for field in unique.fields:
        value = stored.get(field.key)
        if value is None:
            return None
        values.append(folded(field, value) if folded_column(field) else value)
    wheres = "".join(f" AND {quoted(column)} = ?" for column in unique.columns)
    return database.scalar(
        f"SELECT id FROM {quoted(type_.key)} WHERE removed_at IS NULL{wheres} AND id IS NOT ?",
        (*values, record_id),
    )


def told(database: Database, field: Field, value: Any) -> str:
    """A stored value as it is written; what is kept as a number is told by its name."""
    if KINDS[field.kind].references:
        return str(database.scalar("SELECT key FROM crm_user WHERE id = ?", (value,)))
    return f"{field.target}/{value}" if field.target else KINDS[field.kind].plain(value, field)


def taken(
    database: Database, type_: Type, unique: Unique, stored: Mapping[str, Any], owner_id: int
) -> Problem:
    """The problem of values that another record has."""
    shown = [told(database, field, stored[field.key]) for field in unique.fields]
    message = (
        Message("{message} ({owner})", message=unique.said, owner=f"{type_.key}/{owner_id}")
        if unique.said
        else Message(
            N_("{owner} has {value} already"), owner=f"{type_.key}/{owner_id}", value=shown
        )
    )
    others = tuple(quoted(field.key) for field in unique.fields)
    return Problem(unique.fields[0].key, "duplicate", message, others)


def refuse_alike(database: Database, type_: Type, unique: Unique) -> None:
    """Refuse that something is unique while live records have it alike already.

    Raises:
        Refused: `duplicate`, with the values, and how many have them.
    """
    columns = ", ".join(quoted(column) for column in unique.columns)
    keys = ", ".join(f"min({quoted(field.key)})" for field in unique.fields)
    wheres = "".join(f" AND {quoted(column)} IS NOT NULL" for column in unique.columns)
    row = database.execute(
        f"SELECT count(*), {keys} FROM {quoted(type_.key)} WHERE removed_at IS NULL{wheres}"
        f" GROUP BY {columns} HAVING count(*) > 1 LIMIT 1"
    ).fetchone()
    if row is None:
        return
    shown = [
        told(database, field, value) for field, value in zip(unique.fields, row[1:], strict=True)
    ]
    raise Refused(
        "duplicate",
        N_("{type}.{field} cannot be unique: {count} records have {value}"),
        type=type_.key,
        field=",".join(field.key for field in unique.fields),
        count=row[0],
        value=shown,
    )
