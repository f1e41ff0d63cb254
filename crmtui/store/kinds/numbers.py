"""Numbers, exact ones kept as integers of their smallest unit, and yes or no."""

import re
from collections.abc import Callable
from typing import Any

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
    written,
)

NUMBER_LIMIT = 60
"""Characters of a written number: far more than 64 bits need, with leading zeros and commas."""


class NumberKind(Kind):
    """Integers, and decimals kept as integers of their smallest unit."""

    sql_type = "INTEGER"
    settings = RANGE
    _grouped = r"[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.(\d*))?|[+-]?\.(\d+)"

    def scale(self, field: Field) -> int:
        """The number of decimals."""
        return field.scale or 0

    def reader(self, field: Field, reading: Reading) -> Reader:
        exact = self._exact(field)
        low = exact(field.minimum) if field.minimum else None
        high = exact(field.maximum) if field.maximum else None
        if low is None and high is None:
            return exact

        def read(value: Any) -> Stored:
            number = exact(value)
            if number is None:
                return None
            if low is not None and number < low:
                raise BadValue(
                    "too-small", N_("{value} is below {least}"), value=value, least=field.minimum
                )
            if high is not None and number > high:
                raise BadValue(
                    "too-large", N_("{value} is above {most}"), value=value, most=field.maximum
                )
            return number

        return read

    def _exact(self, field: Field) -> Callable[[Any], int | None]:
        scale = self.scale(field)
        unit = 10**scale
        grouped = self._grouped
        currency = field.currency
        key = self.key

        def exact(value: Any) -> int | None:
            if value is None:
                return None
            if isinstance(value, int) and not isinstance(value, bool):
                return bounded(value * unit, value)
            text = value.strip() if isinstance(value, str) else plain_number(value, key)
            if not text:
                return None
            if text.isdecimal() and text.isascii() and len(text) + scale < 19:
                return int(text) * unit
            whole, _, decimals = text.partition(".")
            if (
                whole.isdecimal()
                and decimals.isdecimal()
                and text.isascii()
                and len(decimals) <= scale
                and len(whole) + scale < 19
            ):
                return int(whole + decimals) * 10 ** (scale - len(decimals))
            if len(text) > NUMBER_LIMIT:
                raise BadValue("not-a-number", N_("{value} is not a number"), value=text)
            if currency and text[:3].upper() == currency:
                text = text[3:].lstrip()
            elif currency and text[-3:].upper() == currency:
                text = text[:-3].rstrip()
            if not text.isascii():
                # Full-width forms and the minus sign; NFKC would read 5² as 52.
                text = "".join(HALF_WIDTH.get(char, char) for char in text)
            found = re.fullmatch(grouped, text) if text.isascii() else None
            if not found:
                raise BadValue("not-a-number", N_("{value} is not a number"), value=value)
            decimals = (found[1] or found[2] or "").rstrip("0")
            if len(decimals) > scale:
                raise (
                    BadValue(
                        "too-precise",
                        N_("{value} has more than {scale} decimals"),
                        value=value,
                        scale=scale,
                    )
                    if scale
                    else BadValue("not-a-number", N_("{value} is not a whole number"), value=value)
                )
            whole = text.split(".")[0].replace(",", "")
            sign = -1 if whole.startswith("-") else 1
            number = int(whole.lstrip("+-") or 0) * unit + int((decimals or "0").ljust(scale, "0"))
            return bounded(sign * number, value)

        return exact

    def plain(self, value: Any, field: Field) -> str:
        return scaled(value, self.scale(field))

    def json(self, value: Any, field: Field) -> Any:
        scale = self.scale(field)
        if not scale or value % 10**scale == 0:
            return value // 10**scale
        from decimal import Decimal

        return Decimal(scaled(value, scale).rstrip("0"))

    def expression(self, column: str, field: Field) -> str:
        scale = self.scale(field)
        return f"({column} / {10**scale}.0)" if scale else column

    def from_expression(self, sql: str, field: Field) -> str:
        return f"CAST(round(({sql}) * {10 ** self.scale(field)}) AS INTEGER)"

    def check_settings(self, field: Field, reading: Reading) -> None:
        if field.scale is not None and not 0 <= field.scale <= 9:
            raise BadValue("bad-setting", N_("scale goes from 0 to 9"))
        super().check_settings(field, reading)
        exact = self._exact(field)
        if field.minimum and field.maximum:
            low, high = exact(field.minimum), exact(field.maximum)
            if low is not None and high is not None and low > high:
                raise empty_range(field)


class IntegerKind(NumberKind):
    key = "integer"
    can_be_title = True


class DecimalKind(NumberKind):
    key = "decimal"
    settings = NumberKind.settings | {"scale"}

    def scale(self, field: Field) -> int:
        return 2 if field.scale is None else field.scale

    def shown(self, value: Any, field: Field, language: str = "en") -> str:
        return grouped_digits(scaled(value, self.scale(field)))


class MoneyKind(DecimalKind):
    key = "money"
    settings = NumberKind.settings | {"scale", "currency"}


class BooleanKind(Kind):
    key = "boolean"
    sql_type = "INTEGER"
    can_be_unique = False
    _words = {
        **dict.fromkeys(("true", "yes", "y", "t", "on", "1", "是", "真", "对"), 1),
        **dict.fromkeys(("false", "no", "n", "f", "off", "0", "否", "假", "错"), 0),
    }
    _shown = {"en": ("no", "yes"), "zh": ("否", "是")}

    def reader(self, field: Field, reading: Reading) -> Reader:
        words = self._words

        def read(value: Any) -> Stored:
            text = written(value, self.key).strip()
            if not text:
                return None
            found = words.get(text.casefold())
            if found is None:
                raise BadValue(
                    "not-a-boolean", N_("{value} is neither true nor false"), value=value
                )
            return found

        return read

    def shown(self, value: Any, field: Field, language: str = "en") -> str:
        return self._shown["zh" if language.startswith("zh") else "en"][bool(value)]

    def from_expression(self, sql: str, field: Field) -> str:
        return f"(NOT NOT ({sql}))"

    def plain(self, value: Any, field: Field) -> str:
        return "true" if value else "false"

    def json(self, value: Any, field: Field) -> Any:
        return bool(value)


def scaled(value: int, scale: int) -> str:
    """An integer of the smallest unit as a decimal number: 1205050 at scale 2 is `12050.50`."""
    if not scale:
        return str(value)
    digits = str(abs(value)).rjust(scale + 1, "0")
    return f"{'-' if value < 0 else ''}{digits[:-scale]}.{digits[-scale:]}"


def grouped_digits(number: str) -> str:
    """A decimal number with its thousands set apart by commas."""
    whole, dot, decimals = number.partition(".")
    sign = "-" if whole.startswith("-") else ""
    return f"{sign}{int(whole.lstrip('-')):,}{dot}{decimals}"


KINDS: tuple[Kind, ...] = (IntegerKind(), DecimalKind(), MoneyKind(), BooleanKind())
