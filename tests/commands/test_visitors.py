"""The command line for somebody who came through the gateway: no word is a file of the server."""

import os
from collections.abc import Iterator

import click
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmtui.cli import NOT_IN_GATEWAY, cli
from crmtui.commands._paths import FILE, WORKSPACE
from crmtui.store.workspace import Workspace
from tests.support.cli import Crm, call
from tests.support.visitors import let_in, serving
from tests.support.workspaces import DEALS, changed, dump


def leaves(group: click.Group = cli, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words of every command there is."""
    with click.Context(group) as ctx:
        for name in group.list_commands(ctx):
            found = group.get_command(ctx, name)
            if isinstance(found, click.Group):
                yield from leaves(found, (*above, name))
            else:
                yield (*above, name)


def command(words: tuple[str, ...]) -> click.Command:
    found: click.Command = cli
    for word in words:
        assert isinstance(found, click.Group)
        with click.Context(found) as ctx:
            found = found.get_command(ctx, word) or found
    return found


COMMANDS = sorted(leaves())


@pytest.fixture
def visited(crm: Crm) -> Iterator[Crm]:
    """A workspace with deals, served to alice, who may do everything."""
    with Workspace.open(crm.path, create=True, command="test") as workspace:
        changed(workspace, DEALS)
        with workspace.intent():
            workspace.add("deal", {"name": "One"})
        alice = let_in(workspace, "alice", administrator=True)
    with serving(alice):
        yield crm


def test_every_parameter_that_names_a_file_is_marked() -> None:
    packs = {("pack", "show"), ("pack", "install"), ("pack", "upgrade")}  # a key may be one as well
    unmarked = [
        (" ".join(words), parameter.name)
        for words in [(), *COMMANDS]
        for parameter in command(words).params
        if any(word in (parameter.metavar or "") for word in ("FILE", "PATH", "DIR", "FOLDER"))
        and not (words in packs and parameter.name in ("word", "words"))
        and " ".join(words) not in NOT_IN_GATEWAY
        and parameter.type not in (FILE, WORKSPACE)
    ]
    assert unmarked == []


def test_what_does_not_run_there_is_a_command_that_there_is() -> None:
    assert {" ".join(words) for words in COMMANDS} >= NOT_IN_GATEWAY


@pytest.mark.parametrize("words", sorted(NOT_IN_GATEWAY))
def test_commands_of_ones_own_machine_do_not_run(visited: Crm, words: str) -> None:
    assert "[not-in-gateway]" in visited.refused(*words.split(), code=4)


@pytest.mark.parametrize(
    "words",
    [
        ("record", "set", "deal/1", "notes=@/etc/passwd"),
        ("record", "set", "deal/1", "notes+=@/etc/passwd"),
        ("pack", "install", "/etc/passwd"),
        ("pack", "upgrade", "./passwd.yaml"),
        ("pack", "show", "../passwd.json"),
        ("apply", "-f", "-", "-f", "/etc"),
        ("diff", "-f", "/etc/passwd"),
        ("export", "-o", "/tmp/"),
        ("record", "export", "deal", "-o", "x.csv"),
        ("record", "import", "deal", "-", "--rejects", "x.csv"),
        ("batch", "setup.crm"),
        ("ssh", "authorize", "alice", "alice.pub"),
        ("ssh", "doctor", "--sshd-config", "/etc/ssh/sshd_config"),
        ("--db", "other.db", "type", "list"),
        ("--db", "-", "type", "list"),
    ],
)
def test_a_file_is_refused_before_anybody_looks_for_it(
    visited: Crm, words: tuple[str, ...]
) -> None:
    told = visited.refused(*words, code=4)
    assert "[file-of-the-server]" in told


HOSTILE = st.sampled_from(
    [
        *("-", "--", "-f", "-o", "-n", "-q", "--json", "--db", "--as", "alice", "root", "--force"),
        *("deal", "deal/1", "deal.name", "name=x", "notes=@-", "--all", "--format", "json"),
        *("/etc/passwd", "../../etc/passwd", "@/etc/passwd", "notes=@/etc/passwd", "~root/x"),
        *("made", "./made", "made.yaml", "$(touch made)", "`touch made`", "; touch made"),
        *("\x1b]52;c;x\x07", "\u202e", "中文", "", " ", "\0", "'", '"', "%s", "{0}", "[/]"),
    ]
) | st.text(max_size=20)


@settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(words=st.tuples(st.sampled_from(COMMANDS), st.lists(HOSTILE, max_size=6)), data=st.text())
def test_whatever_is_asked_for_touches_no_file(
    visited: Crm,
    tmp_path_factory: pytest.TempPathFactory,
    words: tuple[tuple[str, ...], list[str]],
    data: str,
) -> None:
    folder = tmp_path_factory.mktemp("here")
    before = os.getcwd()
    os.chdir(folder)
    try:
        told = call(*words[0], *words[1], stdin=data.encode("utf-8", "surrogatepass"))
    finally:
        os.chdir(before)
    assert told.code in range(6), told
    assert "Traceback" not in told.err and "[internal]" not in told.err, told
    assert "root:x:0" not in told.out + told.err
    assert os.listdir(folder) == []
    assert {name.removeprefix("crm.db") for name in os.listdir(visited.folder)} <= {
        *("", "-wal", "-shm", ".lock", ".files")
    }


def test_a_visitor_is_who_the_gateway_says_whoever_owns_the_file(crm: Crm) -> None:
    with Workspace.open(crm.path, create=True, command="test") as workspace:
        changed(workspace, DEALS)
        bob = let_in(workspace, "bob")
    before = dump(crm.path)
    with serving(bob):
        assert crm.here("type", "list").out == ""
        crm.here("type", "add", "x", code=4)
        crm.here("record", "list", "deal", code=3)
        with Workspace.open(crm.path) as workspace:
            assert (workspace.actor.key, workspace.actor.administrator) == ("bob", False)
    assert dump(crm.path)["crm_type"] == before["crm_type"]
