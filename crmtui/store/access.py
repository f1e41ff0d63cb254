"""Who the actor is and what they may do. One function decides.

Identity comes from the operating system: the uid of the process. Who makes a workspace is its
administrator; another user of the machine who can open the file works with its records, and does
not configure it.
"""

import os

from crmtui.model.definitions import Frozen
from crmtui.model.message import N_
from crmtui.store.database import Database
from crmtui.store.errors import Forbidden

READ, WRITE, CONFIGURE = "read", "write", "configure"


class Actor(Frozen):
    """The user a workspace was opened as; `id` is 0 until the first act writes them down."""

    id: int
    key: str
    uid: int
    administrator: bool

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Actor) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash((self.id, self.key))


def identify(database: Database) -> Actor:
    """The actor of this process."""
    uid = os.getuid() if hasattr(os, "getuid") else 0
    row = database.execute(
        "SELECT id, key, uid, administrator FROM crm_user WHERE uid = ?", (uid,)
    ).fetchone()
    if row:
        return Actor(id=row[0], key=row[1], uid=row[2], administrator=bool(row[3]))
    first = database.scalar("SELECT 1 FROM crm_user LIMIT 1") is None
    return Actor(id=0, key=login_name(uid), uid=uid, administrator=first)


def enroll(database: Database, actor: Actor) -> Actor:
    """Write the actor down when they act for the first time; a transaction is open."""
    if actor.id:
        return actor
    # Another process may have written them down, or made the workspace, since it was opened.
    actor = identify(database)
    if actor.id:
        return actor
    # The name of another uid may be taken in the file already (a copy from another machine).
    key = actor.key
    if database.scalar("SELECT 1 FROM crm_user WHERE key = ?", (key,)):
        key = f"{key}-{actor.uid}"
    from crmtui.store.journal import now_text

    user_id = database.insert(
        "crm_user",
        {
            "key": key,
            "uid": actor.uid,
            "administrator": int(actor.administrator),
            "created_at": now_text(),
        },
    )
    return actor.but(id=user_id, key=key)


def require(actor: Actor, action: str) -> None:
    """Raise `Forbidden` unless the actor may do `action` (`read`, `write` or `configure`)."""
    if action == CONFIGURE and not actor.administrator:
        raise Forbidden(
            "not-administrator", N_("{user} is no administrator of this workspace"), user=actor.key
        )


def login_name(uid: int) -> str:
    """The operating system's name for a uid."""
    try:
        import pwd

        return pwd.getpwuid(uid).pw_name
    except (ImportError, KeyError):
        return f"uid{uid}"
