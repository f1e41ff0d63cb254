"""Several documents as one: a configuration may lie in a folder, a file for each type."""

from collections.abc import Sequence
from typing import Any

from crmtui.model.message import N_
from crmtui.store.errors import Refused
from crmtui.store.spec.shapes import PLURALS


def merged(documents: Sequence[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    """Documents as one; each comes with the name of its file.

    Types come in the `order` that a document states, then as they are met. A type, category, team,
    role or user may be mentioned in several files, but said something of in one only.

    Raises:
        Refused: two files say something of the same.
    """
    stated = {plural for _, document in documents for plural in document}
    whole: dict[str, Any] = {plural: {} for plural in PLURALS.values() if plural in stated}
    order: list[str] = []
    for plural in whole:
        said_in: dict[str, str] = {}
        for name, document in documents:
            for key, definition in document.get(plural, {}).items():
                if definition and key in said_in:
                    raise Refused(
                        "defined-twice",
                        N_("{key} is defined in {first} and in {second}"),
                        key=key,
                        first=said_in[key],
                        second=name,
                    )
                if definition:
                    said_in[key] = name
                if definition or key not in whole[plural]:
                    whole[plural][key] = definition
    for _, document in documents:
        order += document.get("order", ())
    types = whole.get("types", {})
    first = dict.fromkeys(key for key in order if key in types)
    if first:
        rest = (key for key in types if key not in first)
        whole["types"] = {key: types[key] for key in [*first, *rest]}
    return whole
