"""The write path of records: one function knows the order in which a value becomes a row.

Permission, values read by kind, defaults, validation, row, journal. A form, a command, an import
and a script all come through here.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from crmtui.model.definitions import Field, Status, Type
from crmtui.model.message import N_
from crmtui.store.access import Actor
from crmtui.store.catalog import Catalog
from crmtui.store.database import Database, quoted
from crmtui.store.drafts import IN_STAGE, Draft, kept_columns
from crmtui.store.errors import Invalid, NotFound, Problem
from crmtui.store.journal import Journal
from crmtui.store.kinds import Reader, Reading
from crmtui.store.links import Links
from crmtui.store.process import first_status, target_status
from crmtui.store.tables import Tables
from crmtui.store.uniqueness import owner, taken, with_folded
from crmtui.store.users import Users

if TYPE_CHECKING:
    from crmtui.store.guard import Guard
    from crmtui.store.rules import FieldState, Rules


class Records:
    """Adds, changes, moves, removes and restores records inside the transaction that is open."""

    def __init__(
        self,
        database: Database,
        catalog: Catalog,
        tables: Tables,
        journal: Journal,
        actor: Actor,
        guard: "Guard | None" = None,
    ) -> None:
        self._database = database
        self._guard = guard
        self._catalog = catalog
        self._tables = tables
        self._journal = journal
        self._actor = actor
        self._rules: dict[str, tuple[int, date, Rules]] = {}

    @property
    def actor_id(self) -> int:
        """Who writes."""
        return self._actor.id

    @property
    def guard(self) -> "Guard | None":
        """What refuses the writer; None for an administrator."""
        return self._guard

    def draft(self, type_: Type, reading: Reading | None = None) -> Draft:
        """A reader and checker of values for a type."""
        reading = reading or Reading()
        if reading.user is None:
            reading.user = Users(self._database, self.actor_id).read
        if reading.link is None:
            reading.link = self._links(type_, reading)
        if reading.file is None:
            reading.file = self._files(reading)
        limited = self._guard.limited(type_) if self._guard else None
        return Draft(type_, reading, self.rules(type_, reading), limited)

    def _links(self, type_: Type, reading: Reading) -> Callable[[Field], Reader]:
        """Gives the readers of links, which find only what the actor may know of."""
        every = Links(self._database, self._catalog, self._tables, reading).reader
        if self._guard is None:
            return every
        visible = self._guard.visible
        seen = visible.find(type_.key)
        found = Links(self._database, visible, self._tables, reading).reader
        # The default of a hidden field is the store's to find.
        return lambda field: (found if seen and field.key in seen.field_by_key else every)(field)

    def _files(self, reading: Reading) -> Callable[[Field], Reader]:
        """Gives the readers of files, which know by their hash only those the actor may read."""

        def reader(field: Field) -> Reader:
            from crmtui.store.attachments import Attachments

            known = self._guard.has_file if self._guard else None
            return Attachments(self._database).reader(field, reading, known)

        return reader

    def rules(self, type_: Type, reading: Reading | None = None) -> "Rules | None":
        """The rules of a type, compiled once while nothing changes; None when it has none."""
        if not type_.ruled:
            return None
        from crmtui.store.rules import Rules

        reading = reading or Reading()
        known = self._rules.get(type_.key)
        state = (self._catalog.generation, reading.today)
        if known is None or known[:2] != state or known[2].momentary:
            self._need_linked(type_)
            made = Rules(self._database, self._catalog, type_, reading, self._actor.key)
            known = self._rules[type_.key] = (*state, made)
        return known[2]

    def _need_linked(self, type_: Type) -> None:
        self._tables.need(type_.key)
        for field in type_.fields:
            if field.target:
                self._tables.need(field.target)

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
        status = status or first_status(type_)
        if self._guard:
            self._guard.adding(type_, values.keys(), status)
        draft = draft or self.draft(type_)
        stored, problems = draft.read(values)
        broken = {problem.field for problem in problems}
        problems += [p for p in draft.complete(stored) if p.field not in broken]
        if self._guard:
            self._guard.owning(type_, stored)
        broken = {problem.field for problem in problems}
        problems += [p for p in draft.missing(stored) if p.field not in broken]
        if draft.numbered and not problems:
            stored |= self._numbers(draft, stored)
        row = self.row(stored, status)
        draft.hide(row, stored, values)
        problems += _against(draft, row, None, frozenset(), broken)
        problems += self._taken(draft, stored, None)
        if problems:
            raise self._invalid(type_, type_.key, problems)
        row, links = _apart(type_, with_folded(draft.folds, row))
        if record_id is not None:
            row["id"] = record_id
        record_id = self._database.insert(type_.key, row)
        self._relink(record_id, links)
        if self._guard:
            self._guard.added(type_, record_id, values.keys(), status)
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

    def _numbers(self, draft: Draft, stored: Mapping[str, Any]) -> dict[str, str]:
        """The automatic numbers of a new record; given back when the act is undone."""
        from crmtui.store.autonumbers import Autonumbers

        numbers = Autonumbers(self._database)
        return numbers.given(draft.type, draft.numbered, [stored], draft.today)[0]

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
        draft: Draft | None = None,
    ) -> bool:
        """Change values of a record; False when they were so already.

        Raises:
            Invalid: values are against the rules.
        """
        if self._guard:
            self._guard.changing(type_, record_id, values.keys())
        draft = draft or self.draft(type_)
        kept = self.kept(type_, record_id, draft.kept_columns)
        stored, problems = draft.read(values, kept)
        return self._change(type_, record_id, kept, stored, problems, draft)

    def set_stored(
        self,
        type_: Type,
        record_id: int,
        stored: Mapping[str, Any],
        draft: Draft,
        status: Status | None = None,
        *,
        removed: bool = False,
        assigning: bool = False,
    ) -> bool:
        """As `set`, with values that `draft` has read already, and perhaps a move in the same.

        Args:
            removed: whether a removed record may be changed, too.
            assigning: whether all that is done is to give it to another user.
        """
        columns = dict.fromkeys([*draft.kept_columns, *IN_STAGE])
        if self._guard:
            self._guard.reading(type_, record_id)
        kept = self.kept(type_, record_id, columns, removed=removed)
        if self._guard:
            given = [key for key, value in stored.items() if kept[key] != value]
            if assigning:
                self._guard.assigning(type_, record_id, *stored)
            elif stored:
                self._guard.changing(type_, record_id, given, stored.keys() - set(given))
            if status is not None:
                self._guard.moving(type_, record_id, status)
        return self._change(type_, record_id, kept, stored, [], draft, status)

    def _change(
        self,
        type_: Type,
        record_id: int,
        kept: Mapping[str, Any],
        stored: Mapping[str, Any],
        problems: list[Problem],
        draft: Draft,
        status: Status | None = None,
    ) -> bool:
        different = {key: value for key, value in stored.items() if kept[key] != value}
        problems = self._held(draft, kept, different, problems)
        changed = frozenset(different)
        after = {**kept, **stored}
        if status is not None and (kept["stage"], kept["status"]) != (status.stage, status.key):
            after |= {"stage": status.stage, "status": status.key}
            changed |= set(IN_STAGE)
        else:
            status = None
        problems += [p for p in draft.missing(after) if p.field in stored]
        broken = frozenset(problem.field for problem in problems)
        problems += _against(draft, after, kept, changed, broken)
        problems += self._taken(draft, after, record_id, different.keys())
        if problems:
            raise self._invalid(type_, f"{type_.key}/{record_id}", problems)
        if not changed:
            return False
        self._put(type_, record_id, kept, different, draft.folds, status)
        return True

    def _put(
        self,
        type_: Type,
        record_id: int,
        kept: Mapping[str, Any],
        different: Mapping[str, Any],
        folded: Sequence[Field],
        status: Status | None,
    ) -> None:
        """Write what is different, and where a record moves to, and journal both."""
        columns = with_folded(folded, different) if folded else dict(different)
        if status is not None:
            columns |= {
                "stage": status.stage,
                "status": status.key,
                "status_since": self._journal.at,
            }
        self._write(type_, record_id, columns)
        if different:
            ids = {field.key: str(field.id) for field in type_.fields}
            self._journal.write(
                "set",
                type_.id,
                record_id,
                {ids[key]: [kept[key], value] for key, value in different.items()},
            )
        if status is not None:
            before = type_.status(kept["stage"], kept["status"]) if kept["stage"] else None
            self._journal.write(
                "move", type_.id, record_id, None, before.id if before else None, status.id
            )

    def move(
        self,
        type_: Type,
        record_id: int,
        target: Status | str,
        values: Mapping[str, Any] | None = None,
        draft: Draft | None = None,
        *,
        removed: bool = False,
    ) -> bool:
        """Move a record to a status; False when it stands there already, and nothing changed.

        Args:
            values: what is set in the same, such as what is required only there.
            removed: whether a removed record may be moved, too.

        Raises:
            Invalid: a rule that names the stage or status would be broken there.
        """
        status = self.target(type_, target) if isinstance(target, str) else target
        if self._guard:
            self._guard.moving(type_, record_id, status)
            if values:
                self._guard.changing(type_, record_id, values.keys())
        if values:
            draft = draft or self.draft(type_)
            kept = self.kept(type_, record_id, dict.fromkeys([*draft.kept_columns, *IN_STAGE]))
            stored, unread = draft.read(values, kept)
            return self._change(type_, record_id, kept, stored, unread, draft, status)
        rules = self.rules(type_)
        columns = kept_columns(type_, rules) if rules else IN_STAGE
        kept = self.kept(type_, record_id, columns, removed=removed)
        if (kept["stage"], kept["status"]) == (status.stage, status.key):
            return False
        if rules:
            after = kept | {"stage": status.stage, "status": status.key}
            problems = rules.broken(after, frozenset(IN_STAGE))
            if problems:
                raise self._invalid(type_, f"{type_.key}/{record_id}", problems)
        self._put(type_, record_id, kept, {}, (), status)
        return True

    def target(self, type_: Type, written: str) -> Status:
        """The status that a stage or `stage.status` names, of those that the actor may know of."""
        if self._guard is None:
            return target_status(type_, written)
        known = target_status(self._guard.visible.type(type_.key), written)
        # By itself: the first status of a stage may be one that they may not know of.
        return type_.status(known.stage, known.key) or known

    def remove(self, type_: Type, record_id: int) -> bool:
        """Remove a record, restorably; False when it was removed already."""
        if self._guard:
            self._guard.removing(type_, record_id)
        kept = self.kept(type_, record_id, ("removed_at",), removed=True)
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
        if self._guard:
            self._guard.removing(type_, record_id)
        draft = self.draft(type_)
        keys = dict.fromkeys(
            ["removed_at", *(field.key for unique in draft.unique for field in unique.fields)]
        )
        kept = self.kept(type_, record_id, keys, removed=True)
        if kept["removed_at"] is None:
            return False
        problems = self._taken(draft, kept, record_id)
        if problems:
            raise self._invalid(type_, f"{type_.key}/{record_id}", problems)
        self._write(type_, record_id, {"removed_at": None})
        self._journal.write("restore", type_.id, record_id)
        return True

    def _invalid(self, type_: Type, ref: str, problems: list[Problem]) -> Invalid:
        """The error of what is wrong with a record, as the actor may know it."""
        return Invalid(ref, self._guard.told(type_, problems) if self._guard else problems)

    def problems(
        self,
        type_: Type,
        values: Mapping[str, Any],
        record_id: int | None = None,
        status: str | None = None,
    ) -> list[Problem]:
        """What is wrong with a draft, writing nothing: what `add` or `set` would say.

        Args:
            status: where a new record is to begin; the first status by itself.
        """
        self._tables.need(type_.key)
        refused: list[Problem] = []
        if self._guard:
            operation = "create" if record_id is None else "update"
            refused = self._guard.refused(operation, type_, record_id, values.keys())
            if any(problem.field is None for problem in refused):
                return refused
        draft = self.draft(type_)
        kept: dict[str, Any] | None = None
        if record_id is not None:
            kept = self.kept(type_, record_id, draft.kept_columns)
        stored, problems = draft.read(values, kept)
        broken = {problem.field for problem in problems}
        changed: frozenset[str] = frozenset()
        row = stored
        if kept is None:
            problems += [p for p in draft.complete(stored) if p.field not in broken]
            broken = {problem.field for problem in problems}
            if self._guard:
                self._guard.owning(type_, stored)
            first = self.target(type_, status) if status else first_status(type_)
            row = self.row(stored, first)
            draft.hide(row, stored, values)
        else:
            different = {key: value for key, value in stored.items() if kept[key] != value}
            problems = self._held(draft, kept, different, problems)
            changed = frozenset(different)
            row = stored = kept | stored
            broken |= set(draft.required) - changed - values.keys()
        problems += [p for p in draft.missing(stored) if p.field not in broken]
        problems += _against(draft, row, kept, changed, broken)
        problems += self._taken(draft, stored, record_id)
        if self._guard:
            known = {problem.field for problem in refused}
            problems = [p for p in problems if p.field not in known]
            told = self._guard.told(type_, problems)
            return [*refused, *told]
        return problems

    def against_rules(
        self, type_: Type, record_id: int, stored: Mapping[str, Any]
    ) -> list[Problem]:
        """What the rules would have against a record as a whole, with some values changed."""
        rules = self.rules(type_)
        if rules is None:
            return []
        kept = self.kept(type_, record_id, kept_columns(type_, rules))
        return rules.broken({**kept, **stored})

    def states(
        self,
        type_: Type,
        values: Mapping[str, Any],
        record_id: int | None = None,
        status: str | None = None,
    ) -> "dict[str, FieldState]":
        """What the rules make of each field while a form is filled in; empty without rules."""
        self._tables.need(type_.key)
        if self._guard:
            self._guard.known(type_, values.keys())
        draft = self.draft(type_)
        if draft.rules is None:
            return {}
        kept: dict[str, Any] | None = None
        if record_id is not None:
            kept = self.kept(type_, record_id, draft.kept_columns)
        stored, _ = draft.read(values, kept)
        if kept is None:
            draft.complete(stored)
            first = self.target(type_, status) if status else first_status(type_)
            return draft.rules.states(self.row(stored, first), None)
        return draft.rules.states(kept | stored, kept)

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
        self,
        draft: Draft,
        stored: Mapping[str, Any],
        record_id: int | None,
        changed: Collection[str] | None = None,
    ) -> list[Problem]:
        """The unique values, among those that changed, which another record has."""
        problems = []
        for unique in draft.unique:
            if changed is not None and not any(f.key in changed for f in unique.fields):
                continue
            found = owner(self._database, draft.type, unique, stored, record_id)
            if found is not None:
                problems.append(taken(self._database, draft.type, unique, stored, found))
        return problems

    def kept(
        self,
        type_: Type,
        record_id: int,
        keys: Iterable[str],
        *,
        removed: bool = False,
    ) -> dict[str, Any]:
        """The stored values of a record by column.

        Args:
            removed: whether a removed record will do.

        Raises:
            NotFound: there is no such record, or it was removed.
        """
        self._tables.need(type_.key)
        own, links = _apart(type_, dict.fromkeys(keys))
        names = ", ".join(quoted(key) for key in ("removed_at", *own))
        row = self._database.execute(
            f"SELECT {names} FROM {quoted(type_.key)} WHERE id = ?", (record_id,)
        ).fetchone()
        ref = f"{type_.key}/{record_id}"
        if row is None:
            raise NotFound("no-such-record", N_("there is no record {ref}"), ref=ref)
        if row[0] is not None and not removed:
            raise NotFound(
                "removed-record", N_("{ref} was removed"), f"crmtui record restore {ref}", ref=ref
            )
        kept = dict(zip(own, row[1:], strict=True))
        if links:
            from crmtui.store.link_tables import linked

            kept |= {field.key: linked(self._database, field, record_id) for field in links}
        return kept

    def _relink(self, record_id: int, links: Mapping[Field, Any]) -> None:
        """Let a record link to these records, by multilink, and to no others."""
        if links:
            from crmtui.store.link_tables import relink

            for field, linked in links.items():
                relink(self._database, field, record_id, linked)

    def _write(self, type_: Type, record_id: int, values: Mapping[str, Any]) -> None:
        columns, links = _apart(type_, values)
        self._relink(record_id, links)
        sets = "".join(f"{quoted(key)} = ?, " for key in columns)
        self._database.execute(
            f"UPDATE {quoted(type_.key)} SET {sets}updated_at = ?, updated_by = ?,"
            " revision = revision + 1 WHERE id = ?",
            (*columns.values(), self._journal.at, self.actor_id, record_id),
        )


def _apart(type_: Type, values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[Field, Any]]:
    """Values by column, and those of multilinks, which have tables of their own."""
    if not type_.multilinks:
        return dict(values), {}
    from crmtui.store.link_tables import apart

    return apart(type_, values)


def _against(
    draft: Draft,
    after: Mapping[str, Any],
    before: Mapping[str, Any] | None,
    changed: frozenset[str],
    broken: Collection[str | None],
) -> list[Problem]:
    """What the rules have against a record; nothing about fields that are broken already."""
    if draft.rules is None:
        return []
    if before is None:
        problems = draft.rules.broken(after)
    else:
        problems = draft.rules.frozen(before, changed) + draft.rules.broken(after, changed)
    return [problem for problem in problems if problem.field not in broken or not problem.field]
