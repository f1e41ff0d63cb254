"""Layouts: sections of fields, as they are read, changed and kept. Values only, no type in sight.

A layout is kept as compact JSON and stands in files as the same lists and mappings: a section is
`{key, label, label_zh, columns, fields}`, a field its key or
`{field, label, label_zh, help, help_zh, hidden, wide}`. What is at its default is left out. The
columns of a list and the fields of a card are just keys, kept joined by commas.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from crmtui.model.definitions import Frozen
from crmtui.model.keys import CONTROL_CHARACTER, closest, key_problem, normal_key, proposed_key
from crmtui.model.message import N_, Message

MOST_COLUMNS = 2
TWO_COLUMNS = 100
"""The width, in cells, from which two fields stand beside each other."""

MOST_LETTERS = 2000
"""Characters of a label or a help text."""


class BadLayout(ValueError):
    """What cannot be a layout, or cannot be done to one; `message` says why."""

    def __init__(self, template: str, **facts: Any) -> None:
        super().__init__(template)
        self.message = Message(template, **facts)

    def __str__(self) -> str:
        return str(self.message)


class _Part(Frozen):
    """Equal to another of its class that says the same."""

    def _said(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in type(self).__annotations__)

    def __eq__(self, other: object) -> bool:
        return (
            type(other) is type(self) and isinstance(other, _Part) and self._said() == other._said()
        )

    def __hash__(self) -> int:
        return hash(self._said())

    def __repr__(self) -> str:
        return f"{type(self).__name__}{self._said()!r}"


class Item(_Part):
    """A field in a section. What it says itself goes before what the field says.

    `wide` says that it has a line to itself; None: as its kind has it.
    """

    field: str
    label: str | None = None
    label_zh: str | None = None
    help: str | None = None
    help_zh: str | None = None
    hidden: bool = False
    wide: bool | None = None


class Section(_Part):
    """A headed group of fields, in at most `columns` columns, where the width allows them."""

    key: str
    label: str | None = None
    label_zh: str | None = None
    columns: int = MOST_COLUMNS
    items: tuple[Item, ...] = ()

    def name(self, language: str = "en") -> str:
        """What people read: the label in `language`, else the label, else the key made readable."""
        label = self.label_zh if language.startswith("zh") else None
        return label or self.label or self.key.replace("_", " ")

    @property
    def seen(self) -> tuple[Item, ...]:
        """The fields that are not hidden."""
        return tuple(item for item in self.items if not item.hidden)


MAIN = Section(key="main", label="Basics", label_zh="基本信息")
"""The section of a type whose layout nobody has made."""


class Layout(_Part):
    """The sections of a form or a detail page, in order."""

    sections: tuple[Section, ...] = ()

    @property
    def headed(self) -> bool:
        """Whether sections are worth their headings: not where all there is is `MAIN`."""
        return [section.key for section in self.sections] != [MAIN.key]

    @property
    def items(self) -> tuple[Item, ...]:
        """Every field, section by section, hidden ones too."""
        return tuple(item for section in self.sections for item in section.items)

    def item(self, field: str) -> Item | None:
        """The item of a field, or None."""
        return next((item for item in self.items if item.field == field), None)

    def section(self, key: str) -> Section | None:
        """The section with that key, or None."""
        return next((section for section in self.sections if section.key == key), None)

    def section_of(self, field: str) -> Section | None:
        """The section in which a field stands, or None."""
        for section in self.sections:
            if any(item.field == field for item in section.items):
                return section
        return None

    def each(self, change: Callable[[Section], Section]) -> "Layout":
        """The layout with every section changed so."""
        return self.but(sections=tuple(change(section) for section in self.sections))

    def each_item(self, change: Callable[[Item], Item | None]) -> "Layout":
        """The layout with every item changed so, or left out where None comes of it."""

        def changed(section: Section) -> Section:
            items = (change(item) for item in section.items)
            return section.but(items=tuple(item for item in items if item is not None))

        return self.each(changed)


# Reading and writing


def parsed(content: Any) -> Layout:
    """A layout from what YAML or JSON holds, or from the text that is kept of one.

    Raises:
        BadLayout: the content is no layout; the message says where and why.
    """
    if isinstance(content, str):
        import json

        try:
            content = json.loads(content)
        except (ValueError, RecursionError) as problem:
            raise BadLayout(N_("a layout is a list of sections")) from problem
    if not isinstance(content, list | tuple):
        raise BadLayout(N_("a layout is a list of sections"))
    sections: list[Section] = []
    homes: dict[str, str] = {}
    for number, each in enumerate(content, 1):
        section = _section(each, number, sections)
        for item in section.items:
            if item.field in homes:
                raise BadLayout(
                    N_("{field} stands twice: in {one} and in {other}"),
                    field=item.field,
                    one=homes[item.field],
                    other=section.key,
                )
            homes[item.field] = section.key
        sections.append(section)
    return Layout(sections=tuple(sections))


_SECTION_WORDS = ("key", "label", "label_zh", "columns", "fields")
_ITEM_WORDS = tuple(Item.__annotations__)


def _section(content: Any, number: int, before: Sequence[Section]) -> Section:
    where: Any = Message(N_("section {number}"), number=number)
    if not isinstance(content, dict):
        raise BadLayout(N_("{where}: expected a mapping with key and fields"), where=where)
    if isinstance(content.get("key"), str) and content["key"]:
        where = Message(N_("section {number}"), number=_brief(content["key"]))
    _refuse_unknown(content, _SECTION_WORDS, where)
    label, label_zh = (_text(content, name, where) for name in ("label", "label_zh"))
    taken = [section.key for section in before]
    key = _text(content, "key", where)
    if key is None:
        written = label or label_zh
        if written is None:
            raise BadLayout(N_("{where}: its key is missing"), where=where)
        key = section_key(written, taken)
    problem = key_problem(key, column=False, hyphens=True)
    if problem:
        raise BadLayout(N_("{where}: {problem}"), where=where, problem=problem)
    if key.casefold() in map(str.casefold, taken):
        raise BadLayout(N_("the section {key} stands there twice"), key=key)
    columns = content.get("columns")
    if columns is not None and (isinstance(columns, bool) or str(columns) not in ("1", "2")):
        raise BadLayout(
            N_("{where}: columns is 1 or 2, not {found}"), where=where, found=_brief(columns)
        )
    fields = content.get("fields")
    if fields is None:
        fields = ()
    if not isinstance(fields, list | tuple):
        raise BadLayout(N_("{where}: fields is a list"), where=where)
    return Section(
        key=key,
        label=label,
        label_zh=label_zh,
        columns=int(columns or MOST_COLUMNS),
        items=tuple(_item(each, where) for each in fields),
    )


def _item(content: Any, where: Any) -> Item:
    if isinstance(content, str) and content.strip():
        return Item(field=normal_key(content))
    if not isinstance(content, dict):
        raise BadLayout(
            N_("{where}: a field is its key or a mapping, not {found}"),
            where=where,
            found=_brief(content),
        )
    _refuse_unknown(content, _ITEM_WORDS, where, field=True)
    field = _text(content, "field", where)
    if field is None:
        raise BadLayout(N_("{where}: a field is not named"), where=where)
    where = Message(N_("{where}, field {field}"), where=where, field=field)
    return Item(
        field=field,
        **{name: _text(content, name, where) for name in ("label", "label_zh", "help", "help_zh")},
        hidden=bool(_flag(content, "hidden", where)),
        wide=_flag(content, "wide", where),
    )


def _refuse_unknown(
    content: dict[Any, Any], known: tuple[str, ...], where: Any, *, field: bool = False
) -> None:
    for name in content:
        if name in known:
            continue
        meant = closest(str(name), known)
        if field:
            template = N_("{where}: a field has no {name}; it has {known}")
        else:
            template = N_("{where}: a section has no {name}; it has {known}")
        if meant:
            template = N_("{where}: there is no {name}; did you mean {meant}?")
        raise BadLayout(template, where=where, name=_brief(name), known=list(known), meant=meant)


def _text(content: dict[str, Any], name: str, where: Any) -> str | None:
    value = content.get(name)
    if value is None:
        return None
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise BadLayout(
            N_("{where}: {name} is text, not {found}"), where=where, name=name, found=_brief(value)
        )
    text = normal_key(str(value))
    if re.search(CONTROL_CHARACTER, text):
        raise BadLayout(N_("{where}: {name} holds a control character"), where=where, name=name)
    if len(text) > MOST_LETTERS:
        raise BadLayout(
            N_("{where}: {name} has at most {most} characters"),
            where=where,
            name=name,
            most=MOST_LETTERS,
        )
    return text or None


def _flag(content: dict[str, Any], name: str, where: Any) -> bool | None:
    value = content.get(name)
    if value is not None and not isinstance(value, bool):
        raise BadLayout(
            N_("{where}: {name} is true or false, not {found}"),
            where=where,
            name=name,
            found=_brief(value),
        )
    return value


def _brief(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:59] + "…"


def unparsed(layout: Layout, *, full: bool = False) -> list[dict[str, Any]]:
    """A layout as YAML and JSON hold it, its words in one order, defaults left out.

    Args:
        full: say everything, null where nothing is said; `parsed` reads that back, too.
    """
    sections = []
    for section in layout.sections:
        content: dict[str, Any] = {"key": section.key}
        for name in ("label", "label_zh"):
            if full or getattr(section, name):
                content[name] = getattr(section, name)
        if full or section.columns != MOST_COLUMNS:
            content["columns"] = section.columns
        if full or section.items:
            content["fields"] = [_unparsed_item(item, full) for item in section.items]
        sections.append(content)
    return sections


def _unparsed_item(item: Item, full: bool) -> Any:
    said = {name: getattr(item, name) for name in _ITEM_WORDS}
    if full:
        return said
    kept = {
        name: value
        for name, value in said.items()
        if value is True or value not in (None, False) or (name == "wide" and value is False)
    }
    return item.field if len(kept) == 1 else kept


def text(layout: Layout) -> str | None:
    """A layout as it is kept: compact JSON; None for one without sections."""
    import json

    return (
        json.dumps(unparsed(layout), ensure_ascii=False, separators=(",", ":"))
        if layout.sections
        else None
    )


def mentions(kept: str | None) -> set[str]:
    """The fields and system columns that a kept layout, or kept keys, name."""
    if not kept:
        return set()
    if _is_keys(kept):
        return set(kept.split(","))
    return {item.field for item in _readable(kept).items}


def renamed(kept: str, old: str, new: str) -> str:
    """A kept layout, or kept keys, in which a field has another key."""
    if _is_keys(kept):
        return ",".join(new if key == old else key for key in kept.split(","))
    layout = _readable(kept)
    return text(layout.each_item(lambda i: i.but(field=new) if i.field == old else i)) or kept


def without(kept: str, field: str) -> str | None:
    """A kept layout, or kept keys, without a field; None when nothing is left of it."""
    if _is_keys(kept):
        return ",".join(key for key in kept.split(",") if key != field) or None
    return text(parsed(kept).each_item(lambda item: None if item.field == field else item))


def _readable(kept: str) -> Layout:
    """A kept layout; without sections where it cannot be read, which is told when it is shown."""
    try:
        return parsed(kept)
    except BadLayout:
        return Layout()


def _is_keys(kept: str) -> bool:
    return not kept.startswith("[")


# Showing


def rows(section: Section, width: int, is_wide: Callable[[Item], bool]) -> list[tuple[Item, ...]]:
    """The fields of a section that are seen, line by line: one, or two beside each other.

    Args:
        width: of the page, in cells.
        is_wide: whether an item has a line to itself.
    """
    columns = section.columns if width >= TWO_COLUMNS else 1
    lines: list[tuple[Item, ...]] = []
    open_ = False
    for item in section.seen:
        alone = columns == 1 or is_wide(item)
        if open_ and not alone:
            lines[-1] = (*lines[-1], item)
            open_ = False
        else:
            lines.append((item,))
            open_ = not alone
    return lines


# Making


def section_made(label: str, taken: Iterable[str]) -> Section:
    """A new section that people call `label`; the label is kept where the key does not say it."""
    label = normal_key(label)
    key = section_key(label, taken)
    return Section(key=key, label=None if label == key else label)


def section_key(label: str, taken: Iterable[str]) -> str:
    """A key made of a label, unlike those taken: `Key facts` is key_facts, 商务 stays 商务."""
    return proposed_key(label, taken, "section")
