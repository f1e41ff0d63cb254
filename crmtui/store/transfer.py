"""Bringing files of records in: columns found, values read, rows added or matched, all or nothing.

An import writes what `record add` would write, through the same readers and checks; only the
statements are gathered, since a hundred thousand rows are one transaction.
"""

import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import repeat
from typing import Any, NamedTuple

from crmtui.model.definitions import Field, Status, Type
from crmtui.model.message import N_, Message
from crmtui.store import columnwise, link_tables
from crmtui.store.autonumbers import Autonumbers
from crmtui.store.catalog import Catalog
from crmtui.store.columnwise import Columnwise, Rows
from crmtui.store.database import Database, quoted
from crmtui.store.errors import Conflict, Forbidden, Invalid, NotFound, Problem, Refused
from crmtui.store.import_options import (
    ImportOptions,
    ImportResult,
    Progress,
    Reject,
    RejectedRows,
)
from crmtui.store.journal import Journal
from crmtui.store.kinds import KINDS, BadValue, Reader, Reading
from crmtui.store.links import Links
from crmtui.store.mapping import ColumnMapping, Layout
from crmtui.store.part_columns import PartColumns
from crmtui.store.permitted_import import PermittedImport
from crmtui.store.process import first_status, status_words, target_status
from crmtui.store.records import Records
from crmtui.store.tables import Tables, folded_column
from crmtui.store.uniqueness import folded, owner, taken
from crmtui.store.users import Users

REJECTS_TOLD = 1000
"""Rejected rows whose reasons are kept in memory when nothing writes them to a file."""

BATCH = 1000
"""Rows gathered into one statement."""

_MATCH_INDEX = "crm_import_match"
_KEPT = ("not-an-option", "other-form", "no-such-link")
"""Codes of values that cannot be given, and that a record which has them may keep."""


class _Broken(Exception):
    """Rows that were written together break a rule, and are read one by one instead."""


class _Late(NamedTuple):
    """A row whose links to its own type wait until every row of the file has been seen."""

    line: int
    values: Sequence[Any]
    record_id: int
    links: list[tuple[Field, Any]]
    status: Status | None


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
        self._permitted: PermittedImport | None = None
        self._catalog = known = catalog
        if records.guard:
            self._permitted = PermittedImport(records.guard, type_, options.create_missing)
            known = self._permitted.catalog
        for key in options.create_missing:
            known.type(key)
        self._created: dict[str, int] = {}
        self._reading = Reading(options.reading.now, options.reading.date_order)
        self._reading.user = Users(database, records.actor_id).read
        making = Links(database, known, tables, self._reading, self._create, options.create_missing)
        self._making = Reading(options.reading.now, options.reading.date_order, making.reader)
        self._makers: dict[str, Reader] = {}
        self._draft = records.draft(type_, self._reading)
        self._parts = PartColumns(type_, (), {})
        self._counts = {"added": 0, "updated": 0, "unchanged": 0}
        self._rejected = 0
        self._rejects: list[Reject] = []
        self._words = self._permitted.words() if self._permitted else status_words(type_)
        self._first = first_status(type_)
        self._numbers = Autonumbers(database)
        self._table = quoted(type_.key)
        self._field_ids = {f.key: str(f.id) for f in type_.fields}
        self._late: dict[int, _Late] = {}
        self._postponed: list[tuple[int, Sequence[Any]]] = []
        self._ended = False
        rules = self._draft.rules
        self._numbers_judged = rules is not None and any(
            rule.columns & {f.key for f in self._draft.numbered} for rule in rules.rules
        )
        """Whether a row is known to keep the rules only when it has its automatic numbers."""
        self._own_links = [f.key for f in type_.fields if f.target == type_.key]

    def run(self, source: Any, progress: Progress | None = None) -> ImportResult:
        """Read every row of `source` (see `store.reading.Source`).

        Raises:
            Refused: a row was rejected and `keep_going` is off; nothing is kept.
            NotFound, Misused: a column is mapped to what does not exist.
        """
        self._tables.need(self._type.key)
        if not source.columns:
            # No row, or only bad ones: any other would have brought its columns along.
            for _ in self._told(source.rows):
                pass
            if self._rejected:
                raise RejectedRows(self._result([]))
            return self._result([])
        seen = self._permitted.seen if self._permitted else self._type
        self._parts = PartColumns(seen, source.columns, self._options.columns)
        options = replace(self._options, columns=self._parts.mapped)
        layout = ColumnMapping(seen, options).layout(self._parts.columns)
        if self._permitted:
            layout = self._permitted.layout(layout)
        self._prepare(layout)
        done = 0
        together = self._columnwise(layout) if source.format in ("csv", "tsv") else None
        for batch in _batches(self._told(source.rows)):
            read = together.read([values for _, values in batch]) if together else None
            if read is None or not self._insert_read(read):
                rows: list[tuple[int, Any, Any]] = []
                for line, values in batch:
                    self._take(line, values, layout, rows)
                self._insert(rows)
            done += len(batch)
            if progress:
                progress(done)
        self._finish(layout)
        result = self._result(layout.ignored)
        if self._rejected and not self._options.keep_going:
            raise RejectedRows(result)
        return result

    def _result(self, ignored: list[str]) -> ImportResult:
        return ImportResult(
            self._counts["added"],
            self._counts["updated"],
            self._counts["unchanged"],
            self._created,
            self._rejected,
            sorted(self._rejects, key=lambda reject: reject.line),
            ignored,
        )

    # Rows

    def _prepare(self, layout: Layout) -> None:
        self._next_id = (self._database.scalar(f"SELECT max(id) FROM {self._table}") or 0) + 1
        looks_back = any(f.target == self._type.key for _, f in layout.fields)
        if self._next_id == 1 and not looks_back and not self._options.match:
            # Building an index once is much cheaper than keeping it up row by row.
            self._tables.drop_plain_indexes(self._type)
        matched = self._type.field_by_key.get(self._options.match or "")
        self._indexed_match = matched is not None and not matched.unique
        if matched and self._indexed_match:
            # Or else every row would read the whole table to find the record it means.
            self._database.execute(
                f"CREATE INDEX {_MATCH_INDEX} ON {self._table} ({quoted(matched.key)})"
                " WHERE removed_at IS NULL"
            )
        present = {f.key for _, f in layout.fields}
        self._defaults: dict[str, Any] = {}
        broken = self._draft.complete(self._defaults, besides=present)
        owner = self._type.owner_field
        if self._permitted and owner and owner.key not in present:
            self._permitted.owning(self._defaults)
        # A default that no longer holds stands against every row that would be added.
        self._broken_defaults = self._named(broken)
        self._readers = [(i, f.key, self._reader(f), f) for i, f in layout.fields]
        self._keys = [*(f.key for _, f in layout.fields), *self._defaults]
        missing = [key for key in self._draft.required if key not in self._keys]
        if missing and not self._options.match:
            if self._permitted:
                self._permitted.refuse_missing(missing)
            raise Refused(
                "required",
                N_("{type} needs {fields}, which no column holds"),
                f"crmtui record import {self._type.key} FILE --map COLUMN={missing[0]}",
                type=self._type.key,
                fields=missing,
            )
        own, links = link_tables.apart(self._type, dict.fromkeys(self._keys))
        self._columns, self._links = list(own), list(links)
        self._columns += [f.key for f in self._draft.numbered if f.key not in own]
        self._folds = [(f, self._columns.index(f.key)) for f in self._draft.folds if f.key in own]
        columns = [
            *self._columns,
            *(str(folded_column(field)) for field, _ in self._folds),
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

    def _reader(self, field: Field) -> Reader:
        read = self._draft.reader(field)
        if not self._options.rounding:
            return read

        def rounded(value: Any) -> Any:
            try:
                return read(value)
            except BadValue as problem:
                if problem.code != "too-precise":
                    raise
                return read(_rounded(str(value), field.scale))

        return rounded

    def _told(self, rows: Iterator[Any]) -> Iterator[tuple[int, Sequence[Any]]]:
        for row in rows:
            if type(row) is tuple:
                # A spreadsheet leaves rows of nothing but empty cells behind its last one.
                if any(row[1]) or any(value not in (None, "") for value in row[1]):
                    yield row[0], self._parts.together(row[1])
            else:
                self._reject(row.line, row.error.message, row.raw_values, raw=True)

    def _take(
        self, line: int, values: Sequence[Any], layout: Layout, rows: list[tuple[int, Any, Any]]
    ) -> None:
        """Read one row: reject it, change the record it matches, or put it with those to insert."""
        stored: dict[str, Any] = {}
        problems: list[Message] = []
        missing: list[tuple[Field, Any]] = []
        late: list[tuple[Field, Any]] = []
        gone: dict[str, tuple[Any, Message]] = {}
        for index, key, read, field in self._readers:
            try:
                stored[key] = read(values[index])
            except BadValue as problem:
                stored[key] = None
                unfound = problem.code == "no-such-link"
                if unfound and field.target == self._type.key and not self._ended:
                    late.append((field, values[index]))
                elif unfound and field.target in self._options.create_missing:
                    missing.append((field, values[index]))
                elif problem.code in _KEPT and self._options.match:
                    gone[key] = (values[index], _named(field, problem))
                else:
                    problems.append(_named(field, problem))
        if self._late:
            late += self._links_to_late(values, stored)
        status = self._status(values, layout, problems)
        record_id = self._identity(values, layout, problems)
        match = self._options.match
        if not problems and match:
            found = record_id if match == "ref" else self._matched(match, stored, problems)
            if found is not None and self._exists(found):
                if late or found in self._late:
                    self._postponed.append((line, values))
                    return
                problems += self._unkept(found, gone, stored)
                if not problems:
                    self._update(line, values, found, stored, status, missing)
                    return
            else:
                problems += [problem for _, problem in gone.values()]
        if not problems:
            problems += self._lacking(stored, [*late, *missing])
        if not problems and record_id is not None and self._exists(record_id):
            problems.append(
                Message(
                    N_("{ref} exists; --match ref changes it"), ref=f"{self._type.key}/{record_id}"
                )
            )
        if not problems and missing:
            problems += self._made(missing, stored)
        status = status or self._first
        if not problems:
            given = frozenset(stored)
            stored |= self._defaults
            if self._permitted:
                self._permitted.owning(stored)
            self._draft.hide(self._records.row(stored, status), stored, given)
            if not self._numbers_judged:
                problems += self._named(self._against_rules(stored, status, late))
        if problems:
            self._reject(line, _joined(problems), values)
            return
        if record_id is None:
            record_id = self._next_id
        self._next_id = max(self._next_id, record_id + 1)
        if late:
            self._late[record_id] = _Late(line, values, record_id, late, status)
        if self._numbers_judged:
            self._insert_one((line, values, (stored, status, record_id)))
            return
        rows.append((line, values, (stored, status, record_id)))
        if match:
            # A later row may match this one, so it must be in the table by then.
            self._insert(rows)
            rows.clear()

    def _links_to_late(
        self, values: Sequence[Any], stored: dict[str, Any]
    ) -> list[tuple[Field, Any]]:
        """Links to records that may yet be rejected, taken out of `stored`: they wait as well."""
        found = []
        for index, key, _, field in self._readers:
            if key in self._own_links and not self._late.keys().isdisjoint(
                link_tables.ids_of(stored[key])
            ):
                stored[key] = None
                found.append((field, values[index]))
        return found

    def _lacking(
        self, stored: Mapping[str, Any], waiting: Sequence[tuple[Field, Any]]
    ) -> list[Message]:
        """A problem for every required field without a value."""
        known = {field.key for field, _ in waiting} | self._defaults.keys()
        return self._broken_defaults + [
            Message("{field}: {problem}", field=key, problem=Message(N_("a value is required")))
            for key in self._draft.required
            if stored.get(key) is None and key not in known
        ]

    def _against_rules(
        self, stored: Mapping[str, Any], status: Status | None, late: Sequence[tuple[Field, Any]]
    ) -> list[Problem]:
        """What the rules have against a new row; one whose links wait is judged when they came."""
        rules = self._draft.rules
        if rules is None or late:
            return []
        return rules.broken(self._records.row(stored, status))

    def _unkept(
        self, record_id: int, gone: Mapping[str, tuple[Any, Message]], stored: dict[str, Any]
    ) -> list[Message]:
        """The problems of what can no longer be given, unless the record has just that value."""
        problems: list[Message] = []
        if gone and self._permitted:
            try:
                self._permitted.comparing(record_id, gone)
            except (Forbidden, NotFound) as refusal:
                return [refusal.message]
        for key, (value, problem) in gone.items():
            field = self._type.field_by_key[key]
            try:
                stored[key] = self._draft.value(field, value, self._now(record_id, key))
            except BadValue:
                problems.append(problem)
        return problems

    def _named(self, problems: Sequence[Problem]) -> list[Message]:
        told = self._permitted.told(problems) if self._permitted else problems
        return [problem.named() for problem in told]

    def _now(self, record_id: int, key: str) -> Any:
        field = self._type.field_by_key[key]
        if field.kind == "multilink":
            return link_tables.linked(self._database, field, record_id)
        return self._database.scalar(
            f"SELECT {quoted(key)} FROM {self._table} WHERE id = ?", (record_id,)
        )

    def _made(self, missing: Sequence[tuple[Field, Any]], stored: dict[str, Any]) -> list[Message]:
        """Make the records that links name; only now, as a rejected row should make none."""
        problems = []
        for field, value in missing:
            try:
                stored[field.key] = self._maker(field)(value)
            except BadValue as problem:
                problems.append(_named(field, problem))
        return problems

    def _maker(self, field: Field) -> Reader:
        """A reader of links that makes the records they name."""
        found = self._makers.get(field.key)
        if found is None:
            found = KINDS[field.kind].reader(field, self._making)
            self._makers[field.key] = found
        return found

    def _status(
        self, values: Sequence[Any], layout: Layout, problems: list[Message]
    ) -> Status | None:
        if layout.stage < 0:
            return None
        stage = str(values[layout.stage] or "").strip()
        if not stage:
            return None
        status = str(values[layout.status] or "").strip() if layout.status >= 0 else ""
        found = self._named_status(stage, status)
        if found is None:
            try:
                text = f"{stage}.{status}" if status else stage
                target = (
                    self._permitted.status
                    if self._permitted
                    else partial(target_status, self._type)
                )
                found = target(text)
            except (NotFound, Refused) as problem:
                problems.append(problem.message)
        return found

    def _named_status(self, stage: str, status: str) -> Status | None:
        text = f"{stage.strip()}.{status.strip()}" if status.strip() else stage.strip()
        return self._words.get(text.casefold())

    def _identity(
        self, values: Sequence[Any], layout: Layout, problems: list[Message]
    ) -> int | None:
        if layout.ref < 0 or not values[layout.ref]:
            return None
        type_key, slash, number = str(values[layout.ref]).strip().partition("/")
        known = number.isascii() and number.isdecimal() and len(number) <= 15
        if type_key != self._type.key or not slash or not known or not int(number):
            problems.append(
                Message(
                    N_("{ref} is no reference of {type}; --map ref= leaves the column out"),
                    ref=values[layout.ref],
                    type=self._type.key,
                )
            )
            return None
        absent = self._permitted.absent(int(number)) if self._permitted else None
        problems += [absent] if absent else []
        return int(number)

    def _matched(
        self, match: str, stored: Mapping[str, Any], problems: list[Message]
    ) -> int | None:
        value = stored.get(match)
        if value is None:
            return None
        field = self._type.field_by_key[match]
        kind, held, written = KINDS[field.kind], quoted(match), "?1"
        if kind.parts:
            # The same name is the same one, whether its parts are known or not.
            held, written = kind.expression(held, field), kind.expression(written, field)
        found = self._database.execute(
            f"SELECT id FROM {self._permitted.source if self._permitted else self._table}"
            f" WHERE {held} = {written} AND removed_at IS NULL LIMIT 2",
            (value,),
        ).fetchall()
        if len(found) > 1:
            problems.append(
                Message(
                    N_("{value} fits several records of {type}: {refs}"),
                    value=kind.named(value, field),
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
        stored: dict[str, Any],
        status: Status | None,
        missing: Sequence[tuple[Field, Any]],
    ) -> None:
        problems = self._made(missing, stored)
        if problems:
            self._reject(line, _joined(problems), values)
            return
        for key, edit in self._parts.edits(values).items():
            field = self._type.field_by_key[key]
            stored[key] = self._draft.value(field, edit, self._now(record_id, key))
        try:
            with self._database.transaction():
                changed = self._records.set_stored(
                    self._type, record_id, stored, self._draft, status
                )
        except (Invalid, NotFound, Conflict, Forbidden) as problem:
            told = problem.problems if isinstance(problem, Invalid) else []
            self._reject(
                line, _joined([p.named() for p in told]) if told else problem.message, values
            )
            return
        self._counts["updated" if changed else "unchanged"] += 1

    # Writing

    def _columnwise(self, layout: Layout) -> Columnwise | None:
        """The quick way to read plain rows; None where rows depend on each other."""
        if self._options.match or layout.ref >= 0 or self._broken_defaults or self._parts.any:
            return None
        if self._permitted and self._permitted.owns:
            return None
        if self._links or any(
            field.target == self._type.key or KINDS[field.kind].given for _, field in layout.fields
        ):
            return None
        fields = self._type.field_by_key
        return Columnwise(
            [(index, field, read) for index, _, read, field in self._readers],
            {fields[key]: value for key, value in self._defaults.items()},
            self._draft.required,
            (layout.stage, layout.status),
            self._named_status,
            self._first,
        )

    def _insert_read(self, read: Rows) -> bool:
        """Insert rows that were read together; False, and nothing, when one is against a rule."""
        act = self._journal.under_way()
        try:
            with self._database.transaction():
                self._insert_columns(read)
        except (sqlite3.IntegrityError, _Broken):
            # The row of the act may have been written with what is undone.
            self._journal.resume(act)
            return False
        return True

    def _insert_columns(self, read: Rows) -> None:
        rules = self._draft.rules
        at, actor, type_id = self._journal.at, self._actor_id, self._type.id
        ids = range(self._next_id, self._next_id + len(read.changes))
        statuses = read.statuses
        folded_values = [
            [folded(field, value) for value in read.stored[place]] for field, place in self._folds
        ]
        stored, changes = list(read.stored), read.changes
        for field in self._draft.numbered:
            numbers = self._numbers.take(self._type, field, self._draft.today, len(ids))
            stored.append(numbers)
            changes = columnwise.extended(changes, field, numbers)
        written = zip(
            *stored,
            *folded_values,
            [status and status.stage for status in statuses],
            [status and status.key for status in statuses],
            [status and at for status in statuses],
            repeat(at),
            repeat(actor),
            repeat(at),
            repeat(actor),
            ids,
            strict=False,
        )
        journalled = zip(
            repeat(type_id),
            ids,
            repeat("add"),
            repeat(None),
            [status and status.id for status in statuses],
            changes,
            strict=False,
        )
        self._database.connection.executemany(self._sql, written)
        self._journal.write_many(journalled)
        if rules and rules.broken_ids("r.id BETWEEN ? AND ?", (ids.start, ids.stop)):
            raise _Broken
        if self._permitted and not self._permitted.lets(ids, statuses):
            raise _Broken
        self._next_id = ids.stop
        self._counts["added"] += len(ids)

    def _insert(self, rows: list[tuple[int, Any, Any]]) -> None:
        if not rows:
            return
        try:
            with self._database.transaction():
                self._insert_all(rows)
        except (sqlite3.IntegrityError, Forbidden):
            for row in rows:
                self._insert_one(row)

    def _insert_all(self, rows: Sequence[tuple[int, Any, Any]]) -> None:
        at, actor = self._journal.at, self._actor_id
        keys, ids, encode, type_id = self._columns, self._field_ids, self._encode, self._type.id
        written = []
        journalled = []
        given = self._numbers.given(
            self._type, self._draft.numbered, [row[2][0] for row in rows], self._draft.today
        )
        for (_, _, (read, status, record_id)), numbers in zip(rows, given, strict=True):
            stored = read | numbers
            stage, key, since = (status.stage, status.key, at) if status else (None, None, None)
            kept = [stored[k] for k in keys]
            kept += [folded(field, kept[place]) for field, place in self._folds]
            written.append((*kept, stage, key, since, at, actor, at, actor, record_id))
            changes = {ids[k]: v for k, v in stored.items() if v is not None}
            journalled.append(
                (type_id, record_id, "add", None, status.id if status else None, encode(changes))
            )
        self._database.connection.executemany(self._sql, written)
        for field in self._links:
            linked = [(record_id, stored[field.key]) for _, _, (stored, _, record_id) in rows]
            link_tables.link(self._database, field, linked)
        for _, _, (_, status, record_id) in rows if self._permitted else ():
            if self._permitted and record_id not in self._late:
                self._permitted.added(record_id, status)
        self._journal.write_many(journalled)
        self._counts["added"] += len(rows)

    def _insert_one(self, row: tuple[int, Any, Any]) -> None:
        line, values, (stored, status, record_id) = row
        try:
            with self._database.transaction():
                if self._numbers_judged:
                    self._number(stored, status, record_id)
                self._insert_all([row])
        except Invalid as problem:
            self._reject(line, _joined(self._named(problem.problems)), values)
            self._late.pop(record_id, None)
        except Forbidden as problem:
            self._reject(line, problem.message, values)
            self._late.pop(record_id, None)
        except sqlite3.IntegrityError:
            problems = self._named(
                [
                    taken(self._database, self._type, unique, stored, found)
                    for unique in self._draft.unique
                    if (found := owner(self._database, self._type, unique, stored)) is not None
                ]
            )
            if not problems:
                problems = [
                    Message(
                        N_("{ref} exists; --match ref changes it"),
                        ref=f"{self._type.key}/{record_id}",
                    )
                ]
            self._reject(line, _joined(problems), values)
            self._late.pop(record_id, None)

    def _number(self, stored: dict[str, Any], status: Status | None, record_id: int) -> None:
        """Give a row its automatic numbers, and ask the rules, within what a refusal undoes.

        Raises:
            Invalid: the rules are against the row.
        """
        numbered = self._draft.numbered
        stored |= self._numbers.given(self._type, numbered, [stored], self._draft.today)[0]
        late = self._late[record_id].links if record_id in self._late else ()
        problems = self._against_rules(stored, status, late)
        if problems:
            raise Invalid(self._type.key, problems)

    def _finish(self, layout: Layout) -> None:
        """What had to wait until every row was seen."""
        self._resolve_late()
        self._ended = True
        for line, values in self._postponed:
            rows: list[tuple[int, Any, Any]] = []
            self._take(line, values, layout, rows)
            self._insert(rows)
        if self._indexed_match:
            self._database.execute(f"DROP INDEX {_MATCH_INDEX}")

    def _resolve_late(self) -> None:
        """Links to records of the same file that stood further down."""
        found: dict[int, dict[str, Any]] = {}
        unfound: dict[int, Message] = {}
        for late in self._late.values():
            try:
                found[late.record_id] = {
                    field.key: self._maker(field)(value) for field, value in late.links
                }
            except BadValue as problem:
                unfound[late.record_id] = _named(late.links[0][0], problem)
        for record_id, links in list(found.items()):
            problems = self._records.against_rules(self._type, record_id, links)
            if problems:
                del found[record_id]
                unfound[record_id] = _joined(self._named(problems))
        self._reject_late(found, unfound)
        self._reject_late(found, self._refused_late(found))
        for record_id, links in found.items():
            for key, linked in links.items():
                self._link_late(key, record_id, linked)
                self._journal.write(
                    "set", self._type.id, record_id, {self._field_ids[key]: [None, linked]}
                )
        self._late.clear()

    def _refused_late(self, found: Mapping[int, Mapping[str, Any]]) -> dict[int, Message]:
        """The records that may not be added with the links that had to wait, and why."""
        refused: dict[int, Message] = {}
        if self._permitted is None:
            return refused
        with self._database.transaction(dry_run=True):
            for record_id, links in found.items():
                for key, linked in links.items():
                    self._link_late(key, record_id, linked)
            for record_id in found:
                try:
                    self._permitted.added(record_id, self._late[record_id].status)
                except Forbidden as problem:
                    refused[record_id] = problem.message
        return refused

    def _link_late(self, key: str, record_id: int, linked: Any) -> None:
        field = self._type.field_by_key[key]
        if field in self._links:
            link_tables.link(self._database, field, [(record_id, linked)])
            return
        self._database.execute(
            f"UPDATE {self._table} SET {quoted(key)} = ? WHERE id = ?", (linked, record_id)
        )

    def _reject_late(self, found: dict[int, dict[str, Any]], unfound: dict[int, Message]) -> None:
        """Take back the rows whose links were not found, and those that link to them."""
        while unfound:
            for record_id, reason in unfound.items():
                late = self._late[record_id]
                found.pop(record_id, None)
                self._database.execute(f"DELETE FROM {self._table} WHERE id = ?", (record_id,))
                self._database.execute(
                    "DELETE FROM crm_journal WHERE act_id = ? AND type_id = ? AND record_id = ?",
                    (self._journal.act(), self._type.id, record_id),
                )
                self._counts["added"] -= 1
                self._reject(late.line, reason, late.values)
            rejected, unfound = unfound, {}
            for record_id, links in found.items():
                for key, linked in links.items():
                    lost = next((i for i in link_tables.ids_of(linked) if i in rejected), None)
                    if lost is not None:
                        unfound[record_id] = Message(
                            "{field}: {problem}",
                            field=key,
                            problem=Message(
                                N_("line {line}, which it links to, was rejected"),
                                line=self._late[lost].line,
                            ),
                        )

    def _create(self, target: Type, title: str) -> int:
        field = target.title_field
        target = self._catalog.type(target.key, retired=True)
        if field is None or title.casefold().startswith(target.key.casefold() + "/"):
            raise BadValue(
                "no-such-link", N_("there is no {type} {value}"), value=title, type=target.key
            )
        try:
            with self._database.transaction():
                found = self._records.add(target, {field.key: title})
        except (Invalid, Forbidden) as problem:
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

    def _reject(
        self, line: int, reason: Message, values: Sequence[Any], *, raw: bool = False
    ) -> None:
        self._rejected += 1
        reject = Reject(line, reason, values if raw else self._parts.apart(values))
        if len(self._rejects) < REJECTS_TOLD:
            self._rejects.append(reject)
        if self._options.rejected:
            self._options.rejected(reject)


def _batches(
    rows: Iterator[tuple[int, Sequence[Any]]],
) -> Iterator[list[tuple[int, Sequence[Any]]]]:
    from itertools import islice

    while batch := list(islice(rows, BATCH)):
        yield batch


def _rounded(text: str, scale: int | None) -> str:
    """A number with as many decimals as its field has, rounded as people do."""
    from decimal import ROUND_HALF_UP, Decimal

    found = re.search(r"[+-]?[\d,]*\.\d+", text)
    if not found:
        return text
    unit = Decimal(1).scaleb(-(2 if scale is None else scale))
    number = Decimal(found[0].replace(",", "")).quantize(unit, ROUND_HALF_UP)
    return text[: found.start()] + format(number, "f") + text[found.end() :]


def _named(field: Field, problem: BadValue) -> Message:
    return Message("{field}: {problem}", field=field.key, problem=problem.message)


def _joined(problems: Sequence[Message]) -> Message:
    return problems[0] if len(problems) == 1 else Message("{problems}", problems=list(problems))
