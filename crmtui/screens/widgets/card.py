"""What stands on a card of a board."""

from crmtui.i18n import language
from crmtui.model.definitions import Type
from crmtui.store.query import Record
from crmtui.terminal import cut, shown

ROOMY = 15
"""From so many rows on, a card has three lines; below that two."""


def usual_fields(type_: Type) -> tuple[str, ...]:
    """The fields on a card until people choose: what the board adds up, and a link or a date."""
    found = [type_.sum_field.key] if type_.sum_field else []
    for kind in ("link", "date", "choice", "datetime"):
        field = next((f for f in type_.fields if f.kind == kind and not f.title), None)
        if field is not None:
            found.append(field.key)
            break
    return tuple(found)


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
    if lines == 2 or len(said) <= 1:
        rest = [" · ".join(said), ""]
    else:
        rest = [" · ".join(said[:-1]), said[-1]]
    texts = [shown(record.title), *rest][:lines]
    return [f" {cut(text, width - 2)} " if width > 2 else cut(text, width) for text in texts]
