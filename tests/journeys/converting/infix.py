"""Expressions of other systems, read into a tree: JavaScript's of Frappe, Salesforce's formulas."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from tests.journeys.converting.drafts import Untranslatable

_TOKEN = re.compile(
    r"""\s+ | /\*.*?\*/
    | (?P<text>"(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*')
    | (?P<number>\d+(?:\.\d+)?)
    | (?P<name>[$A-Za-z_][\w$]*(?:\.[$A-Za-z_][\w$]*)*)
    | (?P<operator>===|!==|==|!=|<>|<=|>=|&&|\|\||[-+*/^&<>=!(),.\[\];])
    """,
    re.VERBOSE | re.DOTALL,
)

_STRENGTH = {
    **dict.fromkeys(("||",), 1),
    **dict.fromkeys(("&&",), 2),
    **dict.fromkeys(("==", "===", "!=", "!==", "<>", "="), 3),
    **dict.fromkeys(("<", ">", "<=", ">="), 4),
    **dict.fromkeys(("&",), 5),
    **dict.fromkeys(("+", "-"), 6),
    **dict.fromkeys(("*", "/"), 7),
    **dict.fromkeys(("^",), 8),
}
_ALIKE = {"===": "==", "=": "==", "!==": "!=", "<>": "!="}


class Node(NamedTuple):
    """A part of an expression.

    Args:
        sort: text, number, name, list, call, not, minus, or an operator.
        word: the text itself, the digits, the dotted name, or the function's name.
        parts: the arguments; of a method, what it is called of comes first.
    """

    sort: str
    word: str = ""
    parts: Sequence["Node"] = ()


def parsed(text: str) -> Node:
    """An expression as a tree.

    Raises:
        Untranslatable: it is written in a way that is not known here.
    """
    reader = _Reader(_tokens(text))
    node = reader.expression(0)
    reader.skip(";")
    if reader.sort:
        raise Untranslatable(f"is not understood from {reader.text}")
    return node


def _tokens(text: str) -> list[tuple[str, str]]:
    found = []
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise Untranslatable(f"is not understood from {text[place:][:20]}")
        if match.lastgroup:
            found.append((match.lastgroup, match.group()))
        place = match.end()
    return found


class _Reader:
    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = [*tokens, ("", "")]
        self._at = 0

    @property
    def sort(self) -> str:
        return self._tokens[self._at][0]

    @property
    def text(self) -> str:
        return self._tokens[self._at][1]

    def skip(self, text: str) -> bool:
        if self.text != text or self.sort != "operator":
            return False
        self._at += 1
        return True

    def expression(self, strength: int) -> Node:
        left = self._single()
        while self.sort == "operator" and _STRENGTH.get(self.text, 0) > strength:
            operator = self.text
            self._at += 1
            right = self.expression(_STRENGTH[operator])
            left = Node(_ALIKE.get(operator, operator), "", (left, right))
        return left

    def _single(self) -> Node:
        sort, text = self._tokens[self._at]
        self._at += 1
        if text in ("!", "-") and sort == "operator":
            return Node("not" if text == "!" else "minus", "", (self.expression(7),))
        if text == "(":
            node = self.expression(0)
            self._close(")")
        elif text == "[":
            node = Node("list", "", self._until("]"))
        elif sort == "text":
            node = Node("text", re.sub(r"\\(.)", r"\1", text[1:-1]))
        elif sort in ("number", "name"):
            node = Node(sort, text)
            if sort == "name" and self.skip("("):
                node = Node("call", text, self._until(")"))
        else:
            raise Untranslatable(f"is not understood from {text or 'its end'}")
        while self.skip("."):
            name = self.text
            self._at += 1
            parts = self._until(")") if self.skip("(") else ()
            node = Node("call", f".{name}", (node, *parts))
        return node

    def _until(self, end: str) -> list[Node]:
        parts: list[Node] = []
        while not self.skip(end):
            parts.append(self.expression(0))
            if not self.skip(","):
                self._close(end)
                break
        return parts

    def _close(self, end: str) -> None:
        if not self.skip(end):
            raise Untranslatable(f"has no {end} before {self.text or 'its end'}")
