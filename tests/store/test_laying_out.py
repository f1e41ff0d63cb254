"""How a type is laid out: what people see, what is kept of it, and what is refused."""

import json
import sqlite3

import pytest

from crmtui.model import layout_changes
from crmtui.model.layouts import Item, Section, unparsed
from crmtui.store import layout_words, layouts
from crmtui.store.changes import Change
from crmtui.store.errors import Conflict, CrmError, Misused, NotFound, Refused
from tests.support.workspaces import changed, rows_of

FIELDS = "name account value closed rate seats hot met notes source".split()
FORM = [
    {"key": "main", "label_zh": "基本信息", "fields": ["name", "account", "value"]},
    {"key": "more", "columns": 1, "fields": ["notes", {"field": "source", "hidden": True}]},
]


@pytest.fixture
def laid(workspace):
    """Deals with a form of two sections that mention half of their fields."""
    lay(workspace, form=FORM)
    return workspace


def lay(workspace, ref="deal", **kinds):
    return workspace.change([Change("set", "stage" if "." in ref else "type", ref, kinds)])


def seen(workspace, kind="form", stage=None):
    """The sections that people see, each with its fields."""
    layout = layouts.resolved(workspace.type("deal"), kind, stage)
    return [(section.key, [item.field for item in section.items]) for section in layout.sections]


def kept(workspace, column="form_layout"):
    return rows_of(workspace.path, f"SELECT {column} FROM crm_type WHERE key = 'deal'")[0][0]


class TestWithoutALayout:
    def test_all_fields_are_in_one_section_without_a_heading(self, workspace):
        for kind in layouts.SECTIONED:
            layout = layouts.resolved(workspace.type("deal"), kind)
            assert [(s.key, s.label_zh) for s in layout.sections] == [("main", "基本信息")]
            assert [item.field for item in layout.items] == FIELDS
            assert not layout.headed

    def test_long_texts_have_a_line_to_themselves(self, workspace):
        deal = workspace.type("deal")
        wide = [key for key in FIELDS if layouts.is_wide(deal, Item(field=key))]
        assert wide == ["notes"]
        assert not layouts.is_wide(deal, Item(field="notes", wide=False))
        assert layouts.is_wide(deal, Item(field="name", wide=True))

    def test_a_list_begins_with_title_and_stage(self, workspace):
        deal, account = workspace.type("deal"), workspace.type("account")
        assert layouts.columns_of(deal, "list") == (
            *("name", "stage", "status"),
            *("account", "value", "closed", "rate", "seats", "hot", "met", "source"),
        )
        assert layouts.columns_of(account, "list") == ("name", "revenue", "industry")
        changed(workspace, "field remove account.name\nstatus remove deal.lead.waiting")
        assert layouts.columns_of(workspace.type("account"), "list")[0] == "ref"
        assert layouts.columns_of(workspace.type("deal"), "list")[:3] == (
            *("name", "stage", "account"),
        )

    def test_a_card_tells_title_sum_link_and_date(self, workspace):
        assert layouts.columns_of(workspace.type("deal"), "card") == (
            *("name", "value", "account", "closed"),
        )
        assert layouts.columns_of(workspace.type("account"), "card") == ("name", "revenue")


class TestFieldsThatALayoutDoesNotMention:
    def test_stand_behind_the_field_they_follow(self, laid):
        assert seen(laid) == [
            ("main", ["name", "account", "value", "closed", "rate", "seats", "hot", "met"]),
            ("more", ["notes", "source"]),
        ]

    def test_a_new_field_is_last_of_its_order_and_stands_behind_the_last(self, laid):
        changed(laid, "field add deal.extra\nfield add deal.more")
        assert seen(laid)[1] == ("more", ["notes", "source", "extra", "more"])

    def test_a_field_that_is_put_first_stands_first(self, laid):
        changed(laid, "field add deal.extra\nfield order deal extra name")
        assert seen(laid)[0][1][:2] == ["extra", "name"]

    def test_a_section_may_be_empty(self, workspace):
        lay(workspace, form=[{"key": "a"}, {"key": "b", "fields": ["name"]}])
        assert seen(workspace) == [("a", []), ("b", FIELDS)]


class TestRetiredFields:
    def test_are_nowhere_and_come_back_to_their_place(self, laid):
        before = seen(laid)
        lay(laid, list=["value", "name"], card=["value"])
        changed(laid, "field remove deal.value")
        assert "value" not in seen(laid)[0][1]
        assert layouts.columns_of(laid.type("deal"), "list") == ("name",)
        assert layouts.columns_of(laid.type("deal"), "card")[0] == "name"
        changed(laid, "field restore deal.value")
        assert seen(laid) == before
        assert layouts.columns_of(laid.type("deal"), "card") == ("value",)

    def test_keep_their_place_while_others_are_moved(self, laid):
        changed(laid, "field remove deal.value")
        deal = laid.type("deal")
        moved = layout_words.fields_placed(
            deal, layouts.whole(deal, "form"), ["notes"], after="name"
        )
        laid.change([layouts.change(deal, "form", moved)])
        changed(laid, "field restore deal.value")
        assert seen(laid)[0][1][:4] == ["name", "notes", "account", "value"]

    def test_may_be_named_by_a_layout_and_purged_ones_not(self, laid):
        changed(laid, "field remove deal.value")
        assert lay(laid, form=FORM) == [False]
        lay(laid, list=["value", "name"], card=["value"])
        changed(laid, "field purge deal.value")
        assert seen(laid)[0][1][:2] == ["name", "account"]
        assert "value" not in kept(laid)
        assert (kept(laid, "list_columns"), kept(laid, "card_fields")) == ("name", None)
        with pytest.raises(NotFound):
            lay(laid, form=[{"key": "a", "fields": ["value"]}])


def test_a_renamed_field_keeps_its_place_and_what_is_said_of_it(laid):
    lay(laid, list=["source", "name"])
    lay(laid, "deal.won", detail=FORM)
    changed(laid, "field rename deal.source origin")
    assert layouts.resolved(laid.type("deal"), "form").item("origin").hidden
    assert layouts.resolved(laid.type("deal"), "detail", "won").item("origin").hidden
    assert layouts.columns_of(laid.type("deal"), "list") == ("origin", "name")
    assert "source" not in kept(laid)


class TestStages:
    def test_have_variants_of_their_own(self, laid):
        lay(laid, "deal.won", form=[{"key": "won", "label": "Won", "fields": ["closed"]}])
        assert seen(laid, stage="won")[0][0] == "won"
        assert seen(laid, stage="lead") == seen(laid) == seen(laid, stage="nothing")
        assert sorted(seen(laid, stage="won")[0][1]) == sorted(FIELDS)

    def test_a_detail_page_without_one_of_its_own_is_laid_out_as_the_form(self, laid):
        assert seen(laid, "detail") == seen(laid)
        lay(laid, detail=[{"key": "all"}])
        assert [key for key, _ in seen(laid, "detail")] == ["all"]
        assert [key for key, _ in seen(laid, "detail", "won")] == ["all"]
        lay(laid, "deal.won", detail=[{"key": "at_won"}])
        assert [key for key, _ in seen(laid, "detail", "won")] == ["at_won"]

    def test_are_named_by_key_or_label(self, workspace):
        deal = workspace.type("deal")
        for word in ("lead", "LEAD", "线索"):
            assert layout_words.stage_named(deal, word) == "lead"
        with pytest.raises(NotFound):
            layout_words.stage_named(deal, "wonn")
        with pytest.raises(Misused):
            layout_words.stage_named(deal, "lead.waiting")

    def test_are_made_with_a_layout(self, workspace):
        workspace.change([Change("add", "stage", "deal.late", {"form": FORM})])
        assert [key for key, _ in seen(workspace, stage="late")] == ["main", "more"]
        with pytest.raises(NotFound):
            bad = [{"key": "a", "fields": ["nam"]}]
            workspace.change([Change("add", "stage", "deal.later", {"form": bad})])


class TestWhatIsKept:
    def test_is_compact_json_in_one_form(self, laid):
        assert kept(laid) == (
            '[{"key":"main","label_zh":"基本信息","fields":["name","account","value"]},'
            '{"key":"more","columns":1,"fields":["notes",{"field":"source","hidden":true}]}]'
        )
        assert lay(laid, form=kept(laid)) == [False]
        assert lay(laid, form=unparsed(layouts._read(kept(laid), "", ""), full=True)) == [False]

    def test_nothing_is_kept_after_a_reset(self, laid):
        lay(laid, list="name,value")
        assert lay(laid, form=None, list=None, detail=None) == [True]
        assert (kept(laid), kept(laid, "list_columns")) == (None, None)
        assert lay(laid, form=[]) == [False]

    def test_keys_may_be_text_or_a_list(self, workspace):
        lay(workspace, list=["name", "created_at"], card=" value , name ")
        assert kept(workspace, "list_columns") == "name,created_at"
        assert kept(workspace, "card_fields") == "value,name"

    @pytest.mark.parametrize(
        ("values", "kind", "told"),
        [
            (
                {"form": [{"key": "a", "fields": ["vlaue"]}]},
                NotFound,
                "deal has no field vlaue; did you mean value?",
            ),
            ({"detail": [{"key": "a", "columns": 3}]}, Refused, "deal detail: section a: columns"),
            ({"form": [{"key": "a"}, {"key": "a"}]}, Refused, "deal form: the section a stands"),
            ({"form": "no json"}, Refused, "deal form: a layout is a list of sections"),
            ({"form": 5}, Refused, "deal form: a layout is a list of sections"),
            (
                {"form": [{"key": "a", "fields": ["name"]}, {"key": "b", "fields": ["name"]}]},
                Refused,
                "deal form: name stands twice: in a and in b",
            ),
            ({"list": ["name", "type_id"]}, NotFound, "deal has no field type_id"),
            ({"card": "name,value,name"}, Misused, "the card of a type names name twice"),
            ({"list": ["name,value", "value"]}, Misused, "names value twice"),
            ({"list": 5}, Misused, "5 cannot be the list of a type"),
        ],
    )
    def test_what_makes_no_sense_is_refused_and_leaves_nothing(self, workspace, values, kind, told):
        before = rows_of(workspace.path, "SELECT * FROM crm_type")
        with pytest.raises(kind) as caught:
            lay(workspace, **values)
        assert told in str(caught.value)
        assert rows_of(workspace.path, "SELECT * FROM crm_type") == before

    def test_a_type_that_is_made_has_no_fields_to_name(self, workspace):
        with pytest.raises(NotFound):
            workspace.change([Change("add", "type", "x", {"list": ["name"]})])
        workspace.change([Change("add", "type", "x", {"list": ["ref", "created_at"]})])
        assert layouts.columns_of(workspace.type("x"), "list") == ("ref", "created_at")

    def test_stage_and_status_are_passed_over_where_there_are_no_stages(self, workspace):
        lay(workspace, "account", list=["stage", "name", "status"])
        assert layouts.columns_of(workspace.type("account"), "list") == ("name",)

    def test_a_layout_that_was_spoilt_from_outside_is_told_not_shown(self, laid):
        with sqlite3.connect(laid.path) as connection:
            connection.execute("UPDATE crm_type SET form_layout = '[{}]' WHERE key = 'deal'")
        connection.close()
        with pytest.raises(Refused, match="deal form: section 1: its key is missing"):
            seen(laid)
        assert lay(laid, form=None) == [True]
        assert seen(laid) == [("main", FIELDS)]


def test_sections_that_come_and_go_are_noted(laid):
    lay(laid, form=[{"key": "main", "label_zh": "基本信息"}, {"key": "x", "label": "Terms"}])
    assert [str(note) for note in laid.notes] == ["+ section Terms", "- section more"]
    lay(laid, "deal.won", form=[{"key": "main"}])
    assert [str(note) for note in laid.notes] == ["- section Terms"]
    lay(laid, "deal.won", form=None)
    assert [str(note) for note in laid.notes] == ["+ section Terms"]
    lay(laid, form=None)
    assert [str(note) for note in laid.notes] == ["- section Terms"]


class TestWords:
    def test_come_from_the_layout_else_from_the_field_in_each_language(self, workspace):
        changed(workspace, "field set deal.name label=Name label_zh=名称 help=h help_zh=帮")
        deal = workspace.type("deal")
        item = Item(field="name")
        assert [layouts.label_of(deal, item, code) for code in ("en", "zh")] == ["Name", "名称"]
        assert [layouts.help_of(deal, item, code) for code in ("en", "zh")] == ["h", "帮"]
        item = Item(field="name", label="Title", help_zh="另一个")
        assert [layouts.label_of(deal, item, code) for code in ("en", "zh")] == ["Title", "名称"]
        assert [layouts.help_of(deal, item, code) for code in ("en", "zh")] == ["h", "另一个"]

    def test_of_system_columns_are_translated_by_who_shows_them(self, workspace):
        deal = workspace.type("deal")
        item = Item(field="created_at")
        assert layouts.label_of(deal, item, "zh", {"Created": "创建时间"}.__getitem__) == "创建时间"
        assert layouts.label_of(deal, item.but(label="Since"), "zh") == "Since"
        changed(workspace, "field add deal.twice kind=formula formula='seats * 2' result=integer")
        assert layouts.is_read_only(workspace.type("deal"), "twice")
        assert layouts.is_read_only(deal, "created_at") and not layouts.is_read_only(deal, "name")

    def test_find_sections_in_either_language_and_any_case(self, laid):
        lay(
            laid,
            form=[
                {"key": "a", "label": "Terms", "label_zh": "商务"},
                {"key": "b", "label": "a"},
                {"key": "c", "label": "Same"},
                {"key": "d", "label": "same"},
            ],
        )
        layout = layouts.resolved(laid.type("deal"), "form")
        for word in ("A", "terms", " 商务 "):
            assert layout_words.section_named(layout, word).key == "a"
        assert layout_words.section_named(layout, "nowhere") is None
        with pytest.raises(Misused, match="c, d"):
            layout_words.section_named(layout, "SAME")
        with pytest.raises(NotFound, match="did you mean Terms"):
            layout_words.needed_section(laid.type("deal"), layout, "termz")
        with pytest.raises(Conflict):
            layout_words.section_added(laid.type("deal"), layout, "商务")


class TestChanges:
    def test_of_nothing_keep_nothing(self, workspace):
        deal = workspace.type("deal")
        same = layouts.change(deal, "form", layouts.whole(deal, "form"))
        listed = layouts.change(deal, "list", layouts.columns_of(deal, "list"))
        assert workspace.change([same, listed]) == [False, False]
        at_won = layouts.change(deal, "form", layouts.whole(deal, "form", "won"), "won")
        assert (at_won.noun, at_won.ref) == ("stage", "deal.won")
        assert workspace.change([at_won]) == [False]

    def test_are_told_in_few_words(self, laid):
        deal = laid.type("deal")
        layout = layouts.whole(deal, "form")
        assert str(layouts.change(deal, "form", layout).describe()) == "set type deal: form"
        moved = layout_changes.moved(layout, "name")
        assert str(layouts.change(deal, "form", moved).describe()) == (
            "set type deal: form (main more)"
        )
        told = layouts.change(deal, "list", ["name", "value"]).describe()
        assert str(told) == "set type deal: list=name,value"
        assert str(layouts.reset(deal, layouts.LAYOUTS).describe()) == "set type deal: form="
        many = layout
        for number in range(30):
            many, _section = layout_words.section_added(deal, many, f"section number {number}")
        assert str(layouts.change(deal, "form", many).describe()) == "set type deal: form"

    def test_what_goes_without_saying_is_not_said(self, workspace):
        deal = workspace.type("deal")
        layout = layouts.whole(deal, "form")
        said = layout_words.item_said(deal, layout, "notes", wide=True, label="", help="Ask")
        assert said.item("notes") == Item(field="notes", help="Ask")
        assert layout_words.item_said(deal, layout, "notes", wide=False).item("notes").wide is False

    def test_put_a_field_into_a_new_section_beside_a_field_of_another(self, laid):
        deal = laid.type("deal")
        layout = layouts.whole(deal, "form")
        for where, at in (({"after": "name"}, 1), ({"before": "notes"}, 1), ({}, 2)):
            moved = layout_words.fields_placed(deal, layout, ["rate"], section="商务", **where)
            assert moved.sections[at] == Section(key="商务", items=(Item(field="rate"),))

    @pytest.mark.parametrize(
        ("fields", "where", "kind"),
        [
            (["nothing"], {"first": True}, NotFound),
            (["name"], {"after": "nothing"}, NotFound),
            (["name"], {"after": "name"}, Misused),
            (["name"], {"after": "created_at"}, Refused),
            (["name"], {"section": "main", "after": "notes"}, Refused),
            (["name", "notes"], {"after": "notes"}, Misused),
        ],
    )
    def test_to_a_place_that_there_is_not_are_refused(self, laid, fields, where, kind):
        deal = laid.type("deal")
        with pytest.raises(kind) as caught:
            layout_words.fields_placed(deal, layouts.whole(deal, "form"), fields, **where)
        assert isinstance(caught.value, CrmError)

    def test_several_fields_are_put_one_behind_the_other(self, laid):
        deal = laid.type("deal")
        layout = layouts.whole(deal, "form")
        for where, expected in (
            ({"section": "more", "first": True}, ["met", "name", "notes", "source"]),
            ({"section": "more"}, ["notes", "source", "met", "name"]),
            ({"before": "source"}, ["notes", "met", "name", "source"]),
            ({"after": "notes"}, ["notes", "met", "name", "source"]),
        ):
            moved = layout_words.fields_placed(deal, layout, ["met", "name"], **where)
            assert [item.field for item in moved.section("more").items] == expected
        keys = layout_words.keys_placed(deal, ("name", "value"), ["met", "ref"], before="value")
        assert keys == ("name", "met", "ref", "value")

    def test_stand_in_the_journal_and_can_be_given_again(self, laid):
        entry = next(iter(laid.log("deal", limit=1)))
        assert str(entry.what) == "set type deal: form (main more)"
        changes = json.loads(
            rows_of(laid.path, "SELECT changes FROM crm_journal ORDER BY id DESC LIMIT 1")[0][0]
        )
        lay(laid, form=None)
        assert lay(laid, form=changes["values"]["form"]) == [True]
        assert seen(laid)[1][0] == "more"
