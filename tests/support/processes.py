"""Other processes that work on the same workspace."""

import subprocess
import sys
from collections.abc import Sequence

ROOT = __file__.rpartition("/tests/")[0]


def python(program: str, *arguments: str, wait: bool = True) -> "subprocess.Popen[str]":
    """Run a program in another Python process, with the project on its path."""
    process = subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        cwd=ROOT,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    if wait:
        finished(process)
    return process


def finished(process: "subprocess.Popen[str]", code: int = 0) -> str:
    """What a process printed; it must have ended with `code`."""
    out, err = process.communicate(timeout=60)
    assert process.returncode == code, err
    return out


def all_finished(processes: "Sequence[subprocess.Popen[str]]") -> list[str]:
    """What each of the processes printed."""
    return [finished(process) for process in processes]
