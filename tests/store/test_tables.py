"""The physical tables: what another SQLite tool finds in the file."""

import pytest

from tests.support.workspaces import changed, rows_of


def plan_of(workspace, type_key, where=None, sort=()):
    plan = workspace.plan(type_key, ["id"])
    plan.matching(where)
    order = ", ".join(f"{sql} DESC" if down else sql for sql, down in plan.orders(sort))
    sql = f"EXPLAIN QUERY PLAN SELECT r.id{plan._source()}{plan._where()} ORDER BY {order}"
    return " ".join(row[3] for row in workspace._database.execute(sql, plan._parameters))


def test_another_tool_finds_plain_data(workspace):
    workspace.add("account", {"name": "Acme"})
    workspace.add("deal", {"name": "a", "account": "Acme", "value": "12050.50", "hot": True})
    sql = (
        "SELECT d.name, a.name, d.value / 100.0, d.stage, d.status, d.hot"
        " FROM deal d JOIN account a ON a.id = d.account"
    )
    assert rows_of(workspace.path, sql) == [("a", "Acme", 12050.5, "lead", "open", 1)]


def test_a_link_is_a_foreign_key_and_the_process_is_one_too(workspace):
    found = {
        (row[2], row[3])
        for row in rows_of(workspace.path, "SELECT * FROM pragma_foreign_key_list('deal')")
    }
    assert {("account", "account"), ("crm_status", "stage"), ("crm_status", "status")} <= found


@pytest.mark.parametrize(
    ("where", "sort", "index"),
    [
        (None, ["name"], True),  # the title
        (None, ["-name"], True),
        (None, ["seats"], True),  # indexed
        (None, ["value"], False),
        ("account.id = 1", [], True),  # from a record to those that point at it
    ],
)
def test_an_index_serves_what_it_was_made_for(workspace, where, sort, index):
    changed(workspace, "field set deal.seats indexed")
    assert ("INDEX crm_sort_" in plan_of(workspace, "deal", where, sort)) == index


def test_a_board_reads_its_index_alone(workspace):
    sql = (
        "EXPLAIN QUERY PLAN SELECT r.stage, count(*), sum(r.value) FROM deal r"
        " WHERE r.removed_at IS NULL GROUP BY r.stage"
    )
    assert "COVERING INDEX crm_board" in rows_of(workspace.path, sql)[0][3]


def test_the_file_is_sound_after_many_changes(workspace):
    for number in range(3):
        workspace.add("account", {"name": f"a{number}", "revenue": number})
        workspace.add("deal", {"name": f"d{number}", "account": f"a{number}", "value": number})
    changed(
        workspace,
        """
        field set deal.value indexed
        field remove deal.rate
        field purge deal.rate
        field rename deal.value amount
        type rename deal matter
        field set matter.name title=false
        field set matter.seats title
        stage remove matter.won
        stage purge matter.won
        field remove matter.amount
        field purge matter.amount
        """,
    )
    assert rows_of(workspace.path, "PRAGMA integrity_check") == [("ok",)]
    assert rows_of(workspace.path, "PRAGMA foreign_key_check") == []
    assert workspace.count("matter", "account.revenue = 2") == 1
