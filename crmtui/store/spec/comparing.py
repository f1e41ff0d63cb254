"""What must change for the configuration to be what a document says."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crmtui.model.definitions import Definition
from crmtui.model.nouns import NOUNS
from crmtui.store.catalog import Catalog
from crmtui.store.changes import Change
from crmtui.store.spec.naming import Definitions, FieldNames, Named
from crmtui.store.spec.shapes import CHILDREN, children_of, value_of

_FOLLOWS = {
    "field": ("kind", "to", "scale", "currency"),
    "stage": ("category", "outcome"),
    "status": ("category", "outcome"),
}
"""What follows from other attributes, or stays as it was made, when nothing is said of it."""

_COMPUTED = ("formula", "lookup", "rollup")
"""Kinds of field that cannot be made before the fields they are computed from."""

_OF_FIELDS = ("title", "list", "card", "form", "detail")
"""What is said of a type by the keys of its fields."""


def changes(wanted: Mapping[str, Any], catalog: Catalog, *, prune: bool = False) -> list[Change]:
    """The changes that make the configuration what a document says, in an order that works.

    Categories and types come first, so that links find what they point to; what names a field
    comes behind that field; then orders, merges, and removals last.
    """
    return _Plan(wanted, catalog, prune).changes()


class _Plan:
    """Gathers changes, each sort apart, so that they come in an order that works."""

    def __init__(self, wanted: Mapping[str, Any], catalog: Catalog, prune: bool) -> None:
        self._wanted = wanted
        self._types = catalog.types(retired=True)
        self._categories = catalog.categories(retired=True)
        self._prune = prune
        self._first: list[Change] = []
        self._merges: list[Change] = []
        self._removals: list[Change] = []
        self._waiting: list[tuple[Change, frozenset[Named]]] = []
        self._levels: list[tuple[str, str, Definitions, Sequence[Definition]]] = []
        self._added: dict[tuple[str, str], list[str]] = {}
        """By noun and parent, the keys in the order in which they come to be."""
        self._names = FieldNames({}, {})

    def changes(self) -> list[Change]:
        """Everything that must change."""
        if "categories" in self._wanted:
            self._level("category", "", self._wanted["categories"], self._categories)
        types: Definitions = self._wanted.get("types", {})
        self._level("type", "", types, self._types)
        by_key = {type_.key: type_ for type_ in self._types}
        kept = {
            key: (definition, _found(key, definition, by_key))
            for key, definition in types.items()
            if not definition.get("retired")
        }
        self._names = FieldNames(kept, by_key)
        for key, (definition, found) in kept.items():
            self._inner("type", key, definition, found, ("field",))
        for key, (definition, found) in kept.items():
            self._naming_fields(key, definition, found)
            self._inner("type", key, definition, found, ("stage", "validation"))
        self._what_waited()
        orders = [order for level in self._levels for order in self._order(*level)]
        return [*self._first, *orders, *self._merges, *self._removals]

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
                if each.key not in kept and not each.retired:
                    self._removals.append(Change("remove", noun, _ref(parent, each.key)))
        self._levels.append((noun, parent, wanted, present))

    def _one(
        self, noun: str, ref: str, definition: Mapping[str, Any], found: Definition | None
    ) -> None:
        attributes = {
            name: value
            for name, value in definition.items()
            if name in NOUNS[noun].attributes and not (noun == "type" and name in _OF_FIELDS)
        }
        if found is None:
            values = {name: value for name, value in attributes.items() if value is not None}
            if noun == "stage" and definition.get("statuses"):
                values["bare"] = True
            self._place(Change("add", noun, ref, values), definition)
            return
        if found.retired:
            self._emit(Change("restore", noun, ref))
        known = set(NOUNS[noun].attributes) - set(_OF_FIELDS if noun == "type" else ())
        different = self._different(noun, known, attributes, found)
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

    def _naming_fields(
        self, key: str, definition: Mapping[str, Any], found: Definition | None
    ) -> None:
        """What is said of a type by the keys of its fields."""
        said = {name: value for name, value in definition.items() if name in _OF_FIELDS}
        if found is None:
            different = {name: value for name, value in said.items() if value is not None}
        else:
            different = self._different("type", set(_OF_FIELDS), said, found)
        if different:
            self._place(Change("set", "type", key, different), definition)

    def _different(
        self, noun: str, known: set[str], said: Mapping[str, Any], found: Definition
    ) -> dict[str, Any]:
        """Those attributes, of the ones that are known here, that are not as they should be."""
        attributes = NOUNS[noun].attributes
        wanted = dict(said)
        if self._prune:
            for name in attributes:
                if name in known and name not in _FOLLOWS.get(noun, ()):
                    wanted.setdefault(name, attributes[name].default)
        different = {}
        for name, value in wanted.items():
            default = attributes[name].default
            if (value if value is not None else default) != value_of(attributes[name], found):
                different[name] = value
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
        parent, _, key = change.ref.rpartition(".")
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
    """The definitions in order, but a category behind the one that it belongs to."""
    if noun != "category":
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
