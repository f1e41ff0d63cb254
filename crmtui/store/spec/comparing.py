"""What must change for the configuration to be what a document says."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from crmtui.model.definitions import Definition, Permission
from crmtui.model.nouns import NOUNS
from crmtui.store.catalog import Catalog
from crmtui.store.changes import Change
from crmtui.store.spec.in_use import role_in_use, team_in_use, unseen, user_in_use
from crmtui.store.spec.naming import Definitions, FieldNames, Named
from crmtui.store.spec.shapes import CHILDREN, PLURALS, attributes, children_of, value_of

_FOLLOWS = {
    "field": ("kind", "to", "scale", "currency"),
    "stage": ("category", "outcome"),
    "status": ("category", "outcome"),
}
"""What follows from other attributes, or stays as it was made, when nothing is said of it."""

_COMPUTED = ("formula", "lookup", "rollup")
"""Kinds of field that cannot be made before the fields they are computed from."""

_LATER = {"type": ("title", "owner", "list", "card", "form", "detail"), "team": ("manager",)}
"""What is said of a type by the keys of its fields, and of a team by the name of a user."""

_TREES = ("category", "team")
"""Nouns of which one may belong to another, its `parent`."""

_GOING = ("user", "permission", "role", "type", "team", "category")
"""In which order things go: what is had, held or named by others goes behind those."""


def changes(
    wanted: Mapping[str, Any],
    catalog: Catalog,
    *,
    prune: bool = False,
    actor: str = "",
    foreign: Collection[str] = (),
) -> list[Change]:
    """The changes that make the configuration what a document says, in an order that works.

    Categories and types come first, so that links find what they point to; what names a field
    comes behind that field; roles behind what they speak of, users behind their roles and teams;
    then orders, merges, and removals last.

    Args:
        prune: retire what is not mentioned, of the nouns that the document states.
        actor: the user who applies it: leaving them out takes nothing from them.
        foreign: the types that are not theirs to retire by leaving them out.
    """
    return _Plan(wanted, catalog, prune, actor, foreign).changes()


class _Plan:
    """Gathers changes, each sort apart, so that they come in an order that works."""

    def __init__(
        self,
        wanted: Mapping[str, Any],
        catalog: Catalog,
        prune: bool,
        actor: str,
        foreign: Collection[str],
    ) -> None:
        self._wanted = wanted
        self._catalog = catalog
        self._types = catalog.types(retired=True)
        self._prune = prune
        self._actor = actor
        self._foreign = foreign
        self._people = "users" in wanted
        self._first: list[Change] = []
        self._merges: list[Change] = []
        self._removals: list[Change] = []
        self._waiting: list[tuple[Change, frozenset[Named]]] = []
        self._levels: list[tuple[str, str, Definitions, Sequence[Definition]]] = []
        self._added: dict[tuple[str, str], list[str]] = {}
        """By noun and parent, the keys in the order in which they come to be."""
        self._names = FieldNames({}, {})
        self._above: dict[tuple[str, str], str | None] = {}
        """The parent of each category and team that is to go."""
        self._renamed: dict[str, str] = {}
        """The new keys of types, by their present ones."""
        self._retired: set[str] = set()
        """The types that are retired, and stay so."""
        self._unseen: dict[int, Mapping[str, Mapping[str, str]]] = {}
        """What permissions say that no document does, by their ids."""

    def changes(self) -> list[Change]:
        """Everything that must change."""
        self._root("category", self._catalog.categories(retired=True))
        users = self._catalog.users(retired=True)
        teams = [team_in_use(team, users) for team in self._catalog.teams(retired=True)]
        self._root("team", teams)
        self._business()
        if "roles" in self._wanted:
            self._permissions()
        roles = self._catalog.roles(retired=True) if self._people else ()
        self._root("user", [user_in_use(user, roles) for user in users])
        self._managers(teams)
        orders = [order for level in self._levels for order in self._order(*level)]
        removals = sorted(self._removals, key=self._going)
        return [*self._first, *orders, *self._merges, *removals]

    def _root(self, noun: str, present: Sequence[Definition]) -> Definitions:
        """What the document states of a noun at its top, which it need not."""
        wanted: Definitions = self._wanted.get(PLURALS[noun], {})
        if PLURALS[noun] in self._wanted:
            self._level(noun, "", wanted, present)
        return wanted

    def _business(self) -> None:
        """Types, and what hangs on them."""
        types = self._root("type", self._types)
        by_key = {type_.key: type_ for type_ in self._types}
        kept = {
            key: (definition, _found(key, definition, by_key))
            for key, definition in types.items()
            if not definition.get("retired")
        }
        self._retired = {t.key for t in self._types if t.retired} - kept.keys()
        self._renamed = {found.key: key for key, (_, found) in kept.items() if found}
        self._names = FieldNames(kept, by_key)
        for key, (definition, found) in kept.items():
            self._inner("type", key, definition, found, ("field",))
        for key, (definition, found) in kept.items():
            self._later("type", key, definition, found)
            self._inner("type", key, definition, found, ("stage", "validation"))
        self._what_waited()

    def _permissions(self) -> None:
        """Roles, and what they let: what that speaks of is there by now, under its new name."""
        by_type = {type_.key: type_ for type_ in self._types}
        present = self._catalog.roles(retired=True)
        for permission in (each for role in present for each in role.permissions):
            if permission.key in by_type:
                self._unseen[permission.id] = unseen(permission, by_type[permission.key])
        shown = [role_in_use(role, self._types, self._renamed) for role in present]
        by_key = {role.key: role for role in shown}
        for key, definition in self._root("role", shown).items():
            if not definition.get("retired"):
                found = _found(key, definition, by_key)
                self._inner("role", key, definition, found, ("permission",))

    def _managers(self, present: Sequence[Definition]) -> None:
        """Who leads teams, once the users are there."""
        by_key = {team.key: team for team in present}
        for key, definition in self._wanted.get("teams", {}).items():
            if not definition.get("retired"):
                self._later("team", key, definition, _found(key, definition, by_key))

    def _going(self, change: Change) -> tuple[int, int]:
        """The place of a removal among the others: what belongs to another goes before that."""
        noun = change.noun if change.noun in _GOING else "type"
        depth, above = 0, self._above.get((noun, change.ref))
        while above is not None and depth < len(self._above):
            depth, above = depth + 1, self._above.get((noun, above))
        return _GOING.index(noun), -depth

    def _level(
        self, noun: str, parent: str, wanted: Definitions, present: Sequence[Definition]
    ) -> None:
        """The definitions of one noun under one parent, without what hangs on them."""
        by_key = {each.key: each for each in present}
        kept = set()
        for key, definition in _parents_first(noun, wanted):
            ref = _ref(parent, key)
            found = by_key.get(key)
            old = definition.get("renamed_from")
            if found is None and old in by_key:
                self._first.append(Change("rename", noun, _ref(parent, old), {"key": key}))
                found = by_key[old]
            if found is not None:
                kept.add(found.key)
            if definition.get("retired"):
                if found is not None and not found.retired:
                    values = {"move_to": to} if (to := definition.get("move_to")) else {}
                    self._removals.append(Change("remove", noun, ref, values))
                continue
            self._one(noun, ref, definition, found)
            for source in definition.get("merged_from") or ():
                merged = by_key.get(source)
                if merged is not None and not merged.retired and source != key:
                    kept.add(source)
                    values = {"into": key}
                    self._merges.append(Change("merge", noun, _ref(parent, source), values))
            if noun == "stage":
                # Records without a place go to the first status there is: it must be the first's.
                self._inner(noun, ref, definition, found, ("status",))
        if self._prune and (wanted or noun != "status"):
            for each in present:
                if each.key not in kept and not each.retired and not self._stays(noun, each):
                    self._removals.append(Change("remove", noun, _ref(parent, each.key)))
        if noun in _TREES:
            self._above |= {(noun, each.key): getattr(each, "parent", None) for each in present}
        self._levels.append((noun, parent, wanted, present))

    def _stays(self, noun: str, present: Definition) -> bool:
        """Whether something is not to go though it is not mentioned."""
        if noun == "permission":
            # Of types that are retired no document speaks.
            return present.key in self._retired
        if noun == "type":
            return present.key in self._foreign
        return noun == "user" and present.key == self._actor

    def _one(
        self, noun: str, ref: str, definition: Mapping[str, Any], found: Definition | None
    ) -> None:
        known = set(attributes(noun)) - set(_LATER.get(noun, ()))
        said = {name: value for name, value in definition.items() if name in known}
        if found is None:
            values = {name: value for name, value in said.items() if value is not None}
            if noun == "stage" and definition.get("statuses"):
                values["bare"] = True
            self._place(Change("add", noun, ref, values), definition)
            return
        if found.retired:
            self._emit(Change("restore", noun, ref))
        different = self._different(noun, known, said, found)
        if different:
            self._place(Change("set", noun, ref, different), definition)

    def _inner(
        self,
        noun: str,
        ref: str,
        definition: Mapping[str, Any],
        present: Definition | None,
        children: Iterable[str],
    ) -> None:
        """What hangs on one definition."""
        for child in children:
            plural = NOUNS[child].plural
            if plural not in definition and not self._prune:
                continue
            wanted: Definitions = definition.get(plural, {})
            existing = children_of(child, present) if present else ()
            self._level(child, ref, wanted, existing)
            by_key = {each.key: each for each in existing}
            for key, each in wanted.items():
                if not each.get("retired"):
                    found = _found(key, each, by_key)
                    below = () if child == "stage" else CHILDREN.get(child, ())
                    self._inner(child, _ref(ref, key), each, found, below)

    def _later(
        self, noun: str, key: str, definition: Mapping[str, Any], found: Definition | None
    ) -> None:
        """What is said of a type by the keys of its fields, or of a team by that of a user."""
        known = set(_LATER[noun]).intersection(attributes(noun, people=self._people))
        said = {name: value for name, value in definition.items() if name in _LATER[noun]}
        if found is None:
            different = {name: value for name, value in said.items() if value is not None}
        else:
            different = self._different(noun, known, said, found)
        if different:
            self._place(Change("set", noun, key, different), definition)

    def _different(
        self, noun: str, known: set[str], said: Mapping[str, Any], found: Definition
    ) -> dict[str, Any]:
        """Those attributes, of the ones that are known here, that are not as they should be."""
        by_name = NOUNS[noun].attributes
        wanted = dict(said)
        if self._prune:
            acting = noun == "user" and found.key == self._actor
            for name in by_name:
                follows = name in _FOLLOWS.get(noun, ()) or (acting and name == "administrator")
                if name in known and not follows:
                    wanted.setdefault(name, by_name[name].default)
        different = {}
        for name, value in wanted.items():
            default = by_name[name].default
            if (value if value is not None else default) != value_of(by_name[name], found):
                different[name] = value
        if isinstance(found, Permission):
            kept = self._unseen.get(found.id, {})
            different |= {
                name: {**kept[name], **(value or {})}
                for name, value in different.items()
                if kept.get(name)
            }
        return different

    def _place(self, change: Change, definition: Mapping[str, Any]) -> None:
        """Emit a change; what it says by names that are still to come must wait for them."""
        waits = {
            name: named & self._names.pending
            for name, named in self._names.said_by(change, definition).items()
            if name == "default" or named & self._names.pending
        }
        if change.noun == "validation" or definition.get("kind") in _COMPUTED:
            named = frozenset().union(*waits.values())
            self._waiting.append((change, named)) if named else self._emit(change)
            return
        now = {name: value for name, value in change.values.items() if name not in waits}
        if now or change.verb == "add":
            self._emit(Change(change.verb, change.noun, change.ref, now))
        for name, named in waits.items():
            value = change.values[name]
            self._waiting.append((Change("set", change.noun, change.ref, {name: value}), named))

    def _emit(self, change: Change) -> None:
        self._first.append(change)
        parent, key = NOUNS[change.noun].split(change.ref)
        if change.verb == "add":
            self._added.setdefault((change.noun, parent), []).append(key)
        if change.noun == "field" and change.verb in ("add", "restore"):
            self._names.pending.discard((parent, key))

    def _what_waited(self) -> None:
        """Emit what had to wait, each behind what it names; a circle is for the store to refuse."""
        while self._waiting:
            ready = [each for each in self._waiting if not each[1] & self._names.pending]
            for each in ready or self._waiting[:1]:
                self._waiting.remove(each)
                self._emit(each[0])

    def _order(
        self, noun: str, parent: str, wanted: Definitions, present: Sequence[Definition]
    ) -> list[Change]:
        renamed = {
            str(d["renamed_from"]): key for key, d in wanted.items() if d.get("renamed_from")
        }
        now = [renamed.get(each.key, each.key) for each in present]
        after = [*now, *self._added.get((noun, parent), ())]
        asked = [key for key, definition in wanted.items() if not definition.get("retired")]
        if [key for key in after if key in asked] == asked:
            return []
        return [Change("order", noun, parent, {"keys": asked})]


def _parents_first(noun: str, wanted: Definitions) -> Iterable[tuple[str, Mapping[str, Any]]]:
    """The definitions in order, but a category or team behind the one that it belongs to."""
    if noun not in _TREES:
        return wanted.items()
    placed: dict[str, Mapping[str, Any]] = {}
    for key in wanted:
        above: list[str] = []
        at: Any = key
        while at in wanted and at not in placed and at not in above:
            above.append(at)
            at = wanted[at].get("parent")
        placed |= {each: wanted[each] for each in reversed(above)}
    return placed.items()


def _found(key: str, definition: Mapping[str, Any], by_key: Mapping[str, Any]) -> Any:
    """What a definition of the document is at present, perhaps by an older key; or None."""
    return by_key.get(key) or by_key.get(str(definition.get("renamed_from")))


def _ref(parent: str, key: str) -> str:
    return f"{parent}.{key}" if parent else key
