"""Keys: the words by which types, fields, stages, statuses and options are named."""

import subprocess
import sys

import pytest

from crmtui.model.keys import (
    MAX_KEY_LENGTH,
    RESERVED_NAMES,
    closest,
    key_problem,
    normal_key,
    skeleton,
)


@pytest.mark.parametrize(
    "key",
    [
        "deal",
        "Deal2",
        "x_1",
        "销售机会",
        "deal_价格",
        "カタカナ",
        "сделка",
        "Ελλάδα",
        "مرحبا",
        "ग्राहक",  # vowel signs and a virama belong to the word
        "ลูกค้า",
        "größe",
        "a" * MAX_KEY_LENGTH,
    ],
)
def test_a_key_is_any_unicode_word(key):
    assert key_problem(normal_key(key), column=True) is None


@pytest.mark.parametrize(
    "key",
    [
        "",
        "1a",
        "_a",
        "a b",
        "a-b",
        "a.b",
        "a/b",
        'a"b',
        "a'b",
        "a;b",
        "a\0b",
        "a\nb",
        "a\u200bb",  # zero width
        "a\u202eb",  # right-to-left override
        "a²",
        "a·b",
        "é\u0331",  # a mark that melts into no letter
        "\udcff",
        "😀",
        "x" * (MAX_KEY_LENGTH + 1),
    ],
)
def test_what_is_no_word_is_no_key(key):
    assert key_problem(normal_key(key), column=False) is not None


@pytest.mark.parametrize("key", ["pаy", "αbc", "deаl", "клиeнт", "кλ"])
def test_a_key_does_not_mix_scripts(key):
    assert "mixes the scripts" in str(key_problem(key, column=True))


@pytest.mark.parametrize("key", sorted(RESERVED_NAMES))
def test_a_column_cannot_have_the_name_of_what_every_record_has(key):
    assert key_problem(key, column=True) is not None


@pytest.mark.parametrize("key", ["select", "ORDER", "Group", "ſelect", "ｗｈｅｒｅ", "ｉｄ", "іԁ"])
def test_an_sql_word_or_reserved_name_is_refused_in_any_disguise(key):
    assert key_problem(key, column=True) is not None


@pytest.mark.parametrize("key", ["crm_user", "SQLITE_x", "pg_class", "ｃｒｍ_user"])
def test_names_of_the_store_and_of_engines_are_taken(key):
    assert "are taken" in str(key_problem(key, column=True))


@pytest.mark.parametrize("key", ["order", "select", "id", "open", "new"])
def test_a_stage_status_or_option_may_be_an_sql_word(key):
    assert key_problem(key, column=False) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("deal", "Deal"),
        ("loan", "l0an"),
        ("bill", "bi11"),
        ("modem", "modern"),
        ("cop", "сор"),  # Cyrillic
        ("tect", "ТЕСТ"),  # Cyrillic capitals
        ("av", "αν"),  # Greek
        ("deal", "ｄｅａｌ"),  # full width
        ("strasse", "straße"),
        ("k", "\u212a"),  # the Kelvin sign
    ],
)
def test_keys_that_look_alike_share_a_skeleton(one, other):
    assert skeleton(normal_key(one)) == skeleton(normal_key(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [("deal", "lead"), ("客户", "客服"), ("амо", "эмо"), ("name", "names"), ("a1", "a2")],
)
def test_keys_that_differ_have_skeletons_that_differ(one, other):
    assert skeleton(one) != skeleton(other)


def test_a_key_is_compared_in_nfc():
    assert normal_key(" e\u0301t ") == "ét"


def test_ascii_and_chinese_keys_load_no_table_of_lookalikes():
    program = (
        "import sys\n"
        "from crmtui.model.keys import key_problem, skeleton\n"
        "for key in ('deal', 'Deal_2', '销售机会', 'カ', 'deal_价', 'l0an'):\n"
        "    skeleton(key), key_problem(key, column=True)\n"
        "assert 'confusable_homoglyphs' not in sys.modules\n"
        "skeleton('сделка')\n"
        "assert 'confusable_homoglyphs' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_the_closest_word_is_suggested_and_nothing_when_none_is_close():
    assert closest("dael", ["deal", "account"]) == "deal"
    assert closest("zzz", ["deal", "account"]) is None
    assert closest("d" * 100_000, ["deal"]) is None
