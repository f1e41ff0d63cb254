"""The way in for people on other machines, and for those whose account does not own the workspace.

Over SSH, sshd starts this by the forced command of a key, which names the user; what the person
asked for comes in SSH_ORIGINAL_COMMAND. By a sudo rule, sudo says whose uid asked:

    python -I -m crmtui.gateway USER --key SHA256:... [--db FILE]
    python -I -m crmtui.gateway [--db FILE] -- [WORD...]

Nothing else of what the person sent is believed: not one variable, and no word is ever a path of
this machine. One command runs, or full screen opens, in a box of the kernel's that starts no
program; there is no shell on the way.
"""

import os
import re
import sys
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from crmtui.model.message import N_
from crmtui.store.errors import CrmError, Forbidden, Misused, NotFound
from crmtui.store.remote import FINGERPRINT, USER, Visitor, serve

LONGEST = 64 * 1024
"""Bytes of a command; the kernel takes no more than twice that, so bulk comes by standard input."""

_LOCALE = r"[A-Za-z]{1,8}(_[A-Za-z]{2,4})?(\.[A-Za-z0-9-]{1,12})?(@[a-z]{1,12})?"
_ADDRESS = r"[0-9A-Fa-f.:]{2,45}(%\w{1,16})? \d{1,5}"
BELIEVED = {
    "TERM": r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}",
    "COLORTERM": r"truecolor|24bit",
    "LANG": _LOCALE,
    "LC_ALL": _LOCALE,
    "LC_CTYPE": _LOCALE,
    "TZ": r"[A-Za-z]{1,20}([/_+-][A-Za-z0-9]{1,20}){0,5}",
    "SSH_CONNECTION": rf"{_ADDRESS} {_ADDRESS}",
}
"""The variables that are passed on when they look like this, whole; every other one is dropped."""


class Entry(NamedTuple):
    """How a visitor comes in, by the words that whoever set the gateway up has written.

    Args:
        user: and `fingerprint`, None when sudo says who it is.
        path: the workspace; None for that of the account.
        words: the command, where the words of the process are the visitor's own.
    """

    user: str | None
    fingerprint: str | None
    path: str | None
    words: list[str]


def main() -> None:
    """Serve one visitor and leave the process with the exit code of what they asked for."""
    code = run(sys.argv[1:], os.environb)
    # ssh itself ends with 255 when the connection fails.
    sys.exit(code if 0 <= code < 255 else 1)


def run(arguments: Sequence[str], environment: Mapping[bytes, bytes]) -> int:
    """Serve one visitor: box the process in, run the command, return its exit code."""
    from crmtui.i18n import choose

    told = dict(environment)
    try:
        entry = entry_of(arguments)
        path = os.path.abspath(entry.path or _path_of_account())
        settle_environment(told, os.path.dirname(path))
        choose()
        serve(_visitor(entry, told))
        words = entry.words if entry.user is None else command_of(told)
        _require_owner(path)
        box(path)
        return _run(path, words)
    except BaseException as problem:
        from crmtui.commands import _errors

        return _errors.report(problem)


def entry_of(arguments: Sequence[str]) -> Entry:
    """What the words behind `crmtui.gateway` say.

    Raises:
        Misused: they say nothing that makes sense.
    """
    user: str | None = None
    options: dict[str, str] = {}
    left = list(arguments)
    while left and left[0] != "--":
        word = left.pop(0)
        if word in ("--key", "--db") and left and word not in options:
            options[word] = left.pop(0)
        elif user is None and re.fullmatch(USER, word):
            user = word
        else:
            raise Misused("bad-gateway", N_("the gateway was started with {word}"), word=word)
    fingerprint = options.get("--key")
    if (user is None) != (fingerprint is None) or (user and left):
        raise Misused("bad-gateway", N_("the gateway is started with a user and a key, or neither"))
    if fingerprint is not None and not re.fullmatch(FINGERPRINT, fingerprint):
        raise Misused("bad-gateway", N_("the gateway was started with {word}"), word=fingerprint)
    return Entry(user, fingerprint, options.get("--db"), left[1:])


def command_of(environment: Mapping[bytes, bytes]) -> list[str]:
    """The words of the command that came over SSH; none when full screen is asked for.

    Raises:
        Misused: it cannot be the words of a command.
    """
    asked = environment.get(b"SSH_ORIGINAL_COMMAND", b"")
    if len(asked) > LONGEST:
        raise Misused(
            "command-too-long",
            N_("a command has at most {most} bytes; more than that comes by standard input"),
            most=LONGEST,
        )
    try:
        text = asked.decode()
    except UnicodeDecodeError as problem:
        raise Misused("not-unicode", N_("the command is not UTF-8 text")) from problem
    if re.search(r"[\x00-\x1f\x7f-\x9f]", text):
        raise Misused("bad-line", N_("a command is one line, without control characters"))
    if not text.strip():
        return []
    from crmtui.commands._words import words_of

    try:
        return words_of(text)
    except CrmError as problem:
        raise Misused(problem.code, problem.message.template) from problem


def settle_environment(told: Mapping[bytes, bytes], folder: str) -> None:
    """Make the environment of this process anew, from the little of it that is believed.

    Args:
        folder: where the workspace is, which is all that may be written.
    """
    kept = {}
    for name, pattern in BELIEVED.items():
        value = told.get(name.encode(), b"").decode("ascii", "replace")
        if re.fullmatch(pattern, value, re.ASCII):
            kept[name] = value
    os.environ.clear()
    os.environ.update(kept)
    os.environ.update(
        PATH="/usr/bin:/bin", HOME="/nonexistent", TMPDIR=folder, SQLITE_TMPDIR=folder
    )


def box(path: str) -> bool:
    """Shut this process in with the workspace at `path`; whether the kernel can.

    Raises:
        Forbidden: it could, and does not.
    """
    import resource

    from crmtui import landlock

    os.umask(0o077)
    os.chdir("/")
    # A core would be a copy of everything that was read.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        return landlock.enclose(_rules(path))
    except OSError as problem:
        raise Forbidden(
            "no-box", N_("the kernel does not box this in: {reason}"), reason=problem.strerror
        ) from problem


def _rules(path: str) -> list[tuple[str, int]]:
    from crmtui.landlock import DEVICE, FOLDER, READ

    package = os.path.dirname(os.path.abspath(__file__))
    readable = {
        *("/usr", "/lib", "/lib64", "/etc/localtime", "/etc/ld.so.cache", "/etc/terminfo"),
        *("/proc/self", sys.prefix, sys.base_prefix, sys.base_exec_prefix, package, *sys.path),
    }
    # Its own terminal, and not those of the others whom the same account serves.
    devices = {"/dev/tty", "/dev/null"}
    devices |= {os.ttyname(number) for number in (0, 1, 2) if _is_terminal(number)}
    return [
        *((each, READ) for each in readable if each),
        *((each, DEVICE) for each in devices),
        (os.path.dirname(os.path.realpath(path)), FOLDER),
        (os.path.dirname(path), FOLDER),
    ]


def _is_terminal(number: int) -> bool:
    try:
        return os.isatty(number)
    except OSError:
        return False


def _path_of_account() -> str:
    """The workspace of the account this runs as; its environment has no say."""
    import pwd

    home = pwd.getpwuid(os.geteuid()).pw_dir
    return os.path.join(home, ".local", "share", "crmtui", "crm.db")


def _visitor(entry: Entry, told: Mapping[bytes, bytes]) -> Visitor:
    if entry.user is not None:
        return Visitor(entry.user, entry.fingerprint, None)
    uid = told.get(b"SUDO_UID", b"")
    if not re.fullmatch(rb"\d{1,10}", uid):
        raise Misused("bad-gateway", N_("the gateway is started by sshd or by sudo"))
    return Visitor(None, None, int(uid))


def _require_owner(path: str) -> None:
    """Refuse to serve from a workspace of somebody else's: what we say of the visitor is no proof.

    Anybody can start this by themselves and say who they are. Only whom the file belongs to is
    the account that sshd and sudo start it as.
    """
    try:
        owner = os.stat(path).st_uid
    except OSError as problem:
        raise NotFound("no-workspace", N_("the server has no workspace here")) from problem
    if owner != os.geteuid():
        raise Forbidden("not-owner", N_("the workspace belongs to another account than this one"))


def _run(path: str, words: list[str]) -> int:
    from crmtui import cli
    from crmtui.commands._session import Session
    from crmtui.store.workspace import Workspace

    if not words and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Misused("no-terminal", N_("say what to do, or ask for a terminal: ssh -t"))
    # Some commands do without the workspace, and then nothing else would ask who it is.
    Workspace.open(path).close()
    # The journal tells by these what was done.
    sys.argv[1:] = words
    return cli.start(words, Session(path))


if __name__ == "__main__":
    main()
