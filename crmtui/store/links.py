"""Finding the record that a written link means: by reference, by title, by a unique field."""

from collections.abc import Callable
from typing import Any

from crmtui.model.definitions import Field, Type
from crmtui.model.message import N_
from crmtui.store.catalog import Catalog
from crmtui.store.database import Database, quoted
from crmtui.store.errors import Misused
from crmtui.store.kinds import KINDS, BadValue, Reader, Reading, unique, written
from crmtui.store.query import split_ref, title_sql
from crmtui.store.tables import Tables

Creator = Callable[[Type, str], int]


class Links:
    """Reads link fields. What was found is remembered for as long as this object lives.

    Args:
        create: makes a missing record of a type from its title, for imports that ask for it.
    """

    def __init__(
        self,
        database: Database,
        catalog: Catalog,
        tables: Tables,
        reading: Reading,
        create: Creator | None = None,
        creatable: frozenset[str] = frozenset(),
    ) -> None:
        self._database = database
        self._catalog = catalog
        self._tables = tables
        self._reading = reading
        self._create = create
        self._creatable = creatable

    def reader(self, field: Field) -> Reader:
        """A function from a written link to a record id; raises `BadValue`."""
        target = self._catalog.target(field)
        self._tables.need(target.key)
        known: dict[str, int] = {}

        def read(value: Any) -> int | None:
            title = None
            if isinstance(value, dict):
                if not value.keys() <= {"ref", "title"}:
                    raise BadValue(
                        "wrong-shape", N_("a link is text, or an object of ref and title")
                    )
                title = value.get("title")
                value = value.get("ref", title)
            text = written(value, "link").strip()
            if not text:
                return None
            # What one record links to says nothing about the next.
            found = _held(text, target, self._reading.held) or known.get(text)
            if found is None:
                found = known[text] = self._find(target, text)
            if title is not None and text.startswith(target.key + "/"):
                self._check_title(target, found, str(title))
            return found

        return read

    def _find(self, target: Type, text: str) -> int:
        table = self._catalog.source(target.key)
        if text.casefold().startswith(target.key.casefold() + "/"):
            try:
                record_id = split_ref(text)[1]
            except Misused:
                record_id = -1
            if self._database.scalar(f"SELECT 1 FROM {table} WHERE id = ?", (record_id,)):
                return record_id
        for field, column in self._named_by(target):
            kind = KINDS[field.kind]
            try:
                value = kind.reader(_unbounded(field), self._reading)(text)
            except BadValue:
                continue
            rows = self._database.execute(
                f"SELECT id FROM {table} t WHERE {kind.order(column)} = {kind.order('?1')}"
                " AND removed_at IS NULL LIMIT 3",
                (value,),
            ).fetchall()
            if len(rows) > 1:
                exact = self._database.execute(
                    f"SELECT id FROM {table} t WHERE {kind.expression(column, field)}"
                    f" = {kind.expression('?1', field)}"
                    " AND removed_at IS NULL LIMIT 2",
                    (value,),
                ).fetchall()
                rows = exact if len(exact) == 1 else rows
            if len(rows) > 1:
                raise BadValue(
                    "ambiguous-link",
                    N_("{value} fits several records of {type}: {refs}"),
                    value=text,
                    type=target.key,
                    refs=[f"{target.key}/{row[0]}" for row in rows],
                )
            if rows:
                return rows[0][0]
        if self._create and target.key in self._creatable:
            return self._create(target, text)
        raise BadValue(
            "no-such-link", N_("there is no {type} {value}"), value=text, type=target.key
        )

    def _named_by(self, target: Type) -> list[tuple[Field, str]]:
        """The fields that can name a record of a type, its title first, with their SQL."""
        others = [f for f in target.fields if unique(f) and not f.title and f.kind != "link"]
        named = [(field, f"t.{quoted(field.key)}") for field in others]
        title = target.titled_as
        return [(title, title_sql(self._catalog, target, "t")), *named] if title else named

    def _check_title(self, target: Type, record_id: int, title: str) -> None:
        field = target.titled_as
        if field is None:
            return
        sql = title_sql(self._catalog, target, "t")
        now = self._database.scalar(
            f"SELECT {sql} FROM {self._catalog.source(target.key)} t WHERE id = ?", (record_id,)
        )
        shown = KINDS[field.kind].named(now, field) if now is not None else None
        if shown is not None and shown != title:
            raise BadValue(
                "other-title",
                N_("{ref} is {now}, not {title}"),
                ref=f"{target.key}/{record_id}",
                now=shown,
                title=title,
            )


def _held(text: str, target: Type, held: tuple[Any, ...]) -> int | None:
    """The id of a reference to a record that the one which is changed links to already.

    It may keep the link, whether the actor may read the other record or not.
    """
    return next((each for each in held if f"{target.key}/{each}" == text), None)


def _unbounded(field: Field) -> Field:
    return field.but(minimum=None, maximum=None, pattern=None, max_length=None)
