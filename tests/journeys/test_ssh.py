"""Over a real sshd on loopback: what people do there, and what nobody can."""

import json
import os
import pty
import re
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from crmtui import landlock
from crmtui.store.changes import Change
from crmtui.store.workspace import Workspace
from crmtui.terminal import has_unsafe
from tests.screens.terminal import plain
from tests.screens.test_hostile import HOSTILE, naughty
from tests.support.cli import Outcome
from tests.support.gateway import installed_python, made_key
from tests.support.people import granted
from tests.support.ssh import Sshd, SshTerminal
from tests.support.workspaces import DEALS, changed
from tests.test_gateway import SPOOFS

needs_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="only an sshd of root's can give a session a terminal"
)


class Place:
    """A workspace, the keys of its users, and the sshd by which they come."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = str(folder / "store" / "crm.db")
        self.python = installed_python(folder / "venv")
        self.keys = {name: made_key(folder / name) for name in ("alice", "bob", "eve")}
        with Workspace.open(self.path, create=True, command="test") as workspace:
            changed(workspace, DEALS)
            with workspace.intent():
                workspace.add("account", {"name": "Acme"})
                workspace.add("deal", {"name": "One", "account": "account/1", "value": "12.50"})
            granted(workspace, "reader", "deal", read="all")
            workspace.change(
                [
                    Change("add", "user", "alice", {"administrator": True}),
                    Change("add", "user", "bob", {"roles": "reader"}),
                ]
            )
        self.server = Sshd(folder)
        for user in ("alice", "bob"):
            self.server.authorize(self.authorized(user))

    def authorized(self, user: str, key: str | None = None) -> str:
        """The line for authorized_keys, by the command that an administrator gives."""
        return self.here("ssh", "authorize", user, f"{self.keys[key or user]}.pub").out

    def here(self, *words: str) -> Outcome:
        """The program on the server itself, as the owner of the workspace."""
        done = subprocess.run(
            [str(self.python), "-I", "-m", "crmtui", "--db", self.path, *words],
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return Outcome(done.returncode, done.stdout, done.stderr)

    def ssh(self, *words: str, key: str = "alice", **given: object) -> Outcome:
        """`ssh crm@host WORDS` with the key of somebody."""
        return self.server.ssh(self.keys[key], *words, **given)  # type: ignore[arg-type]

    def terminal(self, *words: str, key: str = "alice", **given: object) -> SshTerminal:
        """`ssh -t crm@host WORDS` in a terminal."""
        return SshTerminal(self.server, self.keys[key], *words, **given)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    made = Place(tmp_path_factory.mktemp("ssh"))
    with made.server:
        yield made


# What people do


def test_one_command_runs_with_its_exit_code_and_a_clean_pipe(place: Place) -> None:
    told = place.ssh("record", "list", "deal", "--json")
    assert (told.code, told.err) == (0, "")
    assert json.loads(told.out)[0]["name"] == "One"
    assert told == place.ssh("crmtui", "record", "list", "deal", "--json")
    told = place.ssh("record", "list", "deal", "--where", "'value > 100'", "--ids")
    assert told == (0, "", "")


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("record add deal value=many", 1),
        ("record lst deal", 2),
        ("record show deal/99", 3),
        ("apply -f /etc/passwd", 4),
        ("type add deal", 5),
    ],
)
def test_exit_codes_come_through(place: Place, asked: str, code: int) -> None:
    told = place.ssh(asked)
    assert (told.code, told.out) == (code, "")
    assert told.err.count(": error: ") == 1


def test_files_come_by_standard_input_and_go_by_standard_output(place: Place) -> None:
    place.ssh("type add thing")
    place.ssh("field add thing.name --title")
    place.ssh("field add thing.scan --kind file")
    table = "name\n" + "".join(f"{number} {'x' * 500} 中文\n" for number in range(4000))
    assert place.ssh("record import thing -", stdin=table).code == 0
    assert place.ssh("record export thing --fields name").out == table
    data = bytes(range(256)) * 4096
    assert place.ssh("record set thing/1 scan=@-", stdin=data).code == 0
    server = place.server
    words = ["ssh", *server.options(place.keys["alice"]), "127.0.0.1", "record file thing/1.scan"]
    assert subprocess.run(words, capture_output=True).stdout == data
    place.ssh("type remove thing --force")


def test_each_key_is_its_own_user(place: Place) -> None:
    assert place.ssh("ssh list --all", key="alice").out.count("\n") >= 2
    assert {line.split("\t")[0] for line in place.ssh("ssh list", key="bob").out.splitlines()} == {
        "bob"
    }
    assert place.ssh("record list deal --ids", key="bob").out == "deal/1\n"
    told = place.ssh("record set deal/1 value=1", key="bob")
    assert (told.code, told.out) == (4, "")
    assert place.ssh("type add x", key="bob").code == 4
    assert place.ssh("record list deal --as alice", key="bob").code == 4


@needs_root
def test_full_screen_opens_in_a_terminal_of_any_size(place: Place) -> None:
    with place.terminal(size=(100, 30)) as terminal:
        first = terminal.until("Commands")
        assert b"Acme" in plain(first)
        assert b"\x1b[30;" in first and b"\x1b[31;" not in first, "thirty lines"
        terminal.resize(132, 40)
        assert b"\x1b[40;" in terminal.quiet()
        terminal.type("\x1a")
        terminal.type("?")
        terminal.until("Keys")
        terminal.type("\x11")
        assert terminal.ended() == 0


@needs_root
def test_a_huge_window_is_clamped(place: Place) -> None:
    with place.terminal(size=(4000, 4000)) as terminal:
        raw = terminal.until("Commands")
        lines = {int(line) for line in re.findall(rb"\x1b\[(\d+);\d+H", raw)}
        assert max(lines) <= 400
        terminal.type("\x11")
        assert terminal.ended() == 0


@needs_root
def test_a_command_in_a_terminal_prints_a_table_as_wide_as_it(place: Place) -> None:
    with place.terminal("record list deal", size=(60, 20)) as terminal:
        assert terminal.ended() == 0
        lines = terminal.all.decode().splitlines()
    assert lines[0].startswith("REFER") and lines[1].startswith("deal/1")
    assert all(len(line) <= 60 for line in lines)


def test_without_a_terminal_full_screen_is_refused_in_a_line(place: Place) -> None:
    told = place.ssh()
    assert (told.code, told.out) == (2, "")
    assert "[no-terminal]" in told.err


@needs_root
def test_the_language_of_the_client_is_taken(place: Place) -> None:
    with Sshd(place.folder / "locale", "AcceptEnv LANG LC_*") as other:
        other.authorize(place.authorized("alice"))
        told = other.ssh(
            place.keys["alice"], "record show deal/99", options=["-o", "SetEnv=LANG=zh_CN.UTF-8"]
        )
    assert "错误" in told.err and told.code == 3


# Who is not let in


def test_a_key_that_nobody_authorized_and_other_accounts_are_denied(place: Place) -> None:
    told = place.ssh("type list", key="eve")
    assert (told.code, told.out) == (255, "") and "Permission denied" in told.err
    for name in ("daemon", "alice", "root:bob"):
        if name != place.server.account:
            told = place.ssh("type list", options=["-l", name, "-o", f"User={name}"])
            assert told.code in (0, 255)
    none = place.server.ssh(None, "type list")
    assert (none.code, none.out) == (255, "")


def test_offering_the_key_of_another_gets_nobody_their_place(place: Place) -> None:
    mixed = place.folder / "mixed"
    shutil.copy(place.keys["bob"], mixed)
    shutil.copy(f"{place.keys['alice']}.pub", f"{mixed}.pub")
    told = place.server.ssh(mixed, "ssh list")
    assert "alice" not in told.out
    agent = place.server.ssh(Path(f"{place.keys['alice']}.pub"), "type list")
    assert (agent.code, agent.out) == (255, "")


def test_a_revoked_key_and_a_retired_user_are_out_though_the_line_stands(place: Place) -> None:
    place.here("user", "add", "carol", "--role", "reader")
    carol = place.keys["carol"] = made_key(place.folder / "carol")
    place.server.authorize(place.authorized("carol"))
    assert place.ssh("type list", key="carol").code == 0
    place.here("user", "remove", "carol")
    assert "[retired-user]" in place.ssh("type list", key="carol").err
    place.here("user", "restore", "carol")
    place.here("ssh", "revoke", "carol")
    told = place.ssh("type list", key="carol")
    assert (told.code, told.out) == (4, "") and "[revoked-key]" in told.err
    assert str(carol) in str(place.server.options(carol))


@needs_root
def test_who_is_in_is_out_as_well(place: Place) -> None:
    place.here("user", "add", "dave", "--role", "reader")
    place.keys["dave"] = made_key(place.folder / "dave")
    place.server.authorize(place.authorized("dave"))
    with place.terminal(key="dave") as terminal:
        terminal.until("Commands")
        place.here("ssh", "revoke", "dave")
        terminal.until("[revoked-key]")
        assert terminal.ended() == 4


@needs_root
def test_sshd_that_asks_crmtui_lets_in_by_what_it_says_now(place: Place) -> None:
    # sshd runs no program of a folder that others could write, as that of a test is.
    library = Path(tempfile.mkdtemp(prefix="crmtui-test-", dir="/run"))
    try:
        library.chmod(0o755)
        program = library / "authorized-keys"
        program.write_text(
            "#!/bin/sh\n[ $# -eq 1 ] || exit 1\n"
            f"exec '{place.python}' -I -m crmtui --db '{place.path}' ssh authorized-keys \"$1\"\n"
        )
        program.chmod(0o755)
        settings = [
            "AuthorizedKeysFile none",
            f"AuthorizedKeysCommand {program} %f",
            f"AuthorizedKeysCommandUser {place.server.account}",
        ]
        with Sshd(place.folder / "asking", *settings) as asking:
            place.here("user", "add", "frank", "--role", "reader")
            frank = place.keys["frank"] = made_key(place.folder / "frank")
            assert asking.ssh(frank, "type list").code == 255
            place.authorized("frank")
            assert asking.ssh(frank, "type list").code == 0
            place.here("user", "rename", "frank", "francis")
            assert asking.ssh(frank, "ssh list").out.split("\t")[0] == "francis"
            place.here("ssh", "revoke", "francis")
            assert asking.ssh(frank, "type list").code == 255
            moved = Path(place.path).rename(place.folder / "away.db")
            assert asking.ssh(place.keys["alice"], "type list").code == 255
            moved.rename(place.path)
            assert asking.ssh(place.keys["alice"], "type list").code == 0
    finally:
        shutil.rmtree(library)


# What nobody can do


@pytest.mark.parametrize(
    "asked",
    [
        "sh -c 'touch {}'",
        "bash -i",
        "/bin/sh",
        "type list; touch {}",
        "type list && touch {}",
        "$(touch {})",
        "`touch {}`",
        "type list | tee {}",
        "type list > {}",
        "type list\ntouch {}",
        "type list\rtouch {}",
        "type list 'unclosed; touch {}",
        "export -o {}",
        "record export deal -o {}",
        "record file deal/1.notes -o {}",
        'python3 -c \'open("{}", "w")\'',
        "tui; touch {}",
        "crmtui --db {} init",
        "demo --db {}",
    ],
)
def test_no_other_program_runs_and_no_file_is_made(place: Place, asked: str) -> None:
    made = place.folder / "store" / "made"
    told = place.ssh(asked.format(made))
    assert told.code in (2, 3, 4), told
    assert told.err.count(": error: ") == 1
    assert not made.exists()


def test_no_copying_of_files(place: Place) -> None:
    target = place.folder / "copied"
    source = place.folder / "source"
    source.write_text("x")
    for words in (
        ["scp", str(source), f"127.0.0.1:{target}"],
        ["scp", "-O", str(source), f"127.0.0.1:{target}"],
        ["scp", "127.0.0.1:/etc/passwd", str(target)],
        ["scp", "-O", "127.0.0.1:/etc/passwd", str(target)],
    ):
        assert place.server.client(words[0], place.keys["alice"], *words[1:]).code != 0
        assert not target.exists()
    assert place.server.client("sftp", place.keys["alice"], "127.0.0.1", stdin="ls\n").code != 0
    told = place.ssh("sftp", options=["-s"])
    assert told.code != 0 and told.out == ""


@pytest.mark.parametrize(
    "options",
    [
        ["-W", "127.0.0.1:22"],
        ["-N", "-o", "ExitOnForwardFailure=yes", "-R", "0:127.0.0.1:22"],
        ["-N", "-o", "ExitOnForwardFailure=yes", "-R", "/tmp/crmtui-test.sock:127.0.0.1:22"],
    ],
)
def test_no_forwarding(place: Place, options: list[str]) -> None:
    told = place.ssh(options=options)
    assert told.code == 255 and told.out == ""


def test_no_agent_and_no_display_come_along(place: Place) -> None:
    told = place.ssh("type list", options=["-A", "-X"])
    assert told.code == 0
    log = place.server.log.read_text(errors="replace")
    assert "agent forwarding" not in log or "denied" in log or "disabled" in log


def setting(values: dict[str, str]) -> list[str]:
    """The option by which ssh sends variables; it takes the first such option only."""
    return ["-o", "SetEnv=" + " ".join(f'{name}="{value}"' for name, value in values.items())]


def test_no_variable_comes_through(place: Place) -> None:
    calm = place.ssh("record list deal --json")
    sent = setting(dict.fromkeys(SPOOFS, "/tmp/x"))
    assert place.ssh("record list deal --json", options=sent) == calm


def test_a_careless_sshd_lets_variables_through_and_the_gateway_none_of_them(place: Place) -> None:
    trap = place.folder / "trap"
    trap.mkdir()
    sprung = trap / "sprung"
    for name in ("sitecustomize", "usercustomize", "click", "textual", "os"):
        (trap / f"{name}.py").write_text(f"open({str(sprung)!r}, 'w')\n")
    program = trap / "program"
    program.write_text(f"#!/bin/sh\ntouch {sprung}\n")
    program.chmod(0o755)
    with Sshd(
        place.folder / "careless",
        "AcceptEnv *",
        "Subsystem sftp internal-sftp",
    ) as careless:
        careless.authorize(place.authorized("bob"))
        values = dict.fromkeys(SPOOFS, str(program)) | {
            "PYTHONPATH": str(trap),
            "CRMTUI_DB": "/nonexistent",
            "SUDO_UID": "0",
            "SSH_ORIGINAL_COMMAND": "ssh list --as alice",
            "TERM": f"$(touch {sprung})",
        }
        for name in ("LD_LIBRARY_PATH", "ENV", "BASH_ENV", "HOME", "PYTHONHOME"):
            values.pop(name, None)
        sent = setting(values)
        told = careless.ssh(place.keys["bob"], "ssh list", options=sent)
        assert told.code == 0 and told.out.split("\t")[0] == "bob"
        assert careless.ssh(place.keys["bob"], "record show deal/9", options=sent).code == 3
        assert careless.client("sftp", place.keys["bob"], "127.0.0.1", stdin="ls\n").code != 0
    assert not sprung.exists()


def test_a_command_that_is_too_long_is_refused(place: Place) -> None:
    told = place.ssh("record add deal name=" + "x" * 70_000)
    assert told.code == 2 and "[command-too-long]" in told.err


@needs_root
@pytest.mark.skipif(landlock.version() < 6, reason="this kernel's Landlock is not of today")
def test_the_session_is_in_a_box(place: Place) -> None:
    other, side = pty.openpty()
    attempts = {
        "program": "os.execv('/bin/true', ['true'])",
        "file": "open('/etc/shadow')",
        "key": f"open({str(place.keys['eve'])!r})",
        "write": f"open({str(place.folder / 'x')!r}, 'w')",
        "connect": f"socket.create_connection(('127.0.0.1', {place.server.port}), 1)",
        "kill": f"os.kill({os.getpid()}, 0)",
        "terminal of another": f"open({os.ttyname(side)!r}, 'w')",
    }
    code = "import os, socket, encodings.idna\nfrom crmtui import gateway\n"
    code += f"gateway.box({place.path!r})\n"
    for name, attempt in attempts.items():
        code += f"try: {attempt}\nexcept OSError: pass\nelse: print('DONE', {name!r})\n"
    code += "open('/dev/tty', 'w').write('own terminal\\n'); os.open(os.ttyname(0), os.O_RDWR)\n"
    code += f"open({str(place.folder / 'store' / 'inside')!r}, 'w'); print('all tried')\n"
    program = place.folder / "probe.py"
    program.write_text(code)
    public = Path(f"{place.keys['eve']}.pub").read_text()
    place.server.authorize(f'restrict,pty,command="exec {place.python} -I {program}" {public}')
    with place.terminal(key="eve") as terminal:
        assert terminal.ended() == 0
        said = terminal.all.decode()
    os.close(other)
    os.close(side)
    assert said.split("\r\n") == ["own terminal", "all tried", ""]


# What stands in records


PAYLOADS = [
    "\x1b]52;c;b3duZWQ=\x07",
    "\x1b]0;owned\x07",
    "\x1b]8;;http://evil\x1b\\link\x1b]8;;\x1b\\",
    "\x1b[2J\x1b[Howned",
    "\x1b[6n",
    "\x1bP+q544e\x1b\\",
    "\x9b31mC1",
    "\x9d0;owned\x9c",
    "\x90q\x9c",
    "\x07\x08\x0b\x0c\x0e",
    "\x00nul",
    "\x7fdel",
    "\u202egnp.exe",
    "\u2066isolated\u2069",
    "zero\u200bwidth\u2060\ufeff",
    "\U000e0041\U000e0042tags",
    "[@click=app.quit]press[/]",
    "[link=http://evil]x[/link]",
    "[/]",
    "e" + "\u0301" * 100,
]


@pytest.fixture(scope="module")
def hostile(place: Place) -> Place:
    """Every payload as a title, a link's title and a note, written past the store."""
    texts = [*PAYLOADS, *HOSTILE, *naughty()[::8]]
    with Workspace.open(place.path, command="test") as workspace, workspace.intent():
        first = int(workspace.add("account", {"name": "x"}).ref.partition("/")[2])
        for number in range(first, first + len(texts)):
            if number > first:
                workspace.add("account", {"name": f"x{number}"})
            last = workspace.add("deal", {"name": "x", "account": f"account/{number}"})
        # What the store takes stands in the journal as well.
        workspace.set(last.ref, {"notes": "owned\u202e\u200b\U000e0041"})
    with closing(sqlite3.connect(place.path)) as connection, connection:
        for number, text in enumerate(texts, first):
            connection.execute(
                "UPDATE account SET name = ? WHERE id = ?", (f"{text}{number}", number)
            )
            connection.execute(
                "UPDATE deal SET name = ?, notes = ? WHERE account = ?", (text, text, number)
            )
    return place


def assert_harmless(raw: bytes) -> None:
    """Nothing came to the terminal that does more than place, colour and show text."""
    text = raw.decode()
    text = re.sub("\x1b\\]22;[a-z]+\x07", "", text)  # Textual's, for the shape of the mouse
    for beginning in ("\x1b]", "\x1bP", "\x1b_", "\x1b^", "\x1bX", "\x1bc", "\x1b[6n", "\x1b[2J"):
        assert beginning not in text, text[max(0, text.find(beginning) - 80) :][:200]
    rest = plain(raw).decode()
    rest = re.sub("[\r\n\x0f]|\x1b[=>78]", "", rest)
    assert not has_unsafe(rest), [hex(ord(char)) for char in rest if has_unsafe(char)][:5]


@needs_root
@pytest.mark.parametrize(
    "asked",
    [
        "record list deal --limit 1000",
        "record list deal --limit 1000 --json",
        "record list deal --limit 1000 --format markdown",
        "record list account --limit 1000",
        "record show deal/5",
        "log --limit 100",
    ],
)
def test_no_command_gives_it_to_the_terminal_raw(hostile: Place, asked: str) -> None:
    with hostile.terminal(asked, size=(200, 50)) as terminal:
        assert terminal.ended() == 0
        assert_harmless(terminal.all)
        assert b"owned" in terminal.all


@needs_root
@pytest.mark.parametrize("board", [False, True])
def test_nor_does_full_screen(hostile: Place, board: bool) -> None:
    with hostile.terminal(size=(200, 60)) as terminal:
        terminal.until("Commands")
        for keys in (
            "]",
            "b" if board else "",
            "\x1b[6~" * 3,
            "\r",
            "\x1b",
            "e",
            "\x1b",
            ":",
            "\x1b",
        ):
            terminal.type(keys)
            terminal.quiet(0.6)
        started = terminal.all
        terminal.type("\x11")
        terminal.quiet()
    assert_harmless(started)
    assert b"owned" in plain(started)


def test_the_words_of_a_command_come_back_harmless(place: Place) -> None:
    payload = "\u202e\u200b\U000e0041"
    for asked in (payload, f"record show {payload}/1", f"record list deal --where '{payload}'"):
        told = place.ssh(asked)
        assert told.code in (1, 2, 3) and not has_unsafe(told.err.replace("\n", ""))
