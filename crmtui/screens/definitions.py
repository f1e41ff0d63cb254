"""A page of definitions in order: adding, editing, renaming, retiring and ordering them."""

from collections.abc import Sequence
from typing import Any

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding

from crmtui.i18n import N_, _, language
from crmtui.model.definitions import Definition
from crmtui.model.nouns import NOUNS
from crmtui.screens.ask_text import AskTextScreen
from crmtui.screens.choose import ChooseScreen
from crmtui.screens.design import DesignScreen
from crmtui.screens.design_draft import DesignDraft
from crmtui.screens.moves import status_rows
from crmtui.screens.nodes import (
    Node,
    definition,
    put_at,
    put_behind,
    shifted,
    siblings,
)
from crmtui.screens.widgets.bars import KeyLine, StateLine
from crmtui.screens.widgets.ordered_list import OrderedList
from crmtui.screens.widgets.rows import Row, RowList
from crmtui.store.changes import Change
from crmtui.store.errors import CrmError
from crmtui.terminal import shown


class DefinitionsScreen(DesignScreen):
    """Rows of `Node`s; what a key does depends on what the cursor stands on.

    Args:
        at: where the cursor begins.
    """

    CSS_PATH = "definitions.tcss"
    BINDINGS = [
        Binding("a,n", "add", N_("Add"), id="design.add"),
        Binding("i", "add_inside", N_("Inside"), id="design.add-inside"),
        Binding("e", "edit", N_("Edit"), id="design.edit"),
        Binding("r", "rename", N_("Rename"), id="design.rename"),
        Binding("x,delete", "retire", N_("Retire"), id="design.retire", key_display="x"),
    ]
    HINTS = tuple(
        "rows.choose design.add design.add-inside design.edit design.rename design.retire"
        " design.plan options.merge options.default app.help design.leave design.undo"
        " ordered.down ordered.up app.palette".split()
    )

    def __init__(self, draft: DesignDraft, at: Node | None = None) -> None:
        super().__init__(draft)
        self._at = at

    def compose(self) -> ComposeResult:
        yield StateLine(id="heading")
        yield OrderedList(accepts=self.accepts, id="list")
        yield StateLine(id="state")
        yield KeyLine(id="keys")

    def on_mount(self) -> None:
        self.listing.focus()

    @property
    def listing(self) -> OrderedList:
        """The rows."""
        return self.query_one("#list", OrderedList)

    @property
    def node(self) -> Node | None:
        """What the cursor stands on."""
        value = self.listing.value
        return value if isinstance(value, Node) else None

    def rows(self) -> list[Row]:
        """The rows of the configuration as it would be."""
        raise NotImplementedError

    def heading(self) -> str:
        """What the page is about."""
        raise NotImplementedError

    def show(self) -> None:
        self.query_one("#heading", StateLine).say(self.heading())
        self.listing.show(self.rows())
        if self._at is not None and self.listing.go_to(self._at):
            self._at = None

    def go_to(self, node: Node) -> None:
        """Put the cursor on a node, now or as soon as it is shown."""
        if not self.listing.go_to(node):
            self._at = node

    # What keys mean here

    def adding(self, node: Node | None) -> tuple[str, str] | None:
        """The noun and the parent of what `a` adds beside a node."""
        return (node.noun, node.parent) if node is not None else None

    def adding_inside(self, node: Node) -> tuple[str, str] | None:
        """The noun and the parent of what `i` adds inside a node."""
        inner = {"stage": "status", "field": "option", "category": "type"}.get(node.noun)
        return (inner, node.ref) if inner and not node.heading else None

    def open_node(self, node: Node) -> None:
        """What enter does."""
        self.edit_node(node)

    def edit_node(self, node: Node) -> None:
        """Open the form of a definition."""
        if not node.heading:
            self._form(node.noun, node.parent, node)

    def accepts(self, value: Any, onto: Any) -> bool:
        """Whether what was dragged may be dropped there."""
        return (
            isinstance(value, Node)
            and isinstance(onto, Node)
            and not value.heading
            and not onto.heading
            and (value.noun, value.parent) == (onto.noun, onto.parent)
        )

    # Keys

    @on(RowList.Chosen, "#list")
    def _on_chosen(self, event: RowList.Chosen) -> None:
        if isinstance(event.row.value, Node):
            self.open_node(event.row.value)

    def action_add(self) -> None:
        wanted = self.adding(self.node)
        if wanted is None:
            self.say(_("nothing can be added here"))
            return
        self._form(*wanted, beside=self.node)

    def action_add_inside(self) -> None:
        wanted = self.adding_inside(self.node) if self.node else None
        if wanted is None:
            self.say(_("nothing can be added here"))
            return
        self._form(*wanted)

    def action_edit(self) -> None:
        if self.node is not None:
            self.edit_node(self.node)

    def _form(
        self, noun: str, parent: str, node: Node | None = None, *, beside: Node | None = None
    ) -> None:
        from crmtui.screens.definition_form import DefinitionForm
        from crmtui.screens.field_form import FieldForm

        def filled(made: Node | None) -> None:
            if made is None:
                return
            self.go_to(made)
            if node is None and beside is not None and not beside.heading:
                self.put(lambda foresight: put_behind(foresight, made, beside))

        form = FieldForm if noun == "field" else DefinitionForm
        self.open(form(self.draft, noun, parent, node), filled)

    def action_rename(self) -> None:
        node = self.node
        if node is None or definition(self.foresight, node) is None:
            return

        def answered(key: str | None) -> None:
            if key and key != node.key:
                change = Change("rename", node.noun, node.ref, {"key": key})
                self.put(lambda _foresight: [change], lambda: self.go_to(node.sibling(key)))

        question = _("New key of {ref}").format(ref=shown(node.ref))
        self.app.push_screen(AskTextScreen(question, node.key), answered)

    def action_retire(self) -> None:
        node = self.node
        found = definition(self.foresight, node) if node else None
        if node is None or found is None:
            return
        if found.retired:
            self.put(lambda _foresight: [Change("restore", node.noun, node.ref)])
        else:
            self._retire(node)

    @work(group="draft")
    async def _retire(self, node: Node) -> None:
        change = Change("remove", node.noun, node.ref)
        try:
            async with self.draft.turn:
                await self.draft.put(change)
        except CrmError as error:
            if error.code == "holds-records":
                self._ask_where(node, error)
            else:
                self.fail(error)
            return
        self.show()
        self.show_draft()

    def _ask_where(self, node: Node, error: CrmError) -> None:
        """Records stand there: ask where they go, and retire it then."""
        type_ = self.foresight.type(node.ref.partition(".")[0])
        if type_ is None:
            return
        inside = node.ref.partition(".")[2]
        statuses = [
            status
            for stage in type_.stages
            for status in stage.live_statuses
            if inside not in (stage.key, status.ref)
        ]
        if not statuses:
            self.fail(error)
            return

        def answered(target: str | None) -> None:
            if target:
                change = Change("remove", node.noun, node.ref, {"move_to": target})
                self.put(lambda _foresight: [change])

        question = _("{count} records stand there. Move them to").format(count=error.facts["count"])
        rows = status_rows(type_, statuses)
        self.app.push_screen(ChooseScreen(question, rows, search=False), answered)

    # Order

    @on(OrderedList.Shifted)
    def _on_shifted(self, event: OrderedList.Shifted) -> None:
        node = event.value
        if isinstance(node, Node) and not node.heading:
            self.put(lambda foresight: self.shifted(node, event.by))

    def shifted(self, node: Node, by: int) -> Sequence[Change]:
        """The changes that put a definition further down or up."""
        return shifted(self.foresight, node, by)

    @on(OrderedList.Dropped)
    def _on_dropped(self, event: OrderedList.Dropped) -> None:
        self.put(lambda foresight: self.dropped(event.value, event.onto))

    def dropped(self, node: Node, onto: Node) -> Sequence[Change]:
        """The changes that let a definition take the place of another one."""
        return put_at(self.foresight, node, onto)

    def action_leave(self) -> None:
        if not self.listing.cancel_drag():
            super().action_leave()

    # Rows

    def defined(self, noun: str, parent: str) -> Sequence[Definition]:
        """The definitions of a noun under a parent, in order, retired ones too."""
        return siblings(self.foresight, noun, parent)

    def heading_row(self, noun: str, parent: str, words: str | None = None) -> Row:
        """A heading, with how many there are in use."""
        count = sum(not each.retired for each in self.defined(noun, parent))
        name = words or _(NOUNS[noun].plural).capitalize()
        return Row(name, f"{count}", "head", Node(noun, parent, heading=True))

    def row(
        self, node: Node, found: Definition, *, right: str = "", indent: int = 0, **more: Any
    ) -> Row:
        """The row of a definition: its name, its key where that is another word, what it is."""
        name = found.name(language())
        key = key_beside(name, found.key)
        if found.retired:
            right = _("retired")
        return Row(
            shown(" " * indent + name + key),
            shown(right),
            "dim" if found.retired else "text",
            node,
            **more,
        )


def key_beside(name: str, key: str) -> str:
    """A key as it is told behind a name; nothing where the name tells it."""
    return "" if key.replace("_", " ").casefold() == name.casefold() else f"  {key}"
