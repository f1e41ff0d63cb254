"""Reading the journal: the history of a record, and the log of everything."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from crmtui.model.definitions import Field, Type
from crmtui.model.message import N_, Message
from crmtui.store.catalog import Catalog
from crmtui.store.changes import Change
from crmtui.store.database import Database, translated
from crmtui.store.errors import Conflict
from crmtui.store.journal import ERASED, as_kept, is_erased, who
from crmtui.store.kinds import KINDS
from crmtui.store.query import title_sql
from crmtui.store.sharing import Names, shared_for

if TYPE_CHECKING:
    from crmtui.store.permitted_history import PermittedHistory

_OF_KEYS = {
    "authorize": N_("authorize {fingerprint} for {user}"),
    "revoke": N_("revoke {fingerprint} of {user}"),
}
"""What is told of keys, by what was done with them."""


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
    words and is None for records. `impersonator` is who acted as `actor`, if somebody did;
    `command` is empty where it might name what the reader may not know of.
    """

    id: int
    act: int
    at: str
    actor: str
    impersonator: str | None
    command: str
    op: str
    ref: str
    changes: list[Difference]
    what: Message | None

    @property
    def who(self) -> str:
        """Who acted, for people: `alice`, or `alice (by root)`."""
        return who(self.actor, self.impersonator)

    def json(self) -> dict[str, Any]:
        """The entry as JSON holds it."""
        return {
            "id": self.id,
            "act": self.act,
            "at": self.at,
            "actor": self.actor,
            "impersonator": self.impersonator,
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


STATUS = Field(id=0, key="status", kind="text")
"""What history calls where a record stands."""


class Sought(NamedTuple):
    """What is looked for in the journal; None for anything.

    Args:
        field: one of the type's, or `STATUS`.
        since, until: stored moments; `since` itself is still looked for, `until` is not.
        actor, impersonator: keys of users.
        command: a part of the command, in any letter case.
    """

    type: Type | None = None
    record_id: int | None = None
    field: Field | None = None
    since: str | None = None
    until: str | None = None
    actor: str | None = None
    impersonator: str | None = None
    command: str | None = None


class History:
    """Reads the journal for one actor, in one language for labels.

    Args:
        catalog: the definitions that the actor may know of.
        permitted: what of the journal they may know of; None for an administrator.
    """

    def __init__(
        self,
        database: Database,
        catalog: Catalog,
        language: str = "en",
        permitted: "PermittedHistory | None" = None,
    ) -> None:
        self._database = database
        self._catalog = catalog
        self.language = language
        self._permitted = permitted
        self._fields: dict[int, dict[str, Field]] = {}
        self._statuses: dict[tuple[int, bool], str] = {}
        self._users: dict[int, str] = {}

    def entries(
        self, sought: Sought | None = None, limit: int | None = None, *, machine: bool = False
    ) -> Iterator[Entry]:
        """Entries, newest first.

        Args:
            machine: values as machines read them instead of labels and grouped numbers.
        """
        sought = sought or Sought()
        field = sought.field
        where, parameters = self._where(sought)
        before, left = None, limit
        page = _PAGE if limit is None else _LEAST
        while left is None or left > 0:
            # A page at a time, so that no read transaction stays open while it is looked at.
            beyond = "" if before is None else " AND j.id < ?"
            rows = self._database.execute(
                f"{_ROWS} WHERE {where}{beyond} ORDER BY j.id DESC LIMIT ?",
                (*parameters, *([] if before is None else [before]), page),
            )
            with translated(self._database.path):
                found = rows.fetchall()
            for row in found:
                entry = self._entry(row, sought, machine)
                if entry is None or not (field is None or _changes(entry, field)):
                    continue
                yield entry
                if left is not None:
                    left -= 1
                    if not left:
                        return
            if len(found) < page:
                return
            before, page = found[-1][0], min(2 * page, _PAGE)

    def _where(self, sought: Sought) -> tuple[str, list[Any]]:
        field = sought.field
        wheres, parameters = ["1"], []
        for condition, value in (
            ("j.type_id = ?", sought.type.id if sought.type else None),
            ("j.record_id = ?", sought.record_id),
            ("a.at >= ?", sought.since),
            ("a.at < ?", sought.until),
            ("u.key = ?", sought.actor),
            ("b.key = ?", sought.impersonator),
            ("instr(j.changes, ?)", f'"{field.id}":' if field and field.id else None),
        ):
            if value is not None:
                wheres.append(condition)
                parameters.append(value)
        if field is not None and not field.id:
            wheres.append("(j.status_before IS NOT NULL OR j.status_after IS NOT NULL)")
        if self._permitted is not None:
            wheres.append(self._permitted.rows(sought.type))
        return " AND ".join(wheres), parameters

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
            Conflict: it was; told is who did it last, and what, if the actor may know.
        """
        act = self._database.scalar(
            "SELECT act_id FROM crm_journal WHERE id > ? AND op = 'configure'"
            " ORDER BY id DESC LIMIT 1",
            (position,),
        )
        if act is None:
            return
        last = next(self._of_act(act), None)
        if last is None:
            raise Conflict(
                "changed-meanwhile", N_("the configuration was changed meanwhile"), "crmtui log"
            )
        raise Conflict(
            "changed-meanwhile",
            N_("{user} changed the configuration meanwhile: {what}"),
            "crmtui log",
            user=last.actor,
            what=last.what,
        )

    def _of_act(self, act: int) -> Iterator[Entry]:
        permitted = f" AND {self._permitted.rows()}" if self._permitted else ""
        rows = self._database.execute(
            f"{_ROWS} WHERE j.act_id = ?{permitted} ORDER BY j.id DESC", (act,)
        )
        for row in rows.fetchall():
            entry = self._entry(row, Sought(), machine=False)
            if entry is not None:
                yield entry

    def _entry(self, row: tuple[Any, ...], sought: Sought, machine: bool) -> Entry | None:
        """A row as the actor may know of it; None when it is not looked for, or tells nothing."""
        (
            journal_id,
            act,
            at,
            actor,
            impersonator,
            command,
            op,
            type_id,
            record_id,
            before,
            after,
            text,
        ) = row
        permitted = self._permitted
        if permitted is not None:
            command = permitted.command(command)
        if sought.command and sought.command.casefold() not in command.casefold():
            return None
        head = (journal_id, act, at, actor, impersonator, command, op)
        changes: dict[str, Any] = {}
        if text:
            import json

            changes = json.loads(text)
        if op == "configure":
            change = Change(
                changes["verb"], changes["noun"], changes["ref"], changes.get("values", {})
            )
            return Entry(*head, change.ref, [], change.describe())
        if op in _OF_KEYS:
            return Entry(*head, changes["user"], [], Message(_OF_KEYS[op], **changes))
        type_ = self._catalog.by_id(type_id)
        key = type_.key if type_ else self._purged_key("crm_type", type_id)
        sides = sides_of(op, changes)
        if permitted is not None:
            sides = permitted.values(type_id, record_id, sides)
        differences = self._standing(type_id, before, after, machine)
        if op in ("share", "unshare"):
            grantee = str(Names(self._database, self._catalog).grantee(*changes["with"]))
            was, is_ = map(shared_for, changes["update"])
            differences.append(Difference(grantee, grantee, was, is_))
        for field_id, (old, new) in sides.items():
            differences.append(self._difference(type_id, field_id, old, new, machine))
        if permitted is not None and not differences and op in _TELLING:
            return None
        return Entry(*head, f"{key}/{record_id}", differences, None)

    def _standing(
        self, type_id: int, before: int | None, after: int | None, machine: bool
    ) -> list[Difference]:
        """Where a record stood and stands, as far as the actor may know of it."""
        if before is None and after is None:
            return []
        old, new = (
            self.status(each, machine) if self._may_know(type_id, each) else None
            for each in (before, after)
        )
        # Of a step to where they may not look, not even that it was made.
        hidden = new is None and (after is not None or old is None)
        return [] if hidden else [Difference("status", "status", old, new)]

    def _may_know(self, type_id: int, status_id: int | None) -> bool:
        return self._permitted is None or self._permitted.status(type_id, status_id)

    def _difference(
        self, type_id: int, field_id: str, old: Any, new: Any, machine: bool
    ) -> Difference:
        if type_id not in self._fields:
            type_ = self._catalog.by_id(type_id)
            self._fields[type_id] = {str(f.id): f for f in type_.all_fields} if type_ else {}
        field = self._fields[type_id].get(field_id)
        if field is None:
            key = self._purged_key("crm_field", int(field_id))
            return Difference(key, key, self._unknown(old), self._unknown(new))
        label = field.key if machine else field.name(self.language)
        return Difference(
            field.key, label, self.text(field, old, machine), self.text(field, new, machine)
        )

    def text(self, field: Field, value: Any, machine: bool) -> str | None:
        """A stored value as machines read it, or as people do; None when there is none."""
        if value is None:
            return None
        if is_erased(value):
            return self._unknown(value)
        if isinstance(value, list | tuple) and field.target:
            joint = "," if machine else "、" if self.language.startswith("zh") else ", "
            return joint.join(self._link(field, each, machine) for each in value)
        if field.target:
            return self._link(field, value, machine)
        kind = KINDS[field.kind]
        if kind.references:
            return self.user(value)
        if kind.computed:
            return str(value)  # a masked multilink, which is read as a text
        return kind.plain(value, field) if machine else kind.shown(value, field, self.language)

    def _unknown(self, value: Any) -> str | None:
        """A value of a field that is no more, or one that was erased."""
        if is_erased(value):
            return value["erased"] or ERASED
        return None if value is None else str(value)

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


_PAGE, _LEAST = 1000, 50
"""How many rows are read at once, and at least."""

_ROWS = (
    "SELECT j.id, j.act_id, a.at, u.key, b.key, a.command, j.op, j.type_id, j.record_id,"
    " j.status_before, j.status_after, j.changes"
    " FROM crm_journal j JOIN crm_act a ON a.id = j.act_id"
    " JOIN crm_user u ON u.id = a.actor_id LEFT JOIN crm_user b ON b.id = a.impersonator_id"
)

_TELLING = ("set", "move", "erase")
"""What is left out where nothing is left of it to tell."""

_VALUED = ("add", "remove", "restore", *_TELLING)
"""What is journalled with the values of fields."""


def _changes(entry: Entry, field: Field) -> bool:
    return any(change.key == field.key for change in entry.changes)


def sides_of(op: str, changes: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """What values of fields were and became, by the id of the field."""
    if op not in _VALUED:
        return {}
    return {
        field_id: (None, value) if op == "add" else (value[0], value[1])
        for field_id, value in changes.items()
    }


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
