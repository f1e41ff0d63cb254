"""Files that say what roles let: brought up to date, overwritten only knowingly, undone."""

from typing import Any

import pytest

from crmtui.store import spec
from crmtui.store.changes import Change
from crmtui.store.errors import Conflict, Refused
from crmtui.store.workspace import Workspace
from tests.support.people import member
from tests.support.roles import ROLES, apply, staff
from tests.support.workspaces import changed


@pytest.fixture
def staffed(workspace: Workspace) -> Workspace:
    """Accounts and deals that have owners, two teams and two roles."""
    return staff(workspace)


class TestFiles:
    TEXT = """\
# Who may do what.
roles:
  seller:   # those who sell
    label_zh: 销售
    permissions:
      # their own deals
      deal:
        read: own
        update: own
        deny: {delete: all, update: 'value > 1000000'}
        fields: {rate: hidden, notes: "masked:a**", owner: read-only}   # not the rate
        stages: {won: enter, lead.waiting: [edit, leave]}
        form: [{key: main, fields: [name, value]}]
        list: name, value
      account: {read: ALL, unlisted: true}
  boss: {impersonate: true, permissions: {"*": {read: all, report: all}}}
teams:
  sales: {label: Sales}
  north: {label: North, label_zh: 北区, parent: sales, manager: ada}
"""

    @pytest.fixture
    def led(self, staffed: Workspace) -> Workspace:
        member(staffed, "ada")
        staffed.change(
            [
                Change("set", "team", "north", {"manager": "ada"}),
                Change("set", "user", "ada", {"roles": "boss"}),
                Change("remove", "role", "ada-role"),
            ]
        )
        return staffed

    def rewritten(self, workspace: Workspace, text: str, **wanted: Any) -> str:
        made = workspace.files({"crm.yaml": text}, **wanted)["crm.yaml"]
        assert made is not None
        return made

    def test_that_say_so_already_are_not_touched(self, led: Workspace):
        text = self.TEXT + spec.write({"types": led.document()["types"]})
        assert self.rewritten(led, text) == text
        assert self.rewritten(led, text, keys=["deal"]) == text

    def test_are_changed_where_they_differ_and_nowhere_else(self, led: Workspace):
        text = self.TEXT + spec.write({"types": led.document()["types"]})
        said = {"fields": {"rate": "masked", "owner": "read-only"}, "stages": {"won": ["see"]}}
        led.change([Change("set", "permission", "seller.deal", said)])
        expected = text.replace(
            'fields: {rate: hidden, notes: "masked:a**", owner', "fields: {rate: masked, owner"
        ).replace("{won: enter, lead.waiting: [edit, leave]}", "{won: [see]}")
        assert self.rewritten(led, text) == expected

    def test_who_leads_a_team_stays_said_unless_people_are_written(self, led: Workspace):
        text = self.TEXT + spec.write({"types": led.document()["types"]})
        led.change([Change("set", "team", "north", {"manager": None})])
        assert self.rewritten(led, text) == text
        made = self.rewritten(led, text, people=True)
        assert "manager" not in made and "ada:\n    roles: [boss]" in made

    def test_users_stay_said_unless_people_are_written(self, led: Workspace):
        text = "users: {bob: }\n" + spec.write(led.document())
        assert self.rewritten(led, text).startswith("users: {bob: }\n")
        assert "bob" not in self.rewritten(led, text, people=True)

    def test_of_a_role_that_is_retired_is_taken_out(self, led: Workspace):
        text = self.TEXT + spec.write({"types": led.document()["types"]})
        led.change([Change("remove", "role", "seller")])
        made = self.rewritten(led, text)
        assert "seller" not in made and "boss: {impersonate: true" in made

    def test_in_a_folder_have_one_each(self, led: Workspace):
        made = led.files({}, folder="conf", people=True)
        assert list(made) == [
            "conf/account.yaml",
            "conf/deal.yaml",
            "conf/teams.yaml",
            "conf/roles.yaml",
            "conf/users.yaml",
            "conf/categories.yaml",
        ]
        texts = {path: str(text) for path, text in made.items()}
        assert led.files(texts, folder="conf", people=True) == texts
        assert led.files(texts, folder="conf") == texts
        assert led.files(texts, ["deal"], "conf") == texts
        led.change(
            [
                Change("set", "user", "ada", {"roles": None}),
                Change("remove", "role", "seller"),
                Change("remove", "role", "boss"),
            ]
        )
        assert led.files(texts, folder="conf")["conf/roles.yaml"] is None

    def test_may_not_say_something_of_a_role_twice(self):
        one, two = (
            spec.read("roles: {a: {label: A}}", "1"),
            spec.read("roles: {a: {label: B}}", "2"),
        )
        with pytest.raises(Refused, match="a is defined in 1 and in 2"):
            spec.merged([("1", one), ("2", two)])
        assert spec.merged([("1", one), ("2", {"roles": {"a": {}}})]) == one


class TestDrift:
    @pytest.mark.parametrize(
        ("elsewhere", "told"),
        [
            (
                Change("set", "permission", "seller.deal", {"fields": {"rate": "masked"}}),
                "fields of permission seller.deal was changed to {rate: masked} by ",
            ),
            (Change("remove", "permission", "boss.*"), "retire permission boss.*: done by "),
            (Change("set", "team", "north", {"parent": None}), "parent of team north was changed"),
            (Change("rename", "role", "boss", {"key": "chief"}), "rename role boss to chief: "),
        ],
    )
    def test_is_what_would_be_overwritten(self, staffed: Workspace, elsewhere: Change, told: str):
        staffed.change([elsewhere])
        found = staffed.proposal(spec.read(ROLES, "x"))
        assert [str(each.message)[: len(told)] for each in found.drift] == [told]
        with pytest.raises(Conflict):
            apply(staffed, ROLES, overwrite=False)

    def test_stays_while_documents_speak_of_other_things(self, staffed: Workspace):
        staffed.change([Change("set", "permission", "seller.deal", {"read": "all"})])
        apply(staffed, "types: {deal: {label: Sale}, account: }", prune=True)
        assert len(staffed.proposal(spec.read(ROLES, "x")).drift) == 1

    def test_follows_a_type_that_is_renamed(self, staffed: Workspace):
        changed(staffed, "type add seller")
        staffed.change([Change("set", "permission", "seller.deal", {"read": "all"})])
        changed(staffed, "type rename deal sale\ntype rename seller vendor")
        document = "roles: {seller: {permissions: {sale: {read: own}}}}"
        (drift,) = staffed.proposal(spec.read(document, "x")).drift
        assert str(drift.message).startswith("read of permission seller.deal was changed to all")


class TestUndo:
    def test_of_an_apply_brings_everything_back(self, staffed: Workspace):
        member(staffed, "alice", roles="seller", teams="north")
        before = staffed.document(people=True)
        apply(
            staffed,
            """
            types: {sale: {renamed_from: deal, fields: {rate: {retired: true}}}}
            teams: {east: {renamed_from: north, label: }, south: {parent: sales}}
            roles:
              vendor:
                renamed_from: seller
                permissions:
                  sale: {read: team, deny: , fields: {notes: denied}, stages: {won: [see]}, list: }
                  account: {retired: true}
              clerk: {permissions: {account: {read: all}}}
              boss: {retired: true}
            users: {a.b: {renamed_from: alice, roles: [vendor, clerk]}, bob: {teams: [south]}}
            """,
        )
        staffed.undo()
        assert staffed.document(people=True) == before
        staffed.undo(staffed.last_act())
        assert list(staffed.document(people=True)["users"])[-2:] == ["a.b", "bob"]
        assert staffed.document()["roles"]["vendor"]["permissions"]["sale"] == {
            "read": "team",
            "update": "own",
            "fields": {"notes": "denied"},
            "stages": {"won": ["see"]},
            "form": [{"key": "main", "fields": ["name", "value"]}],
        }
