"""The data that is measured on: deals with eight typed fields in six stages, made from a seed."""

import csv
import random
import shutil
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from benchmarks.measure import CRMTUI, environment, run

STAGES = ("lead", "qualified", "proposal", "negotiation", "won", "lost")
_SOURCES = ("web", "fair", "referral", "partner", "cold_call")
ACCOUNTS = 500

_OPTIONS = " ".join(f"--option {source}" for source in _SOURCES)
SETUP = f"""\
type add account --label Account
field add account.name --kind text --required --unique --title
type add deal --label Deal
field add deal.name --kind text --required --unique --title
field add deal.account --kind link --to account
field add deal.value --kind money --currency USD --min 0
field add deal.opened --kind date --indexed
field add deal.closing --kind date
field add deal.source --kind choice {_OPTIONS}
field add deal.seats --kind integer --min 0
field add deal.note --kind text
""" + "".join(f"stage add deal {stage}\n" for stage in STAGES)


class Sample:
    """Files of one run, each made when it is first asked for.

    Args:
        folder: where they are kept.
        records: how many records the workspace of pages and boards has.
    """

    def __init__(self, folder: Path, records: int) -> None:
        self.folder = folder
        self.records = records
        self._copies = 0

    def env(self, db: Path | str = "") -> Mapping[str, str]:
        """The environment of a process that works on `db`."""
        return environment(self.folder, db)

    @cached_property
    def empty(self) -> Path:
        """A workspace without types."""
        path = self.folder / "empty.db"
        run([CRMTUI, "init"], self.env(path))
        return path

    @cached_property
    def defined(self) -> Path:
        """A workspace with accounts, and a type of deals that has no records yet."""
        path = self.folder / "defined.db"
        setup = self._written("setup.crm", SETUP)
        names = "".join(f"Account {number}\n" for number in range(ACCOUNTS))
        accounts = self._written("accounts.csv", "name\n" + names)
        run([CRMTUI, "batch", str(setup)], self.env(path))
        run([CRMTUI, "record", "import", "account", str(accounts)], self.env(path))
        return path

    @cached_property
    def small(self) -> Path:
        """A workspace with 2,000 deals."""
        return self._filled(2_000)

    @cached_property
    def large(self) -> Path:
        """A workspace with as many deals as the run is about."""
        return self._filled(self.records)

    def deals(self, count: int) -> Path:
        """A CSV file of deals."""
        path = self.folder / f"deals-{count}.csv"
        if not path.exists():
            _write_deals(path, count)
        return path

    def copy(self, path: Path) -> Path:
        """A copy of a workspace, to be written to."""
        self._copies += 1
        return Path(shutil.copy(path, self.folder / f"copy-{self._copies}.db"))

    def drop(self, path: Path) -> None:
        """Remove a workspace and what stands beside it."""
        for each in self.folder.glob(path.name + "*"):
            each.unlink()

    def lines(self, name: str, lines: list[str]) -> Path:
        """A file of lines."""
        return self._written(name, "".join(f"{line}\n" for line in lines))

    def _filled(self, count: int) -> Path:
        path = self.folder / f"filled-{count}.db"
        shutil.copy(self.defined, path)
        run([CRMTUI, "record", "import", "deal", str(self.deals(count))], self.env(path))
        return path

    def _written(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path


def _write_deals(path: Path, count: int) -> None:
    chance = random.Random(20260101)
    with open(path, "w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(
            "name account value opened closing source seats note stage".split(),
        )
        for number in range(1, count + 1):
            year, month = chance.randint(2022, 2026), chance.randint(1, 12)
            writer.writerow(
                (
                    f"Deal {number:07d}",
                    f"Account {chance.randrange(ACCOUNTS)}",
                    f"{chance.randrange(100, 20_000_000) / 100:.2f}",
                    f"{year}-{month:02d}-{chance.randint(1, 28):02d}",
                    f"{year + 1}-{month:02d}-{chance.randint(1, 28):02d}",
                    chance.choice(_SOURCES),
                    chance.randint(1, 500),
                    "to be called back" if chance.random() < 0.3 else "",
                    chance.choice(STAGES),
                )
            )
