"""Frappe's conditions (`eval:doc.status == "Lost"`) as expressions: JavaScript over `doc`."""

from collections.abc import Mapping

from tests.journeys.converting.drafts import Named, Untranslatable
from tests.journeys.converting.infix import Node, parsed
from tests.journeys.converting.keys import quoted

_COMPARISONS = {"==": "=", "!=": "is not", "<": "<", ">": ">", "<=": "<=", ">=": ">="}
_SUMS = ("+", "-", "*", "/")


def condition(text: str, names: Mapping[str, Named]) -> str:
    """A `depends_on` as an expression: a field that has a value, or what stands behind `eval:`.

    Raises:
        Untranslatable: it asks for what no expression of ours can tell.
    """
    text = text.strip()
    if not text.startswith("eval:"):
        return _there(_named(text.removeprefix("doc."), names))
    return _truth(parsed(text.removeprefix("eval:").strip()), names)


def _named(name: str, names: Mapping[str, Named]) -> Named:
    if name in names:
        return names[name]
    if name == "__islocal":
        return Named("id is null", "condition")
    raise Untranslatable(f"names {name}, which is no field")


def _there(named: Named) -> str:
    if named.kind in ("boolean", "condition"):
        return named.sql if named.kind == "condition" else f"{named.sql} is true"
    if named.kind in ("integer", "decimal", "money", "percent", "rating"):
        return f"coalesce({named.sql}, 0) <> 0"
    return f"{named.sql} is not null"


def _truth(node: Node, names: Mapping[str, Named]) -> str:
    """A part that is asked whether it holds."""
    if node.sort in ("&&", "||"):
        word = "and" if node.sort == "&&" else "or"
        return f" {word} ".join(f"({_truth(part, names)})" for part in node.parts)
    if node.sort == "not":
        return f"({_truth(node.parts[0], names)}) is not true"
    if node.sort in _COMPARISONS:
        return _comparison(node, names)
    if node.sort == "name":
        if node.word in ("true", "false"):
            return node.word
        return _there(_field(node, names))
    if node.sort == "call":
        return _call(node, names)
    if node.sort == "number":
        return "true" if float(node.word) else "false"
    raise Untranslatable("is more than a condition")


def _comparison(node: Node, names: Mapping[str, Named]) -> str:
    left, right = node.parts
    if left.sort in ("text", "number") and right.sort == "name":
        turned = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
        return _comparison(Node(turned.get(node.sort, node.sort), "", (right, left)), names)
    named = _field(left, names) if left.sort == "name" else None
    empty = right.sort in ("text", "name") and right.word in ("", "null", "undefined")
    if named is not None and empty and node.sort in ("==", "!="):
        return f"{named.sql} is {'not ' if node.sort == '!=' else ''}null"
    if named is not None and named.kind == "boolean" and right.word in ("0", "1"):
        says = (right.word == "1") == (node.sort == "==")
        return f"{named.sql} is {'' if says else 'not '}true"
    other = _value(right, names, named)
    return f"{_value(left, names)} {_COMPARISONS[node.sort]} {other}"


def _field(node: Node, names: Mapping[str, Named]) -> Named:
    for start in ("doc.", "cur_frm.doc.", "frm.doc."):
        if node.word.startswith(start):
            return _named(node.word.removeprefix(start), names)
    raise Untranslatable(f"asks for {node.word}")


def _value(node: Node, names: Mapping[str, Named], beside: Named | None = None) -> str:
    if node.sort == "text":
        values = beside.values if beside else {}
        return quoted(values.get(node.word, node.word))
    if node.sort == "number":
        return node.word
    if node.sort == "minus":
        return f"-{_value(node.parts[0], names)}"
    if node.sort in _SUMS:
        left, right = (_value(part, names) for part in node.parts)
        return f"({left} {node.sort} {right})"
    if node.sort == "name" and node.word == "frappe.session.user":
        return "me()"
    if node.sort == "name":
        return _field(node, names).sql
    if node.sort == "call" and node.word.endswith("get_today"):
        return "today()"
    raise Untranslatable("reckons with more than fields")


def _call(node: Node, names: Mapping[str, Named]) -> str:
    word, parts = node.word, list(node.parts)
    if word == ".includes" and len(parts) == 2 or word == "in_list" and len(parts) == 2:
        listed, one = parts
    elif word.endswith(".includes") and word.startswith("doc.") and len(parts) == 1:
        named = _named(word.removeprefix("doc.").removesuffix(".includes"), names)
        return f"contains({named.sql}, {_value(parts[0], names)})"
    else:
        raise Untranslatable(f"calls {word}")
    if listed.sort != "list" or one.sort != "name":
        raise Untranslatable("looks through a list that is not written there")
    named = _field(one, names)
    return f"{named.sql} in ({', '.join(_value(each, names, named) for each in listed.parts)})"
