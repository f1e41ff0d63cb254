"""Changing one's mind: kinds converted, options merged and shared, keys renamed everywhere."""

import pytest

from crmtui.store.errors import Conflict, CrmError, Invalid, NotFound, Refused
from crmtui.store.workspace import Workspace
from tests.support.workspaces import changed, dump, journal, rows_of

SALES = """
type add customer category=selling
field add customer.name title required
field add customer.tier kind=choice
option add customer.tier.vip label=VIP
option add customer.tier.plain
type add sale category=selling
field add sale.name title required
field add sale.customer kind=link to=customer
field add sale.amount kind=money currency=CNY
field add sale.size
field add sale.source kind=choice default=web
option add sale.source.web label=Website
option add sale.source.fair label=Fair
option add sale.source.offline
stage add sale new
status add sale.new waiting
stage add sale won outcome=won
"""


@pytest.fixture
def sales(empty: Workspace) -> Workspace:
    changed(empty, SALES)
    empty.add("customer", {"name": "Acme", "tier": "vip"})
    for name, size, source in (("a", "12", "fair"), ("b", "1,200", "web"), ("c", "many", "fair")):
        empty.add("sale", {"name": name, "size": size, "source": source, "customer": "Acme"})
    empty.remove("sale/2")
    return empty


def refusal(workspace, script, kind=CrmError):
    before = dump(workspace.path)
    with pytest.raises(kind) as caught:
        changed(workspace, script)
    assert dump(workspace.path) == before
    assert "{" not in str(caught.value)
    return str(caught.value)


def notes(workspace):
    return [str(note) for note in workspace.notes]


def values(workspace, field):
    return [workspace.record(f"sale/{n}").json()[field] for n in (1, 2, 3)]


# Another kind


def test_values_that_cannot_be_converted_are_reported_and_refused(sales):
    text = refusal(sales, "field set sale.size kind=integer", Refused)
    assert "sale.size from text to integer: 2 values convert, 1 do not" in text
    assert "sale/3 (many is not a number)" in text and "[unconvertible]" in text


def test_a_conversion_keeps_the_old_field_retired_with_every_value(sales):
    assert changed(sales, "field set sale.size kind=integer allow_data_loss=true") == [True]
    assert notes(sales) == [
        "sale.size from text to integer: 2 values convert, 1 do not: sale/3 (many is not a number)"
    ]
    assert values(sales, "size") == [12, 1200, None]
    old = next(f for f in sales.type("sale").all_fields if f.key == "size_old")
    assert old.retired and old.kind == "text"
    assert rows_of(sales.path, "SELECT size_old FROM sale ORDER BY id") == [
        ("12",),
        ("1,200",),
        ("many",),
    ]
    history = sales.history("sale/1", machine=True)
    assert [(c.key, c.before, c.after) for c in history[0].changes] == [("size", None, "12")]


def test_a_choice_becomes_a_text_and_a_text_a_choice_of_what_it_held(sales):
    changed(sales, "field set sale.source kind=text")
    assert values(sales, "source") == ["fair", "web", "fair"]
    changed(sales, "field set sale.source kind=choice")
    assert [o.key for o in sales.type("sale").field_by_key["source"].options] == ["fair", "web"]
    assert values(sales, "source") == ["fair", "web", "fair"]


def test_a_choice_becomes_one_of_several_with_its_options(sales):
    changed(sales, "field set sale.source kind=multichoice")
    assert values(sales, "source") == [["fair"], ["web"], ["fair"]]
    labels = [o.label for o in sales.type("sale").field_by_key["source"].options]
    assert labels == ["Website", "Fair", None]


def test_a_text_becomes_a_link_by_titles(sales):
    changed(sales, "field add sale.who")
    sales.set("sale/1", {"who": "acme"})
    changed(sales, "field set sale.who kind=link to=customer")
    assert sales.record("sale/1").values["who"] == 1
    changed(sales, "field set sale.who kind=text")
    assert sales.record("sale/1").values["who"] == "Acme"


def test_more_decimals_are_no_other_kind_but_other_numbers(sales):
    changed(sales, "field add sale.rate kind=decimal scale=2")
    sales.set("sale/1", {"rate": "1.25"})
    changed(sales, "field set sale.rate scale=4")
    assert float(sales.record("sale/1").json()["rate"]) == 1.25
    assert "1 do not" in refusal(sales, "field set sale.rate scale=1")


def test_what_was_said_of_a_field_stays_as_far_as_the_kind_has_it(sales):
    changed(sales, "field set sale.size label=Size help=how required max_length=9")
    changed(sales, "field set sale.size kind=longtext")
    field = sales.type("sale").field_by_key["size"]
    assert (field.label, field.help, field.required, field.max_length) == ("Size", "how", True, 9)
    assert [f.key for f in sales.type("sale").fields].index("size") == 3


def test_conditions_go_on_with_the_field_of_the_new_kind(sales):
    changed(
        sales,
        "validation add sale.sized rule=\"size <> '0'\" message=no\n"
        "field set sale.size kind=integer allow_data_loss=true",
    )
    assert sales.type("sale").validations[0].rule == "size <> '0'"
    with pytest.raises(Invalid):
        sales.set("sale/1", {"size": 0})


def test_a_formula_can_be_frozen_into_a_number(sales):
    changed(sales, "field add sale.double kind=formula formula='amount * 2' result=decimal")
    sales.set("sale/1", {"amount": 5})
    changed(sales, "field set sale.double kind=decimal scale=2")
    assert sales.record("sale/1").json()["double"] == 10
    sales.set("sale/1", {"amount": 6, "double": 1})


def test_a_field_whose_options_are_shared_stays_a_choice(sales):
    changed(sales, "field add customer.source kind=choice options_of=sale.source")
    assert "shared" in refusal(sales, "field set sale.source kind=text", Refused)


# Options


def test_merging_an_option_moves_its_records_and_journals_each(sales):
    changed(sales, "field set sale.source default=fair")
    assert changed(sales, "option merge sale.source.fair into=offline") == [True]
    assert notes(sales) == ["2 records moved from sale.source.fair to offline"]
    assert values(sales, "source") == ["offline", "web", "offline"]
    assert sales.type("sale").field_by_key["source"].default == "offline"
    assert journal(sales)[-3:] == [
        ("set", "sale/1"),
        ("set", "sale/3"),
        ("configure", "sale.source.fair"),
    ]
    entry = sales.history("sale/1", machine=True)[0]
    assert [(c.before, c.after) for c in entry.changes] == [("fair", "offline")]
    assert changed(sales, "option merge sale.source.fair into=offline") == [False]


def test_merging_options_of_which_a_record_has_both_leaves_one(sales):
    changed(sales, "field set sale.source kind=multichoice")
    sales.set("sale/1", {"source": "web,fair"})
    changed(sales, "option merge sale.source.fair into=web")
    assert values(sales, "source")[0] == ["web"]


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        ("option merge sale.source.fair into=fair", Refused),
        ("option merge sale.source.fair into=nothing", NotFound),
        ("option merge sale.source.nothing into=web", NotFound),
        ("option merge sale.size.x into=y", NotFound),
    ],
)
def test_a_merge_that_makes_no_sense_is_refused(sales, script, kind):
    refusal(sales, script, kind)


def test_a_retired_option_stays_readable_and_can_be_kept(sales):
    changed(sales, "option remove sale.source.fair")
    record = sales.record("sale/1")
    assert record.text("source") == "Fair"
    sales.set("sale/1", {"source": "fair", "name": "same"})
    with pytest.raises(Invalid):
        sales.add("sale", {"name": "new", "source": "fair"})
    changed(sales, "option restore sale.source.fair")
    sales.add("sale", {"name": "new", "source": "fair"})


def test_two_fields_can_share_one_list_of_options(sales):
    changed(sales, "field add customer.source kind=choice options_of=sale.source")
    sales.set("customer/1", {"source": "Fair"})
    changed(sales, "option add sale.source.radio\noption rename sale.source.fair exhibition")
    assert sales.record("customer/1").values["source"] == "exhibition"
    sales.set("customer/1", {"source": "radio"})
    assert "shared" in refusal(sales, "option add customer.source.x", Refused)
    assert "records have" in refusal(
        sales, "option remove sale.source.radio\noption purge sale.source.radio", Refused
    )
    changed(sales, "option merge sale.source.radio into=web")
    assert sales.record("customer/1").values["source"] == "web"


def test_only_a_choice_with_options_of_its_own_can_be_shared(sales):
    changed(sales, "field add customer.source kind=choice options_of=sale.source")
    for script in (
        "field add sale.s kind=choice options_of=customer.source",
        "field add sale.s kind=choice options_of=sale.size",
        "field add sale.s kind=choice options_of=sale.nothing",
        "field add sale.s kind=text options_of=sale.source",
    ):
        refusal(sales, script)


def test_a_choice_can_be_of_the_types_and_categories_themselves(sales):
    changed(
        sales,
        "field add sale.about kind=choice options_of=types\n"
        "field add sale.area kind=choice options_of=categories",
    )
    sales.set("sale/1", {"about": "customer", "area": "selling"})
    with pytest.raises(Invalid):
        sales.set("sale/1", {"about": "nothing"})
    changed(sales, "type rename customer client\ncategory rename selling market")
    found = sales.record("sale/1").values
    assert (found["about"], found["area"]) == ("client", "market")
    assert sales.type("sale").category == "market"
    changed(sales, "type add invoice")
    sales.set("sale/1", {"about": "invoice"})
    assert "have the type invoice" in refusal(
        sales, "type remove invoice\ntype purge invoice", Refused
    )


# Renames


def test_renaming_a_field_rewrites_whatever_names_it(sales):
    changed(
        sales,
        "field add sale.double kind=formula formula='\"amount\" * 2 + Amount'\n"
        "field set sale.size required_when=\"amount > 1 and name <> 'amount'\"\n"
        "field add sale.limit_to kind=decimal max_field=amount\n"
        "field add customer.total kind=rollup from=sale.customer measure='sum( amount )'"
        " where='amount > 0'\n"
        "validation add sale.v rule='coalesce(amount, 0) >= 0'\n"
        "type set sale title='name || amount' list=name,amount card=amount\n"
        "type add note\nfield add note.sale kind=link to=sale\n"
        "field add note.seen kind=lookup from=sale.amount\n"
        "field add note.big kind=formula formula='sale.amount > 5'\n"
        "field rename sale.amount value",
    )
    sale, customer, note = (sales.type(key) for key in ("sale", "customer", "note"))
    assert sale.field_by_key["double"].formula == "value * 2 + value"
    assert sale.field_by_key["size"].required_when == "value > 1 and name <> 'amount'"
    assert sale.field_by_key["limit_to"].max_field == "value"
    total = customer.field_by_key["total"]
    assert (total.measure, total.condition) == ("sum( value )", "value > 0")
    assert sale.validations[0].rule == "coalesce(value, 0) >= 0"
    assert (sale.title_expression, sale.list_columns, sale.card_fields) == (
        "name || value",
        "name,value",
        "value",
    )
    assert note.field_by_key["seen"].source == "sale.value"
    assert note.field_by_key["big"].formula == "sale.value > 5"
    sales.set("sale/1", {"value": 7})
    assert sales.record("customer/1").json()["total"] == 7


def test_renaming_a_link_or_a_type_rewrites_rollups(sales):
    changed(
        sales,
        "field add customer.n kind=rollup from=sale.customer\n"
        "field add sale.tier kind=lookup from=customer.tier\n"
        "field rename sale.customer client\ntype rename sale deal",
    )
    assert sales.type("customer").field_by_key["n"].source == "deal.client"
    assert sales.type("deal").field_by_key["tier"].source == "client.tier"
    assert sales.record("customer/1").json()["n"] == 2


def test_renaming_stages_statuses_and_options_rewrites_what_compares_with_them(sales):
    changed(
        sales,
        "validation add sale.a rule=\"stage = 'won' or status in ('open', 'waiting')\"\n"
        "validation add sale.b rule=\"source <> 'fair' or 'fair' = source or name = 'fair'\"\n"
        "field add customer.won kind=rollup from=sale.customer where=\"stage <> 'won'\"\n"
        "stage rename sale.won signed\nstatus rename sale.new.waiting on_hold",
    )
    rules = [v.rule for v in sales.type("sale").validations]
    assert rules[0] == "stage = 'signed' or status in ('open', 'on_hold')"
    assert sales.type("customer").field_by_key["won"].condition == "stage <> 'signed'"
    assert "named by sale.b" in refusal(sales, "option rename sale.source.fair trade", Refused)
    changed(
        sales,
        "validation set sale.b rule=\"source <> 'fair' or 'fair' = source\"\n"
        "option rename sale.source.fair trade",
    )
    assert sales.type("sale").validations[1].rule == "source <> 'trade' or 'trade' = source"


def test_a_field_that_is_named_is_not_purged(sales):
    changed(sales, "validation add sale.v rule='amount > 0'\nfield remove sale.amount")
    assert "named by sale.v" in refusal(sales, "field purge sale.amount", Refused)
    changed(sales, "validation remove sale.v\nvalidation purge sale.v\nfield purge sale.amount")


# Unique


def test_unique_folded_looks_past_case_width_and_spaces(sales):
    changed(sales, "field set customer.name unique unique_as=folded")
    for name in ("ACME", " a c m e", "ＡＣＭＥ"):
        with pytest.raises(Invalid) as caught:
            sales.add("customer", {"name": name})
        assert caught.value.problems[0].code == "duplicate"
    sales.add("customer", {"name": "Acme 2"})
    assert sales.record("customer/2").values["name"] == "Acme 2"
    changed(sales, "field set customer.name unique_as=exact")
    sales.add("customer", {"name": "ACME"})
    assert "cannot be unique" in refusal(sales, "field set customer.name unique_as=folded", Refused)


def test_several_fields_can_be_unique_together(sales):
    changed(sales, "validation add sale.once unique=name,customer message='one a customer'")
    with pytest.raises(Invalid) as caught:
        sales.add("sale", {"name": "a", "customer": "Acme"})
    assert str(caught.value) == "sale: name: one a customer (sale/1)  [duplicate]"
    sales.add("sale", {"name": "a"})
    sales.add("sale", {"name": "a"})
    with pytest.raises(Invalid):
        sales.set("sale/4", {"customer": "Acme"})
    with pytest.raises(Invalid):
        sales.set("sale/3", {"name": "a"})
    sales.add("sale", {"name": "b", "customer": "Acme"})
    with pytest.raises(Invalid):
        sales.restore("sale/2")


def test_what_is_alike_already_cannot_become_unique(sales):
    sales.add("sale", {"name": "a", "customer": "Acme"})
    assert "2 records have a, customer/1" in refusal(
        sales, "validation add sale.once unique=name,customer", Refused
    )


# Categories


def test_categories_make_a_tree_without_circles(sales):
    changed(
        sales,
        "category add business label=Business\ncategory set selling parent=business\n"
        "category add service parent=business",
    )
    assert [(c.key, c.parent) for c in sales.categories()] == [
        ("selling", "business"),
        ("business", None),
        ("service", "business"),
    ]
    assert "within itself" in refusal(sales, "category set business parent=selling", Refused)
    refusal(sales, "category set business parent=nothing", NotFound)
    assert "holds customer, sale" in refusal(sales, "category remove selling", Refused)
    changed(sales, "category remove service\ncategory purge service")
    refusal(sales, "category add Selling", Conflict)
