"""`crmtui status`."""

from crmtui.commands import _definitions

group = _definitions.group("status")
