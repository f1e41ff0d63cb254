"""The pages of docs/ are what the program says, and what README shows is what happens."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest

ROOT = Path(__file__).resolve().parent.parent
GENERATE = ROOT / "docs" / "generate.py"
README = ROOT / "README.md"


def generator() -> Any:
    """docs/generate.py as a module."""
    spec = importlib.util.spec_from_file_location("generate", GENERATE)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["generate"] = module
    spec.loader.exec_module(module)
    return module


def run_generator(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, GENERATE, *words],
        capture_output=True,
        text=True,
        env=os.environ | environment,
    )


def test_the_generated_pages_are_up_to_date() -> None:
    done = run_generator("--check")
    assert done.returncode == 0, done.stderr


def test_the_generated_pages_depend_on_no_environment() -> None:
    done = run_generator(
        "--check", LANG="zh_CN.UTF-8", TERM="dumb", COLUMNS="40", TZ="Asia/Shanghai", NO_COLOR="1"
    )
    assert done.returncode == 0, done.stderr


def test_a_stale_page_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = generator()
    (tmp_path / "one.md").write_text("old", encoding="utf-8")
    monkeypatch.setattr(module, "HERE", tmp_path)
    monkeypatch.setattr(module, "pages", lambda: {"one.md": "new"})
    monkeypatch.setattr(sys, "argv", ["generate.py", "--check"])
    assert module.main() == 1
    monkeypatch.setattr(sys, "argv", ["generate.py"])
    assert module.main() == 0
    assert (tmp_path / "one.md").read_text(encoding="utf-8") == "new"


def test_every_command_is_told() -> None:
    from crmtui.cli import COMMANDS, cli

    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    headings = set(re.findall(r"^##+ (crmtui.*)$", text, re.MULTILINE))
    context = click.Context(cli, info_name="crmtui")
    for name in COMMANDS:
        assert f"crmtui {name}" in headings
        command = cli.get_command(context, name)
        if isinstance(command, click.Group):
            inner = click.Context(command, context, name)
            for verb in command.list_commands(inner):
                # A second word for the same verb is not told twice.
                found = command.get_command(inner, verb)
                assert found is not None
                assert found.hidden or f"crmtui {name} {verb}" in headings


def test_every_code_of_an_error_is_told() -> None:
    """Codes are searched for in another way than the page does: as words where errors are made."""
    text = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^\| `([a-z-]+)` \|", text, re.MULTILINE))
    made = re.compile(
        r"\b(?:Refused|Misused|NotFound|Forbidden|Conflict|BadValue)\(\s*\"([a-z-]+)\"", re.DOTALL
    )
    for path in (ROOT / "crmtui").rglob("*.py"):
        missing = set(made.findall(path.read_text(encoding="utf-8"))) - told
        assert not missing, path


def transcripts() -> list[tuple[str, list[str]]]:
    """The commands of the README's marked blocks, each with the lines it is to print."""
    assert README.exists(), "README.md is missing"
    text = README.read_text(encoding="utf-8")
    blocks = re.findall(r"^<!-- run -->\n```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert blocks, "README.md has no block marked with <!-- run -->"
    steps: list[tuple[str, list[str]]] = []
    for line in "".join(blocks).splitlines():
        if line.startswith("$ "):
            steps.append((line[2:], []))
        elif steps and steps[-1][0].endswith("\\") and not steps[-1][1]:
            steps[-1] = (f"{steps[-1][0]}\n{line}", [])
        else:
            assert steps, f"output before the first command: {line}"
            steps[-1][1].append(line)
    return steps


def fits(expected: list[str], found: list[str]) -> bool:
    """Whether lines are the expected ones; a line `...` stands for any number of lines."""
    if not expected:
        return not found
    if expected[0].strip() == "...":
        return any(fits(expected[1:], found[skipped:]) for skipped in range(len(found) + 1))
    return bool(found) and expected[0] == found[0] and fits(expected[1:], found[1:])


def test_the_transcript_of_the_readme_is_what_happens(tmp_path: Path) -> None:
    home = tmp_path / "home"
    here = tmp_path / "here"
    home.mkdir()
    here.mkdir()
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("CRMTUI", "XDG_", "LC_", "LANG"))
    }
    env = kept | {
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "TERM": "dumb",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    for command, expected in transcripts():
        done = subprocess.run(
            ["sh", "-c", command],
            cwd=here,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        found = done.stdout.decode().splitlines()
        assert fits(expected, found), "\n".join(
            [f"$ {command}", *found, "-- README has:", *expected]
        )


@pytest.mark.parametrize(
    ("expected", "found", "fit"),
    [
        ([], [], True),
        ([], ["a"], False),
        (["a", "..."], ["a", "b", "c"], True),
        (["...", "c"], ["a", "b", "c"], True),
        (["...", "d"], ["a", "b", "c"], False),
        (["a"], ["a", "b"], False),
    ],
)
def test_three_dots_stand_for_any_lines(expected: list[str], found: list[str], fit: bool) -> None:
    assert fits(expected, found) is fit


def test_what_the_page_on_security_says_was_tried_is_tried() -> None:
    page = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(test_\w+)`", page))
    written = {
        name
        for path in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"def (test_\w+)", path.read_text(encoding="utf-8"))
    }
    assert len(named) > 30
    assert named - written == set()
