"""The one expression language: SQL over a record's fields, policed before SQLite runs it.

A filter, and later a rule, a guard or a formula, is an SQLite expression. It passes three gates:

1. A tokenizer of ours (no library: it costs nothing to load) allows literals, operators, the
   fields of the type, one-hop links by dot, and the functions of `FUNCTIONS`; comments, `;`,
   parameters and nested SELECTs do not exist in it, and parentheses must balance by themselves.
2. Each name becomes the SQL of that field, so that no table or column can be named directly, and
   a field that the actor may not see does not exist.
3. SQLite prepares the result on its own, in a private in-memory database that holds nothing but
   empty columns of those names, under an authorizer that allows nothing else.

Every function allowed is total: it cannot raise on any value, so no expression can tell a row's
content by an error. That is why LIKE and GLOB take a literal pattern (a long pattern raises).
"""

import sqlite3
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from crmtui.model.definitions import Field, Type
from crmtui.model.keys import closest
from crmtui.model.message import N_
from crmtui.store.database import Database, literal, quoted
from crmtui.store.dates import moment_text
from crmtui.store.errors import NotFound, Refused
from crmtui.store.kinds import KINDS, Reading
from crmtui.store.tokens import BadToken, Token, keyword, path_at, tokens

if TYPE_CHECKING:
    from crmtui.store.joins import Joining

MAX_LENGTH = 10_000
"""Characters of one expression; SQLite's own limit of depth is far above what fits."""

FUNCTIONS = {
    "abs": "abs(x): the size of a number",
    "coalesce": "coalesce(x, y, ...): the first that is not null",
    "contains": "contains(text, part): whether part occurs in text, in any case",
    "date": "date(x [, modifier ...]): a day, as SQLite's date()",
    "days": "days(x): a duration in days",
    "datetime": "datetime(x [, modifier ...]): a moment, as SQLite's datetime()",
    "days_since": "days_since(x): whole days from x until today",
    "days_until": "days_until(x): whole days from today until x",
    "has": "has(list, value): whether choices, tags or links hold the value, in any case",
    "hours": "hours(x): a duration in hours",
    "ifnull": "ifnull(x, y): y when x is null",
    "iif": "iif(condition, x, y)",
    "instr": "instr(text, part): the place of part in text, or 0",
    "json_get": "json_get(x, path): what JSON has there; a path is written a.b.0",
    "julianday": "julianday(x): a day number, for differences",
    "length": "length(text)",
    "lower": "lower(text)",
    "ltrim": "ltrim(text)",
    "max": "max(x, y, ...): the largest",
    "me": "me(): the name of the present user",
    "min": "min(x, y, ...): the smallest",
    "minutes": "minutes(x): a duration in minutes",
    "month": "month(x): the month of a date, 1 to 12",
    "my_team": "my_team(): the team of the present user, the first of several",
    "now": "now(): the present moment",
    "nullif": "nullif(x, y): null when x equals y",
    "quarter": "quarter(x): the quarter of a date, 1 to 4",
    "replace": "replace(text, old, new): text with each old in it as new",
    "round": "round(x [, decimals])",
    "rtrim": "rtrim(text)",
    "strftime": "strftime(format, x [, modifier ...]), as SQLite's strftime()",
    "substr": "substr(text, from [, length])",
    "today": "today(): the present day",
    "trim": "trim(text)",
    "typeof": "typeof(x)",
    "upper": "upper(text)",
    "year": "year(x): the year of a date",
}
"""What an expression may call; the text is shown by `crmtui help expressions`."""

_CALLED = {
    "abs": "crm_abs",
    "contains": "crm_contains",
    "has": "crm_has",
    "json_get": "crm_json_get",
    "replace": "crm_replace",
}
"""Functions of ours by the names that expressions call them by."""

_SECONDS = {"days": 86400, "hours": 3600, "minutes": 60}

_MACROS: dict[str, tuple[str, str]] = {
    "days_since": ("CAST(julianday({today}) - julianday(date(", ")) AS INTEGER)"),
    "days_until": ("CAST(julianday(date(", ")) - julianday({today}) AS INTEGER)"),
    "year": ("CAST(strftime('%Y', ", ") AS INTEGER)"),
    "month": ("CAST(strftime('%m', ", ") AS INTEGER)"),
    "quarter": ("((CAST(strftime('%m', ", ") AS INTEGER) + 2) / 3)"),
}

_DATED = frozenset({"today", "days_since", "days_until"})
"""Functions that mean something else on another day."""


def written_out(today: str) -> dict[str, str]:
    """The SQL over `?1` of the functions that an expression has written out where it calls them.

    Args:
        today: the present day as SQL.
    """
    return {name: f"(?1 / {seconds}.0)" for name, seconds in _SECONDS.items()} | {
        name: f"{opening}?1{close}".replace("{today}", today)
        for name, (opening, close) in _MACROS.items()
    }


_AFTER_PATTERN = frozenset(") , = == != <> and or escape then when else end".split())
"""What may follow a literal pattern without making it a computed one."""
_MAX_JOINED = 100
"""How many `||` an expression has at most: texts of a megabyte each must fit into one value."""
_REFUSED_WORDS = frozenset(
    "select with exists values insert update delete replace pragma attach detach drop create alter"
    " raise match regexp over filter window union intersect except current_date current_time"
    " current_timestamp".split()
)


class Scope(NamedTuple):
    """What names mean to one actor.

    Args:
        type: the record's type.
        target: gives the type a link field points to.
        alias: the SQL name of the record's own table.
        joins: gives the tables of the links that the expression follows, and of users.
        reading: today and now.
        actor: the name that `me()` stands for.
        computed: gives the SQL of a computed field of a type whose table has a name.
        title: gives the SQL of what names a record of a type whose table has a name, or None.
        source: gives the SQL of what records of a type are read from, by the type's key.
        team: gives the team that `my_team()` stands for, or None.
    """

    type: Type
    target: Callable[[Field], Type]
    alias: str
    joins: "Joining"
    reading: Reading
    actor: str
    computed: Callable[[Type, Field, str], str]
    title: Callable[[Type, str], str | None]
    source: Callable[[str], str]
    team: Callable[[], str | None]


class LinkInTitle(NotFound):
    """A title, or what it stands on, is about more than the record alone."""

    def __init__(self, template: str, **facts: object) -> None:
        super().__init__("no-link-in-title", template, None, **facts)


class _Computed(str):
    """A part of SQL that stands, while it is policed, for what a field is computed by."""

    real: str = ""

    @classmethod
    def made(cls, stand_in: str, real: str) -> "_Computed":
        """The part that reads `stand_in` and means `real`."""
        part = cls(stand_in)
        part.real = real
        return part

    def within(self, before: str, after: str) -> "_Computed":
        """The same between two texts."""
        return self.made(f"{before}{self}{after}", f"{before}{self.real}{after}")


def compiled(expression: str, scope: Scope) -> str:
    """`expression` as SQL over the tables of `scope`, in parentheses.

    Raises:
        Refused: it is no expression, names what does not exist, or calls what is not allowed.
    """
    if len(expression) > MAX_LENGTH:
        raise _bad(expression, N_("an expression has at most {most} characters"), most=MAX_LENGTH)
    if not expression.isascii():
        expression = _composed(expression)
    try:
        found = tokens(expression)
    except BadToken as problem:
        raise _bad(expression, "{reason}", reason=problem.message) from problem
    if sum(token.text == "||" for token in found) > _MAX_JOINED:
        raise _bad(expression, N_("an expression joins at most {most} texts"), most=_MAX_JOINED)
    columns: dict[str, None] = {}
    parts = [*_translated(found, scope, expression, columns)]
    _police("".join(parts).strip(), columns, expression)
    real = (part.real if isinstance(part, _Computed) else part for part in parts)
    return f"({''.join(real).strip()})"


def resting(expression: str | None, scope: Scope) -> str | None:
    """The expression of a definition as SQL; None when there is none, or it has no effect for now.

    It was sound when it was defined. What it names may be retired since, or of a kind with which it
    makes no sense; it works again as soon as that is over.

    Raises:
        LinkInTitle: it would rest in a title, and not elsewhere.
    """
    if not expression:
        return None
    try:
        return compiled(expression, scope)
    except LinkInTitle:
        raise
    except (Refused, NotFound):
        return None


def _translated(
    found: list[Token], scope: Scope, expression: str, columns: dict[str, None]
) -> Iterable[str]:
    closing: list[str] = []
    index = 0
    while index < len(found):
        token = found[index]
        following = found[index + 1].text if index + 1 < len(found) else ""
        word = keyword(found, index)
        index += 1
        if token.kind == "operator":
            if token.text == "(":
                closing.append(")")
            elif token.text == ")":
                if not closing:
                    raise _bad(expression, N_("a parenthesis closes that was never opened"))
                yield closing.pop() + " "
                continue
            yield token.text + " "
        elif token.kind in ("text", "number"):
            yield token.text + " "
        elif following == "(" and not token.text.startswith('"') and not word:
            opening, close = _call(token, scope, expression)
            if token.text.lower() in _MACROS and [t.text for t in found[index + 1 : index + 2]] == [
                ")"
            ]:
                raise _bad(expression, N_("{name}() takes a date"), name=token.text)
            if opening.endswith("("):
                closing.append(close)
                index += 1
            else:
                if index + 1 >= len(found) or found[index + 1].text != ")":
                    raise _bad(expression, N_("{name}() takes nothing"), name=token.text)
                index += 2
            yield opening + (" " if not opening.endswith("(") else "")
        elif (
            token.text.lower() in _REFUSED_WORDS
            and token.text.lower() not in scope.type.field_by_key
        ):
            raise _bad(expression, N_("{word} is not allowed in an expression"), word=token.text)
        elif word:
            if word in ("like", "glob") and not _literal_follows(found, index):
                raise _bad(
                    expression,
                    N_("{word} takes a literal pattern; use contains(text, part)"),
                    word=token.text,
                )
            if word == "escape" and not (
                _literal_follows(found, index) and len(found[index].text[1:-1]) == 1
            ):
                raise _bad(expression, N_("escape takes one character"))
            yield token.text + " "
        else:
            name = path_at(found, index - 1)
            index = name.last + 1
            after = [following.text.lower() for following in found[index : index + 3]]
            is_null_test = (
                after[:1] in (["isnull"], ["notnull"])
                or after[:2] == ["is", "null"]
                or after == ["is", "not", "null"]
            )
            called = found[name.first - 2].text.lower() if name.first > 1 else ""
            if called == "has" and found[name.first - 1].text == "(":
                column = _values(name.path, scope, expression, columns)
            else:
                column = _column(name.path, scope, expression, columns, is_null_test)
            local = called in _MACROS and found[name.first - 1].text == "("
            # Moments are stored in UTC; today, and what day, month or year it was, is local.
            before, behind = ("datetime(", ", 'localtime') ") if local else ("", " ")
            if local and not _is_moment(name.path, scope):
                before, behind = "", " "
            if isinstance(column, _Computed):
                yield column.within(before, behind)
            else:
                yield before + column + behind
    if closing:
        raise _bad(expression, N_("a parenthesis is never closed"))


def _literal_follows(tokens: list[Token], index: int) -> bool:
    if index >= len(tokens) or tokens[index].kind != "text":
        return False
    return index + 1 == len(tokens) or tokens[index + 1].text.lower() in _AFTER_PATTERN


def _composed(text: str) -> str:
    import unicodedata

    return unicodedata.normalize("NFC", text)


def _call(token: Token, scope: Scope, expression: str) -> tuple[str, str]:
    name = token.text.lower()
    if name not in FUNCTIONS:
        raise _bad(
            expression,
            N_("the function {name} is not allowed; see: crmtui help expressions"),
            name=token.text,
        )
    today = literal(scope.reading.today.isoformat())
    if name == "now":
        scope.reading.named = "moment"
    elif name in _DATED:
        scope.reading.named = scope.reading.named or "day"
    if name == "today":
        return today, ""
    if name == "now":
        # A moment that is entered as now has whole seconds; it is not in the future of this one.
        return literal(moment_text(scope.reading.now.replace(microsecond=0))), ""
    if name == "me":
        return literal(scope.actor), ""
    if name == "my_team":
        team = scope.team()
        return literal(team) if team is not None else "NULL", ""
    if name in _CALLED:
        return f"{_CALLED[name]}(", ")"
    if name in _SECONDS:
        return "((", f") / {_SECONDS[name]}.0)"
    if name in _MACROS:
        opening, close = _MACROS[name]
        opening, close = opening.format(today=today), close.format(today=today)
        return opening + ("(" if not opening.endswith("(") else ""), (
            ")" + close if not opening.endswith("(") else close
        )
    return f"{name}(", ")"


def _column(
    path: tuple[str, ...],
    scope: Scope,
    expression: str,
    columns: dict[str, None],
    is_null_test: bool,
) -> str:
    name = path[0]
    if len(path) == 1:
        return _own(name, scope, expression, columns, is_null_test)
    field = _field(scope.type, name)
    if field is not None and len(path) == 2 and KINDS[field.kind].parts:
        return _part(field, _noted(columns, scope.alias, field.key), path[1], expression)
    inner = _field(scope.target(field), path[1]) if field is not None and field.target else None
    in_part = len(path) == 3 and inner is not None and bool(KINDS[inner.kind].parts)
    if len(path) > 2 and not in_part:
        raise _bad(expression, N_("{path} goes further than one link"), path=".".join(path))
    if field is None or field.kind != "link":
        raise _unknown(
            name, [f.key for f in scope.type.fields if f.kind == "link"], scope.type, expression
        )
    if path[1].lower() == "id":
        return _noted(columns, scope.alias, field.key)
    target = scope.target(field)
    alias = scope.joins.link(scope.alias, field)
    found = _field(target, path[1])
    if found is None:
        if path[1].lower() in ("stage", "status"):
            return _noted(columns, alias, path[1].lower())
        if path[1].lower() in _USERS:
            return _user(scope, alias, path[1].lower(), columns, is_null_test)
        raise _unknown(path[1], list(target.field_by_key), target, expression)
    if KINDS[found.kind].references:
        return _user(scope, alias, found.key, columns, is_null_test)
    column = _noted(columns, alias, found.key)
    if KINDS[found.kind].computed:
        # Nothing is computed of a record that is not there.
        real = f"(CASE WHEN {alias}.id IS NOT NULL THEN {scope.computed(target, found, alias)} END)"
        return _Computed.made(column, real)
    if in_part:
        return _part(found, column, path[2], expression)
    if found.kind == "multilink":
        return _Computed.made(column, _titles(scope, found, alias))
    if found.target:
        # Its title is a second link away; what it can mean here is the reference.
        return column if is_null_test else f"({literal(found.target + '/')} || {column})"
    return KINDS[found.kind].expression(column, found)


def _values(path: tuple[str, ...], scope: Scope, expression: str, columns: dict[str, None]) -> str:
    """What `has` looks through: the names of linked records as a list, else the field itself."""
    column = _column(path, scope, expression, columns, False)
    field, alias = _field(scope.type, path[0]), scope.alias
    if len(path) == 2 and field is not None and field.kind == "link":
        alias = scope.joins.link(alias, field)
        field = _field(scope.target(field), path[1])
    if field is None or field.kind != "multilink":
        return column
    from crmtui.store import link_tables

    title = scope.title(scope.target(field), "t")
    source = scope.source(field.target or "")
    return _Computed.made(column, link_tables.names(field, alias, title, source))


def _titles(scope: Scope, field: Field, alias: str) -> str:
    """The SQL of the titles of the records that a multilink of a table links to."""
    from crmtui.store.link_tables import titles

    title = scope.title(scope.target(field), "t")
    return titles(field, alias, title, scope.source(field.target or ""))


def _is_moment(path: tuple[str, ...], scope: Scope) -> bool:
    field = _field(scope.type, path[0])
    if len(path) == 2 and field is not None and field.target:
        field = _field(scope.target(field), path[1])
    elif field is None:
        return path[0].lower() in ("created_at", "updated_at", "status_since")
    return field is not None and field.kind == "datetime"


def _field(type_: Type, name: str) -> Field | None:
    """The field of that key, in any letter case, as SQL has it."""
    found = type_.field_by_key.get(name)
    if found is not None:
        return found
    folded = name.casefold()
    return next((f for f in type_.fields if f.key.casefold() == folded), None)


_USERS = ("created_by", "updated_by")
_SYSTEM_COLUMNS = frozenset(
    ("id stage status created_at updated_at status_since revision".split()) + [*_USERS]
)


def _own(
    name: str, scope: Scope, expression: str, columns: dict[str, None], is_null_test: bool
) -> str:
    field = _field(scope.type, name)
    if field is None:
        if name.lower() in _USERS:
            return _user(scope, scope.alias, name.lower(), columns, is_null_test)
        if name.lower() in _SYSTEM_COLUMNS:
            return _noted(columns, scope.alias, name.lower())
        known = [*scope.type.field_by_key, *_SYSTEM_COLUMNS]
        raise _unknown(name, known, scope.type, expression)
    if KINDS[field.kind].references:
        return _user(scope, scope.alias, field.key, columns, is_null_test)
    column = _noted(columns, scope.alias, field.key)
    if KINDS[field.kind].computed:
        return _Computed.made(column, scope.computed(scope.type, field, scope.alias))
    if field.kind == "multilink":
        return _Computed.made(column, _titles(scope, field, scope.alias))
    if field.kind != "link" or is_null_test:
        return KINDS[field.kind].expression(column, field)
    # A link by itself means the title people see, so that `account = 'Acme'` does what it says.
    target = scope.target(field)
    fallback = f"{literal(target.key + '/')} || {column}"
    joined = scope.joins.link(scope.alias, field)
    shown = scope.title(target, joined)
    if shown is None:
        return f"({fallback})"
    titled = f"(CASE WHEN {column} IS NOT NULL THEN coalesce({{title}}, {fallback}) END)"
    stand_in = _noted(columns, joined, "title")
    return _Computed.made(titled.format(title=stand_in), titled.format(title=shown))


def _user(
    scope: Scope, alias: str, column: str, columns: dict[str, None], is_null_test: bool
) -> str:
    """A user means their key; whether there is one, the id by itself says."""
    if is_null_test:
        return _noted(columns, alias, column)
    return _noted(columns, scope.joins.user(f"{alias}.{quoted(column)}"), "key")


def _part(field: Field, column: str, name: str, expression: str) -> str:
    """A part of a structured value."""
    kind = KINDS[field.kind]
    if name.lower() in kind.parts:
        return kind.part(column, name.lower())
    raise _bad(
        expression,
        N_("{field} has no part {part}; it has {parts}"),
        field=field.key,
        part=name,
        parts=list(kind.parts),
    )


def _noted(columns: dict[str, None], alias: str, column: str) -> str:
    sql = f"{alias}.{quoted(column)}"
    columns[sql] = None
    return sql


def _police(sql: str, columns: dict[str, None], expression: str) -> None:
    """Let SQLite prepare the expression by itself, where there is nothing else to reach."""
    tables: dict[str, list[str]] = {}
    for column in columns:
        alias, _, name = column.partition(".")
        tables.setdefault(alias, []).append(name)
    private = sqlite3.connect(":memory:", isolation_level=None)
    try:
        add_functions(private)
        if hasattr(private, "setlimit"):
            private.setlimit(sqlite3.SQLITE_LIMIT_EXPR_DEPTH, 900)
        for alias, names in tables.items():
            private.execute(f"CREATE TABLE {alias} ({', '.join(names)})")
        source = f" FROM {', '.join(tables)}" if tables else ""
        selects = 0

        def allow(action: int, first: str | None, second: str | None, *_: str | None) -> int:
            nonlocal selects
            if action == sqlite3.SQLITE_SELECT:
                selects += 1
                return sqlite3.SQLITE_OK if selects == 1 else sqlite3.SQLITE_DENY
            if action == sqlite3.SQLITE_READ:
                return sqlite3.SQLITE_OK
            if action == sqlite3.SQLITE_FUNCTION:
                allowed = (second or "").lower()
                return sqlite3.SQLITE_OK if allowed in _SQL_FUNCTIONS else sqlite3.SQLITE_DENY
            return sqlite3.SQLITE_DENY

        private.set_authorizer(allow)
        # Where it is used it stands a little deeper than by itself, and next to other conditions.
        deeper = f"SELECT 1{source} WHERE 1 AND 1 AND (((({sql}))))"
        for question in (f"SELECT {sql}{source}", deeper):
            selects = 0
            private.execute(f"EXPLAIN {question}" if tables else question)
    except sqlite3.Error as problem:
        raise _bad(expression, "{reason}", reason=str(problem)) from problem
    except UnicodeEncodeError as problem:
        raise _bad(expression, N_("it is not valid UTF-8 text")) from problem
    finally:
        private.close()


_SQL_FUNCTIONS = (
    frozenset(FUNCTIONS) - {"me", "my_team", "today", "now"} - _MACROS.keys() - _SECONDS.keys()
) - _CALLED.keys() | {*_CALLED.values(), "like", "glob", "json_valid", "json_extract"}


def add_functions(connection: sqlite3.Connection) -> None:
    """Give `connection` the functions that SQLite has not, or has only in a form that can raise."""
    from crmtui.store.functions import TOTAL

    for name, (arguments, function) in TOTAL.items():
        connection.create_function(f"crm_{name}", arguments, function, deterministic=True)


def provide_functions(database: Database) -> None:
    """Give the connection of a workspace the functions of expressions, once.

    Once, since SQLite does not let a function be replaced while rows are being read.
    """
    if not database.has_functions:
        add_functions(database.connection)
        database.has_functions = True


def _unknown(name: str, known: list[str], type_: Type, expression: str) -> Refused:
    meant = closest(name, known)
    if meant:
        return Refused(
            "no-such-field",
            N_("{type} has no field {field}; did you mean {meant}?"),
            type=type_.key,
            field=name,
            meant=meant,
            expression=expression,
        )
    return Refused(
        "no-such-field",
        N_("{type} has no field {field}"),
        f"crmtui field list {type_.key}",
        type=type_.key,
        field=name,
        expression=expression,
    )


def _bad(expression: str, template: str, **facts: object) -> Refused:
    from crmtui.model.message import Message

    return Refused(
        "bad-expression",
        N_("cannot read the expression {expression}: {reason}"),
        "crmtui help expressions",
        expression=expression[:200],
        reason=Message(template, **facts),
    )
