"""What an actor reads: columns, order, pages, boards and how values are written."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmtui.store.errors import Misused, NotFound
from crmtui.store.query import split_ref
from crmtui.store.workspace import Workspace
from tests.support.workspaces import DEALS, changed

SORTABLE = [
    "id", "ref", "stage", "status", "status_since", "revision", "created_at", "created_by",
    "updated_at", "updated_by", "removed_at", "name", "account", "value", "closed", "rate", "seats",
    "hot", "met", "notes", "source",
]  # fmt: skip


def ids(records):
    return [record.id for record in records]


@pytest.fixture
def filled(workspace):
    workspace.add("account", {"name": "Beta", "revenue": "7"})
    workspace.add("account", {"name": "alpha"})
    workspace.add("deal", {"name": "b", "account": "Beta", "value": "20.5", "closed": "2026-03-01"})
    workspace.add("deal", {"name": "A", "account": "alpha", "value": "3", "hot": True}, "won")
    workspace.add("deal", {"name": "c", "value": "-1", "seats": 5}, "lead.waiting")
    workspace.add("deal", {"name": "B", "source": "fair"}, "lost")
    return workspace


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ([], [1, 2, 3, 4]),
        (["-id"], [4, 3, 2, 1]),
        (["-ref"], [4, 3, 2, 1]),
        (["name"], [2, 1, 4, 3]),  # letter case does not matter, the id decides
        (["-name"], [3, 4, 1, 2]),
        (["value"], [4, 3, 2, 1]),  # numbers as numbers, nothing first
        (["-value"], [1, 2, 3, 4]),
        (["account"], [3, 4, 2, 1]),  # by title
        (["-account"], [1, 2, 4, 3]),
        (["stage"], [1, 3, 2, 4]),  # in the order of the process
        (["-stage"], [4, 2, 3, 1]),
        (["closed", "-value"], [2, 3, 4, 1]),
        (["hot", "name"], [1, 4, 3, 2]),
        (["+value"], [4, 3, 2, 1]),
    ],
)
def test_records_are_sorted(filled, sort, order):
    assert ids(filled.records("deal", sort=sort)) == order


def test_what_cannot_be_sorted_by_is_not_found(filled):
    for key in ("nothing", "type_id", "rowid", "name; drop", "-"):
        with pytest.raises(NotFound):
            filled.records("deal", sort=[key])
    with pytest.raises(NotFound, match="did you mean value"):
        filled.records("deal", sort=["vaule"])


@pytest.mark.parametrize("key", SORTABLE)
@pytest.mark.parametrize("sign", ["", "-"])
def test_pages_by_keyset_and_by_offset_are_the_list(filled, key, sign):
    for number in range(6):
        filled.add("deal", {"name": "b", "value": number // 2, "closed": "2026-03-01"})
    sort = [sign + key]
    whole = ids(filled.records("deal", sort=sort))
    assert sorted(whole) == list(range(1, 11))
    for size in (1, 3):
        walked: list[int] = []
        while True:
            after = f"deal/{walked[-1]}" if walked else None
            page = ids(filled.records("deal", sort=sort, limit=size, after=after))
            if not page:
                break
            walked += page
        assert walked == whole
        pages = [ids(filled.records("deal", sort=sort, limit=size, offset=n)) for n in range(11)]
        assert pages == [whole[n : n + size] for n in range(11)]


VALUES = st.fixed_dictionaries(
    {"name": st.sampled_from(["a", "A", "b", "É", "é", "客"])},
    optional={
        "value": st.integers(-2, 2),
        "closed": st.sampled_from(["2026-01-01", "2026-01-02"]),
        "hot": st.booleans(),
        "met": st.sampled_from(["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.5Z"]),
        "account": st.sampled_from(["Beta", "alpha"]),
        "source": st.sampled_from(["web", "fair"]),
    },
)


@given(
    rows=st.lists(VALUES, max_size=12),
    sort=st.lists(st.sampled_from([s + k for k in SORTABLE for s in "-+"]), max_size=3),
    size=st.integers(1, 5),
)
@settings(max_examples=40)
def test_walking_by_keyset_meets_every_record_once(tmp_path_factory, rows, sort, size):
    path = tmp_path_factory.mktemp("walk") / "crm.db"
    with (
        pytest.raises(ZeroDivisionError),
        Workspace.open(str(path), create=True) as workspace,
        workspace.intent("configure"),  # undone at the end: nothing waits for the disk
    ):
        changed(workspace, DEALS)
        workspace.add("account", {"name": "Beta"})
        workspace.add("account", {"name": "alpha"})
        for row in rows:
            workspace.add("deal", row)
        whole = ids(workspace.records("deal", sort=sort))
        walked: list[int] = []
        while page := ids(
            workspace.records(
                "deal",
                sort=sort,
                limit=size,
                after=f"deal/{walked[-1]}" if walked else None,
                where="name is not null",
            )
        ):
            walked += page
        assert walked == whole and sorted(whole) == list(range(1, len(rows) + 1))
        raise ZeroDivisionError


def test_a_page_may_begin_behind_a_record_that_was_removed_meanwhile(filled):
    filled.remove("deal/2")
    assert ids(filled.records("deal", sort=["-value"], after="deal/2")) == [3, 4]
    assert ids(filled.records("deal", after="2")) == [3, 4]


@pytest.mark.parametrize(
    ("after", "kind"), [("deal/99", NotFound), ("account/1", NotFound), ("x", Misused)]
)
def test_a_page_begins_behind_a_record_of_the_type(filled, after, kind):
    with pytest.raises(kind):
        filled.records("deal", after=after)


def test_the_columns_that_were_asked_for_in_their_order(filled):
    selection = filled.select("deal", fields=["value", "ref", "account", "created_by"], limit=1)
    record = next(selection.records())
    assert record.json() == {
        "value": Decimal("20.5"),
        "ref": "deal/1",
        "account": {"ref": "account/1", "title": "Beta"},
        "created_by": filled.actor.key,
    }
    assert [column.plain(record.row) for column in record.columns] == [
        "20.50",
        "deal/1",
        "Beta",
        filled.actor.key,
    ]
    with pytest.raises(NotFound, match="did you mean value"):
        filled.select("deal", fields=["valeu"])
    with pytest.raises(NotFound):
        filled.select("deal", fields=["type_id"])


def test_a_type_without_stages_shows_none(filled):
    assert list(filled.record("account/1").json()) == ["id", "ref", "name", "revenue", "industry"]


def test_texts_for_people_are_in_their_language(filled):
    record = filled.record("deal/2")
    assert (record.text("stage"), record.text("stage", "zh_CN")) == ("won", "won")
    assert record.text("hot", "zh_CN") == "是"
    assert record.text("status", "zh_CN") == "已关闭"
    assert filled.record("deal/1").text("stage", "zh_CN") == "线索"
    assert filled.record("deal/1").text("value") == "20.50"
    assert filled.record("deal/3").text("status") == "Waiting"


def test_a_link_without_a_title_is_its_reference(filled):
    changed(filled, "field set account.name title=false")
    record = filled.record("deal/1")
    assert record.text("account") == "account/1"
    assert record.json()["account"] == {"ref": "account/1", "title": None}
    assert ids(filled.records("deal", where="account = 'account/1'")) == [1]


def test_every_entry_is_read_back_as_the_same_value(filled, in_zone):
    """What a form shows for editing, saved untouched, changes nothing."""
    in_zone("America/New_York")
    for moment in ("2026-11-01 01:30-05:00", "2026-11-01 01:30-04:00", "2026-07-01T00:00:05.25Z"):
        filled.set("deal/1", {"met": moment, "rate": "0.125", "seats": "7", "source": "web"})
        record = filled.record("deal/1")
        entries = {key: record.entry(key) for key in record.values}
        assert filled.set("deal/1", entries)[1] is False


def test_an_export_writes_a_link_so_that_it_is_found_again(filled):
    filled.add("account", {"name": "deal"})
    changed(filled, "field set account.name unique=false")
    filled.add("account", {"name": "BETA"})
    filled.add("account", {"name": "account/2"})
    filled.set("deal/3", {"account": "account/5"})
    filled.set("deal/4", {"account": "account/3"})
    written = [
        selection.plain(row)
        for exported in [filled.export("deal", fields=["account"])]
        for row in exported.rows
        for selection in exported.plan.shown
    ]
    assert written == ["account/1", "alpha", "account/5", "deal"]
    for ref, text in zip(("deal/1", "deal/2", "deal/3", "deal/4"), written, strict=True):
        assert filled.set(ref, {"account": text})[1] is False


# Counts, boards, cards


def test_counts(filled):
    assert filled.counts() == {"account": 2, "deal": 4}
    assert filled.count("deal", "value > 0") == 2
    assert filled.count("deal", "account.revenue > 1") == 1


def test_a_board_counts_and_adds_up_each_stage(filled):
    found = {c.stage.key: (c.count, c.total) for c in filled.board("deal")}
    assert found == {"lead": (2, "19.50"), "won": (1, "3.00"), "lost": (1, None)}
    found = {c.stage.key: (c.count, c.total) for c in filled.board("deal", "name = 'b'")}
    assert found == {"lead": (1, "20.50"), "won": (0, None), "lost": (0, None)}


def test_the_sums_of_a_board_are_exact_beyond_64_bits(workspace):
    most = "92233720368547758.07"
    for name in ("a", "b", "c"):
        workspace.add("deal", {"name": name, "value": most})
    workspace.add("deal", {"name": "d", "value": "-0.01"})
    workspace.add("deal", {"name": "e", "value": "-" + most}, "won")
    workspace.add("deal", {"name": "f", "value": "-" + most}, "won")
    totals = [column.total for column in workspace.board("deal")]
    assert totals == ["276,701,161,105,643,274.20", "-184,467,440,737,095,516.14", None]


@given(st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=20))
@settings(max_examples=20)
def test_the_sum_of_a_stage_is_the_sum_of_its_cards(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("sum") / "crm.db"
    with (
        pytest.raises(ZeroDivisionError),
        Workspace.open(str(path), create=True) as workspace,
        workspace.intent("configure"),
    ):
        changed(workspace, DEALS)
        for value in values:
            workspace.add("deal", {"name": "x", "value": f"{value}.10"})
        (lead, *_) = workspace.board("deal")
        exact = sum(Decimal(f"{value}.10") for value in values)
        assert Decimal((lead.total or "").replace(",", "")) == exact
        assert lead.count == len(workspace.cards("deal", "lead", limit=None)) == len(values)
        raise ZeroDivisionError


def test_cards_come_with_the_latest_move_first(filled):
    filled.move("deal/1", "won")
    assert ids(filled.cards("deal", "won")) == [1, 2]
    assert ids(filled.cards("deal", "won", offset=1, limit=1)) == [2]
    assert ids(filled.cards("deal", "won", where="value > 5")) == [1]
    assert filled.cards("deal", "nothing") == []


def test_candidates_hold_the_text_in_their_title(filled):
    filled.add("account", {"name": "100% _pure\\"})
    assert [r.title for r in filled.candidates("account", "a")] == ["alpha", "Beta"]
    assert [r.title for r in filled.candidates("account", "%")] == ["100% _pure\\"]
    assert [r.title for r in filled.candidates("account", "_p")] == ["100% _pure\\"]
    assert [r.title for r in filled.candidates("account", "\\")] == ["100% _pure\\"]
    assert len(filled.candidates("account", "")) == 3
    assert len(filled.candidates("account", "", limit=2)) == 2
    assert filled.candidates("account", "x" * 100_000) == []
    assert filled.candidates("account", "'; drop table account; --") == []


@pytest.mark.parametrize(
    ("text", "parts"), [("deal/1", ("deal", 1)), (" 商机/42 ", ("商机", 42)), ("x/007", ("x", 7))]
)
def test_a_reference_is_a_type_and_a_number(text, parts):
    assert split_ref(text) == parts
