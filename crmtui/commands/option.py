"""`crmtui option`."""

from crmtui.commands import _definitions

group = _definitions.group("option")
