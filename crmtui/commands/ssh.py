"""`crmtui ssh`: who may come over SSH, and by which key."""

import os
import shlex
import sys
from typing import Any

import click

from crmtui.cli import LazyGroup
from crmtui.commands import _complete, _options
from crmtui.commands._command import command
from crmtui.commands._errors import say
from crmtui.commands._output import Fact, emit, write
from crmtui.commands._paths import FILE
from crmtui.commands._session import Session
from crmtui.i18n import N_, _
from crmtui.store.errors import Refused

group = LazyGroup(
    "ssh",
    help=_("Users' keys, and the server they come to."),
    epilog="Example: crmtui ssh authorize alice alice.pub >> authorized_keys",
    table={
        "authorize": ("ssh:authorize", N_("Let a user log in with a key.")),
        "revoke": (
            "ssh:revoke",
            N_("Let nobody log in any more with a key, or with any of a user."),
        ),
        "list": ("ssh:list_", N_("List the keys of users.")),
        "authorized-keys": ("ssh:authorized_keys", N_("Print the keys as sshd asks for them.")),
        "doctor": ("ssh_server:doctor", N_("Look whether the server keeps what it promises.")),
        "setup": ("ssh_server:setup", N_("Print the script that sets a server up.")),
    },
)

_MOST_READ = 2**20
"""Bytes of a file that is looked at for a key."""


@command(epilog="Example: crmtui ssh authorize alice - < alice.pub >> authorized_keys")
@_options.common
@click.argument("user", metavar="USER", shell_complete=_complete.definitions("user"))
@click.argument("file", metavar="KEYFILE|-", type=FILE)
@_options.json_errors
def authorize(session: Session, db: str | None, user: str, file: str) -> None:
    """Let a user log in with a key, and print the line for authorized_keys.

    KEYFILE is the public half of their key, the .pub. A server that asks crmtui for keys needs no
    line; see crmtui ssh setup.
    """
    from crmtui.commands._values import file_text
    from crmtui.store import public_keys

    given = public_keys.read(file_text(file, _MOST_READ))
    with session.workspace(db) as workspace:
        with workspace.intent("configure"):
            key, new = workspace.ssh_keys().authorize(user, given)
        emit(line_of(key, workspace.path))
    say(
        N_("{user} may log in with {fingerprint}")
        if new
        else N_("{user} may log in with {fingerprint} already"),
        user=key.user,
        fingerprint=key.fingerprint,
    )


@command(epilog="Example: crmtui ssh revoke alice")
@_options.common
@click.argument("which", metavar="USER|FINGERPRINT", shell_complete=_complete.definitions("user"))
@_options.json_errors
def revoke(session: Session, db: str | None, which: str) -> None:
    """Let nobody log in any more with a key, or with any key of a user.

    A session that is open ends at its next act. Lines in an authorized_keys need not be taken out:
    they open nothing any more.
    """
    with session.workspace(db) as workspace, workspace.intent("configure"):
        revoked = workspace.ssh_keys().revoke(which)
    for key in revoked:
        emit(key.fingerprint)
        say(N_("{fingerprint} of {user} is revoked"), fingerprint=key.fingerprint, user=key.user)
    if not revoked:
        say(N_("nothing to change"))


@command("list", epilog="Example: crmtui ssh list --json")
@_options.common
@click.option("--all", "revoked_too", is_flag=True, help=_("Revoked ones as well."))
@_options.output
def list_(session: Session, db: str | None, revoked_too: bool, format_: str | None) -> None:
    """List the keys of users; who is no administrator sees their own."""
    with session.workspace(db) as workspace:
        keys = workspace.ssh_keys().all()
    write(
        [
            Fact("user", lambda key: key.user, N_("User")),
            Fact("fingerprint", lambda key: key.fingerprint, N_("Fingerprint")),
            Fact("algorithm", lambda key: key.algorithm, N_("Algorithm")),
            Fact("comment", lambda key: key.comment, N_("Comment")),
            Fact("created_at", lambda key: key.created_at, N_("Created")),
            Fact("created_by", lambda key: key.created_by, N_("Created by")),
            Fact("revoked_at", lambda key: key.revoked_at, N_("Revoked")),
            Fact("valid", lambda key: key.valid, N_("Valid")),
        ],
        [key for key in keys if revoked_too or key.revoked_at is None],
        format_,
        ref=lambda key: key.fingerprint,
        sparse=True,
    )


@command("authorized-keys", epilog="Example: crmtui ssh authorized-keys > authorized_keys")
@_options.common
@click.argument("fingerprint", metavar="[FINGERPRINT]", required=False)
def authorized_keys(session: Session, db: str | None, fingerprint: str | None) -> None:
    """Print the keys as sshd asks for them: all, or the one that somebody is offering.

    As the AuthorizedKeysCommand of sshd, with %f, it decides at every connection, so that revoking
    holds at once. Whatever goes wrong, it prints nothing, and nobody logs in.
    """
    with session.workspace(db) as workspace:
        lines = [
            line_of(key, workspace.path) for key in workspace.ssh_keys().valid(fingerprint or None)
        ]
    for line in lines:
        emit(line)


def line_of(key: Any, path: str) -> str:
    """The line of an authorized_keys by which a key leads into the gateway, and nowhere else.

    Raises:
        Refused: the path of the program or of the workspace cannot stand in such a line.
    """
    words = [
        *(sys.executable, "-I", "-m", "crmtui.gateway", key.user, "--key", key.fingerprint),
        *("--db", os.path.abspath(path)),
    ]
    line = shlex.join(words)
    if not line.isprintable():
        raise Refused("bad-path", N_("{path} cannot stand in authorized_keys"), path=path)
    quoted = line.replace('"', '\\"')
    return f'restrict,pty,command="exec {quoted}" {key.algorithm} {key.data} {key.comment}'.rstrip()
