"""Which file says what: the configuration in one file, or in a folder with a file for each type.

What stands in a file already stays in that file; a new type gets a file of its own. Categories,
teams, roles and users have one file each, called after them. The order of the types of a folder
stands, as `order`, in `categories.yaml`.
"""

import os
from collections.abc import Collection, Mapping
from typing import Any

from crmtui.model.message import N_
from crmtui.store.catalog import Catalog
from crmtui.store.errors import Refused
from crmtui.store.spec.comparing import changes
from crmtui.store.spec.merging import merged
from crmtui.store.spec.reading import read
from crmtui.store.spec.rewriting import rewritten
from crmtui.store.spec.shapes import PLURALS

ORDERING = "categories.yaml"


def in_file(path: str, text: str, document: Mapping[str, Any], *, whole: Collection[str]) -> str:
    """What a file should hold that is to say what a document says.

    Args:
        text: what it holds at present.
        whole: the nouns of which the document says everything there is.
    """
    return rewritten(
        text, path, document, lambda noun, _key: noun not in whole, people="users" in document
    )


def in_folder(
    folder: str, texts: Mapping[str, str], document: Mapping[str, Any], *, whole: Collection[str]
) -> dict[str, str | None]:
    """What the files of a folder should hold; None for one that has nothing to say any more.

    Args:
        texts: what its files hold at present, by path.
        whole: the nouns of which the document says everything there is.
    """
    said = {path: read(text, path) for path, text in texts.items()}
    parts: dict[str, dict[str, Any]] = {path: {} for path in said}
    for noun, plural in PLURALS.items():
        owners = _owners(said, plural)
        common = os.path.join(folder, f"{plural}.yaml")
        usual = next((path for path in said if said[path].get(plural)), common)
        for key, definition in document.get(plural, {}).items():
            own = os.path.join(folder, f"{key}.yaml") if noun == "type" else usual
            part = parts.setdefault(owners.get(key, own), {})
            part.setdefault(plural, {})[key] = definition
    common = os.path.join(folder, ORDERING)
    ordering = next((path for path in said if "order" in said[path]), common)
    if "type" in whole or ordering in said:
        before = said[ordering].get("order", []) if "type" not in whole else []
        order = [*before, *(key for key in document["types"] if key not in before)]
        parts.setdefault(ordering, {})["order"] = order

    def stays(noun: str, key: str) -> bool:
        return noun not in whole or key in document.get(PLURALS[noun], {})

    made: dict[str, str | None] = {}
    for path, part in parts.items():
        text = rewritten(texts.get(path, ""), path, part, stays, people="users" in document)
        emptied = path in texts and whole and not any(read(text, path).values())
        made[path] = None if emptied else text
    return made


def _owners(said: Mapping[str, Mapping[str, Any]], plural: str) -> dict[str, str]:
    """The file that says something of each key, else the first that mentions it."""
    owners: dict[str, str] = {}
    for path, document in said.items():
        for key, definition in document.get(plural, {}).items():
            if key not in owners or (definition and not said[owners[key]][plural][key]):
                owners[key] = path
    return owners


def refuse_different(
    made: Mapping[str, str | None], document: Mapping[str, Any], catalog: Catalog
) -> None:
    """Refuse texts that do not say what a document says.

    A text in which one part stands for several (by anchors, aliases, `<<`) cannot always be changed
    in one place.

    Raises:
        Refused: `not-rewritten`.
    """
    said = merged([(path, read(text, path)) for path, text in made.items() if text is not None])
    for plural in PLURALS.values():
        if plural in said:
            wanted = document.get(plural, {})
            said[plural] = {key: each for key, each in said[plural].items() if key in wanted}
    if "users" not in document:
        for team in said.get("teams", {}).values():
            team.pop("manager", None)
    missing = [
        key
        for plural in PLURALS.values()
        for key in document.get(plural, {})
        if key not in said.get(plural, {})
    ]
    if missing or changes(said, catalog):
        raise Refused(
            "not-rewritten",
            N_("{files} cannot be changed where they stand; write other files"),
            files=[path for path, text in made.items() if text and "&" in text] or list(made),
        )
