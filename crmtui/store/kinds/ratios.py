"""Numbers that people read with a sign: percentages and stars."""

import re
from collections.abc import Callable
from typing import Any

from crmtui.model.definitions import Field
from crmtui.model.message import N_
from crmtui.store.kinds.base import HALF_WIDTH, BadValue, Kind, Reader, Reading, Stored
from crmtui.store.kinds.numbers import DecimalKind, NumberKind, scaled

MOST_STARS = 10
USUAL_STARS = 5


class PercentKind(DecimalKind):
    """A share of a hundred: 30 means 30 %."""

    key = "percent"

    def shown(self, value: Any, field: Field, language: str = "en") -> str:
        number = scaled(value, self.scale(field))
        return f"{number.rstrip('0').rstrip('.') if '.' in number else number}%"

    def _exact(self, field: Field) -> Callable[[Any], int | None]:
        exact = super()._exact(field)

        def percent(value: Any) -> int | None:
            if not isinstance(value, str) or value.strip()[-1:] not in ("%", "％"):
                return exact(value)
            number = exact(value.strip()[:-1])
            if number is None:
                raise BadValue("not-a-number", N_("{value} is not a number"), value=value)
            return number

        return percent


class RatingKind(NumberKind):
    """So many stars of at most ten; none at all is a rating too."""

    key = "rating"
    settings = frozenset({"maximum"})
    _stars = r"([★⭐*]*)([☆✩]*)"
    _of = r"(\d{1,2})\s*(?:/\s*(\d{1,2})|[★⭐*])"

    def scale(self, field: Field) -> int:
        return 0

    def reader(self, field: Field, reading: Reading) -> Reader:
        most = self._most(field)
        bounded = super().reader(field.but(minimum="0", maximum=str(most)), reading)

        def read(value: Any) -> Stored:
            return bounded(self._counted(value, most) if isinstance(value, str) else value)

        return read

    def shown(self, value: Any, field: Field, language: str = "en") -> str:
        return "★" * value + "☆" * (self._most(field) - value)

    def check_settings(self, field: Field, reading: Reading) -> None:
        if not 1 <= self._most(field) <= MOST_STARS:
            raise BadValue("bad-setting", N_("a rating has 1 to {most} stars"), most=MOST_STARS)
        super().check_settings(field, reading)

    def _most(self, field: Field) -> int:
        if field.maximum is None:
            return USUAL_STARS
        return self._exact(field)(field.maximum) or 0

    def _counted(self, text: str, most: int) -> str:
        """Stars, and `3/5`, as the number they mean; anything else as it is."""
        text = text.strip().replace("\ufe0f", "")
        if not text or text.isdecimal():
            return text
        text = "".join(HALF_WIDTH.get(char, char) for char in text)
        stars = re.fullmatch(self._stars, text)
        if stars and len(text) < 100:
            return str(len(stars[1]) if len(text) <= most else len(text))
        found = re.fullmatch(self._of, text)
        if found and found[2] in (None, str(most)):
            return found[1]
        return text


KINDS: tuple[Kind, ...] = (PercentKind(), RatingKind())
