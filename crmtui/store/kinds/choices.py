"""One of the options of a field."""

from collections.abc import Callable
from typing import Any

from crmtui.model.definitions import Field
from crmtui.model.message import N_
from crmtui.store.kinds.base import BadValue, Kind, Reader, Reading, Stored, normal, written


class ChoiceKind(Kind):
    key = "choice"
    settings = frozenset({"options", "options_of"})

    def reader(self, field: Field, reading: Reading) -> Reader:
        return option_reader(field, self.key)

    def shown(self, value: Any, field: Field, language: str = "en") -> str:
        option = field.option_by_key.get(value)
        return option.name(language) if option else str(value)

    def keeping(self, field: Field, kept: Stored) -> Field:
        return self._with(field, frozenset({str(kept)}))

    def check_settings(self, field: Field, reading: Reading) -> None:
        if field.default is not None and field.options:
            super().check_settings(field, reading)

    def holding(self, column: str, key: str) -> str:
        """The SQL of whether a stored value holds an option, given the SQL of its key."""
        return f"{column} = {key}"

    def renamed(self, column: str, old: str, new: str) -> str:
        """The SQL of a stored value that holds an option, with another in its place."""
        return new

    @staticmethod
    def _with(field: Field, keys: frozenset[str]) -> Field:
        """The field with some of its options in use, retired or not."""
        if not any(option.retired and option.key in keys for option in field.options):
            return field
        return field.but(
            options=tuple(
                option.but(retired_at=None) if option.key in keys else option
                for option in field.options
            )
        )


def option_reader(field: Field, kind: str) -> Callable[[Any], str | None]:
    """A function from an option's key or label, in any letter case, to its key."""
    words: dict[str, str] = {}
    for option in reversed([o for o in field.options if not o.retired]):
        for word in (option.label_zh, option.label, option.key):
            if word:
                words[word.strip().casefold()] = option.key
    for option in field.options:
        if not option.retired:
            words[option.key.casefold()] = option.key

    def read(value: Any) -> str | None:
        text = written(value, kind).strip()
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


KINDS: tuple[Kind, ...] = (ChoiceKind(),)
