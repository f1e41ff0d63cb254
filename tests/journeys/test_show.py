"""The main job, end to end: a script defines types, real records come in, people work them."""

import shlex

import pytest

from tests.support.cli import SAMPLE, Crm, answer

DEFINE = """
type add account --label Account --label-zh 客户 --category sales
field add account.name --kind text --required --unique --title
field add account.revenue --kind money --currency USD
type add deal --label Deal --label-zh 商机 --category sales
field add deal.name --kind text --required --unique --title
field add deal.account --kind link --to account
field add deal.value --kind money --currency USD
field add deal.closed --kind date
stage add deal prospecting --label-zh 线索跟进
stage add deal engaging --label-zh 商机开发
stage add deal won --category closed --outcome won
stage add deal lost --category closed --outcome lost
status add deal.engaging waiting --label-zh 等待客户
"""
IMPORT_DEALS = (
    *("--date-order", "mdy", "--map", "opportunity_id=name", "--map", "account=account"),
    *("--map", "close_value=value", "--map", "close_date=closed", "--stage-field", "deal_stage"),
)


@pytest.fixture
def sales(crm: Crm) -> Crm:
    """The workspace of the story, with its accounts and deals."""
    crm.script(DEFINE)
    crm.here("record", "import", "account", SAMPLE / "accounts.csv", "--map", "account=name")
    crm.here("record", "import", "deal", SAMPLE / "sales_pipeline.csv", *IMPORT_DEALS)
    return crm


def test_the_story_as_a_shell_script_tells_it(crm: Crm):
    for line in DEFINE.strip().splitlines():
        assert crm(*shlex.split(line)).out == ""
    accounts = crm("record", "import", "account", SAMPLE / "accounts.csv", "--map", "account=name")
    assert accounts.out == ""
    assert "85 added, 0 updated, 0 unchanged, 0 rejected" in accounts.err
    deals = crm("record", "import", "deal", SAMPLE / "sales_pipeline.csv", *IMPORT_DEALS)
    assert "8800 added, 0 updated, 0 unchanged, 0 rejected" in deals.err
    assert "sales_agent, product, engage_date" in deals.err

    best = crm(
        *("record", "list", "deal", "--where", "stage = 'won' and account.revenue > 1000"),
        *("--sort", "-value", "--limit", "5", "--json"),
    )
    assert best.err == ""
    assert [record["value"] for record in best.json] == [29617, 29220, 29166, 27971, 27385]
    assert best.json[0] == {
        "id": 1157,
        "ref": "deal/1157",
        "stage": "won",
        "status": "closed",
        "name": "4V0S4BA3",
        "account": {"ref": "account/32", "title": "Goodsilron"},
        "value": 29617,
        "closed": "2017-06-27",
    }
    assert crm("record", "move", "deal/17", "engaging.waiting").err == (
        "deal/17 moved to engaging.waiting\n"
    )
    assert crm("record", "move", "deal/17", "engaging.waiting").err == (
        "deal/17 stands at engaging.waiting already\n"
    )

    script = "".join(
        f"type add t{n} --label 'Type {n}'\nfield add t{n}.name --kind text --required\n"
        for n in range(1, 501)
    )
    assert crm("batch", "-", stdin=script).err == "1000 lines done\n"
    assert len(crm("type", "list").lines) == 502
    empty = crm("record", "list", "t500")
    assert (empty.out, empty.err) == ("", "")


def test_counts_and_sums_by_stage_are_those_of_the_data(sales: Crm):
    by_stage: dict[str, list[int]] = {}
    for record in sales.records("deal", "--fields", "stage,value"):
        entry = by_stage.setdefault(record["stage"], [0, 0])
        entry[0] += 1
        entry[1] += record["value"] or 0
    assert by_stage == {
        "prospecting": [500, 0],
        "engaging": [1589, 0],
        "won": [4238, 10_005_534],
        "lost": [2473, 0],
    }


def test_they_equal_the_reference_answers(sales: Crm):
    for expected in answer("maven-crm", "deals_by_stage"):
        key = expected["deal_stage"].casefold()
        deals = sales.records("deal", "--where", f"stage = '{key}'")
        assert len(deals) == expected["deals"]
        assert sum(deal["value"] or 0 for deal in deals) == (expected["value"] or 0)
        assert sum(deal["account"] is not None for deal in deals) == expected["with_account"]


def test_a_stage_without_statuses_gets_one_by_itself(sales: Crm):
    stages = sales.here("stage", "list", "deal", "--json").json
    assert {stage["key"]: stage["statuses"] for stage in stages} == {
        "prospecting": ["open"],
        "engaging": ["open", "waiting"],
        "won": ["closed"],
        "lost": ["closed"],
    }


def test_the_history_tells_who_moved_a_deal_from_where_to_where(sales: Crm):
    sales.here("record", "move", "deal/17", "engaging.waiting")
    newest, oldest = sales.here("record", "history", "deal/17", "--json").json
    assert newest["op"] == "move"
    assert oldest["op"] == "add"
    log = sales.here("log", "deal", "--limit", "1", "--json").json
    assert log[0]["ref"] == "deal/17"


def test_the_demo_off_a_terminal_prints_its_board_and_ends(crm: Crm):
    crm.path = str(crm.folder / "demo.db")
    board = crm("demo")
    assert "4,238" in board.out
    assert "10,005,534.00 USD" in board.out
    assert sorted(crm.files()) == ["demo.db"]
    assert crm("demo", "--print").out == board.out
