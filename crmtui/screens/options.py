"""The options of a choice: their order, labels and colours, the default, merging."""

from textual.binding import Binding

from crmtui.i18n import N_, _, language
from crmtui.model.definitions import Field
from crmtui.screens.choose import ChooseScreen
from crmtui.screens.definitions import DefinitionsScreen
from crmtui.screens.design_draft import DesignDraft
from crmtui.screens.nodes import Node
from crmtui.screens.widgets.rows import Row
from crmtui.store.changes import Change
from crmtui.terminal import shown


class OptionsScreen(DefinitionsScreen):
    """The options of one field.

    Args:
        ref: the field's, `deal.source`.
    """

    BINDINGS = [
        Binding("m", "merge", N_("Merge into"), id="options.merge"),
        Binding("d", "default", N_("Default"), id="options.default"),
    ]

    def __init__(self, draft: DesignDraft, ref: str) -> None:
        super().__init__(draft)
        self._ref = ref

    @property
    def field(self) -> Field | None:
        """The field as it would be."""
        type_key, _dot, key = self._ref.partition(".")
        type_ = self.foresight.type(type_key)
        return type_.field_by_key.get(key) if type_ else None

    def heading(self) -> str:
        type_ = self.foresight.type(self._ref.partition(".")[0])
        names = [each.name(language()) for each in (type_, self.field) if each is not None]
        return " > ".join([_("Configuration"), *names, _("Options")])

    @property
    def standing(self) -> str:
        field = self.field
        if field is not None and field.options_of:
            return _("these are the options of {field}").format(field=field.options_of)
        return _("a adds, J K or the mouse put them in order, m merges one into another")

    def rows(self) -> list[Row]:
        field = self.field
        if field is None:
            return [Row(_("nothing left here"), look="dim")]
        rows = []
        for option in field.options:
            said = [_("default")] if field.default == option.key else []
            said += [_("when {condition}").format(condition=option.condition)] * bool(
                option.condition
            )
            other = option.label if language().startswith("zh") else option.label_zh
            said += [other] if other and other != option.name(language()) else []
            node = Node("option", f"{self._ref}.{option.key}")
            rows.append(self.row(node, option, right=", ".join(said), swatch=option.color or ""))
        return rows or [Row(_("no options yet: a adds the first one"), look="dim")]

    def adding(self, node: Node | None) -> tuple[str, str] | None:
        return ("option", self._ref)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        # Nothing stands inside an option.
        return action != "add_inside" and super().check_action(action, parameters)

    def action_default(self) -> None:
        node, field = self.node, self.field
        if node is None or field is None:
            return
        wanted = None if field.default == node.key else node.key
        self.put(lambda _foresight: [Change("set", "field", self._ref, {"default": wanted})])

    def action_merge(self) -> None:
        node, field = self.node, self.field
        if node is None or field is None:
            return
        rows = [
            Row(shown(option.name(language())), value=option.key, swatch=option.color or "")
            for option in field.options
            if not option.retired and option.key != node.key
        ]
        if not rows:
            self.say(_("there is no other option to merge it into"))
            return

        def answered(into: str | None) -> None:
            if into:
                change = Change("merge", "option", node.ref, {"into": into})
                self.put(lambda _foresight: [change])

        question = _("Records that have {option} get").format(option=shown(node.key))
        self.app.push_screen(ChooseScreen(question, rows), answered)
