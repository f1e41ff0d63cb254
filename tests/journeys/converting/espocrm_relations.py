"""EspoCRM's links: to one, to many, to many with more to say of each, to one of several types."""

from collections.abc import Mapping
from typing import Any

from tests.journeys.converting.drafts import Draft, Named, Place, TypeDraft

Spec = Mapping[str, Any]
_USUAL_PARENTS = ("Account", "Contact", "Lead", "Opportunity", "Case")
_PAIRS = "a type of its own holds the pairs, with what is said of each"


class Relations:
    """Makes the links of all entities, each once, and says so of both its ends."""

    def __init__(self, draft: Draft, defs: Mapping[str, Spec]) -> None:
        self._draft = draft
        self._defs = defs
        self._made: dict[frozenset[tuple[str, str]], Place] = {}
        self._places: dict[tuple[str, str], tuple[Place, str | None]] = {}

    def field(self, entity: str, name: str, spec: Spec, labels: Spec) -> None:
        """A field that is a link."""
        type_ = self._draft.types[entity]
        if name in type_.names and type_.names[name].kind in ("user", "datetime"):
            return  # created by, modified by
        sort = spec["type"]
        {
            "link": self._one,
            "linkMultiple": self._many,
            "linkParent": self._parent,
            "linkOne": self._other_side,
            "attachmentMultiple": self._files,
        }[sort](type_, name, spec, labels)

    def _link(self, entity: str, name: str) -> Spec:
        return self._defs[entity].get("links", {}).get(name) or {}

    def _said(self, type_: TypeDraft, name: str, sort: str, why: str | None, place: Place) -> None:
        self._places[type_.source, name] = (place, why)
        self._draft.judged(f"{type_.source}.{name}", "field", sort, why, place)

    def _one(self, type_: TypeDraft, name: str, spec: Spec, labels: Spec) -> None:
        target = self._link(type_.source, name).get("entity") or spec.get("entity")
        if spec.get("notStorable") or target is None:
            why = "is filled by program code for the form alone"
            self._draft.impossible(f"{type_.source}.{name}", "field", "link", why)
            return
        if target == "User":
            key = type_.add(name, "user", **labels)
        else:
            to = self._draft.stub(target)
            key = type_.add(name, "link", to=to.key, points_to=target, **labels)
        why = (
            None
            if target in self._defs or target == "User"
            else f"of {target} there is but the name"
        )
        self._said(type_, name, "link", why, type_.place(key))

    def _many(self, type_: TypeDraft, name: str, spec: Spec, labels: Spec) -> None:
        link = self._link(type_.source, name)
        target = link.get("entity") or spec.get("entity")
        if target is None:
            self._draft.impossible(
                f"{type_.source}.{name}", "field", "linkMultiple", "leads nowhere"
            )
            return
        foreign = link.get("foreign")
        back = self._link(target, foreign) if target in self._defs and foreign else {}
        if back.get("type") == "belongsTo":
            self._places[type_.source, name] = ((), None)
            self._said_of_children(type_, name, target, foreign)
            return
        pair = frozenset({(type_.source, name), (target, foreign or "")})
        if pair in self._made:
            why = "is seen and changed from the other side"
            self._said(type_, name, "linkMultiple", why, self._made[pair])
            return
        columns = {**(link.get("additionalColumns") or {}), **(back.get("additionalColumns") or {})}
        if target == "User" or columns:
            place = self._pairs(type_, name, target, columns)
            self._said(type_, name, "linkMultiple", _PAIRS, place)
        else:
            to = self._draft.stub(target)
            key = type_.add(name, "multilink", to=to.key, points_to=target, **labels)
            place = type_.place(key)
            why = None if target in self._defs else f"of {target} there is but the name"
            self._said(type_, name, "linkMultiple", why, place)
        self._made[pair] = place

    def _said_of_children(self, type_: TypeDraft, name: str, target: str, foreign: str) -> None:
        other = self._draft.types[target]
        if foreign not in other.names and foreign not in self._defs[target].get("fields", {}):
            # Theirs is a link that no form of the other side shows.
            other.add(foreign, "link", to=type_.key, points_to=type_.source)
        key = other.names[foreign].sql if foreign in other.names else foreign
        why = "is seen and changed from the other side"
        self._said(type_, name, "linkMultiple", why, other.place(key))

    def _pairs(self, type_: TypeDraft, name: str, target: str, columns: Spec) -> Place:
        """A type whose records are the pairs of a relation."""
        made = self._draft.type(f"{type_.source} {name}", label=f"{type_.source}: {name}")
        one = made.add(type_.source, "link", to=type_.key, required=True)
        if target == "User":
            other = made.add("User", "user", required=True)
        else:
            word = f"Other {target}" if target == type_.source else target
            other = made.add(word, "link", to=self._draft.stub(target).key, required=True)
        for column in columns:
            kind = {"bool": "boolean", "datetime": "datetime", "int": "integer"}
            made.add(column, kind.get(columns[column].get("type", ""), "text"))
        made.validations["once"] = {"unique": [one, other], "message": "they are linked already"}
        return ("types", made.key)

    def _parent(self, type_: TypeDraft, name: str, spec: Spec, labels: Spec) -> None:
        """A link to a record of one of several types: a link for each, one of them at most."""
        listed = spec.get("entityList") or self._link(type_.source, name).get("entityList")
        targets = [each for each in listed or _USUAL_PARENTS if each in self._defs]
        source = f"{type_.source}.{name}"
        if not targets:
            self._draft.impossible(source, "field", "linkParent", "none of its types is at hand")
            return
        label = labels.get("label", name)
        keys = [
            type_.add(
                f"{name}{target}",
                "link",
                to=self._draft.types[target].key,
                points_to=target,
                label=f"{label}: {target}",
            )
            for target in targets
        ]
        if len(keys) > 1:
            count = " + ".join(f"({key} is not null)" for key in keys)
            type_.validate(f"{name}-one", f"{count} <= 1", f"{label} is one record")
        there = " or ".join(f"{key} is not null" for key in keys)
        type_.names[name] = Named(f"nullif({there}, 0)", "parent")
        if spec.get("required"):
            type_.validate(f"{name}-needed", there, "a value is required")
        why = "a link for each type it can lead to, of which one is set"
        self._said(type_, name, "linkParent", why, type_.place(keys[0]))

    def _other_side(self, type_: TypeDraft, name: str, spec: Spec, labels: Spec) -> None:
        link = self._link(type_.source, name)
        target, foreign = link.get("entity"), link.get("foreign")
        other = self._draft.types.get(target or "")
        back = self._link(target, foreign).get("type") if target in self._defs and foreign else None
        source = f"{type_.source}.{name}"
        if other is None or back != "belongsTo":
            self._draft.impossible(source, "field", "linkOne", "its other side is not at hand")
            return
        if foreign not in other.names:
            other.add(foreign, "link", to=type_.key, points_to=type_.source)
        key = other.names[foreign].sql
        other.fields[key]["unique"] = True
        self._said(
            type_, name, "linkOne", "is seen and changed from the other side", other.place(key)
        )

    def _files(self, type_: TypeDraft, name: str, spec: Spec, labels: Spec) -> None:
        made = self._draft.type(f"{type_.source} {name}", label=f"{type_.source}: {name}")
        made.add(type_.source, "link", to=type_.key, required=True)
        made.add("file", "file", required=True)
        why = "a type of its own holds the files, a record each"
        self._said(type_, name, "attachmentMultiple", why, ("types", made.key))

    def foreign(self, entity: str, name: str, spec: Spec, labels: Spec) -> None:
        """A field that shows one of a linked record."""
        type_ = self._draft.types[entity]
        source = f"{entity}.{name}"
        link = type_.names.get(spec.get("link", ""))
        other = self._draft.types.get(link.target or "") if link else None
        shown = other.names.get(spec.get("field", "")) if other else None
        if link is None or other is None or shown is None or shown.sql not in other.fields:
            self._draft.impossible(source, "field", "foreign", "what it shows is not at hand")
            return
        key = type_.add(name, "lookup", **{"from": f"{link.sql}.{shown.sql}"}, **labels)
        type_.names[name] = Named(key, shown.kind, shown.values)
        self._draft.expressed(source, "field", "foreign", type_.place(key))

    def links(self, fields: Mapping[str, Mapping[str, Spec]]) -> None:
        """Say of each link between entities that are at hand what became of it."""
        for entity, defs in self._defs.items():
            for name, link in (defs.get("links") or {}).items():
                self._relation(entity, name, link)

    def _relation(self, entity: str, name: str, link: Spec) -> None:
        source = f"{entity}.{name}"
        sort = link.get("type") or ""
        target, foreign = link.get("entity"), link.get("foreign")
        place, why = self._places.get((entity, name), ((), None))
        if place:
            self._draft.judged(source, "relation", sort, why, place)
        elif target in self._defs and foreign:
            other, told = self._places.get((target, foreign), ((), None))
            if other:
                self._draft.judged(source, "relation", sort, told, other)
            elif sort == "hasMany" and self._link(target, foreign).get("type") == "hasMany":
                self._between(entity, name, target, foreign)
            else:
                self._draft.impossible(source, "relation", sort, f"{target} does not link back")
        elif name in ("createdBy", "modifiedBy"):
            self._draft.expressed(source, "relation", sort)

    def _between(self, entity: str, name: str, target: str, foreign: str) -> None:
        """A relation of many to many that neither side has a field for."""
        type_ = self._draft.types[entity]
        key = type_.add(name, "multilink", to=self._draft.types[target].key, points_to=target)
        for end in ((entity, name), (target, foreign)):
            self._places[end] = (type_.place(key), None)
        self._draft.expressed(f"{entity}.{name}", "relation", "hasMany", type_.place(key))
