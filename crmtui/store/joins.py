"""The tables of linked records and users that a SELECT reads beside its own."""

from typing import TYPE_CHECKING

from crmtui.model.definitions import Field
from crmtui.store.database import quoted

if TYPE_CHECKING:
    from collections.abc import Callable

    # A protocol costs more to make than the rest of the module.
    from typing import Protocol

    class Joining(Protocol):
        """Gives the names of joined tables to who writes SQL over them."""

        def link(self, alias: str, field: Field) -> str:
            """The name of the table that a link field of the table `alias` leads to."""

        def user(self, column: str) -> str:
            """The name of the table of the users whose ids are in a column."""


class Joins:
    """Gathers the joins of one SELECT; each link of each table is joined once.

    Args:
        source: gives the SQL of what records of a type are read from, by the type's key.
    """

    def __init__(self, source: "Callable[[str], str]" = quoted) -> None:
        self._source = source
        self._sql: dict[str, str] = {}
        self._users: dict[str, str] = {}
        self._deciding: set[str] = set()

    def link(self, alias: str, field: Field) -> str:
        """The name of the table that a link field of the table `alias` leads to."""
        name = f"l{field.id}" if alias == "r" else f"{alias}_{field.id}"
        if name not in self._sql:
            assert field.target is not None
            on = f"{name}.id = {alias}.{quoted(field.key)}"
            self._sql[name] = f" LEFT JOIN {self._source(field.target)} {name} ON {on}"
        return name

    def user(self, column: str) -> str:
        """The name of the table of the users whose ids are in a column."""
        name = self._users.setdefault(column, f"u{len(self._users)}")
        self._sql.setdefault(name, f" LEFT JOIN crm_user {name} ON {name}.id = {column}")
        return name

    def within(self, sql: str) -> str:
        """The joins of the tables that some SQL reads, directly or on the way to another."""
        needed = ""
        for name, join in reversed(self._sql.items()):
            if f"{name}." in sql + needed:
                needed += join
        return needed

    @property
    def deciding(self) -> "Deciding":
        """The same joins, for what decides which records come, or in what order."""
        return Deciding(self, self._deciding)

    @property
    def sql(self) -> str:
        """All joins, as they follow the FROM of the SELECT."""
        return "".join(self._sql.values())

    @property
    def deciding_sql(self) -> str:
        """Only the joins that decide."""
        return "".join(sql for name, sql in self._sql.items() if name in self._deciding)


class Deciding:
    """Joins whose tables decide which records come, or in what order."""

    def __init__(self, joins: Joins, names: set[str]) -> None:
        self._joins = joins
        self._names = names

    def link(self, alias: str, field: Field) -> str:
        """As of `Joins`."""
        return self._noted(self._joins.link(alias, field))

    def user(self, column: str) -> str:
        """As of `Joins`."""
        return self._noted(self._joins.user(column))

    def _noted(self, name: str) -> str:
        self._names.add(name)
        return name
