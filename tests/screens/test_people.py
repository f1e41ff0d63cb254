"""People in the designers: users, teams and roles by the same draft and plan as all the rest."""

from typing import Any

import pytest

from crmtui.model.definitions import Role, User
from crmtui.screens.definition_form import DefinitionForm
from crmtui.screens.people import PeopleScreen
from crmtui.screens.permission import PermissionScreen
from crmtui.screens.role import RoleScreen
from crmtui.store.permission_words import decoded
from crmtui.store.workspace import Workspace
from tests.screens.designing import designing, go, keys, listing, make
from tests.screens.showing import Session
from tests.support.workspaces import dump


def people_of(path: str, noun: str) -> list[Any]:
    """Users, teams or roles as another process finds them in the file."""
    with Workspace.open(path) as workspace:
        return list(workspace.configuration().siblings(noun, ""))


def user_of(path: str, key: str) -> User:
    return next(user for user in people_of(path, "user") if user.key == key)


def role_of(path: str, key: str) -> Role:
    return next(role for role in people_of(path, "role") if role.key == key)


def permission_of(path: str, key: str, type_key: str) -> Any:
    """What a role says of a type, in the file."""
    return next(each for each in role_of(path, key).permissions if each.key == type_key)


async def to_people(tui: Session) -> None:
    await tui.press("G", "enter")
    assert isinstance(tui.app.screen, PeopleScreen)


async def to_role(tui: Session, key: str = "seller") -> None:
    """To what a role lets, with the cursor on what it says of deals."""
    await to_people(tui)
    await go(tui, key)
    await tui.press("enter")
    assert isinstance(tui.app.screen, RoleScreen)
    tui.app.screen.matrix.go_to("deal")
    await tui.settle()


def row(tui: Session, name: str) -> list[str]:
    """The words of a line of the table, from the name on."""
    return tui.line(name).split()


# Users, teams, roles


async def test_the_page_lists_users_teams_as_a_tree_and_roles(staffed: str) -> None:
    async with designing(staffed, type_key=None) as tui:
        assert tui.line("People").split() == ["People", "4", "users", "1", "teams", "3", "roles"]
        await to_people(tui)
        assert tui.line("alice").split() == ["alice", "seller;", "North"]
        assert tui.line("administrator") and "1 users" in tui.line("  North")
        assert "every type, acts as others" in tui.line("acts as")
        await tui.press("right_curly_bracket")
        assert listing(tui).current.left == "Teams"


async def test_people_are_added_by_draft_and_plan(staffed: str) -> None:
    before = dump(staffed)
    async with designing(staffed, type_key=None) as tui:
        await to_people(tui)
        await tui.press("right_curly_bracket", "a")
        await tui.type("Berlin")
        await tui.press("tab", "tab", "tab")
        await tui.type("nor")
        await tui.press("enter", "ctrl+s")
        assert tui.line("  Berlin"), tui.text  # below North, by the tree
        await tui.press("right_curly_bracket", "a")
        await tui.type("Support desk")
        await tui.press("ctrl+s")
        await tui.press("g", "a")
        await tui.type("Ada")
        await tui.press("tab", "tab", "tab", "down")
        await tui.type("support")
        await tui.press("space", "escape", "tab", "down")
        await tui.type("ber")
        await tui.press("space", "ctrl+s")
        assert "Support desk" in tui.line("Ada") and "Berlin" in tui.line("Ada")
        assert dump(staffed) == before
        await make(tui)
    ada = user_of(staffed, "ada")
    assert (ada.roles, ada.teams) == ("support_desk", "berlin")
    assert next(t for t in people_of(staffed, "team") if t.key == "berlin").parent == "north"


async def test_what_stands_against_a_user_is_told_at_its_row(staffed: str) -> None:
    async with designing(staffed, type_key=None) as tui:
        await to_people(tui)
        await go(tui, "alice")
        await tui.press("e", "tab", "tab", "tab", "tab", *["backspace"] * 4)
        await tui.type("4242")
        await tui.press("ctrl+s")
        assert isinstance(tui.app.screen, DefinitionForm)
        assert "the uid 4242 is mia's" in tui.text
        await tui.press("escape", "d", "g", "a")
        await tui.type("王芳")
        await tui.press("tab", "tab")
        await tui.type("王芳")
        await tui.press("ctrl+s")
        assert "a user's name is a-z" in tui.text


async def test_people_are_renamed_retired_restored_and_put_in_order(staffed: str) -> None:
    async with designing(staffed, type_key=None) as tui:
        await to_people(tui)
        await go(tui, "dora")
        await tui.press("K", "r")
        await tui.press(*["backspace"] * 4)
        await tui.type("d.ora")
        await tui.press("enter")
        await go(tui, "mia")
        await tui.press("x")
        assert tui.line("mia").endswith("retired")
        await make(tui)
    assert [user.key for user in people_of(staffed, "user")][1:] == ["alice", "d.ora", "mia"]
    assert user_of(staffed, "mia").retired
    async with designing(staffed, type_key=None) as tui:
        await to_people(tui)
        await go(tui, "mia")
        await tui.press("x")
        await go(tui, "d.ora")
        await tui.press("e")
        await tui.type("Dora")
        await tui.press("ctrl+s")
        await make(tui)
    assert not user_of(staffed, "mia").retired and user_of(staffed, "d.ora").label == "Dora"


async def test_the_records_of_a_leaver_go_to_another_and_come_back(staffed: str) -> None:
    async with designing(staffed, type_key=None) as tui:
        await to_people(tui)
        await go(tui, "alice")
        await tui.press("h")
        await tui.type("mia")
        await tui.press("enter")
        assert tui.state == "alice gave mia: 3 deal"
        await tui.press("u")
        assert tui.state == "undone: alice gave mia: 3 deal"
    with Workspace.open(staffed) as workspace:
        assert workspace.count("deal", "owner = 'alice'") == 3


# What a role lets


async def test_the_matrix_tells_types_by_operations(staffed: str) -> None:
    async with designing(staffed, type_key=None) as tui:
        await to_role(tui)
        assert tui.lines[1].split() == "read update move share import reports".split()
        assert tui.lines[2].split() == "create delete assign export log configure".split()
        assert row(tui, "Deal+") == ["Deal+", *"own all own deny own - - - - own - -".split()]
        assert row(tui, "Account+")[1:4] == ["expr", "-", "all"]
        assert "read deal: own records" in tui.lines[21]
        await tui.press("up")
        assert "read account: records where city = '北京'" in tui.lines[21]
        await tui.press("escape")
        await go(tui, "boss")
        await tui.press("enter")
        assert row(tui, "Payroll")[1:4] == ["*all"] * 3
        await tui.press("down")
        assert tui.lines[21] == " read account: every type: all records"


async def test_cells_are_changed_by_keys(staffed: str) -> None:
    before = dump(staffed)
    async with designing(staffed, type_key=None) as tui:
        await to_role(tui)
        await tui.press("space")
        assert row(tui, "Deal+")[1] == "team"
        await tui.press("l", "l", "x")
        assert row(tui, "Deal+")[3] == "-"
        await tui.press("right", "d")
        assert row(tui, "Deal+")[4] == "own"  # it was denied, and is not any more
        await tui.press("right", "enter", "4")
        assert row(tui, "Deal+")[5] == "all"
        await tui.press("e")
        await tui.type("amount > 5000")
        await tui.press("enter")
        assert row(tui, "Deal+")[5] == "expr" and "amount > 5000" in tui.lines[21]
        await tui.press("d")
        assert row(tui, "Deal+")[5] == "deny"
        assert dump(staffed) == before
        await make(tui)
    made = permission_of(staffed, "seller", "deal")
    assert (made.may_read, made.may_update, made.may_move) == ("team", None, "amount > 5000")
    assert decoded(made.denied) == {"move": "all"}


async def test_a_wrong_expression_is_refused_in_a_line(staffed: str) -> None:
    async with designing(staffed, type_key=None) as tui:
        await to_role(tui)
        await tui.press("e")
        await tui.type("amuont > 5")
        await tui.press("enter")
        assert "did you mean amount?" in tui.state and row(tui, "Deal+")[1] == "own"
        await tui.press(*["l"] * 8, "e")
        assert tui.state == "no expression here: import"


async def test_what_the_draft_adds_and_takes_back_leaves_nothing_in_the_plan(staffed: str) -> None:
    async with designing(staffed, type_key=None) as tui:
        await to_role(tui)
        await tui.press("G", "space", "l", "h")
        assert row(tui, "Payroll")[1] == "own" and "changes not made yet: 1" in tui.text
        await tui.press("x")
        assert row(tui, "Payroll")[1] == "-" and "changes not made yet" not in tui.text


async def test_a_retired_permission_is_used_again_without_what_it_said(staffed: str) -> None:
    async with designing(staffed, type_key=None) as tui:
        await to_role(tui)
        tui.app.screen.matrix.go_to("complaint")
        await tui.press("right", "x", "space")
        assert row(tui, "Complaint")[1:4] == ["-", "own", "-"]
        await make(tui)
    made = permission_of(staffed, "seller", "complaint")
    assert made.may_create == "own" and not made.retired


async def test_what_every_type_is_let_is_set_on_its_own_line(staffed: str) -> None:
    async with designing(staffed, type_key=None) as tui:
        await to_role(tui)
        await tui.press("g", "e")
        assert tui.state.startswith("no expression here")
        await tui.press("f")
        assert tui.state == "fields and stages are those of one type"
        await tui.press("enter")
        assert "expr" not in "\n".join(tui.lines[8:16])
        await tui.press("4")
        assert row(tui, "every type")[2] == "all" and row(tui, "Payroll")[1] == "*all"
        assert row(tui, "Deal+")[1] in ("all", "*all")


async def test_fields_are_masked_hidden_and_stages_forbidden_on_a_page(staffed: str) -> None:
    async with designing(staffed, type_key=None) as tui:
        await to_role(tui)
        await tui.press("f")
        assert isinstance(tui.app.screen, PermissionScreen)
        assert row(tui, "Secret") == ["Secret", "hidden"]
        await tui.press("p")
        await tui.type("a**")
        await tui.press("enter")
        assert row(tui, "Name") == ["Name", "masked", "a**"]
        await tui.press("down", "space", "down", "d", "down", "enter", "2")
        assert row(tui, "Amount")[1] == "masked" and row(tui, "Account")[1] == "denied"
        assert row(tui, "Close date")[2] == "read-only"
        while tui.app.screen.matrix.value.ref != "offer.sent":
            await tui.press("down")
        await tui.press("right", "right", "right", "space", "left", "d")
        assert row(tui, "Sent") == ["Sent", "-", "-", "deny", "deny"]
        await tui.press("left", "left", "left", "G", "space")
        assert row(tui, "Deal ")[:2] == ["Deal", "hidden"]
        await make(tui)
    made = permission_of(staffed, "seller", "deal")
    fields = {"secret": "hidden", "name": "masked:a**", "amount": "masked"}
    assert decoded(made.fields) == fields | {"account": "denied", "close": "read-only"}
    assert decoded(made.stages)["offer.sent"] == "enter,leave" and made.unlisted


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (200, 50)])
async def test_the_matrix_in_chinese_at_any_size(staffed: str, size: tuple[int, int]) -> None:
    from crmtui.i18n import choose

    choose("zh")
    async with designing(staffed, type_key=None, size=size) as tui:
        await to_role(tui)
        for _step in range(11):
            await tui.press("right")
        assert tui.app.screen.matrix.column == 11
        strips = tui.app.screen._compositor.render_strips()
        assert {sum(s.cell_length for s in strip) for strip in strips} == {size[0]}
        assert "销售机会+" in tui.text


async def test_a_cell_is_pointed_at_and_chosen_with_the_mouse(staffed: str) -> None:
    async with designing(staffed, type_key=None) as tui:
        await to_role(tui)
        matrix = tui.app.screen.matrix
        place = next(n for n, line in enumerate(tui.lines) if line.startswith(" Deal+"))
        x = tui.lines[2].index("create")
        await tui.pilot.click("#matrix", offset=(x, place - 1))
        await tui.settle()
        assert (matrix.value, matrix.column) == ("deal", 1)
        await tui.pilot.click("#matrix", offset=(x, place - 1))
        await tui.settle()
        assert "all records" in tui.text


async def test_a_record_is_shared_and_no_longer(staffed: str) -> None:
    from tests.screens.showing import shown

    async with shown(staffed, record="deal/2") as tui:
        await tui.press("s", "enter")
        await tui.type("alice")
        await tui.press("enter", "s")
        assert tui.state == "deal/2 shared with user:alice"
        with Workspace.open(staffed, as_user="alice") as alice:
            assert alice.record("deal/2").title == "Foreign 2"
        await tui.press("s")
        assert tui.line("user:alice").split()[-2:] == ["read", "│"]
        await tui.press("1", "y")
        assert tui.state == "deal/2 no longer shared with user:alice"
    with Workspace.open(staffed, as_user="alice") as alice:
        assert alice.count("deal") == 3


def test_keys_of_definitions_stay_in_order(staffed: str) -> None:
    assert keys(people_of(staffed, "role")) == ["seller", "boss", "designer"]
