"""The command palette: everything one can do here, found by typing."""

from typing import TYPE_CHECKING

from crmtui.i18n import _, language
from crmtui.screens.choose import ChooseScreen
from crmtui.screens.keys import Key, keys_of
from crmtui.screens.widgets.rows import Row
from crmtui.terminal import shown

if TYPE_CHECKING:
    from crmtui.screens.base import CrmScreen


def open_palette(screen: "CrmScreen") -> None:
    """Offer the keys of `screen` by name, the types, and the colours."""
    rows = [
        Row(_(key.label), ", ".join(key.keys), value=key)
        for key in keys_of(screen)
        if key.id != "app.palette"
    ]
    for type_ in screen.crm.types:
        name = shown(type_.name(language()))
        rows.append(Row(_("List of {type}").format(type=name), value=("list", type_.key)))
        if type_.stages:
            rows.append(Row(_("Board of {type}").format(type=name), value=("board", type_.key)))
        if screen.crm.refusal("create", type_.key) is None:
            rows.append(Row(_("New {type}").format(type=name), value=("add", type_.key)))
    rows += [
        Row(_("Colours: {name}").format(name=name), value=("theme", theme))
        for theme, name in _themes().items()
    ]

    if screen.crm.workspace.tells_history:
        rows.append(Row(_("Log: what happened"), value=("past", "")))

    async def do(chosen: Key | tuple[str, str] | None) -> None:
        if isinstance(chosen, Key):
            await chosen.press()
        elif chosen is not None:
            screen.crm.command(*chosen)

    screen.app.push_screen(ChooseScreen(_("Commands"), rows, search=True), do)


def _themes() -> dict[str, str]:
    return {
        "textual-dark": _("dark"),
        "textual-light": _("light"),
        "ansi-dark": _("the terminal's own"),
    }
