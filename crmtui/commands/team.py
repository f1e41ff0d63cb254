"""`crmtui team`."""

from crmtui.commands import _definitions

group = _definitions.group("team")
