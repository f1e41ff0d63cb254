"""Public data sets as types with relations, formulas and roll-ups: every column is accounted for.

A column is expressed when each value of the file can be read back from the record, and approximated
only where `columns.yaml` says how; what is computed of the columns equals the known answers.
"""

import csv
import shlex
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.converting.columns import DataSet, Filling, data_set, kept
from tests.support.cli import Crm, answer, shared

DEFINITIONS = Path(__file__).parent / "definitions" / "data"
ENCODINGS = {"gbk": "gbk", "gb18030": "gb18030", "utf8": "utf-8"}


def brought_in(crm: Crm, name: str) -> DataSet:
    """A data set's types made and its files imported, whole, by the command line."""
    data = data_set(DEFINITIONS / name)
    crm("apply", "-q", "-f", data.types)
    assert crm("diff", "-f", data.types).out == ""
    for filling in data.fillings:
        told = crm(*filling.words(shared("data", name), computed(crm, filling.type)), "--json").json
        assert told["rejected"] == 0
        assert filling.only or not told["ignored_columns"]
    return data


def computed(crm: Crm, type_key: str) -> frozenset[str]:
    fields = crm.here("field", "list", type_key, "--json").json
    return frozenset(f["key"] for f in fields if f["kind"] in ("formula", "lookup", "rollup"))


def rows_of(name: str, filling: Filling) -> list[dict[str, str]]:
    """The rows of a file, read by other means than ours."""
    path = shared("data", name, filling.file)
    encoding = ENCODINGS.get(path.suffixes[0].removeprefix("."), "utf-8")
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.DictReader(file))


def differing(crm: Crm, name: str, filling: Filling) -> set[str]:
    """The columns of a file in which a record does not have what its row says."""
    rows = rows_of(name, filling)
    records = crm.records(filling.type)
    assert len(records) == len(rows)
    fields = crm.here("field", "list", filling.type, "--json").json
    named = {each["key"]: by_title(crm, each["to"]) for each in fields if each["to"]}
    labels = {
        each["key"]: labels_of(crm, f"{filling.type}.{each['key']}")
        for each in fields
        if each["kind"] == "choice"
    }
    found = set()
    for column, path in filling.columns.items():
        field, _, part = path.partition(".")
        for row, record in zip(rows, records, strict=True):
            value = record[field]
            if value is not None and field in named:
                value = named[field][value["ref"]]
            elif value is not None and field in labels:
                value = labels[field][value]
            elif value is not None and part:
                value = value.get(part)
            if not kept(row[column], value):
                found.add(column)
    return found


def by_title(crm: Crm, type_key: str) -> dict[str, Any]:
    """What files name each record of a type by: its first unique field."""
    fields = crm.here("field", "list", type_key, "--json").json
    unique = next(field["key"] for field in fields if field["unique"])
    return {record["ref"]: record[unique] for record in crm.records(type_key)}


def labels_of(crm: Crm, field: str) -> dict[str, str]:
    """What people read for each option of a field."""
    options = crm.here("option", "list", field, "--json").json
    return {option["key"]: option["label"] or option["key"] for option in options}


def near(found: Any, expected: float) -> bool:
    """Whether a figure is the answer, which is rounded to two decimals."""
    return abs(Decimal(found) - Decimal(str(expected))) <= Decimal("0.005")


class TestNorthwind:
    @pytest.fixture
    def shop(self, crm: Crm) -> Crm:
        brought_in(crm, "northwind")
        return crm

    def test_every_column_is_kept_or_said_not_to_be(self, shop: Crm):
        for filling in data_set(DEFINITIONS / "northwind").fillings:
            as_text = {column for column, why in filling.approximated.items() if "is a text" in why}
            found = differing(shop, "northwind", filling)
            assert found == set(filling.approximated) - as_text, filling.file
            for row in rows_of("northwind", filling)[:1]:
                assert list(row) == list(filling.columns)

    def test_figures_equal_the_answers(self, shop: Crm):
        words = ("--fields", "name,address,orders,revenue", "--sort", "-revenue", "--limit", "10")
        best = shop.records("customer", *words)
        for record, each in zip(best, answer("northwind", "top_customers"), strict=True):
            assert (record["name"], record["orders"]) == (each["CompanyName"], each["orders"])
            assert near(record["revenue"], each["revenue"])
        employees = {
            f"{each['first_name']} {each['last_name']}": each for each in shop.records("employee")
        }
        for each in answer("northwind", "by_employee"):
            assert employees[each["employee"]]["orders"] == each["orders"]
            assert near(employees[each["employee"]]["revenue"], each["revenue"])
        for each in answer("northwind", "reports_to"):
            if each["manager"] != "(none)":
                where = f"last_name = '{each['manager']}'"
                assert shop.records("employee", "--where", where)[0]["reports"] == each["reports"]
        (late,) = answer("northwind", "late")
        assert shop.count("sale", "late") == late["late"]
        assert shop.count("sale", "shipped is null") == late["unshipped"]
        days = sorted(shop.values("sale", "days_to_ship", "--where", "shipped is not null"))
        assert days[len(days) // 2] == late["median_days_to_ship"]
        without = shop.values("customer", "code", "--where", "orders = 0")
        expected = answer("northwind", "customers_without_orders")
        assert sorted(without) == sorted(each["CustomerID"].strip() for each in expected)
        for each in answer("northwind", "by_country")[:5]:
            code = {"Germany": "DE", "USA": "US", "Brazil": "BR", "France": "FR", "UK": "GB"}
            where = f"ship_country = '{code[each['ShipCountry']]}'"
            freight = shop.values("sale", "freight", "--where", where)
            assert (len(freight), sum(freight)) == (each["orders"], Decimal(str(each["freight"])))

    def test_what_breaks_a_rule_does_not_come_in(self, shop: Crm):
        for words, said in (
            ("line sale=10248 product=Chai quantity=0", "quantity: 0 is below 1"),
            ("line sale=10248 product='Queso Cabrales' quantity=1", "a line of that product"),
            ("line sale=10248 product=Chai quantity=1 discount=1.5", "discount: 1.5 is above 1"),
            ("line sale=999 product=Chai quantity=1", "there is no sale 999"),
            ("sale number=1 customer=ALFKI ordered=2026-02-01 shipped=2026-01-01", "below ordered"),
            ("customer name=x code=toolong", "does not match"),
        ):
            assert said in shop.refused("record", "add", *shlex.split(words), code=1)


class TestSuperstore:
    @pytest.fixture
    def store(self, crm: Crm) -> Crm:
        brought_in(crm, "zh-superstore")
        return crm

    def test_every_column_is_kept_or_said_not_to_be(self, store: Crm):
        for filling in data_set(DEFINITIONS / "zh-superstore").fillings:
            if not filling.only:
                found = differing(store, "zh-superstore", filling)
                assert found == set(filling.approximated), filling.file

    def test_figures_equal_the_answers(self, store: Crm):
        (total,) = answer("zh-superstore", "totals")
        counts = [store.count(key) for key in ("订单", "客户", "订单行")]
        assert counts == [total["订单数"], total["客户数"], total["行数"]]
        managers = {record["地区"]: record for record in store.records("销售人员")}
        for each in answer("zh-superstore", "by_region_manager"):
            found = managers[each["地区"]]
            assert found["地区经理"] == each["地区经理"]
            assert near(found["销售额"], each["销售额"])
            assert near(found["利润"], each["利润"])
        words = ("--sort", "-销售额", "--limit", "10")
        best = store.records("客户", *words)
        for record, each in zip(best, answer("zh-superstore", "top_customers"), strict=True):
            assert (record["客户号"], record["客户名称"]) == (each["客户 ID"], each["客户名称"])
            assert near(record["销售额"], each["销售额"])
        returned = {record["订单"]["ref"] for record in store.records("退货")}
        assert store.count("订单", "已退货") == len(returned)
