"""Workspaces for the screens' tests: real SQLite files, small enough to read."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from crmtui.i18n import choose
from crmtui.store.changes import Change
from crmtui.store.workspace import Workspace
from tests.support.people import WORK, granted, member

DOCUMENT = """
types:
  account:
    label: Account
    label_zh: 客户
    fields:
      name: {label: Name, label_zh: 名称, required: true, title: true}
      city: {label: City, label_zh: 城市}
  deal:
    label: Deal
    label_zh: 销售机会
    fields:
      name: {label: Name, label_zh: 名称, required: true, title: true}
      amount: {label: Amount, label_zh: 金额, kind: money, currency: USD}
      account: {label: Account, label_zh: 客户, kind: link, to: account}
      close: {label: Close date, label_zh: 结束日期, kind: date}
      source:
        label: Source
        label_zh: 来源
        kind: choice
        options: {web: {label: Website, label_zh: 网站}, fair: {label: Trade fair, label_zh: 展会}}
      vip: {label: VIP, kind: boolean}
      notes: {label: Notes, label_zh: 备注, kind: longtext, help: What was said}
    stages:
      lead: {label: Lead, label_zh: 线索}
      offer:
        label: Offer
        label_zh: 报价
        statuses: {draft: {label: Draft, label_zh: 草稿}, sent: {label: Sent, label_zh: 已发送}}
      won: {label: Won, label_zh: 赢单, category: closed, outcome: won}
      lost: {label: Lost, label_zh: 输单, category: closed, outcome: lost}
"""


def define(workspace: Workspace, document: str = DOCUMENT) -> None:
    """Define the types of a document."""
    from crmtui.store import spec

    workspace.change(workspace.changes_to(spec.read(document, "test")))


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every test begins in English, whatever the machine speaks."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    choose("en")
    yield
    choose("en")


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A workspace with two types and no records."""
    path = str(tmp_path / "crm.db")
    with Workspace.open(path, command="test", create=True) as workspace:
        define(workspace)
    return path


@pytest.fixture
def filled(path: str) -> str:
    """The same with two accounts and six deals: four leads, an offer, a won one."""
    with Workspace.open(path, command="test") as workspace, workspace.intent():
        workspace.add("account", {"name": "Acme", "city": "Berlin"})
        workspace.add("account", {"name": "北京科技有限公司", "city": "北京"})
        for number, stage in enumerate(["lead", "lead", "lead", "lead", "offer.sent", "won"], 1):
            workspace.add(
                "deal",
                {
                    "name": f"Deal {number}",
                    "amount": f"{number}000.50",
                    "account": f"account/{1 + number % 2}",
                    "close": f"2026-10-{number:02}",
                    "source": "web",
                    "vip": "yes" if number == 1 else "",
                },
                stage,
            )
    return path


SECRETS = (
    "hush",
    "13812345678",
    "+8613812345678",
    "Foreign",
    "Acme",
    "Payroll",
    "Board minutes",
    "Secret",
    "Lost",
    "Trap",
)
"""What alice may not see anywhere: values, records, a type, a field, a stage, a rule's name."""


UIDS = {"alice": 4241, "mia": 4242, "dora": 4243}


@pytest.fixture
def staffed(filled: str) -> str:
    """The same with people: alice sells, and sees her own deals, some of it masked or hidden.

    She owns deals 1, 3 and 5; may not see that a deal is lost, nor let one be won; changes no
    amounts; adds to a letter box (`complaint`); and knows nothing of `payroll`. mia may act as
    others and do everything with records; dora changes the type `deal`, and nothing else.
    """
    with Workspace.open(filled, command="test") as workspace, workspace.intent("configure"):
        fields = {
            "deal.owner": {"kind": "user", "label": "Owner"},
            "deal.secret": {"label": "Secret"},
            "account.phone": {"kind": "phone", "region": "CN", "label": "Phone"},
            "complaint.subject": {"label": "Subject", "required": True, "title": True},
            "payroll.name": {"label": "Name", "title": True},
        }
        types = {"complaint": "Complaint", "payroll": "Payroll"}
        workspace.change(
            [
                *(Change("add", "type", key, {"label": label}) for key, label in types.items()),
                *(Change("add", "field", ref, said) for ref, said in fields.items()),
                Change(
                    "add",
                    "validation",
                    "deal.trap",
                    {"rule": "secret <> 'x'", "message": "Trap"},
                ),
                Change("add", "team", "north", {"label": "North"}),
            ]
        )
        granted(
            workspace,
            "seller",
            "deal",
            **dict.fromkeys("read update move history delete".split(), "own"),
            create="all",
            deny={"delete": "all"},
            fields={"secret": "hidden", "amount": "read-only"},
            stages={"won": "enter", "lost": "see"},
        )
        granted(
            workspace,
            "seller",
            "account",
            read="city = '北京'",
            update="all",
            history="all",
            fields={"phone": "masked"},
        )
        granted(workspace, "seller", "complaint", create="all")
        granted(workspace, "boss", "*", **dict.fromkeys(WORK.split(), "all"))
        granted(workspace, "designer", "deal", read="all", configure="all")
        workspace.change([Change("set", "role", "boss", {"impersonate": True})])
        member(workspace, "alice", UIDS["alice"], roles="seller", teams="north")
        member(workspace, "mia", UIDS["mia"], roles="boss")
        member(workspace, "dora", UIDS["dora"], roles="designer")
        for number in range(1, 7):
            owner = "alice" if number % 2 else "mia"
            name = f"{'Deal' if number % 2 else 'Foreign'} {number}"
            workspace.set(f"deal/{number}", {"name": name, "owner": owner, "secret": "hush"})
        workspace.set("deal/1", {"account": "account/1"})
        workspace.move("deal/5", "lost")
        workspace.move("deal/5", "offer.sent")
        for number in (1, 2):
            workspace.set(f"account/{number}", {"phone": "13812345678"})
        workspace.add("payroll", {"name": "Board minutes"})
    return filled
