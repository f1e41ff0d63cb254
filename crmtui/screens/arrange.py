"""Asking how a type is to be looked at: its order, its columns, what stands on its cards."""

from collections.abc import Callable

from crmtui.i18n import _
from crmtui.model.definitions import Type
from crmtui.screens.base import CrmScreen
from crmtui.screens.choose import ArrangeScreen, ChooseScreen
from crmtui.screens.view import View
from crmtui.screens.widgets import columns
from crmtui.screens.widgets.rows import Row


def ask_sort(screen: CrmScreen, type_: Type, view: View, done: Callable[[], None]) -> None:
    """Offer the columns to sort by; the present one again turns the order round."""
    present = view.sort[0] if view.sort else ""
    key_now, arrow = present.lstrip("-"), "v" if present.startswith("-") else "^"
    rows = [
        Row(head, arrow if key == key_now else "", value=key)
        for key, head in columns.choices(type_)
    ]
    at = next((n for n, row in enumerate(rows) if row.value == key_now), 0)

    def sort(key: str | None) -> None:
        if key:
            view.sorted_by(key)
            done()

    question = _("Sort by (the same again turns it round)")
    screen.app.push_screen(ChooseScreen(question, rows, cursor=at, search=True), sort)


def ask_columns(screen: CrmScreen, type_: Type, view: View, done: Callable[[], None]) -> None:
    """Offer the columns of the list, or the fields of a card when it is seen as a board."""

    def choose(keys: list[str] | None) -> None:
        if keys is None:
            return
        if view.board:
            view.card = tuple(keys)
        else:
            view.columns = tuple(keys)
        done()

    if view.board:
        # The title and, where a stage has several, the status stand on a card anyway.
        anyway = {type_.title_field.key if type_.title_field else "ref", "status"}
        fields = [choice for choice in columns.choices(type_) if choice[0] not in anyway]
        asking = ArrangeScreen(_("On a card"), fields, view.card_of(type_))
    else:
        asking = ArrangeScreen(_("Columns"), columns.choices(type_), view.columns_of(type_))
    screen.app.push_screen(asking, choose)
