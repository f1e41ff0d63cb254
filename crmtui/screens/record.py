"""One record: its fields, where it stands, and what happened to it."""

from rich.text import Text
from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal

from crmtui.i18n import N_, _, language
from crmtui.screens.base import CrmScreen
from crmtui.screens.choose import AskScreen
from crmtui.screens.moves import ask_where
from crmtui.screens.watcher import StoreChange
from crmtui.screens.widgets import columns
from crmtui.screens.widgets.bars import KeyLine, StateLine
from crmtui.screens.widgets.rows import Row, RowList
from crmtui.store.dates import local_text
from crmtui.store.errors import CrmError
from crmtui.store.history import Entry
from crmtui.store.query import Record
from crmtui.store.workspace import Workspace
from crmtui.terminal import shown, shown_lines, width_of

_HAPPENED = {
    "add": N_("added"),
    "set": N_("changed"),
    "move": N_("moved"),
    "remove": N_("removed"),
    "restore": N_("restored"),
}


class RecordScreen(CrmScreen):
    """Fields and history; enter follows a link or edits a field.

    Args:
        ref: `deal/42`.
    """

    CSS_PATH = "record.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
    BINDINGS = [
        Binding("e", "edit", N_("Edit"), id="record.edit"),
        Binding("m", "move", N_("Move"), id="record.move"),
        Binding("d,delete", "remove", N_("Remove"), id="record.remove"),
        Binding("R", "restore", N_("Restore"), id="record.restore"),
        Binding("u", "undo", N_("Undo"), id="record.undo"),
        Binding("y", "copy", N_("Copy reference"), id="record.copy"),
        Binding("escape,q,backspace", "leave", N_("Back"), id="record.leave", key_display="esc"),
    ]
    HINTS = tuple(
        "record.leave rows.choose record.edit record.move record.remove record.undo record.copy"
        " app.help app.palette".split()
    )

    def __init__(self, ref: str) -> None:
        super().__init__()
        self._ref = ref
        self._record: Record | None = None
        self._history: list[Entry] = []

    def compose(self) -> ComposeResult:
        yield StateLine(id="heading")
        yield StateLine(id="process")
        with Horizontal(id="body"):
            yield RowList(id="fields", label_width=18)
            yield RowList(id="past")
        yield StateLine(id="state")
        yield KeyLine(id="keys")

    def on_mount(self) -> None:
        self.query_one("#fields", RowList).focus()
        self._load()

    @work(exclusive=True, group="record")
    async def _load(self) -> None:
        def both(ws: Workspace) -> tuple[Record, list[Entry]]:
            return ws.record(self._ref), ws.history(self._ref)

        try:
            self._record, self._history = await self.read(both)
        except CrmError as error:
            self.fail(error)
            return
        self._show()

    def store_changed(self, change: StoreChange) -> None:
        record = self._record
        if record is None or change.touches(
            record.type.key, *(field.target for field in record.type.fields)
        ):
            self._load()

    def on_resize(self, _event: events.Resize) -> None:
        self.call_after_refresh(self._show)

    # Showing

    def _show(self) -> None:
        record = self._record
        if record is None:
            return
        removed = f"  [{_('removed')}]" if record.removed else ""
        name = record.type.name(language())
        self.query_one("#heading", StateLine).say(f"{name}  {record.ref}  {record.title}{removed}")
        self.query_one("#process", StateLine).state(self._process(record))
        fields, past = self.query_one("#fields", RowList), self.query_one("#past", RowList)
        wide = self.has_class("-wide")
        happened = self._past_rows((past if wide else fields).size.width - 2)
        rows = self._field_rows(record, fields.size.width - fields._label_width - 4)
        if not wide:
            # One list on a narrow terminal: what happened stands below the fields.
            rows += [Row(""), Row(_("History"), look="head"), *happened]
        fields.show(rows)
        past.show(happened)
        self.query_one("#keys", KeyLine).show(self.keys())

    def _process(self, record: Record) -> str:
        names = []
        for stage in record.type.stages:
            name = stage.name(language())
            names.append(f"[{columns.standing(record)}]" if stage.key == record.stage else name)
        return " > ".join(names)

    def _field_rows(self, record: Record, width: int) -> list[Row]:
        rows = []
        for field in record.type.fields:
            label = shown(field.name(language()))
            value = record.text(field.key, language())
            target = ("edit", field.key)
            stored = record.values.get(field.key)
            if field.kind == "link" and stored is not None:
                target = ("open", f"{field.target}/{stored}")
            for number, line in enumerate(self._wrapped(value, width)):
                right = ">" if target[0] == "open" and not number else ""
                rows.append(Row(line, right, value=target, label="" if number else label))
        return rows

    def _past_rows(self, width: int) -> list[Row]:
        rows = []
        for entry in self._history:
            happened = _(_HAPPENED.get(entry.op, entry.op))
            rows.append(
                Row(
                    shown(f"{local_text(entry.at)}  {entry.actor}  {happened}"),
                    look="strong",
                )
            )
            for change in entry.changes:
                label = _("Stage") if change.key == "status" else change.label
                after = change.after if change.after is not None else "-"
                text = (
                    f"{label}: {after}"
                    if change.before is None
                    else f"{label}: {change.before} -> {after}"
                )
                rows += [
                    Row(f"  {cut_line}", look="dim")
                    for cut_line in self._wrapped(text, width - 2)[:4]
                ]
        return rows

    def _wrapped(self, text: str, width: int) -> list[str]:
        lines: list[str] = []
        for line in shown_lines(text).split("\n"):
            if width_of(line) <= width:
                lines.append(line)
            else:
                lines += [part.plain for part in Text(line).wrap(self.app.console, max(8, width))]
        return lines

    # Keys

    @on(RowList.Chosen)
    def _on_chosen(self, event: RowList.Chosen) -> None:
        kind, what = event.row.value
        if kind == "open":
            self.crm.open_record(what)
        else:
            self._edit(what)

    def action_edit(self) -> None:
        row = self.query_one("#fields", RowList).current
        self._edit(row.value[1] if row and row.value and row.value[0] == "edit" else None)

    def _edit(self, field: str | None) -> None:
        from crmtui.screens.form import FormScreen

        if self._record is None:
            return

        def saved(record: Record | None) -> None:
            if record is not None:
                self.crm.look()
                self.say(_("{ref} saved").format(ref=record.ref))

        self.app.push_screen(FormScreen(self._record.type.key, self._ref, field=field), saved)

    @work(exclusive=True, group="ask")
    async def action_move(self) -> None:
        if self._record is not None:
            refs = [self._ref]
            await ask_where(
                self, self._record.type, refs, lambda to: self.do(self.crm.acts.move(refs, to))
            )

    def action_remove(self) -> None:
        def answered(answer: str | None) -> None:
            if answer == "yes":
                self.do(self.crm.acts.remove([self._ref]))

        question = _("Remove {what}? It can be undone with u.").format(what=self._ref)
        self.app.push_screen(
            AskScreen(question, [("y", _("remove"), "yes"), ("n", _("keep"), "no")]), answered
        )

    def action_restore(self) -> None:
        self.do(self.crm.acts.restore(self._ref))

    def action_undo(self) -> None:
        self.do(self.crm.acts.undo())

    def action_copy(self) -> None:
        self.app.copy_to_clipboard(self._ref)
        self.say(_("copied: {what}").format(what=self._ref))

    def action_leave(self) -> None:
        self.dismiss(None)
