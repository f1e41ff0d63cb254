"""The form of a record, laid out as its type says, and held to its rules while it is typed in."""

from collections.abc import Mapping, Sequence
from typing import Any

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Input, TextArea

from crmtui.i18n import N_, _, language
from crmtui.model.definitions import Status, Type
from crmtui.screens.base import CrmScreen
from crmtui.screens.choose import AskScreen
from crmtui.screens.draft import Draft, Entry, Look
from crmtui.screens.form_meanwhile import Others
from crmtui.screens.form_sections import STAGE, Filling, sections
from crmtui.screens.watcher import StoreChange
from crmtui.screens.widgets.bars import KeyLine, StateLine
from crmtui.screens.widgets.controls import Edited
from crmtui.screens.widgets.field_controls import Content
from crmtui.screens.widgets.file_control import LocalPath
from crmtui.screens.widgets.form_page import FormPage
from crmtui.screens.widgets.form_row import FormRow
from crmtui.screens.widgets.lookup import SuggestControl
from crmtui.screens.widgets.side_list import YOURS
from crmtui.screens.widgets.summary import Summary
from crmtui.store.errors import CrmError, Invalid
from crmtui.store.layouts import resolved
from crmtui.store.query import SYSTEM_COLUMNS, Record
from crmtui.store.workspace import Workspace

QUIET = 0.15
"""Seconds without a key before the store is asked about what was typed."""


class FormScreen(CrmScreen):
    """A new record, or one that is changed; ends with the saved record, or None.

    Args:
        ref: the record to change, or None for a new one.
        stage: where a new one begins.
        field: the field to begin at.
    """

    CSS_PATH = "form.tcss"
    BINDINGS = [
        Binding("ctrl+s", "save", N_("Save"), id="form.save", priority=True),
        Binding("escape", "leave", N_("Back"), id="form.leave"),
        Binding("ctrl+r,f5", "take_in", N_("Take in what others changed"), id="form.take-in"),
        # With priority, so that what is typed right behind it goes to the next field.
        Binding("tab", "go(1)", N_("Next field"), id="form.next", show=False, priority=True),
        Binding(
            "shift+tab", "go(-1)", N_("Field before"), id="form.previous", show=False, priority=True
        ),
        Binding("down", "go(1)", N_("Next field"), id="form.down", show=False),
        Binding("up", "go(-1)", N_("Field before"), id="form.up", show=False),
    ]
    HINTS = ("form.save", "form.leave", "form.next", "form.previous")

    def __init__(
        self,
        type_key: str,
        ref: str | None = None,
        *,
        stage: str | None = None,
        field: str | None = None,
    ) -> None:
        super().__init__()
        self._type_key = type_key
        self._ref = ref
        self._stage = stage
        self._begin_at = field
        self._record: Record | None = None
        self.revision = 0
        """At which the record was read: what others write behind it is met when it is saved."""
        self._laid_at = stage
        self._others = Others(self)
        self._look = Look(frozenset(), {}, [], {})
        self._type: Type | None = None
        self._begins: Sequence[Status] = ()

    def compose(self) -> ComposeResult:
        yield StateLine(id="heading")
        yield FormPage(id="fields")
        yield Summary(id="summary")
        yield StateLine(id="meanwhile")
        yield StateLine(id="state")
        yield KeyLine(id="keys")

    # Filling

    def on_mount(self) -> None:
        self._fill()

    @property
    def type(self) -> Type:
        """The type of the record as the actor sees it, or last saw it."""
        try:
            self._type = self.crm.workspace.type(self._type_key)
        except CrmError:
            if self._type is None:
                raise
        return self._type

    @property
    def record(self) -> Record | None:
        """The record that is changed, as the form was filled with it; None for a new one."""
        return self._record

    @property
    def began(self) -> dict[str, str]:
        """What the form of a record began with, by the keys of the fields that can be typed in."""
        record = self._record
        rows = [row for row in self.page.rows if row.control is not None]
        return {row.key: record.text(row.key, language()) for row in rows} if record else {}

    @property
    def page(self) -> FormPage:
        """The rows."""
        return self.query_one("#fields", FormPage)

    def row(self, key: str) -> FormRow | None:
        """The row of a field."""
        return self.page.row(key)

    @work
    async def _fill(self) -> None:
        try:
            type_ = self.type
            self._record = await self.read(self._read_record)
            if self._record is not None:
                self._laid_at, self.revision = self._record.stage, self._record.revision
            empty = Draft(self._type_key, self._ref, self._status, ())
            self._look = await self.read(empty.look)
            if self._ref is None:
                self._begins = await self.read(lambda ws: ws.beginnings(self._type_key))
            await self._lay_out({})
        except CrmError as error:
            self.fail(error)
            return
        self._head(type_)
        await self._begin()
        self.query_one("#keys", KeyLine).show(self.keys())

    def _head(self, type_: Type) -> None:
        record, name = self._record, type_.name(language())
        if record is None:
            heading = _("New {type}").format(type=name)
        else:
            heading = f"{name}  {record.ref}  {record.title}"
        self.query_one("#heading", StateLine).say(heading)

    def _read_record(self, workspace: Workspace) -> Record | None:
        """The record with what its layout shows besides its fields."""
        if self._ref is None:
            return None
        found = workspace.record(self._ref)
        # While the form of an earlier stage stays, it shows what that one has.
        stages = [found.stage, *([self._laid_at] if self._record else [])]
        placed = [
            item.field for stage in stages for item in resolved(found.type, "form", stage).items
        ]
        besides = [key for key in dict.fromkeys(placed) if key in SYSTEM_COLUMNS]
        if not besides:
            return found
        fields = [field.key for field in found.type.fields]
        return workspace.record(self._ref, [*fields, *besides])

    async def _lay_out(self, typed: Mapping[str, Content]) -> None:
        """Make the rows anew, as the layout of the stage has them.

        Args:
            typed: what was typed already, by field key.
        """
        before = {row.key: row.before for row in self.page.rows}
        touched = {row.key for row in self.page.rows if row.touched}
        filling = Filling(
            type=self.type,
            record=self._record,
            stage=self._laid_at if self._record else self._stage,
            states=self._look.states,
            begins=self._begins,
            typed=typed,
            read=self.read,
            failed=self.fail,
        )
        self._laid_out = filling.layout
        await self.page.show(sections(filling))
        for row in self.page.rows:
            row.before = before.get(row.key, row.before) if row.key in typed else row.before
            row.touched = row.key in touched
        self.page.see(self._look.hidden)

    async def _begin(self) -> None:
        rows = [row for row in self.page.rows if row.control is not None and row.display]
        first = next((row for row in rows if row.key == self._begin_at), None)
        first = first or next((row for row in rows if row.key != STAGE), None)
        if first is not None:
            await self.page.reveal(first)

    # What was typed

    @property
    def unsaved(self) -> bool:
        return any(row.changed for row in self.page.rows)

    @property
    def _status(self) -> str | None:
        """Where a new record begins, as far as what is typed there says it."""
        row = self.row(STAGE)
        if row is None:
            return self._stage
        known = {status.ref for stage in self.type.stages for status in stage.live_statuses}
        return row.value if row.value in known else self._stage

    def draft(self, *, live: bool = False) -> Draft:
        """What the form holds now.

        Args:
            live: without a path that is still being typed, at which no file may be yet.
        """
        entries = []
        for row in self.page.rows:
            if row.control is None or row.key == STAGE:
                continue
            value = row.value
            if live and isinstance(value, LocalPath) and row.has_focus_within:
                value = row.before
            entries.append(Entry(row.key, row.before, value))
        return Draft(self._type_key, self._ref, self._status, entries)

    def values(self) -> dict[str, Any]:
        """What there is to save."""
        return self.draft().values(self._look.hidden)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        row = _row_of(event.widget)
        if row is not None:
            self.query_one("#state", StateLine).state(row.state)

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        row = _row_of(event.widget)
        if row is not None and row.changed:
            row.touched = True
            self._ask(0)

    @on(Edited)
    @on(Input.Changed)
    @on(TextArea.Changed)
    def _on_typed(self) -> None:
        self._ask(QUIET)

    async def on_input_submitted(self, _event: Input.Submitted) -> None:
        await self.action_go(1)

    async def action_go(self, by: int) -> None:
        """Go to the next field or the one before."""
        if by < 0:
            self.focus_previous()
            return
        if self.focused is not None:
            await self.page.come_near(self.focused)
        self.focus_next()

    # Asking the store

    @work(exclusive=True, group="ask")
    async def _ask(self, quiet: float) -> None:
        from asyncio import sleep

        await sleep(quiet)
        draft = self.draft(live=True)
        try:
            look = await self.read(draft.look)
            await self._hold_to(look)
        except CrmError as error:
            await self._others.forbid(error)
            return
        self._tell(touched=True)
        for entry in draft.entries:
            row = self.row(entry.key)
            if row is None or not row.touched or row.has_focus_within or row.is_wrong:
                continue
            if entry.key in look.meant and row.value == entry.value:
                row.mean(look.meant[entry.key])

    async def _hold_to(self, look: Look) -> None:
        """Show the form as the rules have it now."""
        before, self._look = self._look, look
        stage = self._status.split(".")[0] if self._status else None
        if self._ref is None and stage != self._stage:
            self._stage = stage
            if resolved(self.type, "form", stage) != self._laid_out:
                await self._lay_out_again()
        elif _read_only(before) != _read_only(look):
            await self._lay_out_again()
        for row in self.page.rows:
            state = look.states.get(row.key)
            if state is not None and row.control is not None:
                row.require(state.required)
                if row.options is not None:
                    row.options.allowed = state.options
        self.page.see(look.hidden)

    async def _lay_out_again(self) -> None:
        at = _row_of(self.focused) if self.focused else None
        typed = {row.key: (row.value, row.control.text) for row in self.page.rows if row.changed}
        await self._lay_out(typed)
        again = self.row(at.key) if at else None
        if again is not None:
            await self.page.reveal(again)

    async def fill_again(self) -> None:
        """Show what the actor may see and fill in now; what was typed there stays.

        Raises:
            CrmError: they may not see it any more.
        """
        draft = self.draft(live=True)
        self._record = await self.read(self._read_record)
        self._look = await self.read(draft.look)
        await self._lay_out_again()
        self._tell(touched=True)

    def _tell(self, *, touched: bool) -> None:
        """Show what is wrong: beside the fields, and in the summary what has no field there."""
        fields = self.type.field_by_key

        def name(key: str) -> str:
            return fields[key].name(language()) if key in fields else key

        others = self.page.tell(self._look.problems, name, touched=touched)
        any_touched = any(row.touched for row in self.page.rows)
        self.query_one(Summary).tell(others if any_touched or not touched else [])

    # Saving and leaving

    def action_save(self) -> None:
        self._save()

    @work(exclusive=True, group="save")
    async def _save(self, *, emptying: bool = False) -> None:
        """Save what was typed.

        Args:
            emptying: whether values may go that have no place in the record any more.
        """
        self.workers.cancel_group(self, "ask")
        await self._typed()
        draft = self.draft()
        try:
            look = await self.read(draft.look)
            await self._hold_to(look)
            values, emptied = draft.values(look.hidden), draft.emptied(look.hidden)
            if self._ref is None:
                stage = self.row(STAGE)
                status = stage.value if stage else self._stage
                record = await self.crm.acts.add(self._type_key, values, status or None)
            elif not values:
                self.dismiss(None)
                return
            elif emptied and not emptying and not look.problems:
                self._ask_emptying(emptied)
                return
            else:
                record = await self.crm.acts.set(self._ref, values, self.revision)
        except Invalid as error:
            await self._refuse(error)
        except CrmError as error:
            await self._others.meet(error)
        else:
            self.dismiss(record)

    async def _typed(self) -> None:
        """Wait for keys that were pressed before, and for what they mean where one looks it up."""
        if self.focused is not None:
            from asyncio import Event

            done = Event()
            self.focused.call_later(done.set)
            await done.wait()
        for row in self.page.rows:
            if isinstance(row.control, SuggestControl):
                await row.control.resolve()

    def _ask_emptying(self, keys: Sequence[str]) -> None:
        """Nothing goes silently: ask before values do that have no place any more."""
        labels = [row.label for row in self.page.rows if row.key in keys]
        question = _("Saving empties what has no place any more: {fields}").format(
            fields=", ".join(labels)
        )

        def answered(answer: str | None) -> None:
            if answer == "save":
                self._save(emptying=True)

        answers = [("s", _("save"), "save"), ("k", _("keep on typing"), "stay")]
        self.app.push_screen(AskScreen(question, answers), answered)

    async def _refuse(self, error: Invalid) -> None:
        for row in self.page.rows:
            row.touched = True
        self._look = self._look._replace(problems=error.problems)
        self._tell(touched=False)
        first = next((row for row in self.page.rows if row.is_wrong), None)
        if first is not None:
            await self.page.reveal(first)
        count = len(error.problems)
        self.query_one("#state", StateLine).say(
            _("not saved: {n} to mend").format(n=count), error=True
        )

    # What others change meanwhile

    def store_changed(self, change: StoreChange) -> None:
        record = self._record
        if change.configured and self.crm.refusal("administer") is not None:
            self.run_worker(self._others.follow_rights(), exclusive=True, group="follow")
        if record is not None and change.reaches(record.type.key, record.id):
            self.run_worker(self._others.notice(), exclusive=True, group="notice")

    @work(exclusive=True, group="save")
    async def action_take_in(self) -> None:
        if self._record is not None:
            await self._typed()
            await self._others.take_in()

    async def take_in(self, revision: int, sides: Mapping[str, str]) -> None:
        """Show the record as it is now, and again what was typed, unless theirs was chosen.

        Args:
            revision: what was looked at; saving meets what is behind it.
            sides: `theirs` or `yours` of the fields for which one was chosen.
        """
        record = await self.read(self._read_record)
        assert record is not None
        mine = {
            row.key: (row.before, row.value, row.control.text)
            for row in self.page.rows
            if row.control is not None and sides.get(row.key, YOURS if row.changed else "") == YOURS
        }
        at = _row_of(self.focused) if self.focused else None
        self._record, self.revision = record, revision
        layout = resolved(record.type, "form", record.stage)
        seen = {item.field for section in layout.sections for item in section.seen}
        if seen.issuperset(mine):
            # Elsewhere the form is another one; not while that has no place for what was typed.
            self._laid_at = record.stage
        self._head(record.type)
        await self._lay_out({})
        for row in self.page.rows:
            if row.key in mine and row.control is not None:
                before, value, text = mine[row.key]
                row.control.take(_on_top(row.value, before, value), text)
                if row.before != before:
                    now = record.text(row.key, language()) or _("nothing")
                    row.note(_("is now: {value}").format(value=now))
        self._begin_at = at.key if at else self._begin_at
        await self._begin()
        self._ask(0)

    def action_leave(self) -> None:
        if not self.unsaved:
            self.dismiss(None)
            return
        self.app.push_screen(
            AskScreen(
                _("There is typing that is not saved."),
                [
                    ("s", _("save"), "save"),
                    ("d", _("discard"), "discard"),
                    ("k", _("keep on typing"), "stay"),
                ],
            ),
            self._left,
        )

    def _left(self, answer: str | None) -> None:
        if answer == "save":
            self.action_save()
        elif answer == "discard":
            self.dismiss(None)


def _row_of(widget: Any) -> FormRow | None:
    return next((node for node in widget.ancestors_with_self if isinstance(node, FormRow)), None)


def _on_top(theirs: Any, before: Any, value: Any) -> Any:
    """What was typed over what others made of it: of a value in parts only the parts typed."""
    if not isinstance(value, dict) or value == before:
        return value
    typed = {part for part in {**before, **value} if before.get(part) != value.get(part)}
    return {**theirs, **{part: value.get(part, "") for part in typed}}


def _read_only(look: Look) -> set[str]:
    return {key for key, state in look.states.items() if state.read_only}
