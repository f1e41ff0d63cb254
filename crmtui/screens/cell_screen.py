"""What the designers of a role share: a table of cells under a heading, and what a cell says."""

from textual.app import ComposeResult

from crmtui.model.definitions import Role
from crmtui.screens.design import DesignScreen
from crmtui.screens.design_draft import DesignDraft
from crmtui.screens.widgets.bars import KeyLine, StateLine
from crmtui.screens.widgets.cell_grid import CellGrid


class CellScreen(DesignScreen):
    """A page about one role, of cells.

    Args:
        role_key: the role's.
    """

    CSS_PATH = "cell_screen.tcss"
    LABEL_WIDTH: int | None = None
    """The cells of labels; None for what the columns leave."""

    def __init__(self, draft: DesignDraft, role_key: str) -> None:
        super().__init__(draft)
        self._role_key = role_key

    def compose(self) -> ComposeResult:
        yield StateLine(id="heading")
        yield CellGrid(label_width=self.LABEL_WIDTH, id="matrix")
        yield StateLine(id="cell")
        yield StateLine(id="state")
        yield KeyLine(id="keys")

    def on_mount(self) -> None:
        self.matrix.focus()

    @property
    def matrix(self) -> CellGrid:
        """The table."""
        return self.query_one("#matrix", CellGrid)

    @property
    def role(self) -> Role | None:
        """The role as it would be."""
        return self.foresight.role(self._role_key)
