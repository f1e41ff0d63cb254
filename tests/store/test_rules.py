"""What fields, options and validations demand of records, on every way that a record is written."""

import io

import pytest

from crmtui.i18n import _, choose
from crmtui.store.errors import Invalid, Misused, Refused
from crmtui.store.import_options import ImportOptions, RejectedRows
from crmtui.store.reading import open_source
from crmtui.store.workspace import Workspace
from tests.support.workspaces import changed, dump

SALES = """
type add customer
field add customer.name title required
field add customer.tier kind=choice
option add customer.tier.vip
option add customer.tier.plain
type add sale
field add sale.name title required
field add sale.customer kind=link to=customer
field add sale.amount kind=money currency=CNY
field add sale.discount kind=decimal
field add sale.reason
field add sale.starts kind=date
field add sale.ends kind=date min_field=starts
field add sale.region kind=choice
option add sale.region.north
option add sale.region.south
field add sale.city kind=choice
option add sale.city.harbin when="region = 'north'"
option add sale.city.canton when="region = 'south'"
stage add sale new
stage add sale won outcome=won
stage add sale lost outcome=lost
"""


@pytest.fixture
def sales(empty: Workspace) -> Workspace:
    changed(empty, SALES)
    empty.add("customer", {"name": "Acme", "tier": "vip"})
    return empty


def problems(workspace, act):
    """What an act is refused for: the field and the code of each problem, and nothing written."""
    before = dump(workspace.path)
    with pytest.raises(Invalid) as caught:
        act()
    assert dump(workspace.path) == before
    return [(problem.field, problem.code) for problem in caught.value.problems]


def said(workspace, act):
    with pytest.raises(Invalid) as caught:
        act()
    return str(caught.value)


def imported(workspace, text, **options):
    source = open_source(io.BytesIO(text.encode()), name="sales.csv")
    return workspace.import_records("sale", source, ImportOptions(**options))


# Required


def test_a_field_can_be_required_only_where_a_condition_holds(sales):
    changed(sales, 'field set sale.discount required_when="amount > 100000"')
    sales.add("sale", {"name": "small", "amount": 5})
    big = {"name": "big", "amount": 200000}
    assert problems(sales, lambda: sales.add("sale", big)) == [("discount", "required")]
    assert "required where amount > 100000" in said(sales, lambda: sales.add("sale", big))
    record = sales.add("sale", big | {"discount": 3})
    assert problems(sales, lambda: sales.set(record.ref, {"discount": ""})) == [
        ("discount", "required")
    ]
    assert problems(sales, lambda: sales.set("sale/1", {"amount": 100001})) == [
        ("discount", "required")
    ]


def test_a_condition_follows_a_link(sales):
    changed(sales, "field set sale.reason required_when=\"customer.tier = 'vip'\"")
    sales.add("sale", {"name": "a"})
    assert problems(sales, lambda: sales.set("sale/1", {"customer": "Acme"})) == [
        ("reason", "required")
    ]
    sales.set("sale/1", {"customer": "Acme", "reason": "known"})


def test_a_move_is_held_to_rules_that_name_the_stage(sales):
    changed(sales, "field set sale.reason required_when=\"stage = 'lost'\"")
    sales.add("sale", {"name": "a"})
    assert problems(sales, lambda: sales.move("sale/1", "lost")) == [("reason", "required")]
    assert problems(sales, lambda: sales.add("sale", {"name": "b"}, "lost")) == [
        ("reason", "required")
    ]
    sales.set("sale/1", {"reason": "price"})
    sales.move("sale/1", "lost")


def test_a_rule_that_was_broken_before_does_not_stand_in_the_way_of_other_changes(sales):
    sales.add("sale", {"name": "a", "amount": 200000})
    changed(sales, 'field set sale.discount required_when="amount > 100000"')
    sales.set("sale/1", {"name": "renamed"})
    sales.move("sale/1", "won")
    assert problems(sales, lambda: sales.set("sale/1", {"amount": 300000})) == [
        ("discount", "required")
    ]


# Seen, frozen


def test_a_field_has_a_value_only_where_it_is_seen(sales):
    changed(sales, "field set sale.reason required visible_when=\"stage = 'lost'\"")
    sales.add("sale", {"name": "a"})
    assert problems(sales, lambda: sales.set("sale/1", {"reason": "x"})) == [
        ("reason", "not-visible")
    ]
    assert problems(sales, lambda: sales.move("sale/1", "lost")) == [("reason", "required")]


def test_a_default_is_only_given_where_the_field_is_seen(sales):
    changed(sales, "field set sale.reason visible_when=\"stage = 'lost'\" default=price")
    assert sales.problems("sale", {"name": "a"}) == []
    sales.add("sale", {"name": "a"})
    sales.add("sale", {"name": "b"}, "lost")
    assert problems(sales, lambda: sales.add("sale", {"name": "c", "reason": "x"})) == [
        ("reason", "not-visible")
    ]
    imported(sales, "name,stage\nd,new\ne,lost\n")
    records = sales.records("sale", fields=["reason"])
    assert [record.values["reason"] for record in records] == [None, "price", None, "price"]


def test_a_field_can_stay_as_it_is_where_a_condition_holds(sales):
    changed(sales, "field set sale.amount read_only_when=\"stage = 'won'\"")
    sales.add("sale", {"name": "a", "amount": 5}, "won")
    assert problems(sales, lambda: sales.set("sale/1", {"amount": 6})) == [("amount", "read-only")]
    sales.set("sale/1", {"amount": "5.00", "name": "same amount"})
    sales.move("sale/1", "new")
    sales.set("sale/1", {"amount": 6})


def test_a_field_can_be_set_once_when_the_record_is_made(sales):
    changed(sales, "field set sale.region write_once")
    sales.add("sale", {"name": "a", "region": "north"})
    assert problems(sales, lambda: sales.set("sale/1", {"region": "south"})) == [
        ("region", "read-only")
    ]
    sales.set("sale/1", {"region": "north"})


# Options, other fields


def test_options_can_depend_on_another_field(sales):
    sales.add("sale", {"name": "a", "region": "north", "city": "harbin"})
    wrong = {"name": "b", "region": "north", "city": "canton"}
    assert problems(sales, lambda: sales.add("sale", wrong)) == [("city", "not-an-option")]
    assert problems(sales, lambda: sales.set("sale/1", {"region": "south"})) == [
        ("city", "not-an-option")
    ]
    sales.set("sale/1", {"region": "south", "city": "canton"})


def test_a_value_can_be_bound_by_another_field(sales):
    late = {"name": "a", "starts": "2026-05-02", "ends": "2026-05-01"}
    assert problems(sales, lambda: sales.add("sale", late)) == [("ends", "too-small")]
    text = said(sales, lambda: sales.add("sale", late))
    assert "2026-05-01 is below starts, which is 2026-05-02" in text
    sales.add("sale", late | {"ends": "2026-05-02"})
    assert problems(sales, lambda: sales.set("sale/1", {"starts": "2026-05-03"})) == [
        ("ends", "too-small")
    ]


def test_only_values_that_can_be_compared_bind_one_another(sales):
    for script in (
        "field set sale.amount min_field=starts",
        "field set sale.amount min_field=amount",
        "field set sale.ends min_field=nothing",
        "field set sale.name max_field=amount",
    ):
        before = dump(sales.path)
        with pytest.raises((Refused, Misused, Exception)) as caught:
            changed(sales, script)
        assert caught.value.code in ("bad-setting", "no-such-field", "bad-attribute")
        assert dump(sales.path) == before


# Validations


def test_a_validation_holds_for_every_record_and_says_its_own_message(sales):
    changed(
        sales,
        "validation add sale.discount-cap rule=\"discount <= 30 or stage = 'won'\""
        " message='at most 30' message_zh=折扣不能超过30%",
    )
    sales.add("sale", {"name": "none"})
    over = {"name": "a", "discount": 31}
    assert problems(sales, lambda: sales.add("sale", over)) == [("discount", "validation")]
    assert said(sales, lambda: sales.add("sale", over)).startswith("sale: discount: at most 30")
    sales.add("sale", over, "won")
    assert problems(sales, lambda: sales.move("sale/2", "new")) == [("discount", "validation")]
    with pytest.raises(Invalid) as caught:
        sales.add("sale", over)
    choose("zh")
    assert "折扣不能超过30%" in caught.value.message.text(_)
    choose("en")


def test_a_pattern_can_have_a_message_of_its_own(sales):
    changed(sales, "field set sale.reason pattern='[A-Z]+' pattern_message='capitals only'")
    wrong = {"name": "a", "reason": "x"}
    assert "reason: capitals only" in said(sales, lambda: sales.add("sale", wrong))


def test_a_validation_can_ask_for_what_a_rollup_gathers(sales):
    changed(
        sales,
        "field add customer.sold kind=rollup from=sale.customer measure=sum(amount)\n"
        "validation add customer.worth rule=\"tier <> 'vip' or sold > 10\" message='sell more'",
    )
    assert problems(sales, lambda: sales.add("customer", {"name": "B", "tier": "vip"})) == [
        (None, "validation")
    ]
    sales.add("customer", {"name": "B", "tier": "plain"})
    assert problems(sales, lambda: sales.set("customer/2", {"tier": "vip"})) == [
        (None, "validation")
    ]
    sales.add("sale", {"name": "a", "customer": "B", "amount": 11})
    sales.set("customer/2", {"tier": "vip"})


def test_what_is_entered_as_now_is_not_in_the_future(sales):
    changed(
        sales,
        "field add sale.met kind=datetime\n"
        "validation add sale.past rule='met <= now()' message='not yet'",
    )
    sales.add("sale", {"name": "a", "met": "now"})
    sales.set("sale/1", {"met": "now"})
    assert problems(sales, lambda: sales.set("sale/1", {"met": "+1d"})) == [("met", "validation")]


def test_a_validation_over_several_fields_belongs_to_none_of_them(sales):
    changed(sales, 'validation add sale.sense rule="amount > 0 or discount is null"')
    wrong = {"name": "a", "amount": 0, "discount": 3}
    assert problems(sales, lambda: sales.add("sale", wrong)) == [(None, "validation")]


def test_everything_that_is_wrong_is_said_at_once(sales):
    changed(
        sales,
        'field set sale.discount required_when="amount > 100"\n'
        "validation add sale.named rule=\"name <> 'x'\"\n"
        "field set sale.reason max_length=3",
    )
    wrong = {
        "name": "x",
        "amount": 200,
        "reason": "too long",
        "starts": "2026-02-02",
        "ends": "2026-02-01",
    }
    assert sorted(problems(sales, lambda: sales.add("sale", wrong)), key=str) == [
        ("discount", "required"),
        ("ends", "too-small"),
        ("name", "validation"),
        ("reason", "too-long"),
    ]


def test_what_names_a_retired_field_rests_until_it_is_restored(sales):
    changed(sales, "validation add sale.cap rule='discount <= 30'")
    sales.add("sale", {"name": "a", "discount": 30})
    assert changed(sales, "field remove sale.discount") == [True]
    assert [str(note) for note in sales.notes] == [
        "while sale.discount is retired, what names it rests: sale.cap"
    ]
    sales.add("sale", {"name": "b"})
    changed(sales, "field restore sale.discount")
    assert sales.record("sale/1").values["discount"] == 3000
    assert problems(sales, lambda: sales.set("sale/1", {"discount": 31})) == [
        ("discount", "validation")
    ]


@pytest.mark.parametrize(
    "script",
    [
        "validation add sale.v rule='nothing > 1'",
        "validation add sale.v rule='amount >'",
        "validation add sale.v rule='1; drop table sale'",
        "validation add sale.v rule='(select 1)'",
        "validation add sale.v",
        "validation add sale.v rule='1' unique=name",
        "validation add sale.v unique=nothing",
        "field set sale.reason required_when='load_extension(name)'",
        "field set sale.reason visible_when='customer.nothing = 1'",
        "field set sale.reason read_only_when='1) or (1'",
        "option set sale.city.harbin when='nope'",
    ],
)
def test_an_expression_that_makes_no_sense_is_refused_when_it_is_defined(sales, script):
    before = dump(sales.path)
    with pytest.raises(Exception) as caught:
        changed(sales, script)
    assert caught.value.code in (
        "bad-expression",
        "no-such-field",
        "bad-validation",
    ), caught.value
    assert "\n" not in str(caught.value) and "{" not in str(caught.value)
    assert dump(sales.path) == before


# Every way in


def test_a_move_sets_what_is_seen_and_required_only_there(sales):
    lost = "stage = 'lost'"
    changed(sales, f'field set sale.reason visible_when="{lost}" required_when="{lost}"')
    sales.add("sale", {"name": "a", "amount": 5})
    sales.add("sale", {"name": "b"})
    assert problems(sales, lambda: sales.move("sale/1", "lost")) == [("reason", "required")]
    assert problems(sales, lambda: sales.set("sale/1", {"reason": "x"})) == [
        ("reason", "not-visible")
    ]
    both = ["sale/1", "sale/2"]
    assert problems(sales, lambda: sales.move_all(both, "won", {"reason": "x"})) == [
        ("reason", "not-visible")
    ]
    moved = [moved for _, moved in sales.move_all(both, "lost", {"reason": "price"})]
    assert moved == [True, True]
    assert sales.record("sale/2").values["reason"] == "price"
    assert [moved for _, moved in sales.move_all(both, "lost", {"reason": "price"})] == [False] * 2
    sales.undo()
    assert (sales.record("sale/2").stage, sales.record("sale/2").values["reason"]) == ("new", None)


def test_an_import_is_held_to_the_rules_row_by_row(sales):
    changed(
        sales,
        'field set sale.discount required_when="amount > 100"\n'
        "validation add sale.cap rule='discount <= 30' message=cap",
    )
    text = "name,amount,discount\na,5,\nb,500,\nc,500,31\nd,500,30\n"
    with pytest.raises(RejectedRows) as caught:
        imported(sales, text)
    told = {r.line: str(r.reason) for r in caught.value.result.first_rejects}
    assert set(told) == {3, 4}
    assert "discount" in told[3] and "cap" in told[4]
    assert sales.count("sale") == 0
    result = imported(sales, text, keep_going=True)
    assert (result.added, result.rejected) == (2, 2)


def test_an_import_that_changes_records_is_held_to_the_rules(sales):
    changed(sales, "field set sale.amount read_only_when=\"stage = 'won'\"")
    sales.add("sale", {"name": "a", "amount": 5}, "won")
    with pytest.raises(RejectedRows) as caught:
        imported(sales, "name,amount\na,6\n", match="name")
    assert "cannot be changed" in str(caught.value.result.first_rejects[0].reason)
    assert imported(sales, "name,amount\na,5\n", match="name").unchanged == 1


def test_a_row_that_moves_and_sets_at_once_is_judged_by_what_comes_of_both(sales):
    changed(sales, "field set sale.reason required_when=\"stage = 'lost'\"")
    sales.add("sale", {"name": "a"})
    result = imported(sales, "name,stage,reason\na,lost,price\n", match="name")
    assert result.updated == 1
    assert sales.record("sale/1").stage == "lost"


def test_a_form_is_told_what_the_store_would_say(sales):
    changed(
        sales,
        "field set sale.reason visible_when=\"stage = 'lost'\" required\n"
        'field set sale.discount required_when="amount > 100"\n'
        "field set sale.amount read_only_when=\"stage = 'won'\"",
    )
    states = sales.field_states("sale", {"name": "a", "amount": "200", "region": "north"})
    assert (states["reason"].visible, states["discount"].required) == (False, True)
    assert states["city"].options == {"harbin"}
    assert not states["amount"].read_only
    states = sales.field_states("sale", {"name": "a"}, status="lost")
    assert states["reason"].visible and states["reason"].required
    sales.add("sale", {"name": "a"}, "won")
    assert sales.field_states("sale", {}, "sale/1")["amount"].read_only
    told = sales.problems("sale", {"name": "b", "amount": "200"})
    assert [(p.field, p.code) for p in told] == [("discount", "required")]


def test_a_type_without_rules_asks_nothing(empty):
    changed(empty, "type add plain\nfield add plain.name required")
    assert empty.field_states("plain", {"name": "a"}) == {}
    assert not empty.type("plain").ruled
