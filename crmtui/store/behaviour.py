"""What a noun of the configuration may do besides its row: the common part of all of them."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from crmtui.model.definitions import Definition, Type
from crmtui.model.keys import key_problem
from crmtui.model.message import N_, Message
from crmtui.model.nouns import NOUNS
from crmtui.store.catalog import Catalog
from crmtui.store.database import Database
from crmtui.store.errors import Misused
from crmtui.store.journal import Journal
from crmtui.store.process import settle_into_first_stage
from crmtui.store.tables import Tables


class Place(NamedTuple):
    """Where a reference points: its own key, the type, the parent, and what was found there."""

    key: str
    type: Type | None
    parent: Definition | None
    found: Definition | None

    @property
    def definition(self) -> Definition:
        """What was found; only where it must exist."""
        assert self.found is not None
        return self.found

    @property
    def found_id(self) -> int:
        """The id of what was found."""
        return self.definition.id

    @property
    def of_type(self) -> Type:
        """The type it belongs to; only for what hangs on a type."""
        assert self.type is not None
        return self.type


_LAYOUTS = frozenset({"form_layout", "detail_layout", "list_columns", "card_fields"})


class Behaviour:
    """The common part: a noun that is nothing but its row."""

    names_a_column = False

    def __init__(
        self,
        noun: str,
        database: Database,
        catalog: Catalog,
        tables: Tables,
        journal: Journal,
        actor_id: int,
    ) -> None:
        self.noun = noun
        self.database = database
        self.catalog = catalog
        self.tables = tables
        self.journal = journal
        self.actor_id = actor_id
        self.notes: list[Message] = []
        """What is worth telling of the change that was made last."""
        self.allow_data_loss = False
        """Whether the change may lose values that cannot be kept."""

    def key_problem(self, key: str) -> Message | None:
        """Why `key` cannot be one of this noun, or None when it can."""
        return key_problem(key, column=self.names_a_column, hyphens=NOUNS[self.noun].hyphens)

    def siblings(self, place: Place) -> Sequence[Definition]:
        """Everything of this noun under the same parent, in order, retired ones too."""
        raise NotImplementedError

    def find(self, place: Place) -> Definition | None:
        """The definition with the key of `place`, or None."""
        return next((d for d in self.siblings(place) if d.key == place.key), None)

    def parent_columns(self, place: Place) -> dict[str, Any]:
        """The columns that say what it hangs on."""
        return {}

    def laid_out(
        self, type_: Type, row: dict[str, Any], stage: str | None = None
    ) -> dict[str, Any]:
        """New columns with the layouts among them checked; mostly there are none.

        Raises:
            Refused: what is to be a layout is none.
            NotFound: it names a field that there is not.
        """
        if _LAYOUTS.isdisjoint(row):
            return row
        from crmtui.store import layouts

        row = layouts.checked(type_, row, stage)
        self.notes += layouts.sections_changed(type_, row, stage)
        return row

    def before_add(
        self, place: Place, row: dict[str, Any], values: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Check a new row and complete it."""
        return row

    def after_add(self, place: Place, row: dict[str, Any], values: Mapping[str, Any]) -> None:
        """What a new definition brings with it."""

    def before_set(self, place: Place, columns: dict[str, Any]) -> dict[str, Any]:
        """Check new attributes and complete them."""
        return columns

    def after_set(self, place: Place, before: dict[str, Any], after: dict[str, Any]) -> None:
        """What follows from new attributes."""

    def transform(self, place: Place, columns: dict[str, Any]) -> dict[str, Any] | None:
        """Make it another kind of thing, as its new attributes ask; None when they do not.

        Returns:
            What it was before, as the journal keeps it.
        """
        return None

    def before_rename(self, place: Place, key: str) -> None:
        """What must follow a new key while the old one is still known."""

    def after_rename(self, place: Place, key: str) -> None:
        """What follows from a new key."""

    def before_remove(self, place: Place, move_to: str | None) -> None:
        """Refuse a retirement that data stands against, or move the data."""

    def after_visibility(self, place: Place) -> None:
        """What follows from a retirement or a restoration."""

    def before_purge(self, place: Place) -> None:
        """Refuse a purge that data stands against, or drop the data."""

    def merge(self, place: Place, into: str) -> dict[str, Any]:
        """Let another one take the place of this one; returns what the journal keeps of it."""
        raise Misused("bad-verb", N_("only options can be merged"))

    def settle(self, place: Place) -> None:
        """Let the records of a type that has got its first status stand there."""
        self.catalog.forget(place.of_type.key)
        type_ = self.catalog.type(place.of_type.key, retired=True)
        settle_into_first_stage(self.database, self.tables, self.journal, type_)
