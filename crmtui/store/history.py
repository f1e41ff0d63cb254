"""Reading the journal: the history of a record, and the log of everything."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from crmtui.model.definitions import Field, Type
from crmtui.model.message import N_, Message
from crmtui.store.catalog import Catalog
from crmtui.store.changes import Change
from crmtui.store.database import Database, translated
from crmtui.store.errors import Conflict
from crmtui.store.journal import as_kept
from crmtui.store.kinds import KINDS
from crmtui.store.query import title_sql
from crmtui.store.sharing import Names, shared_for


class Difference(NamedTuple):
    """One field of a change: its key and label, and what it was and became, as text.

    `before` and `after` are None where there was no value.
    """

    key: str
    label: str
    before: str | None
    after: str | None


class Entry(NamedTuple):
    """One line of the journal.

    `ref` is the record or the reference of what was configured; `what` says a configuration in
    words and is None for records.
    """

    id: int
    act: int
    at: str
    actor: str
    command: str
    op: str
    ref: str
    changes: list[Difference]
    what: Message | None

    def json(self) -> dict[str, Any]:
        """The entry as JSON holds it."""
        return {
            "id": self.id,
            "act": self.act,
            "at": self.at,
            "actor": self.actor,
            "command": self.command,
            "op": self.op,
            "ref": self.ref,
            "changes": {c.key: {"before": c.before, "after": c.after} for c in self.changes},
            **({"what": str(self.what)} if self.what else {}),
        }


class Write(NamedTuple):
    """One line of the journal of a record as it is stored.

    `moved` are the statuses that it left and entered, by id; `changes` what each field was and
    became, by key, of the fields that the type has as the reader sees it.
    """

    at: str
    actor: str
    op: str
    moved: tuple[int | None, int | None]
    changes: dict[str, tuple[Any, Any]]


class History:
    """Reads the journal for one actor, in one language for labels."""

    def __init__(self, database: Database, catalog: Catalog, language: str = "en") -> None:
        self._database = database
        self._catalog = catalog
        self.language = language
        self._fields: dict[int, dict[str, Field]] = {}
        self._statuses: dict[tuple[int, bool], str] = {}
        self._users: dict[int, str] = {}

    def entries(
        self,
        type_: Type | None = None,
        record_id: int | None = None,
        limit: int | None = None,
        since: str | None = None,
        actor: str | None = None,
        *,
        machine: bool = False,
    ) -> Iterator[Entry]:
        """Entries, newest first.

        Args:
            since: only what happened at or after this stored moment.
            machine: values as machines read them instead of labels and grouped numbers.
        """
        wheres, parameters = ["1"], []
        for condition, value in (
            ("j.type_id = ?", type_.id if type_ else None),
            ("j.record_id = ?", record_id),
            ("a.at >= ?", since),
            ("u.key = ?", actor),
        ):
            if value is not None:
                wheres.append(condition)
                parameters.append(value)
        rows = self._database.execute(
            "SELECT j.id, j.act_id, a.at, u.key, a.command, j.op, j.type_id, j.record_id,"
            " j.status_before, j.status_after, j.changes"
            " FROM crm_journal j JOIN crm_act a ON a.id = j.act_id"
            f" JOIN crm_user u ON u.id = a.actor_id WHERE {' AND '.join(wheres)}"
            " ORDER BY j.id DESC LIMIT ?",
            (*parameters, -1 if limit is None else limit),
        )
        with translated(self._database.path):
            for row in rows.fetchall() if limit is not None else rows:
                yield self._entry(row, machine)

    def writes(self, type_: Type, record_id: int, count: int) -> list[Write] | None:
        """The last so many writes of a record, newest first; None where the journal lacks some.

        A write raises the revision by one. What was set and moved in one is a write of two lines,
        the one for the move right behind the other.

        Args:
            type_: as the reader sees it: what it has no field for is left out.
        """
        rows = self._database.execute(
            "SELECT j.id, j.act_id, a.at, u.key, j.op, j.status_before, j.status_after, j.changes"
            " FROM crm_journal j JOIN crm_act a ON a.id = j.act_id"
            " JOIN crm_user u ON u.id = a.actor_id WHERE j.type_id = ? AND j.record_id = ?"
            " ORDER BY j.id DESC LIMIT ?",
            (type_.id, record_id, 2 * count + 1),
        )
        keys = {str(field.id): field.key for field in type_.fields}
        found: list[Write] = []
        behind = None
        for journal_id, act, at, actor, op, left, entered, text in rows.fetchall():
            if behind != (act, journal_id + 1) or op != "set":
                if not count or op == "add":
                    break
                count -= 1
            behind = (act, journal_id) if op == "move" else None
            found.append(Write(at, actor, op, (left, entered), _told_of(keys, text)))
        return None if count else found

    def refuse_configured(self, position: int) -> None:
        """Refuse to go on when the configuration was changed behind a position of the journal.

        Raises:
            Conflict: it was; told is who did it last, and what.
        """
        act = self._database.scalar(
            "SELECT act_id FROM crm_journal WHERE id > ? AND op = 'configure'"
            " ORDER BY id DESC LIMIT 1",
            (position,),
        )
        if act is None:
            return
        last = next(entry for entry in self.entries() if entry.act == act)
        raise Conflict(
            "changed-meanwhile",
            N_("{user} changed the configuration meanwhile: {what}"),
            "crmtui log",
            user=last.actor,
            what=last.what,
        )

    def _entry(self, row: tuple[Any, ...], machine: bool) -> Entry:
        journal_id, act, at, actor, command, op, type_id, record_id, before, after, text = row
        changes: dict[str, Any] = {}
        if text:
            import json

            changes = json.loads(text)
        if op == "configure":
            change = Change(
                changes["verb"], changes["noun"], changes["ref"], changes.get("values", {})
            )
            return Entry(journal_id, act, at, actor, command, op, change.ref, [], change.describe())
        type_ = self._catalog.by_id(type_id)
        key = type_.key if type_ else self._purged_key("crm_type", type_id)
        differences = []
        if op in ("share", "unshare"):
            who = str(Names(self._database, self._catalog).grantee(*changes["with"]))
            was, is_ = map(shared_for, changes["update"])
            differences.append(Difference(who, who, was, is_))
            changes = {}
        if before is not None or after is not None:
            statuses = self.status(before, machine), self.status(after, machine)
            differences.append(Difference("status", "status", *statuses))
        for field_id, value in changes.items():
            old, new = (None, value) if op == "add" else value
            differences.append(self._difference(type_id, field_id, old, new, machine))
        return Entry(
            journal_id, act, at, actor, command, op, f"{key}/{record_id}", differences, None
        )

    def _difference(
        self, type_id: int, field_id: str, old: Any, new: Any, machine: bool
    ) -> Difference:
        if type_id not in self._fields:
            type_ = self._catalog.by_id(type_id)
            self._fields[type_id] = {str(f.id): f for f in type_.all_fields} if type_ else {}
        field = self._fields[type_id].get(field_id)
        if field is None:
            key = self._purged_key("crm_field", int(field_id))
            return Difference(key, key, _plain(old), _plain(new))
        label = field.key if machine else field.name(self.language)
        return Difference(
            field.key, label, self.text(field, old, machine), self.text(field, new, machine)
        )

    def text(self, field: Field, value: Any, machine: bool) -> str | None:
        """A stored value as machines read it, or as people do; None when there is none."""
        if value is None:
            return None
        if isinstance(value, list | tuple) and field.target:
            joint = "," if machine else "、" if self.language.startswith("zh") else ", "
            return joint.join(self._link(field, each, machine) for each in value)
        if field.target:
            return self._link(field, value, machine)
        kind = KINDS[field.kind]
        if kind.references:
            return self.user(value)
        return kind.plain(value, field) if machine else kind.shown(value, field, self.language)

    def _link(self, field: Field, record_id: int, machine: bool) -> str:
        target = self._catalog.target(field)
        ref = f"{target.key}/{record_id}"
        title = target.titled_as
        if machine or title is None:
            return ref
        sql = title_sql(self._catalog, target, "t")
        value = self._database.scalar(
            f"SELECT {sql} FROM {self._catalog.source(target.key)} t WHERE id = ?", (record_id,)
        )
        return ref if value is None else KINDS[title.kind].shown(value, title, self.language)

    def user(self, user_id: int) -> str:
        """The key of a user."""
        if user_id not in self._users:
            key = self._database.scalar("SELECT key FROM crm_user WHERE id = ?", (user_id,))
            self._users[user_id] = key or "?"
        return self._users[user_id]

    def status(self, status_id: int | None, machine: bool) -> str | None:
        """A status as machines read it, or as people do; None for none."""
        if status_id is None:
            return None
        if (status_id, machine) not in self._statuses:
            row = self._database.execute(
                "SELECT s.stage, s.key, s.label, s.label_zh, g.label, g.label_zh,"
                " (SELECT count(*) FROM crm_status o WHERE o.stage_id = s.stage_id)"
                " FROM crm_status s JOIN crm_stage g ON g.id = s.stage_id WHERE s.id = ?",
                (status_id,),
            ).fetchone()
            self._statuses[status_id, machine] = self._status_text(row, machine)
        return self._statuses[status_id, machine]

    def _status_text(self, row: tuple[Any, ...], machine: bool) -> str:
        stage, status = row[0], row[1].split("#")[0]
        if machine:
            return f"{stage}.{status}"
        zh = self.language.startswith("zh")
        stage_name = (row[5] if zh else None) or row[4] or stage
        if row[6] == 1:
            return stage_name
        return f"{stage_name} · {(row[3] if zh else None) or row[2] or status}"

    def _purged_key(self, table: str, row_id: int) -> str:
        key = self._database.scalar(f"SELECT key FROM {table} WHERE id = ?", (row_id,))
        return (key or "?").split("#")[0]


def _plain(value: Any) -> str | None:
    return None if value is None else str(value)


def _told_of(keys: Mapping[str, str], text: str | None) -> dict[str, tuple[Any, Any]]:
    """What each field was and became, by key, from a journal line's JSON by id."""
    if not text:
        return {}
    import json

    return {
        keys[field_id]: (as_kept(change[0]), as_kept(change[1]))
        for field_id, change in json.loads(text).items()
        if field_id in keys
    }
