"""Who the actor is and what they may do. One function decides.

Identity comes from the operating system: the uid of the process. Who makes a workspace is its
administrator; another user of the machine who can open the file works with its records, and does
not configure it.
"""

import os
from typing import NamedTuple

from crmtui.model.message import N_
from crmtui.store.database import Database
from crmtui.store.errors import Forbidden

READ, WRITE, CONFIGURE = "read", "write", "configure"


class Actor(NamedTuple):
    """The user a workspace was opened as; `id` is 0 until the first act writes them down."""

    id: int
    key: str
    uid: int
    administrator: bool


def identify(database: Database) -> Actor:
    """The actor of this process."""
    uid = os.getuid() if hasattr(os, "getuid") else 0
    row = database.execute(
        "SELECT id, key, uid, administrator FROM crm_user WHERE uid = ?", (uid,)
    ).fetchone()
    if row:
        return Actor(row[0], row[1], row[2], bool(row[3]))
    first = database.scalar("SELECT 1 FROM crm_user LIMIT 1") is None
    return Actor(0, login_name(uid), uid, first)


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
    return Actor(user_id, key, actor.uid, actor.administrator)


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
