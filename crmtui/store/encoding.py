"""Which encoding a file is in, and its text, read with every undecodable byte named by its line.

The text of a file is either decoded without a fault or refused: no byte is ever replaced, and no
encoding is assumed that the bytes do not speak for.
"""

import codecs
import io
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, NamedTuple

from crmtui.model.message import N_
from crmtui.store.errors import Refused

SAMPLE = 1 << 20
"""Bytes from which an encoding is judged."""

_CHUNK = 1 << 16

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32", "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32", "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8-sig", "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16", "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16", "utf-16-be"),
    ("\ufeff".encode("gb18030"), "gb18030", "gb18030"),
)
"""Byte order mark, the encoding it announces, the codec for the bytes behind it. UTF-32 comes
first because the mark of UTF-16 is the beginning of its own."""

_UNMARKED = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}
"""What these mean when the file has no byte order mark."""

_NOT_OF_FILES = {"idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape"}

_WIDE = "[^\x00-\x7f]"
_LONE_BESIDE_LETTER = re.compile(f"(?<=[A-Za-z]){_WIDE}(?!{_WIDE})|(?<!{_WIDE}){_WIDE}(?=[A-Za-z])")


class _Encoding(NamedTuple):
    """An encoding's `name` as reported, the codec that reads it, and where the text starts."""

    name: str
    codec: str
    start: int = 0


class TextFile:
    """A binary file whose text can be read again and again.

    Args:
        stream: binary and seekable, from its beginning; it stays open, and must while it is read.
        name: how errors name the file.
        encoding: a codec's name, or None to find it out.

    Raises:
        Refused: `no-such-encoding`, `encoding-mismatch` (the stated one contradicts the file's
            byte order mark), `unknown-encoding` (none was stated and none can be told).
    """

    def __init__(self, stream: BinaryIO, name: str, encoding: str | None = None) -> None:
        self.name = name
        self._stream = stream
        if encoding is None:
            self._encoding = _found_encoding(stream, name)
        else:
            self._encoding = _stated_encoding(stream, name, encoding)
        self._bytes = _Bytes(stream, name, self._encoding)

    @property
    def encoding(self) -> str:
        """The encoding's name, such as `utf-8`, `utf-8-sig`, `utf-16` or `gb18030`."""
        return self._encoding.name

    @property
    def bytes_read(self) -> "_Bytes":
        """The bytes below the text opened last; its `nul` tells whether a NUL may have come by."""
        return self._bytes

    def text(self, newline: str | None) -> io.TextIOWrapper:
        """The text from its beginning, without byte order mark; ends what was opened before.

        Args:
            newline: as for `open`: None makes every line end `\\n`, "" leaves them as they are.
        """
        self._stream.seek(self._encoding.start)
        self._bytes = _Bytes(self._stream, self.name, self._encoding)
        return io.TextIOWrapper(self._bytes, encoding=self._encoding.codec, newline=newline)

    @contextmanager
    def naming_bad_bytes(self) -> Iterator[None]:
        """Turn a decoding fault into `undecodable-byte`, with line and byte counted from 1."""
        try:
            yield
        except UnicodeDecodeError:
            line, position, byte = self._first_bad_byte()
            raise Refused(
                "undecodable-byte",
                N_("{file} line {line}: byte {position} ({byte}) is not {encoding}"),
                "--encoding NAME",
                file=self.name,
                line=line,
                position=position,
                byte=f"0x{byte:02X}",
                encoding=self.encoding,
            ) from None

    def _first_bad_byte(self) -> tuple[int, int, int]:
        """Line, position in the file and value of the first undecodable byte, by a second reading:
        a decoder that is fed chunks knows only its place within the last of them."""
        codec = codecs.getincrementaldecoder(self._encoding.codec)()
        decoder = io.IncrementalNewlineDecoder(codec, translate=True)
        self._stream.seek(self._encoding.start)
        line, begin = 1, self._encoding.start
        while True:
            chunk = self._stream.read(_CHUNK)
            state = decoder.getstate()
            try:
                line += decoder.decode(chunk, final=not chunk).count("\n")
            except UnicodeDecodeError as error:
                bad = begin + len(chunk) - len(error.object) + error.start
                decoder.setstate(state)
                line += decoder.decode(chunk[: max(0, bad - begin)]).count("\n")
                return line, bad + 1, error.object[error.start]
            begin += len(chunk)


class _Bytes(io.BufferedIOBase):
    """A stream's bytes for a TextIOWrapper, which closes what it wraps, noting NUL on the way.

    One search per chunk makes the rows' own search needless in nearly every file.
    """

    def __init__(self, stream: BinaryIO, name: str, encoding: _Encoding) -> None:
        self.name = name
        self.nul = encoding.codec.startswith(("utf-16", "utf-32"))
        self._stream = stream

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        return self.read1(-1 if size is None else size)

    def read1(self, size: int = -1, /) -> bytes:
        chunk = self._stream.read(size)
        if not self.nul and b"\0" in chunk:
            self.nul = True
        return chunk


def _stated_encoding(stream: BinaryIO, name: str, stated: str) -> _Encoding:
    try:
        codec = codecs.lookup(stated).name
        io.TextIOWrapper(io.BytesIO(), stated)
    except (LookupError, ValueError):
        codec = "undefined"
    if codec in _NOT_OF_FILES:
        raise Refused(
            "no-such-encoding",
            N_("there is no text encoding named {encoding}"),
            "--encoding NAME",
            encoding=stated,
        )
    stream.seek(0)
    head = stream.read(SAMPLE)
    marked = _marked_encoding(head)
    if marked is None:
        if codec == "utf-16":
            return _Encoding(codec, _utf16_by_nul(head) or "utf-16-le")
        return _Encoding(codec, _UNMARKED.get(codec, codec))
    if codec in (marked.name, marked.codec):
        return marked
    raise Refused(
        "encoding-mismatch",
        N_("{file} begins with the byte order mark of {found}, so it is not {encoding}"),
        f"--encoding {marked.name}",
        file=name,
        found=marked.name,
        encoding=codec,
    )


def _found_encoding(stream: BinaryIO, name: str) -> _Encoding:
    stream.seek(0)
    sample = stream.read(SAMPLE)
    if marked := _marked_encoding(sample):
        return marked
    if codec := _utf16_by_nul(sample):
        return _Encoding(codec, codec)
    if sample.isascii():
        sample = _first_beyond_ascii(stream)
    ends = not stream.read(1)
    if _decoded(sample, "utf-8", ends) is not None or _mostly_utf8(sample):
        return _Encoding("utf-8", "utf-8")
    if _plausibly_gb18030(sample, ends):
        return _Encoding("gb18030", "gb18030")
    raise Refused(
        "unknown-encoding",
        N_("{file} is neither UTF-8 nor UTF-16 nor Chinese GB18030; its encoding must be stated"),
        "--encoding NAME",
        file=name,
    )


def _marked_encoding(head: bytes) -> _Encoding | None:
    for mark, name, codec in _MARKS:
        if head.startswith(mark):
            return _Encoding(name, codec, len(mark))
    return None


def _utf16_by_nul(head: bytes) -> str | None:
    """The UTF-16 codec that the places of the NUL bytes speak for.

    In UTF-16 each ASCII character, so each line end too, has a NUL on the same side. A few NULs
    that strayed into UTF-8 or GB18030 text do not amount to that.
    """
    high_first, low_first = head[0::2].count(0), head[1::2].count(0)
    nuls = max(high_first, low_first)
    if nuls <= 10 * min(high_first, low_first) or nuls < head.count(b"\n"):
        return None
    if 4 * nuls < len(head) and _decoded(head, "utf-8", ends=False) is not None:
        return None
    codec = "utf-16-be" if high_first > low_first else "utf-16-le"
    return codec if _decoded(head, codec, ends=False) is not None else None


def _first_beyond_ascii(stream: BinaryIO) -> bytes:
    """From the stream's place on, the first stretch that is not ASCII; b"" when all of it is."""
    while chunk := stream.read(SAMPLE):
        if not chunk.isascii():
            return chunk + stream.read(SAMPLE)
    return b""


def _decoded(sample: bytes, codec: str, ends: bool) -> str | None:
    """The sample as text, None if it is not in `codec`; it may break off unless the file `ends`."""
    try:
        return codecs.getincrementaldecoder(codec)().decode(sample, final=ends)
    except UnicodeDecodeError:
        return None


def _mostly_utf8(sample: bytes) -> bool:
    """Whether it is UTF-8 but for a few bytes: reading it will name the first of them."""
    text = sample.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    return 10 * broken < len(re.findall(_WIDE, text)) - broken


def _plausibly_gb18030(sample: bytes, ends: bool) -> bool:
    """Whether the bytes are Chinese, rather than other bytes that GB18030 decodes as well.

    It decodes nearly anything: `ü` and the letter behind it become one rare character. So nine of
    ten two-byte characters must be in GB2312, half of them must be common there (punctuation, or
    its first level, the 3,755 characters of everyday), and half must not stand alone beside a
    Latin letter, as `öß` does in `Größe` and `ÇÃ` in `MAÇÃ`.
    """
    text = _decoded(sample, "gb18030", ends)
    if text is None:
        return False
    total = known = common = 0
    for char, times in Counter(re.findall(_WIDE, text)).items():
        if len(char.encode("gb18030")) != 2:
            continue
        total += times
        code = char.encode("gb2312", "ignore")
        if code:
            known += times
            common += times * (0xA1 <= code[0] <= 0xA3 or 0xB0 <= code[0] <= 0xD7)
    lone = len(_LONE_BESIDE_LETTER.findall(text))
    return total > 0 and 10 * known >= 9 * total and 2 * common >= total and 2 * lone <= total
