"""`--revision`, `--merge`, `--ours`, `--theirs`: what scripts and people do about each other."""

import os
import shlex
import subprocess

import pytest

from tests.support.cli import PROGRAM, REPOSITORY, Crm

SCRIPT = """
type add deal
field add deal.name --title
field add deal.amount --kind money --currency USD
field add deal.tags --kind tags
field add deal.notes --kind longtext
stage add deal lead
stage add deal won
stage add deal lost
record add deal name=Deal amount=100 tags=a,b
"""


@pytest.fixture
def deals(crm: Crm) -> Crm:
    """A deal at revision 1."""
    crm.script(SCRIPT)
    return crm


def hint(errors: str) -> list[str]:
    """The words of the command that an error hints at, without the program's name."""
    (line,) = [line for line in errors.splitlines() if line.startswith("  hint: ")]
    program, *words = shlex.split(line.removeprefix("  hint: "))
    assert program == "crmtui"
    return words


def deal(crm: Crm, *keys: str) -> list[str]:
    """Fields of the deal."""
    return crm.here("record", "show", "deal/1", "--fields", ",".join(keys)).out.strip().split("\t")


def test_the_revision_is_shown_when_asked_for(deals: Crm):
    assert deals.here("record", "show", "deal/1", "--fields", "revision").out == "1\n"
    deals.here("record", "set", "deal/1", "amount=250")
    assert deals.records("deal", "--fields", "ref,revision") == [{"ref": "deal/1", "revision": 2}]


def test_a_refusal_tells_the_three_values_and_hints_at_the_merge(deals: Crm):
    deals.here("record", "set", "deal/1", "amount=250", "name=Their name")
    ours = ("amount=300", "notes=two words")
    told = deals.refused("record", "set", "deal/1", *ours, "--revision", 1, code=5)
    assert "name Deal -> Their name; amount 100.00 -> 250.00, yours 300.00" in told
    assert hint(told) == ["record", "set", "deal/1", *ours, "--revision", "1", "--merge"]
    told = deals.refused(*hint(told), code=5)
    assert "amount 100.00 -> 250.00, yours 300.00" in told
    assert "name" not in told.splitlines()[0].partition(":")[2]
    assert hint(told) == ["record", "set", "deal/1", *ours, "--revision", "1", "--ours"]
    deals.here(*hint(told))
    assert deal(deals, "name", "amount", "notes") == ["Their name", "300.00", "two words"]


def test_machines_are_told_the_three_values_of_each_field(deals: Crm):
    deals.here("record", "set", "deal/1", "amount=250")
    outcome = deals.here(
        "record", "set", "deal/1", "amount=300", "notes=x", "--revision", 1, "--json", code=5
    )
    error = outcome.error
    (moment,) = {entry["at"] for entry in deals.here("log", "deal", "--limit", 1, "--json").json}
    by = error["user"]
    assert (error["code"], error["ref"], error["revision"]) == ("changed-meanwhile", "deal/1", 2)
    assert error["fields"] == [
        {
            "field": "amount",
            "before": "100.00",
            "theirs": "250.00",
            "yours": "300.00",
            "by": by,
            "at": moment,
            "contested": True,
        },
        {
            "field": "notes",
            "before": None,
            "theirs": None,
            "yours": "x",
            "by": None,
            "at": None,
            "contested": False,
        },
    ]


def test_theirs_wins_what_both_changed_and_the_rest_is_saved(deals: Crm):
    deals.here("record", "set", "deal/1", "amount=250")
    words = ("record", "set", "deal/1", "amount=300", "notes=x", "--revision", 1, "--theirs")
    (did,) = [deals.here(*words, "--json").json]
    assert (did["change"], did["notes"]) == ("updated", "x")
    assert deal(deals, "amount", "notes") == ["250.00", "x"]
    assert deals.here(*words, "--json").json["change"] == "unchanged"


def test_values_added_and_taken_away_go_together_with_theirs(deals: Crm):
    deals.here("record", "set", "deal/1", "tags+=theirs", "tags-=a")
    deals.here("record", "set", "deal/1", "tags+=ours", "tags-=b", "--revision", 1, "--merge")
    assert deal(deals, "tags") == ["theirs,ours"]


def test_a_move_says_on_which_revision_it_was_thought_out(deals: Crm):
    move = ("record", "move", "deal/1", "won", "--revision", 1)
    deals.here("record", "set", "deal/1", "amount=250")
    deals.refused(*move, code=5)
    deals.here("record", "move", "deal/1", "lost")
    told = deals.refused(*move, "--merge", code=5)
    assert "status lead -> lost, yours won" in told
    deals.here(*move, "--theirs")
    assert deal(deals, "stage") == ["lost"]
    deals.here(*hint(told))
    assert deal(deals, "stage", "amount") == ["won", "250.00"]


def test_a_record_is_removed_as_it_was_seen(deals: Crm):
    deals.here("record", "set", "deal/1", "amount=250")
    told = deals.refused("record", "remove", "deal/1", "--revision", 1, code=5)
    assert "amount 100.00 -> 250.00" in told
    deals.here(*hint(told))
    assert deals.count("deal") == 0
    told = deals.refused("record", "set", "deal/1", "notes=x", "--revision", 2, code=5)
    assert "deal/1 was removed meanwhile by" in told
    deals.here(*hint(told))
    deals.here("record", "set", "deal/1", "notes=x", "--revision", 2, "--merge")


def test_a_value_too_long_to_repeat_is_left_out_of_the_hint(deals: Crm):
    deals.here("record", "set", "deal/1", "amount=250")
    told = deals.refused(
        "record", "set", "deal/1", f"notes={'long ' * 99}", "--revision", 1, code=5
    )
    assert "hint: crmtui record set deal/1 notes=VALUE --revision 1 --merge" in told


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--merge"], "say the --revision that you saw"),
        (["--ours"], "say the --revision that you saw"),
        (["--revision", "1", "--ours", "--theirs"], "choose --ours or --theirs"),
        (["--revision", "0"], "x>=1"),
        (["--revision", "one"], "valid integer"),
        (["--revision", "1", "--merge=mine"], "--merge"),
    ],
)
def test_options_that_make_no_sense_together_are_refused(deals: Crm, options, said):
    assert said in deals.refused("record", "set", "deal/1", "amount=5", *options, code=2)
    assert said in deals.refused("record", "move", "deal/1", "won", *options, code=2)


def test_lines_of_a_batch_merge_too_and_one_that_clashes_undoes_all(deals: Crm):
    deals.here("record", "set", "deal/1", "amount=250")
    line = "record set deal/1 notes=x --revision 1 --merge\n"
    deals.script(f"{line}record move deal/1 won --revision 1 --merge\n")
    assert deal(deals, "stage", "notes", "amount") == ["won", "x", "250.00"]
    told = deals.refused(
        "batch",
        "-",
        stdin="record add deal name=New\nrecord set deal/1 name=y --revision 1\n",
        code=5,
    )
    assert "standard input:2: error: deal/1 was changed meanwhile" in told


def started(*words: object) -> "subprocess.Popen[bytes]":
    """The program in a process of its own."""
    return subprocess.Popen(
        [*PROGRAM, *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
    )


def codes(processes: "list[subprocess.Popen[bytes]]") -> list[int]:
    """The exit codes of processes, in order of size."""
    for process in processes:
        process.communicate()
    return sorted(process.returncode for process in processes)


def test_of_processes_that_merge_none_loses_what_another_saved(deals: Crm):
    merging = ("--revision", 1, "--merge")
    each = ("name=B", "amount=7", "notes=n", "tags+=x", "tags+=y")
    assert codes([started("record", "set", "deal/1", word, *merging) for word in each]) == [0] * 5
    name, amount, notes, tags = deal(deals, "name", "amount", "notes", "tags")
    assert (name, amount, notes) == ("B", "7.00", "n")
    assert sorted(tags.split(",")) == ["a", "b", "x", "y"]


def test_of_processes_that_change_the_same_one_wins_and_the_others_are_told(deals: Crm):
    writers = [
        started("record", "set", "deal/1", f"amount={n}", "--revision", 1, "--merge")
        for n in range(1, 5)
    ]
    assert codes(writers) == [0, 5, 5, 5]
    assert deals.here("record", "show", "deal/1", "--fields", "revision").out == "2\n"
