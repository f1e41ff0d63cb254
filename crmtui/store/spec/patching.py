"""A YAML text changed where it must say something else, and nowhere else.

What already says what it should is not touched: its comments, quotes, spaces and order of
attributes stay. A comment belongs to what stands below it, or to its left.
"""

from typing import Any

from crmtui.store.spec.nodes import ALIAS, LIST, MAPPING, SCALAR, Node, plain_value
from crmtui.store.spec.yaml_text import LONGEST_LINE, block, entry, flow, scalar


def patched(text: str, root: Node, wanted: dict[str, Any]) -> str:
    """The text, changed so that it means `wanted`; keys come in the order they have there."""
    now = plain_value(root)
    if now == wanted and _same_order(now, wanted):
        return text
    if root.flow or root.kind != MAPPING or not root.value:
        return "\n".join(block(wanted)) + "\n"
    text = text if text.endswith("\n") else text + "\n"
    marker = text.rfind("\n---", 0, root.value[0][0].start)
    begin = text.index("\n", marker + 1) + 1 if marker >= 0 or text.startswith("---") else 0
    return text[:begin] + _Patch(text).mapping(root, wanted, begin, len(text), whole=True)


class _Piece:
    """A key of a block mapping with its value: the comments above it, and its own lines."""

    def __init__(self, key: Node, value: Node, lead: tuple[int, int], end: int) -> None:
        self.key = key
        self.value = value
        self.lead = lead
        self.start = lead[1]
        self.end = end


class _Patch:
    def __init__(self, text: str) -> None:
        self._text = text

    def mapping(
        self, node: Node, wanted: dict[str, Any], begin: int, end: int, *, whole: bool = False
    ) -> str:
        """The lines of a block mapping, changed.

        Args:
            begin: where its lines begin, the comments above its first key included.
            end: where its lines end, the comments below its last value included.
            whole: whether the comments above its first key are those of the file.
        """
        text = self._text
        column = self._column(node.value[0][0].start)
        pieces, rest = self._pieces(node, column, begin, end)
        kept: dict[str, str] = {}
        lead_of: dict[str, str] = {}
        carried = ""
        for number, piece in enumerate(pieces):
            key = piece.key.target.value
            lead = text[slice(*piece.lead)]
            if key not in wanted:
                carried += lead if whole and not number else _standing_apart(lead)
                continue
            lead_of[key] = carried + lead
            carried = ""
            kept[key] = self._entry(piece, wanted[key], column)
        out = []
        for key, value in wanted.items():
            if key in kept:
                out += [lead_of[key], kept[key]]
            else:
                out += [f"{line}\n" for line in entry(key, value, column)]
        if whole and pieces and pieces[0].key.target.value in kept:
            # The comments at the head of a file stay there, whatever comes first below them.
            first = pieces[0].key.target.value
            if next(iter(wanted)) != first:
                out[out.index(lead_of[first])] = ""
                out.insert(0, lead_of[first])
        return "".join(out) + carried + text[rest:end]

    def _pieces(self, node: Node, column: int, begin: int, end: int) -> tuple[list[_Piece], int]:
        """The entries of a block mapping, and where what belongs to none of them begins."""
        pieces: list[_Piece] = []
        place = begin
        pairs = node.value
        for number, (key, value) in enumerate(pairs):
            start = self._line_start(key.start)
            last = number + 1 == len(pairs)
            until = end if last else self._line_start(pairs[number + 1][0].start)
            after = self._inside(self._line_end(self._content_end(key, value)), until, column)
            pieces.append(_Piece(key, value, (place, start), after))
            place = after
        return pieces, place

    def _inside(self, begin: int, end: int, column: int) -> int:
        """Where the comments end that are indented deeper than a column, and belong above."""
        inside = place = begin
        while place < end:
            after = min(self._line_end(place), end)
            line = self._text[place:after]
            stripped = line.lstrip()
            if stripped.strip():
                if not stripped.startswith("#") or len(line) - len(stripped) <= column:
                    break
                inside = after
            place = after
        return inside

    def _entry(self, piece: _Piece, wanted: Any, column: int) -> str:
        text, key, value = self._text, piece.key, piece.value
        own = text[piece.start : piece.end]
        now = plain_value(value)
        same_order = not isinstance(wanted, dict) or _same_order(now, wanted)
        if now == wanted and same_order:
            return own
        if _is_block(value) and isinstance(wanted, dict) and wanted:
            begin = self._line_end(key.end)
            return text[piece.start : begin] + self.mapping(value, wanted, begin, piece.end)
        content = self._content_end(key, value)
        inline = self._inline(value, wanted)
        if inline is not None:
            before = text[piece.start : value.start]
            line = before + ("" if before.endswith(" ") else " ") + inline
            if "\n" in inline or len(line) <= LONGEST_LINE or not isinstance(wanted, dict | list):
                return line + text[content : piece.end]
        lines = entry(key.target.value, wanted, column, text[key.start : key.end])
        comment = text[content : self._line_end(content)].strip()
        if comment and "\n" not in text[key.end : content]:
            lines[0] += f"  {comment}"
        return "\n".join(lines) + "\n" + text[self._line_end(content) : piece.end]

    def _inline(self, value: Node, wanted: Any) -> str | None:
        """A value as it stands in the line of its key; None when it needs lines of its own."""
        if value.kind == MAPPING and value.flow and value.value and isinstance(wanted, dict):
            return self._flow(value, wanted) if wanted else "{}"
        if value.kind in (MAPPING, LIST) and not value.flow:
            return None
        lines = entry("k", wanted)
        return lines[0][3:] if len(lines) == 1 and not lines[0].endswith("|-") else None

    def _flow(self, node: Node, wanted: dict[str, Any]) -> str:
        """A mapping in braces, changed."""
        text = self._text
        now = {key.target.value: (key, value) for key, value in node.value}
        parts = {}
        for key, value in wanted.items():
            if key not in now:
                parts[key] = f"{scalar(key)}: {flow(value)}"
                continue
            key_node, value_node = now[key]
            parts[key] = text[key_node.start : max(key_node.end, value_node.end)]
            if plain_value(value_node) != value or not _same_order(plain_value(value_node), value):
                inner = value_node.kind == MAPPING and value_node.value and isinstance(value, dict)
                made = self._flow(value_node, value) if inner else flow(value)
                parts[key] = f"{text[key_node.start : key_node.end]}: {made}"
        if list(now) != list(wanted):
            return f"{{{', '.join(parts.values())}}}"
        out, place = [], node.start
        for key, (key_node, value_node) in now.items():
            out += [text[place : key_node.start], parts[key]]
            place = max(value_node.end, key_node.end)
        return "".join(out) + text[place : node.end]

    def _content_end(self, key: Node, value: Node) -> int:
        """Where the last thing of a value ends that is no comment."""
        if key is value and value.start == value.end:
            return value.end
        if value.kind == SCALAR and value.start == value.end:
            return self._text.index(":", key.end) + 1 if value.start else key.end
        if value.kind in (MAPPING, LIST) and not value.flow and value.value:
            last = value.value[-1]
            if isinstance(last, tuple):
                return self._content_end(*last)
            return self._content_end(last, last)
        if value.kind in (SCALAR, ALIAS) or value.flow:
            return value.start + len(self._text[value.start : value.end].rstrip())
        return value.end

    def _column(self, place: int) -> int:
        return place - self._line_start(place)

    def _line_start(self, place: int) -> int:
        return self._text.rfind("\n", 0, place) + 1

    def _line_end(self, place: int) -> int:
        """Where the next line begins; a place at the begin of a line is on that line."""
        found = self._text.find("\n", place)
        return len(self._text) if found < 0 else found + 1


def _is_block(node: Node) -> bool:
    """Whether it is a mapping with a line for each key, all of which are its own."""
    return (
        node.kind == MAPPING
        and not node.flow
        and bool(node.value)
        and not any(key.value == "<<" for key, _ in node.value)
    )


def _same_order(now: Any, wanted: Any) -> bool:
    if isinstance(now, dict) and isinstance(wanted, dict):
        return list(now) == list(wanted) and all(_same_order(now[key], wanted[key]) for key in now)
    return True


def _standing_apart(lead: str) -> str:
    """Of the comments above something that goes, those that an empty line sets apart from it."""
    lines = lead.splitlines(keepends=True)
    blanks = [number for number, line in enumerate(lines) if not line.strip()]
    kept = lines[: blanks[-1] + 1] if blanks else []
    return "".join(kept) if any(line.strip() for line in kept) else ""
