"""The list of records."""

from crmtui.screens.widgets.grid import RecordGrid
from crmtui.store.changes import Change
from crmtui.store.workspace import Workspace
from tests.screens.showing import LARGE, shown


def grid(session: object) -> RecordGrid:
    return session.app.screen.query_one(RecordGrid)  # type: ignore[attr-defined]


async def test_types_above_records_below_keys_at_the_bottom(filled: str) -> None:
    async with shown(filled) as tui:
        assert tui.lines[0] == " Account 2  Deal 6"
        assert tui.lines[1].split()[:4] == ["Name", "Stage", "Status", "Amount"]
        assert tui.lines[1].endswith(">")
        assert tui.lines[2].split()[:5] == ["Deal", "1", "Lead", "Open", "1,000.50"]
        assert tui.line("Deal 5").split()[2:4] == ["Offer", "Sent"]
        assert tui.lines[22] == " 1/6"
        assert tui.lines[23].startswith(
            " enter Open  a Add  e Edit  m Move  ? Keys  / Filter  b List/board"
        )


async def test_a_wide_terminal_has_the_types_at_the_side(filled: str) -> None:
    async with shown(filled, size=LARGE) as tui:
        assert tui.lines[0].startswith(" Account              2   Name")
        assert tui.lines[1].startswith(" Deal                 6   Deal 1")
        await tui.press("backslash")
        assert tui.lines[0] == " Account 2  Deal 6"


async def test_types_stand_there_under_the_names_of_their_categories(filled: str) -> None:
    with Workspace.open(filled, command="test") as workspace:
        workspace.change(
            [
                Change("add", "category", "selling", {"label": "What we sell"}),
                Change("set", "type", "deal", {"category": "selling"}),
            ]
        )
    async with shown(filled, size=LARGE) as tui:
        assert tui.lines[1].startswith(" What we sell")
        assert tui.lines[2].startswith(" Deal                 6")


async def test_keys_move_the_cursor_and_numbers_stay_exact(filled: str) -> None:
    async with shown(filled) as tui:
        await tui.press("j", "down", "k")
        assert tui.state == "2/6"
        await tui.press("G")
        assert (tui.state, grid(tui).current.ref) == ("6/6", "deal/6")
        await tui.press("g")
        assert tui.state == "1/6"
        await tui.press("ctrl+d", "pageup")
        assert tui.state == "1/6"


async def test_columns_that_do_not_fit_are_panned_the_first_stays(filled: str) -> None:
    async with shown(filled) as tui:
        assert "VIP" not in tui.lines[1] and tui.lines[1].endswith(">")
        await tui.press("l", "l", "l")
        assert tui.lines[1].startswith("<Name")
        assert "VIP" in tui.lines[1] and "Stage" not in tui.lines[1]
        await tui.press("h", "h", "h")
        assert "Stage" in tui.lines[1]


async def test_pages_of_a_long_list_come_as_they_are_seen(path: str) -> None:
    with Workspace.open(path) as workspace, workspace.intent():
        for number in range(1, 1001):
            workspace.add("deal", {"name": f"Deal {number}", "amount": str(number)})
    async with shown(path) as tui:
        assert tui.state == "1/1,000"
        await tui.press("G")
        assert tui.line("Deal 1000") and tui.state == "1,000/1,000"
        for _page in range(12):
            await tui.press("pageup")
        assert "…" not in tui.text and f"Deal {grid(tui).cursor + 1} " in tui.text
        await tui.press("s")
        await tui.type("amount")
        await tui.press("enter")
        await tui.press("S", "j")
        assert grid(tui).current.title == "Deal 999"
        await tui.press("G")
        assert grid(tui).current.title == "Deal 1"


async def test_a_number_longer_than_those_before_is_not_cut(filled: str) -> None:
    async with shown(filled) as tui:
        with Workspace.open(filled) as other:
            other.set("deal/2", {"amount": "123456789012.34"})
        await tui.look()
        assert "123,456,789,012.34" in tui.line("Deal 2")


async def test_sorting_by_a_column_and_turning_it_round(filled: str) -> None:
    async with shown(filled) as tui:
        await tui.press("s")
        await tui.type("amou")
        await tui.press("enter")
        assert "Amount ^" in tui.lines[1] and tui.lines[2].split()[:2] == ["Deal", "1"]
        assert "by Amount ^" in tui.state
        await tui.press("S")
        assert "Amount v" in tui.lines[1] and tui.lines[2].split()[:2] == ["Deal", "6"]


async def test_a_filter_is_an_expression(filled: str) -> None:
    async with shown(filled) as tui:
        await tui.press("slash")
        await tui.type("amount > 3000 and stage = 'lead'")
        await tui.press("enter")
        assert tui.state == "1/2  filter: amount > 3000 and stage = 'lead'"
        assert tui.line("Deal 3") and tui.line("Deal 4") and not tui.line("Deal 5")
        await tui.press("escape")
        assert tui.state == "1/6"


async def test_plain_words_search_the_title_even_with_quotes_or_and(path: str) -> None:
    with Workspace.open(path) as workspace:
        for name in ("Smith and Sons", "O'Brien", "北京科技有限公司"):
            workspace.add("deal", {"name": name})
    async with shown(path) as tui:
        for typed, found in (
            ("smith and", "Smith and Sons"),
            ("o'b", "O'Brien"),
            ("科技", "北京科技有限公司"),
        ):
            await tui.press("slash")
            await tui.press("ctrl+u")
            await tui.type(typed)
            await tui.press("enter")
            assert tui.state.startswith("1/1") and tui.line(found), typed


async def test_a_bad_filter_is_told_in_one_line_and_the_typing_kept(filled: str) -> None:
    async with shown(filled) as tui:
        await tui.press("slash")
        await tui.type("amout > 5")
        await tui.press("enter")
        assert "did you mean amount?" in tui.lines[21]
        assert tui.lines[22] == " /amout > 5"
        await tui.press("escape")
        assert tui.state == "1/6"


async def test_choosing_columns_and_their_order(filled: str) -> None:
    async with shown(filled) as tui:
        await tui.press("C", "j", "space", "space", "space")
        await tui.press("j", "j", "J", "enter")
        heads = tui.lines[1].split()
        assert heads[0] == "Name" and "Stage" not in heads and "Amount" not in heads


async def test_marks_survive_moving_and_acts_are_about_them(filled: str) -> None:
    async with shown(filled) as tui:
        await tui.press("space", "space")
        assert tui.state == "3/6  2 marked"
        assert tui.lines[2].startswith("*Deal 1") and tui.lines[3].startswith("*Deal 2")
        await tui.press("m")
        assert "Move 2 records to" in tui.text
        await tui.press("3")
        assert tui.state == "2 records moved to Won"
        assert tui.lines[2].split()[2] == "Won" and tui.lines[3].split()[2] == "Won"
        await tui.press("u")
        assert tui.lines[2].split()[2] == "Lead"
    with Workspace.open(filled) as workspace:
        assert workspace.count("deal", "stage = 'lead'") == 4


async def test_removing_asks_and_can_be_undone(filled: str) -> None:
    async with shown(filled) as tui:
        await tui.press("d")
        assert "Remove deal/1?" in tui.text
        await tui.press("n")
        assert tui.line("Deal 1")
        await tui.press("d", "y")
        assert not tui.line("Deal 1") and tui.state == "deal/1 removed"
        await tui.press("u")
        assert tui.line("Deal 1") and tui.state == "undone: deal/1 removed"


async def test_brackets_and_numbers_change_the_type(filled: str) -> None:
    async with shown(filled) as tui:
        await tui.press("right_square_bracket")
        assert tui.lines[1].split() == ["Name", "City"] and tui.line("北京科技有限公司")
        await tui.press("2")
        assert tui.line("Deal 1")


async def test_chinese_labels_line_up(filled: str) -> None:
    from crmtui.i18n import choose

    choose("zh")
    async with shown(filled) as tui:
        assert tui.lines[0] == " 客户 2  销售机会 6"
        assert "环节" in tui.lines[1] or "Stage" in tui.lines[1]
        assert "金额" in tui.lines[1] and "已发送" in tui.line("Deal 5")


async def test_on_a_narrow_terminal_the_types_come_to_the_side_when_wanted(filled: str) -> None:
    async with shown(filled) as tui:
        await tui.press("backslash")
        assert tui.lines[1].startswith(" Account              2   Name")
        await tui.press("k", "enter")
        assert tui.lines[1].startswith(" Name") and tui.line("Acme")


async def test_many_types_fit_in_one_line_with_the_present_one(path: str) -> None:
    with Workspace.open(path) as workspace:
        workspace.change([Change("add", "type", f"kind_{number}", {}) for number in range(40)])
    async with shown(path, "kind_20") as tui:
        assert "kind 20 0" in tui.lines[0]
        assert tui.lines[0].startswith("<") and tui.lines[0].endswith(">")
        await tui.press("left_square_bracket")
        assert "kind 19 0" in tui.lines[0]


async def test_another_size_of_the_terminal(filled: str) -> None:
    async with shown(filled) as tui:
        await tui.press("G")
        for size in ((200, 50), (40, 10), (20, 5), (120, 40)):
            await tui.pilot.resize_terminal(*size)
            await tui.settle()
            assert tui.line("Deal 6"), size
            await tui.press("b", "b")
        assert grid(tui).current.ref == "deal/6"


async def test_an_empty_workspace_says_what_to_do(path: str) -> None:
    with Workspace.open(path) as workspace:
        workspace.change([Change("remove", "type", key) for key in ("deal", "account")])
    async with shown(path, None) as tui:
        assert tui.state == "no types yet: c makes the first one"
        await tui.press("a", "e", "m", "d", "b", "s", "C", "slash", "escape")


async def test_a_type_without_records_says_so(path: str) -> None:
    async with shown(path) as tui:
        assert tui.line("no records")
        await tui.press("enter", "e", "m", "d", "space", "j", "G")
        assert tui.line("no records")
