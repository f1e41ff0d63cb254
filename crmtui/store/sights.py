"""What changes of roles, and of who has them, do to people: what they see less, and what more.

Looked at just before and just after a change is really made, as all effects are. Two looks are of
the same records, so that who sees others instead is told of both.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

from crmtui.model.definitions import Permission, Role, Team, Type, User
from crmtui.model.message import N_, Message, abridged
from crmtui.model.nouns import NOUNS, OPERATIONS
from crmtui.store.access import Actor
from crmtui.store.catalog import Catalog
from crmtui.store.changes import Change
from crmtui.store.database import Database, quoted
from crmtui.store.grants import EVERY_TYPE, WORDS
from crmtui.store.permission_words import decoded
from crmtui.store.policy import ALIAS, Policy, live
from crmtui.store.tables import Tables
from crmtui.store.tokens import names
from crmtui.store.visible import VisibleCatalog

MOST_LOOKS = 5000
"""How many users times types are looked at for one change."""

_ALL, _NONE = "1", "0"
_WITHIN = ("parent", "manager")
_HAVING = ("roles", "teams", "administrator")
_OF_ROLE = ("remove", "restore")
_OF_OWNER = ("add", "remove", "restore", "order")


class Told(NamedTuple):
    """What a change did to people: a code, of how many records or users, and in words."""

    code: str
    number: int
    message: Message


class _Sight(NamedTuple):
    """What a user sees of a type: the records where `condition` holds, and of each field."""

    condition: str
    fields: dict[str, str]


_Sights = dict[tuple[int, int], _Sight]
"""By the ids of users and types."""


class Sights:
    """Looks at what people see, inside the transaction that is open."""

    def __init__(self, database: Database, tables: Tables) -> None:
        self._database = database
        self._tables = tables

    def looker(self, change: Change) -> Callable[[], Iterator[Told]] | None:
        """Look before a change; what comes back looks at what it did. None where it does nothing.

        The tables hold then what they held before, and fields that were in use still have columns.
        """
        catalog = _StillCatalog(self._database)
        concerned = _Concerned(catalog)
        users, types = concerned.by(change)
        types = [type_ for type_ in types if not self._tables.unmade(type_.key)]
        if not users or not types:
            return None
        for type_ in types:
            self._tables.need(type_.key)
        looked = users[: max(1, MOST_LOOKS // len(types))]
        before = _seen(self._database, catalog, looked, types)
        owners = {type_.id: _owner(type_) for type_ in types}

        def told() -> Iterator[Told]:
            now = _StillCatalog(self._database)
            by_id = {user.id: user for user in now.users(retired=True)}
            after_types = [found for each in types if (found := now.by_id(each.id)) is not None]
            if change.noun == "field" and all(_owner(t) == owners[t.id] for t in after_types):
                rests = concerned.named(change)
                after_types = [each for each in after_types if each.key in rests]
            after_users = [by_id[user.id] for user in looked if user.id in by_id]
            after = _seen(self._database, now, after_users, after_types)
            if len(looked) < len(users):
                yield _in_part(len(users), len(looked))
            for type_ in after_types:
                yield from self._of_type(type_, after_users, before, after)

        return told

    def _of_type(
        self, type_: Type, users: Sequence[User], before: _Sights, after: _Sights
    ) -> Iterator[Told]:
        counting = _Counting(self._database, type_)
        less: dict[str, int] = {}
        more: dict[str, int] = {}
        fields: dict[tuple[str, tuple[str, ...]], list[str]] = {}
        for user in users:
            was, is_ = before[user.id, type_.id], after[user.id, type_.id]
            lost, gained = counting.difference(was.condition, is_.condition)
            less |= {user.key: lost} if lost else {}
            more |= {user.key: gained} if gained else {}
            if _NONE not in (was.condition, is_.condition):
                for sight, keys in _turned(was.fields, is_.fields):
                    fields.setdefault((sight, keys), []).append(user.key)
        for counts, code in ((less, "records-less"), (more, "records-more")):
            if counts:
                yield _records(code, type_, counts)
        for (sight, keys), who in fields.items():
            facts = {"type": type_.key, "fields": list(keys), "who": _who(who)}
            yield Told(f"{sight}-fields", len(who), Message(_FIELDS[sight], **facts))


_RECORDS = {
    ("records-less", True): N_("{type}: {count} records less for {who}"),
    ("records-less", False): N_("{type}: up to {count} records less for {who}"),
    ("records-more", True): N_("{type}: {count} records more for {who}"),
    ("records-more", False): N_("{type}: up to {count} records more for {who}"),
}
_FIELDS = {
    "hidden": N_("{type}: {fields} hidden from {who}"),
    "masked": N_("{type}: {fields} masked for {who}"),
    "shown": N_("{type}: {fields} shown to {who}"),
}


def _records(code: str, type_: Type, counts: dict[str, int]) -> Told:
    most = max(counts.values())
    template = _RECORDS[code, len(set(counts.values())) == 1]
    return Told(code, most, Message(template, type=type_.key, count=most, who=_who(list(counts))))


def _who(keys: Sequence[str]) -> Any:
    if len(keys) == 1:
        return keys[0]
    return Message(N_("{count} users ({users})"), count=len(keys), users=abridged(keys))


def _in_part(users: int, looked: int) -> Told:
    template = N_("{count} users are concerned; what follows was counted for {looked} of them")
    return Told("counted-in-part", users, Message(template, count=users, looked=looked))


def _turned(was: dict[str, str], is_: dict[str, str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The fields that are seen in another way, by how they are seen now."""
    for sight in _FIELDS:
        keys = tuple(k for k, now in is_.items() if now == sight and was.get(k, sight) != sight)
        if keys:
            yield sight, keys


def _owner(type_: Type) -> int | None:
    return type_.owner_field.id if type_.owner_field else None


class _StillCatalog(Catalog):
    """A catalog of one moment: users, teams and roles are read once."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._read: dict[tuple[Any, ...], Any] = {}

    def users(self, *, retired: bool = False) -> tuple[User, ...]:
        """Every user in order; retired ones only when asked for."""
        return self._once(("users", retired), partial(super().users, retired=retired))

    def teams(self, *, retired: bool = False) -> tuple[Team, ...]:
        """Every team in order; retired ones only when asked for."""
        return self._once(("teams", retired), partial(super().teams, retired=retired))

    def roles(
        self, *, retired: bool = False, keys: Sequence[str] | None = None
    ) -> tuple[Role, ...]:
        """Every role in order, or those of some keys; retired ones only when asked for."""
        known = ("roles", retired, *(keys if keys is not None else ("*",)))
        return self._once(known, partial(super().roles, retired=retired, keys=keys))

    def _once(self, known: tuple[Any, ...], read: Callable[[], Any]) -> Any:
        if known not in self._read:
            self._read[known] = read()
        return self._read[known]


class _Concerned:
    """Who may see something else, of which types, by a change that is about to be made."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def by(self, change: Change) -> tuple[list[User], list[Type]]:
        """Users who are no administrators, and types in use; none when nobody is concerned."""
        nothing: tuple[list[User], list[Type]] = ([], [])
        noun, verb = change.noun, change.verb
        if noun == "permission" and verb in ("add", "set", *_OF_ROLE):
            role, type_key = NOUNS[noun].split(change.ref)
            users = self._having([role])
            return users, self._types([type_key]) if users else []
        if noun == "role" and verb in _OF_ROLE:
            found = self._catalog.roles(retired=True, keys=[change.ref])
            return self._having([change.ref]), self._types(_keys(found))
        if noun == "user" and verb == "set" and any(name in change.values for name in _HAVING):
            users = [user for user in self._catalog.users() if user.key == change.ref]
            if "teams" in change.values:
                users += [user for user in self._in_teams()[0] if user.key != change.ref]
            return users, list(self._catalog.types()) if users else []
        if noun == "team" and verb == "set" and any(name in change.values for name in _WITHIN):
            return self._in_teams()
        if noun == "type" and verb == "set" and "owner" in change.values:
            return self._of_types([change.ref])
        if noun == "field" and verb in _OF_OWNER:
            type_key = change.ref.partition(".")[0]
            keys = [*([type_key] if self._owned_anew(change) else []), *self.named(change)]
            return self._of_types(keys) if keys else nothing
        return nothing

    def _owned_anew(self, change: Change) -> bool:
        """Whether another field may say whose a record is."""
        type_key, _, key = change.ref.partition(".")
        type_ = self._catalog.find(type_key)
        if type_ is None:
            return False
        owner = type_.owner_field
        if change.verb == "add":
            return owner is None and change.values.get("kind") == "user"
        if change.verb == "remove":
            return owner is not None and owner.key == key
        users = [field for field in type_.all_fields if field.kind == "user"]
        if change.verb == "restore":
            return any(field.key == key for field in users)
        return len(users) > 1

    def named(self, change: Change) -> list[str]:
        """The types in whose scopes the field of a change is named."""
        key = NOUNS[change.noun].split(change.ref)[1].casefold()
        if change.verb not in _OF_ROLE:
            return []
        return [
            permission.key
            for role in self._catalog.roles()
            for permission in live(role)
            if any(
                part.casefold() == key
                for text in _expressions(permission)
                for name in names(text)
                for part in name.path
            )
        ]

    def _of_types(self, keys: Sequence[str]) -> tuple[list[User], list[Type]]:
        """Users whose roles say something of types, and these."""
        roles = [
            role.key
            for role in self._catalog.roles()
            if any(permission.key in (*keys, EVERY_TYPE) for permission in live(role))
        ]
        return self._having(roles), self._types(keys)

    def _in_teams(self) -> tuple[list[User], list[Type]]:
        """Users whose roles let them see the records of their teams, and the types of those."""
        roles = [
            (role, keys)
            for role in self._catalog.roles()
            if (keys := [p.key for p in live(role) if "team" in _scopes(p)])
        ]
        users = self._having([role.key for role, _ in roles])
        return users, self._types([key for _, keys in roles for key in keys])

    def _having(self, roles: Sequence[str]) -> list[User]:
        return [
            user
            for user in self._catalog.users()
            if not user.administrator and not set(roles).isdisjoint(user.role_keys)
        ]

    def _types(self, keys: Iterable[str]) -> list[Type]:
        if EVERY_TYPE in keys:
            return list(self._catalog.types())
        found = [self._catalog.find(key) for key in dict.fromkeys(keys)]
        return [type_ for type_ in found if type_ is not None and not type_.retired]


def _keys(roles: Iterable[Role]) -> list[str]:
    return [permission.key for role in roles for permission in live(role)]


def _scopes(permission: Permission) -> list[str]:
    """For whose records a permission lets and denies something."""
    lets = [getattr(permission, f"may_{operation}") for operation in OPERATIONS]
    return [each for each in (*lets, *decoded(permission.denied).values()) if each]


def _expressions(permission: Permission) -> list[str]:
    return [scope for scope in _scopes(permission) if scope not in WORDS]


def _seen(
    database: Database, catalog: Catalog, users: Sequence[User], types: Sequence[Type]
) -> _Sights:
    """What users see of types, as it is now."""
    seen: _Sights = {}
    for user in users:
        if user.administrator:
            for type_ in types:
                shown = {field.key: "shown" for field in type_.fields}
                seen[user.id, type_.id] = _Sight(_ALL, shown)
            continue
        actor = Actor(
            id=user.id,
            key=user.key,
            uid=user.uid,
            administrator=False,
            roles=user.roles,
            teams=user.teams,
        )
        policy = Policy(database, catalog, actor)
        visible = VisibleCatalog(policy)
        for type_ in types:
            on = policy.on(type_)
            condition = on.condition("read") if on.visible else _NONE
            fields = {}
            if condition != _NONE:
                fields = {field.key: visible.sight(type_, field) for field in type_.fields}
            seen[user.id, type_.id] = _Sight(condition, fields)
    return seen


class _Counting:
    """Counts the live records of a type for which conditions hold, each condition once."""

    def __init__(self, database: Database, type_: Type) -> None:
        self._database = database
        self._type = type_
        self._known: dict[str, int] = {_NONE: 0}

    def difference(self, was: str, is_: str) -> tuple[int, int]:
        """How many records only the first of two conditions holds for, and how many the second."""
        if was == is_:
            return 0, 0
        both = is_ if was == _ALL else was if is_ == _ALL else f"({was}) AND ({is_})"
        shared = 0 if _NONE in (was, is_) else self._count(both)
        return self._count(was) - shared, self._count(is_) - shared

    def _count(self, condition: str) -> int:
        if condition not in self._known:
            self._known[condition] = self._database.scalar(
                f"SELECT count(*) FROM {quoted(self._type.key)} {ALIAS}"
                f" WHERE {ALIAS}.removed_at IS NULL AND ({condition})"
            )
        return self._known[condition]
