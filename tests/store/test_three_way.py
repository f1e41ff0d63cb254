"""Random pairs of concurrent edits come out as a plain three-way merge of Python values does."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmtui.store.clash import ASK, OURS, THEIRS, ChangedMeanwhile
from crmtui.store.values import Edit, Minus, Part, Plus
from crmtui.store.workspace import Workspace
from tests.support.workspaces import changed

DEFINE = """
type add person
field add person.name title
type add deal
field add deal.name title
field add deal.seats kind=integer
field add deal.source kind=choice
option add deal.source.web
option add deal.source.fair
field add deal.tags kind=tags
field add deal.contacts kind=multilink to=person
field add deal.home kind=address
stage add deal lead
stage add deal offer
stage add deal won
"""

PARTS = ("street", "city")

# A value is None, a text, a number, a tuple of texts, or a dict of parts: few, so that they meet.
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "name": st.sampled_from((None, "A", "B")),
    "seats": st.sampled_from((None, 1, 2)),
    "source": st.sampled_from((None, "web", "fair")),
    "tags": st.lists(st.sampled_from("abc"), unique=True).map(lambda tags: tuple(tags) or None),
    "contacts": st.lists(st.sampled_from(("person/1", "person/2")), unique=True).map(
        lambda links: tuple(links) or None
    ),
    "home": st.dictionaries(st.sampled_from(PARTS), st.sampled_from("XY")).map(
        lambda parts: parts or None
    ),
}
STAGES = st.sampled_from(("lead", "offer", "won"))

replacing = st.fixed_dictionaries({}, optional=VALUES)
"""Values of some fields."""

editing = st.fixed_dictionaries(
    {},
    optional={
        **{key: values.map(lambda value: ("=", value)) for key, values in VALUES.items()},
        "tags": st.tuples(st.sampled_from("=+-"), st.sampled_from("abc").map(lambda tag: (tag,))),
        "contacts": st.tuples(st.sampled_from("=+-"), st.just(("person/1",))),
        "home": st.dictionaries(
            st.sampled_from(PARTS), st.sampled_from(("X", "Y", "")), min_size=1
        ).map(lambda parts: (".", parts)),
    },
)
"""What is to become of some fields: replaced, added to, taken from, or some parts of it set."""

intents = st.tuples(replacing, st.none() | STAGES).filter(any)


# The oracle: plain values, and no store


def after(value: Any, change: tuple[str, Any]) -> Any:
    """What a value is after a change of it."""
    how, given_ = change
    if how == "+":
        return (*(value or ()), *(each for each in given_ if each not in (value or ())))
    if how == "-":
        return tuple(each for each in value or () if each not in given_) or None
    if how == ".":
        return {part: text for part, text in ({**(value or {}), **given_}).items() if text} or None
    return given_


def news(before: Any, change: tuple[str, Any]) -> tuple[str, Any] | None:
    """What of a change is one: what is left as it was is none."""
    how, given_ = change
    if how == ".":
        was = before or {}
        parts = {part: text for part, text in given_.items() if was.get(part, "") != text}
        return (how, parts) if parts else None
    return None if how == "=" and given_ == before else change


def at_odds(before: Any, theirs: Any, change: tuple[str, Any]) -> bool:
    """Whether others have made something else of what a change makes another value of."""
    how, given_ = change
    if how == "=":
        return before != theirs != given_
    if how != ".":
        return False
    was, now = before or {}, theirs or {}
    return any(was.get(p) != now.get(p) and now.get(p, "") != text for p, text in given_.items())


# The store


def record(workspace: Workspace, ref: str) -> dict[str, Any]:
    """A record as plain values, `stage` among them."""
    found = workspace.record(ref)
    values = dict(found.json())
    values["tags"] = tuple(values["tags"] or ()) or None
    values["contacts"] = tuple(link["ref"] for link in values["contacts"] or ()) or None
    return {key: values[key] for key in (*VALUES, "stage")}


def written(change: tuple[str, Any]) -> Any:
    """A change as the store takes it."""
    how, value = change
    if how in "+-":
        step = Plus if how == "+" else Minus
        return Edit((step(list(value)),))
    if how == ".":
        return Edit(tuple(Part(part, text) for part, text in value.items()))
    return list(value) if isinstance(value, tuple) else value


@pytest.fixture
def deals(empty: Workspace) -> Workspace:
    changed(empty, DEFINE)
    for name in ("Ada", "Bob"):
        empty.add("person", {"name": name})
    return empty


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    begun=replacing,
    earlier=replacing,
    meanwhile=st.lists(intents, min_size=1, max_size=3),
    ours=editing,
    stage=st.none() | STAGES,
    how=st.sampled_from((ASK, OURS, THEIRS)),
)
def test_a_merge_is_a_three_way_merge(
    deals: Workspace,
    begun: dict[str, Any],
    earlier: dict[str, Any],
    meanwhile: list[tuple[dict[str, Any], str | None]],
    ours: dict[str, tuple[str, Any]],
    stage: str | None,
    how: str,
) -> None:
    def save(ref: str, **options: Any) -> None:
        values = {key: written(change) for key, change in ours.items()}
        if stage:
            list(deals.move_all([ref], stage, values, **options))
        else:
            deals.set(ref, values, **options)

    ref = deals.add("deal", {key: written(("=", value)) for key, value in begun.items()}).ref
    deals.set(ref, {key: written(("=", value)) for key, value in earlier.items()})
    seen, before = deals.record(ref).revision, record(deals, ref)
    for values, target in meanwhile:
        given_ = {key: written(("=", value)) for key, value in values.items()}
        if target:
            list(deals.move_all([ref], target, given_))
        else:
            deals.set(ref, given_)
    theirs, now = record(deals, ref), deals.record(ref).revision
    if now != seen:
        with pytest.raises(ChangedMeanwhile):
            save(ref, revision=seen)
        assert record(deals, ref) == theirs
    changes = ours | ({"stage": ("=", stage)} if stage else {})
    if now != seen:
        told = {key: news(before[key], change) for key, change in changes.items()}
        changes = {key: change for key, change in told.items() if change}
    odd = {key for key, change in changes.items() if at_odds(before[key], theirs[key], change)}
    try:
        save(ref, revision=seen, merge=how)
    except ChangedMeanwhile as error:
        fields = {field["field"].replace("status", "stage") for field in error.facts["fields"]}
        assert how == ASK and odd == fields
        assert record(deals, ref) == theirs
        return
    assert how != ASK or not odd
    done = {key: change for key, change in changes.items() if how == OURS or key not in odd}
    assert record(deals, ref) == theirs | {key: after(theirs[key], done[key]) for key in done}
