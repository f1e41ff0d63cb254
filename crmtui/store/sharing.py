"""Sharing single records with a user, a team or a role, besides what roles let.

Sharing extends reading, and changing where it says so, for who may read records of the type at all.
It is journalled as what it was before and what it became, so that history tells it and undo takes
it back.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from crmtui.model.definitions import Definition, Type
from crmtui.model.keys import closest, normal_key
from crmtui.model.message import N_, Word
from crmtui.store.catalog import Catalog
from crmtui.store.database import Database, quoted
from crmtui.store.errors import Misused, NotFound
from crmtui.store.journal import Journal

if TYPE_CHECKING:
    from crmtui.store.guard import Guard

_GRANTEES = ("user", "team", "role")
_SHARED = (Word("read"), Word("update"))
"""What a record is shared for, by `may_update`."""


class Grantee(NamedTuple):
    """Whom a record is shared with: `user`, `team` or `role`, the id and the key."""

    noun: str
    id: int
    key: str

    def __str__(self) -> str:
        return f"{self.noun}:{self.key}"


class Share(NamedTuple):
    """One sharing of a record: with whom, for what (`read` or `update`), since when, by whom."""

    grantee: Grantee
    what: Word
    at: str
    by: str | None


class Sharing:
    """Shares records inside the transaction that is open.

    Args:
        located: gives the type and the number that the reference of a record means.
        shown: the definitions that the actor may know of; whom they share with is among them.
    """

    def __init__(
        self,
        database: Database,
        located: Callable[[str], tuple[Type, int]],
        shown: Catalog,
        journal: Journal,
        actor_id: int,
        guard: "Guard | None" = None,
    ) -> None:
        self._database = database
        self._located = located
        self._shown = shown
        self._journal = journal
        self._actor_id = actor_id
        self._guard = guard

    def share(self, ref: str, word: str, *, update: bool = False) -> bool:
        """Let somebody see a record, and change it if so said; False when it was so already.

        Args:
            word: `user:bob`, `team:north`, `role:sales`, or just `bob`.

        Raises:
            NotFound: there is no such record, or nobody called so.
            Forbidden: no role lets the actor share it, or change it themselves.
        """
        type_, record_id = self._required(ref)
        if self._guard and update:
            # Nobody gives what they have not.
            self._guard.require("update", type_, record_id)
        return self._put(type_, record_id, self._meant(word), update)

    def unshare(self, ref: str, word: str) -> bool:
        """Take a sharing back; False when there was none."""
        type_, record_id = self._required(ref)
        return self._put(type_, record_id, self._meant(word, retired=True), None)

    def _put(self, type_: Type, record_id: int, who: Grantee, update: bool | None) -> bool:
        return put(self._database, self._journal, self._actor_id, type_, record_id, who, update)

    def _required(self, ref: str) -> tuple[Type, int]:
        """The record that a reference means, once the actor may share it."""
        type_, record_id = self._located(ref)
        if self._guard:
            self._guard.reading(type_, record_id)
            self._guard.require("share", type_, record_id)
        need_record(self._database, type_, record_id)
        return type_, record_id

    def _meant(self, word: str, *, retired: bool = False) -> Grantee:
        """Whom a word means, among those that the actor may know of."""
        noun, colon, key = word.rpartition(":")
        noun, key = normal_key(noun).casefold() if colon else "user", normal_key(key)
        if noun not in _GRANTEES:
            raise Misused(
                "bad-grantee",
                N_("{word}: write user:NAME, team:KEY or role:KEY"),
                word=word[:60],
            )
        known = {each.key: each for each in self._known(noun, retired)}
        found = known.get(key) or known.get(key.casefold())
        if found is not None:
            return Grantee(noun, found.id, found.key)
        meant = closest(key, list(known))
        raise NotFound(
            f"no-such-{noun}",
            N_("there is no {noun} {key}; did you mean {meant}?")
            if meant
            else N_("there is no {noun} {key}"),
            None if meant else f"crmtui {noun} list",
            noun=noun,
            key=key,
            meant=meant,
        )

    def _known(self, noun: str, retired: bool) -> Sequence[Definition]:
        if noun == "user":
            return self._shown.users(retired=retired)
        if noun == "team":
            return self._shown.teams(retired=retired)
        return self._shown.roles(retired=retired)


def put(
    database: Database,
    journal: Journal,
    actor_id: int,
    type_: Type,
    record_id: int,
    who: Grantee,
    update: bool | None,
) -> bool:
    """Let a sharing be as said, None for none at all; False when it was so already."""
    share_id, before = present(database, type_, record_id, who)
    if before == update:
        return False
    if share_id is None:
        row = {"type_id": type_.id, "record_id": record_id, f"{who.noun}_id": who.id}
        said = {"may_update": int(bool(update)), "created_at": journal.at}
        database.insert("crm_share", row | said | {"created_by": actor_id})
    elif update is None:
        database.execute("DELETE FROM crm_share WHERE id = ?", (share_id,))
    else:
        database.update("crm_share", share_id, {"may_update": int(update)})
    op = "unshare" if update is None else "share"
    changes = {"with": [who.noun, who.id], "update": [before, update]}
    journal.write(op, type_.id, record_id, changes)
    return True


def present(
    database: Database, type_: Type, record_id: int, who: Grantee
) -> tuple[int | None, bool | None]:
    """The id of a sharing, and whether it is for changing; None and None without one."""
    row = database.execute(
        "SELECT id, may_update FROM crm_share"
        f" WHERE type_id = ? AND record_id = ? AND {who.noun}_id = ?",
        (type_.id, record_id, who.id),
    ).fetchone()
    return (row[0], bool(row[1])) if row else (None, None)


def shares(database: Database, shown: Catalog, type_: Type, record_id: int) -> list[Share]:
    """Whom a record is shared with, in the order in which it was.

    Args:
        shown: the definitions that who asks may know of.
    """
    rows = database.execute(
        "SELECT s.user_id, s.team_id, s.role_id, s.may_update, s.created_at, u.key"
        " FROM crm_share s LEFT JOIN crm_user u ON u.id = s.created_by"
        " WHERE s.type_id = ? AND s.record_id = ? ORDER BY s.id",
        (type_.id, record_id),
    ).fetchall()
    names = Names(database, shown)
    found = []
    for *ids, update, at, by in rows:
        noun, id_ = next((n, i) for n, i in zip(_GRANTEES, ids, strict=True) if i is not None)
        found.append(Share(names.grantee(noun, id_), _SHARED[bool(update)], at, by))
    return found


class Names:
    """Names grantees by their ids; a role that who asks may not know of is called `?`."""

    def __init__(self, database: Database, shown: Catalog) -> None:
        self._database = database
        self._shown = shown
        self._roles: frozenset[int] | None = None

    def grantee(self, noun: str, id_: int) -> Grantee:
        """The grantee with that id."""
        key = self._database.scalar(f"SELECT key FROM crm_{noun} WHERE id = ?", (id_,)) or "?"
        if noun == "role":
            if self._roles is None:
                self._roles = frozenset(role.id for role in self._shown.roles(retired=True))
            key = key if id_ in self._roles else "?"
        return Grantee(noun, id_, key.partition("#")[0])


def shared_for(update: Any) -> Word | None:
    """What a record is shared for, as the journal says it; None when it is not."""
    return None if update is None else _SHARED[bool(update)]


def need_record(database: Database, type_: Type, record_id: int) -> None:
    """Raise `NotFound` unless there is a record of that number, removed or not."""
    sql = f"SELECT 1 FROM {quoted(type_.key)} WHERE id = ?"
    if database.scalar(sql, (record_id,)) is None:
        ref = f"{type_.key}/{record_id}"
        raise NotFound("no-such-record", N_("there is no record {ref}"), ref=ref)
