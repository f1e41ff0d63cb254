"""The rights of an actor who is no administrator: what they may do, see and know of, together."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from crmtui.model.definitions import Stage, Status, Type
from crmtui.model.message import N_, Message
from crmtui.store.access import Actor, may_impersonate
from crmtui.store.catalog import Catalog
from crmtui.store.database import Database
from crmtui.store.errors import NotFound
from crmtui.store.guard import Guard, setting
from crmtui.store.policy import Decision, Policy, TypePolicy
from crmtui.store.process import target_status
from crmtui.store.query import no_field
from crmtui.store.visible import VisibleCatalog

if TYPE_CHECKING:
    from crmtui.store.rules import FieldState


class Question(NamedTuple):
    """What somebody asks whether they may do; see `Workspace.may`."""

    operation: str
    type: Type | None
    record_id: int | None
    field: str | None
    target: str | None


def answer(
    database: Database, actor: Actor, rights: "Rights | None", question: Question
) -> Decision:
    """Whether an actor may do something.

    Args:
        rights: theirs; None for an administrator.

    Raises:
        NotFound: it is about something that they may not know of.
    """
    if question.operation == "impersonate":
        who = actor.impersonator or actor
        return _yes_or_no(may_impersonate(database, who), who)
    if rights is None:
        return _yes_or_no(True, actor)
    if question.type is None:
        return _yes_or_no(question.operation == "configure" and rights.policy.configures, actor)
    return rights.decided(question, question.type)


def _yes_or_no(allowed: bool, actor: Actor) -> Decision:
    reason = Message(N_("{user} is an administrator"), user=actor.key)
    if not actor.administrator:
        reason = Message(N_("a role lets it") if allowed else N_("no role lets it"))
    return Decision(allowed=allowed, reason=reason)


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

    def decided(self, question: Question, type_: Type) -> Decision:
        """Whether the actor may do something with records of a type, as the catalog has it.

        Raises:
            NotFound: they may not know of the record, the field or the stage.
        """
        policy, seen = self.policy.on(type_), self.visible.type(type_.key, retired=True)
        operation, record_id, field = question.operation, question.record_id, question.field
        if record_id is not None and not policy.decide("read", record_id).allowed:
            ref = f"{type_.key}/{record_id}"
            raise NotFound("no-such-record", N_("there is no record {ref}"), ref=ref)
        if field is not None and field not in seen.field_by_key:
            raise no_field(seen, field)
        target = target_status(seen, question.target) if question.target else None
        if operation == "update" and field is not None:
            operation = setting(type_, field)
        return policy.decide(operation, record_id, field=field, target=target)

    def moves(self, type_key: str, record_id: int, statuses: Sequence[Status]) -> list[Status]:
        """Those of some statuses to which the actor may move a record."""
        policy = self._on(type_key)
        return [s for s in statuses if policy.decide("move", record_id, target=s).allowed]

    def beginnings(self, type_key: str, statuses: Sequence[Status]) -> list[Status]:
        """Those of some statuses at which the actor may add a record."""
        policy = self._on(type_key)
        return [s for s in statuses if policy.decide("create", target=s).allowed]

    def blocked(self, type_key: str, stage: Stage) -> bool:
        """Whether the actor may move records, and none to a stage."""
        policy, first = self._on(type_key), next(iter(stage.live_statuses), None)
        return policy.lets("move") and not policy.decide("move", target=first).allowed

    def _on(self, type_key: str) -> TypePolicy:
        return self.policy.on(self.policy.catalog.type(type_key, retired=True))

    def states(
        self, type_: Type, states: "Mapping[str, FieldState]", record_id: int | None
    ) -> "dict[str, FieldState]":
        """What rules make of the fields of a form, and what the actor may fill in of them."""
        from crmtui.store.rules import FieldState

        operation = "create" if record_id is None else "update"
        found = {}
        for key in self.visible.type(type_.key, retired=True).field_by_key:
            state = states.get(key) or FieldState(True, False, False, None)
            question = Question(operation, type_, record_id, key, None)
            if not self.decided(question, type_).allowed:
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
