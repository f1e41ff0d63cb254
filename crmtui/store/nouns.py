"""What types, fields and options do besides their rows: tables, columns, values."""

from collections.abc import Mapping, Sequence
from typing import Any

from crmtui.model.definitions import Definition, Field, Type
from crmtui.model.message import N_
from crmtui.model.nouns import NOUNS
from crmtui.store.behaviour import Behaviour, Place
from crmtui.store.database import quoted
from crmtui.store.errors import Misused, NotFound, Refused
from crmtui.store.kinds import KINDS, BadValue, Reading
from crmtui.store.stage_nouns import StageBehaviour, StatusBehaviour

MOST_FIELDS = 1000
MOST_LINKS = 60
"""SQLite has at most 2,000 columns in a table, and joins at most 64 tables to show link titles."""


SETTINGS = (
    "to min max min_field max_field max_length pattern pattern_message pattern_message_zh scale"
    " currency options_of region style unit prefix padding reset max_size formula result from"
    " measure where unique_as"
).split()
"""Attributes of a field that only some kinds have; each kind names its own in `Kind.settings`."""


class TypeBehaviour(Behaviour):
    names_a_column = True

    def siblings(self, place: Place) -> Sequence[Definition]:
        return self.catalog.types(retired=True)

    def find(self, place: Place) -> Definition | None:
        try:
            return self.catalog.type(place.key, retired=True)
        except NotFound:
            return None

    def after_add(self, place: Place, row: dict[str, Any], values: Mapping[str, Any]) -> None:
        self.tables.add(place.key)

    def after_rename(self, place: Place, key: str) -> None:
        self.catalog.forget()
        self.tables.rename(place.definition.key, key)

    def before_purge(self, place: Place) -> None:
        type_ = place.definition
        assert isinstance(type_, Type)
        pointing = [
            ref for ref in self.catalog.pointing_at(type_) if ref.partition(".")[0] != type_.key
        ]
        if pointing:
            raise Refused(
                "linked",
                N_("{ref} is pointed at by {fields}"),
                f"crmtui field remove {pointing[0]}",
                ref=type_.key,
                fields=pointing,
            )
        self.tables.drop(type_.key)


class CategoryBehaviour(Behaviour):
    def siblings(self, place: Place) -> Sequence[Definition]:
        return self.catalog.categories(retired=True)


class PackBehaviour(Behaviour):
    def siblings(self, place: Place) -> Sequence[Definition]:
        return self.catalog.packs()


class ValidationBehaviour(Behaviour):
    def siblings(self, place: Place) -> Sequence[Definition]:
        return place.of_type.all_validations

    def parent_columns(self, place: Place) -> dict[str, Any]:
        return {"type_id": place.of_type.id}


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
        links = [field for field in place.of_type.all_fields if field.target]
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
        attributes = NOUNS["field"].attributes
        for name in SETTINGS:
            if values.get(name) in (None, "") or attributes[name].attr in kind.settings:
                continue
            raise Misused(
                "bad-attribute",
                N_("{ref}: a field of kind {kind} has no {name}"),
                ref=ref,
                kind=kind.key,
                name=name,
            )
        if values.get("options") and kind.key != "choice":
            raise Misused(
                "bad-attribute",
                N_("{ref}: a field of kind {kind} has no {name}"),
                ref=ref,
                kind=kind.key,
                name="option",
            )
        if kind.key == "link":
            if not row.get("target_id"):
                raise Misused(
                    "link-without-type",
                    N_("{ref}: a link needs the type it points to"),
                    f"crmtui field add {ref} --kind link --to TYPE",
                    ref=ref,
                )
            row["target_id"] = self.catalog.type(str(row["target_id"])).id
        if kind.key == "money":
            row["currency"], digits = currency(row.get("currency"), ref)
            if row.get("scale") is None:
                row["scale"] = digits
        if kind.key == "decimal" and row.get("scale") is None:
            row["scale"] = 2
        self._check(ref, row, kind.key)
        return row

    def after_add(self, place: Place, row: dict[str, Any], values: Mapping[str, Any]) -> None:
        if row.get("is_title"):
            self._only_title(place.of_type.id, row["id"])
        self.catalog.forget(place.of_type.key)
        field = next(
            f
            for f in self.catalog.type(place.of_type.key, retired=True).all_fields
            if f.id == row["id"]
        )
        self.tables.add_column(place.of_type.key, field)

    def before_set(self, place: Place, columns: dict[str, Any]) -> dict[str, Any]:
        field = place.definition
        assert isinstance(field, Field)
        ref = f"{place.of_type.key}.{field.key}"
        kind = KINDS[field.kind]
        for name in SETTINGS:
            attribute = NOUNS["field"].attributes[name]
            if columns.get(attribute.column) is None or attribute.attr in kind.settings:
                continue
            raise Misused(
                "bad-attribute",
                N_("{ref}: a field of kind {kind} has no {name}"),
                ref=ref,
                kind=kind.key,
                name=name,
            )
        now = {
            attribute.column: getattr(field, attribute.attr)
            for attribute in NOUNS["field"].attributes.values()
        }
        self._check(ref, now | columns, field.kind, field)
        if columns.get("is_unique") and not field.unique:
            self._refuse_duplicates(place.of_type, field)
        return columns

    def after_set(self, place: Place, before: dict[str, Any], after: dict[str, Any]) -> None:
        if after.get("is_title"):
            self._only_title(place.of_type.id, place.found_id)
        if after.keys() & {"is_unique", "is_indexed", "is_title"}:
            self.tables.touch(place.of_type.key)

    def after_rename(self, place: Place, key: str) -> None:
        self.tables.rename_column(place.of_type.key, place.definition.key, key)

    def after_visibility(self, place: Place) -> None:
        field = place.definition
        assert isinstance(field, Field)
        if field.retired and field.unique:
            # Nothing held its values apart while it was retired.
            self._refuse_duplicates(place.of_type, field)
        self.tables.touch(place.of_type.key)

    def before_purge(self, place: Place) -> None:
        field = place.definition
        assert isinstance(field, Field)
        self.tables.drop_column(place.of_type.key, field)

    def _only_title(self, type_id: int, field_id: int) -> None:
        self.database.execute(
            "UPDATE crm_field SET is_title = 0 WHERE type_id = ? AND id <> ? AND is_title",
            (type_id, field_id),
        )

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
            if kind_key == "link":
                kind.check_settings(draft, Reading())
                return
            for name in ("minimum", "maximum"):
                bound = getattr(draft, name)
                if bound is not None:
                    kind.reader(draft.but(minimum=None, maximum=None), Reading())(bound)
            kind.check_settings(draft, Reading())
        except BadValue as problem:
            raise Refused(
                problem.code, N_("{ref}: {problem}"), ref=ref, problem=problem.message
            ) from problem

    def _refuse_duplicates(self, type_: Type, field: Field) -> None:
        self.tables.need(type_.key)
        column = quoted(field.key)
        row = self.database.execute(
            f"SELECT {column}, count(*) FROM {quoted(type_.key)} WHERE removed_at IS NULL"
            f" AND {column} IS NOT NULL GROUP BY {column} HAVING count(*) > 1 LIMIT 1"
        ).fetchone()
        if row:
            raise Refused(
                "duplicate",
                N_("{type}.{field} cannot be unique: {count} records have {value}"),
                type=type_.key,
                field=field.key,
                count=row[1],
                value=KINDS[field.kind].plain(row[0], field),
            )


class OptionBehaviour(Behaviour):
    def siblings(self, place: Place) -> Sequence[Definition]:
        assert isinstance(place.parent, Field)
        return place.parent.options

    def parent_columns(self, place: Place) -> dict[str, Any]:
        assert place.parent is not None
        return {"field_id": place.parent.id}

    def before_add(
        self, place: Place, row: dict[str, Any], values: Mapping[str, Any]
    ) -> dict[str, Any]:
        assert isinstance(place.parent, Field)
        if place.parent.kind != "choice":
            raise Refused(
                "not-a-choice",
                N_("{ref} is of kind {kind}; only a choice has options"),
                ref=f"{place.of_type.key}.{place.parent.key}",
                kind=place.parent.kind,
            )
        return row

    def after_rename(self, place: Place, key: str) -> None:
        self._values(place, key)

    def before_purge(self, place: Place) -> None:
        assert place.parent is not None
        self.tables.need(place.of_type.key)
        count = self.database.scalar(
            f"SELECT count(*) FROM {quoted(place.of_type.key)}"
            f" WHERE {quoted(place.parent.key)} = ?",
            (place.definition.key,),
        )
        if count:
            raise Refused(
                "in-use",
                N_("{count} records have the option {ref}"),
                count=count,
                ref=f"{place.of_type.key}.{place.parent.key}.{place.definition.key}",
            )

    def _values(self, place: Place, key: str) -> None:
        assert place.parent is not None
        self.tables.need(place.of_type.key)
        column = quoted(place.parent.key)
        self.database.execute(
            f"UPDATE {quoted(place.of_type.key)} SET {column} = ? WHERE {column} = ?",
            (key, place.definition.key),
        )
        self.database.execute(
            "UPDATE crm_field SET default_text = ? WHERE id = ? AND default_text = ?",
            (key, place.parent.id, place.definition.key),
        )


BEHAVIOURS: dict[str, type[Behaviour]] = {
    "category": CategoryBehaviour,
    "pack": PackBehaviour,
    "type": TypeBehaviour,
    "field": FieldBehaviour,
    "option": OptionBehaviour,
    "stage": StageBehaviour,
    "status": StatusBehaviour,
    "validation": ValidationBehaviour,
}


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
