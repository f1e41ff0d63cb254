"""Changing layouts in the words of people: sections by label, fields that may be misspelt.

Both faces change layouts by `model.layout_changes`; here is what stands between that and a command.
"""

from collections.abc import Callable, Sequence
from typing import Any

from crmtui.model import layout_changes, layouts
from crmtui.model.definitions import Stage, Type
from crmtui.model.keys import closest, normal_key
from crmtui.model.layouts import BadLayout, Item, Layout, Section
from crmtui.model.message import N_
from crmtui.store.errors import Conflict, Misused, NotFound, Refused
from crmtui.store.layouts import is_wide
from crmtui.store.process import target_status
from crmtui.store.query import SYSTEM_COLUMNS, no_field


def stage_named(type_: Type, word: str) -> str:
    """The key of the stage that a key or label names, in any letter case.

    Raises:
        NotFound: there is no such stage in use.
        Misused: it is a status.
    """
    stage = type_.stage_by_key[target_status(type_, word).stage]
    if normal_key(word).casefold() not in _words(stage):
        raise Misused(
            "bad-reference", N_("{word} is a status; a layout may differ by stage"), word=word
        )
    return stage.key


def section_named(layout: Layout, word: str) -> Section | None:
    """The section that a key or a label names, in any letter case; keys go before labels.

    Raises:
        Misused: several sections have that label.
    """
    word = normal_key(word).casefold()
    for section in layout.sections:
        if section.key.casefold() == word:
            return section
    found = [section for section in layout.sections if word in _words(section)]
    if len(found) > 1:
        raise Misused(
            "ambiguous-section",
            N_("{word} may be any of the sections {sections}"),
            word=word,
            sections=[section.key for section in found],
        )
    return found[0] if found else None


def needed_section(type_: Type, layout: Layout, word: str) -> Section:
    """The section that a word names; raises `NotFound` when there is none."""
    section = section_named(layout, word)
    if section is not None:
        return section
    known = [section.key for section in layout.sections]
    names = [name for each in layout.sections for name in (each.key, each.label, each.label_zh)]
    meant = closest(word, [name for name in names if name])
    raise NotFound(
        "no-such-section",
        N_("{type} has no section {section}; did you mean {meant}?")
        if meant
        else N_("{type} has no section {section}; it has {sections}"),
        f"crmtui layout show {type_.key}",
        type=type_.key,
        section=word,
        meant=meant,
        sections=known,
    )


def section_added(type_: Type, layout: Layout, word: str, **said: Any) -> tuple[Layout, Section]:
    """The layout with one section more, called `word`, and that section.

    Args:
        said: more of the section: label, label_zh, columns.

    Raises:
        Conflict: there is a section that people call so.
    """
    taken = section_named(layout, word)
    if taken is not None:
        raise Conflict("exists", N_("there is a section {section} already"), section=taken.key)
    section = layouts.section_made(word, [each.key for each in layout.sections]).but(**said)
    return done(type_, layout_changes.with_section, layout, section), section


def fields_placed(
    type_: Type,
    layout: Layout,
    fields: Sequence[str],
    *,
    section: str | None = None,
    after: str | None = None,
    before: str | None = None,
    first: bool = False,
) -> Layout:
    """The layout with fields put one behind the other; see `model.layout_changes.moved`.

    Args:
        section: by key or label. One that there is not is made: at the end, or next to the
            section of the field beside.

    Raises:
        NotFound: there is no such field. Refused: the field beside stands in another section.
    """
    fields, at = _places(type_, fields, after, before, first)
    if section is not None:
        home = section_named(layout, section)
        if home is None:
            layout, home = section_added(type_, layout, section)
            beside = layout.section_of(after or before or "")
            if beside is not None:
                place = layout.sections.index(beside) + (after is not None)
                layout = layout_changes.section_moved(layout, home.key, place)
                at = {}
        at["section"] = home.key
    for field in fields:
        layout = done(type_, layout_changes.moved, layout, field, **at)
        if at.keys() & {"after", "before", "first"}:
            at = {"after": field}
    return layout


def keys_placed(
    type_: Type,
    keys: Sequence[str],
    fields: Sequence[str],
    *,
    after: str | None = None,
    before: str | None = None,
    first: bool = False,
) -> tuple[str, ...]:
    """The keys of a list or card with fields put one behind the other; new ones come in.

    Raises:
        NotFound: there is no such field. Refused: the one beside is not among the keys.
    """
    fields, at = _places(type_, fields, after, before, first)
    placed = tuple(keys)
    for field in fields:
        placed = done(type_, layout_changes.key_moved, placed, field, **at)
        if at:
            at = {"after": field}
    return placed


def _places(
    type_: Type, fields: Sequence[str], after: str | None, before: str | None, first: bool
) -> tuple[list[str], dict[str, Any]]:
    """Fields, and where the first of them goes, by keys that exist."""
    fields = [field_named(type_, field) for field in fields]
    at: dict[str, Any] = {"first": True} if first else {}
    for name, beside in (("after", after), ("before", before)):
        if beside is not None:
            at[name] = field_named(type_, beside)
            if at[name] in fields:
                raise Misused(
                    "beside-itself", N_("{field} cannot stand beside itself"), field=at[name]
                )
    return fields, at


def item_said(type_: Type, layout: Layout, field: str, **said: Any) -> Layout:
    """The layout with some things said of a field; what goes without saying is not said.

    Args:
        said: label, label_zh, help, help_zh (empty: as the field says itself), hidden, wide.
    """
    if said.get("wide") is not None and said["wide"] == is_wide(type_, Item(field=field)):
        said["wide"] = None
    said = {name: None if value == "" else value for name, value in said.items()}
    return done(type_, layout_changes.item_set, layout, field, **said)


def done(type_: Type, act: Callable[..., Any], *given: Any, **named: Any) -> Any:
    """What a function of `model.layout_changes` gives; raises `Refused` where it will not."""
    try:
        return act(*given, **named)
    except BadLayout as problem:
        raise Refused(
            "bad-layout",
            N_("{type}: {problem}"),
            f"crmtui layout show {type_.key}",
            type=type_.key,
            problem=problem.message,
        ) from problem


def field_named(type_: Type, key: str) -> str:
    """The key of a field in use, or of a system column; raises `NotFound`."""
    key = normal_key(key)
    if key not in type_.field_by_key and key not in SYSTEM_COLUMNS:
        raise no_field(type_, key)
    return key


def _words(named: Stage | Section) -> set[str]:
    return {word.casefold() for word in (named.key, named.label, named.label_zh) if word}
