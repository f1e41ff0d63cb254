"""What options do besides their rows: the values of records that hold them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crmtui.model.definitions import Definition, Field, Option, Type
from crmtui.model.message import N_, Message
from crmtui.store.behaviour import Behaviour, Place
from crmtui.store.database import Database, literal, quoted
from crmtui.store.errors import NotFound, Refused
from crmtui.store.kinds import KINDS
from crmtui.store.references import References
from crmtui.store.soundness import Soundness


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
        field = place.parent
        assert isinstance(field, Field)
        ref = f"{place.of_type.key}.{field.key}"
        if "options" not in KINDS[field.kind].settings:
            raise Refused(
                "not-a-choice",
                N_("{ref} is of kind {kind}; only choice and multichoice have options"),
                ref=ref,
                kind=field.kind,
            )
        if field.options_of:
            raise _borrowed(ref, field.options_of)
        return row

    def after_add(self, place: Place, row: dict[str, Any], values: Mapping[str, Any]) -> None:
        self._changed(place, row["id"])

    def before_set(self, place: Place, columns: dict[str, Any]) -> dict[str, Any]:
        self._own(place)
        return columns

    def after_set(self, place: Place, before: dict[str, Any], after: dict[str, Any]) -> None:
        self._changed(place, place.found_id)

    def _changed(self, place: Place, option_id: int) -> None:
        """Check the option as it is now; fields that share it learn of it when next asked for."""
        assert place.parent is not None
        self.catalog.forget_sharing(f"{place.of_type.key}.{place.parent.key}")
        type_ = self.catalog.type(place.of_type.key, retired=True)
        field = next(f for f in type_.all_fields if f.id == place.parent.id)
        option = next(o for o in field.options if o.id == option_id)
        if option.condition:
            Soundness(self.database, self.catalog, self.tables).option(type_, field, option)

    def before_rename(self, place: Place, key: str) -> None:
        field = self._own(place)
        references = References(self.database, self.catalog)
        for type_, holder in self._holders(place.of_type, field):
            references.value_renamed(
                type_,
                frozenset({holder.key.casefold()}),
                place.definition.key,
                key,
                f"{place.of_type.key}.{field.key}.{place.definition.key}",
            )

    def after_rename(self, place: Place, key: str) -> None:
        assert isinstance(place.parent, Field)
        for type_, holder in self._holders(place.of_type, place.parent):
            rename_values(self.database, type_, holder, place.definition.key, key)

    def before_remove(self, place: Place, move_to: str | None) -> None:
        self._own(place)

    def before_purge(self, place: Place) -> None:
        field = self._own(place)
        for type_, holder in self._holders(place.of_type, field):
            count = count_holding(self.database, type_, holder, place.definition.key)
            if count:
                ref = f"{place.of_type.key}.{field.key}.{place.definition.key}"
                raise Refused(
                    "in-use",
                    N_("{count} records have the option {ref}"),
                    f"crmtui option merge {ref} --into OPTION",
                    count=count,
                    ref=ref,
                )

    def merge(self, place: Place, into: str) -> dict[str, Any]:
        """Give every record that has an option another one instead; each change is journalled.

        Returns:
            What the journal keeps of it.
        """
        field = self._own(place)
        option = place.definition
        target = next((o for o in field.options if o.key == into and not o.retired), None)
        ref = f"{place.of_type.key}.{field.key}"
        if target is None:
            raise NotFound(
                "no-such-option",
                N_("{ref} has no option {option} to merge into"),
                f"crmtui option list {ref}",
                ref=ref,
                option=into,
            )
        if target.id == option.id:
            raise Refused(
                "same-place",
                N_("the option {ref} cannot be merged into itself"),
                ref=f"{ref}.{into}",
            )
        moved = 0
        for type_, holder in self._holders(place.of_type, field):
            moved += self._merge_in(type_, holder, option, target)
            self.database.execute(
                "UPDATE crm_field SET default_text = ? WHERE id = ? AND default_text = ?",
                (target.key, holder.id, option.key),
            )
        self.notes.append(
            Message(
                N_("{count} records moved from {option} to {into}"),
                count=moved,
                option=f"{ref}.{option.key}",
                into=target.key,
            )
        )
        return {"moved": moved}

    def _merge_in(self, type_: Type, field: Field, option: Definition, target: Option) -> int:
        table, column = quoted(type_.key), quoted(field.key)
        rows = self.database.execute(
            f"SELECT id, {column} FROM {table} WHERE {held(field, option.key)} ORDER BY id"
        ).fetchall()
        journal, at = self.journal, self.journal.at
        changes = [
            (record_id, before, _merged(field, before, option.key, target.key))
            for record_id, before in rows
        ]
        self.database.connection.executemany(
            f"UPDATE {table} SET {column} = ?, updated_at = ?, updated_by = ?,"
            " revision = revision + 1 WHERE id = ?",
            ((after, at, self.actor_id, record_id) for record_id, _, after in changes),
        )
        for record_id, before, after in changes:
            journal.write("set", type_.id, record_id, {str(field.id): [before, after]})
        return len(changes)

    def _own(self, place: Place) -> Field:
        """The field of an option; refuses to change one that belongs to another field."""
        field = place.parent
        assert isinstance(field, Field)
        if field.options_of:
            raise _borrowed(f"{place.of_type.key}.{field.key}", field.options_of)
        return field

    def _holders(self, type_: Type, field: Field) -> Iterator[tuple[Type, Field]]:
        """The fields whose values are options of a field: itself, and those that share them."""
        for holder, held in [(type_, field), *self.catalog.sharing(f"{type_.key}.{field.key}")]:
            self.tables.need(holder.key)
            yield holder, held


def count_holding(database: Database, type_: Type, field: Field, key: str) -> int:
    """How many records, removed ones too, hold an option."""
    return database.scalar(f"SELECT count(*) FROM {quoted(type_.key)} WHERE {held(field, key)}")


def rename_values(database: Database, type_: Type, field: Field, old: str, new: str) -> None:
    """Write another key where records hold an option, and where new ones have it by default."""
    kind, column = _kind(field), quoted(field.key)
    database.execute(
        f"UPDATE {quoted(type_.key)} SET {column} ="
        f" {kind.renamed(column, literal(old), literal(new))} WHERE {held(field, old)}"
    )
    words = [word.strip() for word in (field.default or "").split(",")]
    if old in words:
        renamed = ",".join(new if word == old else word for word in words)
        database.update("crm_field", field.id, {"default_text": renamed})


def _kind(field: Field) -> Any:
    """The kind of a field that has options; it knows how they are kept."""
    return KINDS[field.kind]


def held(field: Field, key: str) -> str:
    """The SQL that is true of records that hold an option."""
    return _kind(field).holding(quoted(field.key), literal(key))


def _merged(field: Field, before: str, old: str, new: str) -> str:
    if field.kind != "multichoice":
        return new
    import json

    order = [option.key for option in field.options]
    keys = {new if key == old else key for key in json.loads(before)}
    kept = sorted(keys, key=lambda key: order.index(key) if key in order else len(order))
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))


def _borrowed(ref: str, source: str) -> Refused:
    return Refused(
        "shared-options",
        N_("the options of {ref} are those of {source}"),
        f"crmtui option list {source}" if "." in source else None,
        ref=ref,
        source=source,
    )
