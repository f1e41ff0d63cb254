"""Percentages and stars."""

from decimal import Decimal

import pytest

from crmtui.store.kinds import KINDS
from tests.support.kinds import as_json, bad_setting, field, plain, problem, read, shown


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("30", 3000),
        ("30%", 3000),
        ("30 %", 3000),
        ("３０％", 3000),
        ("12.5%", 1250),
        ("-0.25%", -25),
        (30, 3000),
        (12.5, 1250),
        (Decimal("12.50"), 1250),
        ("150", 15000),
        ("", None),
    ],
)
def test_a_percentage_means_what_stands_before_the_sign(written, stored):
    assert read("percent", written) == stored


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("%", "not-a-number"),
        ("30%%", "not-a-number"),
        ("%30", "not-a-number"),
        ("x%", "not-a-number"),
        ("12.345%", "too-precise"),
        (True, "wrong-shape"),
    ],
)
def test_a_percentage_refuses(written, code):
    assert problem("percent", written) == code


def test_a_percentage_is_shown_with_its_sign_and_no_needless_zero():
    assert [shown("percent", text) for text in ("30", "12.5", "-0.05", "100", "0")] == [
        "30%",
        "12.5%",
        "-0.05%",
        "100%",
        "0%",
    ]
    assert shown("percent", "30", scale=0) == "30%"
    assert plain("percent", "30%") == "30.00"
    assert as_json("percent", "30%") == 30
    assert as_json("percent", "12.5%") == Decimal("12.5")
    assert KINDS["percent"].expression("c", field("percent")) == "(c / 100.0)"


def test_a_percentage_lies_between_its_bounds():
    assert read("percent", "100%", minimum="0", maximum="100%") == 10000
    assert problem("percent", "100.01", maximum="100%") == "too-large"
    assert bad_setting("percent", minimum="5%", maximum="4%") == "bad-setting"


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("3", 3),
        (3, 3),
        ("0", 0),
        ("★★★☆☆", 3),
        ("***", 3),
        ("⭐⭐⭐⭐⭐", 5),
        ("☆☆☆☆☆", 0),
        ("4/5", 4),
        ("4★", 4),
        ("", None),
        (None, None),
    ],
)
def test_a_rating_is_a_number_of_stars(written, stored):
    assert read("rating", written) == stored


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("6", "too-large"),
        ("★★★★★★", "too-large"),
        ("-1", "too-small"),
        ("3.5", "not-a-number"),
        ("4/10", "not-a-number"),
        ("☆★", "not-a-number"),
        ("good", "not-a-number"),
        ("★" * 1000, "not-a-number"),
        (True, "wrong-shape"),
    ],
)
def test_a_rating_refuses(written, code):
    assert problem("rating", written) == code


def test_a_rating_shows_the_stars_it_could_have_had():
    assert shown("rating", 3) == "★★★☆☆"
    assert shown("rating", 10, maximum="10") == "★★★★★★★★★★"
    assert (plain("rating", 3), as_json("rating", 3)) == ("3", 3)


@pytest.mark.parametrize("maximum", ["0", "11", "-1"])
def test_a_rating_has_one_to_ten_stars(maximum):
    assert bad_setting("rating", maximum=maximum) == "bad-setting"
