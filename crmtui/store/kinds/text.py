"""Text on one line and on several."""

import re
import unicodedata
from collections.abc import Callable
from typing import Any

from crmtui.model.definitions import Field
from crmtui.model.message import N_, Bilingual
from crmtui.store.kinds.base import BadValue, Kind, Reader, Reading, Stored, folded, normal, written

TEXT_LIMIT = 10_000
LONGTEXT_LIMIT = 1_000_000


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
        matching = matcher(field)
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
            return matching(text)

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

    def from_expression(self, sql: str, field: Field) -> str:
        return f"CAST({sql} AS TEXT)"

    def folded(self, value: Any, field: Field) -> str:
        return folded(value)

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


def matcher(field: Field) -> Callable[[str], str]:
    """A function that gives a text back when it matches the pattern of a field.

    It raises `BadValue` otherwise; and so does this when the pattern is none.
    """
    if not field.pattern:
        return str
    try:
        pattern = re.compile(field.pattern)
    except (re.error, RecursionError, OverflowError) as problem:
        raise BadValue(
            "bad-pattern",
            N_("{pattern} is not a regular expression: {reason}"),
            pattern=field.pattern,
            reason=str(problem),
        ) from problem

    def matching(text: str) -> str:
        if not pattern.fullmatch(text):
            said = Bilingual(field.pattern_message, field.pattern_message_zh)
            if said:
                raise BadValue("pattern", "{message}", message=said)
            raise BadValue(
                "pattern",
                N_("{value} does not match the pattern {pattern}"),
                value=text,
                pattern=field.pattern,
            )
        return text

    return matching


KINDS: tuple[Kind, ...] = (TextKind(), LongTextKind())
