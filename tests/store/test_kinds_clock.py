"""Times of day and durations."""

from decimal import Decimal

import pytest

from crmtui.store.kinds import KINDS
from crmtui.store.kinds.base import INT64
from tests.support.kinds import as_json, bad_setting, field, plain, problem, read, shown


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("9:30", "09:30"),
        ("09:30", "09:30"),
        ("09:30:00", "09:30"),
        ("09:30:15", "09:30:15"),
        ("0930", "09:30"),
        ("093015", "09:30:15"),
        ("9:30pm", "21:30"),
        ("9:30 PM", "21:30"),
        ("9am", "09:00"),
        ("12am", "00:00"),
        ("12:05 pm", "12:05"),
        ("０９：３０", "09:30"),
        ("上午9:30", "09:30"),
        ("下午3:05", "15:05"),
        ("下午15:05", "15:05"),
        ("晚上8点半", "20:30"),
        ("中午11点", "11:00"),
        ("凌晨0点5分", "00:05"),
        ("9点30分", "09:30"),
        ("21时05分", "21:05"),
        ("0:00", "00:00"),
        ("23:59:59", "23:59:59"),
        ("now", "09:30"),
        ("", None),
        (None, None),
    ],
)
def test_a_time_of_day(written, stored):
    assert read("time", written) == stored


@pytest.mark.parametrize(
    "written",
    "24:00 9:60 25:00 9:5 13:00pm 0:30am 930 9 9.30 晚上12点 下午24:00 9:30:60 noon".split()
    + ["9:30 x", "2026-10-01 09:30", True, 930, "9" * 10_000_000],
)
def test_a_time_of_day_refuses(written):
    assert problem("time", written) == "not-a-time"


def test_a_time_of_day_lies_between_its_bounds():
    bounds = {"minimum": "8:00", "maximum": "6pm"}
    assert read("time", "18:00", **bounds) == "18:00"
    assert problem("time", "18:00:01", **bounds) == "too-large"
    assert problem("time", "7:59", **bounds) == "too-small"
    assert bad_setting("time", minimum="9:00", maximum="8:00") == "bad-setting"
    assert bad_setting("time", minimum="soon") == "not-a-time"


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("1h30m", 5400),
        ("1d 4h", 100800),
        ("90m", 5400),
        ("90 min", 5400),
        ("2 hours 5 minutes", 7500),
        ("1.5h", 5400),
        ("1w", 604800),
        ("45s", 45),
        ("1:30", 5400),
        ("1:30:00", 5400),
        ("100:00", 360000),
        ("PT1H30M", 5400),
        ("P2D", 172800),
        ("P1DT2H", 93600),
        ("P1W", 604800),
        ("pt0.5h", 1800),
        ("1小时30分", 5400),
        ("2天", 172800),
        ("3个小时", 10800),
        ("１小时３０分钟", 5400),
        ("0m", 0),
        (90, 90),
        (Decimal("90.0"), 90),
        ("", None),
        (None, None),
    ],
)
def test_a_duration_is_kept_in_seconds(written, seconds):
    assert read("duration", written) == seconds


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("90", "no-unit"),
        ("1.5", "no-unit"),
        ("1h90x", "not-a-duration"),
        ("30m1h", "not-a-duration"),
        ("1h1h", "not-a-duration"),
        ("1:60", "not-a-duration"),
        ("P", "not-a-duration"),
        ("PT", "not-a-duration"),
        ("P1Y", "not-a-duration"),
        ("P1M", "not-a-duration"),
        ("soon", "not-a-duration"),
        ("0.3s", "too-precise"),
        (1.5, "too-precise"),
        ("-1h", "too-small"),
        ("9" * 60 + "h", "too-large"),
        (INT64, "too-large"),
        ("h" * 10_000_000, "not-a-duration"),
        (True, "wrong-shape"),
        ([1], "wrong-shape"),
    ],
)
def test_a_duration_refuses(written, code):
    assert problem("duration", written) == code


def test_a_bare_number_has_the_unit_of_its_field_but_seconds_in_json():
    assert read("duration", "90", unit="minutes") == 5400
    assert read("duration", "1.5", unit="hours") == 5400
    assert read("duration", "2", unit="days") == 172800
    assert read("duration", 90, unit="minutes") == 90


def test_a_duration_is_negative_only_where_its_least_value_is():
    assert read("duration", "-1h30m", minimum="-2h") == -5400
    assert problem("duration", "-3h", minimum="-2h") == "too-small"
    assert problem("duration", "3h", maximum="2h") == "too-large"
    assert bad_setting("duration", minimum="2h", maximum="1h") == "bad-setting"
    assert bad_setting("duration", minimum="2") == "no-unit"


def test_a_duration_is_written_in_the_units_it_has():
    assert plain("duration", "100000s") == "1d3h46m40s"
    assert plain("duration", "-90m", minimum="-2h") == "-1h30m"
    assert plain("duration", "0s") == "0m"
    assert as_json("duration", "1h30m") == 5400
    assert shown("duration", "1h30m") == "1h30m"
    assert shown("duration", "1d90m", "zh") == "1天1小时30分"
    assert KINDS["duration"].expression("c", field("duration")) == "c"
