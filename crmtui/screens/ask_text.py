"""Asking for one line of text."""

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content

from crmtui.i18n import N_, _
from crmtui.screens.base import CrmModal
from crmtui.screens.widgets.controls import LineInput


class AskTextScreen(CrmModal):
    """A question answered by a line of text; ends with the text, or None.

    Args:
        question: safe text.
        value: what stands there already.
    """

    BINDINGS = [
        Binding("escape", "leave", N_("Back"), id="ask.leave", show=False),
        Binding("enter", "take", N_("Take it"), id="ask.take", show=False, priority=True),
    ]

    def __init__(self, question: str, value: str = "") -> None:
        super().__init__()
        self._question = question
        self._value = value

    def compose(self) -> ComposeResult:
        box = Vertical(classes="dialogue")
        box.border_title = Content(self._question)
        box.border_subtitle = Content(_("enter takes it  esc back"))
        with box:
            yield LineInput(self._value, id="answer")

    def on_mount(self) -> None:
        line = self.query_one("#answer", LineInput)
        line.focus()
        line.cursor_position = len(self._value)

    def action_take(self) -> None:
        self.dismiss(self.query_one("#answer", LineInput).value.strip())

    def action_leave(self) -> None:
        self.dismiss(None)
