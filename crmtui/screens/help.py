"""The keys of a screen, told from its bindings."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content

from crmtui.i18n import N_, _
from crmtui.screens.base import CrmModal
from crmtui.screens.keys import Key
from crmtui.screens.widgets.rows import Row, RowList


class HelpScreen(CrmModal):
    """A list of keys; enter does what the key does."""

    BINDINGS = [
        Binding("escape,q,question_mark,f1", "leave", N_("Back"), id="help.leave", show=False),
    ]

    def __init__(self, keys: Sequence[Key]) -> None:
        super().__init__()
        self._keys = keys

    def compose(self) -> ComposeResult:
        box = Vertical(classes="dialogue")
        box.border_title = Content(_("Keys"))
        box.border_subtitle = Content(_("enter does it  esc back"))
        with box:
            yield RowList(
                [Row(_(key.label), value=key, label="  ".join(key.keys)) for key in self._keys],
                label_width=20,
                id="choices",
            )

    def on_mount(self) -> None:
        list_ = self.query_one("#choices", RowList)
        list_.styles.height = max(1, min(len(self._keys), self.size.height - 4))
        list_.focus()

    async def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        key: Key = event.row.value
        self.dismiss(None)
        await key.press()

    def action_leave(self) -> None:
        self.dismiss(None)
