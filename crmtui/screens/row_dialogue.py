"""A few rows to fill in, over a screen."""

from collections.abc import Sequence
from typing import Any

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from crmtui.i18n import N_, _
from crmtui.screens.base import CrmModal
from crmtui.screens.definition_form import row_of, select_all
from crmtui.screens.widgets.form_row import FormRow


class RowDialogue(CrmModal):
    """Rows of a form in a dialogue; ends with what stands in them by key, or None.

    Args:
        question: safe text.
        rows: what is filled in.
    """

    CSS_PATH = "row_dialogue.tcss"
    BINDINGS = [
        Binding("ctrl+s", "done", N_("Done"), id="dialogue.done", priority=True),
        Binding("escape", "leave", N_("Back"), id="dialogue.leave"),
        Binding("tab,down", "app.focus_next", N_("Next row"), id="dialogue.next", show=False),
        Binding(
            "shift+tab,up",
            "app.focus_previous",
            N_("Row before"),
            id="dialogue.previous",
            show=False,
        ),
    ]

    def __init__(self, question: str, rows: Sequence[FormRow]) -> None:
        super().__init__()
        self._question = question
        self._rows = list(rows)

    def compose(self) -> ComposeResult:
        box = Vertical(classes="dialogue")
        box.border_title = Content(self._question)
        box.border_subtitle = Content(_("^s done  esc back"))
        with box:
            yield from self._rows
            yield Static(id="said")

    def on_mount(self) -> None:
        self._rows[0].control.target.focus()

    def on_descendant_focus(self, event: Any) -> None:
        row = row_of(event.widget)
        if row is not None:
            self.query_one("#said", Static).update(Content(row.help))
            select_all(row)

    def on_input_submitted(self, _event: Input.Submitted) -> None:
        self.focus_next()

    def action_done(self) -> None:
        self.dismiss({row.key: row.value.strip() for row in self._rows})

    def action_leave(self) -> None:
        self.dismiss(None)
