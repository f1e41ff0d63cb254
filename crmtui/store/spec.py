"""The configuration as a document: `export` writes it, `diff` compares it, `apply` brings it about.

A document is a mapping of types, each with its fields (and their options) and stages (and their
statuses), in order. What it does not mention stays as it is, unless it is pruned.
"""

from collections.abc import Mapping
from typing import Any

from crmtui.model.definitions import Definition, Field, Stage, Type
from crmtui.model.keys import closest, normal_key
from crmtui.model.message import N_
from crmtui.model.nouns import NOUNS, Noun
from crmtui.store.catalog import Catalog
from crmtui.store.changes import Change
from crmtui.store.configuration import definition_values
from crmtui.store.errors import Refused

MAX_BYTES = 16 * 2**20
MAX_DEFINITIONS = 200_000

_CHILDREN = {"type": ("field", "stage", "validation"), "field": ("option",), "stage": ("status",)}
_FOLLOWS = {
    "field": ("kind", "to", "scale", "currency"),
    "stage": ("category", "outcome"),
    "status": ("category", "outcome"),
}
"""What follows from other attributes, or stays as it was made, when nothing is said of it."""


def read(text: str, name: str) -> dict[str, Any]:
    """A YAML 1.2 or JSON text as a document (JSON is YAML); `no` stays a word, and 1.10 too.

    Raises:
        Refused: it is neither, is too large, or holds something that is no mapping of types.
    """
    document = _loaded(text, name)
    if not isinstance(document, dict) or "types" not in document or set(document) - {"types"}:
        found: Any = type(document).__name__
        if isinstance(document, dict):
            found = next((str(key) for key in document if key != "types"), "{}")
        elif document is None:
            raise Refused("empty-file", N_("{file} is empty"), file=name)
        raise Refused(
            "bad-document",
            N_("{file}: a document begins with types:, not {found}"),
            file=name,
            found=_cut(found),
        )
    return _Reader(name).document(document["types"])


def _loaded(text: str, name: str) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.constructor import SafeConstructor
    from ruamel.yaml.error import YAMLError

    class AsWritten(SafeConstructor):
        """Leaves numbers and dates as they are written: whether 1.10 is one is for its place."""

    for tag in ("int", "float", "timestamp"):
        AsWritten.add_constructor(f"tag:yaml.org,2002:{tag}", lambda _, node: node.value)

    if len(text) > MAX_BYTES:
        raise Refused("bad-document", N_("{file} is larger than 16 MiB"), file=name)
    yaml = YAML(typ="safe", pure=True)
    yaml.Constructor = AsWritten
    try:
        return yaml.load(text)
    except (YAMLError, ValueError, TypeError, RecursionError) as problem:
        mark = getattr(problem, "problem_mark", None)
        reason = getattr(problem, "problem", None) or str(problem)
        raise Refused(
            "bad-document",
            N_("{file} line {line}: {reason}"),
            file=name,
            line=mark.line + 1 if mark else 1,
            reason=_cut(reason.partition("\n")[0]),
        ) from problem


def _cut(text: str) -> str:
    return text if len(text) <= 200 else text[:199] + "…"


class _Reader:
    """Checks what YAML gave and turns it into definitions, naming the place of what is wrong."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._seen = 0

    def document(self, types: Any) -> dict[str, Any]:
        """The document, of which `types` is all there is."""
        return {"types": self._definitions(types, NOUNS["type"], f"{self._name}: types")}

    def _definitions(self, value: Any, noun: Noun, where: str) -> dict[str, dict[str, Any]]:
        if value is None:
            return {}
        if isinstance(value, list) and all(isinstance(key, str) for key in value):
            keys = value
        elif isinstance(value, dict):
            keys = list(value)
        else:
            raise Refused(
                "bad-document",
                N_("{where}: expected {nouns} by key"),
                where=where,
                nouns=noun.plural,
            )
        definitions = {}
        for written in keys:
            key = normal_key(_word(written))
            place = f"{where}.{_cut(key)}"
            if key in definitions:
                raise Refused("bad-document", N_("{where} stands there twice"), where=place)
            each = value[written] if isinstance(value, dict) else None
            definitions[key] = self._definition(each, noun, place)
        return definitions

    def _definition(self, value: Any, noun: Noun, where: str) -> dict[str, Any]:
        self._seen += 1
        if self._seen > MAX_DEFINITIONS:
            # A few lines of YAML can refer to one another often enough to mean billions.
            raise Refused(
                "bad-document",
                N_("{file} defines more than {most} things"),
                file=self._name,
                most=MAX_DEFINITIONS,
            )
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise Refused("bad-document", N_("{where}: expected attributes"), where=where)
        children = {NOUNS[child].plural: NOUNS[child] for child in _CHILDREN.get(noun.key, ())}
        definition = {}
        for written, each in value.items():
            name = _word(written)
            if name in children:
                definition[name] = self._definitions(each, children[name], f"{where}.{name}")
            elif name in noun.attributes or name == "renamed_from":
                definition[name] = _value(noun, name, each, f"{where}.{name}")
            else:
                raise _unknown(noun, name, [*noun.attributes, *children, "renamed_from"], where)
        return definition


def _word(key: Any) -> str:
    """A key as it was written, though YAML took it for something else than a word."""
    if isinstance(key, bool):
        return "true" if key else "false"
    return "null" if key is None else str(key)


def _unknown(noun: Noun, name: str, known: list[str], where: str) -> Refused:
    name = _cut(name)
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


def _value(noun: Noun, name: str, value: Any, where: str) -> Any:
    """An attribute's value in its shape: a flag as bool, a number as int, else text or None."""
    if isinstance(value, dict | list):
        raise Refused("bad-document", N_("{where}: expected one value"), where=where)
    if value is None:
        return None
    attribute = noun.attributes.get(name)
    if attribute is not None and attribute.shape == "flag":
        if not isinstance(value, bool):
            raise Refused(
                "bad-document",
                N_("{where}: {value} is neither true nor false"),
                where=where,
                value=_cut(str(value)),
            )
        return value
    text = str(value).strip() if not isinstance(value, bool) else _word(value)
    if attribute is not None and attribute.shape == "number":
        if not (text.isascii() and text.isdecimal() and len(text) < 10):
            raise Refused(
                "bad-document",
                N_("{where}: {value} is not a whole number"),
                where=where,
                value=_cut(text),
            )
        return int(text)
    if attribute is not None and attribute.shape == "word" and text not in attribute.choices:
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
    return text or None


def document(types: tuple[Type, ...]) -> dict[str, Any]:
    """Types as a document that `changes` reads back as no change."""
    return {"types": {type_.key: _described("type", type_) for type_ in types}}


def _described(noun: str, definition: Definition) -> dict[str, Any]:
    described = definition_values(NOUNS[noun], definition)
    if noun == "field" and "kind" not in described:
        described = {"kind": "text", **described}
    if noun in ("stage", "status"):
        described.setdefault("category", definition.category)  # type: ignore[attr-defined]
    for child in _CHILDREN.get(noun, ()):
        live = [each for each in children_of(child, definition) if not each.retired]
        if live:
            described[NOUNS[child].plural] = {each.key: _described(child, each) for each in live}
    return described


def children_of(noun: str, definition: Definition) -> tuple[Definition, ...]:
    """The definitions of a noun that hang on another, retired ones too."""
    if isinstance(definition, Type):
        return {
            "field": definition.all_fields,
            "stage": definition.all_stages,
            "validation": definition.all_validations,
        }[noun]
    if isinstance(definition, Field):
        return definition.options
    assert isinstance(definition, Stage)
    return definition.statuses


def write(document_: dict[str, Any]) -> str:
    """A document as YAML."""
    from io import StringIO

    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.default_flow_style = False
    yaml.allow_unicode = True
    yaml.width = 4096
    out = StringIO()
    yaml.dump(document_, out)
    return out.getvalue()


def changes(wanted: dict[str, Any], catalog: Catalog, *, prune: bool = False) -> list[Change]:
    """The changes that make the configuration what a document says, in an order that works.

    Types come first, so that links find what they point to, and removals last.
    """
    plan = _Plan(catalog, prune)
    types = catalog.types(retired=True)
    plan.level("type", "", wanted["types"], types)
    by_key = {type_.key: type_ for type_ in types}
    for key, definition in wanted["types"].items():
        present = by_key.get(key) or by_key.get(str(definition.get("renamed_from")))
        plan.inner("type", key, definition, present)
    return [*plan.first, *plan.removals]


class _Plan:
    """Gathers changes; removals are kept apart so that they come last."""

    def __init__(self, catalog: Catalog, prune: bool) -> None:
        self._prune = prune
        self.first: list[Change] = []
        self.removals: list[Change] = []

    def level(
        self,
        noun: str,
        parent: str,
        wanted: Mapping[str, dict[str, Any]],
        present: tuple[Definition, ...],
    ) -> None:
        """The definitions of one noun under one parent, without what hangs on them."""
        by_key = {each.key: each for each in present}
        kept = set()
        for key, definition in wanted.items():
            ref = f"{parent}.{key}" if parent else key
            attributes = {
                name: value for name, value in definition.items() if name in NOUNS[noun].attributes
            }
            found = by_key.get(key)
            old = definition.get("renamed_from")
            if found is None and old in by_key:
                old_ref = f"{parent}.{old}" if parent else str(old)
                self.first.append(Change("rename", noun, old_ref, {"key": key}))
                found = by_key[old]
            if found is None:
                self._add(noun, ref, attributes, definition)
                continue
            kept.add(found.key)
            if found.retired:
                self.first.append(Change("restore", noun, ref))
            different = self._different(noun, attributes, found)
            if different:
                self.first.append(Change("set", noun, ref, different))
        if self._prune and (wanted or noun != "status"):
            for each in present:
                if each.key not in kept and not each.retired:
                    ref = f"{parent}.{each.key}" if parent else each.key
                    self.removals.append(Change("remove", noun, ref))
        self._order(noun, parent, wanted, present)

    def inner(
        self, noun: str, ref: str, definition: Mapping[str, Any], present: Definition | None
    ) -> None:
        """What hangs on one definition."""
        for child in _CHILDREN.get(noun, ()):
            plural = NOUNS[child].plural
            if plural not in definition and not self._prune:
                continue
            wanted = definition.get(plural, {})
            existing = children_of(child, present) if present else ()
            self.level(child, ref, wanted, existing)
            by_key = {each.key: each for each in existing}
            for key, each in wanted.items():
                found = by_key.get(key) or by_key.get(str(each.get("renamed_from")))
                self.inner(child, f"{ref}.{key}", each, found)

    def _add(
        self, noun: str, ref: str, attributes: dict[str, Any], definition: Mapping[str, Any]
    ) -> None:
        values = {name: value for name, value in attributes.items() if value is not None}
        if noun == "stage" and definition.get("statuses"):
            values["bare"] = True
        self.first.append(Change("add", noun, ref, values))

    def _different(
        self, noun: str, attributes: Mapping[str, Any], found: Definition
    ) -> dict[str, Any]:
        known = NOUNS[noun].attributes
        wanted = dict(attributes)
        if self._prune:
            for name, attribute in known.items():
                if name not in _FOLLOWS.get(noun, ()):
                    wanted.setdefault(name, attribute.default)
        different = {}
        for name, value in wanted.items():
            now = getattr(found, known[name].attr)
            if (value if value is not None else known[name].default) != (
                now if now is not None else known[name].default
            ):
                different[name] = value
        return different

    def _order(
        self,
        noun: str,
        parent: str,
        wanted: Mapping[str, dict[str, Any]],
        present: tuple[Definition, ...],
    ) -> None:
        renamed = {
            str(d["renamed_from"]): key for key, d in wanted.items() if d.get("renamed_from")
        }
        now = [renamed.get(each.key, each.key) for each in present]
        after = now + [key for key in wanted if key not in now]
        if [key for key in after if key in wanted] != list(wanted):
            self.first.append(Change("order", noun, parent, {"keys": list(wanted)}))
