"""What is said where there is nothing to show."""

from typing import TYPE_CHECKING

from crmtui.i18n import _
from crmtui.model.definitions import Type

if TYPE_CHECKING:
    from crmtui.screens.application import CrmApp


def without_types(app: "CrmApp") -> str:
    """What is said where there is no type that the actor may see."""
    if app.refusal("administer") is None:
        return _("no types yet: c makes the first one")
    return _("nothing here is open to you; an administrator can change that")


def without_records(app: "CrmApp", type_: Type) -> str:
    """What is said of a type without records, or without any that the actor may see."""
    if app.refusal("read", type_.key) is None:
        return _("no records")
    if app.refusal("create", type_.key) is None:
        return _("you may add records here, and see none")
    return _("you may see no records here")
