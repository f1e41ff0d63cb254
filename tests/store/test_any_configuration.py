"""Whatever is configured comes back from its document, byte for byte, here and elsewhere."""

import re
import tempfile
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmtui.model.keys import CONTROL_CHARACTER, normal_key
from crmtui.model.nouns import COLORS, OPERATIONS, SCOPED, STAGE_ACTIONS
from crmtui.store import spec
from crmtui.store.workspace import Workspace
from tests.store.test_spec import ODD

texts = (
    (st.sampled_from(ODD) | st.text(st.characters(exclude_categories=("Cs",)), max_size=20))
    .map(normal_key)
    .filter(lambda text: text and not re.search(CONTROL_CHARACTER, text))
)
colors = st.sampled_from(tuple(COLORS))
flags = st.just(True)
LABELS = {"label": texts, "label_zh": texts}
OPTION_KEYS = ("web", "no", "on", "展会", "y")
FIELD_KEYS = ("name", "amount", "closes", "客户", "y", "n", "no_", "on_time")
TYPE_KEYS = ("deal", "account", "线索", "categories", "y", "off")

COMMON: dict[str, st.SearchStrategy[Any]] = {
    **LABELS,
    "help": texts,
    "help_zh": texts,
    "required": flags,
    "write_once": flags,
    "indexed": flags,
}
KINDS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "text": {
        "unique": flags,
        "max_length": st.integers(400, 500),
        "pattern": st.sampled_from((r"[A-Z]+: \d+", "a #b", ".*", "x|y", "'q'")),
        "pattern_message": texts,
        "pattern_message_zh": texts,
        "unique_as": st.just("folded"),
    },
    "longtext": {"default": texts},
    "integer": {
        "min": st.sampled_from(("0", "-5", "007")),
        "max": st.sampled_from(("1000", "1,000")),
        "default": st.just("8"),
    },
    "decimal": {"scale": st.integers(0, 4), "min": st.just("0"), "default": st.just("1")},
    "money": {"currency": st.sampled_from(("USD", "CNY", "JPY")), "max": st.just("9")},
    "percent": {"scale": st.integers(0, 2)},
    "rating": {"max": st.just("7")},
    "boolean": {"default": st.sampled_from(("true", "no", "是"))},
    "date": {"min": st.sampled_from(("2026-01-01", "today")), "default": st.just("today")},
    "time": {"default": st.just("12:30")},
    "datetime": {},
    "duration": {"unit": st.sampled_from(("minutes", "hours"))},
    "email": {"unique": flags},
    "phone": {"region": st.sampled_from(("CN", "DE")), "style": st.just("national")},
    "url": {},
    "color": {},
    "person": {},
    "address": {},
    "json": {},
    "tags": {},
    "user": {},
}
"""What can be said of a field of each kind, besides what can be said of every one."""

options = st.dictionaries(
    st.sampled_from(OPTION_KEYS),
    st.fixed_dictionaries({}, optional={**LABELS, "color": colors, "when": st.just("id > 1")}),
    min_size=1,
)
layouts = ("form", "detail")


@st.composite
def fields(draw: st.DrawFn, types: list[str]) -> dict[str, dict[str, Any]]:
    made: dict[str, dict[str, Any]] = {}
    for key in draw(st.lists(st.sampled_from(FIELD_KEYS), unique=True, max_size=6)):
        kind = draw(st.sampled_from((*KINDS, "choice", "link", "formula")))
        known = COMMON | KINDS.get(kind, {})
        if kind == "formula":
            known = {**LABELS, "help": texts}
        field = {"kind": kind, **draw(st.fixed_dictionaries({}, optional=known))}
        if kind == "link":
            field["to"] = draw(st.sampled_from(types))
        if kind == "money":
            field.setdefault("currency", "EUR")
        if kind == "choice":
            field["options"] = draw(options)
            if draw(st.booleans()):
                field["default"] = draw(st.sampled_from(list(field["options"])))
        if kind == "formula":
            named = [k for k, f in made.items() if f["kind"] in ("integer", "formula")]
            field["formula"] = f"{draw(st.sampled_from(named or ['id']))} + 1"
            field["result"] = "integer"
        if kind != "formula" and draw(st.booleans()):
            name = draw(st.sampled_from(("required_when", "visible_when", "read_only_when")))
            field[name] = draw(st.sampled_from(("id > 1", "stage = 'a: b'", "id in (1, 2)")))
        made[key] = field
    # What comes first may name what comes last.
    plain = [key for key, field in made.items() if field["kind"] in ("integer", "decimal")]
    if len(plain) > 1:
        made[plain[0]]["max_field"] = plain[-1]
        made[plain[0]]["required_when"] = f"{plain[-1]} > 1"
    return made


@st.composite
def types(draw: st.DrawFn, key: str, keys: list[str], categories: list[str]) -> dict[str, Any]:
    made: dict[str, Any] = draw(
        st.fixed_dictionaries(
            {},
            optional={
                **LABELS,
                "description": texts,
                "description_zh": texts,
                "icon": st.sampled_from(("★", "#", "y", "💰")),
            },
        )
    )
    if categories and draw(st.booleans()):
        made["category"] = draw(st.sampled_from(categories))
    own = draw(fields(keys))
    if own:
        made["fields"] = own
        users = [k for k, f in own.items() if f["kind"] == "user"]
        if users and draw(st.booleans()):
            made["owner"] = users[-1]
        named = draw(st.lists(st.sampled_from(list(own)), unique=True, min_size=1))
        if draw(st.booleans()):
            made["list"] = named
        if draw(st.booleans()):
            made["card"] = ["stage", *named][-3:]
        if draw(st.booleans()):
            items = [
                k if draw(st.booleans()) else {"field": k, "label": draw(texts)} for k in named
            ]
            section = {"key": "basic", "label": draw(texts), "fields": items}
            made[draw(st.sampled_from(layouts))] = [section]
        plain = [k for k, f in own.items() if f["kind"] in ("text", "integer", "date")]
        if plain and draw(st.booleans()):
            rule = f"{plain[-1]} <> 'a: #b' or {plain[0]} is null"
            made["validations"] = {
                "cap": {"rule": rule, "message": draw(texts)},
                "no-two": {"unique": plain[:2], **draw(st.fixed_dictionaries(LABELS))},
            }
    stages = draw(st.lists(st.sampled_from(("lead", "won", "on", "赢单")), unique=True))
    for stage in stages:
        said: dict[str, Any] = draw(
            st.fixed_dictionaries(
                {},
                optional={**LABELS, "color": colors, "probability": st.integers(0, 100)},
            )
        )
        if draw(st.booleans()):
            said |= {"category": "closed", "outcome": draw(st.sampled_from(("won", "lost")))}
        if draw(st.booleans()):
            each = st.fixed_dictionaries({}, optional=LABELS)
            said["statuses"] = draw(
                st.dictionaries(st.sampled_from(("open", "y", "等待")), each, min_size=1)
            )
        made.setdefault("stages", {})[stage] = said
    return made


@st.composite
def permissions(draw: st.DrawFn, said: dict[str, Any] | None) -> dict[str, Any]:
    """What a role says of a type, or of every type when that is None."""
    own = (said or {}).get("fields", {})
    scopes = ["own", "team", "all"]
    if said is not None:
        numbers = [k for k, f in own.items() if f["kind"] in ("integer", "decimal")]
        scopes += ["id > 1", "stage = 'a: #b'", *(f"{key} > 1" for key in numbers)]
    scope = st.sampled_from(scopes)
    scoped = {name: scope if name in SCOPED else st.just("all") for name in OPERATIONS}
    made: dict[str, Any] = draw(
        st.fixed_dictionaries({}, optional={**scoped, "unlisted": flags, **LABELS})
    )
    denied = draw(st.fixed_dictionaries({}, optional=scoped))
    keys = list(own) if said is not None else ["name", "no", "客户"]
    levels = st.sampled_from(("hidden", "denied", "read-only", "masked", "masked:1**", "masked:*"))
    if denied and draw(st.booleans()):
        made["deny"] = denied
    if keys and draw(st.booleans()):
        made["fields"] = draw(st.dictionaries(st.sampled_from(keys), levels, min_size=1))
    if said is None:
        return made
    if own and draw(st.booleans()):
        made["list"] = draw(st.lists(st.sampled_from(list(own)), unique=True, min_size=1))
        made["form"] = [{"key": "basic", "fields": list(own)}]
    stages = said.get("stages", {})
    places = [
        *stages,
        *(f"{k}.{s}" for k, each in stages.items() for s in each.get("statuses", ())),
    ]
    if places and draw(st.booleans()):
        forbidden = st.sets(st.sampled_from(tuple(STAGE_ACTIONS)), min_size=1)
        actions = forbidden.map(lambda found: [each for each in STAGE_ACTIONS if each in found])
        made["stages"] = draw(st.dictionaries(st.sampled_from(places), actions, min_size=1))
    return made


@st.composite
def people(draw: st.DrawFn, types: dict[str, Any]) -> dict[str, Any]:
    """Teams, roles and users; the first team belongs to the second, and so on."""
    teams: dict[str, Any] = {}
    found = draw(st.lists(st.sampled_from(("north", "no", "华东", "east-1")), unique=True))
    names = draw(st.lists(st.sampled_from(("ada", "bo.b", "c-d")), unique=True))
    for number, key in enumerate(found):
        teams[key] = draw(st.fixed_dictionaries({}, optional={**LABELS, "description": texts}))
        if number + 1 < len(found) and draw(st.booleans()):
            teams[key]["parent"] = found[number + 1]
        if names and draw(st.booleans()):
            teams[key]["manager"] = draw(st.sampled_from(names))
    roles: dict[str, Any] = {}
    for key in draw(st.lists(st.sampled_from(("sales", "on", "主管", "a-b")), unique=True)):
        roles[key] = draw(st.fixed_dictionaries({}, optional={**LABELS, "impersonate": flags}))
        about = draw(st.lists(st.sampled_from((*types, "*")), unique=True))
        if about:
            roles[key]["permissions"] = {each: draw(permissions(types.get(each))) for each in about}
    users: dict[str, Any] = {}
    for key in names:
        users[key] = draw(
            st.fixed_dictionaries(
                {}, optional={**LABELS, "email": st.just("a@example.com"), "administrator": flags}
            )
        )
        for noun, known in (("roles", roles), ("teams", teams)):
            if known and draw(st.booleans()):
                users[key][noun] = list(known)
    return {"teams": teams, "roles": roles, "users": users}


@st.composite
def configurations(draw: st.DrawFn) -> dict[str, Any]:
    """Any configuration that the store takes."""
    found = draw(st.lists(st.sampled_from(("sales", "no", "服务")), unique=True))
    categories: dict[str, Any] = {}
    for number, key in enumerate(found):
        said = st.fixed_dictionaries({}, optional={**LABELS, "description": texts, "color": colors})
        categories[key] = draw(said)
        if number + 1 < len(found) and draw(st.booleans()):
            categories[key]["parent"] = found[number + 1]
    keys = draw(st.lists(st.sampled_from(TYPE_KEYS), unique=True, min_size=1, max_size=3))
    made = {key: draw(types(key, keys, found)) for key in keys}
    return {"categories": categories, "types": made, **draw(people(made))}


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(configurations())
def test_any_configuration_round_trips(wanted: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        with Workspace.open(f"{folder}/a.db", create=True, command="apply") as first:
            first.apply(spec.read(spec.write(wanted), "x"))
            text = spec.write(first.document(people=True))
            read = spec.read(text, "x")
            assert first.changes_to(read, prune=True) == []
            assert first.apply(read).changes == []
            assert first.apply(spec.read(spec.write(wanted), "x")).changes == []
            assert spec.write(first.document(people=True)) == text
            files = first.files({}, folder="conf", people=True)
        with Workspace.open(f"{folder}/b.db", create=True, command="apply") as second:
            second.apply(read)
            assert spec.write(second.document(people=True)) == text
            parts = [(path, spec.read(str(made), path)) for path, made in files.items()]
            assert second.changes_to(spec.merged(parts), prune=True) == []
            assert second.files(files, folder="conf", people=True) == files  # type: ignore[arg-type]
