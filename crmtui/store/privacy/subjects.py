"""The texts by which a person is known, and where in other texts they stand.

A name is found as whole words (within a text in Chinese anywhere, since that has none), an e-mail
address as a whole address, a phone number with whatever people write between its digits.
"""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from crmtui.model.message import N_
from crmtui.store.errors import Misused
from crmtui.store.journal import ERASED
from crmtui.store.kinds.structured import is_wide

LEAST = 2
"""Characters of a text that is to mean one person."""

LEAST_DIGITS = 7
"""Digits of a number that is taken for that of a phone."""

_BETWEEN = r"[\s().\-\u2010-\u2015·]*"
"""What people write between the digits of a number."""

_NUMBER = r"(?:\+|00)?[\d\s().\-\u2010-\u2015·]+(?:;ext=\d+)?"


class Needle:
    """One text by which a person is known.

    Raises:
        Misused: it is too short to mean one person.
    """

    def __init__(self, text: str) -> None:
        self.text = unicodedata.normalize("NFC", text).strip()
        if len(self.text) < LEAST:
            raise Misused(
                "too-short",
                N_("{text} is too short to mean one person"),
                text=self.text,
            )
        digits = _digits(self.text)
        self._core = digits or self.text.casefold().split()[0]
        self._pattern = re.compile(
            _number(digits) if digits else _address_or_name(self.text), re.IGNORECASE
        )
        self.is_number = bool(digits)
        self.is_name = not digits and "@" not in self.text

    @property
    def normal(self) -> str:
        """The text as it is compared with another one: that of a number are its digits."""
        return self._core if self.is_number else " ".join(self.text.casefold().split())

    def perhaps(self, folded: str) -> bool:
        """Whether it may stand in a text whose letter case was folded; quick."""
        return self.is_number or self._core in folded

    def stands_in(self, text: str) -> bool:
        """Whether it stands somewhere in a text."""
        return self._pattern.search(text) is not None

    def equals(self, text: str) -> bool:
        """Whether a text is it and nothing else."""
        return self._pattern.fullmatch(text.strip()) is not None

    def without(self, text: str, mark: str) -> str:
        """A text with a mark wherever it stood."""
        return self._pattern.sub(mark.replace("\\", r"\\"), text)


class Needles:
    """Several texts by which one person is known."""

    def __init__(self, texts: Sequence[str]) -> None:
        distinct = {needle.normal: needle for needle in map(Needle, texts)}
        # What is part of another one goes last: what is left of that would hide it.
        self.all = sorted(distinct.values(), key=lambda needle: -len(needle.text))

    def __bool__(self) -> bool:
        return bool(self.all)

    def found(self, text: str) -> Needle | None:
        """The first of them that stands somewhere in a text."""
        folded = text.casefold()
        return next((n for n in self.all if n.perhaps(folded) and n.stands_in(text)), None)

    def equal(self, text: str) -> Needle | None:
        """The one that a text is, and nothing else."""
        return next((needle for needle in self.all if needle.equals(text)), None)

    def without(self, text: str, mark: str = ERASED) -> str:
        """A text with a mark wherever one of them stood."""
        folded = text.casefold()
        for needle in self.all:
            if needle.perhaps(folded):
                text = needle.without(text, mark)
        return text

    def in_any(self, *values: Any) -> bool:
        """Whether one of them stands in any of these stored values; the SQL function `mentions`."""
        text = "\n".join([str(value) for value in values if value is not None])
        return bool(text) and self.found(unescaped(text)) is not None


_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


def unescaped(text: str) -> str:
    """What JSON quotes, as it reads: enough to find a name in it."""
    if "\\" not in text:
        return text
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), text)


def hashed(needle: Needle, salt: str) -> str:
    """What is remembered of a text when what it means was erased; slow to guess from."""
    key = hashlib.scrypt(needle.normal.encode(), salt=salt.encode(), n=2**14, r=8, p=1, dklen=16)
    return key.hex()


def _digits(text: str) -> str:
    """The digits of a phone number but for what leads to it; empty when it is none."""
    if re.fullmatch(_NUMBER, text) is None:
        return ""
    plain = text.partition(";")[0]
    digits = "".join(str(unicodedata.digit(char)) for char in plain if char.isdigit())
    if len(digits) < LEAST_DIGITS:
        return ""
    if plain.startswith("+") or digits.startswith("00"):
        return _national(digits.removeprefix("00")) or digits
    mobile = re.fullmatch(r"86(1\d{10})", digits)
    return mobile[1] if mobile else digits.lstrip("0")


def _national(digits: str) -> str:
    """An international number without its country."""
    import phonenumbers

    try:
        return str(phonenumbers.parse(f"+{digits}").national_number)
    except phonenumbers.NumberParseException:
        return ""


def _number(digits: str) -> str:
    each = [f"[{digit}{chr(0xFF10 + int(digit))}]" for digit in digits]
    country = rf"(?:(?:(?:\+|00){_BETWEEN}\d{{1,3}}|86|\+){_BETWEEN})?"
    trunk = rf"(?:0\)?{_BETWEEN})?"
    return rf"(?<![\d+])\(?{country}{trunk}\(?{_BETWEEN.join(each)}(?:;ext=\d+)?(?!\d)"


def _address_or_name(text: str) -> str:
    words = r"\s+".join(re.escape(word) for word in text.split())
    if "@" in text:
        return rf"(?<![\w.+-]){words}(?![\w-]|\.\w)"
    before = r"(?<!\w)" if _bounded(text[0]) else ""
    after = r"(?!\w)" if _bounded(text[-1]) else ""
    return f"{before}{words}{after}"


def _bounded(char: str) -> bool:
    """Whether a word that begins or ends with a character has an edge there."""
    return (char.isalnum() or char == "_") and not is_wide(char)
