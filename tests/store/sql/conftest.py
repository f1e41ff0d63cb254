"""A workspace with a field of every kind: two firms, and two things, one with a value in each."""

from collections.abc import Iterator

import pytest

from crmtui.store.workspace import Workspace
from tests.support.workspaces import changed

KINDS = """
type add firm
field add firm.name title
field add firm.size kind=integer
type add thing
field add thing.name title
field add thing.text kind=longtext
field add thing.whole kind=integer
field add thing.exact kind=decimal scale=3
field add thing.price kind=money currency=EUR
field add thing.yen kind=money currency=JPY scale=0
field add thing.share kind=percent
field add thing.stars kind=rating
field add thing.flag kind=boolean
field add thing.day kind=date
field add thing.hour kind=time
field add thing.met kind=datetime
field add thing.lasts kind=duration
field add thing.source kind=choice
option add thing.source.web
field add thing.topics kind=multichoice
option add thing.topics.x
option add thing.topics.y
field add thing.tags kind=tags
field add thing.firm kind=link to=firm
field add thing.partners kind=multilink to=firm
field add thing.owner kind=user
field add thing.who kind=person
field add thing.mail kind=email
field add thing.tel kind=phone region=CN
field add thing.site kind=url
field add thing.home kind=address
field add thing.color kind=color
field add thing.more kind=json
field add thing.number kind=autonumber prefix=T-
field add thing.twice kind=formula formula='price * 2'
field add thing.due kind=formula result=date formula="date(day, '+1 day')"
field add thing.firm_size kind=lookup from=firm.size
field add firm.things kind=rollup from=thing.firm
field add firm.total kind=rollup from=thing.firm measure='sum(price)'
stage add thing open
stage add thing closed
"""
THING = {
    "name": "One",
    "text": "two\nlines",
    "whole": "7",
    "exact": "0.125",
    "price": "12.50",
    "yen": "1200",
    "share": "30%",
    "stars": "3",
    "flag": "yes",
    "day": "2026-10-01",
    "hour": "09:30",
    "met": "2026-10-01T22:00:00Z",
    "lasts": "1h30m",
    "source": "web",
    "topics": "y,x",
    "tags": "vip,旧",
    "firm": "Acme",
    "partners": "Bolt,Acme",
    "owner": "me",
    "who": {"first": "Ada", "last": "King"},
    "mail": "ada@example.com",
    "tel": "13812345678",
    "site": "https://example.com/",
    "home": {"city": "Oslo", "country": "NO"},
    "color": "#e5484d",
    "more": {"a": [1, 2]},
}


@pytest.fixture(scope="module")
def things(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """Two firms and two things, one of which has a value in every field; nothing is written."""
    path = tmp_path_factory.mktemp("things") / "crm.db"
    with Workspace.open(str(path), create=True, command="test") as opened:
        changed(opened, KINDS)
        opened.add("firm", {"name": "Acme", "size": "5"})
        opened.add("firm", {"name": "Bolt"})
        opened.add("thing", THING)
        opened.add("thing", {"name": "Nothing"})
        yield opened
