"""Worlds made at random for the oracle: three types that stand on one another, people, policies.

The types are always the same, and chosen so that each way from one value to another is there: a
link, many links, a look-up, a roll-up, a formula over a link, one over values, an owner that is
stated, one by the first user field, none; who made a record.
"""

import json
from random import Random
from typing import Any

from crmtui.store.changes import Change
from crmtui.store.database import quoted
from crmtui.store.workspace import Workspace
from tests.support.oracle import Field, Record, Seen, Type, World
from tests.support.workspaces import changed

SCRIPT = """
type add customer
field add customer.name kind=text title
field add customer.phone kind=phone region=CN
field add customer.tier kind=choice
option add customer.tier.a
option add customer.tier.b
field add customer.secret kind=text
field add customer.budget kind=money currency=USD
field add customer.owner kind=user
field add customer.referrer kind=link to=customer
field add customer.grade kind=formula formula="iif(budget > 50, 'rich', 'poor')" result=text
type add deal
field add deal.name kind=text
field add deal.seller kind=user
field add deal.keeper kind=user
field add deal.buyer kind=link to=customer
field add deal.amount kind=money currency=USD
field add deal.margin kind=money currency=USD
field add deal.tags kind=tags
field add deal.watchers kind=multilink to=customer
field add deal.gross kind=formula formula='amount + margin' result=decimal
field add deal.buyer_tier kind=lookup from=buyer.tier
field add deal.buyer_phone kind=lookup from=buyer.phone
type set deal owner=keeper title="name || '-' || stage"
stage add deal lead
status add deal.lead hot
stage add deal won category=closed outcome=won
stage add deal lost category=closed outcome=lost
type add job
field add job.label kind=text title
field add job.for_deal kind=link to=deal
field add job.hours kind=integer
field add job.done kind=boolean
field add job.twice kind=formula formula='for_deal.amount * 2' result=decimal
field add deal.spent kind=rollup from=job.for_deal measure=sum(hours) where='done = 1'
field add customer.worth kind=rollup from=deal.buyer measure=sum(amount)
field add customer.deals kind=rollup from=deal.buyer measure=count()
"""


def _gross(seen: Seen, deal: Record) -> Any:
    amount, margin = seen.value("deal", "amount", deal), seen.value("deal", "margin", deal)
    return None if amount is None or margin is None else amount + margin


def _grade(seen: Seen, customer: Record) -> Any:
    return "rich" if (seen.value("customer", "budget", customer) or 0) > 5000 else "poor"


def _of_buyer(key: str) -> Any:
    def value(seen: Seen, deal: Record) -> Any:
        buyer = seen.find("customer", seen.value("deal", "buyer", deal))
        return seen.value("customer", key, buyer) if buyer else None

    return value


def _twice(seen: Seen, job: Record) -> Any:
    deal = seen.find("deal", seen.value("job", "for_deal", job))
    amount = seen.value("deal", "amount", deal) if deal else None
    return None if amount is None else 2 * amount


def _gathered(type_key: str, link: str, record: Record, seen: Seen) -> list[Record]:
    return [r for r in seen.records(type_key) if seen.value(type_key, link, r) == record["id"]]


def _spent(seen: Seen, deal: Record) -> Any:
    jobs = _gathered("job", "for_deal", deal, seen)
    done = [job for job in jobs if seen.value("job", "done", job)]
    return sum(seen.value("job", "hours", job) or 0 for job in done)


def _worth(seen: Seen, customer: Record) -> Any:
    deals = _gathered("deal", "buyer", customer, seen)
    return sum(seen.value("deal", "amount", deal) or 0 for deal in deals)


def _deals(seen: Seen, customer: Record) -> Any:
    return len(_gathered("deal", "buyer", customer, seen))


STAGES = {"lead": ("open", "hot"), "won": ("closed",), "lost": ("closed",)}
TYPES = {
    "customer": Type(
        "customer",
        (
            Field("name", "text"),
            Field("phone", "phone"),
            Field("tier", "choice"),
            Field("secret", "text"),
            Field("budget", "money"),
            Field("owner", "user"),
            Field("referrer", "link", "customer"),
            Field("grade", "formula", None, ("budget",), _grade),
            Field("worth", "rollup", None, ("deal.buyer", "deal.amount"), _worth),
            Field("deals", "rollup", None, ("deal.buyer",), _deals),
        ),
        owner="owner",
        title="name",
    ),
    "deal": Type(
        "deal",
        (
            Field("name", "text"),
            Field("seller", "user"),
            Field("keeper", "user"),
            Field("buyer", "link", "customer"),
            Field("amount", "money"),
            Field("margin", "money"),
            Field("tags", "tags"),
            Field("watchers", "multilink", "customer"),
            Field("gross", "formula", None, ("amount", "margin"), _gross),
            Field("buyer_tier", "lookup", None, ("buyer.tier",), _of_buyer("tier")),
            Field("buyer_phone", "lookup", None, ("buyer.phone",), _of_buyer("phone")),
            Field("spent", "rollup", None, ("job.for_deal", "job.hours", "job.done"), _spent),
        ),
        STAGES,
        owner="keeper",
        titled=(("name",), lambda deal: deal["name"] and f"{deal['name']}-{deal['stage']}"),
    ),
    "job": Type(
        "job",
        (
            Field("label", "text"),
            Field("for_deal", "link", "deal"),
            Field("hours", "integer"),
            Field("done", "boolean"),
            Field("twice", "formula", None, ("for_deal.amount",), _twice),
        ),
        title="label",
    ),
}


def _linked(world: World, type_key: str, record_id: int | None, key: str) -> Any:
    found = world.records[type_key].get(record_id or 0)
    return found[key] if found else None


def _spent_of(world: World, deal: Record) -> int:
    return sum(
        job["hours"] or 0
        for job in world.records["job"].values()
        if job["for_deal"] == deal["id"] and job["done"] and not job["removed"]
    )


def _over(value: int | None, least: int) -> bool | None:
    return None if value is None else value > least


SCOPES: dict[str, Any] = {
    "amount > 100": lambda w, u, r: _over(r["amount"], 10000),
    "buyer.tier = 'a'": lambda w, u, r: _linked(w, "customer", r["buyer"], "tier") == "a",
    "buyer.owner = me()": lambda w, u, r: _linked(w, "customer", r["buyer"], "owner") == w.ids[u],
    "stage = 'lead'": lambda w, u, r: r["stage"] == "lead",
    "seller is null": lambda w, u, r: r["seller"] is None,
    "name = my_team()": lambda w, u, r: bool(w.users[u][1]) and r["name"] == w.users[u][1][0],
    "has(tags, 'x')": lambda w, u, r: "x" in json.loads(r["tags"] or "[]"),
    "gross > 150": lambda w, u, r: (
        None
        if r["amount"] is None or r["margin"] is None
        else _over(r["amount"] + r["margin"], 15000)
    ),
    "spent > 3": lambda w, u, r: _over(_spent_of(w, r), 3),
    "tier = 'a'": lambda w, u, r: r["tier"] == "a",
    "budget > 50": lambda w, u, r: _over(r["budget"], 5000),
    "referrer.owner = me()": lambda w, u, r: (
        _linked(w, "customer", r["referrer"], "owner") == w.ids[u]
    ),
    "grade = 'rich'": lambda w, u, r: bool(_over(r["budget"], 5000)),
    "created_by = me()": lambda w, u, r: r["created_by"] == w.ids[u],
    "hours > 2": lambda w, u, r: _over(r["hours"], 2),
    "for_deal.keeper = me()": lambda w, u, r: (
        _linked(w, "deal", r["for_deal"], "keeper") == w.ids[u]
    ),
    "not done": lambda w, u, r: None if r["done"] is None else not r["done"],
    "for_deal.stage = 'won'": lambda w, u, r: _linked(w, "deal", r["for_deal"], "stage") == "won",
}
OF_TYPE = {
    "deal": [*list(SCOPES)[:9], "created_by = me()"],
    "customer": [*list(SCOPES)[9:13], "created_by = me()"],
    "job": [*list(SCOPES)[13:]],
    "*": [],
}
USERS = ("ann", "bob", "cy", "dee")
TEAMS = ("north", "south", "east", "west")
ROLES = ("r1", "r2", "r3", "r4")
OPERATIONS = "read create update delete move assign share export history report import".split()
LEVELS = ("hidden", "hidden", "masked", "masked:**9", "masked:1**", "read-only", "denied")


def types_of(path: str) -> None:
    """Make a workspace with the types of every world."""
    with Workspace.open(path, create=True, command="test") as workspace:
        changed(workspace, SCRIPT)


def made(random: Random) -> World:
    """A world at random."""
    world = World(TYPES, SCOPES)
    for place, team in enumerate(TEAMS):
        above = random.choice([None, *TEAMS[:place]]) if place else None
        world.teams[team] = (above, random.choice([None, None, *USERS]))
    for role in ROLES:
        world.roles[role] = _rows(random)
    for user in USERS:
        roles = random.sample(ROLES, random.choice([1, 1, 2, 2, 3]))
        world.users[user] = (roles, random.sample(TEAMS, random.choice([0, 1, 1, 2])))
    world.ids = {user: place + 2 for place, user in enumerate(USERS)}
    for type_key in ("customer", "deal", "job"):
        world.records[type_key] = {n: record(random, type_key, n) for n in range(1, 9)}
    for _ in range(random.choice([0, 0, 1, 4])):
        who, key = random.choice(
            [("user", random.choice(USERS)), ("team", random.choice(TEAMS)), ("role", "r1")]
        )
        of = random.choice(list(TYPES))
        world.shares.append((of, random.randint(1, 8), who, key, random.random() < 0.5))
    return world


def _rows(random: Random) -> dict[str, dict[str, Any]]:
    keys = random.sample(["customer", "deal", "job", "*"], random.choice([1, 2, 2, 3, 4]))
    return {key: _row(random, key) for key in keys}


def _row(random: Random, key: str) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for operation in OPERATIONS:
        if random.random() < (0.85 if operation == "read" else 0.45):
            row[operation] = _scope(random, key, operation)
    if random.random() < 0.25:
        denied = random.sample(OPERATIONS[:8], random.choice([1, 1, 2]))
        row["deny"] = {each: _scope(random, key, each, denying=True) for each in denied}
    keys = [f.key for t in TYPES.values() if key in (t.key, "*") for f in t.fields]
    if random.random() < 0.6:
        row["fields"] = {
            each: random.choice(LEVELS) for each in random.sample(keys, random.choice([1, 2, 4]))
        }
    if key == "deal" and random.random() < 0.35:
        places = [*STAGES, *(f"{s}.{each}" for s, statuses in STAGES.items() for each in statuses)]
        row["stages"] = {
            place: random.sample(["see", "edit", "enter", "leave"], random.choice([1, 1, 2]))
            for place in random.sample(places, random.choice([1, 1, 2]))
        }
    if random.random() < 0.05:
        row["unlisted"] = True
    return row


def _scope(random: Random, key: str, operation: str, *, denying: bool = False) -> str:
    if operation == "import":
        return "all"
    words = ["own", "team"] if denying and random.random() < 0.9 else ["own", "team", "all", "all"]
    return random.choice([*words, *(OF_TYPE[key] if random.random() < 0.6 else [])])


def record(random: Random, type_key: str, number: int) -> Record:
    """A record of a type at random, its values as they are stored."""
    users = [None, *range(2, 2 + len(USERS))]
    money = [None, 0, 100, 4000, 9000, 12000, 20000]
    made: Record = {"id": number, "removed": random.random() < 0.15}
    made["created_by"] = random.choice([1, *users[1:]])
    one = random.choice([None, *range(1, 9)])
    if type_key == "customer":
        made |= {
            "name": random.choice([None, "acme", "bolt", f"c{number}"]),
            "phone": random.choice([None, "+8613812345678", "+8613900001111"]),
            "tier": random.choice([None, "a", "b"]),
            "secret": random.choice([None, "s", "hush", f"secret{number}"]),
            "budget": random.choice(money),
            "owner": random.choice(users),
            "referrer": one,
        }
    elif type_key == "deal":
        stage = random.choice(list(STAGES))
        linked = tuple(sorted(random.sample(range(1, 9), random.choice([0, 1, 3]))))
        made |= {
            "stage": stage,
            "status": random.choice(STAGES[stage]),
            "name": random.choice([None, "north", "dig", f"d{number}"]),
            "seller": random.choice(users),
            "keeper": random.choice(users),
            "buyer": one,
            "amount": random.choice(money),
            "margin": random.choice(money),
            "tags": random.choice([None, '["x"]', '["x", "y"]', '["z"]']),
            "watchers": linked or None,
        }
    else:
        made |= {
            "label": random.choice([None, "fix", f"j{number}"]),
            "for_deal": one,
            "hours": random.choice([None, 0, 1, 3, 8]),
            "done": random.choice([None, 0, 1]),
        }
    return made


def settle(workspace: Workspace, world: World) -> None:
    """Put the people, permissions and records of a world into a workspace that has its types."""
    changes = [Change("add", "team", team) for team in world.teams]
    changes += [Change("add", "role", role) for role in world.roles]
    changes += [
        Change("add", "user", user, {"roles": roles, "teams": teams})
        for user, (roles, teams) in world.users.items()
    ]
    for team, (above, manager) in world.teams.items():
        changes.append(Change("set", "team", team, {"parent": above, "manager": manager}))
    for role, rows in world.roles.items():
        changes += [Change("add", "permission", f"{role}.{k}", r) for k, r in rows.items() if r]
    workspace.change(changes)
    database = workspace._database
    found = database.execute("SELECT key, id FROM crm_user").fetchall()
    assert world.ids == {key: each for key, each in found if key in world.users}
    with database.transaction():
        database.execute("PRAGMA defer_foreign_keys = ON")
        _fill(workspace, world)


def _fill(workspace: Workspace, world: World) -> None:
    database, at = workspace._database, "2026-01-01T00:00:00.000Z"
    for type_key, records in world.records.items():
        type_ = workspace.type(type_key)
        for record in records.values():
            row = {k: v for k, v in record.items() if k not in ("removed", "watchers")}
            row |= {"created_at": at, "updated_at": at, "updated_by": record["created_by"]}
            if "stage" in row:
                row["status_since"] = at
            row["removed_at"] = at if record["removed"] else None
            database.execute(
                f"INSERT INTO {quoted(type_key)} ({', '.join(map(quoted, row))})"
                f" VALUES ({', '.join('?' * len(row))})",
                tuple(row.values()),
            )
        for record in records.values():
            for place, linked in enumerate(record.get("watchers") or ()):
                table = f"crm_link_{type_.field_by_key['watchers'].id}"
                database.execute(
                    f"INSERT INTO {table} VALUES (?, ?, ?)", (record["id"], linked, place)
                )
    by = {("user", u): each for u, each in world.ids.items()}
    for noun in ("team", "role"):
        by |= {
            (noun, key): each
            for key, each in database.execute(f"SELECT key, id FROM crm_{noun}").fetchall()
        }
    for of, record_id, who, key, may_update in world.shares:
        row = {"type_id": workspace.type(of).id, "record_id": record_id, f"{who}_id": by[who, key]}
        database.insert("crm_share", row | {"may_update": int(may_update), "created_at": at})
