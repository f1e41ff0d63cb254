"""A real sshd on loopback, started by the test: keys, a configuration and a port of its own."""

import fcntl
import getpass
import os
import pty
import pwd
import shutil
import socket
import struct
import subprocess
import termios
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.screens.terminal import Terminal
from tests.support.cli import Outcome
from tests.support.gateway import made_key

SERVER = """
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
PidFile {folder}/pid
AllowUsers {account}
PermitRootLogin prohibit-password
AuthenticationMethods publickey
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
StrictModes no
PermitUserEnvironment no
PermitUserRC no
DisableForwarding yes
PermitTunnel no
PermitTTY yes
PrintMotd no
PrintLastLog no
LoginGraceTime 20
MaxAuthTries 4
MaxStartups 50
LogLevel VERBOSE
"""
"""As the recipe in docs/ssh.md has it, but for what a folder of a test needs."""


def sshd_program() -> str | None:
    """Where the sshd of this machine is."""
    return shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")


def prepare_run() -> None:
    """Make the folder without which root's sshd does not start; the service makes it at boot.

    It stays: the sshd of another test may be using it.
    """
    if os.geteuid() == 0:
        os.makedirs("/run/sshd", mode=0o755, exist_ok=True)


class Sshd:
    """An sshd for the account that runs the tests; skips the test where none can run.

    Args:
        extra: further lines of its configuration.
    """

    def __init__(self, folder: Path, *extra: str) -> None:
        self.folder = folder
        self.account = getpass.getuser()
        self.keys = folder / "authorized_keys"
        self.log = folder / "log"
        program = sshd_program()
        if program is None or shutil.which("ssh") is None:
            pytest.skip("there is no OpenSSH server and client on this machine")
        if pwd.getpwuid(os.geteuid()).pw_shell.endswith(("/nologin", "/false")):
            pytest.skip("this account has no shell, by which sshd starts commands")
        prepare_run()
        folder.mkdir(exist_ok=True)
        made_key(folder / "host")
        self.keys.touch()
        self.port = _free_port()
        lines = SERVER.format(port=self.port, folder=folder, account=self.account)
        if not any(line.startswith("AuthorizedKeysFile") for line in extra):
            lines += f"AuthorizedKeysFile {self.keys}\n"
        (folder / "sshd_config").write_text(lines + "".join(f"{line}\n" for line in extra))
        with open(self.log, "wb") as log:
            self._process = subprocess.Popen(
                [program, "-D", "-e", "-f", str(folder / "sshd_config")],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self._await()

    def __enter__(self) -> "Sshd":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(10)

    def authorize(self, line: str) -> None:
        """Add a line to the authorized_keys of the account."""
        with self.keys.open("a") as stream:
            stream.write(line.rstrip("\n") + "\n")

    def options(self, key: Path | None) -> list[str]:
        """The options by which ssh, scp and sftp reach this server and nothing else."""
        said = {
            "Port": self.port,
            "User": self.account,
            "UserKnownHostsFile": self.folder / "known_hosts",
            "StrictHostKeyChecking": "accept-new",
            "IdentitiesOnly": "yes",
            "IdentityAgent": "none",
            "BatchMode": "yes",
            "KexAlgorithms": "curve25519-sha256",
            "LogLevel": "ERROR",
        }
        words = ["-F", "none"]
        for name, value in said.items():
            words += ["-o", f"{name}={value}"]
        return [*words, "-i", str(key)] if key else words

    def ssh(
        self,
        key: Path | None,
        *words: str,
        options: Sequence[str] = (),
        stdin: str | bytes = b"",
        env: dict[str, str] | None = None,
    ) -> Outcome:
        """Run `ssh ACCOUNT@127.0.0.1 WORDS` with a key."""
        return self.client("ssh", key, *options, "127.0.0.1", *words, stdin=stdin, env=env)

    def client(
        self,
        program: str,
        key: Path | None,
        *words: str,
        stdin: str | bytes = b"",
        env: dict[str, str] | None = None,
    ) -> Outcome:
        """Run a client (`ssh`, `scp`, `sftp`) with a key."""
        done = subprocess.run(
            [program, *self.options(key), *words],
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            capture_output=True,
            env=os.environ | (env or {}),
            timeout=120,
            check=False,
        )
        return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())

    def _await(self) -> None:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        self._process.kill()
        pytest.skip(f"sshd does not run here: {self.log.read_text(errors='replace')[-300:]}")


class SshTerminal(Terminal):
    """`ssh` in a terminal of the kernel's, as a person sits before it."""

    def __init__(
        self,
        server: Sshd,
        key: Path,
        *words: str,
        size: tuple[int, int] = (80, 24),
        **environment: str,
    ) -> None:
        self.all = b""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            # Before ssh starts: it tells the server the size once, and then only what changes.
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
            os.environ |= {"TERM": "xterm-256color", **environment}
            os.execvp("ssh", ["ssh", *server.options(key), "-tt", "127.0.0.1", *words])

    def resize(self, width: int, height: int) -> None:
        """Make the window another size, as a person pulls at its corner."""
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def ended(self) -> int:
        """Wait until ssh has left, and give its exit code."""
        while self._some(60):
            pass
        _pid, status = os.waitpid(self.pid, 0)
        self.pid = 0
        return os.waitstatus_to_exitcode(status)

    def __exit__(self, *_: object) -> None:
        if self.pid:
            super().__exit__()
        else:
            os.close(self.fd)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
