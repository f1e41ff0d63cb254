"""Files in what an actor reads: a column that tells how large they are."""

from collections.abc import Sequence
from typing import Any

from crmtui.model.definitions import Field, Type
from crmtui.store.attachments import Attachments
from crmtui.store.database import Database
from crmtui.store.kinds.files import hash_of, name_of, size_text
from crmtui.store.query import Column


class FileColumn(Column):
    """A column of files, whose content lies beside the workspace."""

    __slots__ = ("_attachments",)

    def __init__(self, type_: Type, key: str, index: int, field: Field, database: Database) -> None:
        super().__init__(type_, key, index, field)
        self._attachments = Attachments(database)

    def json(self, row: Sequence[Any]) -> Any:
        """For JSON: {name, size, sha256}; the size is null where the content is lost."""
        value = self.raw(row)
        if value is None:
            return None
        return {
            "name": name_of(value),
            "size": self._attachments.size(value),
            "sha256": hash_of(value),
        }

    def text(self, row: Sequence[Any], language: str = "en") -> str:
        """For people: the name and how large it is."""
        value = self.raw(row)
        if value is None:
            return ""
        size = self._attachments.size(value)
        return f"{name_of(value)} ({'?' if size is None else size_text(size)})"
