"""What stands on a card of a board."""

from crmtui.i18n import language
from crmtui.model.definitions import Type
from crmtui.store.layouts import columns_of
from crmtui.store.query import Record
from crmtui.terminal import cut, shown, width_of

_JOINT = " · "

ROOMY = 15
"""From so many rows on, a card has three lines; below that two."""


def usual_fields(type_: Type) -> tuple[str, ...]:
    """What the type's layout puts on a card; the title stands there anyway."""
    title = type_.title_field.key if type_.title_field else "ref"
    return tuple(key for key in columns_of(type_, "card") if key not in (title, "status"))


def has_statuses(type_: Type) -> bool:
    """Whether any stage has more than one status, so that cards must tell them."""
    return any(len(stage.live_statuses) > 1 for stage in type_.stages)


def line_count(type_: Type, fields: tuple[str, ...], height: int) -> int:
    """The lines of a card without the empty one below it: 1 to 3."""
    said = len(fields) + has_statuses(type_)
    if not said:
        return 1
    return 1 + min(2, said) if height >= ROOMY else 2


def card_lines(record: Record, fields: tuple[str, ...], lines: int, width: int) -> list[str]:
    """The lines of a card, safe and each `width` cells wide; the first is the title."""
    said = [shown(record.text(key, language())) for key in fields]
    stage = record.type.stage_by_key.get(record.stage or "")
    if stage is not None and len(stage.live_statuses) > 1:
        said.insert(0, shown(record.text("status", language())))
    said = [text for text in said if text]
    # As many as fit on the second line, if there is a third for the others.
    first = len(said) if lines == 2 else 1
    while first < len(said) and width_of(_JOINT.join(said[: first + 1])) <= width - 2:
        first += 1
    rest = [_JOINT.join(said[:first]), _JOINT.join(said[first:])]
    texts = [shown(record.title), *rest][:lines]
    return [f" {cut(text, width - 2)} " if width > 2 else cut(text, width) for text in texts]
