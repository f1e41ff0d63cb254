"""The page of a type: its attributes, fields, stages, options, validations and layouts."""

from crmtui.i18n import _, language
from crmtui.model.definitions import Field, Stage, Type, Validation
from crmtui.screens.definitions import DefinitionsScreen
from crmtui.screens.design_draft import DesignDraft
from crmtui.screens.nodes import Node
from crmtui.screens.widgets.rows import Row
from crmtui.screens.words import kind_word, value_word
from crmtui.store import layouts
from crmtui.terminal import shown

LAYOUT = "layout"
"""The noun of nodes that stand for a layout: `deal.form`, or `deal.form.won` for a stage."""


class TypePage(DefinitionsScreen):
    """Everything about one type in one list; enter opens the designer of what is under the cursor.

    Args:
        key: the type's.
    """

    def __init__(self, draft: DesignDraft, key: str, at: Node | None = None) -> None:
        super().__init__(draft, at)
        self._key = key
        self._type_id: int | None = None

    @property
    def type(self) -> Type | None:
        """The type as it would be."""
        return self.foresight.type(self._key)

    def show(self) -> None:
        if self.type is None:
            # It has another key now, or was taken out of the draft again.
            again = next((each for each in self.foresight.types if each.id == self._type_id), None)
            if again is None:
                self.dismiss(None)
                return
            self._key = again.key
        if not self.designs(self._key):
            self.dismiss(None)
            return
        self._type_id = self.type.id if self.type else None
        super().show()

    def heading(self) -> str:
        type_ = self.type
        return f"{_('Configuration')} > {type_.name(language()) if type_ else self._key}"

    @property
    def standing(self) -> str:
        return _("enter opens, a adds, J K put in order, { } go to the next heading")

    # Rows

    def rows(self) -> list[Row]:
        type_ = self.type
        assert type_ is not None
        key = type_.key
        about = type_.description_zh if language().startswith("zh") else None
        node = Node("type", key)
        rows = [self.row(node, type_, right=type_.category or "")._replace(look="strong")]
        if about or type_.description:
            rows.append(Row(shown(f"  {about or type_.description}"), look="dim"))
        rows.append(self.heading_row("field", key))
        rows += [self._field(field) for field in type_.all_fields]
        rows.append(self.heading_row("stage", key))
        for stage in type_.all_stages:
            rows += self._stage(stage)
        rows += self._options(type_)
        rows.append(self.heading_row("validation", key))
        rows += [self._validation(each) for each in type_.all_validations]
        rows.append(Row(_("Layouts"), "", "head", Node(LAYOUT, key, heading=True)))
        return rows + self._layouts(type_)

    def _field(self, field: Field) -> Row:
        said = [kind_word(field.kind)]
        said += [each for each in (field.currency, field.target, field.source) if each]
        if field.title:
            said.append(_("title"))
        if field.unique:
            said.append(_("unique"))
        if field.required:
            said.append(_("required"))
        elif field.required_when:
            said.append(_("required when"))
        node = Node("field", f"{self._key}.{field.key}")
        return self.row(node, field, right=", ".join(said), indent=1)

    def _stage(self, stage: Stage) -> list[Row]:
        node = Node("stage", f"{self._key}.{stage.key}")
        rows = [self.row(node, stage, right=stage_said(stage), swatch=stage.color or "")]
        if len(stage.live_statuses) > 1 and not stage.retired:
            names = ", ".join(status.name(language()) for status in stage.live_statuses)
            rows.append(Row(shown(f"   {names}"), look="dim", swatch=""))
        return rows

    def _options(self, type_: Type) -> list[Row]:
        choosing = [f for f in type_.fields if f.options or f.kind in ("choice", "multichoice")]
        if not choosing:
            return []
        rows = [Row(_("Options"), "", "head", Node("option", type_.key, heading=True))]
        for field in choosing:
            live = [option for option in field.options if not option.retired]
            names = ", ".join(option.name(language()) for option in live)
            said = _("as {field}").format(field=field.options_of) if field.options_of else names
            node = Node("option", f"{type_.key}.{field.key}", heading=True)
            text = f" {field.name(language())}: {said or _('none yet')}"
            rows.append(Row(shown(text), str(len(live)), value=node))
        return rows

    def _validation(self, validation: Validation) -> Row:
        node = Node("validation", f"{self._key}.{validation.key}")
        unique = _("unique together: {fields}").format(fields=", ".join(validation.keys))
        rule = validation.rule or unique
        row = self.row(node, validation, indent=1)
        return row if validation.retired else row._replace(left=f"{row.left}: {shown(rule)}")

    def _layouts(self, type_: Type) -> list[Row]:
        rows = []
        for kind in layouts.LAYOUTS:
            if kind in layouts.KEYED:
                said = ", ".join(layouts.columns_of(type_, kind))
            else:
                layout = layouts.resolved(type_, kind)
                said = ", ".join(section.name(language()) for section in layout.sections)
            node = Node(LAYOUT, f"{type_.key}.{kind}")
            rows.append(Row(shown(f" {value_word(kind)}: {said}"), "", value=node))
        for stage in type_.stages:
            for kind in layouts.SECTIONED:
                if getattr(stage, f"{kind}_layout"):
                    name = f"   {value_word(kind)}, {stage.name(language())}"
                    node = Node(LAYOUT, f"{type_.key}.{kind}.{stage.key}")
                    rows.append(Row(shown(name), "", value=node))
        return rows

    # Keys

    def adding(self, node: Node | None) -> tuple[str, str] | None:
        if node is None or node.noun in (LAYOUT, "option"):
            return None
        return ("field", self._key) if node.noun == "type" else (node.noun, node.parent)

    def open_node(self, node: Node) -> None:
        if node.noun == "stage":
            from crmtui.screens.stages import StagesScreen

            self.open(StagesScreen(self.draft, self._key, None if node.heading else node))
        elif node.noun == "option" and "." in node.ref:
            from crmtui.screens.options import OptionsScreen

            self.open(OptionsScreen(self.draft, node.ref))
        elif node.noun == LAYOUT:
            from crmtui.screens.layout_design import LayoutScreen

            kind, _dot, stage = node.ref.partition(".")[2].partition(".")
            self.open(LayoutScreen(self.draft, self._key, kind or "form", stage or None))
        else:
            self.edit_node(node)

    def edit_node(self, node: Node) -> None:
        if node.noun in (LAYOUT, "option"):
            self.open_node(node)
        else:
            super().edit_node(node)


def stage_said(stage: Stage) -> str:
    """What a stage means: open or closed, how it ended, how likely it is won."""
    said = [value_word(stage.outcome or stage.category)]
    if stage.probability is not None:
        said.append(f"{stage.probability}%")
    return ", ".join(said)
