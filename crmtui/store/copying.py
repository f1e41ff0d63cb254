"""Copying a type: fields, options, stages, statuses, validations, layouts, but no records.

What roles let with it is copied when that is asked for; who may do what is said of each type.
"""

from typing import Any

from crmtui.model.definitions import Type
from crmtui.model.keys import normal_key
from crmtui.store import spec
from crmtui.store.catalog import Catalog
from crmtui.store.changes import Change


def copied(
    catalog: Catalog, type_: Type, key: str, values: dict[str, Any], *, permissions: bool = False
) -> list[Change]:
    """The changes that make a type like another one.

    What the type says of itself (a link to its own records, options of its own that two fields
    share) the copy says of itself as well.

    Args:
        key: of the copy.
        values: attributes of the copy that are other than the type's.
        permissions: let roles do with the copy what they may do with the type.
    """
    key = normal_key(key)
    document = spec.document((type_,), roles=catalog.roles() if permissions else ())
    definition: dict[str, Any] = document["types"][type_.key]
    definition |= values
    for field in definition.get("fields", {}).values():
        if field.get("to") == type_.key:
            field["to"] = key
        for name in ("from", "options_of"):
            owner, dot, rest = str(field.get(name, "")).partition(".")
            itself = owner == type_.key and (name == "options_of" or field["kind"] == "rollup")
            if dot and itself:
                field[name] = f"{key}.{rest}"
    roles = {
        role: {"permissions": {key: said["permissions"][type_.key]}}
        for role, said in document.get("roles", {}).items()
        if type_.key in said.get("permissions", {})
    }
    return spec.changes({"types": {key: definition}, "roles": roles}, catalog)
