"""Looking for bytes in everything that a workspace keeps on the disk."""

from collections.abc import Iterator
from pathlib import Path


def files_of(path: str) -> Iterator[Path]:
    """The file, what SQLite keeps beside it, and the contents of attached files."""
    for suffix in ("", "-wal", "-shm", ".lock"):
        file = Path(path + suffix)
        if file.exists():
            yield file
    folder = Path(path + ".files")
    if folder.exists():
        yield from (file for file in folder.rglob("*") if file.is_file())


def holding(path: str, *texts: str) -> set[tuple[str, str]]:
    """Which of some texts stand in which of these files, as UTF-8."""
    return {
        (text, file.name)
        for file in files_of(path)
        for text in texts
        if text.encode() in file.read_bytes()
    }
