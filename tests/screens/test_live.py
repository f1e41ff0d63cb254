"""What other processes change appears, and the cursor stays on its record."""

from crmtui.screens.widgets.board import Board
from crmtui.screens.widgets.grid import RecordGrid
from crmtui.store.changes import Change
from crmtui.store.workspace import Workspace
from tests.screens.showing import shown


async def test_a_changed_title_is_seen_in_the_list(filled: str) -> None:
    async with shown(filled) as tui, _other(filled) as other:
        other.set("deal/3", {"name": "Other name"})
        await tui.look()
        assert tui.line("Other name")


async def test_a_renamed_account_is_seen_where_it_is_linked(filled: str) -> None:
    async with shown(filled) as tui, _other(filled) as other:
        other.set("account/1", {"name": "Zenith"})
        await tui.look()
        assert "Zenith" in tui.line("Deal 2")


async def test_the_cursor_stays_on_its_record_when_others_come_and_go(filled: str) -> None:
    async with shown(filled) as tui, _other(filled) as other:
        await tui.press("j", "j")
        grid = tui.app.screen.query_one(RecordGrid)
        assert grid.current.ref == "deal/3"
        other.remove("deal/1")
        await tui.look()
        assert grid.current.ref == "deal/3" and tui.state == "2/5"
        other.restore("deal/1")
        await tui.look()
        assert grid.current.ref == "deal/3" and tui.state == "3/6"
        other.remove("deal/3")
        await tui.look()
        assert grid.current.ref == "deal/4"


async def test_marks_stay_on_their_records(filled: str) -> None:
    async with shown(filled) as tui, _other(filled) as other:
        await tui.press("j", "space")
        other.remove("deal/1")
        await tui.look()
        assert tui.line("*Deal 2")


async def test_a_card_moved_elsewhere_takes_the_cursor_along(filled: str) -> None:
    async with shown(filled, board=True) as tui, _other(filled) as other:
        board = tui.app.screen.query_one(Board)
        await tui.press("j")
        assert board.current.ref == "deal/3"
        other.move("deal/4", "won")
        await tui.look()
        assert board.current.ref == "deal/3" and tui.lines[1].split()[:2] == ["Lead", "3"]
        other.move("deal/3", "lost")
        await tui.look()
        assert board.current.ref == "deal/3" and board.position == (4, 4)


async def test_new_stages_and_fields_appear(filled: str) -> None:
    async with shown(filled, board=True) as tui, _other(filled) as other:
        other.change([Change("set", "stage", "deal.lead", {"label": "Prospect"})])
        await tui.look()
        assert "Prospect" in tui.lines[1]
        await tui.press("b")
        other.change([Change("set", "field", "deal.amount", {"label": "Worth"})])
        await tui.look()
        assert "Worth" in tui.lines[1]


async def test_a_type_that_is_retired_while_it_is_seen_gives_way(filled: str) -> None:
    async with shown(filled) as tui, _other(filled) as other:
        other.change([Change("remove", "type", "deal")])
        await tui.look()
        assert tui.lines[0] == " Account 2"


async def test_a_record_that_is_seen_is_read_again(filled: str) -> None:
    async with shown(filled, record="deal/3") as tui, _other(filled) as other:
        other.set("deal/3", {"name": "Renamed"})
        await tui.look()
        assert tui.lines[0] == " Deal  deal/3  Renamed"
        assert tui.line("Name: Deal 3 -> Renamed")
        other.remove("deal/3")
        await tui.look()
        assert "[removed]" in tui.lines[0]


async def test_so_much_at_once_that_it_is_not_told_one_by_one(filled: str) -> None:
    async with shown(filled) as tui, _other(filled) as other:
        with other.intent():
            for number in range(1200):
                other.add("deal", {"name": f"Import {number}"})
        await tui.look()
        assert tui.lines[0] == " Account 2  Deal 1,206" and tui.state == "1/1,206"


class _other:
    """Another process, as far as SQLite can tell: a connection of its own."""

    def __init__(self, path: str) -> None:
        self._workspace = Workspace.open(path, command="elsewhere")

    async def __aenter__(self) -> Workspace:
        return self._workspace

    async def __aexit__(self, *_: object) -> None:
        self._workspace.close()
