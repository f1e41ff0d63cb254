"""Automatic numbers, such as `C-2026-0042`: their form. The store counts (`store.autonumbers`)."""

import re
from datetime import date
from typing import Any

from crmtui.model.definitions import Field
from crmtui.model.message import N_
from crmtui.store.kinds.base import BadValue, Kind, Reader, Reading, written

PADDING = 4
MOST_DIGITS = 15
"""Digits of a number, far beyond what anybody counts to."""

LONGEST_PREFIX = 40

_PLACES = {"Y": "[0-9]{4}", "M": "0[1-9]|1[0-2]", "D": "0[1-9]|[12][0-9]|3[01]"}
_NONSENSE = ("default", "required", "required_when", "read_only_when", "write_once")


class AutonumberKind(Kind):
    """A number that the store gives to each new record, and that stays what it is."""

    key = "autonumber"
    settings = frozenset({"prefix", "padding", "reset"})
    can_be_title = True
    given = True

    def reader(self, field: Field, reading: Reading) -> Reader:
        matched = re.compile(_pattern(field), re.IGNORECASE).fullmatch

        def read(value: Any) -> Any:
            text = written(value, self.key).strip()
            if not text:
                return None
            match = matched(text) if text.isprintable() else None
            if match is None:
                raise BadValue(
                    "other-form",
                    N_("{value} is not written as {example}"),
                    value=text,
                    example=number_text(field, reading.today, 1),
                )
            return _filled(field.prefix or "", match.groupdict()) + match["number"]

        return read

    def order(self, column: str) -> str:
        # By the number at the end as a number: 10000 comes behind 9999.
        prefix = f"rtrim({column}, '0123456789')"
        number = f"substr({column}, length({prefix}) + 1)"
        return f"{prefix} || substr('{'0' * 30}' || {number}, -30)"

    def check_settings(self, field: Field, reading: Reading) -> None:
        for name in _NONSENSE:
            if getattr(field, name):
                raise BadValue(
                    "bad-setting", N_("the store gives the number; it has no {name}"), name=name
                )
        if field.padding is not None and not 1 <= field.padding <= MOST_DIGITS:
            raise BadValue("bad-setting", N_("padding goes from 1 to {most}"), most=MOST_DIGITS)
        prefix = field.prefix or ""
        if len(prefix) > LONGEST_PREFIX or not prefix.isprintable():
            raise BadValue(
                "bad-setting",
                N_("a prefix has at most {most} characters, on one line"),
                most=LONGEST_PREFIX,
            )
        if not {"{", "}"}.isdisjoint(re.sub(r"\{[YMD]\}", "", prefix)):
            raise BadValue(
                "bad-setting",
                N_("{prefix}: what stands in braces is Y, M or D, for year, month and day"),
                prefix=prefix,
            )
        needed = {"year": ["{Y}"], "month": ["{Y}", "{M}"]}.get(field.reset or "", [])
        if any(place not in prefix for place in needed):
            raise BadValue(
                "bad-setting",
                N_("numbers that begin again each {reset} need {places} in their prefix"),
                reset=field.reset,
                places=needed,
            )
        super().check_settings(field, reading)


KINDS: tuple[Kind, ...] = (AutonumberKind(),)


def number_text(field: Field, day: date, number: int) -> str:
    """A number of a field as it is written for a record made on a day."""
    places = {"Y": f"{day.year:04d}", "M": f"{day.month:02d}", "D": f"{day.day:02d}"}
    return f"{_filled(field.prefix or '', places)}{number:0{field.padding or PADDING}d}"


def period_of(field: Field, day: date) -> str:
    """What the numbers of a day are counted by: its year, its month, or nothing."""
    return {"year": f"{day.year:04d}", "month": f"{day.year:04d}-{day.month:02d}"}.get(
        field.reset or "", ""
    )


def number_of(field: Field, text: str) -> tuple[str, int] | None:
    """The period and the number in a text of the field's form; None for any other text."""
    match = re.fullmatch(_pattern(field), text)
    if match is None:
        return None
    places = match.groupdict()
    period = {"year": "{Y}", "month": "{Y}-{M}"}.get(field.reset or "", "")
    return _filled(period, places), int(match["number"])


def _pattern(field: Field) -> str:
    """The form of the field's numbers as a regular expression."""
    parts = []
    seen: set[str] = set()
    for part in re.split(r"(\{[YMD]\})", field.prefix or ""):
        place = part[1:-1] if re.fullmatch(r"\{[YMD]\}", part) else ""
        if not place:
            parts.append(re.escape(part))
        elif place in seen:
            parts.append(f"(?P={place})")
        else:
            seen.add(place)
            parts.append(f"(?P<{place}>{_PLACES[place]})")
    least = min(field.padding or PADDING, MOST_DIGITS)
    return f"{''.join(parts)}(?P<number>[0-9]{{{least},{MOST_DIGITS}}})"


def _filled(prefix: str, places: dict[str, str]) -> str:
    for place, digits in places.items():
        prefix = prefix.replace(f"{{{place}}}", digits)
    return prefix
