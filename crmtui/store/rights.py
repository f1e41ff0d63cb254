"""The rights of an actor who is no administrator: what they may do, see and know of, together."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from crmtui.model.definitions import Stage, Status, Type
from crmtui.model.message import N_, Message
from crmtui.store.access import Actor, may_impersonate
from crmtui.store.catalog import Catalog
from crmtui.store.database import Database, quoted
from crmtui.store.errors import CrmError, Forbidden, NotFound
from crmtui.store.guard import Guard, Refusal
from crmtui.store.journal import encoded_list
from crmtui.store.policy import ALIAS, Decision, Policy, TypePolicy
from crmtui.store.process import target_status
from crmtui.store.query import no_field
from crmtui.store.visible import VisibleCatalog

if TYPE_CHECKING:
    from crmtui.store.permitted_history import PermittedHistory
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
        decision = policy.decide(operation, record_id, field=field, target=target)
        owner = type_.owner_field
        gives = operation == "update" and owner is not None and field == owner.key
        # Who gives a record away needs both.
        return policy.decide("assign", record_id) if gives and decision.allowed else decision

    def let(self, operation: str, type_: Type) -> str:
        """The SQL that holds of rows of `r` for which an operation on their record is let."""
        condition = self.policy.on(type_).condition(operation)
        if condition in ("0", "1"):
            return condition
        table = f"{quoted(type_.key)} {ALIAS}"
        return f"r.id IN (SELECT {ALIAS}.id FROM {table} WHERE {condition})"

    def changes(
        self, rows: Iterable[tuple[int, str, int | None]]
    ) -> list[tuple[int, str, int | None]]:
        """Changes of the journal, without naming what the actor may not know of."""
        rows = list(rows)
        ids: dict[str, set[int]] = {}
        for _, key, record_id in rows:
            if record_id is not None and key and self.visible.find(key) is not None:
                ids.setdefault(key, set()).add(record_id)
        known = {
            (key, row[0])
            for key, found in ids.items()
            for row in self._database.execute(
                f"SELECT id FROM {self.visible.source(key)}"
                " WHERE id IN (SELECT value FROM json_each(?))",
                (encoded_list(sorted(found)),),
            )
        }
        return [
            (
                number,
                key if key and self.visible.find(key) is not None else "",
                record_id if record_id is None or (key, record_id) in known else 0,
            )
            for number, key, record_id in rows
        ]

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

    def require(self, operation: str, type_: Type | None, record_id: int | None = None) -> None:
        """Raise `Forbidden` unless a role lets the operation: on a record, of a type, or of any.

        Args:
            type_: as the actor sees it.
        """
        if type_ is None:
            if operation == "history" and not self.history.lets_any():
                self._remember(operation, None, None, "", Message(N_("no role lets it")))
                raise Forbidden(
                    "permission",
                    N_("{user} may not see what happened: {reason}"),
                    "crmtui role list",
                    user=self._actor.key,
                    reason=Message(N_("no role lets it")),
                )
            return
        whole = self.policy.catalog.type(type_.key, retired=True)
        configures = operation == "history" and self.policy.on(whole).lets("configure")
        if record_id is not None or not configures:
            self.guard.require(operation, whole, record_id)

    @cached_property
    def history(self) -> "PermittedHistory":
        """What of the journal the actor may know of."""
        from crmtui.store.permitted_history import PermittedHistory

        return PermittedHistory(self._database, self.policy, self.visible)

    def probed(self, problem: BaseException) -> None:
        """Remember that the actor asked for what they may not know of, or what there is not.

        The two are remembered alike, so that it takes the same time to be told of neither.
        """
        code = getattr(problem, "code", "")
        if not isinstance(problem, CrmError) or problem.noted or not code.startswith("no-such-"):
            return
        problem.noted = True
        facts, noun = problem.facts, code.removeprefix("no-such-")
        if noun == "record" and "ref" in facts:
            type_key, _, number = str(facts["ref"]).partition("/")
            self._asked(type_key, int(number) if number.isdecimal() else None, None)
        elif noun in ("type", "field") and "type" in facts:
            self._asked(str(facts["type"]), None, facts.get("field"))

    def _asked(self, type_key: str, record_id: int | None, field: str | None) -> None:
        whole = self.policy.catalog.find(type_key)
        what = type_key if record_id is None else f"{type_key}/{record_id}"
        reason = Message(N_("there is none such"))
        if whole is not None:
            there = record_id is None or self._exists(whole, record_id)
            known = whole.field_by_key.get(field or "")
            if there and (field is None or known is not None):
                decision = self.policy.on(whole).decide("read", record_id, field=field)
                hidden = Message(N_("what it stands on may not be seen"))
                reason = hidden if decision.allowed else decision.reason
        if field is not None:
            what = f"{what}.{field}"
        self._remember("read", whole.id if whole else None, record_id, what, reason)

    def _exists(self, whole: Type, record_id: int) -> bool:
        sql = f"SELECT 1 FROM {quoted(whole.key)} WHERE id = ?"
        return self._database.scalar(sql, (record_id,)) is not None

    def _remember(
        self,
        operation: str,
        type_id: int | None,
        record_id: int | None,
        what: str,
        reason: Message,
    ) -> None:
        known = [(each.type_id, each.record_id, each.what) for each in self.guard.refusals]
        if (type_id, record_id, what) not in known:
            self.guard.refusals.append(Refusal(operation, type_id, record_id, what, reason))

    def note_refusals(self, command: str) -> None:
        """Write down what was refused, once no transaction is open that may be undone."""
        if not self.guard.refusals or self._database.connection.in_transaction:
            return
        refusals, self.guard.refusals = self.guard.refusals, []
        from crmtui.store.refusals import note

        note(self._database, self._actor, command, refusals)
