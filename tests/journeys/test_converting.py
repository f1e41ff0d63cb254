"""Conditions and formulas of other systems say the same in ours, or are refused with a reason."""

from collections.abc import Mapping

import pytest

from tests.journeys.converting.drafts import Draft, Named, Untranslatable
from tests.journeys.converting.espocrm_conditions import group
from tests.journeys.converting.frappe_conditions import condition
from tests.journeys.converting.infix import parsed
from tests.journeys.converting.keys import key_of
from tests.journeys.converting.salesforce_formulas import Formula
from tests.journeys.converting.salesforce_reach import Reach
from tests.support.cli import Crm

RECORDS = """
type add account
field add account.name --title
field add account.tier
type add deal
field add deal.name --title
field add deal.amount --kind decimal
field add deal.paid --kind boolean
field add deal.source --kind choice
option add deal.source web fair
field add deal.marks --kind multichoice
option add deal.marks red blue
field add deal.due --kind date
field add deal.account --kind link --to account
stage add deal open
stage add deal won
record add account name=Acme tier=vip
record add deal name=full amount=12.5 paid=yes source=web marks=red,blue due=today account=Acme
record add deal name=half amount=-3 paid=no source=fair marks=blue due=+400d
record add deal name=bare
record move deal/2 won
"""
"""Three records: one with every value, one with others, one with none."""

NAMES: Mapping[str, Named] = {
    "name": Named("name", "text"),
    "amount": Named("amount", "decimal"),
    "paid": Named("paid", "boolean"),
    "source": Named("source", "choice", {"Web Site": "web", "Fair": "fair"}),
    "marks": Named("marks", "multichoice", {"Red": "red", "Blue": "blue"}),
    "due": Named("due", "date"),
    "account": Named("account", "link", {}, "Account"),
    "stage": Named("stage", "stage", {"Open": "open", "Won": "won"}),
}


@pytest.fixture
def deals(crm: Crm) -> Crm:
    crm.script(RECORDS)
    return crm


def holding(crm: Crm, expression: str) -> list[str]:
    """The names of the records for which an expression holds."""
    return crm.values("deal", "name", "--where", expression)


def _is(sort: str, attribute: str, value: object = None) -> dict[str, object]:
    return {"type": sort, "attribute": attribute, "value": value}


@pytest.mark.parametrize(
    ("conditions", "names"),
    [
        ([], ["full", "half", "bare"]),
        ([_is("isEmpty", "amount")], ["bare"]),
        ([_is("isNotEmpty", "accountId")], ["full"]),
        ([_is("isTrue", "paid")], ["full"]),
        ([_is("isFalse", "paid")], ["half", "bare"]),
        ([_is("equals", "source", "Web Site")], ["full"]),
        ([_is("notEquals", "source", "Web Site")], ["half", "bare"]),
        ([_is("equals", "stage", "Won")], ["half"]),
        ([_is("in", "source", ["Web Site", "Fair"])], ["full", "half"]),
        ([_is("in", "source", ["Fair", ""])], ["half", "bare"]),
        ([_is("notIn", "source", ["Fair"])], ["full", "bare"]),
        ([_is("has", "marks", "Red")], ["full"]),
        ([_is("notHas", "marks", "Red")], ["half", "bare"]),
        ([_is("contains", "name", "al")], ["half"]),
        ([_is("startsWith", "name", "fu")], ["full"]),
        ([_is("endsWith", "name", "lf")], ["half"]),
        ([_is("greaterThan", "amount", 12)], ["full"]),
        ([_is("lessThanOrEquals", "amount", -3)], ["half"]),
        ([_is("isToday", "due")], ["full"]),
        ([_is("inFuture", "due")], ["half"]),
        ([_is("inPast", "due")], []),
        ([_is("isTrue", "paid"), _is("greaterThan", "amount", 100)], []),
        (
            [{"type": "or", "value": [_is("isTrue", "paid"), _is("isEmpty", "due")]}],
            ["full", "bare"],
        ),
        ([{"type": "not", "value": [_is("greaterThan", "amount", 0)]}], ["half", "bare"]),
        (
            # one of them, deep within, names no field
            [
                {
                    "type": "and",
                    "value": [
                        {"type": "not", "value": [_is("isTrue", "paid")]},
                        {
                            "type": "or",
                            "value": [_is("equals", "stage", "Won"), _is("isEmpty", "x")],
                        },
                    ],
                }
            ],
            None,
        ),
        ([_is("equals", "accountId", "17")], None),
        ([_is("contains", "$user.teamsIds", "1")], None),
        ([_is("equals", "$user.id", "1")], None),
        ([_is("looksLike", "name", "x")], None),
    ],
)
def test_dynamic_logic_of_espocrm(deals: Crm, conditions, names):
    if names is None:
        with pytest.raises(Untranslatable):
            group(conditions, NAMES)
    else:
        assert holding(deals, group(conditions, NAMES)) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("paid", ["full"]),
        ("amount", ["full", "half"]),
        ("account", ["full"]),
        ("eval:doc.paid", ["full"]),
        ("eval: !doc.paid", ["half", "bare"]),
        ("eval:doc.source == 'Web Site'", ["full"]),
        ('eval:doc.source!="Web Site"', ["half", "bare"]),
        ("eval:'Won' === doc.stage;", ["half"]),
        ("eval:doc.amount > 0 && doc.stage == 'Open'", ["full"]),
        ("eval:0 < doc.amount || !doc.due", ["full", "bare"]),
        ("eval:!(doc.amount > 0)", ["half", "bare"]),
        ("eval:doc.amount - 2.5 >= 10", ["full"]),
        ("eval:doc.amount < -2", ["half"]),
        ("eval:doc.paid == 1", ["full"]),
        ("eval:doc.paid == 0", ["half", "bare"]),
        ("eval:doc.source == ''", ["bare"]),
        ("eval:doc.source != null", ["full", "half"]),
        ("eval:in_list(['Web Site', 'Fair'], doc.source)", ["full", "half"]),
        ('eval:["Fair"].includes(doc.source)', ["half"]),
        ("eval:doc.due <= frappe.datetime.get_today()", ["full"]),
        ("eval:doc.__islocal", []),
        ("eval:frappe.user.has_role('Boss')", None),
        ("eval:doc.nothing", None),
        ("eval:doc.items.some(i => i.x)", None),
        ("eval:doc.amount >", None),
        ("eval:(doc.amount", None),
    ],
)
def test_conditions_of_frappe(deals: Crm, text: str, names):
    if names is None:
        with pytest.raises(Untranslatable):
            condition(text, NAMES)
    else:
        assert holding(deals, condition(text, NAMES)) == names


def formula(text: str) -> str:
    """A formula over deals and the account each links to."""
    draft = Draft()
    account, deal = draft.type("Account"), draft.type("Deal")
    account.names.update({"Name": Named("name", "text"), "Tier": Named("tier", "text")})
    given = {name.capitalize(): named for name, named in NAMES.items()}
    deal.names.update({**given, "Id": Named("id", "integer")})
    return Formula(Reach(draft, deal)).expression(text)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Paid", ["full"]),
        ("NOT(Paid)", ["half", "bare"]),
        ('ISPICKVAL(Source, "Web Site")', ["full"]),
        ('TEXT(Source) = "Fair"', ["half"]),
        ('TEXT(Source) & "!" = "Web Site!"', ["full"]),
        ("ISBLANK(Source)", ["bare"]),
        ('INCLUDES(Marks, "Red")', ["full"]),
        ("AND(Amount > 0, OR(Paid, ISBLANK(Due)))", ["full"]),
        ("Amount * 2 = 25", ["full"]),
        ("Amount <> 12.5", ["half", "bare"]),
        ("ABS(Amount) == 3", ["half"]),
        ("FLOOR(Amount) = 12", ["full"]),
        ("CEILING(Amount) = 13", ["full"]),
        ("FLOOR(Amount / 2) = -2", ["half"]),
        ("MOD(Amount, 5) = 2", ["half"]),
        ("Amount ^ 2 = 9", ["half"]),
        ("ROUND(Amount, 0) = 13", ["full"]),
        ("Due = TODAY()", ["full"]),
        ("Due - TODAY() = 400", ["half"]),
        ("Due - 400 = TODAY()", ["half"]),
        ("YEAR(Due) = YEAR(TODAY())", ["full"]),
        ("DATE(YEAR(Due), MONTH(Due), DAY(Due)) = TODAY()", ["full"]),
        ('CASE(Source, "Web Site", 1, "Fair", 2, 0) = 2', ["half"]),
        ('IF(ISBLANK(Amount), "none", "some") = "none"', ["bare"]),
        ('LEFT(Name, 2) & RIGHT(Name, 1) = "ful"', ["full"]),
        ('SUBSTITUTE(Name, "l", "") = "haf"', ["half"]),
        ('FIND("l", Name) = 3 && LEN(Name) = 4', ["full", "half"]),
        ('BEGINS(Name, "ba")', ["bare"]),
        ('LPAD(TEXT(Id), 3, "0") = "002"', ["half"]),
        ('TEXT(Amount) = "12.5"', ["full"]),
        ("BLANKVALUE(Amount, 7) = 7", ["bare"]),
        ('Account.Tier = "vip"', ["full"]),
        ("ISNEW()", []),
        ("ISCHANGED(Amount)", None),
        ("PRIORVALUE(Amount) > 1", None),
        ('REGEX(Name, "[a-z]+")', None),
        ('$Profile.Name = "Boss"', None),
        ("SQRT(Amount) > 1", None),
        ("Nothing > 1", None),
        ("Account.Nothing > 1", None),
        ("Amount ^ Amount", None),
        ("WHATEVER(Amount)", None),
        ("Amount >", None),
    ],
)
def test_formulas_of_salesforce(deals: Crm, text: str, names):
    if names is None:
        with pytest.raises(Untranslatable):
            formula(text)
    else:
        assert holding(deals, formula(text)) == names


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("closeDate", "close_date"),
        ("Close_Date__c", "close_date"),
        ("SICCode", "sic_code"),
        ("Closed Won", "closed_won"),
        ("1-10", "n1_10"),
        ("Order", "order_"),
        ("CRM Deal", "deal"),
        ("名称", "名称"),
        ("Proposal/Price Quote", "proposal_price_quote"),
        ("***", "n"),
    ],
)
def test_keys_of_names(name: str, key: str):
    assert key_of(name) == key


def test_keys_that_look_alike_are_told_apart():
    assert key_of("Close Date", ["close_date"]) == "close_date_2"
    assert key_of("modern", ["modem"]) == "modern_2"


def test_strength_of_operators():
    assert parsed("a || b && c == 1 + 2 * 3").sort == "||"
    assert parsed("1 - 2 - 3").parts[0].sort == "-"
    with pytest.raises(Untranslatable):
        parsed("a b")
