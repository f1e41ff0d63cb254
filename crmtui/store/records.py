"""The write path of records: one function knows the order in which a value becomes a row.

Permission, values read by kind, defaults, validation, row, journal. A form, a command, an import
and a script all come through here.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from crmtui.model.definitions import Field, Status, Type
from crmtui.model.message import N_, Message
from crmtui.store import link_tables
from crmtui.store.catalog import Catalog
from crmtui.store.database import Database, quoted
from crmtui.store.errors import Conflict, Invalid, Misused, NotFound, Problem
from crmtui.store.journal import Journal
from crmtui.store.kinds import KINDS, BadValue, Reader, Reading, Stored, unique
from crmtui.store.links import Links
from crmtui.store.process import first_status, target_status
from crmtui.store.query import SYSTEM_COLUMNS, no_field
from crmtui.store.tables import Tables
from crmtui.store.uploads import Upload
from crmtui.store.users import Users
from crmtui.store.values import Edit, edited

IN_STAGE = ("stage", "status")


class Draft:
    """Reads and checks the values of records of one type; compiled once, used for many.

    Args:
        links: reads link fields.
    """

    def __init__(self, type_: Type, reading: Reading) -> None:
        self.type = type_
        self._reading = reading
        self._readers: dict[str, Reader] = {}
        self.required = tuple(f.key for f in type_.fields if f.required)
        self.unique = tuple(f for f in type_.fields if unique(f))
        self.numbered = tuple(f for f in type_.fields if f.kind == "autonumber")
        self.today = reading.today
        self._defaults = tuple(f for f in type_.fields if f.default is not None)

    def reader(self, field: Field) -> Reader:
        """The reader of a field, compiled when first needed."""
        found = self._readers.get(field.key)
        if found is None:
            found = self._readers[field.key] = KINDS[field.kind].reader(field, self._reading)
        return found

    def read(
        self, values: Mapping[str, Any], kept: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, Any], list[Problem]]:
        """Written values as stored ones, and what is wrong with them.

        Args:
            kept: the stored values of the record that is changed. A retired option that it has
                already may stay.

        Raises:
            NotFound: the type has no such field.
        """
        stored: dict[str, Any] = {}
        problems: list[Problem] = []
        fields = self.type.field_by_key
        for key, value in values.items():
            field = fields.get(key)
            if field is None:
                raise self._no_field(key)
            try:
                stored[key] = self.value(field, value, kept.get(key) if kept else None)
            except BadValue as problem:
                problems.append(Problem(key, problem.code, problem.message))
        return stored, problems

    def value(self, field: Field, value: Any, kept: Stored) -> Stored:
        """One written value, or an edit of the value that the record has, as a stored one.

        Raises:
            BadValue: it is none of its field, and not what the record has already.
        """
        if isinstance(value, Upload) and field.kind != "file":
            value = value.text()
        if isinstance(value, Edit):
            return edited(value, kept, field, self._reading)
        try:
            return self.reader(field)(value)
        except BadValue:
            if kept is not None and kept == value:
                return kept
            kind = KINDS[field.kind]
            keeping = kind.keeping(field, kept)
            if keeping is field:
                raise
            return kind.reader(keeping, self._reading)(value)

    def complete(self, stored: dict[str, Any], besides: Collection[str] = ()) -> list[Problem]:
        """Fill in the defaults of the fields that nothing was said of; what is wrong with them.

        Args:
            besides: keys of fields that values will come for.
        """
        problems = []
        for field in self._defaults:
            if field.key not in stored and field.key not in besides:
                try:
                    stored[field.key] = self.reader(field)(field.default)
                except BadValue as problem:
                    # An option that was retired since, a day that is in the past by now.
                    problems.append(Problem(field.key, problem.code, problem.message))
        return problems

    def missing(self, stored: Mapping[str, Any]) -> list[Problem]:
        """A problem for every required field without a value."""
        return [
            Problem(key, "required", Message(N_("a value is required")))
            for key in self.required
            if stored.get(key) is None
        ]

    def _no_field(self, key: str) -> Exception:
        if key in IN_STAGE:
            return Misused(
                "not-a-field",
                N_("{field} is not set but moved to"),
                f"crmtui record move {self.type.key}/ID STAGE",
                field=key,
            )
        if key in SYSTEM_COLUMNS:
            return Misused("not-a-field", N_("{field} cannot be set"), field=key)
        return no_field(self.type, key)


class Records:
    """Adds, changes, moves, removes and restores records inside the transaction that is open."""

    def __init__(
        self, database: Database, catalog: Catalog, tables: Tables, journal: Journal, actor_id: int
    ) -> None:
        self._database = database
        self._catalog = catalog
        self._tables = tables
        self._journal = journal
        self.actor_id = actor_id

    def draft(self, type_: Type, reading: Reading | None = None) -> Draft:
        """A reader and checker of values for a type."""
        reading = reading or Reading()
        if reading.user is None:
            reading.user = Users(self._database, self.actor_id).read
        if reading.link is None:
            reading.link = Links(self._database, self._catalog, self._tables, reading).reader
        if reading.file is None:
            reading.file = self._file
        return Draft(type_, reading)

    def _file(self, field: Field) -> Reader:
        from crmtui.store.attachments import Attachments

        return Attachments(self._database).reader(field)

    def add(
        self,
        type_: Type,
        values: Mapping[str, Any],
        status: Status | None = None,
        draft: Draft | None = None,
        record_id: int | None = None,
    ) -> int:
        """Add a record and return its id.

        Raises:
            Invalid: values are against the rules; every problem is named.
        """
        self._tables.need(type_.key)
        draft = draft or self.draft(type_)
        stored, problems = draft.read(values)
        broken = {problem.field for problem in problems}
        problems += [p for p in draft.complete(stored) if p.field not in broken]
        broken = {problem.field for problem in problems}
        problems += [p for p in draft.missing(stored) if p.field not in broken]
        problems += self._taken(draft, stored, None)
        if problems:
            raise Invalid(type_.key, problems)
        status = status or first_status(type_)
        if draft.numbered:
            from crmtui.store.autonumbers import Autonumbers

            numbers = Autonumbers(self._database)
            stored |= numbers.given(type_, draft.numbered, [stored], draft.today)[0]
        own, links = link_tables.apart(type_, stored)
        row = self.row(own, status)
        if record_id is not None:
            row["id"] = record_id
        record_id = self._database.insert(type_.key, row)
        for field, linked in links.items():
            link_tables.link(self._database, field, [(record_id, linked)])
        ids = {field.key: str(field.id) for field in type_.fields}
        self._journal.write(
            "add",
            type_.id,
            record_id,
            {ids[key]: value for key, value in stored.items() if value is not None},
            None,
            status.id if status else None,
        )
        return record_id

    def row(self, stored: Mapping[str, Any], status: Status | None) -> dict[str, Any]:
        """The whole row of a new record."""
        at = self._journal.at
        row = dict(stored)
        if status:
            row |= {"stage": status.stage, "status": status.key, "status_since": at}
        row |= {
            "created_at": at,
            "created_by": self.actor_id,
            "updated_at": at,
            "updated_by": self.actor_id,
        }
        return row

    def set(
        self,
        type_: Type,
        record_id: int,
        values: Mapping[str, Any],
        revision: int | None = None,
        draft: Draft | None = None,
    ) -> bool:
        """Change values of a record; False when they were so already.

        Raises:
            Invalid: values are against the rules.
            Conflict: the record is no longer at `revision`.
        """
        draft = draft or self.draft(type_)
        kept = self._kept(type_, record_id, [f.key for f in type_.fields], revision)
        stored, problems = draft.read(values, kept)
        return self._change(type_, record_id, kept, stored, problems, draft)

    def set_stored(
        self, type_: Type, record_id: int, stored: Mapping[str, Any], draft: Draft
    ) -> bool:
        """As `set`, with values that `draft` has read already."""
        kept = self._kept(type_, record_id, [f.key for f in type_.fields])
        return self._change(type_, record_id, kept, stored, [], draft)

    def _change(
        self,
        type_: Type,
        record_id: int,
        kept: Mapping[str, Any],
        stored: Mapping[str, Any],
        problems: list[Problem],
        draft: Draft,
    ) -> bool:
        different = {key: value for key, value in stored.items() if kept[key] != value}
        problems = self._held(draft, kept, different, problems)
        problems += [p for p in draft.missing({**kept, **stored}) if p.field in stored]
        problems += self._taken(draft, different, record_id)
        ref = f"{type_.key}/{record_id}"
        if problems:
            raise Invalid(ref, problems)
        if not different:
            return False
        self._write(type_, record_id, different)
        ids = {field.key: str(field.id) for field in type_.fields}
        self._journal.write(
            "set",
            type_.id,
            record_id,
            {ids[key]: [kept[key], value] for key, value in different.items()},
        )
        return True

    def move(self, type_: Type, record_id: int, target: Status | str) -> bool:
        """Move a record to a status; False when it stands there already."""
        status = target_status(type_, target) if isinstance(target, str) else target
        kept = self._kept(type_, record_id, IN_STAGE)
        if (kept["stage"], kept["status"]) == (status.stage, status.key):
            return False
        before = type_.status(kept["stage"], kept["status"]) if kept["stage"] else None
        self._write(
            type_,
            record_id,
            {"stage": status.stage, "status": status.key, "status_since": self._journal.at},
        )
        self._journal.write(
            "move", type_.id, record_id, None, before.id if before else None, status.id
        )
        return True

    def remove(self, type_: Type, record_id: int) -> bool:
        """Remove a record, restorably; False when it was removed already."""
        kept = self._kept(type_, record_id, ("removed_at",), removed=True)
        if kept["removed_at"] is not None:
            return False
        self._write(type_, record_id, {"removed_at": self._journal.at})
        self._journal.write("remove", type_.id, record_id)
        return True

    def restore(self, type_: Type, record_id: int) -> bool:
        """Bring a removed record back; False when it was never gone.

        Raises:
            Invalid: another record has taken a unique value of it meanwhile.
        """
        draft = self.draft(type_)
        keys = ["removed_at", *(field.key for field in draft.unique)]
        kept = self._kept(type_, record_id, keys, removed=True)
        if kept["removed_at"] is None:
            return False
        problems = self._taken(draft, kept, record_id)
        if problems:
            raise Invalid(f"{type_.key}/{record_id}", problems)
        self._write(type_, record_id, {"removed_at": None})
        self._journal.write("restore", type_.id, record_id)
        return True

    def problems(
        self, type_: Type, values: Mapping[str, Any], record_id: int | None = None
    ) -> list[Problem]:
        """What is wrong with a draft, writing nothing: what `add` or `set` would say."""
        self._tables.need(type_.key)
        draft = self.draft(type_)
        kept: dict[str, Any] | None = None
        if record_id is not None:
            kept = self._kept(type_, record_id, [f.key for f in type_.fields])
        stored, problems = draft.read(values, kept)
        broken = {problem.field for problem in problems}
        if kept is None:
            problems += [p for p in draft.complete(stored) if p.field not in broken]
            broken = {problem.field for problem in problems}
        else:
            changed = {key: value for key, value in stored.items() if kept[key] != value}
            problems = self._held(draft, kept, changed, problems)
            stored = kept | stored
            broken |= set(draft.required) - changed.keys() - values.keys()
        problems += [p for p in draft.missing(stored) if p.field not in broken]
        return problems + self._taken(draft, stored, record_id)

    def _held(
        self,
        draft: Draft,
        kept: Mapping[str, Any],
        different: Mapping[str, Any],
        problems: list[Problem],
    ) -> list[Problem]:
        """The problems of a change, among them that an automatic number would be another one."""
        if not draft.numbered:
            return problems
        from crmtui.store.autonumbers import held

        return held(draft.numbered, kept, different, problems)

    def _taken(
        self, draft: Draft, stored: Mapping[str, Any], record_id: int | None
    ) -> list[Problem]:
        problems = []
        for field in draft.unique:
            value = stored.get(field.key)
            if value is None:
                continue
            owner = self._database.scalar(
                f"SELECT id FROM {quoted(draft.type.key)} WHERE {quoted(field.key)} = ?"
                " AND removed_at IS NULL AND id IS NOT ?",
                (value, record_id),
            )
            if owner is not None:
                problems.append(taken(draft.type, field, value, owner))
        return problems

    def _kept(
        self,
        type_: Type,
        record_id: int,
        keys: Sequence[str],
        revision: int | None = None,
        *,
        removed: bool = False,
    ) -> dict[str, Any]:
        self._tables.need(type_.key)
        own, links = link_tables.apart(type_, dict.fromkeys(keys))
        names = ", ".join(quoted(key) for key in ("revision", "removed_at", *own))
        row = self._database.execute(
            f"SELECT {names} FROM {quoted(type_.key)} WHERE id = ?", (record_id,)
        ).fetchone()
        ref = f"{type_.key}/{record_id}"
        if row is None:
            raise NotFound("no-such-record", N_("there is no record {ref}"), ref=ref)
        if row[1] is not None and not removed:
            raise NotFound(
                "removed-record", N_("{ref} was removed"), f"crmtui record restore {ref}", ref=ref
            )
        if revision is not None and row[0] != revision:
            raise Conflict(
                "changed-meanwhile",
                N_("{ref} was changed meanwhile"),
                f"crmtui record history {ref}",
                ref=ref,
            )
        kept = dict(zip(own, row[2:], strict=True))
        for field in links:
            kept[field.key] = link_tables.linked(self._database, field, record_id)
        return kept

    def _write(self, type_: Type, record_id: int, values: Mapping[str, Any]) -> None:
        columns, links = link_tables.apart(type_, values)
        for field, linked in links.items():
            link_tables.relink(self._database, field, record_id, linked)
        sets = "".join(f"{quoted(key)} = ?, " for key in columns)
        self._database.execute(
            f"UPDATE {quoted(type_.key)} SET {sets}updated_at = ?, updated_by = ?,"
            " revision = revision + 1 WHERE id = ?",
            (*columns.values(), self._journal.at, self.actor_id, record_id),
        )


def taken(type_: Type, field: Field, value: Any, owner: int) -> Problem:
    """The problem of a unique value that another record has."""
    return Problem(
        field.key,
        "duplicate",
        Message(
            N_("{owner} has {value} already"),
            owner=f"{type_.key}/{owner}",
            value=KINDS[field.kind].plain(value, field),
        ),
    )
