"""Full screen on a terminal of its own: CPU time to the first paint, bytes for a key, at rest."""

import fcntl
import os
import pty
import select
import statistics
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Mapping, Sequence

from benchmarks.measure import CRMTUI, PYTHON, Usage, in_turns, waited
from benchmarks.report import Row, ratio
from benchmarks.sample import Sample

_HELLO = (
    "from textual.app import App\n"
    "from textual.widgets import Static\n"
    "class Hello(App):\n"
    "    def compose(self):\n"
    "        yield Static('Hello')\n"
    "Hello().run()\n"
)
PAINT = 2
MEMORY = 60
KEY = 1_000
KEYS = 30
_QUIT = b"\x11"
_LONGEST = 30


class Terminal:
    """A program on a terminal of 80 by 24."""

    def __init__(self, words: Sequence[str], env: Mapping[str, str]) -> None:
        self._ours, its = pty.openpty()
        fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self._process = subprocess.Popen(
            words, stdin=its, stdout=its, stderr=its, env=dict(env), start_new_session=True
        )
        os.close(its)
        self._text = self._until_quiet(1.0, first=_LONGEST)

    def press(self, key: bytes, quiet: float = 0.15) -> int:
        """The bytes that a key brings about."""
        os.write(self._ours, key)
        return len(self._until_quiet(quiet, first=1.0))

    def at_rest(self, seconds: float) -> int:
        """The bytes that come without a key."""
        deadline = time.monotonic() + seconds
        count = 0
        while (left := deadline - time.monotonic()) > 0:
            count += len(self._read(left))
        return count

    def leave(self) -> Usage:
        """Quit it; what it took from start to end."""
        os.write(self._ours, _QUIT)
        while self._read(_LONGEST):
            pass
        os.close(self._ours)
        return waited(self._process, self._text, self._text, 0)

    def _until_quiet(self, quiet: float, first: float) -> bytes:
        text = part = self._read(first)
        while part:
            part = self._read(quiet)
            text += part
        return text

    def _read(self, seconds: float) -> bytes:
        if not select.select([self._ours], [], [], seconds)[0]:
            return b""
        try:
            return os.read(self._ours, 65536)
        except OSError:
            return b""


def rows(sample: Sample, rounds: int) -> Iterator[Row]:
    """A list and a board of the workspace of pages and boards, beside Textual's hello world."""
    path = sample.copy(sample.large)
    env = sample.env(path)
    faces = {
        "list": [CRMTUI, "tui", "deal"],
        "board": [CRMTUI, "tui", "deal", "--board"],
    }
    memory: dict[str, int] = {}

    def painted(name: str, words: list[str]) -> float:
        used = Terminal(words, env).leave()
        memory[name] = max(memory.get(name, 0), used.memory)
        return used.cpu

    taken = in_turns(
        {"hello": lambda: painted("hello", [PYTHON, "-c", _HELLO])}
        | {name: lambda name=name: painted(name, faces[name]) for name in faces},
        max(1, rounds // 5),
    )
    for name, words in faces.items():
        what = f"{name} of {sample.records:,}"
        yield ratio(f"{what}: first paint and end", taken[name], taken["hello"], PAINT)
        peak, floor = memory[name] / 2**20, memory["hello"] / 2**20
        yield Row(f"{what}: memory", f"{peak:.0f} MiB", f"{floor:.0f} MiB", peak, MEMORY, "MiB")
        terminal = Terminal(words, env)
        rest = terminal.at_rest(2)
        keys = [terminal.press(b"j") for _ in range(KEYS)]
        terminal.leave()
        usual = f"{statistics.median(keys):.0f} bytes"
        yield Row(f"{what}: most for a cursor key", usual, "", max(keys), KEY, "bytes")
        yield Row(f"{what}: two seconds at rest", "", "", rest, 0, "bytes")
    sample.drop(path)
