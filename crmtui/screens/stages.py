"""The stages of a type and the statuses within them, in the order of the process."""

from crmtui.i18n import _, language
from crmtui.model.definitions import Status
from crmtui.screens.definitions import DefinitionsScreen
from crmtui.screens.design_draft import DesignDraft
from crmtui.screens.nodes import Node
from crmtui.screens.type_page import stage_said
from crmtui.screens.widgets.rows import Row
from crmtui.screens.words import value_word


class StagesScreen(DefinitionsScreen):
    """A tree of two levels; `i` adds a status inside a stage.

    Args:
        key: the type's.
    """

    def __init__(self, draft: DesignDraft, key: str, at: Node | None = None) -> None:
        super().__init__(draft, at)
        self._key = key

    def heading(self) -> str:
        type_ = self.foresight.type(self._key)
        name = type_.name(language()) if type_ else self._key
        return f"{_('Configuration')} > {name} > {_('Stages')}"

    @property
    def standing(self) -> str:
        return _("a adds a stage, i a status inside it, J K or the mouse put them in order")

    def rows(self) -> list[Row]:
        type_ = self.foresight.type(self._key)
        rows: list[Row] = []
        for stage in type_.all_stages if type_ else ():
            node = Node("stage", f"{self._key}.{stage.key}")
            said = stage_said(stage)
            rows.append(
                self.row(node, stage, right=said, swatch=stage.color or "")._replace(
                    look="dim" if stage.retired else "strong"
                )
            )
            rows += [self._status(status) for status in stage.statuses]
        return rows or [Row(_("no stages yet: a adds the first one"), look="dim")]

    def _status(self, status: Status) -> Row:
        node = Node("status", f"{self._key}.{status.ref}")
        said = value_word(status.outcome or status.category)
        return self.row(node, status, right=said, indent=2, swatch="")

    def adding(self, node: Node | None) -> tuple[str, str] | None:
        return super().adding(node) or ("stage", self._key)
