"""A public key is read whole and strictly; whatever else a file may hold is refused by name."""

import base64
import shutil
import struct
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmtui.store.errors import Refused
from crmtui.store.public_keys import read


def line(algorithm: str, *parts: bytes, comment: str = "") -> str:
    """A public key of these parts, as a `.pub` file has it."""
    raw = b"".join(struct.pack(">I", len(part)) + part for part in (algorithm.encode(), *parts))
    return f"{algorithm} {base64.b64encode(raw).decode()} {comment}".strip()


def number(value: int) -> bytes:
    """A number as keys hold it: big end first, its first bit 0."""
    return value.to_bytes(value.bit_length() // 8 + 1, "big")


def code_of(text: str) -> str:
    """The code that reading is refused with."""
    with pytest.raises(Refused) as caught:
        read(text)
    assert str(caught.value).count("\n") == 0
    return caught.value.code


POINT = b"\4" + b"x" * 64
GOOD = line("ssh-ed25519", b"k" * 32, comment="alice@laptop")


@pytest.mark.parametrize(
    "text",
    [
        line("ssh-ed25519", b"k" * 32),
        line("sk-ssh-ed25519@openssh.com", b"k" * 32, b"ssh:"),
        line("ecdsa-sha2-nistp256", b"nistp256", POINT),
        line("ecdsa-sha2-nistp384", b"nistp384", b"\4" + b"x" * 96),
        line("ecdsa-sha2-nistp521", b"nistp521", b"\4" + b"x" * 132),
        line("sk-ecdsa-sha2-nistp256@openssh.com", b"nistp256", POINT, b"ssh:"),
        line("ssh-rsa", number(65537), number((1 << 2047) + 1)),
        line("ssh-rsa", number(65537), number((1 << 4095) + 1)),
    ],
)
def test_each_algorithm_that_sshd_takes_is_read(text: str) -> None:
    key = read(text)
    assert text.split() == [key.algorithm, key.data]
    assert key.fingerprint.startswith("SHA256:")
    assert len(key.fingerprint) == 50


def test_the_comment_and_the_line_end_come_with_it() -> None:
    assert read(GOOD + "\r\n\n").comment == "alice@laptop"
    assert read(line("ssh-ed25519", b"k" * 32) + "  Alice's  key  \n").comment == "Alice's  key"


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="there is no ssh-keygen")
@pytest.mark.parametrize("words", ["ed25519", "ecdsa -b 256", "ecdsa -b 521", "rsa -b 2048"])
def test_the_fingerprint_is_the_one_that_ssh_keygen_tells(tmp_path: Path, words: str) -> None:
    file = tmp_path / "key"
    subprocess.run(
        ["ssh-keygen", "-q", "-t", *words.split(), "-N", "", "-f", file], check=True, timeout=60
    )
    told = subprocess.run(
        ["ssh-keygen", "-l", "-f", f"{file}.pub"], check=True, capture_output=True, text=True
    )
    assert read((tmp_path / "key.pub").read_text()).fingerprint == told.stdout.split()[1]
    assert code_of(file.read_text()) == "private-key"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "no-key"),
        ("\n \n", "no-key"),
        ("hello", "no-key"),
        ("ssh-ed25519-cert-v01@openssh.com AAAA", "no-key"),
        (
            "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n-----END OPENSSH PRIVATE KEY-----",
            "private-key",
        ),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n", "private-key"),
        ("PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none", "private-key"),
        ("---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n---- END SSH2 PUBLIC KEY ----", "not-openssh"),
        ("-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----", "not-openssh"),
        (f"{GOOD}\n{GOOD}", "several-keys"),
        (f"# alice\n{GOOD}", "several-keys"),
        (f'command="sh" {GOOD}', "key-with-options"),
        (f"no-pty {GOOD}", "key-with-options"),
        (f'environment="LD_PRELOAD=/tmp/x.so" {GOOD}', "key-with-options"),
        (f"cert-authority {GOOD}", "key-with-options"),
        (line("ssh-dss", b"p", b"q", b"g", b"y"), "weak-key"),
        (line("ssh-rsa", number(65537), number((1 << 1023) + 1)), "weak-key"),
        (line("ssh-rsa", number(65537), number((1 << 2046) + 1)), "weak-key"),
        ("ssh-ed25519", "damaged-key"),
        ("ssh-ed25519 !!!!", "damaged-key"),
        ("ssh-ed25519 AAAA", "damaged-key"),
        (line("ssh-ed25519", b"k" * 31), "damaged-key"),
        (line("ssh-ed25519", b"k" * 32, b"more"), "damaged-key"),
        (line("ssh-ed25519", b"k" * 32)[:-4], "damaged-key"),
        (line("sk-ssh-ed25519@openssh.com", b"k" * 32), "damaged-key"),
        (line("ecdsa-sha2-nistp256", b"nistp384", POINT), "damaged-key"),
        (line("ecdsa-sha2-nistp256", b"nistp256", b"\2" + b"x" * 32), "damaged-key"),
        (line("ecdsa-sha2-nistp256", b"nistp256"), "damaged-key"),
        (line("ssh-rsa", number(65537)), "damaged-key"),
        (line("ssh-rsa", number(1), number((1 << 2047) + 1)), "damaged-key"),
        (line("ssh-rsa", number(65537), number(1 << 2047)), "damaged-key"),
        (line("ssh-rsa", b"k" * 32).replace("ssh-rsa ", "ssh-ed25519 "), "damaged-key"),
        (GOOD + "\x1b]52;c;x\x07", "bad-comment"),
        (GOOD + "\u202e", "bad-comment"),
        (GOOD + "x" * 300, "bad-comment"),
        (GOOD + "\x00", "bad-comment"),
    ],
)
def test_whatever_else_is_refused_by_name(text: str, code: str) -> None:
    assert code_of(text) == code


@given(st.text() | st.binary().map(lambda raw: f"ssh-rsa {base64.b64encode(raw).decode()}"))
def test_no_text_does_anything_but_be_read_or_refused(text: str) -> None:
    try:
        key = read(text)
    except Refused:
        return
    assert key.comment.isprintable()
