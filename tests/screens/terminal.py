"""A terminal of the kernel's, in which the TUI runs as it does for people; bytes are counted."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

_RUN = """
import sys
from crmtui.app import run
from crmtui.i18n import choose
choose("en")
sys.exit(run(*eval(sys.argv[1])))
"""
_ESCAPE = re.compile(
    rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[PX^_].*?\x1b\\|[@-Z\\-_])", re.S
)


class Terminal:
    """The TUI in a terminal of 80x24 (or another size); closes it at the end.

    Args:
        arguments: of `crmtui.app.run`.
    """

    def __init__(
        self, *arguments: object, size: tuple[int, int] = (80, 24), **environment: str
    ) -> None:
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.pop("NO_COLOR", None)
            for name in [n for n in os.environ if n.startswith(("TEXTUAL", "SSH_", "COLORTERM"))]:
                del os.environ[name]
            os.environ |= {"TERM": "xterm-256color", "PYTHONPATH": os.getcwd(), **environment}
            os.execv(sys.executable, [sys.executable, "-c", _RUN, repr(arguments)])
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self.all = b""

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, *_: object) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self.fd, keys.encode())

    def until(self, text: str, seconds: float = 60) -> bytes:
        """What comes until `text` has been written, and the rest of it."""
        got = b""
        deadline = time.monotonic() + seconds
        while text.encode() not in plain(got):
            assert time.monotonic() < deadline, f"{text!r} never came; last: {plain(got)[-300:]!r}"
            got += self._some(0.1)
        return got + self.quiet()

    def quiet(self, seconds: float = 0.8) -> bytes:
        """What comes until nothing has come for a while: longer than the watcher takes to look."""
        got = b""
        while True:
            some = self._some(seconds)
            if not some:
                return got
            got += some

    def _some(self, seconds: float) -> bytes:
        ready, _, _ = select.select([self.fd], [], [], seconds)
        if not ready:
            return b""
        try:
            some = os.read(self.fd, 1 << 16)
        except OSError:  # the program has left
            return b""
        self.all += some
        return some


def plain(raw: bytes) -> bytes:
    """What was written, without the escape sequences."""
    return _ESCAPE.sub(b"", raw)
