"""Fields that are computed whenever they are read: formulas, look-ups and roll-ups; and titles.

None of them has a column. Each becomes SQL where it is read, in a list, a filter, another formula
or a rule, so that it can never be out of date and costs nothing where nobody asks.

- A formula is an expression over the record and its links.
- A look-up shows a field of a linked record: `account.industry`.
- A roll-up gathers the records whose link points here: count, sum, min, max or avg, of those where
  a condition holds. It is a correlated subselect; `tables` keeps an index that answers it alone.

An expression that names a retired field rests: what it computes is null until that is restored. So
does one that no longer makes sense since what it names has become of another kind.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from crmtui.model.definitions import Field, Type
from crmtui.model.message import N_
from crmtui.store import link_tables
from crmtui.store.catalog import Catalog
from crmtui.store.database import Database, quoted
from crmtui.store.errors import Refused
from crmtui.store.expressions import LinkInTitle, Scope, provide_functions, resting
from crmtui.store.joins import Joins
from crmtui.store.kinds import KINDS, Reading
from crmtui.store.tokens import names

if TYPE_CHECKING:
    from crmtui.store.joins import Joining

MAX_DEPTH = 8
"""Computed fields that stand on one another: each is written out inside the next."""

MAX_WRITTEN = 100_000
"""Characters of all expressions that one computed field is written out as, the same one anew."""

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
        # What is written here may call any of them.
        provide_functions(catalog.database)

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
            self._catalog.source,
            lambda: team_of(self._catalog.database, self._actor),
        )

    def natural(self, type_: Type, field: Field, alias: str, joins: "Joining") -> str:
        """The SQL of a computed field as an expression means it."""
        if field.kind == "formula":
            return self._formula(type_, field, alias, joins)
        shown = self.shown(type_, field)
        if field.kind == "rollup" and not self._kept_unit(type_, field):
            return self._gathered_sql(type_, field, alias)
        return KINDS[shown.kind].expression(self.stored(type_, field, alias, joins), shown)

    def stored(self, type_: Type, field: Field, alias: str, joins: "Joining") -> str:
        """The SQL of a computed field as the kind it is shown as would store it."""
        shown = self.shown(type_, field)
        if field.kind == "lookup":
            return self._looked_up(type_, field, alias, joins)
        if field.kind == "rollup" and self._kept_unit(type_, field):
            return self._gathered_sql(type_, field, alias)
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
        gathered_ = self._gathered(type_, field)
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
        """The SQL of a type's title expression: a text, whatever it computes."""
        try:
            sql = resting(type_.title_expression, self.title_scope(type_, alias))
        except LinkInTitle:
            sql = None
        # Nothing names a record that is not there, or not for the actor to read.
        return f"(CASE WHEN {alias}.id IS NOT NULL THEN CAST({sql} AS TEXT) END)" if sql else "NULL"

    def title_scope(self, type_: Type, alias: str) -> Scope:
        """What names mean in a title expression: it is about the record alone."""
        return self.scope(type_, alias, _NoLink())

    def _formula(self, type_: Type, field: Field, alias: str, joins: "Joining") -> str:
        sql = resting(field.formula, self.scope(type_, alias, joins)) or "NULL"
        # SQL takes a bare number by which rows are sorted for the place of a column.
        return sql if names(field.formula or "") else f"ifnull({sql}, NULL)"

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

    def _gathered(self, type_: Type, field: Field) -> Gathered | None:
        """What a roll-up gathers; None too while its link points to another type."""
        found = gathered(self._catalog, field)
        return found if found is not None and found.link.target == type_.key else None

    def _kept_unit(self, type_: Type, field: Field) -> bool:
        """Whether a roll-up reads a column as it is stored, so that exact numbers stay exact."""
        found = self._gathered(type_, field)
        function, of = measure(field.measure)
        if function == "count" or found is None:
            return True
        measured = found.type.field_by_key.get(of)
        return (
            measured is not None
            and not KINDS[measured.kind].computed
            and self.shown(type_, field).kind == measured.kind
        )

    def _gathered_sql(self, type_: Type, field: Field, alias: str) -> str:
        found = self._gathered(type_, field)
        if found is None:
            return "NULL"
        child = f"{alias}x{field.id}"
        joins = Joins(self._catalog.source)
        scope = self.scope(found.type, child, joins)
        source, links = f"{self._catalog.source(found.type.key)} {child}", ""
        # Quoted as fields are, so that the rules of a draft see that its id is asked for.
        record = f"{alias}.{quoted('id')}"
        wheres = [f"{child}.{quoted(found.link.key)} = {record}", f"{child}.removed_at IS NULL"]
        if found.link.kind == "multilink":
            links = f"{child}m"
            table = link_tables.table(found.link)
            source = f"{table} {links} JOIN {source} ON {child}.id = {links}.record_id"
            wheres[0] = f"{links}.linked_id = {record}"
        if field.condition:
            condition = resting(field.condition, scope)
            if condition is None:
                return "NULL"
            wheres.append(condition)
        function, of = measure(field.measure)
        if function == "count":
            measured: str | None = "count(*)"
        else:
            measured = self._measured(function, of, found.type, scope)
        if measured is None:
            return "NULL"
        gathering = f"FROM {source}{joins.sql} WHERE {' AND '.join(wheres)}"
        if measured == _in_halves(column := f"{child}.{quoted(of)}") and not links:
            return _summed(column, gathering, f"FROM {source} WHERE {' AND '.join(wheres[:2])}")
        return f"(SELECT {measured} {gathering})"

    def _measured(self, function: str, of: str, type_: Type, scope: Scope) -> str | None:
        field = type_.field_by_key.get(of)
        if field is None or KINDS[field.kind].computed:
            value = resting(of, scope)
            if value is None:
                return None
            return f"total({value})" if function == "sum" else f"{function}({value})"
        column = f"{scope.alias}.{quoted(field.key)}"
        if field.kind not in _SUMMED:
            return f"{function}({column})"
        if function == "sum":
            return _in_halves(column)
        if function == "avg":
            if not field.scale:
                return f"avg({column})"
            return f"CAST(round(avg({column})) AS INTEGER)"
        return f"{function}({column})"


def team_of(database: Database, user: str) -> str | None:
    """The key of the first team that a user belongs to; None when there is none."""
    teams = database.scalar("SELECT teams FROM crm_user WHERE key = ?", (user,))
    return teams.partition(",")[0] if teams else None


_SMALL = 2**36
"""As many integers below it as any table has add up to less than 64 bits."""


def _in_halves(column: str) -> str:
    """The SQL of a sum in two halves: a sum of integers that leaves 64 bits would raise."""
    return f"coalesce(sum({column} >> 31) * 2147483648 + sum({column} & 2147483647), 0)"


def _summed(column: str, gathering: str, of_link: str) -> str:
    """The SQL of a sum that is made in one, for half of the work, unless a number is very large.

    Args:
        gathering: from where, and which records.
        of_link: the same for all records of the link: an index has their least and greatest.
    """
    within = (
        f"(SELECT max({column}) {of_link}) < {_SMALL}"
        f" AND (SELECT min({column}) {of_link}) > -{_SMALL}"
    )
    plain = f"(SELECT coalesce(sum({column}), 0) {gathering})"
    return f"(CASE WHEN {within} THEN {plain} ELSE (SELECT {_in_halves(column)} {gathering}) END)"


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
    """The computed fields that a computed field stands on, directly.

    Retired ones too, and by way of retired links: what rests today may be restored.
    """
    if field.kind == "lookup":
        link_key, _, key = (field.source or "").partition(".")
        yield from _reached(catalog, type_, (link_key, key))
        return
    of, texts = type_, [field.formula]
    if field.kind == "rollup":
        child = catalog.find((field.source or "").partition(".")[0])
        if child is None:
            return
        of, texts = child, [field.condition, measure(field.measure).of]
    for text in texts:
        for name in names(text or ""):
            yield from _reached(catalog, of, name.path)


def _reached(catalog: Catalog, of: Type, path: tuple[str, ...]) -> Iterator[tuple[Type, Field]]:
    """The computed field that a name in an expression about `of` means, if it means one."""
    found = _named(of, path[0])
    if found is not None and len(path) == 2 and found.kind == "link":
        of = catalog.target(found)
        found = _named(of, path[1])
    if found is not None and KINDS[found.kind].computed:
        yield of, found


def refuse_circle(catalog: Catalog, type_: Type, field: Field) -> None:
    """Refuse a computed field that stands on itself, or that makes others, or itself, too much.

    Raises:
        Refused: `circular`, `too-deep`.
    """
    known: dict[int, _Written] = {}
    waiting, seen = [(type_, field)], {field.id}
    while waiting:
        owner, each = waiting.pop()
        written = _written(catalog, owner, each, known, ())
        if written.depth > MAX_DEPTH or written.length > MAX_WRITTEN:
            raise Refused(
                "too-deep",
                N_("{ref} stands on too many computed fields: at most {most} on one another"),
                ref=f"{owner.key}.{each.key}",
                most=MAX_DEPTH,
            )
        # What is well by itself may be too much for those that stand on it already.
        for found in catalog.computed_naming(each.key):
            if found[1].id not in seen and (owner.id, each.id) in (
                (of.id, on.id) for of, on in depends(catalog, *found)
            ):
                seen.add(found[1].id)
                waiting.append(found)


class _Written(NamedTuple):
    """How many computed fields stand on one another in one, and how long it is written out."""

    depth: int
    length: int


def _written(
    catalog: Catalog, type_: Type, field: Field, known: dict[int, _Written], path: tuple[str, ...]
) -> _Written:
    ref = f"{type_.key}.{field.key}"
    if ref in path:
        raise Refused(
            "circular",
            N_("{ref} would be computed from itself: {path}"),
            ref=ref,
            path=" <- ".join([*path[path.index(ref) :], ref]),
        )
    if field.id not in known:
        texts = (field.formula, field.condition, field.measure, field.source)
        depth, length = 1, sum(len(text or "") for text in texts)
        for owner, found in depends(catalog, type_, field):
            below = _written(catalog, owner, found, known, (*path, ref))
            depth, length = max(depth, below.depth + 1), length + below.length
        known[field.id] = _Written(depth, length)
    return known[field.id]


def _named(type_: Type, key: str) -> Field | None:
    folded = key.casefold()
    return next((f for f in type_.all_fields if f.key.casefold() == folded), None)


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
        raise LinkInTitle(N_("a title does not follow the link {field}"), field=field.key)

    def user(self, column: str) -> str:
        raise LinkInTitle(N_("a title does not name users"))
