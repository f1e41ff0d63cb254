"""What a process gives up before it runs SQL of people: files, other processes, time, memory.

It cannot be undone by the process itself. Nothing here starts another program, so that it works
where starting one is forbidden.
"""

import gc
import os
import resource
import signal

from crmtui.landlock import enclose

_MOST_FILES = 1 << 16
"""Descriptors that are closed at least, where the system names no small limit."""

_HEADROOM = 256 << 20
"""Bytes of address space for what is not SQLite's own."""


def abandon_parent(kept: tuple[int, int]) -> None:
    """Let go of what a fork has of its parent: every file but the `kept`, signals, garbage.

    Descriptors come first: what is open twice may not be used twice, above all no database.
    """
    # What the parent has left lying about must not be cleared away here as well.
    gc.disable()
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    first, second = sorted(kept)
    os.closerange(0, first)
    os.closerange(first + 1, second)
    os.closerange(second + 1, max(_MOST_FILES, min(soft, 1 << 20)))
    signal.set_wakeup_fd(-1)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGTSTP", "SIGWINCH", "SIGCHLD"):
        signal.signal(getattr(signal, name), signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def confine(seconds: float, memory: int) -> None:
    """Never open a file again, nor write to one, nor start a process, nor take more than this.

    Args:
        seconds: of computing, at most.
        memory: bytes of address space, at most; 0 where that is not known.
    """
    # No path may be removed, renamed, cut short or run either: that takes no descriptor. It opens
    # one for a moment itself, and so comes before there may be none.
    enclose(())
    _lower(resource.RLIMIT_NOFILE, 0)
    _lower(resource.RLIMIT_FSIZE, 0)
    _lower(resource.RLIMIT_CORE, 0)
    # The first second over it tells what happened; nobody could catch the next one.
    _lower(resource.RLIMIT_CPU, int(seconds) + 2, int(seconds) + 3)
    if hasattr(resource, "RLIMIT_NPROC"):
        _lower(resource.RLIMIT_NPROC, 0)
    if hasattr(resource, "RLIMIT_AS") and memory:
        _lower(resource.RLIMIT_AS, memory + _HEADROOM)


def _lower(limit: int, soft: int, hard: int | None = None) -> None:
    """Lower a limit, unless it is lower already."""
    present = resource.getrlimit(limit)
    wanted = (soft, soft if hard is None else hard)
    lower = [
        new if old == resource.RLIM_INFINITY else min(new, old)
        for new, old in zip(wanted, present, strict=True)
    ]
    try:
        resource.setrlimit(limit, (lower[0], lower[1]))
    except (OSError, ValueError):
        # Not every system takes all of them; the clock of the parent holds everywhere.
        pass


def address_space() -> int:
    """The bytes of address space that this process has; 0 where the system does not tell."""
    try:
        with open("/proc/self/statm", encoding="ascii") as stream:
            return int(stream.read().split()[0]) * resource.getpagesize()
    except (OSError, ValueError, IndexError):
        return 0
