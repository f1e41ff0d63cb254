"""Reading the public key of a person, as `ssh-keygen` writes it into a `.pub` file."""

import base64
import binascii
import hashlib
from typing import NamedTuple

from crmtui.model.message import N_
from crmtui.store.errors import Refused

MOST = 16 * 1024
"""Bytes of a file with a key; the longest that is used has a fifth of that."""

LEAST_RSA = 2048
"""Bits below which an RSA key may be broken by whoever can pay for it."""

_CURVES = {"nistp256": 65, "nistp384": 97, "nistp521": 133}
"""Bytes of a point on each curve."""


class PublicKey(NamedTuple):
    """The public half of a key: who holds the other half can prove to sshd that they do.

    Args:
        data: the key itself, in base64.
        comment: what its owner calls it; printable.
        fingerprint: as `ssh-keygen -l` tells it, `SHA256:...`.
    """

    algorithm: str
    data: str
    comment: str
    fingerprint: str


def read(text: str) -> PublicKey:
    """The one public key that a text holds.

    Raises:
        Refused: it holds none, several, a private one, or one that is weak or damaged.
    """
    if "PRIVATE KEY" in text or text.startswith("PuTTY-User-Key-File"):
        raise Refused(
            "private-key", N_("this is a private key, which nobody else should have; give the .pub")
        )
    lines = [line for line in text.splitlines() if line.strip()]
    if text.lstrip().startswith(("----", "-----")) and len(lines) > 1:
        raise Refused(
            "not-openssh",
            N_("this is a key of another form than OpenSSH's"),
            "ssh-keygen -i -f FILE",
        )
    if not lines:
        raise Refused("no-key", N_("there is no key in it"))
    if len(lines) > 1:
        raise Refused(
            "several-keys",
            N_("there are {count} lines in it; give one key at a time"),
            count=len(lines),
        )
    return _of_line(lines[0])


def _of_line(line: str) -> PublicKey:
    algorithm, _space, rest = line.strip().partition(" ")
    data, _space, comment = rest.strip().partition(" ")
    comment = comment.strip()
    if algorithm == "ssh-dss":
        raise Refused("weak-key", N_("DSA keys are too weak, and sshd takes none; use ssh-ed25519"))
    if algorithm not in _CHECKS:
        if any(word in _CHECKS for word in line.split()[1:]):
            raise Refused(
                "key-with-options", N_("there are options before the key; leave them out")
            )
        raise Refused(
            "no-key",
            N_("this is no public key of OpenSSH's; it would begin with one of {algorithms}"),
            "ssh-keygen -t ed25519",
            algorithms=list(_CHECKS),
        )
    if not comment.isprintable() or len(comment) > 200:
        raise Refused("bad-comment", N_("the comment behind the key is too long or unprintable"))
    try:
        raw = base64.b64decode(data.encode("ascii"), validate=True)
        parts = _parts(raw)
        if parts[0] != algorithm.encode():
            raise ValueError
        _CHECKS[algorithm](algorithm, parts[1:])
    except (ValueError, IndexError, binascii.Error) as problem:
        raise Refused("damaged-key", N_("the key is damaged: copy it again, whole")) from problem
    digest = base64.b64encode(hashlib.sha256(raw).digest()).decode().rstrip("=")
    return PublicKey(algorithm, base64.b64encode(raw).decode(), comment, f"SHA256:{digest}")


def _parts(raw: bytes) -> list[bytes]:
    """What a key is made of: each part with its length in four bytes before it."""
    parts = []
    while raw:
        size = int.from_bytes(raw[:4], "big")
        part, raw = raw[4 : 4 + size], raw[4 + size :]
        if len(part) != size:
            raise ValueError
        parts.append(part)
    return parts


def _check_ed25519(algorithm: str, parts: list[bytes]) -> None:
    key = parts.pop(0)
    _check_application(algorithm, parts)
    if len(key) != 32:
        raise ValueError


def _check_ecdsa(algorithm: str, parts: list[bytes]) -> None:
    curve, point = parts.pop(0).decode("ascii"), parts.pop(0)
    _check_application(algorithm, parts)
    if f"-{curve}" not in algorithm or len(point) != _CURVES[curve] or point[0] != 4:
        raise ValueError


def _check_application(algorithm: str, parts: list[bytes]) -> None:
    """A key in a token has behind it what it is for; another one has nothing."""
    if len(parts) != algorithm.startswith("sk-"):
        raise ValueError


def _check_rsa(_algorithm: str, parts: list[bytes]) -> None:
    exponent, modulus = (int.from_bytes(part, "big") for part in parts)
    if exponent < 3 or not exponent & 1 or not modulus & 1:
        raise ValueError
    if modulus.bit_length() < LEAST_RSA:
        raise Refused(
            "weak-key",
            N_("an RSA key of {bits} bits is too weak; use ssh-ed25519, or RSA from {least} bits"),
            bits=modulus.bit_length(),
            least=LEAST_RSA,
        )


_CHECKS = {
    "ssh-ed25519": _check_ed25519,
    "sk-ssh-ed25519@openssh.com": _check_ed25519,
    "ecdsa-sha2-nistp256": _check_ecdsa,
    "ecdsa-sha2-nistp384": _check_ecdsa,
    "ecdsa-sha2-nistp521": _check_ecdsa,
    "sk-ecdsa-sha2-nistp256@openssh.com": _check_ecdsa,
    "ssh-rsa": _check_rsa,
}
"""How each algorithm that is taken checks the parts of its keys."""
