"""One record: its fields, where it stands, and what happened to it."""

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal

from crmtui.i18n import N_, _, language
from crmtui.model.layouts import TWO_COLUMNS, Item, Layout
from crmtui.model.message import Message
from crmtui.screens.base import CrmScreen
from crmtui.screens.choose import AskScreen
from crmtui.screens.moves import ask_where, saved_as
from crmtui.screens.watcher import StoreChange
from crmtui.screens.widgets.bars import KeyLine, StateLine
from crmtui.screens.widgets.field_page import Fact, FactSection, FieldPage
from crmtui.screens.widgets.rows import Row, RowList
from crmtui.screens.words import HAPPENED, changed, who
from crmtui.store.dates import local_text
from crmtui.store.errors import CrmError, Forbidden, NotFound
from crmtui.store.history import Entry
from crmtui.store.layouts import is_wide, label_of, resolved
from crmtui.store.query import Record
from crmtui.store.workspace import Workspace
from crmtui.terminal import shown, wrapped

BESIDE = 160
"""The width from which what happened has room beside two columns of fields."""


class RecordScreen(CrmScreen):
    """Fields and history; enter follows a link or edits a field.

    Args:
        ref: `deal/42`.
    """

    CSS_PATH = "record.tcss"
    BINDINGS = [
        Binding("e", "edit", N_("Edit"), id="record.edit"),
        Binding("m", "move", N_("Move"), id="record.move"),
        Binding("d,delete", "remove", N_("Remove"), id="record.remove"),
        Binding("R", "restore", N_("Restore"), id="record.restore"),
        Binding("u", "undo", N_("Undo"), id="record.undo"),
        Binding("s", "share", N_("Share"), id="record.share"),
        Binding("w", "why", N_("Why"), id="record.why"),
        Binding("y", "copy", N_("Copy reference"), id="record.copy"),
        Binding("escape,q,backspace", "leave", N_("Back"), id="record.leave", key_display="esc"),
    ]
    HINTS = tuple(
        "record.leave page.choose record.edit record.move record.remove record.why record.undo"
        " record.share record.copy app.help app.palette".split()
    )
    NEEDS = {
        "edit": "update",
        "move": "move",
        "remove": "delete",
        "restore": "delete",
        "share": "share",
    }
    """What one must be let do with the record for what a key does."""

    def __init__(self, ref: str) -> None:
        super().__init__()
        self._ref = ref
        self._record: Record | None = None
        self._history: list[Entry] = []
        self._untold: Message | None = None
        """Why what happened is not told."""

    def compose(self) -> ComposeResult:
        yield StateLine(id="heading")
        yield StateLine(id="process")
        with Horizontal(id="body"):
            yield FieldPage(id="fields")
            yield RowList(id="past")
        yield StateLine(id="state")
        yield KeyLine(id="keys")

    def on_mount(self) -> None:
        self.query_one("#fields", FieldPage).focus()
        self._load()

    @work(exclusive=True, group="record")
    async def _load(self) -> None:
        def both(ws: Workspace) -> tuple[Record, list[Entry], Message | None]:
            record = ws.record(self._ref)
            placed = [item.field for item in _layout(record).items]
            keys = dict.fromkeys(["stage", "status", *placed]) if record.stage else placed
            record = ws.record(self._ref, list(keys) or None)
            # Asked first: whoever opens a record has not tried to see its history.
            may = ws.may("history", record.type.key, self._ref)
            if not may.allowed:
                return record, [], may.reason
            return record, ws.history(self._ref), None

        try:
            self._record, self._history, self._untold = await self.read(both)
        except CrmError as error:
            if isinstance(error, NotFound | Forbidden):
                self._blank()
            self.fail(error)
            return
        self._show()

    def _blank(self) -> None:
        """Take away what was read of a record that is not there, or not for the actor, any more."""
        self._record, self._history = None, []
        self.query_one("#heading", StateLine).say(self._ref)
        self.query_one("#process", StateLine).state("")
        self.query_one("#fields", FieldPage).show([], two=False)
        self.query_one("#past", RowList).show([])
        self.query_one("#keys", KeyLine).show(self.keys())

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
        layout = _layout(record)
        two = self.size.width >= TWO_COLUMNS
        # What happened stands beside the fields where these leave room for it, else below.
        paired = any(section.columns > 1 for section in layout.sections)
        beside = self.size.width >= (BESIDE if paired else TWO_COLUMNS)
        if beside != self.has_class("-beside"):
            self.set_class(beside, "-beside")
            # How wide each of the two is only shows when they have been laid out.
            self.call_after_refresh(self._show)
        sections = self._sections(record, layout)
        if not beside:
            happened = [Fact(None, row.left, look=row.look, wide=True) for row in self._past_rows()]
            sections.append(FactSection(shown(_("History")), happened))
        self.query_one("#fields", FieldPage).show(sections, two=two)
        past = self.query_one("#past", RowList)
        past.show(self._past_rows(past.size.width - 2))
        self.query_one("#keys", KeyLine).show(self.keys())

    def _process(self, record: Record) -> str:
        names = []
        for stage in record.type.stages:
            name = stage.name(language())
            if stage.key == record.stage:
                several = len(stage.live_statuses) > 1
                status = f" · {record.text('status', language())}" if several else ""
                name = f"[{name}{status}]"
            names.append(name)
        return " > ".join(names)

    def _sections(self, record: Record, layout: Layout) -> list[FactSection]:
        sections = []
        for section in layout.sections:
            facts = [
                fact
                for item in section.seen
                for fact in _facts(record, item, section.columns == 1 or is_wide(record.type, item))
            ]
            name = shown(section.name(language())) if layout.headed else None
            sections.append(FactSection(name, facts))
        return sections

    def _past_rows(self, width: int | None = None) -> list[Row]:
        """What happened, newest first.

        Args:
            width: in how many cells; None where whoever shows it breaks the lines.
        """
        rows = []
        if self._untold is not None:
            lines = wrapped(self._untold.text(_), (width or self.size.width - 2) - 2)
            rows += [Row(line, look="dim") for line in lines]
        for entry in self._history:
            happened = _(HAPPENED.get(entry.op, entry.op))
            said = f"{local_text(entry.at)}  {who(entry)}  {happened}"
            rows.append(Row(shown(said), look="strong"))
            for change in entry.changes:
                lines = wrapped(changed(change), (width or self.size.width - 2) - 2)
                rows += [Row(f"  {line}", look="dim") for line in lines[:4]]
        return rows

    # Keys

    @on(FieldPage.Chosen)
    def _on_chosen(self, event: FieldPage.Chosen) -> None:
        kind, what = event.fact.value
        if kind == "open":
            self.crm.open_record(what)
        elif not self.denied("update", *self.about(), field=what):
            self._edit(what)

    def action_edit(self) -> None:
        fact = self.query_one("#fields", FieldPage).current
        if not self.denied("update", *self.about()):
            self._edit(fact.value[1] if fact and fact.value and fact.value[0] == "edit" else None)

    def about(self) -> tuple[str, ...]:
        return self._ref.partition("/")[0], self._ref

    def offers(self, action: str) -> bool:
        return action not in self.NEEDS or (self._record is not None and super().offers(action))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self.crm.shared if action == "share" else super().check_action(action, parameters)

    @work(exclusive=True, group="ask")
    async def action_share(self) -> None:
        from crmtui.screens.sharing import ask_sharing

        if self._record is not None and not self.denied("share", *self.about()):
            await ask_sharing(self, self._ref)

    def action_why(self) -> None:
        from crmtui.screens.why import WhyScreen

        self.app.push_screen(WhyScreen(self._ref.partition("/")[0], self._ref))

    def _edit(self, field: str | None) -> None:
        from crmtui.screens.form import FormScreen

        if self._record is None:
            return

        def saved(record: Record | None) -> None:
            if record is not None:
                self.crm.look()
                self.say(saved_as(self, record.ref))

        self.app.push_screen(FormScreen(self._record.type.key, self._ref, field=field), saved)

    @work(exclusive=True, group="ask")
    async def action_move(self) -> None:
        if self._record is not None and not self.denied("move", *self.about()):
            refs, seen = [self._ref], self._record.revision
            move = self.crm.acts.move
            await ask_where(self, self._record.type, refs, lambda to: self.do(move(refs, to, seen)))

    def action_remove(self) -> None:
        seen = self._record.revision if self._record else None
        if self.denied("delete", *self.about()):
            return

        def answered(answer: str | None) -> None:
            if answer == "yes":
                self.do(self.crm.acts.remove([self._ref], seen))

        question = _("Remove {what}? It can be undone with u.").format(what=self._ref)
        self.app.push_screen(
            AskScreen(question, [("y", _("remove"), "yes"), ("n", _("keep"), "no")]), answered
        )

    def action_restore(self) -> None:
        if not self.denied("delete", *self.about()):
            self.do(self.crm.acts.restore(self._ref))

    def action_undo(self) -> None:
        self.do(self.crm.acts.undo())

    def action_copy(self) -> None:
        self.app.copy_to_clipboard(self._ref)
        self.say(_("copied: {what}").format(what=self._ref))

    def action_leave(self) -> None:
        self.dismiss(None)


def _layout(record: Record) -> Layout:
    return resolved(record.type, "detail", record.stage)


def _facts(record: Record, item: Item, wide: bool) -> list[Fact]:
    """What a record says of a field or a system column; one for each record it links to."""
    label = shown(label_of(record.type, item, language(), _))
    field = record.type.field_by_key.get(item.field)
    text = record.text(item.field, language())
    if field is None:
        return [Fact(label, text, wide=wide)]
    stored = record.values.get(field.key)
    if field.kind == "multilink" and stored:
        links = record.json()[field.key]
        return [
            Fact(
                "" if at else label, link["title"] or link["ref"], ("open", link["ref"]), ">", True
            )
            for at, link in enumerate(links)
        ]
    if field.target and stored is not None:
        return [Fact(label, text, ("open", f"{field.target}/{stored}"), ">", wide)]
    return [Fact(label, text, ("edit", field.key), wide=wide)]
