"""Addresses of pages and of what else a link may open."""

import re
from typing import Any
from urllib.parse import SplitResult, urlsplit

from crmtui.model.definitions import Field
from crmtui.model.message import N_
from crmtui.store.kinds.base import BadValue, Kind, Reader, Reading, Stored, folded, normal, written
from crmtui.store.kinds.text import matcher

LONGEST = 2048

WITH_HOST = frozenset("http https ftp ftps sftp ssh ws wss git irc ircs ldap ldaps webcal".split())
WITHOUT_HOST = frozenset(
    "mailto tel sms sip sips xmpp geo news urn callto skype weixin dingtalk tg whatsapp".split()
)
"""What a link may begin with. `javascript:`, `data:` and `file:` run or read something here."""

_SCHEME = r"([A-Za-z][A-Za-z0-9+.-]*):(.*)"
_LABEL = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"
_PORT_FOLLOWS = r"\d+(?:[/?#].*)?"


class UrlKind(Kind):
    """A link; without a scheme it means https. Scheme and host are kept in small letters."""

    key = "url"
    settings = frozenset({"unique_as", "pattern", "pattern_message", "pattern_message_zh"})
    can_be_title = True

    def reader(self, field: Field, reading: Reading) -> Reader:
        matching = matcher(field)

        def read(value: Any) -> Stored:
            text = normal(written(value, self.key).strip())
            if not text:
                return None
            if len(text) > LONGEST:
                raise BadValue(
                    "too-long",
                    N_("has {found} characters, at most {most} are allowed"),
                    found=len(text),
                    most=LONGEST,
                )
            return matching(_normalised(text))

        return read

    def order(self, column: str) -> str:
        return f"{column} COLLATE NOCASE"

    def folded(self, value: Any, field: Field) -> str:
        return folded(value)


KINDS: tuple[Kind, ...] = (UrlKind(),)


def _normalised(text: str) -> str:
    place = next(
        (n for n, char in enumerate(text, 1) if char in ' \\<>"' or not char.isprintable()), 0
    )
    if place:
        raise BadValue(
            "bad-url",
            N_("{value} is no link: {character} at character {place} cannot stand in one"),
            value=text,
            character=f"U+{ord(text[place - 1]):04X}",
            place=place,
        )
    whole = _with_scheme(text)
    try:
        parts = urlsplit(whole)
        port = parts.port
    except ValueError as problem:
        raise _unreadable(text) from problem
    scheme = parts.scheme.lower()
    if scheme in WITHOUT_HOST:
        rest = text.partition(":")[2]
        if not rest.strip("/"):
            raise _unreadable(text)
        return f"{scheme}:{rest}"
    host = _host(parts, text)
    user, at, _ = parts.netloc.rpartition("@")
    place_of = f"{user}{at}{host}" + (f":{port}" if port is not None else "")
    return parts._replace(scheme=scheme, netloc=place_of).geturl()


def _with_scheme(text: str) -> str:
    """`text` with its scheme, or with https where it has none; refuses what is not allowed."""
    if text.startswith("//"):
        return "https:" + text
    found = re.fullmatch(_SCHEME, text, re.DOTALL)
    scheme = found[1].lower() if found else ""
    if scheme in WITHOUT_HOST:
        return text
    if scheme in WITH_HOST and found:
        if not found[2].startswith("//"):
            raise BadValue(
                "bad-url",
                N_("{value} names no host; write {scheme}://HOST"),
                value=text,
                scheme=scheme,
            )
        return text
    if found and not re.fullmatch(_PORT_FOLLOWS, found[2]):
        raise BadValue(
            "bad-url",
            N_("links that begin with {scheme}: are not taken; use https, http, mailto or tel"),
            scheme=scheme,
        )
    host = re.split("[/?#:]", text, maxsplit=1)[0].rpartition("@")[2]
    if "." not in host.strip(".") and host != "localhost":
        raise _unreadable(text)
    return "https://" + text


def _host(parts: SplitResult, text: str) -> str:
    """The host as it is kept, when it can be one."""
    host = (parts.hostname or "").rstrip(".")
    if ":" in host:
        import ipaddress

        try:
            return f"[{ipaddress.IPv6Address(host)}]"
        except ValueError as problem:
            raise _unreadable(text) from problem
    if not host:
        raise BadValue(
            "bad-url",
            N_("{value} names no host; write {scheme}://HOST"),
            value=text,
            scheme=parts.scheme,
        )
    if not host.isascii() or "xn--" in host:
        import idna

        try:
            host = idna.decode(idna.encode(host, uts46=True))
        except (idna.IDNAError, UnicodeError) as problem:
            raise _unreadable(text) from problem
    elif len(host) > 253 or not all(re.fullmatch(_LABEL, label) for label in host.split(".")):
        raise _unreadable(text)
    return host


def _unreadable(text: str) -> BadValue:
    return BadValue(
        "bad-url", N_("{value} is no link; write it as https://example.com/page"), value=text
    )
