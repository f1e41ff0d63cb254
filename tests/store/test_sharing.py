"""Records that are shared: what that lets, and that everybody learns of it at once."""

from tests.support.people import acting_as, granted, member


def shared(workspace, ref, word, **said):
    with workspace.sharing() as sharing:
        return sharing.share(ref, word, **said)


def test_an_open_workspace_learns_of_what_is_shared_and_of_what_no_more(workspace):
    granted(workspace, "clerk", "deal", read="own", update="own")
    member(workspace, "bob", roles="clerk")
    ref = workspace.add("deal", {"name": "a"}).ref
    with acting_as(workspace, "bob") as bobs:
        assert bobs.count("deal") == 0
        shared(workspace, ref, "bob")
        assert bobs.count("deal") == 1
        shared(workspace, ref, "bob", update=True)
        bobs.set(ref, {"name": "b"})
        with workspace.sharing() as sharing:
            sharing.unshare(ref, "bob")
        assert bobs.count("deal") == 0


def test_who_shares_with_themselves_is_judged_anew(workspace):
    granted(workspace, "clerk", "deal", read="all", share="all", update="own")
    member(workspace, "bob", roles="clerk")
    ref = workspace.add("deal", {"name": "a"}).ref
    with acting_as(workspace, "bob") as bobs:
        assert not bobs.explaining().explain("bob", "update", ref).decision.allowed
        shared(workspace, ref, "bob", update=True)
        assert bobs.explaining().explain("bob", "update", ref).decision.allowed


def test_sharing_reaches_only_who_may_read_the_type_at_all(workspace):
    granted(workspace, "clerk", "account", read="all")
    member(workspace, "bob", roles="clerk")
    ref = workspace.add("deal", {"name": "a"}).ref
    shared(workspace, ref, "bob", update=True)
    with acting_as(workspace, "bob") as bobs:
        assert [type_.key for type_ in bobs.types()] == ["account"]


def test_a_shared_record_hides_what_the_role_hides(workspace):
    granted(workspace, "clerk", "deal", read="own", fields={"value": "hidden"})
    member(workspace, "bob", roles="clerk")
    ref = workspace.add("deal", {"name": "a", "value": "5"}).ref
    shared(workspace, ref, "bob")
    with acting_as(workspace, "bob") as bobs:
        assert "value" not in bobs.record(ref).values


def test_a_denial_holds_for_what_is_shared(workspace):
    granted(workspace, "clerk", "deal", read="own", deny={"read": "value > 3"})
    member(workspace, "bob", roles="clerk")
    shown, denied = (workspace.add("deal", {"name": "a", "value": v}).ref for v in ("1", "5"))
    shared(workspace, shown, "bob")
    shared(workspace, denied, "bob")
    with acting_as(workspace, "bob") as bobs:
        assert [record.ref for record in bobs.records("deal")] == [shown]


def test_a_dry_run_shares_nothing(workspace):
    granted(workspace, "clerk", "deal", read="own")
    member(workspace, "bob", roles="clerk")
    ref = workspace.add("deal", {"name": "a"}).ref
    with workspace.sharing(dry_run=True) as sharing:
        assert sharing.share(ref, "bob")
    assert workspace.explaining().shares(ref) == []
    assert [entry.op for entry in workspace.history(ref)] == ["add"]
