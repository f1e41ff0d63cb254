"""What a process, or a call, costs: CPU time and memory as the system counted them."""

import fcntl
import os
import pty
import statistics
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple

PYTHON = sys.executable
BIN = Path(sys.executable).parent
CRMTUI = str(BIN / "crmtui")

_MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024


class Usage(NamedTuple):
    """What a process took: CPU seconds (its own and the system's for it), peak memory in bytes."""

    cpu: float
    memory: int
    output: bytes


def environment(home: Path, db: Path | str = "") -> dict[str, str]:
    """The environment of measured processes: as after an installation, none of ours in it.

    Python may keep its bytecode, so that only the first start of a program compiles it.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "CRMTUI", "TEXTUAL", "LC_", "XDG_"))
    }
    more = {"HOME": str(home), "LANG": "C.UTF-8", "TERM": "xterm-256color", "TZ": "UTC"}
    return kept | more | ({"CRMTUI_DB": str(db)} if db else {})


def run(
    words: Sequence[str], env: Mapping[str, str], *, stdin: Path | None = None, expect: int = 0
) -> Usage:
    """Run a program to its end, its output in a pipe; raises when it exits with another code."""
    with open(stdin or os.devnull, "rb") as given:
        process = subprocess.Popen(
            words, stdin=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=dict(env)
        )
        assert process.stdout and process.stderr
        # What a program tells on standard error is little here, or goes before its output.
        output, told = _both(process.stdout, process.stderr)
    return waited(process, output, told, expect)


def run_on_terminal(words: Sequence[str], env: Mapping[str, str], columns: int = 100) -> Usage:
    """Run a program to its end on a terminal of its own."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(words, stdin=its, stdout=its, stderr=its, env=dict(env))
    os.close(its)
    parts = []
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:
            break
        if not part:
            break
        parts.append(part)
    os.close(ours)
    return waited(process, b"".join(parts), b"", 0)


def _both(first: IO[bytes], second: IO[bytes]) -> tuple[bytes, bytes]:
    import threading

    told: list[bytes] = []
    thread = threading.Thread(target=lambda: told.append(second.read()))
    thread.start()
    output = first.read()
    thread.join()
    return output, told[0]


def waited(process: subprocess.Popen[bytes], output: bytes, told: bytes, expect: int) -> Usage:
    """What a program took whose output is at its end; raises when it exits with another code."""
    _pid, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    for stream in (process.stdout, process.stderr):
        if stream:
            stream.close()
    if process.returncode != expect:
        words = " ".join(map(str, process.args))  # type: ignore[arg-type]
        raise RuntimeError(f"{words[:200]}: exit {process.returncode}\n{told.decode()[-2000:]}")
    return Usage(used.ru_utime + used.ru_stime, used.ru_maxrss * _MAXRSS_UNIT, output)


def called(call: Callable[[], Any]) -> float:
    """The CPU seconds a call takes in this process."""
    started = time.process_time()
    call()
    return time.process_time() - started


def in_turns(
    subjects: Mapping[str, Callable[[], float]], rounds: int, warm: bool = True
) -> dict[str, float]:
    """The median of each subject, measured in turns; each is run once before, unmeasured.

    Args:
        subjects: by name, what runs once and returns what it took.
    """
    if warm:
        for subject in subjects.values():
            subject()
    taken: dict[str, list[float]] = {name: [] for name in subjects}
    for _ in range(rounds):
        for name, subject in subjects.items():
            taken[name].append(subject())
    return {name: statistics.median(values) for name, values in taken.items()}
