"""Full screen."""

from collections.abc import Iterator

from benchmarks.report import Row
from benchmarks.sample import Sample


def rows(sample: Sample, rounds: int) -> Iterator[Row]:
    """To come."""
    yield from ()
