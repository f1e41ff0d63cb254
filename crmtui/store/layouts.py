"""How a type is laid out: the sections of form and detail page, the columns of a list, a card.

What is kept of a layout (see `model.layouts`) need not name every field: here the others find their
places, and retired ones are passed over. Here layouts are checked against their type, too.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crmtui.model import layouts
from crmtui.model.definitions import Field, Stage, Type
from crmtui.model.layouts import MAIN, BadLayout, Item, Layout, Section
from crmtui.model.message import N_, Message
from crmtui.store.errors import Refused
from crmtui.store.kinds import KINDS
from crmtui.store.query import SYSTEM_COLUMNS, no_field

if TYPE_CHECKING:
    from crmtui.store.changes import Change

SECTIONED = ("form", "detail")
KEYED = ("list", "card")
LAYOUTS = (*SECTIONED, *KEYED)
"""What there is a layout of, as the attributes of a type are named; a stage has the first two."""

WIDE = frozenset({"longtext", "json", "address", "person"})
"""Kinds of field that have a line to themselves, unless the layout says otherwise."""

MOST_IN_LIST = 8
"""Fields in the list of a type whose list nobody has laid out, besides title, stage and status."""

_COLUMNS = {"list": "list_columns", "card": "card_fields"}
_STANDING = ("stage", "status", "status_since")


# What holds


def resolved(type_: Type, kind: str, stage: str | None = None) -> Layout:
    """The layout that people see: every field in use is in it, and nothing retired.

    It is that of the stage, else that of the type. A detail page without one of its own is laid out
    as the form; a form without one has all fields in one section.

    Args:
        kind: `form` or `detail`.
        stage: the key of the stage a record stands at.

    Raises:
        Refused: what is kept of the layout cannot be read.
    """
    return _complete(type_, _kept(type_, kind, stage), type_.field_by_key)


def whole(type_: Type, kind: str, stage: str | None = None) -> Layout:
    """As `resolved`, with the retired fields at the places they come back to: for changing it."""
    known = {field.key: field for field in type_.all_fields}
    return _complete(type_, _kept(type_, kind, stage), known)


def columns_of(type_: Type, kind: str) -> tuple[str, ...]:
    """The fields and system columns of a list or a card, in order.

    Until somebody lays them out: the title, the stage and the first fields; of a card the title,
    what the board adds up, a link and a date.

    Args:
        kind: `list` or `card`.
    """
    kept = getattr(type_, _COLUMNS[kind])
    if kept:
        keys = [key for key in kept.split(",") if _is_column(type_, key)]
        if keys:
            return tuple(keys)
    return _usual_list(type_) if kind == "list" else _usual_card(type_)


def is_wide(type_: Type, item: Item) -> bool:
    """Whether an item has a line to itself."""
    if item.wide is not None:
        return item.wide
    field = type_.field_by_key.get(item.field)
    return field is not None and field.kind in WIDE


def is_read_only(type_: Type, key: str) -> bool:
    """Whether a form can only show it: what is computed, and what every record has by itself."""
    field = type_.field_by_key.get(key)
    return field is None or KINDS[field.kind].computed


def label_of(type_: Type, item: Item, language: str, translate: Callable[[str], str] = N_) -> str:
    """What an item is called: by the layout, else by its field; not yet safe for a terminal.

    In each language by itself: an English label of the layout leaves the Chinese one of the field.

    Args:
        translate: puts the names of system columns into the language.
    """
    field = _field(type_, item.field)
    if field is not None:
        label = item.label or field.label
        return field.but(label=label, label_zh=item.label_zh or field.label_zh).name(language)
    own = item.label_zh if language.startswith("zh") else None
    return own or item.label or translate(SYSTEM_COLUMNS.get(item.field, item.field))


def help_of(type_: Type, item: Item, language: str) -> str:
    """The line of help of an item: of the layout, else of its field; empty when there is none."""
    field = _field(type_, item.field)
    chinese = item.help_zh or (field.help_zh if field else None)
    plain = item.help or (field.help if field else None)
    return (chinese if language.startswith("zh") else None) or plain or ""


def _kept(type_: Type, kind: str, stage: str | None) -> Layout | None:
    at = type_.stage_by_key.get(stage) if stage else None
    for name in ("form_layout",) if kind == "form" else ("detail_layout", "form_layout"):
        for owner in (at, type_):
            kept = getattr(owner, name) if owner is not None else None
            if kept:
                return _read(kept, _ref(type_, owner), name.removesuffix("_layout"))
    return None


def _read(kept: Any, ref: str, kind: str) -> Layout:
    try:
        return layouts.parsed(kept)
    except BadLayout as problem:
        raise Refused(
            "bad-layout",
            N_("{ref} {kind}: {problem}"),
            ref=ref,
            kind=kind,
            problem=problem.message,
        ) from problem


def _ref(type_: Type, owner: Type | Stage | None) -> str:
    return f"{type_.key}.{owner.key}" if isinstance(owner, Stage) else type_.key


def _complete(type_: Type, kept: Layout | None, known: Mapping[str, Field]) -> Layout:
    """The layout with what is not known left out, and with the fields it does not mention."""
    if kept is None or not kept.sections:
        everything = tuple(Item(field=field.key) for field in type_.fields)
        return Layout(sections=(MAIN.but(items=everything),))
    sections = [
        [item for item in section.items if item.field in known or item.field in SYSTEM_COLUMNS]
        for section in kept.sections
    ]
    places = {item.field: items for items in sections for item in items}
    before: str | None = None
    for field in type_.all_fields:
        if field.retired and field.key not in places:
            continue
        if field.key not in places:
            # Beside the field that it follows in the order of fields; the first one comes first.
            items = places[before] if before else sections[0]
            at = [item.field for item in items].index(before) + 1 if before else 0
            items.insert(at, Item(field=field.key))
            places[field.key] = items
        before = field.key
    return Layout(
        sections=tuple(
            section.but(items=tuple(items))
            for section, items in zip(kept.sections, sections, strict=True)
        )
    )


def _field(type_: Type, key: str) -> Field | None:
    return type_.field_by_key.get(key) or next((f for f in type_.all_fields if f.key == key), None)


def _is_column(type_: Type, key: str) -> bool:
    if key in type_.field_by_key:
        return True
    return key in SYSTEM_COLUMNS and (bool(type_.stages) or key not in _STANDING)


def _usual_list(type_: Type) -> tuple[str, ...]:
    title = type_.title_field
    keys = [title.key if title else "ref"]
    if type_.stages:
        keys.append("stage")
    if any(len(stage.live_statuses) > 1 for stage in type_.stages):
        keys.append("status")
    rest = [f.key for f in type_.fields if f is not title and f.kind not in ("longtext", "json")]
    return (*keys, *rest[:MOST_IN_LIST])


def _usual_card(type_: Type) -> tuple[str, ...]:
    title = type_.title_field
    keys = [title.key if title else "ref"]
    if type_.sum_field:
        keys.append(type_.sum_field.key)
    for kind in ("link", "date"):
        keys += [f.key for f in type_.fields if f.kind == kind and f is not title][:1]
    return tuple(keys)


# What is kept


def checked(type_: Type, row: dict[str, Any], stage: str | None = None) -> dict[str, Any]:
    """New columns of a type or a stage, the layouts among them checked and put as they are kept.

    Raises:
        Refused: what is to be a layout is none.
        NotFound: the type has no such field; retired ones it has.
    """
    ref = f"{type_.key}.{stage}" if stage else type_.key
    known = {*SYSTEM_COLUMNS, *(field.key for field in type_.all_fields)}
    for kind in SECTIONED:
        content = row.get(f"{kind}_layout")
        if content:
            layout = _read(content, ref, kind)
            _refuse_unknown(type_, [item.field for item in layout.items], known)
            content = layouts.text(layout)
        if f"{kind}_layout" in row:
            row[f"{kind}_layout"] = content or None
    for column in _COLUMNS.values():
        if row.get(column):
            _refuse_unknown(type_, row[column].split(","), known)
    return row


def sections_changed(
    type_: Type, row: Mapping[str, Any], stage: str | None = None
) -> list[Message]:
    """Which sections come and go with new columns of a type or a stage that were `checked`."""
    said = {
        f"{kind}_layout": row[f"{kind}_layout"] for kind in SECTIONED if f"{kind}_layout" in row
    }
    if stage:
        stages = (s.but(**said) if s.key == stage else s for s in type_.all_stages)
        changed = type_.but(all_stages=tuple(stages))
    else:
        changed = type_.but(**said)
    told = []
    for kind in SECTIONED:
        if f"{kind}_layout" in said and type_.id:
            before, after = _sections(type_, kind, stage), _sections(changed, kind, stage)
            come = [section for key, section in after.items() if key not in before]
            gone = [section for key, section in before.items() if key not in after]
            told += [Message(N_("+ section {section}"), section=_called(s)) for s in come]
            told += [Message(N_("- section {section}"), section=_called(s)) for s in gone]
    return told


def _sections(type_: Type, kind: str, stage: str | None) -> dict[str, Section]:
    try:
        found = whole(type_, kind, stage).sections
    except Refused:  # what was kept could not be read, and is about to go
        found = ()
    return {section.key: section for section in found}


def _called(section: Section) -> str:
    return section.label or section.label_zh or section.key


def _refuse_unknown(type_: Type, keys: Sequence[str], known: set[str]) -> None:
    for key in keys:
        if key not in known:
            raise no_field(type_, key)


def change(
    type_: Type, kind: str, value: Layout | Sequence[str] | None, stage: str | None = None
) -> "Change":
    """The change that gives a type, or one of its stages, a layout.

    What people see already is nothing to change, though nothing may be kept of it.

    Args:
        kind: one of `LAYOUTS`.
        value: a layout, or the keys of a list or card; None: as if nobody had made one.
    """
    # Reading commands come here for what they show; changes cost them more than all of it.
    from crmtui.store.changes import Change

    noun, ref = ("stage", f"{type_.key}.{stage}") if stage else ("type", type_.key)
    owner = type_.stage_by_key[stage] if stage else type_
    kept = getattr(owner, _COLUMNS.get(kind, f"{kind}_layout"), None)
    return Change("set", noun, ref, {kind: content(type_, kind, value, kept, stage)})


def content(
    type_: Type,
    kind: str,
    value: Layout | Sequence[str] | None,
    kept: Any,
    stage: str | None = None,
) -> Any:
    """What the attribute of a layout is to hold; what people see already is nothing to change.

    Args:
        value: a layout, or the keys of a list or card; None: as if nobody had made one.
        kept: what the attribute holds.
    """
    if isinstance(value, Layout):
        return kept if value == whole(type_, kind, stage) else layouts.unparsed(value)
    if value is not None:
        return kept if tuple(value) == columns_of(type_, kind) else list(value)
    return None


def reset(type_: Type, kinds: Sequence[str], stage: str | None = None) -> "Change":
    """The change that lays a type, or one of its stages, out as if nobody had made a layout."""
    from crmtui.store.changes import Change

    owner = type_.stage_by_key[stage] if stage else type_
    noun, ref = ("stage", f"{type_.key}.{stage}") if stage else ("type", type_.key)
    kept = [k for k in kinds if getattr(owner, _COLUMNS.get(k, f"{k}_layout"), None)]
    return Change("set", noun, ref, dict.fromkeys(kept or kinds))
