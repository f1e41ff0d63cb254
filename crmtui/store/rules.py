"""The rules that fields, options and validations put on the records of a type.

Each rule is one SQL condition that is true where the rule is broken. The same condition runs over
the values of a draft that is not saved yet (they are bound as a row of their own) and over the
table itself, so that a form, a command, an import and a count of what would become invalid can
never disagree. A condition of a definition that names a retired field rests.

A record is held to the rules that its change touches: one that was broken before, and has nothing
to do with the change, does not stand in its way.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from crmtui.model.definitions import Field, Option, Type, Validation
from crmtui.model.message import N_, Bilingual, Message
from crmtui.store import link_tables
from crmtui.store.catalog import Catalog
from crmtui.store.computed import Computed
from crmtui.store.database import Database, literal, quoted
from crmtui.store.errors import Problem, Refused
from crmtui.store.expressions import resting
from crmtui.store.joins import Joins
from crmtui.store.journal import encoded_list
from crmtui.store.kinds import KINDS, Reading
from crmtui.store.tokens import names

SYSTEM = ("id", "stage", "status", "status_since", "revision", "created_at", "updated_at")
"""What a condition may name besides the fields; bound with a draft as well."""

EXAMPLES = 5
"""How many records are named that are against the rules."""

_COLUMN = re.compile(r'\br\."((?:[^"]|"")+)"')


_ALIKE = (
    frozenset({"integer", "decimal", "money", "percent", "rating", "duration"}),
    frozenset({"date", "datetime"}),
    frozenset({"time"}),
)


def comparable(field: Field, other: Field) -> bool:
    """Whether the values of two fields can be compared with one another."""
    return any(field.kind in group and other.kind in group for group in _ALIKE)


class Rule(NamedTuple):
    """A condition that is true where the rule is broken.

    Args:
        sql: over the record's table `r` and the joins of the type's rules.
        columns: the columns of the record that it depends on.
        problem: what is wrong where it is true; takes the record's stored values.
    """

    sql: str
    columns: frozenset[str]
    problem: Callable[[Mapping[str, Any]], Problem]


class FieldState(NamedTuple):
    """What the rules make of a field for the values a form holds.

    Args:
        options: keys of the options that can be chosen; None where all can.
    """

    visible: bool
    required: bool
    read_only: bool
    options: frozenset[str] | None


class Rules:
    """The rules of one type, compiled for one actor and moment."""

    def __init__(
        self,
        database: Database,
        catalog: Catalog,
        type_: Type,
        reading: Reading,
        actor: str,
    ) -> None:
        self.type = type_
        self._database = database
        self._joins = Joins()
        self._scope = Computed(catalog, reading, actor).scope(type_, "r", self._joins)
        self._types = dict.fromkeys(SYSTEM, "TEXT") | {"id": "INTEGER", "revision": "INTEGER"}
        self._multilinks = [f for f in type_.fields if f.kind == "multilink"]
        self._types |= {f.key: KINDS[f.kind].sql_type or "TEXT" for f in type_.fields}
        self._shown = self._conditions("visible_when")
        self._frozen = self._conditions("read_only_when")
        self._required = self._conditions("required_when")
        self.rules: list[Rule] = [
            *(rule for field in type_.fields for rule in self.of_field(field)),
            *(rule for each in type_.validations for rule in self.of_validation(each)),
        ]
        self.momentary = any("now" in text for text in self._expressions())
        """Whether a condition may name the present moment, and is true only now."""
        self.fixed = frozenset(f.key for f in type_.fields if f.write_once)
        """The fields that are set when a record is made, and never again."""

    def broken(
        self, values: Mapping[str, Any], changed: frozenset[str] | None = None
    ) -> list[Problem]:
        """What is wrong with a record that would have these stored values.

        Args:
            values: by column: fields and what `SYSTEM` names; what is missing is null.
            changed: the columns that the change touches; None for a new record.
        """
        asked = [r for r in self.rules if changed is None or r.columns & changed]
        found = self._over(values, [rule.sql for rule in asked])
        return [rule.problem(values) for rule, bad in zip(asked, found, strict=True) if bad]

    def unseen(self, values: Mapping[str, Any], keys: Sequence[str]) -> list[str]:
        """Those of some fields that have no place in a record of these stored values."""
        asked = [key for key in keys if key in self._shown]
        found = self._over(values, [self._shown[key] for key in asked])
        return [key for key, shown in zip(asked, found, strict=True) if not shown]

    def frozen(self, before: Mapping[str, Any], changed: frozenset[str]) -> list[Problem]:
        """The problems of changed fields that may not be changed any more.

        Args:
            before: the record's stored values before the change.
        """
        problems = [
            Problem(key, "read-only", Message(N_("is set once, when the record is made")))
            for key in self.fixed & changed
        ]
        asked = [key for key in self._frozen if key in changed and key not in self.fixed]
        found = self._over(before, [self._frozen[key] for key in asked])
        for key, held in zip(asked, found, strict=True):
            if held:
                when = self.type.field_by_key[key].read_only_when
                message = Message(N_("cannot be changed where {condition}"), condition=when)
                problems.append(Problem(key, "read-only", message, (when or "",)))
        return problems

    def broken_ids(self, where: str, parameters: Sequence[Any] = (), limit: int = 1) -> list[int]:
        """Records of the table, among those of a condition over `r`, that break any rule."""
        if not self.rules:
            return []
        bad = " OR ".join(f"({rule.sql})" for rule in self.rules)
        rows = self._database.execute(
            f"SELECT r.id{self._source} WHERE {where} AND ({bad}) LIMIT {int(limit)}", parameters
        )
        return [row[0] for row in rows]

    def broken_among(
        self, changed: frozenset[str], where: str, parameters: Sequence[Any]
    ) -> list[tuple[int, Problem]]:
        """The live records among those of a condition over `r` that break a rule of `changed`.

        Each with the first of its problems.
        """
        columns = [f.key for f in self.type.fields if KINDS[f.kind].stored]
        found: dict[int, Problem] = {}
        for rule in self.rules:
            if not rule.columns & changed:
                continue
            read = "".join(f", r.{quoted(key)}" for key in columns)
            rows = self._database.execute(
                f"SELECT r.id{read}{self._source}"
                f" WHERE r.removed_at IS NULL AND {where} AND ({rule.sql}) ORDER BY r.id",
                parameters,
            )
            for record_id, *values in rows:
                found.setdefault(record_id, rule.problem(dict(zip(columns, values, strict=True))))
        return sorted(found.items())

    def count_broken(self, rule: Rule, examples: int = 5) -> tuple[int, list[int]]:
        """How many live records break a rule, and the first of them."""
        where = f"WHERE r.removed_at IS NULL AND ({rule.sql})"
        count = self._database.scalar(f"SELECT count(*){self._source} {where}")
        rows = self._database.execute(
            f"SELECT r.id{self._source} {where} ORDER BY r.id LIMIT {int(examples)}"
        )
        return count, [row[0] for row in rows]

    def states(
        self, values: Mapping[str, Any], before: Mapping[str, Any] | None
    ) -> dict[str, FieldState]:
        """What the rules make of each field for a draft.

        Args:
            values: as of `broken`.
            before: the record's stored values as it is kept; None for a new one.
        """
        shown = self._truths(self._shown, values)
        required = self._truths(self._required, values)
        frozen = self._truths(self._frozen, before) if before is not None else {}
        options = self._options(values)
        return {
            field.key: FieldState(
                visible=shown.get(field.key, True),
                required=field.required or required.get(field.key, False),
                read_only=KINDS[field.kind].computed
                or KINDS[field.kind].given
                or frozen.get(field.key, False)
                or (before is not None and field.write_once),
                options=options.get(field.key),
            )
            for field in self.type.fields
        }

    def _truths(self, conditions: Mapping[str, str], values: Mapping[str, Any]) -> dict[str, bool]:
        found = self._over(values, list(conditions.values()))
        return {key: bool(value) for key, value in zip(conditions, found, strict=True)}

    def _options(self, values: Mapping[str, Any]) -> dict[str, frozenset[str]]:
        asked: list[tuple[str, Option]] = []
        for field in self.type.fields:
            if any(option.condition for option in field.options):
                asked += [(field.key, option) for option in field.options if not option.retired]
        sql = [
            self._condition(option.condition) or "1" if option.condition else "1"
            for _, option in asked
        ]
        allowed: dict[str, set[str]] = {key: set() for key, _ in asked}
        for (key, option), held in zip(asked, self._over(values, sql), strict=True):
            if held:
                allowed[key].add(option.key)
        return {key: frozenset(keys) for key, keys in allowed.items()}

    # What the definitions say, as conditions

    def _condition(self, expression: str | None) -> str | None:
        """The SQL of an expression of a definition; None where there is none, or it rests."""
        return resting(expression, self._scope)

    def _expressions(self) -> Iterator[str]:
        for field in self.type.fields:
            texts = [field.required_when, field.visible_when, field.read_only_when, field.formula]
            yield from (text.casefold() for text in texts if text)
            yield from (o.condition.casefold() for o in field.options if o.condition)
        yield from (each.rule.casefold() for each in self.type.validations if each.rule)

    def _conditions(self, attribute: str) -> dict[str, str]:
        found = {}
        for field in self.type.fields:
            sql = self._condition(getattr(field, attribute))
            if sql is not None:
                found[field.key] = sql
        return found

    def of_field(self, field: Field) -> list[Rule]:
        """The rules of a field; one that is simply required is no matter for SQL."""
        kind = KINDS[field.kind]
        if kind.computed:
            return []
        column = self._present(field)
        key = field.key
        rules = []
        shown = self._shown.get(key)
        seen = f" AND ({shown}) IS TRUE" if shown else ""
        if field.required and shown:
            rules.append(
                self._rule(f"{column} IS NULL{seen}", key, "required", N_("a value is required"))
            )
        elif key in self._required and not field.required:
            rules.append(
                self._rule(
                    f"{column} IS NULL AND ({self._required[key]}) IS TRUE{seen}",
                    key,
                    "required",
                    N_("a value is required where {condition}"),
                    condition=field.required_when,
                )
            )
        if shown:
            rules.append(
                self._rule(
                    f"{column} IS NOT NULL AND ({shown}) IS NOT TRUE",
                    key,
                    "not-visible",
                    N_("has a place only where {condition}"),
                    condition=field.visible_when,
                )
            )
        for other_key, sign, code, template in (
            (field.min_field, "<", "too-small", N_("{value} is below {field}, which is {other}")),
            (field.max_field, ">", "too-large", N_("{value} is above {field}, which is {other}")),
        ):
            other = self.type.field_by_key.get(other_key or "")
            if other is not None and comparable(field, other):
                rules.append(self._between(field, other, sign, code, template))
        return [
            *rules,
            *(rule for option in field.options for rule in self.of_option(field, option)),
        ]

    def _present(self, field: Field) -> str:
        """The SQL that is null where a field has no value."""
        if field.kind == "multilink":
            return link_tables.present(field, "r")
        return f"r.{quoted(field.key)}"

    def _between(self, field: Field, other: Field, sign: str, code: str, template: str) -> Rule:
        kind, other_kind = KINDS[field.kind], KINDS[other.kind]
        own, bound = (
            kind.expression(f"r.{quoted(field.key)}", field),
            other_kind.expression(f"r.{quoted(other.key)}", other),
        )
        sql = f"{own} {sign} {bound}"

        def problem(values: Mapping[str, Any]) -> Problem:
            return Problem(
                field.key,
                code,
                Message(
                    template,
                    value=kind.plain(values[field.key], field),
                    field=other.key,
                    other=other_kind.plain(values[other.key], other),
                ),
                (quoted(other.key),),
            )

        return Rule(sql, self._reads(sql), problem)

    def of_option(self, field: Field, option: Option) -> list[Rule]:
        """The rule of an option that can be chosen for some records only; none where it rests."""
        condition = self._condition(option.condition)
        if condition is None:
            return []
        column = f"r.{quoted(field.key)}"
        if KINDS[field.kind].many:
            held = f"instr({column}, {literal(chr(34) + option.key + chr(34))}) > 0"
        else:
            held = f"{column} = {literal(option.key)}"
        rule = self._rule(
            f"{held} AND ({condition}) IS NOT TRUE",
            field.key,
            "not-an-option",
            N_("{value} can be chosen only where {condition}"),
            value=option.key,
            condition=option.condition,
        )
        return [rule]

    def of_validation(self, validation: Validation) -> list[Rule]:
        """The rule of a validation; none where it rests."""
        condition = self._condition(validation.rule)
        if condition is None:
            return []
        own = {
            name.path[0]
            for name in names(validation.rule or "")
            if name.path[0] in self.type.field_by_key
        }
        said = Bilingual(validation.message, validation.message_zh)
        # A rule about one field alone is told beside that field.
        field = own.pop() if len(own) == 1 else None
        sql = f"({condition}) IS FALSE"
        message = (
            Message("{message}", message=said)
            if said
            else Message(N_("{rule} does not hold"), rule=validation.rule)
        )
        problem = Problem(field, "validation", message, (validation.rule or "",))
        return [Rule(sql, self._reads(sql), lambda _: problem)]

    def _rule(self, sql: str, key: str, code: str, template: str, **facts: Any) -> Rule:
        about = (facts["condition"],) if facts else ()
        problem = Problem(key, code, Message(template, **facts), about)
        return Rule(sql, self._reads(sql) | {key}, lambda _values: problem)

    def _reads(self, sql: str) -> frozenset[str]:
        """The columns of the record that SQL depends on, those of the links it follows too."""
        known = {*SYSTEM, *(field.key for field in self.type.fields)}
        sql += self._joins.within(sql)
        read = {key.replace('""', '"') for key in _COLUMN.findall(sql)}
        read |= {f.key for f in self._multilinks if link_tables.links(f, "r") in sql}
        return frozenset(read & known)

    # Asking SQLite

    @property
    def _source(self) -> str:
        return f" FROM {quoted(self.type.key)} r{self._joins.sql}"

    def _over(self, values: Mapping[str, Any], conditions: Sequence[str]) -> Sequence[Any]:
        """The conditions over one row of bound values."""
        if not conditions:
            return ()
        asked = ", ".join(conditions)
        read = sorted(self._reads(asked + self._joins.sql))
        # A cast gives the value what a column of the table gives it in a comparison.
        bound = ", ".join(f"CAST(? AS {self._types[key]}) AS {quoted(key)}" for key in read) or "1"
        parameters = [_bindable(values.get(key)) for key in read]
        for field in self._multilinks:
            links = link_tables.links_of_draft(field, "r")
            asked = asked.replace(link_tables.links(field, "r"), links)
        sql = f"SELECT {asked} FROM (SELECT {bound}) r{self._joins.sql}"
        return self._database.execute(sql, parameters).fetchone()


def refuse_broken(
    database: Database,
    catalog: Catalog,
    type_: Type,
    actor_id: int,
    changed: frozenset[str],
    where: tuple[str, Sequence[Any]],
) -> None:
    """Refuse what a change of the configuration did to records, where it breaks rules.

    Args:
        type_: with its definitions as they are to be.
        changed: the columns that it wrote.
        where: the records it wrote, a condition over `r` and its parameters.

    Raises:
        Refused: `against-rules`, with the first of the records.
    """
    if not type_.ruled:
        return
    actor = database.scalar("SELECT key FROM crm_user WHERE id = ?", (actor_id,)) or ""
    found = Rules(database, catalog, type_, Reading(), actor).broken_among(changed, *where)
    if found:
        told = [
            Message("{ref} ({reason})", ref=f"{type_.key}/{record_id}", reason=problem.named())
            for record_id, problem in found[:EXAMPLES]
        ]
        raise Refused(
            "against-rules",
            N_("{count} records would be against the rules of {type}: {failures}"),
            f"crmtui validation list {type_.key}",
            count=len(found),
            type=type_.key,
            failures=told,
        )


def _bindable(value: Any) -> Any:
    if isinstance(value, tuple):
        return encoded_list(value)
    return value if value is None or isinstance(value, int | float | str) else None
