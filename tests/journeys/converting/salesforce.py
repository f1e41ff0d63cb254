"""Salesforce's objects, as the files of its metadata have them, as a document."""

from collections.abc import Mapping, Sequence
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
from tests.journeys.converting.infix import Node, parsed
from tests.journeys.converting.keys import quoted
from tests.journeys.converting.salesforce_files import Part
from tests.journeys.converting.salesforce_formulas import Formula, enclosed

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
        for step in (self._plain, self._stands_on, self._rules):
            for name, each in self._objects.items():
                step(self.draft.types[name], each)
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
        formula = Formula(_Reach(self.draft, type_), blank_is_zero=zero)
        text = formula.expression(part.text("formula"), result)
        settings = fields.number_settings(result, part, self._currency)
        label = part.text("label")
        key = type_.add(name, "formula", result=result, formula=text, label=label, **settings)
        type_.names[name] = Named(key, result)
        return key, "; ".join(dict.fromkeys(formula.notes)) or None

    # What records are held to

    def _rules(self, type_: TypeDraft, each: Part) -> None:
        for part in each.all("fields"):
            if part.one("valueSet").text("controllingField"):
                fields.dependent(self.draft, type_, part)
            if part.all("lookupFilter"):
                self._lookup_filter(type_, part)
        for rule in each.all("validationRules"):
            if rule.flag("active"):
                self._validation(type_, rule)
        self._record_types(type_, each)

    def _lookup_filter(self, type_: TypeDraft, part: Part) -> None:
        source = f"{type_.source}.{part.text('fullName')}"
        link = type_.names[part.text("fullName")]
        other = self.draft.types[link.target or ""]
        parts = []
        for item in part.one("lookupFilter").all("filterItems"):
            named = other.names.get(item.text("field").partition(".")[2])
            value = item.text("valueField")
            own = type_.names.get(value.rpartition(".")[2])
            if named is None or item.text("operation") != "equals" or (value and own is None):
                why = "compares with what is not here"
                self.draft.impossible(source, "validation", "lookupFilter", why)
                return
            if own is not None and named.kind == "link":
                # A link over a link is a reference: `account/42`.
                target = type_.fields[own.sql]["to"]
                parts.append(f"{link.sql}.{named.sql} = '{target}/' || {own.sql}.id")
            elif own is not None:
                parts.append(f"{link.sql}.{named.sql} = {own.sql}")
            else:
                literal = quoted(named.values.get(item.text("value"), item.text("value")))
                if named.kind == "boolean":
                    literal = item.text("value").lower()
                parts.append(f"{link.sql}.{named.sql} = {literal}")
        message = part.one("lookupFilter").text("errorMessage") or "cannot be chosen here"
        rule = f"{link.sql} is null or ({' and '.join(parts)})"
        place = type_.validate(f"{link.sql}-fits", rule, message)
        why = "what does not fit is refused, not kept off the list"
        self.draft.approximated(source, "validation", "lookupFilter", why, place)

    def _validation(self, type_: TypeDraft, rule: Part) -> None:
        name = rule.text("fullName")
        source = f"{type_.source}.{name}"
        text = rule.text("errorConditionFormula")
        message = rule.text("errorMessage")
        formula = Formula(_Reach(self.draft, type_))
        try:
            tree = parsed(text)
            if self._as_pattern(type_, tree, source, message) or self._as_fixed(
                type_, tree, source
            ):
                return
            condition = formula.expression(text)
        except Untranslatable as problem:
            self.draft.impossible(source, "validation", "validationRule", str(problem))
            return
        place = type_.validate(name, f"{enclosed(condition)} is not true", message)
        why = "; ".join(dict.fromkeys(formula.notes)) or None
        self.draft.judged(source, "validation", "validationRule", why, place)

    def _as_pattern(self, type_: TypeDraft, tree: Node, source: str, message: str) -> bool:
        """A rule that a field must match a regular expression is its pattern."""
        tree = _without_blank_test(tree)
        if not (_is_call(tree, "NOT") or tree.sort == "not") or not _is_call(
            tree.parts[0], "REGEX"
        ):
            return False
        field, pattern = tree.parts[0].parts
        named = type_.names.get(field.word)
        if named is None or pattern.sort != "text" or named.kind not in ("text", "longtext"):
            return False
        type_.fields[named.sql] |= {"pattern": pattern.word, "pattern_message": message}
        self.draft.expressed(source, "validation", "validationRule", type_.place(named.sql))
        return True

    def _as_fixed(self, type_: TypeDraft, tree: Node, source: str) -> bool:
        """A rule that a field may not change while something holds is when it is read-only."""
        parts = list(tree.parts) if _is_call(tree, "AND") or tree.sort == "&&" else [tree]
        changed = [p for p in parts if _is_call(p, "ISCHANGED")]
        if len(changed) != 1 or changed[0].parts[0].sort != "name":
            return False
        named = type_.names.get(changed[0].parts[0].word)
        others = [p for p in parts if p is not changed[0]]
        if (
            named is None
            or named.sql not in type_.fields
            or any(_mentions(p, _BEFORE) for p in others)
        ):
            return False
        if type_.fields[named.sql]["kind"] in ("autonumber", "formula", "rollup", "lookup"):
            return False
        formula = Formula(_Reach(self.draft, type_))
        rests = [formula._of(part).sql for part in others if not _is_new_test(part)]
        type_.fields[named.sql]["read_only_when"] = " and ".join(rests) or "true"
        why = "looks at the record as it is kept, not as it is typed"
        self.draft.approximated(source, "validation", "validationRule", why, type_.place(named.sql))
        return True

    def _record_types(self, type_: TypeDraft, each: Part) -> None:
        """Record types as a choice: by it, which options of the other choices there are."""
        kinds = [each_ for each_ in each.all("recordTypes") if each_.flag("active")]
        if not kinds:
            return
        key = type_.add("RecordType", "choice", label="Record type")
        type_.names["RecordTypeId"] = type_.names["RecordType"]
        values = [(kind.text("fullName"), {"label": kind.text("label")}) for kind in kinds]
        add_options(self.draft, type_, "RecordType", key, values)
        self.draft.expressed(f"{type_.source}.RecordType", "field", "recordTypes", type_.place(key))
        record_types = type_.names["RecordType"].values
        allowed: dict[str, dict[str, list[str]]] = {}
        for kind in kinds:
            for listed in kind.all("picklistValues"):
                name = listed.text("picklist")
                for value in listed.all("values"):
                    own = record_types[kind.text("fullName")]
                    allowed.setdefault(name, {}).setdefault(value.text("fullName"), []).append(own)
        for name, by_value in allowed.items():
            self._of_record_types(type_, key, name, by_value)

    def _of_record_types(
        self, type_: TypeDraft, key: str, name: str, by_value: Mapping[str, Sequence[str]]
    ) -> None:
        source = f"{type_.source}.{name}"
        named = type_.names.get(name)
        field = type_.fields.get(named.sql) if named else None
        if named is None or not named.values or (field is None and named.kind != "stage"):
            why = "the picklist itself is not here"
            self.draft.impossible(source, "validation", "picklistValues", why)
            return
        for value, own in named.values.items():
            keys = ", ".join(map(quoted, by_value.get(value, ())))
            when = f"{key} in ({keys})" if keys else "false"
            if field is None:
                type_.validate(
                    f"{own}-of-type",
                    f"stage <> '{own}' or {key} is null or {when}",
                    "no stage of this record type",
                )
            elif field.get("options"):
                before = field["options"][own].get("when")
                when = f"{key} is null or {when}"
                field["options"][own]["when"] = f"({before}) and ({when})" if before else when
        place = type_.place(named.sql) if field else ("types", type_.key, "validations")
        self.draft.expressed(source, "validation", "picklistValues", place)


_BEFORE = ("ISCHANGED", "PRIORVALUE")


class _Reach:
    """The fields that formulas of one object reach, over links as well."""

    def __init__(self, draft: Draft, type_: TypeDraft) -> None:
        self._draft = draft
        self._type = type_

    def field(self, path: Sequence[str]) -> Named:
        """The field at a path; over more than one link, through a lookup made for it."""
        if len(path) > 1 and path[0] == self._type.source:
            path = path[1:]
        named = self._type.names.get(path[0])
        if named is None:
            raise Untranslatable(f"names {path[0]}, which is no field")
        if len(path) == 1:
            return named
        if named.kind == "user":
            if path[1:] in (["Name"], ["Id"], ["Username"], ["Alias"]):
                return Named(named.sql, "text")
            raise Untranslatable("asks for what a user is, beyond their name")
        other = self._draft.types.get(named.target or "")
        if other is None:
            raise Untranslatable(f"goes over {path[0]}, which is no link")
        if len(path) > 2:
            return self._beyond(other, named, path)
        if path[1] == "Id":
            return Named(f"{named.sql}.id", "integer")
        found = other.names.get(path[1])
        if found is None:
            raise Untranslatable(f"names {'.'.join(path)}, which is no field")
        return found._replace(sql=f"{named.sql}.{found.sql}")

    def _beyond(self, other: TypeDraft, named: Named, path: Sequence[str]) -> Named:
        inner = _Reach(self._draft, other).field(path[1:])
        name = " ".join(path[1:])
        if name not in other.names:
            key = other.add(name, "lookup", label=name.replace("__r", ""), **{"from": inner.sql})
            other.names[name] = inner._replace(sql=key)
        return inner._replace(sql=f"{named.sql}.{other.names[name].sql}")


def _is_call(node: Node, name: str) -> bool:
    return node.sort == "call" and node.word.upper() == name


def _is_new_test(node: Node) -> bool:
    inner = node.parts[0] if (_is_call(node, "NOT") or node.sort == "not") else node
    return _is_call(inner, "ISNEW")


def _mentions(node: Node, names: Sequence[str]) -> bool:
    return any(_is_call(node, n) for n in names) or any(_mentions(p, names) for p in node.parts)


def _without_blank_test(tree: Node) -> Node:
    """`AND(NOT(ISBLANK(x)), NOT(REGEX(x, ...)))` says no more than its second part."""
    if not (_is_call(tree, "AND") or tree.sort == "&&"):
        return tree
    parts = [p for p in tree.parts if not (_is_call(p, "NOT") and _is_call(p.parts[0], "ISBLANK"))]
    return parts[0] if len(parts) == 1 else tree
