"""The program as people and scripts run it: a process, its two outputs and its exit code."""

import io
import json
import os
import pty
import select
import subprocess
import sys
from collections.abc import Iterable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

import pytest

PROGRAM = (sys.executable, "-m", "crmtui")
REPOSITORY = Path(__file__).parents[2]
SAMPLE = REPOSITORY / "crmtui" / "sample" / "maven"
SHARED = REPOSITORY.parent / "shared"


def shared(*parts: str) -> Path:
    """A file of the collection beside the repository; skips the test where there is none."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"{'/'.join(parts)} is not beside the repository")
    return path


def answer(dataset: str, question: str) -> list[dict[str, Any]]:
    """The reference answer to a question about one of the shared data sets."""
    document = json.loads(shared("data", "answers", f"{dataset}.json").read_text())
    return next(each["result"] for each in document["answers"] if each["id"] == question)


class Outcome(NamedTuple):
    """What a run left: its exit code, standard output and standard error."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as JSON; numbers with a fraction are exact."""
        from decimal import Decimal

        return json.loads(self.out, parse_float=Decimal)

    @property
    def lines(self) -> list[str]:
        """The lines of standard output."""
        return self.out.splitlines()

    @property
    def error(self) -> Any:
        """The last line of standard error as the JSON it is with `--json`."""
        return json.loads(self.err.splitlines()[-1])["error"]


def run(
    *words: object,
    stdin: str | bytes | None = None,
    env: dict[str, str] | None = None,
    cwd: Path | str | None = None,
) -> Outcome:
    """Run the program in a process of its own, as `python -m crmtui WORDS`."""
    done = subprocess.run(
        [*PROGRAM, *map(str, words)],
        input=stdin.encode() if isinstance(stdin, str) else stdin or b"",
        capture_output=True,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)} | (env or {}),
        cwd=cwd,
        timeout=120,
        check=False,
    )
    return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())


def call(*words: object, stdin: str | bytes = b"") -> Outcome:
    """Run the program within this process: the same path from words to exit code, but quick."""
    from crmtui.cli import run as run_here
    from crmtui.commands import _errors
    from crmtui.i18n import choose

    vars(_errors.state).clear()
    vars(_errors.state).update(vars(type(_errors.state)()))
    choose()
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8")
    given = io.TextIOWrapper(
        io.BytesIO(stdin.encode() if isinstance(stdin, str) else stdin), "utf-8"
    )
    before, sys.stdin = sys.stdin, given
    try:
        with redirect_stdout(out), redirect_stderr(err):
            code = run_here([str(word) for word in words])
    finally:
        sys.stdin = before
    for stream in (out, err):
        stream.flush()
    return Outcome(int(code), out.buffer.getvalue().decode(), err.buffer.getvalue().decode())  # type: ignore[attr-defined]


class Crm:
    """The program on the workspace `CRMTUI_DB` names; an exit code that is not expected fails."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.folder = Path(path).parent

    def __call__(self, *words: object, code: int | tuple[int, ...] = 0, **given: Any) -> Outcome:
        return self._checked(run(*words, **given), words, code)

    def here(
        self, *words: object, code: int | tuple[int, ...] = 0, stdin: str | bytes = b""
    ) -> Outcome:
        """The same within this process, for tests of many cases."""
        return self._checked(call(*words, stdin=stdin), words, code)

    def script(self, text: str) -> Outcome:
        """Run command lines as a batch."""
        return self.here("batch", "-", stdin=text)

    def file(self, name: str, content: str | bytes) -> Path:
        """A file in the test's folder."""
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def refused(
        self, *words: object, code: int | tuple[int, ...], here: bool = True, **given: Any
    ) -> str:
        """Run what must fail: one clear line, nothing on standard output, nothing changed.

        Returns:
            Standard error.
        """
        before, files = self.everything(), self.files()
        outcome = (self.here if here else self)(*words, code=code, **given)
        assert outcome.out == ""
        errors = [line for line in outcome.err.splitlines() if ": error: " in line]
        assert len(errors) == 1, outcome.err
        assert self.everything() == before
        assert self.files() == files
        return outcome.err

    def everything(self) -> Any:
        """All that the workspace's file holds, down to the last journal row.

        But for what is remembered of refusals, which is written because nothing else was.
        """
        from tests.support.workspaces import dump

        if not os.path.exists(self.path):
            return None
        return {name: rows for name, rows in dump(self.path).items() if name != "crm_refusal"}

    def files(self) -> set[str]:
        """What lies in the test's folder, but for the database's own lock and log."""
        own = tuple(f"{os.path.basename(self.path)}{end}" for end in (".lock", "-wal", "-shm"))
        return {name for name in os.listdir(self.folder) if name not in own}

    def count(self, type_key: str, where: str | None = None) -> int:
        """How many records of a type match."""
        words = ["record", "list", type_key, "--ids", *(["--where", where] if where else [])]
        return len(self.here(*words).lines)

    def records(self, type_key: str, *words: str) -> list[dict[str, Any]]:
        """The records of a type as JSON tells them."""
        return self.here("record", "list", type_key, "--json", *words).json

    def values(self, type_key: str, field: str, *words: str) -> list[Any]:
        """One field of every record of a type, in order of id."""
        return [record[field] for record in self.records(type_key, "--fields", field, *words)]

    @staticmethod
    def _checked(outcome: Outcome, words: Sequence[object], code: int | tuple[int, ...]) -> Outcome:
        said = f"{' '.join(map(str, words))[:200]}: {outcome.code}, {outcome.err[:500]}"
        assert "Traceback" not in outcome.err, said
        assert "[internal]" not in outcome.err, said
        codes = (code,) if isinstance(code, int) else code
        assert outcome.code in codes, said
        return outcome


def on_terminal(
    *words: object,
    size: tuple[int, int] = (80, 24),
    env: dict[str, str] | None = None,
    typed: Iterable[str] = (),
) -> tuple[int, str]:
    """Run the program on a terminal of the kernel's; its exit code, and all the terminal got.

    The terminal's own doing is undone: line ends are `\\n` again.
    """
    import fcntl
    import struct
    import termios

    main, other = pty.openpty()
    fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    process = subprocess.Popen(
        [*PROGRAM, *map(str, words)],
        stdin=other,
        stdout=other,
        stderr=other,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY), "TERM": "xterm-256color"} | (env or {}),
        start_new_session=True,
    )
    os.close(other)
    got = b""
    for text in typed:
        os.write(main, text.encode())
    while True:
        ready, _, _ = select.select([main], [], [], 30)
        try:
            chunk = os.read(main, 65536) if ready else b""
        except OSError:  # the other side is closed
            chunk = b""
        if not chunk:
            break
        got += chunk
    os.close(main)
    return process.wait(30), got.decode().replace("\r\n", "\n")
