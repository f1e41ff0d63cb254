"""The lines above and below: types, state, keys."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.segment import Segment
from textual import events
from textual.message import Message

from crmtui.i18n import _, language
from crmtui.model.definitions import Type
from crmtui.screens.keys import Key
from crmtui.screens.widgets.lines import Line, LineWidget
from crmtui.screens.widgets.rows import Row
from crmtui.terminal import cut, shown, width_of


class StateLine(LineWidget):
    """One line that says how things stand, or what just happened until the next word.

    Text is made safe here, so it may come from a record.
    """

    DEFAULT_CSS = "StateLine { height: 1; }"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._left = ""
        self._right = ""
        self._said: tuple[str, bool] | None = None

    def state(self, left: str, right: str = "") -> None:
        """How things stand; shown when nothing else is said."""
        self._left, self._right = shown(left), shown(right)
        self.redraw()

    def say(self, text: str, *, error: bool = False) -> None:
        """Say something once; it stays until `hush`."""
        self._said = (shown(text), error)
        self.redraw()

    def hush(self) -> None:
        """Go back to how things stand."""
        if self._said is not None:
            self._said = None
            self.redraw()

    @property
    def text(self) -> str:
        """What is read there now."""
        return self._said[0] if self._said else f"{self._left}  {self._right}".strip()

    def draw(self) -> list[Line]:
        if self._said:
            text, error = self._said
            return [
                [
                    Segment(
                        cut(f" {text}", self.size.width), self.style("error" if error else "strong")
                    )
                ]
            ]
        dim = self.style("dim")
        right = f"{self._right} " if self._right else ""
        room = self.size.width - width_of(right)
        return [[Segment(cut(f" {self._left}", max(0, room)), dim), Segment(right, dim)]]


class KeyLine(LineWidget):
    """The main keys of a screen in one line; they can be clicked too."""

    DEFAULT_CSS = "KeyLine { height: 1; }"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._keys: list[Key] = []

    def show(self, keys: Sequence[Key]) -> None:
        """Show these keys, as many as there is room for."""
        self._keys = list(keys)
        self.redraw()

    def _placed(self) -> list[tuple[int, int, Key]]:
        placed, x = [], 1
        for key in self._keys:
            end = x + width_of(key.keys[0]) + 1 + width_of(_(key.label))
            if end > self.size.width:
                break
            placed.append((x, end, key))
            x = end + 2
        return placed

    def draw(self) -> list[Line]:
        line: Line = []
        x = 0
        for start, end, key in self._placed():
            line.append(Segment(" " * (start - x), self.style("text")))
            line.append(Segment(key.keys[0], self.style("strong")))
            line.append(Segment(f" {_(key.label)}", self.style("dim")))
            x = end
        return [line]

    async def on_click(self, event: events.Click) -> None:
        for start, end, key in self._placed():
            if start <= event.x < end:
                await key.press()


class TypeStrip(LineWidget):
    """The types in one line, each with its number of records; the present one stands out."""

    DEFAULT_CSS = "TypeStrip { height: 1; }"

    class Chosen(Message):
        """A type was clicked."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._types: Sequence[Type] = ()
        self._counts: dict[str, int] = {}
        self._present = ""

    def show(self, types: Sequence[Type], counts: dict[str, int], present: str) -> None:
        """Show these types."""
        self._types, self._counts, self._present = types, counts, present
        self.redraw()

    def _placed(self) -> list[tuple[int, str, str]]:
        """Where each label stands; the present type is always among them."""
        labels = [(type_.key, f" {type_text(type_, self._counts)} ") for type_ in self._types]
        at = next((n for n, (key, _label) in enumerate(labels) if key == self._present), 0)
        first = 0
        while (
            first < at
            and sum(width_of(label) for _key, label in labels[first : at + 1]) > self.size.width - 2
        ):
            first += 1
        placed, x = [], 1 if first else 0
        for key, label in labels[first:]:
            placed.append((x, key, label))
            x += width_of(label)
        return placed

    def draw(self) -> list[Line]:
        placed = self._placed()
        line: Line = [Segment("<", self.style("dim"))] if placed and placed[0][0] else []
        for _x, key, label in placed:
            style = self.style("drop" if key == self._present else "dim")
            line.append(Segment(label, style))
        if sum(width_of(segment.text) for segment in line) > self.size.width:
            # A sign that there is more, over the last cell.
            kept = cut("".join(segment.text for segment in line), self.size.width)
            line = self._cut(line, width_of(kept) - 1)
            line.append(Segment(">", self.style("dim")))
        return [line]

    def _cut(self, line: Line, width: int) -> Line:
        kept: Line = []
        for segment in line:
            cells = width_of(segment.text)
            if cells > width:
                kept.append(Segment(cut(segment.text, width), segment.style))
                break
            kept.append(segment)
            width -= cells
        return kept

    def on_click(self, event: events.Click) -> None:
        for x, key, label in self._placed():
            if x <= event.x < x + width_of(label):
                self.post_message(self.Chosen(key))


def type_rows(
    types: Sequence[Type], counts: dict[str, int], present: str, categories: Mapping[str, str]
) -> list[Row]:
    """The types as rows of a list, under their categories; the present one stands out.

    Args:
        categories: the names of categories, by key.
    """
    rows: list[Row] = []
    category: str | None = None
    for type_ in types:
        if type_.category != category and type_.category:
            rows.append(Row(shown(categories.get(type_.category, type_.category)), look="dim"))
        category = type_.category
        count = counts.get(type_.key)
        rows.append(
            Row(
                shown(type_.name(language())),
                "" if count is None else f"{count:,}",
                "strong" if type_.key == present else "text",
                type_.key,
            )
        )
    return rows


def type_text(type_: Type, counts: dict[str, int]) -> str:
    """A type's name and its number of records."""
    name = shown(type_.name(language()))
    count = counts.get(type_.key)
    return name if count is None else f"{name} {count:,}"
