"""`crmtui role`."""

from crmtui.commands import _definitions, role_granting, role_showing

group = _definitions.group(
    "role",
    instead=(
        role_showing.show,
        role_granting.grant,
        role_granting.deny,
        role_granting.revoke,
        role_granting.field,
        role_granting.stage,
        role_showing.matrix,
    ),
)
