"""How a type is laid out: the sections of form and detail page, the columns of a list, a card.

What is kept of a layout (see `model.layouts`) need not name every field: here the others find their
places, and retired ones are passed over. Here layouts are checked against their type, too.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crmtui.model import layout_changes, layouts
from crmtui.model.definitions import Field, Stage, Type
from crmtui.model.keys import closest, normal_key
from crmtui.model.layouts import MAIN, BadLayout, Item, Layout, Section
from crmtui.model.message import N_
from crmtui.store.errors import Conflict, Misused, NotFound, Refused
from crmtui.store.process import target_status
from crmtui.store.query import SYSTEM_COLUMNS, no_field

if TYPE_CHECKING:
    from crmtui.store.changes import Change

SECTIONED = ("form", "detail")
KEYED = ("list", "card")
LAYOUTS = (*SECTIONED, *KEYED)
"""What there is a layout of, as the attributes of a type are named; a stage has the first two."""

WIDE = frozenset({"longtext", "json", "address"})
"""Kinds of field that have a line to themselves, unless the layout says otherwise."""

COMPUTED = frozenset({"formula", "lookup", "rollup"})
"""Kinds of field that nobody fills in."""

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
    return field is None or field.kind in COMPUTED


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
    content: Any = None
    if isinstance(value, Layout):
        owner = type_.stage_by_key[stage] if stage else type_
        kept = getattr(owner, f"{kind}_layout")
        same = value == whole(type_, kind, stage)
        content = kept if same else layouts.unparsed(value)
    elif value is not None:
        kept = getattr(type_, _COLUMNS[kind])
        content = kept if tuple(value) == columns_of(type_, kind) else list(value)
    return Change("set", noun, ref, {kind: content})


def reset(type_: Type, kinds: Sequence[str], stage: str | None = None) -> "Change":
    """The change that lays a type, or one of its stages, out as if nobody had made a layout."""
    from crmtui.store.changes import Change

    owner = type_.stage_by_key[stage] if stage else type_
    noun, ref = ("stage", f"{type_.key}.{stage}") if stage else ("type", type_.key)
    kept = [k for k in kinds if getattr(owner, _COLUMNS.get(k, f"{k}_layout"), None)]
    return Change("set", noun, ref, dict.fromkeys(kept or kinds))


# In the words of people


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
) -> tuple[Layout, Section | None]:
    """The layout with fields put one behind the other; see `model.layout_changes.moved`.

    Args:
        section: by key or label. One that there is not is made: at the end, or next to the
            section of the field beside.

    Returns:
        The layout, and the section that was made, if one was.

    Raises:
        NotFound: there is no such field. Refused: the field beside stands in another section.
    """
    fields, at = _places(type_, fields, after, before, first)
    made: Section | None = None
    if section is not None:
        home = section_named(layout, section)
        if home is None:
            layout, made = section_added(type_, layout, section)
            home = made
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
    return layout, made


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
