"""What an actor reads: one SELECT per type, with titles of links, filter, order and pages.

Lists, boards, exports and history all read through it, so that what may be seen is decided once.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cached_property
from sqlite3 import OperationalError
from typing import TYPE_CHECKING, Any

from crmtui.model.definitions import Field, Type
from crmtui.model.message import N_
from crmtui.store import dates
from crmtui.store.catalog import Catalog
from crmtui.store.database import Database, literal, quoted
from crmtui.store.errors import Misused, NotFound, Refused
from crmtui.store.joins import Joins
from crmtui.store.kinds import KINDS, Reading

if TYPE_CHECKING:
    from crmtui.store.computed import Computed
    from crmtui.store.expressions import Scope

SYSTEM_COLUMNS = {
    "ref": N_("Reference"),
    "id": N_("Id"),
    "stage": N_("Stage"),
    "status": N_("Status"),
    "status_since": N_("Status since"),
    "revision": N_("Revision"),
    "created_at": N_("Created"),
    "created_by": N_("Created by"),
    "updated_at": N_("Changed"),
    "updated_by": N_("Changed by"),
    "removed_at": N_("Removed"),
}
"""What every record has besides its fields, and how it is headed."""

_GATHERS = "(SELECT"
"""What the SQL of a value has in it that is gathered from other rows."""

_BASE = ("id", "stage", "status", "revision", "removed_at")
_MOMENTS = frozenset({"status_since", "created_at", "updated_at", "removed_at"})
_USERS = frozenset({"created_by", "updated_by"})


class Column:
    """One column of a selection: where its value stands in a row and how it is written.

    Args:
        written: where what people and machines read instead of the stored value stands.
    """

    __slots__ = (
        "_index",
        "_kind",
        "_target",
        "_title",
        "_title_index",
        "_written",
        "ambiguous",
        "field",
        "key",
        "type",
    )

    def __init__(
        self,
        type_: Type,
        key: str,
        index: int,
        field: Field | None = None,
        target: Type | None = None,
        title_index: int = -1,
        written: int = -1,
    ) -> None:
        self.type = type_
        self.key = key
        self.field = field
        self._index = index
        self._kind = KINDS[field.kind] if field else None
        self._target = target
        self._title = target.titled_as if target else None
        self._title_index = title_index
        self._written = index if written < 0 else written
        self.ambiguous: frozenset[str] = frozenset()

    def raw(self, row: Sequence[Any]) -> Any:
        """The value as it is stored."""
        return row[self._index]

    def plain(self, row: Sequence[Any]) -> str:
        """For CSV and TSV: exact, in no language; a link by its title."""
        value = row[self._index]
        if value is None:
            return ""
        if self._target is not None:
            title = self.link_title(row)
            if title is None or title.casefold() in self.ambiguous:
                return f"{self._target.key}/{value}"
            return title
        if self.field is not None:
            return self._kind.plain(row[self._written], self.field)  # type: ignore[union-attr]
        return f"{self.type.key}/{value}" if self.key == "ref" else str(value)

    def json(self, row: Sequence[Any]) -> Any:
        """For JSON: numbers as numbers, a link as {ref, title}."""
        value = row[self._index]
        if value is None:
            return None
        if self._target is not None:
            return {"ref": f"{self._target.key}/{value}", "title": self.link_title(row)}
        if self.field is not None:
            return self._kind.json(row[self._written], self.field)  # type: ignore[union-attr]
        return f"{self.type.key}/{value}" if self.key == "ref" else value

    def text(self, row: Sequence[Any], language: str = "en") -> str:
        """For people, in their language; not yet safe for a terminal."""
        value = row[self._index]
        if value is None:
            return ""
        if self._target is not None:
            return self.link_title(row, language) or f"{self._target.key}/{value}"
        if self.field is not None:
            return self._kind.shown(row[self._written], self.field, language)  # type: ignore[union-attr]
        if self.key == "stage":
            stage = self.type.stage_by_key.get(value)
            return stage.name(language) if stage else value
        if self.key == "status":
            # The stage stands before the status in every row.
            status = self.type.status(row[_BASE.index("stage")], value)
            return status.name(language) if status else value
        if self.key in _MOMENTS:
            return dates.local_text(value)
        return self.plain(row)

    def refs(self, row: Sequence[Any]) -> list[str]:
        """The reference of the linked record, or of each of them."""
        assert self._target is not None
        value = row[self._index]
        return [] if value is None else [f"{self._target.key}/{value}"]

    def link_title(self, row: Sequence[Any], language: str | None = None) -> str | None:
        """The title of the linked record; None when it has none."""
        return self.titled(row[self._title_index] if self._title_index >= 0 else None, language)

    def titled(self, title: Any, language: str | None = None) -> str | None:
        """The stored title of a linked record as it is read, by machines or in a language."""
        if title is None or self._title is None:
            return None
        kind = KINDS[self._title.kind]
        return (
            kind.shown(title, self._title, language) if language else kind.named(title, self._title)
        )


class Record:
    """One row of a type as an actor sees it."""

    __slots__ = ("_plan", "row")

    def __init__(self, plan: "Plan", row: Sequence[Any]) -> None:
        self._plan = plan
        self.row = row

    @property
    def type(self) -> Type:
        """The record's type."""
        return self._plan.type

    @property
    def id(self) -> int:
        """Its number within the type."""
        return self.row[0]

    @property
    def ref(self) -> str:
        """How it is written: `deal/42`."""
        return f"{self._plan.type.key}/{self.row[0]}"

    @property
    def stage(self) -> str | None:
        """The key of its stage, or None when the type has none."""
        return self.row[1]

    @property
    def status(self) -> str | None:
        """The key of its status within the stage."""
        return self.row[2]

    @property
    def revision(self) -> int:
        """How often it was written; a save against an older revision is a conflict."""
        return self.row[3]

    @property
    def removed(self) -> bool:
        """Whether it was removed and can be restored."""
        return self.row[4] is not None

    @property
    def columns(self) -> list[Column]:
        """The columns that were asked for, in order."""
        return self._plan.shown

    @property
    def values(self) -> dict[str, Any]:
        """Stored values by field key."""
        return {c.key: c.raw(self.row) for c in self._plan.columns if c.field is not None}

    @property
    def title(self) -> str:
        """What names it to people: its title, else its reference."""
        if self._plan.title_index >= 0:
            return self.row[self._plan.title_index] or self.ref
        field = self._plan.type.title_field
        column = self._plan.column.get(field.key) if field else None
        return (column.text(self.row) if column else "") or self.ref

    def text(self, key: str, language: str = "en") -> str:
        """A value as people read it; `status` is the status's label."""
        if key == "status" and self.row[2] is not None:
            status = self._plan.type.status(self.row[1], self.row[2])
            return status.name(language) if status else self.row[2]
        return self._plan.column[key].text(self.row, language)

    def entry(self, key: str) -> str:
        """A value as a person would type it back; links as their references."""
        column = self._plan.column[key]
        value = column.raw(self.row)
        if value is None:
            return ""
        if column.field is not None and column.field.target:
            return ",".join(column.refs(self.row))
        if column.field is not None and column.field.kind == "datetime":
            text = dates.local_text(value)
            read = dates.read_moment(text, datetime.now().astimezone())
            # Fractions of a second, or the hour that comes twice when summer time ends.
            return text if read and dates.moment_text(read) == value else value
        return column.plain(self.row)

    def json(self) -> dict[str, Any]:
        """The record as JSON holds it: the columns asked for, in order."""
        return {column.key: column.json(self.row) for column in self._plan.shown}


class Plan:
    """One SELECT over a type: its columns, joins and conditions.

    Args:
        fields: keys of fields and system columns wanted, or None for the usual ones.
    """

    def __init__(
        self,
        database: Database,
        catalog: Catalog,
        type_: Type,
        reading: Reading,
        actor: str,
        fields: Sequence[str] | None = None,
    ) -> None:
        self.type = type_
        self._database = database
        self._catalog = catalog
        self._reading = reading
        self._actor = actor
        self._select = [f"r.{name}" for name in _BASE]
        self._joins = Joins(catalog.source)
        self._wheres: list[str] = []
        self._filtered = False
        self._parameters: list[Any] = []
        self.columns: list[Column] = []
        self.shown = [self._column(key) for key in (fields or self._usual())]
        self.column = {column.key: column for column in self.columns}
        self.title_index = -1
        """Where in a row the title stands, when it comes of an expression."""
        if type_.title_expression is not None:
            self.title_index = self._add(self._computed.titled(type_, "r"))

    def _usual(self) -> list[str]:
        # id and ref come from the same column; keys of fields cannot be theirs.
        staged = ["stage", "status"] if self.type.all_stages else []
        return ["id", "ref", *staged, *(field.key for field in self.type.fields)]

    def _column(self, key: str) -> Column:
        existing = next((c for c in self.columns if c.key == key), None)
        if existing:
            return existing
        field = self.type.field_by_key.get(key)
        if field is None and key not in SYSTEM_COLUMNS:
            raise no_field(self.type, key)
        if field is None:
            column = Column(self.type, key, self._system(key))
        elif field.kind == "multilink":
            from crmtui.store.link_columns import LinksColumn
            from crmtui.store.link_tables import pairs

            target = self._catalog.target(field)
            sql = pairs(field, "r", self._linked_title(field), self._catalog.source(target.key))
            column = LinksColumn(self.type, key, self._add(sql), field, target)
        elif field.kind == "file":
            from crmtui.store.file_columns import FileColumn

            index = self._add(f"r.{quoted(field.key)}")
            column = FileColumn(self.type, key, index, field, self._database)
        elif field.kind == "link":
            target = self._catalog.target(field)
            title_index = -1
            index = self._add(f"r.{quoted(field.key)}")
            if target.titled_as:
                title_index = self._add(self._title(target, self._joins.link("r", field)))
            column = Column(self.type, key, index, field, target, title_index)
        elif KINDS[field.kind].computed:
            column = self._computed_column(key, field)
        elif KINDS[field.kind].references:
            index = self._add(f"r.{quoted(field.key)}")
            user = self._add(_user_key(f"r.{quoted(field.key)}"))
            column = Column(self.type, key, index, field, written=user)
        else:
            column = Column(self.type, key, self._add(f"r.{quoted(field.key)}"), field)
        self.columns.append(column)
        return column

    @property
    def outlived(self) -> bool:
        """Whether something in it is computed from a day or a moment that is over by now."""
        return self._reading.outlived

    def _title(self, type_: Type, alias: str) -> str:
        return title_sql(self._catalog, type_, alias, self._reading)

    def _linked_title(self, field: Field) -> str | None:
        """The SQL of the title of the records that a multilink links to, whose table is `t`."""
        target = self._catalog.target(field)
        return self._title(target, "t") if target.titled_as else None

    def _computed_column(self, key: str, field: Field) -> Column:
        sql = self._computed.stored(self.type, field, "r", self._joins)
        shown = self._computed.shown(self.type, field)
        written = self._add(_user_key(sql)) if KINDS[shown.kind].references else -1
        return Column(self.type, key, self._add(sql), shown, written=written)

    def _system(self, key: str) -> int:
        if key in ("id", "ref"):
            return 0
        if key in _BASE:
            return _BASE.index(key)
        if key in _USERS:
            return self._add(_user_key(f"r.{key}"))
        return self._add(f"r.{key}")

    def _add(self, sql: str) -> int:
        self._select.append(sql)
        return len(self._select) - 1

    @cached_property
    def _computed(self) -> "Computed":
        from crmtui.store.computed import Computed

        return Computed(self._catalog, self._reading, self._actor)

    def unmistakable_links(self) -> None:
        """Write links by reference where their title fits several records, or a removed one."""
        for column in self.columns:
            if column.field is None or not column.field.target:
                continue
            target = self._catalog.target(column.field)
            title = target.titled_as
            if title is None:
                continue
            name = self._title(target, "t")
            kind = KINDS[title.kind]
            text = kind.expression(name, title)
            table = f"{self._catalog.source(target.key)} t"
            rows = self._database.execute(
                f"SELECT {name} FROM {table} WHERE removed_at IS NOT NULL UNION"
                f" SELECT {name} FROM {table} GROUP BY {kind.order(name)}"
                f" HAVING count(*) > 1 UNION SELECT {name} FROM {table}"
                f" WHERE {text} LIKE {literal(target.key + '/%')}"
            )
            column.ambiguous = frozenset(
                kind.named(row[0], title).casefold() for row in rows if row[0] is not None
            )

    def scope(self) -> "Scope":
        """What names mean in an expression over this plan."""
        return self._computed.scope(self.type, "r", self._joins.deciding)

    def means(self, expression: str) -> int:
        """Read what an expression means besides the columns; returns where in a row it stands."""
        from crmtui.store.expressions import compiled

        return self._add(compiled(expression, self._computed.scope(self.type, "r", self._joins)))

    def where(self, sql: str, *parameters: Any) -> None:
        """Narrow the plan by SQL of the store's own."""
        self._wheres.append(sql)
        self._parameters.extend(parameters)

    def live(self) -> None:
        """Leave out removed records."""
        self.where("r.removed_at IS NULL")

    def matching(self, expression: str | None) -> None:
        """Narrow the plan by a user's expression."""
        if expression:
            from crmtui.store.expressions import compiled

            self.where(compiled(expression, self.scope()))
            self._filtered = True

    def orders(self, sort: Sequence[str]) -> list[tuple[str, bool]]:
        """The SQL to sort by and whether each descends; the id last, so that order is total."""
        orders: list[tuple[str, bool]] = []
        for key in sort:
            descending = key.startswith("-")
            orders.append((self._order(key.lstrip("-+")), descending))
        if not any(sql == "r.id" for sql, _ in orders):
            orders.append(("r.id", bool(orders) and orders[0][1]))
        return orders

    def _order(self, key: str) -> str:
        field = self.type.field_by_key.get(key)
        if field is None:
            if key in ("id", "ref"):
                return "r.id"
            if key == "stage":
                whens = " ".join(
                    f"WHEN {literal(stage.key)} THEN {number}"
                    for number, stage in enumerate(self.type.all_stages)
                )
                return f"CASE r.stage {whens} END" if whens else "r.stage"
            if key in _USERS:
                return f"{self._joins.deciding.user(f'r.{quoted(key)}')}.key"
            if key in SYSTEM_COLUMNS:
                return f"r.{key}"
            raise no_field(self.type, key)
        if KINDS[field.kind].computed:
            sql = self._computed.stored(self.type, field, "r", self._joins.deciding)
            kind = KINDS[self._computed.shown(self.type, field).kind]
            return _user_key(sql) if kind.references else kind.order(sql)
        if field.kind == "multilink":
            from crmtui.store.link_tables import titles

            target = self._catalog.target(field)
            title_text = self._computed.title(target, "t")
            source = self._catalog.source(target.key)
            return f"{titles(field, 'r', title_text, source)} COLLATE NOCASE"
        if field.kind == "link":
            target = self._catalog.target(field)
            title = target.titled_as
            if title:
                joined = self._joins.deciding.link("r", field)
                return KINDS[title.kind].order(self._title(target, joined))
        kind, column = KINDS[field.kind], f"r.{quoted(field.key)}"
        return f"{self._joins.deciding.user(column)}.key" if kind.references else kind.order(column)

    def after(self, record_id: int, orders: list[tuple[str, bool]]) -> None:
        """Start behind a record, by the values it sorts by (a keyset: as fast on any page)."""
        row = self._database.execute(
            f"SELECT {', '.join(sql for sql, _ in orders)}{self._deciders()} WHERE r.id = ?",
            (record_id,),
        ).fetchone()
        if row is None:
            raise NotFound(
                "no-such-record", N_("there is no record {ref}"), ref=f"{self.type.key}/{record_id}"
            )
        condition = "0"
        parameters: list[Any] = []
        for (sql, descending), value in reversed(list(zip(orders, row, strict=True))):
            # NULL sorts first, as SQLite sorts it.
            if value is None:
                beyond, own = ("0", []) if descending else (f"{sql} IS NOT NULL", [])
            elif descending:
                beyond, own = f"({sql} < ? OR {sql} IS NULL)", [value]
            else:
                beyond, own = f"{sql} > ?", [value]
            condition = f"({beyond} OR ({sql} IS ? AND {condition}))"
            parameters = [*own, value, *parameters]
        self.where(condition, *parameters)
        self._begin_at(orders[0], row[0])

    def _begin_at(self, order: tuple[str, bool], value: Any) -> None:
        """Say the first order once more as a plain bound, which an index can begin at."""
        sql, descending = order
        if value is None:
            if descending:
                self.where(f"{sql} IS NULL")
        elif not descending:
            self.where(f"{sql} >= ?", value)
        elif not self._any_null(sql):
            # NULL comes last when descending, and a bound would leave it out.
            self.where(f"{sql} <= ?", value)

    def _any_null(self, sql: str) -> bool:
        query = f"SELECT 1{self._deciders()} WHERE r.removed_at IS NULL AND {sql} IS NULL LIMIT 1"
        return self._database.scalar(query) is not None

    def rows(
        self, orders: list[tuple[str, bool]], limit: int | None = None, offset: int = 0
    ) -> Iterator[Sequence[Any]]:
        """The rows themselves, streamed."""
        order = ", ".join(f"{sql} DESC" if descending else sql for sql, descending in orders)
        page = "" if limit is None and not offset else " LIMIT ? OFFSET ?"
        paged = bool(page) and not self._filtered and self._by_index(orders[0][0])
        # What is permitted only in part is searched for, and sorted: the masks of all of it would
        # be made, where those of the page will do.
        searched = bool(page) and self._catalog.searched(self.type.key, paged=paged)
        select = f"SELECT {', '.join(self._select)}{self._source(paged)}"
        sql = f"{select}{self._where()} ORDER BY {self._order_once(orders)}{page}"
        parameters = [
            *self._parameters,
            *([-1 if limit is None else limit, offset] if page else []),
        ]
        if offset or searched or (page and _GATHERS in order):
            # Skipping over an index of ids is much cheaper than over whole rows; and what records
            # are sorted by is gathered for all of them, the rest only for those of the page.
            inner = f"SELECT r.id{self._deciders(paged)}{self._where()} ORDER BY {order}{page}"
            select = f"SELECT {', '.join(self._select)}{self._source()}"
            sql = f"{select} WHERE r.id IN ({inner}) ORDER BY {self._order_once(orders)}"
        return self._database.rows(sql, parameters)

    def _order_once(self, orders: list[tuple[str, bool]]) -> str:
        """The order of what is selected; SQLite would gather once more what it is sorted by."""
        places = {sql: str(n) for n, sql in enumerate(self._select, 1) if _GATHERS in sql}
        return ", ".join(
            f"{places.get(sql, sql)} DESC" if descending else places.get(sql, sql)
            for sql, descending in orders
        )

    def one(self, record_id: int) -> Record | None:
        """The record with that id, whatever the plan was narrowed to; None when there is none."""
        sql = f"SELECT {', '.join(self._select)}{self._source()} WHERE r.id = ?"
        row = self._database.execute(sql, (record_id,)).fetchone()
        return Record(self, row) if row else None

    def untold(self, record_id: int) -> Record:
        """A record of which the actor may know its reference and no more."""
        return Record(self, [record_id, *[None] * (len(self._select) - 1)])

    def records(
        self, orders: list[tuple[str, bool]], limit: int | None = None, offset: int = 0
    ) -> Iterator[Record]:
        """The records, streamed."""
        return (Record(self, row) for row in self.rows(orders, limit, offset))

    def count(self) -> int:
        """How many records match."""
        return self._database.scalar(
            f"SELECT count(*){self._deciders()}{self._where()}", self._parameters
        )

    def by_stage(self, summed: Field | None) -> dict[str, tuple[int, int | None]]:
        """Count and sum of a field (in its smallest unit) by stage key, in one pass per stage."""
        column = f"r.{quoted(summed.key)}" if summed else "NULL"
        # The covering index (stage, field) serves this; a sum of integers stays exact.
        by_stage = f"{self._deciders()}{self._where()} GROUP BY r.stage"
        try:
            rows = self._database.execute(
                f"SELECT r.stage, count(*), sum({column}){by_stage}", self._parameters
            ).fetchall()
        except OperationalError as problem:
            if "integer overflow" not in str(problem):
                raise
            # Beyond 64 bits: the sum in two halves, put together here.
            halves = self._database.execute(
                f"SELECT r.stage, count(*), sum({column} >> 31), sum({column} & 2147483647)"
                f"{by_stage}",
                self._parameters,
            )
            rows = [
                (row[0], row[1], None if row[2] is None else (row[2] << 31) + row[3])
                for row in halves
            ]
        return {row[0]: (row[1], row[2]) for row in rows}

    def _by_index(self, order: str) -> bool:
        """Whether an index has the records in an order already."""
        indexed = (f for f in self.type.fields if f.indexed or f.title)
        keys = (KINDS[f.kind].order(f"r.{quoted(f.key)}") for f in indexed)
        return order in ("r.id", "r.status_since") or order in keys

    def _source(self, paged: bool = False) -> str:
        source = self._catalog.source(self.type.key, paged=paged)
        return f" FROM {source} r{self._joins.sql}"

    def _deciders(self, paged: bool = False) -> str:
        source = self._catalog.source(self.type.key, paged=paged)
        return f" FROM {source} r{self._joins.deciding_sql}"

    def _where(self) -> str:
        return f" WHERE {' AND '.join(self._wheres)}" if self._wheres else ""


def title_sql(catalog: Catalog, type_: Type, alias: str, reading: Reading | None = None) -> str:
    """The SQL of what names a record of a type that has a title, as it is stored.

    Args:
        alias: the name of the type's table.
        reading: what today and now are.
    """
    if type_.title_expression is None:
        assert type_.title_field is not None
        return f"{alias}.{quoted(type_.title_field.key)}"
    from crmtui.store.computed import Computed

    return Computed(catalog, reading or Reading(), "").titled(type_, alias)


def _user_key(column: str) -> str:
    return f"(SELECT key FROM crm_user WHERE id = {column})"


def no_field(type_: Type, key: str) -> Refused | NotFound:
    """The error for a field that a type has not; never says that it is hidden."""
    from crmtui.model.keys import closest

    meant = closest(key, [*type_.field_by_key, *SYSTEM_COLUMNS])
    if meant:
        return NotFound(
            "no-such-field",
            N_("{type} has no field {field}; did you mean {meant}?"),
            type=type_.key,
            field=key,
            meant=meant,
        )
    return NotFound(
        "no-such-field",
        N_("{type} has no field {field}"),
        f"crmtui field list {type_.key}",
        type=type_.key,
        field=key,
    )


def split_ref(ref: str) -> tuple[str, int]:
    """`deal/42` as its type's key and its number.

    Raises:
        Misused: it is not written so.
    """
    type_key, slash, number = ref.strip().partition("/")
    if (
        not slash
        or not type_key
        or not (number.isascii() and number.isdecimal())
        or len(number) > 18
    ):
        raise Misused("bad-reference", N_("{ref} is no record; write TYPE/NUMBER"), ref=ref)
    return type_key, int(number)
