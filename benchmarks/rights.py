"""What rights cost: reads by somebody who may see a part, beside the same SQL by hand.

The workspace has 50 roles and 20 users. One of them may read what is their own, a twentieth of all
records, another what is their team's, a fifth; by three roles, with two masks and a hidden field.
"""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.measure import CRMTUI, PYTHON, called, environment, in_turns, run
from benchmarks.report import Row, ratio
from benchmarks.sample import Sample

BUDGET = 1.3
PIPED = 1.25
"""That of anybody's short command, though roles are read and conditions made of them besides."""

USERS, ROLES, TEAMS = 20, 50, 5
_FLOOR = (
    "import click, sqlite3;"
    "sqlite3.connect({path!r}).execute('SELECT * FROM deal LIMIT 50').fetchall()"
)
_FIELDS = """
field add deal.owner --kind user
field add deal.phone --kind phone --region CN
field add deal.mail --kind email
field add deal.margin --kind money --currency USD
"""
_COLUMNS = (
    "r.id, r.stage, r.status, r.revision, r.removed_at, r.name, r.account, a.name, r.value,"
    " r.opened, r.closing, r.source, r.seats, r.note, r.owner,"
    " (SELECT key FROM crm_user WHERE id = r.owner),"
    " substr(r.phone, 4, 3) || '****' || substr(r.phone, -4),"
    " substr(r.mail, 1, 1) || '***' || substr(r.mail, instr(r.mail, '@'))"
)
_PAGE = (
    f"SELECT {_COLUMNS} FROM deal r LEFT JOIN account a ON a.id = r.account"
    " WHERE r.removed_at IS NULL AND {theirs} {more} ORDER BY {order} LIMIT 50"
)
_GROUPED = (
    "SELECT stage, count(*), sum(value) FROM deal r WHERE removed_at IS NULL AND {theirs}"
    " GROUP BY stage"
)


def rows(sample: Sample, rounds: int) -> Iterator[Row]:
    """Pages, a filter, a board's sums and a count; then single commands."""
    path = sample.copy(sample.large)
    _share(path)
    for user, whose in (("u1", "own"), ("u2", "team")):
        yield from _read(path, user, whose, rounds)
    sample.drop(path)
    yield from _commands(sample, rounds)


def _read(path: Path, user: str, whose: str, rounds: int) -> Iterator[Row]:
    from crmtui.store.workspace import Workspace

    with Workspace.open(str(path), as_user=user) as workspace:
        connection = workspace._database.connection
        ids = [row[0] for row in connection.execute(_owners(user, whose))]
        theirs = f"r.owner IN ({', '.join(map(str, ids))})"

        def by_hand(sql: str) -> list[tuple[Any, ...]]:
            return connection.execute(sql).fetchall()

        page = partial(_PAGE.format, theirs=theirs)
        subjects: dict[str, tuple[str, Callable[[], Any]]] = {
            "page": (page(more="", order="r.id"), lambda: workspace.records("deal", limit=50)),
            "page, sorted": (
                page(more="", order="r.opened DESC, r.id DESC"),
                lambda: workspace.records("deal", sort=["-opened"], limit=50),
            ),
            "page, filtered": (
                page(more="AND r.stage = 'won'", order="r.opened DESC, r.id DESC"),
                lambda: workspace.records(
                    "deal", where="stage = 'won'", sort=["-opened"], limit=50
                ),
            ),
            "sums by stage": (_GROUPED.format(theirs=theirs), lambda: workspace.board("deal")),
        }
        for what, (sql, ours) in subjects.items():
            taken = in_turns(
                {
                    "floor": partial(called, partial(by_hand, sql)),
                    "ours": partial(called, ours),
                },
                rounds,
            )
            yield ratio(f"{what}, what is {whose}", taken["ours"], taken["floor"], BUDGET)


def _commands(sample: Sample, rounds: int) -> Iterator[Row]:
    path = sample.copy(sample.small)
    _share(path)
    env = sample.env(path)
    acting = ["--as", "u1"]
    taken = in_turns(
        {
            "floor": lambda: run([PYTHON, "-c", _FLOOR.format(path=str(path))], env).cpu,
            "list": lambda: (
                run([CRMTUI, "record", "list", "deal", "--limit", "50", *acting], env).cpu
            ),
            "show": lambda: run([CRMTUI, "record", "show", "deal/7", *acting], env).cpu,
            "set": lambda: run([CRMTUI, "record", "set", "deal/7", "seats=3", *acting], env).cpu,
        },
        rounds,
    )
    for verb in ("list", "show", "set"):
        yield ratio(f"record {verb} by a user of 3 roles", taken[verb], taken["floor"], PIPED)
    sample.drop(path)


def _owners(user: str, whose: str) -> str:
    if whose == "own":
        return f"SELECT id FROM crm_user WHERE key = '{user}'"
    return (
        "SELECT u.id FROM crm_user u JOIN crm_user m ON m.teams = u.teams"
        f" WHERE m.key = '{user}' ORDER BY u.id"
    )


def _share(path: Path) -> None:
    """Give a workspace users, teams and roles, and its records owners."""
    from crmtui.store.changes import Change
    from crmtui.store.workspace import Workspace

    script = path.with_suffix(".crm")
    script.write_text(_FIELDS, encoding="utf-8")
    run([CRMTUI, "batch", str(script)], environment(path.parent, path))
    with Workspace.open(str(path)) as workspace:
        changes = [Change("add", "team", f"t{n}") for n in range(TEAMS)]
        for n in range(ROLES):
            changes.append(Change("add", "role", f"r{n}"))
            seen = {"phone": "masked", "mail": "masked", "margin": "hidden"}
            lets = {"read": "own" if n % 2 else "team", "update": "own", "fields": seen}
            changes.append(Change("add", "permission", f"r{n}.deal", lets))
            changes.append(Change("add", "permission", f"r{n}.account", {"read": "all"}))
        for n in range(USERS):
            roles = ",".join(f"r{(n + step) % ROLES}" for step in (0, 2, 4))
            said = {"roles": roles, "teams": f"t{n % TEAMS}"}
            changes.append(Change("add", "user", f"u{n}", said))
        workspace.change(changes)
        database = workspace._database
        with database.transaction():
            first = database.scalar("SELECT id FROM crm_user WHERE key = 'u0'")
            database.execute(
                f"UPDATE deal SET owner = {first} + (id / 7) % {USERS}, margin = value / 3,"
                " phone = '+861381234' || (1000 + id % 9000), mail = 'a' || id || '@example.com'"
            )
