"""The configuration written down: definitions as a document, and a document as YAML."""

from collections.abc import Sequence
from typing import Any

from crmtui.model.definitions import Category, Definition, Type
from crmtui.model.nouns import NOUNS
from crmtui.store.spec.shapes import CHILDREN, children_of, value_of
from crmtui.store.spec.yaml_text import block


def document(types: Sequence[Type], categories: Sequence[Category] = ()) -> dict[str, Any]:
    """Definitions in use as a document that `changes` reads back as no change."""
    document_: dict[str, Any] = {}
    if categories:
        document_["categories"] = {each.key: _described("category", each) for each in categories}
    document_["types"] = {type_.key: _described("type", type_) for type_ in types}
    return document_


def above(types: Sequence[Type], categories: Sequence[Category]) -> list[Category]:
    """The categories that some types are listed under, and those that they belong to, in order."""
    by_key = {each.key: each for each in categories}
    wanted: set[str] = set()
    for type_ in types:
        key = type_.category
        while key in by_key and key not in wanted:
            wanted.add(key)
            key = by_key[key].parent
    return [each for each in categories if each.key in wanted]


def _described(noun: str, definition: Definition) -> dict[str, Any]:
    described = {}
    for name, attribute in NOUNS[noun].attributes.items():
        value = value_of(attribute, definition)
        # What it holds, and where it stands in the process, is always worth a word.
        if value != attribute.default or name == "kind":
            described[name] = value
    for child in CHILDREN.get(noun, ()):
        live = [each for each in children_of(child, definition) if not each.retired]
        if live:
            described[NOUNS[child].plural] = {each.key: _described(child, each) for each in live}
    return described


def write(document_: dict[str, Any]) -> str:
    """A document as YAML."""
    return "\n".join(block(document_)) + "\n"
