"""The definitions of a workspace, loaded a type at a time and kept until they change."""

from collections.abc import Iterable
from typing import Any

from crmtui.model.definitions import Field, Option, Stage, Status, Type
from crmtui.model.message import N_
from crmtui.store.database import Database
from crmtui.store.errors import NotFound

_COMMON = "id, key, label, label_zh, position, retired_at"
_FIELD = (
    "type_id, kind, help, help_zh, is_required, is_unique, is_indexed, is_title, default_text,"
    " minimum, maximum, max_length, pattern, scale, currency, target_id"
)


class Catalog:
    """Reads definitions; a type is loaded once and forgotten when a change touches it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._types: dict[str, Type] = {}
        self._keys: dict[int, str] = {}
        self.generation = 0
        """Counts how often anything was forgotten: what was made of definitions before is stale."""

    def forget(self, key: str | None = None) -> None:
        """Drop what is known of one type, or of all."""
        self.generation += 1
        if key is None:
            self._types.clear()
            self._keys.clear()
        else:
            self._types.pop(key, None)

    def find(self, key: str) -> Type | None:
        """The type with that key, retired ones too, or None."""
        found = self._types.get(key)
        if found is None and key.isidentifier():
            found = next(iter(self._load("key = ? AND purged_at IS NULL", (key,))), None)
            if found is None:
                return None
            self._types[key] = found
            self._keys[found.id] = key
        return found

    def type(self, key: str, *, retired: bool = False) -> Type:
        """The type with that key, in any letter case.

        Raises:
            NotFound: there is none, or it is retired and `retired` is false.
        """
        found = self.find(key) or self._in_other_case(key)
        if found is None or (found.retired and not retired):
            raise self._no_type(key, found)
        return found

    def by_id(self, type_id: int) -> Type | None:
        """The type with that id, retired ones too; None when it was purged."""
        key = self._keys.get(type_id)
        if key is None:
            key = self._database.scalar(
                "SELECT key FROM crm_type WHERE id = ? AND purged_at IS NULL", (type_id,)
            )
            if key is None:
                return None
            self._keys[type_id] = key
        found = self.find(key)
        # A purged type's key may be another's by now.
        return found if found is not None and found.id == type_id else None

    def target(self, field: Field) -> Type:
        """The type that a link field points to."""
        assert field.target is not None
        return self.type(field.target, retired=True)

    def types(self, *, retired: bool = False) -> tuple[Type, ...]:
        """Every type in order; retired ones only when asked for."""
        where = "purged_at IS NULL" + ("" if retired else " AND retired_at IS NULL")
        found = tuple(self._load(where, ()))
        for type_ in found:
            self._types[type_.key] = type_
            self._keys[type_.id] = type_.key
        return found

    def keys(self) -> list[str]:
        """The keys of the types in use, in order."""
        rows = self._database.execute(
            "SELECT key FROM crm_type WHERE purged_at IS NULL AND retired_at IS NULL"
            " ORDER BY position, id"
        )
        return [row[0] for row in rows]

    def pointing_at(self, type_: Type) -> list[str]:
        """The link fields, as `type.field`, that point to a type."""
        rows = self._database.execute(
            "SELECT t.key || '.' || f.key FROM crm_field f JOIN crm_type t ON t.id = f.type_id"
            " WHERE f.target_id = ? AND f.purged_at IS NULL AND t.purged_at IS NULL ORDER BY 1",
            (type_.id,),
        )
        return [row[0] for row in rows]

    def _in_other_case(self, key: str) -> Type | None:
        if not key.isidentifier():
            return None
        from crmtui.model.keys import skeleton

        stored = self._database.scalar(
            "SELECT key FROM crm_type WHERE skeleton = ? AND purged_at IS NULL", (skeleton(key),)
        )
        return self.find(stored) if stored and stored.casefold() == key.casefold() else None

    def _no_type(self, key: str, found: Type | None) -> NotFound:
        if found is not None:
            return NotFound(
                "retired-type",
                N_("the type {type} is retired"),
                f"crmtui type restore {key}",
                type=key,
            )
        from crmtui.model.keys import closest

        meant = closest(key, self.keys())
        if meant:
            return NotFound(
                "no-such-type",
                N_("there is no type {type}; did you mean {meant}?"),
                type=key,
                meant=meant,
            )
        return NotFound("no-such-type", N_("there is no type {type}"), "crmtui type list", type=key)

    def _load(self, where: str, parameters: Iterable[Any]) -> list[Type]:
        execute = self._database.execute
        rows = execute(
            f"SELECT {_COMMON}, description, description_zh, category FROM crm_type"
            f" WHERE {where} ORDER BY position, id",
            tuple(parameters),
        ).fetchall()
        if not rows:
            return []
        one = len(rows) == 1
        inner = "= ?" if one else "IN (SELECT id FROM crm_type WHERE purged_at IS NULL)"
        ids = (rows[0][0],) if one else ()
        options: dict[int, list[Option]] = {}
        for row in execute(
            f"SELECT {_COMMON}, color, field_id FROM crm_option WHERE purged_at IS NULL"
            f" AND field_id IN (SELECT id FROM crm_field WHERE type_id {inner})"
            " ORDER BY position, id",
            ids,
        ):
            options.setdefault(row[7], []).append(Option(**_common(row), color=row[6]))
        fields: dict[int, list[Field]] = {}
        for row in execute(
            f"SELECT {_COMMON}, {_FIELD},"
            " (SELECT key FROM crm_type t WHERE t.id = target_id)"
            f" FROM crm_field WHERE purged_at IS NULL AND type_id {inner} ORDER BY position, id",
            ids,
        ):
            fields.setdefault(row[6], []).append(_field(row, tuple(options.get(row[0], ()))))
        statuses: dict[int, list[Status]] = {}
        for row in execute(
            f"SELECT {_COMMON}, stage, category, outcome, stage_id FROM crm_status"
            f" WHERE purged_at IS NULL AND type_id {inner} ORDER BY position, id",
            ids,
        ):
            status = Status(**_common(row), stage=row[6], category=row[7], outcome=row[8])
            statuses.setdefault(row[9], []).append(status)
        stages: dict[int, list[Stage]] = {}
        for row in execute(
            f"SELECT {_COMMON}, category, outcome, color, type_id FROM crm_stage"
            f" WHERE purged_at IS NULL AND type_id {inner} ORDER BY position, id",
            ids,
        ):
            stage = Stage(
                **_common(row),
                category=row[6],
                outcome=row[7],
                color=row[8],
                statuses=tuple(statuses.get(row[0], ())),
            )
            stages.setdefault(row[9], []).append(stage)
        return [
            Type(
                **_common(row),
                description=row[6],
                description_zh=row[7],
                category=row[8],
                all_fields=tuple(fields.get(row[0], ())),
                all_stages=tuple(stages.get(row[0], ())),
            )
            for row in rows
        ]


def _common(row: tuple[Any, ...]) -> dict[str, Any]:
    return {
        "id": row[0],
        "key": row[1],
        "label": row[2],
        "label_zh": row[3],
        "position": row[4],
        "retired_at": row[5],
    }


def _field(row: tuple[Any, ...], options: tuple[Option, ...]) -> Field:
    return Field(
        **_common(row),
        kind=row[7],
        help=row[8],
        help_zh=row[9],
        required=bool(row[10]),
        unique=bool(row[11]),
        indexed=bool(row[12]),
        title=bool(row[13]),
        default=row[14],
        minimum=row[15],
        maximum=row[16],
        max_length=row[17],
        pattern=row[18],
        scale=row[19],
        currency=row[20],
        target=row[22],
        options=options,
    )
