"""The configuration written down: definitions as a document, and a document as YAML."""

from collections.abc import Sequence
from typing import Any

from crmtui.model.definitions import Category, Definition, Role, Team, Type, User
from crmtui.model.nouns import NOUNS
from crmtui.store.spec.in_use import role_in_use, team_in_use, user_in_use
from crmtui.store.spec.shapes import CHILDREN, PLURALS, attributes, children_of, value_of
from crmtui.store.spec.yaml_text import block


def document(
    types: Sequence[Type],
    categories: Sequence[Category] = (),
    teams: Sequence[Team] = (),
    roles: Sequence[Role] = (),
    users: Sequence[User] | None = None,
) -> dict[str, Any]:
    """Definitions in use as a document that `changes` reads back as no change.

    Args:
        users: None where the document is not to say who they are.
    """
    levels: dict[str, Sequence[Definition]] = {
        "category": categories,
        "type": types,
        "team": [team_in_use(team, users or ()) for team in teams],
        "role": [role_in_use(role, types) for role in roles],
        "user": [user_in_use(user, roles) for user in users or ()],
    }
    stated = ("type",) if users is None else ("type", "user")
    return {
        PLURALS[noun]: {
            each.key: _described(noun, each, people=users is not None) for each in definitions
        }
        for noun, definitions in levels.items()
        if definitions or noun in stated
    }


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


def _described(noun: str, definition: Definition, *, people: bool) -> dict[str, Any]:
    described = {}
    for name, attribute in attributes(noun, people=people).items():
        value = value_of(attribute, definition)
        # What it holds, and where it stands in the process, is always worth a word.
        if value != attribute.default or name == "kind":
            described[name] = value
    for child in CHILDREN.get(noun, ()):
        live = [each for each in children_of(child, definition) if not each.retired]
        if live:
            described[NOUNS[child].plural] = {
                each.key: _described(child, each, people=people) for each in live
            }
    return described


def write(document_: dict[str, Any]) -> str:
    """A document as YAML."""
    return "\n".join(block(document_)) + "\n"
