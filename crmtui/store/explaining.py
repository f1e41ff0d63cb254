"""Explaining rights: what a user may do and why, who may do it, and what roles and users may.

What is said here is decided by the same policy that refuses and that makes what is read. Everybody
may ask about themselves, and learns no more by it than they may know; administrators may ask about
anybody.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from crmtui.model.definitions import Frozen, Role, Status, Type, User
from crmtui.model.message import N_, Message, Word
from crmtui.model.nouns import OPERATIONS
from crmtui.model.permissions import level_said, scope_said
from crmtui.store.access import Actor
from crmtui.store.catalog import Catalog
from crmtui.store.database import Database
from crmtui.store.errors import Forbidden, Misused
from crmtui.store.grants import AT_STAGE, EVERY_TYPE, granted_by
from crmtui.store.matrix import Cell, Line, line
from crmtui.store.people_nouns import need
from crmtui.store.permission_words import has_place, operation_of
from crmtui.store.policy import Decision, Policy, TypePolicy
from crmtui.store.process import target_status, written_place
from crmtui.store.query import no_field, split_ref
from crmtui.store.sharing import Share, need_record, shares
from crmtui.store.tables import Tables
from crmtui.store.users import ME

if TYPE_CHECKING:
    from crmtui.store.rights import Rights

WHO_ASKED = ("read", "update", "move", "delete")
"""The operations on a record that `who` tells of."""

_OF_FIELDS = ("read", "create", "update", "assign")
_TO_PLACES = ("create", "move")
_OF_TYPES = ("create", "import", "configure")
"""Operations that are about a field, about where a record comes, and about no single record."""


class Said(NamedTuple):
    """One thing that a role says; `holds` tells whether it is so for the record asked about."""

    text: Message
    holds: bool | None = None


class Answer(Frozen):
    """Whether a user may do something, and what each of their roles says of it.

    `what` is the record or the type, `place` where it would go; `roles` are the keys of the user's
    roles with what each says, `shares` are the ways in which the record is shared with them.
    """

    user: str
    operation: str
    what: str
    field: str | None
    place: str | None
    decision: Decision
    roles: tuple[tuple[str, tuple[Said, ...]], ...] = ()
    shares: tuple[Share, ...] = ()


class Explaining:
    """Answers questions about rights.

    Args:
        shown: the definitions that the asker may know of.
        rights: the asker's; None for an administrator.
    """

    def __init__(
        self,
        database: Database,
        catalog: Catalog,
        shown: Catalog,
        tables: Tables,
        asker: Actor,
        rights: "Rights | None",
    ) -> None:
        self._database = database
        self._catalog = catalog
        self._shown = shown
        self._tables = tables
        self._asker = asker
        self._rights = rights

    def explain(self, user: str, word: str, ref: str, more: str | None = None) -> Answer:
        """Whether a user may do something, the rule that says so, and what their roles say.

        Args:
            word: the operation.
            ref: `deal/42`, or `deal` for any record.
            more: the field that is read or written, or where a record is moved to or added.

        Raises:
            Forbidden: the asker is neither the user nor an administrator.
            NotFound: there is no such user, type, record, field or stage, as the asker knows.
            Misused: the words make no sense together.
        """
        asked = self._asked(user)
        operation = operation_of(word)
        seen, record_id = self._record(ref)
        if operation in _OF_TYPES:
            record_id = None
        whole = self._catalog.type(seen.key)
        field, status = _about(seen, operation, more)
        owner = whole.owner_field
        owned = owner is not None and owner.key == field
        if field is not None and operation == "assign" and not owned:
            raise _not_about(operation, field)
        what = seen.key if record_id is None else f"{seen.key}/{record_id}"
        place = written_place(seen, status) if status else None
        decision = _standing(asked)
        if decision is not None:
            return Answer(
                user=asked.key,
                operation=operation,
                what=what,
                field=field,
                place=place,
                decision=decision,
            )
        policy = self._policy(asked)
        of_type = policy.on(whole)
        shared = tuple(self._shared_with(policy, whole, record_id, operation))
        decision = of_type.decide(operation, record_id, field=field, target=status)
        # Who changes whose a record is gives it away, too.
        both = ("update", "assign") if owned and operation == "update" else (operation,)
        if decision.allowed and len(both) > 1:
            decision = of_type.decide("assign", record_id)
        if decision.allowed and field is not None and operation == "read":
            decision = self._standing_on_hidden(policy, whole, field) or decision
        roles = tuple(
            (
                role.key,
                tuple(
                    said
                    for each in both
                    for said in _said(of_type, seen, role, each, record_id, field, status)
                ),
            )
            for role in policy.roles
        )
        return Answer(
            user=asked.key,
            operation=operation,
            what=what,
            field=field,
            place=place,
            decision=_by_sharing(decision, of_type, operation, record_id, shared, asked, what),
            roles=roles,
            shares=shared,
        )

    def who(self, ref: str) -> Iterator[tuple[str, dict[str, Decision]]]:
        """Who may see a record, and what else they may do with it: keys of users, and decisions.

        Raises:
            Forbidden: the asker is no administrator.
            NotFound: there is no such record.
        """
        if self._rights:
            raise _only_administrators(self._asker, N_("only administrators may ask who may do it"))
        type_, record_id = self._record(ref)
        if record_id is None:
            raise Misused("bad-reference", N_("{ref}: write TYPE/NUMBER"), ref=ref)
        for user in self._catalog.users():
            decision = _standing(user)
            if decision is not None:
                yield user.key, dict.fromkeys(WHO_ASKED, decision)
                continue
            policy = self._policy(user)
            of_type = policy.on(type_)
            decisions = {name: of_type.decide(name, record_id) for name in WHO_ASKED}
            if decisions["read"].allowed:
                for name in ("read", "update"):
                    shared = tuple(self._shared_with(policy, type_, record_id, name))
                    decisions[name] = _by_sharing(
                        decisions[name], of_type, name, record_id, shared, user, ref
                    )
                yield user.key, decisions

    def shares(self, ref: str) -> list[Share]:
        """Whom a record is shared with; raises `NotFound` for one that the asker may not see."""
        type_, record_id = self._record(ref)
        if record_id is None:
            raise Misused("bad-reference", N_("{ref}: write TYPE/NUMBER"), ref=ref)
        return shares(self._database, self._shown, type_, record_id)

    def of_users(self, user: str | None = None) -> Iterator[Line]:
        """What a user may do, all their roles together; without one, each user in use.

        Who is no administrator is told of themselves.

        Raises:
            Forbidden: the asker is neither the user nor an administrator.
            NotFound: there is no such user.
        """
        if user is None and not self._rights:
            asked: Iterable[User] = self._catalog.users()
        else:
            asked = [self._asked(user or self._asker.key)]
        for each in asked:
            decision = _standing(each)
            if decision is not None:
                cells = dict.fromkeys(OPERATIONS, Cell(("all",), ())) if decision.allowed else {}
                yield Line(each.key, EVERY_TYPE, cells, {}, {})
                continue
            policy = self._policy(each)
            for type_ in self._shown.types():
                of_type = policy.on(self._catalog.type(type_.key))
                made = line(each.key, type_, of_type, of_type.grants)
                if made.cells:
                    yield made

    def of_roles(self, role: str | None = None) -> Iterator[Line]:
        """What a role lets its users do, type by type; without one, each role in use.

        Raises:
            NotFound: the asker knows of no such role.
        """
        if role is not None:
            need(self._shown.roles(), "role", [role])
        wanted = [each.key for each in self._shown.roles()] if role is None else [role]
        policy = self._policy(User(id=self._asker.id, key=self._asker.key))
        for each in self._catalog.roles():
            for type_ in self._shown.types() if each.key in wanted else ():
                whole = self._catalog.type(type_.key)
                grant = granted_by(each, whole)
                if grant is not None:
                    yield line(each.key, type_, policy.on(whole), (grant,))

    # Who and what is asked about

    def _asked(self, word: str) -> User:
        key = self._asker.key if word.casefold() in ME else word.strip().casefold()
        if self._rights and key != self._asker.key:
            raise _only_administrators(
                self._asker, N_("only administrators may ask about somebody else")
            )
        known = self._catalog.users(retired=True)
        if key == self._asker.key and key not in (user.key for user in known):
            # Who made the workspace, or owns its file, and has not done anything yet.
            return User(id=0, key=key, administrator=self._asker.administrator)
        need(known, "user", [key])
        return next(user for user in known if user.key == key)

    def _policy(self, user: User) -> Policy:
        if self._rights:
            return self._rights.policy
        actor = Actor(
            id=user.id,
            key=user.key,
            uid=user.uid,
            administrator=user.administrator,
            roles=user.roles,
            teams=user.teams,
        )
        return Policy(self._database, self._catalog, actor)

    def _standing_on_hidden(self, policy: Policy, whole: Type, field: str) -> Decision | None:
        """The decision about a field that nothing hides but what it is computed from, or leads to.

        None where it is seen.
        """
        from crmtui.store.visible import VisibleCatalog

        visible = self._rights.visible if self._rights else VisibleCatalog(policy)
        seen = visible.find(whole.key)
        if seen is None or field in seen.field_by_key:
            return None
        return Decision(allowed=False, reason=Message(N_("what it stands on may not be seen")))

    def _record(self, ref: str) -> tuple[Type, int | None]:
        """The type that a reference means, as the asker sees it, and the number of the record."""
        type_key, slash, _number = ref.partition("/")
        type_ = self._shown.type(type_key)
        self._tables.need(type_.key)
        if not slash:
            return type_, None
        record_id = split_ref(ref)[1]
        if self._rights:
            self._rights.guard.reading(self._catalog.type(type_.key), record_id)
        need_record(self._database, type_, record_id)
        return type_, record_id

    def _shared_with(
        self, policy: Policy, type_: Type, record_id: int | None, operation: str
    ) -> Iterator[Share]:
        """The ways in which a record is shared with a user for an operation."""
        if record_id is None or type_.id not in policy.shared_types:
            return
        for share in shares(self._database, self._catalog, type_, record_id):
            if operation in ("read", share.what) and policy.is_for(share.grantee):
                yield share


def _about(type_: Type, operation: str, more: str | None) -> tuple[str | None, Status | None]:
    """The field, or the status to come to, that a question is about."""
    if more is None:
        return None, None
    if operation in _OF_FIELDS and more in type_.field_by_key:
        return more, None
    if operation in _TO_PLACES and (operation == "move" or type_.stages):
        return None, target_status(type_, more)
    if operation in _OF_FIELDS:
        raise no_field(type_, more)
    raise _not_about(operation, more)


def _not_about(operation: str, more: str) -> Misused:
    return Misused(
        "not-about",
        N_("{operation} is about records as a whole, not about {more}"),
        operation=Word(operation),
        more=more,
    )


def _standing(user: User) -> Decision | None:
    """What is decided by who the user is, whatever roles say."""
    if user.retired:
        reason = Message(N_("the user {user} is retired"), user=user.key)
        return Decision(allowed=False, reason=reason)
    if user.administrator:
        reason = Message(N_("{user} is an administrator"), user=user.key)
        return Decision(allowed=True, reason=reason)
    return None


def _only_administrators(asker: Actor, template: str) -> Forbidden:
    return Forbidden("permission", template, "crmtui access matrix", user=asker.key)


def _by_sharing(
    decision: Decision,
    of_type: TypePolicy,
    operation: str,
    record_id: int | None,
    shared: Sequence[Share],
    user: User,
    what: str,
) -> Decision:
    """The decision, with the sharing as its reason where no scope would have let it."""
    if not decision.allowed or not shared or record_id is None:
        return decision
    scopes = [s for each in of_type.grants for s in each.lets.get(operation, ())]
    if any(of_type.held(record_id, [of_type.scope(scope) or "0" for scope in scopes])):
        return decision
    reason = Message(
        N_("{what} is shared with {grantees}"), what=what, grantees=[str(s.grantee) for s in shared]
    )
    return Decision(allowed=True, reason=reason, rule=decision.rule)


def _said(
    of_type: TypePolicy,
    seen: Type,
    role: Role,
    operation: str,
    record_id: int | None,
    field: str | None,
    target: Status | None,
) -> Iterator[Said]:
    """What a role says of an operation, and whether that is so for the record."""
    grant = next((each for each in of_type.grants if each.role.key == role.key), None)
    action = Word(operation)
    if grant is None:
        yield Said(Message(N_("says nothing of {type}"), type=of_type.type.key))
        return
    if operation not in grant.lets:
        yield Said(Message(N_("does not let {action}"), action=action))
    for scope in grant.lets.get(operation, ()):
        text = Message(
            N_("lets {action} for {scope}"), action=action, scope=of_type.scope_said(scope)
        )
        yield Said(text, _holds(of_type, record_id, of_type.scope(scope) or "0"))
    for scope in grant.denies.get(operation, ()):
        said = scope_said(of_type.denial_told(operation, scope))
        text = Message(N_("denies {action} for {scope}"), action=action, scope=said)
        yield Said(text, _holds(of_type, record_id, of_type.scope(scope) or "1"))
    for place, actions in grant.stages.items():
        at = AT_STAGE.get(operation)
        if at in actions and has_place(seen, place):
            holds = _holds(of_type, record_id, of_type.standing(place))
            yield Said(_forbids(place, at or ""), holds)
        if "enter" in actions and target is not None and place in (target.stage, target.ref):
            yield Said(_forbids(place, "enter"))
    if field is not None and grant.level(field):
        text = Message(N_("{field} is {level}"), field=field, level=level_said(grant.level(field)))
        yield Said(text)


def _forbids(place: str, action: str) -> Message:
    return Message(N_("forbids at {place}: {actions}"), place=place, actions=Word(action))


def _holds(of_type: TypePolicy, record_id: int | None, sql: str) -> bool | None:
    return None if record_id is None else bool(of_type.held(record_id, [sql])[0])
