"""Automatic numbers on the command line: given, told, exported and read back."""

import re

import pytest

from tests.commands.test_round_trip import FORMATS, moved
from tests.support.cli import Crm

DEFINE = """
type add contract --label-zh 合同
field add contract.number --kind auto-number --prefix C-{Y}- --reset year --title --label-zh 编号
field add contract.name
type add invoice
field add invoice.number --kind autonumber --prefix R --padding 2
field add invoice.contract --kind link --to contract
"""


@pytest.fixture
def contracts(crm: Crm) -> Crm:
    crm.script(DEFINE)
    return crm


def test_a_new_record_tells_its_number(contracts: Crm):
    told = contracts("record", "add", "contract", "name=x", "--json").json
    assert re.fullmatch(r"C-20\d\d-0001", told["number"])
    dry = contracts("record", "add", "contract", "--dry-run", "--json").json
    assert dry["number"].endswith("-0002")
    assert contracts("record", "add", "contract", "--json").json["number"] == dry["number"]


def test_a_line_that_fails_uses_no_number(contracts: Crm):
    lines = "record add invoice contract=none\nrecord add invoice\nrecord add invoice nmae=x\n"
    contracts.here("batch", "-", "--keep-going", code=(1, 3), stdin=lines)
    contracts.here("record", "add", "invoice")
    assert contracts.values("invoice", "number") == ["R01", "R02"]


@pytest.mark.parametrize("format_", FORMATS)
def test_numbers_survive_an_export_and_an_import(contracts: Crm, format_):
    contracts.script(
        """
        record add contract number=C-2020-0007
        record add contract name=a
        record add contract number=C-2020-0003
        record add invoice number=R100 contract=C-2020-0003
        record add invoice
        record add invoice contract=C-2020-0007
        record remove contract/2
        """
    )
    first, second = moved(contracts, contracts.folder, format_, ("contract", "invoice"))
    assert first == second
    other = contracts.folder / f"other-{format_}.db"
    contracts.here("record", "add", "invoice", "--db", other)
    told = contracts.here("record", "list", "invoice", "--json", "--db", other).json
    assert [row["number"] for row in told] == ["R100", "R101", "R102", "R103"]
    before = contracts.everything()
    for type_key in ("contract", "invoice"):
        file = contracts.folder / f"first-{format_}" / f"{type_key}.{format_}"
        told = contracts.here("record", "import", type_key, file, "--match", "ref", "--json").json
        assert told["updated"] == told["added"] == 0
    assert contracts.everything() == before


def test_an_import_may_match_by_the_number(contracts: Crm):
    contracts.here("record", "add", "contract", "number=C-2020-0007", "name=a")
    rows = contracts.file("rows.csv", "number,name\nC-2020-0007,b\nC-2020-0009,c\n")
    told = contracts.here("record", "import", "contract", rows, "--match", "number", "--json").json
    assert (told["updated"], told["added"]) == (1, 1)
    assert contracts.values("contract", "name") == ["b", "c"]


def test_a_configuration_with_numbers_reads_back(contracts: Crm):
    document = contracts.file("crm.yaml", contracts.here("export").out)
    assert contracts.here("diff", "-f", document).out == ""
    assert "unchanged" in contracts.here("field", "set", "contract.number", "--reset", "year").err


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["record", "add", "contract", "number=7"], 1, "number: 7 is not written as C-20"),
        (["record", "set", "contract/1", "number=C-2020-0001"], 1, "[read-only]"),
        (["record", "set", "contract/1", "number="], 1, "is an automatic number and stays C-20"),
        (["field", "set", "contract.number", "--required"], 1, "it has no required"),
        (["field", "set", "contract.number", "--default", "C-2020-0001"], 1, "has no default"),
        (["field", "set", "contract.number", "--padding", "99"], 1, "padding goes from 1 to 15"),
        (["field", "set", "contract.number", "--prefix", "C-"], 1, "need {Y} in their prefix"),
        (["field", "set", "contract.number", "--prefix", "{Q}{Y}"], 1, "Y, M or D"),
        (["field", "add", "contract.x", "--prefix", "C"], 2, "of kind text has no prefix"),
    ],
)
def test_bad_words(contracts: Crm, words, code, told):
    contracts.here("record", "add", "contract")
    assert told in contracts.refused(*words, code=code)
