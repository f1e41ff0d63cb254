"""Choosing the user to act as."""

from typing import TYPE_CHECKING

from crmtui.i18n import _, language
from crmtui.model.definitions import Definition
from crmtui.screens.choose import ChooseScreen
from crmtui.screens.widgets.rows import Row
from crmtui.store.errors import CrmError
from crmtui.terminal import shown

if TYPE_CHECKING:
    from crmtui.screens.base import CrmScreen

ONESELF = ""


async def ask_whom(screen: "CrmScreen") -> None:
    """Offer the users, and, to who acts as one already, oneself first."""
    if refused_for_typing(screen):
        return
    try:
        users = await screen.read(lambda ws: ws.configuration().siblings("user", ""))
    except CrmError as error:
        screen.fail(error)
        return
    actor = screen.crm.workspace.actor
    oneself = actor.impersonator or actor
    rows = [
        user_row(user)
        for user in users
        if not user.retired and user.key not in (actor.key, oneself.key)
    ]
    if actor.impersonator is not None:
        rows.insert(0, Row(_("yourself"), oneself.key, value=ONESELF))

    def chosen(user: str | None) -> None:
        if user is not None:
            screen.crm.act_as(user or None)

    screen.app.push_screen(ChooseScreen(_("Act as"), rows, search=True), chosen)


def user_row(user: Definition) -> Row:
    """A user as a choice: their name, and their key where that is another word."""
    name = user.name(language())
    return Row(shown(name), user.key if user.key != name else "", value=user.key)


def refused_for_typing(screen: "CrmScreen") -> bool:
    """Whether something typed or gathered would be lost by acting as another, which is said."""
    unsaved = any(getattr(each, "unsaved", False) for each in screen.app.screen_stack)
    if unsaved:
        screen.say(_("save or discard what was typed before you act as another user"))
    return unsaved
