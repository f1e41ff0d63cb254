"""`crmtui category`."""

from crmtui.commands import _definitions

group = _definitions.group("category")
