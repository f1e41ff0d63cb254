"""The JSON Schema of documents, for editors that check and complete what is typed."""

from collections.abc import Callable
from typing import Any

from crmtui.model.layouts import Item
from crmtui.model.message import N_
from crmtui.model.nouns import FIELD_LEVELS, NOUNS, OPERATIONS, Attribute, Noun
from crmtui.store.people_nouns import USER_KEY
from crmtui.store.spec.reading import HEAD
from crmtui.store.spec.shapes import CHILDREN, PLURALS, ROOTS, STATEMENTS, attributes

_TEXT = ["string", "number", "boolean", "null"]
"""Text may be written without quotes, and is then a number or a boolean to other programs."""

_KEY = "[^\\s.,:/#'\"&*!|>%@`{}\\[\\]-][^\\s.,:/#'\"]{0,62}"

_STATED = {
    "renamed_from": N_("the key it had before, whose data it takes over"),
    "retired": N_("whether it is hidden, with its data kept"),
    "move_to": N_("where its records go when it is retired"),
    "merged_from": N_("options whose records it takes over"),
}
_TOLD = {
    "categories": N_("Categories of types, a tree."),
    "types": N_("Business types."),
    "teams": N_("Teams, a tree."),
    "roles": N_("Roles, and what they let their users do."),
    "users": N_("Users, with their roles and teams."),
    "order": N_("the order of the types, where each has a file of its own"),
}


def schema(translate: Callable[[str], str] = N_) -> dict[str, Any]:
    """The JSON Schema (draft 7) of a document.

    Args:
        translate: puts what is said of each attribute into a language.
    """
    properties: dict[str, Any] = {name: {"type": _TEXT} for name in HEAD}
    for noun, plural in PLURALS.items():
        properties[plural] = _by_key(NOUNS[noun], translate(_TOLD[plural]))
    properties["order"] = _keys() | {"description": translate(_TOLD["order"])}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "crmtui",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "anyOf": [{"required": [name]} for name in _TOLD],
        "definitions": {noun: _definition(NOUNS[noun], translate) for noun in _nouns(*ROOTS)},
    }


def _nouns(*above: str) -> list[str]:
    found = list(above)
    for noun in above:
        found += _nouns(*CHILDREN.get(noun, ()))
    return found


def _by_key(noun: Noun, description: str) -> dict[str, Any]:
    each = {"anyOf": [{"$ref": f"#/definitions/{noun.key}"}, {"type": "null"}]}
    key = f"^({_KEY}|\\*)$" if noun.key == "permission" else f"^{_KEY}$"
    if noun.key == "user":
        key = f"^{USER_KEY}$"
    return {
        "description": description,
        "anyOf": [
            {
                "type": "object",
                "patternProperties": {key: each},
                "additionalProperties": False,
            },
            {"type": "array", "items": {"type": "string", "pattern": key}},
            {"type": "null"},
        ],
    }


def _definition(noun: Noun, translate: Callable[[str], str]) -> dict[str, Any]:
    properties = {}
    for name, attribute in attributes(noun.key).items():
        properties[name] = _value(attribute) | {"description": translate(attribute.help)}
        if attribute.default is not None:
            properties[name]["default"] = attribute.default
    for name in STATEMENTS[noun.key]:
        value = {"retired": {"type": "boolean"}, "merged_from": _keys()}.get(name)
        properties[name] = (value or {"type": "string"}) | {"description": translate(_STATED[name])}
    for child in CHILDREN.get(noun.key, ()):
        properties[NOUNS[child].plural] = _by_key(NOUNS[child], translate(NOUNS[child].plural))
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _value(attribute: Attribute) -> dict[str, Any]:
    if attribute.shape == "flag":
        return {"type": ["boolean", "null"]}
    if attribute.shape == "number":
        return {"type": ["integer", "null"], "minimum": 0}
    if attribute.shape == "word":
        return {"enum": [*attribute.choices, None]}
    if attribute.shape == "keys":
        return _keys()
    if attribute.shape == "scope":
        return {"type": ["string", "null"]}
    if attribute.shape == "map":
        return {"anyOf": [_words(attribute), {"type": "null"}]}
    if attribute.shape == "layout":
        return {"anyOf": [{"type": "array", "items": _section()}, {"type": "null"}]}
    return {"type": _TEXT}


def _words(attribute: Attribute) -> dict[str, Any]:
    """A map of a permission."""
    if attribute.choices:
        return {"type": "object", "additionalProperties": _keys()}
    if attribute.name == "deny":
        keys = {name: {"type": ["string", "null"]} for name in OPERATIONS}
        return {"type": "object", "properties": keys, "additionalProperties": False}
    level = {"type": ["string", "null"], "pattern": f"^({'|'.join(FIELD_LEVELS)})(:.*)?$"}
    return {"type": "object", "additionalProperties": level}


def _keys() -> dict[str, Any]:
    return {
        "anyOf": [
            {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
            {"type": ["string", "null"]},
        ]
    }


def _section() -> dict[str, Any]:
    item = {
        name: {"type": ["boolean", "null"] if name in ("hidden", "wide") else _TEXT}
        for name in Item.__annotations__
    }
    fields = {
        "type": "array",
        "items": {
            "anyOf": [
                {"type": "string"},
                {
                    "type": "object",
                    "properties": item,
                    "required": ["field"],
                    "additionalProperties": False,
                },
            ]
        },
    }
    return {
        "type": "object",
        "properties": {
            "key": {"type": "string"},
            "label": {"type": _TEXT},
            "label_zh": {"type": _TEXT},
            "columns": {"enum": [1, 2]},
            "fields": fields,
        },
        "additionalProperties": False,
    }
