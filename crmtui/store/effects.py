"""What changes of the configuration do to the records that are there, in numbers.

It is told by really applying them: each change is looked at just before and just after it is made,
so that a number can never disagree with what happens. Whoever only wants to know undoes the act.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from crmtui.model.definitions import Field, Frozen, Type
from crmtui.model.message import N_, Message
from crmtui.store.catalog import Catalog
from crmtui.store.changes import Change
from crmtui.store.configuration import Configuration
from crmtui.store.database import Database, literal, quoted
from crmtui.store.errors import Refused
from crmtui.store.kinds import KINDS, BadValue, Reading
from crmtui.store.option_nouns import held
from crmtui.store.references import References
from crmtui.store.rules import Rule, Rules
from crmtui.store.tables import Tables

if TYPE_CHECKING:
    from crmtui.store.sights import Told

EXAMPLES = 5
"""How many records are named as examples."""

_NOTED = ("lost-values", "merged-option", "resting")
_NARROWING = frozenset({"min", "max", "max_length", "pattern"})
_RULES = {
    "field": frozenset({"required", "required_when", "visible_when", "min_field", "max_field"}),
    "option": frozenset({"when"}),
    "validation": frozenset({"rule"}),
}
_SEEN_BY = ("permission", "role", "user", "team", "type", "field")
"""What decides who sees what."""

_STORING = frozenset({"kind", "scale", "currency", "to"})
"""The attributes of a field that say which values it takes, and how it stores them."""


class Effect(Frozen):
    """What one change does to records, or to what people see of them.

    Args:
        change: the place of the change among those that were made.
        code: kebab-case, stable.
        count: of records or values; of the most that anybody sees less or more; of users, where it
            is about what they see of fields.
        message: with the count in it.
        examples: references of the first records.
        loss: whether values are lost sight of.
    """

    change: int
    code: str
    count: int
    message: Message
    examples: tuple[str, ...] = ()
    loss: bool = False


_Later = Callable[[int], Iterator[Effect]]


class Effects:
    """Applies changes inside the transaction that is open, and counts what they do."""

    def __init__(
        self,
        database: Database,
        catalog: Catalog,
        tables: Tables,
        configuration: Configuration,
        actor: str,
    ) -> None:
        self._actor = actor
        self._database = database
        self._catalog = catalog
        self._tables = tables
        self._configuration = configuration

    def of(self, changes: Sequence[Change]) -> tuple[list[Change], list[Effect]]:
        """Apply changes; tell which of them changed anything, and what those did to records.

        Values that a new kind cannot take are lost sight of, and told as a loss.

        Raises:
            CrmError: a change makes no sense, or data stands against it.
        """
        made: list[Change] = []
        effects: list[Effect] = []
        for change in changes:
            look = self._looker(change)
            if self._applied(change):
                made.append(change)
                effects += look(len(made) - 1)
        for number, change in enumerate(made):
            effects += self._broken_rules(number, change)
        return made, sorted(effects, key=lambda effect: effect.change)

    def one(self, change: Change) -> tuple[bool, list[Effect]]:
        """Apply one change; whether it changed anything, and what it did to records.

        Raises:
            CrmError: it makes no sense, or data stands against it: values would be lost, too.
        """
        look = self._looker(change)
        if not self._configuration.apply(change):
            return False, []
        found = [*look(0), *self._broken_rules(0, change)]
        # What a merge or a conversion does is among its notes.
        return True, [effect for effect in found if effect.code not in _NOTED]

    def _applied(self, change: Change) -> bool:
        if change.noun != "field" or change.verb != "set" or not _STORING & change.values.keys():
            return self._configuration.apply(change)
        owed = self._tables.owed()
        try:
            with self._database.transaction():
                return self._configuration.apply(change)
        except Refused as problem:
            if problem.code != "unconvertible":
                raise
            self._catalog.forget()
            self._tables.owe(owed)
        values = {**change.values, "allow_data_loss": True}
        return self._configuration.apply(Change(change.verb, change.noun, change.ref, values))

    def _looker(self, change: Change) -> _Later:
        """Look at the records before a change; what comes back looks at them afterwards."""
        look = getattr(self, f"_{change.verb}_{change.noun}", None)
        found: _Later | None = look(change) if look else None
        seen = self._people(change)

        def told(number: int) -> Iterator[Effect]:
            if found:
                yield from found(number)
            for code, count, message in seen() if seen else ():
                yield Effect(change=number, code=code, count=count, message=message)

        return told

    def _people(self, change: Change) -> "Callable[[], Iterator[Told]] | None":
        """Look at what people see before a change; most workspaces have no roles by which they do.

        What comes back looks at it afterwards.
        """
        if change.noun not in _SEEN_BY:
            return None
        if not self._database.scalar("SELECT 1 FROM crm_role WHERE purged_at IS NULL LIMIT 1"):
            return None
        from crmtui.store.sights import Sights

        return Sights(self._database, self._tables).looker(change)

    def _remove_type(self, change: Change) -> _Later | None:
        type_ = self._type(change)
        if type_ is None:
            return None
        template = N_("{count} records of {ref} are hidden; they stay")
        return self._told("hidden-records", type_, "1", template, change.ref)

    def _remove_field(self, change: Change) -> _Later | None:
        hidden = self._hidden(change)
        resting = self._resting(change)
        return lambda number: iter(
            [*(hidden(number) if hidden else ()), *(each.but(change=number) for each in resting)]
        )

    def _hidden(self, change: Change) -> _Later | None:
        found = self._field(change)
        if found is None:
            return None
        type_, field = found
        template = N_("{count} values of {ref} are hidden; they stay")
        where = f"{quoted(field.key)} IS NOT NULL"
        return self._told("hidden-values", type_, where, template, change.ref)

    def _resting(self, change: Change) -> list[Effect]:
        """What names a field, and rests while that is retired."""
        type_ = self._type(change)
        key = change.ref.rpartition(".")[2]
        field = next((f for f in type_.fields if f.key == key), None) if type_ else None
        if type_ is None or field is None:
            return []
        references = References(self._database, self._catalog)
        message = references.rests(type_, field)
        if message is None:
            return []
        count = len(message.facts["places"])
        return [Effect(change=0, code="resting", count=count, message=message)]

    def _remove_option(self, change: Change) -> _Later | None:
        template = N_("{count} records have the option {ref}, which stays readable")
        return self._held(change, "held-option", template)

    def _merge_option(self, change: Change) -> _Later | None:
        template = N_("{count} records have the option {ref} and get {into}")
        return self._held(change, "merged-option", template)

    def _held(self, change: Change, code: str, template: str) -> _Later | None:
        field_ref, _, key = change.ref.rpartition(".")
        found = self._field(Change("set", "field", field_ref))
        if found is None:
            return None
        type_, field = found
        into = change.values.get("into")
        return self._told(code, type_, held(field, key), template, change.ref, into=into)

    def _remove_stage(self, change: Change) -> _Later | None:
        return self._moved(change, N_("{count} records stand at stage {ref} and go to {to}"))

    def _remove_status(self, change: Change) -> _Later | None:
        return self._moved(change, N_("{count} records stand at status {ref} and go to {to}"))

    def _moved(self, change: Change, template: str) -> _Later | None:
        type_ = self._type(change)
        keys = change.ref.split(".")[1:]
        if type_ is None or not change.values.get("move_to"):
            return None
        where = f"stage = {literal(keys[0])}"
        if len(keys) > 1:
            where += f" AND status = {literal(keys[1])}"
        to = change.values["move_to"]
        return self._told("moved-records", type_, where, template, change.ref, to=to)

    def _add_field(self, change: Change) -> _Later | None:
        if not change.values.get("required"):
            return None
        return lambda number: self._missing(number, change)

    def _set_field(self, change: Change) -> _Later | None:
        found = self._field(change)
        if found is None:
            return None
        type_, before = found
        held = 0
        if _STORING & change.values.keys():
            held = self._count(type_, f"{quoted(before.key)} IS NOT NULL")

        def look(number: int) -> Iterator[Effect]:
            if held:
                yield from self._unconverted(number, change, before, held)
            if change.values.get("required"):
                yield from self._missing(number, change)
            narrowed = _NARROWING & change.values.keys()
            if any(change.values[name] is not None for name in narrowed):
                yield from self._outside(number, change)

        return look

    def _missing(self, number: int, change: Change) -> Iterator[Effect]:
        found = self._field(change)
        if found is None:
            return
        type_, field = found
        if field.visible_when:
            return  # Only where it is seen: that is for the rules to tell.
        template = N_("{count} records have no value for {ref}, which becomes required")
        where = f"{quoted(field.key)} IS NULL"
        yield from self._told("missing-values", type_, where, template, change.ref)(number)

    def _unconverted(
        self, number: int, change: Change, before: Field, held: int
    ) -> Iterator[Effect]:
        """Values that a field of another kind could not take over; the former field has them."""
        type_ = self._type(change)
        assert type_ is not None
        former = next((f for f in type_.all_fields if f.id == before.id), None)
        found = self._field(change)
        if former is None or found is None or found[1].id == former.id:
            return
        where = f"{quoted(former.key)} IS NOT NULL AND {quoted(found[1].key)} IS NULL"
        count, ids = self._some(type_, where)
        if count:
            yield Effect(
                change=number,
                code="lost-values",
                count=count,
                message=Message(
                    N_("{count} of {all} values of {ref} cannot be converted"),
                    count=count,
                    all=held,
                    ref=change.ref,
                ),
                examples=tuple(f"{type_.key}/{record_id}" for record_id in ids),
                loss=True,
            )

    def _outside(self, number: int, change: Change) -> Iterator[Effect]:
        """Values that a field with narrower settings would not take any more."""
        found = self._field(change)
        if found is None:
            return
        type_, field = found
        kind = KINDS[field.kind]
        if "target" in kind.settings:
            return
        read = kind.reader(field, Reading())
        column = quoted(field.key)
        rows = self._database.rows(
            f"SELECT {column}, count(*), min(id) FROM {quoted(type_.key)}"
            f" WHERE removed_at IS NULL AND {column} IS NOT NULL GROUP BY {column}"
        )
        count = 0
        ids: list[int] = []
        for value, records, first in rows:
            try:
                read(kind.plain(value, field))
            except BadValue:
                count += records
                ids = sorted([*ids, first])[:EXAMPLES]
        if count:
            message = Message(
                N_("{count} values of {ref} are outside its new bounds"),
                count=count,
                ref=change.ref,
            )
            examples = tuple(f"{type_.key}/{record_id}" for record_id in ids)
            yield Effect(
                change=number,
                code="values-outside",
                count=count,
                message=message,
                examples=examples,
            )

    def _broken_rules(self, number: int, change: Change) -> Iterator[Effect]:
        """Records that are against a rule that a change made or altered.

        Counted when everything is done: what a rule names may be changed by any of the changes.
        """
        said = _RULES.get(change.noun, frozenset()) & change.values.keys()
        type_ = self._type(change)
        if not said or change.verb not in ("add", "set") or type_ is None or type_.retired:
            return
        if self._tables.unmade(type_.key):
            return
        if change.noun == "field" and said == {"required"} and not self._seen_somewhere(change):
            return
        rules = Rules(self._database, self._catalog, type_, Reading(), self._actor)
        key, count, ids = change.ref.rpartition(".")[2], 0, set()
        for rule in self._of(rules, change.noun, change.ref):
            broken, examples = rules.count_broken(rule, EXAMPLES)
            count += broken
            ids |= set(examples)
        if not count:
            return
        template = N_("{count} records are against {names} of {ref}")
        if change.noun == "validation":
            template = N_("{count} records do not satisfy the validation {key}")
        yield Effect(
            change=number,
            code="broken-rule",
            count=count,
            message=Message(template, count=count, key=key, ref=change.ref, names=sorted(said)),
            examples=tuple(f"{type_.key}/{record_id}" for record_id in sorted(ids)[:EXAMPLES]),
        )

    def _seen_somewhere(self, change: Change) -> bool:
        found = self._field(change)
        return found is not None and bool(found[1].visible_when)

    def _of(self, rules: Rules, noun: str, ref: str) -> list[Rule]:
        """The rules of what a change is about."""
        keys = ref.split(".")
        if noun == "validation":
            found = next((v for v in rules.type.validations if v.key == keys[1]), None)
            return rules.of_validation(found) if found else []
        field = rules.type.field_by_key.get(keys[1])
        if field is None:
            return []
        if noun == "field":
            return rules.of_field(field)
        option = field.option_by_key.get(keys[2])
        return rules.of_option(field, option) if option and not option.retired else []

    def _told(
        self, code: str, type_: Type, where: str, template: str, ref: str, **facts: Any
    ) -> _Later:
        """The effect on the records of a condition, counted here and now."""
        count, ids = self._some(type_, where)
        effect = Effect(
            change=0,
            code=code,
            count=count,
            message=Message(template, count=count, ref=ref, **facts),
            examples=tuple(f"{type_.key}/{record_id}" for record_id in ids),
        )
        return lambda number: iter([effect.but(change=number)] if count else [])

    def _some(self, type_: Type, where: str) -> tuple[int, list[int]]:
        """How many live records a condition holds for, and the first of them."""
        count = self._count(type_, where)
        if not count:
            return 0, []
        rows = self._database.execute(
            f"SELECT id FROM {quoted(type_.key)} WHERE removed_at IS NULL AND {where}"
            f" ORDER BY id LIMIT {EXAMPLES}"
        )
        return count, [row[0] for row in rows]

    def _count(self, type_: Type, where: str) -> int:
        if self._tables.unmade(type_.key):
            return 0
        self._tables.need(type_.key)
        return self._database.scalar(
            f"SELECT count(*) FROM {quoted(type_.key)} WHERE removed_at IS NULL AND {where}"
        )

    def _type(self, change: Change) -> Type | None:
        return self._catalog.find(change.ref.partition(".")[0])

    def _field(self, change: Change) -> tuple[Type, Field] | None:
        """The type and the field of a change, when its values stand in a table that is there."""
        type_ = self._type(change)
        if type_ is None or self._tables.unmade(type_.key):
            return None
        key = change.ref.rpartition(".")[2]
        field = next((f for f in type_.all_fields if f.key == key), None)
        if field is None or not KINDS[field.kind].stored:
            return None
        return type_, field
