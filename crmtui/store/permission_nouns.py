"""What permissions do besides their rows: what they say is checked when it is said."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from crmtui.model.definitions import Definition, Permission, Role, Type
from crmtui.model.keys import closest, normal_key
from crmtui.model.message import N_, Message, abridged
from crmtui.model.nouns import OPERATIONS, SCOPED
from crmtui.store import permission_notes
from crmtui.store.behaviour import Behaviour, Place
from crmtui.store.catalog import Catalog
from crmtui.store.database import Database
from crmtui.store.errors import Misused, Refused
from crmtui.store.grants import EVERY_TYPE, WORDS
from crmtui.store.permission_words import (
    actions_of,
    encoded,
    level_of,
    operation_of,
    scope_of,
    stage_ref,
)
from crmtui.store.query import no_field
from crmtui.store.soundness import Soundness


class PermissionBehaviour(Behaviour):
    def siblings(self, place: Place) -> Sequence[Definition]:
        assert isinstance(place.parent, Role)
        return place.parent.permissions

    def parent_columns(self, place: Place) -> dict[str, Any]:
        assert place.parent is not None
        return {"role_id": place.parent.id}

    def key_problem(self, key: str) -> Message | None:
        if key == EVERY_TYPE:
            return None
        type_ = self.catalog.type(key, retired=True)
        return None if type_.key == key else Message(N_("the type is {key}"), key=type_.key)

    def before_add(
        self, place: Place, row: dict[str, Any], values: Mapping[str, Any]
    ) -> dict[str, Any]:
        return self._checked(place.key, row)

    def before_set(self, place: Place, columns: dict[str, Any]) -> dict[str, Any]:
        return self._checked(place.definition.key, columns)

    def after_add(self, place: Place, row: dict[str, Any], values: Mapping[str, Any]) -> None:
        self._index(place.key)
        rule = f"{place.parent.key if place.parent else ''}.{place.key}"
        self.notes += permission_notes.of_change(rule, self._type(place.key), None, row)

    def after_set(self, place: Place, before: dict[str, Any], after: dict[str, Any]) -> None:
        permission = place.definition
        assert isinstance(permission, Permission)
        self._index(permission.key)
        rule = f"{place.parent.key if place.parent else ''}.{permission.key}"
        self.notes += permission_notes.of_change(
            rule, self._type(permission.key), permission, after
        )

    def before_remove(self, place: Place, move_to: str | None) -> None:
        permission = place.definition
        assert isinstance(permission, Permission)
        self.notes += permission_notes.of_removal(permission)

    def after_visibility(self, place: Place) -> None:
        self._index(place.definition.key)

    def _index(self, key: str) -> None:
        """Let the tables that it is about have the indexes that it needs."""
        type_ = self._type(key)
        for each in self.catalog.types() if type_ is None else [type_]:
            self.tables.touch(each.key)

    def _type(self, key: str) -> Type | None:
        """The type that a permission is about; None for every type."""
        return None if key == EVERY_TYPE else self.catalog.type(key, retired=True)

    def _checked(self, key: str, columns: dict[str, Any]) -> dict[str, Any]:
        """Attributes with scopes, levels and stages in one form.

        Raises:
            CrmError: a word is none of ours, or names what the type has not.
        """
        type_ = self._type(key)
        columns = dict(columns)
        for operation in OPERATIONS:
            column = f"may_{operation}"
            if columns.get(column):
                columns[column] = self._scope(type_, operation, columns[column])
        if columns.get("denied"):
            said = self._map(columns["denied"], "deny")
            columns["denied"] = encoded(
                {
                    operation_of(operation): self._scope(type_, operation_of(operation), scope)
                    for operation, scope in said.items()
                    if scope
                }
            )
        if columns.get("fields"):
            columns["fields"] = encoded(self._fields(type_, self._map(columns["fields"], "fields")))
        if columns.get("stages"):
            columns["stages"] = encoded(self._stages(type_, self._map(columns["stages"], "stages")))
        if type_ is None:
            for column in ("form_layout", "detail_layout", "list_columns", "card_fields"):
                if columns.get(column):
                    raise Misused("bad-layout", N_("a layout is that of one type"))
            return columns
        return self.laid_out(type_, columns)

    def _map(self, value: Any, name: str) -> dict[str, str]:
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except ValueError:
                value = None
        if not isinstance(value, dict):
            raise Misused(
                "bad-attribute",
                N_("{value} cannot be the {name} of a {noun}"),
                value=str(value)[:100],
                name=name,
                noun="permission",
            )
        made = {}
        for key, each in value.items():
            parts = each if isinstance(each, list | tuple) else [each]
            made[normal_key(str(key))] = ",".join(str(part) for part in parts if part is not None)
        return made

    def _scope(self, type_: Type | None, operation: str, written: str) -> str:
        text = scope_of(str(written))
        if operation not in SCOPED and text != "all":
            raise Misused(
                "bad-scope",
                N_("{operation} is let for all records or not at all"),
                operation=operation,
            )
        if text in WORDS:
            return text
        if type_ is None:
            raise Misused(
                "bad-scope",
                N_("the scope of every type is own, team or all, not {scope}"),
                scope=text[:100],
            )
        meant = closest(text, WORDS) if text.isidentifier() else None
        if meant and text not in (field.key for field in type_.fields):
            raise Misused(
                "bad-scope",
                N_("{scope} is neither a scope nor a field; did you mean {meant}?"),
                scope=text,
                meant=meant,
            )
        Soundness(self.database, self.catalog, self.tables).scope(type_, text, operation)
        return text

    def _fields(self, type_: Type | None, said: Mapping[str, str]) -> dict[str, str]:
        made = {}
        for key, level in said.items():
            if type_ is not None:
                field = next((f for f in type_.all_fields if f.key == key), None)
                if field is None:
                    raise no_field(type_, key)
            known = level_of(level)
            if known:
                made[key] = known
        return made

    def _stages(self, type_: Type | None, said: Mapping[str, str]) -> dict[str, str]:
        if type_ is None:
            raise Misused("bad-stage", N_("stages are those of one type"))
        made = {}
        for place, actions in said.items():
            ref = stage_ref(type_, place)
            words = actions_of(actions)
            if words:
                made[ref] = ",".join(words)
        return made


def purge_with(database: Database, permission: Permission, at: str) -> None:
    """Let a permission go with the role or the type that it is about; its id is not given again."""
    gone = {"key": f"{permission.key}#{permission.id}", "skeleton": None, "purged_at": at}
    database.update("crm_permission", permission.id, gone)


def purge_of_type(database: Database, catalog: Catalog, type_: Type, at: str) -> None:
    """Let permissions that were taken back go with a type that is purged.

    Raises:
        Refused: a permission that is in use is about the type.
    """
    about = [
        (role, permission)
        for role in catalog.roles(retired=True)
        for permission in role.permissions
        if permission.key == type_.key
    ]
    named = [f"{role.key}.{type_.key}" for role, permission in about if not permission.retired]
    if named:
        raise Refused(
            "named",
            N_("{ref} is named by {places}"),
            f"crmtui role revoke {named[0].partition('.')[0]} {type_.key}",
            ref=type_.key,
            places=abridged(named),
        )
    for _role, permission in about:
        purge_with(database, permission, at)
