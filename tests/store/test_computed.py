"""Formulas, look-ups and roll-ups: what they show, how they filter and sort, what is refused."""

import json

import pytest

from crmtui.store.errors import CrmError, Invalid
from crmtui.store.workspace import Workspace
from tests.support.workspaces import changed, dump, rows_of

SALES = """
type add customer
field add customer.name title required
field add customer.tier kind=choice
option add customer.tier.vip label=VIP
type add sale
field add sale.name title required
field add sale.customer kind=link to=customer
field add sale.amount kind=money currency=CNY
field add sale.rate kind=percent
field add sale.closed kind=date
field add sale.seats kind=integer
stage add sale new
stage add sale won outcome=won
"""


@pytest.fixture
def sales(empty: Workspace) -> Workspace:
    changed(empty, SALES)
    empty.add("customer", {"name": "Acme", "tier": "vip"})
    empty.add("customer", {"name": "Bolt"})
    for name, customer, amount, rate, stage in (
        ("a", "Acme", "100.50", "10", "new"),
        ("b", "Acme", "200.25", "50", "won"),
        ("c", "Bolt", "0.10", None, "won"),
        ("d", None, "0.20", None, "won"),
    ):
        values = {"name": name, "customer": customer, "amount": amount, "rate": rate}
        empty.add("sale", {k: v for k, v in values.items() if v is not None}, stage)
    return empty


def shown(workspace, type_key, field, **wanted):
    """A column as JSON has it, by the name of the record."""
    records = workspace.records(type_key, fields=["name", field], **wanted)
    return {record.json()["name"]: record.json()[field] for record in records}


def refusal(workspace, script):
    before = dump(workspace.path)
    with pytest.raises(CrmError) as caught:
        changed(workspace, script)
    assert dump(workspace.path) == before
    assert "{" not in str(caught.value)
    return caught.value.code


# Formulas


def test_a_formula_is_an_expression_over_the_record(sales):
    changed(
        sales,
        "field add sale.expected kind=formula formula='amount * rate / 100' result=money"
        " currency=CNY",
    )
    found = {k: v and float(v) for k, v in shown(sales, "sale", "expected").items()}
    assert found == {"a": 10.05, "b": 100.13, "c": None, "d": None}
    column = sales.plan("sale", ["expected"]).shown[0]
    assert (column.field.kind, column.field.currency) == ("money", "CNY")


def test_a_formula_filters_and_sorts_as_any_field(sales):
    changed(sales, "field add sale.double kind=formula formula='amount * 2' result=decimal")
    assert list(shown(sales, "sale", "double", where="double > 100", sort=["-double"])) == [
        "b",
        "a",
    ]
    page = sales.records("sale", sort=["double"], after="sale/4", fields=["name"])
    assert [record.json()["name"] for record in page] == ["a", "b"]


def test_a_formula_that_says_no_result_is_a_number_or_a_text_as_it_comes(sales):
    changed(
        sales,
        "field add sale.more kind=formula formula='seats + 0.1 + 0.2'\n"
        "field add sale.words kind=formula formula=\"name || '!'\"",
    )
    sales.set("sale/1", {"seats": 1})
    assert shown(sales, "sale", "more")["a"] == 1.3
    assert shown(sales, "sale", "words")["b"] == "b!"


@pytest.mark.parametrize("constant", ["0", "-1", "2", "(3)", "1e999", "'x'", "null"])
def test_a_formula_that_names_nothing_is_a_value_and_no_place_of_a_column(sales, constant):
    changed(sales, f'field add sale.same kind=formula formula="{constant}"')
    found = shown(sales, "sale", "same", sort=["-same"])
    assert list(found) == ["d", "c", "b", "a"]
    assert len(set(found.values())) == 1
    json.dumps(found, allow_nan=False)


def test_a_formula_may_be_of_days_and_truths(sales):
    changed(
        sales,
        "field add sale.due kind=formula formula=\"date(closed, '+30 days')\" result=date\n"
        "field add sale.big kind=formula formula='amount > 100' result=boolean",
    )
    sales.set("sale/1", {"closed": "2026-01-31"})
    assert shown(sales, "sale", "due")["a"] == "2026-03-02"
    assert shown(sales, "sale", "big") == {"a": True, "b": True, "c": False, "d": False}


def test_formulas_may_stand_on_formulas_and_on_links(sales):
    changed(
        sales,
        "field add sale.base kind=formula formula='amount * 2' result=decimal\n"
        "field add sale.top kind=formula formula='base + 1' result=decimal\n"
        "field add customer.score kind=formula"
        " formula=\"CASE tier WHEN 'vip' THEN 10 ELSE 1 END\"\n"
        "field add sale.weight kind=formula formula='customer.score * seats'",
    )
    sales.set("sale/1", {"seats": 3})
    assert float(shown(sales, "sale", "top")["a"]) == 202
    assert shown(sales, "sale", "weight")["a"] == 30
    assert list(shown(sales, "sale", "name", where="customer.score = 1")) == ["c"]


def test_a_computed_field_cannot_be_set_and_has_no_column(sales):
    changed(sales, "field add sale.double kind=formula formula='amount * 2'")
    with pytest.raises(Invalid) as caught:
        sales.set("sale/1", {"double": 5})
    assert [(p.field, p.code) for p in caught.value.problems] == [("double", "computed")]
    names = [row[0] for row in rows_of(sales.path, "SELECT name FROM pragma_table_info('sale')")]
    assert "double" not in names and "amount" in names


# Look-ups


def test_a_lookup_shows_a_field_of_a_linked_record_as_that_field(sales):
    changed(sales, "field add sale.tier kind=lookup from=customer.tier label=Tier")
    assert shown(sales, "sale", "tier") == {"a": "vip", "b": "vip", "c": None, "d": None}
    record = sales.records("sale", fields=["tier"], where="tier = 'vip'", limit=1)[0]
    assert record.text("tier") == "VIP"
    assert record.columns[0].field.name() == "Tier"


# Roll-ups


@pytest.mark.parametrize(
    ("words", "acme", "bolt"),
    [
        ("", 2, 1),
        ("measure='count()'", 2, 1),
        ("measure='sum(amount)'", 300.75, 0.1),
        ("measure='min(amount)'", 100.5, 0.1),
        ("measure='max(amount)'", 200.25, 0.1),
        ("measure='avg(amount)'", 150.38, 0.1),
        ("measure='max(name)'", "b", "c"),
        ("measure='sum(amount)' where=\"stage = 'won'\"", 200.25, 0.1),
        ("measure='sum(amount * rate)'", 11017.5, 0),
        ("measure='count()' where=\"stage = 'new'\"", 1, 0),
    ],
)
def test_a_rollup_gathers_the_records_that_link_to_it(sales, words, acme, bolt):
    changed(sales, f"field add customer.total kind=rollup from=sale.customer {words}")
    found = shown(sales, "customer", "total")
    assert [v if isinstance(v, str) else float(v) for v in found.values()] == [acme, bolt]


def test_a_rollup_leaves_removed_records_out_and_is_never_out_of_date(sales):
    changed(sales, "field add customer.total kind=rollup from=sale.customer measure='sum(amount)'")
    sales.remove("sale/1")
    assert float(shown(sales, "customer", "total")["Acme"]) == 200.25
    sales.set("sale/2", {"amount": 5})
    assert shown(sales, "customer", "total")["Acme"] == 5
    assert list(shown(sales, "customer", "name", where="total > 1")) == ["Acme"]
    assert list(shown(sales, "customer", "name", sort=["total"])) == ["Bolt", "Acme"]


def test_a_sum_beyond_64_bits_is_no_error(sales):
    changed(
        sales,
        "field add sale.huge kind=integer\n"
        "field add customer.huge kind=rollup from=sale.customer measure='sum(huge)'",
    )
    for number in (1, 2):
        sales.set(f"sale/{number}", {"huge": str(2**62)})
    found = rows_of(sales.path, "SELECT sum(huge >> 1) FROM sale")
    assert found == [(2**62,)]
    assert float(shown(sales, "customer", "huge")["Acme"]) == 2.0**63


@pytest.mark.parametrize(
    "numbers",
    [(2**36 - 1, 1), (2**36, 1), (2**62, -(2**62) + 1), (-(2**62), 3), (2**53, 1), (5, -7)],
)
def test_a_sum_of_integers_is_exact_however_large_they_are(sales, numbers):
    changed(
        sales,
        "field add sale.huge kind=integer\n"
        "field add customer.huge kind=rollup from=sale.customer measure='sum(huge)'",
    )
    for number, value in enumerate(numbers, 1):
        sales.set(f"sale/{number}", {"huge": str(value)})
    assert shown(sales, "customer", "huge") == {"Acme": sum(numbers), "Bolt": 0}


def test_a_page_sorted_by_what_is_gathered_is_a_part_of_the_whole(sales):
    changed(sales, "field add customer.total kind=rollup from=sale.customer measure='sum(amount)'")
    whole = list(shown(sales, "customer", "total", sort=["-total"]))
    assert whole == ["Acme", "Bolt"]
    for place, name in enumerate(whole):
        page = sales.records("customer", sort=["-total"], limit=1, offset=place)
        assert [record.title for record in page] == [name]


def test_a_rollup_is_answered_by_an_index_alone(sales):
    changed(
        sales,
        "field add customer.total kind=rollup from=sale.customer measure='sum(amount)'"
        " where=\"stage = 'won'\"",
    )
    plan = sales.plan("customer", ["total"])
    sql = f"SELECT {', '.join(plan._select)} FROM customer r"
    told = rows_of(sales.path, f"EXPLAIN QUERY PLAN {sql}")
    assert any("USING COVERING INDEX crm_gather_" in row[3] for row in told), told


# What cannot be


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("field add sale.x kind=formula", "no-formula"),
        ("field add sale.x kind=formula formula='x + 1'", "circular"),
        ("field add sale.x kind=formula formula='nothing'", "no-such-field"),
        ("field add sale.x kind=formula formula='1' result=link", "bad-attribute"),
        ("field add sale.x kind=formula formula='1' required", "computed"),
        ("field add sale.x kind=formula formula='1' default=2", "computed"),
        ("field add sale.x kind=formula formula='1' unique", "bad-unique"),
        ("field add sale.x kind=lookup", "no-source"),
        ("field add sale.x kind=lookup from=customer", "no-source"),
        ("field add sale.x kind=lookup from=amount.name", "no-such-link"),
        ("field add sale.x kind=lookup from=customer.nothing", "no-such-field"),
        ("field add customer.x kind=rollup", "no-source"),
        ("field add customer.x kind=rollup from=nothing.customer", "no-such-type"),
        ("field add customer.x kind=rollup from=sale.amount", "no-such-link"),
        ("field add sale.x kind=rollup from=sale.customer", "bad-source"),
        ("field add customer.x kind=rollup from=sale.customer measure=sum", "bad-measure"),
        ("field add customer.x kind=rollup from=sale.customer measure='sum()'", "bad-measure"),
        ("field add customer.x kind=rollup from=sale.customer measure='mode(name)'", "bad-measure"),
        (
            "field add customer.x kind=rollup from=sale.customer measure='sum(nothing)'",
            "no-such-field",
        ),
        (
            "field add customer.x kind=rollup from=sale.customer where='(select 1)'",
            "bad-expression",
        ),
        ("field add sale.x kind=text formula='1'", "bad-attribute"),
    ],
)
def test_a_computed_field_that_makes_no_sense_is_refused(sales, script, code):
    assert refusal(sales, script) == code


def test_a_circle_over_types_is_refused_with_its_path(sales):
    changed(
        sales,
        "field add customer.n kind=rollup from=sale.customer measure='count()'\n"
        "field add sale.n kind=formula formula='customer.n + 1'",
    )
    before = dump(sales.path)
    with pytest.raises(CrmError) as caught:
        changed(sales, "field set customer.n where='n > 1'")
    assert caught.value.code == "circular"
    assert "customer.n <- sale.n <- customer.n" in str(caught.value)
    assert dump(sales.path) == before


def test_a_chain_of_formulas_has_an_end(sales):
    script = "field add sale.f0 kind=formula formula='seats'\n" + "\n".join(
        f"field add sale.f{n} kind=formula formula='f{n - 1} + 1'" for n in range(1, 8)
    )
    changed(sales, script)
    sales.set("sale/1", {"seats": 1})
    assert shown(sales, "sale", "f7")["a"] == 8
    assert refusal(sales, "field add sale.f8 kind=formula formula='f7 + 1'") == "too-deep"


def test_what_names_a_retired_field_is_empty_until_it_is_restored(sales):
    changed(
        sales,
        "field add sale.double kind=formula formula='amount * 2'\n"
        "field add customer.total kind=rollup from=sale.customer measure='sum(amount)'\n"
        "field remove sale.amount",
    )
    assert set(shown(sales, "sale", "double").values()) == {None}
    assert set(shown(sales, "customer", "total").values()) == {None}
    changed(sales, "field restore sale.amount")
    assert shown(sales, "sale", "double")["a"] == 201
    changed(sales, "type remove sale")
    assert set(shown(sales, "customer", "total").values()) == {None}


# Titles


def test_a_title_can_be_an_expression(sales):
    changed(sales, "type set sale title=\"name || ' (' || coalesce(amount, 0) || ')'\"")
    record = sales.record("sale/3")
    assert record.title == "c (0.1)"
    changed(sales, "type add note\nfield add note.sale kind=link to=sale\nfield add note.text")
    sales.add("note", {"sale": "sale/3"})
    assert sales.record("note/1").text("sale") == "c (0.1)"
    sales.add("note", {"sale": "c (0.1)"})
    assert sales.record("note/2").values["sale"] == 3
    assert len(sales.records("note", where="sale = 'c (0.1)'")) == 2
    assert [r.ref for r in sales.candidates("sale", "(0.1")] == ["sale/3"]


def test_a_title_is_about_the_record_alone(sales):
    assert refusal(sales, 'type set sale title="customer.name"') == "no-link-in-title"
    assert refusal(sales, 'type set sale title="nothing"') == "no-such-field"


def test_a_title_may_call_any_function_whoever_opens_the_workspace(sales):
    changed(sales, "type set sale title=\"iif(contains(name, 'A'), abs(-1), has(name, 'b'))\"")
    with Workspace.open(sales.path) as elsewhere:
        assert elsewhere.record("sale/1").title == "1"
        assert len(elsewhere.records("sale")) == 4
    with Workspace.open(sales.path) as elsewhere:
        assert elsewhere.set("sale/1", {"name": "a"})[1] is False
