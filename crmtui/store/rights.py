"""The rights of an actor who is no administrator: what they may do, see and know of, together."""

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from crmtui.model.definitions import Type
from crmtui.store.access import Actor
from crmtui.store.catalog import Catalog
from crmtui.store.database import Database
from crmtui.store.guard import Guard, setting
from crmtui.store.policy import Policy
from crmtui.store.visible import VisibleCatalog

if TYPE_CHECKING:
    from crmtui.store.rules import FieldState


class Rights:
    """One actor's policy, the catalog as they see it, and the guard before their writes."""

    def __init__(self, database: Database, catalog: Catalog, actor: Actor) -> None:
        self._database = database
        self._actor = actor
        self.policy = Policy(database, catalog, actor)
        self.visible = VisibleCatalog(self.policy)
        self.policy.secret = self.visible.tells
        self.guard = Guard(self.policy, self.visible)

    @cached_property
    def configurable(self) -> VisibleCatalog:
        """The catalog in which the types that the actor may configure stand whole."""
        return VisibleCatalog(self.policy, configurable=True)

    def states(
        self, type_: Type, states: "Mapping[str, FieldState]", record_id: int | None
    ) -> "dict[str, FieldState]":
        """What rules make of the fields of a form, and what the actor may fill in of them."""
        from crmtui.store.rules import FieldState

        policy = self.policy.on(type_)
        found = {}
        for key in self.visible.type(type_.key, retired=True).field_by_key:
            state = states.get(key) or FieldState(True, False, False, None)
            operation = "create" if record_id is None else setting(type_, key)
            if not policy.decide(operation, record_id, field=key).allowed:
                state = state._replace(read_only=True, required=False)
            found[key] = state
        return found

    def note_refusals(self, command: str) -> None:
        """Write down what was refused; no transaction is open."""
        refusals, self.guard.refusals = self.guard.refusals, []
        if not refusals or self._database.in_transaction:
            return
        from crmtui.store.refusals import note

        note(self._database, self._actor, command, refusals)
