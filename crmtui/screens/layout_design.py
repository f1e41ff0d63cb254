"""The layout designer: sections and fields as one list, beside what they will look like."""

from collections.abc import Callable, Sequence
from typing import Any

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal

from crmtui.i18n import N_, _, language
from crmtui.model import layout_changes
from crmtui.model.definitions import Type
from crmtui.model.layouts import Item, Layout, Section, section_made
from crmtui.screens.ask_text import AskTextScreen
from crmtui.screens.choose import ChooseScreen
from crmtui.screens.design import DesignScreen
from crmtui.screens.design_draft import DesignDraft
from crmtui.screens.foresight import Foresight
from crmtui.screens.layout_parts import (
    Spot,
    item_dialogue,
    item_row,
    item_values,
    section_dialogue,
    section_row,
    section_values,
)
from crmtui.screens.layout_preview import (
    Preview,
    card_preview,
    columns_preview,
    sections_preview,
)
from crmtui.screens.widgets import columns
from crmtui.screens.widgets.bars import KeyLine, StateLine
from crmtui.screens.widgets.ordered_list import OrderedList
from crmtui.screens.widgets.preview_pane import PreviewPane
from crmtui.screens.widgets.rows import Row, RowList
from crmtui.screens.words import value_word
from crmtui.store import layout_words, layouts
from crmtui.store.changes import Change
from crmtui.store.errors import CrmError
from crmtui.store.query import Record
from crmtui.terminal import shown

WIDTHS = (80, 120, 200)
SAMPLE = 5


class LayoutScreen(DesignScreen):
    """Lays out one type.

    Args:
        key: the type's.
        kind: one of `store.layouts.LAYOUTS`.
        stage: the stage whose own layout it is; None for every stage without one.
    """

    CSS_PATH = "layout_design.tcss"
    BINDINGS = [
        Binding("a", "add", N_("Add"), id="layout.add"),
        Binding("e", "edit", N_("Edit"), id="layout.edit"),
        Binding("r", "rename", N_("Label"), id="layout.rename"),
        Binding("x,space,delete", "flip", N_("Hide"), id="layout.flip", key_display="x"),
        Binding("less_than_sign,H", "carry(-1)", N_("Section before"), id="layout.back"),
        Binding("greater_than_sign,L", "carry(1)", N_("Next section"), id="layout.on"),
        Binding("c", "columns", N_("1/2 cols"), id="layout.columns"),
        Binding("f", "kind", N_("Kind"), id="layout.kind"),
        Binding("v", "variant", N_("Stage"), id="layout.variant"),
        Binding("w", "width", N_("Width"), id="layout.width"),
        Binding("p", "preview", N_("Preview"), id="layout.preview"),
        Binding("left,h", "pan(-1)", N_("Preview to the left"), id="layout.left", show=False),
        Binding("right,l", "pan(1)", N_("Preview to the right"), id="layout.right", show=False),
        Binding("R", "reset", N_("Reset"), id="layout.reset"),
    ]
    HINTS = tuple(
        "layout.add layout.edit layout.flip layout.columns layout.kind layout.width layout.preview"
        " design.plan app.help design.leave layout.variant layout.back layout.on layout.rename"
        " design.undo layout.reset app.palette".split()
    )

    def __init__(
        self, draft: DesignDraft, key: str, kind: str = "form", stage: str | None = None
    ) -> None:
        super().__init__(draft)
        self._key = key
        self._kind = kind
        self._stage = stage if kind in layouts.SECTIONED else None
        self._layout = Layout()
        self._keys: tuple[str, ...] = ()
        self._under_way = 0
        self._width = WIDTHS[0]
        self._sample: list[Record] = []
        self._turned = False

    def compose(self) -> ComposeResult:
        yield StateLine(id="heading")
        with Horizontal(id="body"):
            yield OrderedList(accepts=lambda value, onto: value != onto, id="list")
            yield PreviewPane(id="preview")
        yield StateLine(id="state")
        yield KeyLine(id="keys")

    def on_mount(self) -> None:
        self.listing.focus()
        self._read_sample()

    @property
    def listing(self) -> OrderedList:
        """Sections and fields."""
        return self.query_one("#list", OrderedList)

    @property
    def type(self) -> Type | None:
        """The type as it would be."""
        return self.foresight.type(self._key)

    @property
    def spot(self) -> Spot | None:
        """What the cursor stands on."""
        value = self.listing.value
        return value if isinstance(value, Spot) else None

    @property
    def _sectioned(self) -> bool:
        return self._kind in layouts.SECTIONED

    @work(exclusive=True, group="sample")
    async def _read_sample(self) -> None:
        """Some records, so that the preview shows what people will see."""
        try:
            self._sample = await self.read(lambda ws: ws.records(self._key, limit=SAMPLE))
        except CrmError:
            return  # a type that is not made yet has none
        self._show_preview()

    # Showing

    def show(self) -> None:
        if self.type is None:
            self.dismiss(None)
            return
        if not self._under_way:
            self._load(self.type)
        self._show_list()
        self._show_preview()

    def _load(self, type_: Type) -> None:
        if self._stage is not None and self._stage not in type_.stage_by_key:
            self._stage = None
        if self._sectioned:
            self._layout = layouts.whole(type_, self._kind, self._stage)
        else:
            self._keys = layouts.columns_of(type_, self._kind)

    def _show_list(self) -> None:
        type_ = self.type
        if type_ is None:
            return
        names = [_("Configuration"), type_.name(language()), value_word(self._kind)]
        if self._sectioned:
            stage = type_.stage_by_key.get(self._stage or "")
            names.append(stage.name(language()) if stage else _("every stage"))
        self.query_one("#heading", StateLine).say(" > ".join(names))
        self.listing.show(self._rows(type_))

    def _rows(self, type_: Type) -> list[Row]:
        if not self._sectioned:
            return self._key_rows(type_)
        rows = []
        for section in self._layout.sections:
            rows.append(section_row(section))
            rows += [item_row(type_, item) for item in section.items]
        return rows

    def _key_rows(self, type_: Type) -> list[Row]:
        heads = dict(columns.choices(type_))
        rest = [key for key in heads if key not in self._keys]
        rows = []
        for key in (*self._keys, *rest):
            box, look = ("[x]", "text") if key in self._keys else ("[ ]", "dim")
            name = heads.get(key, columns.head(type_, key))
            rows.append(Row(f"{box} {name}", shown(key), look, Spot(key)))
        return rows

    def _show_preview(self) -> None:
        type_ = self.type
        if type_ is not None:
            pane = self.query_one("#preview", PreviewPane)
            pane.show(self._preview(type_), self._width)

    def _preview(self, type_: Type) -> Preview:
        present = self.spot.key if self.spot else ""
        if self._kind == "list":
            return columns_preview(type_, self._keys, self._width, present, self._sample)
        if self._kind == "card":
            return card_preview(type_, self._keys, self._width, present, self._sample)
        record = self._sample[0] if self._sample else None
        return sections_preview(type_, self._kind, self._layout, self._width, present, record)

    @property
    def standing(self) -> str:
        if self._sectioned:
            return _("J K or the mouse move, < > to another section, f v choose what is laid out")
        return _("space takes in or out, J K or the mouse move, f chooses what is laid out")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("carry", "columns", "variant", "edit", "rename", "add"):
            return self._sectioned
        return super().check_action(action, parameters)

    # Changing

    def _lay_out(self, act: Callable[..., Any], *given: Any, **named: Any) -> None:
        """Let a function of `model.layout_changes` give the layout that is shown from now on."""
        type_ = self.type
        if type_ is None:
            return
        try:
            self._take(layout_words.done(type_, act, self._layout, *given, **named))
        except CrmError as error:
            self.fail(error)

    def _take(self, value: Layout | Sequence[str]) -> None:
        """Show a layout at once, and bring it into the draft."""
        if isinstance(value, Layout):
            self._layout = value
        else:
            self._keys = tuple(value)
        self._under_way += 1
        self._show_list()
        self._show_preview()
        self._gather()

    @work(group="draft")
    async def _gather(self) -> None:
        try:
            await self.accepted(self._made)
        finally:
            self._under_way -= 1
        if not self._under_way:
            self.show()

    def _made(self, foresight: Foresight) -> Sequence[Change]:
        type_ = foresight.type(self._key)
        if type_ is None:
            return ()
        value = self._layout if self._sectioned else self._keys
        return [layouts.change(type_, self._kind, value, self._stage)]

    @on(OrderedList.Shifted)
    def _on_shifted(self, event: OrderedList.Shifted) -> None:
        spot: Spot = event.value
        if not self._sectioned:
            self._shift_key(spot.key, event.by)
        elif spot.section:
            at = [section.key for section in self._layout.sections].index(spot.key)
            if 0 <= at + event.by < len(self._layout.sections):
                self._lay_out(layout_changes.section_moved, spot.key, at + event.by)
        else:
            self._shift_item(spot.key, event.by)

    def _shift_item(self, field: str, by: int) -> None:
        """Past the next field; from the end of a section into the one beside it."""
        home = self._layout.section_of(field)
        if home is None:
            return
        keys = [item.field for item in home.items]
        to = keys.index(field) + by
        if 0 <= to < len(keys):
            beside = {"after" if by > 0 else "before": keys[to]}
            self._lay_out(layout_changes.moved, field, **beside)
        else:
            self._carry(field, by, first=by > 0)

    def _carry(self, field: str, by: int, *, first: bool) -> None:
        home = self._layout.section_of(field)
        if home is None:
            return
        to = self._layout.sections.index(home) + by
        if 0 <= to < len(self._layout.sections):
            target = self._layout.sections[to].key
            self._lay_out(layout_changes.moved, field, section=target, first=first)

    def _shift_key(self, key: str, by: int) -> None:
        keys = list(self._keys)
        if key in keys and 0 <= keys.index(key) + by < len(keys):
            at = keys.index(key)
            keys[at], keys[at + by] = keys[at + by], keys[at]
            self._take(keys)

    @on(OrderedList.Dropped)
    def _on_dropped(self, event: OrderedList.Dropped) -> None:
        spot, onto = event.value, event.onto
        if not self._sectioned:
            self._drop_key(spot.key, onto.key)
        elif spot.section:
            home = onto.key if onto.section else self._home(onto.key)
            at = [section.key for section in self._layout.sections].index(home)
            self._lay_out(layout_changes.section_moved, spot.key, at)
        elif onto.section:
            self._lay_out(layout_changes.moved, spot.key, section=onto.key, first=True)
        else:
            order = [item.field for item in self._layout.items]
            same = self._home(spot.key) == self._home(onto.key)
            later = same and order.index(onto.key) > order.index(spot.key)
            beside = {"after" if later else "before": onto.key}
            self._lay_out(layout_changes.moved, spot.key, section=self._home(onto.key), **beside)

    def _home(self, field: str) -> str:
        section = self._layout.section_of(field)
        return section.key if section else ""

    def _drop_key(self, key: str, onto: str) -> None:
        if onto not in self._keys:
            self._take([each for each in self._keys if each != key])
            return
        at = self._keys.index(onto)
        keys = [each for each in self._keys if each != key]
        keys.insert(at, key)
        self._take(keys)

    # Keys

    @on(RowList.Chosen, "#list")
    def _on_chosen(self) -> None:
        self.action_edit() if self._sectioned else self.action_flip()

    def action_carry(self, by: int) -> None:
        spot = self.spot
        if spot is not None and not spot.section:
            self._carry(spot.key, by, first=False)

    def action_add(self) -> None:
        def answered(label: str | None) -> None:
            if label:
                section = section_made(label, [each.key for each in self._layout.sections])
                self._lay_out(layout_changes.with_section, section)
                self.listing.go_to(Spot(section.key, section=True))

        self.app.push_screen(AskTextScreen(_("Label of the new section")), answered)

    def action_rename(self) -> None:
        spot = self.spot
        if spot is None:
            return
        section, item = self._layout.section(spot.key), self._layout.item(spot.key)
        chinese = "label_zh" if language().startswith("zh") else "label"
        now = getattr(section if spot.section else item, chinese, None) or ""

        def answered(label: str | None) -> None:
            if label is None:
                return
            said = {chinese: label or None}
            if spot.section:
                self._lay_out(layout_changes.section_set, spot.key, **said)
            else:
                self._lay_out(layout_changes.item_set, spot.key, **said)

        self.app.push_screen(AskTextScreen(_("Label"), now), answered)

    def action_edit(self) -> None:
        spot = self.spot
        section = self._layout.section(spot.key) if spot and spot.section else None
        item = self._layout.item(spot.key) if spot and not spot.section else None
        if section is not None:
            self._edit_section(section)
        elif item is not None:
            self._edit_item(item)

    def _edit_section(self, section: Section) -> None:
        def answered(said: dict[str, str] | None) -> None:
            if said is not None:
                values = section_values(said)
                self._lay_out(layout_changes.section_set, section.key, **values)

        self.app.push_screen(section_dialogue(section), answered)

    def _edit_item(self, item: Item) -> None:
        def answered(said: dict[str, str] | None) -> None:
            type_ = self.type
            if said is None or type_ is None:
                return
            try:
                values = item_values(said)
                self._take(layout_words.item_said(type_, self._layout, item.field, **values))
            except CrmError as error:
                self.fail(error)

        self.app.push_screen(item_dialogue(item), answered)

    def action_flip(self) -> None:
        """Hide or show a field, take a column in or out, remove a section."""
        spot = self.spot
        if spot is None:
            return
        if not self._sectioned:
            taken = spot.key in self._keys
            keys = [key for key in self._keys if key != spot.key]
            self._take(keys if taken else [*self._keys, spot.key])
            self.listing.go_to(spot)
        elif spot.section:
            self._lay_out(layout_changes.section_removed, spot.key)
        else:
            item = self._layout.item(spot.key)
            hidden = not (item is not None and item.hidden)
            self._lay_out(layout_changes.item_set, spot.key, hidden=hidden)

    def action_columns(self) -> None:
        spot = self.spot
        if spot is None:
            return
        key = spot.key if spot.section else self._home(spot.key)
        section = self._layout.section(key)
        if section is not None:
            self._lay_out(layout_changes.section_set, key, columns=3 - section.columns)

    def action_reset(self) -> None:
        """Lay it out as if nobody had made a layout."""
        type_ = self.type
        if type_ is not None:
            change = layouts.reset(type_, [self._kind], self._stage)
            self.put(lambda _foresight: [change])

    # What is laid out, and how it is looked at

    def action_kind(self) -> None:
        kinds = layouts.LAYOUTS
        self._turn_to(kinds[(kinds.index(self._kind) + 1) % len(kinds)], self._stage)

    def action_variant(self) -> None:
        type_ = self.type
        if type_ is None:
            return
        rows = [Row(_("every stage"), value="")]
        for stage in type_.stages:
            own = _("its own") if getattr(stage, f"{self._kind}_layout") else ""
            rows.append(Row(shown(stage.name(language())), own, value=stage.key))

        def answered(stage: str | None) -> None:
            if stage is not None:
                self._turn_to(self._kind, stage or None)

        self.app.push_screen(ChooseScreen(_("Laid out for"), rows, search=False), answered)

    def _turn_to(self, kind: str, stage: str | None) -> None:
        self._kind = kind
        self._stage = stage if kind in layouts.SECTIONED else None
        self.show()
        self.show_draft()
        self.show_keys()

    def action_width(self) -> None:
        self._width = WIDTHS[(WIDTHS.index(self._width) + 1) % len(WIDTHS)]
        self._show_preview()

    def action_pan(self, by: int) -> None:
        self.query_one("#preview", PreviewPane).pan(by)

    def action_preview(self) -> None:
        """Show the preview alone, or the list again."""
        self._turned = not self._turned
        self.set_class(self._turned, "-preview")
        (self.query_one("#preview", PreviewPane) if self._turned else self.listing).focus()
        self.call_after_refresh(self._show_preview)

    def on_resize(self, _event: events.Resize) -> None:
        self.call_after_refresh(self._show_preview)

    @on(OrderedList.Moved)
    def _on_moved(self) -> None:
        self._show_preview()

    def action_leave(self) -> None:
        if self.listing.cancel_drag():
            return
        if self._turned:
            self.action_preview()
            return
        super().action_leave()
