"""The document that definitions are turned into, as it comes to be, with what is said of each."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from tests.journeys.converting.keys import key_of
from tests.journeys.converting.verdicts import (
    APPROXIMATED,
    EXPRESSED,
    IMPOSSIBLE,
    SYSTEM,
    Verdict,
)

Place = tuple[str, ...]


class Named(NamedTuple):
    """What the other system's field is here.

    Args:
        sql: how an expression of ours names it: `amount`, `stage`, `name.last`.
        kind: its kind; `stage` for the field that became the process.
        values: the key of each of its options there.
        target: the other system's name of what a link points to.
    """

    sql: str
    kind: str
    values: Mapping[str, str] = {}
    target: str | None = None


class TypeDraft:
    """One type as it comes to be; `source` is its name in the other system."""

    def __init__(self, source: str, key: str, **attributes: Any) -> None:
        self.source = source
        self.key = key
        self.attributes = said(attributes)
        self.fields: dict[str, dict[str, Any]] = {}
        self.stages: dict[str, dict[str, Any]] = {}
        self.validations: dict[str, dict[str, Any]] = {}
        self.names: dict[str, Named] = {}

    def add(
        self,
        name: str,
        kind: str,
        *,
        values: Mapping[str, str] | None = None,
        points_to: str | None = None,
        **attributes: Any,
    ) -> str:
        """Add a field for one of the other system's name; returns its key."""
        key = key_of(name, self.fields)
        self.fields[key] = {"kind": kind, **said(attributes)}
        self.names.setdefault(name, Named(key, kind, values or {}, points_to))
        return key

    def place(self, key: str, *further: str) -> Place:
        """Where a field stands in the document."""
        return ("types", self.key, "fields", key, *further)

    def validate(self, name: str, rule: str, message: str = "", **attributes: Any) -> Place:
        """Add a validation; returns its place."""
        key = key_of(name, self.validations, column=False).replace("_", "-").strip("-")
        while key in self.validations:
            key += "-too"
        self.validations[key] = said({"rule": rule, "message": message or None, **attributes})
        return ("types", self.key, "validations", key)

    def definition(self) -> dict[str, Any]:
        """The type as the document has it."""
        parts = {"fields": self.fields, "stages": self.stages, "validations": self.validations}
        return {**self.attributes, **{name: part for name, part in parts.items() if part}}


class Draft:
    """The whole document as it comes to be."""

    def __init__(self) -> None:
        self.types: dict[str, TypeDraft] = {}
        self.verdicts: list[Verdict] = []

    def type(self, source: str, **attributes: Any) -> TypeDraft:
        """The type of a name in the other system; made when there is none."""
        if source not in self.types:
            key = key_of(source, (each.key for each in self.types.values()))
            self.types[source] = TypeDraft(source, key, **attributes)
        return self.types[source]

    def stub(self, source: str) -> TypeDraft:
        """A type for what links point to and no definition tells of: it has but a name."""
        known = source in self.types
        made = self.type(source, label=source)
        if not known:
            made.add("name", "text", title=True, required=True)
        return made

    def expressed(self, source: str, sort: str, what: str, place: Place = (SYSTEM,)) -> None:
        """Say that a thing is there, all of it."""
        self.verdicts.append(Verdict(source, sort, what, EXPRESSED, "", place))

    def approximated(
        self, source: str, sort: str, what: str, why: str, place: Place = (SYSTEM,)
    ) -> None:
        """Say that a thing is there, but not quite as it was."""
        self.verdicts.append(Verdict(source, sort, what, APPROXIMATED, why, place))

    def impossible(self, source: str, sort: str, what: str, why: str) -> None:
        """Say that a thing is lost."""
        self.verdicts.append(Verdict(source, sort, what, IMPOSSIBLE, why))

    def judged(self, source: str, sort: str, what: str, why: str | None, place: Place) -> None:
        """Say that a thing is there, approximated when there is a reason."""
        if why:
            self.approximated(source, sort, what, why, place)
        else:
            self.expressed(source, sort, what, place)

    def document(self) -> dict[str, Any]:
        """The document as `apply` takes it."""
        return {"types": {each.key: each.definition() for each in self.types.values()}}


class Untranslatable(ValueError):
    """What no expression of ours can say; the text says why."""


def said(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes without those of which nothing is said."""
    return {name: value for name, value in attributes.items() if value not in (None, False, "")}


def add_options(
    draft: Draft,
    type_: TypeDraft,
    name: str,
    key: str,
    options: Iterable[tuple[str, Mapping[str, Any]]],
) -> None:
    """Give a field its options, and say of each that it is there.

    Args:
        options: the value of each in the other system, and its attributes; "" is no value.
    """
    made: dict[str, dict[str, Any]] = {}
    values: dict[str, str] = {}
    for value, attributes in options:
        if value == "":
            continue
        option = key_of(value, made, column=False)
        made[option] = said({"label": value, **attributes})
        values[value] = option
        draft.expressed(
            f"{type_.source}.{name}.{value}",
            "option",
            "option",
            type_.place(key, "options", option),
        )
    type_.fields[key]["options"] = made
    type_.names[name] = type_.names[name]._replace(values=values)


def add_stages(
    draft: Draft,
    type_: TypeDraft,
    name: str,
    stages: Iterable[tuple[str, Mapping[str, Any], str | None]],
) -> None:
    """Make the process of a type of the options of its status field.

    Args:
        stages: the value of each in the other system, its attributes, and what is not as it was.
    """
    values: dict[str, str] = {}
    for value, attributes, why in stages:
        if value == "":
            continue
        key = key_of(value, type_.stages, column=False)
        type_.stages[key] = said({"label": value, **attributes})
        if attributes.get("probability") == 0:
            type_.stages[key]["probability"] = 0
        values[value] = key
        draft.judged(
            f"{type_.source}.{name}.{value}",
            "stage",
            "stage",
            why,
            ("types", type_.key, "stages", key),
        )
    type_.names[name] = Named("stage", "stage", values)
