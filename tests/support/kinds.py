"""Reading one value as a field of some kind does."""

from datetime import UTC, datetime
from typing import Any

import pytest

from crmtui.model.definitions import Field, Option
from crmtui.store.kinds import KINDS, BadValue, Reading

NOW = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)

OPTIONS = (
    Option(id=1, key="web", label="Website", label_zh="网站"),
    Option(id=2, key="fair", label="web"),  # a label that is another's key
    Option(id=3, key="café", label="Café au lait"),
    Option(id=4, key="fax", label="Fax", retired_at="2026-01-01T00:00:00.000Z"),
)


def field(kind: str, **settings: Any) -> Field:
    """A field of a kind by itself."""
    return Field(id=1, key="f", kind=kind, **settings)


def read(kind: str, value: Any, date_order: str | None = None, **settings: Any) -> Any:
    """What is stored of a written value."""
    return KINDS[kind].reader(field(kind, **settings), Reading(NOW, date_order))(value)


def problem(kind: str, value: Any, **settings: Any) -> str:
    """The code of the one short line by which a written value is refused."""
    with pytest.raises(BadValue) as caught:
        read(kind, value, **settings)
    text = str(caught.value.message)
    assert "\n" not in text and len(text) < 400
    return caught.value.code


def bad_setting(kind: str, **settings: Any) -> str:
    """The code by which the settings of a field are refused."""
    with pytest.raises(BadValue) as caught:
        KINDS[kind].check_settings(field(kind, **settings), Reading(NOW))
    return caught.value.code


def shown(kind: str, value: Any, language: str = "en", **settings: Any) -> str:
    """A written value as people read it."""
    return KINDS[kind].shown(read(kind, value, **settings), field(kind, **settings), language)


def plain(kind: str, value: Any, **settings: Any) -> str:
    """A written value as machines read it."""
    return KINDS[kind].plain(read(kind, value, **settings), field(kind, **settings))


def as_json(kind: str, value: Any, **settings: Any) -> Any:
    """A written value as JSON holds it."""
    return KINDS[kind].json(read(kind, value, **settings), field(kind, **settings))
