"""Times of day, and how long something takes."""

import re
from datetime import time
from typing import TYPE_CHECKING, Any

from crmtui.model.definitions import Field
from crmtui.model.message import N_
from crmtui.store.kinds.base import (
    HALF_WIDTH,
    RANGE,
    BadValue,
    Kind,
    Reader,
    Reading,
    Stored,
    bounded,
    empty_range,
    plain_number,
    within,
    written,
)

if TYPE_CHECKING:
    from decimal import Decimal

LONGEST = 100
"""Characters of a written time or duration."""

UNITS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}

_WORDS = {
    **dict.fromkeys("w week weeks 周 星期 个星期".split(), 7 * 86400),
    **dict.fromkeys("d day days 天 日".split(), 86400),
    **dict.fromkeys("h hr hrs hour hours 小时 个小时 时 钟头 个钟头".split(), 3600),
    **dict.fromkeys("m min mins minute minutes 分 分钟".split(), 60),
    **dict.fromkeys("s sec secs second seconds 秒 秒钟".split(), 1),
}
_SIGNS = {
    "en": (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)),
    "zh": (("天", 86400), ("小时", 3600), ("分", 60), ("秒", 1)),
}


class TimeKind(Kind):
    """A time of day, to the minute or second; kept as `HH:MM` or `HH:MM:SS`."""

    key = "time"
    settings = RANGE
    _colons = r"(\d{1,2}):(\d{2})(?::(\d{2}))?"
    _digits = r"(\d{2})(\d{2})(\d{2})?"
    _spoken = r"(\d{1,2})[点點时時](?:(\d{1,2})分?|(半)|整)?(?:(\d{1,2})秒)?"
    _hour = r"(\d{1,2})"
    _halves = {
        **dict.fromkeys(("上午", "早上", "凌晨", "am", "a.m."), 0),
        **dict.fromkeys(("下午", "中午", "晚上", "pm", "p.m."), 12),
    }

    def reader(self, field: Field, reading: Reading) -> Reader:
        low = self._time(field.minimum, reading) if field.minimum else None
        high = self._time(field.maximum, reading) if field.maximum else None

        def read(value: Any) -> Stored:
            text = written(value, self.key).strip()
            if not text:
                return None
            return within(self._time(text, reading), low, high, field)

        return read

    def check_settings(self, field: Field, reading: Reading) -> None:
        super().check_settings(field, reading)
        if (
            field.minimum
            and field.maximum
            and self._time(field.minimum, reading) > self._time(field.maximum, reading)
        ):
            raise empty_range(field)

    def _time(self, text: str, reading: Reading) -> str:
        if text.casefold() in ("now", "现在"):
            return reading.now.strftime("%H:%M")
        found = self._read(_half_width(text).casefold()) if len(text) <= LONGEST else None
        if found is None:
            raise BadValue(
                "not-a-time",
                N_("{value} is not a time of day; write HH:MM, as 9:30 or 21:05"),
                value=text,
            )
        return found.isoformat("seconds" if found.second else "minutes")

    def _read(self, text: str) -> time | None:
        word, half = "", None
        for name, hours in self._halves.items():
            if text.startswith(name) or text.endswith(name):
                word, half = name, hours
                text = text.removeprefix(name).removesuffix(name).strip()
                break
        found = re.fullmatch(self._colons, text) or re.fullmatch(self._spoken, text)
        if found is None:
            found = re.fullmatch(self._digits if half is None else self._hour, text)
        if found is None:
            return None
        groups = found.groups()
        hour = int(groups[0])
        minute = 30 if "半" in groups else int(groups[1] or 0) if len(groups) > 1 else 0
        second = int(groups[-1] or 0) if len(groups) > 2 else 0
        if half is not None:
            hour = self._of_day(hour, word, half)
        try:
            return time(hour, minute, second)
        except ValueError:
            return None

    def _of_day(self, hour: int, word: str, half: int) -> int:
        """The hour of 24 that an hour and a word for the half of the day mean; -1 for none."""
        if not word.isascii() and (
            (half == 0 and hour == 0)
            or (half == 12 and 12 < hour < 24)
            or (word == "中午" and hour in (10, 11))
        ):
            return hour
        if not 1 <= hour <= 12 or (word == "晚上" and hour == 12):
            return -1  # 晚上12点 is midnight, of which day is not said
        return hour % 12 + half


class DurationKind(Kind):
    """How long something takes, in whole seconds; a day has 24 hours."""

    key = "duration"
    sql_type = "INTEGER"
    settings = RANGE | {"unit"}
    _iso = (
        r"p(?:(\d+(?:\.\d+)?)w)?(?:(\d+(?:\.\d+)?)d)?"
        r"(?:t(?=\d)(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?)?"
    )
    _iso_units = (7 * 86400, 86400, 3600, 60, 1)
    _colons = r"(\d+):([0-5]\d)(?::([0-5]\d))?"
    _piece = r"\s*(\d+(?:\.\d+)?)\s*([^\W\d_]+)"
    _number = r"\d+(?:\.\d+)?"

    def reader(self, field: Field, reading: Reading) -> Reader:
        seconds = self._seconds
        low = seconds(field.minimum, field) if field.minimum else None
        high = seconds(field.maximum, field) if field.maximum else None

        def read(value: Any) -> Stored:
            found = seconds(value, field)
            if found is None:
                return None
            if low is None and found < 0:
                raise BadValue(
                    "too-small", N_("{value} is negative, which --min would allow"), value=value
                )
            if low is not None and found < low:
                raise BadValue(
                    "too-small", N_("{value} is below {least}"), value=value, least=field.minimum
                )
            if high is not None and found > high:
                raise BadValue(
                    "too-large", N_("{value} is above {most}"), value=value, most=field.maximum
                )
            return found

        return read

    def plain(self, value: Any, field: Field) -> str:
        return _lasting(value, "en")

    def shown(self, value: Any, field: Field, language: str = "en") -> str:
        return _lasting(value, "zh" if language.startswith("zh") else "en")

    def from_expression(self, sql: str, field: Field) -> str:
        return f"CAST(round({sql}) AS INTEGER)"

    def check_settings(self, field: Field, reading: Reading) -> None:
        super().check_settings(field, reading)
        low, high = self._seconds(field.minimum, field), self._seconds(field.maximum, field)
        if low is not None and high is not None and low > high:
            raise empty_range(field)

    def _seconds(self, value: Any, field: Field) -> int | None:
        """A written duration in seconds; a number of JSON is in seconds already."""
        if value is None:
            return None
        from decimal import Decimal

        if not isinstance(value, str):
            return self._whole(Decimal(plain_number(value, self.key)), value)
        text = _half_width(value.strip()).casefold()
        if not text:
            return None
        if len(text) > LONGEST:
            raise self._unreadable(value)
        sign = -1 if text[0] == "-" else 1
        text = text.removeprefix("-").removeprefix("+").strip()
        if re.fullmatch(self._number, text):
            if not field.unit:
                raise BadValue(
                    "no-unit", N_("{value} has no unit; write 90m or 1h30m"), value=value
                )
            return self._whole(sign * Decimal(text) * UNITS[field.unit], value)
        found = self._read(text)
        if found is None:
            raise self._unreadable(value)
        return self._whole(sign * found, value)

    def _read(self, text: str) -> "Decimal | None":
        from decimal import Decimal

        clock = re.fullmatch(self._colons, text)
        if clock:
            return Decimal(int(clock[1]) * 3600 + int(clock[2]) * 60 + int(clock[3] or 0))
        iso = re.fullmatch(self._iso, text)
        if iso and any(iso.groups()):
            return sum(
                (
                    Decimal(number) * unit
                    for number, unit in zip(iso.groups(), self._iso_units, strict=True)
                    if number
                ),
                Decimal(0),
            )
        total, before, place = Decimal(0), 10**9, 0
        while place < len(text):
            piece = re.compile(self._piece).match(text, place)
            unit = _WORDS.get(piece[2]) if piece else None
            if piece is None or unit is None or unit >= before:
                return None
            total += Decimal(piece[1]) * unit
            before, place = unit, piece.end()
        return total

    def _whole(self, seconds: "Decimal", value: Any) -> int:
        if seconds != seconds.to_integral_value():
            raise BadValue(
                "too-precise", N_("{value} is no whole number of seconds"), value=str(value)
            )
        return bounded(int(seconds), value)

    def _unreadable(self, value: str) -> BadValue:
        return BadValue(
            "not-a-duration",
            N_("{value} is not a duration; write 1h30m, 90m, 2d or 1:30"),
            value=value,
        )


KINDS: tuple[Kind, ...] = (TimeKind(), DurationKind())


def _half_width(text: str) -> str:
    return text if text.isascii() else "".join(HALF_WIDTH.get(char, char) for char in text)


def _lasting(seconds: int, language: str) -> str:
    """So many seconds in days, hours, minutes and seconds."""
    left, text = abs(seconds), ""
    for sign, unit in _SIGNS[language]:
        count, left = divmod(left, unit)
        if count:
            text += f"{count}{sign}"
    return ("-" if seconds < 0 else "") + (text or f"0{_SIGNS[language][2][0]}")
