"""Who the actor is, and what they may do."""

import os

import pytest

from crmtui.store import access
from crmtui.store.access import Actor
from crmtui.store.changes import Change
from crmtui.store.errors import CrmError, Forbidden, Refused
from crmtui.store.workspace import Workspace
from tests.support.people import member
from tests.support.processes import finished, python
from tests.support.workspaces import change, changed, rows_of

USERS = "SELECT key, uid, administrator FROM crm_user ORDER BY id"


def test_who_makes_a_workspace_is_its_administrator(empty):
    assert empty.actor.administrator and empty.actor.id == 0
    assert rows_of(empty.path, USERS) == []  # looking is no act
    changed(empty, "type add x")
    name = access.login_name(os.getuid())
    assert rows_of(empty.path, USERS) == [(name, os.getuid(), 1)]
    with Workspace.open(empty.path) as again:
        assert again.actor == Actor(
            id=1, key=name, uid=os.getuid(), administrator=True, roles=None, teams=None
        )


def test_an_act_that_was_undone_enrolled_nobody(workspace, path):
    workspace.close()
    other = path + "2"
    with Workspace.open(other, create=True) as fresh:
        with pytest.raises(ZeroDivisionError), fresh.intent():
            raise ZeroDivisionError
        with fresh.intent("configure", dry_run=True):
            changed(fresh, "type add x")
        assert fresh.actor.id == 0
        changed(fresh, "type add x")
        assert fresh.actor.id == 1


def as_uid(monkeypatch, uid):
    """Let this process be another user of the machine."""
    monkeypatch.setattr(os, "getuid", lambda: uid)


def test_another_user_works_as_their_role_lets_and_does_not_configure(workspace, monkeypatch):
    member(workspace, "ada", 4242)
    as_uid(monkeypatch, 4242)
    with Workspace.open(workspace.path) as other:
        assert not other.actor.administrator
        record = other.add("deal", {"name": "a"})
        other.move(record.ref, "won")
        assert other.history(record.ref)[0].actor == "ada"
        for line in ("type add x", "field remove deal.value", "stage order deal won"):
            with pytest.raises(Forbidden) as caught:
                other.change([change(line)])
            assert caught.value.code == "not-administrator"
        with pytest.raises(Forbidden), other.intent():
            other.add("deal", {"name": "b"})
            other.change([change("type add x")])
        assert other.count("deal") == 1


def test_a_user_of_the_machine_whom_nobody_added_is_no_user(workspace, monkeypatch):
    as_uid(monkeypatch, 4242)
    with pytest.raises(Forbidden) as caught:
        Workspace.open(workspace.path)
    assert caught.value.code == "not-a-user"
    assert caught.value.hint == "crmtui user add uid4242 --uid 4242 --role ROLE"


def test_a_retired_user_is_refused_at_the_door(workspace, monkeypatch):
    member(workspace, "ada", 4242)
    workspace.change([Change("remove", "user", "ada")])
    as_uid(monkeypatch, 4242)
    with pytest.raises(Forbidden) as caught:
        Workspace.open(workspace.path)
    assert caught.value.code == "retired-user"


def test_the_owner_of_the_file_is_an_administrator_of_it(workspace):
    """A copy of the file is its owner's, who can do with it what they like."""
    with workspace._database.transaction():
        workspace._database.execute("UPDATE crm_user SET uid = uid + 1, key = 'ada'")
    with Workspace.open(workspace.path) as own:
        assert own.actor.administrator
        changed(own, "type add x")
    name = access.login_name(os.getuid())
    assert [row[0] for row in rows_of(workspace.path, USERS)] == ["ada", name]


def test_a_right_that_was_taken_away_is_gone_at_the_next_act(workspace):
    workspace.change([Change("add", "user", "ada", {"administrator": True})])
    with Workspace.open(workspace.path, as_user="ada") as other:
        changed(other, "type add x")
        workspace.change([Change("set", "user", "ada", {"administrator": False})])
        with pytest.raises(Forbidden):
            changed(other, "type add y")
        assert not other.actor.administrator


def test_an_administrator_who_can_come_in_stays(workspace):
    from crmtui.store import public_keys
    from tests.support.gateway import public_key

    me = workspace.actor.key
    workspace.change([Change("add", "user", "ada", {"administrator": True})])
    for leave in (
        Change("set", "user", me, {"administrator": False}),
        Change("remove", "user", me),
    ):
        with pytest.raises(Refused) as refused:
            workspace.change([leave])
        assert "ada have neither a uid nor a key" in str(refused.value)
    with workspace.intent("configure"):
        workspace.ssh_keys().authorize("ada", public_keys.read(public_key()))
    workspace.change([Change("set", "user", me, {"administrator": False})])


@pytest.mark.parametrize("key", ["me", "ANN", "an n", "a/b", "-x", "1", "安娜", "x" * 33, "a'b"])
def test_what_cannot_name_a_user_is_refused(workspace, key):
    with pytest.raises(CrmError) as refused:
        workspace.change([Change("add", "user", key)])
    assert refused.value.code in ("bad-key", "bad-reference")


def test_only_the_first_to_write_is_administrator(path, monkeypatch):
    uid = os.getuid()
    with Workspace.open(path, create=True) as mine, Workspace.open(path) as late:
        as_uid(monkeypatch, 4242)
        with Workspace.open(path) as theirs:
            assert theirs.actor.administrator  # nobody is there yet
            monkeypatch.undo()
            changed(mine, "type add x")
            changed(late, "type add y")  # the same user, in another process
            as_uid(monkeypatch, 4242)
            with pytest.raises(Forbidden):
                theirs.change([change("type add z")])
    assert [row[1:] for row in rows_of(path, USERS)] == [(uid, 1)]


def test_a_name_that_is_taken_gets_the_number_of_its_user(workspace):
    name = access.login_name(os.getuid())
    with workspace._database.transaction():
        workspace._database.execute("UPDATE crm_user SET uid = uid + 1, key = ?", (name,))
    with Workspace.open(workspace.path) as other:
        other.add("deal", {"name": "a"})
        assert other.actor.key == f"{name}-{os.getuid()}"


def test_a_user_without_a_name_has_a_number():
    assert access.login_name(987654321) == "uid987654321"


@pytest.mark.parametrize("name", ["USER", "LOGNAME", "SUDO_USER", "CRMTUI_USER", "SUDO_UID"])
def test_no_variable_says_who_one_is(workspace, monkeypatch, name):
    monkeypatch.setenv(name, "mallory")
    program = (
        "import sys\nfrom crmtui.store.workspace import Workspace\n"
        "print(Workspace.open(sys.argv[1]).actor.key)"
    )
    said = finished(python(program, workspace.path, wait=False)).strip()
    assert said == access.login_name(os.getuid())
