"""`crmtui user`."""

from crmtui.commands import _definitions, user_handing

group = _definitions.group("user", instead=(user_handing.hand_over,))
