"""Files on the command line: given by path or pipe, told by name, and written out again."""

import hashlib
import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.commands.test_round_trip import FORMATS, moved
from tests.support.cli import PROGRAM, REPOSITORY, Crm, on_terminal

DEFINE = """
type add deal
field add deal.name --title
field add deal.notes --kind longtext
field add deal.contract --kind attachment --max-size 2 --label-zh 合同
field add deal.scans --kind file
record add deal name=first
"""
OFFER = bytes(range(256)) * 100
HASH = hashlib.sha256(OFFER).hexdigest()


@pytest.fixture
def deals(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> Crm:
    crm.script(DEFINE)
    crm.file("offer.pdf", OFFER)
    monkeypatch.chdir(crm.folder)
    return crm


def raw(crm: Crm, *words: object, stdin: bytes = b"") -> tuple[int, bytes, str]:
    """Run the program and keep the bytes that it writes."""
    done = subprocess.run(
        [*PROGRAM, *map(str, words)],
        input=stdin,
        capture_output=True,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        cwd=crm.folder,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr.decode()


def files_of(crm: Crm) -> list[str]:
    return sorted(p.name for p in Path(f"{crm.path}.files").rglob("*") if p.is_file())


def test_a_file_goes_in_by_its_path_and_comes_out_as_it_was(deals: Crm):
    deals("record", "set", "deal/1", "contract=@offer.pdf")
    assert raw(deals, "record", "file", "deal/1.contract") == (0, OFFER, "")
    assert raw(deals, "record", "file", "deal/1.contract", "-o", "-") == (0, OFFER, "")
    told = deals("record", "file", "deal/1.contract", "-o", "copy.pdf")
    assert (told.out, told.err) == ("", "25600 bytes written to copy.pdf\n")
    assert (deals.folder / "copy.pdf").read_bytes() == OFFER
    assert deals.values("deal", "contract") == [
        {"name": "offer.pdf", "size": 25600, "sha256": HASH}
    ]
    assert deals("record", "list", "deal", "--fields", "contract").lines == [f"{HASH}/offer.pdf"]


def test_a_pipe_brings_a_file_too(deals: Crm):
    code, out, _ = raw(deals, "record", "add", "deal", "scans=@-", stdin=OFFER)
    assert (code, out) == (0, b"deal/2\n")
    assert raw(deals, "record", "file", "deal/2.scans")[1] == OFFER
    words = ("record", "set", "deal/1", "deal/2", "contract=@-", "scans=@-")
    assert raw(deals, *words, stdin=b"twice")[0] == 0
    for ref in ("deal/1.contract", "deal/2.contract", "deal/1.scans", "deal/2.scans"):
        assert raw(deals, "record", "file", ref)[1] == b"twice"
    assert deals.records("deal")[0]["scans"]["name"] == "stdin"


def test_people_read_name_and_size(deals: Crm):
    deals.here("record", "set", "deal/1", "contract=@offer.pdf")
    code, told = on_terminal("record", "show", "deal/1", "--lang", "zh", "--db", deals.path)
    assert code == 0 and "合同" in told and "offer.pdf (26 kB)" in told
    code, told = on_terminal("record", "history", "deal/1", "--db", deals.path)
    assert code == 0 and "contract=of" in told and HASH[:8] not in told


def test_on_a_terminal_a_file_is_written_under_its_own_name(deals: Crm):
    deals.here("record", "set", "deal/1", "contract=@offer.pdf")
    (deals.folder / "offer.pdf").unlink()
    words = ("record", "file", "deal/1.contract", "--db", deals.path)
    assert on_terminal(*words) == (0, "25600 bytes written to offer.pdf\n")
    assert (deals.folder / "offer.pdf").read_bytes() == OFFER
    code, told = on_terminal(*words)
    assert code == 5 and "offer.pdf exists; --force writes over it  [exists]" in told
    (deals.folder / "offer.pdf").write_text("other")
    assert on_terminal(*words, "--force")[0] == 0
    assert (deals.folder / "offer.pdf").read_bytes() == OFFER
    code, told = on_terminal(*words, "-o", "-")
    assert code == 2 and "not here" in told and "\x00" not in told


def test_where_a_file_is_written_to(deals: Crm):
    deals.here("record", "set", "deal/1", "contract=@offer.pdf")
    (deals.folder / "out").mkdir()
    deals("record", "file", "deal/1.contract", "-o", "out")
    assert (deals.folder / "out" / "offer.pdf").read_bytes() == OFFER
    deals("record", "file", "deal/1.contract", "-o", "out/x.pdf", "-q")
    deals("record", "file", "deal/1.contract", "-o", "/dev/null")
    assert os.path.exists("/dev/null") and not os.path.isfile("/dev/null")
    for words, code, told in (
        (["-o", "out/x.pdf"], 5, "out/x.pdf exists"),
        (["-o", "nowhere/x.pdf"], 4, "cannot be written: No such file or directory"),
    ):
        assert told in deals.refused("record", "file", "deal/1.contract", *words, code=code)
    assert sorted(os.listdir(deals.folder / "out")) == ["offer.pdf", "x.pdf"]


def test_a_file_does_not_choose_a_hidden_name(deals: Crm):
    deals.file(".profile", "echo hello")
    deals.here("record", "set", "deal/1", "contract=@.profile")
    (deals.folder / ".profile").unlink()
    for words in ([], ["-o", "."]):
        code, told = on_terminal("record", "file", "deal/1.contract", "--db", deals.path, *words)
        assert code == 1 and "would be a hidden file" in told
    assert not (deals.folder / ".profile").exists()
    deals("record", "file", "deal/1.contract", "-o", "profile.txt")


def test_what_can_be_given_as_text_can_still_be(deals: Crm):
    deals.file("notes.txt", "\ufeff第一行\nsecond\n")
    deals.here("record", "set", "deal/1", "notes=@notes.txt", "name=@@home")
    assert deals.records("deal")[0]["notes"] == "第一行\nsecond\n"
    assert deals.records("deal")[0]["name"] == "@home"
    (deals.folder / "link.txt").symlink_to("notes.txt")
    deals.here("record", "set", "deal/1", "notes=@link.txt")
    os.mkfifo(deals.folder / "pipe")
    writer = subprocess.Popen(["sh", "-c", "echo from a pipe > pipe"], cwd=deals.folder)
    deals("record", "set", "deal/1", "notes=@pipe", cwd=deals.folder)
    assert writer.wait() == 0
    assert deals.records("deal")[0]["notes"] == "from a pipe\n"


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["contract=@nowhere.pdf"], 3, "nowhere.pdf cannot be read: No such file or directory"),
        (["contract=@nowhere\0.pdf"], 1, "cannot be the name of a file"),
        (["notes=@nowhere\0.pdf"], 3, "cannot be read: Invalid argument"),
        (["contract=@folder"], 1, "folder is no regular file  [not-a-file]"),
        (["contract=@."], 1, "is no regular file"),
        (["contract=@/dev/zero"], 1, "/dev/zero is no regular file"),
        (["contract=@/dev/null"], 1, "/dev/null is no regular file"),
        (["contract=@link.pdf"], 1, "link.pdf is no regular file"),
        (["contract=@pipe"], 1, "pipe is no regular file"),
        (["contract=@locked.pdf"], 3, "locked.pdf cannot be read: Permission denied"),
        (["contract=@large.bin"], 1, "large.bin is larger than 2 MiB  [too-large]"),
        (["contract=@a\\b.pdf"], 1, "cannot be the name of a file"),
        (["contract=offer.pdf"], 1, "offer.pdf is no file; write contract=@PATH"),
        (["contract=/etc/passwd"], 1, "is no file"),
        (["contract:=" + json.dumps({"name": "../x", "sha256": HASH})], 1, "cannot be the name"),
        (["contract:=" + json.dumps({"name": "x", "sha256": HASH})], 1, "is not in this workspace"),
        ([f"contract={HASH}/x"], 1, "the content of x is not in this workspace"),
        (["contract=@offer.pdf", "name=@folder"], 3, "folder cannot be read: Is a directory"),
        (["contract=@offer.pdf", "notes=@offer.pdf"], 1, "offer.pdf is not UTF-8 text"),
        (["contract=@offer.pdf", "contract=@offer.pdf"], 2, "contract is given twice"),
        (["contract+=@offer.pdf"], 1, "offer.pdf is not UTF-8 text"),
    ],
)
def test_what_is_no_file_to_keep(deals: Crm, words, code, told):
    folder = deals.folder
    (folder / "folder").mkdir()
    (folder / "link.pdf").symlink_to("offer.pdf")
    os.mkfifo(folder / "pipe")
    with deals.file("large.bin", b"").open("wb") as stream:
        stream.truncate(12 * 2**20)
    deals.file("a\\b.pdf", b"x")
    locked = deals.file("locked.pdf", b"x")
    locked.chmod(0)
    if "@locked.pdf" in words[0] and os.access(locked, os.R_OK):
        pytest.skip("this user may read everything")
    assert told in deals.refused("record", "set", "deal/1", *words, code=code)
    assert not os.path.exists(f"{deals.path}.files")


def test_a_pipe_that_never_ends_is_not_kept_whole(deals: Crm):
    words = ["record", "set", "deal/1", "contract=@-", "--db", deals.path]
    with open("/dev/zero", "rb") as endless:
        done = subprocess.run(
            [*PROGRAM, *words],
            stdin=endless,
            capture_output=True,
            env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
            timeout=60,
        )
    assert done.returncode == 1 and b"- is larger than 2 MiB" in done.stderr
    assert not os.path.exists(f"{deals.path}.files")


@pytest.mark.parametrize(
    ("ref", "code", "told"),
    [
        ("deal/1.contract", 3, "deal/1.contract is empty"),
        ("deal/1.name", 1, "deal/1.name holds no file"),
        ("deal/1.cntract", 3, "did you mean contract?"),
        ("deal/9.contract", 3, "there is no record deal/9"),
        ("deal/1", 2, "deal/1 names no field; write TYPE/NUMBER.FIELD"),
        ("deal.contract", 2, "deal is no record"),
        ("../x.contract", 2, "is no record"),
    ],
)
def test_asking_for_a_file_that_is_none(deals: Crm, ref, code, told):
    assert told in deals.refused("record", "file", ref, code=code)


def test_content_that_is_lost_is_one_clear_line(deals: Crm):
    deals.here("record", "set", "deal/1", "contract=@offer.pdf")
    kept = Path(f"{deals.path}.files", HASH[:2], HASH)
    kept.write_bytes(b"x")
    assert "is damaged" in deals.refused("record", "file", "deal/1.contract", code=1)
    kept.unlink()
    assert "is lost" in deals.refused("record", "file", "deal/1.contract", code=3)
    assert "offer.pdf" in deals.here("record", "list", "deal").out


def test_a_dry_run_keeps_nothing(deals: Crm):
    before = deals.everything()
    deals.here("record", "set", "deal/1", "contract=@offer.pdf", "--dry-run")
    deals.here("record", "add", "deal", "contract=@offer.pdf", "--dry-run", "--json")
    assert deals.everything() == before
    assert not os.path.exists(f"{deals.path}.files")


def test_lines_of_a_batch_keep_files_and_those_that_fail_do_not(deals: Crm):
    deals.file("second.txt", "second")
    lines = """
    record set deal/1 contract=@offer.pdf
    record add deal contract=@second.txt nmae=x
    record add deal scans=@offer.pdf
    """
    deals.here("batch", "-", "--keep-going", stdin=lines, code=3)
    assert files_of(deals) == [HASH]
    deals.here("batch", "-", stdin="record add deal contract=@second.txt\nnonsense\n", code=2)
    deals.here("batch", "-", "--dry-run", stdin="record add deal contract=@second.txt\n")
    assert files_of(deals) == [HASH]
    told = deals.here("batch", "-", stdin="record add deal contract=@-\n", code=2).err
    assert "the batch itself is read from standard input" in told
    told = deals.here("batch", "-", stdin="record file deal/1.contract\n", code=2).err
    assert "written to a pipe or to a path, not here" in told
    deals.here("batch", "-", stdin="record file deal/1.contract -o copy.pdf\n")
    assert (deals.folder / "copy.pdf").read_bytes() == OFFER


@pytest.mark.parametrize("format_", FORMATS)
def test_files_survive_an_export_and_an_import_where_their_folder_is(deals: Crm, format_):
    deals.file("合同 (2).pdf", b"two")
    deals.script(
        """
        record set deal/1 contract=@offer.pdf 'scans=@合同 (2).pdf'
        record add deal name=none
        record add deal scans=@offer.pdf
        """
    )
    other = Path(f"{deals.folder}/other-{format_}.db.files")
    other.symlink_to(f"{deals.path}.files")
    first, second = moved(deals, deals.folder, format_, ("deal",))
    assert first == second
    before = deals.everything()
    file = deals.folder / f"first-{format_}" / f"deal.{format_}"
    told = deals.here("record", "import", "deal", file, "--match", "ref", "--json").json
    assert (told["unchanged"], told["updated"], told["added"]) == (3, 0, 0)
    assert deals.everything() == before


def test_rejected_rows_of_json_can_be_imported_again(deals: Crm):
    deals.here("record", "set", "deal/1", "contract=@offer.pdf")
    deals.script("type add person\nfield add person.name --title\nrecord add person name=Ada")
    deals.script("field add deal.who --kind multilink --to person\nfield set deal.name --unique")
    rows = [
        {
            "name": "first",
            "contract": {"name": "a.pdf", "size": 1, "sha256": HASH},
            "who": [{"ref": "person/1", "title": "Ada"}],
        }
    ]
    file = deals.file("rows.json", json.dumps(rows))
    words = ["record", "import", "deal"]
    deals.here(*words, file, "--rejects", "bad.csv", code=1)
    mended = deals.file("bad.csv", Path("bad.csv").read_text().replace(",first,", ",second,"))
    assert deals.here(*words, mended, "--json").json["added"] == 1
    assert deals.records("deal")[1]["who"] == [{"ref": "person/1", "title": "Ada"}]
    assert deals.records("deal")[1]["contract"]["name"] == "a.pdf"


def test_a_configuration_with_files_reads_back(deals: Crm):
    document = deals.file("crm.yaml", deals.here("export").out)
    assert deals.here("diff", "-f", document).out == ""
    assert "kind: file" in document.read_text() and "max_size: 2" in document.read_text()
