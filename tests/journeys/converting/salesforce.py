"""Salesforce's objects, as the files of its metadata have them, as a document."""

from pathlib import Path

from tests.journeys.converting import salesforce_fields as fields
from tests.journeys.converting import salesforce_files as files
from tests.journeys.converting import salesforce_layouts as layouts
from tests.journeys.converting.drafts import (
    Draft,
    Named,
    TypeDraft,
    Untranslatable,
    add_options,
    add_stages,
)
from tests.journeys.converting.salesforce_files import Part
from tests.journeys.converting.salesforce_formulas import Formula
from tests.journeys.converting.salesforce_reach import Reach
from tests.journeys.converting.salesforce_rules import rules

_SYSTEM = {
    "Id": Named("id", "integer"),
    "CreatedDate": Named("created_at", "datetime"),
    "LastModifiedDate": Named("updated_at", "datetime"),
    "CreatedById": Named("created_by", "user"),
    "LastModifiedById": Named("updated_by", "user"),
}
_STATUSES = {"StageName", "Status", "Status__c", "Stage__c"}
_VALUE_SETS = {
    ("Opportunity", "StageName"): "OpportunityStage",
    ("Lead", "Status"): "LeadStatus",
    ("Case", "Status"): "CaseStatus",
    ("Campaign", "Status"): "CampaignStatus",
    ("Contract", "Status"): "ContractStatus",
}
_NOT_RECORDS = ("__mdt", "__e", "__x")


def convert(folder: Path, currency: str = "USD") -> Draft:
    """The objects of a folder as a document, with a verdict on each thing they say."""
    return _Set(folder, currency).draft


class _Set:
    """All objects of a folder on their way to one document."""

    def __init__(self, folder: Path, currency: str) -> None:
        self.draft = Draft()
        self._currency = currency
        self._value_sets = dict(files.files(folder, "standardValueSet"))
        self._globals = dict(files.files(folder, "globalValueSet"))
        self._shared: dict[str, tuple[str, str]] = {}
        found = files.objects(folder)
        self._objects = {n: o for n, o in found.items() if not n.endswith(_NOT_RECORDS)}
        for name, each in self._objects.items():
            self._type(name, each)
        for step in (self._plain, self._stands_on):
            for name, each in self._objects.items():
                step(self.draft.types[name], each)
        for name, each in self._objects.items():
            rules(self.draft, self.draft.types[name], each)
        chosen: dict[str, tuple[str, Part]] = {}
        for file_name, layout in files.files(folder, "layout"):
            chosen.setdefault(file_name.partition("-")[0], (file_name, layout))
        for name, (file_name, layout) in chosen.items():
            if name in self._objects:
                layouts.form(self.draft, self.draft.types[name], file_name, layout)

    def _type(self, name: str, each: Part) -> None:
        type_ = self.draft.type(
            name, label=each.text("label") or name, description=each.text("description")
        )
        type_.names.update(_SYSTEM)
        naming = each.one("nameField")
        label = naming.text("label") or "Name"
        if naming.text("type") == "AutoNumber":
            settings, why = fields.series(naming.text("displayFormat"))
            key = type_.add("Name", "autonumber", label=label, title=True, **settings)
        else:
            why = None
            key = type_.add("Name", "text", label=label, title=True, required=True)
        self.draft.judged(
            f"{name}.Name", "field", naming.text("type") or "Text", why, type_.place(key)
        )
        kinds = {part.text("type") for part in each.all("fields")}
        if "MasterDetail" not in kinds:
            key = type_.add("OwnerId", "user", label="Owner", default="me")
            type_.names["Owner"] = type_.names["OwnerId"]

    # Fields that stand by themselves

    def _plain(self, type_: TypeDraft, each: Part) -> None:
        listed = each.all("fields")
        status = next((p.text("fullName") for p in listed if self._is_status(type_, p)), None)
        for part in listed:
            name, sort = part.text("fullName"), part.text("type")
            if part.text("formula") or sort == "Summary" or name in ("Name", "OwnerId") or not sort:
                continue
            if name == status:
                self._stages(type_, part)
            elif sort in ("Lookup", "MasterDetail"):
                self._link(type_, part)
            elif sort == "Location":
                self._location(type_, part)
            else:
                self._field(type_, part)
        if not type_.stages:
            type_.stages = {}

    def _is_status(self, type_: TypeDraft, part: Part) -> bool:
        name = part.text("fullName")
        listed = part.one("valueSet").one("valueSetDefinition").all("value")
        known = _VALUE_SETS.get((type_.source, name)) in self._value_sets
        return part.text("type") == "Picklist" and name in _STATUSES and bool(listed or known)

    def _field(self, type_: TypeDraft, part: Part) -> None:
        name, sort = part.text("fullName"), part.text("type")
        source = f"{type_.source}.{name}"
        if sort in fields.LOST or (sort not in fields.ALIKE and sort not in fields.NEAR):
            why = fields.LOST.get(sort, f"there is nothing like {sort}")
            self.draft.impossible(source, "field", sort, why)
            return
        kind, why = (fields.ALIKE[sort], None) if sort in fields.ALIKE else fields.NEAR[sort]
        settings = fields.number_settings(kind, part, self._currency)
        if kind == "autonumber":
            settings, why = fields.series(part.text("displayFormat"))
        if kind == "decimal" and not int(part.text("scale", "0") or 0):
            kind, settings = "integer", {}
        labels = {"label": part.text("label"), "help": part.text("inlineHelpText")}
        key = type_.add(name, kind, **labels, **settings)
        if kind in ("choice", "multichoice"):
            shared = part.one("valueSet").text("valueSetName")
            if shared in self._globals and shared not in self._shared:
                values = fields.options(self._globals[shared].all("customValue"))
                add_options(self.draft, type_, name, key, values)
                self._shared[shared] = (type_.key, key)
            else:
                why = fields.add_picklist(self.draft, type_, part, key, self._shared)
        self.draft.judged(source, "field", sort, why, type_.place(key))
        self._settings(type_, part, key)

    def _settings(self, type_: TypeDraft, part: Part, key: str) -> None:
        field = type_.fields[key]
        source = f"{type_.source}.{part.text('fullName')}"
        kind = field["kind"]
        place = type_.place(key)
        if kind == "autonumber":
            return
        if part.flag("required"):
            field["required"] = True
            self.draft.expressed(source, "validation", "required", place)
        if part.flag("unique"):
            field["unique"] = True
            if kind == "text" and not part.flag("caseSensitive"):
                field["unique_as"] = "folded"
            self.draft.expressed(source, "validation", "unique", place)
        if part.flag("externalId"):
            field["indexed"] = True
        if part.text("length").isdecimal() and kind in ("text", "longtext"):
            field["max_length"] = int(part.text("length"))
            self.draft.expressed(source, "validation", "length", place)
        if kind in ("integer", "decimal") and part.text("precision").isdecimal():
            whole = int(part.text("precision")) - int(part.text("scale", "0") or 0)
            if 0 < whole < 10:
                field["max"] = "9" * whole
                self.draft.expressed(source, "validation", "precision", place)
        self._default(part, field, kind, source, place)

    def _default(self, part: Part, field: dict, kind: str, source: str, place: tuple) -> None:
        text = part.text("defaultValue")
        if not text:
            return
        known = {"TODAY()": "today", "NOW()": "now", "$User.Username": "me"}
        literal = text.strip("\"'")
        if kind == "boolean":
            field["default"] = "yes" if text == "true" else "no"
        elif text in known:
            field["default"] = known[text]
        elif literal != text or text.replace(".", "", 1).isdecimal():
            field["default"] = f"{float(text) * 100:g}" if kind == "percent" else literal
        else:
            why = "is computed; a default here is a fixed value"
            self.draft.impossible(source, "default", "defaultValue", why)
            return
        self.draft.expressed(source, "default", "defaultValue", place)

    def _location(self, type_: TypeDraft, part: Part) -> None:
        name = part.text("fullName").removesuffix("__c")
        label = part.text("label")
        for word, most in (("Latitude", 90), ("Longitude", 180)):
            bounds = {"min": str(-most), "max": str(most)}
            key = type_.add(
                f"{name}_{word}__c", "decimal", label=f"{label} {word}", scale=6, **bounds
            )
            type_.names[f"{name}__{word}__s"] = type_.names[f"{name}_{word}__c"]
        type_.names[part.text("fullName")] = Named(key, "decimal")
        why = "two numbers, of which no distance is measured"
        source = f"{type_.source}.{part.text('fullName')}"
        self.draft.approximated(source, "field", "Location", why, type_.place(key))

    def _link(self, type_: TypeDraft, part: Part) -> None:
        name, sort = part.text("fullName"), part.text("type")
        target = part.text("referenceTo")
        source = f"{type_.source}.{name}"
        label = {"label": part.text("label"), "help": part.text("inlineHelpText")}
        if target == "User":
            key = type_.add(name, "user", **label)
            why = None
        else:
            to = self.draft.stub(target) if target in self._objects or target else None
            if to is None:
                self.draft.impossible(source, "field", sort, "leads to what is not said")
                return
            key = type_.add(name, "link", to=to.key, points_to=target, **label)
            why = None if target in self._objects else f"of {target} there is but the name"
        base = name.removesuffix("__c")
        over = f"{base}__r" if name != base else name.removesuffix("Id")
        type_.names[over] = type_.names[name]
        self.draft.judged(source, "field", sort, why, type_.place(key))
        if sort == "MasterDetail":
            type_.fields[key]["required"] = True
            if not part.flag("reparentableMasterDetail"):
                type_.fields[key]["write_once"] = True
            why = "what belongs to a record stays when that is removed"
        elif part.flag("required"):
            type_.fields[key]["required"] = True
        if part.text("deleteConstraint") in ("Restrict", "Cascade"):
            word = part.text("deleteConstraint")
            why = f"nothing happens when the record is removed, which is {word} there"
        self.draft.judged(source, "relation", sort, why, type_.place(key))

    def _stages(self, type_: TypeDraft, part: Part) -> None:
        name = part.text("fullName")
        standard = self._value_sets.get(_VALUE_SETS.get((type_.source, name), ""))
        listed = part.one("valueSet").one("valueSetDefinition").all("value")
        stages = []
        for value in standard.all("standardValue") if standard else listed:
            closed = value.flag("closed") or value.flag("converted")
            outcome = "won" if value.flag("won") or value.flag("converted") else None
            if closed and type_.source == "Opportunity" and outcome is None:
                outcome = "lost"
            category = "closed" if closed else None
            chance = int(value.text("probability")) if value.text("probability") else None
            forecast = value.text("forecastCategory")
            why = f"that it counts as {forecast} in a forecast is left out" if forecast else None
            label = value.text("label") or value.text("fullName")
            attributes = {
                "label": label,
                "category": category,
                "outcome": outcome,
                "probability": chance,
            }
            stages.append((value.text("fullName"), attributes, why))
        add_stages(self.draft, type_, name, stages)
        place = ("types", type_.key, "stages")
        self.draft.expressed(f"{type_.source}.{name}", "field", "Picklist", place)

    # Fields that stand on others

    def _stands_on(self, type_: TypeDraft, each: Part) -> None:
        """Roll-ups and formulas, each behind what it stands on."""
        waiting = [
            p for p in each.all("fields") if p.text("formula") or p.text("type") == "Summary"
        ]
        for _ in range(len(waiting) + 1):
            waiting = [part for part in waiting if not self._try(type_, part, last=False)]
        for part in waiting:
            self._try(type_, part, last=True)

    def _try(self, type_: TypeDraft, part: Part, *, last: bool) -> bool:
        name = part.text("fullName")
        source = f"{type_.source}.{name}"
        sort = (
            part.text("type")
            if part.text("type") == "Summary"
            else f"formula of {part.text('type')}"
        )
        try:
            if part.text("type") == "Summary":
                key, why = self._rollup(type_, part), None
            else:
                key, why = self._formula(type_, part)
        except Untranslatable as problem:
            if last:
                self.draft.impossible(source, "field", sort, str(problem))
            return False
        self.draft.judged(source, "field", sort, why, type_.place(key))
        return True

    def _rollup(self, type_: TypeDraft, part: Part) -> str:
        child_name, _, link_name = part.text("summaryForeignKey").partition(".")
        child = self.draft.types.get(child_name)
        link = child.names.get(link_name) if child else None
        if child is None or link is None:
            raise Untranslatable("gathers what is not here")
        measure = "count()"
        if part.text("summaryOperation") != "count":
            of = child.names.get(part.text("summarizedField").partition(".")[2])
            if of is None:
                # It may be a formula of the child that is yet to come.
                self._stands_on_one(child, part.text("summarizedField").partition(".")[2])
                of = child.names.get(part.text("summarizedField").partition(".")[2])
            if of is None:
                raise Untranslatable("adds up what is not here")
            measure = f"{part.text('summaryOperation')}({of.sql})"
        where = fields.summary_filter(part, child.names)
        source = f"{child.key}.{link.sql}"
        label = part.text("label")
        name = part.text("fullName")
        key = type_.add(
            name, "rollup", measure=measure, where=where, label=label, **{"from": source}
        )
        type_.names[name] = Named(key, "decimal")
        return key

    def _stands_on_one(self, type_: TypeDraft, name: str) -> None:
        parts = self._objects[type_.source].all("fields")
        part = next((p for p in parts if p.text("fullName") == name and p.text("formula")), None)
        if part is not None and name not in type_.names and self._try(type_, part, last=False):
            part.take("done", part)

    def _formula(self, type_: TypeDraft, part: Part) -> tuple[str, str | None]:
        name, sort = part.text("fullName"), part.text("type")
        if name in type_.names:
            return type_.names[name].sql, None
        result = fields.RESULTS.get(sort)
        if result is None:
            raise Untranslatable(f"its result is a {sort}")
        zero = part.text("formulaTreatBlanksAs", "BlankAsZero") == "BlankAsZero"
        formula = Formula(Reach(self.draft, type_), blank_is_zero=zero)
        text = formula.expression(part.text("formula"), result)
        settings = fields.number_settings(result, part, self._currency)
        label = part.text("label")
        key = type_.add(name, "formula", result=result, formula=text, label=label, **settings)
        type_.names[name] = Named(key, result)
        return key, "; ".join(dict.fromkeys(formula.notes)) or None
