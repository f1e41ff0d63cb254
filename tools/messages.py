"""The translation catalogues: gathered from the sources, compiled, and checked.

    python tools/messages.py            gather new messages into the .po files and compile them
    python tools/messages.py --check    exit 1 when a message is missing, untranslated or stale

A message is what stands in `_("...")` or `N_("...")`. The strings of click that people see in help
and usage errors are gathered too, from the installed package.
"""

import inspect
import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from crmtui.cli import cli
from crmtui.i18n import choose

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "crmtui" / "locale"
DOMAIN = "crmtui"
LANGUAGES = ("zh_CN",)
KEYWORDS = {"_": None, "N_": None}
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
CLICK_KEYWORDS = {"_": None, "ngettext": (1, 2)}


def gathered() -> Catalog:
    """Every message of the sources, with the places where it stands."""
    template = Catalog(project="crmtui", copyright_holder="The crmtui contributors")
    for place, message in _messages():
        template.add(message, locations=[(place, 0)])
    return template


def _messages() -> Iterator[tuple[str, str | tuple[str, str]]]:
    package = ROOT / "crmtui"
    for name, _line, message, _comments, _context in extract_from_dir(
        str(package), [("**.py", "python")], keywords=KEYWORDS
    ):
        yield f"crmtui/{name}", message
    yield from _helps(cli, "crmtui")
    seen_by_people = {
        "core.py",
        "exceptions.py",
        "types.py",
        "decorators.py",
        "formatting.py",
        "parser.py",
    }
    folder = Path(click.__file__).parent
    for name, _line, message, _comments, _context in extract_from_dir(
        str(folder), [("**.py", "python")], keywords=CLICK_KEYWORDS
    ):
        if name in seen_by_people:
            yield "click", message


def _helps(command: click.Command, path: str) -> Iterator[tuple[str, str]]:
    """The help of every command: it stands in docstrings, which nothing marks."""
    if command.help:
        yield path, inspect.cleandoc(command.help)
    if isinstance(command, click.Group):
        ctx = click.Context(command)
        for name in command.list_commands(ctx):
            found = command.get_command(ctx, name)
            if found:
                yield from _helps(found, f"{path} {name}")


def merged(language: str, template: Catalog) -> Catalog:
    """The catalogue of a language with exactly the messages of `template`."""
    path = po_path(language)
    catalog = Catalog(locale=language, domain=DOMAIN, project="crmtui")
    if path.exists():
        with path.open("rb") as stream:
            catalog = read_po(stream, locale=language, domain=DOMAIN)
    catalog.update(template, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    return catalog


def po_path(language: str) -> Path:
    """Where the text catalogue of a language stands."""
    return LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def po_bytes(catalog: Catalog) -> bytes:
    """A catalogue as text, without anything that changes from day to day."""
    out = io.BytesIO()
    write_po(out, catalog, width=100, sort_output=True, omit_header=False, include_lineno=False)
    kept = [
        line
        for line in out.getvalue().splitlines(keepends=True)
        if not line.startswith((b'"POT-Creation-Date', b'"PO-Revision-Date', b'"Generated-By'))
    ]
    return b"".join(kept)


def mo_bytes(catalog: Catalog) -> bytes:
    """A catalogue as gettext reads it."""
    out = io.BytesIO()
    # The header would tell the minute it was written.
    catalog.creation_date = catalog.revision_date = EPOCH
    write_mo(out, catalog)
    return out.getvalue()


def untranslated(catalog: Catalog) -> list[Message]:
    """The messages that a language has no words for."""
    return [message for message in catalog if message.id and not all(_strings(message))]


def _strings(message: Message) -> list[str]:
    return list(message.string) if isinstance(message.string, list | tuple) else [message.string]


choose("en")


def main(check: bool) -> int:
    """Write or check every catalogue; 1 when something is missing."""
    template = gathered()
    faults = 0
    for language in LANGUAGES:
        catalog = merged(language, template)
        for message in untranslated(catalog):
            print(f"{language}: not translated: {message.id!r}")
            faults += 1
        path = po_path(language)
        written = (
            (path, po_bytes(catalog)),
            (path.with_suffix(".mo"), mo_bytes(read_back(catalog))),
        )
        for file, content in written:
            if check and (not file.exists() or file.read_bytes() != content):
                print(f"{file.relative_to(ROOT)} is stale; run: make docs")
                faults += 1
            elif not check:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
    return 1 if faults and check else 0


def read_back(catalog: Catalog) -> Catalog:
    """The catalogue as its file says it, so that both files always agree."""
    return read_po(io.BytesIO(po_bytes(catalog)), locale=str(catalog.locale), domain=DOMAIN)


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
