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

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from crmtui.model.definitions import Frozen, Role, Status, Type
from crmtui.model.message import N_, Message, Word
from crmtui.store.access import Actor, roles_of, teams_of
from crmtui.store.catalog import Catalog
from crmtui.store.conditions import ALIAS, Conditions
from crmtui.store.database import Database, quoted
from crmtui.store.grants import AT_STAGE, WORDS, Grant, granted_by, live, places_of, reaches

if TYPE_CHECKING:
    from crmtui.store.computed import Computed
    from crmtui.store.kinds import Reading
    from crmtui.store.sharing import Grantee

_DENIES_AT = {
    "see": N_("{rule} denies seeing what stands at {place}"),
    "edit": N_("{rule} denies editing at {place}"),
    "leave": N_("{rule} denies leaving {place}"),
    "enter": N_("{rule} denies entering {place}"),
}
"""What is said of an action that a role forbids at a stage or a status."""


class Decision(Frozen):
    """Whether something is allowed, and the rule that says so.

    `rule` names the permission, as `sales.opportunity`, when one decided; `reason` is for people.
    """

    allowed: bool
    reason: Message
    rule: str | None = None


class Policy:
    """What one actor may do; for actors who are no administrators."""

    def __init__(self, database: Database, catalog: Catalog, actor: Actor) -> None:
        self._database = database
        self._catalog = catalog
        self.actor = actor
        self.secret: Callable[[Type, str], bool] | None = None
        """Says of an expression of a type whether it names what the actor may not know of."""
        self._of_types: dict[int, TypePolicy] = {}
        self._generation = catalog.generation
        self._moment: Reading | None = None

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
        keys = roles_of(self.actor)
        by_key = {role.key: role for role in self._catalog.roles(keys=keys)}
        return tuple(by_key[key] for key in keys if key in by_key)

    def on(self, type_: Type) -> "TypePolicy":
        """What the actor may do with the records of a type, as the catalog has it."""
        if self._generation != self._catalog.generation:
            self._of_types.clear()
            for name in ("roles", "mates", "shared_types", "sharing", "configures"):
                self.__dict__.pop(name, None)
            self._generation = self._catalog.generation
        known = self._of_types.get(type_.id)
        if known is None:
            grants = tuple(granted_by(role, type_, self._words) for role in self.roles)
            made = TypePolicy(self, type_, tuple(each for each in grants if each is not None))
            known = self._of_types[type_.id] = made
        return known

    def _words(self, text: str | None) -> Iterable[tuple[str, str]]:
        # SQLite reads it; the module that Python has for it costs more than all of this.
        sql = "SELECT key, value FROM json_each(?)"
        return self._database.execute(sql, (text,)).fetchall() if text else ()

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

        if self._moment is None:
            self._moment = Reading()
        return Computed(self._catalog, self._moment, self.actor.key)

    @property
    def outlived(self) -> bool:
        """Whether a scope names a day or a moment that is over by now."""
        return self._moment is not None and self._moment.outlived

    @cached_property
    def configures(self) -> bool:
        """Whether the actor may change any type."""
        return any(p.may_configure for role in self.roles for p in live(role))


class TypePolicy(Conditions):
    """What an actor may do with the records of one type, and which rule says so."""

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
            unseen = self._unseen(operation, record_id, field) if field is not None else None
            if unseen is not None:
                return unseen
        letting = [each for each in self.grants if operation in each.lets]
        covering = letting
        if record_id is not None and letting:
            conditions = [self.granted(each, operation) for each in letting]
            held = self.held(record_id, conditions)
            covering = [each for each, holds in zip(letting, held, strict=True) if holds]
        allowed = covering
        if field is not None:
            allowed = [each for each in covering if reaches(operation, each.level(field))]
        if allowed:
            return self._allowed(allowed[0], operation, field)
        return self._refused(operation, letting, covering, field)

    def _denied(
        self, operation: str, record_id: int | None, target: Status | None
    ) -> Decision | None:
        for grant in self.grants:
            if "all" in grant.denies.get(operation, ()):
                return self._no(grant, N_("{rule} denies {action}"), action=Word(operation))
        stands = self._places(record_id) if operation == "move" else frozenset()
        enters = places_of(target) - stands if target and operation in ("move", "create") else ()
        for grant in self.grants:
            for place in enters:
                if "enter" in grant.stages.get(place, ()):
                    return self._no(grant, _DENIES_AT["enter"], place=place)
        if record_id is None:
            return None
        denials = list(self.denials(operation, target))
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

    def _places(self, record_id: int | None) -> frozenset[str]:
        """The stage and the status that a record stands at."""
        sql = f"SELECT stage, status FROM {quoted(self.type.key)} WHERE id = ?"
        row = self._policy.database.execute(sql, (record_id,)).fetchone()
        found = self.type.status(*row) if row and row[0] else None
        return places_of(found) if found else frozenset()

    def _field_denied(self, field: str) -> Decision | None:
        grant = next((each for each in self.grants if each.level(field) == "denied"), None)
        template = N_("{rule} denies the field {field}")
        return self._no(grant, template, field=f"{self.type.key}.{field}") if grant else None

    def _unseen(self, operation: str, record_id: int, field: str) -> Decision | None:
        """The refusal to change on a record what the actor does not see of it as it is."""
        if operation != "update":
            return None
        (shown,) = self.held(record_id, [self.showing(field)])
        reading = [each for each in self.grants if "read" in each.lets and each.level(field)]
        if shown or not reading:
            return None
        level = _level_said(reading[0].level(field).partition(":")[0])
        template = N_("{rule} makes {field} {level}")
        return self._no(reading[0], template, field=f"{self.type.key}.{field}", level=level)

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
            level=_level_said(level),
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
        from crmtui.model.permissions import scope_said

        return scope_said(self.scope_told(scope))

    def denial_told(self, operation: str, scope: str) -> str:
        """A scope of a denial; an ellipsis for one that tells of records that are not there."""
        unseen = operation == "read" and self._policy.secret is not None and scope not in WORDS
        return "…" if unseen else self.scope_told(scope)

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
            level = _level_said(grant.level(field).partition(":")[0])
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


def _level_said(level: str) -> Message:
    from crmtui.model.permissions import level_said

    return level_said(level)
