"""YAML as nodes that know where they stand in the text, and JSON; both of them as Python has them.

PyYAML parses (with libyaml, where it was built with it) and nothing more: which word is a number,
a yes or a no would be YAML 1.1's to say there. Here it is YAML 1.2's, and numbers and dates stay
the text they are written as, since whether 1.10 is a number is for its place to say.
"""

from collections.abc import Iterator
from typing import Any

from crmtui.model.message import N_, Message
from crmtui.store.errors import Refused

DEEPEST = 100
"""How deep collections may stand in one another; a layout is the deepest thing we know of."""

SCALAR, MAPPING, LIST, ALIAS = "scalar", "mapping", "list", "alias"

_TAGS = ("str", "int", "float", "bool", "null", "timestamp", "map", "seq")
_NULLS = ("", "~", "null", "Null", "NULL")
_BOOLS = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


class Node:
    """A piece of a YAML text.

    `value` is the text of a scalar, the pairs of nodes of a mapping, the nodes of a list, or the
    node that an alias stands for; `plain` says that a scalar is not quoted, `flow` that a
    collection stands in brackets; `start` and `end` are places in the text.
    """

    __slots__ = ("end", "flow", "kind", "line", "plain", "start", "value")

    def __init__(self, kind: str, value: Any, event: Any, *, plain: bool = False) -> None:
        self.kind = kind
        self.value = value
        self.plain = plain
        self.flow = bool(getattr(event, "flow_style", False))
        self.start: int = event.start_mark.index
        self.end: int = event.end_mark.index
        self.line: int = event.start_mark.line + 1

    @property
    def target(self) -> "Node":
        """The node itself, or what the alias stands for."""
        return self.value if self.kind == ALIAS else self


def nodes(text: str, name: str) -> Node | None:
    """The root of a YAML text; None when there is nothing but comments.

    Raises:
        Refused: it is no YAML, or uses what documents have no use for; line and reason are named.
    """
    import yaml  # type: ignore[import-untyped]

    loader = yaml.CBaseLoader if yaml.__with_libyaml__ else yaml.BaseLoader
    try:
        return _Builder(name).root(yaml.parse(text, Loader=loader))
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        place = getattr(problem, "position", None)
        line = mark.line + 1 if mark else text.count("\n", 0, place or 0) + 1
        reason = getattr(problem, "problem", None) or getattr(problem, "reason", None)
        raise refused(name, line, str(reason or problem)[:200]) from problem


def refused(name: str, line: int, reason: str | Message) -> Refused:
    """The refusal of a text that cannot be read."""
    return Refused(
        "bad-document",
        N_("{file} line {line}: {reason}"),
        file=name,
        line=line,
        reason=reason,
    )


class _Builder:
    """Makes nodes of the parser's events, without recursion: a text may be made to be deep."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._anchors: dict[str, Node] = {}
        self._open: list[Node] = []

    def root(self, events: Iterator[Any]) -> Node | None:
        """The root of the one document."""
        root: Node | None = None
        for event in events:
            kind = type(event).__name__
            if kind in ("MappingEndEvent", "SequenceEndEvent"):
                self._close(event)
                continue
            if kind == "DocumentStartEvent" and root is not None:
                raise refused(
                    self._name, event.start_mark.line + 1, Message(N_("a second document begins"))
                )
            node = self._node(kind, event)
            if node is None:
                continue
            if self._open:
                self._open[-1].value.append(node)
            else:
                root = node
            if node.kind in (MAPPING, LIST):
                self._open.append(node)
                if len(self._open) > DEEPEST:
                    raise refused(
                        self._name, node.line, Message(N_("what is nested so deep is no document"))
                    )
        return None if root is None or (root.plain and root.value == "") else root

    def _node(self, kind: str, event: Any) -> Node | None:
        if kind == "AliasEvent":
            target = self._anchors.get(event.anchor)
            line = event.start_mark.line + 1
            if target is None:
                raise refused(
                    self._name, line, Message(N_("there is no anchor {name}"), name=event.anchor)
                )
            if target in self._open:
                raise refused(
                    self._name,
                    line,
                    Message(N_("the alias {name} holds itself"), name=event.anchor),
                )
            return Node(ALIAS, target, event)
        if kind == "ScalarEvent":
            node = Node(SCALAR, event.value, event, plain=event.implicit[0])
        elif kind == "MappingStartEvent":
            node = Node(MAPPING, [], event)
        elif kind == "SequenceStartEvent":
            node = Node(LIST, [], event)
        else:
            return None
        if event.tag is not None:
            self._tagged(node, event.tag)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _tagged(self, node: Node, tag: str) -> None:
        known = tag.removeprefix("tag:yaml.org,2002:")
        if known not in (*_TAGS, "!"):
            raise refused(
                self._name, node.line, Message(N_("the tag {name} means nothing here"), name=tag)
            )
        node.plain = node.kind == SCALAR and known not in ("str", "!")

    def _close(self, event: Any) -> None:
        node = self._open.pop()
        node.end = event.end_mark.index
        if node.kind == MAPPING:
            node.value = list(zip(node.value[::2], node.value[1::2], strict=True))
            seen = set()
            for key, _ in node.value:
                if key.target.kind != SCALAR:
                    raise refused(self._name, key.line, Message(N_("a key is one word")))
                if key.target.value in seen:
                    raise refused(
                        self._name,
                        key.line,
                        Message(N_("found duplicate key {key}"), key=key.target.value[:80]),
                    )
                seen.add(key.target.value)


def plain_value(node: Node) -> Any:
    """What a node means: dict, list, text, bool or None; what an alias repeats is made once."""
    return _value(node, {})


def _value(node: Node, made: dict[int, Any]) -> Any:
    node = node.target
    if node.kind == SCALAR:
        if not node.plain:
            return node.value
        return None if node.value in _NULLS else _BOOLS.get(node.value, node.value)
    found = made.get(id(node))
    if found is None:
        if node.kind == LIST:
            found = [_value(each, made) for each in node.value]
        else:
            found = {}
            for key, value in pairs(node):
                found[key.target.value] = _value(value, made)
        made[id(node)] = found
    return found


def pairs(node: Node) -> list[tuple[Node, Node]]:
    """The keys and values of a mapping, those that `<<` brings from others included."""
    own = node.target.value
    if not any(key.value == "<<" and key.plain for key, _ in own):
        return own
    merged: dict[str, tuple[Node, Node]] = {}
    for key, value in own:
        if key.value == "<<" and key.plain:
            sources = value.target.value if value.target.kind == LIST else [value]
            for source in sources:
                if source.target.kind == MAPPING:
                    for pair in pairs(source):
                        merged.setdefault(pair[0].target.value, pair)
    stated = {key.target.value: (key, value) for key, value in own if key.value != "<<"}
    return list((merged | stated).values())


def from_json(text: str) -> Any:
    """What a JSON text means, numbers as they are written; raises `ValueError`."""
    import json

    def mapping(found: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(found)
        if len(made) != len(found):
            raise ValueError("found duplicate key")
        return made

    return json.loads(text, object_pairs_hook=mapping, parse_int=str, parse_float=str)
