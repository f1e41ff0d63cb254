"""Public data sets brought in as a user would, faults included; sums equal known answers."""

from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.cli import SAMPLE, Crm, answer, shared


def imported(crm: Crm, type_key: str, file: Path, *words: str, code: int = 0) -> dict:
    """What the import of a file says; all of its rows must come in unless `code` says otherwise."""
    told = crm.here("record", "import", type_key, file, "--json", *words, code=code).json
    assert (told["rejected"] == 0) == (code == 0)
    return told


class TestMaven:
    """Sales deals, whose pipeline writes GTXPro where the list of products says GTX Pro."""

    @pytest.fixture
    def sales(self, crm: Crm) -> Crm:
        crm.script(
            """
            type add account
            field add account.name --required --unique --title
            field add account.sector
            field add account.revenue --kind money --currency USD
            field add account.parent --kind link --to account
            type add product
            field add product.name --unique --title
            field add product.sales_price --kind money --currency USD
            type add agent
            field add agent.name --unique --title
            field add agent.manager
            type add deal
            field add deal.name --unique --title
            field add deal.account --kind link --to account
            field add deal.product --kind link --to product
            field add deal.agent --kind link --to agent
            field add deal.value --kind money --currency USD
            field add deal.engaged --kind date
            field add deal.closed --kind date
            stage add deal prospecting engaging
            stage add deal won --category closed --outcome won
            stage add deal lost --category closed --outcome lost
            """
        )
        accounts = ("--map", "account=name", "--map", "subsidiary_of=parent")
        assert imported(crm, "account", SAMPLE / "accounts.csv", *accounts)["added"] == 85
        imported(crm, "product", SAMPLE / "products.csv", "--map", "product=name")
        imported(crm, "agent", SAMPLE / "sales_teams.csv", "--map", "sales_agent=name")
        return crm

    DEALS = (
        *("--map", "opportunity_id=name", "--map", "sales_agent=agent"),
        *("--map", "close_value=value", "--map", "engage_date=engaged"),
        *("--map", "close_date=closed", "--stage-field", "deal_stage"),
    )

    def test_subsidiaries_find_parents_wherever_they_stand(self, sales: Crm):
        parents = Counter(parent["title"] for parent in sales.values("account", "parent") if parent)
        assert sum(parents.values()) == 15
        assert parents["Acme Corporation"] == 4

    def test_products_that_do_not_exist_are_named_not_dropped(self, sales: Crm):
        file = SAMPLE / "sales_pipeline.csv"
        outcome = sales.here("record", "import", "deal", file, *self.DEALS, code=1)
        assert "1480 rows were rejected and nothing was imported" in outcome.err
        assert "product: there is no product GTXPro" in outcome.err
        assert sales.count("deal") == 0

    def test_rejected_rows_can_be_mended_and_brought_in(self, sales: Crm):
        rejects = sales.folder / "rejects.csv"
        words = (*self.DEALS, "--keep-going", "--rejects", str(rejects))
        told = imported(sales, "deal", SAMPLE / "sales_pipeline.csv", *words, code=1)
        assert (told["added"], told["rejected"]) == (7320, 1480)
        rejects.write_text(rejects.read_text().replace(",GTXPro,", ",GTX Pro,"))
        assert imported(sales, "deal", rejects, *words)["added"] == 1480
        assert sales.count("deal") == 8800
        assert sales.count("deal", "product = 'GTX Pro'") == 1480

    def test_sums_equal_the_answers(self, sales: Crm):
        words = (*self.DEALS, "--create-missing", "product")
        told = imported(sales, "deal", SAMPLE / "sales_pipeline.csv", *words)
        assert told["created"] == {"product": 1}
        deals = sales.records("deal", "--fields", "stage,value,account,agent")
        for expected in answer("maven-crm", "top_accounts"):
            won = [
                deal["value"]
                for deal in deals
                if deal["stage"] == "won" and deal["account"]["title"] == expected["account"]
            ]
            assert (len(won), sum(won)) == (expected["won_deals"], expected["value"])
        with_deals = {deal["agent"]["title"] for deal in deals}
        idle = [name for name in sales.values("agent", "name") if name not in with_deals]
        expected_idle = [
            each["sales_agent"] for each in answer("maven-crm", "agents_without_deals")
        ]
        assert sorted(idle) == sorted(expected_idle)


class TestNorthwind:
    """Orders of a wholesaler: links by number, line breaks in cells, padded codes."""

    DEFINE = """
    type add category
    field add category.number --kind integer --unique
    field add category.name --unique --title
    type add supplier
    field add supplier.number --kind integer --unique
    field add supplier.name --title
    field add supplier.address --kind longtext
    type add employee
    field add employee.number --kind integer --unique
    field add employee.last_name --label LastName --title
    field add employee.hired --kind date
    field add employee.reports_to --kind link --to employee --label ReportsTo
    field add employee.notes --kind longtext
    type add customer
    field add customer.code --label CustomerID --unique
    field add customer.name --label CompanyName --title
    field add customer.address --kind longtext
    type add product
    field add product.number --kind integer --unique
    field add product.name --title
    field add product.supplier --kind link --to supplier
    field add product.category --kind link --to category
    field add product.discontinued --kind boolean
    type add orders
    field add orders.number --kind integer --unique --title --label OrderID
    field add orders.customer --kind link --to customer --label CustomerID
    field add orders.employee --kind link --to employee --label EmployeeID
    field add orders.ordered --kind date --label OrderDate
    field add orders.needed --kind date --label RequiredDate
    field add orders.shipped --kind date --label ShippedDate
    field add orders.freight --kind money --currency USD
    field add orders.country --label ShipCountry
    type add line
    field add line.orders --kind link --to orders --label OrderID
    field add line.product --kind link --to product --label ProductID
    field add line.price --kind money --currency USD --label UnitPrice
    field add line.quantity --kind integer
    field add line.discount --kind decimal
    """

    @pytest.fixture
    def shop(self, crm: Crm) -> Crm:
        crm.script(self.DEFINE)
        for type_key, name, *maps in (
            ("category", "Categories", "CategoryID=number", "CategoryName=name"),
            ("supplier", "Suppliers", "SupplierID=number", "CompanyName=name"),
            ("employee", "Employees", "EmployeeID=number", "HireDate=hired"),
            ("customer", "Customers"),
            *(
                (
                    "product",
                    "Products",
                    "ProductID=number",
                    "ProductName=name",
                    "SupplierID=supplier",
                    "CategoryID=category",
                ),
            ),
            ("orders", "Orders"),
            ("line", "Order_Details"),
        ):
            file = shared("data", "northwind", f"{name}.csv")
            imported(crm, type_key, file, *(word for text in maps for word in ("--map", text)))
        return crm

    def test_everything_comes_in_and_answers_hold(self, shop: Crm):
        assert [shop.count(key) for key in ("customer", "employee", "orders", "line")] == [
            *(93, 9, 830, 2155),
        ]
        managers = Counter(
            manager["title"] if manager else "(none)"
            for manager in shop.values("employee", "reports_to")
        )
        expected = {each["manager"]: each["reports"] for each in answer("northwind", "reports_to")}
        assert managers == expected

        orders = shop.records("orders", "--fields", "country,freight,customer,shipped,needed")
        for each in answer("northwind", "by_country"):
            freight = [
                order["freight"] for order in orders if order["country"] == each["ShipCountry"]
            ]
            assert len(freight) == each["orders"]
            assert sum(freight) == Decimal(str(each["freight"]))

        (late,) = answer("northwind", "late")
        assert shop.count("orders", "shipped > needed") == late["late"]
        assert shop.count("orders", "shipped is null") == late["unshipped"]

        with_orders = {order["customer"]["ref"] for order in orders}
        without = [c["code"] for c in shop.records("customer") if c["ref"] not in with_orders]
        expected_codes = [
            each["CustomerID"].strip() for each in answer("northwind", "customers_without_orders")
        ]
        assert sorted(without) == sorted(expected_codes)

    def test_line_breaks_in_cells_are_kept(self, shop: Crm):
        tokyo = shop.records("supplier", "--where", "name = 'Tokyo Traders'")[0]
        assert tokyo["address"] == "9-8 Sekimai\nMusashino-shi"


class TestBank:
    """A campaign of 45,211 calls; the column `default` has a name that no field may have."""

    def test_conversion_equals_the_answers(self, crm: Crm):
        file = shared("data", "bank", "bank_market.csv")
        choices = "marital education contact poutcome job"
        crm.script(
            "type add lead\nfield add lead.Cust_num --kind integer --unique --title\n"
            "field add lead.age --kind integer\nfield add lead.balance --kind integer\n"
            "field add lead.in_default --kind boolean\nfield add lead.housing --kind boolean\n"
            "field add lead.loan --kind boolean\n"
            + "".join(f"field add lead.{key} --indexed\n" for key in choices.split())
            + "stage add lead no --label No --category closed --outcome lost\n"
            "stage add lead yes --label Yes --category closed --outcome won\n"
        )
        told = imported(crm, "lead", file, "--stage-field", "y", "--map", "default=in_default")
        assert told["added"] == 45_211
        leads = crm.records("lead", "--fields", "stage,job,housing,balance")
        (all_of,) = answer("bank", "conversion")
        assert sum(lead["stage"] == "yes" for lead in leads) == all_of["won"]
        for each in answer("bank", "by_job"):
            of_job = [lead for lead in leads if lead["job"] == each["value"]]
            assert len(of_job) == each["contacts"]
            assert sum(lead["stage"] == "yes" for lead in of_job) == each["won"]
            mean = sum(lead["balance"] for lead in of_job) / len(of_job)
            assert mean == pytest.approx(each["mean_balance"], abs=1e-4)
        for each in answer("bank", "by_housing"):
            word = each["value"] == "yes"
            assert sum(lead["housing"] == word for lead in leads) == each["contacts"]


class TestTelecom:
    """Complaints whose SLA column glues two facts, and whose rows stand there twice."""

    def test_counts_equal_the_answers(self, crm: Crm):
        crm.script(
            """
            type add customer
            field add customer.number --unique --title
            field add customer.segment
            field add customer.billed --kind money --currency INR
            type add complaint
            field add complaint.comp_id --title
            field add complaint.incident --kind date
            field add complaint.customer --kind link --to customer
            field add complaint.type
            field add complaint.severity
            stage add complaint open_in --label 'OpenIN SLA'
            stage add complaint open_out --label 'OpenOUT OF SLA'
            stage add complaint closed_in --label 'ClosedIN SLA' --category closed
            stage add complaint closed_out --label 'ClosedOUT OF SLA' --category closed
            """
        )
        bills = shared("data", "telecom", "Bill.csv")
        maps = ("--map", "cust_id=number", "--map", "bill_amt=billed", "--match", "number")
        told = imported(crm, "customer", bills, *maps)
        in_bill = set(crm.values("customer", "number"))
        assert told["added"] == len(in_bill)
        complaints = shared("data", "telecom", "Complaints.csv")
        told = imported(
            *(crm, "complaint", complaints, "--date-order", "mdy", "--map", "cust_id=customer"),
            *("--stage-field", "sla status new", "--create-missing", "customer"),
        )
        assert told["added"] == 6587
        assert "incident type" in told["ignored_columns"]
        by_label = {
            s["key"]: s["label"] for s in crm.here("stage", "list", "complaint", "--json").json
        }
        found = crm.records("complaint", "--fields", "stage,type,severity,customer,incident")
        counted = Counter(by_label[each["stage"]] for each in found)
        assert counted == {each["status"]: each["n"] for each in answer("telecom", "by_status")}
        pairs = Counter((each["type"], each["severity"]) for each in found)
        for each in answer("telecom", "by_type_severity"):
            assert pairs[each["type"], each["severity"]] == each["n"]
        customers = Counter(each["customer"] and each["customer"]["title"] for each in found)
        for each in answer("telecom", "top_customers"):
            assert customers[each["cust_id"]] == each["n"]
        (join,) = answer("telecom", "bill_join")
        assert (
            sum(
                each["customer"] is not None and each["customer"]["title"] in in_bill
                for each in found
            )
            == join["in_bill"]
        )
        assert {each["incident"][:7] for each in found} == {"2012-07"}


class TestSuperstore:
    """10,000 Chinese order lines, whose numbers bear the noise of a spreadsheet's arithmetic."""

    DEFINE = """
    type add 订单 --label-zh 订单
    field add 订单.行号 --label-zh '行 ID' --kind integer --unique --title
    field add 订单.订单号 --label-zh '订单 ID' --indexed
    field add 订单.订单日期 --kind date
    field add 订单.客户 --label-zh '客户 ID'
    field add 订单.细分
    field add 订单.地区
    field add 订单.省 --label-zh '省/自治区'
    field add 订单.产品名称
    field add 订单.销售额 --kind money --currency CNY --scale 4
    field add 订单.数量 --kind integer
    field add 订单.折扣 --kind decimal
    field add 订单.利润 --kind decimal --scale 4
    type add 销售人员
    field add 销售人员.地区 --unique --title
    field add 销售人员.经理 --label-zh 地区经理
    """

    def test_sums_equal_the_answers(self, crm: Crm):
        crm.script(self.DEFINE)
        file = shared("data", "zh-superstore", "订单.gbk.csv")
        refused = crm.here("record", "import", "订单", file, code=1)
        assert "has more than 4 decimals" in refused.err
        told = imported(crm, "订单", file, "--round")
        assert told["added"] == 10_000
        lines = crm.records("订单", "--fields", "订单号,客户,细分,地区,省,销售额,利润")
        (total,) = answer("zh-superstore", "totals")
        assert len({line["订单号"] for line in lines}) == total["订单数"]
        assert len({line["客户"] for line in lines}) == total["客户数"]
        for column in ("销售额", "利润"):
            assert round(sum(line[column] for line in lines), 2) == Decimal(str(total[column]))
        for key, field, question in (
            ("细分", "细分", "by_segment"),
            ("省/自治区", "省", "by_province"),
        ):
            for each in answer("zh-superstore", question):
                of_it = [line for line in lines if line[field] == each[key]]
                total_of_it = sum(line["销售额"] for line in of_it)
                assert abs(total_of_it - Decimal(str(each["销售额"]))) <= Decimal("0.005")

    def test_every_encoding_of_a_file_gives_the_same_records(self, crm: Crm):
        crm.script(
            self.DEFINE + "type add 退货\nfield add 退货.订单 --label-zh '订单 ID' --title\n"
            "field add 退货.退回 --kind boolean\n"
        )
        dumped = set()
        for name in ("订单.gbk.csv", "订单.utf8bom.csv"):
            imported(
                crm, "订单", shared("data", "zh-superstore", name), "--round", "--match", "行号"
            )
            dumped.add(crm.here("record", "export", "订单").out)
        assert len(dumped) == 1
        utf16 = shared("data", "zh-superstore", "退货.utf8.csv").read_text().encode("utf-16")
        files = [
            *(
                shared("data", "zh-superstore", f"退货.{e}.csv")
                for e in ("utf8", "gbk", "gb18030", "utf8bom")
            ),
            crm.file("退货.utf16.csv", utf16),
        ]
        texts = set()
        for file in files:
            other = crm.folder / f"{file.stem}.db"
            crm.here("apply", "-f", crm.file("crm.yaml", crm.here("export").out), "--db", other)
            crm.here("record", "import", "退货", file, "--db", other)
            texts.add(crm.here("record", "export", "退货", "--db", other).out)
        assert len(texts) == 1
        assert len(texts.pop().splitlines()) == 297

    @pytest.mark.parametrize("encoding", ["utf8", "utf8bom", "gbk", "gb18030"])
    def test_short_files_too(self, crm: Crm, encoding):
        crm.script(self.DEFINE)
        file = shared("data", "zh-superstore", f"销售人员.{encoding}.csv")
        imported(crm, "销售人员", file)
        assert crm.values("销售人员", "经理") == ["楚杰", "范彩", "洪光", "殷莲", "杨健", "白德伟"]


def test_small_files_with_unnamed_empty_columns(crm: Crm):
    crm.script(
        """
        type add 客户
        field add 客户.客户id --unique --title
        field add 客户.姓名
        field add 客户.年龄 --kind integer
        type add 购买
        field add 购买.客户 --kind link --to 客户 --label-zh 客户id
        field add 购买.订单日期 --kind date
        field add 购买.产品
        field add 购买.数量 --kind integer
        """
    )
    assert imported(crm, "客户", shared("data", "zh-small", "客户信息.csv"))["added"] == 10
    assert imported(crm, "购买", shared("data", "zh-small", "产品和数量.csv"))["added"] == 10
    assert crm.values("客户", "客户id")[0] == "001"
    assert crm.records("购买", "--where", "客户.姓名 = 'Tom'")[0]["数量"] == 20


def test_cases_of_an_event_log_end_in_their_last_stage_and_status(crm: Crm):
    """Each event is a row; matched by case, the last one decides where the case stands."""
    crm.script(
        """
        type add ticket
        field add ticket.number --unique --title --label case
        field add ticket.impact
        field add ticket.product
        field add ticket.owner
        field add ticket.seen --kind datetime
        stage add ticket accepted --label Accepted
        stage add ticket queued --label Queued
        stage add ticket unmatched --label Unmatched
        stage add ticket completed --label Completed --category closed
        status add ticket.accepted progress --label 'In Progress'
        status add ticket.accepted assigned --label Assigned
        status add ticket.accepted wait --label Wait
        status add ticket.queued awaiting --label 'Awaiting Assignment'
        status add ticket.unmatched unmatched --label Unmatched
        status add ticket.completed cancelled --label Cancelled
        status set ticket.completed.closed --label Closed
        """
    )
    told = imported(
        *(crm, "ticket", shared("data", "bpic2013-closed", "events.csv"), "--match", "number"),
        *("--stage-field", "concept:name", "--map", "lifecycle:transition=status"),
        *("--map", "org:resource=owner", "--map", "time:timestamp=seen"),
    )
    assert told["added"] == 1487
    assert told["added"] + told["updated"] + told["unchanged"] == 6660
    stages = Counter(crm.values("ticket", "stage"))
    expected = answer("bpic2013-closed", "cases_by_last_stage")
    assert stages == {each["stage"].casefold(): each["cases"] for each in expected}
