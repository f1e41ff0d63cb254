"""Dialogues: one of several, some of several in an order, yes or no."""

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from crmtui.i18n import N_, _
from crmtui.screens.base import CrmModal
from crmtui.screens.widgets.controls import LineInput
from crmtui.screens.widgets.rows import Row, RowList
from crmtui.terminal import shown, width_of

SEARCHED_FROM = 10
"""With so many choices, a line to type in comes with them."""


class ChooseScreen(CrmModal):
    """One of several; ends with its value, or None.

    Args:
        question: safe text.
        rows: what there is to choose from.
        search: whether to offer a line to type in; by the number of rows if not said.
    """

    BINDINGS = [
        Binding("escape", "leave", N_("Back"), id="choose.leave", show=False),
        Binding("down", "go(1)", N_("Down"), id="choose.down", show=False, priority=True),
        Binding("up", "go(-1)", N_("Up"), id="choose.up", show=False, priority=True),
        Binding("enter", "take", N_("Choose"), id="choose.take", show=False, priority=True),
    ]

    def __init__(
        self, question: str, rows: Sequence[Row], *, cursor: int = 0, search: bool | None = None
    ) -> None:
        super().__init__()
        self._question = question
        self._rows = list(rows)
        self._cursor = cursor
        self._search = len(rows) >= SEARCHED_FROM if search is None else search

    def compose(self) -> ComposeResult:
        box = Vertical(classes="dialogue")
        box.border_title = Content(self._question)
        widest = max((width_of(r.left) + width_of(r.right) + 4 for r in self._rows), default=0)
        box.styles.width = max(30, min(72, max(widest, width_of(self._question) + 2) + 4))
        with box:
            if self._search:
                yield LineInput(placeholder=_("type to find"))
            yield RowList(self._rows, id="choices")

    def on_mount(self) -> None:
        list_ = self.query_one("#choices", RowList)
        list_.styles.height = max(1, min(len(self._rows), self.size.height - 6))
        list_.show(self._rows, self._cursor)
        if self._search:
            list_.can_focus = False
            self.query_one(LineInput).focus()
        else:
            list_.focus()

    def on_key(self, event: events.Key) -> None:
        # Without a line to type in, a digit takes the choice of that number.
        if not self._search and event.key.isdecimal() and event.key != "0":
            event.stop()
            if int(event.key) <= len(self._rows):
                self.dismiss(self._rows[int(event.key) - 1].value)

    def on_input_changed(self, event: Input.Changed) -> None:
        words = event.value.casefold().split()
        found = [
            row
            for row in self._rows
            if all(word in f"{row.left} {row.right}".casefold() for word in words)
        ]
        self.query_one("#choices", RowList).show(found, 0)

    def action_go(self, by: int) -> None:
        self.query_one("#choices", RowList).action_go(by)

    def action_take(self) -> None:
        row = self.query_one("#choices", RowList).current
        if row is not None and row.value is not None:
            self.dismiss(row.value)

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        self.dismiss(event.row.value)

    def action_leave(self) -> None:
        self.dismiss(None)


class ArrangeScreen(CrmModal):
    """Some of several in an order, such as the columns of a list; ends with their keys, or None.

    Args:
        question: safe text.
        choices: key and safe label of each.
        chosen: the keys chosen now, in order.
    """

    BINDINGS = [
        Binding("escape", "leave", N_("Back"), id="arrange.leave", show=False),
        Binding("space,x", "flip", N_("In or out"), id="arrange.toggle", show=False),
        Binding("J,shift+down", "shift(1)", N_("Further down"), id="arrange.down", show=False),
        Binding("K,shift+up", "shift(-1)", N_("Further up"), id="arrange.up", show=False),
    ]

    def __init__(
        self, question: str, choices: Sequence[tuple[str, str]], chosen: Sequence[str]
    ) -> None:
        super().__init__()
        self._question = question
        self._labels = dict(choices)
        self._chosen = [key for key in chosen if key in self._labels]
        self._order = [*self._chosen, *(key for key in self._labels if key not in self._chosen)]

    def compose(self) -> ComposeResult:
        box = Vertical(classes="dialogue")
        box.border_title = Content(self._question)
        box.border_subtitle = Content(_("space in/out  J K order  enter done  esc back"))
        with box:
            yield RowList(id="choices")

    def on_mount(self) -> None:
        list_ = self.query_one("#choices", RowList)
        list_.styles.height = max(1, min(len(self._order), self.size.height - 4))
        self._show()
        list_.focus()

    def _show(self) -> None:
        self.query_one("#choices", RowList).show(
            [
                Row(f"{'[x]' if key in self._chosen else '[ ]'} {self._labels[key]}", value=key)
                for key in self._order
            ]
        )

    def action_flip(self) -> None:
        row = self.query_one("#choices", RowList).current
        if row is None:
            return
        if row.value in self._chosen:
            self._chosen.remove(row.value)
        else:
            self._chosen.append(row.value)
        self._show()
        self.query_one("#choices", RowList).action_go(1)

    def action_shift(self, by: int) -> None:
        list_ = self.query_one("#choices", RowList)
        at, to = list_.cursor, list_.cursor + by
        if 0 <= to < len(self._order):
            self._order[at], self._order[to] = self._order[to], self._order[at]
            self._show()

    def on_row_list_chosen(self, _event: RowList.Chosen) -> None:
        self.dismiss([key for key in self._order if key in self._chosen])

    def action_leave(self) -> None:
        self.dismiss(None)


class AskScreen(ChooseScreen):
    """A question with a few answers, each with a key of its own; ends with the answer's value.

    Args:
        question: made safe here, so it may name a record.
        answers: the key, the words and the value of each.
    """

    def __init__(self, question: str, answers: Sequence[tuple[str, str, str]]) -> None:
        super().__init__(
            shown(question),
            [Row(words, key, value=value) for key, words, value in answers],
            search=False,
        )
        self._keys = {key: value for key, _words, value in answers}

    def compose(self) -> ComposeResult:
        box = Vertical(classes="dialogue")
        with box:
            yield Static(Content(self._question))
            yield RowList(self._rows, id="choices")

    def on_key(self, event: events.Key) -> None:
        super().on_key(event)
        if event.key in self._keys:
            event.stop()
            self.dismiss(self._keys[event.key])
