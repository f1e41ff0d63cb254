"""Rows of JSON and NDJSON: an object is a row, its keys are the columns."""

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from crmtui.model.message import N_
from crmtui.store.encoding import TextFile
from crmtui.store.errors import Refused
from crmtui.store.rows import BadRow, Rows, empty_file, require_distinct, trimmed

_Object = dict[str, Any]

_SPACE = re.compile(r"[ \t\n\r]*")
_SUSPECT = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
"""Escapes of NUL, and of halves of surrogate pairs, which JSON lets stand alone."""

_TYPE_NAMES = {"list": "array", "str": "string", "bool": "true or false", "NoneType": "null"}


class _Unfit(Exception):
    """What the parser reads and a record cannot take."""

    def __init__(self, code: str, template: str, **facts: Any) -> None:
        super().__init__(code)
        self.code, self.template, self.facts = code, template, facts


_FAULTS = (_Unfit, ValueError, ArithmeticError, RecursionError)
"""All that decoding raises: a number may be too long for int or too large for Decimal."""


class _Place(NamedTuple):
    """Where an object begins: its line in the file and its number among the objects, from 1."""

    file: str
    line: int
    record: int


def read_json(file: TextFile) -> tuple[list[str], Rows]:
    """The columns, and the rows to be asked for, of one array of objects or of one object.

    Values are as decoded, but numbers with a fraction or an exponent are Decimals; an object that
    lacks a column's key has None there. The text is held in memory, its objects are not.

    Raises:
        Refused: `empty-file`, `broken-json`, `repeated-key`, `not-a-number`, `number-too-large`,
            `nested-too-deep`, `not-an-object`, `undecodable-byte`, `unnamed-column`,
            `repeated-column`.
    """
    with file.naming_bad_bytes():
        text = file.text(newline=None).read()
    if not text.strip():
        raise empty_file(file.name)
    suspect = _SUSPECT.search(text) is not None
    keys = _Keys(file.name)
    for _, item in _objects(text, file.name):
        if not (suspect and _unstorable(item)):
            keys.add(item)

    def rows() -> Rows:
        for place, item in _objects(text, file.name):
            values = [item.get(name) for name in keys.names]
            if suspect and (fault := _unstorable(item)):
                yield BadRow(place.line, _refusal(fault, place), values)
            else:
                yield place.line, values

    return keys.columns(), rows()


def read_ndjson(file: TextFile) -> tuple[list[str], Rows]:
    """The columns, and the rows to be asked for, of a file with an object on each line.

    Values are as in `read_json`. The columns are the keys of all objects in order of appearance,
    which takes a first reading of the file. A line that is no such object is a bad row.

    Raises, while rows are read as well:
        Refused: `empty-file`, `undecodable-byte`, `unnamed-column`, `repeated-column`.
    """
    keys = _ndjson_keys(file)

    def rows() -> Rows:
        decode = _storable_object_decoder()
        record = 0
        with file.naming_bad_bytes():
            for number, line in enumerate(file.text(newline=None), 1):
                if line.isspace():
                    continue
                record += 1
                try:
                    get = decode(line).get
                except _FAULTS as fault:
                    error = _refusal(fault, _Place(file.name, number, record))
                    yield BadRow(number, error, [line.removesuffix("\n")])
                else:
                    yield number, [get(name) for name in keys.names]

    return keys.columns(), rows()


def is_complete_object(text: str) -> bool:
    """Whether the text is one JSON object and nothing else."""
    import json

    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


class _Keys:
    """The keys of objects in order of first appearance."""

    def __init__(self, file: str) -> None:
        self._file = file
        self.names: list[str] = []
        self.known: set[str] = set()

    def add(self, item: _Object) -> None:
        if not self.known.issuperset(item):
            self.names += [key for key in item if key not in self.known]
            self.known.update(item)

    def columns(self) -> list[str]:
        columns = [trimmed(name) for name in self.names]
        require_distinct(columns, self._file)
        return columns


def _ndjson_keys(file: TextFile) -> _Keys:
    import json

    # Nearly no line has a key that the lines before had not: only those that do are decoded
    # again with every check, so that a bad row adds no column.
    quick = json.JSONDecoder().decode
    thorough = _storable_object_decoder()
    keys = _Keys(file.name)
    blank = True
    with file.naming_bad_bytes():
        for line in file.text(newline=None):
            blank = blank and line.isspace()
            try:
                item = quick(line)
                if isinstance(item, dict) and not keys.known.issuperset(item):
                    keys.add(thorough(line))
            except _FAULTS:
                continue
    if blank:
        raise empty_file(file.name)
    return keys


def _storable_object_decoder() -> Callable[[str], _Object]:
    decode = _decoder().decode

    def storable_object(line: str) -> _Object:
        item = _object(decode(line.removesuffix("\n")))
        if "\\u" in line and _SUSPECT.search(line) and (fault := _unstorable(item)):
            raise fault
        return item

    return storable_object


def _decoder() -> Any:
    import json
    from decimal import Decimal

    return json.JSONDecoder(
        object_pairs_hook=_distinct, parse_float=Decimal, parse_constant=_no_number
    )


def _distinct(pairs: list[tuple[str, Any]]) -> _Object:
    item = dict(pairs)
    if len(item) != len(pairs):
        names = [name for name, _ in pairs]
        raise _Unfit(
            "repeated-key",
            N_("{file} line {line}, record {record}: the key {key} stands twice in one object"),
            key=next(name for name in names if names.count(name) > 1),
        )
    return item


def _no_number(constant: str) -> Any:
    raise _Unfit(
        "not-a-number",
        N_("{file} line {line}, record {record}: {constant} is not a number"),
        constant=constant,
    )


def _object(item: Any) -> _Object:
    if not isinstance(item, dict):
        raise _Unfit(
            "not-an-object",
            N_("{file} line {line}, record {record}: {found} where an object is expected"),
            found=_TYPE_NAMES.get(type(item).__name__, "number"),
        )
    return item


def _unstorable(item: _Object) -> _Unfit | None:
    """What forbids to store one of the texts in the object, however deep."""
    found: list[Any] = [item]
    while found:
        value = found.pop()
        if isinstance(value, dict):
            found += [*value, *value.values()]
        elif isinstance(value, list):
            found += value
        elif isinstance(value, str) and "\0" in value:
            return _Unfit(
                "nul-in-row", N_("{file} line {line}, record {record}: a NUL character in a value")
            )
        elif isinstance(value, str) and any("\ud800" <= char <= "\udfff" for char in value):
            return _Unfit(
                "half-character",
                N_("{file} line {line}, record {record}: one half of a surrogate pair in a value"),
            )
    return None


def _objects(text: str, file: str) -> Iterator[tuple[_Place, _Object]]:
    """Each object of the array, or the only one, decoded when it is asked for."""
    decode = _decoder().raw_decode
    at = _after_space(text, 0)
    array = text.startswith("[", at)
    if array:
        at = _after_space(text, at + 1)
    ended = array and text.startswith("]", at)
    line, counted, record = 1, 0, 0
    while not ended:
        line, counted, record = line + text.count("\n", counted, at), at, record + 1
        place = _Place(file, line, record)
        try:
            item, at = decode(text, at)
            item = _object(item)
        except _FAULTS as fault:
            raise _refusal(fault, place) from None
        yield place, item
        at = _after_space(text, at)
        ended = not array or text.startswith("]", at)
        if array and not ended:
            if not text.startswith(",", at):
                raise _broken(file, text, at, record, "Expecting ',' or ']'")
            at = _after_space(text, at + 1)
    at = _after_space(text, at + array)
    if at < len(text):
        raise _broken(file, text, at, record, "Extra data")


def _after_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _broken(file: str, text: str, at: int, record: int, reason: str) -> Refused:
    import json

    return _refusal(json.JSONDecodeError(reason, text, at), _Place(file, 1, record))


def _refusal(fault: Exception, place: _Place) -> Refused:
    import json

    if isinstance(fault, _Unfit):
        return Refused(fault.code, fault.template, **place._asdict(), **fault.facts)
    if isinstance(fault, json.JSONDecodeError):
        # Of a line of NDJSON the parser knows no line but the first.
        return Refused(
            "broken-json",
            N_("{file} line {line}, column {column}, record {record}: broken JSON ({reason})"),
            file=place.file,
            line=max(place.line, fault.lineno),
            column=fault.colno,
            record=place.record,
            reason=fault.msg,
        )
    if isinstance(fault, RecursionError):
        return Refused(
            "nested-too-deep",
            N_("{file} line {line}, record {record}: nested too deep"),
            **place._asdict(),
        )
    return Refused(
        "number-too-large",
        N_("{file} line {line}, record {record}: a number too large to be read"),
        **place._asdict(),
    )
