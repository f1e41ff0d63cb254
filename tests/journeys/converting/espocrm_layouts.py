"""EspoCRM's layouts: detail (and edit) as a form, list as columns, kanban as a card."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.journeys.converting.drafts import Draft, TypeDraft, Untranslatable
from tests.journeys.converting.espocrm_conditions import group
from tests.journeys.converting.keys import key_of

_MOST_COLUMNS = 2


def detail(draft: Draft, type_: TypeDraft, panels: Sequence[Mapping[str, Any]]) -> None:
    """Make the form of a type of its detail layout, and say so of the layout and each panel."""
    sections: list[dict[str, Any]] = []
    shown: set[str] = set()
    for number, panel in enumerate(panels):
        label = panel.get("label") or panel.get("customLabel") or panel.get("tabLabel")
        name = str(label or panel.get("name") or f"Panel {number + 1}")
        whys = []
        if panel.get("tabBreak") and panel.get("tabLabel"):
            whys.append("a tab is the heading of a section")
            name = str(panel["tabLabel"])
        rows = panel.get("rows") or []
        items = [_item(type_, cell, shown) for row in rows for cell in row if cell]
        most = max((len(row) for row in rows), default=1)
        if most > _MOST_COLUMNS:
            whys.append("more than two columns become two")
        if any(not cell for row in rows for cell in row):
            whys.append("empty cells close up")
        if any(
            isinstance(cell, Mapping) and cell.get("label") is False for r in rows for cell in r
        ):
            whys.append("labels stay")
        fields = [item for item in items if item is not None]
        key = key_of(name, (each["key"] for each in sections), column=False)
        one = {"columns": 1} if most <= 1 else {}
        sections.append({"key": key, "label": name, **one, "fields": fields})
        source = f"{type_.source} detail: {name}"
        if panel.get("dynamicLogicVisible"):
            _visible(draft, type_, source, panel["dynamicLogicVisible"], fields)
        place = ("types", type_.key, "form")
        draft.judged(source, "layout", "panel", "; ".join(whys) or None, place)
    _hide(type_, sections, shown)
    type_.attributes["form"] = sections


def _item(type_: TypeDraft, cell: Any, shown: set[str]) -> Any:
    name = cell.get("name") if isinstance(cell, Mapping) else cell
    named = type_.names.get(name)
    key = named.sql.partition(".")[0] if named else ""
    if key not in type_.fields or key in shown:
        return None
    shown.add(key)
    wide = isinstance(cell, Mapping) and cell.get("fullWidth")
    label = cell.get("customLabel") if isinstance(cell, Mapping) else None
    if not wide and not label:
        return key
    item = {"field": key, "label": label, "wide": True if wide else None}
    return {name: value for name, value in item.items() if value is not None}


def _visible(
    draft: Draft, type_: TypeDraft, source: str, logic: Mapping[str, Any], fields: Sequence[Any]
) -> None:
    """A panel that is seen only where something holds: its fields are."""
    try:
        expression = group(logic.get("conditionGroup") or (), type_.names)
    except Untranslatable as problem:
        draft.impossible(source, "validation", "visible panel", str(problem))
        return
    keys = [item["field"] if isinstance(item, dict) else item for item in fields]
    for key in keys:
        before = type_.fields[key].get("visible_when")
        type_.fields[key]["visible_when"] = (
            f"({before}) and ({expression})" if before else expression
        )
    if keys:
        why = "each of its fields is seen only there"
        draft.approximated(source, "validation", "visible panel", why, type_.place(keys[0]))


def _hide(type_: TypeDraft, sections: list[dict[str, Any]], shown: set[str]) -> None:
    """Fields that the layout does not show are hidden here too, unless they are required."""
    left = [
        {"field": key, "hidden": True}
        for key, field in type_.fields.items()
        if key not in shown and not field.get("required")
    ]
    if sections and left:
        sections[-1]["fields"] = [*sections[-1]["fields"], *left]


_SYSTEM = {"createdAt": "created_at", "modifiedAt": "updated_at", "createdBy": "created_by"}


def columns(
    draft: Draft, type_: TypeDraft, sort: str, cells: Sequence[Mapping[str, Any]], attribute: str
) -> None:
    """Make the list or the card of a type, and say so."""
    keys: list[str] = []
    for cell in cells:
        name = cell["name"]
        named = type_.names.get(name)
        key = named.sql.partition(".")[0] if named else _SYSTEM.get(name)
        known = key in type_.fields or key in ("stage", *_SYSTEM.values())
        if key and known and key not in keys:
            keys.append(key)
    type_.attributes[attribute] = keys
    why = "widths and alignment are the terminal's"
    plain = not any(cell.get("width") or cell.get("align") for cell in cells)
    place = ("types", type_.key, attribute)
    draft.judged(f"{type_.source} {sort}", "layout", sort, None if plain else why, place)
