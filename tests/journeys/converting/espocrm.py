"""EspoCRM's definitions of entities, as they lie in a folder of its resources, as a document.

A folder holds `metadata/entityDefs`, `metadata/scopes`, `metadata/logicDefs` (or dynamic logic in
`metadata/clientDefs`), `layouts/ENTITY`, `i18n/LANGUAGE`, and perhaps a `config.json`.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.journeys.converting import espocrm_fields as fields
from tests.journeys.converting import espocrm_layouts as layouts
from tests.journeys.converting import espocrm_relations as relations
from tests.journeys.converting import espocrm_rules as rules
from tests.journeys.converting.drafts import Draft, Named, TypeDraft, add_stages, said

_SYSTEM = {
    "id": Named("id", "integer"),
    "createdAt": Named("created_at", "datetime"),
    "modifiedAt": Named("updated_at", "datetime"),
    "streamUpdatedAt": Named("updated_at", "datetime"),
    "createdBy": Named("created_by", "user"),
    "modifiedBy": Named("updated_by", "user"),
}
_LATER = ("currencyConverted", "duration", "foreign", "linkOne")
_LINKS = ("link", "linkMultiple", "linkParent", "linkOne", "foreign", "attachmentMultiple")


class _Entity:
    """What the files say of one entity."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        metadata = folder / "metadata"
        self.defs = _json(metadata / "entityDefs" / f"{name}.json")
        self.scope = _json(metadata / "scopes" / f"{name}.json")
        client = _json(metadata / "clientDefs" / f"{name}.json")
        self.logic = _json(metadata / "logicDefs" / f"{name}.json") or client.get(
            "dynamicLogic", {}
        )
        self.layouts = {
            each.stem: json.loads(each.read_text())
            for each in (folder / "layouts" / name).glob("*.json")
        }
        self.words = {
            language: _json(folder / "i18n" / code / f"{name}.json")
            for language, code in (("en", "en_US"), ("zh", "zh_CN"))
        }
        self.fields = {k: v for k, v in self.defs.get("fields", {}).items() if fields.holds_data(v)}
        self.parts = fields.parts_of(self.fields)

    def labels(self, field: str) -> dict[str, Any]:
        """What a field is called, and its line of help."""
        en, zh = (self.words[language] for language in ("en", "zh"))
        return said(
            {
                "label": en.get("fields", {}).get(field),
                "label_zh": zh.get("fields", {}).get(field),
                "help": en.get("tooltips", {}).get(field),
                "help_zh": zh.get("tooltips", {}).get(field),
            }
        )

    def option_words(self, field: str) -> dict[str, Any]:
        """By language, what the options of a field are called."""
        found = {lang: words.get("options", {}).get(field) for lang, words in self.words.items()}
        return {language: words for language, words in found.items() if isinstance(words, Mapping)}

    @property
    def status_field(self) -> str | None:
        """The field that says where a record stands."""
        named = self.scope.get("statusField")
        return named if self.fields.get(named, {}).get("type") == "enum" else None


def convert(folder: Path) -> Draft:
    """The entities of a folder as a document, with a verdict on each thing they say."""
    draft = Draft()
    names = sorted(path.stem for path in (folder / "metadata" / "entityDefs").glob("*.json"))
    entities = [_Entity(folder, name) for name in names]
    config = _json(folder / "config.json")
    scopes = {
        lang: _json(folder / "i18n" / code / "Global.json").get("scopeNames", {})
        for lang, code in (("en", "en_US"), ("zh", "zh_CN"))
    }
    for entity in entities:
        type_ = draft.type(
            entity.name,
            label=scopes["en"].get(entity.name, entity.name),
            label_zh=scopes["zh"].get(entity.name),
        )
        type_.names.update(_SYSTEM)
    by_name = {entity.name: entity for entity in entities}
    shared_last = sorted(
        entities, key=lambda e: any("optionsReference" in f for f in e.fields.values())
    )
    for entity in shared_last:
        _own_fields(draft, draft.types[entity.name], entity, config)
    defs = {entity.name: entity.defs for entity in entities}
    found = relations.Relations(draft, defs)
    for entity in entities:
        for name, spec in entity.fields.items():
            if spec["type"] in _LINKS and spec["type"] != "foreign":
                found.field(entity.name, name, spec, entity.labels(name))
    for entity in entities:
        _later_fields(draft, draft.types[entity.name], entity, config, found)
    for entity in entities:
        _rules(draft, draft.types[entity.name], by_name[entity.name])
    found.links({entity.name: entity.fields for entity in entities})
    for entity in entities:
        _layouts(draft, draft.types[entity.name], entity)
    return draft


def _own_fields(draft: Draft, type_: TypeDraft, entity: _Entity, config: Mapping[str, Any]) -> None:
    """The fields that stand by themselves."""
    for name, spec in entity.fields.items():
        source = f"{entity.name}.{name}"
        sort = spec["type"]
        labels = entity.labels(name)
        if name in _SYSTEM:
            draft.expressed(source, "field", sort)
        elif name in entity.parts or sort in _LATER or sort in _LINKS:
            continue
        elif spec.get("notStorable") and (spec.get("readOnly") or spec.get("loaderClassName")):
            draft.impossible(source, "field", sort, "is computed by program code")
        elif spec.get("notStorable") and spec.get("link"):
            draft.expressed(source, "field", sort)
        elif name == entity.status_field:
            _stages(draft, type_, entity, name, spec)
        elif sort in ("enum", "multiEnum", "checklist", "array"):
            fields.add_choice(draft, type_, name, spec, labels, entity.option_words(name))
        elif sort in ("enumInt", "enumFloat"):
            fields.add_numbers(draft, type_, name, spec, labels)
        elif sort == "currency":
            fields.add_money(draft, type_, name, spec, labels, config)
        elif sort == "decimal":
            key = type_.add(name, "decimal", scale=spec.get("scale", 4), **labels)
            draft.expressed(source, "field", sort, type_.place(key))
        elif sort.startswith("range"):
            fields.add_range(draft, type_, name, spec, labels)
        elif sort in fields.ALIKE or sort in fields.NEAR or sort in fields.LOST:
            fields.add_simple(draft, type_, name, spec, labels)
        else:
            draft.impossible(source, "field", sort, f"there is nothing like {sort}")
    for name, (whole, part) in entity.parts.items():
        sort = entity.fields[name]["type"]
        place = type_.place(type_.names[whole].sql)
        why = "what it may be is not listed" if sort == "enum" else None
        draft.judged(f"{entity.name}.{name}", "field", sort, why, place)
        type_.names[name] = Named(f"{type_.names[whole].sql}.{part}", "text")


def _stages(
    draft: Draft, type_: TypeDraft, entity: _Entity, name: str, spec: Mapping[str, Any]
) -> None:
    chances = spec.get("probabilityMap") or entity.defs.get("probabilityMap") or {}
    ended = spec.get("notActualOptions") or ()
    done = entity.scope.get("completedStatusList") or ()
    cancelled = entity.scope.get("canceledStatusList") or ()
    stages = []
    for value, attributes in fields.options_of(spec, entity.option_words(name)):
        chance = chances.get(value)
        closed = value in ended or value in done or value in cancelled or chance in (0, 100)
        outcome = "won" if chance == 100 or value in done else None
        if chance == 0 and chances:
            outcome = "lost"
        elif value in cancelled or (closed and outcome is None and chance is None):
            outcome = "cancelled" if value in cancelled else None
        category = "closed" if closed else None
        stages.append(
            (
                value,
                {**attributes, "probability": chance, "category": category, "outcome": outcome},
                None,
            )
        )
    add_stages(draft, type_, name, stages)
    draft.expressed(f"{entity.name}.{name}", "field", "enum", ("types", type_.key, "stages"))


def _later_fields(
    draft: Draft,
    type_: TypeDraft,
    entity: _Entity,
    config: Mapping[str, Any],
    found: relations.Relations,
) -> None:
    """The fields that stand on others."""
    for name, spec in entity.fields.items():
        if spec["type"] == "currencyConverted":
            fields.add_converted(draft, type_, name, spec, entity.labels(name), config)
        elif spec["type"] == "duration":
            fields.add_duration(draft, type_, name, spec, entity.labels(name))
        elif spec["type"] == "foreign":
            found.foreign(entity.name, name, spec, entity.labels(name))


def _rules(draft: Draft, type_: TypeDraft, entity: _Entity) -> None:
    for name, spec in entity.fields.items():
        if name in type_.names and name not in _SYSTEM:
            rules.settings(draft, type_, name, spec)
    for name, index in (entity.defs.get("indexes") or {}).items():
        keys = [type_.names[each].sql for each in index.get("columns", ()) if each in type_.names]
        if index.get("type") == "unique" and keys and len(keys) == len(index["columns"]):
            place = type_.validate(name, "", "there is one already", unique=keys)
            draft.expressed(f"{entity.name} {name}", "validation", "unique", place)
    rules.logic(draft, type_, entity.logic)


def _layouts(draft: Draft, type_: TypeDraft, entity: _Entity) -> None:
    if entity.layouts.get("detail"):
        layouts.detail(draft, type_, entity.layouts["detail"])
    for sort, attribute in (("list", "list"), ("kanban", "card")):
        if entity.layouts.get(sort):
            layouts.columns(draft, type_, sort, entity.layouts[sort], attribute)


def _json(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text()) if path.exists() else {}
