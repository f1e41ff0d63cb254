"""The configuration on the screen: the tree of types, the page of a type, the wizard, the plan."""

import os

import pytest

from crmtui.i18n import choose
from crmtui.screens import application
from crmtui.screens.application import LastWall
from crmtui.screens.configuration import ConfigurationScreen
from crmtui.screens.plan import PlanScreen
from crmtui.screens.workspace import WorkspaceScreen
from crmtui.store.changes import Change
from crmtui.store.workspace import Workspace
from crmtui.terminal import has_unsafe
from tests.screens.designing import designing, drag, go, keys, listing, make, type_of
from tests.screens.showing import shown
from tests.support.people import granted, member
from tests.support.workspaces import dump


async def test_c_opens_the_types_with_what_each_has(filled: str) -> None:
    async with shown(filled) as tui:
        await tui.press("c")
        assert tui.lines[0] == " Configuration"
        assert tui.line("Account").split() == ["Account", "2", "fields"]
        deal = tui.line("Deal")
        assert "7 fields" in deal and "4 stages, 5 statuses" in deal
        assert "n New type" in tui.lines[23]
        await tui.press("escape")
        assert isinstance(tui.app.screen, WorkspaceScreen)


async def test_the_palette_opens_it_too(filled: str) -> None:
    async with shown(filled) as tui:
        await tui.press("colon")
        await tui.type("configure")
        await tui.press("enter")
        assert isinstance(tui.app.screen, ConfigurationScreen)


async def test_it_begins_with_the_page_of_a_type(filled: str) -> None:
    async with designing(filled) as tui:
        assert tui.lines[0] == " Configuration > Deal"
        await tui.press("escape")
        assert tui.lines[0] == " Configuration"


async def test_a_workspace_without_types_says_how_to_make_one(tmp_path) -> None:
    path = str(tmp_path / "new.db")
    with Workspace.open(path, create=True, command="test") as workspace:
        workspace.keep()
    async with shown(path, None) as tui:
        assert tui.state == "no types yet: c makes the first one"
        await tui.press("c")
        assert "n makes the first one" in tui.text
        await tui.press("n")
        await tui.type("Visit")
        await tui.press("ctrl+s", "ctrl+s")
    assert type_of(path, "visit").label == "Visit"


async def test_the_page_of_a_type_lists_everything_it_has(filled: str) -> None:
    with Workspace.open(filled, command="test") as workspace:
        workspace.change(
            [Change("add", "validation", "deal.cap", {"rule": "amount < 9", "message": "No"})]
        )
    async with designing(filled, size=(80, 40)) as tui:
        assert tui.line("Name").endswith("text, title, required")
        assert tui.line("Amount").endswith("money, USD")
        assert tui.line("Won").endswith("won") and "Draft, Sent" in tui.text
        assert tui.line("Source:").split() == ["Source:", "Website,", "Trade", "fair", "2"]
        assert "cap: amount < 9" in tui.text
        assert "List: name, stage, status, amount" in tui.text


async def test_headings_are_gone_to(filled: str) -> None:
    async with designing(filled, "right_curly_bracket", "right_curly_bracket") as tui:
        assert listing(tui).current.left == "Stages"
        await tui.press("left_curly_bracket")
        assert listing(tui).current.left == "Fields"


async def test_the_wizard_makes_a_type_in_one_pass(filled: str) -> None:
    before = dump(filled)
    async with designing(filled, "escape", "n") as tui:
        await tui.type("Complaint")
        assert tui.line("Key").split() == ["Key", "complaint"]
        await tui.press("tab", "tab", "tab")
        await tui.type("service")
        await tui.press("tab")
        for line in ("Subject !", "Customer : link Account !", "Cost : money"):
            await tui.type(line)
            await tui.press("enter")
        await tui.type("Reason : choice Late, Broken on arrival")
        await tui.press("tab")
        await tui.type("New")
        await tui.press("enter")
        await tui.type("Solved = won")
        await tui.press("ctrl+s")
        assert isinstance(tui.app.screen, PlanScreen)
        assert tui.lines[1] == " + add category service"
        assert tui.lines[2] == " + add type complaint: label=Complaint, category=service"
        assert dump(filled) == before  # nothing is written before the plan is made
        await tui.press("ctrl+s")
        assert tui.state == "configuration changed (10); u undoes it"
        found = type_of(filled, "complaint")
        assert found.category == "service" and found.title_field.key == "subject"
        assert [(f.key, f.kind, f.required) for f in found.fields] == [
            ("subject", "text", True),
            ("customer", "link", True),
            ("cost", "money", False),
            ("reason", "choice", False),
        ]
        assert found.field_by_key["customer"].target == "account"
        assert found.field_by_key["cost"].currency == "USD"
        assert [o.key for o in found.field_by_key["reason"].options] == [
            "late",
            "broken_on_arrival",
        ]
        assert [(s.key, s.outcome) for s in found.stages] == [("new", None), ("solved", "won")]
        await tui.press("u")
        assert tui.state == "undone: configuration changed (10)"
        with Workspace.open(filled) as workspace:
            assert [type_.key for type_ in workspace.types()] == ["account", "deal"]


async def test_the_wizard_says_which_line_means_nothing(filled: str) -> None:
    async with designing(filled, "escape", "n") as tui:
        await tui.type("Visit")
        await tui.press("tab", "tab", "tab", "tab")
        await tui.type("Topic")
        await tui.press("enter")
        await tui.type("Mood : colorful")
        await tui.press("ctrl+s")
        assert tui.state == "Fields, line 2: there is no kind colorful"
        await tui.press("f2")
        await tui.type("one of the options")
        await tui.press("enter")
        assert "Mood : choice" in tui.text
        await tui.press("ctrl+s", "ctrl+s")
    assert [field.kind for field in type_of(filled, "visit").fields] == ["text", "choice"]


async def test_the_wizard_in_chinese(filled: str) -> None:
    choose("zh")
    async with designing(filled, "escape", "n") as tui:
        await tui.type("投诉")
        await tui.press("tab", "tab", "tab", "tab")
        tui.app.screen.row("fields").control.text = "主题！\n金额：money CNY\n"
        await tui.press("tab")
        await tui.type("受理")
        await tui.press("ctrl+s", "ctrl+s")
    found = type_of(filled, "投诉")
    assert [(f.key, f.kind) for f in found.fields] == [("主题", "text"), ("金额", "money")]
    assert [stage.key for stage in found.stages] == ["受理"]


async def test_a_key_that_is_typed_is_not_proposed_over(filled: str) -> None:
    async with designing(filled, "escape", "n") as tui:
        await tui.type("Order")
        assert tui.line("Key").split() == ["Key", "order_1"]  # `order` is a word of SQL
        await tui.press("tab", "tab")
        for _char in "order_1":
            await tui.press("backspace")
        await tui.type("purchase")
        await tui.press("shift+tab", "shift+tab")
        await tui.type("s")
        assert tui.line("Key").split() == ["Key", "purchase"]


async def test_types_are_ordered_by_keys_and_by_the_mouse(filled: str) -> None:
    async with designing(filled, "escape") as tui:
        await go(tui, "Account")
        await tui.press("J")
        assert "Deal" in tui.lines[1]
        await make(tui)
        with Workspace.open(filled) as workspace:
            assert [type_.key for type_ in workspace.types()] == ["deal", "account"]
        await drag(tui, "Account", "Deal")
        await make(tui)
        with Workspace.open(filled) as workspace:
            assert [type_.key for type_ in workspace.types()] == ["account", "deal"]


async def test_a_type_is_dragged_into_a_category(filled: str) -> None:
    async with designing(filled, "escape", "a") as tui:
        await tui.type("Sales")
        await tui.press("ctrl+s")
        assert tui.line("Sales")
        await drag(tui, "Deal", "Sales")
        assert tui.lines[3].startswith("      Deal")
        await make(tui)
    assert type_of(filled).category == "sales"


async def test_attributes_of_a_type_are_edited(filled: str) -> None:
    async with designing(filled, "e") as tui:
        await tui.press("end")
        await tui.type("s")
        await tui.press("tab", "tab")
        await tui.type("What we hope to sell")
        await tui.press("ctrl+s")
        assert tui.lines[0] == " Configuration > Deals"
        await make(tui)
    assert type_of(filled).label == "Deals"
    assert type_of(filled).description == "What we hope to sell"


async def test_a_type_gets_another_key_and_its_page_follows(filled: str) -> None:
    async with designing(filled, "escape") as tui:
        await go(tui, "Deal")
        await tui.press("r")
        for _char in "deal":
            await tui.press("backspace")
        await tui.type("chance")
        await tui.press("enter")
        assert listing(tui).value.ref == "chance"
        await make(tui)
    with Workspace.open(filled) as workspace:
        assert workspace.record("chance/1").title == "Deal 1"


async def test_a_validation_is_added_with_its_rule_tried_while_typing(filled: str) -> None:
    async with designing(filled) as tui:
        await go(tui, "Validations")
        await tui.press("a")
        await tui.type("Cap")
        await tui.press("tab", "tab", "tab")
        await tui.type("amont < 9")
        assert "there is no field amont" in tui.text or "did you mean amount" in tui.text
        for _char in "amont < 9":
            await tui.press("backspace")
        await tui.type("amount < 9000")
        assert "did you mean" not in tui.text
        await tui.press("ctrl+s")
        await make(tui)
    assert type_of(filled).validations[0].rule == "amount < 9000"


async def test_leaving_with_changes_asks(filled: str) -> None:
    async with designing(filled, "escape") as tui:
        await go(tui, "Account")
        await tui.press("J", "escape")
        assert "Changes that were gathered and not made yet: 1" in tui.text
        await tui.press("p")
        assert isinstance(tui.app.screen, PlanScreen)
        await tui.press("escape", "escape", "d")
        assert isinstance(tui.app.screen, WorkspaceScreen)
    with Workspace.open(filled) as workspace:
        assert [type_.key for type_ in workspace.types()] == ["account", "deal"]


async def test_u_takes_back_what_was_gathered_and_then_what_was_made(filled: str) -> None:
    async with designing(filled) as tui:
        await go(tui, "Amount")
        await tui.press("x")
        await make(tui)
        await go(tui, "VIP")
        await tui.press("x")
        assert tui.line("VIP").endswith("retired")
        await tui.press("u")
        assert tui.state == "taken back" and tui.line("VIP").endswith("yes or no")
        assert type_of(filled).field_by_key.keys() & {"amount", "vip"} == {"vip"}
        await tui.press("u")
        assert tui.state == "undone: configuration changed (1)"
        assert "amount" in type_of(filled).field_by_key


async def test_a_change_is_taken_out_of_the_plan(filled: str) -> None:
    async with designing(filled) as tui:
        for field in ("Amount", "VIP"):
            await go(tui, field)
            await tui.press("x")
        await tui.press("ctrl+s")
        assert tui.line("- retire field deal.amount") and tui.line("- retire field deal.vip")
        assert "6 values of deal.amount are hidden; they stay: deal/1" in tui.text
        await tui.press("x", "ctrl+s")
    assert keys(type_of(filled).all_fields)[:2] == ["name", "amount"]
    assert "vip" not in type_of(filled).field_by_key


async def test_what_others_changed_meanwhile_is_told_and_not_overwritten(filled: str) -> None:
    async with designing(filled) as tui:
        await go(tui, "Amount")
        await tui.press("x", "ctrl+s")
        with Workspace.open(filled, command="elsewhere") as other:
            other.change([Change("set", "field", "deal.amount", {"label": "Theirs"})])
        await tui.press("ctrl+s")
        assert "changed the configuration meanwhile: set field deal.amount" in tui.state
        assert "amount" in type_of(filled).field_by_key
        await tui.press("ctrl+s")
    assert "amount" not in type_of(filled).field_by_key


async def test_what_others_change_is_seen_at_once(filled: str) -> None:
    async with designing(filled) as tui:
        with Workspace.open(filled, command="elsewhere") as other:
            other.change([Change("set", "field", "deal.amount", {"label": "Turnover"})])
        await tui.look()
        assert tui.line("Turnover")
        await go(tui, "VIP")
        await tui.press("x")
        with Workspace.open(filled, command="elsewhere") as other:
            other.change([Change("set", "field", "deal.amount", {"label": "Volume"})])
        await tui.look()
        assert tui.line("Volume") and "changed meanwhile" in tui.state


async def test_who_may_configure_nothing_is_told_so(
    filled: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Workspace.open(filled) as workspace:
        member(workspace, "ada", 54321)
    monkeypatch.setattr("os.getuid", lambda: 54321)
    async with designing(filled) as tui:
        assert isinstance(tui.app.screen, WorkspaceScreen) and tui.state == "no role lets it"


async def test_who_may_not_any_more_changes_nothing(
    filled: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Workspace.open(filled) as workspace:
        granted(workspace, "designer", "deal", read="all", configure="all")
        member(workspace, "ada", 54321, roles="designer")
    monkeypatch.setattr("os.getuid", lambda: 54321)
    monkeypatch.setattr(application, "LOOK_EVERY", 3600)
    async with designing(filled) as tui:
        await go(tui, "Amount")
        with monkeypatch.context() as patch:
            patch.setattr("os.getuid", lambda: os.stat(filled).st_uid)
            with Workspace.open(filled) as workspace:
                workspace.change([Change("set", "user", "ada", {"roles": None})])
        await tui.press("x")
        assert "is no administrator of this workspace" in tui.state
        await tui.look()
        assert "Amount" not in tui.text
    monkeypatch.undo()
    assert "amount" in type_of(filled).field_by_key


async def test_every_binding_of_the_designers_can_be_given_other_keys(filled: str) -> None:
    async with designing(filled) as tui:
        for _page in range(2):
            for _key, binding in [*tui.app.screen._bindings, *listing(tui)._bindings]:
                textuals_own = binding.action.startswith(("app.", "screen.", "scroll"))
                assert binding.id or textuals_own, binding
            await tui.press("escape")


async def test_the_designers_in_chinese(filled: str) -> None:
    choose("zh")
    async with designing(filled) as tui:
        assert "销售机会" in tui.lines[0]
        assert "结束日期" in tui.text and "赢单" in tui.text
        assert {len(line.encode()) > 0 for line in tui.lines[:2]} == {True}


HOSTILE = "[/]\u202e[@click=app.quit]x\u200b"
"""The store takes no control characters here."""


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_hostile_labels_do_nothing(
    filled: str, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Without the last wall one sees what the widgets themselves would write.
    monkeypatch.setattr(LastWall, "apply", lambda self, segments, background: segments)
    with Workspace.open(filled, command="test") as workspace:
        workspace.change(
            [
                Change("add", "category", "sales", {"label": HOSTILE}),
                Change("set", "type", "deal", {"label": HOSTILE, "description": HOSTILE}),
                Change("set", "type", "deal", {"category": "sales", "icon": "\u202ex"}),
                Change("set", "field", "deal.amount", {"label": HOSTILE, "help": HOSTILE}),
                Change("set", "field", "deal.source", {"label": HOSTILE}),
                Change("set", "stage", "deal.lead", {"label": HOSTILE}),
                Change("set", "option", "deal.source.web", {"label": HOSTILE}),
                Change(
                    "set",
                    "type",
                    "deal",
                    {"form": [{"key": "main", "label": HOSTILE, "fields": ["name"]}]},
                ),
            ]
        )
    async with designing(filled, size=size) as tui:
        for keys_ in (
            ("j", "j", "j", "enter"),
            ("escape", "x", "ctrl+s"),
            ("escape", "r"),
            ("escape", "right_curly_bracket", "enter", "e"),
            ("escape", "x"),
            ("escape", "escape", "right_curly_bracket", "j", "enter", "e"),
            ("escape", "m"),
            ("escape", "escape", "G", "k", "k", "k", "enter", "e"),
            ("escape", "p"),
            ("escape", "escape", "escape", "n"),
        ):
            await tui.press(*keys_)
            for strip in tui.app.screen._compositor.render_strips():
                for segment in strip:
                    assert not has_unsafe(segment.text), repr(segment.text)


async def test_a_category_is_chosen_by_its_name_or_made_with_it(filled: str) -> None:
    async with designing(filled, "e") as tui:
        tui.app.screen.focus_row(tui.app.screen.row("category"))
        await tui.settle()
        await tui.type("After sales")
        await tui.press("ctrl+s", "escape", "n")
        await tui.type("Repair")
        await tui.press("tab", "tab", "tab")
        await tui.type("after Sales")
        await tui.press("ctrl+s", "ctrl+s")
    with Workspace.open(filled) as workspace:
        assert [(c.key, c.label) for c in workspace.categories()] == [
            ("after_sales", "After sales")
        ]
        assert {t.category for t in workspace.types()} == {None, "after_sales"}


async def test_the_page_of_a_type_follows_its_new_key(filled: str) -> None:
    async with designing(filled, "r") as tui:
        for _char in "deal":
            await tui.press("backspace")
        await tui.type("chance")
        await tui.press("enter")
        assert tui.lines[0] == " Configuration > Deal" and "chance" in tui.lines[1]
        await go(tui, "Amount")
        await tui.press("x")
        await make(tui)
    assert "amount" not in type_of(filled, "chance").field_by_key
