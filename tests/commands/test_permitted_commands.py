"""Every command, as somebody who may do nothing, one who may only read, one who may work.

A command that is not in the tables fails the tests: whoever adds one says here what it is to those
who are no administrators.
"""

import os
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from crmtui import cli
from crmtui.commands import _complete
from crmtui.store.changes import Change
from crmtui.store.workspace import Workspace
from tests.support import canaries
from tests.support.canaries import ALICE
from tests.support.cli import Crm, Outcome
from tests.support.people import WORK, granted
from tests.support.workspaces import dump

CONFIGURING = """
category add x
category order sales
category purge sales --confirm sales
category remove sales
category rename sales x
category restore sales
category retire sales
category set sales --label x
type add x
type copy deal x
type order deal
type purge deal --confirm deal
type remove deal
type rename deal x
type restore deal
type retire deal
type set deal --label x
field add deal.x
field order deal name
field purge deal.tags --confirm tags
field remove deal.tags
field rename deal.tags x
field restore deal.tags
field retire deal.tags
field set deal.tags --label x
option add deal.colour x
option default deal.colour red
option merge deal.colour.red --into blue
option order deal.colour red
option purge deal.colour.red --confirm red
option remove deal.colour.red
option rename deal.colour.red x
option restore deal.colour.red
option retire deal.colour.red
option set deal.colour.red --label x
stage add deal x
stage order deal won
stage purge deal.won --confirm won
stage remove deal.won
stage rename deal.won x
stage restore deal.won
stage retire deal.won
stage set deal.won --label x
status add deal.won x
status order deal.won closed
status purge deal.won.closed --confirm closed
status remove deal.won.closed
status rename deal.won.closed x
status restore deal.won.closed
status retire deal.won.closed
status set deal.won.closed --label x
validation add deal x --rule 'amount > 1'
validation order deal small
validation purge deal.small --confirm small
validation remove deal.small
validation rename deal.small x
validation restore deal.small
validation retire deal.small
validation set deal.small --message x
layout move deal tags --first
layout set deal tags --label x
layout section add deal x
layout section rename deal main x
layout section set deal main --label x
layout section order deal main
layout section remove deal main
layout reset deal
pack list
pack install lead
pack upgrade
pack remove lead
user add x
user order alice
user purge bob --confirm bob
user remove bob
user rename bob x
user restore bob
user retire bob
user set bob --label x
role add x
role order sales
role purge sales --confirm sales
role remove sales
role rename sales x
role restore sales
role retire sales
role set sales --label x
role grant sales deal read
role deny sales deal delete
role revoke sales deal
role field sales deal.tags --hide
role stage sales deal won --deny enter
user hand-over bob alice
access who deal/1
access explain bob read deal/1
access matrix --user bob
team add x
team order north
team purge north --confirm north
team remove north
team rename north x
team restore north
team retire north
team set north --label x
role grant sales deal read
role deny sales deal read
role revoke sales deal
role field sales deal.tags --hide
role stage sales deal won --deny enter
user hand-over alice bob
ssh authorize bob bob.pub
privacy find bob
privacy export bob
privacy erase bob --confirm bob
privacy log
privacy finish
ssh revoke bob
apply -f DOCUMENT
diff -f DOCUMENT
export
"""
"""Commands that only an administrator may give, or who may configure the type."""

KNOWING = """
category show sales
type show deal
field list deal
field show deal.tags
option list deal.colour
option show deal.colour.red
stage list deal
stage show deal.won
status list deal.won
status show deal.won.closed
validation list deal
validation show deal.small
layout show deal
record shares deal/1
record list deal
record show deal/1
record shares deal/1
access explain me read deal/1
"""
"""Commands for all who may read, and of what is not there for the others."""

WORKING = """
record add deal name=x
record set deal/1 tags=y
record move deal/1 won
record remove deal/1
record restore deal/1
record import deal -
record export deal
record history deal/1
record assign deal/1 bob
batch -
"""
"""Commands that take a right of their own, besides that to read."""

ANYBODY = """
category list
type list
user list
user show bob
role list
role matrix
access matrix
team list
team show north
access matrix
role matrix
ssh list
help record
completion bash
pack show lead
"""
"""Commands that tell everybody what they may know, be it nothing."""

OTHERWISE = {
    "init --pack lead": (5, 5, 5),
    "record file deal/1.paper -o -": (3, 3, 3),
    "role show sales": (3, 3, 0),
    "role matrix sales": (3, 3, 0),
    "access explain alice read deal/1": (4, 4, 0),
    "access explain alice read deal/2": (4, 4, 3),
    "access explain alice move deal/1 won": (4, 4, 0),
    "access explain alice update deal/1 amount": (4, 4, 0),
    "access who deal/1": (4, 4, 4),
    "sql 'select * from deal'": (1, 0, 0),
    "undo": (3, 3, 3),
    "log": (4, 4, 0),
    "record share deal/1 --with bob": (3, 4, 4),
    "record unshare deal/1 --with bob": (3, 4, 4),
}
"""Others, with the exit codes for nobody, a reader and a worker, who undo and share nothing."""

ELSEWHERE = {"demo", "tui", "ssh authorized-keys", "ssh doctor", "ssh setup"}
"""What makes a workspace of one's own, what only a terminal shows, and what sshd and root run."""

STDIN = {"record import": "name,amount\nx,1\n", "batch": "record add deal name=x\n"}
NO_USER = ("help", "completion")

TABLE = {
    **dict.fromkeys(CONFIGURING.strip().splitlines(), (4, 4, 4)),
    **dict.fromkeys(KNOWING.strip().splitlines(), (3, 0, 0)),
    **dict.fromkeys(WORKING.strip().splitlines(), (3, 4, 0)),
    **dict.fromkeys(ANYBODY.strip().splitlines(), (0, 0, 0)),
    **OTHERWISE,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose users may do nothing, read, and work; see `tests.support.canaries`."""
    folder = tmp_path_factory.mktemp("commands")
    path = str(folder / "crm.db.whole")
    canaries.made(path, read="own", **dict.fromkeys(WORK.split()[1:], "all"))
    with Workspace.open(path, command="test") as workspace:
        for key in ("deal", "customer"):
            granted(workspace, "reader", key, read="all")
        people = [Change("add", "user", "carol", {"roles": "reader"})]
        workspace.change([*people, Change("add", "user", "nobody", {})])
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBf7nGUW2Bk5qR0m8qS4xwQ9nKkqkZ5o2o5l0b0d8b1S bob"
    (folder / "bob.pub").write_text(f"{key}\n")
    (folder / "document.yaml").write_text("types:\n  deal:\n    label: x\n")
    return folder


@pytest.fixture
def crm(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Crm]:
    """The command line on a copy of that workspace."""
    path = folder / "crm.db"
    shutil.copy(folder / "crm.db.whole", path)
    monkeypatch.setenv("CRMTUI_DB", str(path))
    monkeypatch.chdir(folder)
    yield Crm(str(path))
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)


def given(crm: Crm, line: str, user: str) -> Outcome:
    """What comes of a command line of a user's."""
    words = [word.replace("DOCUMENT", "document.yaml") for word in shlex.split(line)]
    stdin = next((text for name, text in STDIN.items() if line.startswith(name)), "")
    acting = [] if words[0] in NO_USER else ["--as", user]
    return crm.here(*words, *acting, code=tuple(range(6)), stdin=stdin)


def commands() -> Iterator[str]:
    """Every command of the program, by its words."""
    context = click.Context(cli.cli)

    def below(command: click.Command, words: list[str]) -> Iterator[str]:
        if not isinstance(command, click.Group):
            yield " ".join(words)
            return
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from below(found, [*words, name])

    return below(cli.cli, [])


def test_the_tables_say_of_every_command_what_it_is_to_whom() -> None:
    known = set(commands())
    said = {name: [line for line in TABLE if f"{line} ".startswith(f"{name} ")] for name in known}
    assert {name for name, lines in said.items() if not lines} == ELSEWHERE


@pytest.mark.parametrize("line", TABLE)
def test_a_command_does_for_each_user_what_the_tables_say(crm: Crm, line: str) -> None:
    before = changes(crm.path)
    codes = []
    for user in ("nobody", "carol", ALICE):
        outcome = given(crm, line, user)
        codes.append(outcome.code)
        if outcome.code:
            assert outcome.out == "" and changes(crm.path) == before
        if user != "carol":
            assert canaries.told(outcome.out, outcome.err) == []
    assert tuple(codes) == TABLE[line]
    assert canaries.files_with_canaries(Path(crm.path).parent) == []


def changes(path: str) -> dict[str, object]:
    """What a workspace holds, but for what is remembered of refusals."""
    return {name: rows for name, rows in dump(path).items() if name != "crm_refusal"}


# What may not be known is as what is not there

FIELDS = """
record list deal --where '{} > 1'
record list deal --where '{} is null'
record list deal --where 'has({}, 1)'
record list deal --where '{}.full = 1'
record list deal --where 'days_since({}) > 1'
record list deal --sort {}
record list deal --sort -{}
record list deal --fields name,{}
record show deal/1 --fields {}
record add deal name=x {}=1
record add deal name=x {}=1 --json
record set deal/1 {}=1
record set deal/1 {}=
record set deal/1 {}+=1
record set deal/1 {}.city=x
record set deal/1 {}:=null
record move deal/1 won {}=1
record import deal - --map name={}
record import deal - --match {}
record export deal --fields {}
record export deal --where '{} = 1'
record file deal/1.{}
field show deal.{}
option list deal.{}
option show deal.{}.x
"""
TYPES = """
type show {}
field list {}
field show {}.name
stage list {}
status list {}.lead
validation list {}
layout show {}
record list {}
record show {}/1
record add {} name=x
record set {}/1 name=x
record move {}/1 won
record remove {}/1
record restore {}/1
record import {} -
record export {}
record file {}/1.name
record history {}/1
record list deal --where 'vault.name = 1'
record list deal --after {}/1
record set deal/1 buyer={}/1
log {}
"""
RECORDS = """
record show {}
record show {} --json
record set {} name=x
record set {} name=x --json
record set {} name=x --revision 1
record move {} won
record move {} won name=x
record remove {}
record restore {}
record file {}.paper
record history {}
record list deal --after {}
"""
LINKED = """
record set deal/5 buyer={}
record set deal/5 watchers={}
record set deal/5 watchers+={}
record set deal/5 'buyer:={{"ref": "{}"}}'
record set deal/5 'buyer:={{"ref": "{}", "title": "x"}}'
record add deal name=x buyer={}
"""
STAGES = """
record move deal/1 {}
record move deal/1 {} name=x
record add deal name=x --stage {}
stage show deal.{}
status list deal.{}
record list deal --where "stage = '{}'"
"""
HIDDEN = [
    *((line, "zqmargin", "zqabsent") for line in FIELDS.strip().splitlines()),
    *((line, "zqcode", "zxcode") for line in FIELDS.strip().splitlines()),
    *((line, "vault", "fault") for line in FIELDS.strip().splitlines()),
    *((line, "zqvault", "zqfault") for line in TYPES.strip().splitlines()),
    *((line, "deal/2", "deal/99") for line in RECORDS.strip().splitlines()),
    *((line, "deal/3", "deal/99") for line in RECORDS.strip().splitlines()),
    *((line, "deal/4", "deal/99") for line in RECORDS.strip().splitlines()),
    *((line, "customer/2", "customer/99") for line in LINKED.strip().splitlines()),
    *((line, "zqother", "zqnoone") for line in LINKED.strip().splitlines()),
    *((line, "zqstage", "zqplace") for line in STAGES.strip().splitlines()),
    *((line, "lead.zqquiet", "lead.zxquiet") for line in STAGES.strip().splitlines()[:3]),
    ("status show deal.lead.{}", "zqquiet", "zxquiet"),
    ("validation show deal.{}", "zqrule", "zqnone"),
    ("validation show deal.{}", "dear", "cosy"),
    ("category show {}", "zqcategory", "zqnowhere"),
    ("role show {}", "zqrole", "zqnone"),
    ("record list deal --where \"buyer.{} = 'x'\"", "zqrisk", "zqnone"),
    ("record list deal --where \"about = '{}'\"", "zqvault", "zqfault"),
    ("record list deal --where \"buyer = '{}'\"", "zqother", "zqnoone"),
    ("record list deal --where \"has(watchers, '{}')\"", "zqother", "zqnoone"),
    ("record add deal name=x about={}", "zqvault", "zqfault"),
    ("record add deal name=x under={}", "zqcategory", "zqnowhere"),
]


@pytest.mark.parametrize(("line", "hidden", "absent"), HIDDEN)
def test_what_may_not_be_known_is_told_of_as_what_is_not_there(
    crm: Crm, line: str, hidden: str, absent: str
) -> None:
    found = [given(crm, line.format(name, name), ALICE) for name in (hidden, absent)]
    one, other = (
        (outcome.code, outcome.out.replace(name, "IT"), outcome.err.replace(name, "IT"))
        for outcome, name in zip(found, (hidden, absent), strict=True)
    )
    assert one == other


# Completion


@pytest.mark.parametrize("user", [ALICE, "nobody"])
def test_nothing_is_completed_that_may_not_be_known(
    crm: Crm, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Workspace.open(crm.path, command="test") as workspace:
        workspace.change([Change("set", "user", user, {"uid": "4242"})])
    monkeypatch.setattr(os, "getuid", lambda: 4242)
    context = click.Context(cli.cli)
    context.params["type_key"] = "deal"
    offered = []
    for complete, begun in [
        (_complete.types, ""),
        (_complete.records, ""),
        (_complete.installed_packs, ""),
        *((_complete.of_type(what), "") for what in ("fields", "stages", "sections")),
        *(
            (_complete.definitions(noun), begun)
            for noun in "category type field option stage status validation user role team".split()
            for begun in ("", "deal.", "deal.lead.", "deal.zqcolour.", "zqvault.", "zq")
        ),
    ]:
        items = complete(context, context, begun)  # type: ignore[arg-type]
        offered += [f"{item.value.removeprefix(begun)} {item.help}" for item in items]
    assert canaries.told(*offered) == []
    assert any("deal" in each for each in offered) == (user == ALICE)
