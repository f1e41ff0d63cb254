"""What an import may be to an actor who is no administrator: columns, rows, matches and links.

An import gathers its rows, so what is added is judged a batch at a time, by the condition that
`policy` makes of all roles together; only where a batch has a row that is not let are its rows
looked at one by one, and those are rejected as other bad rows are.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crmtui.model.definitions import Status, Type
from crmtui.model.message import N_, Message
from crmtui.store.catalog import Catalog
from crmtui.store.errors import Problem, Refused
from crmtui.store.guard import Guard
from crmtui.store.mapping import Layout
from crmtui.store.process import status_words, target_status


class PermittedImport:
    """What an actor may import into a type.

    Args:
        type_: as it is.
        creatable: keys of the types of which links may make records.

    Raises:
        Forbidden: they may not import into it, or not make records of one of the others.
    """

    def __init__(self, guard: Guard, type_: Type, creatable: Iterable[str]) -> None:
        self._guard = guard
        self._type = type_
        guard.known(type_, ())
        guard.require("import", type_)
        for key in creatable:
            guard.require("create", guard.whole(key))
        self.seen = guard.visible.type(type_.key, retired=True)
        """The type as the actor sees it: what columns of a file may fill."""
        self.given: tuple[str, ...] = ()

    @property
    def catalog(self) -> Catalog:
        """The types as the actor sees them, by which links are found."""
        return self._guard.visible

    @property
    def source(self) -> str:
        """The SQL of the records that a row may match."""
        return self._guard.visible.source(self._type.key)

    def words(self) -> Mapping[str, Status]:
        """What statuses may be called, of those that the actor knows of."""
        return {word: self._whole(status) for word, status in status_words(self.seen).items()}

    def status(self, written: str) -> Status:
        """The status that a word means; raises what `target_status` does."""
        return self._whole(target_status(self.seen, written))

    def _whole(self, status: Status) -> Status:
        return self._type.status(status.stage, status.key) or status

    def layout(self, seen: Layout) -> Layout:
        """The layout of a file with the fields as they are, for reading their values."""
        fields = [(index, self._type.field_by_key[field.key]) for index, field in seen.fields]
        self.given = tuple(field.key for _, field in fields)
        return seen._replace(fields=fields)

    def refuse_missing(self, missing: Sequence[str]) -> None:
        """Raise `Refused` when fields that are required are none that the actor may know of."""
        if any(key not in self.seen.field_by_key for key in missing):
            raise Refused("hidden-rule", N_("a rule about what you may not see is broken"))

    def told(self, problems: Iterable[Problem]) -> list[Problem]:
        """What is wrong with a row, without naming what the actor may not know of."""
        return self._guard.told(self._type, problems)

    # Rows

    def owning(self, stored: dict[str, Any]) -> None:
        """Let a new record be the actor's own where they may add only such."""
        self._guard.owning(self._type, stored)

    @property
    def owns(self) -> bool:
        """Whether rows may lack an owner one by one, and not all alike."""
        owner = self._type.owner_field
        return owner is not None and owner.key in self.given and self._guard.adds_own(self._type)

    def lets(self, ids: range, statuses: Iterable[Status | None]) -> bool:
        """Whether all records of a range of ids, which were added just now, may be added so."""
        return all(
            self._guard.lets_added(self._type, ids, self.given, status) for status in set(statuses)
        )

    def added(self, record_id: int, status: Status | None) -> None:
        """Raise `Forbidden` for a record that was added and may not be."""
        self._guard.added(self._type, record_id, self.given, status)

    def absent(self, record_id: int) -> Message | None:
        """Why a row may not name a record, by its reference, that the actor may not read."""
        if self._guard.reads(self._type, record_id):
            return None
        return Message(N_("there is no record {ref}"), ref=f"{self._type.key}/{record_id}")

    def comparing(self, record_id: int, keys: Iterable[str]) -> None:
        """Raise what the guard does where the actor may not learn whether a value is kept."""
        self._guard.changing(self._type, record_id, (), tuple(keys))
