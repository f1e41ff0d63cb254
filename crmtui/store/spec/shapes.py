"""What stands in a document: which noun hangs on which, and the form each value has there.

Read or exported, a value is in the same form, so that comparing is `==`: a flag a bool, a number an
int, field keys and layouts lists, all else text; None where there is none.
"""

import json
from typing import Any

from crmtui.model.definitions import Definition, Field, Stage, Type
from crmtui.model.keys import normal_key
from crmtui.model.nouns import NOUNS, Attribute

CHILDREN = {"type": ("field", "stage", "validation"), "field": ("option",), "stage": ("status",)}

STATEMENTS = {
    noun: (
        "renamed_from",
        "retired",
        *(("move_to",) if noun in ("stage", "status") else ()),
        *(("merged_from",) if noun == "option" else ()),
    )
    for noun in NOUNS
}
"""What a document says of a definition that is no attribute: how it came to be, or goes."""


def children_of(noun: str, definition: Definition) -> tuple[Definition, ...]:
    """The definitions of a noun that hang on another, retired ones too."""
    if isinstance(definition, Type):
        return {
            "field": definition.all_fields,
            "stage": definition.all_stages,
            "validation": definition.all_validations,
        }[noun]
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
    return json.loads(value) if attribute.shape == "layout" else value


def keys(value: str | list[str]) -> list[str]:
    """Field keys, however they were written."""
    parts = value.split(",") if isinstance(value, str) else value
    return [key for key in map(normal_key, parts) if key]
