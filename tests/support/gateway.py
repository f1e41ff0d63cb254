"""The gateway as sshd starts it: `python -I` on this tree, with the variables that sshd sets."""

import subprocess
import sys
from pathlib import Path

from crmtui.store import public_keys
from crmtui.store.changes import Change
from crmtui.store.workspace import Workspace
from tests.support.cli import REPOSITORY, Outcome


def installed_python(folder: Path) -> Path:
    """The Python of an environment in which this very tree is installed.

    `python -I`, which the gateway is started with, looks at no PYTHONPATH.
    """
    python = folder / "bin" / "python"
    if not python.exists():
        base = Path(sys.base_prefix)
        version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
        packages = folder / "lib" / version / "site-packages"
        packages.mkdir(parents=True)
        python.parent.mkdir()
        python.symlink_to(base / "bin" / version)
        (folder / "pyvenv.cfg").write_text(f"home = {base / 'bin'}\n")
        others = [path for path in sys.path if path.endswith("site-packages")]
        (packages / "tree.pth").write_text("\n".join([str(REPOSITORY), *others]) + "\n")
    return python


def made_key(path: Path, *words: str) -> Path:
    """A new key without a passphrase; the path of its private half."""
    subprocess.run(
        ["ssh-keygen", "-q", *(words or ("-t", "ed25519")), "-N", "", "-C", f"{path.name}@laptop"]
        + ["-f", str(path)],
        check=True,
        capture_output=True,
        timeout=60,
    )
    return path


def public_key(letter: str = "k") -> str:
    """A public key that nobody holds the other half of, as the line of a `.pub` file."""
    from tests.store.test_public_keys import line

    return line("ssh-ed25519", letter.encode() * 32, comment=f"{letter}@laptop")


class Gateway:
    """The gateway of a workspace, and users who come in by it.

    Args:
        folder: where an environment for it may be made.
        path: the workspace.
    """

    def __init__(self, folder: Path, path: str) -> None:
        self.python = installed_python(folder / "venv")
        self.path = path
        self.fingerprints: dict[str, str] = {}

    def add_user(self, user: str, key: str | None = None, **attributes: object) -> str:
        """Make a user and let them in by a key; the fingerprint of it."""
        given = public_keys.read(key or public_key(user[0]))
        with Workspace.open(self.path, command="test") as workspace, workspace.intent("configure"):
            workspace.change([Change("add", "user", user, attributes)])
            workspace.ssh_keys().authorize(user, given)
        self.fingerprints[user] = given.fingerprint
        return given.fingerprint

    def words(self, user: str) -> list[str]:
        """What sshd starts for a user."""
        return [
            *(str(self.python), "-I", "-m", "crmtui.gateway", user),
            *("--key", self.fingerprints[user], "--db", self.path),
        ]

    def __call__(
        self,
        command: str | bytes,
        *,
        user: str = "alice",
        stdin: str | bytes = b"",
        code: int | None = 0,
        **environment: str,
    ) -> Outcome:
        """Ask for a command as a user does over SSH; an exit code that is not expected fails."""
        asked = command.encode() if isinstance(command, str) else command
        return self.started(self.words(user), asked, stdin=stdin, code=code, **environment)

    def started(
        self,
        words: list[str],
        asked: bytes = b"",
        *,
        stdin: str | bytes = b"",
        code: int | None = 0,
        **environment: str,
    ) -> Outcome:
        """Start a process as sshd or sudo would, with no variables but those that are said."""
        told = {name.encode(): value.encode() for name, value in environment.items()}
        told |= {b"PATH": b"/usr/bin:/bin", b"LANG": told.get(b"LANG", b"C.UTF-8")}
        if asked:
            told[b"SSH_ORIGINAL_COMMAND"] = asked
        done = subprocess.run(
            words,
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            capture_output=True,
            env=told,
            cwd="/",
            timeout=120,
            check=False,
        )
        outcome = Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())
        said = f"{words} {asked[:200]!r}: {outcome}"
        assert "Traceback" not in outcome.err, said
        assert "[internal]" not in outcome.err, said
        assert code is None or outcome.code == code, said
        return outcome
