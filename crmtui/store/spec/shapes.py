"""What stands in a document: which noun hangs on which, and the form each value has there.

Read or exported, a value is in the same form, so that comparing is `==`: a flag a bool, a number an
int, field keys and layouts lists, a map a dict, all else text; None where there is none.
"""

import json
from collections.abc import Mapping
from typing import Any

from crmtui.model.definitions import Definition, Field, Role, Stage, Type
from crmtui.model.keys import normal_key
from crmtui.model.nouns import NOUNS, Attribute

ROOTS = ("category", "type", "team", "role", "user")
"""The nouns that stand at the top of a document, in their order there."""

PLURALS = {noun: NOUNS[noun].plural for noun in ROOTS}
"""What they stand under."""

CHILDREN = {
    "type": ("field", "stage", "validation"),
    "field": ("option",),
    "stage": ("status",),
    "role": ("permission",),
}

STATEMENTS = {
    noun: (
        # A permission is called what its type is called.
        *(("renamed_from",) if noun != "permission" else ()),
        "retired",
        *(("move_to",) if noun in ("stage", "status") else ()),
        *(("merged_from",) if noun == "option" else ()),
    )
    for noun in NOUNS
}
"""What a document says of a definition that is no attribute: how it came to be, or goes."""

_OF_PEOPLE = {"team": "manager"}
"""What names a user, and is therefore said only where the document says who the users are."""

OF_THE_MACHINE = {"user": "uid"}
"""What makes sense on one machine only, and is therefore said in no document."""


def attributes(noun: str, *, people: bool = True) -> Mapping[str, Attribute]:
    """What a document may say of a noun.

    Args:
        people: whether the document says who the users are.
    """
    left_out = {OF_THE_MACHINE.get(noun), None if people else _OF_PEOPLE.get(noun)}
    known = NOUNS[noun].attributes
    if left_out == {None}:
        return known
    return {name: each for name, each in known.items() if name not in left_out}


def children_of(noun: str, definition: Definition) -> tuple[Definition, ...]:
    """The definitions of a noun that hang on another, retired ones too."""
    if isinstance(definition, Type):
        return {
            "field": definition.all_fields,
            "stage": definition.all_stages,
            "validation": definition.all_validations,
        }[noun]
    if isinstance(definition, Role):
        return definition.permissions
    if isinstance(definition, Field):
        # Options that it shares are those of another field.
        return () if definition.options_of else definition.options
    assert isinstance(definition, Stage)
    return definition.statuses


def value_of(attribute: Attribute, definition: Definition) -> Any:
    """An attribute of a definition as a document holds it; its default where nothing is said."""
    value = getattr(definition, attribute.attr)
    if value is None:
        return attribute.default
    if attribute.shape == "keys":
        return keys(value)
    if attribute.shape == "map" and attribute.choices:
        return {key: words.split(",") for key, words in json.loads(value).items()}
    return json.loads(value) if attribute.shape in ("layout", "map") else value


def keys(value: str | list[str]) -> list[str]:
    """Field keys, however they were written."""
    parts = value.split(",") if isinstance(value, str) else value
    return [key for key in map(normal_key, parts) if key]
