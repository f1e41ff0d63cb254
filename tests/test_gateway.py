"""The gateway without an sshd: what it believes, what it refuses, and that nothing gets past it."""

import json
import os
import stat
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmtui import gateway, landlock
from crmtui.store.errors import CrmError, Misused
from crmtui.store.workspace import Workspace
from tests.support.gateway import Gateway
from tests.support.workspaces import DEALS, changed, dump

KEY = "SHA256:" + "a" * 43

SPOOFS = """
CRMTUI_DB CRMTUI_USER CRMTUI_DEBUG CRMTUI_ASCII SUDO_UID SUDO_USER USER LOGNAME HOME XDG_DATA_HOME
PYTHONPATH PYTHONSTARTUP PYTHONINSPECT PYTHONHOME PYTHONWARNINGS PYTHONBREAKPOINT LD_LIBRARY_PATH
BASH_ENV ENV EDITOR VISUAL PAGER BROWSER TEXTUAL_DRIVER TEXTUAL_LOG TEXTUAL_SCREENSHOT
_CRMTUI_COMPLETE CRMTUI_COMPLETE LANGUAGE LC_MESSAGES LC_CRM_USER TMPDIR SQLITE_TMPDIR COLUMNS
LINES NO_COLOR GCONV_PATH LOCPATH TERMINFO TERMCAP SSH_TTY SSH_AUTH_SOCK
""".split()
"""Variables by which something somewhere could be made to do what it should not."""


@pytest.fixture
def enter(tmp_path_factory: pytest.TempPathFactory, path: str) -> Gateway:
    """The gateway of a workspace with deals, in which alice is an administrator."""
    with Workspace.open(path, create=True, command="test") as workspace:
        changed(workspace, DEALS)
        with workspace.intent():
            workspace.add("account", {"name": "Acme"})
            workspace.add("deal", {"name": "One", "account": "account/1", "value": "12.50"})
    made = Gateway(tmp_path_factory.getbasetemp(), path)
    made.add_user("alice", administrator=True)
    return made


# What it is started with


@pytest.mark.parametrize(
    ("words", "entry"),
    [
        (["alice", "--key", KEY], gateway.Entry("alice", KEY, None, [])),
        (["--key", KEY, "--db", "/x", "a.b-c_1"], gateway.Entry("a.b-c_1", KEY, "/x", [])),
        (
            ["--db", "/x", "--", "record", "list"],
            gateway.Entry(None, None, "/x", ["record", "list"]),
        ),
        (["--", "--db", "/x", "alice"], gateway.Entry(None, None, None, ["--db", "/x", "alice"])),
        ([], gateway.Entry(None, None, None, [])),
    ],
)
def test_its_own_words_say_who_comes_and_to_which_workspace(
    words: list[str], entry: gateway.Entry
) -> None:
    assert gateway.entry_of(words) == entry


@pytest.mark.parametrize(
    "words",
    [
        ["alice"],
        ["--key", KEY],
        ["alice", "--key"],
        ["alice", "--key", "SHA256:short"],
        ["alice", "--key", KEY + "\n"],
        ["alice", "bob", "--key", KEY],
        ["alice", "--key", KEY, "--key", KEY],
        ["alice", "--key", KEY, "--", "record"],
        ["Alice", "--key", KEY],
        ["al ice", "--key", KEY],
        ["alice\n", "--key", KEY],
        ["../alice", "--key", KEY],
        ["$(id)", "--key", KEY],
        ["a" * 33, "--key", KEY],
        ["1alice", "--key", KEY],
        ["алиса", "--key", KEY],
        ["--as", "bob", "alice", "--key", KEY],
    ],
)
def test_other_words_let_nobody_in(words: list[str]) -> None:
    with pytest.raises(Misused):
        gateway.entry_of(words)


@given(st.lists(st.text() | st.sampled_from(["--key", "--db", "--", "alice", KEY])))
def test_no_words_are_more_than_taken_or_refused(words: list[str]) -> None:
    try:
        entry = gateway.entry_of(words)
    except Misused:
        return
    assert (entry.user is None) == (entry.fingerprint is None)


# The command that came


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("", []),
        ("   ", []),
        ("crmtui", []),
        ("record list deal", ["record", "list", "deal"]),
        ("crmtui record list deal", ["record", "list", "deal"]),
        ("crmtui crmtui", ["crmtui"]),
        ("record list --where 'value > 1'", ["record", "list", "--where", "value > 1"]),
        ('record add deal name="Two words"', ["record", "add", "deal", "name=Two words"]),
        (r"record add deal name=a\ b", ["record", "add", "deal", "name=a b"]),
        ("a; rm -rf / && b | c > d $(e) `f` # g", "a; rm -rf / && b | c > d $(e) `f` # g".split()),
        ("record add deal name=中文　名", ["record", "add", "deal", "name=中文　名"]),
        ("''", [""]),
    ],
)
def test_a_command_is_split_into_words_and_nothing_of_it_is_run(
    asked: str, words: list[str]
) -> None:
    assert gateway.command_of({b"SSH_ORIGINAL_COMMAND": asked.encode()}) == words


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (b"record list\nsh", "bad-line"),
        (b"record\tlist", "bad-line"),
        (b"record list\r", "bad-line"),
        (b"record \x1b[2J", "bad-line"),
        (b"record \x7f", "bad-line"),
        ("record \x9b31m".encode(), "bad-line"),
        (b"record \xff", "not-unicode"),
        (b"record 'list", "bad-line"),
        (b'record "list', "bad-line"),
        (b"record list \\", "bad-line"),
        (b"record " + b"x" * gateway.LONGEST, "command-too-long"),
    ],
)
def test_what_cannot_be_a_command_is_refused(asked: bytes, code: str) -> None:
    with pytest.raises(Misused) as caught:
        gateway.command_of({b"SSH_ORIGINAL_COMMAND": asked})
    assert caught.value.code == code


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_whatever_comes_is_words_or_is_refused(asked: bytes) -> None:
    try:
        words = gateway.command_of({b"SSH_ORIGINAL_COMMAND": asked})
    except CrmError as problem:
        assert isinstance(problem, Misused)
        return
    assert all(ord(char) >= 0x20 for word in words for char in word)


# The environment


@given(
    st.dictionaries(
        st.sampled_from([*gateway.BELIEVED, *SPOOFS, "LC_X", "X"]).map(str.encode),
        st.binary(max_size=60).filter(lambda value: b"\0" not in value)
        | st.sampled_from(
            [b"$(touch x)", b"../../x", b"xterm;reboot", b":/etc/passwd", b"C.UTF-8\n"]
        ),
    )
)
def test_only_what_looks_harmless_is_believed(told: dict[bytes, bytes]) -> None:
    with mock.patch.dict(os.environ):
        gateway.settle_environment(told, "/srv/crm")
        found = dict(os.environ)
    assert found.pop("PATH") == "/usr/bin:/bin"
    assert found.pop("HOME") == "/nonexistent"
    assert found.pop("TMPDIR") == found.pop("SQLITE_TMPDIR") == "/srv/crm"
    assert found.keys() <= gateway.BELIEVED.keys()
    for value in found.values():
        assert not set(value) & set("$`;|&<>\\\"'(){}\n\r\t*~#!")
        assert "/.." not in value and not value.startswith(("/", "."))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(
            ("TERM", each)
            for each in ("xterm-256color", "screen.xterm-new", "tmux-256color", "vt100")
        ),
        *(("LANG", each) for each in ("C", "C.UTF-8", "zh_CN.UTF-8", "de_DE@euro", "en_US.utf8")),
        *(
            ("TZ", each)
            for each in ("UTC", "Asia/Shanghai", "America/Argentina/Buenos_Aires", "CST-8")
        ),
        ("COLORTERM", "truecolor"),
        ("SSH_CONNECTION", "192.0.2.1 50000 192.0.2.2 22"),
        ("SSH_CONNECTION", "fe80::1%eth0 50000 fe80::2%eth0 22"),
    ],
)
def test_what_terminals_and_places_are_called_is_believed(name: str, value: str) -> None:
    with mock.patch.dict(os.environ):
        gateway.settle_environment({name.encode(): value.encode()}, "/srv/crm")
        assert os.environ[name] == value


def test_a_storm_of_variables_changes_nothing(enter: Gateway, tmp_path: Path) -> None:
    other = tmp_path / "other" / "crm.db"
    with Workspace.open(str(other), create=True) as workspace:
        workspace.keep()
    untouched = dump(str(other))
    trap = tmp_path / "trap"
    trap.mkdir()
    (trap / "sitecustomize.py").write_text(f"open({str(trap / 'sprung')!r}, 'w')")
    (trap / "click.py").write_text(f"open({str(trap / 'sprung')!r}, 'w')")
    calm = enter("record list deal --json")
    storm = dict.fromkeys(SPOOFS, str(trap))
    storm |= {"CRMTUI_DB": str(other), "SUDO_UID": "0", "USER": "root", "PYTHONINSPECT": "1"}
    storm |= {"_CRMTUI_COMPLETE": "bash_source", "CRMTUI_COMPLETE": "bash_complete"}
    storm |= {"LANGUAGE": "zh_CN", "LC_MESSAGES": "zh_CN.UTF-8", "CRMTUI_DEBUG": "1"}
    del storm["PYTHONHOME"]
    stormy = enter("record list deal --json", **storm)
    assert stormy == calm
    assert enter("record show deal/9", code=3, **storm) == enter("record show deal/9", code=3)
    assert not (trap / "sprung").exists()
    assert dump(str(other)) == untouched


# One command


def test_a_command_runs_as_the_user_whom_sshd_names(enter: Gateway) -> None:
    assert json.loads(enter("record show deal/1 --json").out)["name"] == "One"
    enter("record set deal/1 value=20")
    assert enter("log --limit 1").out.split("\t")[2] == "alice"


def test_output_is_the_pipe_that_the_command_line_gives(enter: Gateway) -> None:
    assert enter("record list deal --ids") == (0, "deal/1\n", "")
    assert enter("crmtui record list deal --ids") == (0, "deal/1\n", "")
    told = enter("record show deal/7 --json", code=3)
    assert told.out == "" and told.error["code"] == "no-such-record"


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("record list deal", 0),
        ("record add deal value=many", 1),
        ("diff -f -", 2),
        ("record lst deal", 2),
        ("sh -c id", 2),
        ("/bin/sh", 2),
        ("scp -t /tmp", 2),
        ("sftp-server", 2),
        ("python -c 1", 2),
        ("record list deal; id", 2),
        ("record list $(id)", 3),
        ("record show deal/9", 3),
        ("init", 4),
        ("demo", 4),
        ("tui", 4),
        ("tui deal", 4),
        ("completion bash", 4),
        ("ssh setup", 4),
        ("ssh authorized-keys", 4),
        ("stage add deal won", 5),
        ("", 2),
        ("--help", 0),
        ("help record list", 0),
        ("--version", 0),
    ],
)
def test_exit_codes_are_those_of_the_command_line(enter: Gateway, asked: str, code: int) -> None:
    before = dump(enter.path)
    outcome = enter(asked, code=code)
    assert len([line for line in outcome.err.splitlines() if ": error: " in line]) == (code != 0)
    if code:
        assert dump(enter.path) == before


def test_files_come_by_standard_input_and_go_by_standard_output(enter: Gateway) -> None:
    enter("record import deal -", stdin="name,value\nTwo,5\nThree,6\n")
    assert enter("record list deal --fields name").out.split() == ["One", "Two", "Three"]
    told = enter("record export deal --fields name,value")
    assert told.out == "name,value\nOne,12.50\nTwo,5.00\nThree,6.00\n"
    assert enter("record export deal -o - --fields name,value").out == told.out
    assert enter("batch -", stdin="record set deal/1 notes=x\nrecord list deal --ids\n").code == 0
    document = enter("export").out
    assert enter("export -o -").out == document
    assert enter("apply -f -", stdin=document).code == 0
    assert enter("diff -f -", stdin=document).out == ""
    enter("field add deal.scan --kind file")
    enter("record set deal/1 scan=@- notes=@@x", stdin=b"\x00\xff" * 1000)
    words = enter.words("alice")
    assert enter("record show deal/1 --json").json["notes"] == "@x"
    import subprocess

    done = subprocess.run(
        words, env={"SSH_ORIGINAL_COMMAND": "record file deal/1.scan"}, capture_output=True
    )
    assert done.stdout == b"\x00\xff" * 1000


def test_rejected_rows_go_by_standard_output_too(enter: Gateway) -> None:
    table = "name,value\nTwo,5\nThree,many\n"
    told = enter("record import deal - --keep-going --rejects -", stdin=table, code=1)
    assert [line.split(",")[-1] for line in told.out.splitlines()] == ["value", "many"]
    enter("record import deal - --rejects - --json", stdin=table, code=2)


def test_large_input_comes_through_whole(enter: Gateway) -> None:
    table = "name,notes\n" + "".join(f"N{n},{'x' * 1000}\n" for n in range(20_000))
    assert len(table) > 16 * 2**20, "more than is held in memory"
    enter("record import deal -", stdin=table)
    assert len(enter("record list deal --ids --limit 0").out.splitlines()) == 20_001


def test_everything_that_loads_late_loads_in_the_box(enter: Gateway) -> None:
    enter("type add thing")
    lines = """
    field add thing.name --title
    field add thing.tel --kind phone --region CN
    field add thing.mail --kind email
    field add thing.site --kind url
    field add thing.home --kind address
    field add thing.cost --kind money --currency EUR
    field add thing.at --kind datetime
    field add thing.day --kind date
    field add thing.extra --kind json
    record add thing name=中文 tel=13812345678 mail=a@例子.中国 site=http://例子.中国
    record set thing/1 home.country=CN cost=5 at=2026-10-01T09:30 day=tomorrow extra:={}
    """
    enter("batch -", stdin="\n".join(line.strip() for line in lines.splitlines()))
    for asked in (
        "record list thing --json",
        "record list thing --format table",
        "record list thing --format markdown",
        "record show thing/1 --format table",
        "record export thing --format csv",
        "record history thing/1",
        "pack list",
        "pack install customer",
        "export",
        "export --schema",
        "help expressions",
        "sql --schema",
        "type lst",
    ):
        for environment in ({}, {"LANG": "zh_CN.UTF-8", "TZ": "Asia/Shanghai"}):
            enter(asked, code=2 if asked == "type lst" else 0, **environment)
    assert "17:30" in enter("record list thing --format table", TZ="Asia/Shanghai").out


def test_a_question_in_sql_is_answered_in_the_box_and_its_bounds_hold(enter: Gateway) -> None:
    assert enter("sql 'select name, value from deal' --json").json == [
        {"name": "One", "value": 12.5}
    ]
    assert enter("sql -", stdin="select count(*) from deal").out == "1\n"
    endless = (
        "with recursive n(x) as (select 1 union all select x + 1 from n) select count(*) from n"
    )
    assert ": error: " in enter(f"sql '{endless}' --timeout 0.5", code=1).err
    much = "select printf(''%.*c'', 900000000, ''x'')".replace("''", '"')
    assert enter(f"sql '{much}' --timeout 2", code=None).code in (1, 2)


# No file of the server

TRAVERSALS = ["/etc/passwd", "../../../../etc/passwd", "~/.ssh/config", "./x", "/dev/stdin"]
FILE_ARGUMENTS = [
    "--db {} type list",
    "type list --db {}",
    "record list deal --db {}",
    "apply -f {}",
    "apply --file={}",
    "diff -f {}",
    "export -o {}",
    "export --output {}",
    "record import deal {}",
    "record import deal - --rejects {}",
    "record export deal -o {}",
    "record file deal/1.notes -o {}",
    "record add deal name=@{}",
    "record set deal/1 notes=@{}",
    "record set deal/1 notes+=@{}",
    "pack install {}.yaml",
    "pack upgrade {}.yaml",
    "pack show {}.yaml",
    "batch {}",
    "ssh authorize alice {}",
    "ssh doctor --sshd-config {}",
]


@pytest.mark.parametrize("asked", FILE_ARGUMENTS)
def test_no_word_is_a_file_of_the_server(enter: Gateway, asked: str, tmp_path: Path) -> None:
    before = dump(enter.path), sorted(os.listdir(tmp_path))
    told = {
        (outcome.code, outcome.err.replace(where, "FILE"))
        for where in (*TRAVERSALS, str(tmp_path / "nothing"), str(tmp_path))
        for outcome in [enter(asked.format(where), code=4)]
    }
    assert len(told) == 1, "a file that is there and one that is not look the same"
    assert "[file-of-the-server]" in next(iter(told))[1]
    assert (dump(enter.path), sorted(os.listdir(tmp_path))) == before


def test_a_line_of_a_batch_is_held_to_the_same(enter: Gateway) -> None:
    for asked in FILE_ARGUMENTS:
        line = asked.format("/etc/passwd")
        told = enter("batch -", stdin=line, code=None)
        assert told.code in (2, 4) and told.out == "", line
    for command in ("init", "demo", "tui", "completion bash", "batch -", "ssh setup"):
        assert enter("batch -", stdin=command, code=None).code in (2, 4)


# Who may come


def test_a_key_that_was_revoked_lets_in_no_more(enter: Gateway) -> None:
    enter.add_user("bob", administrator=True)
    assert enter("type list", user="bob").code == 0
    enter("ssh revoke bob")
    assert "[revoked-key]" in enter("type list", user="bob", code=4).err
    assert enter("type list", user="alice").code == 0


def test_a_retired_user_is_not_let_in(enter: Gateway) -> None:
    enter.add_user("bob")
    enter("user remove bob")
    assert "[retired-user]" in enter("type list", user="bob", code=4).err


def test_a_user_who_is_none_and_a_key_of_another_are_not_let_in(enter: Gateway) -> None:
    enter.fingerprints["eve"] = enter.fingerprints["alice"]
    assert "[not-a-user]" in enter("type list", user="eve", code=4).err
    enter.add_user("bob")
    enter.fingerprints["bob"] = enter.fingerprints["alice"]
    assert "[revoked-key]" in enter("type list", user="bob", code=4).err


def test_the_workspace_must_belong_to_the_account(enter: Gateway) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    os.chown(enter.path, 12345, -1)
    assert "[not-owner]" in enter("type list", code=4).err


def test_a_workspace_that_is_missing_is_not_made(enter: Gateway, tmp_path: Path) -> None:
    words = enter.words("alice")
    words[-1] = str(tmp_path / "other.db")
    assert "[no-workspace]" in enter.started(words, b"apply -f -", stdin="{}", code=3).err
    assert "other.db" not in os.listdir(tmp_path)


# By sudo


def by_sudo(enter: Gateway, *words: str, code: int = 0, **environment: str) -> str:
    """Start the gateway as the rule of sudo does, and give what it says."""
    start = [str(enter.python), "-I", "-m", "crmtui.gateway", "--db", enter.path, "--", *words]
    outcome = enter.started(start, code=code, **environment)
    return outcome.out if code == 0 else outcome.err


def test_sudo_says_whose_uid_it_was(enter: Gateway) -> None:
    enter.add_user("lucy", uid="4711")
    told = by_sudo(enter, "ssh", "list", SUDO_UID="4711")
    assert told.split("\t")[0] == "lucy"
    assert "[not-a-user]" in by_sudo(enter, "type", "list", code=4, SUDO_UID="4712")


@pytest.mark.parametrize("uid", ["", "-1", "alice", "4711 ", "0x1267", "99999999999", "４７１１"])
def test_what_is_no_uid_is_nobody(enter: Gateway, uid: str) -> None:
    enter.add_user("lucy", uid="4711")
    environment = {"SUDO_UID": uid} if uid else {}
    assert "[bad-gateway]" in by_sudo(enter, "type", "list", code=2, **environment)


def test_the_words_of_sudo_are_the_visitors_own(enter: Gateway) -> None:
    enter.add_user("lucy", uid="4711")
    asked = {"SUDO_UID": "4711", "SSH_ORIGINAL_COMMAND": "type list"}
    assert "[file-of-the-server]" in by_sudo(enter, "--db", "/x", "type", "list", code=4, **asked)
    assert "[no-terminal]" in by_sudo(enter, code=2, **asked)
    assert "[usage]" in by_sudo(enter, "alice", "--key", KEY, code=2, **asked)


# The box


def test_the_process_is_in_a_box(enter: Gateway, tmp_path: Path) -> None:
    if landlock.version() < landlock.LEAST:
        pytest.skip("this kernel has no Landlock")
    attempts = {
        "program": "os.execv('/bin/true', ['true'])",
        "file": "open('/etc/passwd')",
        "home": f"open({str(tmp_path.parent / 'x')!r}, 'w')",
        "package": f"open({gateway.__file__!r}, 'a')",
        "kernel": "open('/proc/1/environ')",
        "signal": "os.kill(os.getppid(), 0)",
    }
    if landlock.version() >= 4:
        attempts["connect"] = "socket.create_connection(('127.0.0.1', 22), 1)"
    code = "import os, socket\nfrom crmtui import gateway\n"
    code += f"gateway.settle_environment({{}}, {str(tmp_path)!r})\n"
    code += f"assert gateway.box({enter.path!r})\n"
    for name, attempt in attempts.items():
        code += f"try: {attempt}\nexcept OSError: pass\nelse: print({name!r})\n"
    code += f"open({str(tmp_path / 'allowed')!r}, 'w')\nopen('/dev/null', 'w')\n"
    code += "print(oct(os.umask(0)), os.getcwd())\n"
    told = enter.started([str(enter.python), "-I", "-c", code])
    assert told.out == "0o77 /\n"


def test_new_files_are_the_accounts_alone(enter: Gateway, tmp_path: Path) -> None:
    enter("field add deal.scan --kind file")
    enter("record set deal/1 scan=@-", stdin=b"x" * 100)
    made = [
        Path(folder) / name for folder, _, names in os.walk(f"{enter.path}.files") for name in names
    ]
    assert made
    assert {stat.S_IMODE(file.stat().st_mode) for file in made} == {0o600}


# In a terminal


def test_without_a_terminal_full_screen_is_refused_in_a_line(enter: Gateway) -> None:
    assert enter("", code=2) == (
        2,
        "",
        "crmtui: error: say what to do, or ask for a terminal: ssh -t  [no-terminal]\n",
    )
