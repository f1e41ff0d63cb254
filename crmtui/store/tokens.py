"""The tokens of an expression: what it is made of, the names in it, and names changed in it.

Expressions are kept as they were written, naming fields by key. A rename rewrites just the tokens
that name the field, so that spaces, letter case and quotes of the rest stay as they are.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from crmtui.model.message import N_, Message

WORDS = frozenset(
    "and or not in is null like glob between escape case when then else end cast as collate true"
    " false isnull notnull integer text real numeric nocase binary distinct from".split()
)
_TYPE_WORDS = frozenset("integer text real numeric nocase binary".split())
"""Words only after AS or COLLATE; elsewhere a field may have such a name."""

_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<text>'(?:[^']|'')*')
  | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))
  | (?P<name>"(?:[^"]|"")+"|[^\W\d](?:\w|[\u0591-\u05c7\u064b-\u065f\u0900-\u109f\u1780-\u17ff])*)
  | (?P<comment>--|/\*)
  | (?P<operator>\|\||<=|>=|<>|!=|==|<<|>>|[-+*/%<>=&|~(),.])
    """,
    re.VERBOSE,
)


class BadToken(ValueError):
    """A text that is no expression; `message` says why."""

    def __init__(self, template: str, **facts: object) -> None:
        super().__init__(template)
        self.message = Message(template, **facts)


class Token(NamedTuple):
    """A piece of an expression: its kind, its text and where it begins."""

    kind: str
    text: str
    place: int


class Name(NamedTuple):
    """A name that means a field: its path (`account.revenue`), and its tokens."""

    path: tuple[str, ...]
    first: int
    last: int


def tokens(expression: str) -> list[Token]:
    """The tokens of an expression, without its spaces.

    Raises:
        BadToken: a character means nothing there, or it is a comment, or there is none at all.
    """
    found_tokens = []
    place = 0
    while place < len(expression):
        found = _TOKEN.match(expression, place)
        if not found:
            raise BadToken(
                N_("unexpected {what} at character {place}"),
                what=expression[place],
                place=place + 1,
            )
        kind = found.lastgroup or ""
        if kind == "comment":
            raise BadToken(N_("comments are not allowed"))
        if kind != "space":
            found_tokens.append(Token(kind, found.group(), place))
        place = found.end()
    if not found_tokens:
        raise BadToken(N_("the expression is empty"))
    return found_tokens


def keyword(found: list[Token], index: int) -> str | None:
    """The word of SQL that a token is at its place, in small letters; None when it is a name."""
    token = found[index]
    word = token.text.lower()
    if token.kind != "name" or word not in WORDS or not token.text.isascii():
        return None
    before = found[index - 1].text.lower() if index else ""
    return word if word not in _TYPE_WORDS or before in ("as", "collate") else None


def unquoted(name: str) -> str:
    """A name without the quotes that it may stand in."""
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def path_at(found: list[Token], index: int) -> Name:
    """The name that begins at a token, with what follows it by dots."""
    last = index
    path = [unquoted(found[index].text)]
    while last + 2 < len(found) and found[last + 1].text == "." and found[last + 2].kind == "name":
        path.append(unquoted(found[last + 2].text))
        last += 2
    return Name(tuple(path), index, last)


def names(expression: str) -> list[Name]:
    """The names of an expression that mean fields, in order; none of what is no expression."""
    try:
        found = tokens(expression)
    except BadToken:
        return []
    return list(_names(found))


def _names(found: list[Token]) -> Iterator[Name]:
    index = 0
    while index < len(found):
        token = found[index]
        called = index + 1 < len(found) and found[index + 1].text == "("
        if token.kind != "name" or keyword(found, index) or (called and token.text[0] != '"'):
            index += 1
            continue
        name = path_at(found, index)
        yield name
        index = name.last + 1


def renamed(expression: str, new: Callable[[tuple[str, ...]], tuple[str, ...]]) -> str:
    """An expression with other names in it.

    Args:
        new: gives the path that stands for a path; the same one where nothing changes.
    """
    found = tokens(expression)
    edits: list[tuple[int, int, str]] = []
    for name in _names(found):
        path = new(name.path)
        for part, (before, after) in enumerate(zip(name.path, path, strict=True)):
            if before != after:
                token = found[name.first + 2 * part]
                edits.append((token.place, token.place + len(token.text), after))
    return _edited(expression, edits)


def literals_renamed(
    expression: str, old: str, new: str, meant: Callable[[tuple[str, ...]], bool]
) -> str | None:
    """An expression with another key of an option, stage or status in it.

    Only texts that are compared with a field are taken: `stage = 'won'`, `'won' <> stage`,
    `stage in ('won', 'lost')`, `has(source, 'web')`.

    Args:
        meant: whether a path means the field whose values are named.

    Returns:
        None when `old` stands in the expression, beside such a field, in another way.
    """
    found = tokens(expression)
    if not any(meant(name.path) for name in _names(found)):
        return expression
    edits = []
    quoted_old, quoted_new = _literal(old), _literal(new)
    for index, token in enumerate(found):
        if token.kind != "text" or token.text != quoted_old:
            continue
        if not _compared(found, index, meant):
            return None
        edits.append((token.place, token.place + len(token.text), quoted_new))
    return _edited(expression, edits)


def _compared(found: list[Token], index: int, meant: Callable[[tuple[str, ...]], bool]) -> bool:
    """Whether the text at a token is compared with a field that `meant` takes."""
    by_last = {name.last: name for name in _names(found)}
    by_first = {name.first: name for name in by_last.values()}
    signs = ("=", "==", "<>", "!=", "is", "not")
    at = index - 1
    while at > 0 and found[at].text.lower() in ("is", "not") and found[at - 1].text.lower() == "is":
        at -= 1
    if at > 0 and found[at].text.lower() in signs and at - 1 in by_last:
        return meant(by_last[at - 1].path)
    if index + 2 < len(found) and found[index + 1].text in signs and index + 2 in by_first:
        return meant(by_first[index + 2].path)
    at = index - 1
    while at > 0 and found[at].text in (",",) or found[at].kind == "text":
        at -= 1
    if found[at].text != "(" or at < 2:
        if found[index - 1].text == "," and index - 2 in by_last:
            name = by_last[index - 2]
            call = name.first - 2
            return call >= 0 and found[call].text.lower() == "has" and meant(name.path)
        return False
    at -= 1
    if found[at].text.lower() != "in":
        return False
    at -= 1
    if found[at].text.lower() == "not":
        at -= 1
    return at in by_last and meant(by_last[at].path)


def _edited(text: str, edits: list[tuple[int, int, str]]) -> str:
    for begin, end, new in sorted(edits, reverse=True):
        text = text[:begin] + new + text[end:]
    return text


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
