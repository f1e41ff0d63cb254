"""What stands before every write of an actor who is no administrator.

A record that they may not see is not there for them, nor is a field; what they may see and not
change is refused by the rule that says so. What is refused is remembered, so that it can be written
down once the transaction it happened in is undone.
"""

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from crmtui.model.definitions import Status, Type
from crmtui.model.message import N_, Message, Word
from crmtui.store.database import quoted
from crmtui.store.errors import Forbidden, Invalid, NotFound, Problem
from crmtui.store.policy import ALIAS, Decision, Policy
from crmtui.store.process import written_place
from crmtui.store.query import no_field
from crmtui.store.visible import VisibleCatalog

_MAY_NOT = N_("{user} may not {action} {what}: {reason}")
_MAY_NOT_AT = {
    "move": N_("{user} may not {action} {what} to {place}: {reason}"),
    "create": N_("{user} may not {action} {what} at {place}: {reason}"),
}
_MAY_NOT_DO = {
    "history": N_("{user} may not see the history of {what}: {reason}"),
    "report": N_("{user} may not run reports on {what}: {reason}"),
}
"""What is said where the word of an operation is no verb of English."""


class Refusal(NamedTuple):
    """Something an actor was not let do: the operation, on what, and why."""

    operation: str
    type_id: int | None
    record_id: int | None
    what: str
    reason: Message


class Guard:
    """Refuses what an actor may not write.

    Args:
        policy: what they may do.
        visible: what they may know of.
    """

    def __init__(self, policy: Policy, visible: VisibleCatalog) -> None:
        self._policy = policy
        self.visible = visible
        self.refusals: list[Refusal] = []

    def adding(self, type_: Type, given: Collection[str], status: Status | None) -> None:
        """Refuse a new record with values for these fields, at a status.

        Raises:
            NotFound: the actor knows of no such type or field.
            Forbidden: no role lets it.
        """
        self.known(type_, given)
        self.require("create", type_, target=status)
        for key in given:
            self.require("create", type_, field=key)

    def added(self, type_: Type, record_id: int) -> None:
        """Refuse a record that was added and is none of those the actor may add."""
        condition = self._policy.on(type_).condition("create")
        if condition == "1":
            return
        # It need not be one that they may read: a letter box takes what it does not show.
        policy = self._policy.on(type_)
        let = [policy.granted(each, "create") for each in policy.grants if "create" in each.lets]
        if "1" in let or self._holds(type_, record_id, f"({' OR '.join(let)})"):
            return
        self.require("create", type_, record_id)

    def owning(self, type_: Type, stored: dict[str, Any]) -> None:
        """Let a new record be the actor's own where they may add only such."""
        owner, policy = type_.owner_field, self._policy.on(type_)
        scopes = [s for each in policy.grants for s in each.lets.get("create", ())]
        if owner and stored.get(owner.key) is None and scopes and "all" not in scopes:
            stored[owner.key] = self._policy.actor.id

    def changing(self, type_: Type, record_id: int, given: Collection[str]) -> None:
        """Refuse other values for these fields of a record."""
        self.reading(type_, record_id)
        self.known(type_, given)
        if not given:
            self.require("update", type_, record_id)
        for key in given:
            self.require(setting(type_, key), type_, record_id, field=key)

    def moving(self, type_: Type, record_id: int, status: Status) -> None:
        """Refuse a move of a record to a status."""
        self.reading(type_, record_id)
        self.require("move", type_, record_id, target=status)

    def removing(self, type_: Type, record_id: int) -> None:
        """Refuse to remove or restore a record."""
        self.reading(type_, record_id)
        self.require("delete", type_, record_id)

    def reading(self, type_: Type, record_id: int) -> None:
        """Refuse a record that the actor may not see, as if it were not there."""
        self.known(type_, ())
        decision = self._policy.on(type_).decide("read", record_id)
        if not decision.allowed:
            ref = f"{type_.key}/{record_id}"
            self._remember("read", type_, record_id, ref, decision)
            raise NotFound("no-such-record", N_("there is no record {ref}"), ref=ref)

    def looks_back(self, type_: Type, record_id: int) -> bool:
        """Whether the actor may know what a record was before."""
        return self._policy.on(type_).decide("history", record_id).allowed

    def known(self, type_: Type, keys: Iterable[str]) -> None:
        """Refuse a type or fields that the actor may not know of, as if there were none such."""
        seen = self.visible.type(type_.key, retired=True)
        for key in keys:
            if key not in seen.field_by_key and key in type_.field_by_key:
                raise no_field(seen, key)

    def require(
        self,
        operation: str,
        type_: Type,
        record_id: int | None = None,
        *,
        field: str | None = None,
        target: Status | None = None,
    ) -> None:
        """Raise `Forbidden` unless a role lets the actor do it; arguments as of `decide`."""
        decision = self._policy.on(type_).decide(operation, record_id, field=field, target=target)
        if decision.allowed:
            return
        ref = type_.key if record_id is None else f"{type_.key}/{record_id}"
        what = f"{ref}.{field}" if field and operation != "assign" else ref
        place = written_place(type_, target) if target else ""
        self._remember(operation, type_, record_id, f"{what} {place}".strip(), decision)
        asked = ["crmtui access explain", self._policy.actor.key, operation, ref, field or place]
        raise Forbidden(
            "permission",
            _MAY_NOT_AT.get(operation, _MAY_NOT) if place else _MAY_NOT_DO.get(operation, _MAY_NOT),
            " ".join(asked).rstrip(),
            user=self._policy.actor.key,
            action=Word(operation),
            what=what,
            place=place,
            reason=decision.reason,
            rule=decision.rule,
        )

    def configuring(self, type_: Type | None, what: str) -> None:
        """Refuse a change of the configuration, of a type or of what is no type's."""
        if type_ is not None and self._policy.on(type_).lets("configure"):
            return
        reason = Message(N_("no role lets it"))
        decision = Decision(allowed=False, reason=reason)
        self._remember("configure", type_, None, what, decision)
        raise Forbidden(
            "not-administrator",
            N_("{user} is no administrator of this workspace"),
            user=self._policy.actor.key,
        )

    def told(self, type_: Type, problem: Invalid) -> Invalid:
        """What is wrong with a record, without naming what the actor may not know of."""
        seen = self.visible.type(type_.key, retired=True)
        problems = [self._told(type_, seen, each) for each in problem.problems]
        return Invalid(str(problem.facts["ref"]), problems)

    def _told(self, whole: Type, seen: Type, problem: Problem) -> Problem:
        if problem.field is not None and problem.field not in seen.field_by_key:
            message = Message(N_("a rule about what you may not see is broken"))
            return Problem(None, "hidden-rule", message)
        owner = problem.message.facts.get("owner")
        if problem.code == "duplicate" and isinstance(owner, str):
            record_id = int(owner.rpartition("/")[2])
            if not self._policy.on(whole).decide("read", record_id).allowed:
                message = Message(N_("another record has this value already"))
                return Problem(problem.field, problem.code, message)
        return problem

    def _holds(self, type_: Type, record_id: int, condition: str) -> bool:
        sql = f"SELECT 1 FROM {quoted(type_.key)} {ALIAS} WHERE {ALIAS}.id = ? AND ({condition})"
        return self._policy.database.scalar(sql, (record_id,)) is not None

    def _remember(
        self,
        operation: str,
        type_: Type | None,
        record_id: int | None,
        what: str,
        decision: Decision,
    ) -> None:
        type_id = type_.id if type_ else None
        self.refusals.append(Refusal(operation, type_id, record_id, what, decision.reason))


def setting(type_: Type, key: str) -> str:
    """The operation by which a field of a record is set: the owner is not changed but assigned."""
    owner = type_.owner_field
    return "assign" if owner is not None and owner.key == key else "update"
