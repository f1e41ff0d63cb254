"""Several texts on one line, as a line of CSV has them: `Ada,"Smith, Bob"`."""

import re
from collections.abc import Iterable

from crmtui.model.message import N_
from crmtui.store.kinds.base import BadValue

_DIVIDERS = ",，、;；"
_ITEM = (
    rf'\s*(?:"(?P<quoted>(?:[^"]|"")*)"\s*|(?P<bare>[^\s"{_DIVIDERS}][^{_DIVIDERS}]*))?'
    rf"(?:[{_DIVIDERS}]|\Z)"
)


def split(text: str) -> list[str]:
    """The texts of a line, trimmed, those that are empty left out.

    Raises:
        BadValue: a quote is never closed, or text follows a closing one.
    """
    if '"' not in text and text.isascii() and ";" not in text:
        return [part.strip() for part in text.split(",") if part.strip()]
    item = re.compile(_ITEM)
    found = []
    place = 0
    while place < len(text):
        match = item.match(text, place)
        if match is None:
            raise BadValue(
                "bad-list", N_('{value} is no list; write A,B and "A, B" for a comma'), value=text
            )
        quoted = match["quoted"]
        found.append((match["bare"] or "") if quoted is None else quoted.replace('""', '"'))
        place = match.end()
    return [part.strip() for part in found if part.strip()]


def joined(texts: Iterable[str]) -> str:
    """Texts as a line that `split` reads back."""
    return ",".join(map(_quoted, texts))


def _quoted(text: str) -> str:
    if '"' in text or not _DIVIDED.isdisjoint(text):
        return '"' + text.replace('"', '""') + '"'
    return text


_DIVIDED = frozenset(_DIVIDERS)
