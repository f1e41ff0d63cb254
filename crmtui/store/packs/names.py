"""What the names in a pack mean in this workspace: renamed since, there already, or still to come.

A pack names types and fields by its own keys, wherever it says something by them: in links,
expressions, layouts. Users rename what a pack made, and a pack may speak of types that come with
another pack, later or never.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from crmtui.model.keys import RESERVED_NAMES
from crmtui.model.nouns import NOUNS
from crmtui.store import tokens

ESSENTIAL = frozenset({"to", "from", "formula", "measure", "where", "options_of", "rule", "unique"})
"""Attributes without which a field or a validation cannot be made."""

Ref = tuple[str, str]
"""A noun and a reference: `("field", "deal.amount")`."""


class Missing(LookupError):
    """Something is named that is not there."""


class Names(NamedTuple):
    """What keys stand for.

    Args:
        now: present reference by noun and reference as it is written; the same where not told.
        targets: by the reference of a link field, the type that it points to, both as written.
        there: whether a present reference is there, or will be.
        values: by a field as written, or `type.stage` and `type.status`, the keys that its values
            have now and had when it was written.
    """

    now: Mapping[Ref, str]
    targets: Mapping[str, str]
    there: Callable[[str, str], bool]
    values: Mapping[str, Sequence[tuple[str, str]]]

    def ref(self, noun: str, written: str) -> str:
        """The present reference of what is written; raises `Missing` when it is not there."""
        found = self.now.get((noun, written))
        if found is None:
            parent, dot, key = written.rpartition(".")
            found = f"{self.ref('type', parent)}.{key}" if dot else written
        if not self.there(noun, found):
            raise Missing(written)
        return found

    def field(self, type_key: str, key: str) -> str:
        """The present key of a field, or of what every record has."""
        if key in RESERVED_NAMES:
            return key
        return self.ref("field", f"{type_key}.{key}").rpartition(".")[2]

    def path(self, type_key: str, path: tuple[str, ...]) -> tuple[str, ...]:
        """The present path of a name in an expression over records of a type."""
        first = self.field(type_key, path[0])
        target = self.targets.get(f"{type_key}.{path[0]}")
        if target is None or len(path) != 2:
            return (first, *path[1:])  # `address.city` names a part of a value
        return first, self.field(target, path[1])

    def values_of(self, type_key: str, path: tuple[str, ...]) -> Sequence[tuple[str, str]]:
        """The keys of the values of what a path names: as written, and now; changed ones only."""
        if len(path) == 2:
            type_key = self.targets.get(f"{type_key}.{path[0]}", "")
        return self.values.get(f"{type_key}.{path[-1]}", ())


def told(
    noun: str, name: str, value: Any, type_key: str, said: Mapping[str, Any], names: Names
) -> tuple[Any, bool]:
    """An attribute of a definition in present names, and whether all of it could be told.

    Args:
        type_key: the type that the definition belongs to, as written.
        said: what is said of the definition besides.

    Raises:
        Missing: nothing can be told, since something it names is not there.
    """
    attribute = NOUNS[noun].attributes[name]
    if value in (None, "", []):
        return value, True
    if name == "to":
        return names.ref("type", value), True
    if (noun, name) in (("type", "category"), ("category", "parent")):
        return names.ref("category", value), True
    if name in ("owner", "min_field", "max_field"):
        return names.field(type_key, value), True
    if name == "options_of":
        return (names.ref("field", value) if "." in value else value), True
    if name == "from":
        return _source(value, type_key, said, names), True
    if name in ("where", "measure"):
        type_key = str(said.get("from") or "").partition(".")[0]
    if attribute.shape == "expression" or name == "measure":
        return _renamed(value, type_key, names), True
    if name == "unique" and attribute.shape == "keys":
        return [names.field(type_key, key) for key in value], True
    if attribute.shape == "keys":
        found = _those_there(value, type_key, names)
        return found, len(found) == len(value)
    if attribute.shape == "layout":
        sections = [_section(section, type_key, names) for section in value]
        return [section for section, _ in sections if section], all(w for _, w in sections)
    return value, True


def _renamed(expression: str, type_key: str, names: Names) -> str:
    for path in {name.path for name in tokens.names(expression)}:
        for old, new in names.values_of(type_key, path):
            changed = tokens.literals_renamed(expression, old, new, {path}.__contains__)
            expression = changed or expression
    try:
        return tokens.renamed(expression, lambda path: names.path(type_key, path))
    except tokens.BadToken:
        return expression  # what is wrong with it is said where it is defined


def _source(value: str, type_key: str, said: Mapping[str, Any], names: Names) -> str:
    first, _dot, second = value.partition(".")
    if said.get("kind") == "rollup":
        return names.ref("field", value)
    link, *field = names.path(type_key, (first, second))
    return ".".join((link, *field))


def _those_there(keys: list[str], type_key: str, names: Names) -> list[str]:
    found = []
    for key in keys:
        try:
            found.append(names.field(type_key, key))
        except Missing:
            continue
    return found


def _section(section: Any, type_key: str, names: Names) -> tuple[Any, bool]:
    """A section with those of its fields that are there, None when none is; whether all are."""
    if not isinstance(section, dict) or not isinstance(section.get("fields"), list):
        return section, True
    entries: list[Any] = []
    for entry in section["fields"]:
        try:
            if isinstance(entry, dict):
                entries.append(entry | {"field": names.field(type_key, entry["field"])})
            else:
                entries.append(names.field(type_key, entry))
        except Missing:
            continue
    if not entries:
        return None, False
    return section | {"fields": entries}, len(entries) == len(section["fields"])
