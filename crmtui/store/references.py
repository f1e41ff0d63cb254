"""Where the configuration names fields, types, stages and options by key.

Expressions, layouts and the like are kept as they were written. So a rename rewrites them, a purge
is refused while something names what would go, and what a retirement sets at rest can be told.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, partial
from json import dumps, loads
from typing import NamedTuple

from crmtui.model.definitions import Definition, Field, Permission, Role, Type
from crmtui.model.layouts import mentions, without
from crmtui.model.layouts import renamed as layout_renamed
from crmtui.model.message import N_, Message, abridged
from crmtui.model.nouns import OPERATIONS
from crmtui.store.catalog import Catalog
from crmtui.store.computed import gathered
from crmtui.store.database import Database
from crmtui.store.errors import Refused
from crmtui.store.permission_names import PermissionNames
from crmtui.store.tokens import literals_renamed, renamed


class Place(NamedTuple):
    """An expression or a list of keys in a definition.

    Args:
        noun: of the definition, for what people read.
        ref: the definition's reference.
        table, row_id, column: where it is kept.
        scope: the type whose records it is about.
        text: what it says.
        shape: expression, scopes (of what is denied), measure, keys, key, levels (of fields) or
            layout.
    """

    noun: str
    ref: str
    table: str
    row_id: int
    column: str
    scope: Type
    text: str
    shape: str


class References:
    """Finds and rewrites the places that name a key."""

    def __init__(self, database: Database, catalog: Catalog) -> None:
        self._database = database
        self._catalog = catalog

    def places(self) -> Iterator[Place]:
        """Every place of every type, retired definitions too."""
        for type_ in self._catalog.types(retired=True):
            yield from self._of_type(type_)

    def _of_type(self, type_: Type) -> Iterator[Place]:
        yield from self._said(
            "type", type_.key, "crm_type", type_, type_, _EXPRESSIONS["type"], "expression"
        )
        yield from self._said("type", type_.key, "crm_type", type_, type_, _KEYS["type"], "keys")
        yield from self._said("type", type_.key, "crm_type", type_, type_, _LAYOUTS, "layout")
        for stage in type_.all_stages:
            ref = f"{type_.key}.{stage.key}"
            yield from self._said("stage", ref, "crm_stage", stage, type_, _LAYOUTS, "layout")
        for validation in type_.all_validations:
            ref = f"{type_.key}.{validation.key}"
            for names_, shape in ((("rule",), "expression"), (("unique_fields",), "keys")):
                yield from self._said(
                    "validation", ref, "crm_validation", validation, type_, names_, shape
                )
        for field in type_.all_fields:
            yield from self._of_field(type_, field)
        for role in self._roles:
            for permission in role.permissions:
                if permission.key == type_.key:
                    yield from self._of_permission(
                        f"{role.key}.{permission.key}", permission, type_
                    )

    @cached_property
    def _roles(self) -> tuple[Role, ...]:
        return self._catalog.roles(retired=True)

    def _of_permission(self, ref: str, permission: Permission, type_: Type) -> Iterator[Place]:
        table = "crm_permission"
        scopes = tuple(
            name
            for operation in OPERATIONS
            if getattr(permission, name := f"may_{operation}") not in (None, "own", "team", "all")
        )
        yield from self._said("permission", ref, table, permission, type_, scopes, "expression")
        for name, shape in (("denied", "scopes"), ("fields", "levels")):
            yield from self._said("permission", ref, table, permission, type_, (name,), shape)
        yield from self._said(
            "permission", ref, table, permission, type_, _KEYS["permission"], "keys"
        )
        yield from self._said("permission", ref, table, permission, type_, _LAYOUTS, "layout")

    def _of_field(self, type_: Type, field: Field) -> Iterator[Place]:
        ref = f"{type_.key}.{field.key}"
        said = self._said
        yield from said(
            "field", ref, "crm_field", field, type_, _EXPRESSIONS["field"], "expression"
        )
        yield from said("field", ref, "crm_field", field, type_, ("min_field", "max_field"), "keys")
        if field.kind == "lookup":
            yield from said("field", ref, "crm_field", field, type_, ("source",), "path")
        if field.kind == "rollup":
            yield from said("field", ref, "crm_field", field, type_, ("source",), "key")
            found = gathered(self._catalog, field)
            child = found.type if found else self._child(field)
            if child is not None:
                yield from said(
                    "field", ref, "crm_field", field, child, ("condition",), "expression"
                )
                yield from said("field", ref, "crm_field", field, child, ("measure",), "measure")
        if field.options_of:
            yield from said("field", ref, "crm_field", field, type_, ("options_of",), "key")
        else:
            for option in field.options:
                yield from said(
                    "option",
                    f"{ref}.{option.key}",
                    "crm_option",
                    option,
                    type_,
                    ("condition",),
                    "expression",
                )

    def _child(self, field: Field) -> Type | None:
        return self._catalog.find((field.source or "").partition(".")[0])

    def _said(
        self,
        noun: str,
        ref: str,
        table: str,
        definition: Definition,
        scope: Type,
        attributes: tuple[str, ...],
        shape: str,
    ) -> Iterator[Place]:
        for attribute in attributes:
            text = getattr(definition, attribute)
            if text:
                yield Place(noun, ref, table, definition.id, attribute, scope, text, shape)

    # Fields

    def field_renamed(self, type_: Type, old: str, new: str) -> None:
        """Rewrite what names a field; the catalog still knows it by its old key."""
        for place in list(self.places()):
            self._rewrite(place, self._with_field(place, type_, old, new))
        PermissionNames(self._database, self._catalog).field_renamed(type_, old, new)

    def naming(self, type_: Type, field: Field) -> list[Place]:
        """The places that name a field, those of the field itself left out."""
        own = f"{type_.key}.{field.key}"
        return [
            place
            for place in self.places()
            if place.ref != own
            and not place.ref.startswith(own + ".")
            and self._with_field(place, type_, field.key, field.key + "_") != place.text
        ]

    def refuse_named(self, type_: Type, field: Field) -> None:
        """Refuse to purge a field that an expression names.

        Raises:
            Refused: `named`, with the first definitions that name it.
        """
        found = [p for p in self.naming(type_, field) if p.shape not in ("layout", "levels")]
        nouns = ("type", "permission")
        found = [p for p in found if not (p.noun in nouns and p.shape == "keys")]
        if found:
            ref = f"{type_.key}.{field.key}"
            raise _named(ref, found[0].noun, [place.ref for place in found])

    def refuse_type_named(self, type_: Type) -> None:
        """Refuse to purge a type whose records or options fields of other types speak of.

        Raises:
            Refused: `named`, with the first of them.
        """
        own = f"{type_.key}."
        found = [
            place.ref
            for place in self.places()
            if place.shape == "key" and place.text.startswith(own) and not place.ref.startswith(own)
        ]
        if found:
            raise _named(type_.key, "field", found)

    def field_purged(self, type_: Type, key: str) -> None:
        """Drop a field from layouts and levels: another one may have its key some day."""
        PermissionNames(self._database, self._catalog).field_gone(type_, key)
        for place in list(self._of_type(type_)):
            nouns = ("type", "stage", "permission")
            laid_out = place.noun in nouns and place.shape in ("keys", "layout")
            if laid_out and key in mentions(place.text):
                kept = without(place.text, key)
                self._database.update(place.table, place.row_id, {place.column: kept})

    def resting(self, type_: Type, field: Field) -> list[Place]:
        """The expressions that rest while a field is retired."""
        shapes = ("expression", "scopes", "measure", "path", "key")
        return [place for place in self.naming(type_, field) if place.shape in shapes]

    def rests(self, type_: Type, field: Field) -> Message | None:
        """What rests while a field is retired, in words; None when nothing does."""
        found = self.resting(type_, field)
        if not found:
            return None
        template = N_("while {ref} is retired, what names it rests: {places}")
        if any(place.noun == "permission" for place in found):
            template = N_(
                "while {ref} is retired, what names it rests: {places};"
                " a permission that rests lets nothing"
            )
        return Message(template, ref=f"{type_.key}.{field.key}", places=named(found))

    def _with_field(self, place: Place, type_: Type, old: str, new: str) -> str:
        """The text of a place with another key for a field of a type."""
        own = place.scope.id == type_.id
        if place.shape in ("keys", "layout"):
            return layout_renamed(place.text, old, new) if own else place.text
        if place.shape == "key":
            return f"{type_.key}.{new}" if place.text == f"{type_.key}.{old}" else place.text
        if place.shape == "levels":
            levels = loads(place.text)
            if not own or old not in levels:
                return place.text
            followed = {new if name == old else name: each for name, each in levels.items()}
            return dumps(followed, ensure_ascii=False)
        follow = self._follow(place.scope, type_, old, new)
        if place.shape == "scopes":
            return _each_scope(place.text, lambda scope: renamed(scope, follow)) or place.text
        if place.shape == "path":
            link, _, key = place.text.partition(".")
            return ".".join(follow((link, key)))
        if place.shape == "measure":
            function, bracket, rest = place.text.partition("(")
            body, close, behind = rest.rpartition(")")
            inner = renamed(body, follow) if body.strip(" *") else body
            return f"{function}{bracket}{inner}{close}{behind}"
        return renamed(place.text, follow)

    def _follow(
        self, scope: Type, type_: Type, old: str, new: str
    ) -> Callable[[tuple[str, ...]], tuple[str, ...]]:
        folded = old.casefold()
        own = scope.id == type_.id
        links = {
            field.key.casefold()
            for field in scope.all_fields
            if field.kind == "link" and field.target == type_.key
        }

        def follow(path: tuple[str, ...]) -> tuple[str, ...]:
            first = path[0]
            parts = list(path)
            if own and first.casefold() == folded:
                parts[0] = new
            if len(parts) == 2 and first.casefold() in links and parts[1].casefold() == folded:
                parts[1] = new
            return tuple(parts)

        return follow

    # Types, categories, options, stages and statuses

    def type_renamed(self, old: str, new: str) -> None:
        """Rewrite `old.link` and `old.field` in roll-ups and shared options, and what roles say."""
        for column, which in (("source", " AND kind = 'rollup'"), ("options_of", "")):
            # The source of a look-up begins with a link, which may have the key of a type.
            rows = self._database.execute(
                f"SELECT id, {column} FROM crm_field WHERE {column} >= ? AND {column} < ?{which}",
                (f"{old}.", f"{old}/"),
            ).fetchall()
            for row_id, text in rows:
                _, _, key = text.partition(".")
                self._database.update("crm_field", row_id, {column: f"{new}.{key}"})
        PermissionNames(self._database, self._catalog).type_renamed(old, new)

    def value_renamed(
        self, type_: Type, fields: frozenset[str], old: str, new: str, ref: str
    ) -> None:
        """Rewrite expressions that compare a field with the key of an option or stage.

        Args:
            fields: the fields, or `stage` or `status`, whose values have the key.

        Raises:
            Refused: `named`: the key stands in an expression in a way that cannot be rewritten.
        """
        for place in list(self.places()):
            if place.shape not in ("expression", "scopes", "measure"):
                continue
            meant = self._meant(place.scope, type_, fields)
            text = place.text
            if place.shape == "scopes":
                changed = _each_scope(
                    text, partial(literals_renamed, old=old, new=new, meant=meant)
                )
            elif place.shape == "measure":
                function, bracket, rest = text.partition("(")
                body, close, behind = rest.rpartition(")")
                inner = literals_renamed(body, old, new, meant) if body.strip(" *") else body
                changed = inner and f"{function}{bracket}{inner}{close}{behind}"
            else:
                changed = literals_renamed(text, old, new, meant)
            if changed is None:
                raise _named(ref, place.noun, [place.ref])
            self._rewrite(place, changed or text)

    def _meant(
        self, scope: Type, type_: Type, fields: frozenset[str]
    ) -> Callable[[tuple[str, ...]], bool]:
        links = {
            field.key.casefold()
            for field in scope.all_fields
            if field.kind == "link" and field.target == type_.key
        }
        own = scope.id == type_.id

        def meant(path: tuple[str, ...]) -> bool:
            if len(path) == 1:
                return own and path[0].casefold() in fields
            return path[0].casefold() in links and path[1].casefold() in fields

        return meant

    def _rewrite(self, place: Place, text: str) -> None:
        if text != place.text:
            self._database.update(place.table, place.row_id, {place.column: text})


_EXPRESSIONS = {
    "type": ("title_expression",),
    "field": ("required_when", "visible_when", "read_only_when", "formula"),
}
_KEYS = {
    "type": ("list_columns", "card_fields", "owner"),
    "permission": ("list_columns", "card_fields"),
}
_LAYOUTS = ("form_layout", "detail_layout")


def _each_scope(text: str, follow: Callable[[str], str | None]) -> str | None:
    """What is denied, with each expression as `follow` has it; None when it has one not at all."""
    scopes = {}
    for operation, scope in loads(text).items():
        followed = scope if scope in ("own", "team", "all") else follow(scope)
        if followed is None:
            return None
        scopes[operation] = followed
    return dumps(scopes, ensure_ascii=False)


def named(places: Iterable[Place]) -> list[str | Message]:
    """The references of places, each once; of a permission it says so, for it looks like a field's.

    At most ten.
    """
    refs = dict.fromkeys((place.noun == "permission", place.ref) for place in places)
    return [
        Message(N_("permission {ref}"), ref=ref) if of_role else ref
        for of_role, ref in list(refs)[:10]
    ]


def _named(ref: str, noun: str, places: list[str]) -> Refused:
    shown = f"role show {places[0].partition('.')[0]}"
    return Refused(
        "named",
        N_("{ref} is named by {places}"),
        f"crmtui {shown if noun == 'permission' else f'{noun} show {places[0]}'}",
        ref=ref,
        places=abridged(places),
    )
