"""Small packs of plain kinds that speak of one another, and installing them."""

from typing import Any

from crmtui.store.packs import files
from crmtui.store.packs.files import PackFile
from crmtui.store.packs.installing import PackOutcome
from crmtui.store.workspace import Workspace

DEAL = """
pack: deal
version: "1"
label: Deals
label_zh: 商机
description: What we may sell
categories:
  sales: {label: Sales, label_zh: 销售管理}
types:
  deal:
    label: Deal
    label_zh: 商机
    category: sales
    list: [name, account, value, stage]
    card: [name, account]
    form:
      - {key: basic, label: Basics, fields: [name, account, value]}
      - {key: links, label: Links, fields: [fair]}
      - {key: more, label: More, fields: [source, {field: note, wide: true}]}
    fields:
      name: {label: Name, title: true, required: true}
      account: {label: Account, kind: link, to: account}
      fair: {label: Fair, kind: link, to: fair}
      value: {label: Value, kind: money, currency: CNY}
      source:
        label: Source
        kind: choice
        default: web
        options: {web: {label: Web, color: green}, phone: {label: Phone}}
      note: {label: Note, kind: longtext}
    stages:
      lead: {label: Lead, statuses: {open: {label: Open}, waiting: {label: Waiting}}}
      won: {label: Won, outcome: won}
      lost: {label: Lost, outcome: lost}
    validations:
      fair-deals:
        rule: "fair is null or value > 0"
        message: What a fair brings has a value
"""

ACCOUNT = """
pack: account
version: "1"
label: Accounts
categories:
  sales: {label: Sales, label_zh: 销售管理}
types:
  account:
    label: Account
    category: sales
    fields:
      name: {label: Name, title: true, required: true}
      best_deal: {label: Best deal, kind: link, to: deal}
      city: {label: City}
    stages:
      active: {label: Active}
"""

FAIR = """
pack: fair
version: "1"
label: Fairs
categories:
  marketing: {label: Marketing}
types:
  fair:
    label: Fair
    category: marketing
    fields:
      name: {label: Name, title: true}
      host: {label: Host, kind: link, to: account}
"""


def pack(text: str) -> PackFile:
    """A pack from its text."""
    return files.read(text, "pack.yaml")


def install(workspace: Workspace, *texts: str, **how: Any) -> PackOutcome:
    """Install packs from their texts, in one act."""
    return workspace.install_packs([pack(text) for text in texts], **how)


def lines(outcome: PackOutcome) -> list[str]:
    """The plan in words."""
    return [f"{change.sigil} {change.describe()}" for change in outcome.changes]
