"""`crmtui stage`."""

from crmtui.commands import _definitions

group = _definitions.group("stage")
