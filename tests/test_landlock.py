"""The box of the kernel's: what a process in it cannot do any more, even as root."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from crmtui import landlock

ROOT = Path(__file__).resolve().parent.parent

needs_landlock = pytest.mark.skipif(
    landlock.version() < landlock.LEAST, reason="this kernel has no Landlock, or too old a one"
)


def inside(folder: Path, attempt: str) -> str:
    """What comes of an attempt in a process that is boxed in with a folder: `done`, or the error.

    Everything the attempt may need is imported before, so that nothing else is refused.
    """
    code = (
        "import os, signal, socket, subprocess, sys, threading, encodings.idna\n"
        "from crmtui.landlock import DEVICE, FOLDER, READ, enclose\n"
        f"folder = {str(folder)!r}\n"
        "assert enclose([(folder, FOLDER), ('/usr', READ), ('/dev/null', DEVICE)])\n"
        "try:\n"
        f"    {attempt}\n"
        "except OSError as problem:\n"
        "    print(type(problem).__name__)\n"
        "else:\n"
        "    print('done')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@needs_landlock
@pytest.mark.parametrize(
    "attempt",
    [
        "os.execv('/bin/sh', ['sh', '-c', 'exit 0'])",
        "subprocess.run(['/bin/true'])",
        "open('/etc/passwd')",
        "open(os.path.expanduser('~/x'), 'w')",
        "open('/usr/x', 'w')",
        "open('/tmp/x-of-crmtui', 'w')",
        "os.listdir('/etc')",
        "os.remove('/etc/hostname')",
        "os.symlink('/etc/passwd', folder + '/link')",
        "os.mkfifo(folder + '/fifo')",
        "os.rename(folder + '/kept', '/tmp/kept')",
        "os.link('/etc/passwd', folder + '/hard')",
        "os.truncate('/etc/hostname', 0)",
        "os.kill(os.getppid(), 0)",
    ],
)
def test_what_is_not_allowed_is_refused(tmp_path: Path, attempt: str) -> None:
    (tmp_path / "kept").write_text("x")
    assert inside(tmp_path, attempt) in ("PermissionError", "OSError")
    assert (tmp_path / "kept").read_text() == "x"


@needs_landlock
@pytest.mark.skipif(landlock.version() < 4, reason="Landlock knows TCP from version 4 on")
@pytest.mark.parametrize(
    "attempt",
    [
        "socket.socket().connect(('127.0.0.1', 22))",
        "socket.socket().bind(('127.0.0.1', 0))",
        "socket.socket(socket.AF_INET6).connect(('::1', 22))",
    ],
)
def test_no_connection_is_opened_and_none_is_taken(tmp_path: Path, attempt: str) -> None:
    assert inside(tmp_path, attempt) == "PermissionError"


@needs_landlock
def test_a_program_that_was_put_into_the_folder_does_not_run(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\nexit 0\n")
    program.chmod(0o755)
    assert inside(tmp_path, "os.execv(folder + '/program', ['program'])") == "PermissionError"


@needs_landlock
def test_a_child_is_in_the_same_box() -> None:
    code = (
        "import os\n"
        "from crmtui.landlock import READ, enclose\n"
        "assert enclose([('/usr', READ)])\n"
        "pid = os.fork()\n"
        "if pid == 0:\n"
        "    try:\n"
        "        open('/etc/passwd')\n"
        "    except PermissionError:\n"
        "        os._exit(7)\n"
        "    os._exit(0)\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.strip() == "7", done.stderr


@needs_landlock
@pytest.mark.parametrize(
    "act",
    [
        "open(folder + '/new', 'w').write('x')",
        "os.mkdir(folder + '/sub'); os.rename(folder + '/kept', folder + '/sub/kept')",
        "os.remove(folder + '/kept')",
        "open('/dev/null', 'w').write('x')",
        "open(folder + '/kept').read()",
        "os.listdir('/usr')",
    ],
)
def test_what_is_allowed_is_done(tmp_path: Path, act: str) -> None:
    (tmp_path / "kept").write_text("x")
    assert inside(tmp_path, act) == "done"


def test_a_system_without_it_has_version_0_and_no_box(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert landlock.version() == 0
    assert not landlock.enclose([("/", landlock.READ)])
    assert os.access("/", os.R_OK)


@needs_landlock
def test_a_box_that_cannot_be_made_is_an_error_and_not_silently_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = landlock._call

    def refusing(function: str, *arguments: object) -> int:
        if function == "prctl":
            raise PermissionError(1, "refused")
        return real(function, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(landlock, "_call", refusing)
    with pytest.raises(PermissionError):
        landlock.enclose([("/", landlock.READ)])
