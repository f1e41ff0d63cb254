"""Teams, roles and users in documents: read, brought about, written, and left alone."""

from typing import Any

import pytest

from crmtui.store import spec
from crmtui.store.changes import Change
from crmtui.store.errors import CrmError, Refused
from crmtui.store.workspace import Workspace
from tests.support.people import member
from tests.support.roles import ROLES, apply, plan, staff
from tests.support.workspaces import changed, dump


@pytest.fixture
def staffed(workspace: Workspace) -> Workspace:
    """Accounts and deals that have owners, two teams and two roles."""
    return staff(workspace)


class TestReading:
    def test_words_are_put_in_one_form(self):
        document = spec.read(
            "roles: {a: {permissions: {deal: {read: ' ALL ', deny: {edit: Own},"
            " fields: {x: ReadOnly, y: 'masked:1*'}, stages: {won: 'leave, edit'}}}}}",
            "x",
        )
        assert document["roles"]["a"]["permissions"]["deal"] == {
            "read": "all",
            "deny": {"update": "own"},
            "fields": {"x": "read-only", "y": "masked:1*"},
            "stages": {"won": ["edit", "leave"]},
        }

    @pytest.mark.parametrize(
        ("document", "told"),
        [
            ("roles: seller", "roles: expected roles by key"),
            ("teams: {north: {parnt: x}}", "teams.north: a team has no parnt; did you mean parent"),
            (
                "roles: {a: {permissions: {deal: {reed: all}}}}",
                "roles.a.permissions.deal: a permission has no reed; did you mean read?",
            ),
            (
                "roles: {a: {permissions: {deal: {renamed_from: b}}}}",
                "roles.a.permissions.deal: a permission has no renamed_from",
            ),
            (
                "roles: {a: {permissions: {deal: {read: true}}}}",
                "roles.a.permissions.deal.read: expected own, team, all or an expression",
            ),
            (
                "roles: {a: {permissions: {deal: {deny: [delete]}}}}",
                "roles.a.permissions.deal.deny: expected words by key",
            ),
            (
                "roles: {a: {permissions: {deal: {deny: {updat: all}}}}}",
                "roles.a.permissions.deal.deny.updat: updat is none of read, create,",
            ),
            (
                "roles: {a: {permissions: {deal: {deny: {edit: all, update: own}}}}}",
                "roles.a.permissions.deal.deny.update stands there twice",
            ),
            (
                "roles: {a: {permissions: {deal: {fields: {name: gone}}}}}",
                "roles.a.permissions.deal.fields.name: a field is read-only, masked[:PATTERN],",
            ),
            (
                "roles: {a: {permissions: {deal: {fields: {name: 'masked:abc'}}}}}",
                "roles.a.permissions.deal.fields.name: the mask abc hides nothing",
            ),
            (
                "roles: {a: {permissions: {deal: {stages: {won: [jump]}}}}}",
                "roles.a.permissions.deal.stages.won: at a stage one may forbid to see, edit,",
            ),
            (
                "roles: {a: {permissions: {deal: {unlisted: maybe}}}}",
                "roles.a.permissions.deal.unlisted: maybe is neither true nor false",
            ),
            (
                "users: {alice: {uid: 1001}}",
                "users.alice: the uid of a user is that of one machine, and in no document",
            ),
        ],
    )
    def test_faults_are_named_with_their_place(self, document: str, told: str):
        with pytest.raises(Refused) as caught:
            spec.read(document, "x")
        assert str(caught.value).startswith(f"x: {told}")

    @pytest.mark.parametrize(
        ("said", "told"),
        [
            ("deal: {read: vlue > 1}", "deal: read: deal has no field vlue; did you mean value?"),
            ("deal: {deny: {move: 'value >'}}", "deal: move: "),
            ("deal: {fields: {nme: hidden}}", "deal has no field nme; did you mean name?"),
            ("deal: {stages: {wom: [enter]}}", "deal has no stage wom"),
            ("deal: {stages: {lead.x: [enter]}}", "deal.lead has no status x"),
            ("deal: {list: [nme]}", "deal has no field nme"),
            ("deal: {configure: own}", "configure is let for all records or not at all"),
            ("deel: {read: all}", "there is no type deel; did you mean deal?"),
            ("Deal: {read: all}", "Deal cannot be the key of a permission: the type is deal"),
            ("'*': {read: value > 1}", "the scope of every type is own, team or all"),
            ("'*': {stages: {won: [enter]}}", "stages are those of one type"),
            ("'*': {list: [name]}", "a layout is that of one type"),
        ],
    )
    def test_what_makes_no_sense_is_refused_and_nothing_is_made(
        self, workspace: Workspace, said: str, told: str
    ):
        before = dump(workspace.path)
        with pytest.raises(CrmError) as caught:
            apply(workspace, f"types: {{x: }}\nroles: {{a: {{permissions: {{{said}}}}}}}")
        assert str(caught.value).startswith(told)
        assert dump(workspace.path) == before


class TestADocument:
    def test_is_written_as_it_was_read(self, staffed: Workspace):
        written = staffed.document()
        assert {key: written[key] for key in ("teams", "roles")} == spec.read(ROLES, "x")
        assert list(written) == ["types", "teams", "roles"]
        assert plan(staffed, spec.write(written), prune=True) == []

    def test_makes_the_same_elsewhere(self, staffed: Workspace, tmp_path: Any):
        text = spec.write(staffed.document())
        with Workspace.open(str(tmp_path / "other.db"), create=True) as other:
            apply(other, text)
            assert spec.write(other.document()) == text

    def test_of_one_user_says_nothing_of_people(self, workspace: Workspace):
        assert list(workspace.document()) == ["types"]

    def test_of_some_types_says_nothing_of_roles(self, staffed: Workspace):
        assert list(staffed.document(["deal"])) == ["types"]

    def test_with_roles_alone_leaves_types_alone(self, staffed: Workspace):
        assert plan(staffed, ROLES, prune=True) == []
        assert apply(staffed, "roles: {boss: }", prune=True) == [
            "set role boss: impersonate=false",
            "retire permission boss.*",
            "retire role seller",
        ]
        assert apply(staffed, ROLES)[:2] == [
            "restore role seller",
            "set role boss: impersonate=true",
        ]

    def test_leaves_out_what_is_retired_and_forgets_nothing_of_it(self, staffed: Workspace):
        changed(staffed, "field remove deal.rate\nstage remove deal.won\ntype remove account")
        written = spec.write(staffed.document())
        assert not {"rate:", "won:", "account:"} & set(written.partition("roles:")[2].split())
        assert plan(staffed, written, prune=True) == []
        apply(staffed, written.replace("notes: masked:a**", "notes: hidden"), prune=True)
        changed(staffed, "field restore deal.rate\nstage restore deal.won\ntype restore account")
        seller = staffed.document()["roles"]["seller"]["permissions"]
        assert seller["deal"]["fields"] == {
            "rate": "hidden",
            "notes": "hidden",
            "owner": "read-only",
        }
        assert seller["deal"]["stages"]["won"] == ["enter"]
        assert seller["account"] == {"read": "all", "unlisted": True}

    def test_may_say_something_of_a_type_that_it_retires(self, staffed: Workspace):
        document = f"{ROLES}\ntypes: {{account: {{retired: true}}, deal: }}"
        assert apply(staffed, document) == ["retire type account"]
        assert apply(staffed, document) == []


class TestAnOrderThatWorks:
    def test_is_found_whatever_the_order_in_the_file(self, empty: Workspace):
        document = """
        users: {alice: {roles: [seller], teams: [north]}, bo.b: {teams: [east]}}
        roles:
          seller:
            permissions:
              deal: {read: "size > 1 and owner = 'alice'", fields: {size: hidden}, list: [size]}
        teams: {north: {parent: east, manager: bo.b}, east: }
        types: {deal: {owner: seller, fields: {owner: {kind: user}, size: {kind: integer},
          seller: {kind: user}}}}
        """
        assert "set team north: manager=bo.b" in apply(empty, document)
        assert apply(empty, document) == []
        assert empty.type("deal").owner == "seller"

    def test_follows_what_the_document_renames(self, staffed: Workspace):
        document = """
        types:
          sale:
            renamed_from: deal
            fields: {worth: {renamed_from: value}, share: {renamed_from: rate}}
            stages: {lead: {statuses: {idle: {renamed_from: waiting}}},
              signed: {renamed_from: won}}
        teams: {northwest: {renamed_from: north, parent: sales}}
        roles:
          vendor:
            renamed_from: seller
            permissions:
              sale:
                deny: {delete: all, update: worth > 1000000}
                fields: {share: hidden, notes: "masked:a**", owner: read-only}
                stages: {signed: [enter], lead.idle: [edit, leave]}
                form: [{key: main, fields: [name, worth]}]
                list: [name, worth]
        """
        assert [line.partition(" ")[0] for line in apply(staffed, document)] == ["rename"] * 7
        assert apply(staffed, document) == []
        assert list(staffed.document()["roles"]["vendor"]["permissions"]) == ["sale", "account"]

    def test_lets_a_tree_be_turned_round(self, staffed: Workspace):
        document = "teams: {north: {parent: }, sales: {parent: north}}"
        assert apply(staffed, document)[:2] == [
            "set team north: parent=",
            "set team sales: parent=north",
        ]

    def test_takes_away_first_what_has_and_last_what_is_had(self, staffed: Workspace):
        changed(staffed, "category add a\ncategory add b parent=a\ntype set deal category=b")
        member(staffed, "alice", roles="seller", teams="north")
        document = "categories: {}\ntypes: {account: {fields: [name, revenue, industry]}}"
        document += "\nteams: {}\nroles: {}\nusers: {}"
        assert plan(staffed, document, prune=True)[-8:] == [
            "retire user alice",
            "retire role seller",
            "retire role boss",
            "retire type deal",
            "retire team north",
            "retire team sales",
            "retire category b",
            "retire category a",
        ]


class TestUsers:
    @pytest.fixture
    def people(self, staffed: Workspace) -> Workspace:
        member(staffed, "alice", 4242, roles="seller", teams="north", email="a@example.com")
        staffed.change(
            [
                Change("add", "user", "ada", {"administrator": True}),
                Change("set", "team", "north", {"manager": "ada"}),
            ]
        )
        return staffed

    def test_are_told_on_request_and_without_what_is_of_the_machine(self, people: Workspace):
        assert "users" not in people.document()
        assert "manager" not in spec.write(people.document())
        document = people.document(people=True)
        me = people.actor.key
        assert document["users"] == {
            me: {"administrator": True},
            "alice": {"roles": ["seller"], "teams": ["north"], "email": "a@example.com"},
            "ada": {"administrator": True},
        }
        assert document["teams"]["north"]["manager"] == "ada"
        assert plan(people, spec.write(document), prune=True) == []

    def test_go_elsewhere_with_their_rights(self, people: Workspace, tmp_path: Any):
        text = spec.write(people.document(people=True))
        with Workspace.open(str(tmp_path / "other.db"), create=True) as other:
            apply(other, text)
            assert spec.write(other.document(people=True)) == text
            assert [user.uid for user in other.configuration().siblings("user", "")[1:]] == [
                None,
                None,
            ]

    def test_are_not_those_of_some_types(self, people: Workspace):
        with pytest.raises(CrmError, match="people are not those of some types"):
            people.document(["deal"], people=True)

    def test_stay_when_a_document_that_says_nothing_of_them_is_pruned(self, people: Workspace):
        assert plan(people, spec.write(people.document()), prune=True) == []

    def test_stay_as_they_are_in_what_the_document_leaves_out(self, people: Workspace):
        assert apply(people, "users: {alice: {teams: [sales]}}") == [
            "set user alice: teams=sales",
        ]
        alice = people.configuration().place("user", "alice").definition
        assert (alice.uid, alice.roles, alice.email) == (4242, "seller", "a@example.com")

    def test_are_pruned_but_for_who_does_it(self, people: Workspace):
        assert apply(people, "users: {alice: {roles: [boss]}}", prune=True) == [
            "set user alice: roles=boss, teams=, email=",
            "retire user ada",
        ]
        users = {user.key: user for user in people.configuration().siblings("user", "")}
        assert users[people.actor.key].administrator and not users[people.actor.key].retired
        assert users["alice"].uid == 4242

    def test_who_does_it_stays_administrator_unless_that_is_said(self, people: Workspace):
        me = people.actor.key
        assert plan(people, f"users: {{{me}: , alice: , ada: {{administrator: true}}}}", prune=True)
        assert people.actor.administrator
        people.change([Change("set", "user", "ada", {"uid": "4243"})])
        said = f"users: {{{me}: {{administrator: false}}}}"
        assert plan(people, said) == [f"set user {me}: administrator=false"]

    @pytest.mark.parametrize("said", ["{administrator: false}", "{retired: true}"])
    def test_the_last_administrator_stays_one(self, people: Workspace, said: str):
        apply(people, "users: {ada: {retired: true}}")
        with pytest.raises(Refused) as caught:
            apply(people, f"users: {{{people.actor.key}: {said}}}")
        assert caught.value.code == "last-administrator"

    def test_without_the_roles_and_managers_that_are_retired(self, people: Workspace):
        people.change([Change("remove", "role", "seller"), Change("remove", "user", "ada")])
        document = people.document(people=True)
        assert "roles" not in document["users"]["alice"]
        assert "manager" not in document["teams"]["north"]
        assert plan(people, spec.write(document), prune=True) == []
        assert people.configuration().place("user", "alice").definition.roles == "seller"

    def test_what_names_nobody_is_refused(self, people: Workspace):
        for document in (
            "users: {bob: {roles: [seler]}}",
            "users: {bob: {teams: [nrth]}}",
            "teams: {north: {manager: bob}}",
            "users: {Bob: }",
            "users: {bob: {email: nowhere}}",
        ):
            before = dump(people.path)
            with pytest.raises(CrmError):
                apply(people, document)
            assert dump(people.path) == before
