"""Asking with whom a record is shared: the same people may be taken out again."""

from typing import TYPE_CHECKING, Any

from crmtui.i18n import _, language
from crmtui.screens.choose import AskScreen, ChooseScreen
from crmtui.screens.widgets.rows import Row
from crmtui.screens.words import operation_word
from crmtui.store.errors import CrmError
from crmtui.store.workspace import Workspace
from crmtui.terminal import shown

if TYPE_CHECKING:
    from crmtui.screens.base import CrmScreen

_MORE = "+"


async def ask_sharing(screen: "CrmScreen", ref: str) -> None:
    """Tell with whom a record is shared; share it with others, or no longer with one of them."""
    try:
        shares = await screen.read(lambda ws: ws.explaining().shares(ref))
        people = await screen.read(_people)
    except CrmError as error:
        screen.fail(error)
        return
    known = [str(each.grantee) for each in shares]
    rows = [
        Row(shown(who), operation_word(each.what), value=who)
        for who, each in zip(known, shares, strict=True)
    ]
    rows.append(Row(_("share it with another"), value=_MORE))
    others = [row for row in people if row.value not in known]

    def chosen(who: str | None) -> None:
        if who == _MORE:
            question = _("Share {what} with").format(what=ref)
            screen.app.push_screen(ChooseScreen(question, others, search=True), more)
        elif who is not None:
            question = _("Share {what} with {who} no longer?").format(what=ref, who=who)
            answers = [("y", _("no longer"), who), ("n", _("leave it as it is"), "")]
            screen.app.push_screen(AskScreen(question, answers), taken_out)

    def taken_out(who: str | None) -> None:
        if who:
            screen.do(screen.crm.acts.unshare(ref, who))

    def more(who: str | None) -> None:
        if who is None:
            return

        def answered(what: str | None) -> None:
            if what is not None:
                screen.do(screen.crm.acts.share(ref, who, update=what == "update"))

        question = _("What may {who} do with {what}?").format(who=who, what=ref)
        answers = [("s", _("see it"), "read"), ("c", _("see and change it"), "update")]
        screen.app.push_screen(AskScreen(question, answers), answered)

    screen.app.push_screen(
        ChooseScreen(_("{what} is shared with").format(what=ref), rows, search=False), chosen
    )


def _people(workspace: Workspace) -> list[Row]:
    """Users, teams and roles that a record can be shared with."""
    configuration = workspace.configuration()
    found: list[Any] = [
        (noun, each)
        for noun in ("user", "team", "role")
        for each in configuration.siblings(noun, "")
        if not each.retired
    ]
    return [
        Row(shown(each.name(language())), f"{_(noun)} {each.key}", value=f"{noun}:{each.key}")
        for noun, each in found
    ]
