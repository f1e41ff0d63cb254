"""What every kind of field has in common, and what reading a value depends on.

A kind's `reader` is compiled once per field and then called for every value, so that a form, a
command and an import of a hundred thousand rows read a value in exactly the same way.
"""

import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from crmtui.model.definitions import Field
from crmtui.model.message import N_, Message

Stored = int | str | None
Reader = Callable[[Any], Stored]

INT64 = 2**63
MESSAGE_LIMIT = 100
"""Characters of a value that a message repeats."""

RANGE = frozenset({"minimum", "maximum", "min_field", "max_field"})
"""The settings of what has a least and a greatest value."""

HALF_WIDTH = {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | {
    "\u3000": " ",
    "\u2212": "-",
}
"""Full-width forms, and the minus sign, as ASCII has them."""


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
        user: turns a written user, or `me`, into the user's id.
        file: gives, for a file field, the function that keeps a written file.
    """

    def __init__(
        self,
        now: datetime | None = None,
        date_order: str | None = None,
        link: Callable[[Field], Reader] | None = None,
        user: Reader | None = None,
        file: Callable[[Field], Reader] | None = None,
    ) -> None:
        self.now = now or datetime.now().astimezone()
        self.date_order = date_order
        self.link = link
        self.user = user
        self.file = file
        self.held: tuple[Any, ...] = ()
        """What the record has in the field that is read: links and files that it may keep."""
        self.named: str | None = None
        """What SQL that was written for this moment is about: the `day`, or the `moment`."""

    @property
    def today(self) -> date:
        """The day of entry."""
        return self.now.date()

    @property
    def outlived(self) -> bool:
        """Whether SQL that was written for this moment means something else by now."""
        if self.named is None:
            return False
        now = datetime.now().astimezone()
        if self.named == "moment":
            return now.replace(microsecond=0) != self.now.replace(microsecond=0)
        return now.date() != self.today


class Kind:
    """The common part of every kind; the defaults suit a kind stored as one line of text."""

    key = ""
    sql_type = "TEXT"
    settings: frozenset[str] = frozenset()
    """Attributes of a field that only some kinds have."""
    can_be_title = False
    can_be_unique = True
    stored = True
    """Whether it has a column in the table of its type."""
    computed = False
    """Whether its value follows from others and cannot be set."""
    given = False
    """Whether the store gives the value when a record is made, and nobody types it."""
    many = False
    """Whether it holds several values, of which one can be added or taken away."""
    references: str | None = None
    """The table of which it holds an id, when that is the same for every field of the kind."""
    parts: tuple[str, ...] = ()
    """The parts of a structured value, each of which can be set and asked for by itself."""

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

    def from_expression(self, sql: str, field: Field) -> str:
        """The SQL of what would be stored of an expression's natural value; it never raises."""
        return sql

    def part(self, column: str, name: str) -> str:
        """The SQL of one of the `parts`; NULL where there is none, and it never raises."""
        raise NotImplementedError

    def order(self, column: str) -> str:
        """The SQL by which records are sorted."""
        return column

    def named(self, value: Any, field: Field) -> str:
        """What a record is called, in no language, whose title a stored value is."""
        return self.plain(value, field)

    def folded(self, value: Any, field: Field) -> str:
        """A stored value as it is compared where letter case, width and spaces do not count."""
        return str(value)

    def keeping(self, field: Field, kept: Stored) -> Field:
        """The field as it is for a record that has a stored value: what it has may stay."""
        return field

    def plus(self, kept: Stored, more: Stored, field: Field) -> Stored:
        """A stored value with the values of another added; only of kinds that hold `many`."""
        raise NotImplementedError

    def minus(self, kept: Stored, less: Stored, field: Field) -> Stored:
        """A stored value without the values of another; only of kinds that hold `many`."""
        raise NotImplementedError

    def with_parts(self, kept: Stored, given: Mapping[str, Any], field: Field) -> Any:
        """What is written when some `parts` of a stored value are set and the others stay."""
        raise NotImplementedError

    def check_settings(self, field: Field, reading: Reading) -> None:
        """Raise `BadValue` when default, minimum, maximum or pattern make no sense."""
        read = self.reader(field, reading)
        if field.default is not None:
            read(field.default)


def within(value: str, low: str | None, high: str | None, field: Field) -> str:
    """`value` when it lies between two stored texts; raises `BadValue` otherwise."""
    if low is not None and value.rstrip("Z") < low.rstrip("Z"):
        raise BadValue(
            "too-small", N_("{value} is before {least}"), value=value, least=field.minimum
        )
    if high is not None and value.rstrip("Z") > high.rstrip("Z"):
        raise BadValue("too-large", N_("{value} is after {most}"), value=value, most=field.maximum)
    return value


def normal(text: str) -> str:
    """`text` in NFC; raises `BadValue` when it is no Unicode text at all."""
    try:
        text.encode()
    except UnicodeEncodeError as problem:
        raise BadValue("not-unicode", N_("is not valid UTF-8 text")) from problem
    return unicodedata.normalize("NFC", text)


def folded(text: str) -> str:
    """`text` without what writing adds: letter case, full or half width, spaces."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def written(value: Any, kind: str) -> str:
    """What JSON holds, as the text a person would have written; lists and objects are refused."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return plain_number(value, kind)


def plain_number(value: Any, kind: str) -> str:
    from decimal import Decimal

    if not isinstance(value, int | float | Decimal) or isinstance(value, bool):
        raise BadValue(
            "wrong-shape", N_("{value} is not a value of kind {kind}"), value=value, kind=kind
        )
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite() or abs(number.adjusted()) > 40:
        raise BadValue("not-a-number", N_("{value} is not a number"), value=str(value))
    return format(number, "f")


def _brief(fact: Any) -> Any:
    """A fact short enough for one line: a value of ten megabytes is not repeated."""
    text = fact if isinstance(fact, str) else repr(fact) if isinstance(fact, dict) else ""
    if len(text) > MESSAGE_LIMIT:
        fact = text[:MESSAGE_LIMIT] + "…"
    return " ".join(fact.splitlines()) if isinstance(fact, str) else fact


def empty_range(field: Field) -> BadValue:
    return BadValue(
        "bad-setting",
        N_("the least value {least} is above the greatest {most}"),
        least=field.minimum,
        most=field.maximum,
    )


def bounded(number: int, value: Any) -> int:
    if not -INT64 <= number < INT64:
        raise BadValue("too-large", N_("{value} is too large"), value=str(value)[:40])
    return number
