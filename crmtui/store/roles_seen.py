"""A role as its users may know it: what it says, without what they may not know of."""

from typing import Any

from crmtui.model.definitions import Permission, Role, Type
from crmtui.model.nouns import OPERATIONS
from crmtui.store.catalog import Catalog
from crmtui.store.grants import EVERY_TYPE, live
from crmtui.store.permission_words import decoded, encoded, has_place
from crmtui.store.policy import Policy

_HIDING = ("hidden", "denied")
_LAYOUTS = ("form_layout", "detail_layout", "list_columns", "card_fields")


def seen(role: Role, policy: Policy, visible: Catalog) -> Role:
    """A role of the actor of a policy, as that actor may know it.

    Args:
        visible: the definitions that the actor may know of.
    """
    told = []
    for permission in live(role):
        every = permission.key == EVERY_TYPE
        type_ = None if every else visible.find(permission.key)
        if every or type_ is not None:
            types = visible.types() if type_ is None else (type_,)
            known = frozenset(key for each in types for key in each.field_by_key)
            told.append(_told(permission, policy, type_, known))
    return role.but(permissions=tuple(told))


def _told(
    permission: Permission, policy: Policy, type_: Type | None, known: frozenset[str]
) -> Permission:
    """A permission about a type, None for every type, whose known fields are these."""
    said: dict[str, Any] = dict.fromkeys(_LAYOUTS)
    denied = decoded(permission.denied)
    if type_ is not None:
        # A scope names fields of the type as it is.
        of_type = policy.on(policy.catalog.type(type_.key, retired=True))
        for name in (f"may_{operation}" for operation in OPERATIONS):
            scope = getattr(permission, name)
            said[name] = of_type.scope_told(scope) if scope else None
        denied = {name: of_type.denial_told(name, scope) for name, scope in denied.items()}
    said["denied"] = encoded(denied)
    said["fields"] = encoded(
        {
            key: level
            for key, level in decoded(permission.fields).items()
            if level not in _HIDING and key in known
        }
    )
    said["stages"] = encoded(
        {
            place: actions
            for place, actions in decoded(permission.stages).items()
            if type_ is not None and has_place(type_, place)
        }
    )
    return permission.but(**said)
