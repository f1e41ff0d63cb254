"""How a person looks at one type: filter, order, columns, list or board; while the TUI runs."""

from dataclasses import dataclass

from crmtui.i18n import _
from crmtui.model.definitions import Type
from crmtui.screens.widgets import card, columns
from crmtui.screens.widgets.pages import backwards
from crmtui.store.layouts import columns_of


@dataclass
class View:
    """One type as it is looked at.

    Args:
        board: as a board instead of a list.
        filter: as it was typed.
        where: the expression it means.
        sort: field keys, `-key` descending.
        columns: of the list.
        card: the fields on a card.
        cursor: the place in the list.
    """

    board: bool = False
    filter: str = ""
    where: str | None = None
    sort: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    card: tuple[str, ...] | None = None
    cursor: int = 0

    def columns_of(self, type_: Type) -> tuple[str, ...]:
        """The columns to show: those chosen that still exist, else the usual ones."""
        known = {key for key, _head in columns.choices(type_)}
        return tuple(key for key in self.columns if key in known) or columns_of(type_, "list")

    def card_of(self, type_: Type) -> tuple[str, ...]:
        """The fields on a card: those chosen that still exist, else the usual ones."""
        if self.card is None:
            return card.usual_fields(type_)
        known = {key for key, _head in columns.choices(type_)}
        return tuple(key for key in self.card if key in known)

    def forget_unknown(self, type_: Type) -> None:
        """Drop an order by what the type does not have, or the actor may not see, any more."""
        known = {key for key, _head in columns.choices(type_)}
        if any(key.lstrip("-") not in known for key in self.sort):
            self.sort = ()

    def sorted_by(self, key: str) -> None:
        """Order by a column; by the same one again turns the order round."""
        self.sort = (f"-{key}",) if self.sort == (key,) else (key,)

    def turn(self) -> None:
        """Turn the order round; without one, the newest first."""
        self.sort = backwards(self.sort)

    def said(self, type_: Type) -> list[str]:
        """Filter and order in words, for the state line."""
        said = []
        if self.where:
            said.append(_("filter: {text}").format(text=self.filter))
        if self.sort and not self.board:
            key = self.sort[0].lstrip("-")
            arrow = "v" if self.sort[0].startswith("-") else "^"
            said.append(
                _("by {column} {arrow}").format(column=columns.head(type_, key), arrow=arrow)
            )
        return said
