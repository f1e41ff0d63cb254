"""Fields that are computed whenever they are read: formulas, look-ups and roll-ups; and titles.

None of them has a column. Each becomes SQL where it is read, in a list, a filter, another formula
or a rule, so that it can never be out of date and costs nothing where nobody asks.

- A formula is an expression over the record and its links.
- A look-up shows a field of a linked record: `account.industry`.
- A roll-up gathers the records whose link points here: count, sum, min, max or avg, of those where
  a condition holds. It is a correlated subselect; `tables` keeps an index that answers it alone.

An expression that names a retired field rests: what it computes is null until that is restored.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from crmtui.model.definitions import Field, Type
from crmtui.model.message import N_
from crmtui.store import link_tables
from crmtui.store.catalog import Catalog
from crmtui.store.database import quoted
from crmtui.store.errors import NotFound, Refused
from crmtui.store.expressions import Scope, compiled, rests
from crmtui.store.joins import Joins
from crmtui.store.kinds import KINDS, Reading
from crmtui.store.tokens import names

if TYPE_CHECKING:
    from crmtui.store.joins import Joining

MAX_DEPTH = 8
"""Computed fields that stand on one another: each is written out inside the next."""

_MEASURE = re.compile(r"\s*(count|sum|min|max|avg)\s*\(\s*(.*?)\s*\)\s*", re.DOTALL | re.IGNORECASE)


class Measure(NamedTuple):
    """What a roll-up makes of the records it gathers: a function, and of what."""

    function: str
    of: str


def measure(text: str | None) -> Measure:
    """`sum(amount)` as its function and its expression; no text means a count.

    Raises:
        Refused: it is none of count(), sum(EXPR), min(EXPR), max(EXPR), avg(EXPR).
    """
    found = _MEASURE.fullmatch(text or "count()")
    if found:
        function, of = found[1].lower(), "" if found[2] == "*" else found[2]
        if bool(of) != (function == "count"):
            return Measure(function, of)
    raise Refused(
        "bad-measure",
        N_("{measure} is none of count(), sum(EXPR), min(EXPR), max(EXPR), avg(EXPR)"),
        measure=text or "",
    )


class Gathered(NamedTuple):
    """What a roll-up gathers: the type, and its link that points to the record."""

    type: Type
    link: Field


class Computed:
    """Writes computed fields and titles as SQL, for one actor at one moment."""

    def __init__(self, catalog: Catalog, reading: Reading, actor: str) -> None:
        self._catalog = catalog
        self._reading = reading
        self._actor = actor

    def scope(self, type_: Type, alias: str, joins: "Joining") -> Scope:
        """What names mean in an expression over records of a type, whose table has a name."""
        return Scope(
            type_,
            self._catalog.target,
            alias,
            joins,
            self._reading,
            self._actor,
            lambda of, field, table: self.natural(of, field, table, joins),
            self.title,
        )

    def natural(self, type_: Type, field: Field, alias: str, joins: "Joining") -> str:
        """The SQL of a computed field as an expression means it."""
        if field.kind == "formula":
            return self._formula(type_, field, alias, joins)
        shown = self.shown(type_, field)
        if field.kind == "rollup" and not self._kept_unit(type_, field):
            return self._gathered_sql(field, alias)
        return KINDS[shown.kind].expression(self.stored(type_, field, alias, joins), shown)

    def stored(self, type_: Type, field: Field, alias: str, joins: "Joining") -> str:
        """The SQL of a computed field as the kind it is shown as would store it."""
        shown = self.shown(type_, field)
        if field.kind == "lookup":
            return self._looked_up(type_, field, alias, joins)
        if field.kind == "rollup" and self._kept_unit(type_, field):
            return self._gathered_sql(field, alias)
        natural = self.natural(type_, field, alias, joins)
        return KINDS[shown.kind].from_expression(natural, shown)

    def shown(self, type_: Type, field: Field, depth: int = 0) -> Field:
        """The field as the one it is shown, sorted and exported as."""
        if field.kind == "formula":
            if field.result is None or depth > MAX_DEPTH:
                return field
            scale = field.scale
            if scale is None and field.result in ("decimal", "money", "percent"):
                scale = 2
            return field.but(kind=field.result, scale=scale)
        if field.kind == "lookup":
            found = looked_up(self._catalog, type_, field)
            if found is None:
                return field.but(kind="text")
            _, target, of = found
            if KINDS[of.kind].computed and depth <= MAX_DEPTH:
                of = self.shown(target, of, depth + 1)
            return _in_place_of(of, field)
        gathered_ = gathered(self._catalog, field)
        function, of_ = measure(field.measure)
        if function == "count":
            return field.but(kind="integer")
        measured = gathered_.type.field_by_key.get(of_) if gathered_ else None
        if gathered_ and measured and KINDS[measured.kind].computed and depth <= MAX_DEPTH:
            measured = self.shown(gathered_.type, measured, depth + 1)
        alike = measured and (function in ("min", "max") or measured.kind in _SUMMED)
        if measured and alike and (function != "avg" or measured.scale):
            return _in_place_of(measured, field)
        return field.but(kind="decimal", scale=2 if field.scale is None else field.scale)

    def title(self, type_: Type, alias: str) -> str | None:
        """The SQL of what names a record, as an expression means it; None when its reference must.

        `alias` is the name of the type's table.
        """
        if type_.title_expression is not None:
            return self.titled(type_, alias)
        field = type_.title_field
        if field is None:
            return None
        return KINDS[field.kind].expression(f"{alias}.{quoted(field.key)}", field)

    def titled(self, type_: Type, alias: str) -> str:
        """The SQL of a type's title expression."""
        assert type_.title_expression is not None
        if rests(type_.title_expression, type_, self._catalog.target):
            return "NULL"
        scope = self.scope(type_, alias, _NoLink())
        return compiled(type_.title_expression, scope)

    def _formula(self, type_: Type, field: Field, alias: str, joins: "Joining") -> str:
        expression = field.formula or "NULL"
        if rests(expression, type_, self._catalog.target):
            return "NULL"
        return compiled(expression, self.scope(type_, alias, joins))

    def _looked_up(self, type_: Type, field: Field, alias: str, joins: "Joining") -> str:
        found = looked_up(self._catalog, type_, field)
        if found is None:
            return "NULL"
        link, target, of = found
        table = joins.link(alias, link)
        if KINDS[of.kind].computed:
            computed = self.stored(target, of, table, joins)
            return f"(CASE WHEN {table}.id IS NOT NULL THEN {computed} END)"
        return f"{table}.{quoted(of.key)}"

    def _kept_unit(self, type_: Type, field: Field) -> bool:
        """Whether a roll-up reads a column as it is stored, so that exact numbers stay exact."""
        found = gathered(self._catalog, field)
        function, of = measure(field.measure)
        if function == "count" or found is None:
            return True
        measured = found.type.field_by_key.get(of)
        return (
            measured is not None
            and not KINDS[measured.kind].computed
            and self.shown(type_, field).kind == measured.kind
        )

    def _gathered_sql(self, field: Field, alias: str) -> str:
        found = gathered(self._catalog, field)
        if found is None:
            return "NULL"
        child = f"{alias}x{field.id}"
        joins = Joins()
        scope = self.scope(found.type, child, joins)
        target = self._catalog.target
        wheres = [f"{child}.removed_at IS NULL"]
        if field.condition:
            if rests(field.condition, found.type, target):
                return "NULL"
            wheres.append(compiled(field.condition, scope))
        function, of = measure(field.measure)
        source = f"{quoted(found.type.key)} {child}"
        # Quoted as fields are, so that the rules of a draft see that its id is asked for.
        record = f"{alias}.{quoted('id')}"
        if found.link.kind == "multilink":
            links = f"{child}m"
            table = link_tables.table(found.link)
            source = f"{table} {links} JOIN {source} ON {child}.id = {links}.record_id"
            wheres.insert(0, f"{links}.linked_id = {record}")
        else:
            wheres.insert(0, f"{child}.{quoted(found.link.key)} = {record}")
        if function == "count":
            measured = "count(*)"
        else:
            if rests(of, found.type, target):
                return "NULL"
            measured = self._measured(function, of, found.type, scope)
        return f"(SELECT {measured} FROM {source}{joins.sql} WHERE {' AND '.join(wheres)})"

    def _measured(self, function: str, of: str, type_: Type, scope: Scope) -> str:
        field = type_.field_by_key.get(of)
        if field is None or KINDS[field.kind].computed:
            value = compiled(of, scope)
            return f"total({value})" if function == "sum" else f"{function}({value})"
        column = f"{scope.alias}.{quoted(field.key)}"
        if field.kind not in _SUMMED:
            return f"{function}({column})"
        if function == "sum":
            # In two halves: a sum of integers that leaves 64 bits would raise.
            return f"coalesce(sum({column} >> 31) * 2147483648 + sum({column} & 2147483647), 0)"
        if function == "avg":
            if not field.scale:
                return f"avg({column})"
            return f"CAST(round(avg({column})) AS INTEGER)"
        return f"{function}({column})"


_SUMMED = ("integer", "decimal", "money", "percent", "duration", "rating")


def looked_up(catalog: Catalog, type_: Type, field: Field) -> tuple[Field, Type, Field] | None:
    """The link, the type and the field that a look-up shows; None while one of them is retired."""
    link_key, _, key = (field.source or "").partition(".")
    link = type_.field_by_key.get(link_key)
    if link is None or link.kind != "link":
        return None
    target = catalog.target(link)
    found = target.field_by_key.get(key)
    return (link, target, found) if found is not None and not target.retired else None


def gathered(catalog: Catalog, field: Field) -> Gathered | None:
    """What a roll-up gathers; None while the type or its link is retired."""
    type_key, _, key = (field.source or "").partition(".")
    child = catalog.find(type_key)
    if child is None or child.retired:
        return None
    link = child.field_by_key.get(key)
    return Gathered(child, link) if link is not None and link.target else None


def depends(catalog: Catalog, type_: Type, field: Field) -> Iterator[tuple[Type, Field]]:
    """The computed fields that a computed field stands on, directly."""
    if field.kind == "lookup":
        found = looked_up(catalog, type_, field)
        if found and KINDS[found[2].kind].computed:
            yield found[1], found[2]
        return
    of, texts = type_, [field.formula]
    if field.kind == "rollup":
        gathered_ = gathered(catalog, field)
        if gathered_ is None:
            return
        of, texts = gathered_.type, [field.condition, measure(field.measure).of]
    for text in texts:
        for name in names(text or ""):
            owner, key = of, name.path[0]
            if len(name.path) == 2:
                link = of.field_by_key.get(name.path[0])
                if link is None or link.kind != "link":
                    continue
                owner, key = catalog.target(link), name.path[1]
            found_field = _named(owner, key)
            if found_field is not None and KINDS[found_field.kind].computed:
                yield owner, found_field


def refuse_circle(catalog: Catalog, type_: Type, field: Field) -> None:
    """Refuse a computed field that stands on itself, or on too many others.

    Raises:
        Refused: `circular`, `too-deep`.
    """
    start = (type_.id, field.id)

    def walk(of: Type, each: Field, path: list[str]) -> None:
        if len(path) > MAX_DEPTH:
            raise Refused(
                "too-deep",
                N_("{ref} stands on more than {most} computed fields: {path}"),
                ref=f"{type_.key}.{field.key}",
                most=MAX_DEPTH,
                path=" <- ".join(path),
            )
        for owner, found in depends(catalog, of, each):
            further = [*path, f"{owner.key}.{found.key}"]
            if (owner.id, found.id) == start:
                raise Refused(
                    "circular",
                    N_("{ref} would be computed from itself: {path}"),
                    ref=f"{type_.key}.{field.key}",
                    path=" <- ".join(further),
                )
            walk(owner, found, further)

    walk(type_, field, [f"{type_.key}.{field.key}"])


def _named(type_: Type, key: str) -> Field | None:
    folded = key.casefold()
    return next((f for f in type_.fields if f.key.casefold() == folded), None)


def _in_place_of(shown: Field, field: Field) -> Field:
    """`shown` under the name of `field`."""
    return shown.but(
        id=field.id,
        key=field.key,
        label=field.label,
        label_zh=field.label_zh,
        help=field.help,
        help_zh=field.help_zh,
        position=field.position,
        required=False,
        unique=False,
        title=False,
        minimum=None,
        maximum=None,
    )


class _NoLink:
    """The joins of a title: it is about the record alone."""

    def link(self, alias: str, field: Field) -> str:
        raise NotFound(
            "no-link-in-title", N_("a title does not follow the link {field}"), field=field.key
        )

    def user(self, column: str) -> str:
        raise NotFound("no-link-in-title", N_("a title does not name users"))
