"""References to other records: one, or many."""

from typing import Any

from crmtui.model.definitions import Field
from crmtui.model.message import N_
from crmtui.store.kinds.base import BadValue, Kind, Reader, Reading

MOST_LINKS = 10_000
"""Links of one value: each is looked up, and all are told wherever the record is."""


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


class MultiLinkKind(LinkKind):
    """References to any number of records of another type, in an order.

    They are kept in a table of their own (see `store.link_tables`); the stored value is the tuple
    of their ids, and None when there are none. Titles are for the columns of a plan to add.
    """

    key = "multilink"
    sql_type = ""
    stored = False
    many = True
    can_be_unique = False

    def reader(self, field: Field, reading: Reading) -> Reader:
        read_one = super().reader(field, reading)

        def read(value: Any) -> Any:
            found: dict[int, None] = {}
            unfound: BadValue | None = None
            written = _each(value)
            if len(written) > MOST_LINKS:
                raise BadValue(
                    "too-many",
                    N_("has {found} links, at most {most} are allowed"),
                    found=len(written),
                    most=MOST_LINKS,
                )
            for each in written:
                try:
                    linked: Any = read_one(each)
                except BadValue as problem:
                    # An import may make what is missing, but not for a value that is wrong anyway.
                    if problem.code != "no-such-link":
                        raise
                    unfound = unfound or problem
                else:
                    if linked is not None:
                        found[linked] = None
            if unfound is not None:
                raise unfound
            return tuple(found) or None

        return read

    def plus(self, kept: Any, more: Any, field: Field) -> Any:
        return tuple(dict.fromkeys([*(kept or ()), *(more or ())])) or None

    def minus(self, kept: Any, less: Any, field: Field) -> Any:
        return tuple(each for each in kept or () if each not in (less or ())) or None

    def plain(self, value: Any, field: Field) -> str:
        return ",".join(refs(value, field))

    def json(self, value: Any, field: Field) -> Any:
        return [{"ref": ref, "title": None} for ref in refs(value, field)]


def refs(value: Any, field: Field) -> list[str]:
    """The references of linked records, given by their ids."""
    return [f"{field.target}/{linked}" for linked in value or ()]


def _each(value: Any) -> list[Any]:
    """The single links of a written value: a list as JSON has it, or a line of CSV."""
    if value is None:
        return []
    if isinstance(value, str):
        from crmtui.store.kinds.lists import split_list

        return list(dict.fromkeys(split_list(value)))
    return list(value) if isinstance(value, list | tuple) else [value]


KINDS: tuple[Kind, ...] = (LinkKind(), MultiLinkKind())
