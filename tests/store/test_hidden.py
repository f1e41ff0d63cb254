"""What is hidden from an actor is not found out by its effects: by errors, rules, links, files."""

import io
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any

import pytest

from crmtui.store.changes import Change
from crmtui.store.errors import CrmError, Forbidden, Invalid, NotFound, Refused
from crmtui.store.import_options import ImportOptions, RejectedRows
from crmtui.store.reading import open_source
from crmtui.store.uploads import Upload
from crmtui.store.workspace import Workspace
from tests.support import canaries
from tests.support.canaries import ALICE, CANARY
from tests.support.people import WORK, acting_as, granted
from tests.support.workspaces import changed

RULE = "a rule about what you may not see is broken"


@pytest.fixture
def admin(path: str) -> Iterator[Workspace]:
    """The workspace of `tests.support.canaries`, as its administrator."""
    canaries.made(path, read="own", **dict.fromkeys(WORK.split()[1:], "all"))
    with Workspace.open(path, command="test") as workspace:
        yield workspace


@pytest.fixture
def alice(admin: Workspace) -> Iterator[Workspace]:
    with acting_as(admin, ALICE) as workspace:
        yield workspace


def said(act: Any) -> str:
    """What an act is refused with, by which nothing hidden may be named."""
    with pytest.raises(CrmError) as caught:
        act()
    assert CANARY not in f"{caught.value} {caught.value.facts} {caught.value.hint}"
    return str(caught.value)


# Rules


@pytest.mark.parametrize(
    ("values", "what"),
    [
        ({"floor": "1"}, f"floor: {RULE}"),  # min_field zqmargin, which is 78
        ({"amount": "70"}, RULE),  # amount > zqmargin
        ({"name": "Nuts"}, None),  # unique together with zqmargin, which differs
        ({"colour": "blue"}, "read-only"),
    ],
)
def test_a_rule_about_what_is_hidden_holds_and_is_not_told(
    alice: Workspace, values: dict[str, str], what: str | None
) -> None:
    if what is None:
        alice.set("deal/1", values)
    else:
        assert what in said(lambda: alice.set("deal/1", values))


def test_what_is_unique_together_with_what_is_hidden_names_neither(
    admin: Workspace, alice: Workspace
) -> None:
    admin.set("deal/5", {"zqmargin": "78", "floor": "80", "amount": "100"})
    told = said(lambda: alice.set("deal/5", {"name": "Bolts"}))
    assert "name: another record has this value already" in told


@pytest.mark.parametrize(
    "condition", ["required_when", "visible_when", "read_only_when", "min_field", "max_field"]
)
def test_conditions_that_name_what_is_hidden_are_not_told(
    admin: Workspace, alice: Workspace, condition: str
) -> None:
    field = alice.type("deal").field_by_key
    conditions = [getattr(each, condition) for each in field.values()]
    assert not any(CANARY in (text or "") for text in conditions)
    for problem in alice.problems("deal", {"floor": "1", "place": "", "frozen": "x"}, "deal/1"):
        assert CANARY not in str(problem.message)


def test_a_draft_is_told_of_what_it_would_be_refused_for(alice: Workspace) -> None:
    problems = alice.problems("deal", {"colour": "red", "tags": "y", "floor": "1"}, "deal/1")
    assert [(p.field, p.code) for p in problems] == [
        ("colour", "permission"),
        ("floor", "hidden-rule"),
    ]
    with pytest.raises(NotFound):
        alice.problems("deal", {"zqmargin": "1"}, "deal/1")
    states = alice.field_states("deal", {"name": "x"}, "deal/1")
    assert states["colour"].read_only and not states["name"].read_only
    assert not any(CANARY in key for key in states)


def test_a_reason_names_no_condition_on_what_is_hidden(admin: Workspace) -> None:
    lets = {"update": "zqmargin > 1000", "delete": "buyer.zqrisk = 'x'", "move": "amount > 9999"}
    admin.change([Change("set", "permission", "sales.deal", lets)])
    with acting_as(admin, ALICE) as alice:
        told = said(lambda: alice.set("deal/1", {"tags": "y"}))
        assert "only for records where …" in told
        assert "only for records where …" in said(lambda: alice.remove("deal/1"))
        assert "only for records where amount > 9999" in said(lambda: alice.move("deal/1", "won"))


def test_a_stage_that_is_hidden_is_not_named_where_records_begin_in_it(admin: Workspace) -> None:
    admin.change([Change("order", "stage", "deal", {"keys": ["zqstage", "lead", "won"]})])
    with acting_as(admin, ALICE) as alice:
        record = alice.add("deal", {"name": "letter"})
        assert record.ref == "deal/6" and record.stage is None and record.title == "deal/6"
        with pytest.raises(NotFound):
            alice.record("deal/6")
    stages = canaries.SALES["stages"] | {"zqstage": "see,enter"}
    admin.change([Change("set", "permission", "sales.deal", {"stages": stages})])
    with acting_as(admin, ALICE) as alice:
        assert "may not create deal: no role lets it" in said(
            lambda: alice.add("deal", {"name": "letter"})
        )


# Masks


def test_a_masked_value_is_matched_by_its_mask_alone(alice: Workspace) -> None:
    assert alice.record("customer/1").values["phone"] == "138****5678"
    for where in ("phone = '+8613812345678'", "contains(phone, '1234')", "phone like '%1234%'"):
        assert alice.count("customer", where) == 0
    assert alice.count("customer", "phone = '138****5678'") == 1
    assert alice.count("deal", "buyer.phone = '138****5678'") == 1
    with pytest.raises(Refused):
        alice.count("deal", "tel is null")


def test_a_masked_value_is_not_confirmed_by_who_has_it(alice: Workspace) -> None:
    told = said(lambda: alice.add("customer", {"name": "x", "phone": "13812345678"}))
    assert told == "customer: phone: another record has this value already  [duplicate]"


def test_a_masked_value_is_written_when_a_record_is_made_and_never_again(alice: Workspace) -> None:
    record = alice.add("customer", {"name": "x", "phone": "13700001234", "keeper": "me"})
    assert record.values["phone"] == "137****1234"
    assert "masked" in said(lambda: alice.set(record.ref, {"phone": "13700001235"}))
    assert "masked" in said(lambda: alice.set(record.ref, {"phone": "13700001234"}))


# Links


def test_a_link_tells_the_reference_of_what_may_not_be_read_and_no_more(
    admin: Workspace, alice: Workspace
) -> None:
    admin.set("deal/1", {"buyer": "customer/2"})
    told = alice.record("deal/1", ["buyer", "watchers"]).json()
    assert told["buyer"] == {"ref": "customer/2", "title": None}
    assert told["watchers"] == [
        {"ref": "customer/1", "title": "Acme"},
        {"ref": "customer/2", "title": None},
    ]


def test_a_link_to_what_may_not_be_read_may_stay_and_may_not_be_made(
    admin: Workspace, alice: Workspace
) -> None:
    admin.set("deal/1", {"buyer": "customer/2"})
    assert alice.set("deal/1", {"buyer": "customer/2", "watchers": "customer/2"})[1]
    assert admin.record("deal/1").values["watchers"] == (2,)
    for field in ("buyer", "watchers"):
        assert "there is no customer customer/2" in said(
            lambda field=field: alice.set("deal/5", {field: "customer/2"})
        )
    alice.set("deal/1", {"buyer": "customer/1"})
    said(lambda: alice.set("deal/1", {"buyer": "customer/2"}))


def test_one_record_keeping_a_link_gives_it_to_no_other_in_the_same_act(
    admin: Workspace, alice: Workspace
) -> None:
    admin.set("deal/1", {"buyer": "customer/2"})
    text = "ref,buyer\ndeal/1,customer/2\ndeal/5,customer/2\n"
    source = open_source(io.BytesIO(text.encode()), name="rows.csv")
    result = alice.import_records("deal", source, ImportOptions(match="ref", keep_going=True))
    assert [(r.line, str(r.reason)) for r in result.first_rejects] == [
        (3, "buyer: there is no customer customer/2")
    ]
    assert admin.record("deal/5").values["buyer"] is None


# Files


def paper(text: bytes) -> Upload:
    return Upload("zqplan.txt", "zqplan.txt", lambda: nullcontext(io.BytesIO(text)))


def test_a_file_is_not_had_by_knowing_its_hash(admin: Workspace, alice: Workspace) -> None:
    admin.set("deal/1", {"zqpaper": paper(b"hush")})
    admin.set("deal/5", {"paper": paper(b"open")})
    hidden = admin.record("deal/1").values["zqpaper"]
    shown = alice.record("deal/5").values["paper"]
    absent = "0" * 64 + "/zqplan.txt"
    refusals = []
    for value in (hidden, absent):
        with pytest.raises(Invalid) as caught:
            alice.set("deal/1", {"paper": value})
        refusals.append(str(caught.value))
    assert refusals[0] == refusals[1]
    alice.set("deal/1", {"paper": shown})
    with alice.attachment("deal/1", "paper").stream as stream:
        assert stream.read() == b"open"
    with pytest.raises(NotFound):
        alice.attachment("deal/1", "zqpaper")
    with pytest.raises(NotFound):
        alice.attachment("deal/2", "paper")


# Undoing


def test_only_ones_own_acts_are_undone_and_as_far_as_one_may(
    admin: Workspace, alice: Workspace
) -> None:
    admin.set("deal/1", {"amount": "600"})
    theirs = admin.last_act()
    with pytest.raises(Forbidden):
        alice.undo(theirs)
    alice.set("deal/1", {"tags": "y", "amount": "700"})
    assert alice.undo()[1] == 1
    assert admin.record("deal/1").values["amount"] == 60000
    alice.set("deal/1", {"amount": "800"})
    admin.change([Change("set", "permission", "sales.deal", {"update": "amount < 100"})])
    with pytest.raises(Forbidden):
        alice.undo()


def test_what_became_of_ones_act_is_not_told_once_the_record_is_out_of_sight(
    admin: Workspace, alice: Workspace
) -> None:
    alice.set("deal/1", {"amount": "700"})
    act = alice.last_act()
    admin.set("deal/1", {"amount": "900", "keeper": canaries.OTHERS})
    assert said(lambda: alice.undo(act)) == "there is no record deal/1  [no-such-record]"
    admin.set("deal/1", {"keeper": ALICE})
    assert "changed-meanwhile" in said(lambda: alice.undo(act))


def test_a_conversion_is_undone_by_who_may_still_configure(admin: Workspace) -> None:
    granted(admin, "maker", "customer", read="all", configure="all")
    admin.change([Change("add", "user", "carol", {"roles": "maker"})])
    with acting_as(admin, "carol") as carol:
        carol.change([Change("set", "field", "customer.zqrisk", {"kind": "longtext"})])
        admin.change([Change("set", "permission", "maker.customer", {"configure": None})])
        with pytest.raises(Forbidden):
            carol.undo()
    assert admin.type("customer").field_by_key["zqrisk"].kind == "longtext"


# Configuring a type


@pytest.mark.parametrize(
    ("verb", "ref", "values", "code"),
    [
        ("add", "customer.x", {"kind": "link", "to": "zqvault"}, "no-such-type"),
        ("add", "customer.x", {"kind": "rollup", "from": "zqvault.deals"}, "no-such-type"),
        ("add", "customer.x", {"kind": "choice", "options_of": "zqvault.name"}, "no-such-type"),
        ("add", "customer.x", {"kind": "rollup", "from": "deal.zqvaults"}, "no-such-field"),
        ("add", "customer.x", {"kind": "choice", "options_of": "deal.zqcolour"}, "no-such-field"),
        (
            "add",
            "customer.x",
            {"kind": "formula", "formula": "best_deal.zqmargin", "result": "text"},
            "no-such-field",
        ),
        ("add", "customer.x", {"kind": "lookup", "from": "best_deal.zqmargin"}, "no-such-field"),
        ("add", "deal.x", {}, "permission"),
        ("add", "zqvault.x", {}, "permission"),
    ],
)
def test_who_configures_one_type_learns_nothing_of_others(
    admin: Workspace, verb: str, ref: str, values: dict[str, str], code: str
) -> None:
    changed(admin, "field add customer.best_deal kind=link to=deal")
    admin.change([Change("set", "permission", "sales.customer", {"configure": "all"})])
    with acting_as(admin, ALICE) as alice:
        with pytest.raises(CrmError) as caught:
            alice.change([Change(verb, "field", ref, values)])
        assert caught.value.code == code
        assert CANARY not in str(caught.value.facts.get("meant"))


def test_who_configures_one_type_writes_and_compares_documents_of_that_alone(
    admin: Workspace,
) -> None:
    admin.change([Change("set", "permission", "sales.customer", {"configure": "all"})])
    with acting_as(admin, ALICE) as alice:
        assert list(alice.document()["types"]) == ["customer"]
        assert alice.document(["customer"])["types"]["customer"]["fields"]["zqrisk"]
        with pytest.raises(Forbidden):
            alice.document(["deal"])
        with pytest.raises(NotFound):
            alice.document(["zqvault"])
        planned = alice.changes_to({"types": {"customer": {"label": "Client"}}})
        assert [str(change.describe()) for change in planned] == ["set type customer: label=Client"]
        pruned = alice.changes_to({"types": {}}, prune=True)
        assert not any(CANARY in str(change.describe()) for change in pruned)
        alice.apply({"types": {"customer": {"label": "Client"}}})
        with pytest.raises(Forbidden):
            alice.apply({"types": {"deal": {"label": "Business"}}})
        with pytest.raises(Forbidden):
            alice.copy("deal", "affair")
    assert admin.type("customer").label == "Client" and admin.type("deal").label == "Deal"


# Watching


def test_changes_are_watched_without_a_name_for_what_may_not_be_known(
    admin: Workspace, alice: Workspace
) -> None:
    position = alice.journal_position()
    for ref, values in (
        ("deal/1", {"tags": "y"}),
        ("deal/2", {"tags": "y"}),
        ("zqvault/1", {"size": 4}),
    ):
        admin.set(ref, values)
    changed(admin, "field add zqvault.more kind=text")
    seen = alice.changes_since(position)
    assert [row[1:] for row in seen] == [("deal", 1), ("deal", 0), ("", 0), ("", None)]


# Importing


def test_an_import_knows_of_no_hidden_column(alice: Workspace) -> None:
    text = "name,zqmargin,amount\nnew,5,100\n"
    source = open_source(io.BytesIO(text.encode()), name="rows.csv")
    result = alice.import_records("deal", source, ImportOptions())
    assert (result.added, result.ignored_columns) == (1, ["zqmargin"])
    for options in ({"columns": {"amount": "zqmargin"}}, {"match": "zqcode"}):
        source = open_source(io.BytesIO(text.encode()), name="rows.csv")
        with pytest.raises(NotFound) as caught:
            alice.import_records("deal", source, ImportOptions(**options))
        assert caught.value.code == "no-such-field"


@pytest.mark.parametrize(
    ("text", "options", "reasons"),
    [
        ("name,amount,floor\nx,70,\nx,60000,\n", {}, ["too dear"]),
        ("name,code\nx,zqb2\n", {}, ["code: another record has this value already"]),
        ("ref,tags\ndeal/2,x\ndeal/99,x\n", {"match": "ref"}, ["deal/2", "deal/99"]),
        ("ref,name\ndeal/2,x\ndeal/50,x\n", {}, ["deal/2", "deal/50"]),
        ("name,stage\nx,zqstage\nx,zqnone\n", {}, ["zqstage", "zqnone"]),
        ("name,buyer\nx,customer/2\nx,customer/99\n", {}, ["customer/2", "customer/99"]),
        ("ref,floor\ndeal/1,1\n", {"match": "ref"}, [f"floor: {RULE}"]),
        ("ref,colour\ndeal/1,red\n", {"match": "ref"}, ["read-only"]),
    ],
)
def test_a_row_is_rejected_without_naming_what_may_not_be_known(
    alice: Workspace, text: str, options: dict[str, str], reasons: list[str]
) -> None:
    source = open_source(io.BytesIO(text.encode()), name="rows.csv")
    result = alice.import_records(
        "deal", source, ImportOptions(keep_going=True, **options), dry_run=True
    )
    told = [str(reject.reason) for reject in result.first_rejects]
    assert len(told) == len(reasons)
    for one, reason in zip(told, reasons, strict=True):
        assert reason in one
    known = {one.replace(reason, "IT") for one, reason in zip(told, reasons, strict=True)}
    assert len(reasons) == 1 or len(known) == 1


def test_links_make_records_only_where_one_may(admin: Workspace, alice: Workspace) -> None:
    text = "name,buyer\nx,New one\n"

    def bring() -> Any:
        source = open_source(io.BytesIO(text.encode()), name="rows.csv")
        options = ImportOptions(create_missing=frozenset({"customer"}))
        return alice.import_records("deal", source, options, dry_run=True)

    assert bring().created == {"customer": 1}
    admin.change([Change("set", "permission", "sales.customer", {"create": "name = 'y'"})])
    with pytest.raises(RejectedRows) as caught:
        bring()
    assert "customer New one cannot be made" in str(caught.value)
    admin.change([Change("set", "permission", "sales.customer", {"create": None})])
    with pytest.raises(Forbidden):
        bring()


def test_what_an_import_refuses_is_remembered_a_hundred_times_at_most(
    admin: Workspace, alice: Workspace
) -> None:
    admin.change([Change("set", "permission", "sales.deal", {"create": "amount > 500"})])
    text = "name,amount\n" + "".join(f"x{n},{n}\n" for n in range(1, 301))
    source = open_source(io.BytesIO(text.encode()), name="rows.csv")
    result = alice.import_records("deal", source, ImportOptions(keep_going=True))
    assert (result.added, result.rejected) == (0, 300)
    assert admin._database.scalar("SELECT count(*) FROM crm_refusal") == 100
