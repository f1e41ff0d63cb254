"""Files: names in records, content beside the workspace, each once and never lost."""

import hashlib
import io
import json
import os
import signal
import stat
from contextlib import nullcontext
from pathlib import Path

import pytest

from crmtui.model.definitions import Field
from crmtui.store.errors import Forbidden, Invalid, Misused, NotFound, Refused
from crmtui.store.import_options import ImportOptions, RejectedRows
from crmtui.store.kinds import KINDS, BadValue
from crmtui.store.kinds.files import safe_name, size_text, value_of
from crmtui.store.reading import open_source
from crmtui.store.uploads import Upload
from crmtui.store.workspace import Workspace
from tests.support.processes import python
from tests.support.workspaces import changed, dump, rows_of

OFFER = b"%PDF-1.4\x00\xff\n" * 1000
HASH = hashlib.sha256(OFFER).hexdigest()
VALUE = f"{HASH}/offer.pdf"


@pytest.fixture
def deals(empty):
    """Deals with a contract, of at most one MiB, and a scan."""
    changed(
        empty,
        """
        type add deal
        field add deal.name kind=text title
        field add deal.contract kind=file max_size=1
        field add deal.scan kind=file
        """,
    )
    return empty


def given(content: bytes = OFFER, name: str = "offer.pdf", **how) -> Upload:
    return Upload(f"/somewhere/{name}", name, lambda: nullcontext(io.BytesIO(content)), **how)


def kept(workspace) -> dict[str, bytes]:
    """The content beside a workspace, by the path within its folder."""
    folder = Path(f"{workspace.path}.files")
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def content(workspace, ref="deal/1", field="contract") -> bytes:
    with workspace.attachment(ref, field).stream as stream:
        return stream.read()


def problem(act) -> str:
    """The code an act on one field is refused with."""
    with pytest.raises(Invalid) as caught:
        act()
    (one,) = caught.value.problems
    assert len(str(caught.value)) < 400
    return one.code


def imported(workspace, text, name="rows.csv", **options):
    source = open_source(io.BytesIO(text.encode()), name=name)
    return workspace.import_records("deal", source, ImportOptions(**options))


def test_a_file_is_kept_beside_the_workspace_for_its_owner_alone(deals):
    record = deals.add("deal", {"name": "x", "contract": given()})
    assert record.values["contract"] == VALUE
    assert kept(deals) == {f"{HASH[:2]}/{HASH}": OFFER}
    folder = Path(f"{deals.path}.files")
    modes = [stat.S_IMODE(os.stat(path).st_mode) for path in (folder, *sorted(folder.rglob("*")))]
    assert modes == [0o700, 0o700, 0o600]
    found = deals.attachment("deal/1", "contract")
    with found.stream:
        assert (found.name, found.size, found.stream.read()) == ("offer.pdf", len(OFFER), OFFER)


def test_how_a_file_is_told(deals):
    deals.add("deal", {"name": "x", "contract": given()})
    record = deals.record("deal/1")
    assert record.text("contract") == "offer.pdf (11 kB)"
    assert record.json()["contract"] == {"name": "offer.pdf", "size": 11000, "sha256": HASH}
    assert record.entry("contract") == VALUE
    column = record.columns[3]
    assert (column.key, column.plain(record.row)) == ("contract", VALUE)
    assert (record.text("scan"), record.json()["scan"]) == ("", None)
    deals.set("deal/1", {"contract": given(b"", "empty.txt")})
    said = [c for entry in deals.history("deal/1") for c in entry.changes if c.key == "contract"]
    assert [(c.before, c.after) for c in said] == [
        ("offer.pdf", "empty.txt"),
        (None, "offer.pdf"),
    ]
    assert deals.history("deal/1", machine=True)[0].changes[0].before == VALUE


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (11_999, "12 kB"), (999_499, "999 kB")]
    + [(999_500, "1.0 MB"), (26_214_400, "26 MB"), (2_147_483_648, "2.1 GB")],
)
def test_the_size_of_a_file_as_people_read_it(size, text):
    assert size_text(size) == text


def test_the_same_content_is_kept_once(deals):
    deals.add("deal", {"contract": given(), "scan": given(name="other name.pdf")})
    deals.add("deal", {"contract": given(name="合同.pdf")})
    assert len(kept(deals)) == 1
    assert [deals.record(f"deal/{n}").text("contract") for n in (1, 2)] == [
        "offer.pdf (11 kB)",
        "合同.pdf (11 kB)",
    ]
    assert deals.set("deal/1", {"contract": given()})[1] is False


@pytest.mark.parametrize(
    "written",
    [VALUE, f" {VALUE} ", {"name": "offer.pdf", "size": 11000, "sha256": HASH}]
    + [{"name": "offer.pdf", "sha256": HASH}],
)
def test_what_is_told_of_a_file_is_read_back(deals, written):
    deals.add("deal", {"contract": given()})
    assert deals.add("deal", {"contract": written}).values["contract"] == VALUE
    assert content(deals, "deal/2") == OFFER


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("offer.pdf", "not-a-file"),
        ("@offer.pdf", "not-a-file"),
        ("/etc/passwd", "not-a-file"),
        ("../../etc/passwd", "not-a-file"),
        (f"{HASH}", "not-a-file"),
        (f"{HASH[:-1]}/offer.pdf", "not-a-file"),
        (f"{HASH.upper()}/offer.pdf", "not-a-file"),
        (f"x{HASH}/offer.pdf", "not-a-file"),
        (f"../{HASH}/offer.pdf", "not-a-file"),
        (7, "not-a-file"),
        (True, "not-a-file"),
        ([VALUE], "not-a-file"),
        ("x" * 10_000_000, "not-a-file"),
        (f"{'0' * 64}/offer.pdf", "lost-file"),
        (f"{HASH}/", "bad-file-name"),
        (f"{HASH}/.", "bad-file-name"),
        (f"{HASH}/..", "bad-file-name"),
        (f"{HASH}/../x", "bad-file-name"),
        (f"{HASH}//etc/passwd", "bad-file-name"),
        (f"{HASH}/a/b", "bad-file-name"),
        (f"{HASH}/a\\b", "bad-file-name"),
        (f"{HASH}/a\0b", "bad-file-name"),
        (f"{HASH}/a\nb", "bad-file-name"),
        (f"{HASH}/a\x1b[2Jb", "bad-file-name"),
        (f"{HASH}/{'x' * 201}", "bad-file-name"),
        (f"{HASH}/{'合' * 67}", "bad-file-name"),
        (f"{HASH}/{'x' * 10_000_000}", "bad-file-name"),
        (f"{HASH}/a\udcff", "not-unicode"),
        ({"name": "offer.pdf"}, "wrong-shape"),
        ({"name": "../x", "sha256": HASH}, "bad-file-name"),
        ({"name": "x", "sha256": "../" + HASH}, "not-a-file"),
        ({"name": "x", "sha256": HASH, "path": "/etc/passwd"}, "wrong-shape"),
        ({"name": ["x"], "sha256": HASH}, "wrong-shape"),
    ],
)
def test_a_value_that_names_no_file_of_the_workspace_is_refused(deals, written, code):
    deals.add("deal", {"contract": given()})
    before = dump(deals.path)
    assert problem(lambda: deals.add("deal", {"contract": written})) == code
    assert dump(deals.path) == before


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "bad-file-name"),
        ("..", "bad-file-name"),
        ("../offer.pdf", "bad-file-name"),
        ("a\0.pdf", "bad-file-name"),
        ("a\r.pdf", "bad-file-name"),
        ("a\udcff.pdf", "not-unicode"),
        ("x" * 300, "bad-file-name"),
    ],
)
def test_a_file_whose_name_could_not_be_kept_is_refused(deals, name, code):
    assert problem(lambda: deals.add("deal", {"contract": given(name=name)})) == code
    assert kept(deals) == {}


def test_names_are_kept_in_one_form(deals):
    record = deals.add("deal", {"contract": given(name=" re\u0301sume\u0301 (2) final.PDF ")})
    assert record.values["contract"] == f"{HASH}/résumé (2) final.PDF"
    assert safe_name("-rf *") == "-rf *"
    assert value_of(f"{HASH}/ a ", Field(id=1, key="f", kind="file")) == f"{HASH}/a"


def test_a_file_that_is_too_large_is_refused_before_it_is_written(deals, monkeypatch):
    class Endless(io.RawIOBase):
        asked = 0

        def read(self, size=-1):
            self.asked += size
            assert self.asked < 4 * 2**20, "read on behind the limit"
            return b"x" * size

    endless = Upload("endless", "endless", lambda: nullcontext(Endless()))
    for upload in (endless, given(b"x" * (2**20 + 1))):
        assert problem(lambda each=upload: deals.add("deal", {"contract": each})) == "too-large"
    assert deals.add("deal", {"contract": given(b"x" * 2**20)}).id == 1
    assert deals.add("deal", {"scan": given(b"x" * (2**20 + 1))}).id == 2
    assert len(kept(deals)) == 2


def test_a_large_file_that_says_so_is_not_even_read(deals, tmp_path):
    path = tmp_path / "large"
    with path.open("wb") as stream:
        stream.truncate(11 * 2**20)
    monitored = []

    class Watched(io.FileIO):
        def read(self, size=-1):
            monitored.append(size)
            return super().read(size)

    upload = Upload(str(path), "large", lambda: Watched(path))
    assert problem(lambda: deals.add("deal", {"contract": upload})) == "too-large"
    assert monitored == []


def test_what_is_no_regular_file_is_refused(deals):
    assert problem(lambda: deals.add("deal", {"contract": given(regular=False)})) == "not-a-file"


def test_a_file_that_cannot_be_read_is_said_so(deals):
    def missing():
        raise FileNotFoundError(2, "No such file or directory")

    for field in ("contract", "name"):
        with pytest.raises(NotFound) as caught:
            deals.add("deal", {field: Upload("x.pdf", "x.pdf", missing)})
        assert caught.value.code == "no-such-file"
    assert kept(deals) == {}


def test_other_kinds_read_a_file_as_text(deals):
    record = deals.add("deal", {"name": given("\ufeff大单".encode())})
    assert record.title == "大单"
    with pytest.raises(Refused) as caught:
        deals.add("deal", {"name": given(b"\xff\xfe")})
    assert caught.value.code == "not-unicode"
    with pytest.raises(Refused) as caught:
        deals.add("deal", {"name": given(b"x" * (8 * 2**20 + 1))})
    assert caught.value.code == "too-large"


def test_one_upload_serves_many_records_though_it_is_read_once(deals):
    pipe = io.BytesIO(OFFER)
    upload = Upload("-", "stdin", lambda: nullcontext(pipe))
    with deals.intent():
        for name in "ab":
            deals.add("deal", {"name": name, "contract": upload})
    assert content(deals, "deal/2") == OFFER


# All or nothing


def test_what_is_undone_takes_its_content_away_again(deals):
    with pytest.raises(RuntimeError), deals.intent():
        deals.add("deal", {"contract": given()})
        assert len(kept(deals)) == 1
        raise RuntimeError
    deals.add("deal", {"contract": given()}, dry_run=True)
    problem(lambda: deals.add("deal", {"contract": given(), "scan": "nonsense"}))
    assert not os.path.exists(f"{deals.path}.files")


def test_an_inner_act_that_is_undone_takes_only_its_own_content(deals):
    with deals.intent():
        deals.add("deal", {"contract": given(b"one")})
        with pytest.raises(RuntimeError), deals.intent():
            deals.add("deal", {"contract": given(b"one")})
            deals.add("deal", {"contract": given(b"two")})
            raise RuntimeError
        deals.add("deal", {"contract": given(b"three")}, dry_run=True)
        deals.add("deal", {"contract": given(b"four")})
    assert sorted(kept(deals).values()) == [b"four", b"one"]
    assert [content(deals, f"deal/{n}") for n in (1, 2)] == [b"one", b"four"]


def test_what_was_there_before_stays_when_a_later_act_is_undone(deals):
    deals.add("deal", {"contract": given()})
    deals.add("deal", {"contract": given()}, dry_run=True)
    with pytest.raises(RuntimeError), deals.intent():
        deals.set("deal/1", {"contract": given(name="new.pdf")})
        raise RuntimeError
    assert content(deals) == OFFER


def test_a_draft_is_judged_without_keeping_anything(deals):
    before = dump(deals.path)
    assert deals.problems("deal", {"contract": given()}) == []
    told = deals.problems("deal", {"contract": given(b"x" * (2**20 + 1), name="..")})
    assert [p.code for p in told] == ["bad-file-name"]
    assert dump(deals.path) == before and kept(deals) == {}


KILLED = """
import io, os, signal, sys
from contextlib import nullcontext
from crmtui.store.uploads import Upload
from crmtui.store.workspace import Workspace

class Slow(io.RawIOBase):
    count = 0
    def read(self, size=-1):
        self.count += 1
        if self.count == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        return b"x" * 1000

with Workspace.open(sys.argv[1]) as workspace:
    workspace.add("deal", {"scan": Upload("x", "x", lambda: nullcontext(Slow()))})
"""


def test_who_dies_while_writing_leaves_nothing_that_the_next_does_not_remove(deals):
    process = python(KILLED, deals.path, wait=False)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert [name.partition("-")[0] for name in kept(deals)] == [".new"]
    assert deals.count("deal") == 0
    deals.add("deal", {"contract": given()})
    assert list(kept(deals)) == [f"{HASH[:2]}/{HASH}"]


def test_a_folder_that_cannot_be_written_is_said_so(deals):
    Path(f"{deals.path}.files").write_text("in the way")
    before = dump(deals.path)
    with pytest.raises(Forbidden) as caught:
        deals.add("deal", {"contract": given()})
    assert caught.value.code == "unwritable"
    assert dump(deals.path) == before


def test_a_full_disk_is_said_so_and_leaves_nothing(deals, monkeypatch):
    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Refused) as caught:
        deals.add("deal", {"contract": given()})
    monkeypatch.undo()
    assert caught.value.code == "disk-full"
    assert deals.count("deal") == 0 and kept(deals) == {}


# Reading


def test_content_that_is_lost_is_said_so_wherever_it_is_asked_for(deals):
    deals.add("deal", {"name": "x", "contract": given()})
    path = Path(f"{deals.path}.files", HASH[:2], HASH)
    path.unlink()
    record = deals.record("deal/1")
    assert record.text("contract") == "offer.pdf (?)"
    assert record.json()["contract"] == {"name": "offer.pdf", "size": None, "sha256": HASH}
    with pytest.raises(NotFound) as caught:
        deals.attachment("deal/1", "contract")
    assert caught.value.code == "lost-file" and str(path) in str(caught.value)
    assert deals.set("deal/1", {"name": "y"})[1]
    assert problem(lambda: deals.add("deal", {"contract": VALUE})) == "lost-file"
    deals.set("deal/1", {"scan": given()})
    assert content(deals) == OFFER


@pytest.mark.parametrize("content_", [b"", OFFER[:-1], OFFER[:-1] + b"!"])
def test_content_that_is_damaged_is_never_given(deals, content_):
    deals.add("deal", {"contract": given()})
    path = Path(f"{deals.path}.files", HASH[:2], HASH)
    path.write_bytes(content_)
    with pytest.raises(Refused) as caught:
        deals.attachment("deal/1", "contract")
    assert caught.value.code == "damaged-file"


def test_content_cut_short_is_mended_by_whoever_gives_it_again(deals):
    deals.add("deal", {"contract": given()})
    Path(f"{deals.path}.files", HASH[:2], HASH).write_bytes(OFFER[:10])
    deals.add("deal", {"contract": given()}, dry_run=True)
    assert content(deals) == OFFER


def test_content_is_not_followed_out_of_its_folder(deals, tmp_path):
    deals.add("deal", {"contract": given()})
    path = Path(f"{deals.path}.files", HASH[:2], HASH)
    secret = tmp_path / "secret"
    secret.write_bytes(OFFER)
    path.unlink()
    path.symlink_to(secret)
    with pytest.raises(Forbidden):
        deals.attachment("deal/1", "contract")


@pytest.mark.parametrize(
    ("ref", "field", "error", "code"),
    [
        ("deal/1", "scan", NotFound, "no-file"),
        ("deal/1", "name", Refused, "no-file-field"),
        ("deal/1", "id", Refused, "no-file-field"),
        ("deal/1", "nothing", NotFound, "no-such-field"),
        ("deal/9", "contract", NotFound, "no-such-record"),
        ("deal", "contract", Misused, "bad-reference"),
    ],
)
def test_asking_for_a_file_that_is_none(deals, ref, field, error, code):
    deals.add("deal", {"contract": given()})
    with pytest.raises(error) as caught:
        deals.attachment(ref, field)
    assert caught.value.code == code


def test_a_workspace_is_found_with_its_files_by_any_link(deals, tmp_path):
    deals.add("deal", {"contract": given()})
    link = tmp_path / "elsewhere" / "link.db"
    link.parent.mkdir()
    link.symlink_to(deals.path)
    with Workspace.open(str(link)) as other:
        assert content(other) == OFFER
        other.add("deal", {"contract": given(b"new")})
    assert content(deals, "deal/2") == b"new"


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("contract = 'a.pdf'", [1]),
        ("contract LIKE '%.PDF'", [1, 2]),
        ("contract is null", [4]),
        ("contract is not null and not contains(contract, 'pdf')", [3]),
        (f"contains(contract, '{HASH[:8]}')", []),
        ("length(contract)", [1, 2, 3]),
    ],
)
def test_what_a_file_means_in_an_expression_is_its_name(deals, where, found):
    for name in ("a.pdf", "B.PDF", "c.txt"):
        deals.add("deal", {"contract": given(name.encode(), name)})
    deals.add("deal", {"name": "none"})
    assert [record.id for record in deals.records("deal", where=where)] == found


def test_files_are_sorted_by_name(deals):
    changed(deals, "field set deal.contract indexed")
    for name in ("c", "A", "b"):
        deals.add("deal", {"contract": given(name.encode(), name)})
    assert [record.id for record in deals.records("deal", sort=["contract"])] == [2, 3, 1]
    behind = deals.records("deal", sort=["-contract"], after="deal/1")
    assert [record.id for record in behind] == [3, 2]


# Configuration and files of records


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        (f"default={VALUE}", Refused),
        ("max_size=0", Refused),
        ("max_size=2049", Refused),
        ("max_size=x", Misused),
        ("max_length=3", Misused),
        ("unique", Refused),
        ("title", Refused),
    ],
)
def test_settings_that_make_no_sense(deals, settings, error):
    before = dump(deals.path)
    for verb in (f"add deal.x kind=file {settings}", f"set deal.scan {settings}"):
        with pytest.raises(error):
            changed(deals, f"field {verb}")
    assert dump(deals.path) == before


def test_content_stays_through_every_change_of_the_configuration(deals):
    deals.add("deal", {"name": "x", "contract": given()})
    changed(
        deals,
        """
        field rename deal.contract paper
        type rename deal matter
        field remove matter.paper
        field restore matter.paper
        type remove matter
        type restore matter
        """,
    )
    assert content(deals, "matter/1", "paper") == OFFER
    deals.remove("matter/1")
    assert content(deals, "matter/1", "paper") == OFFER
    deals.restore("matter/1")
    changed(deals, "field set matter.paper required")
    assert problem(lambda: deals.set("matter/1", {"paper": ""})) == "required"
    changed(deals, "field remove matter.paper\nfield purge matter.paper")
    assert rows_of(deals.path, "SELECT name FROM pragma_table_info('matter')").count("paper") == 0


def test_an_import_takes_files_that_the_workspace_has(deals):
    deals.add("deal", {"contract": given()})
    text = f"name,contract\na,{VALUE}\nb,\n"
    assert imported(deals, text).added == 2
    rows = [{"name": "c", "contract": {"name": "x.pdf", "size": 1, "sha256": HASH}}]
    assert imported(deals, json.dumps(rows), "rows.json").added == 1
    assert [r.text("contract") for r in deals.records("deal", sort=["id"])][1:] == [
        "offer.pdf (11 kB)",
        "",
        "x.pdf (11 kB)",
    ]
    with pytest.raises(RejectedRows) as caught:
        imported(deals, f"name,contract\na,{'0' * 64}/x\n")
    assert "line 2: contract: the content of x is not in this workspace" in str(caught.value)


def test_a_path_in_a_file_of_records_opens_nothing(deals, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("secret")
    for path in (secret, f"@{secret}", f"file://{secret}"):
        with pytest.raises(RejectedRows):
            imported(deals, f"name,contract\na,{path}\n")
    assert kept(deals) == {}


def test_two_writers_may_keep_the_same_content(deals):
    with Workspace.open(deals.path) as other:
        deals.add("deal", {"contract": given()})
        with pytest.raises(RuntimeError), other.intent():
            other.add("deal", {"contract": given()})
            raise RuntimeError
    assert content(deals) == OFFER


def test_a_file_has_no_reader_without_a_workspace():
    from crmtui.store.kinds import Reading

    with pytest.raises(BadValue):
        KINDS["file"].reader(Field(id=1, key="f", kind="file"), Reading())


def test_content_is_found_again_in_a_copy_with_its_folder(deals, tmp_path):
    import shutil

    deals.add("deal", {"contract": given()})
    deals.close()
    copy = tmp_path / "copy.db"
    shutil.copy(deals.path, copy)
    with Workspace.open(str(copy)) as other:
        with pytest.raises(NotFound):
            other.attachment("deal/1", "contract")
        shutil.copytree(f"{deals.path}.files", f"{copy}.files")
        assert content(other) == OFFER
