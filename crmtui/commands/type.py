"""`crmtui type`."""

from crmtui.commands import _definitions

group = _definitions.group("type")
