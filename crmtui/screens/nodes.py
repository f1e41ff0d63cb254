"""Definitions as the rows of a designer point to them."""

from collections.abc import Sequence
from typing import NamedTuple

from crmtui.model.definitions import Definition, Field, Stage
from crmtui.model.keys import proposed_key
from crmtui.model.nouns import NOUNS
from crmtui.screens.foresight import Foresight
from crmtui.store.changes import Change


class Node(NamedTuple):
    """What a row stands for.

    Args:
        noun: a key of `model.nouns.NOUNS`.
        ref: of the definition; of a heading the reference of what it is the heading within.
        heading: whether it stands for all definitions of the noun under `ref`.
    """

    noun: str
    ref: str
    heading: bool = False

    @property
    def parent(self) -> str:
        """The reference of what it hangs on; empty for types, users and their like."""
        return self.ref if self.heading else split(self.noun, self.ref)[0]

    @property
    def key(self) -> str:
        """Its own key; empty for a heading."""
        return "" if self.heading else split(self.noun, self.ref)[1]

    def sibling(self, key: str) -> "Node":
        """The node of another key under the same parent."""
        return Node(self.noun, f"{self.parent}.{key}" if self.parent else key)


def split(noun: str, ref: str) -> tuple[str, str]:
    """A reference as that of what it hangs on, which may be nothing, and the key."""
    if noun in NOUNS and NOUNS[noun].parent is None:
        # A user's name may hold dots.
        return "", ref
    parent, _dot, key = ref.rpartition(".")
    return parent, key


def siblings(foresight: Foresight, noun: str, parent: str) -> Sequence[Definition]:
    """The definitions of a noun under a parent, in order, retired ones too."""
    whole: dict[str, Sequence[Definition]] = {
        "type": foresight.types,
        "category": foresight.categories,
        "user": foresight.users,
        "team": foresight.teams,
        "role": foresight.roles,
    }
    if noun in whole:
        return whole[noun]
    if noun == "permission":
        role = foresight.role(parent)
        return role.permissions if role else ()
    type_key, _dot, key = parent.partition(".")
    type_ = foresight.type(type_key)
    if type_ is None:
        return ()
    if noun == "option":
        field = _of(type_.all_fields, key)
        return field.options if isinstance(field, Field) else ()
    if noun == "status":
        stage = _of(type_.all_stages, key)
        return stage.statuses if isinstance(stage, Stage) else ()
    found: dict[str, Sequence[Definition]] = {
        "field": type_.all_fields,
        "stage": type_.all_stages,
        "validation": type_.all_validations,
    }
    return found.get(noun, ())


def definition(foresight: Foresight, node: Node) -> Definition | None:
    """What a node stands for, or None."""
    return None if node.heading else _of(siblings(foresight, node.noun, node.parent), node.key)


def taken(foresight: Foresight, noun: str, parent: str) -> list[str]:
    """The keys that a new definition cannot have."""
    return [each.key for each in siblings(foresight, noun, parent)]


def category_meant(foresight: Foresight, word: str) -> tuple[str, list[Change]]:
    """The key of the category that a key or a name means, and what makes it if there is none."""
    folded = word.strip().casefold()
    if not folded:
        return "", []
    for category in foresight.categories:
        names = (category.key, category.label, category.label_zh)
        if folded in (name.casefold() for name in names if name):
            return category.key, []
    key = proposed_key(word, taken(foresight, "category", ""), "category")
    values = {} if key == word.strip() else {"label": word.strip()}
    return key, [Change("add", "category", key, values)]


def shifted(foresight: Foresight, node: Node, by: int) -> list[Change]:
    """The change that puts a definition `by` places further; none at the end of the row."""
    keys = taken(foresight, node.noun, node.parent)
    if node.key not in keys:
        return []
    to = keys.index(node.key) + by
    return _ordered(node, keys, to) if 0 <= to < len(keys) else []


def put_at(foresight: Foresight, node: Node, onto: Node) -> list[Change]:
    """The change that lets a definition take the place of one of its siblings."""
    keys = taken(foresight, node.noun, node.parent)
    if onto.key not in keys or node.key not in keys:
        return []
    return _ordered(node, keys, keys.index(onto.key))


def put_behind(foresight: Foresight, node: Node, other: Node) -> list[Change]:
    """The change that puts a definition, which stands last, behind one of its siblings."""
    keys = taken(foresight, node.noun, node.parent)
    if other.key not in keys or other.noun != node.noun:
        return []
    return _ordered(node, keys, keys.index(other.key) + 1)


def _ordered(node: Node, keys: list[str], to: int) -> list[Change]:
    after = [key for key in keys if key != node.key]
    after.insert(to, node.key)
    if after == keys:
        return []
    return [Change("order", node.noun, node.parent, {"keys": after})]


def _of(definitions: Sequence[Definition], key: str) -> Definition | None:
    return next((each for each in definitions if each.key == key), None)
