"""The layout designer: fields and sections moved by keys and by the mouse, beside a preview."""

import pytest

from crmtui.i18n import choose
from crmtui.model.layouts import Item, Layout, Section
from crmtui.screens.layout_design import LayoutScreen
from crmtui.screens.layout_preview import sections_preview
from crmtui.screens.widgets.preview_pane import PreviewPane
from crmtui.store import layouts
from crmtui.store.changes import Change
from crmtui.store.workspace import Workspace
from crmtui.terminal import width_of
from tests.screens.designing import designing, drag, go, listing, make, type_of
from tests.screens.showing import LARGE, Session

SECTIONS = [
    {"key": "main", "label": "Basics", "fields": ["name", "amount", "account"]},
    {"key": "more", "label": "More", "fields": ["close", "source", "vip", "notes"]},
]


@pytest.fixture
def laid_out(filled: str) -> str:
    """The form of deals in two sections."""
    with Workspace.open(filled, command="test") as workspace:
        workspace.change([Change("set", "type", "deal", {"form": SECTIONS})])
    return filled


async def to_form(tui: Session) -> None:
    await go(tui, "Form:")
    await tui.press("enter")
    assert isinstance(tui.app.screen, LayoutScreen)


def form_of(path: str, kind: str = "form", stage: str | None = None) -> list[tuple[str, list[str]]]:
    """The sections that people see, with their fields."""
    layout = layouts.resolved(type_of(path), kind, stage)
    return [(s.key, [item.field for item in s.items]) for s in layout.sections]


async def test_sections_and_fields_are_one_list(laid_out: str) -> None:
    async with designing(laid_out) as tui:
        await to_form(tui)
        assert tui.lines[0] == " Configuration > Deal > Form > every stage"
        assert [row.left.strip() for row in listing(tui).rows] == [
            "Basics  main",
            "Name",
            "Amount",
            "Account",
            "More",
            "Close date",
            "Source",
            "VIP",
            "Notes",
        ]


async def test_fields_are_moved_by_keys_over_the_edge_of_a_section(laid_out: str) -> None:
    async with designing(laid_out) as tui:
        await to_form(tui)
        await go(tui, "Account")
        await tui.press("J", "J")
        await go(tui, "VIP")
        await tui.press("less_than_sign", "K")
        await make(tui)
    assert form_of(laid_out) == [
        ("main", ["name", "vip", "amount"]),
        ("more", ["close", "account", "source", "notes"]),
    ]


async def test_quick_keys_lose_no_move(laid_out: str) -> None:
    async with designing(laid_out) as tui:
        await to_form(tui)
        await go(tui, "Name")
        for _step in range(5):
            await tui.pilot.press("J")
        await tui.settle()
        await make(tui)
    assert form_of(laid_out)[1][1] == ["close", "source", "name", "vip", "notes"]


async def test_fields_are_dragged(laid_out: str) -> None:
    async with designing(laid_out) as tui:
        await to_form(tui)
        await drag(tui, "Notes", "Amount")
        await drag(tui, "Name", "Account")
        await drag(tui, "Source", "Basics")
        await make(tui)
    assert form_of(laid_out) == [
        ("main", ["source", "notes", "amount", "account", "name"]),
        ("more", ["close", "vip"]),
    ]


async def test_sections_are_dragged_and_moved_by_keys(laid_out: str) -> None:
    async with designing(laid_out) as tui:
        await to_form(tui)
        await drag(tui, "More", "Basics")
        await make(tui)
        assert [key for key, _fields in form_of(laid_out)] == ["more", "main"]
        await go(tui, "More")
        await tui.press("J")
        await make(tui)
    assert [key for key, _fields in form_of(laid_out)] == ["main", "more"]


async def test_escape_lets_go_and_nothing_has_moved(laid_out: str) -> None:
    async with designing(laid_out) as tui:
        await to_form(tui)
        await tui.pilot.mouse_down("#list", offset=(6, 2))
        await tui.pilot.hover("#list", offset=(6, 6))
        await tui.settle()
        assert listing(tui).target.left.strip() == "Source"
        await tui.press("escape")
        await tui.pilot.mouse_up("#list", offset=(6, 6))
        await tui.settle()
        assert isinstance(tui.app.screen, LayoutScreen) and "changes" not in tui.state


async def test_a_section_is_added_renamed_and_narrowed(laid_out: str) -> None:
    async with designing(laid_out) as tui:
        await to_form(tui)
        await tui.press("a")
        await tui.type("Key facts")
        await tui.press("enter")
        assert listing(tui).value.key == "key_facts"
        await tui.press("c", "r")
        await tui.press("end")
        await tui.type(" first")
        await tui.press("enter")
        assert tui.line("Key facts first").endswith("one column")
        await make(tui)
    section = layouts.resolved(type_of(laid_out), "form").section("key_facts")
    assert section is not None and (section.label, section.columns) == ("Key facts first", 1)


async def test_a_removed_section_leaves_its_fields_to_the_one_before(laid_out: str) -> None:
    async with designing(laid_out) as tui:
        await to_form(tui)
        await go(tui, "More")
        await tui.press("x")
        await make(tui)
    assert [len(fields) for _key, fields in form_of(laid_out)] == [7]


async def test_the_only_section_stays(filled: str) -> None:
    async with designing(filled) as tui:
        await to_form(tui)
        await tui.press("x")
        assert "main is the only section" in tui.state


async def test_an_item_says_what_differs_from_its_field(laid_out: str) -> None:
    async with designing(laid_out) as tui:
        await to_form(tui)
        await go(tui, "Amount")
        await tui.press("enter")
        await tui.type("Volume")
        await tui.press("tab")
        await tui.press("tab")
        await tui.type("What the contract says")
        await tui.press("tab", "tab", "tab", "space", "ctrl+s")
        assert tui.line("Volume").endswith("money, own line")
        await go(tui, "VIP")
        await tui.press("x")
        assert tui.line("VIP").endswith("yes or no, hidden")
        await make(tui)
    layout = layouts.resolved(type_of(laid_out), "form")
    assert layout.item("amount") == Item(
        field="amount", label="Volume", help="What the contract says", wide=True
    )
    assert layout.item("vip") == Item(field="vip", hidden=True)


async def test_a_stage_may_have_a_layout_of_its_own(laid_out: str) -> None:
    async with designing(laid_out) as tui:
        await to_form(tui)
        await tui.press("v", "j", "j", "j", "enter")
        assert tui.lines[0].endswith("Form > Won")
        await go(tui, "Amount")
        await tui.press("K")
        await make(tui)
        assert form_of(laid_out, "form", "won")[0][1] == ["amount", "name", "account"]
        assert form_of(laid_out)[0][1] == ["name", "amount", "account"]
        await tui.press("R")
        await make(tui)
    assert type_of(laid_out).stage_by_key["won"].form_layout is None


async def test_columns_of_the_list_and_fields_of_the_card(filled: str) -> None:
    async with designing(filled) as tui:
        await go(tui, "List:")
        await tui.press("enter")
        await go(tui, "[x] VIP")
        await tui.press("x")
        assert tui.line("VIP").startswith(" [ ] VIP")
        await drag(tui, "Notes", "[x] Name")
        await go(tui, "[x] Amount")
        await tui.press("K", "f")
        await go(tui, "Close date")
        await tui.press("space")
        await make(tui)
    found = type_of(filled)
    assert found.list_columns == "notes,name,stage,amount,status,account,close,source"
    assert found.card_fields == "name,amount,account"


async def test_the_detail_page_takes_after_the_form_until_it_is_laid_out(laid_out: str) -> None:
    async with designing(laid_out) as tui:
        await to_form(tui)
        await tui.press("f")
        assert tui.lines[0].startswith(" Configuration > Deal > Detail page")
        await go(tui, "More")
        await tui.press("K")
        await make(tui)
    assert [key for key, _fields in form_of(laid_out, "detail")] == ["more", "main"]
    assert [key for key, _fields in form_of(laid_out)] == ["main", "more"]


async def test_u_brings_the_layout_back(laid_out: str) -> None:
    async with designing(laid_out) as tui:
        await to_form(tui)
        await go(tui, "Name")
        await tui.press("J", "u")
        assert [row.left.strip() for row in listing(tui).rows][1] == "Name"
        await tui.press("ctrl+s")
        assert tui.state == "no changes gathered yet"


async def test_a_field_that_is_only_drafted_stands_in_the_layout(laid_out: str) -> None:
    async with designing(laid_out, "a") as tui:
        await tui.type("Discount")
        await tui.press("ctrl+s")
        await to_form(tui)
        await go(tui, "Discount")
        await tui.press("less_than_sign")
        await make(tui)
    assert form_of(laid_out)[0] == ("main", ["name", "amount", "account", "discount"])


# The preview


async def test_the_preview_is_beside_the_list_where_there_is_room(laid_out: str) -> None:
    async with designing(laid_out, size=LARGE) as tui:
        await to_form(tui)
        assert "preview at 80 columns" in tui.lines[1]
        assert "Deal 1" in tui.text  # a record as people will see it
        await go(tui, "Name")
        await tui.press("greater_than_sign")
        pane = tui.app.screen.query_one(PreviewPane)
        texts = ["".join(text for text, _look in line) for line in pane._preview.lines]
        names = [text.split()[0] for text in texts if text.strip()]
        assert names[:2] == ["Basics", "Amount"] and names[-1] == "Name"


async def test_in_eighty_columns_p_shows_it_alone(laid_out: str) -> None:
    async with designing(laid_out) as tui:
        await to_form(tui)
        assert "preview at" not in tui.text
        await tui.press("p")
        assert tui.lines[1].strip() == "preview at 80 columns"
        await tui.press("w")
        assert tui.lines[1].strip() == "preview at 120 columns  seen: 1 to 80"
        await tui.press("right", "right", "right", "right")
        assert tui.lines[1].strip() == "preview at 120 columns  seen: 41 to 120"
        await tui.press("w")
        assert "preview at 200 columns" in tui.lines[1]
        await tui.press("escape")
        assert isinstance(tui.app.screen, LayoutScreen) and listing(tui).has_focus


@pytest.mark.parametrize("width", [80, 120, 200])
def test_two_fields_stand_beside_each_other_from_a_hundred_columns(filled: str, width: int) -> None:
    layout = Layout(
        sections=(
            Section(key="a", items=(Item(field="name"), Item(field="amount"))),
            Section(key="b", columns=1, items=(Item(field="close"), Item(field="source"))),
        )
    )
    preview = sections_preview(type_of(filled), "form", layout, width, "", None)
    lines = ["".join(text for text, _look in line) for line in preview.lines]
    beside = any("Name" in line and "Amount" in line for line in lines)
    assert beside == (width >= 100)
    assert not any("Close date" in line and "Source" in line for line in lines)
    assert all(width_of(line) <= width for line in lines)


async def test_a_card_is_previewed(filled: str) -> None:
    async with designing(filled, size=LARGE) as tui:
        await go(tui, "Card:")
        await tui.press("enter")
        assert "Lead" in tui.lines[2] and "1,000.50" in tui.text


async def test_the_layout_designer_in_chinese(laid_out: str) -> None:
    choose("zh")
    async with designing(laid_out, size=(200, 50)) as tui:
        await tui.press("G", "k", "k", "k", "enter")
        assert "销售机会" in tui.lines[0]
        assert "结束日期" in tui.text
        await go(tui, "金额")
        await tui.press("K")
        await make(tui)
    assert form_of(laid_out)[0][1][0] == "amount"
