"""The JSON Schema: what export writes is valid by it, and what apply refuses is not."""

import json
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given, settings

from crmtui.store import spec
from tests.store.test_any_configuration import configurations

SCHEMA = spec.schema()
VALID = jsonschema.Draft7Validator(SCHEMA)


def test_the_schema_is_one():
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA


@settings(max_examples=30)
@given(configurations())
def test_any_configuration_is_valid_as_other_programs_read_it(wanted: dict[str, Any]):
    VALID.validate(yaml.safe_load(spec.write(wanted)))


@pytest.mark.parametrize(
    "document",
    [
        "types: [deal, account]",
        "types: {deal: }",
        "order: [deal]\ncategories: {sales: {parent: x, retired: true}}",
        "types: {deal: {list: 'a, b', card: [a], fields: {a: {min: 5, default: true}}}}",
        "types: {deal: {fields: {a: {options: {b: {merged_from: [c], renamed_from: d}}}}}}",
        "types: {deal: {stages: {a: {retired: true, move_to: b, statuses: [open]}}}}",
        "types: {销售: {form: [{key: a, columns: 2, fields: [b, {field: c, wide: true}]}]}}",
        "roles: {sales: {permissions: {'*': {read: all}, 机会: {deny: {read: x > 1}}}}}",
        "roles: {a: {permissions: {b: {fields: {c: 'masked:1*'}, stages: {e: see, f: []}}}}}",
        "roles: [a-b]\nteams: {north: {parent: x, manager: y}}\nusers: {bo.b: {roles: 'a,b'}, c: }",
        "pack: sales\nversion: 1.2\ntypes: {deal: {validations: {no-two: {unique: [a]}}}}",
    ],
)
def test_what_apply_reads_is_valid(document: str):
    spec.read(document, "x", pack=True)
    VALID.validate(yaml.safe_load(document))


@pytest.mark.parametrize(
    "document",
    [
        "typos: {}",
        "{}",
        "types: {deal: {lable: Deal}}",
        "types: {deal: {move_to: x}}",
        "types: {deal: {fields: {a: {kind: mony}}}}",
        "types: {deal: {fields: {a: {required: 'maybe'}}}}",
        "types: {deal: {fields: {a: {max_length: many}}}}",
        "types: {deal: {form: {key: a}}}",
        "types: {deal: {label: [a]}}",
        "types: {deal: Deal}",
        "types: Deal",
        "roles: {a: {permissions: {b: {reed: all}}}}",
        "roles: {a: {permissions: {b: {read: true}}}}",
        "roles: {a: {permissions: {b: {deny: [delete]}}}}",
        "roles: {a: {permissions: {b: {deny: {destroy: all}}}}}",
        "roles: {a: {permissions: {b: {fields: {c: gone}}}}}",
        "roles: {a: {permissions: {b: {renamed_from: c}}}}",
        "users: {a: {uid: 7}}",
    ],
)
def test_what_apply_refuses_is_not(document: str):
    with pytest.raises(spec.reading.Refused):
        spec.read(document, "x")
    assert not VALID.is_valid(yaml.safe_load(document))


def test_everything_is_described():
    for noun in SCHEMA["definitions"].values():
        assert all(each["description"] for each in noun["properties"].values())
