"""Link tables: where multilinks are kept, a row for each record and each record it links to.

A multilink has no column in the table of its type. Its table is named by the id of the field, so
that a rename leaves it alone, and refers to both types by foreign keys, which SQLite itself lets
follow a rename of either table.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from crmtui.model.definitions import Field, Type
from crmtui.store.database import Database, literal, quoted

Ids = tuple[int, ...] | None
"""The ids of linked records in order; None for none."""


def table(field: Field) -> str:
    """The name of the table of a multilink."""
    return f"crm_link_{field.id}"


def created(type_key: str, field: Field) -> tuple[str, ...]:
    """The statements that make the table of a multilink of a type."""
    assert field.target is not None
    return (
        f"CREATE TABLE {table(field)} (\n"
        f"  record_id INTEGER NOT NULL REFERENCES {quoted(type_key)}(id) ON DELETE CASCADE,\n"
        f"  linked_id INTEGER NOT NULL REFERENCES {quoted(field.target)}(id),\n"
        "  position INTEGER NOT NULL,\n"
        "  PRIMARY KEY (record_id, linked_id)\n"
        ") STRICT, WITHOUT ROWID",
        f"CREATE INDEX crm_linked_{field.id} ON {table(field)} (linked_id)",
    )


def dropped(field: Field) -> str:
    """The statement that drops the table of a multilink with every link."""
    return f"DROP TABLE {table(field)}"


# Rows


def apart(type_: Type, values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[Field, Any]]:
    """Values by key as those that stand in the type's table, and those of multilinks by field."""
    own: dict[str, Any] = {}
    links: dict[Field, Any] = {}
    for key, value in values.items():
        field = type_.field_by_key.get(key)
        if field is not None and field.kind == "multilink":
            links[field] = value
        else:
            own[key] = value
    return own, links


def linked(database: Database, field: Field, record_id: int) -> Ids:
    """The ids that a record links to."""
    rows = database.execute(
        f"SELECT linked_id FROM {table(field)} WHERE record_id = ? ORDER BY position", (record_id,)
    )
    return tuple(row[0] for row in rows) or None


def link(database: Database, field: Field, rows: Iterable[tuple[int, Ids]]) -> None:
    """Write the links of new records: the id of each, and the ids it links to."""
    database.connection.executemany(
        f"INSERT INTO {table(field)} (record_id, linked_id, position) VALUES (?, ?, ?)",
        (
            (record_id, each, position)
            for record_id, ids in rows
            for position, each in enumerate(ids or ())
        ),
    )


def relink(database: Database, field: Field, record_id: int, ids: Ids) -> None:
    """Put these links in the place of those that a record has."""
    database.execute(f"DELETE FROM {table(field)} WHERE record_id = ?", (record_id,))
    link(database, field, [(record_id, ids)])


def ids_of(value: Any) -> tuple[int, ...]:
    """The ids in the stored value of a link or a multilink."""
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)


# Reading by SQL: `record` is the name of the record's table in the statement around it, `title`
# the SQL of the title of a linked record, whose table is `t`, None when it has none; `source` the
# SQL of what linked records are read from


def links(field: Field, record: str) -> str:
    """The SQL of the links of a record, as something to select from: `linked_id`, `position`."""
    return f"(SELECT linked_id, position FROM {table(field)} WHERE record_id = {record}.id)"


def links_of_draft(field: Field, record: str) -> str:
    """The same of a record that is not saved yet: its column holds the ids, as JSON."""
    column = f"{record}.{quoted(field.key)}"
    return f"(SELECT value AS linked_id, key AS position FROM json_each({column}))"


def present(field: Field, record: str) -> str:
    """The SQL that is null where a record has no link."""
    return f"(SELECT 1 FROM {links(field, record)} LIMIT 1)"


def pairs(field: Field, record: str, title: str | None, source: str) -> str:
    """The SQL of the links of a record: JSON, a list of pairs of id and title."""
    rows = _rows(field, record, f"k.linked_id, {_living(title)} AS title", source)
    ordered = f"{rows} ORDER BY k.position"
    return f"(SELECT json_group_array(json_array(linked_id, title)) FROM ({ordered}))"


def titles(field: Field, record: str, title: str | None, source: str) -> str:
    """The SQL of the titles of the linked records, joined; NULL when there are none."""
    rows = _rows(field, record, f"{_named(field, title)} AS title", source)
    return f"(SELECT group_concat(title, ', ') FROM ({rows} ORDER BY k.position))"


def names(field: Field, record: str, title: str | None, source: str) -> str:
    """The SQL of what the linked records may be called: JSON, a list of titles and references."""
    named = " UNION ALL ".join(
        _rows(field, record, f"{sql} AS name", source)
        for sql in (_ref(field), title and _living(title))
        if sql
    )
    return f"(SELECT json_group_array(name) FROM ({named}) WHERE name IS NOT NULL)"


def _rows(field: Field, record: str, columns: str, source: str) -> str:
    return (
        f"SELECT {columns} FROM {links(field, record)} k LEFT JOIN {source} t ON t.id = k.linked_id"
    )


def _living(title: str | None) -> str:
    """The title of a linked record; none of one that was removed, which no title finds again.

    Nor of one that the actor may not read.
    """
    return f"CASE WHEN t.removed_at IS NULL THEN {title} END" if title else "NULL"


def _ref(field: Field) -> str:
    return f"({literal(f'{field.target}/')} || k.linked_id)"


def _named(field: Field, title: str | None) -> str:
    return f"coalesce({_living(title)}, {_ref(field)})" if title else _ref(field)
