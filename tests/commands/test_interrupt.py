"""Ctrl-C: the exit code says so, nothing is half done, and nothing is left lying about."""

import os
import signal
import subprocess
import time

import pytest

from tests.support.cli import PROGRAM, REPOSITORY, Crm


def interrupted(crm: Crm, *words: object, after: float, stdin: bytes | None = None):
    process = subprocess.Popen(
        [*PROGRAM, *map(str, words)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        start_new_session=True,
    )
    if stdin is not None:
        assert process.stdin
        process.stdin.write(stdin)
        process.stdin.flush()
    deadline = time.monotonic() + 20
    while not os.path.exists(crm.path + "-wal") and time.monotonic() < deadline:
        time.sleep(0.005)
    time.sleep(after)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    return process.returncode, out.decode(), err.decode()


@pytest.mark.parametrize("after", [0.0, 0.15, 0.4])
def test_in_the_middle_of_an_import_of_a_hundred_thousand_rows(crm: Crm, after):
    crm.script(
        "type add deal\nfield add deal.name --unique\n"
        "field add deal.value --kind money --currency EUR\n"
    )
    rows = "".join(f"deal {n},{n}.50,2026-01-{n % 28 + 1:02}\n" for n in range(100_000))
    file = crm.file("deals.csv", "name,value,closed\n" + rows)
    before, files = crm.everything(), crm.files()
    code, out, err = interrupted(
        *(crm, "record", "import", "deal", file, "--rejects", crm.folder / "rejects.csv"),
        after=after,
    )
    assert (code, out) == (130, ""), err
    assert err.strip() == "crmtui: error: interrupted; nothing was changed  [interrupted]"
    assert crm.everything() == before
    assert crm.files() == files
    assert set(os.listdir(crm.folder)) - files <= {"crm.db.lock"}


def test_in_the_middle_of_a_batch(crm: Crm):
    crm.script("type add deal\nfield add deal.name\n")
    before = crm.everything()
    script = b"record add deal name=x\n" * 3000
    code, _out, err = interrupted(crm, "batch", "-", after=0.3, stdin=script)
    assert code == 130
    assert "interrupted; nothing was changed" in err
    assert "Traceback" not in err
    assert crm.everything() == before


def test_in_the_middle_of_the_demo(crm: Crm):
    crm.path = str(crm.folder / "demo.db.new")
    code, _out, err = interrupted(crm, "demo", after=0.05)
    assert code == 130, err
    assert os.listdir(crm.folder) == []
