"""What roles say by names: it follows a rename, rests with the retired, goes with the purged."""

from typing import Any

import pytest

from crmtui.store.changes import Change
from crmtui.store.errors import CrmError, NotFound, Refused
from crmtui.store.workspace import Workspace
from tests.support.people import acting_as, granted, member
from tests.support.roles import apply, staff
from tests.support.workspaces import changed

SAID: dict[str, Any] = {
    "read": "rate > 1 and account.industry = 'it' and stage <> 'won'",
    "update": "source = 'web' or owner = 'alice'",
    "deny": {"update": "seats > 5 and status = 'waiting'", "delete": "all"},
    "fields": {"seats": "hidden", "notes": "masked:a**"},
    "stages": {"lead": ["enter"], "lead.waiting": ["leave"], "won": ["see"]},
    "form": [{"key": "main", "fields": ["name", {"field": "seats", "wide": True}]}],
    "list": ["name", "rate"],
    "card": ["seats", "name"],
}


@pytest.fixture
def said(workspace: Workspace) -> Workspace:
    """Two roles that say the same of deals in many names, one of them retired."""
    changed(workspace, "field add deal.owner kind=user\ntype set deal owner=owner")
    for role in ("seller", "former"):
        granted(workspace, role, "deal", **SAID)
    workspace.change([Change("remove", "role", "former"), Change("add", "user", "alice")])
    return workspace


def of(workspace: Workspace, role: str = "seller") -> dict[str, Any]:
    """What a role says, by the key of the type."""
    if role == "former":
        workspace.change([Change("restore", "role", role)])
    said: dict[str, Any] = workspace.document()["roles"][role]["permissions"]
    if role == "former":
        workspace.change([Change("remove", "role", role)])
    return said


RENAMES = [
    ("field rename deal.rate share", {"read": ("rate", "share"), "list": ("rate", "share")}),
    (
        "field rename deal.seats chairs",
        {
            "deny": ("seats", "chairs"),
            "fields": ("seats", "chairs"),
            "form": ("seats", "chairs"),
            "card": ("seats", "chairs"),
        },
    ),
    ("field rename deal.account client", {"read": ("account.", "client.")}),
    ("field rename account.industry branch", {"read": (".industry", ".branch")}),
    ("field rename deal.owner seller", {"update": ("owner", "seller")}),
    ("stage rename deal.won signed", {"read": ("won", "signed"), "stages": ("won", "signed")}),
    ("stage rename deal.lead start", {"stages": ("lead", "start")}),
    (
        "status rename deal.lead.waiting idle",
        {"deny": ("waiting", "idle"), "stages": ("waiting", "idle")},
    ),
    ("option rename deal.source.web site", {"update": ("web", "site")}),
    ("user rename alice bob", {"update": ("alice", "bob")}),
]


class TestARename:
    @pytest.mark.parametrize(("line", "told"), RENAMES, ids=[line for line, _ in RENAMES])
    def test_is_followed_in_every_permission_and_undone(
        self, said: Workspace, line: str, told: dict[str, tuple[str, str]]
    ):
        before, former = of(said), of(said, "former")
        changed(said, line)
        act = said.last_act()
        expected = dict(before["deal"])
        for name, (old, new) in told.items():
            expected[name] = _replaced(expected[name], old, new)
        assert of(said) == {"deal": expected}
        assert of(said, "former") == {"deal": expected}
        said.undo(act)
        assert (of(said), of(said, "former")) == (before, former)

    def test_of_a_type_is_followed_and_undone(self, said: Workspace):
        before = of(said)
        changed(said, "type rename deal sale\ntype rename account client")
        act = said.last_act()
        assert of(said) == {"sale": before["deal"]}
        assert of(said, "former") == {"sale": before["deal"]}
        said.undo(act)
        assert of(said) == before

    def test_of_the_owner_of_a_type_is_followed(self, said: Workspace):
        changed(said, "field rename deal.owner seller")
        assert said.type("deal").owner == "seller"
        said.undo()
        assert said.type("deal").owner == "owner"

    def test_that_cannot_be_followed_is_refused(self, said: Workspace):
        said.change([Change("set", "permission", "seller.deal", {"read": "stage || '' = 'won'"})])
        with pytest.raises(Refused) as caught:
            changed(said, "stage rename deal.won signed")
        assert caught.value.code == "named"
        assert caught.value.hint == "crmtui role show seller"

    def test_does_not_show_what_is_hidden_of_every_type(self, said: Workspace):
        granted(said, "clerk", "*", read="all", fields={"name": "hidden", "hot": "masked"})
        member(said, "ada", roles="clerk")
        changed(said, "field rename deal.name title\nfield rename deal.hot warm")
        assert of(said, "clerk")["*"]["fields"] == {
            "name": "hidden",
            "title": "hidden",
            "warm": "masked",
        }
        with acting_as(said, "ada") as other:
            assert "title" not in other.type("deal").field_by_key
            assert "name" not in other.type("account").field_by_key
        said.undo()
        assert of(said, "clerk")["*"]["fields"] == {"name": "hidden", "hot": "masked"}


def _replaced(value: Any, old: str, new: str) -> Any:
    if isinstance(value, dict):
        return {_replaced(k, old, new): _replaced(v, old, new) for k, v in value.items()}
    if isinstance(value, list):
        return [_replaced(each, old, new) for each in value]
    return value.replace(old, new) if isinstance(value, str) else value


class TestARetiredField:
    @pytest.fixture
    def seen(self, said: Workspace) -> Workspace:
        granted(said, "reader", "deal", read="rate > 1", update="all", deny={"update": "seats > 5"})
        member(said, "ada", roles="reader")
        said.add("deal", {"name": "a", "rate": 2, "seats": 1})
        return said

    def test_lets_what_names_it_rest_which_is_told(self, seen: Workspace):
        changed(seen, "field remove deal.rate")
        assert [str(note) for note in seen.notes] == [
            "while deal.rate is retired, what names it rests: permission seller.deal;"
            " permission former.deal; permission reader.deal; a permission that rests lets nothing"
        ]
        found = seen.undo() and seen.proposal(
            {"types": {"deal": {"fields": {"rate": {"retired": True}}}}}
        )
        assert [effect.code for effect in found.effects][:2] == ["hidden-values", "resting"]
        assert "permission reader.deal; a permission" in str(found.effects[1].message)

    def test_closes_what_it_opened_until_it_is_back(self, seen: Workspace):
        with acting_as(seen, "ada") as other:
            assert other.count("deal") == 1
            changed(seen, "field remove deal.rate")
            assert other.count("deal") == 0
            changed(seen, "field restore deal.rate")
            assert other.count("deal") == 1

    def test_denies_everything_where_a_denial_named_it(self, seen: Workspace):
        with acting_as(seen, "ada") as other:
            other.set("deal/1", {"name": "b"})
            changed(seen, "field remove deal.seats")
            with pytest.raises(CrmError):
                other.set("deal/1", {"name": "c"})
            seen.undo()
            other.set("deal/1", {"name": "c"})

    def test_of_another_kind_lets_what_makes_no_sense_rest_which_is_told(self, seen: Workspace):
        deny = {"update": "account.industry = 'it'"}
        seen.change([Change("set", "permission", "reader.deal", {"deny": deny})])
        changed(seen, "field set deal.account kind=text")
        assert "this makes no sense and rests: permission seller.deal" in str(seen.notes[-1])
        assert "permission reader.deal" in str(seen.notes[-1])
        with acting_as(seen, "ada") as other, pytest.raises(CrmError):
            other.set("deal/1", {"name": "c"})


class TestAFieldOfAnotherKind:
    def test_is_hidden_as_before_and_so_is_the_former_one(self, said: Workspace):
        granted(
            said, "reader", "deal", read="all", fields={"code": "hidden"} and {"notes": "hidden"}
        )
        granted(said, "reader", "*", read="all", fields={"hot": "hidden"})
        member(said, "ada", roles="reader")
        said.add("deal", {"name": "a", "notes": "5", "hot": True})
        before = said.document()["roles"]
        changed(said, "field set deal.notes kind=text\nfield set deal.hot kind=text")
        act = said.last_act()
        changed(said, "field restore deal.notes_old\nfield restore deal.hot_old")
        with acting_as(said, "ada") as other:
            hidden = {"notes", "notes_old", "hot", "hot_old"}
            assert not hidden & set(other.type("deal").field_by_key)
        said.undo()
        said.undo(act)
        assert said.document()["roles"] == before


class TestAPurge:
    @pytest.mark.parametrize("field", ["deal.rate", "deal.owner", "account.industry"])
    def test_of_what_an_expression_names_is_refused(self, said: Workspace, field: str):
        changed(said, f"field remove {field}")
        with pytest.raises(Refused) as caught:
            changed(said, f"field purge {field}")
        assert caught.value.code == "named"
        assert "crmtui role show" in str(caught.value.hint)

    def test_of_a_field_takes_along_what_is_made_of_it(self, said: Workspace):
        for role in ("seller", "former"):
            said.change([Change("set", "permission", f"{role}.deal", {"deny": None})])
        changed(said, "field remove deal.seats\nfield purge deal.seats")
        found = of(said)["deal"]
        assert found["fields"] == {"notes": "masked:a**"}
        assert found["card"] == ["name"]
        assert found["form"] == [{"key": "main", "fields": ["name"]}]
        changed(said, "field add deal.seats kind=integer")
        assert of(said)["deal"]["fields"] == {"notes": "masked:a**"}

    def test_of_the_owner_leaves_a_type_to_the_next_user_field(self, said: Workspace):
        changed(said, "field add deal.second kind=user")
        for role in ("seller", "former"):
            said.change([Change("set", "permission", f"{role}.deal", {"update": "own"})])
        changed(said, "field remove deal.owner\nfield purge deal.owner")
        type_ = said.type("deal")
        assert type_.owner is None
        assert type_.owner_field and type_.owner_field.key == "second"

    def test_of_a_stage_or_status_takes_along_what_is_forbidden_there(self, said: Workspace):
        changed(said, "status remove deal.lead.waiting\nstatus purge deal.lead.waiting")
        assert of(said)["deal"]["stages"] == {"lead": ["enter"], "won": ["see"]}
        changed(said, "stage remove deal.lead\nstage purge deal.lead")
        assert of(said)["deal"]["stages"] == {"won": ["see"]}
        changed(said, "stage add deal lead")
        assert of(said)["deal"]["stages"] == {"won": ["see"]}

    def test_of_a_type_is_refused_while_a_role_speaks_of_it(self, said: Workspace):
        changed(said, "type remove deal")
        with pytest.raises(Refused) as caught:
            changed(said, "type purge deal")
        assert str(caught.value.message) == "deal is named by seller.deal, former.deal"
        assert caught.value.hint == "crmtui role revoke seller deal"

    def test_of_a_type_lets_nobody_have_the_next_one_of_its_name(self, said: Workspace):
        for role in ("seller", "former"):
            said.change([Change("remove", "permission", f"{role}.deal")])
        changed(said, "type remove deal\ntype purge deal\ntype add deal")
        said.change([Change("restore", "role", "former")])
        with pytest.raises(NotFound):
            said.change([Change("restore", "permission", "seller.deal")])
        assert all("permissions" not in role for role in said.document()["roles"].values())


class TestAPermission:
    def test_on_a_retired_type_can_be_taken_back_and_given(self, said: Workspace):
        changed(said, "type remove deal")
        said.change([Change("remove", "permission", "seller.deal")])
        said.change([Change("restore", "permission", "seller.deal")])
        changed(said, "type restore deal")
        assert of(said) == {"deal": SAID}

    def test_can_be_undone_attribute_by_attribute(self, workspace: Workspace):
        staff(workspace)
        before = workspace.document()
        apply(
            workspace,
            "roles: {seller: {permissions: {deal: {deny: {move: team}, fields: , form: ,"
            " stages: {won: [see]}, list: [value], read: value > 5, unlisted: true,"
            " configure: all}}}}",
        )
        workspace.undo()
        assert workspace.document() == before
        granted(workspace, "new", "deal", read="all")
        workspace.undo()
        assert workspace.document() == before
        workspace.change([Change("remove", "permission", "seller.deal")])
        workspace.undo()
        assert workspace.document() == before
