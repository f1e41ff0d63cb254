"""A workspace in which everything that one user may not know of has `zq` in it.

So whatever that user is told, by whatever path, can be searched for what they should not have been
told: keys, labels, help, conditions, values, titles, file names and what files hold.
"""

from pathlib import Path

from crmtui.store.changes import Change
from crmtui.store.workspace import Workspace
from tests.support.people import granted
from tests.support.workspaces import changed

CANARY = "zq"

TYPES = """
category add sales label=Sales
category add zqcategory label=zqlabel description=zqwords
type add zqvault label=zqvault category=zqcategory description=zqwords
field add zqvault.name kind=text title required unique
field add zqvault.size kind=integer
type add customer label=Customer category=sales
field add customer.name kind=text title required
field add customer.phone kind=phone region=CN unique
field add customer.zqrisk kind=text label=zqlabel help=zqhelp
field add customer.keeper kind=user
type add deal label=Deal category=sales
field add deal.name kind=text title required
field add deal.code kind=text unique
field add deal.number kind=autonumber prefix=D-
field add deal.amount kind=money currency=USD
field add deal.zqmargin kind=money currency=USD label=zqlabel help=zqhelp
field add deal.zqcode kind=text unique
field add deal.zqtags kind=tags
field add deal.zqnumber kind=autonumber prefix=zq-
field add deal.zqpaper kind=file
field add deal.paper kind=file
field add deal.buyer kind=link to=customer
field add deal.vault kind=link to=zqvault
field add deal.zqvaults kind=multilink to=zqvault
field add deal.watchers kind=multilink to=customer
field add deal.keeper kind=user
field add deal.colour kind=choice
option add deal.colour.red
option add deal.colour.blue when='zqmargin > 5'
field add deal.zqcolour kind=choice
option add deal.zqcolour.green
field add deal.same kind=choice options_of=deal.zqcolour
field add deal.about kind=choice options_of=types
field add deal.under kind=choice options_of=categories
field add deal.tags kind=tags
field add deal.floor kind=money currency=USD min_field=zqmargin
field add deal.reason kind=text required_when='zqmargin > 1000'
field add deal.place kind=text visible_when='zqmargin < 9000'
field add deal.frozen kind=text read_only_when='zqmargin > 100'
field add deal.profit kind=formula formula='zqmargin / amount' result=percent
field add deal.twice kind=formula formula='amount * 2' result=decimal
field add deal.risk kind=lookup from=buyer.zqrisk
field add deal.tel kind=lookup from=buyer.phone
field add zqvault.deals kind=rollup from=deal.vault measure=count()
field add customer.sold kind=rollup from=deal.buyer measure=sum(amount)
field add customer.zqsold kind=rollup from=deal.buyer measure=sum(zqmargin)
field add customer.best kind=rollup from=deal.buyer measure=max(zqmargin)
field add customer.good kind=rollup from=deal.buyer measure=count() where='zqmargin > 5'
type set deal owner=keeper
validation add deal.dear rule='amount > zqmargin' message=zqmessage
validation add deal.zqrule rule='zqmargin < 100000' message=zqmessage
validation add deal.alike unique=name,zqmargin
validation add deal.small rule='amount < 50000' message='too dear'
stage add deal lead label=Lead
status add deal.lead zqquiet label=zqlabel
stage add deal zqstage label=zqlabel
stage add deal won label=Won category=closed outcome=won
"""
"""Types of which `alice`, by the role `sales`, sees a part."""

SALES = {
    "fields": {
        "zqmargin": "hidden",
        "zqcode": "denied",
        "zqtags": "hidden",
        "zqnumber": "hidden",
        "zqpaper": "hidden",
        "zqcolour": "hidden",
        "colour": "read-only",
    },
    "stages": {"zqstage": "see", "lead.zqquiet": "see,enter"},
    "deny": {"read": "code = 'b4'"},
}
CUSTOMERS = {"fields": {"zqrisk": "hidden", "zqsold": "denied", "phone": "masked"}}

ALICE, OTHERS = "alice", "bob"


def made(path: str, **lets: str) -> None:
    """Make the workspace.

    Args:
        lets: what the role of `alice` lets with deals and customers, operation to scope.
    """
    with Workspace.open(path, create=True, command="test") as workspace:
        changed(workspace, TYPES)
        granted(workspace, "sales", "deal", **SALES, **lets)
        granted(workspace, "sales", "customer", **CUSTOMERS, **lets)
        granted(workspace, "zqrole", "zqvault", read="all")
        changes = [
            Change("add", "team", "north"),
            Change("add", "user", ALICE, {"roles": "sales", "teams": "north"}),
            Change("add", "user", OTHERS, {"roles": "zqrole", "email": "zq@example.com"}),
        ]
        workspace.change(changes)
        _filled(workspace)


def _filled(workspace: Workspace) -> None:
    add = workspace.add
    add("zqvault", {"name": "zqvaulted", "size": 3})
    add("customer", {"name": "Acme", "phone": "13812345678", "zqrisk": "zqhigh", "keeper": ALICE})
    add("customer", {"name": "zqother", "phone": "13900001111", "keeper": OTHERS})
    deal = {
        "name": "Bolts",
        "code": "b1",
        "amount": "500",
        "zqmargin": "77",
        "zqcode": "zqcoded",
        "zqtags": "zqtag",
        "buyer": "customer/1",
        "vault": "zqvault/1",
        "zqvaults": ["zqvault/1"],
        "watchers": ["customer/1", "customer/2"],
        "keeper": ALICE,
        "zqcolour": "green",
        "floor": "80",
        "tags": "x",
        "place": "here",
    }
    add("deal", deal)
    other = deal | {"name": "zqnuts", "code": "zqb2", "zqcode": "zq2", "keeper": OTHERS}
    add("deal", other | {"tags": "zqtag"})
    add("deal", deal | {"name": "zqstaged", "code": "b3", "zqcode": "zq3"}, "zqstage")
    add("deal", deal | {"name": "zqdenied", "code": "b4", "zqcode": "zq4"})
    add("deal", {"name": "Nuts", "amount": "20", "zqmargin": "1", "keeper": ALICE, "floor": "8"})
    workspace.set("deal/1", {"zqmargin": "78", "amount": "510"})


def told(*texts: str) -> list[str]:
    """The lines that tell what should not be told."""
    return [line for text in texts for line in text.splitlines() if CANARY in line.casefold()]


def files_with_canaries(folder: Path) -> list[str]:
    """Files below a folder, but for the workspace's own, that hold or are named by a canary."""
    found = []
    for path in folder.rglob("*"):
        own = path.name.startswith("crm.db")
        if path.is_file() and not own and CANARY in path.name + path.read_text(errors="replace"):
            found.append(str(path))
    return found
