"""The wizard of a new type: its name, category, fields and stages in one pass."""

import asyncio
from typing import Any

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Input, TextArea

from crmtui.i18n import N_, _, language
from crmtui.model.keys import proposed_key
from crmtui.screens.attribute_rows import attribute_row
from crmtui.screens.base import CrmScreen
from crmtui.screens.choose import AskScreen, ChooseScreen
from crmtui.screens.definition_form import KEY, QUIET, row_of, select_all
from crmtui.screens.design_draft import DesignDraft
from crmtui.screens.nodes import category_meant, taken
from crmtui.screens.quick_lists import fields_written, stages_written, told
from crmtui.screens.widgets.bars import KeyLine, StateLine
from crmtui.screens.widgets.controls import Edited, LineInput, NotesControl
from crmtui.screens.widgets.form_page import FormPage, PageSection
from crmtui.screens.widgets.form_row import FormRow
from crmtui.screens.widgets.rows import Row
from crmtui.screens.words import attribute_word, kind_explained, kind_word, known_kinds
from crmtui.store.changes import Change
from crmtui.store.errors import CrmError

FIELDS, STAGES, CATEGORY = "fields", "stages", "category"


class WizardScreen(CrmScreen):
    """A new type in one pass; ends with its key once the draft has taken it, or None.

    Args:
        category: the category proposed.
    """

    CSS_PATH = "wizard.tcss"
    BINDINGS = [
        Binding("ctrl+s", "done", N_("Plan"), id="wizard.done", priority=True),
        Binding("f2,ctrl+k", "kind", N_("Kinds"), id="wizard.kind", priority=True),
        Binding("escape", "leave", N_("Back"), id="wizard.leave"),
        Binding("tab", "app.focus_next", N_("Next row"), id="wizard.next", show=False),
    ]
    HINTS = ("wizard.done", "wizard.kind", "wizard.leave", "wizard.next")

    def __init__(self, draft: DesignDraft, category: str = "") -> None:
        super().__init__()
        self._draft = draft
        self._category = category

    def compose(self) -> ComposeResult:
        yield StateLine(id="heading")
        yield FormPage(id="fields")
        yield StateLine(id="state")
        yield KeyLine(id="keys")

    def _rows(self) -> list[FormRow]:
        foresight = self._draft.foresight
        fields_help = _("a line each: label : kind !   ! requires it, f2 lists the kinds")
        stages_help = _("a line each, in order; = won, = lost or = cancelled ends it")
        return [
            attribute_row("type", "label", "", foresight, None, None),
            attribute_row("type", "label_zh", "", foresight, None, None),
            FormRow(
                KEY,
                attribute_word(KEY),
                LineInput(""),
                help=_("what files, expressions and commands call it"),
            ),
            attribute_row("type", CATEGORY, self._category, foresight, None, None),
            FormRow(FIELDS, _("Fields"), _written(9), help=fields_help),
            FormRow(STAGES, _("Stages"), _written(6), help=stages_help),
        ]

    async def on_mount(self) -> None:
        self.query_one("#heading", StateLine).say(_("New type"))
        page = self.query_one("#fields", FormPage)
        rows = self._rows()
        await page.show([PageSection(None, rows)])
        await page.reveal(rows[0])
        self.query_one("#keys", KeyLine).show(self.keys())

    @property
    def rows(self) -> list[FormRow]:
        """The rows, in order."""
        return self.query_one("#fields", FormPage).rows

    def row(self, name: str) -> FormRow:
        """The row of that name."""
        return next(row for row in self.rows if row.key == name)

    # What was typed

    @property
    def unsaved(self) -> bool:
        return any(row.value.strip() for row in self.rows if row.key != CATEGORY)

    def changes(self) -> tuple[list[Change], str]:
        """The changes that make the type, and what is unclear of its lists; empty when nothing."""
        said = {row.key: row.value.strip() for row in self.rows}
        key = said[KEY]
        category, made = category_meant(self._draft.foresight, said[CATEGORY])
        said[CATEGORY] = category
        values = {name: said[name] for name in ("label", "label_zh", CATEGORY) if said[name]}
        types = [(t.key, t.name(language())) for t in self._draft.foresight.live]
        fields, unclear = fields_written(key, said[FIELDS], self._currency(), types)
        stages, more = stages_written(key, said[STAGES])
        problems = [
            f"{word}, {told(found)}"
            for word, found in ((_("Fields"), unclear), (_("Stages"), more))
            if found
        ]
        return [*made, Change("add", "type", key, values), *fields, *stages], "; ".join(problems)

    def _currency(self) -> str:
        """The currency of amounts that name none: as the workspace has it already."""
        used = [f.currency for t in self._draft.foresight.live for f in t.fields if f.currency]
        return used[0] if used else ("CNY" if language().startswith("zh") else "USD")

    # While typing

    def on_input_changed(self, event: Input.Changed) -> None:
        row = row_of(event.input)
        if row is not None and row.key in ("label", "label_zh"):
            self._propose()
        elif row is not None and row.key == KEY:
            row.touched = bool(row.value.strip())
        self._try()

    def on_text_area_changed(self, _event: TextArea.Changed) -> None:
        self._try()

    def on_edited(self, _event: Edited) -> None:
        self._try()

    def _propose(self) -> None:
        row = self.row(KEY)
        label = self.row("label").value.strip() or self.row("label_zh").value.strip()
        if row.touched:
            return
        known = taken(self._draft.foresight, "type", "")
        row.control.take(proposed_key(label, known, "type", column=True) if label else "")
        row.control.cursor_position = len(row.control.value)

    @work(exclusive=True, group="try")
    async def _try(self) -> None:
        await asyncio.sleep(QUIET)
        if not self.row(KEY).value.strip():
            return
        changes, unclear = self.changes()
        if not unclear:
            try:
                found = await self._draft.tried(*changes)
                unclear = found.failure.message.text(_) if found.failure else ""
            except CrmError as error:
                unclear = error.message.text(_)
        self._tell(unclear)

    def _tell(self, problem: str) -> None:
        state = self.query_one("#state", StateLine)
        if problem:
            state.say(problem, error=True)
        else:
            state.hush()

    def on_descendant_focus(self, event: Any) -> None:
        row = row_of(event.widget)
        if row is not None:
            self.query_one("#state", StateLine).state(row.state)
            select_all(row)

    def on_input_submitted(self, _event: Input.Submitted) -> None:
        self.focus_next()

    # Keys

    def action_kind(self) -> None:
        """Choose a kind and write it behind the label of the line the cursor is in."""
        area = self.row(FIELDS).control
        rows = [Row(kind_word(kind), kind_explained(kind), value=kind) for kind in known_kinds()]

        def chosen(kind: str | None) -> None:
            if kind:
                at = area.cursor_location[0]
                line = area.document.get_line(at)
                label, _colon, rest = line.replace("：", ":").partition(":")
                required = " !" if rest.rstrip().endswith(("!", "！")) else ""
                new = f"{label.rstrip()} : {kind_word(kind)}{required}"
                area.replace(new, (at, 0), (at, len(line)))
                area.move_cursor((at, len(new)))
            area.focus()

        self.app.push_screen(ChooseScreen(_("Kinds of field"), rows, search=True), chosen)

    @work(exclusive=True, group="done")
    async def action_done(self) -> None:
        key = self.row(KEY).value.strip()
        if not key:
            self.say(_("it needs a label or a key"))
            return
        changes, unclear = self.changes()
        if unclear:
            self._tell(unclear)
            return
        try:
            async with self._draft.turn:
                await self._draft.put(*changes)
        except CrmError as error:
            self._tell(error.message.text(_))
            return
        self.dismiss(key)

    def action_leave(self) -> None:
        if not self.unsaved:
            self.dismiss(None)
            return

        def answered(answer: str | None) -> None:
            if answer == "discard":
                self.dismiss(None)

        self.app.push_screen(
            AskScreen(
                _("There is typing that is not saved."),
                [("d", _("discard"), "discard"), ("k", _("keep on typing"), "stay")],
            ),
            answered,
        )


def _written(lines: int) -> NotesControl:
    """A place for a list that is written a line each."""
    control = NotesControl("")
    control.lines = lines
    control.styles.height = lines
    return control
