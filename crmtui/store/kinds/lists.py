"""Several values in one column: options of a list, and free words; kept as a JSON array of text."""

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

from crmtui.model.definitions import Field
from crmtui.model.message import N_
from crmtui.store.kinds.base import BadValue, Kind, Reader, Reading, Stored, normal, written
from crmtui.store.kinds.choices import ChoiceKind, option_reader

MOST_TAGS = 100
TAG_LENGTH = 100
LIST_LIMIT = 100_000
"""Characters of a written list."""

_SEPARATORS = ",，、;；"
_ITEM = rf'\s*(?:"((?:[^"]|"")*)"\s*(?=[{_SEPARATORS}]|\Z)|([^{_SEPARATORS}]*))([{_SEPARATORS}]|\Z)'
_CONTROL = "[\x00-\x1f\x7f-\x9f\u2028\u2029]"


class ListKind(Kind):
    """The common part of kinds that hold several values."""

    many = True
    can_be_unique = False

    def items(self, value: str) -> list[str]:
        """The values of a stored list; a text that is none stands for itself."""
        try:
            found = json.loads(value)
        except (ValueError, RecursionError):
            found = None
        return [str(item) for item in found] if isinstance(found, list) else [str(value)]

    def plain(self, value: Any, field: Field) -> str:
        return joined_list(self.items(value))

    def json(self, value: Any, field: Field) -> Any:
        return self.items(value)

    def shown(self, value: Any, field: Field, language: str = "en") -> str:
        return _joint(language).join(self.items(value))

    def order(self, column: str) -> str:
        return f"{column} COLLATE NOCASE"

    def plus(self, kept: Stored, more: Stored, field: Field) -> Stored:
        return self._stored([*self._of(kept), *self._of(more)], field)

    def minus(self, kept: Stored, less: Stored, field: Field) -> Stored:
        gone = {item.casefold() for item in self._of(less)}
        left = [item for item in self._of(kept) if item.casefold() not in gone]
        return self._stored(left, field)

    def _of(self, value: Stored) -> list[str]:
        return self.items(str(value)) if value is not None else []

    def _stored(self, items: Iterable[str], field: Field) -> Stored:
        """Items as they are stored; each once, ignoring case."""
        distinct: dict[str, str] = {}
        for item in items:
            distinct.setdefault(item.casefold(), item)
        if not distinct:
            return None
        return json.dumps(self._arranged(list(distinct.values()), field), ensure_ascii=False)

    def _arranged(self, items: list[str], field: Field) -> list[str]:
        return items


class MultiChoiceKind(ListKind, ChoiceKind):
    """Any number of the options of a field, in the order of the options."""

    key = "multichoice"
    many = True
    can_be_unique = False

    def reader(self, field: Field, reading: Reading) -> Reader:
        option = option_reader(field, self.key)

        def read(value: Any) -> Stored:
            if isinstance(value, str) and any(mark in value for mark in _SEPARATORS):
                try:
                    # A label may have a comma in it.
                    whole = option(value)
                    return self._stored([whole] if whole else [], field)
                except BadValue:
                    pass
            found = (option(item) for item in _written_items(value, self.key))
            return self._stored(filter(None, found), field)

        return read

    def shown(self, value: Any, field: Field, language: str = "en") -> str:
        known = field.option_by_key
        return _joint(language).join(
            known[key].name(language) if key in known else key for key in self.items(value)
        )

    def keeping(self, field: Field, kept: Stored) -> Field:
        return self._with(field, frozenset(self._of(kept)))

    def holding(self, column: str, key: str) -> str:
        # Keys hold no quotes, so that a quoted key is nothing but that option.
        return f"instr({column}, '\"' || {key} || '\"')"

    def renamed(self, column: str, old: str, new: str) -> str:
        return f"replace({column}, '\"' || {old} || '\"', '\"' || {new} || '\"')"

    def order(self, column: str) -> str:
        return column

    def _arranged(self, items: list[str], field: Field) -> list[str]:
        places = {option.key: place for place, option in enumerate(field.options)}
        return sorted(items, key=lambda item: places.get(item, len(places)))


class TagsKind(ListKind):
    """Free words, in the order in which they were written."""

    key = "tags"

    def reader(self, field: Field, reading: Reading) -> Reader:
        def read(value: Any) -> Stored:
            tags = [_tag(item) for item in _written_items(value, self.key)]
            return self._stored(filter(None, tags), field)

        return read

    def _arranged(self, items: list[str], field: Field) -> list[str]:
        if len(items) > MOST_TAGS:
            raise BadValue(
                "too-many",
                N_("has {found} tags, at most {most} are allowed"),
                found=len(items),
                most=MOST_TAGS,
            )
        return items


KINDS: tuple[Kind, ...] = (MultiChoiceKind(), TagsKind())


def split_list(text: str) -> list[str]:
    """The parts of a written list: divided by commas or semicolons, `"quoted"` as a CSV cell."""
    found = []
    item: Callable[[str, int], re.Match[str] | None] = re.compile(_ITEM).match
    place = 0
    while place <= len(text):
        match = item(text, place)
        if match is None:  # pragma: no cover - the pattern matches anything
            break
        quoted, bare, separator = match.groups()
        found.append(quoted.replace('""', '"') if quoted is not None else bare.strip())
        if not separator:
            break
        place = match.end()
    return [part for part in found if part]


def joined_list(items: Iterable[str]) -> str:
    """Items as a written list, which `split_list` reads back."""
    return ",".join(map(_quoted, items))


def _written_items(value: Any, kind: str) -> list[str]:
    """A list, or a text that is one, as the texts of its items."""
    if isinstance(value, list | tuple):
        return [written(item, kind) for item in value]
    text = written(value, kind)
    if len(text) > LIST_LIMIT:
        raise BadValue(
            "too-long",
            N_("has {found} characters, at most {most} are allowed"),
            found=len(text),
            most=LIST_LIMIT,
        )
    return split_list(text)


def _tag(text: str) -> str:
    text = normal(text.strip())
    found = re.search(_CONTROL, text)
    if found:
        raise BadValue(
            "control-character",
            N_("holds the control character {character} at character {place}"),
            character=f"U+{ord(found.group()):04X}",
            place=found.start() + 1,
        )
    if len(text) > TAG_LENGTH:
        raise BadValue(
            "too-long",
            N_("the tag {tag} has {found} characters, at most {most} are allowed"),
            tag=text,
            found=len(text),
            most=TAG_LENGTH,
        )
    return text


def _quoted(item: str) -> str:
    if '"' in item or any(mark in item for mark in _SEPARATORS):
        return '"' + item.replace('"', '""') + '"'
    return item


def _joint(language: str) -> str:
    return "、" if language.startswith("zh") else ", "
