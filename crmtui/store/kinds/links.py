"""A reference to another record."""

from crmtui.model.definitions import Field
from crmtui.model.message import N_
from crmtui.store.kinds.base import BadValue, Kind, Reader, Reading


class LinkKind(Kind):
    """A reference to a record of another type; stored as its id."""

    key = "link"
    sql_type = "INTEGER"
    settings = frozenset({"target"})

    def reader(self, field: Field, reading: Reading) -> Reader:
        if reading.link is None:
            raise BadValue("no-default", N_("a link has no default"))
        return reading.link(field)

    def check_settings(self, field: Field, reading: Reading) -> None:
        if field.default is not None:
            raise BadValue("no-default", N_("a link has no default"))


KINDS: tuple[Kind, ...] = (LinkKind(),)
