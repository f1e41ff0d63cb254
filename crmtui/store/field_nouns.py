"""What fields do besides their rows: columns, settings of their kind, values."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crmtui.model.definitions import Definition, Field, Type
from crmtui.model.message import N_, Message
from crmtui.model.nouns import NOUNS
from crmtui.store.behaviour import Behaviour, Place
from crmtui.store.conversion import Conversion, converting
from crmtui.store.database import quoted
from crmtui.store.errors import Misused, Refused
from crmtui.store.kinds import KINDS, BadValue, Reading
from crmtui.store.permission_names import PermissionNames
from crmtui.store.references import References, named
from crmtui.store.soundness import Soundness
from crmtui.store.tables import folded_column
from crmtui.store.uniqueness import Unique, folded, refuse_alike, uniques
from crmtui.store.users import Users

MOST_FIELDS = 1000
MOST_LINKS = 60
"""SQLite has at most 2,000 columns in a table, and joins at most 64 tables to show link titles."""

SETTINGS = (
    "to min max min_field max_field max_length pattern pattern_message pattern_message_zh scale"
    " currency options_of region style unit prefix padding reset max_size formula result from"
    " measure where unique_as"
).split()
"""Attributes of a field that only some kinds have; each kind names its own in `Kind.settings`."""


class FieldBehaviour(Behaviour):
    names_a_column = True

    def siblings(self, place: Place) -> Sequence[Definition]:
        return place.of_type.all_fields

    def parent_columns(self, place: Place) -> dict[str, Any]:
        return {"type_id": place.of_type.id}

    def before_add(
        self, place: Place, row: dict[str, Any], values: Mapping[str, Any]
    ) -> dict[str, Any]:
        ref = f"{place.of_type.key}.{place.key}"
        links = [field for field in place.of_type.all_fields if field.kind == "link"]
        if len(place.of_type.all_fields) >= MOST_FIELDS or (
            row.get("kind") == "link" and len(links) >= MOST_LINKS
        ):
            raise Refused(
                "too-many-fields",
                N_("a type has at most {fields} fields, {links} of them links"),
                fields=MOST_FIELDS,
                links=MOST_LINKS,
            )
        row["kind"] = row.get("kind") or "text"
        kind = KINDS[row["kind"]]
        refuse_foreign(ref, kind.key, row)
        if values.get("options") and "options" not in kind.settings:
            raise _no_setting(ref, kind.key, "option")
        self._complete(ref, row)
        self._check(ref, row, kind.key)
        return row

    def _complete(self, ref: str, row: dict[str, Any]) -> None:
        """What a kind needs and what follows from it when nothing is said."""
        if "target" in KINDS[row["kind"]].settings:
            if not row.get("target_id"):
                raise _link_without_type(ref, row["kind"])
            row["target_id"] = self.catalog.type(str(row["target_id"])).id
        if row["kind"] == "money":
            row["currency"], digits = currency(row.get("currency"), ref)
            if row.get("scale") is None:
                row["scale"] = digits
        elif row["kind"] in ("decimal", "percent") and row.get("scale") is None:
            row["scale"] = 2
        _in_capitals(row)

    def after_add(self, place: Place, row: dict[str, Any], values: Mapping[str, Any]) -> None:
        if row.get("is_title"):
            self._only_title(place.of_type, row["id"])
            self.catalog.forget(place.of_type.key)
        said = attributes_of(name for name, value in row.items() if value is not None)
        if self.tables.unmade(place.of_type.key) and not said & _JUDGED:
            # The table that is yet to be made will have the column.
            return
        type_ = self.catalog.type(place.of_type.key, retired=True)
        field = next(f for f in type_.all_fields if f.id == row["id"])
        self.tables.add_column(type_.key, field)
        self._number(type_, field)
        self._sound(type_, field, said)
        self._gather(field)

    def _sound(self, type_: Type, field: Field, said: frozenset[str]) -> None:
        if said & _JUDGED or KINDS[field.kind].computed:
            Soundness(self.database, self.catalog, self.tables).field(type_, field, said)

    def _gather(self, field: Field) -> None:
        """The type whose records a roll-up gathers gets the index that answers it."""
        child = (field.source or "").partition(".")[0]
        if field.kind == "rollup" and child:
            self.tables.touch(child)

    def transform(self, place: Place, columns: dict[str, Any]) -> dict[str, Any] | None:
        field = place.definition
        assert isinstance(field, Field)
        _in_capitals(columns)
        ref = f"{place.of_type.key}.{field.key}"
        self._fill(ref, field, columns)
        if "target_id" in columns and "target" in KINDS[columns.get("kind") or field.kind].settings:
            columns["target_id"] = self._pointed_at(place, columns)
        if not converting(field, columns):
            # It points there already; kept is the type's number, which a key cannot replace.
            columns.pop("target_id", None)
            return None
        row = carried(field, columns)
        refuse_foreign(ref, row["kind"], {**columns, "kind": row["kind"]})
        self._complete(ref, row)
        self._check(ref, row, row["kind"], field)
        conversion = Conversion(
            self.database, self.catalog, self.tables, self.journal, self.actor_id
        )
        before = conversion.carry_out(place.of_type, field, row, loss=self.allow_data_loss)
        self.notes += conversion.notes
        type_ = self.catalog.type(place.of_type.key, retired=True)
        converted = next(f for f in type_.all_fields if f.id == before["new_id"])
        # The former field has the values still, and may be restored.
        PermissionNames(self.database, self.catalog).field_copied(
            type_, converted.key, before["old"]
        )
        for each in uniques(type_):
            # What was written in two ways may have become the same.
            if converted in each.fields:
                refuse_alike(self.database, type_, each)
        self._number(type_, converted)
        self._sound(type_, converted, attributes_of(k for k, v in row.items() if v is not None))
        self._gather(converted)
        self._tell_senseless(type_, converted)
        return before

    def _fill(self, ref: str, field: Field, columns: dict[str, Any]) -> None:
        """What is cleared and a kind cannot be without is what it is when nothing is said."""
        kind_key = columns.get("kind", field.kind)
        if not kind_key:
            raise Misused(
                "bad-attribute",
                N_("{value} cannot be the {name} of a {noun}"),
                value="",
                name="kind",
                noun="field",
            )
        cleared = [name for name in ("scale", "currency") if columns.get(name, "") is None]
        if cleared and kind_key in ("decimal", "percent", "money"):
            row = {"kind": kind_key, "scale": field.scale, "currency": field.currency}
            row |= {name: columns[name] for name in row if name in columns}
            self._complete(ref, row)
            columns |= {name: row[name] for name in cleared}

    def _pointed_at(self, place: Place, columns: Mapping[str, Any]) -> str:
        """The key of the type that a link is to point to, as it is kept."""
        if not columns["target_id"]:
            raise _link_without_type(f"{place.of_type.key}.{place.key}", "link")
        return self.catalog.type(str(columns["target_id"])).key

    def before_set(self, place: Place, columns: dict[str, Any]) -> dict[str, Any]:
        field = place.definition
        assert isinstance(field, Field)
        ref = f"{place.of_type.key}.{field.key}"
        kind = KINDS[field.kind]
        refuse_foreign(ref, kind.key, columns)
        now = {
            attribute.column: getattr(field, attribute.attr)
            for attribute in NOUNS["field"].attributes.values()
        }
        _in_capitals(columns)
        self._check(ref, now | columns, field.kind, field)
        return columns

    def after_set(self, place: Place, before: dict[str, Any], after: dict[str, Any]) -> None:
        if after.get("is_title"):
            self._only_title(place.of_type, place.found_id)
        type_ = self.catalog.type(place.of_type.key, retired=True)
        field = next(f for f in type_.all_fields if f.id == place.found_id)
        if "unique_as" in after:
            self._fold(type_, field)
        if field.unique and after.keys() & {"is_unique", "unique_as"}:
            self._refuse_duplicates(type_, Unique((field,)))
        if after.keys() & {"is_unique", "unique_as", "is_indexed", "is_title"}:
            self.tables.touch(type_.key)
        self._sound(type_, field, attributes_of(after))
        self._gather(field)
        if KINDS[field.kind].computed:
            self._tell_senseless(type_, field)

    def _fold(self, type_: Type, field: Field) -> None:
        """Keep what is there already as `unique_as=folded` compares it, or no longer."""
        column = folded_column(field)
        if column is None:
            self.tables.drop_folded(type_.key, field)
            return
        self.tables.add_folded(type_.key, field)
        table = quoted(type_.key)
        rows = self.database.execute(
            f"SELECT id, {quoted(field.key)} FROM {table} WHERE {quoted(field.key)} IS NOT NULL"
        ).fetchall()
        self.database.connection.executemany(
            f"UPDATE {table} SET {quoted(column)} = ? WHERE id = ?",
            ((folded(field, value), record_id) for record_id, value in rows),
        )

    def before_rename(self, place: Place, key: str) -> None:
        References(self.database, self.catalog).field_renamed(
            place.of_type, place.definition.key, key
        )

    def after_rename(self, place: Place, key: str) -> None:
        field = place.definition
        assert isinstance(field, Field)
        if KINDS[field.kind].stored:
            self.tables.rename_column(place.of_type.key, field.key, key)

    def after_visibility(self, place: Place) -> None:
        field = place.definition
        assert isinstance(field, Field)
        if field.retired:
            # Nothing held its values apart while it was retired.
            type_ = self.catalog.type(place.of_type.key, retired=True)
            for unique in uniques(type_):
                if any(each.id == field.id for each in unique.fields):
                    self._refuse_duplicates(type_, unique)
        self.tables.touch(place.of_type.key)
        self._gather(field)
        if field.retired:
            self.tables.need(place.of_type.key)
            self._number(place.of_type, field)
        if not field.retired:
            self._tell_resting(place.of_type, field)

    def _tell_resting(self, type_: Type, field: Field) -> None:
        """Called before a field is retired, with the field as it still is."""
        message = References(self.database, self.catalog).rests(type_, field)
        if message:
            self.notes.append(message)

    def _tell_senseless(self, type_: Type, field: Field) -> None:
        """Called when a field is another one than before, with the field as it is now."""
        naming = References(self.database, self.catalog).naming(type_, field)
        found = Soundness(self.database, self.catalog, self.tables).senseless(naming)
        if found:
            self.notes.append(
                Message(
                    N_("with {ref} as it is now, this makes no sense and rests: {places}"),
                    ref=f"{type_.key}.{field.key}",
                    places=named(found),
                )
            )

    def before_purge(self, place: Place) -> None:
        field = place.definition
        assert isinstance(field, Field)
        references = References(self.database, self.catalog)
        references.refuse_named(place.of_type, field)
        references.field_purged(place.of_type, field.key)
        self.tables.drop_column(place.of_type.key, field)
        if KINDS[field.kind].given:
            from crmtui.store.autonumbers import Autonumbers

            Autonumbers(self.database).forget(field)

    def _number(self, type_: Type, field: Field) -> None:
        """Give the records that were made without it their automatic number."""
        if KINDS[field.kind].given and not self.tables.unmade(type_.key):
            from crmtui.store.autonumbers import Autonumbers

            Autonumbers(self.database).fill(type_, field, self.journal)

    def _only_title(self, type_: Type, field_id: int) -> None:
        """Let no other field name the records; journalled, so that undo brings it back."""
        for other in type_.all_fields:
            if other.title and other.id != field_id:
                self.database.update("crm_field", other.id, {"is_title": 0})
                change = {
                    "verb": "set",
                    "noun": "field",
                    "ref": f"{type_.key}.{other.key}",
                    "values": {"title": False},
                    "before": {"title": 1},
                }
                self.journal.write("configure", type_.id, changes=change)

    def _check(
        self, ref: str, row: Mapping[str, Any], kind_key: str, field: Field | None = None
    ) -> None:
        kind = KINDS[kind_key]
        if row.get("is_title") and not kind.can_be_title:
            raise Refused(
                "bad-title",
                N_("{ref}: a field of kind {kind} cannot name a record"),
                ref=ref,
                kind=kind_key,
            )
        if row.get("is_unique") and not kind.can_be_unique:
            raise Refused(
                "bad-unique",
                N_("{ref}: a field of kind {kind} cannot be unique"),
                ref=ref,
                kind=kind_key,
            )
        said: dict[str, Any] = {
            each.attr: bool(row[each.column]) if each.shape == "flag" else row[each.column]
            for each in NOUNS["field"].attributes.values()
            if row.get(each.column) is not None
        }
        said |= {"id": 0, "key": ref, "kind": kind_key}
        draft = Field(**said, options=field.options if field else ())
        try:
            # Reading a default may need to know who the users are.
            kind.check_settings(draft, Reading(user=Users(self.database, self.actor_id).read))
        except BadValue as problem:
            raise Refused(
                problem.code, N_("{ref}: {problem}"), ref=ref, problem=problem.message
            ) from problem

    def _refuse_duplicates(self, type_: Type, unique: Unique) -> None:
        # Before its indexes are made, which would refuse it without saying what is alike.
        if not self.tables.unmade(type_.key):
            refuse_alike(self.database, type_, unique)


_JUDGED = frozenset(
    "required_when visible_when read_only_when min_field max_field formula result source measure"
    " condition options_of".split()
)
"""What is said of a field in the names of others."""


def attributes_of(columns: Iterable[str]) -> frozenset[str]:
    """The names in the definition's class of some columns of `crm_field`."""
    known = {each.column: each.attr for each in NOUNS["field"].attributes.values()}
    return frozenset(known[column] for column in columns if column in known)


def refuse_foreign(ref: str, kind_key: str, columns: Mapping[str, Any]) -> None:
    """Refuse settings that a kind has not.

    Raises:
        Misused: `bad-attribute`, naming the first of them.
    """
    for name in SETTINGS:
        attribute = NOUNS["field"].attributes[name]
        if columns.get(attribute.column) is None or attribute.attr in KINDS[kind_key].settings:
            continue
        raise _no_setting(ref, kind_key, name)


def carried(field: Field, columns: Mapping[str, Any]) -> dict[str, Any]:
    """The row of a field of another kind: what was said of it, as far as the kind has it."""
    attributes = NOUNS["field"].attributes
    kind_key = columns.get("kind") or field.kind
    row: dict[str, Any] = {}
    for name, attribute in attributes.items():
        value = getattr(field, attribute.attr)
        if name in SETTINGS and attribute.attr not in KINDS[kind_key].settings:
            value = None
        if attribute.shape == "flag":
            value = int(bool(value))
        row[attribute.column] = value
    if kind_key != field.kind:
        # They speak of values as the other kind wrote them.
        row |= dict.fromkeys(("default_text", "minimum", "maximum", "scale", "currency"))
        row |= {name: 0 for name in ("is_title",) if not KINDS[kind_key].can_be_title}
        row |= {name: 0 for name in ("is_unique",) if not KINDS[kind_key].can_be_unique}
        if kind_key in ("decimal", "money", "percent") and field.scale is not None:
            row["scale"] = field.scale
    return row | {name: value for name, value in columns.items() if value is not None}


def _in_capitals(columns: dict[str, Any]) -> None:
    """Codes of countries and currencies are written in capitals."""
    for name in ("region", "currency"):
        if columns.get(name):
            columns[name] = columns[name].strip().upper()


def _link_without_type(ref: str, kind_key: str) -> Misused:
    return Misused(
        "link-without-type",
        N_("{ref}: a link needs the type it points to"),
        f"crmtui field add {ref} --kind {kind_key} --to TYPE",
        ref=ref,
    )


def _no_setting(ref: str, kind_key: str, name: str) -> Misused:
    return Misused(
        "bad-attribute",
        N_("{ref}: a field of kind {kind} has no {name}"),
        ref=ref,
        kind=kind_key,
        name=name,
    )


def currency(code: str | None, ref: str) -> tuple[str, int]:
    """An ISO 4217 code in capitals and the number of decimals of its smallest unit (by CLDR).

    Raises:
        Misused: there is no such currency, or none is given.
    """
    if not code:
        raise Misused(
            "no-currency",
            N_("{ref}: money needs a currency"),
            f"crmtui field add {ref} --kind money --currency USD",
            ref=ref,
        )
    from babel.numbers import get_currency_precision, is_currency

    code = code.strip().upper()
    if not is_currency(code):
        raise Misused(
            "no-such-currency", N_("{ref}: there is no currency {code}"), ref=ref, code=code
        )
    return code, get_currency_precision(code)
