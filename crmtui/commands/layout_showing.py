"""`crmtui layout show`: how a type is laid out, drawn for people and listed for scripts."""

import sys
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import click

from crmtui.commands import _layouts, _options
from crmtui.commands._command import command
from crmtui.commands._output import Fact, default_format, emit, item_heading, json_text, write
from crmtui.commands._session import Session
from crmtui.i18n import N_, _, language
from crmtui.terminal import cut, shown, width_of

_NAMES = {"form": N_("Form"), "detail": N_("Detail page"), "list": N_("List"), "card": N_("Card")}
_GAP = 2


class _Line(NamedTuple):
    """A field where it stands: `section` is empty for lists and cards."""

    kind: str
    section: str
    field: str
    label: str
    flags: list[str]


_FACTS = [
    Fact("kind", lambda line: line.kind, N_("Layout")),
    Fact("section", lambda line: line.section, N_("Section")),
    Fact("field", lambda line: line.field, N_("Field")),
    Fact("label", lambda line: line.label, N_("Label")),
    Fact("flags", lambda line: line.flags, N_("Flags")),
]


@command(epilog="Example: crmtui layout show deal --kind form --stage won")
@_options.common
@_layouts.type_argument
@_layouts.kind_option(_layouts.ALL, None)
@_layouts.stage_option
@_layouts.role_option
@click.option(
    "--width", type=click.IntRange(20, 500), metavar="N", help=_("Draw it for so many cells.")
)
@_options.output
def show(
    session: Session,
    db: str | None,
    type_key: str,
    kind: str | None,
    stage: str | None,
    role: str | None,
    width: int | None,
    format_: str | None,
) -> None:
    """Show how a type is laid out.

    On a terminal it is drawn. Into a pipe it is a line for each field: section, field, label and
    flags (hidden, wide, read-only), behind the kind where that is not stated. As JSON it is what
    apply reads; null means what the field says itself.
    """
    from crmtui.store import layout_words, layouts

    _layouts.refuse_stage(kind, stage, role)
    kinds: Sequence[str] = (kind,) if kind else layouts.SECTIONED if stage else layouts.LAYOUTS
    with session.workspace(db) as workspace:
        type_ = workspace.type(type_key)
        if role is not None:
            from crmtui.store.permission_changes import as_laid_out

            type_ = as_laid_out(_layouts.role_named(workspace, role), type_)
        at = layout_words.stage_named(type_, stage) if stage else None
        found = {
            each: layouts.columns_of(type_, each)
            if each in layouts.KEYED
            else layouts.resolved(type_, each, at)
            for each in kinds
        }
    # A width that is stated asks for the drawing, wherever it goes.
    format_ = format_ or ("table" if width else default_format())
    if format_ == "json":
        emit(_json(found))
    elif format_ == "table":
        for line in _drawing(type_, found, width or _terminal_width()):
            emit(line)
    else:
        write(
            _FACTS[1:] if kind else _FACTS,
            _lines(type_, found),
            format_,
            ref=lambda line: f"{type_.key}.{line.field}",
        )


def _json(found: dict[str, Any]) -> str:
    from crmtui.model.layouts import Layout, unparsed

    content = {
        kind: unparsed(value, full=True) if isinstance(value, Layout) else list(value)
        for kind, value in found.items()
    }
    return json_text(content, pretty=sys.stdout.isatty())


def _lines(type_: Any, found: dict[str, Any]) -> Iterator[_Line]:
    from crmtui.model.layouts import Item, Layout
    from crmtui.store import layouts

    for kind, value in found.items():
        if isinstance(value, Layout):
            for section in value.sections:
                for item in section.items:
                    flags = {
                        "hidden": item.hidden,
                        "wide": layouts.is_wide(type_, item),
                        "read-only": layouts.is_read_only(type_, item.field),
                    }
                    label = layouts.label_of(type_, item, "en")
                    said = [flag for flag, holds in flags.items() if holds]
                    yield _Line(kind, section.key, item.field, label, said)
        else:
            for key in value:
                yield _Line(kind, "", key, layouts.label_of(type_, Item(field=key), "en"), [])


# The drawing


def _terminal_width() -> int:
    import shutil

    return shutil.get_terminal_size((100, 24)).columns


def _drawing(type_: Any, found: dict[str, Any], width: int) -> Iterator[str]:
    for number, (kind, value) in enumerate(found.items()):
        if number:
            yield ""
        if len(found) > 1:
            yield _(_NAMES[kind]).upper()
        if kind == "list":
            yield _row([_label(type_, key) for key in value], width)
        elif kind == "card":
            yield from _card([_label(type_, key) for key in value], width)
        else:
            yield from _page(type_, value, width)


def _page(type_: Any, layout: Any, width: int) -> Iterator[str]:
    from crmtui.model.layouts import rows
    from crmtui.store import layouts

    labels = {item.field: _label(type_, item.field, item) for item in layout.items}
    for field in type_.fields:
        labels[field.key] += " *" if field.required else ""
    for section in layout.sections:
        if layout.headed:
            yield _ruled(shown(section.name(language())), width)
        lines = rows(section, width, lambda item: layouts.is_wide(type_, item))
        both = any(len(line) > 1 for line in lines)
        half = (width - _GAP) // 2
        # Labels that stand below each other are as wide as each other.
        columns = [[line[at] for line in lines if len(line) > at] for at in (0, 1)]
        widths = [max((width_of(labels[i.field]) for i in column), default=0) for column in columns]
        for line in lines:
            alone = len(line) == 1 and (not both or layouts.is_wide(type_, line[0]))
            room = width if alone else half
            cells = [
                _cell(labels[item.field], min(widths[at], room // 2), room, type_, item.field)
                for at, item in enumerate(line)
            ]
            yield (" " * _GAP).join(cells).rstrip()
        hidden = [labels[item.field] for item in section.items if item.hidden]
        if hidden:
            yield cut(_("hidden: {fields}").format(fields=", ".join(hidden)), width).rstrip()


def _cell(label: str, label_width: int, width: int, type_: Any, key: str) -> str:
    from crmtui.store import layouts

    room = max(2, width - label_width - 3)
    value = "…" if layouts.is_read_only(type_, key) else f"[{'_' * (room - 2)}]"
    return cut(f"{cut(label, label_width)}  {value}", width)


def _label(type_: Any, key: str, item: Any = None) -> str:
    from crmtui.model.layouts import Item

    return item_heading(type_, item or Item(field=key))


def _ruled(name: str, width: int) -> str:
    return cut(f"── {name} " + "─" * max(0, width - width_of(name) - 4), width)


def _row(labels: Sequence[str], width: int) -> str:
    return cut(" │ ".join(labels), width).rstrip()


def _card(labels: Sequence[str], width: int) -> Iterator[str]:
    inner = min(width - 4, max(width_of(label) for label in labels))
    yield f"┌{'─' * (inner + 2)}┐"
    for label in labels:
        yield f"│ {cut(label, inner)} │"
    yield f"└{'─' * (inner + 2)}┘"
