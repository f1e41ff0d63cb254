"""Types, fields and stages that roles speak of by key: what follows a new name, and what goes.

What permissions say in expressions and layouts is for `references`, as what types say is. Here is
what only permissions say: the type they are about, the places where something is forbidden, and
what is made of the fields of every type.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from crmtui.model.definitions import Permission, Type
from crmtui.model.keys import skeleton
from crmtui.model.nouns import FIELD_LEVELS
from crmtui.store.catalog import Catalog
from crmtui.store.database import Database
from crmtui.store.grants import EVERY_TYPE
from crmtui.store.permission_words import decoded, encoded


class PermissionNames:
    """Finds and rewrites what permissions call types, fields and stages."""

    def __init__(self, database: Database, catalog: Catalog) -> None:
        self._database = database
        self._catalog = catalog

    def type_renamed(self, old: str, new: str) -> None:
        """Let permissions be about a type under its new key."""
        self._database.execute(
            "UPDATE crm_permission SET key = ?, skeleton = ? WHERE key = ?",
            (new, skeleton(new), old),
        )

    def field_renamed(self, type_: Type, old: str, new: str) -> None:
        """Let what is made of a field of every type be made of it under its new key, too."""
        if self._elsewhere(type_, old):
            self.field_copied(type_, old, new, keys=(EVERY_TYPE,))
            return
        for permission in self._about(EVERY_TYPE):
            levels = decoded(permission.fields)
            if old in levels:
                level = _stricter(levels.get(new, ""), levels.pop(old))
                self._write(permission, "fields", {**levels, new: level})

    def field_copied(
        self, type_: Type, key: str, copy: str, keys: tuple[str, ...] | None = None
    ) -> None:
        """Let what is made of a field be made of another one as well, which has its values.

        Args:
            keys: of permissions; those of the type and of every type by itself.
        """
        for permission in self._about(*(keys or (type_.key, EVERY_TYPE))):
            levels = decoded(permission.fields)
            if key in levels:
                level = _stricter(levels.get(copy, ""), levels[key])
                self._write(permission, "fields", {**levels, copy: level})

    def field_gone(self, type_: Type, key: str) -> None:
        """Forget what is made of a field of a type."""
        keys = (type_.key, *(() if self._elsewhere(type_, key) else (EVERY_TYPE,)))
        for permission in self._about(*keys):
            levels = decoded(permission.fields)
            if levels.pop(key, None):
                self._write(permission, "fields", levels)

    def stage_renamed(self, type_: Type, old: str, new: str) -> None:
        """Rewrite what is forbidden at a stage, or at a status when both are `stage.status`."""
        self._stages(
            type_, lambda place: new + place.removeprefix(old) if _at(place, old) else place
        )

    def stage_purged(self, type_: Type, gone: str) -> None:
        """Forget what is forbidden at a stage, or at a `stage.status`."""
        self._stages(type_, lambda place: None if _at(place, gone) else place)

    def _stages(self, type_: Type, follow: Callable[[str], str | None]) -> None:
        for permission in self._about(type_.key):
            places = decoded(permission.stages)
            followed = {now: actions for place, actions in places.items() if (now := follow(place))}
            if followed != places:
                self._write(permission, "stages", followed)

    def _about(self, *keys: str) -> Iterator[Permission]:
        """The permissions about types of these keys, retired ones too."""
        for role in self._catalog.roles(retired=True):
            yield from (each for each in role.permissions if each.key in keys)

    def _elsewhere(self, type_: Type, key: str) -> bool:
        """Whether another type has a field of that key."""
        return any(
            field.key == key
            for other in self._catalog.types(retired=True)
            if other.id != type_.id
            for field in other.all_fields
        )

    def _write(self, permission: Permission, column: str, said: Mapping[str, Any]) -> None:
        self._database.update("crm_permission", permission.id, {column: encoded(said)})


def _at(place: str, stage: str) -> bool:
    """Whether a place is a stage or status, or a status of that stage."""
    return f"{place}.".startswith(f"{stage}.")


def _stricter(one: str, other: str) -> str:
    return max(one, other, key=lambda level: ("", *FIELD_LEVELS).index(level.partition(":")[0]))
