"""What each noun of the configuration does besides its row: tables, columns, records to move."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from crmtui.model.definitions import CLOSED, OPEN, Definition, Field, Stage, Status, Type
from crmtui.model.message import N_
from crmtui.store.catalog import Catalog
from crmtui.store.database import Database, quoted
from crmtui.store.errors import Misused, NotFound, Refused
from crmtui.store.journal import Journal
from crmtui.store.kinds import KINDS, BadValue, Reading
from crmtui.store.process import relocate, settle_into_first_stage, target_status
from crmtui.store.tables import Tables

MOST_FIELDS = 1000
MOST_LINKS = 60
"""SQLite has at most 2,000 columns in a table, and joins at most 64 tables to show link titles."""


class Place(NamedTuple):
    """Where a reference points: its own key, the type, the parent, and what was found there."""

    key: str
    type: Type | None
    parent: Definition | None
    found: Definition | None

    @property
    def definition(self) -> Definition:
        """What was found; only where it must exist."""
        assert self.found is not None
        return self.found

    @property
    def found_id(self) -> int:
        """The id of what was found."""
        return self.definition.id

    @property
    def of_type(self) -> Type:
        """The type it belongs to; only for what hangs on a type."""
        assert self.type is not None
        return self.type


class Behaviour:
    """The common part: a noun that is nothing but its row."""

    names_a_column = False

    def __init__(
        self, database: Database, catalog: Catalog, tables: Tables, journal: Journal, actor_id: int
    ) -> None:
        self.database = database
        self.catalog = catalog
        self.tables = tables
        self.journal = journal
        self.actor_id = actor_id

    def siblings(self, place: Place) -> Sequence[Definition]:
        """Everything of this noun under the same parent, in order, retired ones too."""
        raise NotImplementedError

    def find(self, place: Place) -> Definition | None:
        """The definition with the key of `place`, or None."""
        return next((d for d in self.siblings(place) if d.key == place.key), None)

    def parent_columns(self, place: Place) -> dict[str, Any]:
        """The columns that say what it hangs on."""
        return {}

    def before_add(
        self, place: Place, row: dict[str, Any], values: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Check a new row and complete it."""
        return row

    def after_add(self, place: Place, row: dict[str, Any], values: Mapping[str, Any]) -> None:
        """What a new definition brings with it."""

    def before_set(self, place: Place, columns: dict[str, Any]) -> dict[str, Any]:
        """Check new attributes and complete them."""
        return columns

    def after_set(self, place: Place, before: dict[str, Any], after: dict[str, Any]) -> None:
        """What follows from new attributes."""

    def after_rename(self, place: Place, key: str) -> None:
        """What follows from a new key."""

    def before_remove(self, place: Place, move_to: str | None) -> None:
        """Refuse a retirement that data stands against, or move the data."""

    def after_visibility(self, place: Place) -> None:
        """What follows from a retirement or a restoration."""

    def before_purge(self, place: Place) -> None:
        """Refuse a purge that data stands against, or drop the data."""

    def settle(self, place: Place) -> None:
        """Let the records of a type that has got its first status stand there."""
        self.catalog.forget(place.of_type.key)
        type_ = self.catalog.type(place.of_type.key, retired=True)
        settle_into_first_stage(self.database, self.tables, self.journal, type_)


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
        for name in ("min", "max", "max_length", "pattern", "scale", "currency", "to"):
            setting = {"min": "minimum", "max": "maximum"}.get(name, name)
            if values.get(name) not in (None, "") and setting not in kind.settings:
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
        for column in ("minimum", "maximum", "max_length", "pattern"):
            if columns.get(column) is not None and column not in kind.settings:
                raise Misused(
                    "bad-attribute",
                    N_("{ref}: a field of kind {kind} has no {name}"),
                    ref=ref,
                    kind=kind.key,
                    name=column,
                )
        now = {
            "kind": field.kind,
            "minimum": field.minimum,
            "maximum": field.maximum,
            "max_length": field.max_length,
            "pattern": field.pattern,
            "scale": field.scale,
            "currency": field.currency,
            "default_text": field.default,
            "is_unique": field.unique,
            "is_title": field.title,
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
        draft = Field(
            id=0,
            key=ref,
            kind=kind_key,
            default=row.get("default_text"),
            minimum=row.get("minimum"),
            maximum=row.get("maximum"),
            max_length=row.get("max_length"),
            pattern=row.get("pattern"),
            scale=row.get("scale"),
            currency=row.get("currency"),
            options=field.options if field else (),
        )
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


class StageBehaviour(Behaviour):
    def siblings(self, place: Place) -> Sequence[Definition]:
        return place.of_type.all_stages

    def parent_columns(self, place: Place) -> dict[str, Any]:
        return {"type_id": place.of_type.id}

    def before_add(
        self, place: Place, row: dict[str, Any], values: Mapping[str, Any]
    ) -> dict[str, Any]:
        return _categorised(row, OPEN, f"{place.of_type.key}.{place.key}")

    def after_add(self, place: Place, row: dict[str, Any], values: Mapping[str, Any]) -> None:
        if not values.get("bare"):
            closing = row["category"] == CLOSED
            self.database.insert(
                "crm_status",
                {
                    "key": "closed" if closing else "open",
                    "skeleton": "closed" if closing else "open",
                    "label": "Closed" if closing else "Open",
                    "label_zh": "已关闭" if closing else "进行中",
                    "position": 1,
                    "type_id": row["type_id"],
                    "stage_id": row["id"],
                    "stage": place.key,
                    "category": row["category"],
                    "outcome": row.get("outcome"),
                },
            )
            self.settle(place)
        self.tables.touch(place.of_type.key)

    def before_set(self, place: Place, columns: dict[str, Any]) -> dict[str, Any]:
        stage = place.definition
        assert isinstance(stage, Stage)
        return _recategorised(
            columns, stage.category, stage.outcome, f"{place.of_type.key}.{stage.key}"
        )

    def after_set(self, place: Place, before: dict[str, Any], after: dict[str, Any]) -> None:
        stage = place.definition
        assert isinstance(stage, Stage)
        names = ("category", "outcome")
        changed: dict[str, Any] = {name: after[name] for name in names if name in after}
        for status in stage.statuses:
            # A status that said nothing else than its stage goes with it.
            if changed and (status.category, status.outcome) == (stage.category, stage.outcome):
                self.database.update("crm_status", status.id, changed)

    def after_rename(self, place: Place, key: str) -> None:
        stage = place.definition
        assert isinstance(stage, Stage)
        _rename_in_records(self, place.of_type, stage.statuses, "stage", key)

    def before_remove(self, place: Place, move_to: str | None) -> None:
        stage = place.definition
        assert isinstance(stage, Stage)
        _empty(
            self,
            place.of_type,
            stage.statuses,
            f"{place.of_type.key}.{stage.key}",
            "stage",
            move_to,
        )

    def after_visibility(self, place: Place) -> None:
        self.settle(place)

    def before_purge(self, place: Place) -> None:
        stage = place.definition
        assert isinstance(stage, Stage)
        for status in stage.statuses:
            _bury(self, place.of_type, status)
        self.tables.touch(place.of_type.key)


class StatusBehaviour(Behaviour):
    def siblings(self, place: Place) -> Sequence[Definition]:
        assert isinstance(place.parent, Stage)
        return place.parent.statuses

    def parent_columns(self, place: Place) -> dict[str, Any]:
        assert place.parent is not None
        return {"type_id": place.of_type.id, "stage_id": place.parent.id, "stage": place.parent.key}

    def before_add(
        self, place: Place, row: dict[str, Any], values: Mapping[str, Any]
    ) -> dict[str, Any]:
        stage = place.parent
        assert isinstance(stage, Stage)
        if not row.get("category") and not row.get("outcome"):
            row["outcome"] = stage.outcome
        return _categorised(row, stage.category, f"{place.of_type.key}.{stage.key}.{place.key}")

    def after_add(self, place: Place, row: dict[str, Any], values: Mapping[str, Any]) -> None:
        self.settle(place)

    def before_set(self, place: Place, columns: dict[str, Any]) -> dict[str, Any]:
        status = place.definition
        assert isinstance(status, Status)
        ref = f"{place.of_type.key}.{status.ref}"
        return _recategorised(columns, status.category, status.outcome, ref)

    def after_rename(self, place: Place, key: str) -> None:
        status = place.definition
        assert isinstance(status, Status)
        # The engine has renamed the row already; records are held to it by a foreign key.
        _rename_in_records(self, place.of_type, (status,), "status", key)

    def before_remove(self, place: Place, move_to: str | None) -> None:
        status = place.definition
        assert isinstance(status, Status) and isinstance(place.parent, Stage)
        ref = f"{place.of_type.key}.{status.ref}"
        if len(place.parent.live_statuses) == 1 and not place.parent.retired:
            raise Refused(
                "last-status",
                N_("{ref} is the last status of its stage"),
                f"crmtui stage remove {place.of_type.key}.{place.parent.key}",
                ref=ref,
            )
        _empty(self, place.of_type, (status,), ref, "status", move_to)

    def after_visibility(self, place: Place) -> None:
        self.settle(place)

    def before_purge(self, place: Place) -> None:
        status = place.definition
        assert isinstance(status, Status)
        _bury(self, place.of_type, status)


BEHAVIOURS: dict[str, type[Behaviour]] = {
    "type": TypeBehaviour,
    "field": FieldBehaviour,
    "option": OptionBehaviour,
    "stage": StageBehaviour,
    "status": StatusBehaviour,
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


def _categorised(row: dict[str, Any], inherited: str, ref: str) -> dict[str, Any]:
    if not row.get("category"):
        row["category"] = CLOSED if row.get("outcome") else inherited
    _check_outcome(row["category"], row.get("outcome"), ref)
    return row


def _recategorised(
    columns: dict[str, Any], category: str, outcome: str | None, ref: str
) -> dict[str, Any]:
    if columns.get("outcome") and "category" not in columns:
        columns["category"] = CLOSED
    if columns.get("category") not in (None, CLOSED) and "outcome" not in columns:
        columns["outcome"] = None
    if "category" in columns and columns["category"] is None:
        columns["category"] = category
    _check_outcome(columns.get("category", category), columns.get("outcome", outcome), ref)
    return columns


def _check_outcome(category: str, outcome: str | None, ref: str) -> None:
    if outcome and category != CLOSED:
        raise Misused("open-outcome", N_("{ref}: only what is closed has an outcome"), ref=ref)


def _rename_in_records(
    behaviour: Behaviour, type_: Type, statuses: Sequence[Status], column: str, key: str
) -> None:
    """Carry a new stage or status key into the records and the status rows they are held to."""
    behaviour.tables.need(type_.key)
    database = behaviour.database
    if column == "stage" and statuses:
        # Purged statuses too: the journal still names them.
        database.execute(
            "UPDATE crm_status SET stage = ? WHERE stage_id ="
            " (SELECT stage_id FROM crm_status WHERE id = ?)",
            (key, statuses[0].id),
        )
    for status in statuses:
        database.execute(
            f"UPDATE {quoted(type_.key)} SET {column} = ? WHERE stage = ? AND status = ?",
            (key, status.stage, status.key),
        )


def _empty(
    behaviour: Behaviour,
    type_: Type,
    statuses: Sequence[Status],
    ref: str,
    noun: str,
    move_to: str | None,
) -> None:
    """Move the records of some statuses elsewhere, or refuse when there are any and no place."""
    behaviour.tables.need(type_.key)
    wheres = " OR ".join("(stage = ? AND status = ?)" for _ in statuses) or "0"
    pairs = [part for status in statuses for part in (status.stage, status.key)]
    count = behaviour.database.scalar(
        f"SELECT count(*) FROM {quoted(type_.key)} WHERE {wheres}", pairs
    )
    if not count:
        return
    if not move_to:
        raise Refused(
            "holds-records",
            N_("{ref} holds {count} records; say where they go"),
            f"crmtui {noun} remove {ref} --move-to STAGE",
            ref=ref,
            count=count,
        )
    target = target_status(type_, move_to)
    if any(target.id == status.id for status in statuses):
        raise Refused("same-place", N_("the records of {ref} cannot stay where they are"), ref=ref)
    for status in statuses:
        relocate(behaviour.database, behaviour.journal, behaviour.actor_id, type_, status, target)


def _bury(behaviour: Behaviour, type_: Type, status: Status) -> None:
    """Make the row of a purged status a tombstone; its records were moved when it was retired."""
    behaviour.tables.need(type_.key)
    if behaviour.database.scalar(
        f"SELECT count(*) FROM {quoted(type_.key)} WHERE stage = ? AND status = ?",
        (status.stage, status.key),
    ):
        raise Refused(
            "holds-records", N_("{ref} still holds records"), ref=f"{type_.key}.{status.ref}"
        )
    behaviour.database.update(
        "crm_status",
        status.id,
        {"key": f"{status.key}#{status.id}", "skeleton": None, "purged_at": behaviour.journal.at},
    )
