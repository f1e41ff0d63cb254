"""What SQL may call besides SQLite's own: functions of expressions, and sums that lose nothing."""

import sqlite3
from collections.abc import Callable

import pytest

from crmtui.store.workspace import Workspace
from tests.store.sql.asking import asked
from tests.support.workspaces import changed


def test_the_functions_of_expressions_mean_the_same(
    things: Workspace, in_zone: Callable[[str], None]
) -> None:
    in_zone("Asia/Shanghai")
    calls = (
        "today()",
        "me()",
        "my_team()",
        "days_since(day)",
        "days_until(day)",
        "days_since(met)",
        "year(met)",
        "month(day)",
        "quarter(met)",
        "days(lasts)",
        "hours(lasts)",
        "minutes(lasts)",
        "contains(name, 'ON')",
        "has(tags, 'vip')",
        "json_get(more, 'a.1')",
        "datetime(met, 'localtime')",
        "abs(0 - whole)",
        "replace(name, 'n', 'm')",
        "iif(flag, upper(name), round(price))",
        "coalesce(null, strftime('%d', day))",
    )
    for call in calls:
        plan = things.plan("thing", ["id"])
        place = plan.means(call)
        meant = [row[place] for row in plan.rows([("r.id", False)])]
        assert [row[0] for row in asked(things, f"select {call} from thing order by id")] == meant
    # 22:00 in UTC is the next day there.
    assert asked(things, "select days_since(met) - days_since(day) from thing limit 1") == [[-1]]


def test_a_moment_given_as_text_is_where_the_user_is(
    things: Workspace, in_zone: Callable[[str], None]
) -> None:
    in_zone("Asia/Shanghai")
    assert asked(things, "select year('2026-12-31T20:00:00Z'), year('2026-12-31')") == [
        [2027, 2026]
    ]
    assert asked(things, "select now() like '20__-__-__T__:__:__Z'") == [[1]]


@pytest.mark.parametrize("value", ["null", "'x'", "''", "x'ff'", "1e400", "'2026-13-45'", "'[1'"])
@pytest.mark.parametrize(
    "name", "days_since year month quarter days hours minutes days_until has json_get".split()
)
def test_no_function_of_ours_raises(empty: Workspace, name: str, value: str) -> None:
    more = ", 'a'" if name in ("has", "json_get") else ""
    assert len(asked(empty, f"select {name}({value}{more})")) == 1


def test_sums_of_cents_lose_none(empty: Workspace) -> None:
    changed(empty, "type add item\nfield add item.price kind=money currency=EUR")
    cents = [(n * 7919) % 10_000_000_007 for n in range(1, 3000)]
    with empty.intent():
        for cent in cents:
            empty.add("item", {"price": f"{cent / 100:.2f}"})
    exact = sum(cents) / 100
    assert asked(empty, "select sum(price), total(price), avg(price) from item") == [
        [exact, exact, exact / len(cents)]
    ]
    running = "select sum(price) over (order by id rows 1 preceding) from item order by id"
    pairs = [(cent + before) / 100 for before, cent in zip([0, *cents], cents, strict=False)]
    assert [row[0] for row in asked(empty, running)] == pytest.approx(pairs, abs=1e-6)


@pytest.mark.parametrize(
    ("values", "sums"),
    [
        ("(1), (2)", [3, 3.0, 1.5]),
        ("(1), (2.5)", [3.5, 3.5, 1.75]),
        ("(null)", [None, 0.0, None]),
        ("('3x'), (x'34'), ('.5e1'), ('y')", [12.0, 12.0, 3.0]),
        ("(1e308), (1e308)", [float("inf"), float("inf"), float("inf")]),
        ("(9007199254740993)", [9007199254740993, 9007199254740992.0, 9007199254740992.0]),
    ],
)
def test_sums_are_those_of_sqlite(empty: Workspace, values: str, sums: list[object]) -> None:
    sql = f"with v (x) as (values {values}) select sum(x), total(x), avg(x) from v"
    assert asked(empty, sql) == [sums]
    assert list(sqlite3.connect(":memory:").execute(sql).fetchone()) == sums
