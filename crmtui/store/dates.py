"""Dates and times as people write them: ISO first, then a small stated grammar.

The grammar: `today`, `tomorrow`, `yesterday` (今天, 明天, 昨天), `+3d` `-2w` `+1m` `+1y`, a weekday
(`fri`: the next one, today included), `eom` `eoq` `eoy` (the end of this month, quarter, year),
and for moments `now` and any of these followed by `HH:MM`. Year-first dates may be written with
`-`, `/`, `.` or 年月日. Other orders are read only when a date order says which. Nothing is ever
filled in from today by guessing.
"""

import re
from datetime import UTC, date, datetime, time, timedelta

DATE_ORDERS = ("mdy", "dmy", "ymd")

# Patterns stay text: `re` compiles each when it is first used, and most commands use none.
_YEAR_FIRST = r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
_COMPACT = r"\d{8}"
_THREE = r"(\d{1,4})[-/. ](\d{1,2})[-/. ](\d{1,4})"
_OFFSET = r"([+-])(\d{1,4})([dwmy])"
_TIME = r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?\s*([AaPp][Mm])?"
_ZONE = r"\s*(Z|z|UTC|[+-]\d{2}:?\d{2}|[+-]\d{2})$"
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKDAY_WORDS = {
    name: number
    for number, names in enumerate(
        (
            "monday",
            "tuesday",
            "wednesday",
            "thursday",
            "friday",
            "saturday",
            "sunday",
        )
    )
    for name in (names, _WEEKDAYS[number])
}
_DAY_WORDS = {
    "today": 0,
    "tomorrow": 1,
    "yesterday": -1,
    "今天": 0,
    "明天": 1,
    "昨天": -1,
}


def read_date(text: str, today: date, order: str | None = None) -> date | None:
    """The day that `text` names, or None when it names none.

    Args:
        text: trimmed.
        today: the day that `today` means.
        order: one of `DATE_ORDERS` for dates that are not year-first, or None to refuse them.
    """
    found = re.fullmatch(_YEAR_FIRST, text)
    if found:
        return _day(*(int(part) for part in found.groups()))
    if re.fullmatch(_COMPACT, text):
        return _day(int(text[:4]), int(text[4:6]), int(text[6:]))
    if order:
        found = re.fullmatch(_THREE, text)
        if found:
            parts = dict(zip(order, found.groups(), strict=True))
            if len(parts["y"]) in (2, 4):
                return _day(_full_year(parts["y"]), int(parts["m"]), int(parts["d"]))
    return _spoken_day(text.casefold(), today)


def read_moment(text: str, now: datetime, order: str | None = None) -> datetime | None:
    """The moment that `text` names, in UTC, or None when it names none.

    A date alone means its beginning; a time without a zone is in the zone of `now`.
    """
    if text.casefold() in ("now", "现在"):
        return now.astimezone(UTC).replace(microsecond=0)
    zone = re.search(_ZONE, text) if ":" in text else None
    body = text[: zone.start()] if zone else text
    day_text, clock = _split_time(body)
    day = read_date(day_text, now.date(), order)
    if day is None or clock is None:
        return None
    moment = datetime.combine(day, clock)
    try:
        if zone:
            return moment.replace(tzinfo=_zone(zone.group(1))).astimezone(UTC)
        return _local(moment, now).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def moment_text(moment: datetime) -> str:
    """How a moment is stored and written by machines: UTC, `2026-10-01T09:30:00Z`."""
    moment = moment.astimezone(UTC).replace(tzinfo=None)
    return moment.isoformat(timespec="microseconds" if moment.microsecond else "seconds") + "Z"


def local_text(stored: str) -> str:
    """A stored moment as people read it: local time, to the minute or, if it has any, second."""
    try:
        moment = datetime.fromisoformat(stored).astimezone().replace(tzinfo=None)
    except (ValueError, OverflowError):
        return stored
    return moment.isoformat(" ", "seconds" if moment.second else "minutes")


def _split_time(text: str) -> tuple[str, time | None]:
    parts = re.split(r"[T ](?=\s*\d{1,2}:)", text, maxsplit=1)
    if len(parts) == 1:
        return text, time()
    found = re.fullmatch(_TIME, parts[1].strip())
    if not found:
        return text, None
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    if found[5]:
        if not 1 <= hour <= 12:
            return text, None
        hour = hour % 12 + (12 if found[5].lower() == "pm" else 0)
    try:
        clock = time(hour, minute, second, int((found[4] or "0").ljust(6, "0")))
    except ValueError:
        return text, None
    return parts[0].strip(), clock


def _zone(text: str):  # type: ignore[no-untyped-def]
    if text in ("Z", "z", "UTC"):
        return UTC
    text = text if ":" in text or len(text) == 3 else text[:3] + ":" + text[3:]
    return datetime.fromisoformat(f"2000-01-01T00:00:00{text}").tzinfo


def _local(moment: datetime, now: datetime) -> datetime:
    """`moment` in the zone of `now`; the system's own zone knows its summer time by itself."""
    from datetime import timezone

    if isinstance(now.tzinfo, timezone):
        local = moment.astimezone()
        if local.replace(tzinfo=None) != moment:
            # It does not exist: summer time began. What clocks show then is an hour later.
            local = moment.replace(fold=1).astimezone()
        return local
    return moment.replace(tzinfo=now.tzinfo)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _full_year(text: str) -> int:
    """Two digits mean the years 1970 to 2069, as POSIX says."""
    year = int(text)
    return year if len(text) == 4 else year + (1900 if year >= 70 else 2000)


def _spoken_day(text: str, today: date) -> date | None:
    if text in _DAY_WORDS:
        return today + timedelta(days=_DAY_WORDS[text])
    if text in _WEEKDAY_WORDS:
        return today + timedelta(days=(_WEEKDAY_WORDS[text] - today.weekday()) % 7)
    if text in ("eom", "eoq", "eoy"):
        last_month = {"eom": today.month, "eoq": (today.month + 2) // 3 * 3, "eoy": 12}[text]
        first_of_next = _day(today.year + last_month // 12, last_month % 12 + 1, 1)
        return first_of_next - timedelta(days=1) if first_of_next else None
    found = re.fullmatch(_OFFSET, text)
    if not found:
        return None
    from dateutil.relativedelta import relativedelta

    count = int(found[1] + found[2])
    unit = {"d": "days", "w": "weeks", "m": "months", "y": "years"}[found[3]]
    try:
        return today + relativedelta(**{unit: count})  # type: ignore[arg-type]
    except (ValueError, OverflowError):
        return None
