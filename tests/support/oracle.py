"""What an actor may see and do, in plain Python: made from the words of the documentation.

It shares nothing with the store but the words of permissions, so that a fault in one is none in
the other. Records are dicts of stored values; what an actor sees of one is computed value by value.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Record = dict[str, Any]

AT_STAGE = {"read": "see", "update": "edit", "delete": "edit", "assign": "edit", "move": "leave"}
TEXTS = ("text", "phone")
"""Kinds of which a value that is shown to one role and masked to another stays a text."""


@dataclass(frozen=True)
class Field:
    """A field of a type of the world.

    Args:
        reads: the fields it is computed of, as `field`, `link.field` or `type.field`.
        value: what it is computed to of a record as the actor sees it; None where it is stored.
        checks: names of what its rules tell of other fields, as `reads`.
    """

    key: str
    kind: str
    target: str | None = None
    reads: tuple[str, ...] = ()
    value: "Callable[[Seen, Record], Any] | None" = None


@dataclass(frozen=True)
class Type:
    """A type of the world: its fields, its stages (with their statuses), whose a record is.

    Args:
        title: the field that names a record.
        titled: fields, and the title that is made of their values.
    """

    key: str
    fields: tuple[Field, ...]
    stages: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    owner: str | None = None
    title: str | None = None
    titled: "tuple[tuple[str, ...], Callable[[dict[str, Any]], Any]] | None" = None

    def field(self, key: str) -> Field:
        return next(each for each in self.fields if each.key == key)


@dataclass(frozen=True)
class Grant:
    """What one role says of one type, its rows together."""

    lets: Mapping[str, tuple[str, ...]]
    denies: Mapping[str, tuple[str, ...]]
    levels: Mapping[str, str]
    stages: Mapping[str, frozenset[str]]
    unlisted: bool


@dataclass
class World:
    """Types, people, permissions and records.

    Args:
        scopes: what an expression of a scope means of a record, as it is, for a user.
        roles: the rows of each role by type, or `*`, each as a permission is written.
        users: the roles and teams of each.
        teams: the parent and the manager of each.
        shares: type, record, who it is shared with (`user`, `team` or `role`, and a key), and
            whether they may update it.
    """

    types: Mapping[str, Type]
    scopes: Mapping[str, "Callable[[World, str, Record], Any]"]
    roles: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    users: dict[str, tuple[list[str], list[str]]] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)
    teams: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)
    shares: list[tuple[str, int, str, str, bool]] = field(default_factory=list)
    records: dict[str, dict[int, Record]] = field(default_factory=dict)

    def name(self, user_id: int | None) -> str | None:
        return next((key for key, each in self.ids.items() if each == user_id), None)

    def mates(self, user: str) -> set[int]:
        """Who belongs to the teams of a user, to those they manage, and to those below."""
        found = set(self.users[user][1])
        found |= {key for key, (_, manager) in self.teams.items() if manager == user}
        while more := {k for k, (above, _) in self.teams.items() if above in found} - found:
            found |= more
        within = {self.ids[u] for u, (_, teams) in self.users.items() if found.intersection(teams)}
        return within | {self.ids[user]}


class Seen:
    """The world as one user sees it, and what they may do in it."""

    def __init__(self, world: World, user: str) -> None:
        self.world = world
        self.user = user
        self.me = world.ids[user]
        self.mates = world.mates(user)
        self._grants: dict[str, list[Grant]] = {}

    # What roles say

    def grants(self, type_key: str) -> list[Grant]:
        """What each of the user's roles says of a type, in their order."""
        if type_key not in self._grants:
            found = []
            for role in self.world.users[self.user][0]:
                said = self.world.roles.get(role, {})
                rows = [said[key] for key in ("*", type_key) if key in said]
                if rows:
                    found.append(_together(rows))
            self._grants[type_key] = found
        return self._grants[type_key]

    def owner_of(self, type_key: str, record: Record) -> int | None:
        owner = self.world.types[type_key].owner
        return record[owner] if owner else record["created_by"]

    def holds(self, scope: str, type_key: str, record: Record) -> bool:
        """Whether a record is one of those that a scope means."""
        if scope == "all":
            return True
        owner = self.owner_of(type_key, record)
        if scope == "own":
            return owner == self.me
        if scope == "team":
            return owner is not None and owner in self.mates
        return self.world.scopes[scope](self.world, self.user, record) is True

    def lets(self, grant: Grant, operation: str, type_key: str, record: Record) -> bool:
        """Whether a role lets an operation on a record."""
        if operation not in grant.lets:
            return False
        if any(self.holds(scope, type_key, record) for scope in grant.lets[operation]):
            return True
        return operation in ("read", "update") and self._shared(operation, type_key, record)

    def _shared(self, operation: str, type_key: str, record: Record) -> bool:
        roles, teams = self.world.users[self.user]
        for of, record_id, who, key, may_update in self.world.shares:
            mine = key in {"user": [self.user], "team": teams, "role": roles}[who]
            same = (of, record_id) == (type_key, record["id"])
            if mine and same and (operation == "read" or may_update):
                return True
        return False

    def denied(self, operation: str, type_key: str, record: Record, target: str = "") -> bool:
        """Whether a role denies an operation on a record, be it at its stage."""
        for grant in self.grants(type_key):
            if any(self.holds(s, type_key, record) for s in grant.denies.get(operation, ())):
                return True
            stands, goes = _places(record.get("stage"), record.get("status")), _within(target)
            for place, actions in grant.stages.items():
                within = operation == "move" and place in goes
                if AT_STAGE.get(operation) in actions and place in stands and not within:
                    return True
                enters = operation in ("move", "create") and "enter" in actions
                if enters and place in goes and not (operation == "move" and place in stands):
                    return True
        return False

    def refused(self, operation: str, type_key: str) -> bool:
        """Whether an operation is let on no record of a type, or denied on all of them."""
        return not any(operation in grant.lets for grant in self.grants(type_key)) or any(
            "all" in grant.denies.get(operation, ()) for grant in self.grants(type_key)
        )

    # Types and fields

    def knows(self, type_key: str) -> bool:
        """Whether the user knows of a type."""
        return any(grant.lets for grant in self.grants(type_key)) and not any(
            "all" in grant.denies.get("read", ()) for grant in self.grants(type_key)
        )

    def listed(self, type_key: str) -> bool:
        return self.knows(type_key) and any(
            grant.lets and not grant.unlisted for grant in self.grants(type_key)
        )

    def _levels(self, type_key: str, key: str) -> list[tuple[Grant, str]]:
        """The roles that let the user read, and what each makes of a field."""
        return [(g, g.levels.get(key, "")) for g in self.grants(type_key) if "read" in g.lets]

    def whole(self, type_key: str, key: str) -> bool:
        """Whether a field is seen as it is on every record that is seen."""
        levels = self._levels(type_key, key)
        if all(_plain(level) for _, level in levels):
            return True
        return any(_plain(level) and "all" in grant.lets["read"] for grant, level in levels)

    def masks(self, type_key: str, key: str) -> bool:
        """Whether a field is masked on some records."""
        return not self.whole(type_key, key) and any(
            level.startswith("masked") for _, level in self._levels(type_key, key)
        )

    def has(self, type_key: str, key: str) -> bool:
        """Whether there is such a field for the user."""
        every = [grant.levels.get(key, "") for grant in self.grants(type_key)]
        if not self.knows(type_key) or "denied" in every:
            return False
        reading = [level for _, level in self._levels(type_key, key)]
        if all(level == "hidden" for level in reading or every):
            return False
        found = self.world.types[type_key].field(key)
        if found.target and not self.knows(found.target):
            return False
        if found.value is not None:
            return self.whole(type_key, key) and all(
                self._reads(type_key, path) for path in found.reads
            )
        if found.kind == "multilink":
            return self.whole(type_key, key) or not any(map(_plain, reading))
        return True

    def _reads(self, type_key: str, path: str) -> bool:
        """Whether what a computed field stands on is seen as it is where it is seen."""
        first, dot, second = path.partition(".")
        if first in self.world.types:
            return self.opened(first, second)
        if not self.opened(type_key, first):
            return False
        target = self.world.types[type_key].field(first).target
        return not dot or self.opened(str(target), second)

    def opened(self, type_key: str, key: str) -> bool:
        return self.has(type_key, key) and not self.masks(type_key, key)

    def stages(self, type_key: str) -> dict[str, list[str]]:
        """The stages and statuses that the user knows of."""
        blind = {
            place
            for grant in self.grants(type_key)
            for place, actions in grant.stages.items()
            if "see" in actions
        }
        found = {}
        for stage, statuses in self.world.types[type_key].stages.items():
            seen = [status for status in statuses if f"{stage}.{status}" not in blind]
            if stage not in blind and seen:
                found[stage] = seen
        return found

    # Records

    def reads(self, type_key: str, record: Record) -> bool:
        """Whether the user may read a record."""
        return (
            self.knows(type_key)
            and any(self.lets(g, "read", type_key, record) for g in self.grants(type_key))
            and not self.denied("read", type_key, record)
        )

    def records(self, type_key: str, *, removed: bool = False) -> list[Record]:
        """The live records that the user may read, by id; those that were removed, too."""
        return [
            record
            for _, record in sorted(self.world.records[type_key].items())
            if self.reads(type_key, record) and (removed or not record["removed"])
        ]

    def find(self, type_key: str, record_id: int | None) -> Record | None:
        """A record that the user may read."""
        record = self.world.records[type_key].get(record_id or 0)
        return record if record is not None and self.reads(type_key, record) else None

    def value(self, type_key: str, key: str, record: Record) -> Any:
        """What the user sees of a value of a record that they may read."""
        found = self.world.types[type_key].field(key)
        if found.value is not None:
            return found.value(self, record)
        if found.kind == "multilink" and not self.whole(type_key, key):
            return "****"
        covering = [
            level
            for grant, level in self._levels(type_key, key)
            if self.lets(grant, "read", type_key, record)
        ]
        if any(_plain(level) for level in covering):
            return record[key]
        masks = [level for level in covering if level.startswith("masked")]
        mixed = any(_plain(level) for _, level in self._levels(type_key, key))
        if not masks or (mixed and found.kind not in TEXTS):
            return None
        return masked(record[key], masks[0].partition(":")[2], found.kind)

    def shows(self, type_key: str, key: str, record: Record) -> bool:
        """Whether the user sees a field as it is on a record."""
        levels = self._levels(type_key, key)
        return all(_plain(level) for _, level in levels) or any(
            _plain(level) and self.lets(grant, "read", type_key, record) for grant, level in levels
        )

    def title(self, type_key: str, record: Record | None) -> Any:
        """What names a record; None when its reference must."""
        type_ = self.world.types[type_key]
        if record is None or not self.named(type_key):
            return None
        if type_.titled is not None:
            keys, made = type_.titled
            return made(record | {key: self.value(type_key, key, record) for key in keys})
        return self.value(type_key, str(type_.title), record)

    def named(self, type_key: str) -> bool:
        """Whether records of a type have titles for the user."""
        type_ = self.world.types[type_key]
        if type_.titled is not None:
            return all(self.opened(type_key, key) for key in type_.titled[0])
        return type_.title is not None and self.has(type_key, type_.title)

    # What may be done

    def may(self, operation: str, type_key: str, record: Record, target: str = "") -> bool:
        """Whether an operation on a record is let, of which the user need not be told why."""
        return (
            (operation == "create" or self.reads(type_key, record))
            and any(self.lets(g, operation, type_key, record) for g in self.grants(type_key))
            and not self.denied(operation, type_key, record, target)
        )

    def may_write(
        self, operation: str, type_key: str, record: Record, keys: Iterable[str], target: str = ""
    ) -> bool:
        """Whether values for fields may be written into a record: changed, or added with it."""
        keys = list(keys)
        if not self.may(operation, type_key, record, target):
            return False
        for key in keys:
            if any(grant.levels.get(key) == "denied" for grant in self.grants(type_key)):
                return False
            if operation == "update" and not self.shows(type_key, key, record):
                return False
            reaching = [
                grant
                for grant in self.grants(type_key)
                if self.lets(grant, operation, type_key, record)
                and _writes(operation, grant.levels.get(key, ""))
            ]
            if not reaching:
                return False
        owner = self.world.types[type_key].owner
        if operation == "update" and owner in keys:
            return self.may("assign", type_key, record)
        return True

    def adds_own(self, type_key: str) -> bool:
        """Whether the user may add records only of some owners, so that they are their own."""
        scopes = {s for grant in self.grants(type_key) for s in grant.lets.get("create", ())}
        return bool(scopes & {"own", "team"}) and "all" not in scopes


def masked(value: Any, pattern: str, kind: str) -> str | None:
    """A value as the documentation says that it is masked."""
    if value is None:
        return None
    if kind not in TEXTS:
        return "****"
    text = str(value)
    if kind == "phone":
        pattern = pattern or "138****1234"
        text = text.removeprefix("+86")
    pattern = pattern or "a**"
    lead, tail = pattern.index("*"), len(pattern) - 1 - pattern.rindex("*")
    stars = "*" * max(2, pattern.count("*"))
    kept_back = max(1, min(len(stars), (lead + tail) // 2))
    if len(text) < lead + tail + kept_back:
        return stars
    return text[:lead] + stars + (text[-tail:] if tail else "")


def _together(rows: Iterable[Mapping[str, Any]]) -> Grant:
    lets: dict[str, tuple[str, ...]] = {}
    denies: dict[str, tuple[str, ...]] = {}
    levels: dict[str, str] = {}
    stages: dict[str, frozenset[str]] = {}
    for row in rows:
        for name, said in row.items():
            if name == "deny":
                for operation, scope in said.items():
                    denies[operation] = (*denies.get(operation, ()), scope)
            elif name == "fields":
                for key, level in said.items():
                    levels[key] = max(level, levels.get(key, ""), key=_strictness)
            elif name == "stages":
                for place, actions in said.items():
                    stages[place] = stages.get(place, frozenset()) | set(actions)
            elif name != "unlisted":
                lets[name] = (*lets.get(name, ()), said)
    return Grant(lets, denies, levels, stages, any(row.get("unlisted") for row in rows))


def _strictness(level: str) -> int:
    return ["", "read-only", "masked", "hidden", "denied"].index(level.partition(":")[0])


def _plain(level: str) -> bool:
    return level in ("", "read-only")


def _writes(operation: str, level: str) -> bool:
    return not level or (operation == "create" and level.startswith("masked"))


def _places(stage: str | None, status: str | None) -> set[str]:
    return {stage, f"{stage}.{status}"} if stage else set()


def _within(target: str) -> set[str]:
    stage, _, status = target.partition(".")
    return _places(stage, status) if target else set()
