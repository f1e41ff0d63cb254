"""SQL of an actor who may not see everything: what they may not see is not there.

Not as a column or a row, not in a sum, not by a function, an error or a name.
"""

from collections.abc import Iterator

import pytest

from crmtui.store.workspace import Workspace
from tests.store.sql.asking import asked, names, refusal
from tests.support.people import acting_as, granted, member
from tests.support.workspaces import changed

DEFINED = """
type add vault
field add vault.word title
type add drawer
field add drawer.name title
type add customer
field add customer.name title
field add customer.phone kind=phone region=CN
field add customer.secret
type add deal
field add deal.name title
field add deal.amount kind=money currency=EUR
field add deal.margin kind=money currency=EUR
field add deal.profit kind=formula formula='amount - margin'
field add deal.customer kind=link to=customer
field add deal.phone kind=lookup from=customer.phone
field add deal.word kind=lookup from=customer.secret
field add deal.partners kind=multilink to=customer
field add deal.vault kind=link to=vault
field add deal.owner kind=user
type set deal owner=owner
field add customer.deals kind=rollup from=deal.customer measure='sum(amount)'
stage add deal open
stage add deal won
"""


@pytest.fixture(scope="module")
def alice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """Alice sees customers but for their secrets, their phones masked; her own deals without their
    margins, unless they are won; drawers, which no list shows her; and nothing of vaults.
    """
    path = tmp_path_factory.mktemp("permitted") / "crm.db"
    with Workspace.open(str(path), create=True, command="test") as admin:
        changed(admin, DEFINED)
        masked = {"phone": "masked:138****1234", "secret": "hidden"}
        granted(admin, "sales", "customer", read="all", fields=masked)
        hidden = {"margin": "hidden"}
        granted(admin, "sales", "deal", read="own", fields=hidden, stages={"won": "see"})
        granted(admin, "sales", "drawer", read="all", unlisted=True)
        member(admin, "alice", roles="sales")
        admin.add("vault", {"word": "SECRET-WORD"})
        admin.add("drawer", {"name": "Top"})
        admin.add("customer", {"name": "Acme", "phone": "13812345678", "secret": "SECRET-FIELD"})
        admin.add("customer", {"name": "Bolt", "phone": "13987654321"})
        for name, owner, stage in (
            ("Mine", "alice", "open"),
            ("SECRET-HERS", "me", "open"),
            ("SECRET-WON", "alice", "won"),
        ):
            values = {"name": name, "amount": "10", "margin": "7", "customer": "Acme"}
            values |= {"owner": owner, "vault": "SECRET-WORD", "partners": "Acme,Bolt"}
            admin.add("deal", values, stage)
    with acting_as(admin, "alice") as opened:
        yield opened


def test_only_her_rows_are_there(alice: Workspace) -> None:
    assert asked(alice, "select id, name, amount from deal") == [[1, "Mine", 10.0]]
    assert asked(alice, "select count(*), sum(amount), max(id) from deal") == [[1, 10.0, 1]]
    assert asked(alice, "select count(*) from deal a, deal b, customer") == [[2]]


def test_who_is_an_administrator_sees_everything(alice: Workspace) -> None:
    with Workspace.open(alice.path) as admin:
        assert asked(admin, "select count(*), sum(margin) from deal") == [[3, 21.0]]
        assert asked(admin, "select word from vault") == [["SECRET-WORD"]]


@pytest.mark.parametrize("column", ["margin", "profit", "word", "vault", "vault_title"])
def test_a_hidden_field_and_what_stands_on_it_is_no_column(alice: Workspace, column: str) -> None:
    assert column not in names(alice, "select * from deal")
    hidden = refusal(alice, f"select deal.{column} from deal")
    absent = refusal(alice, "select deal.nowhere from deal")
    assert str(hidden) == str(absent).replace("nowhere", column)


@pytest.mark.parametrize(
    "sql",
    [
        "select {0} from {1}",
        "select count(*) from main.{1}",
        "with t as (select * from {1}) select count(*) from t",
        "select (select count(*) from {1}) from deal",
        "select * from {1} natural join deal",
    ],
)
def test_a_type_that_she_knows_nothing_of_is_no_table(alice: Workspace, sql: str) -> None:
    hidden = refusal(alice, sql.format("word", "vault"))
    absent = refusal(alice, sql.format("word", "nowhere"))
    assert str(hidden) == str(absent).replace("nowhere", "vault")


def test_a_masked_field_is_its_mask_in_every_place(alice: Workspace) -> None:
    assert asked(alice, "select phone from customer order by id") == [
        ["138****5678"],
        ["139****4321"],
    ]
    assert asked(alice, "select count(*) from customer where phone like '%1234%'") == [[0]]
    assert asked(alice, "select max(phone), min(length(phone)) from customer") == [
        ["139****4321", 11]
    ]
    assert asked(alice, "select hex(phone) from customer where id = 1") == [
        [b"138****5678".hex().upper()]
    ]
    assert "phone" not in names(alice, "select * from deal")


def test_no_error_tells_of_a_row_that_is_not_hers(alice: Workspace) -> None:
    failing = "abs(-9223372036854775808)"
    for condition in ("name like 'SECRET%'", "id > 1", "stage = 'won'"):
        assert asked(alice, f"select iif({condition}, {failing}, 1) from deal") == [[1]]
        joined = f"select count(*) from customer c join deal d on iif(d.{condition}, {failing}, 1)"
        assert asked(alice, joined) == [[2]]


def test_a_roll_up_gathers_what_she_may_see(alice: Workspace) -> None:
    assert asked(alice, "select name, deals from customer order by id") == [
        ["Acme", 10.0],
        ["Bolt", 0.0],
    ]


def test_links_lead_to_what_she_may_see(alice: Workspace) -> None:
    assert asked(alice, "select customer, customer_title, partners_title from deal") == [
        [1, "Acme", "Acme, Bolt"]
    ]


def test_what_is_listed_is_what_lists_of_types_show(alice: Workspace) -> None:
    assert [table.name for table in alice.sql_tables()] == ["customer", "deal"]
    # What is left out of lists may still be asked for by its name.
    assert asked(alice, "select name from drawer") == [["Top"]]
    assert [table.name for table in alice.sql_tables(["drawer"])] == ["drawer"]


def test_sql_shows_what_the_list_shows(alice: Workspace) -> None:
    for type_ in ("customer", "deal", "drawer"):
        fields = [f.key for f in alice.type(type_).fields if f.kind in ("text", "money")]
        listed = ", ".join(f'"{key}"' for key in fields)
        rows = asked(alice, f"select id, {listed} from {type_} order by id")
        selection = alice.select(type_, fields=["id", *fields])
        shown = [
            [None if (value := column.json(row)) is None else value for column in columns]
            for row in selection.rows
            if (columns := selection.plan.shown)
        ]
        assert rows == shown


def test_nothing_secret_is_in_anything_she_can_ask_for(alice: Workspace) -> None:
    for table in alice.sql_tables(["customer", "deal", "drawer"]):
        assert "SECRET" not in str(asked(alice, f"select * from {table.name}"))
        assert "SECRET" not in table.created


def test_me_is_who_she_acts_as(alice: Workspace) -> None:
    assert asked(alice, "select me(), count(*) from deal where owner = me()") == [["alice", 1]]


def test_what_she_is_let_from_now_on_counts_from_now_on(tmp_path_factory) -> None:
    path = tmp_path_factory.mktemp("granted") / "crm.db"
    with Workspace.open(str(path), create=True, command="test") as admin:
        changed(admin, "type add deal\nfield add deal.name title")
        admin.add("deal", {"name": "One"})
        member(admin, "bob", roles="")
        with acting_as(admin, "bob") as bob:
            assert refusal(bob, "select name from deal").code == "bad-sql"
            granted(admin, "reader", "deal", read="all")
            admin.change([*changes_of_role("bob", "reader")])
            assert asked(bob, "select name from deal") == [["One"]]


def changes_of_role(user: str, role: str):
    from crmtui.store.changes import Change

    return [Change("set", "user", user, {"roles": role})]
