"""`batch`: many command lines as one."""

import pytest

from tests.support.cli import Crm


@pytest.fixture
def deals(crm: Crm) -> Crm:
    crm.script("type add deal\nfield add deal.name --required --unique --title\n")
    return crm


class TestLines:
    def test_are_what_stands_behind_the_program_or_with_it(self, crm: Crm):
        crm("batch", "-", stdin="type add a\ncrmtui type add b\n   crmtui   type add c  \n")
        assert crm.here("type", "list", "--ids").lines == ["a", "b", "c"]

    def test_may_be_comments_or_blank(self, crm: Crm):
        done = crm("batch", stdin="\n# a comment\n   # another 'with a quote\n\ntype add a\n")
        assert (done.out, done.err) == ("", "1 lines done\n")

    def test_are_quoted_as_for_a_shell(self, deals: Crm):
        deals.script(
            """
            record add deal name='It'"'"'s here'
            record add deal "name=two words"
            record add deal name=back\\\\slash
            record add deal name=three\\ words
            record add deal name='#7'
            record add deal 'name:="北京 😀"'
            """
        )
        assert deals.values("deal", "name") == [
            "It's here",
            "two words",
            "back\\slash",
            "three words",
            "#7",
            "北京 😀",
        ]

    def test_come_from_a_file_even_with_a_byte_order_mark_and_crlf(self, crm: Crm):
        crm("batch", crm.file("s.crm", b"\xef\xbb\xbf# x\r\ntype add a\r\n"))
        crm("batch", "-", stdin=b"\xef\xbb\xbftype add b\r\n")
        assert crm.here("type", "list", "--ids").lines == ["a", "b"]

    def test_print_what_they_print_alone(self, deals: Crm):
        done = deals("batch", "-", stdin="record add deal name=A\nrecord list deal --fields name\n")
        assert done.lines == ["deal/1", "A"]

    def test_see_what_earlier_lines_did(self, deals: Crm):
        rows = deals.file("rows.csv", "name\nA\nB\n")
        deals.script(
            f"""
            type add note
            field add note.deal --kind link --to deal
            record import deal {rows}
            record add note deal=B
            field rename note.deal about
            record set note/1 about=A
            """
        )
        assert deals.values("note", "about") == [{"ref": "deal/1", "title": "A"}]


class TestFailures:
    def test_undo_every_line_and_name_the_one(self, deals: Crm):
        assert deals.here("batch", "-", code=3, stdin="record add deal name=A\nlog x\n").out == ""
        script = "type add other\n\n# fine so far\nrecord add deal name=A\nrecord add deal nmae=B\n"
        error = deals.refused("batch", "-", code=3, stdin=script, here=False).splitlines()
        assert error[0].startswith("standard input:5: error: deal has no field nmae")

    def test_name_the_file(self, deals: Crm):
        file = deals.file("setup.crm", "type add x\ntype add x\n")
        error = deals.refused("batch", file, code=5)
        assert error.startswith(f"{file}:2: error: the type x exists")

    @pytest.mark.parametrize(
        ("line", "code", "told"),
        [
            ("record add deal 'name=A", 1, "a quote is never closed"),
            ("record add deal name=A \\", 1, "a backslash ends the line"),
            ("tpye add x", 2, "there is no command tpye; did you mean type?"),
            ("type ad x", 2, "ad"),
            ("type add x --lable y", 2, "--lable"),
            ("record", 2, "record"),
            ("batch -", 2, "batch does not run inside a batch"),
            ("--lang zh batch -", 2, "batch"),
            ("tui deal", 2, "tui does not run inside a batch"),
            ("demo", 2, "demo does not run inside a batch"),
            ("init", 2, "init does not run inside a batch"),
            ("completion bash", 2, "completion does not run inside a batch"),
            ("--lang en", 2, "crmtui does not run inside a batch"),
            ("type list --db other.db", 2, "--db is chosen for the whole batch"),
            ("--db other.db type list", 2, "--db is chosen for the whole batch"),
            ("record import deal -", 2, "the batch itself is read from standard input"),
            ("record set - name=x", 2, "the batch itself is read from standard input"),
            ("apply -f -", 2, "the batch itself is read from standard input"),
            ("record add deal name=@-", 2, "the batch itself is read from standard input"),
        ],
    )
    def test_of_a_line_are_told_with_its_number(self, deals: Crm, line, code, told):
        before = deals.everything()
        outcome = deals.here("batch", "-", code=code, stdin=f"type add first_one\n{line}\n")
        assert told in outcome.err
        assert outcome.err.startswith("standard input:2: ")
        assert deals.everything() == before

    def test_are_told_as_json_with_line_and_file(self, deals: Crm):
        outcome = deals("batch", "-", "--json", code=3, stdin="\nrecord show deal/9\n")
        assert outcome.error == {
            "code": "no-such-record",
            "message": "there is no record deal/9",
            "file": "standard input",
            "line": 2,
            "ref": "deal/9",
        }
        outcome = deals.here("batch", "-", code=3, stdin="record show deal/9 --json\n")
        assert outcome.error["line"] == 1

    def test_of_an_import_inside_undo_everything(self, deals: Crm):
        rows = deals.file("rows.csv", "name\nA\nB\nA\n")
        error = deals.refused(
            "batch", "-", code=1, stdin=f"type add x\nrecord import deal {rows}\n"
        )
        assert "standard input:2: line 4: name: deal/1 has A already" in error

    def test_of_a_script_that_is_no_text(self, deals: Crm):
        error = deals.refused("batch", deals.file("s", b"type add a\ntype add \xff\n"), code=1)
        assert ":2: error: " in error
        assert "is not UTF-8 text" in error
        assert "cannot be read" in deals.refused("batch", "nowhere.crm", code=3)


class TestKeepGoing:
    def test_keeps_the_lines_that_work(self, deals: Crm):
        script = (
            "record add deal name=A\nrecord add deal name=A\nrecord add deel name=B\n"
            "record add deal name=C\n'\n"
        )
        outcome = deals("batch", "-", "--keep-going", code=1, stdin=script)
        assert outcome.lines == ["deal/1", "deal/2"]
        told = outcome.err.splitlines()
        assert [line.split(": error")[0] for line in told if ": error: " in line] == [
            "standard input:2",
            "standard input:3",
            "standard input:5",
        ]
        assert told[-1] == "2 lines done, 3 failed"
        assert deals.values("deal", "name") == ["A", "C"]

    def test_a_line_that_fails_halfway_leaves_nothing_of_itself(self, deals: Crm):
        script = (
            "type add a 'b!'\n"  # the first key is fine
            "type add c\n"
            "record add c nmae=x\n"  # made the table that c still owed
            "field add c.name\n"
            "record add c name=x\n"
        )
        deals.here("batch", "-", "--keep-going", code=1, stdin=script)
        assert deals.here("type", "list", "--ids").lines == ["deal", "c"]
        assert deals.values("c", "name") == ["x"]


def test_dry_run_undoes_everything(deals: Crm):
    before = deals.everything()
    done = deals("batch", "-n", "-", stdin="type add x\nrecord add deal name=A\n")
    assert done.out == "deal/1\n"
    assert done.err == "2 lines done, and undone again (dry run)\n"
    assert deals.everything() == before


def test_a_thousand_types(crm: Crm):
    script = "".join(f"type add t{n}\nfield add t{n}.name --required\n" for n in range(1000))
    assert crm("batch", "-", stdin=script).err == "2000 lines done\n"
    assert len(crm("type", "list", "--ids").lines) == 1000
    crm.here("record", "add", "t999", "name=x")


def test_the_log_names_each_line_by_itself(deals: Crm):
    deals("batch", "-", stdin="record add deal name=A\nrecord add deal name=B\n")
    commands = [entry["command"] for entry in deals.here("log", "--limit", "2", "--json").json]
    assert commands == ["record add deal name=…", "record add deal name=…"]


def test_a_reader_that_goes_away_does_not_undo_the_work(deals: Crm):
    import os
    import subprocess

    from tests.support.cli import PROGRAM, REPOSITORY

    process = subprocess.Popen(
        [*PROGRAM, "batch", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
    )
    assert process.stdin and process.stdout and process.stderr
    process.stdout.close()
    script = "".join(f"record add deal name=N{n}\n" for n in range(2000))
    process.stdin.write(script.encode())
    process.stdin.close()
    err = process.stderr.read().decode()
    assert process.wait() == 0, err
    assert "Traceback" not in err and "BrokenPipe" not in err
    assert deals.count("deal") == 2000


def test_a_batch_of_nothing_does_nothing(deals: Crm):
    before = deals.everything()
    assert deals("batch", stdin="").err == "0 lines done\n"
    assert deals.everything() == before
