"""What an actor may do, from the permissions of their roles. One function decides: `decide`.

A role is a set of grants. Of one type it says which operations are let, each for some records
(own, team, all, or those where an expression holds), what is made of fields, what is forbidden at
stages, and what is denied. What several roles let adds up, record by record: a field that one of
them hides is seen on the records that another one lets, if that one does not hide it. What one
denies is denied whatever others let.

The SELECT through which records are read (`visible`) and the decisions about single records are
made of the same conditions, so a list cannot show what `decide` would refuse. An expression that
rests lets nothing, and denies everything.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from crmtui.model.definitions import Frozen, Permission, Role, Status, Type
from crmtui.model.message import N_, Message, Word
from crmtui.model.nouns import FIELD_LEVELS, OPERATIONS
from crmtui.model.permissions import level_said, scope_said
from crmtui.store.access import Actor, roles_of, teams_of
from crmtui.store.catalog import Catalog
from crmtui.store.database import Database, literal, quoted
from crmtui.store.permission_words import EVERY_TYPE, WORDS, decoded

if TYPE_CHECKING:
    from crmtui.store.computed import Computed
    from crmtui.store.sharing import Grantee

ALIAS = "s"
"""The name of a type's table in every condition made here."""

AT_STAGE = {
    "read": "see",
    "update": "edit",
    "delete": "edit",
    "assign": "edit",
    "move": "leave",
}
"""What must not be forbidden at the stage of a record, for an operation on it."""

_DENIES_AT = {
    "see": N_("{rule} denies seeing what stands at {place}"),
    "edit": N_("{rule} denies editing at {place}"),
    "leave": N_("{rule} denies leaving {place}"),
    "enter": N_("{rule} denies entering {place}"),
}
"""What is said of an action that a role forbids at a stage or a status."""

_SHARED = {"read": "1", "update": "may_update"}
"""The operations that a shared record is shared for, with what must hold of the sharing."""


class Decision(Frozen):
    """Whether something is allowed, and the rule that says so.

    `rule` names the permission, as `sales.opportunity`, when one decided; `reason` is for people.
    """

    allowed: bool
    reason: Message
    rule: str | None = None


class Grant(NamedTuple):
    """What one role says of one type: what it says of the type and of every type, together.

    Args:
        rule: the reference of the permission, for who asks.
        lets, denies: operation to scopes.
        levels: field key to `hidden`, `masked:PATTERN` or `read-only`.
        stages: stage or `stage.status` to the actions that are forbidden there.
    """

    role: Role
    rule: str
    lets: Mapping[str, tuple[str, ...]]
    denies: Mapping[str, tuple[str, ...]]
    levels: Mapping[str, str]
    stages: Mapping[str, frozenset[str]]
    permissions: tuple[Permission, ...]

    def level(self, key: str) -> str:
        """What the role makes of a field; empty when nothing."""
        return self.levels.get(key, "")


class Policy:
    """What one actor may do; for actors who are no administrators."""

    def __init__(self, database: Database, catalog: Catalog, actor: Actor) -> None:
        self._database = database
        self._catalog = catalog
        self.actor = actor
        self.secret: Callable[[Type, str], bool] | None = None
        """Says of an expression of a type whether it names what the actor may not know of."""
        self._of_types: dict[str, tuple[Type, TypePolicy]] = {}
        self._generation = catalog.generation

    @property
    def catalog(self) -> Catalog:
        """The definitions as they are."""
        return self._catalog

    @property
    def database(self) -> Database:
        """Where the records are."""
        return self._database

    @cached_property
    def roles(self) -> tuple[Role, ...]:
        """The actor's roles that are in use, in the order in which they have them."""
        by_key = {role.key: role for role in self._catalog.roles()}
        return tuple(by_key[key] for key in roles_of(self.actor) if key in by_key)

    def on(self, type_: Type) -> "TypePolicy":
        """What the actor may do with the records of a type, as the catalog has it."""
        if self._generation != self._catalog.generation:
            self._of_types.clear()
            self._generation = self._catalog.generation
        known = self._of_types.get(type_.key)
        if known is None or known[0] is not type_:
            grants = tuple(granted_by(role, type_) for role in self.roles)
            made = TypePolicy(self, type_, tuple(each for each in grants if each is not None))
            known = self._of_types[type_.key] = (type_, made)
        return known[1]

    @cached_property
    def mates(self) -> tuple[int, ...]:
        """The ids of the users of the actor's teams and of the teams below them."""
        teams = self._catalog.teams(retired=True)
        mine = set(teams_of(self.actor))
        mine |= {team.key for team in teams if team.manager == self.actor.key}
        found: set[str] = set()
        while mine - found:
            found |= mine
            mine = {team.key for team in teams if team.parent in found}
        users = self._catalog.users(retired=True)
        within = {user.id for user in users if found.intersection(user.team_keys)}
        return tuple(sorted({*within, self.actor.id}))

    @cached_property
    def shared_types(self) -> frozenset[int]:
        """The ids of the types of which records are shared at all."""
        rows = self._database.execute("SELECT DISTINCT type_id FROM crm_share")
        return frozenset(row[0] for row in rows)

    @cached_property
    def sharing(self) -> str:
        """The SQL that holds of a row of `crm_share` that is for the actor."""
        parts = [f"user_id = {self.actor.id}"]
        by_key = {team.key: team.id for team in self._catalog.teams()}
        teams = [str(by_key[key]) for key in teams_of(self.actor) if key in by_key]
        if teams:
            parts.append(f"team_id IN ({', '.join(teams)})")
        if self.roles:
            parts.append(f"role_id IN ({', '.join(str(role.id) for role in self.roles)})")
        return f"({' OR '.join(parts)})"

    def is_for(self, grantee: "Grantee") -> bool:
        """Whether what is shared with somebody is shared with the actor."""
        if grantee.noun == "user":
            return grantee.id == self.actor.id
        if grantee.noun == "team":
            return grantee.key in teams_of(self.actor)
        return any(role.id == grantee.id for role in self.roles)

    def computed(self) -> "Computed":
        """Writes expressions of scopes as SQL, about records as they are."""
        from crmtui.store.computed import Computed
        from crmtui.store.kinds import Reading

        return Computed(self._catalog, Reading(), self.actor.key)

    @cached_property
    def configures(self) -> bool:
        """Whether the actor may change any type."""
        return any(p.may_configure for role in self.roles for p in live(role))


class TypePolicy:
    """What an actor may do with the records of one type."""

    def __init__(self, policy: Policy, type_: Type, grants: tuple[Grant, ...]) -> None:
        self._policy = policy
        self.type = type_
        self.grants = grants
        self._conditions: dict[tuple[str, str], str] = {}
        self._scopes: dict[str, str | None] = {}

    @property
    def visible(self) -> bool:
        """Whether the actor knows of the type at all: a role lets something with it."""
        return any(each.lets for each in self.grants) and not self._denied_outright("read")

    @property
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

    # Conditions, about a table called `s`

    def condition(self, operation: str) -> str:
        """The SQL that holds for the records that the actor may do the operation on."""
        let = [self.granted(each, operation) for each in self.grants if operation in each.lets]
        if not let:
            return "0"
        parts = [] if "1" in let else [f"({' OR '.join(let)})"]
        parts += [f"NOT {denial}" for denial, _grant in self.denials(operation)]
        if operation != "read":
            parts.insert(0, self.condition("read"))
        return _all(parts)

    def granted(self, grant: Grant, operation: str) -> str:
        """The SQL that holds for the records for which a role lets an operation."""
        known = self._conditions.get((grant.rule, operation))
        if known is None:
            scopes = grant.lets.get(operation, ())
            parts = [self.scope(scope) or "0" for scope in scopes]
            if parts and operation in _SHARED and "1" not in parts:
                parts += self._shared(operation)
            known = "1" if "1" in parts else f"({' OR '.join(parts)})" if parts else "0"
            self._conditions[grant.rule, operation] = known
        return known

    def denials(self, operation: str) -> Iterator[tuple[str, Grant]]:
        """The SQL that holds for records that are denied, and who denies them."""
        action = AT_STAGE.get(operation)
        for grant in self.grants:
            for scope in grant.denies.get(operation, ()):
                # What nobody can understand any more must not let anything through.
                yield self.scope(scope) or "1", grant
            for place, actions in grant.stages.items():
                if action in actions:
                    yield self.standing(place), grant

    def standing(self, place: str) -> str:
        """The SQL that holds for records at a stage or `stage.status`."""
        stage, dot, status = place.partition(".")
        sql = f"{ALIAS}.stage IS {literal(stage)}"
        return f"({sql} AND {ALIAS}.status IS {literal(status)})" if dot else f"({sql})"

    def scope(self, text: str) -> str | None:
        """The SQL of a scope; None when it rests."""
        if text not in self._scopes:
            self._scopes[text] = self._written(text)
        return self._scopes[text]

    def _written(self, text: str) -> str | None:
        if text == "all":
            return "1"
        owner = self.type.owner_field
        column = f"{ALIAS}.{quoted(owner.key if owner else 'created_by')}"
        if text == "own":
            return f"({column} IS {self._policy.actor.id})"
        if text == "team":
            return f"({column} IN ({', '.join(map(str, self._policy.mates))}))"
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

    # Decisions

    def decide(
        self,
        operation: str,
        record_id: int | None = None,
        *,
        field: str | None = None,
        target: Status | None = None,
    ) -> Decision:
        """Whether the actor may do an operation, and the rule that says so.

        Args:
            record_id: on which record; without one it is about any.
            field: the key of the field that is read or written.
            target: where a record is moved to or added at.
        """
        denied = self._denied(operation, record_id, target)
        if denied is None and field is not None:
            denied = self._field_denied(field)
        if denied is not None:
            return denied
        if operation not in ("read", "create") and record_id is not None:
            readable = self.decide("read", record_id)
            if not readable.allowed:
                return readable
        letting = [each for each in self.grants if operation in each.lets]
        covering = letting
        if record_id is not None and letting:
            conditions = [self.granted(each, operation) for each in letting]
            held = self.held(record_id, conditions)
            covering = [each for each, holds in zip(letting, held, strict=True) if holds]
        allowed = covering
        if field is not None:
            allowed = [each for each in covering if _reaches(operation, each.level(field))]
        if allowed:
            return self._allowed(allowed[0], operation, field)
        return self._refused(operation, letting, covering, field)

    def _denied(
        self, operation: str, record_id: int | None, target: Status | None
    ) -> Decision | None:
        for grant in self.grants:
            if "all" in grant.denies.get(operation, ()):
                return self._no(grant, N_("{rule} denies {action}"), action=Word(operation))
            entering = operation in ("move", "create") and target is not None
            for place in (target.stage, target.ref) if entering and target else ():
                if "enter" in grant.stages.get(place, ()):
                    return self._no(grant, _DENIES_AT["enter"], place=place)
        if record_id is None:
            return None
        denials = list(self.denials(operation))
        held = self.held(record_id, [sql for sql, _ in denials])
        for (sql, grant), holds in zip(denials, held, strict=True):
            if holds:
                places = [each for each in grant.stages if sql == self.standing(each)]
                if places:
                    return self._no(grant, _DENIES_AT[AT_STAGE[operation]], place=places[0])
                scopes = [s for s in grant.denies[operation] if (self.scope(s) or "1") == sql]
                template = N_("{rule} denies {action} for {scope}")
                said = self.scope_said(scopes[0])
                return self._no(grant, template, action=Word(operation), scope=said)
        return None

    def _field_denied(self, field: str) -> Decision | None:
        grant = next((each for each in self.grants if each.level(field) == "denied"), None)
        template = N_("{rule} denies the field {field}")
        return self._no(grant, template, field=f"{self.type.key}.{field}") if grant else None

    def held(self, record_id: int, conditions: Sequence[str]) -> Sequence[int]:
        """Of each condition, whether it holds for a record; none does where there is none."""
        if not conditions:
            return ()
        columns = ", ".join(f"({sql}) IS TRUE" for sql in conditions)
        row = self._policy.database.execute(
            f"SELECT {columns} FROM {quoted(self.type.key)} {ALIAS} WHERE {ALIAS}.id = ?",
            (record_id,),
        ).fetchone()
        return row or (0,) * len(conditions)

    def _no(self, grant: Grant, template: str, **facts: object) -> Decision:
        return Decision(
            allowed=False, reason=Message(template, rule=grant.rule, **facts), rule=grant.rule
        )

    def _allowed(self, grant: Grant, operation: str, field: str | None) -> Decision:
        template = N_("{rule} lets {action} for {scopes}")
        level = grant.level(field) if field else ""
        if level:
            template = N_("{rule} lets {action} for {scopes}; {field} is {level}")
        reason = Message(
            template,
            rule=grant.rule,
            action=Word(operation),
            scopes=self._scopes_said(grant, operation),
            field=f"{self.type.key}.{field}",
            level=level_said(level),
        )
        return Decision(allowed=True, reason=reason, rule=grant.rule)

    def _scopes_said(self, grant: Grant, operation: str) -> list[Message]:
        return [self.scope_said(scope) for scope in grant.lets[operation]]

    def scope_told(self, scope: str) -> str:
        """A scope as it is written; an ellipsis for one that names what the actor may not know."""
        secret = self._policy.secret
        return "…" if secret and scope not in WORDS and secret(self.type, scope) else scope

    def scope_said(self, scope: str) -> Message:
        """Whose records a scope means, without what the actor may not know of."""
        return scope_said(self.scope_told(scope))

    def _refused(
        self,
        operation: str,
        letting: Sequence[Grant],
        covering: Sequence[Grant],
        field: str | None,
    ) -> Decision:
        if covering and field is not None:
            grant = covering[0]
            template = N_("{rule} makes {field} {level}")
            level = level_said(grant.level(field).partition(":")[0])
            return self._no(grant, template, field=f"{self.type.key}.{field}", level=level)
        if letting:
            grant = letting[0]
            template = N_("{rule} lets {action} only for {scopes}")
            scopes = self._scopes_said(grant, operation)
            return self._no(grant, template, action=Word(operation), scopes=scopes)
        return Decision(
            allowed=False,
            reason=Message(
                N_("no role of {user} lets {action} on {type}"),
                user=self._policy.actor.key,
                action=Word(operation),
                type=self.type.key,
            ),
        )


def granted_by(role: Role, type_: Type) -> Grant | None:
    """What a role says of a type; None when it says nothing."""
    found = [p for p in live(role) if p.key in (type_.key, EVERY_TYPE)]
    if not found:
        return None
    lets: dict[str, tuple[str, ...]] = {}
    denies: dict[str, tuple[str, ...]] = {}
    levels: dict[str, str] = {}
    stages: dict[str, frozenset[str]] = {}
    for permission in found:
        for operation in OPERATIONS:
            scope = getattr(permission, f"may_{operation}")
            if scope:
                lets[operation] = (*lets.get(operation, ()), scope)
        for operation, denied in decoded(permission.denied).items():
            denies[operation] = (*denies.get(operation, ()), denied)
        for key, level in decoded(permission.fields).items():
            levels[key] = max(level, levels.get(key, ""), key=_strictness)
        for place, actions in decoded(permission.stages).items():
            stages[place] = stages.get(place, frozenset()) | set(actions.split(","))
    own = next((p for p in found if p.key == type_.key), found[0])
    return Grant(role, f"{role.key}.{own.key}", lets, denies, levels, stages, tuple(found))


def live(role: Role) -> Iterable[Permission]:
    """The permissions of a role that are in use."""
    return (permission for permission in role.permissions if not permission.retired)


def _strictness(level: str) -> int:
    return ("", *FIELD_LEVELS).index(level.partition(":")[0])


def _reaches(operation: str, level: str) -> bool:
    """Whether a role that makes this of a field lets an operation on it."""
    word = level.partition(":")[0]
    if operation == "read":
        return word not in ("hidden", "denied")
    if operation == "create":
        # What one enters oneself one knows already.
        return word in ("", "masked")
    return not word


def _all(parts: Sequence[str]) -> str:
    parts = [part for part in parts if part != "1"]
    return " AND ".join(parts) if parts else "1"
