"""What the tests of SQL ask, and how they look at what came of it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from crmtui.store.errors import CrmError
from crmtui.store.sql.limits import Limits
from crmtui.store.workspace import Workspace

SECONDS = 20.0
"""Far more than any question of a test takes, on a machine that is busy with others."""


def asked(
    workspace: Workspace,
    sql: str,
    parameters: Mapping[str, Any] | None = None,
    *,
    seconds: float = SECONDS,
    rows: int | None = None,
) -> list[list[Any]]:
    """The rows of an answer."""
    with workspace.sql(sql, parameters, limits=Limits(seconds, rows)) as answer:
        return list(answer)


def names(workspace: Workspace, sql: str) -> list[str]:
    """The names of the columns of an answer."""
    with workspace.sql(sql, limits=Limits(SECONDS)) as answer:
        return [column.key for column in answer.columns]


def refusal(workspace: Workspace, sql: str, **given: Any) -> CrmError:
    """The one line by which a question is refused."""
    with pytest.raises(CrmError) as caught:
        asked(workspace, sql, **given)
    assert "\n" not in str(caught.value) or "\n" in sql
    return caught.value


@contextmanager
def calling(monkeypatch: pytest.MonkeyPatch, name: str, function: Any) -> Iterator[None]:
    """Within it, SQL may call a function of the test's own, which runs inside the child."""
    from crmtui.store.sql import child

    provide = child.provide

    def provided(connection: Any, setting: Any) -> None:
        provide(connection, setting)
        connection.create_function(name, -1, function)

    with monkeypatch.context() as patched:
        patched.setattr(child, "provide", provided)
        patched.setattr(child, "ALLOWED", child.ALLOWED | {name})
        yield
