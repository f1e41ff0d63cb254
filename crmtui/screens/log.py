"""What happened, newest first; for administrators also what was refused."""

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding

from crmtui.i18n import N_, _
from crmtui.screens.ask_text import AskTextScreen
from crmtui.screens.base import CrmScreen
from crmtui.screens.watcher import StoreChange
from crmtui.screens.widgets.bars import KeyLine, StateLine
from crmtui.screens.widgets.rows import Row, RowList
from crmtui.screens.words import HAPPENED, changed, who
from crmtui.store.dates import local_text
from crmtui.store.errors import CrmError, Forbidden
from crmtui.store.history import Entry
from crmtui.store.looking_back import words_read
from crmtui.store.refusals import Attempt
from crmtui.store.workspace import Workspace
from crmtui.terminal import shown, wrapped

MOST = 500
"""So many entries are shown; what is older is found by looking for it."""

_INDENT = 2


class LogScreen(CrmScreen):
    """Entries of the log; enter opens the record that one is about."""

    CSS_PATH = "log.tcss"
    BINDINGS = [
        Binding("slash", "filter", N_("Filter"), id="log.filter"),
        Binding("r", "refused", N_("What was refused"), id="log.refused"),
        Binding("y", "copy", N_("Copy reference"), id="log.copy"),
        Binding("escape,q,backspace", "leave", N_("Back"), id="log.leave", key_display="esc"),
    ]
    HINTS = tuple(
        "log.leave rows.choose log.filter log.refused log.copy app.help app.palette".split()
    )

    def __init__(self) -> None:
        super().__init__()
        self._words = ""
        self._refused = False
        self._entries: list[Entry | Attempt] = []

    def compose(self) -> ComposeResult:
        yield StateLine(id="heading")
        yield RowList(id="entries")
        yield StateLine(id="state")
        yield KeyLine(id="keys")

    def on_mount(self) -> None:
        self.query_one("#entries", RowList).focus()
        self._load(self._words, self._refused)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "refused":
            return self.crm.workspace.actor.administrator
        return super().check_action(action, parameters)

    @work(exclusive=True, group="log")
    async def _load(self, words: str, refused: bool) -> None:
        """Show what words look for; when they cannot be read, what is shown stays."""

        def asked(ws: Workspace) -> list[Entry | Attempt]:
            type_key, said = words_read(words)
            if refused:
                return list(ws.refusals(type_key, limit=MOST, **said))
            return list(ws.log(type_key, limit=MOST, **said))

        try:
            self._entries = await self.read(asked)
        except CrmError as error:
            if isinstance(error, Forbidden):
                # What was read when one still might is not for one any more.
                self._entries = []
                self._show()
            self.fail(error)
            return
        self._words, self._refused = words, refused
        self._show()

    def store_changed(self, change: StoreChange) -> None:
        self._load(self._words, self._refused)

    def on_resize(self) -> None:
        self._show()

    # Showing

    def _show(self) -> None:
        heading = _("What was refused") if self._refused else _("What happened")
        self.query_one("#heading", StateLine).say(heading)
        self.query_one("#entries", RowList).show(self._rows())
        count = len(self._entries)
        said = [_("{n} entries").format(n=f"{count:,}" + ("+" if count == MOST else ""))]
        if self._words:
            said.append(self._words)
        self.query_one("#state", StateLine).state("  ".join(said))
        self.query_one("#keys", KeyLine).show(self.keys())

    def _rows(self) -> list[Row]:
        width = max(20, self.size.width - _INDENT - 2)
        rows = []
        for entry in self._entries:
            if isinstance(entry, Attempt):
                said, about, told = _tried(entry), entry.what, [entry.reason, entry.command]
            else:
                said, about, told = _did(entry), entry.ref, _told(entry)
            value = (entry.id, about)
            rows.append(Row(shown(said), look="strong", value=value))
            for text in told:
                lines = wrapped(text, width)[:4] if text else ()
                rows += [Row(f"{' ' * _INDENT}{line}", look="dim", value=value) for line in lines]
        return rows or [Row(_("nothing found"), look="dim")]

    # Keys

    @property
    def _about(self) -> str:
        """What the entry under the cursor is about."""
        row = self.query_one("#entries", RowList).current
        return row.value[1] if row is not None and row.value is not None else ""

    @on(RowList.Chosen)
    def _on_chosen(self) -> None:
        ref = self._about.partition(" ")[0].partition(".")[0]
        if "/" in ref:
            self.crm.open_record(ref)

    def action_filter(self) -> None:
        def answered(words: str | None) -> None:
            if words is not None:
                self._load(words, self._refused)

        question = _("deal/17, or: deal user=alice by=root field=deal.value since=-7d")
        self.app.push_screen(AskTextScreen(question, self._words), answered)

    def action_refused(self) -> None:
        self._load(self._words, not self._refused)

    def action_copy(self) -> None:
        if self._about:
            self.app.copy_to_clipboard(self._about)
            self.say(_("copied: {what}").format(what=self._about))

    def action_leave(self) -> None:
        self.dismiss(None)


def _did(entry: Entry) -> str:
    happened = _(HAPPENED.get(entry.op, entry.op))
    return f"{local_text(entry.at)}  {who(entry)}  {happened}  {entry.ref}"


def _told(entry: Entry) -> list[str]:
    if entry.what is not None:
        return [entry.what.text(_)]
    return [changed(change) for change in entry.changes]


def _tried(attempt: Attempt) -> str:
    action = {"enter": _("come in"), "impersonate": _("act as another")}.get(attempt.action)
    tried = action or _(attempt.action)
    return f"{local_text(attempt.at)}  {who(attempt)}  {tried}  {attempt.what}"
