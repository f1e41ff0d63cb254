"""Files of data and the types they fill: which column is which field, and what of it is kept."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from tests.journeys.converting.verdicts import APPROXIMATED, EXPRESSED, Verdict


class Filling(NamedTuple):
    """A file that fills a type.

    Args:
        columns: the field of each column; a part of one is written `address.city`.
        approximated: of columns that are not kept as they were, why.
        match: the field by which rows are records that are there already.
        round: whether numbers with too many decimals are rounded.
        only: whether its columns are told, and compared, elsewhere.
    """

    file: str
    type: str
    columns: Mapping[str, str]
    approximated: Mapping[str, str] = {}
    match: str | None = None
    round: bool = False
    only: bool = False

    def words(self, path: Path, computed: frozenset[str] = frozenset()) -> list[str]:
        """The words of the command that imports the file.

        Args:
            computed: fields that follow from others, which no column fills.
        """
        words = ["record", "import", self.type, str(path / self.file)]
        for column, field in self.columns.items():
            words += ["--map", f"{column}={'' if field in computed else field}"]
        if self.match:
            words += ["--match", self.match]
        return [*words, "--round"] if self.round else words


class DataSet(NamedTuple):
    """The types that a set of files is brought into, how, and what is computed of them then."""

    types: Path
    fillings: tuple[Filling, ...]
    computed: Mapping[str, str]


def data_set(folder: Path) -> DataSet:
    """The data set that a folder describes: `types.yaml` and `columns.yaml`."""
    said = yaml.safe_load((folder / "columns.yaml").read_text())
    fillings = tuple(Filling(**each) for each in said["files"])
    return DataSet(folder / "types.yaml", fillings, said["computed"])


def verdicts(data: DataSet) -> Iterator[Verdict]:
    """What becomes of each column, and of each figure that is computed of them."""
    for filling in data.fillings:
        for column, field in filling.columns.items() if not filling.only else ():
            place = ("types", filling.type, "fields", field.partition(".")[0])
            why = filling.approximated.get(column, "")
            grade = APPROXIMATED if why else EXPRESSED
            yield Verdict(f"{filling.file} {column}", "column", "column", grade, why, place)
    for ref, told in data.computed.items():
        type_key, _, field = ref.partition(".")
        yield Verdict(told, "figure", "figure", EXPRESSED, "", ("types", type_key, "fields", field))


def kept(written: str, value: Any) -> bool:
    """Whether a value that a record has is what a file says: all of it, in whatever form.

    Args:
        value: as JSON has it; of a link, the number or text that names what it leads to.
    """
    if value is None or written == "":
        return value is None and written == ""
    if isinstance(value, bool):
        return value == (written.lower() in ("1", "true", "yes", "是"))
    if isinstance(value, int | Decimal):
        try:
            return Decimal(written) == value
        except InvalidOperation:
            return False
    if re.fullmatch(r"\d{4}-\d\d-\d\d", str(value)):
        parts = written.split("/") if "/" in written else written.split("-")
        return [int(part) for part in parts] == [int(part) for part in str(value).split("-")]
    return str(value) == written
