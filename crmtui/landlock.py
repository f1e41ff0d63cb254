"""A box of the kernel's around this process: Landlock, by the three system calls that it is.

Whatever a fault of ours or of a library might be made to do, a process in the box starts no
program, opens no TCP connection, and reads and writes only where it was told. It cannot be left,
and holds for root as well.
"""

import os
import sys
from collections.abc import Iterable
from stat import S_ISDIR
from struct import pack

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION = 1
_PATH_BENEATH = 1
_NO_NEW_PRIVILEGES = 38

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
REMOVE_DIR, REMOVE_FILE, MAKE_DIR, MAKE_FILE = 1 << 4, 1 << 5, 1 << 7, 1 << 8
REFER, TRUNCATE, IOCTL_DEVICE = 1 << 13, 1 << 14, 1 << 15
_ALL_TCP = 0b11
_ALL_SCOPES = 0b11
"""Abstract sockets, and signals, of processes outside."""

READ = READ_FILE | READ_DIR
DEVICE = READ_FILE | WRITE_FILE | IOCTL_DEVICE
FOLDER = READ | WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_FILE | REFER | TRUNCATE
"""What is done in the folder of a workspace: no links, no devices, no sockets are made there."""

_OF_A_FILE = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEVICE

LEAST = 2
"""The version that lets a file be moved to another folder, which keeping attachments does."""


def version() -> int:
    """The version of Landlock that this kernel has; 0 when it has none, or does not use it."""
    if sys.platform != "linux":
        return 0
    try:
        return _call("syscall", _CREATE_RULESET, None, 0, _ASK_VERSION)
    except OSError:
        return 0


def enclose(rules: Iterable[tuple[str, int]]) -> bool:
    """Shut this process in; call it before there are threads, which would stay outside.

    Args:
        rules: paths and what may be done there and below; one that does not exist is passed over.

    Returns:
        Whether it is shut in: not on a kernel that has no box, or too old a one.

    Raises:
        OSError: the kernel has a box, and will not have us in it.
    """
    found = version()
    if found < LEAST:
        return False
    handled = (1 << (14 + (found >= 3) + (found >= 5))) - 1
    attributes = pack("=QQQ", handled, _ALL_TCP if found >= 4 else 0, _ALL_SCOPES)
    size = 24 if found >= 6 else 16 if found >= 4 else 8
    ruleset = _call("syscall", _CREATE_RULESET, attributes, size, 0)
    try:
        for path, rights in rules:
            _allow(ruleset, path, rights & handled)
        _call("prctl", _NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        _call("syscall", _RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
    return True


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        beneath = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not S_ISDIR(os.fstat(beneath).st_mode):
            rights &= _OF_A_FILE
        _call("syscall", _ADD_RULE, ruleset, _PATH_BENEATH, pack("=Qi", rights, beneath), 0)
    finally:
        os.close(beneath)


def _call(function: str, *arguments: int | bytes | None) -> int:
    """Call a function of the C library, whose numbers are all machine words."""
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)
    words = [ctypes.c_long(each) if isinstance(each, int) else each for each in arguments]
    outcome = int(getattr(library, function)(*words))
    if outcome < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return outcome
