"""`crmtui validation`."""

from crmtui.commands import _definitions

group = _definitions.group("validation")
