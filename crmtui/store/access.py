"""Who the actor is. What they may do is for `policy`.

Identity comes from the operating system: the uid of the process, or, where a gateway serves a
visitor, what sshd or sudo have proved of them; see `remote`. Who makes a workspace is its
administrator, and so is the owner of the file as long as nobody of that uid is a user: they can do
with the file what they like.
"""

import os
from typing import TYPE_CHECKING

from crmtui.model.definitions import Frozen
from crmtui.model.message import N_, Message
from crmtui.store.database import Database
from crmtui.store.errors import Forbidden, NotFound
from crmtui.store.remote import Visitor, visitor

if TYPE_CHECKING:
    from collections.abc import Sequence

WRITE, CONFIGURE = "write", "configure"

OUT = frozenset({"not-a-user", "retired-user", "revoked-key"})
"""The codes of errors by which somebody is not let in, or not any more."""


class Actor(Frozen):
    """The user a workspace was opened as; `id` is 0 until the first act writes them down.

    `roles` and `teams` are keys, comma-joined. `impersonator` is who acts as this user.
    """

    id: int
    key: str
    uid: int | None
    administrator: bool
    roles: str | None = None
    teams: str | None = None
    impersonator: "Actor | None" = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Actor) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash((self.id, self.key))


def identify(database: Database, as_user: str | None = None) -> Actor:
    """The actor of this process.

    Args:
        as_user: the key of a user whom the actor acts as.

    Raises:
        Forbidden: they are no user of this workspace, are retired, may not act as others, or came
            by a key that was revoked.
        NotFound: there is no user `as_user`.
    """
    served = visitor()
    actor = _of_visitor(database, served) if served else _of_process(database)
    return _impersonated(database, actor, as_user) if as_user else actor


def _of_process(database: Database) -> Actor:
    uid = os.getuid() if hasattr(os, "getuid") else 0
    found = _found(database, "uid", uid)
    if found is not None:
        return found
    first = database.scalar("SELECT 1 FROM crm_user LIMIT 1") is None
    if first or _owns(database.path, uid):
        return Actor(id=0, key=login_name(uid), uid=uid, administrator=True)
    raise _not_a_user(login_name(uid), uid)


def _of_visitor(database: Database, served: Visitor) -> Actor:
    """The user whom a gateway has let in; that the account owns the file makes them nothing."""
    column, value = ("key", served.user) if served.user is not None else ("uid", served.uid)
    assert value is not None
    found = _found(database, column, value)
    if found is None:
        raise _not_a_user(served.user or login_name(int(value)), served.uid)
    if served.fingerprint is not None and not database.scalar(
        "SELECT 1 FROM crm_key WHERE fingerprint = ? AND user_id = ? AND revoked_at IS NULL",
        (served.fingerprint, found.id),
    ):
        raise Forbidden(
            "revoked-key",
            N_("{user} may not log in with {fingerprint} any more"),
            f"crmtui ssh authorize {found.key} KEYFILE",
            fingerprint=served.fingerprint,
            user=found.key,
        )
    return found


def _not_a_user(name: str, uid: int | None) -> Forbidden:
    whose = "" if uid is None else f" --uid {uid}"
    return Forbidden(
        "not-a-user",
        N_("{user} is no user of this workspace; an administrator can change that"),
        f"crmtui user add {name}{whose} --role ROLE",
        user=name,
    )


def _found(database: Database, column: str, value: int | str) -> Actor | None:
    row = database.execute(
        "SELECT id, key, uid, administrator, roles, teams, retired_at FROM crm_user"
        f" WHERE {column} = ? AND purged_at IS NULL",
        (value,),
    ).fetchone()
    if row is None:
        return None
    if row[6] is not None:
        raise Forbidden(
            "retired-user",
            N_("the user {user} is retired"),
            f"crmtui user restore {row[1]}",
            user=row[1],
        )
    return Actor(
        id=row[0],
        key=row[1],
        uid=row[2],
        administrator=bool(row[3]),
        roles=row[4],
        teams=row[5],
    )


def _owns(path: str, uid: int) -> bool:
    try:
        return os.stat(path).st_uid == uid
    except OSError:
        return False


def _impersonated(database: Database, actor: Actor, key: str) -> Actor:
    if not may_impersonate(database, actor):
        raise Forbidden(
            "permission",
            N_("{user} may not act as another user: {reason}"),
            user=actor.key,
            reason=Message(N_("no role lets it")),
        )
    found = _found(database, "key", key)
    if found is None:
        from crmtui.store.suggestions import users

        raise NotFound(
            "no-such-user",
            N_("there is no user {value}"),
            "crmtui user list" if users(database, "", 1) else None,
            value=key,
        )
    if found.administrator and not actor.administrator:
        raise Forbidden(
            "permission",
            N_("{user} may not act as another user: {reason}"),
            user=actor.key,
            reason=Message(N_("{user} is an administrator"), user=found.key),
        )
    return found if found.id == actor.id else found.but(impersonator=actor)


def may_impersonate(database: Database, actor: Actor) -> bool:
    """Whether an actor, as themselves, may act as others."""
    if actor.administrator:
        return True
    roles = (actor.roles or "").split(",")
    marks = ", ".join("?" * len(roles))
    query = (
        f"SELECT 1 FROM crm_role WHERE key IN ({marks}) AND is_impersonate"
        " AND retired_at IS NULL AND purged_at IS NULL LIMIT 1"
    )
    return database.scalar(query, roles) is not None


def enroll(database: Database, actor: Actor) -> Actor:
    """Write the actor, or who acts as them, down when they first act; a transaction is open."""
    if actor.impersonator is not None and not actor.impersonator.id:
        actor = actor.but(impersonator=enroll(database, actor.impersonator))
    if actor.id or actor.uid is None:
        return actor
    # Another process may have written them down, or made the workspace, since it was opened.
    actor = _of_process(database)
    if actor.id:
        return actor
    # The name of another uid may be taken in the file already (a copy from another machine).
    key = actor.key
    if database.scalar("SELECT 1 FROM crm_user WHERE key = ?", (key,)):
        key = f"{key}-{actor.uid}"
    from crmtui.model.keys import skeleton
    from crmtui.store.journal import now_text

    position = database.scalar("SELECT max(position) FROM crm_user") or 0
    user_id = database.insert(
        "crm_user",
        {
            "key": key,
            "skeleton": skeleton(key),
            "position": position + 1,
            "uid": actor.uid,
            "administrator": int(actor.administrator),
            "created_at": now_text(),
        },
    )
    return actor.but(id=user_id, key=key)


def shared(database: Database) -> bool:
    """Whether a workspace has more than one user, or any team or role."""
    query = (
        "SELECT (SELECT count(*) FROM (SELECT 1 FROM crm_user WHERE purged_at IS NULL LIMIT 2)) > 1"
        " OR EXISTS (SELECT 1 FROM crm_role WHERE purged_at IS NULL)"
        " OR EXISTS (SELECT 1 FROM crm_team WHERE purged_at IS NULL)"
    )
    return bool(database.scalar(query))


def roles_of(actor: Actor) -> "Sequence[str]":
    """The keys of the actor's roles, in order."""
    return actor.roles.split(",") if actor.roles else ()


def teams_of(actor: Actor) -> "Sequence[str]":
    """The keys of the teams that the actor belongs to, in order."""
    return actor.teams.split(",") if actor.teams else ()


def login_name(uid: int) -> str:
    """The operating system's name for a uid."""
    try:
        import pwd

        return pwd.getpwuid(uid).pw_name
    except (ImportError, KeyError):
        return f"uid{uid}"
