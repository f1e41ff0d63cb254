"""A document read from YAML or JSON, each fault named with its place."""

from collections.abc import Callable
from typing import Any

from crmtui.model.keys import closest, normal_key
from crmtui.model.message import N_
from crmtui.model.nouns import NOUNS, Attribute, Noun
from crmtui.store.configuration import choice
from crmtui.store.errors import Misused, Refused
from crmtui.store.permission_words import actions_of, level_of, operation_of, scope_of
from crmtui.store.spec.nodes import from_json, nodes, plain_value
from crmtui.store.spec.shapes import (
    CHILDREN,
    OF_THE_MACHINE,
    PLURALS,
    STATEMENTS,
    attributes,
    keys,
)

MAX_BYTES = 16 * 2**20
MAX_DEFINITIONS = 200_000
HEAD = ("pack", "version", "label", "label_zh", "description", "description_zh")
"""What a pack says of itself before its categories and types."""

_LAYOUT_DEPTH = 4


def read(text: str, name: str, *, pack: bool = False) -> dict[str, Any]:
    """A YAML 1.2 or JSON text as a document (JSON is YAML); `no` stays a word, and 1.10 too.

    Args:
        name: what errors call the text.
        pack: whether it may say the things of `HEAD`; they are then in the document, as text.

    Returns:
        What the document states of `categories`, `types`, `teams`, `roles`, `users` and `order`
        (the keys of types in the order in which they come).

    Raises:
        Refused: it is neither, is too large, or holds something that is no document.
    """
    document = _loaded(text, name)
    stateable = {*PLURALS.values(), "order"}
    known = {*stateable, *(HEAD if pack else ())}
    stated = isinstance(document, dict) and document.keys() & stateable
    if not stated or set(document) - set(known):
        found: Any = type(document).__name__
        if isinstance(document, dict):
            found = next((str(key) for key in document if key not in known), "{}")
        elif document is None:
            raise Refused("empty-file", N_("{file} is empty"), file=name)
        raise Refused(
            "bad-document",
            N_("{file}: a document begins with types:, not {found}"),
            file=name,
            found=_cut(found),
        )
    return _Reader(name).document(document)


def _loaded(text: str, name: str) -> Any:
    if len(text) > MAX_BYTES:
        raise Refused("bad-document", N_("{file} is larger than 16 MiB"), file=name)
    if text.lstrip()[:1] == "{":
        try:
            return from_json(text)
        except (ValueError, RecursionError):
            pass  # YAML in braces, or JSON that is wrong: YAML says on which line.
    root = nodes(text, name)
    return None if root is None else plain_value(root)


def _cut(text: str) -> str:
    return text if len(text) <= 200 else text[:199] + "…"


class _Reader:
    """Checks what YAML gave and turns it into definitions, naming the place of what is wrong."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._seen = 0

    def document(self, said: dict[str, Any]) -> dict[str, Any]:
        """The whole document."""
        head: dict[str, Any] = {
            name: _text(said[name], f"{self._name}: {name}")
            for name in HEAD
            if said.get(name) is not None
        }
        if said.get("order") is not None:
            head["order"] = _keys(said["order"], f"{self._name}: order")
        for noun, plural in PLURALS.items():
            if plural in said:
                where = f"{self._name}: {plural}"
                head[plural] = self._definitions(said.get(plural), NOUNS[noun], where)
        return head

    def _definitions(self, value: Any, noun: Noun, where: str) -> dict[str, dict[str, Any]]:
        if value is None:
            return {}
        if isinstance(value, list) and all(isinstance(key, str) for key in value):
            written_keys = value
        elif isinstance(value, dict):
            written_keys = list(value)
        else:
            raise Refused(
                "bad-document",
                N_("{where}: expected {nouns} by key"),
                where=where,
                nouns=noun.plural,
            )
        definitions = {}
        for written in written_keys:
            key = normal_key(_word(written))
            place = f"{where}.{_cut(key)}"
            if key in definitions:
                raise Refused("bad-document", N_("{where} stands there twice"), where=place)
            each = value[written] if isinstance(value, dict) else None
            definitions[key] = self._definition(each, noun, place)
        return definitions

    def _definition(self, value: Any, noun: Noun, where: str) -> dict[str, Any]:
        self._count()
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise Refused("bad-document", N_("{where}: expected attributes"), where=where)
        children = {NOUNS[child].plural: NOUNS[child] for child in CHILDREN.get(noun.key, ())}
        known = attributes(noun.key)
        definition = {}
        for written, each in value.items():
            name = _word(written)
            place = f"{where}.{name}"
            if name in children:
                definition[name] = self._definitions(each, children[name], place)
            elif name in known:
                definition[name] = self._value(known[name], each, place)
            elif name in STATEMENTS[noun.key]:
                definition[name] = _statement(name, each, place)
            else:
                raise _unknown(noun, name, [*known, *children, *STATEMENTS[noun.key]], where)
        return definition

    def _count(self) -> None:
        self._seen += 1
        if self._seen > MAX_DEFINITIONS:
            # A few lines of YAML can refer to one another often enough to mean billions.
            raise Refused(
                "bad-document",
                N_("{file} defines more than {most} things"),
                file=self._name,
                most=MAX_DEFINITIONS,
            )

    def _value(self, attribute: Attribute, value: Any, where: str) -> Any:
        if attribute.shape == "layout":
            return self._sections(value, where)
        if attribute.shape == "keys" and isinstance(value, list):
            return _keys(value, where) or None
        if attribute.shape == "map":
            return _map(attribute.name, value, where)
        return _attribute(attribute, value, where)

    def _sections(self, value: Any, where: str) -> list[Any] | None:
        if not value:
            return None
        if not isinstance(value, list):
            raise Refused("bad-document", N_("{where}: expected a list of sections"), where=where)
        return [self._section(each, where, _LAYOUT_DEPTH) for each in value]

    def _section(self, value: Any, where: str, depth: int) -> Any:
        """A part of a layout as Python has it; what it may say is for the layouts to judge."""
        self._count()
        if not depth:
            raise Refused("bad-document", N_("{where}: expected a list of sections"), where=where)
        if isinstance(value, list):
            return [self._section(each, where, depth - 1) for each in value]
        if isinstance(value, dict):
            parts = {_word(name): each for name, each in value.items()}
            return {
                name: int(each)
                if name == "columns" and isinstance(each, str) and each.isdecimal()
                else self._section(each, f"{where}.{_cut(name)}", depth - 1)
                for name, each in parts.items()
            }
        return normal_key(value) if isinstance(value, str) else value


def _word(key: Any) -> str:
    """A key as it was written, though YAML took it for something else than a word."""
    if isinstance(key, bool):
        return "true" if key else "false"
    return "null" if key is None else str(key)


def _unknown(noun: Noun, name: str, known: list[str], where: str) -> Refused:
    name = _cut(name)
    if name == OF_THE_MACHINE.get(noun.key):
        return Refused(
            "bad-document",
            N_("{where}: the {name} of a {noun} is that of one machine, and in no document"),
            f"crmtui {noun.key} set NAME --{name} {name.upper()}",
            where=where,
            name=name,
            noun=noun.key,
        )
    meant = closest(name, known)
    return Refused(
        "bad-document",
        N_("{where}: a {noun} has no {name}; did you mean {meant}?")
        if meant
        else N_("{where}: a {noun} has no {name}; it has {known}"),
        where=where,
        noun=noun.key,
        name=name,
        meant=meant,
        known=known,
    )


def _statement(name: str, value: Any, where: str) -> Any:
    if name == "retired":
        return _flag(value, where) if value is not None else False
    if name == "merged_from":
        return _keys(value if value is not None else "", where)
    return _text(value, where) if value is not None else None


def _keys(value: Any, where: str) -> list[str]:
    if isinstance(value, list):
        return keys([_text(each, where) for each in value])
    return keys(_text(value, where))


def _attribute(attribute: Attribute, value: Any, where: str) -> Any:
    """An attribute's value in its shape: a flag as bool, a number as int, else text or None."""
    if value is None and not isinstance(value, dict | list):
        return None
    if attribute.shape == "flag":
        return _flag(value, where)
    if attribute.shape == "scope":
        return _scope(value, where)
    text = _text(value, where)
    if attribute.shape == "number":
        if not (text.isascii() and text.isdecimal() and len(text) < 10):
            raise Refused(
                "bad-document",
                N_("{where}: {value} is not a whole number"),
                where=where,
                value=_cut(text),
            )
        return int(text)
    if attribute.shape == "word" and text:
        return _choice(attribute, text, where)
    if attribute.shape == "keys":
        return keys(text) or None
    return text or None


def _scope(value: Any, where: str) -> str | None:
    if isinstance(value, bool):
        raise Refused(
            "bad-document", N_("{where}: expected own, team, all or an expression"), where=where
        )
    return scope_of(_text(value, where)) or None


def _level(value: Any, where: str) -> str:
    return level_of(_text(value, where))


def _actions(value: Any, where: str) -> list[str]:
    return actions_of(",".join(_keys(value, where)))


_MEANT: dict[str, Callable[[Any, str], Any]] = {
    "deny": _scope,
    "fields": _level,
    "stages": _actions,
}
"""By attribute, what stands in a map and is read."""


def _map(name: str, value: Any, where: str) -> dict[str, Any] | None:
    """Words by key in the form in which permissions keep them; None where there are none."""
    if value is None:
        return None
    if not isinstance(value, dict):
        raise Refused("bad-document", N_("{where}: expected words by key"), where=where)
    found: dict[str, Any] = {}
    for written, each in value.items():
        key = normal_key(_word(written))
        place = f"{where}.{_cut(key)}"
        try:
            key = operation_of(key) if name == "deny" else key
            said = _MEANT[name](each, place) if each is not None else None
        except Misused as problem:
            raise Refused(
                "bad-document", N_("{where}: {problem}"), where=place, problem=problem.message
            ) from problem
        if key in found:
            raise Refused("bad-document", N_("{where} stands there twice"), where=place)
        found[key] = said
    return {key: said for key, said in found.items() if said} or None


def _choice(attribute: Attribute, text: str, where: str) -> str:
    found = choice(attribute, text)
    if found:
        return found
    meant = closest(text, attribute.choices)
    raise Refused(
        "bad-document",
        N_("{where}: {value} is none of {choices}; did you mean {meant}?")
        if meant
        else N_("{where}: {value} is none of {choices}"),
        where=where,
        value=_cut(text),
        choices=list(attribute.choices),
        meant=meant,
    )


def _flag(value: Any, where: str) -> bool:
    if isinstance(value, dict | list):
        raise Refused("bad-document", N_("{where}: expected one value"), where=where)
    if not isinstance(value, bool):
        raise Refused(
            "bad-document",
            N_("{where}: {value} is neither true nor false"),
            where=where,
            value=_cut(str(value)),
        )
    return value


def _text(value: Any, where: str) -> str:
    if isinstance(value, dict | list):
        raise Refused("bad-document", N_("{where}: expected one value"), where=where)
    return normal_key(_word(value))
