"""One object per kind of field: how it is stored, read, checked, shown, compared and exported.

A kind's `reader` is compiled once per field and then called for every value, so that a form, a
command and an import of a hundred thousand rows read a value in exactly the same way.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from crmtui.model.definitions import Field
from crmtui.model.message import N_, Message
from crmtui.store import dates

Stored = int | str | None
Reader = Callable[[Any], Stored]

INT64 = 2**63
TEXT_LIMIT = 10_000
LONGTEXT_LIMIT = 1_000_000
NUMBER_LIMIT = 60
"""Characters of a written number: far more than 64 bits need, with leading zeros and commas."""
MESSAGE_LIMIT = 100
"""Characters of a value that a message repeats."""


RANGE = frozenset({"minimum", "maximum", "min_field", "max_field"})
"""The settings of what has a least and a greatest value."""


class BadValue(ValueError):
    """A value that its kind cannot take; `message` says why, without naming the field."""

    def __init__(self, code: str, template: str, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.message = Message(template, **{name: _brief(fact) for name, fact in facts.items()})


class Reading:
    """What reading values depends on besides the field.

    Args:
        now: the moment of entry, in the user's zone; `today` is its day.
        date_order: one of `dates.DATE_ORDERS`, or None for year-first dates only.
        link: gives, for a link field, the function that turns a written value into a record id.
    """

    def __init__(
        self,
        now: datetime | None = None,
        date_order: str | None = None,
        link: Callable[[Field], Reader] | None = None,
    ) -> None:
        self.now = now or datetime.now().astimezone()
        self.date_order = date_order
        self.link = link

    @property
    def today(self) -> date:
        """The day of entry."""
        return self.now.date()


class Kind:
    """The common part of every kind; the defaults suit a kind stored as one line of text."""

    key = ""
    sql_type = "TEXT"
    settings: frozenset[str] = frozenset()
    """Attributes of a field that only some kinds have."""
    can_be_title = False
    can_be_unique = True

    def reader(self, field: Field, reading: Reading) -> Reader:
        """A function from a written value (text, or what JSON holds) to what is stored.

        It returns None for no value and raises `BadValue`.
        """
        raise NotImplementedError

    def shown(self, value: Any, field: Field, language: str = "en") -> str:
        """A stored value as people read it; not yet safe for a terminal."""
        return self.plain(value, field)

    def plain(self, value: Any, field: Field) -> str:
        """A stored value as machines read it, in CSV and TSV; `reader` takes it back."""
        return str(value)

    def json(self, value: Any, field: Field) -> Any:
        """A stored value as JSON holds it: str, int, bool, or a Decimal for an exact number."""
        return value

    def expression(self, column: str, field: Field) -> str:
        """The SQL that an expression means by the field's name."""
        return column

    def order(self, column: str) -> str:
        """The SQL by which records are sorted."""
        return column

    def check_settings(self, field: Field, reading: Reading) -> None:
        """Raise `BadValue` when default, minimum, maximum or pattern make no sense."""
        read = self.reader(field, reading)
        if field.default is not None:
            read(field.default)


class TextKind(Kind):
    key = "text"
    settings = frozenset(
        {"max_length", "pattern", "pattern_message", "pattern_message_zh", "unique_as"}
    )
    can_be_title = True
    limit = TEXT_LIMIT
    _control = "[\x00-\x1f\x7f-\x9f\u2028\u2029]"

    def reader(self, field: Field, reading: Reading) -> Reader:
        limit = min(field.max_length or self.limit, self.limit)
        pattern = compiled(field.pattern)
        clean = self.clean
        key = self.key

        def read(value: Any) -> Stored:
            text = clean(value if isinstance(value, str) else written(value, key))
            if not text:
                return None
            if len(text) > limit:
                raise BadValue(
                    "too-long",
                    N_("has {found} characters, at most {most} are allowed"),
                    found=len(text),
                    most=limit,
                )
            if pattern and not pattern.fullmatch(text):
                raise BadValue(
                    "pattern",
                    N_("{value} does not match the pattern {pattern}"),
                    value=text,
                    pattern=field.pattern,
                )
            return text

        return read

    def clean(self, text: str) -> str:
        """`text` trimmed, in NFC, on one line."""
        text = text.strip()
        # What is printable holds no control character and no half of a surrogate pair.
        if text.isprintable() and (text.isascii() or unicodedata.is_normalized("NFC", text)):
            return text
        found = re.search(self._control, text)
        if found:
            raise BadValue(
                "control-character",
                N_("holds {character} at character {place}; longtext takes several lines"),
                character=f"U+{ord(found.group()):04X}",
                place=found.start() + 1,
            )
        return normal(text)

    def order(self, column: str) -> str:
        return f"{column} COLLATE NOCASE"

    def check_settings(self, field: Field, reading: Reading) -> None:
        if field.max_length is not None and not 1 <= field.max_length <= self.limit:
            raise BadValue("bad-setting", N_("max-length goes from 1 to {most}"), most=self.limit)
        super().check_settings(field, reading)


class LongTextKind(TextKind):
    key = "longtext"
    limit = LONGTEXT_LIMIT
    can_be_title = False
    can_be_unique = False
    _control = "[\x00-\x08\x0b-\x1f\x7f-\x9f]"

    def clean(self, text: str) -> str:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        if not text.strip():
            return ""
        found = re.search(self._control, text)
        if found:
            raise BadValue(
                "control-character",
                N_("holds the control character {character} at character {place}"),
                character=f"U+{ord(found.group()):04X}",
                place=found.start() + 1,
            )
        return text if text.isascii() else normal(text)

    def order(self, column: str) -> str:
        return column


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
                return _bounded(value * unit, value)
            text = value.strip() if isinstance(value, str) else _plain_number(value, key)
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
                text = "".join(_HALF_WIDTH.get(char, char) for char in text)
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
            return _bounded(sign * number, value)

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

    def check_settings(self, field: Field, reading: Reading) -> None:
        if field.scale is not None and not 0 <= field.scale <= 9:
            raise BadValue("bad-setting", N_("scale goes from 0 to 9"))
        super().check_settings(field, reading)
        exact = self._exact(field)
        if field.minimum and field.maximum:
            low, high = exact(field.minimum), exact(field.maximum)
            if low is not None and high is not None and low > high:
                raise _empty_range(field)


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

    def plain(self, value: Any, field: Field) -> str:
        return "true" if value else "false"

    def json(self, value: Any, field: Field) -> Any:
        return bool(value)


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
            raise _empty_range(field)

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
            raise _empty_range(field)


class ChoiceKind(Kind):
    key = "choice"
    settings = frozenset({"options", "options_of"})

    def reader(self, field: Field, reading: Reading) -> Reader:
        words: dict[str, str] = {}
        for option in reversed([o for o in field.options if not o.retired]):
            for word in (option.label_zh, option.label, option.key):
                if word:
                    words[word.strip().casefold()] = option.key
        for option in field.options:
            if not option.retired:
                words[option.key.casefold()] = option.key

        def read(value: Any) -> Stored:
            text = written(value, self.key).strip()
            if not text:
                return None
            found = words.get(normal(text).casefold())
            if found is None:
                raise BadValue(
                    "not-an-option",
                    N_("{value} is not one of {options}"),
                    value=text,
                    options=[o.key for o in field.options if not o.retired],
                )
            return found

        return read

    def shown(self, value: Any, field: Field, language: str = "en") -> str:
        option = field.option_by_key.get(value)
        return option.name(language) if option else str(value)

    def check_settings(self, field: Field, reading: Reading) -> None:
        if field.default is not None and field.options:
            super().check_settings(field, reading)


class LinkKind(Kind):
    """A reference to a record of another type; stored as its id."""

    key = "link"
    sql_type = "INTEGER"
    settings = frozenset({"target"})

    def reader(self, field: Field, reading: Reading) -> Reader:
        if reading.link is None:
            raise BadValue("no-default", N_("a link has no default"))
        return reading.link(field)

    def check_settings(self, field: Field, reading: Reading) -> None:
        if field.default is not None:
            raise BadValue("no-default", N_("a link has no default"))


KINDS: dict[str, Kind] = {
    kind.key: kind
    for kind in (
        TextKind(),
        LongTextKind(),
        IntegerKind(),
        DecimalKind(),
        MoneyKind(),
        BooleanKind(),
        DateKind(),
        DateTimeKind(),
        ChoiceKind(),
        LinkKind(),
    )
}


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


def normal(text: str) -> str:
    """`text` in NFC; raises `BadValue` when it is no Unicode text at all."""
    try:
        text.encode()
    except UnicodeEncodeError as problem:
        raise BadValue("not-unicode", N_("is not valid UTF-8 text")) from problem
    return unicodedata.normalize("NFC", text)


def written(value: Any, kind: str) -> str:
    """What JSON holds, as the text a person would have written; lists and objects are refused."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return _plain_number(value, kind)


def compiled(pattern: str | None) -> re.Pattern[str] | None:
    """The regular expression of a field, or None; raises `BadValue` when it is none."""
    if not pattern:
        return None
    try:
        return re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as problem:
        raise BadValue(
            "bad-pattern",
            N_("{pattern} is not a regular expression: {reason}"),
            pattern=pattern,
            reason=str(problem),
        ) from problem


def within(value: str, low: str | None, high: str | None, field: Field) -> str:
    """`value` when it lies between two stored texts; raises `BadValue` otherwise."""
    if low is not None and value.rstrip("Z") < low.rstrip("Z"):
        raise BadValue(
            "too-small", N_("{value} is before {least}"), value=value, least=field.minimum
        )
    if high is not None and value.rstrip("Z") > high.rstrip("Z"):
        raise BadValue("too-large", N_("{value} is after {most}"), value=value, most=field.maximum)
    return value


def _brief(fact: Any) -> Any:
    """A fact short enough for one line: a value of ten megabytes is not repeated."""
    text = fact if isinstance(fact, str) else repr(fact) if isinstance(fact, dict) else ""
    return text[:MESSAGE_LIMIT] + "…" if len(text) > MESSAGE_LIMIT else fact


def _plain_number(value: Any, kind: str) -> str:
    from decimal import Decimal

    if not isinstance(value, int | float | Decimal) or isinstance(value, bool):
        raise BadValue(
            "wrong-shape", N_("{value} is not a value of kind {kind}"), value=value, kind=kind
        )
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite() or abs(number.adjusted()) > 40:
        raise BadValue("not-a-number", N_("{value} is not a number"), value=str(value))
    return format(number, "f")


_HALF_WIDTH = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | {
    "\u3000": " ",
    "\u2212": "-",
}


def _empty_range(field: Field) -> BadValue:
    return BadValue(
        "bad-setting",
        N_("the least value {least} is above the greatest {most}"),
        least=field.minimum,
        most=field.maximum,
    )


def _bounded(number: int, value: Any) -> int:
    if not -INT64 <= number < INT64:
        raise BadValue("too-large", N_("{value} is too large"), value=str(value)[:40])
    return number
