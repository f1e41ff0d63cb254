"""The form of a field: what its kind has, and what another kind would make of its values."""

from collections.abc import Sequence
from typing import Any

from textual import work

from crmtui.i18n import N_, _
from crmtui.model.definitions import Field
from crmtui.model.keys import proposed_key
from crmtui.model.message import Message
from crmtui.model.nouns import NOUNS
from crmtui.screens.attribute_rows import CHOICES
from crmtui.screens.choose import AskScreen
from crmtui.screens.definition_form import DefinitionForm
from crmtui.screens.widgets.controls import LineInput
from crmtui.screens.widgets.form_page import PageSection
from crmtui.screens.widgets.form_row import FormRow
from crmtui.screens.words import attribute_word, kind_explained, kind_meant
from crmtui.store.changes import Change
from crmtui.store.errors import CrmError
from crmtui.store.kinds import KINDS

OPTIONS = "options"
_FIRST = ("label", "label_zh", "kind")
_COMMON = (
    "title required unique default write_once indexed personal help help_zh required_when"
    " visible_when read_only_when"
).split()
_SECTIONS = {
    N_("Values"): ("title", "required", "unique", "default", "write_once", "indexed", "personal"),
    N_("Help"): ("help", "help_zh"),
    N_("Rules"): ("required_when", "visible_when", "read_only_when"),
}
"""What stands under headings of its own; what a kind has besides comes first."""
_OF_VALUES = frozenset("required unique default write_once indexed personal required_when".split())
"""What cannot be said of a value that is computed."""
_UNLIKE = frozenset(("default", "min", "max", "scale", "currency"))
"""What speaks of values as a kind writes them, and does not follow to another kind."""


class FieldForm(DefinitionForm):
    """A field; the rows are those that its kind has."""

    _kind = ""
    _choosing = True
    """Whether the kind may still be on its way, as long as the list of kinds is open."""

    @property
    def kind(self) -> str:
        """The kind that is chosen now."""
        if not self._kind:
            found = self.found
            self._kind = found.kind if isinstance(found, Field) else "text"
        return self._kind

    def names(self) -> list[str]:
        kind = KINDS[self.kind]
        settings = [
            name
            for name, attribute in NOUNS["field"].attributes.items()
            if attribute.attr in kind.settings and name not in (*_FIRST, *_COMMON)
        ]
        common = [
            name
            for name in _COMMON
            if not (kind.computed and name in (*_OF_VALUES, "read_only_when"))
            and not (name == "title" and not kind.can_be_title)
            and not (name == "unique" and not kind.can_be_unique)
        ]
        return [*_FIRST, *settings, *common]

    def make_rows(self, typed: dict[str, str]) -> list[FormRow]:
        rows = super().make_rows(typed)
        if OPTIONS in KINDS[self.kind].settings and self.node is None:
            place = next(n for n, row in enumerate(rows) if row.key == "kind")
            control = LineInput(typed.get(OPTIONS, ""), _("Website, Trade fair, Phone"))
            rows.insert(
                place + 1,
                FormRow(
                    OPTIONS, attribute_word(OPTIONS), control, help=_("labels, joined by commas")
                ),
            )
        for row in rows:
            if row.key == "kind":
                row.help = kind_explained(self.kind)
        return rows

    def sections(self, rows: list[FormRow]) -> list[PageSection]:
        found: list[PageSection] = []
        for name, keys in _SECTIONS.items():
            own = [row for row in rows if row.key in keys]
            if own:
                found.append(PageSection(_(name), own))
            rows = [row for row in rows if row.key not in keys]
        basics = PageSection(None, rows)
        return [basics, *found]

    # The kind

    def edited(self, row: FormRow | None) -> None:
        self._choosing = True
        if row is None or row.key != "kind":
            super().edited(row)
        elif not row.control.open and row.value != self.kind and row.value in KINDS:
            self._turn_into(row.value)

    @work(exclusive=True, group="kind")
    async def _turn_into(self, kind: str) -> None:
        await self.turn_into(kind)

    async def turn_into(self, kind: str) -> None:
        """Show the rows of another kind; what was typed in those that stay is kept."""
        typed = self.typed | {"kind": kind}
        found = self.found
        if isinstance(found, Field) and kind != found.kind:
            typed = {
                name: text
                for name, text in typed.items()
                if name not in _UNLIKE or text != self.before.get(name)
            }
            typed |= {name: "" for name in _UNLIKE if name not in typed}
        self._kind = kind
        touched = {row.key for row in self.rows if row.touched}
        rows = self.make_rows(typed)
        await self.page.show(self.sections(rows))
        for row in rows:
            row.touched = row.key in touched
            if row.key == "kind":
                await self.page.reveal(row)
        self._try()

    def values(self) -> dict[str, Any]:
        said = super().values()
        found = self.found
        if isinstance(found, Field) and self.kind != found.kind:
            # What was said of the values of the former kind is gone with it.
            said = {name: v for name, v in said.items() if v is not None or name not in _UNLIKE}
        said["kind"] = self._kind_said
        if isinstance(found, Field) and said["kind"] == found.kind:
            del said["kind"]
        return said

    @property
    def _kind_said(self) -> str:
        """The kind as it stands in its row; while it is being chosen, the one before."""
        row = self.row("kind")
        if row is None or (self._choosing and row.control.open):
            return self.kind
        return row.value

    def changes(self) -> list[Change]:
        changes = super().changes()
        words = self.typed.get(OPTIONS, "") if self.kind in CHOICES else ""
        keys: list[str] = []
        for label in (word.strip() for word in words.replace("，", ",").split(",")):
            if label:
                keys.append(proposed_key(label, keys, "option"))
                said = {} if keys[-1] == label else {"label": label}
                changes.append(Change("add", "option", f"{self.ref}.{keys[-1]}", said))
        return changes

    # Conversion

    @property
    def _converts(self) -> bool:
        found = self.found
        return isinstance(found, Field) and found.kind != self.kind

    async def finish(self) -> None:
        row = self.row("kind")
        if row is not None:
            row.control.action_close()
        self._choosing = False
        meant = kind_meant(self._kind_said)
        if meant is not None and meant != self.kind:
            # A kind that was typed and not taken from the list.
            await self.turn_into(meant)
        if not self._converts:
            await super().finish()
            return
        try:
            found = await self.draft.tried(*self.changes())
        except CrmError as error:
            self.refused(error)
            return
        if found.failure is None:
            known = len(self.foresight.notes)
            self._report(found.notes[known:] or found.notes, [("y", _("convert them"), "convert")])
        elif found.failure.code == "unconvertible":
            lossy = _("convert what can be; the rest stays in the retired field")
            self._report([found.failure.message], [("l", lossy, "lose")])
        else:
            self.refused(found.failure)

    def _report(self, notes: Sequence[Message], answers: list[tuple[str, str, str]]) -> None:
        """Show what becomes of the values, and ask whether to go on."""

        def answered(answer: str | None) -> None:
            if answer in ("convert", "lose"):
                self._convert(answer == "lose")

        question = "; ".join(note.text(_) for note in notes)
        answers = [*answers, ("n", _("leave it as it is"), "stay")]
        self.app.push_screen(AskScreen(question, answers), answered)

    @work(exclusive=True, group="done")
    async def _convert(self, lose: bool) -> None:
        first, *rest = self.changes()
        values = {**first.values, "allow_data_loss": True} if lose else first.values
        change = Change(first.verb, first.noun, first.ref, values)
        try:
            async with self.draft.turn:
                await self.draft.put(change, *rest)
        except CrmError as error:
            self.refused(error)
            return
        self.dismiss(self.made())
