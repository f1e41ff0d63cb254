"""Fields that hold several values: options of a list, and free words."""

import pytest

from crmtui.store.kinds import KINDS
from crmtui.store.kinds.lists import MOST_TAGS, TAG_LENGTH, split_list
from tests.support.kinds import OPTIONS, as_json, field, plain, problem, read, shown


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("web", '["web"]'),
        ("fair,web", '["web", "fair"]'),  # in the order of the options
        ("FAIR ; 网站", '["web", "fair"]'),
        ("网站，fair、café", '["web", "fair", "café"]'),
        ("web；web,WEB", '["web"]'),
        (["fair", "Website"], '["web", "fair"]'),
        (["web", "", None], '["web"]'),
        ("", None),
        (" , ", None),
        ([], None),
        (None, None),
    ],
)
def test_a_multichoice_takes_keys_and_labels(written, stored):
    assert read("multichoice", written, options=OPTIONS) == stored


@pytest.mark.parametrize("written", ["web,phone", "fax", ["web", "fax"], 5, "web|fair"])
def test_a_multichoice_takes_no_other_value_and_no_retired_option(written):
    assert problem("multichoice", written, options=OPTIONS) == "not-an-option"


def test_a_label_may_have_a_comma_in_it():
    from crmtui.model.definitions import Option

    options = (Option(id=1, key="fr", label="French, Canadian"), Option(id=2, key="en"))
    assert read("multichoice", "French, Canadian", options=options) == '["fr"]'
    assert read("multichoice", '"French, Canadian", en', options=options) == '["fr", "en"]'
    assert problem("multichoice", "French, Canadian, en", options=options) == "not-an-option"


def test_options_are_shown_by_label_and_written_by_key():
    settings = {"options": OPTIONS}
    assert shown("multichoice", "web,café", **settings) == "Website, Café au lait"
    assert shown("multichoice", "web,café", "zh", **settings) == "网站、Café au lait"
    assert plain("multichoice", "café,web", **settings) == "web,café"
    assert as_json("multichoice", "café,web", **settings) == ["web", "café"]
    retired = KINDS["multichoice"].shown('["web", "fax", "gone"]', field("multichoice", **settings))
    assert retired == "Website, Fax, gone"


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("vip", '["vip"]'),
        ("vip, 老客户；A-1", '["vip", "老客户", "A-1"]'),
        ("VIP,vip,Vip", '["VIP"]'),
        ('"a, b",c', '["a, b", "c"]'),
        ('"say ""hi""",x', '["say \\"hi\\"", "x"]'),
        ('half"quoted', '["half\\"quoted"]'),
        ('"a" b', '["\\"a\\" b"]'),
        (["a,b", " c "], '["a,b", "c"]'),
        ("e\u0301", '["é"]'),
        (7, '["7"]'),
        (",;", None),
        ([], None),
    ],
)
def test_tags_are_free_words_each_once(written, stored):
    assert read("tags", written) == stored


@pytest.mark.parametrize(
    ("written", "code"),
    [
        (["a\nb"], "control-character"),
        ("a\x1b[0m", "control-character"),
        ("x" * (TAG_LENGTH + 1), "too-long"),
        ([str(n) for n in range(MOST_TAGS + 1)], "too-many"),
        ("a" * 10_000_000, "too-long"),
        ({"a": 1}, "wrong-shape"),
        ([["a"]], "wrong-shape"),
        ("\udcff", "not-unicode"),
    ],
)
def test_tags_refuse(written, code):
    assert problem("tags", written) == code


def test_tags_are_written_so_that_they_are_read_back():
    assert plain("tags", ["a,b", 'c"d', "e", "f；g"]) == '"a,b","c""d",e,"f；g"'
    assert shown("tags", "a,b") == "a, b"
    assert shown("tags", "a,b", "zh") == "a、b"
    assert as_json("tags", "a,b") == ["a", "b"]


def test_a_list_that_another_tool_left_is_shown_as_it_is():
    for broken in ("plain words", "{}", "[", "7"):
        assert KINDS["tags"].shown(broken, field("tags")) == broken
    assert split_list("") == []


def test_values_are_added_and_taken_away():
    tags, defined = KINDS["tags"], field("tags")
    assert tags.plus('["a"]', '["B", "A"]', defined) == '["a", "B"]'
    assert tags.plus(None, '["a"]', defined) == '["a"]'
    assert tags.minus('["a", "B"]', '["b", "c"]', defined) == '["a"]'
    assert tags.minus('["a"]', '["A"]', defined) is None
    assert tags.minus(None, '["a"]', defined) is None
    choices, defined = KINDS["multichoice"], field("multichoice", options=OPTIONS)
    assert choices.plus('["fair"]', '["web"]', defined) == '["web", "fair"]'


def test_a_default_is_checked_against_the_options():
    from tests.support.kinds import bad_setting

    assert bad_setting("multichoice", default="web,nope", options=OPTIONS) == "not-an-option"
    assert bad_setting("tags", default="a\x00b") == "control-character"
