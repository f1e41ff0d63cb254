"""A document brought up to date: what its text should say, with as little of it changed as can be.

What a text leaves out because it follows anyway (that a field is a text, that a won stage is
closed) stays left out; what it says of how things came to be (`renamed_from`) stays said.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from crmtui.model.keys import normal_key
from crmtui.model.nouns import NOUNS
from crmtui.store.spec.nodes import from_json, nodes, plain_value
from crmtui.store.spec.patching import patched
from crmtui.store.spec.reading import read
from crmtui.store.spec.shapes import CHILDREN, PLURALS, STATEMENTS, attributes
from crmtui.store.spec.writing import write
from crmtui.store.stage_nouns import first_status_of

Stays = Callable[[str, str], bool]
"""Whether a definition stays in a text that it is not wanted in: takes its noun and its key."""


def rewritten(
    text: str, name: str, wanted: Mapping[str, Any], stays: Stays, *, people: bool = False
) -> str:
    """A YAML or JSON text, changed where it does not say what a document says.

    Args:
        name: what errors call the text.
        stays: whether a type, category, team, role or user stays that the document does not know.
        people: whether the document says who the users are; what names them stays otherwise.

    Raises:
        Refused: the text is no document.
    """
    if "\r\n" in text:
        text = text.replace("\r\n", "\n")
        return rewritten(text, name, wanted, stays, people=people).replace("\n", "\r\n")
    root = nodes(text, name)
    if root is None:
        return text + ("" if text.endswith("\n") or not text else "\n") + write(dict(wanted))
    said = read(text, name)
    as_json = name.endswith(".json")
    now = from_json(text) if as_json else plain_value(root)
    new = dict(now)
    order = ["categories", "order", *PLURALS.values()]
    for noun, plural in PLURALS.items():
        if plural not in wanted and plural not in now:
            continue
        more = _definitions(
            noun,
            now.get(plural),
            said.get(plural, {}),
            wanted.get(plural, {}),
            people=people,
            stays=stays,
        )
        if plural in now and (more or noun == "type"):
            new[plural] = more
        elif more:
            new = _inserted(new, plural, more, order)
        else:
            new.pop(plural, None)
    if "order" in wanted and said.get("order") != wanted["order"]:
        new["order"] = wanted["order"]
    # A document says something, be it that there is nothing.
    new = new or {"types": {}}
    if as_json:
        return text if new == now else json.dumps(new, ensure_ascii=False, indent=2) + "\n"
    return patched(text, root, new)


def _definitions(
    noun: str,
    now: Any,
    said: Mapping[str, Mapping[str, Any]],
    wanted: Mapping[str, Mapping[str, Any]],
    *,
    people: bool,
    above: Mapping[str, Any] | None = None,
    stays: Stays = lambda _noun, _key: False,
) -> Any:
    """The definitions of a noun as the text should have them, in the order that is wanted.

    Args:
        now: as the text has them: a mapping, a list of keys, or nothing.
        said: what that means.
        above: what is wanted of the definition that they hang on.
    """
    written = {normal_key(key): key for key in now or ()}
    values = now if isinstance(now, dict) else dict.fromkeys(now or ())
    kept = [
        key for key in said if key not in wanted and (said[key].get("retired") or stays(noun, key))
    ]
    new = {}
    for key in _placed(list(wanted), list(said), kept):
        name = written.get(key, key)
        if key not in wanted:
            new[name] = values[name]
        elif key in said:
            found = _definition(
                noun, values[name], said[key], wanted[key], above or {}, people=people
            )
            if set(said[key].get("merged_from") or ()) & wanted.keys():
                # It is in use again, so nothing is to be merged from it.
                found = {name: value for name, value in found.items() if name != "merged_from"}
            new[name] = found
        else:
            new[name] = dict(wanted[key])
    if isinstance(now, list) and not any(new.values()):
        return list(new)
    return new


def _placed(wanted: list[str], said: list[str], kept: list[str]) -> list[str]:
    """The wanted keys in order, and among them those that are kept, each behind its forerunner."""
    placed = list(wanted)
    for key in kept:
        before = [each for each in said[: said.index(key)] if each in placed]
        placed.insert(placed.index(before[-1]) + 1 if before else 0, key)
    return placed


def _definition(
    noun: str,
    now: Any,
    said: Mapping[str, Any],
    wanted: Mapping[str, Any],
    above: Mapping[str, Any],
    *,
    people: bool,
) -> Any:
    known = attributes(noun, people=people)
    children = {NOUNS[child].plural: child for child in CHILDREN.get(noun, ())}
    new: dict[str, Any] = {}
    for name, value in (now or {}).items():
        if name in children:
            found = _definitions(
                children[name],
                value,
                said[name],
                wanted.get(name, {}),
                people=people,
                above=wanted,
            )
            if found or not value:
                new[name] = found if found else value
        elif name in known:
            default = known[name].default
            meant = said[name] if said[name] is not None else default
            if meant == wanted.get(name, default):
                new[name] = value
            elif name in wanted:
                new[name] = wanted[name]
        elif not (name in ("retired", "move_to") and said.get("retired")):
            new[name] = value
    missing = [name for name in wanted if name not in new]
    if missing:
        implied = set(_implied(noun, wanted, above))
        order = [*STATEMENTS[noun], *known, *children]
        for name in missing:
            if name not in implied:
                new = _inserted(new, name, wanted[name], order)
    return new if new or now else now


def _inserted(new: dict[str, Any], name: str, value: Any, order: list[str]) -> dict[str, Any]:
    """With one more attribute, behind the nearest of those that usually come before it."""
    before = set(order[: order.index(name)])
    place = max((n for n, each in enumerate(new, 1) if each in before), default=0)
    pairs = list(new.items())
    return dict([*pairs[:place], (name, value), *pairs[place:]])


def _implied(noun: str, wanted: Mapping[str, Any], above: Mapping[str, Any]) -> Iterator[str]:
    """What is wanted of a definition, and follows without being said."""
    if noun == "field":
        if wanted.get("kind") == "text":
            yield "kind"
        if "scale" in wanted and wanted["scale"] == _usual_scale(wanted):
            yield "scale"
    elif noun == "stage":
        if wanted.get("category") == ("closed" if wanted.get("outcome") else "open"):
            yield "category"
        if _is_only_status(wanted):
            yield "statuses"
    elif noun == "status" and wanted.get("category") == above.get("category"):
        yield "category"
        if wanted.get("outcome") == above.get("outcome"):
            yield "outcome"


def _usual_scale(field: Mapping[str, Any]) -> int:
    if field.get("kind") != "money" or not field.get("currency"):
        return 2
    from babel.numbers import get_currency_precision

    return get_currency_precision(field["currency"])


def _is_only_status(stage: Mapping[str, Any]) -> bool:
    """Whether a stage has just the status that every new stage gets."""
    statuses = stage.get("statuses", {})
    made = first_status_of(stage.get("category") or "open", stage.get("outcome"))
    said = {name: value for name, value in made.items() if name != "key" and value is not None}
    return statuses == {made["key"]: said}
