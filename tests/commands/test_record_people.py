"""`record assign`, `share`, `unshare`, `shares` and `user hand-over`: whose records are."""

import json

import pytest

from tests.support.cli import Crm
from tests.support.selling import CUSTOMERS, PEOPLE, RECORDS


@pytest.fixture
def sales(crm: Crm) -> Crm:
    crm.script(CUSTOMERS + PEOPLE + RECORDS)
    crm.here("role", "grant", "sales", "*", "read,history", "--scope", "own")
    crm.here("role", "grant", "sales", "opportunity", "update,assign,share", "--scope", "own")
    return crm


def owners(crm: Crm) -> list[str]:
    return crm.values("opportunity", "owner")


def seen(crm: Crm, user: str) -> list[str]:
    return crm.here("record", "list", "opportunity", "--ids", "--as", user).lines


def test_a_record_that_is_refused_got_no_number(sales: Crm):
    sales.here("role", "grant", "sales", "opportunity", "create", "--scope", "own")
    words = ("record", "add", "opportunity", "name=C", "owner=bob", "--as", "alice")
    assert sales.here(*words, code=4).err.splitlines() == [
        "crmtui: error: alice may not create opportunity at lead:"
        " sales.opportunity lets create only for own records  [permission]",
        "  hint: crmtui access explain alice create opportunity lead",
    ]
    told = sales.here("access", "explain", "alice", "create", "opportunity", "lead")
    assert told.lines[0] == "allowed: sales.opportunity lets create for own records"


class TestAssign:
    def test_gives_ones_own_records_to_another_user(self, sales: Crm):
        words = ("record", "assign", "opportunity/1", "bob", "--as", "alice")
        assert sales.here(*words).err == "opportunity/1 given to bob\n"
        assert owners(sales) == ["bob", "bob"]
        assert "there is no record" in sales.here(*words, code=3).err

    def test_takes_references_from_a_pipe(self, sales: Crm):
        refs = sales.here("record", "list", "opportunity", "--ids").out
        told = sales.here("record", "assign", "-", "carol", "--json", stdin=refs)
        assert [json.loads(line)["change"] for line in told.lines] == ["assigned", "assigned"]
        assert owners(sales) == ["carol", "carol"]
        again = sales.here("record", "assign", "opportunity/1", "carol")
        assert again.err == "opportunity/1 unchanged\n"

    def test_is_a_right_of_its_own(self, sales: Crm):
        sales.here("role", "revoke", "sales", "opportunity", "assign")
        for words in (
            ("record", "assign", "opportunity/1", "bob"),
            ("record", "set", "opportunity/1", "owner=bob"),
        ):
            assert "no role of alice lets assign" in sales.here(*words, "--as", "alice", code=4).err
        sales.here("role", "revoke", "sales", "opportunity", "update")
        sales.here("role", "grant", "sales", "opportunity", "assign", "--scope", "own")
        # To set the field is to change the record as well; to give it away is not.
        sales.here("record", "set", "opportunity/1", "owner=bob", "--as", "alice", code=4)
        sales.here("record", "assign", "opportunity/1", "bob", "--as", "alice")

    def test_an_owner_whom_one_may_only_see_stays(self, sales: Crm):
        sales.here("role", "field", "sales", "opportunity.owner", "--read-only")
        outcome = sales.here("record", "assign", "opportunity/1", "bob", "--as", "alice", code=4)
        assert "sales.opportunity makes opportunity.owner read-only" in outcome.err

    @pytest.mark.parametrize(
        ("words", "code", "told"),
        [
            ("opportunity/1 bobb", 3, "did you mean bob?"),
            ("opportunity/99 bob", 3, "there is no record"),
            ("customer/1 bob", 1, "records of customer have no field for their owner"),
            ("bob", 2, "say which records"),
        ],
    )
    def test_what_there_is_not_is_refused(self, sales: Crm, words, code, told):
        assert told in sales.refused("record", "assign", *words.split(), code=code)

    def test_an_owner_whom_one_may_not_see_is_none(self, sales: Crm):
        sales.here("role", "field", "sales", "opportunity.owner", "--hide")
        outcome = sales.here("record", "assign", "opportunity/1", "bob", "--as", "alice", code=1)
        assert "opportunity have no field for their owner" in outcome.err


class TestShare:
    def test_lets_others_see_a_record_and_change_it_if_so_said(self, sales: Crm):
        share = ("record", "share", "opportunity/1")
        assert sales.here(*share, "--with", "bob", "--as", "alice").err == (
            "opportunity/1 shared with bob\n"
        )
        assert seen(sales, "bob") == ["opportunity/1", "opportunity/2"]
        sales.here("record", "set", "opportunity/1", "name=X", "--as", "bob", code=4)
        sales.here(*share, "--with", "user:bob", "--update", "--as", "alice")
        sales.here("record", "set", "opportunity/1", "name=X", "--as", "bob")
        assert sales.here(*share, "--with", "bob", "--update").err == "opportunity/1 unchanged\n"

    def test_a_team_or_a_role_may_be_meant(self, sales: Crm):
        sales.here("record", "share", "opportunity/1", "--with", "team:south")
        assert [seen(sales, user) for user in ("bob", "carol")] == [
            ["opportunity/2"],
            ["opportunity/1"],
        ]
        sales.here("record", "share", "opportunity/2", "--with", "role:sales", "--json")
        assert seen(sales, "carol") == ["opportunity/1", "opportunity/2"]

    def test_unshare_takes_it_back(self, sales: Crm):
        sales.here("record", "share", "opportunity/1", "--with", "bob", "--with", "team:south")
        words = ("record", "unshare", "opportunity/1", "--with")
        assert sales.here(*words, "bob", "--as", "alice").err == (
            "opportunity/1 no longer shared with bob\n"
        )
        assert sales.here(*words, "bob").err == "opportunity/1 unchanged\n"
        assert (seen(sales, "bob"), seen(sales, "carol")) == (["opportunity/2"], ["opportunity/1"])

    def test_shares_tells_whom_a_record_is_shared_with(self, sales: Crm):
        sales.here("record", "share", "opportunity/1", "--with", "bob", "--as", "alice")
        sales.here("record", "share", "opportunity/1", "--with", "role:sales", "--update")
        found = sales.here("record", "shares", "opportunity/1", "--json", "--as", "bob").json
        assert [(each["with"], each["for"]) for each in found] == [
            ("user:bob", "read"),
            ("role:sales", "update"),
        ]
        assert found[0]["by"] == "alice"
        sales.here("record", "shares", "opportunity/2", "--as", "alice", code=3)
        assert sales.here("record", "shares", "opportunity/2").out == ""

    def test_a_role_that_is_not_ones_own_has_no_name(self, sales: Crm):
        sales.here("role", "add", "board")
        sales.here("record", "share", "opportunity/1", "--with", "role:board")
        found = sales.here("record", "shares", "opportunity/1", "--as", "alice")
        assert found.out.startswith("role:?\tread")
        sales.here(
            "record", "share", "opportunity/1", "--with", "role:board", "--as", "alice", code=3
        )

    def test_nobody_gives_what_they_have_not(self, sales: Crm):
        sales.here("role", "revoke", "sales", "opportunity", "update")
        words = ("record", "share", "opportunity/1", "--with", "bob", "--as", "alice")
        assert "may not update" in sales.here(*words, "--update", code=4).err
        sales.here(*words)
        sales.here("role", "revoke", "sales", "opportunity", "share")
        assert "may not share" in sales.here(*words, code=4).err
        assert "may not share" in sales.here("record", "unshare", *words[2:], code=4).err

    def test_history_tells_it_and_undo_takes_it_back(self, sales: Crm):
        sales.here("record", "share", "opportunity/1", "--with", "bob")
        sales.here("record", "share", "opportunity/1", "--with", "bob", "--update")
        sales.here("record", "unshare", "opportunity/1", "--with", "bob")
        history = sales.here("record", "history", "opportunity/1", "--limit", "3").lines
        assert [line.split("\t")[3:6] for line in history] == [
            ["unshare", "opportunity/1", "user:bob: update → -"],
            ["share", "opportunity/1", "user:bob: read → update"],
            ["share", "opportunity/1", "user:bob=read"],
        ]
        for expected in (["update"], ["read"], []):
            sales.here("undo")
            found = sales.here("record", "shares", "opportunity/1", "--json").json
            assert [each["for"] for each in found] == expected

    def test_what_was_shared_otherwise_since_stands_against_undo(self, sales: Crm):
        sales.here("record", "share", "opportunity/1", "--with", "bob")
        act = sales.here("log", "--limit", "1", "--json").json[0]["act"]
        sales.here("record", "share", "opportunity/1", "--with", "bob", "--update")
        assert "changed meanwhile" in sales.refused("undo", act, code=5)

    @pytest.mark.parametrize(
        ("words", "code", "told"),
        [
            ("opportunity/1 --with bobb", 3, "did you mean bob?"),
            ("opportunity/1 --with team:nroth", 3, "did you mean north?"),
            ("opportunity/1 --with dog:bob", 2, "write user:NAME, team:KEY or role:KEY"),
            ("opportunity/99 --with bob", 3, "there is no record"),
            ("opportunity/1", 2, "--with"),
        ],
    )
    def test_what_there_is_not_is_refused(self, sales: Crm, words, code, told):
        assert told in sales.refused("record", "share", *words.split(), code=code)

    def test_a_batch_and_a_dry_run_share_as_a_command_does(self, sales: Crm):
        sales.here("record", "share", "opportunity/1", "--with", "bob", "--dry-run")
        assert seen(sales, "bob") == ["opportunity/2"]
        sales.script(
            "type add note\nfield add note.text\nrecord add note text=a\n"
            "record share note/1 --with bob\nrecord share opportunity/1 --with bob\n"
        )
        assert seen(sales, "bob") == ["opportunity/1", "opportunity/2"]


class TestHandOver:
    def test_gives_all_that_somebody_has_to_another(self, sales: Crm):
        sales.here("team", "set", "north", "--manager", "alice")
        sales.here("record", "set", "opportunity/2", "owner=alice")
        assert sales.here("user", "hand-over", "alice", "bob", "--dry-run").err.splitlines() == [
            "2 records of opportunity given to bob",
            "the team north is led by bob",
            "undone again (dry run)",
        ]
        assert owners(sales) == ["alice", "alice"]
        told = sales.here("user", "hand-over", "alice", "bob", "--json").json
        assert told["records"] == {"opportunity": 2}
        assert told["teams"] == ["north"]
        assert owners(sales) == ["bob", "bob"]
        assert sales.here("team", "list", "--json").json[0]["manager"] == "bob"
        assert sales.here("user", "hand-over", "alice", "bob").err == "alice has nothing to give\n"

    def test_is_one_act_that_history_tells_and_undo_takes_back(self, sales: Crm):
        sales.here("team", "set", "north", "--manager", "alice")
        sales.here("user", "hand-over", "alice", "carol")
        assert "owner: alice → carol" in sales.here("record", "history", "opportunity/1").out
        sales.here("undo")
        assert owners(sales) == ["alice", "bob"]
        assert sales.here("team", "list", "--json").json[0]["manager"] == "alice"

    def test_of_one_type_or_of_some_records(self, sales: Crm):
        sales.here("record", "add", "opportunity", "name=C", "amount=900", "owner=alice")
        words = ("user", "hand-over", "alice", "bob", "--type", "opportunity")
        sales.here(*words, "--where", "amount > 500")
        assert owners(sales) == ["alice", "bob", "bob"]
        sales.here(*words)
        assert owners(sales) == ["bob", "bob", "bob"]

    def test_what_has_no_owner_stays_and_is_told(self, sales: Crm):
        administrator = sales.here("user", "list", "--ids").lines[0]
        told = sales.here("user", "hand-over", administrator, "bob").err
        assert "1 records of customer stay: they have no field for their owner" in told

    def test_a_rule_that_stands_against_it_stops_it_whole(self, sales: Crm):
        rule = "owner is not 'carol' or amount < 150"
        sales.here("record", "assign", "opportunity/1", "opportunity/2", "alice")
        sales.here("validation", "add", "opportunity", "small", rule, "--message", "too large")
        error = sales.refused("user", "hand-over", "alice", "carol", code=1)
        assert "opportunity/2: too large" in error
        assert owners(sales) == ["alice", "alice"]

    @pytest.mark.parametrize(
        ("words", "code", "told"),
        [
            ("alice bobb", 3, "did you mean bob?"),
            ("alcie bob", 3, "did you mean alice?"),
            ("alice alice", 2, "alice has the records already"),
            ("alice bob --where amount>1", 2, "say which"),
            ("alice bob --type opportunty", 3, "did you mean opportunity?"),
            ("alice bob --type customer", 1, "no field for their owner"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, sales: Crm, words, code, told):
        assert told in sales.refused("user", "hand-over", *words.split(), code=code)

    def test_it_is_for_administrators(self, sales: Crm):
        words = ("user", "hand-over", "bob", "alice", "--as", "alice")
        assert "[not-administrator]" in sales.here(*words, code=4).err
        assert owners(sales) == ["alice", "bob"]

    def test_whoever_goes_is_told_to_hand_over(self, sales: Crm):
        sales.here("team", "set", "north", "--manager", "alice")
        said = sales.here("user", "remove", "alice").err.splitlines()
        assert said == [
            "- retire user alice",
            "  alice still has 1 records (opportunity: 1);"
            " crmtui user hand-over alice USER gives them away",
            "  alice still leads the teams north; crmtui user hand-over alice USER gives them away",
        ]
        sales.here("user", "hand-over", "alice", "bob")
        assert owners(sales) == ["bob", "bob"]
        sales.here("user", "restore", "alice")
        assert sales.here("user", "remove", "alice").err == "- retire user alice\n"


class TestWhatOthersAreTold:
    def test_users_are_known_by_name_alone(self, sales: Crm):
        sales.here("user", "set", "bob", "--uid", "4711", "--email", "bob@example.com")
        users = {u["key"]: u for u in sales.here("user", "list", "--json", "--as", "alice").json}
        assert set(users) > {"alice", "bob", "carol"}
        assert users["alice"]["roles"] == "sales"
        assert {users["bob"][name] for name in ("roles", "teams", "uid", "email")} == {None}
        shown = sales.here("user", "show", "bob", "--as", "alice").out
        assert "4711" not in shown
        assert "example.com" not in shown

    def test_an_administrator_is_known_as_one(self, sales: Crm):
        users = sales.here("user", "list", "--json", "--as", "alice").json
        assert [user["administrator"] for user in users] == [True, False, False, False]


def test_nobody_who_left_is_given_anything(sales: Crm):
    sales.here("user", "remove", "carol")
    for words in (
        ("record", "assign", "opportunity/1", "carol"),
        ("user", "hand-over", "bob", "carol"),
    ):
        assert "the user carol is retired  [retired-user]" in sales.refused(*words, code=1)
