"""Changing the kind of a field: every value read anew, with a report of what can be and what not.

The field of the new kind takes the key; the old one stays as a retired field of a key of its own
(`source_old`), its values untouched. So no change of kind loses anything for good, and it can be
undone. Values that the new kind cannot take are refused unless losing sight of them is allowed.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from crmtui.model.definitions import Field, Option, Type
from crmtui.model.keys import key_problem, normal_key, skeleton
from crmtui.model.message import N_, Message
from crmtui.store import link_tables
from crmtui.store.attachments import Attachments
from crmtui.store.catalog import Catalog
from crmtui.store.computed import refuse_circle
from crmtui.store.database import Database, quoted
from crmtui.store.errors import Conflict, Refused
from crmtui.store.journal import Journal, encoded, now_text
from crmtui.store.kinds import KINDS, BadValue, Reading
from crmtui.store.links import Links
from crmtui.store.permission_names import PermissionNames
from crmtui.store.query import Column, Plan
from crmtui.store.tables import Tables, folded_column
from crmtui.store.uniqueness import folded, refuse_alike, uniques
from crmtui.store.users import Users

EXAMPLES = 5
MOST_OPTIONS = 200
"""Distinct values that become the options of a choice that has none."""

CONVERTING = ("kind", "scale", "currency", "target_id")
"""The columns of `crm_field` that say how values are stored."""


class Failure(NamedTuple):
    """A value that the new kind cannot take, and why."""

    ref: str
    value: str
    reason: Message


def converting(field: Field, columns: Mapping[str, Any]) -> bool:
    """Whether new attributes of a field make it store its values in another way."""
    return any(
        columns.get(column) not in (None, "") and columns[column] != now
        for column, now in zip(
            CONVERTING, (field.kind, field.scale, field.currency, field.target), strict=True
        )
    )


class Conversion:
    """Converts one field, inside the transaction that is open."""

    def __init__(
        self,
        database: Database,
        catalog: Catalog,
        tables: Tables,
        journal: Journal,
        actor_id: int,
    ) -> None:
        self._database = database
        self._catalog = catalog
        self._tables = tables
        self._journal = journal
        self._actor_id = actor_id
        self._reading = Reading()
        self._reading.link = Links(database, catalog, tables, self._reading).reader
        self._reading.file = Attachments(database).reader
        self._reading.user = Users(database, actor_id).read
        self.notes: list[Message] = []
        """What is worth telling of it."""

    def carry_out(
        self, type_: Type, field: Field, row: Mapping[str, Any], *, loss: bool = False
    ) -> dict[str, Any]:
        """Convert a field.

        Args:
            row: the row of the field of the new kind, by the columns of `crm_field`.
            loss: whether values that cannot be converted may be lost sight of.

        Returns:
            What the journal keeps of it: the former kind, and where the former field is now.

        Raises:
            Refused: `unconvertible`: values cannot be converted and `loss` is false.
        """
        self._tables.need(type_.key)
        self._refuse_needed(type_, field, str(row["kind"]))
        written = self._written(type_, field, row)
        old_key = self._retire(type_, field)
        new = self._made(type_, field, row, [text for _, text in written])
        read, failures = self._read(type_, new, written)
        self._report(type_, field, new, read, failures, loss)
        self._write(type_, new, read)
        self._catalog.forget()
        self._tables.touch(type_.key)
        return {
            "kind": field.kind,
            "scale": field.scale,
            "currency": field.currency,
            "to": field.target,
            "titled": field.title,
            "old": old_key,
            "old_id": field.id,
            "new_id": new.id,
        }

    def _refuse_needed(self, type_: Type, field: Field, kind: str) -> None:
        shared = self._catalog.sharing(f"{type_.key}.{field.key}")
        if shared and kind not in ("choice", "multichoice"):
            raise Refused(
                "shared-options",
                N_("the options of {ref} are shared by {fields}"),
                ref=f"{type_.key}.{field.key}",
                fields=[f"{t.key}.{f.key}" for t, f in shared],
            )

    def _written(self, type_: Type, field: Field, row: Mapping[str, Any]) -> list[tuple[int, str]]:
        """What the records hold, as a file would: the id of each that holds something, and what."""
        live = field.but(retired_at=None)
        fields = tuple(live if f.id == field.id else f for f in type_.all_fields)
        plan = Plan(
            self._database,
            self._catalog,
            type_.but(all_fields=fields),
            self._reading,
            "",
            [field.key],
        )
        plan.unmistakable_links()
        column = plan.shown[0]
        rows = plan.rows([("r.id", False)])
        told = self._teller(column, field, row)
        return [(each[0], text) for each in rows if (text := told(each))]

    def _teller(
        self, column: Column, field: Field, row: Mapping[str, Any]
    ) -> Callable[[Sequence[Any]], str]:
        """How a value is written for the new kind to read."""
        if field.target and self._catalog.type(field.target, retired=True).id == row["target_id"]:
            # To one record or to many, it is the same records that are linked.
            return lambda each: ",".join(column.refs(each))
        if field.kind == "link" and KINDS[row["kind"]].many:
            from crmtui.store.kinds.lists import joined_list

            # One title, whatever is in it.
            return lambda each: joined_list(filter(None, [column.plain(each)]))
        return column.plain

    def _retire(self, type_: Type, field: Field) -> str:
        """Give the old field another key and hide it; returns that key."""
        taken = {skeleton(f.key) for f in type_.all_fields}
        base = field.key[:50]
        number, key = 1, f"{base}_old"
        while skeleton(key) in taken:
            number += 1
            key = f"{base}_old{number}"
        if KINDS[field.kind].stored:
            self._tables.rename_column(type_.key, field.key, key)
        self._database.update(
            "crm_field",
            field.id,
            {
                "key": key,
                "skeleton": skeleton(key),
                "is_title": 0,
                "retired_at": self._journal.at,
                "options_of": None,
            },
        )
        self._catalog.forget()
        return key

    def _made(self, type_: Type, field: Field, row: Mapping[str, Any], texts: list[str]) -> Field:
        """The field of the new kind, in the place of the old one."""
        columns = dict(row) | {
            "key": field.key,
            "skeleton": skeleton(field.key),
            "type_id": type_.id,
            "position": field.position,
        }
        new_id = self._database.insert("crm_field", columns)
        if "options" in KINDS[row["kind"]].settings and not row.get("options_of"):
            if field.options and not field.options_of:
                self._copy_options(field.id, new_id)
            else:
                self._make_options(new_id, texts, field.options)
        self._catalog.forget()
        found = self._catalog.type(type_.key, retired=True)
        new = next(f for f in found.all_fields if f.id == new_id)
        self._tables.add_column(type_.key, new)
        return new

    def _copy_options(self, old_id: int, new_id: int) -> None:
        columns = "key, skeleton, label, label_zh, position, retired_at, color, condition"
        self._database.execute(
            f"INSERT INTO crm_option (field_id, {columns}) SELECT ?, {columns}"
            " FROM crm_option WHERE field_id = ? AND purged_at IS NULL",
            (new_id, old_id),
        )

    def _make_options(self, new_id: int, texts: list[str], known: tuple[Option, ...]) -> None:
        """Options of the distinct values of a text, so that it can become a choice."""
        labels = {option.key: option for option in known}
        distinct = list(dict.fromkeys(text.strip() for text in texts if text.strip()))
        if len(distinct) > MOST_OPTIONS:
            return
        taken: set[str] = set()
        for position, text in enumerate(distinct, 1):
            key = normal_key(text).casefold().replace(" ", "_").replace("-", "_")
            if key_problem(key, column=False) or skeleton(key) in taken:
                key = f"option_{position}"
            taken.add(skeleton(key))
            option = labels.get(text)
            self._database.insert(
                "crm_option",
                {
                    "field_id": new_id,
                    "key": key,
                    "skeleton": skeleton(key),
                    "label": option.label if option else (text if text != key else None),
                    "label_zh": option.label_zh if option else None,
                    "position": position,
                },
            )

    def _read(
        self, type_: Type, field: Field, written: list[tuple[int, str]]
    ) -> tuple[list[tuple[int, Any]], list[Failure]]:
        """What the new kind makes of the values, each distinct one read once."""
        read = KINDS[field.kind].reader(field, self._reading)
        known: dict[str, Any] = {}
        values: list[tuple[int, Any]] = []
        failures: list[Failure] = []
        for record_id, text in written:
            if text not in known:
                try:
                    known[text] = read(text)
                except BadValue as problem:
                    known[text] = problem
            value = known[text]
            if isinstance(value, BadValue):
                failures.append(Failure(f"{type_.key}/{record_id}", text, value.message))
            else:
                values.append((record_id, value))
        return values, failures

    def _report(
        self,
        type_: Type,
        field: Field,
        new: Field,
        read: list[tuple[int, Any]],
        failures: list[Failure],
        loss: bool,
    ) -> None:
        ref = f"{type_.key}.{new.key}"
        told = [
            Message("{ref} ({reason})", ref=failure.ref, reason=failure.reason)
            for failure in failures[:EXAMPLES]
        ]
        facts = {
            "ref": ref,
            "old": field.kind,
            "new": new.kind,
            "converted": len(read),
            "failed": len(failures),
        }
        if failures and not loss:
            raise Refused(
                "unconvertible",
                N_(
                    "{ref} from {old} to {new}: {converted} values convert, {failed} do not:"
                    " {failures}"
                ),
                f"crmtui field set {ref} --kind {new.kind} --allow-data-loss",
                **facts,
                failures=told,
            )
        template = (
            N_("{ref} from {old} to {new}: {converted} values convert, {failed} do not: {failures}")
            if failures
            else N_("{ref} from {old} to {new}: {converted} values convert, {failed} do not")
        )
        self.notes.append(Message(template, **facts, failures=told))

    def _write(self, type_: Type, field: Field, read: list[tuple[int, Any]]) -> None:
        """Write what was read, and journal each record."""
        at, actor, table = self._journal.at, self._actor_id, quoted(type_.key)
        own, fold = KINDS[field.kind].stored, folded_column(field)
        if field.kind == "multilink":
            link_tables.link(self._database, field, read)
        columns = [*([field.key] if own else ()), *([fold] if fold else ())]
        sets = "".join(f"{quoted(column)} = ?, " for column in columns)

        def values(value: Any) -> list[Any]:
            return [*([value] if own else ()), *([folded(field, value)] if fold else ())]

        self._database.connection.executemany(
            f"UPDATE {table} SET {sets}updated_at = ?, updated_by = ?,"
            " revision = revision + 1 WHERE id = ?",
            ((*values(value), at, actor, record_id) for record_id, value in read),
        )
        self._journal.write_many(
            (type_.id, record_id, "set", None, None, encoded({str(field.id): [None, value]}))
            for record_id, value in read
        )


def take_back(
    database: Database,
    catalog: Catalog,
    tables: Tables,
    type_key: str,
    before: Mapping[str, Any],
    act: int,
) -> dict[str, Any]:
    """Undo a conversion: the old field takes its key again, the new one goes.

    Args:
        before: what `Conversion.carry_out` returned.
        act: the act that converted.

    Returns:
        What the field was, as the journal keeps it.

    Raises:
        Conflict: values of the new field were written since.
    """
    type_ = catalog.type(type_key, retired=True)
    by_id = {field.id: field for field in type_.all_fields}
    old, new = by_id.get(before["old_id"]), by_id.get(before["new_id"])
    written = database.scalar(
        "SELECT 1 FROM crm_journal WHERE act_id > ? AND type_id = ? AND instr(changes, ?) LIMIT 1",
        (act, type_.id, f'"{before["new_id"]}":'),
    )
    if old is None or new is None or written:
        raise Conflict(
            "changed-meanwhile",
            N_("{ref} was changed meanwhile"),
            f"crmtui log {type_.key}",
            ref=f"{type_.key}.{new.key if new else before['old']}",
        )
    key = new.key
    PermissionNames(database, catalog).field_gone(type_, old.key)
    tables.drop_column(type_.key, new)
    database.update(
        "crm_field",
        new.id,
        {"key": f"{key}#{new.id}", "skeleton": None, "purged_at": now_text()},
    )
    if KINDS[old.kind].stored:
        tables.rename_column(type_.key, old.key, key)
    # A kind that cannot name a record took that from it; another field may have it by now.
    titled = new.title or (before.get("titled") and not any(f.title for f in type_.all_fields))
    database.update(
        "crm_field",
        old.id,
        {"key": key, "skeleton": skeleton(key), "retired_at": None, "is_title": int(bool(titled))},
    )
    catalog.forget()
    tables.touch(type_.key)
    _refuse_now(database, catalog, type_.key, old.id)
    return {"kind": new.kind, "scale": new.scale, "currency": new.currency, "to": new.target}


def _refuse_now(database: Database, catalog: Catalog, type_key: str, field_id: int) -> None:
    """Refuse a field back as it was, where what was done since stands against it.

    Raises:
        Refused: its values are unique and records are alike by now, or it would be computed from
            itself.
    """
    type_ = catalog.type(type_key, retired=True)
    field = next(f for f in type_.all_fields if f.id == field_id)
    if KINDS[field.kind].computed:
        refuse_circle(catalog, type_, field)
    for unique in uniques(type_):
        if field in unique.fields:
            refuse_alike(database, type_, unique)
