"""What is kept about one person: found wherever it stands, exported, erased to the last byte."""

import base64
import io
import json
import random
from contextlib import nullcontext
from decimal import Decimal
from typing import Any

import pytest

from crmtui.store.changes import Change
from crmtui.store.errors import CrmError, Forbidden, NotFound, Refused
from crmtui.store.uploads import Upload
from crmtui.store.workspace import Workspace
from tests.support.people import acting_as, member
from tests.support.secrets import holding
from tests.support.workspaces import changed, dump, rows_of

PEOPLE = """
type add firm
field add firm.name required unique unique_as=folded title
field add firm.mail kind=email
field add firm.note kind=longtext
type add person label=Person
field add person.name kind=person required title personal
field add person.mail kind=email unique personal
field add person.tel kind=phone region=CN personal
field add person.born kind=date required personal
field add person.sex kind=choice personal
option add person.sex.f
field add person.nick unique unique_as=folded personal
field add person.firm kind=link to=firm
field add person.friends kind=multilink to=person personal
field add person.scan kind=file personal
field add person.note kind=longtext
type add job
field add job.name required title
field add job.who kind=link to=person
field add job.note kind=longtext
field add job.paper kind=file
field add job.tags kind=tags
stage add job open
stage add job done
"""

ANN = {
    "name": "Ann Zwiebel",
    "mail": "ann@zwiebel.org",
    "tel": "13812345678",
    "born": "1980-01-02",
    "sex": "f",
    "nick": "Zwiebelchen",
}
GONE = ("Ann Zwiebel", "ann@zwiebel.org", "13812345678", "1980-01-02", "Zwiebelchen")


@pytest.fixture
def people(empty):
    """A firm with Ann, and Bob, who is somebody else."""
    changed(empty, PEOPLE)
    empty.add("firm", {"name": "Globex", "note": "ask Ann Zwiebel (138 1234 5678)"})
    empty.add("person", {**ANN, "firm": "Globex", "note": "ANN@zwiebel.org again"})
    empty.add("person", {"name": "Bob Yule", "mail": "bob@yule.org", "born": "1970-01-01"})
    return empty


def upload(name: str, content: str | bytes) -> Upload:
    data = content if isinstance(content, bytes) else content.encode()
    return Upload(name, name, lambda: nullcontext(io.BytesIO(data)))


def found(workspace: Workspace, *texts: str, **wanted: Any) -> set[tuple[str, str, str]]:
    return {(o.place, o.ref, o.field) for o in workspace.privacy.find(texts, **wanted)}


def stored(workspace: Workspace, ref: str) -> dict[str, Any]:
    return workspace.record(ref).values


# Who may


@pytest.mark.parametrize("what", ["find", "export", "erase"])
def test_only_administrators_may_and_others_leave_no_trace_of_whom_they_meant(people, what):
    member(people, "eve")
    with acting_as(people, "eve") as hers, pytest.raises(Forbidden) as caught:
        getattr(hers.privacy, what)(["ann@zwiebel.org"])
    assert caught.value.code == "not-administrator"
    assert [(a.actor, a.action, a.what) for a in people.refusals()] == [
        ("eve", "configure", "privacy")
    ]


# Finding


def test_what_names_a_person_is_found_in_records_texts_links_and_history(people):
    people.add("job", {"name": "a", "who": "person/1", "tags": ["Ann Zwiebel", "vip"]})
    people.set("person/1", {"tel": "13987654321"})
    assert found(people, "ann@zwiebel.org") == {
        *(("record", "person/1", key) for key in "name mail tel born sex nick".split()),
        ("mention", "person/1", "note"),
        ("mention", "firm/1", "note"),  # by the number that she had before
        ("mention", "job/1", "tags"),
        ("link", "firm/1", "firm"),
        ("link", "job/1", "who"),
        *(("history", "person/1", key) for key in "name mail tel born sex nick note".split()),
        ("history", "firm/1", "note"),
        ("history", "job/1", "tags"),
    }


@pytest.mark.parametrize(
    "subject", ["Ann Zwiebel", "ANN@ZWIEBEL.ORG", "+86 138-1234-5678", "person/1", "zwiebelchen"]
)
def test_a_person_is_found_by_name_address_number_or_record(people, subject):
    assert ("record", "person/1", "mail") in found(people, subject)
    assert not {place for place in found(people, subject) if place[1] == "person/2"}


def test_removed_records_and_retired_fields_and_types_are_looked_through(people):
    people.add("job", {"name": "x", "note": "Ann Zwiebel"})
    people.remove("person/1")
    changed(people, "field remove person.nick\ntype remove job")
    places = found(people, "ann@zwiebel.org", "Ann Zwiebel")
    assert {("record", "person/1", "nick"), ("mention", "job/1", "note")} <= places


def test_the_configuration_is_told_and_left_to_its_own_commands(people):
    changed(people, "field set job.note help='as Ann Zwiebel wanted it'")
    member(people, "ann", email="ann@zwiebel.org", roles="")
    places = found(people, "Ann Zwiebel", "ann@zwiebel.org")
    assert {("definition", "field note", "help"), ("definition", "user ann", "email")} <= places
    assert ("history", "field job.note", "") in places


def test_a_name_that_others_may_have_is_told_but_not_taken_for_hers(people):
    people.add("job", {"name": "x", "note": "Ann Zwiebel, the other one"})
    there = [o for o in people.privacy.find(["person/1"]) if o.ref == "job/1"]
    assert [(o.place, o.known_by, o.reached) for o in there] == [
        ("mention", "Ann Zwiebel", False),
        ("history", "Ann Zwiebel", False),
    ]


def test_files_are_found_by_their_names_and_by_plain_text_in_them(people):
    plain = upload("list.txt", "a\n" * 600_000 + "mail ann@zwiebel.org now")
    named = upload("Ann Zwiebel.bin", b"\x00\x01")
    chinese = upload("n.txt", "客户名单，请联系王小明先生，电话如下".encode("gb18030"))
    other = upload("x.bin", b"\x00\xffann@zwiebel.org")
    for number, paper in enumerate((plain, named, chinese, other), 1):
        people.add("job", {"name": f"j{number}", "paper": paper})
    texts = ["ann@zwiebel.org", "Ann Zwiebel", "王小明"]
    files = {place[1] for place in found(people, *texts) if place[0] == "file"}
    assert files == {"job/1", "job/2", "job/3"}


def test_nothing_is_found_of_somebody_who_is_not_there(people):
    assert found(people, "nobody@nowhere.org") == set()
    with pytest.raises(NotFound):
        people.privacy.find(["person/99"])


# Exporting


def test_an_export_holds_all_there_is_for_machines(people):
    people.set("person/1", {"scan": upload("id.png", b"\x89PNG\x00")})
    people.add("job", {"name": "a", "who": "person/1", "note": "ann@zwiebel.org"})
    export = people.privacy.export(["ann@zwiebel.org"])
    (record,) = export.head["records"]
    assert record["ref"] == "person/1" and record["tel"] == "+8613812345678"
    assert record["firm"] == {"ref": "firm/1", "title": "Globex"}
    assert [e["op"] for e in export.head["history"]] == ["set", "add"]
    assert {"place": "mention", "ref": "job/1", "field": "note", "text": "ann@zwiebel.org"} in (
        export.head["mentions"]
    )
    assert {each["ref"] for each in export.head["linked"]} == {"firm/1", "job/1"}
    (file,) = export.files
    assert (file["ref"], file["name"]) == ("person/1", "id.png")
    assert base64.b64decode(file["content"]) == b"\x89PNG\x00"
    json.dumps(export.head, default=lambda value: str(value) if isinstance(value, Decimal) else 1)
    (bare,) = people.privacy.export(["person/1"], content=False).files
    assert "content" not in bare


# Erasing


def test_nothing_is_left_of_her_in_any_file(people):
    texts = [*GONE, "+8613812345678", "138 1234 5678", "secret scan", "old nick"]
    people.set("person/1", {"nick": "old nick", "scan": upload("a.txt", "secret scan")})
    people.set("person/1", {"nick": "Zwiebelchen"})
    people.add("job", {"name": "a", "who": "person/1", "note": "for Ann Zwiebel", "tags": ["x"]})
    for number in range(300):  # leave remains of old pages behind
        people.set("firm/1", {"note": f"{number} ask ann@zwiebel.org " * 9})
    people.set("firm/1", {"note": "ask ANN@zwiebel.org"})
    assert {text for text, _ in holding(people.path, *texts)} == set(texts)
    done = people.privacy.erase(["ann@zwiebel.org"])
    assert done.finished and done.problem is None
    people.close()
    assert holding(people.path, *texts) == set()
    with Workspace.open(people.path) as again:
        assert stored(again, "person/1") == {
            "name": '{"full":"[erased]"}',
            "mail": None,
            "tel": None,
            "born": None,
            "sex": None,
            "nick": None,
            "firm": 1,
            "friends": None,
            "scan": None,
            "note": "[erased] again",
        }
        assert again.record("firm/1").text("note") == "ask [erased]"
        assert again.record("job/1").text("note") == "for [erased]"
        assert stored(again, "person/2")["mail"] == "bob@yule.org"
        assert rows_of(again.path, "PRAGMA integrity_check") == [("ok",)]
        assert rows_of(again.path, "PRAGMA foreign_key_check") == []


def test_what_was_erased_is_marked_in_history_and_the_rest_of_it_stays(people):
    people.set("person/1", {"tel": "13987654321", "firm": ""})
    people.privacy.erase(["ann@zwiebel.org"])
    erasing, changing, adding = people.history("person/1")
    assert (erasing.op, erasing.command, changing.op) == ("erase", "privacy erase", "set")
    assert {c.key: (c.before, c.after) for c in changing.changes} == {
        "tel": ("[erased]", "[erased]"),
        "firm": ("Globex", None),
    }
    after = {c.key: c.after for c in adding.changes}
    assert after["name"] == after["born"] == "[erased]" and after["note"] == "[erased] again"
    assert {c.key: (c.before, c.after) for c in erasing.changes}["note"] == (
        "[erased]",
        "[erased] again",
    )
    assert people.record("person/1").revision == 3


def test_the_names_of_her_records_go_only_from_what_is_linked_with_them(people):
    people.add("job", {"name": "hers", "who": "person/1", "note": "Ann Zwiebel"})
    people.add("job", {"name": "another's", "note": "Ann Zwiebel"})
    done = people.privacy.erase(["person/1"])
    assert people.record("job/1").text("note") == "[erased]"
    assert people.record("job/2").text("note") == "Ann Zwiebel"
    assert done.erased.left == 1


def test_what_is_given_besides_goes_everywhere(people):
    people.add("job", {"name": "another's", "note": "ask Ann Zwiebel"})
    people.privacy.erase(["person/1", "Ann Zwiebel"])
    assert people.record("job/1").text("note") == "ask [erased]"
    people.close()
    assert holding(people.path, "Ann Zwiebel") == set()


def test_a_record_that_is_excepted_keeps_all_but_what_was_given(people):
    people.add(
        "person", {"name": "Zoe", "mail": "z@z.org", "nick": "Ann Zwiebel", "born": "2000-1-1"}
    )
    people.privacy.erase(["person/1", "Ann Zwiebel"], ["person/3"])
    left = stored(people, "person/3")
    assert left["mail"] == "z@z.org" and left["born"] == "2000-01-01"
    assert left["nick"] == "[erased 3]"


def test_unique_values_and_their_folded_columns_follow(people):
    column = f"crm_key_{next(f.id for f in people.type('firm').fields if f.key == 'name')}"
    people.add("firm", {"name": "Ann Zwiebel Ltd"})
    people.add("firm", {"name": "Ltd Ann Zwiebel"})
    people.privacy.erase(["Ann Zwiebel", "person/1"])
    rows = rows_of(people.path, f"SELECT name, {column} FROM firm WHERE id > 1")
    assert rows == [("[erased 2] Ltd", "[erased2]ltd"), ("Ltd [erased 3]", "ltd[erased3]")]
    nick = f"crm_key_{next(f.id for f in people.type('person').fields if f.key == 'nick')}"
    assert rows_of(people.path, f"SELECT nick, {nick} FROM person WHERE id = 1") == [(None, None)]
    people.add("person", {**ANN, "name": "Ann Again"})  # her address is free again


def test_personal_links_are_taken_from_her_record_and_others_stay(people):
    people.set("person/1", {"friends": ["person/2"]})
    people.set("person/2", {"friends": ["person/1"]})
    people.privacy.erase(["ann@zwiebel.org"])
    table = f"crm_link_{next(f.id for f in people.type('person').fields if f.key == 'friends')}"
    assert rows_of(people.path, f"SELECT record_id, linked_id FROM {table}") == [(2, 1)]


def test_what_several_persons_may_be_called_is_refused_until_it_is_said_who(people):
    people.set("person/2", {"tel": "13812345678"})
    for subject in (["13812345678"], ["13812345678", "Ann Zwiebel"]):
        with pytest.raises(Refused) as caught:
            people.privacy.erase(subject)
        assert caught.value.code == "ambiguous-subject"
        assert caught.value.facts["refs"] == ["person/1", "person/2"]
        with pytest.raises(Refused):
            people.privacy.export(subject)
    people.privacy.erase(["person/1", "13812345678"], ["person/2"])
    assert stored(people, "person/1")["mail"] is None
    assert stored(people, "person/2")["mail"] == "bob@yule.org"
    assert stored(people, "person/2")["tel"] is None  # the number was given, so it goes everywhere


def test_two_records_of_which_two_texts_are_true_are_hers(people):
    people.set("person/2", {"tel": "13812345678", "name": "Ann Zwiebel"})
    people.privacy.erase(["13812345678", "Ann Zwiebel"])
    assert stored(people, "person/2")["mail"] is None


def test_a_record_that_was_hers_once_is_forgotten_of_the_time_when_it_was(people):
    people.set("person/1", {"tel": "13900000001"})
    people.set("person/1", {"name": "Cy", "mail": "cy@cy.org", "tel": "13900000002", "nick": "c"})
    people.set("person/1", {"tel": "13900000003"})
    people.privacy.erase(["ann@zwiebel.org"])
    assert people.record("person/1").text("mail") == "cy@cy.org"
    tels = [
        (c.before, c.after)
        for e in people.history("person/1", machine=True)
        for c in e.changes
        if c.key == "tel"
    ]
    assert tels == [
        ("+8613900000002", "+8613900000003"),
        ("[erased]", "+8613900000002"),
        ("[erased]", "[erased]"),
        (None, "[erased]"),
    ]
    people.close()
    assert holding(people.path, "13900000001", "Zwiebelchen", "ann@zwiebel.org") == set()


def test_purged_fields_and_types_are_forgotten_in_the_journal(people):
    people.add("job", {"name": "x", "note": "Ann Zwiebel"})
    changed(people, "field remove person.nick\nfield purge person.nick")
    changed(people, "type remove job\ntype purge job")
    people.privacy.erase(["ann@zwiebel.org", "Ann Zwiebel"])
    people.close()
    assert holding(people.path, "Zwiebelchen", "Ann Zwiebel") == set()


def test_what_was_typed_and_refused_is_forgotten_too(people):
    with Workspace.open(people.path, command="record import job ann@zwiebel.org=csv") as other:
        other.add("job", {"name": "x"})
    member(people, "eve", roles="")
    with (
        Workspace.open(people.path, as_user="eve", command="list Ann Zwiebel") as hers,
        pytest.raises(CrmError),
    ):
        hers.records("Ann Zwiebel")
    done = people.privacy.erase(["ann@zwiebel.org", "Ann Zwiebel"])
    assert done.erased.commands == 2
    assert [e.command for e in people.log("job", limit=1)] == ["record import job [erased]=csv"]
    assert [(a.command, a.what) for a in people.refusals()] == [("list [erased]", "[erased]")]


# Files


def test_content_goes_unless_another_record_has_the_same(people):
    people.set("person/1", {"scan": upload("a.bin", b"\x00shared")})
    people.add("job", {"name": "x", "paper": upload("b.bin", b"\x00shared")})
    people.set("person/2", {"scan": upload("c.bin", b"\x00hers alone")})
    people.privacy.erase(["person/1"])
    assert holding(people.path, "shared") and stored(people, "person/1")["scan"] is None
    people.privacy.erase(["person/2"])
    assert not holding(people.path, "hers alone")
    with people.attachment("job/1", "paper").stream as stream:
        assert stream.read() == b"\x00shared"


def test_a_file_that_somebody_had_before_cannot_be_brought_back(people):
    people.add("job", {"name": "x", "paper": upload("b.txt", "ann@zwiebel.org")})
    people.set("job/1", {"paper": ""})
    act = people.last_act()
    people.set("person/1", {"scan": upload("b.txt", "ann@zwiebel.org")})
    people.privacy.erase(["ann@zwiebel.org"])
    assert not holding(people.path, "ann@zwiebel.org")
    with pytest.raises(Refused) as caught:
        people.undo(act)
    assert caught.value.code == "erased"


# Undo, dry runs, interruptions


def test_an_erasure_is_not_undone_and_nothing_that_would_need_what_it_took(people):
    people.set("person/1", {"tel": "13987654321"})
    changing = people.last_act()
    people.set("firm/1", {"note": "ann@zwiebel.org too"})
    noting = people.last_act()
    people.set("person/1", {"firm": ""})
    unrelated = people.last_act()
    erasing = people.privacy.erase(["ann@zwiebel.org"]).act
    for act in (erasing, changing, noting):
        with pytest.raises(Refused) as caught:
            people.undo(act)
        assert caught.value.code == "erased"
    assert people.undo() == (unrelated, 1)  # the last act that can be


def test_a_record_that_was_added_can_still_be_taken_back(people):
    people.add("person", {"name": "Dee", "mail": "dee@dee.org", "born": "1990-01-01"})
    act = people.last_act()
    people.privacy.erase(["dee@dee.org"])
    people.undo(act)
    assert people.record("person/3").removed


def test_a_change_of_the_configuration_that_named_her_is_not_undone(people):
    changed(people, "field set job.note help='as Ann Zwiebel wanted it'")
    changed(people, "field set job.note help='plain'")
    act = people.last_act()
    people.privacy.erase(["Ann Zwiebel", "person/1"])
    told = next(e for e in people.log("job") if e.ref == "job.note" and e.act != act)
    assert "as [erased] wanted it" in str(told.what)
    with pytest.raises(Refused) as caught:
        people.undo(act)
    assert caught.value.code == "erased"


def test_a_dry_run_says_what_would_be_erased_and_erases_nothing(people):
    people.set("person/1", {"scan": upload("a.txt", "secret scan")})
    before = dump(people.path)
    tried = people.privacy.erase(["ann@zwiebel.org"], dry_run=True)
    assert dump(people.path) == before and holding(people.path, "secret scan")
    done = people.privacy.erase(["ann@zwiebel.org"])
    assert tried.erased == done.erased and not done.erased.nothing


def test_erasing_nobody_changes_nothing(people):
    before = dump(people.path)
    assert people.privacy.erase(["nobody@nowhere.org"]).erased.nothing
    after = dump(people.path)
    assert {name for name in after if after[name] != before[name]} <= {"crm_setting"}


def test_erasing_again_finds_nothing_more(people):
    people.privacy.erase(["person/1"])
    before = dump(people.path)
    again = people.privacy.erase(["person/1"])
    assert again.erased.nothing and again.act is None and dump(people.path) == before
    assert [place for place in found(people, "person/1") if place[0] != "link"] == []


def test_a_name_over_two_lines_is_found_in_the_journal_too(people):
    people.add("job", {"name": "x", "note": "said\nann@zwiebel.org\nAnn\nZwiebel\t'13812345678'"})
    people.set("job/1", {"note": "nothing"})
    people.privacy.erase(["ann@zwiebel.org", "Ann Zwiebel", "13812345678"])
    people.close()
    assert holding(people.path, "ann@zwiebel", "Ann", "13812345678") == set()


def test_an_erasure_fails_whole(people, monkeypatch):
    from crmtui.store.privacy import erasing

    def broken(*_: Any) -> Any:
        raise Refused("test", "no")

    before = dump(people.path)
    monkeypatch.setattr(erasing, "commands_naming", broken)
    with pytest.raises(Refused):
        people.privacy.erase(["ann@zwiebel.org"])
    assert dump(people.path) == before


def test_traces_that_could_not_be_removed_are_said_and_removed_later(people):
    people.set("person/1", {"scan": upload("a.txt", "secret scan")})
    from crmtui.store.database import Database

    with Workspace.open(people.path) as reader:
        reader._database.execute("BEGIN")
        reader.count("person")
        people._database.execute("PRAGMA busy_timeout = 50")
        done = people.privacy.erase(["ann@zwiebel.org"])
        assert not done.finished and not holding(people.path, "secret scan")
        assert [each.finished for each in people.privacy.log()] == [False]
        assert people.privacy.finish() == 1
        reader._database.execute("COMMIT")
        assert people.privacy.finish() == 0
    assert isinstance(people._database, Database)
    assert [each.finished for each in people.privacy.log()] == [True]
    people.close()
    assert holding(people.path, "ann@zwiebel.org") == set()


def test_content_that_is_somebody_elses_by_the_time_it_is_removed_stays(people):
    from crmtui.store.privacy.requests import Requests

    people.set("person/1", {"scan": upload("a.txt", "secret scan")})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Requests, "finish", lambda _self: 1)  # as if it had died here
        people.privacy.erase(["ann@zwiebel.org"])
    people.add("job", {"name": "x", "paper": upload("a.txt", "secret scan")})
    assert people.privacy.finish() == 0
    with people.attachment("job/1", "paper").stream as stream:
        assert stream.read() == b"secret scan"


# That it was done


def test_who_looked_for_whom_is_remembered_and_not_whom(people):
    member(people, "root2", administrator=True, roles="")
    people.privacy.find(["ann@zwiebel.org"])
    people.privacy.export(["person/1"])
    with acting_as(people, "root2") as other:
        other.privacy.erase(["ann@zwiebel.org", "13812345678"])
    actor = people.actor.key
    log = list(people.privacy.log())
    assert [(each.action, each.who) for each in log] == [
        ("erase", f"root2 (by {actor})"),
        ("export", actor),
        ("find", actor),
    ]
    assert log[0].counts["records"] == 1 and log[0].finished and log[2].finished is None
    assert [e.op for e in people.log() if e.act == log[0].act] == ["erase", "erase"]
    about = [each.action for each in people.privacy.log("ANN@zwiebel.org ")]
    assert about == ["erase", "find"]
    assert [each.action for each in people.privacy.log("138 1234 5678")] == ["erase"]
    assert list(people.privacy.log("bob@yule.org")) == []
    said = str(rows_of(people.path, "SELECT * FROM crm_privacy"))
    assert "ann" not in said and "1234" not in said.replace(log[0].subject, "")


def test_the_salt_is_the_workspaces_own(people, path):
    people.privacy.find(["ann@zwiebel.org"])
    with Workspace.open(path + "2", create=True) as other:
        other.change([Change("add", "type", "x")])
        other.privacy.find(["ann@zwiebel.org"])
        (theirs,) = other.privacy.log()
    (ours,) = people.privacy.log()
    assert ours.subject != theirs.subject


# Any history


def test_after_any_history_nothing_of_hers_is_left_and_all_of_his(people):
    """Random acts on two persons and what is linked with them; then one of them is erased."""
    dice = random.Random(7)
    said: dict[str, set[str]] = {"person/1": set(), "person/2": set()}

    def invented(ref: str, key: str) -> str:
        number = dice.randrange(10**6, 10**7)
        text = {
            "name": f"Name{number} Of{ref[-1]}",
            "mail": f"m{number}@of{ref[-1]}.org",
            "tel": f"139{number}{ref[-1]}",
            "nick": f"nick{number}of{ref[-1]}",
        }[key]
        said[ref].add(text)
        return text

    for ref in said:
        people.set(ref, {key: invented(ref, key) for key in ("name", "mail", "tel", "nick")})
    for number in (1, 2):
        people.add("job", {"name": f"job{number}", "who": f"person/{number}"})
    for _ in range(60):
        ref = dice.choice(list(said))
        own = f"job/{ref[-1]}"
        act = dice.randrange(5)
        if act < 2:
            key = dice.choice(["name", "mail", "tel", "nick"])
            people.set(ref, {key: invented(ref, key)})
        elif act == 2:
            record = people.record(ref)
            people.set(own, {"note": f"about {record.text('name')}, {record.text('tel')}"})
        elif act == 3:
            people.set(own, {"tags": [people.record(ref).text("nick"), "vip"]})
        else:
            people.move(own, dice.choice(["open", "done"]))
    his = {"person/2": people.record("person/2").row, "job/2": people.record("job/2").row}
    past = {ref: [e.json() for e in people.history(ref)] for ref in his}
    people.privacy.erase(["person/1"])
    assert {ref: people.record(ref).row for ref in his} == his
    assert {ref: [e.json() for e in people.history(ref)] for ref in his} == past
    people.close()
    hers = {text for text in said["person/1"] if not text.startswith("139")}
    numbers = {text for text in said["person/1"] if text.startswith("139")}
    assert holding(people.path, *hers, *numbers) == set()
