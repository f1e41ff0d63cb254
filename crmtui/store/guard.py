"""What stands before every write of an actor who is no administrator.

A record that they may not see is not there for them, nor is a field; what they may see and not
change is refused by the rule that says so. What is refused is remembered, so that it can be written
down once the transaction it happened in is undone.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from crmtui.model.definitions import Field, Status, Type
from crmtui.model.message import N_, Message, Word
from crmtui.store.database import quoted
from crmtui.store.errors import Forbidden, NotFound, Problem
from crmtui.store.policy import ALIAS, Decision, Policy
from crmtui.store.process import written_place
from crmtui.store.query import SYSTEM_COLUMNS, no_field
from crmtui.store.visible import LISTED, VisibleCatalog

MOST_REMEMBERED = 100
"""Refusals of one act that are written down: an import may have as many as it has rows."""

_SAID = "expression"
"""The shape of the attributes that name fields in SQL."""

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

    def added(
        self, type_: Type, record_id: int, given: Collection[str], status: Status | None
    ) -> None:
        """Refuse a record that was added and is none of those the actor may add so.

        It need not be one that they may read: a letter box takes what it does not show.
        """
        condition = self._policy.on(type_).writing("create", given, status)
        if condition == "1" or self.holds(type_, record_id, condition):
            return
        self.require("create", type_, record_id, target=status)
        for key in given:
            self.require("create", type_, record_id, field=key)
        raise AssertionError("a condition and a decision disagree")

    def lets_added(
        self, type_: Type, ids: range, given: Collection[str], status: Status | None
    ) -> bool:
        """Whether those of a range of records that were added at a status may be added so."""
        condition = self._policy.on(type_).writing("create", given, status)
        if condition == "1":
            return True
        sql = (
            f"SELECT 1 FROM {quoted(type_.key)} {ALIAS} WHERE {ALIAS}.id BETWEEN ? AND ?"
            f" AND {ALIAS}.stage IS ? AND {ALIAS}.status IS ? AND ({condition}) IS NOT TRUE LIMIT 1"
        )
        stands = (status.stage, status.key) if status else (None, None)
        return self._policy.database.scalar(sql, (ids.start, ids.stop - 1, *stands)) is None

    def owning(self, type_: Type, stored: dict[str, Any]) -> None:
        """Let a new record be the actor's own where they may add only such."""
        owner = type_.owner_field
        if owner and stored.get(owner.key) is None and self.adds_own(type_):
            stored[owner.key] = self._policy.actor.id

    def adds_own(self, type_: Type) -> bool:
        """Whether the actor may add records of their own, or their teams', and no others."""
        grants = self._policy.on(type_).grants
        scopes = {scope for each in grants for scope in each.lets.get("create", ())}
        return bool(scopes & {"own", "team"}) and "all" not in scopes

    def changing(
        self,
        type_: Type,
        record_id: int,
        given: Collection[str],
        unchanged: Collection[str] = (),
    ) -> None:
        """Refuse other values for these fields of a record.

        Args:
            unchanged: fields for which the value was given that the record has. Who may not see
                it as it is shall not learn in this way that it is just that.
        """
        self.known(type_, (*given, *unchanged))
        policy, owner = self._policy.on(type_), type_.owner_field
        if unchanged:
            self.reading(type_, record_id)
            unseen = [k for k in unchanged if not self.holds(type_, record_id, policy.showing(k))]
            given = [*given, *unseen]
        if unchanged and not given:
            return
        assigned = owner is not None and owner.key in given
        writing = policy.writing("update", given)
        if self.holds(type_, record_id, writing) and not (
            assigned and not self.holds(type_, record_id, policy.condition("assign"))
        ):
            return
        self.reading(type_, record_id)
        self.require("update", type_, record_id)
        for key in given:
            self.require("update", type_, record_id, field=key)
        if assigned:
            self.require("assign", type_, record_id)
        raise AssertionError("a condition and a decision disagree")

    def assigning(self, type_: Type, record_id: int, owner: str) -> None:
        """Refuse to give a record to another user; whoever may give it need not change it else."""
        self.reading(type_, record_id)
        self.known(type_, [owner])
        self.require("assign", type_, record_id, field=owner)

    def moving(self, type_: Type, record_id: int, status: Status) -> None:
        """Refuse a move of a record to a status."""
        if self.may_move(type_, record_id, status):
            return
        self.reading(type_, record_id)
        self.require("move", type_, record_id, target=status)
        raise AssertionError("a condition and a decision disagree")

    def may_move(self, type_: Type, record_id: int, status: Status) -> bool:
        """Whether a record may be moved to a status."""
        return self.holds(type_, record_id, self._policy.on(type_).moving(status))

    def removing(self, type_: Type, record_id: int) -> None:
        """Refuse to remove or restore a record."""
        if self.holds(type_, record_id, self._policy.on(type_).condition("delete")):
            return
        self.reading(type_, record_id)
        self.require("delete", type_, record_id)
        raise AssertionError("a condition and a decision disagree")

    def reading(self, type_: Type, record_id: int) -> None:
        """Refuse a record that the actor may not see, as if it were not there."""
        self.known(type_, ())
        if not self.reads(type_, record_id):
            ref = f"{type_.key}/{record_id}"
            decision = self._policy.on(type_).decide("read", record_id)
            self._remember("read", type_, record_id, ref, decision)
            raise NotFound("no-such-record", N_("there is no record {ref}"), ref=ref)

    def reads(self, type_: Type, record_id: int) -> bool:
        """Whether the actor may see a record."""
        return self.holds(type_, record_id, self._policy.on(type_).condition("read"))

    def whole(self, key: str) -> Type:
        """The type of that key as it is, when the actor may know of it; raises `NotFound`."""
        return self._policy.catalog.type(self.visible.type(key).key)

    def looks_back(self, type_: Type, record_id: int) -> bool:
        """Whether the actor may know what a record was before."""
        return self._policy.on(type_).decide("history", record_id).allowed

    def known(self, type_: Type, keys: Iterable[str]) -> None:
        """Refuse a type or fields that the actor may not know of, as if there were none such."""
        seen = self.visible.type(type_.key, retired=True)
        for key in keys:
            # What every record has beside its fields can be set by nobody, which is told later.
            if key not in seen.field_by_key and key not in SYSTEM_COLUMNS:
                raise no_field(seen, key)

    def refused(
        self, operation: str, type_: Type, record_id: int | None, keys: Iterable[str]
    ) -> list[Problem]:
        """What a draft would be refused for, beside each field; nothing is remembered of it."""
        self.known(type_, keys)
        policy = self._policy.on(type_)
        problems = []
        for key in (None, *keys):
            decision = policy.decide(operation, record_id, field=key)
            if decision.allowed and key is not None and self._assigns(type_, record_id, key):
                decision = policy.decide("assign", record_id)
            if not decision.allowed:
                problems.append(Problem(key, "permission", decision.reason))
                if key is None:
                    break
        return problems

    def _assigns(self, type_: Type, record_id: int | None, key: str) -> bool:
        owner = type_.owner_field
        return record_id is not None and owner is not None and owner.key == key

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
        if operation == "create":
            # What is not let in gets no number that anybody could ask about.
            record_id = None
        ref = type_.key if record_id is None else f"{type_.key}/{record_id}"
        what = f"{ref}.{field}" if field and operation != "assign" else ref
        place = written_place(type_, target) if target else ""
        self._remember(operation, type_, record_id, f"{what} {place}".strip(), decision)
        reason, rule = decision.reason, decision.rule
        if target is not None and not self._knows(type_, target):
            # Where a record begins by itself may be a stage that the actor may not know of.
            place, reason, rule = "", Message(N_("no role lets it")), None
        asked = ["crmtui access explain", self._policy.actor.key, operation, ref, field or place]
        raise Forbidden(
            "permission",
            _MAY_NOT_AT.get(operation, _MAY_NOT) if place else _MAY_NOT_DO.get(operation, _MAY_NOT),
            " ".join(asked).rstrip(),
            user=self._policy.actor.key,
            action=Word(operation),
            what=what,
            place=place,
            reason=reason,
            rule=rule,
        )

    def _knows(self, type_: Type, target: Status) -> bool:
        seen = self.visible.type(type_.key, retired=True)
        return seen.status(target.stage, target.key) is not None

    def configuring(self, type_: Type | None, what: str) -> None:
        """Refuse a change of the configuration, of a type or of what is no type's."""
        if type_ is not None and self._policy.on(type_).lets("configure"):
            return
        reason = Message(N_("no role lets it"))
        decision = Decision(allowed=False, reason=reason)
        self._remember("configure", type_, None, what, decision)
        if self._policy.configures:
            raise Forbidden(
                "permission",
                _MAY_NOT,
                user=self._policy.actor.key,
                action=Word("configure"),
                what=what,
                reason=reason,
            )
        raise Forbidden(
            "not-administrator",
            N_("{user} is no administrator of this workspace"),
            user=self._policy.actor.key,
        )

    def naming(self, type_: Type, noun: str, values: Mapping[str, Any]) -> None:
        """Refuse a change that names types, or fields of other types, as if there were none such.

        Raises:
            NotFound: the actor may not know of what it names.
        """
        from crmtui.model.keys import normal_key
        from crmtui.model.nouns import NOUNS
        from crmtui.store.tokens import names

        attributes = NOUNS[noun].attributes
        for name, value in values.items():
            text = value if isinstance(value, str) else ""
            if name == "to" and text:
                self.visible.type(normal_key(text), retired=True)
            elif name in ("from", "options_of") and "." in text:
                self._names(type_, tuple(normal_key(text).split(".", 1)))
            elif name == "measure" or (name in attributes and attributes[name].shape == _SAID):
                for found in names(text):
                    self._names(type_, found.path)

    def _names(self, type_: Type, path: tuple[str, ...]) -> None:
        """Refuse what a path from a type, or a type's field, leads to that the actor knows not."""
        field = type_.field_by_key.get(path[0])
        if len(path) < 2 or (field is not None and not field.target):
            return
        seen = self.visible.type(field.target or "" if field else path[0], retired=True)
        key = path[1].casefold()
        if key not in SYSTEM_COLUMNS and key not in {f.key.casefold() for f in seen.all_fields}:
            raise no_field(seen, path[1])

    def told(self, type_: Type, problems: Iterable[Problem]) -> list[Problem]:
        """What is wrong with a record, without naming what the actor may not know of."""
        seen = self.visible.type(type_.key, retired=True)
        return [self._told(type_, seen, each) for each in problems]

    def _told(self, whole: Type, seen: Type, problem: Problem) -> Problem:
        field = problem.field if problem.field in seen.field_by_key else None
        closed = field != problem.field or any(
            self.visible.tells(whole, each) for each in problem.about
        )
        if problem.code == "duplicate" and field is not None:
            owner = str(problem.message.facts.get("owner", "/0"))
            if closed or not self.reads(whole, int(owner.rpartition("/")[2])):
                message = Message(N_("another record has this value already"))
                return Problem(field, problem.code, message)
        if closed:
            message = Message(N_("a rule about what you may not see is broken"))
            return Problem(field, "hidden-rule", message)
        return problem

    def limited(self, type_: Type) -> dict[str, Field]:
        """The fields of a type of whose options the actor may not know all, as they see them."""
        if not any(field.options_of in LISTED for field in type_.fields):
            return {}
        seen = self.visible.type(type_.key, retired=True)
        return {field.key: field for field in seen.fields if field.options_of in LISTED}

    def has_file(self, sha256: str) -> bool:
        """Whether a record that the actor may read has a file of that hash, as they see it."""
        for whole in self._policy.catalog.types(retired=True):
            seen = self.visible.find(whole.key)
            for field in seen.fields if seen else ():
                if field.kind == "file":
                    sql = f"SELECT 1 FROM {self.visible.source(whole.key)} WHERE"
                    sql = f"{sql} substr({quoted(field.key)}, 1, 64) = ? LIMIT 1"
                    if self._policy.database.scalar(sql, (sha256,)):
                        return True
        return False

    def holds(self, type_: Type, record_id: int, condition: str) -> bool:
        """Whether a condition of `policy` holds for a record."""
        if condition == "0":
            return False
        sql = f"SELECT 1 FROM {quoted(type_.key)} {ALIAS} WHERE {ALIAS}.id = ? AND {condition}"
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
        if len(self.refusals) < MOST_REMEMBERED:
            self.refusals.append(Refusal(operation, type_id, record_id, what, decision.reason))
