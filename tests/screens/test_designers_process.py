"""The editors of stages, statuses and options."""

from rich.color import Color

from crmtui.i18n import choose
from crmtui.screens.widgets.swatches import SwatchControl
from crmtui.store.changes import Change
from crmtui.store.workspace import Workspace
from tests.screens.designing import designing, drag, go, keys, listing, make, type_of
from tests.screens.showing import LARGE, SMALL, Session

STAGES = ("right_curly_bracket", "right_curly_bracket", "enter")


async def to_options(tui: Session) -> None:
    await go(tui, "Source:")
    await tui.press("enter")


def color_at(tui: Session, text: str) -> Color | None:
    """The background of the first cells of the line that holds `text`."""
    for strip in tui.app.screen._compositor.render_strips():
        if text in "".join(segment.text for segment in strip):
            for segment in strip:
                if segment.text == "  " and segment.style and segment.style.bgcolor:
                    return segment.style.bgcolor
    return None


# Stages and statuses


async def test_stages_with_their_statuses_in_order(filled: str) -> None:
    async with designing(filled, *STAGES) as tui:
        assert tui.lines[0] == " Configuration > Deal > Stages"
        names = [line.split()[0] for line in tui.lines[1:10]]
        assert names == "Lead Open Offer Draft Sent Won Closed Lost Closed".split()


async def test_a_stage_is_added_with_colour_and_probability(filled: str) -> None:
    async with designing(filled, *STAGES) as tui:
        await go(tui, "Offer")
        await tui.press("a")
        await tui.type("Negotiation")
        await tui.press("tab", "tab", "tab", "tab", "tab")
        assert isinstance(tui.app.focused, SwatchControl)
        await tui.press("right", "right", "right", "right")
        assert tui.line("[  ]").endswith("green")
        await tui.press("tab")
        await tui.type("60")
        await tui.press("ctrl+s")
        assert tui.line("Negotiation").endswith("open, 60%")
        assert color_at(tui, "Negotiation") == Color.parse("green")
        await make(tui)
    found = type_of(filled)
    assert keys(found.stages) == ["lead", "offer", "negotiation", "won", "lost"]
    stage = found.stage_by_key["negotiation"]
    assert (stage.color, stage.probability) == ("green", 60)


async def test_a_probability_that_is_no_number_is_told(filled: str) -> None:
    async with designing(filled, *STAGES) as tui:
        await go(tui, "Offer")
        await tui.press("e", "shift+tab")
        await tui.type("lots")
        assert tui.app.screen.row("probability").is_wrong


async def test_a_status_is_added_inside_a_stage(filled: str) -> None:
    async with designing(filled, *STAGES) as tui:
        await go(tui, "Lead")
        await tui.press("i")
        await tui.type("Waiting")
        await tui.press("ctrl+s")
        await make(tui)
    assert keys(type_of(filled).stage_by_key["lead"].statuses) == ["open", "waiting"]


async def test_stages_are_ordered_by_keys_and_by_the_mouse(filled: str) -> None:
    async with designing(filled, *STAGES) as tui:
        await go(tui, "Lead")
        await tui.press("J")
        await drag(tui, "Lost", "Won")
        await go(tui, "Sent")
        await tui.press("K")
        await make(tui)
    found = type_of(filled)
    assert keys(found.stages) == ["offer", "lead", "lost", "won"]
    assert keys(found.stage_by_key["offer"].statuses) == ["sent", "draft"]


async def test_a_status_is_not_dropped_in_another_stage(filled: str) -> None:
    async with designing(filled, *STAGES) as tui:
        await tui.pilot.mouse_down("#list", offset=(6, 3))
        await tui.pilot.hover("#list", offset=(6, 1))
        await tui.settle()
        assert listing(tui).target is None
        await tui.pilot.mouse_up("#list", offset=(6, 1))


async def test_a_stage_that_holds_records_asks_where_they_go(filled: str) -> None:
    async with designing(filled, *STAGES) as tui:
        await go(tui, "Lead")
        await tui.press("x")
        assert "4 records stand there. Move them to" in tui.text
        assert "Offer · Sent" in tui.text and " Lead" not in tui.line("Won")
        await tui.press("escape")
        assert "changes" not in tui.state
        await tui.press("x", "j", "enter")
        assert tui.line("Lead").endswith("retired")
        await make(tui)
        assert keys(type_of(filled).stages) == ["offer", "won", "lost"]
        with Workspace.open(filled) as workspace:
            assert workspace.count("deal", "status = 'sent'") == 5
        await tui.press("u")
    with Workspace.open(filled) as workspace:
        assert workspace.count("deal", "stage = 'lead'") == 4


async def test_an_empty_stage_is_retired_without_a_question(filled: str) -> None:
    async with designing(filled, *STAGES) as tui:
        await go(tui, "Lost")
        await tui.press("x")
        await make(tui)
    assert keys(type_of(filled).stages) == ["lead", "offer", "won"]


async def test_the_last_status_of_a_stage_stays(filled: str) -> None:
    async with designing(filled, *STAGES) as tui:
        await go(tui, "Open")
        await tui.press("x")
        assert "is the last status of its stage" in tui.state


async def test_a_status_gets_another_key_and_outcome(filled: str) -> None:
    async with designing(filled, *STAGES) as tui:
        await go(tui, "Sent")
        await tui.press("r")
        for _char in "sent":
            await tui.press("backspace")
        await tui.type("posted")
        await tui.press("enter")
        await make(tui)
    with Workspace.open(filled) as workspace:
        assert workspace.record("deal/5").status == "posted"


async def test_stages_in_chinese(filled: str) -> None:
    choose("zh")
    async with designing(filled, *STAGES, size=LARGE) as tui:
        assert "线索" in tui.text and "已发送" in tui.text
        await go(tui, "线索")
        await tui.press("J")
        await make(tui)
    assert keys(type_of(filled).stages)[0] == "offer"


# Options


async def test_options_are_ordered_by_keys_and_by_the_mouse(filled: str) -> None:
    async with designing(filled) as tui:
        await to_options(tui)
        assert tui.lines[0] == " Configuration > Deal > Source > Options"
        await tui.press("a")
        await tui.type("Phone")
        await tui.press("ctrl+s")
        await drag(tui, "Trade fair", "Website")
        await go(tui, "Phone")
        await tui.press("K")
        await make(tui)
    assert keys(type_of(filled).field_by_key["source"].options) == ["fair", "phone", "web"]


async def test_an_option_has_labels_a_colour_and_may_be_the_default(filled: str) -> None:
    async with designing(filled) as tui:
        await to_options(tui)
        await tui.press("e", "end")
        await tui.type(" shop")
        await tui.press("tab", "tab", "right", "tab", "tab", "space", "ctrl+s")
        assert tui.line("Website shop").endswith("default, 网站")
        assert color_at(tui, "Website shop") == Color.parse("red")
        await make(tui)
        field = type_of(filled).field_by_key["source"]
        option = field.option_by_key["web"]
        assert (option.label, option.color, field.default) == ("Website shop", "red", "web")
        await tui.press("d")
        await make(tui)
    assert type_of(filled).field_by_key["source"].default is None


async def test_an_option_is_merged_into_another(filled: str) -> None:
    async with designing(filled) as tui:
        await to_options(tui)
        await tui.press("m", "enter", "ctrl+s")
        assert tui.lines[1] == " ~ merge option deal.source.web into fair"
        assert "6 records moved from deal.source.web to fair" in tui.text
        await tui.press("ctrl+s")
        with Workspace.open(filled) as workspace:
            assert workspace.count("deal", "source = 'fair'") == 6
        await tui.press("u")
        with Workspace.open(filled) as workspace:
            assert workspace.count("deal", "source = 'web'") == 6


async def test_an_option_is_retired_and_restored(filled: str) -> None:
    async with designing(filled) as tui:
        await to_options(tui)
        await tui.press("x")
        assert tui.line("Website").endswith("retired")
        await make(tui)
        assert keys(type_of(filled).field_by_key["source"].options) == ["fair"]
        await tui.press("x")
        await make(tui)
    assert keys(type_of(filled).field_by_key["source"].options) == ["web", "fair"]


async def test_shared_options_say_whose_they_are(filled: str) -> None:
    with Workspace.open(filled, command="test") as workspace:
        workspace.change(
            [
                Change(
                    "add",
                    "field",
                    "account.source",
                    {"kind": "choice", "options_of": "deal.source"},
                )
            ]
        )
    async with designing(filled, type_key="account") as tui:
        assert tui.line("source:").startswith("  source: as deal.source")
        await go(tui, "source:")
        await tui.press("enter")
        assert tui.state == "these are the options of deal.source"


async def test_colours_are_told_without_colour_too(filled: str, monkeypatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with designing(filled, size=SMALL) as tui:
        await to_options(tui)
        await tui.press("e", "tab", "tab", "right")
        assert tui.line("[  ]").endswith("red")
