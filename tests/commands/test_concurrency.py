"""Several processes at once: nobody is turned away, nothing is lost, nobody sees half a thing."""

import os
import subprocess
import sys

from tests.support.cli import PROGRAM, REPOSITORY, Crm

ENVIRONMENT = {"PYTHONPATH": str(REPOSITORY)}


def started(*words: object, stdin: bytes | None = None) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [*PROGRAM, *map(str, words)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | ENVIRONMENT,
    )
    if stdin is not None:
        assert process.stdin
        process.stdin.write(stdin)
        process.stdin.close()
        process.stdin = None
    return process


def test_eight_writers_add_ten_records_each(crm: Crm):
    crm.script("type add deal\nfield add deal.name --unique\n")
    loop = (
        "import subprocess, sys\n"
        "for n in range(10):\n"
        "    subprocess.run([sys.executable, '-m', 'crmtui', 'record', 'add', 'deal',"
        " f'name={sys.argv[1]}-{n}'], check=True)\n"
    )
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", loop, str(number)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=os.environ | ENVIRONMENT,
        )
        for number in range(8)
    ]
    told = [writer.communicate() for writer in writers]
    assert [writer.returncode for writer in writers] == [0] * 8, told
    assert b"".join(err for _, err in told) == b""
    refs = sorted(b"".join(out for out, _ in told).decode().split(), key=lambda r: int(r[5:]))
    assert refs == [f"deal/{n}" for n in range(1, 81)]
    assert sorted(crm.values("deal", "name")) == sorted(
        f"{a}-{b}" for a in range(8) for b in range(10)
    )


def test_two_that_change_one_record_both_keep_their_change(crm: Crm):
    crm.script("type add deal\nfield add deal.a\nfield add deal.b\nrecord add deal a=0 b=0\n")
    for n in range(1, 4):
        writers = [started("record", "set", "deal/1", f"{field}={n}") for field in "ab"]
        assert [writer.wait() for writer in writers] == [0, 0]
        for writer in writers:
            writer.communicate()
    assert crm.records("deal", "--fields", "a,b") == [{"a": "3", "b": "3"}]
    assert len(crm.here("record", "history", "deal/1", "--json").json) == 7


def test_of_two_that_saw_the_same_revision_one_is_told(crm: Crm):
    crm.script("type add deal\nfield add deal.a\nrecord add deal a=0\n")
    writers = [started("record", "set", "deal/1", f"a={n}", "--revision", "1") for n in (1, 2)]
    codes = sorted(writer.wait() for writer in writers)
    errors = b"".join(writer.communicate()[1] for writer in writers)
    assert codes == [0, 5]
    assert b"deal/1 was changed meanwhile" in errors


def test_a_reader_sees_all_of_an_import_or_nothing(crm: Crm):
    crm.script("type add deal\nfield add deal.name\nfield add deal.value --kind integer\n")
    rows = "name,value\n" + "".join(f"deal {n},{n}\n" for n in range(60_000))
    file = crm.file("deals.csv", rows)
    importer = started("record", "import", "deal", file)
    seen = set()
    while importer.poll() is None:
        seen.add(len(crm.here("record", "list", "deal", "--ids").lines))
    importer.communicate()
    assert importer.returncode == 0
    assert seen <= {0, 60_000}
    assert crm.count("deal") == 60_000


def test_first_commands_at_once_make_one_workspace(crm: Crm):
    makers = [started("type", "add", f"t{n}") for n in range(6)]
    told = [maker.communicate() for maker in makers]
    assert [maker.returncode for maker in makers] == [0] * 6, told
    assert sorted(crm.here("type", "list", "--ids").lines) == [f"t{n}" for n in range(6)]
