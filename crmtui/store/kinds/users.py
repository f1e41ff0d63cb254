"""The users of the workspace."""

from typing import Any

from crmtui.model.definitions import Field
from crmtui.model.message import N_
from crmtui.store.kinds.base import BadValue, Kind, Reader, Reading


class UserKind(Kind):
    """A user; kept as their id, and read, shown and exported by their key.

    Whoever reads rows selects the key beside the id: what `plain`, `json` and `shown` take is it.
    """

    key = "user"
    sql_type = "INTEGER"
    references = "crm_user"

    def reader(self, field: Field, reading: Reading) -> Reader:
        if reading.user is None:
            raise BadValue("no-default", N_("users are not known here"))
        return reading.user

    def plain(self, value: Any, field: Field) -> str:
        return str(value)


KINDS: tuple[Kind, ...] = (UserKind(),)
