"""Changing the configuration: each verb on each noun, with and without data in the way."""

import pytest

from crmtui.model.nouns import NOUNS
from crmtui.store import field_nouns
from crmtui.store.changes import VERBS, Change
from crmtui.store.errors import Conflict, CrmError, Misused, NotFound, Refused
from crmtui.store.tables import wanted_indexes
from crmtui.store.workspace import Workspace
from tests.support.workspaces import DEALS, change, changed, dump, journal, rows_of


def keys(definitions):
    return [definition.key for definition in definitions]


def refusal(workspace, script, kind=CrmError):
    with pytest.raises(kind) as caught:
        changed(workspace, script)
    text = str(caught.value)
    assert "{" not in text, text
    return caught.value.code


# Adding


def test_a_type_is_a_strict_table_and_a_field_a_typed_column(workspace):
    found = rows_of(
        workspace.path,
        "SELECT name, type FROM pragma_table_xinfo('deal') WHERE name IN"
        " ('name', 'value', 'closed', 'hot', 'account', 'stage', 'status') ORDER BY 1",
    )
    assert found == [
        ("account", "INTEGER"),
        ("closed", "TEXT"),
        ("hot", "INTEGER"),
        ("name", "TEXT"),
        ("stage", "TEXT"),
        ("status", "TEXT"),
        ("value", "INTEGER"),
    ]
    strict = "SELECT strict FROM pragma_table_list WHERE name = 'deal'"
    assert rows_of(workspace.path, strict) == [(1,)]


def test_the_definitions_say_what_was_asked(workspace):
    deal = workspace.type("deal")
    assert keys(deal.fields)[:4] == ["name", "account", "value", "closed"]
    assert (deal.name(), deal.name("zh_CN")) == ("Deal", "商机")
    assert deal.title_field.key == "name" and deal.sum_field.key == "value"
    field = deal.field_by_key["value"]
    assert (field.kind, field.currency, field.scale) == ("money", "USD", 2)
    assert deal.field_by_key["account"].target == "account"
    assert keys(deal.field_by_key["source"].options) == ["web", "fair"]
    assert [(s.key, s.category, s.outcome) for s in deal.stages] == [
        ("lead", "open", None),
        ("won", "closed", "won"),
        ("lost", "closed", "lost"),
    ]


def test_a_stage_without_statuses_gets_one_by_itself(workspace):
    deal = workspace.type("deal")
    assert keys(deal.stages[0].statuses) == ["open", "waiting"]
    closed = deal.stages[1].statuses
    assert [(s.key, s.category, s.outcome) for s in closed] == [("closed", "closed", "won")]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("type add select", "bad-key"),
        ("type add 1st", "bad-key"),
        ("type add deal", "exists"),
        ("type add DEAL", "confusable"),
        ("type add dea1", "confusable"),
        ("type add dеаl", "bad-key"),  # two Cyrillic letters
        ("type add ｄeal", "confusable"),
        ("type add crm_user", "bad-key"),
        ("type add deal.x", "bad-reference"),
        ("type add 'a b'", "bad-key"),
        ("type add x colour=red", "no-such-attribute"),
        ("type add x label='a\x07b'", "bad-attribute"),
        ("field add deal", "bad-reference"),
        ("field add nothing.x", "no-such-type"),
        ("field add dael.x", "no-such-type"),
        ("field add deal.value", "exists"),
        ("field add deal.Value", "confusable"),
        ("field add deal.id", "bad-key"),
        ("field add deal.stage", "bad-key"),
        ("field add deal.removed_at", "bad-key"),
        ("field add deal.x kind=hologram", "bad-attribute"),
        ("field add deal.x kind=link", "link-without-type"),
        ("field add deal.x kind=link to=nothing", "no-such-type"),
        ("field add deal.x kind=text to=account", "bad-attribute"),
        ("field add deal.x kind=text min=1", "bad-attribute"),
        ("field add deal.x kind=integer max_length=5", "bad-attribute"),
        ("field add deal.x kind=money", "no-currency"),
        ("field add deal.x kind=money currency=ZZZ", "no-such-currency"),
        ("field add deal.x kind=decimal scale=10", "bad-setting"),
        ("field add deal.x kind=decimal scale=-1", "bad-attribute"),
        ("field add deal.x kind=decimal scale=99999999999999999999", "bad-attribute"),
        ("field add deal.x max_length=0", "bad-setting"),
        ("field add deal.x max_length=many", "bad-attribute"),
        ("field add deal.x pattern='('", "bad-pattern"),
        ("field add deal.x kind=integer default=x", "not-a-number"),
        ("field add deal.x kind=integer min=5 max=4", "bad-setting"),
        ("field add deal.x kind=boolean unique", "bad-unique"),
        ("field add deal.x kind=longtext unique", "bad-unique"),
        ("field add deal.x kind=money currency=USD title", "bad-title"),
        ("field add deal.x kind=link to=account default=account/1", "no-default"),
        ("option add deal.value.x", "not-a-choice"),
        ("option add deal.source.web", "exists"),
        ("option add deal.source.x color=mauve", "bad-attribute"),
        ("stage add deal won", "exists"),
        ("stage add deal w0n", "confusable"),
        ("stage add deal x category=closing", "bad-attribute"),
        ("stage add deal x category=open outcome=won", "open-outcome"),
        ("status add deal.nothing x", "no-such-stage"),
        ("status add deal.lead open", "exists"),
        ("status add deal.won x category=open outcome=won", "open-outcome"),
        ("status set deal.lead.open outcome=won category=open", "open-outcome"),
        ("field set deal.x label=X", "no-such-field"),
        ("field set deal.name min=1", "bad-attribute"),
        ("stage set deal.lead label='x\x1b[0m'", "bad-attribute"),
        ("type rename deal account", "exists"),
        ("type rename deal order", "bad-key"),
        ("type rename nothing x", "no-such-type"),
        ("field rename deal.value name", "exists"),
        ("stage order deal won nothing", "no-such-stage"),
        ("stage order deal won won", "twice"),
        ("type remove nothing", "no-such-type"),
        ("type purge deal", "not-retired"),
        ("field purge deal.value", "not-retired"),
        ("stage purge deal.won", "not-retired"),
        ("option purge deal.source.web", "not-retired"),
        ("status remove deal.won.closed", "last-status"),
    ],
)
def test_a_change_that_makes_no_sense_leaves_nothing_behind(workspace, line, code):
    before = dump(workspace.path)
    assert refusal(workspace, line) == code
    assert dump(workspace.path) == before
    assert workspace.type("deal").key == "deal"


def test_what_fails_at_the_end_undoes_the_beginning(workspace):
    before = dump(workspace.path)
    script = """
    type add task
    field add task.name kind=text title
    stage add task todo
    field add deal.extra kind=integer indexed
    field rename deal.value amount
    type rename account company
    field remove deal.notes
    field purge deal.notes
    field add deal.extra
    """
    assert refusal(workspace, script) == "exists"
    assert dump(workspace.path) == before
    assert keys(workspace.types()) == ["account", "deal"]
    assert changed(workspace, script.replace("field add deal.extra\n", "")) == [True] * 8


def test_a_dry_run_leaves_nothing_behind_and_says_what_would_be(workspace):
    workspace.add("deal", {"name": "a", "value": 5})
    before = dump(workspace.path)
    script = """
    type add task
    field add task.name kind=text title
    field add deal.task kind=link to=task
    type rename account company
    stage remove deal.lead move_to=won
    stage purge deal.lead
    type set deal label=Deal
    """
    lines = [change(line) for line in script.splitlines() if line.strip()]
    assert workspace.change(lines, dry_run=True) == [True] * 6 + [False]
    assert dump(workspace.path) == before
    assert keys(workspace.types()) == ["account", "deal"]
    assert workspace.record("deal/1").stage == "lead"
    assert workspace.change(lines) == [True] * 6 + [False]
    assert workspace.record("deal/1").stage == "won"


def test_the_key_of_a_type_may_be_written_in_any_case(workspace):
    changed(workspace, "field add Deal.x kind=integer")
    assert "x" in workspace.type("DEAL").field_by_key
    changed(workspace, "type set Deal label=Business")
    assert workspace.type("deal").label == "Business"
    changed(workspace, "type rename DEAL matter")
    assert workspace.type("matter").label == "Business"
    changed(workspace, "type remove Matter\ntype purge MATTER")
    assert keys(workspace.types()) == ["account"]


# Setting


def test_setting_what_is_so_already_changes_and_journals_nothing(workspace):
    before = dump(workspace.path)
    assert changed(workspace, "type set deal label=Deal\nfield set deal.name required") == [
        False,
        False,
    ]
    assert dump(workspace.path) == before


def test_the_title_moves_from_one_field_to_another(workspace):
    changed(workspace, "field add deal.number kind=integer")
    workspace.add("deal", {"name": "a", "number": 7})
    changed(workspace, "field set deal.number title")
    assert [f.key for f in workspace.type("deal").fields if f.title] == ["number"]
    assert workspace.record("deal/1").title == "7"
    changed(workspace, "field set deal.number title=false")
    assert workspace.type("deal").title_field is None
    assert workspace.record("deal/1").title == "deal/1"


def test_unique_can_be_asked_only_of_values_that_are(workspace):
    for name in ("a", "b", "b"):
        workspace.add("deal", {"name": name})
    assert refusal(workspace, "field set deal.name unique") == "duplicate"
    workspace.remove("deal/3")
    changed(workspace, "field set deal.name unique")
    with pytest.raises(Refused, match="deal/2 has b already"):
        workspace.add("deal", {"name": "b"})
    changed(workspace, "field set deal.name unique=false")
    workspace.add("deal", {"name": "b"})


def test_a_unique_field_is_still_unique_when_it_comes_back(workspace):
    changed(workspace, "field add deal.code kind=text unique")
    workspace.add("deal", {"name": "a", "code": "x"})
    workspace.remove("deal/1")
    workspace.add("deal", {"name": "b", "code": "x"})
    changed(workspace, "field remove deal.code")
    workspace.restore("deal/1")  # nothing holds the two apart now
    assert refusal(workspace, "field restore deal.code") == "duplicate"
    workspace.remove("deal/1")
    changed(workspace, "field restore deal.code")
    with pytest.raises(Refused, match="deal/2 has x already"):
        workspace.restore("deal/1")


def test_a_default_of_a_flag_may_be_said_as_json_says_it(workspace):
    workspace.change([Change("add", "field", "deal.vip", {"kind": "boolean", "default": True})])
    assert workspace.add("deal", {"name": "a"}).values["vip"] == 1


def test_the_attributes_of_a_stage_are_its_statuses_too(workspace):
    changed(workspace, "stage set deal.lost category=open outcome=")
    status = workspace.type("deal").status("lost", "closed")
    assert (status.category, status.outcome) == ("open", None)
    changed(workspace, "stage set deal.lost outcome=cancelled")
    stage = workspace.type("deal").stage_by_key["lost"]
    assert (stage.category, stage.outcome) == ("closed", "cancelled")


def test_an_index_follows_what_is_said_of_the_field(workspace):
    field_id = workspace.type("deal").field_by_key["seats"].id

    def indexes():
        sql = "SELECT name FROM sqlite_schema WHERE name LIKE ?"
        return [row[0] for row in rows_of(workspace.path, sql, f"crm_%_{field_id}")]

    assert indexes() == []
    changed(workspace, "field set deal.seats indexed unique")
    assert len(indexes()) == 2
    changed(workspace, "field remove deal.seats")
    assert indexes() == []
    changed(workspace, "field restore deal.seats\nfield set deal.seats unique=false")
    assert len(indexes()) == 1


# Renaming


def test_a_rename_keeps_records_links_and_history(workspace):
    workspace.add("account", {"name": "Acme"})
    workspace.add("deal", {"name": "a", "account": "Acme", "value": 5, "source": "web"})
    workspace.move("deal/1", "lead.waiting")
    changed(
        workspace,
        """
        type rename account company
        type rename deal matter
        field rename matter.account customer
        field rename matter.value amount
        option rename matter.source.web internet
        stage rename matter.lead prospect
        status rename matter.prospect.waiting paused
        """,
    )
    record = workspace.record("matter/1")
    assert record.values["amount"] == 500 and record.values["source"] == "internet"
    assert record.json()["customer"] == {"ref": "company/1", "title": "Acme"}
    assert (record.stage, record.status) == ("prospect", "paused")
    assert workspace.count("matter", "customer.name = 'Acme' and amount = 5") == 1
    newest, oldest = workspace.history("matter/1", machine=True)
    assert [(c.key, c.before, c.after) for c in newest.changes] == [
        ("status", "prospect.open", "prospect.paused")
    ]
    assert {c.key: c.after for c in oldest.changes}["amount"] == "5.00"
    with pytest.raises(NotFound):
        workspace.record("deal/1")
    assert rows_of(workspace.path, "PRAGMA foreign_key_check") == []
    assert rows_of(workspace.path, "PRAGMA integrity_check") == [("ok",)]


def test_a_rename_in_letter_case_only(workspace):
    workspace.add("account", {"name": "Acme"})
    changed(workspace, "type rename account Account\nfield rename Account.name Name")
    workspace.add("deal", {"name": "a", "account": "Acme"})
    assert workspace.type("account").key == "Account"
    assert workspace.record("deal/1").json()["account"] == {"ref": "Account/1", "title": "Acme"}
    changed(workspace, "stage rename deal.lead Lead\noption rename deal.source.web WEB")
    assert workspace.record("deal/1").stage == "Lead"


def test_two_stages_change_names(workspace):
    workspace.add("deal", {"name": "a"}, "won")
    changed(
        workspace,
        "stage rename deal.won x\nstage rename deal.lost won\nstage rename deal.x lost",
    )
    assert workspace.record("deal/1").stage == "lost"
    assert workspace.type("deal").stage_by_key["lost"].outcome == "won"


def test_a_renamed_option_stays_the_default(workspace):
    changed(workspace, "field set deal.source default=web\noption rename deal.source.web net")
    assert workspace.add("deal", {"name": "a"}).values["source"] == "net"


def test_a_rename_to_itself_is_nothing(workspace):
    assert changed(workspace, "type rename deal deal\nfield rename deal.name name") == [
        False,
        False,
    ]


# Order


def test_what_is_named_first_comes_first_and_the_rest_follows(workspace):
    changed(workspace, "stage order deal lost won\nfield order deal value\ntype order deal")
    deal = workspace.type("deal")
    assert keys(deal.stages) == ["lost", "won", "lead"]
    assert keys(deal.fields)[:3] == ["value", "name", "account"]
    assert keys(workspace.types()) == ["deal", "account"]
    assert changed(workspace, "stage order deal lost") == [False]
    changed(workspace, "option order deal.source fair\nstatus order deal.lead waiting")
    deal = workspace.type("deal")
    assert keys(deal.field_by_key["source"].options) == ["fair", "web"]
    assert workspace.add("deal", {"name": "a"}, "lead").status == "waiting"


# Retiring, restoring, purging


def test_a_retired_field_keeps_its_values(workspace):
    workspace.add("deal", {"name": "a", "value": 5})
    changed(workspace, "field remove deal.value")
    assert "value" not in workspace.record("deal/1").values
    with pytest.raises(NotFound, match="no field value"):
        workspace.set("deal/1", {"value": 6})
    changed(workspace, "field restore deal.value")
    assert workspace.record("deal/1").values["value"] == 500


def test_a_retired_required_field_is_not_required(workspace):
    changed(workspace, "field remove deal.name")
    workspace.add("deal", {"value": 1})


def test_a_retired_type_keeps_its_records(workspace):
    workspace.add("account", {"name": "Acme"})
    workspace.add("deal", {"name": "a", "account": "Acme"})
    changed(workspace, "type remove account")
    for act in (
        lambda: workspace.add("account", {"name": "b"}),
        lambda: workspace.record("account/1"),
        lambda: workspace.records("account"),
    ):
        with pytest.raises(NotFound, match="retired"):
            act()
    assert workspace.record("deal/1").text("account") == "Acme"
    changed(workspace, "type restore account")
    assert workspace.record("account/1").title == "Acme"


def test_retiring_twice_and_restoring_what_is_in_use_is_nothing(workspace):
    assert changed(
        workspace,
        "field remove deal.value\nfield remove deal.value\n"
        "field restore deal.value\nfield restore deal.value\ntype restore deal",
    ) == [True, False, True, False, False]


def test_adding_what_is_retired_says_how_to_restore_it(workspace):
    changed(workspace, "field remove deal.value")
    with pytest.raises(Conflict) as caught:
        changed(workspace, "field add deal.value kind=integer")
    assert caught.value.hint == "crmtui field restore deal.value"


def test_a_purge_drops_the_data_and_the_key_is_free_again(workspace):
    workspace.add("account", {"name": "Acme", "industry": "x"})
    workspace.add("deal", {"name": "a", "account": "Acme", "value": 5})
    changed(
        workspace,
        """
        field remove deal.value
        field purge deal.value
        field add deal.value kind=text
        field remove deal.account
        field purge deal.account
        """,
    )
    assert workspace.record("deal/1").values["value"] is None
    workspace.set("deal/1", {"value": "new"})
    changes = [c for entry in workspace.history("deal/1") for c in entry.changes]
    assert [(c.key, c.before, c.after) for c in changes if c.key == "value"] == [
        ("value", None, "new"),
        ("value", None, "500"),  # what the purged field had, as it was stored
    ]
    changed(workspace, "type remove account\ntype purge account\ntype add account")
    assert workspace.counts() == {"account": 0, "deal": 1}


def test_a_purged_type_and_its_successor_do_not_mix_their_histories(workspace):
    workspace.add("account", {"name": "old"})
    changed(workspace, "field remove deal.account\nfield purge deal.account")
    changed(workspace, "type remove account\ntype purge account")
    changed(workspace, "type add account\nfield add account.name kind=text title")
    workspace.add("account", {"name": "new"})
    assert [entry.op for entry in workspace.history("account/1")] == ["add"]
    entries = list(workspace.log("account"))
    assert {entry.ref for entry in entries} == {"account", "account.name", "account/1"}
    assert [e.changes[0].after for e in entries if e.op == "add"] == ["new"]
    everything = [e.changes[0].after for e in workspace.log() if e.op == "add"]
    assert everything == ["new", "old"]


def test_a_type_that_others_point_to_is_not_purged(workspace):
    changed(workspace, "type remove account")
    assert refusal(workspace, "type purge account") == "linked"
    changed(workspace, "field remove deal.account")
    assert refusal(workspace, "type purge account") == "linked"
    changed(workspace, "field purge deal.account\ntype purge account")
    assert keys(workspace.types(retired=True)) == ["deal"]


def test_a_type_that_points_to_itself_is_purged(workspace):
    changed(workspace, "field add account.parent kind=link to=account")
    workspace.add("account", {"name": "a"})
    workspace.add("account", {"name": "b", "parent": "a"})
    workspace.set("account/1", {"parent": "b"})
    changed(workspace, "field remove deal.account\nfield purge deal.account")
    changed(workspace, "type remove account\ntype purge account")
    assert keys(workspace.types()) == ["deal"]
    assert rows_of(workspace.path, "PRAGMA foreign_key_check") == []


def test_an_option_that_records_have_is_retired_but_not_purged(workspace):
    workspace.add("deal", {"name": "a", "source": "web"})
    workspace.remove("deal/1")
    changed(workspace, "option remove deal.source.web")
    assert refusal(workspace, "option purge deal.source.web") == "in-use"
    workspace.restore("deal/1")
    assert workspace.record("deal/1").text("source") == "Website"
    with pytest.raises(Refused):
        workspace.add("deal", {"name": "b", "source": "web"})
    workspace.set("deal/1", {"source": "web", "name": "c"})  # what it has already may stay
    workspace.set("deal/1", {"source": "fair"})
    changed(workspace, "option purge deal.source.web\noption add deal.source.web label=New")
    assert workspace.add("deal", {"name": "b", "source": "new"}).values["source"] == "web"


def test_a_stage_that_holds_records_is_retired_when_they_have_a_place_to_go(workspace):
    for _ in range(3):
        workspace.add("deal", {"name": "a"}, "won")
    workspace.remove("deal/3")  # removed records stand somewhere too
    assert refusal(workspace, "stage remove deal.won") == "holds-records"
    assert refusal(workspace, "stage remove deal.won move_to=won") == "same-place"
    assert refusal(workspace, "stage remove deal.won move_to=nothing") == "no-such-stage"
    changed(workspace, "stage remove deal.won move_to=lead.waiting")
    assert {(r.stage, r.status) for r in workspace.records("deal")} == {("lead", "waiting")}
    assert workspace.record("deal/3").stage == "lead"
    assert workspace.history("deal/1")[0].op == "move"
    with pytest.raises(NotFound):
        workspace.move("deal/1", "won")
    changed(workspace, "stage purge deal.won\nstage add deal won")
    workspace.move("deal/1", "won")
    moves = [e.changes[0] for e in workspace.history("deal/1", machine=True) if e.op == "move"]
    assert [(m.before, m.after) for m in moves] == [
        ("lead.waiting", "won.open"),
        ("won.closed", "lead.waiting"),
    ]


def test_a_status_that_holds_records_is_retired_when_they_have_a_place_to_go(workspace):
    workspace.add("deal", {"name": "a"}, "lead.waiting")
    assert refusal(workspace, "status remove deal.lead.waiting") == "holds-records"
    changed(workspace, "status remove deal.lead.waiting move_to=lead")
    assert workspace.record("deal/1").status == "open"
    assert refusal(workspace, "status remove deal.lead.open move_to=won") == "last-status"
    changed(workspace, "status restore deal.lead.waiting")
    workspace.move("deal/1", "lead.waiting")
    changed(workspace, "status remove deal.lead.open\nstatus purge deal.lead.open")
    assert keys(workspace.type("deal").stages[0].statuses) == ["waiting"]
    (oldest,) = workspace.history("deal/1", machine=True)[-1:]
    assert oldest.changes[0].after == "lead.waiting"


def test_a_purged_stage_is_still_named_in_history(workspace):
    workspace.add("deal", {"name": "a"}, "won")
    workspace.move("deal/1", "lost")
    changed(workspace, "stage remove deal.won\nstage purge deal.won\nstage rename deal.lost gone")
    entry = workspace.history("deal/1", machine=True)[0]
    assert [(c.before, c.after) for c in entry.changes] == [("won.closed", "gone.closed")]


def test_the_statuses_of_a_renamed_stage_are_named_so_even_when_purged(workspace):
    workspace.add("deal", {"name": "a"}, "lead.waiting")
    workspace.move("deal/1", "lead.open")
    changed(workspace, "status remove deal.lead.waiting\nstatus purge deal.lead.waiting")
    changed(workspace, "stage rename deal.lead first")
    entry = workspace.history("deal/1", machine=True)[0]
    assert entry.changes[0].before == "first.waiting"


# Stages of types that have records already


def test_records_of_a_type_that_gets_its_first_stage_stand_there(workspace):
    workspace.add("account", {"name": "a"})
    workspace.add("account", {"name": "b"})
    workspace.remove("account/2")
    changed(workspace, "stage add account new\nstage add account old")
    assert workspace.record("account/1").stage == "new"
    assert workspace.record("account/2").stage == "new"
    assert [e.op for e in workspace.history("account/1")] == ["move", "add"]


def test_a_bare_stage_holds_nobody_until_it_has_a_status(workspace):
    workspace.add("account", {"name": "a"})
    workspace.change([Change("add", "stage", "account.new", {"bare": True})])
    assert workspace.record("account/1").stage is None
    changed(workspace, "stage add account later")  # its status is the first there is
    assert workspace.record("account/1").stage == "later"
    changed(workspace, "status add account.new first")
    assert workspace.record("account/1").stage == "later"
    assert workspace.add("account", {"name": "b"}).stage == "new"


def test_the_last_stage_goes_when_it_is_empty_and_comes_back(workspace):
    changed(workspace, "stage remove deal.won\nstage remove deal.lost\nstage remove deal.lead")
    record = workspace.add("deal", {"name": "a"})
    assert record.stage is None and workspace.available_moves("deal/1") == []
    assert workspace.board("deal") == []
    changed(workspace, "stage restore deal.won")
    assert workspace.record("deal/1").ref == "deal/1"
    assert workspace.record("deal/1").stage == "won"
    assert refusal(workspace, "stage remove deal.won move_to=won") == "same-place"


def test_a_stage_whose_statuses_all_went_and_came_back(workspace):
    changed(
        workspace,
        "stage remove deal.won\nstage remove deal.lost\nstage remove deal.lead\n"
        "status remove deal.won.closed\nstage restore deal.won",
    )
    workspace.add("deal", {"name": "a"})
    assert workspace.record("deal/1").stage is None
    changed(workspace, "status restore deal.won.closed")
    assert workspace.record("deal/1").stage == "won"


# One transaction that makes a type and works with it: tables are made late


def test_a_type_is_made_filled_renamed_and_purged_in_one_transaction(empty):
    with empty.intent("configure"):
        changed(empty, "type add a\nfield add a.name kind=text title\nfield add a.n kind=integer")
        changed(empty, "type add b\nfield add b.a kind=link to=a\nfield add b.x kind=text")
        assert empty.counts() == {"a": 0, "b": 0}
        changed(empty, "field add a.later kind=text unique\nfield rename a.n number")
        empty.add("a", {"name": "one", "number": 1})
        empty.add("b", {"a": "one"})
        changed(empty, "type rename a c\nfield remove b.x\nfield purge b.x")
        changed(empty, "stage add c todo\nstage add c done category=closed")
        empty.move("c/1", "done")
        assert empty.record("b/1").json()["a"] == {"ref": "c/1", "title": "one"}
        changed(empty, "type remove b\ntype purge b\ntype add b\nfield add b.y kind=date")
        empty.add("b", {"y": "today"})
    assert empty.counts() == {"c": 1, "b": 1}
    assert empty.record("c/1").stage == "done"
    assert rows_of(empty.path, "PRAGMA foreign_key_check") == []
    tables = {row[0] for row in rows_of(empty.path, "SELECT name FROM sqlite_schema")}
    assert {"b", "c"} <= tables and "a" not in tables


@pytest.mark.parametrize(
    "script",
    [
        "type add x\ntype rename x y\nfield add y.n kind=integer",
        "type add x\nfield add x.n indexed\nfield rename x.n m\ntype rename x y",
        "type add y\ntype rename y z\ntype rename z y\ntype rename y Y\nfield add Y.m",
        "type add y\nfield add y.n unique\nfield remove y.n\nfield purge y.n\nfield add y.n",
        "type add y\ntype remove y\ntype purge y\ntype add y\nfield add y.a",
        "type add z\ntype add y\nfield add y.z kind=link to=z\ntype rename z zz",
        "type add y\nfield add y.y kind=link to=y\nstage add y s\nstage rename y.s t",
        "type add y\nfield add y.c kind=choice\noption add y.c.o\noption rename y.c.o p\n"
        "option remove y.c.p\noption purge y.c.p",
        "type add y\nstage add y s\nstage add y t\nstage remove y.s\nstage purge y.s",
        "type add y\nstage add y s\nstatus add y.s b\nstatus remove y.s.open\n"
        "status purge y.s.open\nstatus rename y.s.b open",
        "type add y\nfield add y.n kind=integer\nfield set y.n unique\nfield set y.n title",
        "type add y\nfield add y.f kind=link to=account\nfield remove y.f\nfield purge y.f",
    ],
)
@pytest.mark.parametrize("together", [True, False])
def test_the_schema_is_the_same_made_at_once_or_step_by_step(workspace, script, together):
    lines = [change(line) for line in script.splitlines()]
    if together:
        workspace.change(lines)
    else:
        for line in lines:
            workspace.change([line])
    key = keys(workspace.types())[-1]
    fields = {field.key: "today" for field in workspace.type(key).fields if field.kind == "date"}
    assert workspace.add(key, fields).id == 1
    assert workspace.count(key) == 1
    assert rows_of(workspace.path, "PRAGMA foreign_key_check") == []
    columns = {
        row[0] for row in rows_of(workspace.path, "SELECT name FROM pragma_table_info(?)", key)
    }
    assert set(keys(workspace.type(key).all_fields)) <= columns
    wanted = set(wanted_indexes(workspace.type(key)))
    sql = "SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = ?"
    assert {row[0] for row in rows_of(workspace.path, sql, key)} == wanted


def test_a_record_may_be_added_while_the_table_it_could_link_to_is_still_owed(empty):
    with empty.intent("configure"):
        changed(empty, "type add a\ntype add b\nfield add b.a kind=link to=a\nfield add b.x")
        changed(empty, "type add c\nfield add c.b kind=link to=b")
        empty.add("c", {})
        empty.add("b", {"x": "1"})
    with empty.intent("configure"):
        changed(empty, "type add d\nfield add b.d kind=link to=d")
        empty.add("b", {"x": "2"})
    assert empty.counts() == {"a": 0, "b": 2, "c": 1, "d": 0}


def test_what_an_inner_act_undid_is_owed_again(empty):
    with empty.intent("configure"):
        changed(empty, "type add a\nfield add a.n kind=integer required")
        with pytest.raises(Refused):
            empty.add("a", {"n": "x"})  # made the table, and undid it
        with pytest.raises(CrmError):
            changed(empty, "type add b\ntype add b")
        empty.change([change("type add c")], dry_run=True)
        empty.add("a", {"n": 1}, dry_run=True)
        empty.add("a", {"n": 2})
    assert empty.counts() == {"a": 1}
    assert [r.values["n"] for r in empty.records("a")] == [2]


def test_a_thousand_types_in_one_transaction(empty):
    script = "\n".join(f"type add t{n}\nfield add t{n}.name kind=text required" for n in range(300))
    assert len(changed(empty, script)) == 600
    assert len(empty.types()) == 300


def test_a_type_has_no_more_fields_than_can_be_read(empty, monkeypatch):
    monkeypatch.setattr(field_nouns, "MOST_FIELDS", 65)
    links = "\n".join(f"field add x.l{n} kind=link to=x" for n in range(60))
    changed(empty, "type add x\nfield add x.name title\n" + links)
    assert refusal(empty, "field add x.more kind=link to=x") == "too-many-fields"
    empty.add("x", {"name": "a"})
    empty.add("x", {f"l{n}": "a" for n in range(60)})
    assert len(empty.records("x", where="l0 = 'a' and l59.name = 'a'")) == 1
    fields = "\n".join(f"field add x.f{n} kind=integer" for n in range(4))
    changed(empty, fields)
    assert refusal(empty, "field add x.more kind=integer") == "too-many-fields"
    assert empty.add("x", {"name": "b", "f3": 5}).values["f3"] == 5


# The journal of configuration


def test_every_change_of_the_configuration_is_journalled_with_before_and_after(workspace):
    position = workspace.journal_position()
    changed(
        workspace,
        """
        type set deal label=Business
        field rename deal.value amount
        stage order deal won
        option remove deal.source.web
        """,
    )
    rows = rows_of(
        workspace.path,
        "SELECT json_extract(changes, '$.verb'), json_extract(changes, '$.ref'),"
        " json_extract(changes, '$.values'), json_extract(changes, '$.before')"
        " FROM crm_journal WHERE id > ? ORDER BY id",
        position,
    )
    assert rows == [
        ("set", "deal", '{"label":"Business"}', '{"label":"Deal"}'),
        ("rename", "deal.value", '{"key":"amount"}', '{"key":"value"}'),
        ("order", "deal", '{"keys":["won"]}', '{"keys":["lead","won","lost"]}'),
        ("remove", "deal.source.web", "{}", None),
    ]
    acts = rows_of(workspace.path, "SELECT count(DISTINCT act_id) FROM crm_journal WHERE id > 0")
    assert acts == [(2,)]  # the fixture's script, and this one
    assert journal(workspace)[-1] == ("configure", "deal.source.web")


def test_every_verb_is_said_in_words(workspace):
    for line, words in (
        ("type add x label=X", "add type x"),
        ("field set deal.value label=Amount", "set field deal.value: label=Amount"),
        ("stage rename deal.won victory", "rename stage deal.won to victory"),
        ("stage order deal lost won", "order the stages of deal: lost, won"),
        ("option remove deal.source.web", "retire option deal.source.web"),
        ("status restore deal.lead.waiting", "restore status deal.lead.waiting"),
        ("type purge deal", "purge type deal with its data"),
    ):
        described = change(line)
        assert str(described.describe()).startswith(words)
        assert described.verb in VERBS and described.sigil in "+-~"


def test_every_noun_has_a_list_of_its_attributes():
    for noun in NOUNS.values():
        assert {"label", "label_zh"} <= noun.attributes.keys()
        for attribute in noun.attributes.values():
            assert attribute.help


def test_references_point_to_what_they_say(workspace):
    configuration = workspace.configuration()
    assert configuration.place("status", "deal.lead.waiting").definition.key == "waiting"
    assert configuration.place("option", "deal.source.fair").definition.label == "Trade fair"
    assert keys(configuration.siblings("status", "deal.lead")) == ["open", "waiting"]
    for noun, ref, kind in (
        ("type", "nothing", NotFound),
        ("field", "deal.nothing", NotFound),
        ("field", "deal", Misused),
        ("field", "deal.", Misused),
        ("status", "deal.lead", Misused),
        ("status", "deal.nothing.open", NotFound),
        ("option", "deal.value.x", NotFound),
        ("type", "\udcff", CrmError),
        ("field", "deal.\udcff", CrmError),
    ):
        with pytest.raises(kind):
            configuration.place(noun, ref)


def test_the_same_script_makes_the_same_workspace_twice(tmp_path):
    dumps = []
    for name in ("a", "b"):
        with Workspace.open(str(tmp_path / name), create=True) as workspace:
            changed(workspace, DEALS)
            dumps.append(dump(workspace.path)[""])
    assert dumps[0] == dumps[1]
