"""Salesforce's formulas as expressions: functions, operators, fields over one link or more."""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from tests.journeys.converting.drafts import Named, Untranslatable
from tests.journeys.converting.infix import Node, parsed
from tests.journeys.converting.keys import quoted

_SORTS = {
    **dict.fromkeys(("integer", "decimal", "money", "rating", "number"), "number"),
    "percent": "percent",
    **dict.fromkeys(("boolean", "date", "datetime", "choice", "multichoice", "link"), ""),
    "stage": "choice",
}


class Fields(Protocol):
    """What gives the field that a path of a formula means."""

    def field(self, path: Sequence[str]) -> Named:
        """The field at a path such as `("Account__r", "Name")`.

        Raises:
            Untranslatable: there is none.
        """


class Sql(NamedTuple):
    """A translated part, and what sort of value it has."""

    sql: str
    sort: str
    named: Named | None = None


class Formula:
    """Translates formulas over the fields of one object.

    `notes` says what is not quite as it was, of all that were translated.
    """

    def __init__(self, fields: Fields, *, blank_is_zero: bool = False) -> None:
        self._fields = fields
        self._blank_is_zero = blank_is_zero
        self.notes: list[str] = []

    def expression(self, text: str, result: str = "") -> str:
        """A formula as an expression.

        Raises:
            Untranslatable: it asks for what no expression of ours can tell.
        """
        found = self._plain(self._of(parsed(text)))
        return f"{enclosed(found.sql)} * 100.0" if result == "percent" else found.sql

    def part(self, node: Node) -> str:
        """A part of a formula as an expression; raises as `expression` does."""
        return self._of(node).sql

    def _of(self, node: Node) -> Sql:
        if node.sort == "text":
            return Sql(quoted(node.word), "text")
        if node.sort == "number":
            return Sql(node.word, "number")
        if node.sort == "name":
            return self._name(node.word)
        if node.sort == "minus":
            return Sql(f"-{self._of(node.parts[0]).sql}", "number")
        if node.sort == "not":
            return _not(self._of(node.parts[0]))
        if node.sort == "call":
            return self._call(node.word.upper(), node.parts)
        left, right = (self._of(part) for part in node.parts)
        return self._operator(node.sort, left, right)

    def _name(self, word: str) -> Sql:
        if word.lower() in ("true", "false"):
            return Sql(word.lower(), "boolean")
        if word.lower() == "null":
            return Sql("null", "text")
        path = word.split(".")
        if path[0] == "$User":
            if path[1:] in (["Id"], ["Username"], ["FirstName"]):
                return Sql("me()", "text")
            raise Untranslatable("asks for what a user is, beyond their name")
        if path[0].startswith("$"):
            raise Untranslatable(f"asks for {path[0]}, which lies outside the records")
        named = self._fields.field(path)
        sort = _SORTS.get(named.kind, "text") or named.kind
        if sort == "percent":
            # 10 % is 0.1 there and 10 here.
            return Sql(f"({self._number(named.sql)} / 100.0)", "number", named)
        sql = self._number(named.sql) if sort == "number" else named.sql
        return Sql(sql, sort, named)

    def _number(self, sql: str) -> str:
        return f"coalesce({sql}, 0)" if self._blank_is_zero else sql

    def _plain(self, part: Sql) -> Sql:
        """A part as a value: of an option, its label."""
        if part.named is None or not part.named.values or part.sort != "choice":
            return part
        whens = " ".join(f"when {quoted(k)} then {quoted(v)}" for v, k in part.named.values.items())
        return Sql(f"case {part.sql} {whens} end", "text")

    def _operator(self, operator: str, left: Sql, right: Sql) -> Sql:
        if operator in ("&&", "||"):
            word = "and" if operator == "&&" else "or"
            return Sql(f"({enclosed(left.sql)} {word} {enclosed(right.sql)})", "boolean")
        if operator in ("==", "!="):
            return self._equal(operator, left, right)
        if operator in ("<", ">", "<=", ">="):
            return Sql(f"({left.sql} {operator} {right.sql})", "boolean")
        if operator in ("+", "-") and left.sort in ("date", "datetime"):
            return _later(operator, left, right)
        if operator == "&" or (operator == "+" and "text" in (left.sort, right.sort)):
            left, right = self._plain(left), self._plain(right)
            return Sql(f"({_filled(left.sql)} || {_filled(right.sql)})", "text")
        if operator == "/":
            return Sql(f"({left.sql} * 1.0 / {right.sql})", "number")
        if operator == "^":
            if not right.sql.isdecimal() or not 1 <= int(right.sql) <= 8:
                raise Untranslatable("raises to a power that is not a small whole number")
            return Sql(f"({' * '.join([left.sql] * int(right.sql))})", "number")
        return Sql(f"({left.sql} {operator} {right.sql})", "number")

    def _equal(self, operator: str, left: Sql, right: Sql) -> Sql:
        if right.named is not None and left.named is None:
            left, right = right, left
        if right.sql in ("null", "''"):
            return Sql(f"({left.sql} is {'not ' if operator == '!=' else ''}null)", "boolean")
        if "link" in (left.sort, right.sort):
            # A link by itself is the title here, and the number there.
            left, right = (
                Sql(f"{each.sql}.id", "number") if each.sort == "link" else each
                for each in (left, right)
            )
        other = _key(left.named, right) if left.sort == "choice" else right.sql
        word = "=" if operator == "==" else "is not"
        return Sql(f"({left.sql} {word} {other})", "boolean")

    # Functions

    def _call(self, name: str, nodes: Sequence[Node]) -> Sql:
        special: dict[str, Callable[[Sequence[Node]], Sql]] = {
            "CASE": self._case,
            "TEXT": self._text,
            "HYPERLINK": self._hyperlink,
            "IMAGE": self._image,
            "ISPICKVAL": self._is_value,
            "INCLUDES": self._is_value,
        }
        if name in special:
            return special[name](nodes)
        if name in _LOST:
            raise Untranslatable(_LOST[name])
        if name not in _FUNCTIONS:
            raise Untranslatable(f"calls {name}, which has no like here")
        if name in _ROUGH:
            self.notes.append(_ROUGH[name])
        return _FUNCTIONS[name]([self._of(node) for node in nodes])

    def _case(self, nodes: Sequence[Node]) -> Sql:
        asked = self._of(nodes[0])
        if nodes[0].sort == "call" and nodes[0].word.upper() == "TEXT":
            asked = self._of(nodes[0].parts[0])
        pairs = list(zip(nodes[1:-1:2], nodes[2:-1:2], strict=False))
        made = [
            (_key(asked.named, self._of(when)), self._plain(self._of(then))) for when, then in pairs
        ]
        otherwise = self._plain(self._of(nodes[-1]))
        whens = " ".join(f"when {when} then {then.sql}" for when, then in made)
        return Sql(f"case {asked.sql} {whens} else {otherwise.sql} end", otherwise.sort)

    def _text(self, nodes: Sequence[Node]) -> Sql:
        found = self._of(nodes[0])
        if found.sort == "choice":
            return found  # compared by its key, and told by its label where it is a text
        if found.sort != "number":
            return Sql(found.sql, "text")
        whole = f"cast({found.sql} as integer)"
        plain = f"case when {found.sql} = {whole} then cast({whole} as text)"
        return Sql(f"({plain} else cast({found.sql} as text) end)", "text")

    def _hyperlink(self, nodes: Sequence[Node]) -> Sql:
        self.notes.append("a link is its address, without the text over it")
        return self._of(nodes[0])

    def _image(self, nodes: Sequence[Node]) -> Sql:
        self.notes.append("a picture is the text that stands for it")
        return self._of(nodes[1])

    def _is_value(self, nodes: Sequence[Node]) -> Sql:
        field, value = self._of(nodes[0]), self._of(nodes[1])
        if value.sql == "''":
            return Sql(f"({field.sql} is null)", "boolean")
        key = _key(field.named, value)
        if field.sort == "multichoice":
            return Sql(f"has({field.sql}, {key})", "boolean")
        return Sql(f"({field.sql} = {key})", "boolean")


def _key(named: Named | None, value: Sql) -> str:
    """A literal as the key of the option that it names."""
    if named is None or not value.sql.startswith("'"):
        return value.sql
    text = value.sql[1:-1].replace("''", "'")
    return quoted(named.values.get(text, text))


def _filled(sql: str) -> str:
    """A text that is empty where there is none."""
    return sql if sql.startswith("'") else f"coalesce({sql}, '')"


def _not(part: Sql) -> Sql:
    return Sql(f"({enclosed(part.sql)} is not true)", "boolean")


def enclosed(sql: str) -> str:
    """An expression in parentheses, but for one that is already."""
    depth = 0
    for place, char in enumerate(re.sub(r"'[^']*'", lambda text: "x" * len(text[0]), sql)):
        depth += (char == "(") - (char == ")")
        if depth == 0 and place < len(sql) - 1:
            return f"({sql})"
    return sql


def _later(operator: str, left: Sql, right: Sql) -> Sql:
    """A day or moment with days added, or the days between two."""
    if right.sort in ("date", "datetime"):
        return Sql(f"(julianday({left.sql}) - julianday({right.sql}))", "number")
    days = right.sql if operator == "+" else f"-({right.sql})"
    return Sql(f"{left.sort}({left.sql}, ({days}) || ' days')", left.sort)


def _called(name: str, sort: str) -> Callable[[list[Sql]], Sql]:
    return lambda args: Sql(f"{name}({', '.join(arg.sql for arg in args)})", sort)


def _joined(word: str) -> Callable[[list[Sql]], Sql]:
    return lambda args: Sql(f"({f' {word} '.join(enclosed(a.sql) for a in args)})", "boolean")


def _if(args: list[Sql]) -> Sql:
    sort = next((arg.sort for arg in args[1:] if arg.sql != "null"), "text")
    return Sql(f"case when {args[0].sql} then {args[1].sql} else {args[2].sql} end", sort)


def _date(args: list[Sql]) -> Sql:
    year, month, day = (arg.sql for arg in args)
    steps = f"({year}) || ' years', ({month} - 1) || ' months', ({day} - 1) || ' days'"
    return Sql(f"date('0000-01-01', {steps})", "date")


def _floor(x: str) -> str:
    return f"(cast({x} as integer) - ({x} < cast({x} as integer)))"


_FUNCTIONS: dict[str, Callable[[list[Sql]], Sql]] = {
    "IF": _if,
    "AND": _joined("and"),
    "OR": _joined("or"),
    "NOT": lambda a: _not(a[0]),
    "ISBLANK": lambda a: Sql(f"({a[0].sql} is null)", "boolean"),
    "ISNULL": lambda a: Sql(f"({a[0].sql} is null)", "boolean"),
    "BLANKVALUE": lambda a: Sql(f"coalesce({a[0].sql}, {a[1].sql})", a[0].sort),
    "NULLVALUE": lambda a: Sql(f"coalesce({a[0].sql}, {a[1].sql})", a[0].sort),
    "ISNEW": lambda a: Sql("(id is null)", "boolean"),
    "TODAY": lambda a: Sql("today()", "date"),
    "NOW": lambda a: Sql("now()", "datetime"),
    "YEAR": _called("year", "number"),
    "MONTH": _called("month", "number"),
    "DAY": lambda a: Sql(f"cast(strftime('%d', {a[0].sql}) as integer)", "number"),
    "WEEKDAY": lambda a: Sql(f"(cast(strftime('%w', {a[0].sql}) as integer) + 1)", "number"),
    "DATE": _date,
    "DATEVALUE": _called("date", "date"),
    "DATETIMEVALUE": _called("datetime", "datetime"),
    "ADDMONTHS": lambda a: Sql(f"date({a[0].sql}, ({a[1].sql}) || ' months')", "date"),
    "ABS": _called("abs", "number"),
    "MAX": _called("max", "number"),
    "MIN": _called("min", "number"),
    "ROUND": _called("round", "number"),
    "FLOOR": lambda a: Sql(_floor(a[0].sql), "number"),
    "CEILING": lambda a: Sql(f"(-{_floor(f'(-{a[0].sql})')})", "number"),
    "MOD": lambda a: Sql(
        f"({a[0].sql} - {a[1].sql} * {_floor(f'({a[0].sql} * 1.0 / {a[1].sql})')})", "number"
    ),
    "VALUE": lambda a: Sql(f"cast({a[0].sql} as numeric)", "number"),
    "LEN": lambda a: Sql(f"coalesce(length({a[0].sql}), 0)", "number"),
    "LEFT": lambda a: Sql(f"substr({a[0].sql}, 1, {a[1].sql})", "text"),
    "RIGHT": lambda a: Sql(f"substr({a[0].sql}, -({a[1].sql}))", "text"),
    "MID": _called("substr", "text"),
    "UPPER": _called("upper", "text"),
    "LOWER": _called("lower", "text"),
    "TRIM": _called("trim", "text"),
    "FIND": lambda a: Sql(f"instr({a[1].sql}, {a[0].sql})", "number"),
    "CONTAINS": _called("contains", "boolean"),
    "BEGINS": lambda a: Sql(f"(substr({a[0].sql}, 1, length({a[1].sql})) = {a[1].sql})", "boolean"),
    "LPAD": lambda a: Sql(
        f"substr('{'0' * 40}' || {a[0].sql}, -({a[1].sql}))"
        if a[2:] and a[2].sql == "'0'"
        else a[0].sql,
        "text",
    ),
    "BR": lambda a: Sql("' '", "text"),
    "CASESAFEID": lambda a: a[0],
    "SUBSTITUTE": _called("replace", "text"),
}

_ROUGH = {
    "ADDMONTHS": "a month after 31 January is 3 March, not 28 February",
    "CONTAINS": "looks for texts in any letter case",
    "BR": "a line break is a space",
}
"""Functions that are not quite the same here, and how."""

_LOST = {
    "ISCHANGED": "compares with what the record was before",
    "PRIORVALUE": "compares with what the record was before",
    "REGEX": "matches a regular expression within a formula",
    "VLOOKUP": "looks into another table without a link",
    "GETSESSIONID": "asks for the session",
    "DISTANCE": "measures on the globe",
    "GEOLOCATION": "measures on the globe",
    "SQRT": "takes a root",
    "EXP": "raises to any power",
    "LN": "takes a logarithm",
    "LOG": "takes a logarithm",
    "PARENTGROUPVAL": "belongs to a report",
    "PREVGROUPVAL": "belongs to a report",
}
