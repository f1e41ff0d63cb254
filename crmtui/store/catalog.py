"""The definitions of a workspace, loaded a type at a time and kept until they change."""

from collections.abc import Iterator, Sequence
from typing import Any

from crmtui.model.definitions import (
    Category,
    Field,
    Option,
    Pack,
    Permission,
    Role,
    Stage,
    Status,
    Team,
    Type,
    User,
    Validation,
)
from crmtui.model.message import N_
from crmtui.store.database import Database, quoted
from crmtui.store.errors import NotFound

_COMMON = "id key label label_zh position retired_at".split()
_TYPE = (
    "description description_zh category icon title_expression owner list_columns card_fields"
    " form_layout detail_layout"
).split()
_FLAGS = "is_required is_unique is_indexed is_title is_write_once is_personal".split()
_TEXTS = (
    "kind help help_zh required_when visible_when read_only_when unique_as minimum maximum"
    " min_field max_field max_length pattern pattern_message pattern_message_zh scale currency"
    " options_of region style unit prefix padding reset max_size formula result source measure"
    " condition"
).split()
_OPTION = "color condition".split()
_STAGE = "category outcome color probability form_layout detail_layout".split()
_STATUS = "stage category outcome".split()
_VALIDATION = "rule unique_fields message message_zh".split()
_CATEGORY = "parent description color".split()
_PACK = "version document made".split()
_TEAM = "parent manager description".split()
_ROLE = "description is_impersonate".split()
_USER = "roles teams uid email administrator".split()
_PERMISSION = (
    "may_read may_create may_update may_delete may_move may_assign may_share may_export may_import"
    " may_history may_report may_configure denied fields stages is_unlisted form_layout"
    " detail_layout list_columns card_fields"
).split()
"""The columns of the tables of definitions, each by the name that it has in its class as well."""


class Catalog:
    """Reads definitions; a type is loaded once and forgotten when a change touches it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._types: dict[str, Type] = {}
        self._keys: dict[int, str] = {}
        self.generation = 0
        """Counts how often anything was forgotten: what was made of definitions before is stale."""

    @property
    def database(self) -> Database:
        """Where the definitions are kept, and the records that they are about."""
        return self._database

    def forget(self, key: str | None = None) -> None:
        """Drop what is known of one type, or of all."""
        self.generation += 1
        if key is None:
            self._types.clear()
            self._keys.clear()
        else:
            self._types.pop(key, None)

    def extend(self, noun: str, type_key: str, row_id: int) -> None:
        """Know a definition that was added, without reading the whole of its type again.

        Whoever defines much in one act would otherwise read each type once for each of its parts.
        """
        known = self._types.get(type_key)
        if known is None or noun not in ("field", "option", "validation"):
            self.forget(type_key)
            return
        self.generation += 1
        where, found = "id = ?", (row_id,)
        if noun == "field":
            for field, _ in self._fields(where, found, {}):
                known = known.but(all_fields=(*known.all_fields, field))
        elif noun == "validation":
            for row, _ in self._definitions("crm_validation", "id", _VALIDATION, where, found):
                validation = Validation(**row)
                known = known.but(all_validations=(*known.all_validations, validation))
        else:
            for row, owner in self._definitions("crm_option", "field_id", _OPTION, where, found):
                option = Option(**row)
                fields = (
                    field.but(options=(*field.options, option)) if field.id == owner else field
                    for field in known.all_fields
                )
                known = known.but(all_fields=tuple(fields))
        self._types[type_key] = known

    def find(self, key: str) -> Type | None:
        """The type with that key, retired ones too, or None."""
        found = self._types.get(key)
        if found is None and key.isidentifier():
            found = next(iter(self._load("purged_at IS NULL AND key = ?", (key,))), None)
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

    def rollups_of(self, type_: Type) -> list[Field]:
        """The roll-ups of any type that gather the records of a type."""
        rows = self._database.execute(
            "SELECT f.id, t.key FROM crm_field f JOIN crm_type t ON t.id = f.type_id"
            " WHERE f.source >= ? AND f.source < ? AND f.kind = 'rollup'"
            " AND f.purged_at IS NULL AND t.purged_at IS NULL",
            (f"{type_.key}.", f"{type_.key}/"),
        ).fetchall()
        return [
            field
            for field_id, key in rows
            for field in self.type(key, retired=True).fields
            if field.id == field_id
        ]

    def computed_naming(self, key: str) -> list[tuple[Type, Field]]:
        """The computed fields, retired ones too, whose definition has a key somewhere in it."""
        known = "formula condition measure source".split()
        texts = " || ' ' || ".join(f"ifnull(f.{name}, '')" for name in known)
        # What letter case is elsewhere than in ASCII, SQLite does not know.
        folded = key.casefold() if key.isascii() else ""
        rows = self._database.execute(
            "SELECT f.id, t.key FROM crm_field f JOIN crm_type t ON t.id = f.type_id"
            " WHERE f.kind IN ('formula', 'lookup', 'rollup')"
            f" AND f.purged_at IS NULL AND t.purged_at IS NULL AND instr(lower({texts}), ?)",
            (folded,),
        ).fetchall()
        return [
            (type_, field)
            for field_id, type_key in rows
            if (type_ := self.type(type_key, retired=True))
            for field in type_.all_fields
            if field.id == field_id
        ]

    def forget_sharing(self, *sources: str) -> None:
        """Drop what is known of the types that have a field with the options of a source."""
        for source in sources:
            for _, key in self._sharing(source):
                self.forget(key)

    def _sharing(self, source: str) -> list[tuple[int, str]]:
        return self._database.execute(
            "SELECT f.id, t.key FROM crm_field f JOIN crm_type t ON t.id = f.type_id"
            " WHERE f.options_of = ? AND f.purged_at IS NULL AND t.purged_at IS NULL ORDER BY f.id",
            (source,),
        ).fetchall()

    def sharing(self, source: str) -> list[tuple[Type, Field]]:
        """The fields, retired ones too, that have the options of `source`: see `options_of`."""
        return [
            (type_, field)
            for field_id, key in self._sharing(source)
            if (type_ := self.type(key, retired=True))
            for field in type_.all_fields
            if field.id == field_id
        ]

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

    def categories(self, *, retired: bool = False) -> tuple[Category, ...]:
        """Every category in order; retired ones only when asked for."""
        where = "purged_at IS NULL" + ("" if retired else " AND retired_at IS NULL")
        return tuple(
            Category(**values)
            for values, _owner in self._definitions("crm_category", "id", _CATEGORY, where, ())
        )

    def packs(self) -> tuple[Pack, ...]:
        """Every pack that was installed, those that were removed too."""
        found = self._definitions("crm_pack", "id", _PACK, "purged_at IS NULL", ())
        return tuple(Pack(**values) for values, _owner in found)

    def teams(self, *, retired: bool = False) -> tuple[Team, ...]:
        """Every team in order; retired ones only when asked for."""
        where = "purged_at IS NULL" + ("" if retired else " AND retired_at IS NULL")
        found = self._definitions("crm_team", "id", _TEAM, where, ())
        return tuple(Team(**values) for values, _owner in found)

    def users(self, *, retired: bool = False) -> tuple[User, ...]:
        """Every user in order; retired ones only when asked for."""
        where = "purged_at IS NULL" + ("" if retired else " AND retired_at IS NULL")
        found = self._definitions("crm_user", "id", _USER, where, ())
        return tuple(
            User(**(values | {"administrator": bool(values["administrator"])}))
            for values, _owner in found
        )

    def roles(
        self, *, retired: bool = False, keys: Sequence[str] | None = None
    ) -> tuple[Role, ...]:
        """Every role in order, with its permissions; retired roles only when asked for.

        Args:
            keys: of the only roles that are wanted.
        """
        where = "purged_at IS NULL" + ("" if retired else " AND retired_at IS NULL")
        within, wanted = "purged_at IS NULL", ""
        if keys is not None:
            wanted = f" AND key IN ({', '.join('?' * len(keys))})"
            within += f" AND role_id IN (SELECT id FROM crm_role WHERE {where}{wanted})"
        permissions: dict[int, list[Permission]] = {}
        found = keys or ()
        for values, owner in self._definitions(
            "crm_permission", "role_id", _PERMISSION, within, found
        ):
            values["unlisted"] = bool(values.pop("is_unlisted"))
            permissions.setdefault(owner, []).append(Permission(**values))
        made = []
        for values, _owner in self._definitions("crm_role", "id", _ROLE, where + wanted, found):
            values["impersonate"] = bool(values.pop("is_impersonate"))
            granted = tuple(permissions.get(values["id"], ()))
            made.append(Role(**values, permissions=granted))
        return tuple(made)

    def source(self, key: str, *, paged: bool = False) -> str:
        """The SQL of what records of a type are read from, to stand behind FROM or JOIN.

        Args:
            key: of the type.
            paged: whether the first of them are read, in the order of an index.
        """
        return quoted(key)

    def searched(self, key: str, *, paged: bool) -> bool:
        """Whether the records of a source are found by who may see them, and sorted afterwards.

        Args:
            key: of the type; `paged` as of `source`.
        """
        return False

    def _load(self, where: str, parameters: Sequence[Any]) -> list[Type]:
        types = list(self._definitions("crm_type", "id", _TYPE, where, parameters))
        if not types:
            return []
        inner = within = "purged_at IS NULL"
        ids: tuple[int, ...] = ()
        if len(types) == 1:
            ids = (types[0][0]["id"],)
            inner += " AND type_id = ?"
            within += " AND field_id IN (SELECT id FROM crm_field WHERE type_id = ?)"
        options: dict[int, list[Option]] = {}
        for values, owner in self._definitions("crm_option", "field_id", _OPTION, within, ids):
            options.setdefault(owner, []).append(Option(**values))
        fields: dict[int, list[Field]] = {}
        for field, owner in self._fields(inner, ids, options):
            fields.setdefault(owner, []).append(field)
        staged = list(self._definitions("crm_stage", "type_id", _STAGE, inner, ids))
        statuses: dict[int, list[Status]] = {}
        if staged:
            for values, owner in self._definitions("crm_status", "stage_id", _STATUS, inner, ids):
                statuses.setdefault(owner, []).append(Status(**values))
        stages: dict[int, list[Stage]] = {}
        for values, owner in staged:
            stage = Stage(**values, statuses=tuple(statuses.get(values["id"], ())))
            stages.setdefault(owner, []).append(stage)
        validations: dict[int, list[Validation]] = {}
        for values, owner in self._definitions(
            "crm_validation", "type_id", _VALIDATION, inner, ids
        ):
            validations.setdefault(owner, []).append(Validation(**values))
        return [
            Type(
                **values,
                all_fields=tuple(fields.get(values["id"], ())),
                all_stages=tuple(stages.get(values["id"], ())),
                all_validations=tuple(validations.get(values["id"], ())),
            )
            for values, _ in types
        ]

    def _shared_options(self, source: str) -> list[Option]:
        """The options of another field, or the types or categories as options."""
        if source in ("types", "categories"):
            table = "crm_type" if source == "types" else "crm_category"
            rows = self._definitions(table, "id", (), "purged_at IS NULL", ())
        else:
            type_key, _, key = source.partition(".")
            owner = (
                "(SELECT f.id FROM crm_field f JOIN crm_type t ON t.id = f.type_id"
                " WHERE t.key = ? AND f.key = ?)"
            )
            where = f"purged_at IS NULL AND field_id = {owner}"
            rows = self._definitions("crm_option", "field_id", _OPTION, where, (type_key, key))
        return [Option(**values) for values, _ in rows]

    def _definitions(
        self, table: str, owner: str, own: Sequence[str], where: str, parameters: Sequence[Any]
    ) -> Iterator[tuple[dict[str, Any], int]]:
        """Rows of a table of definitions in order: their values by name, and whose they are."""
        names = [*_COMMON, *own]
        rows = self._database.execute(
            f"SELECT {owner}, {', '.join(names)} FROM {table} WHERE {where} ORDER BY position, id",
            parameters,
        )
        for row in rows:
            yield dict(zip(names, row[1:], strict=True)), row[0]

    def _fields(
        self, where: str, parameters: Sequence[Any], options: dict[int, list[Option]]
    ) -> Iterator[tuple[Field, int]]:
        names = [*_COMMON, "default", "target", *_TEXTS]
        rows = self._database.execute(
            f"SELECT type_id, {', '.join(_COMMON)}, default_text,"
            " (SELECT key FROM crm_type t WHERE t.id = target_id),"
            f" {', '.join(_TEXTS)}, {', '.join(_FLAGS)}"
            f" FROM crm_field WHERE {where} ORDER BY position, id",
            parameters,
        )
        flags = len(names) + 1
        for row in rows:
            # Most of what can be said of a field is not said; its class knows what that means.
            values = {
                name: value
                for name, value in zip(names, row[1:flags], strict=True)
                if value is not None
            }
            for column, value in zip(_FLAGS, row[flags:], strict=True):
                if value:
                    values[column[3:]] = True
            found = options.get(row[1])
            if values.get("options_of"):
                found = self._shared_options(values["options_of"])
            if found:
                values["options"] = tuple(found)
            yield Field(**values), row[0]
