"""Values of several named parts, kept as one JSON object."""

import json
from collections.abc import Mapping
from typing import Any

from crmtui.model.definitions import Field
from crmtui.model.message import N_
from crmtui.store.kinds.base import BadValue, Kind, Reader, Reading, Stored, normal, written
from crmtui.store.kinds.text import TextKind

PART_LENGTH = 500

_one_line = TextKind().clean


class StructuredKind(Kind):
    """The common part: a written value is an object of parts, or a text that is the `main` one."""

    main = ""

    def reader(self, field: Field, reading: Reading) -> Reader:
        def read(value: Any) -> Stored:
            if isinstance(value, Mapping):
                given: Mapping[str, Any] = value
            else:
                text = written(value, self.key)
                given = _object(text) or {self.main: text}
            parts = self._completed(self._cleaned(given))
            if not parts:
                return None
            ordered = {name: parts[name] for name in self.parts if name in parts}
            return json.dumps(ordered, ensure_ascii=False, separators=(",", ":"))

        return read

    def plain(self, value: Any, field: Field) -> str:
        parts = self.split(value)
        only = parts.get(self.main, "")
        if len(parts) == 1 and only and not only.lstrip().startswith("{"):
            return only
        return str(value)

    def json(self, value: Any, field: Field) -> Any:
        return self.split(value)

    def part(self, column: str, name: str) -> str:
        return f"(CASE WHEN json_valid({column}) THEN json_extract({column}, '$.{name}') END)"

    def with_parts(self, kept: Stored, given: Mapping[str, Any], field: Field) -> Any:
        return {**(self.split(kept) if kept is not None else {}), **given}

    def split(self, value: Any) -> dict[str, str]:
        """The parts of a stored value; a text that is no object is the main one."""
        found = _object(str(value))
        if found is None:
            return {self.main: str(value)}
        return {name: str(found[name]) for name in self.parts if found.get(name)}

    def _cleaned(self, given: Mapping[str, Any]) -> dict[str, str]:
        unknown = [str(name) for name in given if name not in self.parts]
        if unknown:
            raise BadValue(
                "no-such-part",
                N_("has no part {part}; it has {parts}"),
                part=unknown[0],
                parts=list(self.parts),
            )
        parts = {}
        for name, value in given.items():
            try:
                text = self._clean(name, written(value, self.key))
                if len(text) > PART_LENGTH:
                    raise BadValue(
                        "too-long",
                        N_("has {found} characters, at most {most} are allowed"),
                        found=len(text),
                        most=PART_LENGTH,
                    )
            except BadValue as problem:
                if len(given) == 1 and name == self.main:
                    raise
                raise BadValue(
                    problem.code, N_("{part}: {problem}"), part=name, problem=problem.message
                ) from problem
            if text:
                parts[name] = text
        return parts

    def _clean(self, name: str, text: str) -> str:
        """A part as it is kept."""
        return normal(_one_line(text))

    def _completed(self, parts: dict[str, str]) -> dict[str, str]:
        """The parts with those that follow from others."""
        return parts


def is_wide(text: str) -> bool:
    """Whether a text is in Chinese, Japanese or Korean characters, at least in part."""
    return any(
        "\u3040" <= char <= "\u30ff"
        or "\u3400" <= char <= "\u9fff"
        or "\uac00" <= char <= "\ud7af"
        or "\uf900" <= char <= "\ufaff"
        or "\U00020000" <= char <= "\U0003ffff"
        for char in text
    )


def _object(text: str) -> dict[str, Any] | None:
    """The JSON object that a text is, or None."""
    if not text.lstrip().startswith("{"):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
