"""Bringing files of records in: columns found, values read, rows added or matched, all or nothing.

An import writes what `record add` would write, through the same readers and checks; only the
statements are gathered, since a hundred thousand rows are one transaction.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any, NamedTuple

from crmtui.model.definitions import Field, Status, Type
from crmtui.model.keys import closest
from crmtui.model.message import N_, Message
from crmtui.store.catalog import Catalog
from crmtui.store.database import Database, quoted
from crmtui.store.errors import Conflict, Invalid, Misused, NotFound, Refused
from crmtui.store.journal import Journal
from crmtui.store.kinds import BadValue, Reading
from crmtui.store.links import Links
from crmtui.store.process import first_status, status_words, target_status
from crmtui.store.query import no_field
from crmtui.store.records import Records, taken
from crmtui.store.tables import Tables

Progress = Callable[[int], None]

BATCH = 1000
"""Rows gathered into one statement."""

REJECTS_TOLD = 1000
"""Rejected rows whose reasons are kept in memory when nothing writes them to a file."""


@dataclass(frozen=True)
class ImportOptions:
    """How a file is to be read.

    Args:
        columns: column name to field key; an empty key leaves the column out.
        match: the field (or `ref`) by which an existing record is found and changed.
        stage_field: the column that holds the stage or status.
        create_missing: keys of types whose missing records links may create.
        keep_going: keep the good rows when others are rejected.
        reading: date order and present moment.
        rejected: called with each rejected row.
    """

    columns: Mapping[str, str] = dataclass_field(default_factory=dict)
    match: str | None = None
    stage_field: str | None = None
    create_missing: frozenset[str] = frozenset()
    keep_going: bool = False
    reading: Reading = dataclass_field(default_factory=Reading)
    rejected: "Callable[[Reject], None] | None" = None


class Reject(NamedTuple):
    """A row that was not taken: its line in the file, why, and its values as they stood."""

    line: int
    reason: Message
    values: Sequence[Any]


class ImportResult(NamedTuple):
    """What an import did, or in a dry run would have done."""

    added: int
    updated: int
    unchanged: int
    created: dict[str, int]
    rejected: int
    first_rejects: list[Reject]
    ignored_columns: list[str]


class _Layout(NamedTuple):
    """Where in a row what stands; -1 for what the file does not hold."""

    fields: list[tuple[int, Field]]
    ref: int
    stage: int
    status: int
    ignored: list[str]


class Importer:
    """Imports one file into one type, inside the transaction that is open."""

    def __init__(
        self,
        database: Database,
        catalog: Catalog,
        tables: Tables,
        journal: Journal,
        records: Records,
        type_: Type,
        options: ImportOptions,
    ) -> None:
        self._database = database
        self._tables = tables
        self._journal = journal
        self._records = records
        self._type = type_
        self._options = options
        for key in options.create_missing:
            catalog.type(key)
        self._created: dict[str, int] = {}
        self._reading = Reading(options.reading.now, options.reading.date_order)
        links = Links(
            database, catalog, tables, self._reading, self._create, options.create_missing
        )
        self._reading.link = links.reader
        self._draft = records.draft(type_, self._reading)
        self._counts = {"added": 0, "updated": 0, "unchanged": 0}
        self._rejected = 0
        self._rejects: list[Reject] = []
        self._words = status_words(type_)
        self._first = first_status(type_)
        self._table = quoted(type_.key)
        self._field_ids = {f.key: str(f.id) for f in type_.fields}
        self._late: list[tuple[int, int, Field, Any]] = []

    def run(self, source: Any, progress: Progress | None = None) -> ImportResult:
        """Read every row of `source` (see `store.reading.Source`).

        Raises:
            Refused: a row was rejected and `keep_going` is off; nothing is kept.
            NotFound, Misused: a column is mapped to what does not exist.
        """
        self._tables.need(self._type.key)
        layout = self._layout(source.columns)
        self._prepare(layout)
        done = 0
        for batch in _batches(self._told(source.rows)):
            rows: list[tuple[int, Any, Any]] = []
            for line, values in batch:
                self._take(line, values, layout, rows)
            self._insert(rows, layout)
            done += len(batch)
            if progress:
                progress(done)
        self._resolve_late()
        result = ImportResult(
            self._counts["added"],
            self._counts["updated"],
            self._counts["unchanged"],
            self._created,
            self._rejected,
            self._rejects,
            layout.ignored,
        )
        if self._rejected and not self._options.keep_going:
            raise RejectedRows(result)
        return result

    # Columns

    def _layout(self, columns: Sequence[str]) -> _Layout:
        wanted = self._wanted(columns)
        fields, ignored, special = [], [], {"ref": -1, "stage": -1, "status": -1}
        for index, column in enumerate(columns):
            key = wanted.get(column)
            if key in special:
                special[key] = index
            elif key:
                fields.append((index, self._type.field_by_key[key]))
            elif column != "id" or special["ref"] < 0 and "ref" not in columns:
                ignored.append(column)
        if self._options.stage_field is not None:
            special["stage"] = _index(columns, self._options.stage_field)
            special["status"] = -1
            ignored = [name for name in ignored if name != self._options.stage_field]
        if not fields and special["ref"] < 0:
            raise Refused(
                "no-columns",
                N_("no column of the file is a field of {type}; it has {columns}"),
                f"crmtui record import {self._type.key} FILE --map COLUMN=FIELD",
                type=self._type.key,
                columns=list(columns),
            )
        match = self._options.match
        if match and match != "ref" and match not in {f.key for _, f in fields}:
            if match not in self._type.field_by_key:
                raise no_field(self._type, match)
            raise Misused(
                "match-not-in-file", N_("no column holds {field}, to match by"), field=match
            )
        if match == "ref" and special["ref"] < 0:
            raise Misused(
                "match-not-in-file", N_("no column holds {field}, to match by"), field=match
            )
        return _Layout(fields, special["ref"], special["stage"], special["status"], ignored)

    def _wanted(self, columns: Sequence[str]) -> dict[str, str]:
        wanted: dict[str, str] = {}
        used: dict[str, str] = {}
        for column, key in self._options.columns.items():
            _index(columns, column)
            if key and key not in self._type.field_by_key and key not in ("ref", "stage", "status"):
                raise no_field(self._type, key)
            wanted[column] = key
            if key in used:
                raise Misused(
                    "mapped-twice",
                    N_("{field} is mapped from {one} and from {other}"),
                    field=key,
                    one=used[key],
                    other=column,
                )
            if key:
                used[key] = column
        names = self._names()
        for column in columns:
            if column in wanted or column == self._options.stage_field:
                continue
            folded = column.casefold()
            found = names.get(folded) or names.get(folded.replace(" ", "_"))
            if found and found not in used:
                wanted[column] = found
                used[found] = column
        return wanted

    def _names(self) -> dict[str, str]:
        names = {"ref": "ref"}
        if self._type.all_stages:
            names |= {"stage": "stage", "status": "status"}
        for each in self._type.fields:
            for label in (each.label_zh, each.label):
                if label:
                    names[label.casefold()] = each.key
        names |= {key.casefold(): key for key in self._type.field_by_key}
        return names

    # Rows

    def _prepare(self, layout: _Layout) -> None:
        self._next_id = (self._database.scalar(f"SELECT max(id) FROM {self._table}") or 0) + 1
        looks_back = any(f.target == self._type.key for _, f in layout.fields)
        if self._next_id == 1 and not looks_back and not self._options.match:
            # Building an index once is much cheaper than keeping it up row by row.
            self._tables.drop_plain_indexes(self._type)
        present = {f.key for _, f in layout.fields}
        self._defaults = {
            f.key: self._draft.reader(f)(f.default)
            for f in self._type.fields
            if f.default is not None and f.key not in present
        }
        self._readers = [(i, f.key, self._draft.reader(f), f) for i, f in layout.fields]
        self._keys = [*(f.key for _, f in layout.fields), *self._defaults]
        missing = [key for key in self._draft.required if key not in self._keys]
        if missing and not self._options.match:
            raise Refused(
                "required",
                N_("{type} needs {fields}, which no column holds"),
                f"crmtui record import {self._type.key} FILE --map COLUMN={missing[0]}",
                type=self._type.key,
                fields=missing,
            )
        columns = [
            *self._keys,
            "stage",
            "status",
            "status_since",
            "created_at",
            "created_by",
            "updated_at",
            "updated_by",
            "id",
        ]
        names = ", ".join(quoted(name) for name in columns)
        self._sql = f"INSERT INTO {self._table} ({names}) VALUES ({', '.join('?' * len(columns))})"
        self._actor_id = self._records.actor_id
        import json

        self._encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

    def _told(self, rows: Iterator[Any]) -> Iterator[tuple[int, Sequence[Any]]]:
        for row in rows:
            if type(row) is tuple:
                # A spreadsheet leaves rows of nothing but empty cells behind its last one.
                if any(row[1]):
                    yield row
            else:
                self._reject(row.line, row.error.message, row.raw_values)

    def _take(
        self, line: int, values: Sequence[Any], layout: _Layout, rows: list[tuple[int, Any, Any]]
    ) -> None:
        """Read one row: reject it, change the record it matches, or put it with those to insert."""
        stored: dict[str, Any] = {}
        problems: list[Message] = []
        late: list[tuple[Field, Any]] = []
        for index, key, read, field in self._readers:
            try:
                stored[key] = read(values[index])
            except BadValue as problem:
                if problem.code == "no-such-link" and field.target == self._type.key:
                    stored[key] = None
                    late.append((field, values[index]))
                    continue
                problems.append(Message("{field}: {problem}", field=key, problem=problem.message))
        status = self._status(values, layout, problems)
        record_id = self._identity(values, layout, problems)
        match = self._options.match
        if not problems and match:
            found = record_id if match == "ref" else self._matched(match, stored, problems)
            if found is not None and self._exists(found):
                self._update(line, values, found, stored, layout, status)
                return
        if not problems:
            for key in self._draft.required:
                if stored.get(key) is None and self._defaults.get(key) is None:
                    problems.append(
                        Message(
                            "{field}: {problem}",
                            field=key,
                            problem=Message(N_("a value is required")),
                        )
                    )
        if not problems and record_id is not None and self._exists(record_id):
            problems.append(
                Message(
                    N_("{ref} exists; --match ref changes it"), ref=f"{self._type.key}/{record_id}"
                )
            )
        if problems:
            self._reject(line, _joined(problems), values)
            return
        if record_id is None:
            record_id = self._next_id
        self._next_id = max(self._next_id, record_id + 1)
        status = status or self._first
        stored |= self._defaults
        rows.append((line, values, (stored, status, record_id)))
        self._late.extend((line, record_id, field, text) for field, text in late)
        if match:
            # A later row may match this one, so it must be in the table by then.
            self._insert(rows, layout)
            rows.clear()

    def _status(
        self, values: Sequence[Any], layout: _Layout, problems: list[Message]
    ) -> Status | None:
        if layout.stage < 0:
            return None
        stage = str(values[layout.stage] or "").strip()
        if not stage:
            return None
        if layout.status >= 0 and values[layout.status]:
            stage = f"{stage}.{str(values[layout.status]).strip()}"
        found = self._words.get(stage.casefold())
        if found is None:
            try:
                found = target_status(self._type, stage)
            except (NotFound, Refused) as problem:
                problems.append(problem.message)
        return found

    def _identity(
        self, values: Sequence[Any], layout: _Layout, problems: list[Message]
    ) -> int | None:
        if layout.ref < 0 or not values[layout.ref]:
            return None
        type_key, slash, number = str(values[layout.ref]).strip().partition("/")
        if type_key != self._type.key or not slash or not number.isdecimal() or len(number) > 15:
            problems.append(
                Message(
                    N_("{ref} is no reference of {type}"),
                    ref=values[layout.ref],
                    type=self._type.key,
                )
            )
            return None
        return int(number)

    def _matched(
        self, match: str, stored: Mapping[str, Any], problems: list[Message]
    ) -> int | None:
        value = stored.get(match)
        if value is None:
            return None
        found = self._database.execute(
            f"SELECT id FROM {self._table} WHERE {quoted(match)} = ? AND removed_at IS NULL LIMIT 2",
            (value,),
        ).fetchall()
        if len(found) > 1:
            problems.append(
                Message(
                    N_("{value} fits several records of {type}: {refs}"),
                    value=value,
                    type=self._type.key,
                    refs=[f"{self._type.key}/{r[0]}" for r in found],
                )
            )
        return found[0][0] if len(found) == 1 else None

    def _exists(self, record_id: int) -> bool:
        return (
            self._database.scalar(f"SELECT 1 FROM {self._table} WHERE id = ?", (record_id,))
            is not None
        )

    def _update(
        self,
        line: int,
        values: Sequence[Any],
        record_id: int,
        stored: Mapping[str, Any],
        layout: _Layout,
        status: Status | None,
    ) -> None:
        try:
            with self._database.transaction():
                changed = self._records.set_stored(self._type, record_id, stored, self._draft)
                if status is not None:
                    changed |= self._records.move(self._type, record_id, status)
        except (Invalid, NotFound, Conflict) as problem:
            told = problem.problems if isinstance(problem, Invalid) else []
            self._reject(
                line, _joined([p.named() for p in told]) if told else problem.message, values
            )
            return
        self._counts["updated" if changed else "unchanged"] += 1

    # Writing

    def _insert(self, rows: list[tuple[int, Any, Any]], layout: _Layout) -> None:
        if not rows:
            return
        try:
            with self._database.transaction():
                self._insert_all(rows)
        except sqlite3.IntegrityError:
            for row in rows:
                self._insert_one(row)

    def _insert_all(self, rows: Sequence[tuple[int, Any, Any]]) -> None:
        at, actor = self._journal.at, self._actor_id
        keys, ids, encode, type_id = self._keys, self._field_ids, self._encode, self._type.id
        written = []
        journalled = []
        for _, _, (stored, status, record_id) in rows:
            stage, key, since = (status.stage, status.key, at) if status else (None, None, None)
            written.append(
                (*[stored[k] for k in keys], stage, key, since, at, actor, at, actor, record_id)
            )
            changes = {ids[k]: v for k, v in stored.items() if v is not None}
            journalled.append(
                (type_id, record_id, "add", None, status.id if status else None, encode(changes))
            )
        self._database.connection.executemany(self._sql, written)
        self._journal.write_many(journalled)
        self._counts["added"] += len(rows)

    def _insert_one(self, row: tuple[int, Any, Any]) -> None:
        line, values, (stored, _, record_id) = row
        try:
            with self._database.transaction():
                self._insert_all([row])
        except sqlite3.IntegrityError:
            problems = [
                taken(self._type, field, stored[field.key], owner).named()
                for field in self._draft.unique
                if (owner := self._owner(field, stored.get(field.key))) is not None
            ]
            if not problems:
                problems = [
                    Message(
                        N_("{ref} exists; --match ref changes it"),
                        ref=f"{self._type.key}/{record_id}",
                    )
                ]
            self._reject(line, _joined(problems), values)
            self._late = [late for late in self._late if late[1] != record_id]

    def _owner(self, field: Field, value: Any) -> int | None:
        if value is None:
            return None
        return self._database.scalar(
            f"SELECT id FROM {self._table} WHERE {quoted(field.key)} = ? AND removed_at IS NULL",
            (value,),
        )

    def _resolve_late(self) -> None:
        """Links to records of the same file that stood further down."""
        for line, record_id, field, text in self._late:
            try:
                linked = self._draft.reader(field)(text)
            except BadValue as problem:
                self._reject(
                    line,
                    Message("{field}: {problem}", field=field.key, problem=problem.message),
                    [text],
                )
                continue
            self._database.execute(
                f"UPDATE {self._table} SET {quoted(field.key)} = ? WHERE id = ?",
                (linked, record_id),
            )
            self._journal.write(
                "set", self._type.id, record_id, {self._field_ids[field.key]: [None, linked]}
            )

    def _create(self, target: Type, title: str) -> int:
        field = target.title_field
        if field is None:
            raise BadValue(
                "no-such-link", N_("there is no {type} {value}"), value=title, type=target.key
            )
        try:
            with self._database.transaction():
                found = self._records.add(target, {field.key: title})
        except Invalid as problem:
            raise BadValue(
                "not-created",
                N_("{type} {value} cannot be made: {problem}"),
                type=target.key,
                value=title,
                problem=problem.message,
            ) from problem
        self._created[target.key] = self._created.get(target.key, 0) + 1
        if target.id == self._type.id:
            self._next_id = max(self._next_id, found + 1)
        return found

    def _reject(self, line: int, reason: Message, values: Sequence[Any]) -> None:
        self._rejected += 1
        reject = Reject(line, reason, values)
        if len(self._rejects) < REJECTS_TOLD:
            self._rejects.append(reject)
        if self._options.rejected:
            self._options.rejected(reject)


class RejectedRows(Refused):
    """Rows of an import were rejected, so nothing was kept; `result` says which and why."""

    def __init__(self, result: ImportResult) -> None:
        self.result = result
        first = result.first_rejects[0]
        super().__init__(
            "rejected-rows",
            N_("{count} rows were rejected and nothing was imported; line {line}: {reason}"),
            None,
            count=result.rejected,
            line=first.line,
            reason=first.reason,
        )


def _batches(
    rows: Iterator[tuple[int, Sequence[Any]]],
) -> Iterator[list[tuple[int, Sequence[Any]]]]:
    from itertools import islice

    while batch := list(islice(rows, BATCH)):
        yield batch


def _joined(problems: Sequence[Message]) -> Message:
    return problems[0] if len(problems) == 1 else Message("{problems}", problems=list(problems))


def _index(columns: Sequence[str], name: str) -> int:
    for index, column in enumerate(columns):
        if column == name:
            return index
    for index, column in enumerate(columns):
        if column.casefold() == name.casefold():
            return index
    meant = closest(name, list(columns))
    if meant:
        raise NotFound(
            "no-such-column",
            N_("the file has no column {column}; did you mean {meant}?"),
            column=name,
            meant=meant,
        )
    raise NotFound(
        "no-such-column",
        N_("the file has no column {column}; it has {columns}"),
        column=name,
        columns=list(columns),
    )
