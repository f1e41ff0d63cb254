"""Whether what a definition says in expressions makes sense, checked when it is made.

A record can then never meet an expression that SQLite does not understand: what is wrong with one
is said to who writes it, and not to who saves a record a month later.
"""

import sqlite3
from collections.abc import Iterable

from crmtui.model.definitions import Field, Option, Type, Validation
from crmtui.model.keys import closest
from crmtui.model.message import N_
from crmtui.store.catalog import Catalog
from crmtui.store.computed import Computed, gathered, looked_up, measure, refuse_circle
from crmtui.store.database import Database, quoted
from crmtui.store.errors import CrmError, Misused, NotFound, Refused
from crmtui.store.expressions import Scope, compiled, resting
from crmtui.store.grants import WORDS
from crmtui.store.joins import Joins
from crmtui.store.kinds import Reading
from crmtui.store.permission_words import decoded
from crmtui.store.query import no_field
from crmtui.store.references import Place
from crmtui.store.rules import comparable
from crmtui.store.tables import Tables, may_be_unique

CONDITIONS = ("required_when", "visible_when", "read_only_when")


class Soundness:
    """Checks the expressions of definitions that are in the catalog already."""

    def __init__(self, database: Database, catalog: Catalog, tables: Tables) -> None:
        self._database = database
        self._catalog = catalog
        self._tables = tables
        self._computed = Computed(catalog, Reading(), "me")

    def field(self, type_: Type, field: Field, said: frozenset[str]) -> None:
        """Check a field.

        Args:
            said: the attributes that were given, by their names in the definition; what was said
                earlier may rest on something that is retired by now.

        Raises:
            CrmError: an expression is none, or names what does not exist.
        """
        ref = f"{type_.key}.{field.key}"
        for name in CONDITIONS:
            text = getattr(field, name)
            if text and name in said:
                self._compiled(type_, text, ref, name)
        for name in ("min_field", "max_field"):
            key = getattr(field, name)
            if key and name in said:
                self._comparable(type_, field, key, name)
        if field.kind == "formula" and said & {"formula", "kind", "result"}:
            self._formula(type_, field, ref)
        elif field.kind == "lookup" and said & {"source", "kind"}:
            self._lookup(type_, field, ref)
        elif field.kind == "rollup" and said & {"source", "kind", "measure", "condition"}:
            self._rollup(type_, field, ref)
        if field.options_of and said & {"options_of"}:
            self._shared(type_, field, ref)

    def option(self, type_: Type, field: Field, option: Option) -> None:
        """Check the condition of an option."""
        if option.condition:
            self._compiled(type_, option.condition, f"{type_.key}.{field.key}.{option.key}", "when")

    def validation(self, type_: Type, validation: Validation, said: frozenset[str]) -> None:
        """Check what a validation says; it must say something."""
        ref = f"{type_.key}.{validation.key}"
        if bool(validation.rule) == bool(validation.keys):
            raise Misused(
                "bad-validation",
                N_("{ref}: a validation has either a rule or fields that are unique together"),
                f"crmtui validation add {type_.key} {validation.key} EXPR --message TEXT",
                ref=ref,
            )
        if validation.rule and "rule" in said:
            self._compiled(type_, validation.rule, ref, "rule")
        if "unique_fields" in said:
            for key in validation.keys:
                field = type_.field_by_key.get(key)
                if field is None:
                    raise no_field(type_, key)
                if not may_be_unique(field):
                    raise Refused(
                        "bad-unique",
                        N_("{ref}: a field of kind {kind} cannot be unique"),
                        ref=f"{type_.key}.{key}",
                        kind=field.kind,
                    )

    def scope(self, type_: Type, text: str, operation: str) -> None:
        """Check an expression that says for which records a role lets an operation."""
        self._compiled(type_, text, type_.key, operation)

    def title(self, type_: Type) -> None:
        """Check the expression that names the records of a type."""
        if type_.title_expression:
            self._compiled(type_, type_.title_expression, type_.key, "title", links=False)

    def senseless(self, places: Iterable[Place]) -> list[Place]:
        """The places that rest by now, since what they name is no longer what it was."""
        return [place for place in places if not self._makes_sense(place)]

    def _makes_sense(self, place: Place) -> bool:
        type_ = self._catalog.type(place.scope.key, retired=True)
        if place.shape == "keys" and place.noun == "validation":
            keys = place.text.split(",")
            return all(may_be_unique(type_.field_by_key.get(key)) for key in keys)
        if place.shape == "keys" and place.noun == "field":
            field = next(f for f in type_.all_fields if f.id == place.row_id)
            other = type_.field_by_key.get(place.text)
            return other is not None and comparable(field, other)
        if place.shape == "scopes":
            scopes = [text for text in decoded(place.text).values() if text not in WORDS]
            return all(resting(text, self._scope(type_)) is not None for text in scopes)
        if place.shape not in ("expression", "measure"):
            return True
        if place.noun == "type":
            return self._computed.titled(type_, "r") != "NULL"
        text = measure(place.text).of if place.shape == "measure" else place.text
        return not text or resting(text, self._scope(type_)) is not None

    def _scope(self, type_: Type) -> Scope:
        return self._computed.scope(type_, "r", Joins())

    def _compiled(self, type_: Type, text: str, ref: str, name: str, *, links: bool = True) -> str:
        """An expression as SQL, tried on the workspace itself."""
        joins = Joins()
        try:
            if links:
                scope = self._computed.scope(type_, "r", joins)
            else:
                scope = self._computed.title_scope(type_, "r")
            sql = compiled(text, scope)
        except (Refused, NotFound) as problem:
            raise _placed(problem, ref, name) from problem
        self._tried(type_, sql, joins, ref, name)
        return sql

    def _tried(self, type_: Type, sql: str, joins: Joins, ref: str, name: str) -> None:
        """Let SQLite prepare SQL where it is used, with everything that it stands on."""
        self._tables.settle()
        try:
            self._database.execute(
                f"EXPLAIN SELECT {sql} FROM {quoted(type_.key)} r{joins.sql} WHERE ({sql})"
            )
        except sqlite3.Error as problem:
            raise Refused(
                "bad-expression",
                N_("{ref}: {name}: {reason}"),
                "crmtui help expressions",
                ref=ref,
                name=name,
                reason=str(problem),
            ) from problem

    def _comparable(self, type_: Type, field: Field, key: str, name: str) -> None:
        other = type_.field_by_key.get(key)
        if other is None:
            raise no_field(type_, key)
        if other.key == field.key or not comparable(field, other):
            raise Refused(
                "bad-setting",
                N_("{ref}: {name} cannot be {field}, a field of kind {kind}"),
                ref=f"{type_.key}.{field.key}",
                name=name,
                field=key,
                kind=other.kind,
            )

    def _formula(self, type_: Type, field: Field, ref: str) -> None:
        if not field.formula:
            raise Misused(
                "no-formula",
                N_("{ref}: a formula needs an expression"),
                f"crmtui field add {ref} --kind formula --formula EXPR",
                ref=ref,
            )
        refuse_circle(self._catalog, type_, field)
        self._compiled(type_, field.formula, ref, "formula")
        joins = Joins()
        sql = self._computed.stored(type_, field, "r", joins)
        self._tried(type_, sql, joins, ref, "formula")

    def _lookup(self, type_: Type, field: Field, ref: str) -> None:
        link_key, dot, key = (field.source or "").partition(".")
        if not dot or not key:
            raise Misused(
                "no-source",
                N_("{ref}: a lookup needs the link and the field that it shows"),
                f"crmtui field add {ref} --kind lookup --from LINK.FIELD",
                ref=ref,
            )
        link = type_.field_by_key.get(link_key)
        if link is None or link.kind != "link":
            raise no_link(type_, link_key)
        if looked_up(self._catalog, type_, field) is None:
            raise no_field(self._catalog.target(link), key)
        refuse_circle(self._catalog, type_, field)
        joins = Joins()
        sql = self._computed.stored(type_, field, "r", joins)
        self._tried(type_, sql, joins, ref, "from")

    def _rollup(self, type_: Type, field: Field, ref: str) -> None:
        child_key, dot, key = (field.source or "").partition(".")
        if not dot or not key:
            raise Misused(
                "no-source",
                N_("{ref}: a rollup needs the type and the link that it gathers"),
                f"crmtui field add {ref} --kind rollup --from TYPE.LINK --measure 'count()'",
                ref=ref,
            )
        child = self._catalog.type(child_key)
        found = gathered(self._catalog, field)
        if found is None:
            raise no_link(child, key)
        if found.link.target != type_.key:
            raise Refused(
                "bad-source",
                N_("{ref}: {source} points to {target}, not to {type}"),
                ref=ref,
                source=field.source,
                target=found.link.target,
                type=type_.key,
            )
        asked = measure(field.measure)
        refuse_circle(self._catalog, type_, field)
        for name, text in (("measure", asked.of), ("where", field.condition)):
            if text:
                self._compiled(child, text, ref, name)
        joins = Joins()
        sql = self._computed.stored(type_, field, "r", joins)
        self._tried(type_, sql, joins, ref, "measure")

    def _shared(self, type_: Type, field: Field, ref: str) -> None:
        source = field.options_of or ""
        if source in ("types", "categories"):
            return
        owner_key, _, key = source.partition(".")
        owner = self._catalog.type(owner_key, retired=True)
        found = next((f for f in owner.all_fields if f.key == key), None)
        if found is None:
            raise no_field(owner, key)
        if found.id == field.id or found.options_of or found.kind not in ("choice", "multichoice"):
            raise Refused(
                "bad-setting",
                N_("{ref} cannot share the options of {source}: it has none of its own"),
                ref=ref,
                source=source,
            )


def no_link(type_: Type, key: str) -> NotFound:
    """The error for a link that a type has not."""
    links = [field.key for field in type_.fields if field.target]
    meant = closest(key, links)
    if meant:
        return NotFound(
            "no-such-link",
            N_("{type} has no link {field}; did you mean {meant}?"),
            type=type_.key,
            field=key,
            meant=meant,
        )
    return NotFound(
        "no-such-link",
        N_("{type} has no link {field}"),
        f"crmtui field list {type_.key}",
        type=type_.key,
        field=key,
    )


def _placed(problem: CrmError, ref: str, name: str) -> CrmError:
    """A problem of an expression, told with the definition and the attribute it stands in."""
    facts = {k: v for k, v in problem.facts.items() if k not in ("ref", "name", "problem")}
    kind = Refused if isinstance(problem, Refused) else NotFound
    return kind(
        problem.code,
        N_("{ref}: {name}: {problem}"),
        problem.hint,
        ref=ref,
        name=name,
        problem=problem.message,
        **facts,
    )
