"""What changes of roles do to people: told in records and fields, before and while it happens."""

from typing import Any

import pytest

from crmtui.store import sights, spec
from crmtui.store.changes import Change
from crmtui.store.workspace import Workspace
from tests.support.people import acting_as, granted, member
from tests.support.workspaces import changed, dump, rows_of


@pytest.fixture
def staffed(workspace: Workspace) -> Workspace:
    """Ten deals: six of alice, three of bob, one of nobody; both are sellers, carol is a boss."""
    changed(workspace, "field add deal.owner kind=user\nteam add west\nteam add sales")
    granted(workspace, "seller", "deal", read="own", fields={"rate": "hidden"})
    granted(workspace, "seller", "account", read="all")
    granted(workspace, "boss", "*", read="all")
    member(workspace, "alice", roles="seller", teams="west")
    member(workspace, "bob", roles="seller")
    member(workspace, "carol", roles="seller,boss")
    owners = ["alice"] * 6 + ["bob"] * 3 + [""]
    with workspace.intent():
        for number, owner in enumerate(owners, 1):
            seats = {"seats": number, "owner": owner}
            workspace.add(
                "deal", {"name": f"Deal {number}", **seats}, "lead" if number < 3 else "won"
            )
        workspace.add("deal", {"name": "gone", "owner": "alice"})
        workspace.remove("deal/11")
        workspace.add("account", {"name": "Acme"})
    return workspace


def told(workspace: Workspace, *changes: Change) -> list[tuple[str, int, str]]:
    """What changes do to people, as a plan tells it, and as it is told one by one."""
    before = dump(workspace.path)
    found = []
    with workspace.intent("configure", dry_run=True):
        for change in changes:
            _, effects = workspace.change_telling(change)
            found += [(each.code, each.count, str(each.message)) for each in effects]
    assert dump(workspace.path) == before
    return found


def proposed(workspace: Workspace, document: str) -> list[str]:
    """What a document does to people."""
    return [str(each.message) for each in workspace.proposal(spec.read(document, "x")).effects]


def permission(**said: Any) -> Change:
    return Change("set", "permission", "seller.deal", said)


class TestRecords:
    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            (
                permission(read="all"),
                [("records-more", 7, "deal: up to 7 records more for 2 users (alice, bob)")],
            ),
            (
                permission(read=None),
                [("records-less", 6, "deal: up to 6 records less for 2 users (alice, bob)")],
            ),
            (
                permission(read="seats > 5"),
                [
                    ("records-less", 5, "deal: 5 records less for alice"),
                    ("records-more", 4, "deal: up to 4 records more for 2 users (alice, bob)"),
                ],
            ),
            (
                permission(deny={"read": "seats < 3"}),
                [("records-less", 2, "deal: 2 records less for 2 users (alice, carol)")],
            ),
            (
                permission(stages={"won": ["see"]}),
                [
                    (
                        "records-less",
                        8,
                        "deal: up to 8 records less for 3 users (alice, bob, carol)",
                    )
                ],
            ),
            (permission(update="all", list=["name"], unlisted=True), []),
            (
                Change("remove", "permission", "seller.account"),
                [("records-less", 1, "account: 1 records less for 2 users (alice, bob)")],
            ),
            (
                Change("add", "permission", "boss.deal", {"deny": {"read": "all"}}),
                [("records-less", 10, "deal: 10 records less for carol")],
            ),
            (
                Change("remove", "role", "boss"),
                [("records-less", 10, "deal: 10 records less for carol")],
            ),
            (
                Change("set", "user", "bob", {"roles": "boss"}),
                [
                    ("records-more", 7, "deal: 7 records more for bob"),
                    ("shown-fields", 1, "deal: rate shown to bob"),
                ],
            ),
            (
                Change("set", "user", "bob", {"administrator": True}),
                [
                    ("records-more", 7, "deal: 7 records more for bob"),
                    ("shown-fields", 1, "deal: rate shown to bob"),
                ],
            ),
            (Change("set", "user", "bob", {"email": "bob@example.com"}), []),
            (Change("set", "user", "bob", {"teams": "west"}), []),
            (
                Change("set", "type", "deal", {"owner": "maker"}),
                [("records-less", 6, "deal: up to 6 records less for 2 users (alice, bob)")],
            ),
            (
                Change("remove", "field", "deal.owner"),
                [
                    ("hidden-values", 9, "9 values of deal.owner are hidden; they stay"),
                    ("records-less", 6, "deal: up to 6 records less for 2 users (alice, bob)"),
                ],
            ),
            (
                Change("order", "field", "deal", {"keys": ["maker"]}),
                [("records-less", 6, "deal: up to 6 records less for 2 users (alice, bob)")],
            ),
            (Change("add", "field", "deal.third", {"kind": "user"}), []),
            (Change("remove", "field", "deal.maker"), []),
            (Change("rename", "field", "deal.owner", {"key": "holder"}), []),
            (Change("rename", "role", "seller", {"key": "vendor"}), []),
            (Change("rename", "type", "deal", {"key": "sale"}), []),
        ],
        ids=lambda value: str(value.describe()) if isinstance(value, Change) else "",
    )
    def test_are_told_of_whom_a_change_concerns(
        self, staffed: Workspace, change: Change, expected: list[Any]
    ):
        changed(staffed, "field add deal.maker kind=user")
        if change == Change("remove", "role", "boss"):
            staffed.change([Change("set", "user", "carol", {"roles": "boss"})])
            expected = [("records-less", 1, "account: 1 records less for carol"), *expected]
            assert sorted(told(staffed, change)) == sorted(expected)
            return
        assert told(staffed, change) == expected

    def test_are_those_that_people_then_see(self, staffed: Workspace):
        with acting_as(staffed, "alice") as alice:
            before = alice.count("deal")
            (less,) = told(staffed, permission(read="own", deny={"read": "seats < 3"}))[:1]
            staffed.change([permission(deny={"read": "seats < 3"})])
            assert (before - less[1], alice.count("deal")) == (4, 4)

    def test_are_told_by_diff_below_the_change(self, staffed: Workspace):
        assert proposed(
            staffed,
            """
            types: {deal: {fields: {size: {kind: integer}}}}
            roles: {seller: {permissions: {deal: {read: size > 1}}}}
            """,
        ) == ["deal: up to 6 records less for 2 users (alice, bob)"]

    def test_of_teams_follow_who_belongs_where(self, staffed: Workspace):
        staffed.change([permission(read="team")])
        assert told(staffed, Change("set", "user", "bob", {"teams": "west"})) == [
            ("records-more", 6, "deal: up to 6 records more for 2 users (bob, alice)")
        ]
        assert told(staffed, Change("set", "team", "west", {"manager": "bob"})) == [
            ("records-more", 6, "deal: 6 records more for bob")
        ]
        staffed.change([Change("set", "user", "bob", {"teams": "sales"})])
        assert told(staffed, Change("set", "team", "west", {"parent": "sales"})) == [
            ("records-more", 6, "deal: 6 records more for bob")
        ]

    def test_of_a_scope_that_comes_to_rest_are_lost(self, staffed: Workspace):
        staffed.change([permission(read="seats > 5")])
        assert told(staffed, Change("remove", "field", "deal.seats"))[-1] == (
            "records-less",
            5,
            "deal: 5 records less for 2 users (alice, bob)",
        )
        changed(staffed, "field remove deal.seats")
        assert told(staffed, Change("restore", "field", "deal.seats")) == [
            ("records-more", 5, "deal: 5 records more for 2 users (alice, bob)")
        ]

    def test_of_the_first_owner_of_a_type_are_lost_by_who_made_them(self, staffed: Workspace):
        granted(staffed, "seller", "*", create="all")
        changed(staffed, "type add note\nfield add note.text")
        granted(staffed, "seller", "note", read="own")
        with acting_as(staffed, "bob") as bob:
            bob.add("note", {"text": "x"})
        assert told(staffed, Change("add", "field", "note.by_whom", {"kind": "user"})) == [
            ("records-less", 1, "note: 1 records less for bob")
        ]

    def test_that_are_shared_are_not_lost(self, staffed: Workspace):
        (bob,) = rows_of(staffed.path, "SELECT id FROM crm_user WHERE key = 'bob'")[0]
        type_id = staffed.type("deal").id
        with staffed.intent():
            staffed._database.insert(
                "crm_share",
                {"type_id": type_id, "record_id": 1, "user_id": bob, "created_at": "2026"},
            )
        assert told(staffed, permission(read="seats > 100")) == [
            ("records-less", 6, "deal: up to 6 records less for 2 users (alice, bob)")
        ]

    def test_are_named_up_to_five_users(self, staffed: Workspace):
        for number in range(6):
            member(staffed, f"u{number}", roles="seller")
        (found,) = told(staffed, permission(read="all"))
        assert found[2] == ("deal: up to 10 records more for 8 users (alice, bob, u0, u1, u2, ...)")

    def test_are_counted_for_a_part_of_very_many_users(
        self, staffed: Workspace, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(sights, "MOST_LOOKS", 2)
        assert [each[2] for each in told(staffed, permission(read=None))] == [
            "3 users are concerned; what follows was counted for 2 of them",
            "deal: up to 6 records less for 2 users (alice, bob)",
        ]


class TestFields:
    @pytest.mark.parametrize(
        ("levels", "expected"),
        [
            (
                {"rate": "hidden", "notes": "hidden", "value": "denied"},
                [
                    ("hidden-fields", 2, "deal: value, notes hidden from 2 users (alice, bob)"),
                    ("hidden-fields", 1, "deal: value hidden from carol"),
                ],
            ),
            (
                {"rate": "masked", "notes": "masked:a*", "name": "read-only"},
                [("masked-fields", 2, "deal: rate, notes masked for 2 users (alice, bob)")],
            ),
            ({}, [("shown-fields", 2, "deal: rate shown to 2 users (alice, bob)")]),
            ({"rate": "hidden", "name": "read-only"}, []),
        ],
    )
    def test_are_told_that_are_seen_in_another_way(
        self, staffed: Workspace, levels: dict[str, str], expected: list[Any]
    ):
        assert told(staffed, permission(fields=levels)) == expected

    def test_of_what_is_not_seen_at_all_are_none(self, staffed: Workspace):
        (less,) = told(staffed, permission(read=None, fields={"notes": "hidden"}))
        assert less[0] == "records-less"


def test_a_plan_without_people_counts_nothing(workspace: Workspace):
    workspace.add("deal", {"name": "a"})
    granted(workspace, "seller", "deal", read="all")
    document = "roles: {seller: {permissions: {deal: {read: own, fields: {rate: hidden}}}}}"
    assert proposed(workspace, document) == []
