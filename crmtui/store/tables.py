"""The physical tables of business types: SQL DDL made from definitions.

A type is a STRICT table named by its key, a field a typed column. Every table also has the
columns every record has. `type_id` is a generated constant: with it the pair (stage, status) of
each record is held by a foreign key to `crm_status`, so the two can never disagree.

A new table is made when it is first needed or when the intent commits, whichever comes first:
adding a column to an existing table costs time with every table of the file, so a script that
defines a type and its fields in one transaction should make each table once. Only native ALTER
TABLE is used on existing tables; unlike a rebuild it loses no trigger, collation or generated
column, and takes well under a millisecond at any size.
"""

from collections.abc import Sequence

from crmtui.model.definitions import Field, Type, Validation
from crmtui.store.catalog import Catalog
from crmtui.store.database import Database, quoted
from crmtui.store.kinds import KINDS, unique

Owed = tuple[dict[str, None], dict[str, None]]
"""Keys of types whose table, and whose indexes, are still to be made."""


class Tables:
    """Keeps the tables equal to the definitions of one workspace."""

    def __init__(self, database: Database, catalog: Catalog) -> None:
        self._database = database
        self._catalog = catalog
        self._unmade: dict[str, None] = {}
        self._unindexed: dict[str, None] = {}

    def add(self, key: str) -> None:
        """Have the table of a new type made when it is needed."""
        self._unmade[key] = None

    def touch(self, key: str) -> None:
        """Have the indexes of a type made equal to its definitions when they are needed."""
        self._unindexed[key] = None

    def settle(self) -> None:
        """Make every table and index that is still owed; called before a commit."""
        for key in [*self._unmade, *self._unindexed]:
            self.need(key)

    def owed(self) -> Owed:
        """What is owed at present, to be given to `owe` when what follows is undone."""
        return dict(self._unmade), dict(self._unindexed)

    def owe(self, owed: Owed) -> None:
        """Owe again what was owed before; called after a rollback, which unmade tables too."""
        self._unmade, self._unindexed = dict(owed[0]), dict(owed[1])

    def unmade(self, key: str) -> bool:
        """Whether the table of a type is still to be made, so that it can hold no records."""
        return key in self._unmade

    def need(self, key: str) -> None:
        """Make the table of a type, its indexes, and the tables it points to, if still owed."""
        if not self._unmade and not self._unindexed:
            return
        made = key in self._unmade
        if made:
            del self._unmade[key]
            self._create(self._catalog.type(key, retired=True))
        if made or key in self._unindexed:
            self._unindexed.pop(key, None)
            type_ = self._catalog.find(key)
            if type_ is not None:
                self._index(type_, fresh=made)
        if self._unmade:
            # SQLite writes no row, not even one without links, while a table it may point to lacks.
            found = self._catalog.find(key)
            for field in found.all_fields if found else ():
                if field.target in self._unmade:
                    self.need(field.target)

    def rename(self, old: str, new: str) -> None:
        """Rename the table of a type; links to it follow. The catalog knows the new key already."""
        made = old not in self._unmade
        for owed in (self._unmade, self._unindexed):
            if old in owed:
                del owed[old]
                owed[new] = None
        if not made:
            return
        if old.lower() == new.lower():
            # To SQLite the two are one name, which is taken.
            self._database.execute(f"ALTER TABLE {quoted(old)} RENAME TO {quoted('crm_' + new)}")
            old = "crm_" + new
        self._database.execute(f"ALTER TABLE {quoted(old)} RENAME TO {quoted(new)}")

    def drop(self, key: str) -> None:
        """Drop the table of a type with every record in it."""
        self._unindexed.pop(key, None)
        if key in self._unmade:
            del self._unmade[key]
            return
        # Dropping looks at every table that could point here, so they must all exist.
        self.settle()
        for field in self._catalog.type(key, retired=True).multilinks:
            self._drop_links(field)
        self._database.execute(f"DROP TABLE {quoted(key)}")

    def add_column(self, type_key: str, field: Field) -> None:
        """Add the column of a new field, or its table, and its index when it has one."""
        if type_key not in self._unmade and field.kind == "multilink":
            self._make_links(type_key, field)
        elif type_key not in self._unmade and KINDS[field.kind].stored:
            self._database.execute(f"ALTER TABLE {quoted(type_key)} ADD COLUMN {_column(field)}")
            self.add_folded(type_key, field)
        self.touch(type_key)

    def add_folded(self, type_key: str, field: Field) -> None:
        """Add the column of a field's folded values, when it has one and it is not there yet."""
        column = folded_column(field)
        if type_key in self._unmade:
            self.need(type_key)
        if column is not None and column not in self._columns(type_key):
            self._database.execute(
                f"ALTER TABLE {quoted(type_key)} ADD COLUMN {quoted(column)} TEXT"
            )

    def drop_folded(self, type_key: str, field: Field) -> None:
        """Drop the column of a field's folded values."""
        if type_key in self._unmade:
            self.need(type_key)
        self._drop(type_key, [f"crm_key_{field.id}"])

    def _columns(self, type_key: str) -> set[str]:
        rows = self._database.execute(f"PRAGMA table_info({quoted(type_key)})")
        return {row[1] for row in rows}

    def rename_column(self, type_key: str, old: str, new: str) -> None:
        """Rename the column of a field; indexes follow."""
        if type_key in self._unmade:
            return
        self._database.execute(
            f"ALTER TABLE {quoted(type_key)} RENAME COLUMN {quoted(old)} TO {quoted(new)}"
        )

    def drop_column(self, type_key: str, field: Field) -> None:
        """Drop the column of a field, or its table, with its values."""
        self.touch(type_key)
        if type_key in self._unmade:
            return
        if field.kind == "multilink":
            self._drop_links(field)
        self._drop(type_key, [field.key, f"crm_key_{field.id}"])

    def _drop(self, type_key: str, gone: list[str]) -> None:
        """Drop columns, with the indexes that read them; `touch` has those made again."""
        for name, sql in self._database.execute(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ?"
            " AND name LIKE 'crm\\_%' ESCAPE '\\'",
            (type_key,),
        ).fetchall():
            if any(quoted(column) in sql for column in gone):
                self._database.execute(f"DROP INDEX {quoted(name)}")
        for column in self._columns(type_key).intersection(gone):
            self._database.execute(f"ALTER TABLE {quoted(type_key)} DROP COLUMN {quoted(column)}")

    def drop_plain_indexes(self, type_: Type) -> None:
        """Drop the indexes that only make reading fast, before a large load, to be made again."""
        self.need(type_.key)
        for name in self._wanted(type_):
            if not name.startswith(("crm_unique_", "crm_together_")):
                self._database.execute(f"DROP INDEX IF EXISTS {quoted(name)}")
        self.touch(type_.key)

    def _create(self, type_: Type) -> None:
        columns = [_column(field) for field in type_.all_fields if KINDS[field.kind].stored]
        folded = [column for field in type_.all_fields if (column := folded_column(field))]
        columns += [f"{quoted(column)} TEXT" for column in folded]
        fields = "".join(f"  {column},\n" for column in columns)
        self._database.execute(
            f"CREATE TABLE {quoted(type_.key)} (\n"
            "  id INTEGER PRIMARY KEY,\n"
            "  stage TEXT,\n"
            "  status TEXT,\n"
            f"{fields}"
            "  status_since TEXT,\n"
            "  revision INTEGER NOT NULL DEFAULT 1,\n"
            "  created_at TEXT NOT NULL,\n"
            "  created_by INTEGER NOT NULL REFERENCES crm_user(id),\n"
            "  updated_at TEXT NOT NULL,\n"
            "  updated_by INTEGER NOT NULL REFERENCES crm_user(id),\n"
            "  removed_at TEXT,\n"
            f"  type_id INTEGER GENERATED ALWAYS AS ({int(type_.id)}) VIRTUAL,\n"
            "  CHECK ((stage IS NULL) = (status IS NULL)),\n"
            "  FOREIGN KEY (type_id, stage, status) REFERENCES crm_status(type_id, stage, key)\n"
            ") STRICT"
        )
        for field in type_.multilinks:
            self._make_links(type_.key, field)

    def _make_links(self, type_key: str, field: Field) -> None:
        from crmtui.store.link_tables import created

        for sql in created(type_key, field):
            self._database.execute(sql)

    def _drop_links(self, field: Field) -> None:
        from crmtui.store.link_tables import dropped

        self._database.execute(dropped(field))

    def _wanted(self, type_: Type) -> dict[str, str]:
        return (
            wanted_indexes(type_)
            | gathering_indexes(type_, self._catalog.rollups_of(type_))
            | self._owning_index(type_)
        )

    def _owning_index(self, type_: Type) -> dict[str, str]:
        """The index by which the records of a user are found, where a role lets them only those."""
        from crmtui.model.nouns import SCOPED

        scopes = ", ".join(f"may_{operation}" for operation in sorted(SCOPED))
        owned = self._database.scalar(
            "SELECT 1 FROM crm_permission WHERE key IN (?, '*') AND retired_at IS NULL"
            f" AND purged_at IS NULL AND ('own' IN ({scopes}) OR 'team' IN ({scopes}))",
            (type_.key,),
        )
        if not owned:
            return {}
        name, owner = f"crm_owner_{type_.id}", type_.owner_field
        kept = [owner.key if owner else "created_by"]
        if type_.all_stages:
            # So that their board is added up without looking at the records.
            kept += ["stage", *([type_.sum_field.key] if type_.sum_field else [])]
        columns = ", ".join(map(quoted, dict.fromkeys([*kept, "id", "removed_at"])))
        sql = f"CREATE INDEX {quoted(name)} ON {quoted(type_.key)} ({columns})"
        return {name: f"{sql} WHERE removed_at IS NULL"}

    def _index(self, type_: Type, *, fresh: bool) -> None:
        wanted = self._wanted(type_)
        existing: dict[str, str] = {}
        if not fresh:
            rows = self._database.execute(
                "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ?"
                " AND name LIKE 'crm\\_%' ESCAPE '\\'",
                (type_.key,),
            )
            existing = dict(rows.fetchall())
        for name, sql in existing.items():
            # One of the same name may be about what the field was before: renamed, not folded.
            if wanted.get(name) != sql:
                self._database.execute(f"DROP INDEX {quoted(name)}")
        for name, sql in wanted.items():
            if existing.get(name) != sql:
                self._database.execute(sql)


def wanted_indexes(type_: Type) -> dict[str, str]:
    """The indexes a type should have: name to SQL. Names go by id, so renames leave them alone.

    Those that serve reading hold `removed_at` besides being limited to the live records: SQLite
    looks the condition of a partial index up once more, and would read each record to count it.
    """
    table = quoted(type_.key)
    live = "WHERE removed_at IS NULL"
    gone = f"removed_at) {live}"
    wanted = {}
    for field in type_.all_fields:
        column = quoted(field.key)
        name = _sort_name(field)
        if not KINDS[field.kind].stored:
            continue
        if unique(field) and not field.retired:
            index = f"crm_unique_{field.id}"
            kept = quoted(folded_column(field) or field.key)
            wanted[index] = f"CREATE UNIQUE INDEX {quoted(index)} ON {table} ({kept}) {live}"
        if field.target:
            # Without it, every look from the linked record to those that point at it reads all.
            wanted[name] = f"CREATE INDEX {quoted(name)} ON {table} ({column})"
        elif (field.indexed or field.title) and not field.retired:
            order = KINDS[field.kind].order(column)
            wanted[name] = f"CREATE INDEX {quoted(name)} ON {table} ({order}, id, {gone}"
    for validation in type_.validations:
        together = unique_together(type_, validation)
        if together:
            name = f"crm_together_{validation.id}"
            kept = ", ".join(quoted(folded_column(f) or f.key) for f in together)
            wanted[name] = f"CREATE UNIQUE INDEX {quoted(name)} ON {table} ({kept}) {live}"
    if type_.all_stages:
        summed = type_.sum_field
        name = f"crm_board_{type_.id}_{summed.id if summed else 0}"
        sum_column = f", {quoted(summed.key)}" if summed else ""
        wanted[name] = f"CREATE INDEX {quoted(name)} ON {table} (stage{sum_column}, id, {gone}"
        name = f"crm_cards_{type_.id}"
        wanted[name] = f"CREATE INDEX {quoted(name)} ON {table} (stage, status_since, id, {gone}"
    return wanted


def gathering_indexes(type_: Type, rollups: Sequence[Field]) -> dict[str, str]:
    """The indexes by which roll-ups over the records of a type need not read the records."""
    wanted: dict[str, str] = {}
    if not rollups:
        return wanted
    from crmtui.store.tokens import names

    columns = {f.key for f in type_.fields if KINDS[f.kind].stored} | {"stage", "status"}
    for rollup in rollups:
        link = type_.field_by_key.get((rollup.source or "").partition(".")[2])
        if link is None or link.kind != "link":
            continue
        measured = (rollup.measure or "").partition("(")[2].rstrip(") ")
        read = {name.path[0] for text in (rollup.condition, measured) for name in names(text or "")}
        # What is measured comes first, so that its least and greatest are found at once.
        kept = dict.fromkeys(
            [link.key, *({measured} & columns), *sorted(read & columns - {measured})]
        )
        name = f"crm_gather_{rollup.id}"
        wanted[name] = (
            f"CREATE INDEX {quoted(name)} ON {quoted(type_.key)}"
            f" ({', '.join(map(quoted, kept))}, id, removed_at) WHERE removed_at IS NULL"
        )
    return wanted


def may_be_unique(field: Field | None) -> bool:
    """Whether a field can be one of those that no two records have alike."""
    return field is not None and KINDS[field.kind].stored and KINDS[field.kind].can_be_unique


def unique_together(type_: Type, validation: Validation) -> tuple[Field, ...]:
    """The fields that no two records have alike; none while one is retired or of another kind."""
    fields = [type_.field_by_key.get(key) for key in validation.keys]
    return tuple(f for f in fields if f) if all(map(may_be_unique, fields)) else ()


def folded_column(field: Field) -> str | None:
    """The column that keeps a field's values as `unique_as=folded` compares them, or None."""
    return f"crm_key_{field.id}" if field.unique_as == "folded" else None


def _column(field: Field) -> str:
    kind = KINDS[field.kind]
    table = field.target or kind.references
    reference = f" REFERENCES {quoted(table)}(id)" if table else ""
    return f"{quoted(field.key)} {kind.sql_type}{reference}"


def _sort_name(field: Field) -> str:
    return f"crm_sort_{field.id}"
