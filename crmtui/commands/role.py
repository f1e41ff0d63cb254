"""`crmtui role`."""

from crmtui.commands import _definitions

group = _definitions.group("role")
