"""People and what their roles let, end to end: a script grants, hides and asks why."""

import shlex

import pytest

from tests.support.cli import Crm
from tests.support.selling import CUSTOMERS

GRANTED = """
team add north
role add sales
user add alice --role sales --team north
role grant sales opportunity read,create,update,move --scope own
role grant sales customer read --scope all
role field sales customer.phone --mask
role field sales opportunity.margin --hide
role stage sales opportunity won --deny enter
"""


RECORDS = """
record add customer name=Acme phone=13812341234
record add opportunity name=A customer=Acme amount=100 margin=5 owner=alice
record add opportunity name=B customer=Acme amount=200 margin=7
"""
"""A customer, an opportunity of alice, and one of nobody."""


@pytest.fixture
def sales(crm: Crm) -> Crm:
    """The workspace of the story."""
    crm.script(CUSTOMERS + GRANTED + RECORDS)
    return crm


def test_the_story_as_a_shell_script_tells_it(crm: Crm):
    crm.script(CUSTOMERS)
    for line in GRANTED.strip().splitlines():
        assert crm.here(*shlex.split(line)).out == ""
    crm.script(RECORDS)

    own = crm("record", "list", "opportunity", "--as", "alice", "--json").json
    assert own == [
        {
            "id": 1,
            "ref": "opportunity/1",
            "stage": "lead",
            "status": "open",
            "name": "A",
            "customer": {"ref": "customer/1", "title": "Acme"},
            "amount": 100,
            "owner": "alice",
        }
    ]
    (customer,) = crm("record", "list", "customer", "--as", "alice", "--json").json
    assert customer["phone"] == "138****1234"

    hidden = ("record", "list", "opportunity", "--as", "alice", "--where", "margin > 0")
    assert crm(*hidden, code=1).err.splitlines()[0] == (
        "crmtui: error: opportunity has no field margin  [no-such-field]"
    )
    refused = crm("record", "move", "opportunity/1", "won", "--as", "alice", code=4).err
    assert refused.splitlines() == [
        "crmtui: error: alice may not move opportunity/1 to won:"
        " sales.opportunity denies entering won  [permission]",
        "  hint: crmtui access explain alice move opportunity/1 won",
    ]
    why = crm("access", "explain", "alice", "move", "opportunity/1", "won")
    assert why.lines == [
        "denied: sales.opportunity denies entering won",
        "  sales: lets move for own records (holds for opportunity/1)",
        "  sales: forbids at won: enter",
    ]
    assert crm("access", "explain", "alice", "update", "opportunity/1", "amount").lines == [
        "allowed: sales.opportunity lets update for own records",
        "  sales: lets update for own records (holds for opportunity/1)",
    ]
    matrix = crm("access", "matrix", "--json").json
    assert [(line["user"], line["type"]) for line in matrix][1:] == [
        ("alice", "customer"),
        ("alice", "opportunity"),
    ]
    assert matrix[2]["operations"] == {
        name: {"let": ["own"], "deny": []} for name in ("read", "create", "update", "move")
    }


def test_whoever_leaves_hands_over_and_the_next_one_goes_on(sales: Crm):
    sales.script("user add bob --role sales --team north\n")
    assert sales.here("record", "list", "opportunity", "--ids", "--as", "bob").out == ""
    assert "hand-over alice USER" in sales.here("user", "remove", "alice").err
    sales.here("user", "hand-over", "alice", "bob")
    assert sales.here("record", "list", "opportunity", "--ids", "--as", "bob").lines == [
        "opportunity/1"
    ]
    assert "[retired-user]" in sales.here("record", "list", "customer", "--as", "alice", code=4).err
    sales.here("record", "set", "opportunity/1", "amount=150", "--as", "bob")
    newest, handed, _added = sales.here("record", "history", "opportunity/1", "--json").json
    assert newest["actor"] == "bob"
    assert handed["changes"]["owner"] == {"before": "alice", "after": "bob"}


def test_every_line_that_granted_is_one_that_the_log_tells(sales: Crm):
    told = [entry["changes"].get("what", "") for entry in sales.here("log", "--json").json]
    assert [each for each in reversed(told) if "permission" in each] == [
        "add permission sales.opportunity: lets read, create, update, move for own records",
        "add permission sales.customer: lets read for all records",
        "set permission sales.customer: phone is masked",
        "set permission sales.opportunity: margin is hidden",
        "set permission sales.opportunity: forbids at won: enter",
    ]


def test_a_chinese_speaker_is_told_the_same(sales: Crm):
    words = ("record", "move", "opportunity/1", "won", "--as", "alice", "--lang", "zh")
    refused = sales.here(*words, code=4).err
    assert "[permission]" in refused
    assert "crmtui access explain alice move opportunity/1 won" in refused
