"""Whether a server keeps what the gateway promises: looked at, not assumed.

Nothing is changed. What cannot be found out from here is said so, and is no fault.
"""

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from typing import NamedTuple

from crmtui import landlock
from crmtui.model.message import N_, Message

OK, WARNING, PROBLEM, UNKNOWN = "ok", "warning", "problem", "unknown"

SETTINGS = {
    "passwordauthentication": "no",
    "kbdinteractiveauthentication": "no",
    "permituserenvironment": "no",
    "permituserrc": "no",
    "disableforwarding": "yes",
    "permittunnel": "no",
}
"""What sshd must say of itself for the account of the workspace."""

_HARMLESS = frozenset({"LANG", "LC_*", "LC_ALL", "LC_CTYPE", "COLORTERM", "TZ", "none"})
"""Variables that a client may send: the gateway looks at each and drops all others."""

_FIXED = ((3, 44, 6), (3, 50, 7), (3, 51, 3))
"""The versions of SQLite from which, in their line, a reset of the log loses nothing."""


class Finding(NamedTuple):
    """What came of one look.

    Args:
        check: a word for what was looked at.
        state: `ok`, `warning`, `problem`, or `unknown` where it cannot be found out from here.
    """

    check: str
    state: str
    message: Message


def examine(path: str, sshd_config: str | None = None) -> Iterator[Finding]:
    """Look at the workspace at `path` and at the server around it.

    Args:
        sshd_config: the configuration of the sshd in question, when it is not the usual one.
    """
    path = os.path.abspath(path)
    owner = os.stat(path).st_uid
    yield from _file(path, owner)
    yield from _folder(os.path.dirname(path), owner)
    yield _readers(path, owner)
    yield _box()
    yield _sqlite()
    yield _program()
    yield from _account(owner)
    yield from _sshd(owner, sshd_config)


def _file(path: str, owner: int) -> Iterator[Finding]:
    for each in (path, *(path + end for end in ("-wal", "-shm", ".lock", ".files"))):
        try:
            found = os.stat(each)
        except OSError:
            continue
        mode = stat.S_IMODE(found.st_mode)
        least = 0o700 if stat.S_ISDIR(found.st_mode) else 0o600
        facts = {"path": each, "user": _name(found.st_uid), "mode": f"{mode:04o}"}
        if found.st_uid != owner:
            template = N_("{path} belongs to {user}, and the workspace to another account")
            yield Finding("file", PROBLEM, Message(template, **facts))
        elif mode & ~least:
            template = N_("{path} has mode {mode}; run chmod {least} {path}")
            yield Finding("file", WARNING, Message(template, **facts, least=f"{least:o}"))
        elif each == path:
            yield Finding("file", OK, Message(N_("{path} belongs to {user}, mode {mode}"), **facts))


def _folder(folder: str, owner: int) -> Iterator[Finding]:
    found = os.stat(folder)
    mode = stat.S_IMODE(found.st_mode)
    facts = {"path": folder, "user": _name(found.st_uid), "mode": f"{mode:04o}"}
    if os.geteuid() == owner and not os.access(folder, os.W_OK):
        template = N_(
            "{path} cannot be written by the account, which then cannot even read records"
        )
        yield Finding("folder", PROBLEM, Message(template, **facts))
    elif found.st_uid not in (owner, 0) or mode & 0o022:
        template = N_("{path} can be written by others than the account of the workspace")
        yield Finding("folder", PROBLEM, Message(template, **facts))
    elif mode & 0o077:
        template = N_("{path} has mode {mode}; run chmod 700 {path}")
        yield Finding("folder", WARNING, Message(template, **facts))
    else:
        yield Finding("folder", OK, Message(N_("{path} belongs to {user}, mode {mode}"), **facts))


def _readers(path: str, owner: int) -> Finding:
    """Who reads the file can read everything in it, whatever roles say."""
    uid = os.getuid()
    if uid not in (owner, 0) and os.access(path, os.R_OK):
        template = N_(
            "not protected from uid {uid}: you can read the file; roles and masks are then a"
            " convenience, and no protection"
        )
        return Finding("readers", PROBLEM, Message(template, uid=uid))
    others, group = _reachable(path, stat.S_IROTH, stat.S_IXOTH), os.stat(path).st_gid
    if others:
        template = N_("not protected from any user of this machine: they can read the file")
        return Finding("readers", PROBLEM, Message(template))
    if _reachable(path, stat.S_IRGRP, stat.S_IXGRP | stat.S_IXOTH):
        template = N_("not protected from the users of group {group}: they can read the file")
        return Finding("readers", PROBLEM, Message(template, group=group))
    template = N_("only {users} can read the file")
    users = list(dict.fromkeys((_name(owner), _name(0))))
    return Finding("readers", OK, Message(template, users=users))


def _reachable(path: str, read: int, enter: int) -> bool:
    """Whether a kind of user may read a file, and enter all the folders above it."""
    if not os.stat(path).st_mode & read:
        return False
    folder = os.path.dirname(os.path.realpath(path))
    while True:
        if not os.stat(folder).st_mode & enter:
            return False
        if folder == os.path.dirname(folder):
            return True
        folder = os.path.dirname(folder)


def _box() -> Finding:
    version = landlock.version()
    if version >= landlock.LEAST:
        template = N_("sessions are boxed in by the kernel (Landlock {version})")
        state = OK if version >= 4 else WARNING
        if state == WARNING:
            template = N_(
                "sessions are boxed in by the kernel, but for TCP (Landlock {version}; Linux 6.7"
                " has 4)"
            )
        return Finding("box", state, Message(template, version=version))
    template = N_(
        "this kernel has no Landlock, or one that is too old ({version}; Linux 5.19 has 2):"
        " sessions are not boxed in"
    )
    return Finding("box", WARNING, Message(template, version=version))


def _sqlite() -> Finding:
    version = sqlite3.sqlite_version_info
    line = next((fixed for fixed in _FIXED if fixed[:2] == version[:2]), _FIXED[-1])
    facts = {"version": sqlite3.sqlite_version}
    if version >= line:
        return Finding("sqlite", OK, Message(N_("SQLite {version}"), **facts))
    template = N_(
        "SQLite {version} may lose changes when several programs write (fixed in 3.51.3); crmtui"
        " writes in turn and is not concerned, so let no other program write the file"
    )
    return Finding("sqlite", WARNING, Message(template, **facts))


def _program() -> Finding:
    """The gateway starts Python without the user's own packages, and so must find itself there."""
    words = [sys.executable, "-I", "-c", "import crmtui.gateway"]
    facts = {"python": sys.executable}
    try:
        done = subprocess.run(words, capture_output=True, timeout=60, check=False)
    except OSError as problem:
        template = N_("{python} cannot be started from here: {reason}")
        return Finding("program", UNKNOWN, Message(template, **facts, reason=problem.strerror))
    if done.returncode:
        template = N_("{python} -I does not find crmtui: install it in an environment of its own")
        return Finding("program", PROBLEM, Message(template, **facts))
    return Finding("program", OK, Message(N_("{python} starts the gateway"), **facts))


def _account(owner: int) -> Iterator[Finding]:
    import pwd

    try:
        account = pwd.getpwuid(owner)
    except KeyError:
        template = N_("the uid {uid}, whose the workspace is, has no account")
        yield Finding("account", UNKNOWN, Message(template, uid=owner))
        return
    facts = {"user": account.pw_name, "shell": account.pw_shell, "home": account.pw_dir}
    if owner == 0:
        template = N_("the workspace belongs to root; give it an account of its own")
        yield Finding("account", WARNING, Message(template))
    elif os.path.basename(account.pw_shell) in ("bash", "zsh", "fish"):
        template = N_("the shell of {user} is {shell}, which reads files of its own; use /bin/sh")
        yield Finding("account", WARNING, Message(template, **facts))
    elif not os.path.isdir(account.pw_dir):
        template = N_("the home of {user}, {home}, does not exist: each session complains of it")
        yield Finding("account", WARNING, Message(template, **facts))
    else:
        yield Finding("account", OK, Message(N_("{user} has the shell {shell}"), **facts))


def _sshd(owner: int, config: str | None) -> Iterator[Finding]:
    told = _effective(_name(owner), config)
    if isinstance(told, Message):
        yield Finding("sshd", UNKNOWN, told)
        return
    faults = 0
    for name, wanted in SETTINGS.items():
        found = told.get(name, ["?"])[0]
        if found != wanted:
            faults += 1
            template = N_("sshd has {name} {found} for this account; set it to {wanted}")
            message = Message(template, name=name, found=found, wanted=wanted)
            yield Finding("sshd", PROBLEM, message)
    sent = [word for line in told.get("acceptenv", []) for word in line.split()]
    loose = [word for word in sent if word not in _HARMLESS]
    if loose:
        faults += 1
        template = N_(
            "sshd takes the variables {names} from clients; LD_PRELOAD among them would be obeyed"
            " before the gateway starts"
        )
        yield Finding("sshd", PROBLEM, Message(template, names=loose))
    if "authorized-keys" not in told.get("authorizedkeyscommand", ["none"])[0]:
        template = N_(
            "sshd reads authorized_keys instead of asking crmtui: a line that somebody adds there"
            " by hand lets in past it"
        )
        yield Finding("sshd", WARNING, Message(template))
    if not faults:
        yield Finding("sshd", OK, Message(N_("sshd is set as docs/ssh.md has it")))


def _effective(account: str, config: str | None) -> dict[str, list[str]] | Message:
    """What sshd says of itself for an account, or why it does not."""
    program = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if program is None:
        return Message(N_("there is no sshd on this machine"))
    words = [program, "-T", "-C", f"user={account},host=localhost,addr=127.0.0.1"]
    try:
        done = subprocess.run(
            words + (["-f", config] if config else []),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    except OSError as problem:
        return Message(N_("sshd cannot be asked from here: {reason}"), reason=problem.strerror)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["?"])[-1]
        return Message(N_("sshd cannot be asked from here: {reason}"), reason=reason)
    told: dict[str, list[str]] = {}
    for line in done.stdout.splitlines():
        name, _space, value = line.partition(" ")
        told.setdefault(name, []).append(value)
    return told


def _name(uid: int) -> str:
    import pwd

    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
