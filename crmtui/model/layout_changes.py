"""Changing a layout: each function gives another one and leaves what it was given as it was."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crmtui.model.keys import key_problem, normal_key
from crmtui.model.layouts import BadLayout, Item, Layout, Section
from crmtui.model.message import N_


def moved(
    layout: Layout,
    field: str,
    *,
    section: str | None = None,
    after: str | None = None,
    before: str | None = None,
    first: bool = False,
) -> Layout:
    """The layout with a field elsewhere; one that did not stand in it comes into it.

    Args:
        section: the key of the section it goes to; else that of the field beside, else its own;
            else the last one, or the first one if it goes to the beginning.
        after, before: the field beside which it goes; else to the end of the section.
        first: to the beginning of the section instead.

    Raises:
        BadLayout: there is no such section, or the field beside stands elsewhere.
    """
    beside = after or before
    if beside == field:
        raise BadLayout(N_("{field} cannot stand beside itself"), field=field)
    home = layout.section_of(beside or field)
    if beside is not None and home is None:
        raise BadLayout(N_("{field} is not in the layout"), field=beside)
    if home is None:
        home = layout.sections[0 if first else -1] if layout.sections else None
    target = layout.section(section) if section else home
    if target is None:
        raise BadLayout(N_("there is no section {section}"), section=section or "")
    if beside is not None and home is not None and home.key != target.key:
        raise BadLayout(
            N_("{field} stands in the section {home}, not in {section}"),
            field=beside,
            home=home.key,
            section=target.key,
        )
    item = layout.item(field) or Item(field=field)
    items = [each for each in target.items if each.field != field]
    at = 0 if first else len(items)
    if beside is not None:
        at = [each.field for each in items].index(beside) + (after is not None)
    items.insert(at, item)
    rest = layout.each_item(lambda each: None if each.field == field else each)
    return _replaced(rest, target.key, {"items": tuple(items)})


def item_set(layout: Layout, field: str, **changes: Any) -> Layout:
    """The layout with some things said of a field: label, label_zh, help, help_zh, hidden, wide.

    Raises:
        BadLayout: the field is not in the layout.
    """
    if layout.item(field) is None:
        raise BadLayout(N_("{field} is not in the layout"), field=field)
    return layout.each_item(lambda item: item.but(**changes) if item.field == field else item)


def with_section(layout: Layout, section: Section) -> Layout:
    """The layout with one section more, at the end.

    Raises:
        BadLayout: it has one with that key.
    """
    _refuse_taken(layout, section.key)
    return layout.but(sections=(*layout.sections, section))


def section_set(layout: Layout, key: str, **changes: Any) -> Layout:
    """The layout with some things said of a section: label, label_zh, columns.

    Raises:
        BadLayout: there is no such section.
    """
    _needed(layout, key)
    return _replaced(layout, key, changes)


def section_renamed(layout: Layout, key: str, new: str) -> Layout:
    """The layout with another key for a section; its labels stay.

    Raises:
        BadLayout: there is no such section, or the new key is taken or cannot be one.
    """
    _needed(layout, key)
    new = normal_key(new)
    if new == key:
        return layout
    problem = key_problem(new, column=False, hyphens=True)
    if problem:
        raise BadLayout(
            N_("{key} cannot be the key of a section: {problem}"), key=new, problem=problem
        )
    _refuse_taken(layout, new, besides=key)
    return _replaced(layout, key, {"key": new})


def sections_ordered(layout: Layout, keys: Sequence[str]) -> Layout:
    """The layout with its sections in this order; those not named follow.

    Raises:
        BadLayout: there is no such section, or one is named twice.
    """
    if len(set(keys)) != len(keys):
        raise BadLayout(N_("a section is named twice"))
    named = [_needed(layout, key) for key in keys]
    rest = [section for section in layout.sections if section.key not in keys]
    return layout.but(sections=(*named, *rest))


def section_moved(layout: Layout, key: str, to: int) -> Layout:
    """The layout with a section at another place, counted from 0.

    Raises:
        BadLayout: there is no such section.
    """
    _needed(layout, key)
    keys = [section.key for section in layout.sections if section.key != key]
    keys.insert(max(0, to), key)
    return sections_ordered(layout, keys)


def section_removed(layout: Layout, key: str) -> Layout:
    """The layout without a section; its fields go to the end of the section before it.

    Those of the first section go to the beginning of the second.

    Raises:
        BadLayout: there is no such section, or it is the only one.
    """
    section = _needed(layout, key)
    at = layout.sections.index(section)
    rest = list(layout.sections)
    del rest[at]
    if not rest:
        raise BadLayout(N_("{section} is the only section"), section=key)
    heir = max(0, at - 1)
    items = rest[heir].items
    items = (*items, *section.items) if at else (*section.items, *items)
    rest[heir] = rest[heir].but(items=items)
    return layout.but(sections=tuple(rest))


def key_moved(
    keys: Iterable[str],
    key: str,
    *,
    after: str | None = None,
    before: str | None = None,
    first: bool = False,
) -> tuple[str, ...]:
    """The columns of a list, or the fields of a card, with one elsewhere or one more.

    Args:
        after, before: the one beside which it goes; else to the end.
        first: to the beginning instead.

    Raises:
        BadLayout: the one beside is not among them.
    """
    beside = after or before
    rest = [each for each in keys if each != key]
    if beside == key:
        raise BadLayout(N_("{field} cannot stand beside itself"), field=key)
    if beside is not None and beside not in rest:
        raise BadLayout(N_("{field} is not in the layout"), field=beside)
    at = 0 if first else len(rest)
    if beside is not None:
        at = rest.index(beside) + (after is not None)
    rest.insert(at, key)
    return tuple(rest)


def _needed(layout: Layout, key: str) -> Section:
    section = layout.section(key)
    if section is None:
        raise BadLayout(N_("there is no section {section}"), section=key)
    return section


def _refuse_taken(layout: Layout, key: str, besides: str | None = None) -> None:
    for section in layout.sections:
        if section.key != besides and section.key.casefold() == key.casefold():
            raise BadLayout(N_("there is a section {section} already"), section=section.key)


def _replaced(layout: Layout, key: str, changes: Mapping[str, Any]) -> Layout:
    return layout.each(lambda each: each.but(**changes) if each.key == key else each)
