"""`crmtui user`."""

from crmtui.commands import _definitions

group = _definitions.group("user")
