"""The form of a definition: what can be said of a type, option, stage, status, validation."""

import asyncio
from collections.abc import Sequence
from typing import Any

from textual import events, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Input

from crmtui.i18n import N_, _, language
from crmtui.model.definitions import Definition, Field, Type
from crmtui.model.keys import proposed_key
from crmtui.model.message import Message
from crmtui.model.nouns import NOUNS
from crmtui.screens.attribute_rows import attribute_row, text_of
from crmtui.screens.base import CrmScreen
from crmtui.screens.choose import AskScreen
from crmtui.screens.design_draft import DesignDraft
from crmtui.screens.foresight import Foresight
from crmtui.screens.nodes import Node, category_meant, definition, siblings, taken
from crmtui.screens.widgets.bars import KeyLine, StateLine
from crmtui.screens.widgets.controls import CheckControl, Edited, LineInput
from crmtui.screens.widgets.form_page import FormPage, PageSection
from crmtui.screens.widgets.form_row import FormRow
from crmtui.screens.widgets.lookup import LookupControl
from crmtui.screens.words import attribute_word
from crmtui.store.changes import Change
from crmtui.store.errors import CrmError

KEY = "key"
QUIET = 0.3
"""Seconds without a key before what was typed is tried."""


class DefinitionForm(CrmScreen):
    """A new definition, or one that is changed; ends with its node once the draft has taken it.

    Args:
        draft: takes the changes.
        noun: what is defined.
        parent: the reference of what it hangs on; empty for types and categories.
        node: what is changed; None for a new one.
    """

    CSS_PATH = "definition_form.tcss"
    BINDINGS = [
        Binding("ctrl+s", "done", N_("Done"), id="define.done", priority=True),
        Binding("escape", "leave", N_("Back"), id="define.leave"),
        Binding("tab,down", "app.focus_next", N_("Next row"), id="define.next", show=False),
        Binding(
            "shift+tab,up", "app.focus_previous", N_("Row before"), id="define.previous", show=False
        ),
    ]
    HINTS = ("define.done", "define.leave", "define.next", "define.previous")

    def __init__(
        self, draft: DesignDraft, noun: str, parent: str, node: Node | None = None
    ) -> None:
        super().__init__()
        self.draft = draft
        self.noun = noun
        self.parent_ref = parent
        self.node = node
        self.before: dict[str, str] = {}

    def compose(self) -> ComposeResult:
        yield StateLine(id="heading")
        yield FormPage(id="fields")
        yield StateLine(id="state")
        yield KeyLine(id="keys")

    # Filling

    def on_mount(self) -> None:
        self.query_one("#heading", StateLine).say(self._heading())
        self._fill()

    @property
    def foresight(self) -> Foresight:
        """The configuration as it would be."""
        return self.draft.foresight

    @property
    def found(self) -> Definition | None:
        """The definition as it would be without what is typed here; None for a new one."""
        return definition(self.foresight, self.node) if self.node else None

    @property
    def type(self) -> Type | None:
        """The type that it belongs to, or is."""
        if isinstance(self.found, Type):
            return self.found
        return self.foresight.type(self.parent_ref.partition(".")[0])

    @property
    def field(self) -> Field | None:
        """The field that is changed, or whose option is."""
        found = self.found
        if isinstance(found, Field):
            return found
        type_, key = self.type, self.parent_ref.partition(".")[2]
        return type_.field_by_key.get(key) if type_ and self.noun == "option" else None

    def _heading(self) -> str:
        found, noun = self.found, _(self.noun)
        inside = self.parent_ref and f"{self.parent_ref} > "
        if found is None:
            return inside + _("new {noun}").format(noun=noun)
        return f"{inside}{noun} {found.name(language())}"

    def names(self) -> list[str]:
        """The attributes to show, in order."""
        return [
            attribute.name
            for attribute in NOUNS[self.noun].attributes.values()
            if attribute.shape != "layout"
            and not (self.noun == "type" and attribute.shape == "keys")
            and not (attribute.name == "owner" and not self._has_users)
        ]

    @property
    def _has_users(self) -> bool:
        """Whether the type has a field that can say whose a record is."""
        return self.type is not None and self.type.owner_field is not None

    def value_before(self, name: str) -> str:
        """What an attribute is before anything is typed here."""
        return text_of(self.noun, name, self.found)

    @work
    async def _fill(self) -> None:
        rows = self.make_rows({})
        self.before = {row.key: _text(row) for row in rows}
        await self.page.show(self.sections(rows))
        await self.page.reveal(rows[0])
        self.query_one("#keys", KeyLine).show(self.keys())

    def sections(self, rows: list[FormRow]) -> list[PageSection]:
        """The rows under their headings."""
        return [PageSection(None, rows)]

    def make_rows(self, typed: dict[str, str]) -> list[FormRow]:
        """The rows, with what was typed in them before."""
        rows = [self.make_row(name, typed.get(name)) for name in self.names()]
        if self.node is None:
            key = FormRow(
                KEY,
                attribute_word(KEY),
                LineInput(typed.get(KEY, "")),
                help=_("what files, expressions and commands call it"),
            )
            rows.insert(min(2, len(rows)), key)
        if self.noun == "option":
            field, node = self.field, self.node
            default = field is not None and node is not None and field.default == node.key
            control = CheckControl(typed.get("default", str(default).lower()), empty=False)
            help_text = _("a new record has it")
            rows.append(FormRow("default", attribute_word("default"), control, help=help_text))
        return rows

    def make_row(self, name: str, typed: str | None) -> FormRow:
        """The row of an attribute."""
        value = self.value_before(name) if typed is None else typed
        return attribute_row(self.noun, name, value, self.foresight, self.type, self.field)

    @property
    def page(self) -> FormPage:
        """The rows as they are laid out."""
        return self.query_one("#fields", FormPage)

    @property
    def rows(self) -> list[FormRow]:
        """The rows, in order."""
        return self.page.rows

    def row(self, name: str) -> FormRow | None:
        """The row of an attribute."""
        return self.page.row(name)

    # What was typed

    @property
    def typed(self) -> dict[str, str]:
        """What stands in the rows now."""
        return {row.key: _text(row) for row in self.rows}

    @property
    def unsaved(self) -> bool:
        return any(value != self.before.get(name, "") for name, value in self.typed.items())

    @property
    def ref(self) -> str:
        """The reference of what is defined."""
        if self.node is not None:
            return self.node.ref
        key = self.typed.get(KEY, "").strip()
        return f"{self.parent_ref}.{key}" if self.parent_ref else key

    def values(self) -> dict[str, Any]:
        """The attributes that were changed; of a new definition those that were filled in."""
        attributes = NOUNS[self.noun].attributes
        said: dict[str, Any] = {}
        for name, text in self.typed.items():
            if name not in attributes or text == self.before.get(name, ""):
                continue
            said[name] = (
                text == "true" if attributes[name].shape == "flag" else text.strip() or None
            )
        return said

    def changes(self) -> list[Change]:
        """What would make the definition as it was typed."""
        values = self.values()
        changes: list[Change] = []
        if self.noun == "type" and values.get("category"):
            values["category"], changes = category_meant(self.foresight, values["category"])
        if values or self.node is None:
            verb = "add" if self.node is None else "set"
            changes.append(Change(verb, self.noun, self.ref, values))
        if self.noun == "option" and self.typed.get("default") != self.before.get("default"):
            key = self.ref.rpartition(".")[2]
            default = key if self.typed.get("default") == "true" else None
            changes.append(Change("set", "field", self.parent_ref, {"default": default}))
        return changes

    # While typing

    def on_input_changed(self, event: Input.Changed) -> None:
        self.edited(row_of(event.input))

    def on_edited(self, _event: Edited) -> None:
        self.edited(row_of(self.focused))

    def edited(self, row: FormRow | None) -> None:
        """What follows from another value in a row."""
        if row is not None and row.key in ("label", "label_zh") and self.node is None:
            self._propose()
        self._try()

    def _propose(self) -> None:
        """Make a key of the label, until somebody types one."""
        row = self.row(KEY)
        if row is None or row.touched:
            return
        row.control.take(self._proposal())
        row.control.cursor_position = len(row.control.value)

    @work(exclusive=True, group="try")
    async def _try(self) -> None:
        await asyncio.sleep(QUIET)
        if not self.unsaved or (self.node is None and not self.typed.get(KEY)):
            self._tell(None, [])
            return
        try:
            found = await self.draft.tried(*self.changes())
        except CrmError as error:
            self._tell(error, [])
            return
        known = len(self.draft.foresight.notes)
        self._tell(found.failure, found.notes[known:])

    def _tell(self, error: CrmError | None, notes: Sequence[Message]) -> None:
        """Show what stands against it, at its row if it is about one; else what it would do."""
        at = self._at(error) if error is not None else None
        for row in self.rows:
            row.wrong(_told(error) if error is not None and row is at else None)
        said = ""
        if error is not None and at is None:
            said = error.message.text(_)
        elif notes:
            said = "; ".join(note.text(_) for note in notes)
        state = self.query_one("#state", StateLine)
        if said:
            state.say(said, error=error is not None)
        else:
            state.hush()

    def _at(self, error: CrmError) -> FormRow | None:
        """The row that an error is about, as far as it says so."""
        if "uid" in error.facts or error.code == "bad-uid":
            return self.row("uid")
        if error.code in ("bad-key", "exists", "confusable"):
            return self.row(KEY)
        named = {"no-such-currency": "currency", "no-currency": "currency", "no-formula": "formula"}
        named |= {"link-without-type": "to", "no-source": "from", "bad-pattern": "pattern"}
        named |= {"bad-email": "email", "circular": "parent", "last-administrator": "administrator"}
        named |= {"no-such-role": "roles", "no-such-team": "teams", "no-such-user": "manager"}
        name = named.get(error.code) or str(error.facts.get("name", ""))
        return self.row(name)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        row = row_of(event.widget)
        if row is not None:
            self.query_one("#state", StateLine).state(row.state)
            select_all(row)

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        row = row_of(event.widget)
        if row is not None and row.key == KEY and _text(row).strip():
            row.touched = row.touched or row.value != self._proposal()

    def _proposal(self) -> str:
        typed = self.typed
        label = typed.get("label", "").strip() or typed.get("label_zh", "").strip()
        known = taken(self.foresight, self.noun, self.parent_ref)
        column = self.noun in ("type", "field")
        key = proposed_key(label, known, self.noun, column=column) if label else ""
        # What users are called stands in lines that a shell reads.
        return key if self.noun != "user" or key.isascii() else ""

    def on_input_submitted(self, _event: Input.Submitted) -> None:
        self.focus_next()

    # Ending

    @work(exclusive=True, group="done")
    async def action_done(self) -> None:
        await self.finish()

    async def finish(self) -> None:
        """Put the changes into the draft; what the store would refuse is told and nothing done."""
        changes = self.changes()
        if not changes or (self.node is not None and not self.unsaved):
            self.dismiss(None)
            return
        if self.node is None and not self.typed.get(KEY, "").strip():
            self.say(_("it needs a label or a key"))
            return
        try:
            async with self.draft.turn:
                await self.draft.put(*changes)
        except CrmError as error:
            self.refused(error)
            return
        self.dismiss(self.made())

    def refused(self, error: CrmError) -> None:
        """Say why the draft did not take it."""
        self._tell(error, [])
        at = self._at(error)
        if at is not None:
            self.focus_row(at)

    @work(group="focus")
    async def focus_row(self, row: FormRow) -> None:
        """Put the focus on a row."""
        await self.page.reveal(row)

    def made(self) -> Node:
        """The node of what was defined."""
        key = Node(self.noun, self.ref).key
        known: list[Definition] = list(siblings(self.foresight, self.noun, self.parent_ref))
        found = next((each for each in known if each.key.casefold() == key.casefold()), None)
        node = Node(self.noun, self.ref)
        return node.sibling(found.key) if found is not None else node

    def action_leave(self) -> None:
        if not self.unsaved:
            self.dismiss(None)
            return

        def answered(answer: str | None) -> None:
            if answer == "take":
                self.action_done()
            elif answer == "discard":
                self.dismiss(None)

        self.app.push_screen(
            AskScreen(
                _("There is typing that is not saved."),
                [
                    ("s", _("take it"), "take"),
                    ("d", _("discard"), "discard"),
                    ("k", _("keep on typing"), "stay"),
                ],
            ),
            answered,
        )


def row_of(widget: Any) -> FormRow | None:
    """The row that a widget stands in."""
    if widget is None:
        return None
    return next((node for node in widget.ancestors_with_self if isinstance(node, FormRow)), None)


def _text(row: FormRow) -> str:
    """What stands in a row, several values joined as they are written."""
    return ",".join(row.value) if isinstance(row.value, tuple) else row.value


def select_all(row: FormRow) -> None:
    """Let what is typed take the place of what was chosen before."""
    if isinstance(row.control, LookupControl):
        row.control.input.action_select_all()


def _told(error: CrmError) -> str:
    """An error beside its row: what is wrong, without repeating where."""
    problem = error.facts.get("problem") or error.facts.get("reason")
    if isinstance(problem, Message):
        return problem.text(_)
    return str(problem) if problem else error.message.text(_)
