"""Days and moments."""

import re
from typing import Any

from crmtui.model.definitions import Field
from crmtui.model.message import N_
from crmtui.store import dates
from crmtui.store.kinds.base import (
    RANGE,
    BadValue,
    Kind,
    Reader,
    Reading,
    Stored,
    empty_range,
    within,
    written,
)


class DateKind(Kind):
    key = "date"
    settings = RANGE
    can_be_title = True

    def reader(self, field: Field, reading: Reading) -> Reader:
        low = self._day(field.minimum, reading) if field.minimum else None
        high = self._day(field.maximum, reading) if field.maximum else None
        known: dict[str, str] = {}

        def read(value: Any) -> Stored:
            if not isinstance(value, str):
                value = written(value, self.key)
            text = known.get(value)
            if text is None:
                stripped = value.strip()
                if not stripped:
                    return None
                text = self._day(stripped, reading)
                if len(known) < 10_000:
                    known[value] = text
            return within(text, low, high, field)

        return read

    def check_settings(self, field: Field, reading: Reading) -> None:
        super().check_settings(field, reading)
        if (
            field.minimum
            and field.maximum
            and self._day(field.minimum, reading) > self._day(field.maximum, reading)
        ):
            raise empty_range(field)

    def from_expression(self, sql: str, field: Field) -> str:
        return f"date({sql})"

    def _day(self, text: str, reading: Reading) -> str:
        day = dates.read_date(text, reading.today, reading.date_order)
        if day is None and ":" in text:
            moment = re.fullmatch(r"(.+?)[T ]0{1,2}:00(:00(\.0+)?)?( ?AM)?", text)
            if moment:
                day = dates.read_date(moment[1], reading.today, reading.date_order)
        if day is None:
            raise BadValue(
                "not-a-date",
                N_("{value} is not a date; write YYYY-MM-DD, today, +3d, fri or eom"),
                value=text,
            )
        return day.isoformat()


class DateTimeKind(Kind):
    key = "datetime"
    settings = RANGE

    def reader(self, field: Field, reading: Reading) -> Reader:
        low = self._moment(field.minimum, reading) if field.minimum else None
        high = self._moment(field.maximum, reading) if field.maximum else None

        def read(value: Any) -> Stored:
            text = written(value, self.key).strip()
            if not text:
                return None
            return within(self._moment(text, reading), low, high, field)

        return read

    def _moment(self, text: str, reading: Reading) -> str:
        moment = dates.read_moment(text, reading.now, reading.date_order)
        if moment is None:
            raise BadValue(
                "not-a-datetime",
                N_("{value} is not a date and time; write YYYY-MM-DD HH:MM, now or tomorrow 09:30"),
                value=text,
            )
        return dates.moment_text(moment)

    def shown(self, value: Any, field: Field, language: str = "en") -> str:
        return dates.local_text(value)

    def from_expression(self, sql: str, field: Field) -> str:
        return f"strftime('%Y-%m-%dT%H:%M:%SZ', {sql})"

    def order(self, column: str) -> str:
        # Without its Z, a whole second comes before its fractions.
        return f"rtrim({column}, 'Z')"

    def check_settings(self, field: Field, reading: Reading) -> None:
        super().check_settings(field, reading)
        if (
            field.minimum
            and field.maximum
            and self._moment(field.minimum, reading) > self._moment(field.maximum, reading)
        ):
            raise empty_range(field)


KINDS: tuple[Kind, ...] = (DateKind(), DateTimeKind())
