"""Multilinks in what an actor reads: a column of several records, each with its title."""

from collections.abc import Sequence
from typing import Any

from crmtui.store.kinds.lists import joined_list
from crmtui.store.query import Column


class LinksColumn(Column):
    """A column whose value comes as JSON: a list of pairs of id and stored title."""

    __slots__ = ()

    def raw(self, row: Sequence[Any]) -> Any:
        """The ids of the linked records as a tuple, or None."""
        return tuple(pair[0] for pair in self._pairs(row)) or None

    def plain(self, row: Sequence[Any]) -> str:
        """For CSV and TSV: titles as a line of CSV; references where a title is not enough."""
        named = []
        for linked, title in self._pairs(row):
            text = self.titled(title)
            known = text is not None and text.casefold() not in self.ambiguous
            named.append(text if known and text else self._ref(linked))
        return joined_list(named)

    def json(self, row: Sequence[Any]) -> Any:
        """For JSON: a list of {ref, title}, empty when nothing is linked."""
        return [
            {"ref": self._ref(linked), "title": self.titled(title)}
            for linked, title in self._pairs(row)
        ]

    def text(self, row: Sequence[Any], language: str = "en") -> str:
        """For people: the titles."""
        joint = "、" if language.startswith("zh") else ", "
        return joint.join(
            self.titled(title, language) or self._ref(linked) for linked, title in self._pairs(row)
        )

    def refs(self, row: Sequence[Any]) -> list[str]:
        """The references of the linked records."""
        return [self._ref(linked) for linked, _ in self._pairs(row)]

    def _pairs(self, row: Sequence[Any]) -> list[tuple[int, Any]]:
        text = row[self._index]
        if text == "[]":
            return []
        import json

        return json.loads(text)

    def _ref(self, linked: int) -> str:
        assert self._target is not None
        return f"{self._target.key}/{linked}"
