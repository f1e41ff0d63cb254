"""Help of every command, suggestions, topics, and what shells complete."""

import os
import shlex
import subprocess
import sys

import click
import pytest

from crmtui.cli import cli
from tests.support.cli import REPOSITORY, Crm, call, run


def commands(group: click.Group, before: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The words of every command and group."""
    found = [before] if before else []
    ctx = click.Context(group)
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        words = (*before, name)
        if isinstance(command, click.Group):
            found += commands(command, words)
        else:
            found.append(words)
    return found


@pytest.mark.parametrize("words", commands(cli), ids=" ".join)
def test_every_command_explains_itself_with_an_example(words):
    outcome = call(*words, "--help")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith(f"Usage: crmtui {' '.join(words)}")
    assert "\n  Example: " in outcome.out
    assert call("help", *words).out.split("\n")[2:] == outcome.out.split("\n")[2:]


@pytest.mark.parametrize("words", commands(cli), ids=" ".join)
def test_every_example_names_a_command_and_options_that_exist(words):
    text = " ".join(call(*words, "--help").out.partition("Example: ")[2].split())
    lines = [part.strip() for part in text.replace("||", "|").split("|")]
    for line in lines:
        if not line.startswith("crmtui "):
            continue
        parts = [part for part in shlex.split(line) if part != ">"][1:]
        command: click.Command | None = cli
        while isinstance(command, click.Group) and parts:
            command = command.get_command(click.Context(command), parts.pop(0))
        assert command is not None, line
        known = {option for parameter in command.params for option in parameter.opts}
        assert {part for part in parts if part.startswith("--")} <= known, line


def test_the_program_by_itself():
    outcome = run()
    assert (outcome.code, outcome.out) == (2, "")
    assert "say what to do; see crmtui --help" in outcome.err
    outcome = run("--help")
    assert outcome.code == 0
    assert "record" in outcome.out
    assert run("--version").out.startswith("crmtui ")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["recrod", "list"], "did you mean record?"),
        (["record", "lst"], "did you mean list?"),
        (["type", "ad"], "add"),
        (["record", "list", "x", "--limt", "3"], "--limit"),
        (["field", "add", "x.y", "--kin", "text"], "--kind"),
        (["xyzzy"], "there is no command xyzzy"),
        (["record"], "record"),
        (["type"], "type"),
        (["record", "add"], "TYPE"),
    ],
)
def test_a_slip_is_a_usage_error_with_a_suggestion(words, told):
    outcome = call(*words)
    assert (outcome.code, outcome.out) == (2, "")
    assert told in outcome.err


class TestTopics:
    def test_are_listed_and_explained(self):
        listed = run("help").out.splitlines()[-1]
        assert listed.startswith("Topics:")
        for topic in listed.partition(": ")[2].split(", "):
            outcome = call("help", topic)
            assert outcome.code == 0
            assert len(outcome.out) > 80
            assert all(len(line) <= 100 for line in outcome.out.splitlines())

    def test_of_expressions_names_every_function(self):
        from crmtui.store.expressions import FUNCTIONS

        text = call("help", "expressions").out
        assert all(name in text for name in FUNCTIONS)


class TestCompletion:
    def completed(self, line: str, **env: str) -> list[str]:
        words = line.split(" ")
        done = subprocess.run(
            ["python", "-c", "from crmtui.cli import main; main()"],
            executable=sys.executable,
            capture_output=True,
            text=True,
            env=os.environ
            | {
                "PYTHONPATH": str(REPOSITORY),
                "_CRMTUI_COMPLETE": "bash_complete",
                "COMP_WORDS": line,
                "COMP_CWORD": str(len(words) - 1),
            }
            | env,
            check=False,
        )
        assert done.stderr == ""
        return [item.partition(",")[2] for item in done.stdout.splitlines() if item]

    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    def test_scripts_are_printed(self, shell):
        outcome = run("completion", shell)
        assert outcome.code == 0
        assert "_CRMTUI_COMPLETE" in outcome.out

    def test_of_commands_and_options(self, crm: Crm):
        assert self.completed("crmtui re") == ["record"]
        assert self.completed("crmtui record mo") == ["move"]
        assert "--limit" in self.completed("crmtui record list deal --li")

    def test_of_types_and_what_hangs_on_them(self, crm: Crm):
        crm.script(
            "type add deal\ntype add account\ntype add old\nfield add deal.name\n"
            "stage add deal won\ntype remove old\n"
        )
        assert self.completed("crmtui record list ") == ["deal", "account"]
        assert self.completed("crmtui record add d") == ["deal"]
        assert self.completed("crmtui record import ac") == ["account"]
        assert self.completed("crmtui record show d") == ["deal/"]
        assert self.completed("crmtui type set ") == ["deal", "account"]
        assert self.completed("crmtui field set deal.") == ["deal.name"]
        assert self.completed("crmtui status set deal.won.") == ["deal.won.open"]
        assert self.completed("crmtui export deal a") == ["account"]
        assert self.completed("crmtui log d") == ["deal"]

    def test_of_people_and_what_they_may(self, crm: Crm):
        crm.script(
            "type add deal\nfield add deal.name\nfield add deal.cost\nstage add deal won\n"
            "role add sales\nrole add other\nteam add north\nuser add alice.b --role sales\n"
            "role grant sales deal read\nrole field sales deal.cost --hide\n"
        )
        assert self.completed("crmtui role grant sa") == ["sales"]
        assert self.completed("crmtui role grant sales deal read,up") == ["read,update"]
        assert self.completed("crmtui role field sales deal.n") == ["deal.name"]
        assert self.completed("crmtui role stage sales deal w") == ["won"]
        assert self.completed("crmtui record list deal --as al") == ["alice.b"]
        assert self.completed("crmtui user add bob --role s") == ["sales"]
        assert self.completed("crmtui access explain alice.") == ["alice.b"]
        assert self.completed("crmtui access explain alice.b move deal ") == ["name", "cost", "won"]
        assert self.completed("crmtui record share deal/1 --with team:n") == ["team:north"]
        assert self.completed("crmtui record assign deal/1 al") == ["alice.b"]
        words = "crmtui access explain --as alice.b alice.b move deal "
        assert self.completed(words) == ["name", "won"]
        assert self.completed("crmtui role show --as alice.b ") == ["sales"]

    def test_offers_nothing_where_there_is_nothing(self, crm: Crm):
        assert self.completed("crmtui record list d") == []
        assert crm.files() == set()
        crm.file("crm.db", b"not a database")
        assert self.completed("crmtui record list d") == []
        assert self.completed("crmtui field set nosuch.") == []
