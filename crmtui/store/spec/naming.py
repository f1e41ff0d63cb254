"""Which fields the attributes of a definition name, so that they are set behind those fields."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from crmtui.model.definitions import Type
from crmtui.model.nouns import NOUNS
from crmtui.store.changes import Change

Definitions = Mapping[str, Mapping[str, Any]]
Named = tuple[str, str]
"""A field: the key of its type, and its own."""

_NAMING = ("type", "field", "option", "stage", "status", "validation")
"""Nouns that may name fields that are still to come; permissions come behind all of them."""

_KEYS = ("owner", "min_field", "max_field")
_WITH_OPTIONS = ("choice", "multichoice", "tags")
_WORDS = r"[^\W\d]\w*(?:\.[^\W\d]\w*)?"


class FieldNames:
    """Knows the fields that a document will have added, and those that its attributes name.

    Args:
        types: the types of the document by key: what it says of each, and what that is at present.
        present: the present types, by key.
    """

    def __init__(
        self,
        types: Mapping[str, tuple[Mapping[str, Any], Type | None]],
        present: Mapping[str, Type],
    ) -> None:
        self.pending: set[Named] = set()
        """The fields that are still to be added or restored."""
        self._targets: dict[Named, str] = {
            (type_.key, field.key): field.target
            for type_ in present.values()
            for field in type_.all_fields
            if field.target
        }
        for key, (definition, found) in types.items():
            live = {field.key for field in found.fields} if found else set()
            for field, said in (definition.get("fields") or {}).items():
                if said.get("to"):
                    self._targets[key, field] = said["to"]
                if not said.get("retired") and not {field, said.get("renamed_from")} & live:
                    self.pending.add((key, field))

    def said_by(self, change: Change, definition: Mapping[str, Any]) -> dict[str, frozenset[Named]]:
        """The fields that each attribute of a change names, itself left out.

        The default of a field with options names them, which come behind every field.
        """
        if change.noun not in _NAMING:
            return {}
        type_key, _, key = change.ref.partition(".")
        known = NOUNS[change.noun].attributes
        own = (type_key, key)
        said: dict[str, frozenset[Named]] = {}
        for name, value in change.values.items():
            if name == "default" and definition.get("kind") in _WITH_OPTIONS:
                said[name] = frozenset()
            elif value and name in known:
                named = frozenset(self._named(type_key, known[name].shape, name, value, definition))
                if named - {own}:
                    said[name] = named - {own}
        return said

    def _named(
        self, type_key: str, shape: str, name: str, value: Any, definition: Mapping[str, Any]
    ) -> Iterator[Named]:
        if name in _KEYS:
            yield type_key, value
        elif name in ("options_of", "from"):
            first, _, second = value.partition(".")
            yield first, second
            yield type_key, first
            yield self._targets.get((type_key, first), ""), second
        elif name in ("where", "measure"):
            source = str(definition.get("from") or "").partition(".")[0]
            yield from self._words(source, value)
        elif shape == "expression":
            yield from self._words(type_key, value)
        elif shape in ("keys", "layout"):
            yield from ((type_key, text) for text in _texts(value))

    def _words(self, type_key: str, expression: str) -> Iterator[Named]:
        for word in re.findall(_WORDS, expression):
            first, _, second = word.partition(".")
            yield type_key, first
            if second:
                yield self._targets.get((type_key, first), ""), second


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
