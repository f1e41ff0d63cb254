"""The configuration: the types by category, each with what it has."""

from collections.abc import Sequence

from textual.binding import Binding

from crmtui.i18n import N_, _, language
from crmtui.model.definitions import Category, Type
from crmtui.screens.definitions import DefinitionsScreen, key_beside
from crmtui.screens.design_draft import DesignDraft
from crmtui.screens.nodes import Node
from crmtui.screens.widgets.rows import Row
from crmtui.store.changes import Change
from crmtui.terminal import cut, shown, width_of

PEOPLE = Node("user", "", heading=True)
"""The line that leads to users, teams and roles."""

_INDENT = 2
_NAME = 26


class ConfigurationScreen(DefinitionsScreen):
    """Where the designers begin: a tree of categories and types.

    Args:
        type_key: the type whose page is opened at once.
    """

    BINDINGS = [
        Binding("n", "wizard", N_("New type"), id="configuration.wizard"),
        Binding("a", "category", N_("New category"), id="configuration.category"),
        Binding("i", "wizard", N_("New type in it"), id="configuration.wizard-inside", show=False),
    ]
    HINTS = tuple(
        "rows.choose configuration.wizard configuration.category design.edit design.rename"
        " design.retire design.plan app.help design.leave design.undo ordered.down ordered.up"
        " app.palette".split()
    )
    NEEDS = {"wizard": "administer", "category": "administer"}

    def __init__(self, draft: DesignDraft, type_key: str | None = None) -> None:
        super().__init__(draft, Node("type", type_key) if type_key else None)
        self._first = type_key

    def show(self) -> None:
        super().show()
        first, self._first = self._first, None
        if first and self.designs(first):
            self.open_node(Node("type", first))

    def heading(self) -> str:
        return _("Configuration")

    @property
    def standing(self) -> str:
        return _("enter opens a type, n makes a new one")

    # Rows

    def rows(self) -> list[Row]:
        rows = self._types(None, 0)
        for category in self._inside(None):
            rows += self._category(category, 0)
        if self.crm.refusal("administer") is not None:
            return rows
        if not rows:
            rows = [Row(_("no types yet: n makes the first one"), look="dim")]
        return [*rows, self._people()]

    def _people(self) -> Row:
        """The line that leads to people; of who works alone it says nothing more."""
        found = self.foresight
        told = [
            (_("{n} users"), found.users),
            (_("{n} teams"), found.teams),
            (_("{n} roles"), found.roles),
        ]
        counts = [
            words.format(n=count)
            for words, people in told
            if (count := sum(not each.retired for each in people))
        ]
        alone = len(found.users) < 2 and not found.teams and not found.roles
        return Row(_("People"), "" if alone else "  ".join(counts), "dim", PEOPLE)

    def _inside(self, parent: str | None) -> list[Category]:
        known = {each.key for each in self.foresight.categories}
        return [
            each
            for each in self.foresight.categories
            if (each.parent if each.parent in known else None) == parent
        ]

    def _category(self, category: Category, depth: int) -> list[Row]:
        node = Node("category", category.key)
        rows = [
            self.row(
                node,
                category,
                indent=depth * _INDENT,
                right=_("category"),
                swatch=category.color or "",
            )._replace(look="dim" if category.retired else "strong")
        ]
        for inner in self._inside(category.key):
            rows += self._category(inner, depth + 1)
        return rows + self._types(category.key, depth + 1)

    def _types(self, category: str | None, depth: int) -> list[Row]:
        known = {each.key for each in self.foresight.categories}
        return [
            self._type(type_, depth)
            for type_ in self.foresight.types
            if self.designs(type_.key)
            and (type_.category if type_.category in known else None) == category
        ]

    def _type(self, type_: Type, depth: int) -> Row:
        icon = f"{type_.icon} " if type_.icon else ""
        name = f"{' ' * (depth * _INDENT)}{icon}{type_.name(language())}"
        name += key_beside(type_.name(language()), type_.key)
        room = max(_NAME, width_of(name))
        statuses = sum(len(stage.live_statuses) for stage in type_.stages)
        has = [_("{n} fields").format(n=len(type_.fields))]
        if type_.stages:
            has.append(_("{n} stages, {m} statuses").format(n=len(type_.stages), m=statuses))
        if type_.validations:
            has.append(_("{n} validations").format(n=len(type_.validations)))
        said = _("retired") if type_.retired else "  ".join(has)
        look = "dim" if type_.retired else "text"
        return Row(
            f"{cut(shown(name), room)}  {said}", "", look, Node("type", type_.key), swatch=""
        )

    # Keys

    def open_node(self, node: Node) -> None:
        if node == PEOPLE:
            from crmtui.screens.people import PeopleScreen

            self.open(PeopleScreen(self.draft))
            return
        if node.noun != "type":
            self.edit_node(node)
            return
        from crmtui.screens.type_page import TypePage

        if self.foresight.type(node.key) is not None:
            self.open(TypePage(self.draft, node.key))

    def action_wizard(self) -> None:
        if self.denied("administer"):
            return
        from crmtui.screens.wizard import WizardScreen

        self.open(WizardScreen(self.draft, self._category_here()), self._made)

    def _made(self, key: str | None) -> None:
        if key:
            self.go_to(Node("type", key))
            self.action_plan()

    def _category_here(self) -> str:
        node = self.node
        if node is None:
            return ""
        if node.noun != "type":
            return node.key
        type_ = self.foresight.type(node.key)
        return (type_.category if type_ else None) or ""

    def action_category(self) -> None:
        if not self.denied("administer"):
            self._form("category", "")

    def accepts(self, value: object, onto: object) -> bool:
        if not isinstance(value, Node) or not isinstance(onto, Node):
            return False
        return value.noun == onto.noun or (value.noun, onto.noun) == ("type", "category")

    def shifted(self, node: Node, by: int) -> Sequence[Change]:
        """Past the next one of the same category, or within the same category."""
        beside = [n for n in self._nodes_of(node.noun) if self._home(n) == self._home(node)]
        to = beside.index(node) + by
        return super().dropped(node, beside[to]) if 0 <= to < len(beside) else []

    def dropped(self, node: Node, onto: Node) -> Sequence[Change]:
        home = onto.key if onto.noun == "category" else self._home(onto)
        name = "category" if node.noun == "type" else "parent"
        if node.noun == "category" and onto.noun == "category":
            home = self._home(onto)
        changes: list[Change] = []
        if home != self._home(node):
            changes.append(Change("set", node.noun, node.ref, {name: home or None}))
        if node.noun == onto.noun:
            changes += super().dropped(node, onto)
        return changes

    def _nodes_of(self, noun: str) -> list[Node]:
        found = self.foresight.types if noun == "type" else self.foresight.categories
        return [Node(noun, each.key) for each in found]

    def _home(self, node: Node) -> str | None:
        """The category that a type or category belongs to."""
        if node.noun == "type":
            type_ = self.foresight.type(node.key)
            return type_.category if type_ else None
        return next((c.parent for c in self.foresight.categories if c.key == node.key), None)

    def action_leave(self) -> None:
        if not self.listing.cancel_drag():
            self.ask_and_leave()
