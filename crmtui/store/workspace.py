"""The front door. Everything that reads or writes a workspace goes through here, as an actor.

Commands and screens hold no SQL, no rule and no permission check of their own: a guard that holds
in the form therefore holds in the import, in the batch and in the shell script.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from crmtui.model.definitions import Status, Type
from crmtui.store.designing import Designing
from crmtui.store.errors import Problem
from crmtui.store.kinds import KINDS, BadValue, Reading
from crmtui.store.query import Plan, Record, split_ref

if TYPE_CHECKING:
    from crmtui.store.clash import Clashes, Meanwhile
    from crmtui.store.explaining import Explaining
    from crmtui.store.handing_over import HandingOver
    from crmtui.store.import_options import ImportOptions, ImportResult, Progress
    from crmtui.store.records import Records
    from crmtui.store.rules import FieldState
    from crmtui.store.sharing import Sharing

_IN_WORDS = ("date", "time", "datetime", "duration")
"""Kinds of field that people write in many ways."""


class Workspace(Designing):
    """An open workspace. One per thread: its connection belongs to the thread that opened it."""

    # Writing

    def _writer(self) -> "Records":
        if self._records is None:
            from crmtui.store.records import Records

            self._records = Records(
                self._database,
                self._catalog,
                self._tables,
                self._journal,
                self.actor,
                self.rights.guard if self.rights else None,
            )
        return self._records

    def add(
        self,
        type_key: str,
        values: Mapping[str, Any],
        status: str | None = None,
        *,
        reading: Reading | None = None,
        dry_run: bool = False,
    ) -> Record:
        """Add a record and return it.

        Args:
            values: field key to what was written (text, or what JSON holds).
            status: `stage` or `stage.status`; the first status by itself.

        Raises:
            Invalid: values are against the rules; every problem is named.
        """
        from crmtui.store.process import target_status

        with self.intent(dry_run=dry_run):
            target = target_status(self.type(type_key), status) if status else None
            type_ = self._whole(type_key)
            draft = self._writer().draft(type_, reading)
            record_id = self._writer().add(type_, values, target, draft)
            return self._written(type_, record_id)

    def set(
        self,
        ref: str,
        values: Mapping[str, Any],
        revision: int | None = None,
        *,
        merge: str | None = None,
        reading: Reading | None = None,
        dry_run: bool = False,
    ) -> tuple[Record, bool]:
        """Change values of a record; returns it and whether anything changed.

        Args:
            revision: at which the record was seen.
            merge: what becomes of what others changed since; see `store.clash`.

        Raises:
            Invalid: values are against the rules.
            Conflict: `revision` was given and the record was changed meanwhile.
        """
        with self.intent(dry_run=dry_run):
            type_, record_id = self._located(ref)
            draft = self._writer().draft(type_, reading)
            if revision is None:
                changed = self._writer().set(type_, record_id, values, draft)
            else:
                changed = self._clashes().save(record_id, revision, values, draft, merge=merge)
            return self._written(type_, record_id), changed

    def move(self, ref: str, target: str, *, dry_run: bool = False) -> tuple[Record, bool]:
        """Move a record to `stage` or `stage.status`; returns it and whether it moved."""
        return next(self.move_all([ref], target, dry_run=dry_run))

    def move_all(
        self,
        refs: Iterable[str],
        target: str,
        values: Mapping[str, Any] | None = None,
        *,
        revision: int | None = None,
        merge: str | None = None,
        reading: Reading | None = None,
        dry_run: bool = False,
    ) -> Iterator[tuple[Record, bool]]:
        """Move many records in one intent; gives each of them and whether it moved.

        Args:
            values: what is set of each in the same, such as what is required only there.
            revision: as of `set`; so is `merge`.
        """
        done = []
        with self.intent(dry_run=dry_run):
            for ref in refs:
                type_, record_id = self._located(ref)
                writer = self._writer()
                draft = writer.draft(type_, reading) if values or revision is not None else None
                if draft is None or revision is None:
                    moved = writer.move(type_, record_id, target, values, draft)
                else:
                    save, status = self._clashes().save, writer.target(type_, target)
                    moved = save(record_id, revision, values or {}, draft, status, merge)
                done.append((self._written(type_, record_id), moved))
        return iter(done)

    def remove(self, ref: str, revision: int | None = None, *, dry_run: bool = False) -> bool:
        """Remove a record, restorably; False when it was removed already.

        Raises:
            Conflict: `revision` was given and the record was changed meanwhile.
        """
        with self.intent(dry_run=dry_run):
            type_, record_id = self._located(ref)
            if revision is not None:
                draft = self._writer().draft(type_)
                self._clashes().refuse_changed(record_id, revision, draft)
            return self._writer().remove(type_, record_id)

    def restore(self, ref: str, *, dry_run: bool = False) -> bool:
        """Bring a removed record back; False when it was never gone."""
        with self.intent(dry_run=dry_run):
            return self._writer().restore(*self._located(ref))

    def explaining(self) -> "Explaining":
        """Who may do what, and why; see `store.explaining`."""
        from crmtui.store.explaining import Explaining

        self._refresh()
        return Explaining(
            self._database, self._catalog, self._shown, self._tables, self.actor, self.rights
        )

    @contextmanager
    def sharing(self, *, dry_run: bool = False) -> Iterator["Sharing"]:
        """Share records, or no longer, in one intent; see `store.sharing`."""
        from crmtui.store.sharing import Sharing

        with self.intent(dry_run=dry_run):
            guard = self.rights.guard if self.rights else None
            yield Sharing(
                self._database, self._located, self._shown, self._journal, self.actor.id, guard
            )
            # The rules may be those of who has just been given something.
            self._judge_anew()

    @contextmanager
    def handing_over(self, *, dry_run: bool = False) -> Iterator["HandingOver"]:
        """Give records to other users, in one intent; see `store.handing_over`."""
        from crmtui.store.handing_over import HandingOver

        with self.intent(dry_run=dry_run):
            yield HandingOver(
                self._database,
                self._catalog,
                self._tables,
                self._located,
                self._writer(),
                self._engine(),
                self.actor,
            )

    def meanwhile(
        self, ref: str, revision: int, values: Mapping[str, Any] | None = None
    ) -> "Meanwhile | None":
        """What others changed of a record since a revision, beside what is to be saved of it.

        None when nobody has written it. Writes nothing.
        """
        type_, record_id = self._located(ref)
        draft = self._writer().draft(type_)
        return self._clashes().meanwhile(record_id, revision, values or {}, draft)

    def _clashes(self) -> "Clashes":
        from crmtui.store.clash import Clashes

        guard = self.rights.guard if self.rights else None
        return Clashes(self._writer(), self._history(), guard)

    def available_moves(self, ref: str) -> list[Status]:
        """Where the actor may move a record."""
        from crmtui.store.process import available_moves

        record = self.record(ref, ["id"])
        found = available_moves(record.type, record.stage, record.status)
        return self.rights.moves(record.type.key, record.id, found) if self.rights else found

    def beginnings(self, type_key: str) -> list[Status]:
        """Where the actor may let a new record begin; nowhere for a type without stages."""
        found = [each for stage in self.type(type_key).stages for each in stage.live_statuses]
        return self.rights.beginnings(type_key, found) if self.rights else found

    def problems(
        self,
        type_key: str,
        values: Mapping[str, Any],
        ref: str | None = None,
        status: str | None = None,
    ) -> list[Problem]:
        """What is wrong with a draft: what `add` (or `set` of `ref`) would say. Writes nothing.

        Args:
            status: where a new record is to begin; the first status by itself.
        """
        record_id = split_ref(ref)[1] if ref else None
        type_ = self._judged(type_key, record_id)
        return self._writer().problems(type_, values, record_id, status)

    def field_states(
        self,
        type_key: str,
        values: Mapping[str, Any],
        ref: str | None = None,
        status: str | None = None,
    ) -> "dict[str, FieldState]":
        """What the rules make of each field while a form is filled in: seen, required, read-only,
        which options; empty for a type without rules. Arguments as of `problems`.
        """
        record_id = split_ref(ref)[1] if ref else None
        type_ = self._judged(type_key, record_id)
        states = self._writer().states(type_, values, record_id, status)
        return self.rights.states(type_, states, record_id) if self.rights else states

    def _judged(self, type_key: str, record_id: int | None) -> Type:
        """The type of a draft as it is, once the actor may see what the draft is about."""
        type_ = self._whole(type_key)
        if self.rights and record_id is not None:
            self.rights.guard.reading(type_, record_id)
        return type_

    def understood(self, type_key: str, values: Mapping[str, str]) -> dict[str, str]:
        """What days, times and durations mean that were written in words, as people read it.

        What is none is left out: `problems` says so.
        """
        found = {}
        fields = self.type(type_key).field_by_key
        for key, written in values.items():
            field = fields.get(key)
            if field is None or field.kind not in _IN_WORDS or not written.strip():
                continue
            kind = KINDS[field.kind]
            try:
                stored = kind.reader(field, Reading())(written)
            except BadValue:
                continue
            if stored is not None:
                found[key] = kind.shown(stored, field)
        return found

    def import_records(
        self,
        type_key: str,
        source: Any,
        options: "ImportOptions",
        progress: "Progress | None" = None,
        *,
        dry_run: bool = False,
    ) -> "ImportResult":
        """Add or update records from a file that `store.reading` opened; see `store.transfer`."""
        from crmtui.store.transfer import Importer

        with self.intent(dry_run=dry_run):
            importer = Importer(
                self._database,
                self._catalog,
                self._tables,
                self._journal,
                self._writer(),
                self._whole(type_key),
                options,
            )
            return importer.run(source, progress)

    def _located(self, ref: str) -> tuple[Type, int]:
        type_key, record_id = split_ref(ref)
        type_ = self._whole(type_key)
        self._tables.need(type_.key)
        return type_, record_id

    def _written(self, type_: Type, record_id: int) -> Record:
        """A record that was just written, as the actor sees it.

        One that they may add or give away and not see is told of by its reference alone.
        """
        seen = self.type(type_.key, retired=True)
        found = self._single(seen, None).one(record_id)
        if found is not None:
            return found
        plan = Plan(self._database, self._shown, seen, Reading(), "", ["ref"])
        return plan.untold(record_id)

    def last_act(self) -> int | None:
        """The act of the last intent, by which it can be undone; None when it changed nothing."""
        return self._journal.under_way()[1]

    def undo(self, act: int | None = None, *, dry_run: bool = False) -> tuple[int, int]:
        """Undo an act, or the last one of the actor's own.

        Returns:
            The act, and how many changes of it were taken back.

        Raises:
            NotFound: there is no such act, or nothing to undo.
            Conflict: it was undone already, or what it changed was changed since.
            Forbidden: it is another user's, or changed the configuration.
        """
        from crmtui.store.undo import Undo

        with self.intent(dry_run=dry_run):
            undo = Undo(
                self._database,
                self._catalog,
                self._tables,
                self._journal,
                self._writer(),
                self._engine(),
            )
            which = undo.last(self.actor.id) if act is None else act
            if self.rights and not undo.belongs(which, self.actor.id):
                self.rights.guard.configuring(None, f"undo {which}")
            return which, undo.act(which, self.rights.guard if self.rights else None)

    # Watching

    def journal_position(self) -> int:
        """The number of the newest journal row."""
        return self._database.scalar("SELECT max(id) FROM crm_journal") or 0

    def changes_since(self, position: int, limit: int = 1000) -> list[tuple[int, str, int | None]]:
        """What was journalled behind a position: (journal id, type key, record id or None).

        The key is empty and the id 0 where the actor may not know of the type or the record.
        """
        self._refresh()
        rows = self._database.execute(
            "SELECT j.id, coalesce(t.key, ''), j.record_id FROM crm_journal j"
            " LEFT JOIN crm_type t ON t.id = j.type_id WHERE j.id > ? ORDER BY j.id LIMIT ?",
            (position, limit),
        )
        return self.rights.changes(rows) if self.rights else rows.fetchall()
