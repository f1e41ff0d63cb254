"""Undoing an act: everything that it changed, data and configuration, is brought back.

An undo is an act of its own: it is journalled, it obeys the rules, and it is all or nothing. What
somebody changed since stands against it, and so does what was purged.
"""

import json
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crmtui.model.definitions import Stage, Status, Type
from crmtui.model.message import N_
from crmtui.model.nouns import NOUNS, Attribute
from crmtui.store.catalog import Catalog
from crmtui.store.changes import Change
from crmtui.store.configuration import Configuration
from crmtui.store.conversion import take_back
from crmtui.store.database import Database, quoted
from crmtui.store.errors import Conflict, NotFound, Refused
from crmtui.store.journal import Journal, as_kept, is_erased
from crmtui.store.process import unsettle
from crmtui.store.records import Records
from crmtui.store.sharing import Grantee, present, put
from crmtui.store.tables import Tables

if TYPE_CHECKING:
    from crmtui.store.guard import Guard


class Undo:
    """Undoes acts, inside the transaction that is open."""

    def __init__(
        self,
        database: Database,
        catalog: Catalog,
        tables: Tables,
        journal: Journal,
        records: Records,
        configuration: Configuration,
    ) -> None:
        self._database = database
        self._catalog = catalog
        self._tables = tables
        self._journal = journal
        self._records = records
        self._configuration = configuration
        self._settled: list[tuple[int, int, int]] = []
        """The records that the act placed first: type, record and status."""

    def last(self, actor_id: int) -> int:
        """The last act of a user that can be undone.

        Raises:
            NotFound: there is none.
        """
        found = self._database.scalar(
            "SELECT max(a.id) FROM crm_act a WHERE a.actor_id = ? AND a.undoes IS NULL"
            " AND NOT EXISTS (SELECT 1 FROM crm_act u WHERE u.undoes = a.id)"
            " AND EXISTS (SELECT 1 FROM crm_journal j WHERE j.act_id = a.id)"
            " AND NOT EXISTS (SELECT 1 FROM crm_privacy p WHERE p.act_id = a.id)",
            (actor_id,),
        )
        if found is None:
            raise NotFound("nothing-to-undo", N_("there is nothing to undo"))
        return found

    def belongs(self, act: int, actor_id: int) -> bool:
        """Whether an act is a user's own, or none at all."""
        sql = "SELECT actor_id FROM crm_act WHERE id = ?"
        return self._database.scalar(sql, (act,)) in (actor_id, None)

    def configures(self, act: int) -> bool:
        """Whether an act changed the configuration."""
        sql = "SELECT 1 FROM crm_journal WHERE act_id = ? AND op = 'configure' LIMIT 1"
        return self._database.scalar(sql, (act,)) is not None

    def act(self, act: int, guard: "Guard | None" = None) -> int:
        """Undo an act; returns how many changes were taken back.

        Args:
            guard: what the actor may write, when they are no administrator.

        Raises:
            NotFound: there is no such act.
            Conflict: it was undone already, or what it changed was changed since.
            Refused: it cannot be undone, or a rule stands against it.
        """
        if self._database.scalar("SELECT 1 FROM crm_act WHERE id = ?", (act,)) is None:
            raise NotFound("no-such-act", N_("there is no act {act}"), "crmtui log", act=act)
        undone = "SELECT max(id) FROM crm_act WHERE undoes = ?"
        by = self._database.scalar(undone, (act,))
        if by is not None and self._database.scalar(undone, (by,)) is None:
            raise Conflict(
                "undone", N_("the act {act} was undone already"), f"crmtui undo {by}", act=act
            )
        rows = self._database.execute(
            "SELECT type_id, record_id, op, status_before, status_after, changes"
            " FROM crm_journal WHERE act_id = ? ORDER BY id DESC",
            (act,),
        ).fetchall()
        steps = _steps(rows)
        _refuse_erased(act, steps)
        made = {
            (changes["noun"], changes["ref"])
            for *_, op, _moved, changes in steps
            if op == "configure" and changes["verb"] == "add"
        }
        self._settled = [
            (type_id, record_id, moved[1])
            for type_id, record_id, op, moved, _ in steps
            if op == "move" and moved[0] is None
        ]
        for type_id, record_id, op, moved, changes in steps:
            if op in ("authorize", "revoke"):
                raise Refused(
                    "not-undoable",
                    N_("keys are not given or taken by undoing; say it anew"),
                    "crmtui ssh list",
                )
            type_ = self._catalog.by_id(type_id) if guard and type_id is not None else None
            if guard and type_ and op != "configure":
                # What became of a record that the actor may not see is nothing for them to learn.
                guard.reading(type_, record_id)
            elif guard:
                guard.configuring(type_, f"undo {act}")
            if op != "configure":
                self._recorded(type_id, record_id, op, moved, changes)
            elif not _goes_along(changes, made):
                self._configured(changes, act)
        self._database.update("crm_act", self._journal.act(), {"undoes": act})
        return len(rows)

    # Records

    def _recorded(
        self,
        type_id: int,
        record_id: int,
        op: str,
        moved: tuple[int | None, int | None],
        changes: Mapping[str, Any],
    ) -> None:
        type_ = self._catalog.by_id(type_id)
        if type_ is None:
            raise Refused("not-undoable", N_("what was purged cannot be brought back"))
        back: dict[str, Callable[[], object]] = {
            "add": lambda: self._records.remove(type_, record_id),
            "set": lambda: self._set_back(type_, record_id, changes),
            "move": lambda: self._move_back(type_, record_id, moved, changes),
            "remove": lambda: self._records.restore(type_, record_id),
            "restore": lambda: self._records.remove(type_, record_id),
            "share": lambda: self._share_back(type_, record_id, changes),
            "unshare": lambda: self._share_back(type_, record_id, changes),
        }
        back[op]()

    def _share_back(self, type_: Type, record_id: int, changes: Mapping[str, Any]) -> None:
        """Let a record be shared with somebody as it was before."""
        noun, id_ = changes["with"]
        before, after = changes["update"]
        who = Grantee(noun, id_, "")
        if self._records.guard:
            self._records.guard.require("share", type_, record_id)
            if before:
                # Nobody gives back what they have no more.
                self._records.guard.require("update", type_, record_id)
        if present(self._database, type_, record_id, who)[1] != after:
            raise _changed_meanwhile(type_, record_id)
        actor_id = self._records.actor_id
        put(self._database, self._journal, actor_id, type_, record_id, who, before)

    def _set_back(self, type_: Type, record_id: int, changes: Mapping[str, Any]) -> None:
        stored = self._before(type_, record_id, changes)
        if stored:
            draft = self._records.draft(type_)
            self._records.set_stored(type_, record_id, stored, draft, removed=True)

    def _before(self, type_: Type, record_id: int, changes: Mapping[str, Any]) -> dict[str, Any]:
        """The stored values from before a change, of the fields that there still are.

        Raises:
            Refused: one of the fields is retired.
            Conflict: a value was changed since.
        """
        # What this undo has just retired, for the act had added it, keeps its values.
        fields = {
            str(field.id): field
            for field in type_.all_fields
            if not field.retired_at or field.retired_at < self._journal.at
        }
        known = {fields[key].key: value for key, value in changes.items() if key in fields}
        for key in changes.keys() & fields.keys():
            if fields[key].retired:
                ref = f"{type_.key}.{fields[key].key}"
                raise Refused(
                    "retired-field",
                    N_("{ref} is retired, with the values that it had"),
                    f"crmtui field restore {ref}",
                    ref=ref,
                )
        # Options of removed records are merged as well.
        now = self._records.kept(type_, record_id, tuple(known), removed=True) if known else {}
        if any(now[key] != as_kept(after) for key, (_, after) in known.items()):
            raise _changed_meanwhile(type_, record_id)
        return {key: as_kept(before) for key, (before, _) in known.items()}

    def _move_back(
        self,
        type_: Type,
        record_id: int,
        moved: tuple[int | None, int | None],
        changes: Mapping[str, Any],
    ) -> None:
        before, after = moved
        if before is None or after is None:
            # Where it stands came and went with the first stage of its type; see `_unmake`.
            self._set_back(type_, record_id, changes)
            return
        statuses = {s.id: s for stage in type_.all_stages for s in stage.statuses}
        source, target = statuses.get(after), statuses.get(before)
        now = self._records.kept(type_, record_id, ("stage", "status"), removed=True)
        if source is None or target is None or not _stands(now, source):
            raise _changed_meanwhile(type_, record_id)
        stored = self._before(type_, record_id, changes)
        if stored:
            draft = self._records.draft(type_)
            self._records.set_stored(type_, record_id, stored, draft, target)
        else:
            self._records.move(type_, record_id, target, removed=True)

    # The configuration

    def _configured(self, changes: Mapping[str, Any], act: int) -> None:
        verb, noun, ref = changes["verb"], changes["noun"], changes["ref"]
        before, values = changes.get("before", {}), changes.get("values", {})
        parent = NOUNS[noun].split(ref)[0]
        if verb == "purge":
            raise Refused("not-undoable", N_("what was purged cannot be brought back"))
        if verb == "add":
            self._unmake(noun, ref)
        elif verb == "set" and "new_id" in before:
            type_key = ref.partition(".")[0]
            was = take_back(self._database, self._catalog, self._tables, type_key, before, act)
            self._configuration.note("set", noun, ref, {"kind": before["kind"]}, was)
        else:
            back = {
                "set": lambda: Change("set", noun, ref, _told(noun, before)),
                "rename": lambda: Change(
                    "rename",
                    noun,
                    f"{parent}.{values['key']}" if parent else values["key"],
                    {"key": before["key"]},
                ),
                "order": lambda: Change("order", noun, ref, {"keys": before["keys"]}),
                "remove": lambda: Change("restore", noun, ref),
                "merge": lambda: Change("restore", noun, ref),
                "restore": lambda: Change("remove", noun, ref),
            }
            self._configuration.apply(back[verb]())

    def _unmake(self, noun: str, ref: str) -> None:
        """Retire what was added; what data came to it since are kept with it."""
        values: dict[str, Any] = {}
        if noun in ("stage", "status"):
            # Only records that this undo has just removed may still stand there.
            place = self._configuration.place(noun, ref)
            found = place.definition
            stood = found.statuses if isinstance(found, Stage) else (found,)
            statuses = [status for status in stood if isinstance(status, Status)]
            self._unsettle(place.of_type, statuses)
            values = self._elsewhere(place.of_type, statuses)
        self._configuration.apply(Change("remove", noun, ref, values))

    def _unsettle(self, type_: Type, statuses: Sequence[Status]) -> None:
        """Records that stood nowhere before their type got its first stage do so again."""
        ids = {status.id for status in statuses}
        if any(s.id not in ids for stage in type_.stages for s in stage.live_statuses):
            return
        for type_id, record_id, status_id in self._settled:
            if type_id == type_.id and status_id in ids:
                unsettle(self._database, self._journal, type_, record_id)

    def _elsewhere(self, type_: Type, statuses: Sequence[Status]) -> dict[str, Any]:
        """Where the removed records of statuses go; nothing while a live one stands there."""
        ids = {status.id for status in statuses}
        others = [s for stage in type_.stages for s in stage.live_statuses if s.id not in ids]
        wheres = " OR ".join("(stage = ? AND status = ?)" for _ in statuses) or "0"
        pairs = [part for status in statuses for part in (status.stage, status.key)]
        live = self._database.scalar(
            f"SELECT 1 FROM {quoted(type_.key)} WHERE removed_at IS NULL AND ({wheres})", pairs
        )
        return {"move_to": others[0].ref} if others and not live else {}


def _steps(rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """What an act did, last first: type, record, what was done, from and to where, what it changed.

    What was moved and set in one goes back in one: a rule may want both or neither.
    """
    steps: list[tuple[Any, ...]] = []
    for type_id, record_id, op, before, after, text in rows:
        changes = json.loads(text) if text else {}
        last = steps[-1] if steps else ()
        if op == "set" and last[:3] == (type_id, record_id, "move") and not last[4]:
            steps[-1] = (*last[:4], changes)
        else:
            steps.append((type_id, record_id, op, (before, after), changes))
    return steps


def _refuse_erased(act: int, steps: Iterable[tuple[Any, ...]]) -> None:
    """Refuse to undo an erasure, and what it would take values for that were erased since.

    Raises:
        Refused: it is such an act.
    """
    for _type_id, _record_id, op, _moved, changes in steps:
        if op == "erase":
            raise Refused("erased", N_("what was erased about a person is gone for good"))
        values = changes.values() if op not in ("add", "configure") else ()
        needed = any(is_erased(side) for sides in values for side in sides)
        if needed or (op == "configure" and changes.get("erased")):
            raise Refused(
                "erased",
                N_("the act {act} cannot be undone: values that it changed were erased since"),
                "crmtui privacy log",
                act=act,
            )


def _goes_along(changes: Mapping[str, Any], made: Container[tuple[str, str]]) -> bool:
    """Whether a change is undone by retiring what the act made, which is then kept as it was made.

    Args:
        made: the nouns and references of what the act made.
    """
    verb, noun, ref = changes["verb"], changes["noun"], changes["ref"]
    if verb not in ("add", "set", "order"):
        return False
    if verb == "set" and (noun, ref) in made:
        return True
    above: str | None = NOUNS[noun].parent
    ref = ref if verb == "order" else ref.rpartition(".")[0]
    while above is not None:
        if (above, ref) in made:
            return True
        above, ref = NOUNS[above].parent, ref.rpartition(".")[0]
    return False


def _told(noun: str, before: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes as the journal keeps them, as a change takes them."""
    known = NOUNS[noun].attributes
    told = {name: _as_said(known[name], value) for name, value in before.items() if name in known}
    # A conversion that was done once may be done again.
    return told | ({"allow_data_loss": True} if "kind" in told else {})


def _as_said(attribute: Attribute, value: Any) -> Any:
    """An attribute as a change takes it, from its column."""
    if attribute.shape == "flag":
        return bool(value)
    return json.loads(value) if attribute.shape == "map" and value else value


def _stands(now: Mapping[str, Any], status: Status) -> bool:
    return (now["stage"], now["status"]) == (status.stage, status.key)


def _changed_meanwhile(type_: Type, record_id: int) -> Conflict:
    ref = f"{type_.key}/{record_id}"
    return Conflict(
        "changed-meanwhile",
        N_("{ref} was changed meanwhile"),
        f"crmtui record history {ref}",
        ref=ref,
    )
