"""One of the options of a field."""

from typing import Any

from crmtui.model.definitions import Field
from crmtui.model.message import N_
from crmtui.store.kinds.base import BadValue, Kind, Reader, Reading, Stored, normal, written


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


KINDS: tuple[Kind, ...] = (ChoiceKind(),)
