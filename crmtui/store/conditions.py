"""The records that roles let an actor read, change and add, as conditions in SQL.

All roles of the actor make one condition together, so that the SELECT of a list, the guard before
a write and the decision that is explained cannot disagree.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property
from math import isqrt
from typing import TYPE_CHECKING

from crmtui.model.definitions import Status, Type
from crmtui.store.database import literal, quoted
from crmtui.store.grants import AT_STAGE, Grant, places_of, reaches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmtui.store.policy import Policy

ALIAS = "s"
"""The name of a type's table in every condition made here."""

_PAGE = 50
"""So many records are a page, when it is guessed how best to find those of one."""

_SHARED = {"read": "1", "update": "may_update"}
"""The operations that a shared record is shared for, with what must hold of the sharing."""


class Conditions:
    """For which records of one type an actor may do what, as SQL about a table called `s`.

    Args:
        grants: what each of their roles says of the type.
    """

    def __init__(self, policy: "Policy", type_: Type, grants: tuple[Grant, ...]) -> None:
        self._policy = policy
        self.type = type_
        self.grants = grants
        self._conditions: dict[tuple[str, str], str] = {}
        self._written: dict[str, str] = {}
        self._scopes: dict[str, str | None] = {}

    @cached_property
    def visible(self) -> bool:
        """Whether the actor knows of the type at all: a role lets something with it."""
        return any(each.lets for each in self.grants) and not self._denied_outright("read")

    @cached_property
    def listed(self) -> bool:
        """Whether the type stands in lists of types."""
        return any(
            each.lets and not any(p.unlisted for p in each.permissions) for each in self.grants
        )

    def lets(self, operation: str) -> bool:
        """Whether the operation is let for any record, or at all."""
        return any(operation in each.lets for each in self.grants) and not self._denied_outright(
            operation
        )

    def _denied_outright(self, operation: str) -> bool:
        return any("all" in each.denies.get(operation, ()) for each in self.grants)

    def condition(self, operation: str) -> str:
        """The SQL that holds for the records that the actor may do the operation on."""
        known = self._written.get(operation)
        if known is None:
            parts = [self._let(self.grants, operation), *self._undenied(operation)]
            if operation != "read":
                parts.insert(0, self.condition("read"))
            known = self._written[operation] = _all(parts)
        return known

    def moving(self, target: Status) -> str:
        """The SQL that holds for the records that the actor may move to a status."""
        known = self._written.get(f"move {target.ref}")
        if known is None:
            let = self._let(self.grants, "move")
            # Who stands in a place already does not enter it.
            stands = [
                self.standing(place)
                for grant in self.grants
                for place in places_of(target)
                if "enter" in grant.stages.get(place, ())
            ]
            parts = [self.condition("read"), let, *self._undenied("move", target), *stands]
            known = self._written[f"move {target.ref}"] = _all(parts)
        return known

    def writing(self, operation: str, keys: Collection[str], target: Status | None = None) -> str:
        """The SQL that holds for the records in which the actor may write values for fields.

        Each of the values may be let by another role, but each by one that lets it for the record.

        Args:
            operation: `update`, or `create`, of which one need not see what one has added.
            target: where a record is added at.
        """
        name = f"{operation}({','.join(keys)}) {target.ref if target else ''}"
        if name in self._written:
            return self._written[name]
        letting = [each for each in self.grants if operation in each.lets]
        parts = [self.condition("read")] if operation != "create" else []
        parts.append(self._let(letting, operation))
        for key in keys:
            levels = [each.level(key) for each in self.grants]
            reaching = [g for g in letting if reaches(operation, g.level(key))]
            if "denied" in levels:
                parts.append("0")
            elif len(reaching) < len(letting):
                parts.append(self._let(reaching, operation))
            if operation != "create":
                parts.append(self.showing(key))
        if target and any(
            "enter" in g.stages.get(p, ()) for g in self.grants for p in places_of(target)
        ):
            parts.append("0")
        made = self._written[name] = _all([*parts, *self._undenied(operation)])
        return made

    def showing(self, key: str) -> str:
        """The SQL that holds for the records on which the actor sees a field as it is."""
        reading = [each for each in self.grants if "read" in each.lets]
        shows = [g for g in reading if g.level(key).partition(":")[0] in ("", "read-only")]
        if len(shows) == len(reading):
            return "1"
        return self._let(shows, "read")

    def _undenied(self, operation: str, target: Status | None = None) -> list[str]:
        # What is unknown of a record does not make it one of those that are denied.
        return [f"({denial}) IS NOT TRUE" for denial, _grant in self.denials(operation, target)]

    def granted(self, grant: Grant, operation: str) -> str:
        """The SQL that holds for the records for which a role lets an operation."""
        known = self._conditions.get((grant.rule, operation))
        if known is None:
            known = self._conditions[grant.rule, operation] = self._let([grant], operation)
        return known

    def _let(self, grants: Iterable[Grant], operation: str) -> str:
        """The SQL that holds for the records for which one of some roles lets an operation."""
        scopes = [scope for each in grants for scope in each.lets.get(operation, ())]
        if "all" in scopes:
            return "1"
        # Owners together are one test, by which an index finds their records.
        owners = {i for s in scopes for i in self._owners.get(s, ())}
        parts = [self.owned(owners)] if owners else []
        parts += [self.scope(scope) or "0" for scope in scopes if scope not in self._owners]
        if scopes and operation in _SHARED:
            parts += self._shared(operation)
        return _any(parts)

    @cached_property
    def _owners(self) -> Mapping[str, Iterable[int]]:
        """Whose the records are that the words for scopes mean, by user id."""
        return {"own": (self._policy.actor.id,), "team": self._policy.mates}

    def owned(self, owners: Iterable[int], before: str = "") -> str:
        """The SQL that holds for the records of some users.

        Args:
            before: what stands before the column; a plus keeps SQLite from finding by an index.
        """
        owner = self.type.owner_field
        column = f"{before}{ALIAS}.{quoted(owner.key if owner else 'created_by')}"
        return f"({column} IN ({', '.join(map(str, sorted(owners)))}))"

    @cached_property
    def paged(self) -> str:
        """The condition by which pages are read in the order of an index.

        Where the actor may read many of the records it is quicker to look at one after the other in
        that order until the page is full, than to find all of theirs first and sort them.
        """
        condition = self.condition("read")
        scopes = {s for each in self.grants for s in each.lets.get("read", ())}
        owners = {i for s in scopes & self._owners.keys() for i in self._owners[s]}
        if not owners or "all" in scopes or self.owned(owners) not in condition:
            return condition
        table = quoted(self.type.key)
        most = self._policy.database.scalar(f"SELECT max(id) FROM {table}") or 0
        enough = isqrt(_PAGE * most) + 1
        found = f"SELECT 1 FROM {table} {ALIAS} WHERE {self.owned(owners)}"
        sql = f"SELECT count(*) FROM ({found} AND removed_at IS NULL LIMIT {enough})"
        if self._policy.database.scalar(sql) < enough:
            return condition
        return condition.replace(self.owned(owners), self.owned(owners, "+"))

    def denials(self, operation: str, target: Status | None = None) -> Iterator[tuple[str, Grant]]:
        """The SQL that holds for records that are denied, and who denies them.

        Args:
            target: where a record is moved to; within a stage that is no way out of it.
        """
        action = AT_STAGE.get(operation)
        within = places_of(target) if target and action == "leave" else ()
        for grant in self.grants:
            for scope in grant.denies.get(operation, ()):
                # What nobody can understand any more must not let anything through.
                yield self.scope(scope) or "1", grant
            for place, actions in grant.stages.items():
                if action in actions and place not in within:
                    yield self.standing(place), grant

    def standing(self, place: str) -> str:
        """The SQL that holds for records at a stage or `stage.status`."""
        stage, dot, status = place.partition(".")
        sql = f"{ALIAS}.stage IS {literal(stage)}"
        return f"({sql} AND {ALIAS}.status IS {literal(status)})" if dot else f"({sql})"

    def scope(self, text: str) -> str | None:
        """The SQL of a scope; None when it rests."""
        if text not in self._scopes:
            self._scopes[text] = self._compiled(text)
        return self._scopes[text]

    def _compiled(self, text: str) -> str | None:
        if text == "all":
            return "1"
        if text in self._owners:
            return self.owned(self._owners[text])
        from crmtui.store.expressions import resting
        from crmtui.store.joins import Joins

        joins = Joins()
        sql = resting(text, self._policy.computed().scope(self.type, ALIAS, joins))
        if sql is None or not joins.sql:
            return f"(({sql}) IS TRUE)" if sql else None
        # Inside the view there is but one table, so that SQLite reads straight through it.
        inner = f"SELECT {ALIAS}.id FROM {quoted(self.type.key)} {ALIAS}{joins.sql} WHERE {sql}"
        return f"({ALIAS}.id IN ({inner}))"

    def _shared(self, operation: str) -> list[str]:
        if self.type.id not in self._policy.shared_types:
            return []
        held = _SHARED[operation]
        inner = (
            f"SELECT record_id FROM crm_share WHERE type_id = {self.type.id} AND {held}"
            f" AND {self._policy.sharing}"
        )
        return [f"{ALIAS}.id IN ({inner})"]


def _any(parts: "Sequence[str]") -> str:
    if "1" in parts:
        return "1"
    known = dict.fromkeys(part for part in parts if part != "0")
    return f"({' OR '.join(known)})" if known else "0"


def _all(parts: Iterable[str]) -> str:
    known = dict.fromkeys(part for part in parts if part != "1")
    if "0" in known:
        return "0"
    return " AND ".join(known) if known else "1"
