"""One field of a form: its label, the control its kind asks for, and what is wrong with it."""

from collections.abc import Sequence
from typing import Any

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from crmtui.i18n import _, language
from crmtui.model.definitions import Field
from crmtui.screens.widgets.controls import (
    CheckControl,
    LineInput,
    LookupControl,
    NotesControl,
    Suggest,
)
from crmtui.screens.widgets.rows import Row
from crmtui.terminal import cut, shown

LABEL = 20
"""Cells of a label."""

QUIET = 0.1
"""Seconds without a key before linked records are looked up."""


class FormRow(Vertical):
    """A labelled control.

    Args:
        key: what it is the value of.
        label: as it was defined; made safe here.
        control: holds the value.
    """

    def __init__(self, key: str, label: str, control: Widget, help: str = "") -> None:
        super().__init__()
        self.key = key
        self.label = shown(label)
        self.control: Any = control
        self.help = shown(help)
        self.touched = False

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Static(Content(cut(self.label, LABEL).rstrip()), classes="label")
            yield self.control
        yield Static(classes="problem")

    @property
    def value(self) -> str:
        """What stands in the control, as it was typed."""
        if isinstance(self.control, NotesControl):
            return self.control.text
        return self.control.value

    def wrong(self, message: str | None) -> None:
        """Show what is wrong with the value, or that nothing is."""
        text = shown(message or "")
        self.set_class(bool(text), "-wrong")
        self.query_one(".problem", Static).update(Content(text))

    def mean(self, text: str) -> None:
        """Replace what was typed by what it means: `+3d` by the day."""
        if isinstance(self.control, LineInput) and self.control.value != text:
            with self.prevent(LineInput.Changed):
                self.control.value = text


def field_row(field: Field, value: str, text: str, candidates: Suggest | None) -> FormRow:
    """The row of a field.

    Args:
        value: as it would be typed.
        text: as people read it; safe.
        candidates: finds the records a link may point to.
    """
    name = field.name(language())
    if field.kind == "money" and field.currency:
        name = f"{name} ({field.currency})"
    if field.required:
        name += " *"
    help_text = (field.help_zh if language().startswith("zh") else None) or field.help or ""
    return FormRow(field.key, name, _control(field, value, text, candidates), help_text)


def _control(field: Field, value: str, text: str, candidates: Suggest | None) -> Widget:
    if field.kind == "boolean":
        return CheckControl(value, empty=not field.required)
    if field.kind in ("longtext", "address", "json"):
        return NotesControl(value)
    if field.kind == "choice":
        return LookupControl(value, text, option_suggestions(field), placeholder=_("down: choices"))
    if field.kind == "link" and candidates is not None:
        return LookupControl(
            value, text, candidates, placeholder=_("type a part of the title"), delay=QUIET
        )
    placeholder = {
        "date": _("2026-10-01, today, +3d, fri, eom"),
        "time": _("9:30, 21:05, 9pm"),
        "datetime": _("2026-10-01 09:30, now, tomorrow 09:30"),
        "duration": _("1h30m, 90m, 2d, 1:30"),
        "multichoice": ", ".join(option.key for option in field.options if not option.retired),
        "tags": _("words, with commas between"),
    }.get(field.kind, "")
    return LineInput(value, placeholder)


def option_suggestions(field: Field) -> Suggest:
    """Finds the options of a choice whose label or key holds what was typed."""
    rows = [
        Row(shown(option.name(language())), option.key, value=option.key)
        for option in field.options
        if not option.retired
    ]
    return among(rows)


def among(rows: Sequence[Row]) -> Suggest:
    """Finds those of `rows` that hold what was typed; those that begin with it come first."""

    async def suggest(typed: str) -> Sequence[Row]:
        word = typed.casefold()
        found = [row for row in rows if word in f"{row.left} {row.right}".casefold()]
        return sorted(found, key=lambda row: not row.left.casefold().startswith(word))

    return suggest
