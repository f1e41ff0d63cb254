"""Two sales people, a manager and a service agent, in two teams, each with a key of their own.

They come to one workspace by a real sshd; each sees and does what the matrix of rights says, in
commands and in full screen.
"""

import json
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.journeys.test_ssh import needs_root
from tests.screens.terminal import plain
from tests.support.cli import Crm, Outcome
from tests.support.gateway import installed_python, made_key
from tests.support.ssh import Sshd, SshTerminal

PEOPLE = """
team add north --label North --label-zh 北区
team add south --label South --label-zh 南区
role add sales --label Sales --label-zh 销售
role add manager --label Manager --label-zh 经理
role add service --label Service --label-zh 客服
user add ann --role sales --team north
user add bob --role sales --team south
user add max --role manager
user add sue --role service
team set north --manager max
role grant sales customer read
role grant sales customer create,update,move --scope own
role grant sales opportunity all --scope own
role field sales opportunity.probability --hide
role field sales customer.level --read-only
role stage sales opportunity won --deny enter
role grant manager '*' all --scope team
role grant manager customer read,export
role deny manager opportunity delete --scope "amount > 300"
role deny manager complaint all
role grant service complaint all
role grant service customer read
role field service customer.phone --mask
role field service customer.email customer.level --hide
"""
"""Everything as an administrator would type it."""

RECORDS = """
record add customer name=雪山公司 phone=13812341231 owner=ann
record add customer name=海岛公司 phone=13812341232 owner=bob
record add customer name=中心公司 phone=13812341233 owner=max
record add customer name=公海公司 phone=13812341234 owner=
record add opportunity name=雪橇 customer=雪山公司 amount=100 owner=ann --stage procurement
record add opportunity name=冰鞋 customer=雪山公司 amount=500 owner=ann
record add opportunity name=渔网 customer=海岛公司 amount=200 owner=bob
record add opportunity name=帐篷 customer=中心公司 amount=300 owner=max
record add complaint name=漏水 customer=雪山公司 handler=sue
record add complaint name=太慢 customer=海岛公司
record add complaint name=太贵 customer=海岛公司 handler=ann
"""

USERS = ("ann", "bob", "max", "sue")
TYPES = ("customer", "opportunity", "complaint")
TEAM = {"ann": {"ann"}, "bob": {"bob"}, "max": {"ann", "max"}, "sue": set[str]()}
"""Whose records are those of one's team: nobody leads ann's north but max."""

OWNER = {"customer": "owner", "opportunity": "owner", "complaint": "handler"}
FIELDS = {
    "customer": ("name", "kind", "level", "owner", "phone", "email", "region", "notes"),
    "opportunity": ("name", "customer", "kind", "owner", "amount", "probability", "notes"),
    "complaint": ("name", "channel", "severity", "handler", "description"),
}
AHEAD = {"customer": "engaged", "opportunity": "clear", "complaint": "closed"}
ACTS = {
    "read": "record show {ref}",
    "update": "record set {ref} {text}=x --dry-run",
    "delete": "record remove {ref} --dry-run",
    "move": "record move {ref} {ahead} --dry-run",
    "assign": "record assign {ref} sue --dry-run",
    "share": "record share {ref} --with bob --dry-run",
    "history": "record history {ref}",
}
"""The command of each operation on a record. No command runs reports yet."""


class Rights(NamedTuple):
    """What `access matrix --json` says of a user and a type."""

    user: str
    operations: dict[str, dict[str, list[str]]]
    fields: dict[str, str]
    stages: dict[str, list[str]]

    def lets(self, operation: str, record: dict[str, Any]) -> bool:
        """Whether an operation is let for a record of an owner."""
        cell = self.operations.get(operation, {"let": [], "deny": []})
        return any(self._holds(scope, record) for scope in cell["let"]) and not any(
            self._holds(scope, record) for scope in cell["deny"]
        )

    def knows(self) -> bool:
        """Whether the type is there for the user."""
        return any(cell["let"] and "all" not in cell["deny"] for cell in self.operations.values())

    def _holds(self, scope: str, record: dict[str, Any]) -> bool:
        return {
            "all": True,
            "own": record["owner"] == self.user,
            "team": record["owner"] in TEAM[self.user] | {self.user},
            "amount > 300": record.get("amount", 0) > 300,
        }[scope]


class Office:
    """The workspace, the keys of those who work in it, and the sshd by which they come."""

    def __init__(self, folder: Path) -> None:
        self.path = str(folder / "store" / "crm.db")
        Path(self.path).parent.mkdir()
        self.admin = Crm(self.path)
        self.own("init", "--pack", "customer,opportunity,complaint")
        self.own("batch", "-", stdin=PEOPLE)
        self.own("batch", "-", stdin=RECORDS)
        self.python = installed_python(folder / "venv")
        self.server = Sshd(folder / "sshd", "AcceptEnv LANG")
        self.keys = {user: made_key(folder / user) for user in USERS}
        for user, key in self.keys.items():
            line = self.own("ssh", "authorize", user, f"{key}.pub").out
            self.server.authorize(line)

    def own(self, *words: str, **given: Any) -> Outcome:
        """A command on the server itself, as the owner of the workspace."""
        return self.admin.here(*words, "--db", self.path, **given)

    def ssh(self, user: str, *words: str, stdin: str = "") -> Outcome:
        """`ssh crm@host WORDS` with the key of a user."""
        return self.server.ssh(self.keys[user], *words, stdin=stdin)

    def screen(self, user: str) -> SshTerminal:
        """`ssh crm@host` by somebody who speaks Chinese, 80 columns wide and 24 lines high."""
        return SshTerminal(self.server, self.keys[user], "-o", "SetEnv=LANG=zh_CN.UTF-8")

    def lines(self, user: str, commands: list[str]) -> list[str]:
        """What came of each of many commands: the code of its error, or nothing."""
        told = self.ssh(user, "batch - --keep-going --json", stdin="\n".join(commands))
        came = [""] * len(commands)
        for line in told.err.splitlines():
            if line.startswith("{"):
                error = json.loads(line)["error"]
                came[error["line"] - 1] = error["code"]
        return came

    def rights(self, user: str) -> dict[str, Rights]:
        """What the matrix says of a user, by type."""
        told = self.own("access", "matrix", "--user", user, "--json").json
        known = {
            line["type"]: Rights(user, line["operations"], line["fields"], line["stages"])
            for line in told
        }
        return {key: known.get(key, Rights(user, {}, {}, {})) for key in TYPES}

    def records(self, type_key: str) -> list[dict[str, Any]]:
        """The records of a type, whole."""
        told = self.own("record", "list", type_key, "--json").json
        return [each | {"owner": each[OWNER[type_key]]} for each in told]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    made = Office(tmp_path_factory.mktemp("team"))
    with made.server:
        yield made


def expected(rights: Rights, operation: str, record: dict[str, Any]) -> str:
    """What must come of an operation on a record: nothing, or the code of an error."""
    if not rights.knows():
        return "no-such-type"
    if operation == "create":
        return "" if rights.lets("create", record) else "permission"
    if not rights.lets("read", record):
        return "no-such-record"
    return "" if rights.lets(operation, record) else "permission"


@pytest.mark.parametrize("user", USERS)
def test_every_operation_on_every_record_is_what_the_matrix_says(office: Office, user: str) -> None:
    rights = office.rights(user)
    commands, wanted = [], []
    for type_key in TYPES:
        owner, text = OWNER[type_key], "description" if type_key == "complaint" else "notes"
        records = office.records(type_key)
        for record, (operation, act) in product(records, ACTS.items()):
            commands.append(act.format(ref=record["ref"], text=text, ahead=AHEAD[type_key]))
            wanted.append(expected(rights[type_key], operation, record))
        for whose in USERS:
            commands.append(f"record add {type_key} name=x {owner}={whose} --dry-run")
            wanted.append(expected(rights[type_key], "create", {"owner": whose}))
        configures = rights[type_key].lets("configure", {"owner": None})
        commands.append(f"type set {type_key} --description x --dry-run")
        wanted.append("" if configures else "not-administrator")
    came = office.lines(user, commands)
    assert list(zip(commands, came, strict=True)) == list(zip(commands, wanted, strict=True))
    assert {"", "permission"} <= set(came)


@pytest.mark.parametrize("user", USERS)
def test_lists_exports_and_sql_hold_just_the_rows_and_fields_of_the_matrix(
    office: Office, user: str
) -> None:
    rights = office.rights(user)
    known = [key for key in TYPES if rights[key].knows()]
    exporting = [key for key in known if "export" in rights[key].operations]
    assert office.ssh(user, "type list --ids").out.split() == known
    commands = [f"record list {key} --json" for key in known]
    commands += [f"record export {key} --format json" for key in exporting]
    commands += [f"sql 'select * from {key} order by id' --json" for key in known]
    told = office.ssh(user, "batch -", stdin="\n".join(commands)).out.splitlines()
    found = dict(zip(commands, map(json.loads, told), strict=True))
    for command, rows in found.items():
        key = next(key for key in known if f" {key} " in f"{command} ")
        scope = "export" if "export" in command else "read"
        there = [each for each in office.records(key) if rights[key].lets("read", each)]
        there = [each for each in there if rights[key].lets(scope, each)]
        assert [row["ref"] for row in rows] == [each["ref"] for each in there], command
        for row, whole in zip(rows, there, strict=True):
            for field in FIELDS[key]:
                level = rights[key].fields.get(field, "")
                assert (field in row) is (level != "hidden"), (command, field)
                if level.startswith("masked") and whole[field]:
                    assert "****" in row[field] and row[field] != whole[field]
    unknown = [key for key in TYPES if key not in known]
    hidden = [f"sql 'select 1 from {key}'" for key in unknown]
    assert office.lines(user, hidden) == ["bad-sql"] * len(unknown)


def test_who_may_import_is_what_the_matrix_says(office: Office) -> None:
    def came(lets: bool, knows: bool) -> int:
        return 0 if lets else 4 if knows else 3

    table = "name\nfrom a file\n"
    for user, key in product(USERS, TYPES):
        rights = office.rights(user)[key]
        code = came(rights.lets("import", {"owner": user}), rights.knows())
        words = ("record", "import", key, "-", "--dry-run")
        office.own(*words, "--as", user, stdin=table, code=code)
        if key == "complaint":
            assert office.ssh(user, *words, stdin=table).code == code


def test_a_field_that_is_only_read_is_refused_by_name(office: Office) -> None:
    told = office.ssh("ann", "record set customer/1 level=strategic")
    assert told.code == 4 and "customer/1.level" in told.err
    told = office.ssh("ann", "record list opportunity --where 'probability > 1'")
    assert told.code == 1 and "opportunity has no field probability" in told.err


def test_a_move_that_is_denied_says_the_rule(office: Office) -> None:
    told = office.ssh("ann", "record move opportunity/1 won")
    assert (told.code, told.out) == (4, "")
    assert told.err.splitlines() == [
        "crmtui: error: ann may not move opportunity/1 to won:"
        " sales.opportunity denies entering won  [permission]",
        "  hint: crmtui access explain ann move opportunity/1 won",
    ]
    asked = told.err.splitlines()[1].removeprefix("  hint: crmtui ")
    assert office.ssh("ann", asked).out.splitlines()[0] == (
        "denied: sales.opportunity denies entering won"
    )


# Full screen


def gone(terminal: SshTerminal) -> str:
    """Leave full screen; all that it ever showed."""
    terminal.type("\x11")
    assert terminal.ended() == 0
    return plain(terminal.all).decode()


@needs_root
def test_a_seller_sees_what_is_theirs_and_why_a_move_is_denied(office: Office) -> None:
    with office.screen("ann") as terminal:
        terminal.until("公海公司")
        terminal.type("]")
        terminal.until("冰鞋")
        terminal.type("\re")
        terminal.until("意向产品")
        terminal.type("\x1b")
        terminal.until("商机编号")
        terminal.type("\x1b")
        terminal.quiet(0.3)
        terminal.type("m")
        moves = plain(terminal.until("输单")).decode()
        assert "立项汇报" in moves and "赢单" not in moves
        terminal.type("\x1b")
        terminal.quiet(0.3)
        terminal.type("b")
        terminal.until("需求明确")
        terminal.type("llll")
        terminal.until("商务谈判")
        terminal.type("L")
        terminal.until("sales.opportunity 禁止进入 won")
        seen = gone(terminal)
    assert not any(word in seen for word in ("渔网", "帐篷", "客户投诉", "漏水", "赢率"))
    assert office.own("record", "list", "opportunity", "--where", "stage = 'won'").out == ""


@needs_root
@pytest.mark.parametrize(
    ("user", "type_key", "sees_not"),
    [
        ("bob", "opportunity", ("雪橇", "冰鞋", "帐篷", "客户投诉")),
        ("max", "opportunity", ("渔网", "客户投诉")),
        ("sue", "complaint", ("商机", "雪橇", "渔网", "一般客户")),
    ],
)
def test_full_screen_shows_everybody_what_is_theirs(
    office: Office, user: str, type_key: str, sees_not: tuple[str, ...]
) -> None:
    rights = office.rights(user)[type_key]
    own = {each["name"]: rights.lets("read", each) for each in office.records(type_key)}
    with office.screen(user) as terminal:
        terminal.until("公海公司")
        terminal.type("]")
        terminal.until(next(name for name, sees in own.items() if sees))
        seen = gone(terminal)
    assert {name: name in seen for name in own} == own
    assert not any(word in seen for word in sees_not)


# Over time; what these change stays


def test_an_administrator_acts_as_each_and_both_are_written_down(office: Office) -> None:
    lists = "\n".join(f"record list {key} --ids" for key in TYPES)
    for user in USERS:
        told = office.own("batch", "-", "--keep-going", "--as", user, stdin=lists, code=(0, 3))
        assert told.out == office.ssh(user, "batch - --keep-going", stdin=lists).out != ""
    office.own("record", "set", "opportunity/2", "notes=acted", "--as", "ann")
    (newest, *_) = office.own("record", "history", "opportunity/2", "--json").json
    assert newest["actor"] == "ann"
    assert newest["impersonator"] == office.own("user", "list", "--ids").lines[0]
    assert office.ssh("ann", "record list opportunity --as bob").code == 4


def test_whoever_leaves_hands_over_and_is_out(office: Office) -> None:
    before = office.ssh("ann", "record list opportunity --ids").out.split()
    office.own("user", "remove", "bob")
    told = office.ssh("bob", "type list")
    assert (told.code, told.out) == (4, "") and "[retired-user]" in told.err
    office.own("user", "hand-over", "bob", "ann")
    after = office.ssh("ann", "record list opportunity --ids").out.split()
    assert after == [*before, "opportunity/3"]
    assert office.ssh("max", "record list opportunity --ids").out.split() == [
        *after,
        "opportunity/4",
    ]
