"""A role as its users may know it: what it says, without what they may not know of."""

from typing import Any

from crmtui.model.definitions import Permission, Role, Type
from crmtui.model.nouns import OPERATIONS
from crmtui.store.catalog import Catalog
from crmtui.store.permission_words import EVERY_TYPE, decoded, encoded
from crmtui.store.policy import Policy, live

_HIDING = ("hidden", "denied")
_LAYOUTS = ("form_layout", "detail_layout", "list_columns", "card_fields")


def seen(role: Role, policy: Policy, visible: Catalog) -> Role:
    """A role of the actor of a policy, as that actor may know it.

    Args:
        visible: the definitions that the actor may know of.
    """
    told = []
    for permission in live(role):
        type_ = visible.find(permission.key) if permission.key != EVERY_TYPE else None
        if type_ is not None or permission.key == EVERY_TYPE:
            told.append(_told(permission, policy, type_))
    return role.but(permissions=tuple(told))


def _told(permission: Permission, policy: Policy, type_: Type | None) -> Permission:
    said: dict[str, Any] = dict.fromkeys(_LAYOUTS)
    denied = decoded(permission.denied)
    if type_ is not None:
        # A scope names fields of the type as it is.
        told = policy.on(policy.catalog.type(type_.key, retired=True)).scope_told
        for name in (f"may_{operation}" for operation in OPERATIONS):
            scope = getattr(permission, name)
            said[name] = told(scope) if scope else None
        denied = {operation: told(scope) for operation, scope in denied.items()}
    said["denied"] = encoded(denied)
    said["fields"] = encoded(
        {
            key: level
            for key, level in decoded(permission.fields).items()
            if level not in _HIDING and (type_ is None or key in type_.field_by_key)
        }
    )
    said["stages"] = encoded(
        {
            place: actions
            for place, actions in decoded(permission.stages).items()
            if type_ is not None and place.partition(".")[0] in type_.stage_by_key
        }
    )
    return permission.but(**said)
