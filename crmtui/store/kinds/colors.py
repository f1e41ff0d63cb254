"""Colours."""

import re
from typing import Any

from crmtui.model.definitions import Field
from crmtui.model.message import N_
from crmtui.model.nouns import COLORS
from crmtui.store.kinds.base import BadValue, Kind, Reader, Reading, Stored, written


class ColorKind(Kind):
    """A colour, kept as `#rrggbb`."""

    key = "color"
    _hex = r"#?([0-9a-f]{6})"
    _short = r"#([0-9a-f])([0-9a-f])([0-9a-f])"

    def reader(self, field: Field, reading: Reading) -> Reader:
        def read(value: Any) -> Stored:
            text = written(value, self.key).strip().casefold()
            if not text:
                return None
            if text in COLORS:
                return COLORS[text]
            found = re.fullmatch(self._hex, text)
            if found:
                return f"#{found[1]}"
            found = re.fullmatch(self._short, text)
            if found:
                return "#" + "".join(digit * 2 for digit in found.groups())
            raise BadValue(
                "not-a-color",
                N_("{value} is not a colour; write #rrggbb, or one of {names}"),
                value=text,
                names=list(COLORS),
            )

        return read


KINDS: tuple[Kind, ...] = (ColorKind(),)
