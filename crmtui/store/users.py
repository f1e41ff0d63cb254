"""Finding the user that a written value means."""

from typing import Any

from crmtui.model.message import N_
from crmtui.store.database import Database
from crmtui.store.kinds import BadValue, written

ME = ("me", "我")


class Users:
    """Reads users by their key; `me` is the actor. What was found is remembered.

    Args:
        actor_id: whom `me` stands for.
    """

    def __init__(self, database: Database, actor_id: int) -> None:
        self._database = database
        self._known: dict[str, int] = dict.fromkeys(ME, actor_id)

    def read(self, value: Any) -> int | None:
        """The id of a written user; raises `BadValue` when there is none of that name."""
        text = written(value, "user").strip().casefold()
        if not text:
            return None
        found = self._known.get(text)
        if found is None:
            # Names of users are ASCII, and so is what lower() does.
            found = self._database.scalar("SELECT id FROM crm_user WHERE lower(key) = ?", (text,))
            if found is None:
                raise BadValue("no-such-user", N_("there is no user {value}"), value=value)
            self._known[text] = found
        return found
