"""Packs: installed in any order, upgraded around what users changed, retired and brought back."""

import itertools

import pytest

from crmtui.store import spec
from crmtui.store.errors import Conflict, CrmError, NotFound, Refused
from crmtui.store.workspace import Workspace
from tests.support.packs import ACCOUNT, DEAL, FAIR, install, lines, pack
from tests.support.workspaces import changed, dump


def document(workspace):
    return spec.write(workspace.document())


def fields(workspace, type_key):
    return [field.key for field in workspace.type(type_key).fields]


@pytest.fixture
def installed(empty):
    """A workspace with all three packs."""
    install(empty, DEAL, ACCOUNT, FAIR)
    return empty


# Installing


class TestInstalling:
    def test_makes_what_the_file_says(self, installed):
        said = pack(DEAL).document["types"]["deal"]
        made = installed.document()["types"]["deal"]
        assert list(made["fields"]) == list(said["fields"])
        assert (made["list"], made["card"], made["form"]) == (
            said["list"],
            said["card"],
            said["form"],
        )
        assert made["fields"]["source"]["default"] == "web"
        assert list(made["stages"]["lead"]["statuses"]) == ["open", "waiting"]
        assert made["validations"] == said["validations"]
        assert list(installed.document()["categories"]) == ["sales", "marketing"]
        installed.add("deal", {"name": "One", "value": "5"})

    def test_is_one_act_that_the_journal_tells(self, installed):
        entries = list(installed.log())
        assert len({entry.at for entry in entries}) == 1
        told = [str(entry.what) for entry in entries]
        assert "add pack deal: " not in told and "add pack deal" in told
        assert "add type deal" in told

    @pytest.mark.parametrize("order", list(itertools.permutations((DEAL, ACCOUNT, FAIR))))
    def test_comes_to_the_same_in_every_order(self, tmp_path, installed, order):
        with Workspace.open(str(tmp_path / "other.db"), create=True) as workspace:
            for text in order:
                install(workspace, text)
            made, expected = workspace.document(), installed.document()
            assert made["types"] == expected["types"]
            for type_key in ("deal", "account", "fair"):
                assert fields(workspace, type_key) == fields(installed, type_key)
                written = spec.write({"types": {type_key: made["types"][type_key]}})
                assert written == spec.write({"types": {type_key: expected["types"][type_key]}})

    def test_leaves_out_what_names_a_type_that_is_not_there(self, empty):
        outcome = install(empty, DEAL)
        assert outcome.waiting == ("deal.account", "deal.fair", "deal.fair-deals")
        deal = empty.document()["types"]["deal"]
        assert deal["list"] == ["name", "value", "stage"]
        assert [section["key"] for section in deal["form"]] == ["basic", "more"]
        assert "validations" not in deal

    def test_adds_it_in_its_place_when_that_type_comes(self, empty):
        install(empty, DEAL)
        outcome = install(empty, ACCOUNT)
        assert "+ add field deal.account" in lines(outcome)
        assert outcome.waiting == ("deal.fair", "deal.fair-deals")
        assert fields(empty, "deal") == ["name", "account", "value", "source", "note"]
        deal = empty.document()["types"]["deal"]
        assert deal["list"] == ["name", "account", "value", "stage"]
        assert deal["form"][0]["fields"] == ["name", "account", "value"]

    def test_a_type_of_the_users_own_is_as_good_to_link_to(self, empty):
        changed(empty, "type add account\nfield add account.title_zh title")
        install(empty, DEAL)
        assert empty.type("deal").field_by_key["account"].target == "account"

    def test_what_waited_comes_behind_where_users_have_put_its_neighbours(self, empty):
        install(empty, DEAL)
        changed(empty, "field add deal.mine\nfield order deal note mine name value source")
        install(empty, ACCOUNT)
        assert fields(empty, "deal") == ["note", "mine", "name", "account", "value", "source"]

    def test_a_layout_that_users_changed_stays_as_they_made_it(self, empty):
        install(empty, DEAL)
        changed(empty, "type set deal list=value,name")
        install(empty, ACCOUNT)
        assert empty.document()["types"]["deal"]["list"] == ["value", "name"]
        assert empty.document()["types"]["deal"]["card"] == ["name", "account"]

    def test_twice_changes_nothing_at_all(self, installed):
        before = dump(installed.path)
        outcome = install(installed, DEAL, ACCOUNT)
        assert (outcome.changes, outcome.kept, outcome.waiting) == ((), (), ())
        assert dump(installed.path) == before

    def test_a_dry_run_is_the_act_undone(self, empty):
        install(empty, ACCOUNT)
        before = dump(empty.path)
        outcome = install(empty, DEAL, dry_run=True)
        assert "+ add type deal" in lines(outcome)
        assert dump(empty.path) == before
        assert install(empty, DEAL).changes == outcome.changes

    def test_fails_as_a_whole(self, empty):
        bad = FAIR.replace("host: {label: Host, kind: link, to: account}", "x: {pattern: '['}")
        with pytest.raises(CrmError):
            install(empty, ACCOUNT, bad)
        assert empty.types() == ()
        assert [state.key for state in empty.packs() if state.installed] == []

    def test_a_category_that_is_there_is_used_as_it_is(self, empty):
        changed(empty, "category add sales label=Selling")
        install(empty, DEAL)
        assert empty.document()["categories"] == {"sales": {"label": "Selling"}}
        assert empty.type("deal").category == "sales"


class TestTypesOfOthers:
    def test_are_refused(self, empty):
        changed(empty, "type add deal label=Mine\nfield add deal.name title")
        before = dump(empty.path)
        with pytest.raises(Conflict) as caught:
            install(empty, ACCOUNT, DEAL)
        assert caught.value.code == "exists"
        assert "did not come from the pack deal" in str(caught.value)
        assert caught.value.hint == "crmtui pack install deal --merge"
        assert dump(empty.path) == before

    def test_get_what_they_lack_and_keep_what_they_have(self, empty):
        changed(
            empty,
            "type add deal label=Mine\nfield add deal.subject title\n"
            "field add deal.value kind=decimal scale=3 label=Worth\n"
            "field add deal.source kind=choice\noption add deal.source.fax\n"
            "stage add deal begun\nstage add deal ended category=closed",
        )
        install(empty, DEAL, merge=True)
        deal = empty.type("deal")
        assert (deal.label, deal.title_field.key, deal.list_columns) == ("Mine", "subject", None)
        assert fields(empty, "deal") == ["subject", "name", "value", "source", "note"]
        worth = deal.field_by_key["value"]
        assert (worth.label, worth.kind, worth.scale) == ("Worth", "decimal", 3)
        options = [option.key for option in deal.field_by_key["source"].options]
        assert options == ["web", "phone", "fax"] or options == ["fax", "web", "phone"]
        assert [stage.key for stage in deal.stages] == ["begun", "ended"]
        assert install(empty, DEAL, merge=True).changes == ()

    def test_get_a_process_when_they_have_none(self, empty):
        changed(empty, "type add deal\nfield add deal.name title")
        empty.add("deal", {"name": "old"})
        install(empty, DEAL, merge=True)
        assert [stage.key for stage in empty.type("deal").stages] == ["lead", "won", "lost"]
        assert empty.record("deal/1").stage == "lead"

    def test_that_are_retired_are_for_their_users_to_restore(self, empty):
        changed(empty, "type add deal\ntype remove deal")
        with pytest.raises(Conflict) as caught:
            install(empty, DEAL, merge=True)
        assert caught.value.hint == "crmtui type restore deal"

    def test_two_packs_of_one_act_cannot_both_have_a_type(self, empty):
        with pytest.raises(Conflict) as caught:
            install(empty, DEAL, DEAL.replace("pack: deal", "pack: sale"))
        assert "the packs sale and deal both have the type deal" in str(caught.value)


# Upgrading

NEWER = (
    DEAL.replace('version: "1"', 'version: "2"')
    .replace("value: {label: Value, kind", "value: {label: Amount, min: 1, kind")
    .replace("note: {label: Note", "note: {label: Remark, help: Anything")
    .replace(
        "source:\n        label: Source",
        "size: {label: Size, kind: integer}\n      source:\n        label: Origin",
    )
    .replace("{web: {label: Web", "{web: {label: Internet")
    .replace("phone: {label: Phone}}", "phone: {label: Telephone}, fax: {label: Fax}}")
    .replace("won: {label: Won", "offer: {label: Offer}\n      won: {label: Success")
    .replace("waiting: {label: Waiting}", "waiting: {label: Waiting}, paused: {label: Paused}")
    .replace("[name, account, value, stage]", "[name, account, size, value, stage]")
    .replace("    label_zh: 商机\n    category", "    label_zh: 销售机会\n    category")
)


class TestUpgrading:
    def test_follows_the_file_where_nobody_changed_anything(self, installed, tmp_path):
        outcome = install(installed, NEWER)
        assert outcome.kept == ()
        with Workspace.open(str(tmp_path / "new.db"), create=True) as fresh:
            install(fresh, NEWER, ACCOUNT, FAIR)
            assert document(installed) == document(fresh)
        assert lines(install(installed, NEWER)) == []
        versions = {state.key: state.installed for state in installed.packs()}
        assert versions["deal"] == "2"

    def test_says_its_plan(self, installed):
        plan = lines(install(installed, NEWER, dry_run=True))
        assert "+ add field deal.size" in plan
        assert "~ set field deal.value: label=Amount, min=1" in plan
        assert "+ add option deal.source.fax" in plan
        assert "+ add stage deal.offer" in plan
        assert "~ order the stages of deal: lead, offer, won, lost" in plan

    @pytest.mark.parametrize(
        ("doing", "kept"),
        [
            (
                "field set deal.value label=Worth",
                "field deal.value: label stays as it is; the pack says Amount",
            ),
            (
                "option set deal.source.web label=Site",
                "option deal.source.web: label stays as it is; the pack says Internet",
            ),
            (
                "stage set deal.won label=Yes",
                "stage deal.won: label stays as it is; the pack says Success",
            ),
            (
                "type set deal list=name",
                "type deal: list stays as it is; the pack says"
                " ['name', 'account', 'size', 'value', 'stage']",
            ),
            ("field remove deal.note", "field deal.note stays retired"),
            ("option remove deal.source.phone", "option deal.source.phone stays retired"),
            (
                "field remove deal.note\nfield purge deal.note",
                "field deal.note stays purged",
            ),
        ],
    )
    def test_keeps_what_users_changed_and_says_so(self, installed, doing, kept):
        changed(installed, doing)
        before = installed.document()["types"]["deal"]
        outcome = install(installed, NEWER)
        assert [str(message) for message in outcome.kept] == [kept]
        after = installed.document()["types"]["deal"]
        noun, _, _verb = doing.split()[0:3]
        ref = doing.split()[2].split(".")
        if noun == "type":
            assert after["list"] == before["list"]
        elif noun == "field" and "set" in doing:
            assert after["fields"][ref[1]]["label"] == "Worth"
        elif noun == "field":
            assert "note" not in after["fields"]
        assert after["fields"]["size"] == {"label": "Size", "kind": "integer"}
        assert install(installed, NEWER).changes == ()

    def test_says_whose_records_are_by_what_the_field_is_called_now(self, empty):
        text = DEAL.replace("      note: {", "      seller: {kind: user}\n      note: {")
        install(empty, text)
        changed(empty, "field rename deal.seller sold_by")
        newer = text.replace("    fields:", "    owner: seller\n    fields:")
        assert "~ set type deal: owner=sold_by" in lines(install(empty, newer))
        assert install(empty, newer).changes == ()

    def test_of_one_attribute_leaves_the_others_to_follow(self, installed):
        changed(installed, "field set deal.value label=Worth")
        install(installed, NEWER)
        value = installed.type("deal").field_by_key["value"]
        assert (value.label, value.minimum) == ("Worth", "1")

    def test_goes_on_with_what_users_renamed(self, installed):
        changed(
            installed,
            "field rename deal.value worth\nstage rename deal.won signed\n"
            "option rename deal.source.web site\ntype rename deal sale\n"
            "field rename account.city town",
        )
        outcome = install(installed, NEWER)
        assert outcome.kept == ()
        assert "~ set field sale.worth: label=Amount, min=1" in lines(outcome)
        sale = installed.type("sale")
        assert [f.key for f in sale.fields][:4] == ["name", "account", "fair", "worth"]
        assert sale.stage_by_key["signed"].label == "Success"
        assert sale.field_by_key["source"].option_by_key["site"].label == "Internet"
        assert [stage.key for stage in sale.stages] == ["lead", "offer", "signed", "lost"]
        assert installed.type("account").field_by_key["best_deal"].target == "sale"
        assert install(installed, NEWER, ACCOUNT).changes == ()

    def test_a_type_that_users_renamed_is_still_the_one_to_link_to(self, empty):
        install(empty, ACCOUNT)
        changed(empty, "type rename account client")
        install(empty, DEAL)
        assert empty.type("deal").field_by_key["account"].target == "client"
        assert empty.type("client").field_by_key["best_deal"].target == "deal"

    def test_speaks_of_stages_and_options_by_the_keys_users_gave_them(self, empty):
        install(empty, DEAL)
        changed(empty, "stage rename deal.won signed\noption rename deal.source.web site")
        counting = ACCOUNT.replace(
            "      city:",
            "      web_deals: {label: Deals, kind: rollup, from: deal.account, measure: count(),"
            " where: \"stage = 'won' and source in ('web', 'phone')\"}\n      city:",
        )
        install(empty, counting)
        field = empty.type("account").field_by_key["web_deals"]
        assert field.condition == "stage = 'signed' and source in ('site', 'phone')"
        assert install(empty, counting).changes == ()

    def test_leaves_what_the_new_file_no_longer_has(self, installed):
        shorter = NEWER.replace("      note: {label: Remark, help: Anything, kind: longtext}\n", "")
        shorter = shorter.replace(", {field: note, wide: true}", "")
        install(installed, shorter)
        assert "note" in fields(installed, "deal")

    def test_a_rename_in_the_file_is_said_there(self, installed):
        installed.add("deal", {"name": "One", "value": "5"})
        renamed = (
            NEWER.replace("value: {label: Amount", "amount: {renamed_from: value, label: Amount")
            .replace("account, value]", "account, amount]")
            .replace("size, value, stage", "size, amount, stage")
            .replace("value > 0", "amount > 0")
        )
        outcome = install(installed, renamed)
        assert "~ rename field deal.value to amount" in lines(outcome)
        assert installed.record("deal/1").json()["amount"] == 5
        assert install(installed, renamed).changes == ()

    def test_a_rename_in_the_file_gives_way_to_that_of_a_user(self, installed):
        changed(installed, "field rename deal.value worth")
        install(installed, NEWER.replace("value: {label", "amount: {renamed_from: value, label"))
        assert "worth" in fields(installed, "deal")
        assert "amount" not in fields(installed, "deal")

    def test_a_new_order_is_followed_where_users_left_the_old_one(self, installed):
        moved = NEWER.replace("      note: {label: Remark, help: Anything, kind: longtext}\n", "")
        moved = moved.replace(
            "      account: {label",
            "      note: {label: Note, kind: longtext}\n      account: {label",
        )
        install(installed, moved)
        assert fields(installed, "deal")[:2] == ["name", "note"]

    def test_an_order_of_users_own_stays(self, installed):
        changed(installed, "stage order deal lost lead won")
        reordered = DEAL.replace("      won: {label: Won, outcome: won}\n", "").replace(
            "    validations", "      won: {label: Won, outcome: won}\n    validations"
        )
        install(installed, reordered)
        assert [stage.key for stage in installed.type("deal").stages] == ["lost", "lead", "won"]

    def test_asks_for_packs_that_are_installed(self, empty):
        install(empty, DEAL)
        with pytest.raises(NotFound) as caught:
            empty.upgrade_packs([pack(ACCOUNT)])
        assert caught.value.code in ("not-installed", "no-such-pack")
        assert empty.upgrade_packs([pack(NEWER)]).changes != ()
        assert empty.upgrade_packs().changes == ()


# Removing


class TestRemoving:
    def test_retires_the_types_and_what_was_theirs_alone(self, installed):
        outcome = installed.remove_packs(["fair"])
        assert lines(outcome) == [
            "- retire type fair",
            "- retire pack fair",
            "- retire category marketing",
        ]
        assert [type_.key for type_ in installed.types()] == ["deal", "account"]
        assert [state.key for state in installed.packs() if state.installed] == ["deal", "account"]

    def test_refuses_while_there_are_records_and_names_how_many(self, installed):
        installed.add("deal", {"name": "One"})
        installed.add("account", {"name": "Two"})
        before = dump(installed.path)
        with pytest.raises(Refused) as caught:
            installed.remove_packs(["deal", "account", "fair"])
        assert "deal (1), account (1)" in str(caught.value)
        assert dump(installed.path) == before

    def test_by_force_keeps_the_records_for_when_it_comes_back(self, installed):
        before = document(installed)
        installed.add("deal", {"name": "One"})
        installed.remove_packs(["deal"], force=True)
        assert "deal" not in [type_.key for type_ in installed.types()]
        outcome = install(installed, DEAL)
        assert lines(outcome) == ["+ restore pack deal", "+ restore type deal"]
        assert installed.record("deal/1").title == "One"
        assert document(installed) == before

    def test_leaves_retired_what_users_had_retired_before(self, installed):
        changed(installed, "field remove account.city")
        installed.remove_packs(["account"])
        install(installed, ACCOUNT)
        assert fields(installed, "account") == ["name", "best_deal"]

    def test_of_what_is_not_installed_says_so(self, installed):
        installed.remove_packs(["fair"])
        for key, code in (("fare", "no-such-pack"), ("deel", "not-installed")):
            with pytest.raises(NotFound) as caught:
                installed.remove_packs([key])
            assert caught.value.code == code
        with pytest.raises(NotFound) as caught:
            installed.remove_packs(["customer"])
        assert caught.value.code == "not-installed"

    def test_leaves_types_that_were_there_before(self, empty):
        changed(empty, "type add deal\nfield add deal.name title")
        install(empty, DEAL, merge=True)
        assert "- retire type deal" not in lines(empty.remove_packs(["deal"]))
        assert empty.type("deal").key == "deal"

    def test_a_type_that_was_purged_since_is_made_anew(self, installed):
        expected = document(installed)
        changed(installed, "field remove account.best_deal\nfield purge account.best_deal")
        installed.remove_packs(["deal"])
        changed(installed, "type purge deal")
        install(installed, DEAL)
        assert fields(installed, "deal") == list(pack(DEAL).document["types"]["deal"]["fields"])
        assert document(installed) == expected.replace(
            "      best_deal:\n        label: Best deal\n        kind: link\n        to: deal\n", ""
        )


# Undoing


def undone(workspace):
    """The configuration after the last act was undone, and whether packs know it."""
    workspace.undo()
    return document(workspace)


def test_an_installation_is_undone_and_done_again(empty):
    install(empty, DEAL)
    before = document(empty)
    install(empty, ACCOUNT, FAIR)
    after = document(empty)
    assert undone(empty) == before
    assert [state.key for state in empty.packs() if state.installed] == ["deal"]
    outcome = install(empty, ACCOUNT, FAIR)
    assert "+ restore type account" in lines(outcome)
    assert "+ restore field deal.account" in lines(outcome)
    assert sorted(document(empty).splitlines()) == sorted(after.splitlines())
    assert fields(empty, "deal") == list(pack(DEAL).document["types"]["deal"]["fields"])
    assert install(empty, DEAL, ACCOUNT, FAIR).changes == ()


def test_the_first_installation_is_undone_and_done_again(empty):
    install(empty, DEAL, ACCOUNT, FAIR)
    after = document(empty)
    empty.undo()
    assert empty.types() == ()
    assert [state.key for state in empty.packs() if state.installed] == []
    install(empty, DEAL, ACCOUNT, FAIR)
    assert document(empty) == after


def test_an_upgrade_is_undone_and_done_again(installed):
    before = document(installed)
    install(installed, NEWER)
    after = document(installed)
    assert undone(installed) == before
    assert {state.key: state.installed for state in installed.packs()}["deal"] == "1"
    install(installed, NEWER)
    assert document(installed) == after
    assert install(installed, NEWER).changes == ()


def test_a_removal_is_undone(installed):
    before = document(installed)
    installed.remove_packs(["deal"])
    assert undone(installed) == before
    assert install(installed, DEAL).changes == ()


def test_a_retired_field_of_another_kind_stands_in_the_way(empty):
    install(empty, DEAL)
    changed(empty, "field add deal.account\nfield remove deal.account")
    install(empty, ACCOUNT)
    assert "account" not in fields(empty, "deal")


# Files


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("types: {a: }", "bad-pack"),
        ("pack: x\ntypes: {a: }", "bad-pack"),
        ('pack: "two words"\nversion: 1\ntypes: {a: }', "bad-key"),
        ("pack: x\nversion: 1\ntypes: {a: {lable: x}}", "bad-document"),
        ("pack: x\nversion: 1\ntyps: {}", "bad-document"),
        ("", "empty-file"),
        ("pack: [", "bad-document"),
    ],
)
def test_a_file_that_is_no_pack_is_refused(text, code):
    with pytest.raises(Refused) as caught:
        pack(text)
    assert caught.value.code == code
    assert "{" not in str(caught.value)


def test_an_installed_pack_can_be_had_as_a_file_again(installed):
    again = installed.installed_pack("deal")
    assert (again.key, again.version, again.label_zh) == ("deal", "1", "商机")
    assert again.document == pack(DEAL).document
    assert pack(again.text).document == again.document
