"""`role grant`, `deny`, `revoke`, `field`, `stage`, `show`, `matrix`, and layouts of roles."""

import pytest

from tests.support.cli import Crm, on_terminal
from tests.support.selling import CUSTOMERS, PEOPLE, RECORDS


@pytest.fixture
def sales(crm: Crm) -> Crm:
    crm.script(CUSTOMERS + PEOPLE + RECORDS)
    return crm


def told(crm: Crm, *words: str) -> str:
    """The first line that a command says."""
    return crm.here(*words).err.splitlines()[0]


def says(crm: Crm, role: str = "sales") -> dict[str, dict]:
    """What `role show` tells of a role as JSON, by type."""
    permissions = crm.here("role", "show", role, "--json").json["permissions"]
    return {each.pop("type"): each for each in permissions}


class TestGrant:
    def test_lets_operations_for_the_records_of_a_scope(self, sales: Crm):
        words = ("role", "grant", "sales", "opportunity")
        assert sales.here(*words, "read,create,move", "--scope", "own").err.splitlines()[:2] == [
            "+ add permission sales.opportunity: lets read, create, move for own records",
            "  own: opportunity.owner is the user",
        ]
        assert told(sales, *words, "read", "--scope", "team") == (
            "~ set permission sales.opportunity: lets read for records of the team"
        )
        assert told(sales, *words, "update", "--scope", "amount < 500 and stage = 'lead'") == (
            "~ set permission sales.opportunity: "
            "lets update for records where amount < 500 and stage = 'lead'"
        )
        assert says(sales)["opportunity"]["let"] == {
            "read": "team",
            "create": "own",
            "update": "amount < 500 and stage = 'lead'",
            "move": "own",
        }

    def test_the_scope_is_all_unless_another_is_said(self, sales: Crm):
        assert told(sales, "role", "grant", "sales", "customer", "read,export") == (
            "+ add permission sales.customer: lets read, export for all records"
        )

    def test_the_same_again_changes_nothing(self, sales: Crm):
        words = ("role", "grant", "sales", "customer", "read", "--scope", "own")
        sales.here(*words)
        before = sales.everything()
        assert sales.here(*words).err == "unchanged: permission sales.customer\n"
        assert sales.here(*words, "--json").json["change"] == "unchanged"
        assert sales.everything() == before

    def test_own_is_who_added_it_where_the_type_has_no_owner(self, sales: Crm):
        said = sales.here("role", "grant", "sales", "customer", "read", "--scope", "own").err
        assert "own: the user added it; customer has no field for its owner" in said
        every = sales.here("role", "grant", "sales", "*", "read", "--scope", "team", "--json").json
        assert every["notes"][0]["message"].startswith("team:")

    def test_every_type_may_be_meant(self, sales: Crm):
        sales.here("role", "grant", "sales", "*", "read")
        assert len(sales.here("record", "list", "customer", "--as", "alice").lines) == 1

    def test_operations_may_be_words_of_their_own_and_called_otherwise(self, sales: Crm):
        sales.here("role", "grant", "sales", "customer", "read", "edit,log", "remove")
        assert list(says(sales)["customer"]["let"]) == ["read", "update", "delete", "history"]

    def test_all_is_every_operation_but_to_configure(self, sales: Crm):
        sales.here("role", "grant", "sales", "customer", "all")
        let = says(sales)["customer"]["let"]
        assert "import" in let
        assert "configure" not in let
        sales.here("role", "grant", "sales", "opportunity", "all", "--scope", "own")
        assert "import" not in says(sales)["opportunity"]["let"]
        sales.here("role", "grant", "sales", "customer", "configure")
        assert says(sales)["customer"]["let"]["configure"] == "all"

    def test_a_type_may_be_left_out_of_lists_of_types(self, sales: Crm):
        sales.here("role", "grant", "sales", "*", "read")
        sales.here("role", "grant", "sales", "customer", "read", "--unlisted")
        assert sales.here("type", "list", "--ids", "--as", "alice").lines == ["opportunity"]
        assert len(sales.here("record", "list", "customer", "--as", "alice").lines) == 1
        sales.here("role", "grant", "sales", "customer", "read", "--listed")
        assert len(sales.here("type", "list", "--ids", "--as", "alice").lines) == 2

    def test_what_the_same_role_denies_is_told(self, sales: Crm):
        sales.here("role", "deny", "sales", "customer", "delete")
        said = sales.here("role", "grant", "sales", "customer", "delete,read").err
        hint = said.partition("; crmtui ")[2].partition(" lifts that")[0]
        assert hint == "role revoke sales customer delete"
        sales.here(*hint.split())
        assert says(sales)["customer"]["deny"] == {}

    @pytest.mark.parametrize(
        ("words", "code", "told"),
        [
            ("sals customer read", 3, "there is no role sals; did you mean sales?"),
            ("sales custmer read", 3, "did you mean customer?"),
            ("sales customer reed", 2, "did you mean read?"),
            ("sales customer read --scope onw", 2, "did you mean own?"),
            ("sales opportunity read --scope amuont>5", 1, "no field amuont"),
            ("sales opportunity read --scope (amount", 1, "[bad-expression]"),
            ("sales * read --scope amount>5", 2, "own, team or all, not amount>5"),
            ("sales customer import --scope own", 2, "for all records or not at all"),
        ],
    )
    def test_what_there_is_not_is_said_in_one_line(self, sales: Crm, words, code, told):
        assert told in sales.refused("role", "grant", *words.split(), code=code)

    def test_only_an_administrator_grants(self, sales: Crm):
        words = ("role", "grant", "sales", "customer", "read", "--as", "alice")
        outcome = sales.here(*words, code=4)
        assert "[not-administrator]" in outcome.err
        assert says(sales) == {}

    def test_a_batch_and_a_dry_run_grant_as_a_command_does(self, sales: Crm):
        sales.here("role", "grant", "sales", "customer", "read", "--dry-run")
        assert says(sales) == {}
        sales.script("role grant sales customer read\nrole field sales customer.phone --mask\n")
        assert says(sales)["customer"]["fields"] == {"phone": "masked"}


class TestDenyAndRevoke:
    def test_a_denial_wins_over_what_is_let(self, sales: Crm):
        sales.here("role", "grant", "sales", "opportunity", "read,update")
        assert told(
            sales, "role", "deny", "sales", "opportunity", "update", "--scope", "amount > 150"
        ) == ("~ set permission sales.opportunity: denies update for records where amount > 150")
        sales.here("record", "set", "opportunity/1", "name=X", "--as", "alice")
        error = sales.here("record", "set", "opportunity/2", "name=X", "--as", "alice", code=4).err
        assert "sales.opportunity denies update for records where amount > 150" in error

    def test_revoke_takes_back_what_was_let_and_denied(self, sales: Crm):
        sales.here("role", "grant", "sales", "customer", "read,update,delete")
        sales.here("role", "deny", "sales", "customer", "delete,export")
        assert told(sales, "role", "revoke", "sales", "customer", "update,delete") == (
            "~ set permission sales.customer: no longer lets update, delete;"
            " denies export for all records"
        )
        assert says(sales)["customer"]["let"] == {"read": "all"}
        assert told(sales, "role", "revoke", "sales", "customer", "update") == (
            "unchanged: permission sales.customer"
        )

    def test_with_the_last_of_it_the_permission_goes(self, sales: Crm):
        sales.here("role", "grant", "sales", "customer", "read")
        assert told(sales, "role", "revoke", "sales", "customer", "read") == (
            "- retire permission sales.customer"
        )
        assert says(sales) == {}

    def test_what_is_granted_anew_says_nothing_of_what_was_revoked(self, sales: Crm):
        sales.here("role", "grant", "sales", "opportunity", "read,update")
        sales.here("role", "field", "sales", "opportunity.margin", "--hide")
        said = sales.here("role", "revoke", "sales", "opportunity").err
        assert said.splitlines()[:2] == [
            "- retire permission sales.opportunity",
            "  no longer: margin is hidden",
        ]
        sales.here("role", "grant", "sales", "opportunity", "read")
        assert says(sales)["opportunity"]["let"] == {"read": "all"}
        assert says(sales)["opportunity"]["fields"] == {}

    def test_what_is_not_said_cannot_be_revoked_but_may_be_absent(self, sales: Crm):
        error = sales.refused("role", "revoke", "sales", "customer", code=3)
        assert "the role sales says nothing of customer" in error
        assert "hint: crmtui role show sales" in error
        for ref in ("sales customer", "nobody customer", "sales nothing"):
            words = ("role", "revoke", *ref.split(), "--if-exists")
            assert told(sales, *words) == f"unchanged: permission {ref.replace(' ', '.')}"

    def test_a_type_that_roles_speak_of_is_purged_once_they_do_not(self, sales: Crm):
        sales.script("type add note\nfield add note.text\nrole grant sales note read\n")
        sales.here("type", "remove", "note")
        error = sales.refused("type", "purge", "note", "--confirm", "note", code=1)
        hint = error.partition("hint: crmtui ")[2].strip()
        sales.here(*hint.split())
        sales.here("type", "purge", "note", "--confirm", "note")
        sales.script("type add note\nfield add note.text\nrole grant sales note update\n")
        assert says(sales)["note"]["let"] == {"update": "all"}

    def test_deny_all_is_every_operation(self, sales: Crm):
        sales.here("role", "deny", "sales", "customer", "all")
        assert len(says(sales)["customer"]["deny"]) == 12
        sales.here("role", "deny", "sales", "customer", "all", "--scope", "own")
        assert says(sales)["customer"]["deny"]["import"] == "all"


class TestFields:
    def test_are_masked_hidden_and_shown_again(self, sales: Crm):
        sales.here("role", "grant", "sales", "customer", "read")
        for words, level, seen in (
            (["--mask"], "masked", "138****1234"),
            (["--mask", "1**4"], "masked:1**4", "1**4"),
            (["--mask=13********34"], "masked:13********34", "13********34"),
            (["--read-only"], "read-only", "+8613812341234"),
            (["--hide"], "hidden", None),
            (["--deny"], "denied", None),
            (["--show"], None, "+8613812341234"),
        ):
            sales.here("role", "field", "sales", "customer.phone", *words)
            assert says(sales)["customer"]["fields"].get("phone") == level
            (record,) = sales.here("record", "list", "customer", "--json", "--as", "alice").json
            assert record.get("phone") == seen

    def test_several_at_once_written_either_way(self, sales: Crm):
        sales.here("role", "field", "sales", "customer.phone", "customer.name", "--read-only")
        sales.here("role", "field", "sales", "opportunity", "margin", "amount", "--hide")
        assert says(sales)["customer"]["fields"] == {"phone": "read-only", "name": "read-only"}
        assert says(sales)["opportunity"]["fields"] == {"margin": "hidden", "amount": "hidden"}

    def test_a_mask_without_a_pattern_may_stand_before_the_field(self, sales: Crm):
        sales.here("role", "field", "sales", "--mask", "customer.phone")
        assert says(sales)["customer"]["fields"] == {"phone": "masked"}

    def test_to_show_what_nobody_hid_changes_nothing(self, sales: Crm):
        assert told(sales, "role", "field", "sales", "customer.phone", "--show") == (
            "unchanged: permission sales.customer"
        )
        assert says(sales) == {}

    @pytest.mark.parametrize(
        ("words", "code", "told"),
        [
            ("customer.phon --hide", 3, "did you mean phone?"),
            ("customer.phone --mask abc", 2, "the mask abc hides nothing"),
            ("customer.phone", 2, "choose one of --hide"),
            ("customer.phone --hide --show", 2, "choose one of --hide"),
            ("customer.phone opportunity.margin --hide", 2, "is not of the type customer"),
            ("customer --hide", 2, "say the field too"),
            ("--hide", 2, "say the field too"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, sales: Crm, words, code, told):
        assert told in sales.refused("role", "field", "sales", *words.split(), code=code)


class TestStages:
    def test_actions_are_forbidden_and_allowed_again(self, sales: Crm):
        words = ("role", "stage", "sales", "opportunity")
        assert told(sales, *words, "won", "--deny", "enter,edit") == (
            "+ add permission sales.opportunity: forbids at won: edit, enter"
        )
        sales.here(*words, "won", "--deny", "leave", "--allow", "edit")
        sales.here(*words, "lead.waiting", "--deny", "all")
        assert says(sales)["opportunity"]["stages"] == {
            "won": ["enter", "leave"],
            "lead.waiting": ["see", "edit", "enter", "leave"],
        }
        sales.here(*words, "lead.waiting", "--allow", "all")
        assert told(sales, *words, "won", "--allow", "enter,leave") == (
            "~ set permission sales.opportunity: forbids nothing at stages"
        )

    @pytest.mark.parametrize(
        ("words", "code", "told"),
        [
            ("opportunity wno --deny see", 3, "did you mean won?"),
            ("opportunity lead.wating --deny see", 3, "opportunity.lead has no status wating"),
            ("opportunity won --deny sea", 2, "see, edit, enter, leave, not to sea"),
            ("opportunity won", 2, "--deny or --allow"),
            ("customer won --deny see", 1, "customer has no stages"),
        ],
    )
    def test_what_there_is_not_is_refused(self, sales: Crm, words, code, told):
        assert told in sales.refused("role", "stage", "sales", *words.split(), code=code)


SAID = """
role grant sales opportunity read,update --scope own
role deny sales opportunity delete
role field sales opportunity.margin --hide
role stage sales opportunity won --deny enter
role grant sales customer read
role field sales customer.phone --mask
"""


class TestShow:
    def test_on_a_terminal_it_reads_as_sentences(self, sales: Crm):
        sales.script(SAID)
        _code, out = on_terminal("role", "show", "sales")
        assert out.splitlines() == [
            "Role         sales",
            "Users        alice, bob, carol",
            "opportunity  lets read, update for own records",
            "             denies delete for all records",
            "             margin is hidden",
            "             forbids at won: enter",
            "customer     lets read for all records",
            "             phone is masked",
        ]

    def test_into_a_pipe_it_is_a_line_for_each_thing(self, sales: Crm):
        sales.script(SAID)
        assert sales.here("role", "show", "sales").lines == [
            "opportunity\tlet\tread\town",
            "opportunity\tlet\tupdate\town",
            "opportunity\tdeny\tdelete\tall",
            "opportunity\tfield\tmargin\thidden",
            "opportunity\tstage\twon\tenter",
            "customer\tlet\tread\tall",
            "customer\tfield\tphone\tmasked",
        ]

    def test_who_has_a_role_sees_it_without_what_it_hides_from_them(self, sales: Crm):
        sales.script(SAID + "role grant sales opportunity update --scope 'margin > 3'\n")
        seen = sales.here("role", "show", "sales", "--json", "--as", "alice")
        assert "margin" not in seen.out
        assert seen.json["permissions"][0]["let"] == {"read": "own", "update": "…"}
        assert "margin" not in sales.here("role", "matrix", "--as", "alice").out
        sales.here("role", "add", "other")
        sales.here("role", "show", "other", "--as", "alice", code=3)
        assert sales.here("role", "list", "--ids", "--as", "alice").lines == ["sales"]

    def test_where_records_are_not_there_for_them_is_not_told(self, sales: Crm):
        sales.script(
            SAID + "role deny sales customer read --scope \"name = 'Secret'\"\n"
            "role stage sales opportunity lead.waiting --deny see,enter\n"
        )
        for words in (
            ("role", "show", "sales", "--json"),
            ("role", "matrix", "--json"),
            ("access", "matrix", "--json"),
            ("access", "explain", "alice", "read", "customer"),
        ):
            assert "Secret" in sales.here(*words).out
            told = sales.here(*words, "--as", "alice").out
            assert "Secret" not in told
            assert "waiting" not in told
        assert "denies read for records where …" in told

    def test_the_matrix_has_types_and_operations(self, sales: Crm):
        sales.script(SAID)
        lines = sales.here("role", "matrix", "sales", "--json").json
        assert {line["type"]: line["operations"] for line in lines} == {
            "customer": {"read": {"let": ["all"], "deny": []}},
            "opportunity": {
                "read": {"let": ["own"], "deny": []},
                "update": {"let": ["own"], "deny": []},
                "delete": {"let": [], "deny": ["all"]},
            },
        }
        table = on_terminal("role", "matrix")[1].splitlines()
        assert table[0].split() == "ROLE TYPE READ UPDATE DELETE FIELDS STAGES".split()
        assert (
            table[2].split() == "sales opportunity own own !all margin: hidden won: enter".split()
        )

    def test_no_column_of_a_matrix_is_lost_on_a_narrow_terminal(self, sales: Crm):
        sales.script("role grant sales customer all\nrole grant sales opportunity all --scope own")
        _code, out = on_terminal("role", "matrix", size=(60, 24))
        assert "report for own records" in out


class TestLayouts:
    def test_a_role_has_layouts_of_its_own(self, sales: Crm):
        sales.here("role", "grant", "sales", "*", "read")
        assert told(
            sales, "layout", "set", "opportunity", "--columns", "amount,name", "--role", "sales"
        ) == ("+ add permission sales.opportunity: list=amount,name")
        sales.here("layout", "move", "opportunity.amount", "--section", "Money", "--role", "sales")
        shown = sales.here("layout", "show", "opportunity", "--json", "--as", "alice").json
        assert shown["list"] == ["amount", "name"]
        assert [section["key"] for section in shown["form"]] == ["main", "money"]
        same = sales.here("layout", "show", "opportunity", "--role", "sales", "--json").json
        assert same == shown
        others = sales.here("layout", "show", "opportunity", "--json").json
        assert "amount" not in others["list"][:2]

    def test_a_layout_of_a_role_is_reset_to_that_of_everybody(self, sales: Crm):
        before = sales.here("layout", "show", "opportunity", "--json").json
        words = ("--role", "sales")
        sales.here("layout", "set", "opportunity", "--columns", "amount,name", *words)
        sales.here("layout", "section", "add", "opportunity", "More", *words)
        sales.here("layout", "reset", "opportunity", *words)
        assert sales.here("layout", "show", "opportunity", "--json", *words).json == before
        assert told(sales, "layout", "reset", "opportunity", *words) == (
            "unchanged: permission sales.opportunity"
        )

    def test_it_goes_for_every_stage(self, sales: Crm):
        words = ("layout", "set", "opportunity.name", "--wide", "--role", "sales")
        assert "the same at every stage" in sales.refused(*words, "--stage", "won", code=2)


def test_what_was_granted_is_undone_and_told_by_the_log(sales: Crm):
    steps = [line.split() for line in SAID.strip().splitlines()]
    before = []
    for words in steps:
        before.append(says(sales))
        sales.here(*words)
    sales.here("role", "revoke", "sales", "opportunity")
    sales.here("undo")
    log = [entry["changes"]["what"] for entry in sales.here("log", "--json").json[: len(steps) + 2]]
    assert log == [
        "restore permission sales.opportunity",
        "retire permission sales.opportunity",
        "set permission sales.customer: phone is masked",
        "add permission sales.customer: lets read for all records",
        "set permission sales.opportunity: forbids at won: enter",
        "set permission sales.opportunity: margin is hidden",
        "set permission sales.opportunity: denies delete for all records",
        "add permission sales.opportunity: lets read, update for own records",
    ]
    while before:
        sales.here("undo")
        assert says(sales) == before.pop()
