"""Layouts as values: reading them, writing them, and changing them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmtui.model import layout_changes as changes
from crmtui.model import layouts
from crmtui.model.layouts import BadLayout, Item, Layout, Section, parsed, text, unparsed

CONTENT = [
    {"key": "main", "label": "Basics", "label_zh": "基本信息", "fields": ["name", "value"]},
    {
        "key": "terms",
        "label_zh": "商务",
        "columns": 1,
        "fields": [{"field": "discount", "label": "Rabatt", "hidden": True}, "notes"],
    },
]


@pytest.fixture
def layout() -> Layout:
    return parsed(CONTENT)


def placed(layout: Layout) -> list[tuple[str, list[str]]]:
    """The keys of the sections, each with those of its fields."""
    return [(s.key, [item.field for item in s.items]) for s in layout.sections]


class TestContent:
    def test_is_read_and_written_alike(self, layout):
        assert unparsed(layout) == CONTENT
        assert parsed(text(layout)) == layout
        assert text(layout).startswith('[{"key":"main","label":"Basics","label_zh":"基本信息",')

    def test_in_full_says_everything_and_reads_the_same(self, layout):
        full = unparsed(layout, full=True)
        assert full[0]["columns"] == 2
        assert full[0]["fields"][0] == {
            "field": "name",
            "label": None,
            "label_zh": None,
            "help": None,
            "help_zh": None,
            "hidden": False,
            "wide": None,
        }
        assert parsed(full) == layout

    def test_is_kept_in_one_form_whatever_order_and_defaults_it_was_written_with(self, layout):
        written = [
            {
                "fields": [{"hidden": False, "label": "", "field": " name "}, {"field": "value"}],
                "label_zh": "基本信息",
                "columns": "2",
                "label": " Basics ",
                "key": "main",
            },
            CONTENT[1],
        ]
        assert parsed(written) == layout
        assert text(parsed(written)) == text(layout)

    def test_wide_may_be_said_either_way_or_not_at_all(self):
        written = [
            {
                "key": "a",
                "fields": [{"field": "x", "wide": True}, {"field": "y", "wide": False}, "z"],
            }
        ]
        assert [item.wide for item in parsed(written).items] == [True, False, None]
        assert unparsed(parsed(written)) == written

    def test_a_section_without_a_key_gets_one_from_its_label(self):
        written = [{"label": "Key facts"}, {"label": "key-facts!"}, {"label_zh": "商务"}]
        sections = parsed(written).sections
        assert [section.key for section in sections] == ["key_facts", "key_facts_1", "商务"]
        assert [section.label for section in sections] == ["Key facts", "key-facts!", None]

    def test_of_no_sections_is_nothing_to_keep(self):
        assert parsed([]) == Layout() and text(Layout()) is None

    @pytest.mark.parametrize(
        ("content", "told"),
        [
            ({"key": "main"}, "a layout is a list of sections"),
            (5, "a layout is a list of sections"),
            ("form", "a layout is a list of sections"),
            ("[" * 100_000, "a layout is a list of sections"),
            (["name"], "section 1: expected a mapping with key and fields"),
            ([{"key": "a"}, None], "section 2: expected a mapping with key and fields"),
            ([{"fields": ["name"]}], "section 1: its key is missing"),
            ([{"key": "a", "field": []}], "section a: there is no field; did you mean fields?"),
            ([{"key": "a", "zz": 1}], "section a: a section has no zz; it has key, label,"),
            ([{"key": "a b"}], "section a b: a key is one word"),
            ([{"key": ["a"]}], "section 1: key is text, not ['a']"),
            ([{"key": "a"}, {"key": "A"}], "the section A stands there twice"),
            ([{"key": "a", "columns": 3}], "section a: columns is 1 or 2, not 3"),
            ([{"key": "a", "columns": True}], "section a: columns is 1 or 2, not True"),
            ([{"key": "a", "columns": 0}], "section a: columns is 1 or 2, not 0"),
            ([{"key": "a", "label": True}], "section a: label is text, not True"),
            ([{"key": "a", "label": "x\x1b]0;"}], "section a: label holds a control character"),
            ([{"key": "a", "label": "x" * 2001}], "section a: label has at most 2000 characters"),
            ([{"key": "a", "fields": "name"}], "section a: fields is a list"),
            ([{"key": "a", "fields": [7]}], "section a: a field is its key or a mapping, not 7"),
            ([{"key": "a", "fields": [""]}], "section a: a field is its key or a mapping, not "),
            ([{"key": "a", "fields": [{"label": "x"}]}], "section a: a field is not named"),
            (
                [{"key": "a", "fields": [{"field": "x", "hiden": True}]}],
                "section a: there is no hiden; did you mean hidden?",
            ),
            (
                [{"key": "a", "fields": [{"field": "x", "hidden": "yes"}]}],
                "section a, field x: hidden is true or false, not yes",
            ),
            ([{"key": "a", "fields": ["x", "x"]}], "x stands twice: in a and in a"),
            (
                [{"key": "a", "fields": ["x"]}, {"key": "b", "fields": [{"field": "x"}]}],
                "x stands twice: in a and in b",
            ),
        ],
    )
    def test_that_is_none_is_told_with_its_place(self, content, told):
        with pytest.raises(BadLayout) as caught:
            parsed(content)
        assert str(caught.value).startswith(told)


class TestKeptText:
    KEPT = text(parsed(CONTENT))

    def test_names_fields(self):
        assert layouts.mentions(self.KEPT) == {"name", "value", "discount", "notes"}
        assert layouts.mentions("name,stage") == {"name", "stage"}
        assert layouts.mentions(None) == set()

    def test_follows_a_rename_and_keeps_what_is_said(self):
        renamed = layouts.renamed(self.KEPT, "discount", "折扣")
        assert parsed(renamed).item("折扣") == Item(field="折扣", label="Rabatt", hidden=True)
        assert layouts.mentions(renamed) == {"name", "value", "折扣", "notes"}
        assert layouts.renamed(renamed, "折扣", "discount") == self.KEPT
        assert layouts.renamed(self.KEPT, "nothing", "x") == self.KEPT
        assert layouts.renamed("name,value,names", "name", "title") == "title,value,names"

    def test_that_was_spoilt_names_nothing_and_stays(self):
        assert layouts.mentions("[{}]") == set()
        assert layouts.renamed("[{}]", "a", "b") == "[{}]"

    def test_loses_a_field(self):
        assert layouts.mentions(layouts.without(self.KEPT, "name")) == {
            "value",
            "discount",
            "notes",
        }
        assert layouts.without("name,value", "name") == "value"
        assert layouts.without("name", "name") is None


class TestMoving:
    @pytest.mark.parametrize(
        ("field", "where", "main", "terms"),
        [
            ("name", {}, ["value", "name"], ["discount", "notes"]),
            ("value", {"first": True}, ["value", "name"], ["discount", "notes"]),
            ("name", {"section": "terms"}, ["value"], ["discount", "notes", "name"]),
            (
                "name",
                {"section": "terms", "first": True},
                ["value"],
                ["name", "discount", "notes"],
            ),
            ("name", {"after": "discount"}, ["value"], ["discount", "name", "notes"]),
            ("name", {"before": "discount"}, ["value"], ["name", "discount", "notes"]),
            (
                "notes",
                {"section": "terms", "before": "discount"},
                ["name", "value"],
                ["notes", "discount"],
            ),
            ("notes", {"after": "discount"}, ["name", "value"], ["discount", "notes"]),
            ("new", {"after": "name"}, ["name", "new", "value"], ["discount", "notes"]),
            ("new", {}, ["name", "value"], ["discount", "notes", "new"]),
            ("new", {"first": True}, ["new", "name", "value"], ["discount", "notes"]),
        ],
    )
    def test_a_field(self, layout, field, where, main, terms):
        moved = changes.moved(layout, field, **where)
        assert placed(moved) == [("main", main), ("terms", terms)]
        assert placed(layout) == [
            ("main", ["name", "value"]),
            ("terms", ["discount", "notes"]),
        ]

    def test_keeps_what_is_said_of_the_field(self, layout):
        moved = changes.moved(layout, "discount", section="main")
        assert moved.item("discount") == layout.item("discount")

    @pytest.mark.parametrize(
        ("field", "where", "told"),
        [
            ("name", {"after": "name"}, "name cannot stand beside itself"),
            ("name", {"after": "nothing"}, "nothing is not in the layout"),
            ("name", {"section": "nowhere"}, "there is no section nowhere"),
            (
                "name",
                {"section": "main", "after": "notes"},
                "notes stands in the section terms, not in main",
            ),
        ],
    )
    def test_where_it_cannot_stand_is_refused(self, layout, field, where, told):
        with pytest.raises(BadLayout, match=told):
            changes.moved(layout, field, **where)

    def test_the_keys_of_a_list(self):
        keys = ("name", "stage", "value")
        assert changes.key_moved(keys, "value", first=True) == ("value", "name", "stage")
        assert changes.key_moved(keys, "name") == ("stage", "value", "name")
        assert changes.key_moved(keys, "name", after="stage") == ("stage", "name", "value")
        assert changes.key_moved(keys, "new", before="stage") == ("name", "new", "stage", "value")
        for field, beside in (("name", "name"), ("name", "nothing")):
            with pytest.raises(BadLayout):
                changes.key_moved(keys, field, after=beside)


class TestSections:
    def test_are_added_at_the_end(self, layout):
        grown = changes.with_section(layout, layouts.section_made("Key facts", ["main", "terms"]))
        assert grown.sections[-1] == Section(key="key_facts", label="Key facts")
        with pytest.raises(BadLayout, match="there is a section main already"):
            changes.with_section(layout, Section(key="MAIN"))

    def test_get_a_key_that_nobody_has_from_any_label(self):
        for label, key in (
            ("商务", "商务"),
            ("商务 条款", "商务_条款"),
            ("A&B", "a_b"),
            ("main", "main_1"),
            ("42", "section_1"),
            ("!?", "section_1"),
            ("x" * 100, "section_1"),
        ):
            assert layouts.section_key(label, ["main"]) == key

    def test_are_renamed_and_relabelled(self, layout):
        assert changes.section_renamed(layout, "terms", "商务").section("商务").label_zh == "商务"
        assert changes.section_renamed(layout, "terms", "terms") is layout
        assert changes.section_set(layout, "terms", columns=2, label="T").section("terms") == (
            layout.section("terms").but(columns=2, label="T")
        )
        for old, new in (("terms", "main"), ("terms", "a b"), ("nowhere", "x")):
            with pytest.raises(BadLayout):
                changes.section_renamed(layout, old, new)

    def test_are_put_in_order(self, layout):
        layout = changes.with_section(layout, Section(key="more"))
        ordered = changes.sections_ordered(layout, ["more", "terms"])
        assert [s.key for s in ordered.sections] == ["more", "terms", "main"]
        moved = changes.section_moved(layout, "main", 1)
        assert [s.key for s in moved.sections] == ["terms", "main", "more"]
        for keys in (["more", "more"], ["nowhere"]):
            with pytest.raises(BadLayout):
                changes.sections_ordered(layout, keys)

    def test_leave_their_fields_to_their_neighbour(self, layout):
        assert placed(changes.section_removed(layout, "terms")) == [
            ("main", ["name", "value", "discount", "notes"])
        ]
        assert placed(changes.section_removed(layout, "main")) == [
            ("terms", ["name", "value", "discount", "notes"])
        ]

    def test_the_last_one_stays(self, layout):
        alone = changes.section_removed(layout, "terms")
        with pytest.raises(BadLayout, match="main is the only section"):
            changes.section_removed(alone, "main")

    def test_are_called_by_label_else_by_key(self):
        section = Section(key="key_facts", label_zh="要点")
        assert (section.name(), section.name("zh_CN")) == ("key facts", "要点")


def test_rows_are_one_field_wide_or_two():
    section = Section(key="a", items=tuple(Item(field=key, hidden=key == "h") for key in "abwhcde"))

    def lines(width: int, columns: int = 2) -> list[str]:
        found = layouts.rows(section.but(columns=columns), width, lambda item: item.field == "w")
        return ["".join(item.field for item in line) for line in found]

    assert lines(120) == ["ab", "w", "cd", "e"]
    assert lines(80) == ["a", "b", "w", "c", "d", "e"]
    assert lines(200, columns=1) == lines(80)


KEYS = st.lists(st.sampled_from("abcdefgh"), unique=True)
ACTS = st.lists(
    st.tuples(
        st.sampled_from("abcdefgh"),
        st.sampled_from("abcdefgh"),
        st.sampled_from(["after", "before", "first", "section", "remove"]),
    ),
    max_size=20,
)


@given(KEYS, ACTS)
def test_no_change_loses_a_field_or_doubles_it(keys, acts):
    layout = parsed([{"key": "one", "fields": keys}, {"key": "two"}, {"key": "three"}])
    fields = set(keys)
    for field, other, act in acts:
        try:
            if act == "remove":
                layout = changes.section_removed(layout, layout.sections[0].key)
                continue
            where = {"first": True} if act == "first" else {act: other}
            if act == "section":
                where = {"section": layout.sections[-1].key}
            layout = changes.moved(layout, field, **where)
            fields.add(field)
        except BadLayout:
            continue
    found = [item.field for item in layout.items]
    assert sorted(found) == sorted(fields)
    assert parsed(json.loads(text(layout))) == layout
