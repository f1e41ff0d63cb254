"""Dates and times as people write them: ISO first, a small stated grammar, and no guessing."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmtui.store.dates import local_text, moment_text, read_date, read_moment

TODAY = date(2026, 11, 18)  # a Wednesday
NOW = datetime(2026, 11, 18, 9, 30, 15, tzinfo=UTC)
CASES = Path(__file__).parents[3] / "shared" / "cases" / "dates_dateutil_parser.json"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-10-01", "2026-10-01"),
        ("2026-1-2", "2026-01-02"),
        ("2026/10/01", "2026-10-01"),
        ("2026.10.01", "2026-10-01"),
        ("2026年10月1日", "2026-10-01"),
        ("20261001", "2026-10-01"),
        ("２０２６-10-01", "2026-10-01"),
        ("2024-02-29", "2024-02-29"),
        ("0003-03-04", "0003-03-04"),
        ("today", "2026-11-18"),
        ("TODAY", "2026-11-18"),
        ("今天", "2026-11-18"),
        ("tomorrow", "2026-11-19"),
        ("昨天", "2026-11-17"),
        ("wed", "2026-11-18"),
        ("fri", "2026-11-20"),
        ("tuesday", "2026-11-24"),
        ("eom", "2026-11-30"),
        ("eoq", "2026-12-31"),
        ("eoy", "2026-12-31"),
        ("+3d", "2026-11-21"),
        ("-2w", "2026-11-04"),
        ("+1m", "2026-12-18"),
        ("-1y", "2025-11-18"),
    ],
)
def test_a_date_by_the_grammar(text, day):
    assert read_date(text, TODAY) == date.fromisoformat(day)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "10/01/2026",  # which order?
        "01.10.2026",
        "2026-13-01",
        "2025-02-29",
        "2026-00-10",
        "0000-01-01",
        "26-10-01",
        "2026",
        "2026-10",
        "October",
        "+9999y",
        "-9999y",
        "+3",
        "3d",
        "+3h",
        "next friday",
        "1e5",
        "2026-10-01x",
        "20261301",
        "NaN",
    ],
)
def test_what_the_grammar_does_not_say_is_no_date(text):
    assert read_date(text, TODAY) is None


@pytest.mark.parametrize(
    ("order", "text", "day"),
    [
        ("mdy", "10/01/2026", "2026-10-01"),
        ("dmy", "01/10/2026", "2026-10-01"),
        ("dmy", "1.10.26", "2026-10-01"),
        ("ymd", "26-10-01", "2026-10-01"),
        ("mdy", "12 31 69", "2069-12-31"),
        ("mdy", "12 31 70", "1970-12-31"),
        ("mdy", "2026-10-01", "2026-10-01"),  # year-first is always read
        ("dmy", "fri", "2026-11-20"),
    ],
)
def test_a_stated_order_reads_the_other_dates(order, text, day):
    assert read_date(text, TODAY, order) == date.fromisoformat(day)


@pytest.mark.parametrize(
    ("order", "text"),
    [("mdy", "25/09/2003"), ("dmy", "09/25/2003"), ("mdy", "1/1/1"), ("dmy", "1/1/123")],
)
def test_a_stated_order_is_never_bent_to_fit(order, text):
    assert read_date(text, TODAY, order) is None


@pytest.mark.parametrize(
    ("day", "word", "end"),
    [
        ("2024-02-10", "eom", "2024-02-29"),
        ("2026-12-31", "eom", "2026-12-31"),
        ("2026-01-01", "eoq", "2026-03-31"),
        ("2026-09-30", "eoq", "2026-09-30"),
        ("2026-10-01", "eoq", "2026-12-31"),
        ("2024-01-31", "+1m", "2024-02-29"),
        ("2024-02-29", "+1y", "2025-02-28"),
    ],
)
def test_the_ends_of_months_quarters_and_leap_years(day, word, end):
    assert read_date(word, date.fromisoformat(day)) == date.fromisoformat(end)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-10-01 09:30", "2026-10-01T09:30:00Z"),
        ("2026-10-01T09:30:45", "2026-10-01T09:30:45Z"),
        ("2026-10-01T09:30:45.5Z", "2026-10-01T09:30:45.500000Z"),
        ("2026-10-01T09:30:00+08:00", "2026-10-01T01:30:00Z"),
        ("2026-10-01 09:30 -0330", "2026-10-01T13:00:00Z"),
        ("2026-10-01T00:30+08", "2026-09-30T16:30:00Z"),
        ("2026-10-01 12:00 am", "2026-10-01T00:00:00Z"),
        ("2026-10-01 12:00 PM", "2026-10-01T12:00:00Z"),
        ("2026-10-01 1:05pm", "2026-10-01T13:05:00Z"),
        ("2026-10-01", "2026-10-01T00:00:00Z"),
        ("tomorrow 09:30", "2026-11-19T09:30:00Z"),
        ("fri 8:00", "2026-11-20T08:00:00Z"),
        ("now", "2026-11-18T09:30:15Z"),
        ("现在", "2026-11-18T09:30:15Z"),
    ],
)
def test_a_moment_by_the_grammar(text, moment):
    found = read_moment(text, NOW)
    assert found is not None and moment_text(found) == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "09:30",
        "2026-10-01 24:00",
        "2026-10-01 09:60",
        "2026-10-01 13:00 pm",
        "2026-10-01 0:30 am",
        "2026-10-01 9",
        "2026-10-01 09:30+99:00",
        "2026-10-01 09:30:00.1234567",
        "2026-10-01 09:30 CET",
        "0001-01-01 00:00+14:00",
        "9999-12-31 23:59-14:00",
        "2026-10-01 09:30 2026-10-01",
    ],
)
def test_what_is_no_moment(text):
    assert read_moment(text, NOW) is None


@pytest.mark.parametrize(
    ("zone", "text", "moment"),
    [
        ("Asia/Shanghai", "2026-10-01 07:00", "2026-09-30T23:00:00Z"),
        ("Asia/Shanghai", "2026-10-01", "2026-09-30T16:00:00Z"),
        ("America/New_York", "2026-01-15 12:00", "2026-01-15T17:00:00Z"),  # winter
        ("America/New_York", "2026-07-15 12:00", "2026-07-15T16:00:00Z"),  # summer
        ("America/New_York", "2026-03-08 02:30", "2026-03-08T07:30:00Z"),  # does not exist
        ("America/New_York", "2026-11-01 01:30", "2026-11-01T05:30:00Z"),  # twice: the first
        ("America/New_York", "2026-11-01 01:30-05:00", "2026-11-01T06:30:00Z"),  # the second
        ("America/New_York", "2026-11-01T01:30Z", "2026-11-01T01:30:00Z"),
    ],
)
def test_a_time_without_a_zone_is_local_and_knows_summer_time(in_zone, zone, text, moment):
    in_zone(zone)
    for now in (datetime.now().astimezone(), datetime.now(ZoneInfo(zone))):
        found = read_moment(text, now)
        assert found is not None and moment_text(found) == moment


@pytest.mark.parametrize(
    ("zone", "stored", "shown"),
    [
        ("UTC", "2026-10-01T09:30:00Z", "2026-10-01 09:30"),
        ("UTC", "2026-10-01T09:30:05Z", "2026-10-01 09:30:05"),
        ("UTC", "2026-10-01T09:30:05.123Z", "2026-10-01 09:30:05"),
        ("Asia/Shanghai", "2026-09-30T23:00:00Z", "2026-10-01 07:00"),
        ("America/New_York", "2026-07-15T16:00:00Z", "2026-07-15 12:00"),
        ("America/New_York", "2026-11-01T06:30:00Z", "2026-11-01 01:30"),
        ("UTC", "0031-01-01T00:00:00Z", "0031-01-01 00:00"),
        ("America/New_York", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("UTC", "soon", "soon"),
    ],
)
def test_a_stored_moment_is_shown_in_local_time(in_zone, zone, stored, shown):
    in_zone(zone)
    assert local_text(stored) == shown


@pytest.mark.skipif(not CASES.exists(), reason="needs ../shared/cases")
def test_what_dateutil_reads_is_read_the_same_or_not_at_all():
    cases = json.loads(CASES.read_text())["cases"]
    now = datetime(2003, 9, 25, tzinfo=UTC)
    read = 0
    for case in cases:
        if case["text"].casefold() in ("wed", "wednesday"):
            continue  # dateutil: the same as ours, checked below with its own day
        expected = datetime.fromisoformat(case["expected"])
        for order in (None, "mdy"):
            found = read_moment(case["text"].strip(), now, order)
            if found is not None:
                read += 1
                assert found.replace(tzinfo=None) == expected, case["text"]
            day = read_date(case["text"].strip(), now.date(), order)
            if day is not None:
                assert day == expected.date(), case["text"]
    assert read > 20
    assert read_date("wed", now.date()) == date(2003, 10, 1)


@given(st.dates())
def test_every_day_is_read_back_from_its_iso_text(day):
    assert read_date(day.isoformat(), TODAY) == day


@given(st.datetimes(min_value=datetime(1, 1, 3), max_value=datetime(9999, 12, 29)))
def test_every_moment_is_read_back_from_its_stored_text(moment):
    moment = moment.replace(tzinfo=UTC)
    assert read_moment(moment_text(moment), NOW) == moment


@given(st.text(max_size=30), st.sampled_from([None, "mdy", "dmy", "ymd"]))
def test_no_text_makes_reading_fail(text, order):
    read_date(text, TODAY, order)
    read_moment(text, NOW, order)


@given(st.integers(-9999, 9999), st.sampled_from("dwmy"))
def test_an_offset_is_a_day_or_nothing(count, unit):
    found = read_date(f"{count:+d}{unit}", TODAY)
    if found is not None and unit in "dw":
        assert found - TODAY == timedelta(days=count * (7 if unit == "w" else 1))
