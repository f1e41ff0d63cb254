"""Questions that would take all there is are ended, by name, and leave nothing behind."""

import os
import threading
import time
from typing import Any

import pytest

from crmtui.store.errors import CrmError
from crmtui.store.sql import limits
from crmtui.store.sql.limits import Limits
from crmtui.store.sql.process import Process
from crmtui.store.workspace import Workspace
from tests.store.sql.asking import SECONDS, asked, calling, refusal

ENDLESS = "with recursive t (n) as (select 1 union all select n + 1 from t)"
TEN = "(values (1), (2), (3), (4), (5), (6), (7), (8), (9), (10))"
DOUBLED = ", ".join(f"c{n} as (select a.x from c{n - 1} a, c{n - 1} b)" for n in range(1, 24))

BOMBS: dict[str, tuple[str, set[str]]] = {
    "a recursion without end": (f"{ENDLESS} select count(*) from t", {"sql-timeout"}),
    "one that gives rows without end": (f"{ENDLESS} select n from t", {"too-many-rows"}),
    "one that remembers every row": (
        "with recursive t (n, b) as (select 1, '' union select n + 1, randomblob(9999) from t)"
        " select count(*) from t",
        {"sql-timeout", "sql-memory"},
    ),
    "everything with everything": (
        f"select count(*) from {' , '.join(f'{TEN} t{n}' for n in range(12))}",
        {"sql-timeout"},
    ),
    "everything sorted": (
        f"{ENDLESS} select * from (select n, randomblob(100000) b from t limit 100000) order by b",
        {"sql-timeout", "sql-memory"},
    ),
    "a text that is written for seconds, which SQLite itself cannot interrupt": (
        "select printf('%.*c', 900000000, 'x')",
        {"sql-timeout", "sql-memory"},
    ),
    "a blob of nearly a gigabyte": ("select length(zeroblob(999999999))", {"bad-sql"}),
    "random bytes as text": ("select length(hex(randomblob(16000000)))", {"bad-sql"}),
    "texts replaced by longer ones": (
        "select replace(replace(hex(zeroblob(9999)), '0', hex(zeroblob(9999))), '0', 'xx')",
        {"bad-sql", "sql-memory"},
    ),
    "texts joined without end": (
        f"{ENDLESS} select group_concat(hex(zeroblob(100000))) from t",
        {"bad-sql", "sql-timeout", "sql-memory"},
    ),
    "a list without end": (
        f"{ENDLESS} select json_group_array(hex(zeroblob(100000))) from t",
        {"bad-sql", "sql-timeout", "sql-memory"},
    ),
    "rows of many large values": (
        "select " + ", ".join("hex(zeroblob(7000000))" for _ in range(30)),
        {"too-large-row", "sql-memory", "bad-sql"},
    ),
    "an expression of many levels": ("select " + "(" * 900 + "1" + ")" * 900, {"bad-sql"}),
    "a sum of many terms": ("select " + "+".join("1" * 1000), {"bad-sql"}),
    "a union of hundreds": (" union ".join(["select 1"] * 600), {"bad-sql"}),
    "a text that is looked for at every place of another, which nothing interrupts": (
        "select instr(hex(zeroblob(4000000)), hex(zeroblob(1000000)) || '1')",
        {"sql-timeout"},
    ),
    "a pattern that is too long": (
        "select 'a' like '" + "%a" * 1000 + "'",
        {"bad-sql"},
    ),
    "table expressions that double, before anything is run": (
        f"with c0 as (select 1 x), {DOUBLED} select count(*) from c23",
        {"sql-memory", "sql-timeout"},
    ),
    "more columns than there may be": ("select " + ",".join("1" * 3000), {"bad-sql"}),
    "JSON of many levels": (
        "select json_extract('" + "[" * 40_000 + "', '$')",
        {"bad-sql"},
    ),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_ended_by_name(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, bomb: str
) -> None:
    monkeypatch.setattr(limits, "MEMORY", 64 << 20)
    sql, codes = BOMBS[bomb]
    assert refusal(workspace, sql, seconds=0.5, rows=1000).code in codes
    # And the next question is answered as if nothing had been.
    assert asked(workspace, "select count(*) from deal") == [[0]]


@pytest.mark.parametrize(
    "harmless", ["select 'a' || 'b'", "select printf('%.2f', 1.005)", "select hex(zeroblob(3))"]
)
def test_what_only_looks_like_one_is_answered(workspace: Workspace, harmless: str) -> None:
    assert len(asked(workspace, harmless)) == 1


# Rows


def test_an_answer_may_have_as_many_rows_as_are_allowed_and_not_one_more(
    workspace: Workspace,
) -> None:
    assert asked(workspace, "values (1), (2), (3)", rows=3) == [[1], [2], [3]]
    problem = refusal(workspace, "values (1), (2), (3), (4)", rows=3)
    assert (problem.code, problem.facts["most"]) == ("too-many-rows", 3)


def test_rows_come_as_they_are_found_and_the_rest_need_not_be(workspace: Workspace) -> None:
    with workspace.sql(f"{ENDLESS} select n from t", limits=Limits(SECONDS, None)) as answer:
        rows = iter(answer)
        assert [next(rows)[0] for _ in range(5000)] == list(range(1, 5001))


def test_only_the_time_that_is_waited_counts_and_not_that_of_who_reads(
    workspace: Workspace,
) -> None:
    numbers = f"{ENDLESS} select n from t limit 100000"
    with workspace.sql(numbers, limits=Limits(SECONDS, None)) as answer:
        rows = iter(answer)
        next(rows)
        assert answer._process
        left = answer._process._left
        time.sleep(0.2)
        assert answer._process._left == left < SECONDS
        assert sum(1 for _ in rows) == 99_999


def test_more_records_than_may_be_copied_are_refused(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("One", "Two", "Three"):
        workspace.add("deal", {"name": name})
    monkeypatch.setattr(limits, "COPIED", 3)
    assert asked(workspace, "select count(*) from deal") == [[3]]
    workspace.add("account", {"name": "Acme"})
    problem = refusal(workspace, "select count(*) from deal, account")
    assert (problem.code, problem.facts["most"]) == ("too-many-records", 3)


def test_a_copy_that_does_not_fit_is_refused(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(40):
        workspace.add("deal", {"name": f"{number}", "notes": f"{number}" + "x" * 500_000})
    monkeypatch.setattr(limits, "MEMORY", 16 << 20)
    assert refusal(workspace, "select notes from deal").code == "sql-memory"
    assert asked(workspace, "select count(*), max(name) from deal") == [[40, "9"]]


def test_an_answer_of_too_many_bytes_is_refused(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "ANSWERED", 1 << 20)
    text = f"{ENDLESS} select hex(zeroblob(1000)) from t"
    assert refusal(workspace, text, rows=None).code == "too-much-output"


# The child


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_no_child_is_left_whatever_becomes_of_the_question(workspace: Workspace) -> None:
    def answered(sql: str, **given: Any) -> int:
        with workspace.sql(sql, limits=Limits(**{"seconds": SECONDS, **given})) as answer:
            try:
                next(iter(answer), None)
            except CrmError:
                pass
            assert answer._process
        return answer._process._pid

    assert not alive(answered("select 1"))
    assert not alive(answered(f"{ENDLESS} select n from t"))
    assert not alive(answered(f"{ENDLESS} select max(n) from t", seconds=0.2))
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_another_thread_can_cancel_a_question(workspace: Workspace) -> None:
    with workspace.sql(f"{ENDLESS} select n from t where n < 0", limits=Limits(SECONDS)) as answer:
        timer = threading.Timer(0.1, answer.cancel)
        timer.start()
        with pytest.raises(CrmError) as caught:
            list(answer)
        timer.join()
    assert caught.value.code == "sql-cancelled"


def test_a_question_that_was_cancelled_before_it_began_is_not_answered(
    workspace: Workspace,
) -> None:
    with workspace.sql("select 1", limits=Limits(SECONDS)) as answer:
        answer.cancel()
        with pytest.raises(CrmError) as caught:
            list(answer)
    assert caught.value.code == "sql-cancelled"


def test_a_child_that_ends_by_itself_is_told_of(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with calling(monkeypatch, "die", lambda: os.kill(os.getpid(), 11)):
        assert refusal(workspace, "select die()").code == "sql-failed"


def test_a_child_that_never_gets_going_is_tried_again(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from crmtui.store.sql import child, process

    tries = []
    start = Process._start

    def stuck_at_first(self: Process, question: child.Question) -> None:
        tries.append(1)
        with monkeypatch.context() as patched:
            if len(tries) == 1:
                patched.setattr(child, "provide", lambda *_: time.sleep(60))
            start(self, question)

    monkeypatch.setattr(process, "_READY", (0.3, 8.0))
    monkeypatch.setattr(Process, "_start", stuck_at_first)
    assert asked(workspace, "select 1") == [[1]]
    assert len(tries) == 2


def test_where_no_process_can_be_forked_it_is_said(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "fork")
    assert refusal(workspace, "select 1").code == "no-fork"
