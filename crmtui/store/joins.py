"""The tables of linked records that a SELECT reads beside its own."""

from collections.abc import Callable

from crmtui.model.definitions import Field
from crmtui.store.database import quoted

Joined = Callable[[str, Field], str]
"""Gives, for the name of a table and a link field of its type, the name of the linked table."""


class Joins:
    """Gathers the joins of one SELECT; each link of each table is joined once."""

    def __init__(self) -> None:
        self._sql: dict[str, str] = {}
        self.deciding: set[str] = set()
        """The joined tables that decide which records come, or in what order."""

    def joined(self, alias: str, field: Field) -> str:
        """The name of the table that a link field of the table `alias` leads to."""
        name = f"l{field.id}" if alias == "r" else f"{alias}_{field.id}"
        if name not in self._sql:
            assert field.target is not None
            on = f"{name}.id = {alias}.{quoted(field.key)}"
            self._sql[name] = f" LEFT JOIN {quoted(field.target)} {name} ON {on}"
        return name

    def decided(self, alias: str, field: Field) -> str:
        """As `joined`, for what decides which records come, or in what order."""
        name = self.joined(alias, field)
        self.deciding.add(name)
        return name

    @property
    def sql(self) -> str:
        """All joins, as they follow the FROM of the SELECT."""
        return "".join(self._sql.values())

    @property
    def deciding_sql(self) -> str:
        """Only the joins that decide."""
        return "".join(sql for name, sql in self._sql.items() if name in self.deciding)
