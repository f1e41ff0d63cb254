"""`access explain`, `matrix` and `who`: who may do what, and who may ask."""

import pytest

from tests.support.cli import Crm, on_terminal
from tests.support.selling import CUSTOMERS, PEOPLE, RECORDS

RULES = """
role grant sales opportunity read,create,update,move,share --scope own
role grant sales customer read
role field sales opportunity.margin --hide
role field sales customer.phone --mask
role stage sales opportunity won --deny enter
"""


@pytest.fixture
def sales(crm: Crm) -> Crm:
    crm.script(CUSTOMERS + PEOPLE + RECORDS + RULES)
    return crm


class TestExplain:
    @pytest.mark.parametrize(
        ("question", "code", "reason"),
        [
            ("update opportunity/1", 0, "sales.opportunity lets update for own records"),
            ("update opportunity/1 amount", 0, "sales.opportunity lets update for own records"),
            ("update opportunity/2", 1, "sales.opportunity lets read only for own records"),
            ("update opportunity/1 margin", 1, "sales.opportunity makes opportunity.margin hidden"),
            ("move opportunity/1 won", 1, "sales.opportunity denies entering won"),
            ("move opportunity/1 lead.waiting", 0, "sales.opportunity lets move for own records"),
            ("create opportunity won", 1, "sales.opportunity denies entering won"),
            ("create opportunity amount", 0, "sales.opportunity lets create for own records"),
            ("delete opportunity/1", 1, "no role of alice lets delete on opportunity"),
            ("update opportunity/1 owner", 1, "no role of alice lets assign on opportunity"),
            (
                "read customer/1 phone",
                0,
                "sales.customer lets read for all records; customer.phone is masked",
            ),
            ("export customer", 1, "no role of alice lets export on customer"),
        ],
    )
    def test_says_yes_or_no_with_the_rule(self, sales: Crm, question, code, reason):
        asked = ("access", "explain", "alice", *question.split())
        outcome = sales.here(*asked)
        assert sales.here(*asked, "--exit-code", code=code).out == outcome.out
        assert outcome.lines[0] == f"{'denied' if code else 'allowed'}: {reason}"
        told = sales.here(*asked, "--json")
        assert told.json["allowed"] is (code == 0)
        assert told.json["reason"] == reason

    def test_tells_what_each_role_says_and_whether_it_holds(self, sales: Crm):
        sales.script(
            "role add lead\nrole grant lead opportunity read\n"
            "role deny lead opportunity update --scope 'amount > 150'\n"
            "role add guest\nuser set alice --role sales --role lead --role guest\n"
        )
        words = ("access", "explain", "alice", "update", "opportunity/2")
        assert sales.here(*words).lines == [
            "denied: lead.opportunity denies update for records where amount > 150",
            "  sales: lets update for own records (does not hold for opportunity/2)",
            "  lead: does not let update",
            "  lead: denies update for records where amount > 150 (holds for opportunity/2)",
            "  guest: says nothing of opportunity",
        ]
        assert sales.here(*words, "--json").json["roles"][1] == {
            "role": "lead",
            "says": [
                {"text": "does not let update", "holds": None},
                {"text": "denies update for records where amount > 150", "holds": True},
            ],
        }

    def test_an_administrator_may_do_everything_and_a_retired_user_nothing(self, sales: Crm):
        assert sales.here("access", "explain", "me", "delete", "customer").lines == [
            f"allowed: {sales.here('user', 'list', '--ids').lines[0]} is an administrator"
        ]
        sales.here("user", "remove", "carol")
        outcome = sales.here("access", "explain", "carol", "read", "customer")
        assert outcome.lines == ["denied: the user carol is retired"]

    def test_what_is_shared_is_allowed_by_sharing(self, sales: Crm):
        sales.here("record", "share", "opportunity/1", "--with", "bob")
        words = ("access", "explain", "bob")
        read = sales.here(*words, "read", "opportunity/1")
        assert read.lines[0] == "allowed: opportunity/1 is shared with user:bob"
        sales.here(*words, "update", "opportunity/1")
        sales.here("record", "share", "opportunity/1", "--with", "team:north", "--update")
        update = sales.here(*words, "update", "opportunity/1", "--json").json
        assert update["shared"] == ["team:north"]
        sales.here("access", "explain", "carol", "read", "opportunity/1")

    @pytest.mark.parametrize(
        ("question", "code", "told"),
        [
            ("nobody read customer", 3, "there is no user nobody"),
            ("alcie read customer", 3, "did you mean alice?"),
            ("alice reed customer", 2, "did you mean read?"),
            ("alice read custmer", 3, "did you mean customer?"),
            ("alice read customer/99", 3, "there is no record customer/99"),
            ("alice read customer/1 phon", 3, "did you mean phone?"),
            ("alice move opportunity/1 wno", 3, "did you mean won?"),
            ("alice delete opportunity/1 amount", 2, "about records as a whole"),
            ("alice assign opportunity/1 amount", 2, "about records as a whole"),
        ],
    )
    def test_what_there_is_not_is_an_error_and_no_answer(self, sales: Crm, question, code, told):
        assert told in sales.refused("access", "explain", *question.split(), code=code)

    def test_the_hint_of_a_refusal_is_a_question_with_that_answer(self, sales: Crm):
        for words in (
            "record move opportunity/1 won",
            "record remove opportunity/1",
            "record assign opportunity/1 bob",
            "record set customer/1 name=X",
            "record add customer name=Y",
            "record add opportunity name=Z --stage won",
            "record export customer",
            "record share customer/1 --with bob",
        ):
            refused = sales.here(*words.split(), "--as", "alice", code=4).err
            message, hint = refused.removesuffix("\n").split("  [permission]\n  hint: crmtui ")
            question = hint.split()
            answer = sales.here(*question, "--json").json
            assert message.endswith(f": {answer['reason']}")
            assert sales.here(*question, "--as", "alice", "--json").json == answer

    def test_a_no_does_not_stop_a_batch(self, sales: Crm):
        script = "access explain alice delete customer/1\ntype add note\n"
        assert sales.script(script).err == "2 lines done\n"


class TestWhoMayAsk:
    def test_everybody_about_themselves(self, sales: Crm):
        sales.here("access", "explain", "me", "update", "opportunity/1", "--as", "alice")
        sales.here("access", "explain", "alice", "delete", "opportunity/1", "--as", "alice")
        lines = sales.here("access", "matrix", "--as", "alice", "--json").json
        assert {line["user"] for line in lines} == {"alice"}

    @pytest.mark.parametrize(
        "words",
        [
            "explain bob read opportunity/2",
            "explain nobody read opportunity/1",
            "matrix --user bob",
            "who opportunity/1",
        ],
    )
    def test_others_are_for_administrators(self, sales: Crm, words):
        outcome = sales.here("access", *words.split(), "--as", "alice", code=4)
        assert "[permission]" in outcome.err
        assert outcome.out == ""

    @pytest.mark.parametrize(
        ("question", "hidden", "unknown"),
        [
            ("read X", "opportunity/2", "opportunity/99"),
            ("move X won", "opportunity/2", "opportunity/99"),
            ("update opportunity/1 X", "margin", "nosuch"),
        ],
    )
    def test_what_one_may_not_know_of_is_not_there(self, sales: Crm, question, hidden, unknown):
        told = []
        for word in (hidden, unknown):
            words = question.replace("X", word).split()
            outcome = sales.here("access", "explain", "alice", *words, "--as", "alice", code=3)
            told.append(outcome.err.replace(word, "X"))
        assert told[0] == told[1]

    def test_no_scope_tells_what_is_hidden(self, sales: Crm):
        sales.here("role", "grant", "sales", "opportunity", "update", "--scope", "margin > 6")
        words = ("access", "explain", "alice", "update", "opportunity/1")
        assert "margin > 6" in sales.here(*words).out
        own = sales.here(*words, "--as", "alice")
        assert own.lines[0] == "denied: sales.opportunity lets update only for records where …"
        for refused in (
            own,
            sales.here("record", "set", "opportunity/1", "name=X", "--as", "alice", code=4),
            sales.here("access", "matrix", "--as", "alice"),
        ):
            assert "margin" not in refused.out + refused.err


class TestMatrix:
    def test_has_a_line_for_each_user_and_type(self, sales: Crm):
        lines = sales.here("access", "matrix", "--json").json
        first = sales.here("user", "list", "--ids").lines[0]
        assert [(line["user"], line["type"]) for line in lines] == [
            (first, "*"),
            *((user, key) for user in ("alice", "bob", "carol") for key in TYPES),
        ]
        assert lines[2] == {
            "user": "alice",
            "type": "opportunity",
            "operations": {
                name: {"let": ["own"], "deny": []}
                for name in ("read", "create", "update", "move", "share")
            },
            "fields": {"margin": "hidden"},
            "stages": {"won": ["enter"]},
        }

    def test_roles_add_up_and_denials_stay(self, sales: Crm):
        sales.script(
            "role add lead\nrole grant lead opportunity read,update --scope team\n"
            "role grant lead customer read,update\n"
            "role deny lead opportunity update --scope 'amount > 150'\n"
            "user set alice --role sales --role lead\n"
        )
        customer, opportunity = sales.here("access", "matrix", "--user", "alice", "--json").json
        assert customer["fields"] == {}  # the other role shows it whole
        assert opportunity["operations"]["update"] == {
            "let": ["own", "team"],
            "deny": ["amount > 150"],
        }
        row = sales.here("access", "matrix", "--user", "alice", "--csv")
        assert "own,team,!amount > 150" in row.out

    def test_on_a_terminal_every_operation_is_told(self, sales: Crm):
        wide = on_terminal("access", "matrix", "--user", "alice", size=(120, 24))[1].splitlines()
        assert wide[0].split()[:4] == ["USER", "TYPE", "READ", "CREATE"]
        narrow = on_terminal("access", "matrix", "--user", "alice", size=(50, 24))[1].splitlines()
        assert narrow == [
            "alice · customer",
            "  lets read for all records",
            "  phone is masked",
            "alice · opportunity",
            "  lets read, create, update, move, share for own",
            "    records",
            "  margin is hidden",
            "  forbids at won: enter",
        ]

    def test_and_no_word_is_broken_there(self, sales: Crm):
        for words in (("access", "matrix", "--user", "alice"), ("role", "show", "sales")):
            lines = on_terminal(*words, size=(40, 24))[1].splitlines()
            assert max(map(len, lines)) <= 40
            assert "update, move, share" in " ".join(map(str.strip, lines))


TYPES = ("customer", "opportunity")


class TestWho:
    def test_tells_who_may_see_a_record_and_what_else(self, sales: Crm):
        sales.here("record", "share", "opportunity/1", "--with", "carol")
        administrator, alice, carol = sales.here("access", "who", "opportunity/1", "--json").json
        assert administrator["delete"]["allowed"]
        assert alice["read"] == {
            "allowed": True,
            "rule": "sales.opportunity",
            "reason": "sales.opportunity lets read for own records",
        }
        assert (alice["move"]["allowed"], alice["delete"]["allowed"]) == (True, False)
        assert carol["read"]["reason"] == "opportunity/1 is shared with user:carol"
        assert not carol["update"]["allowed"]
        assert sales.here("access", "who", "opportunity/1", "--ids").lines[1:] == ["alice", "carol"]

    def test_is_about_one_record(self, sales: Crm):
        assert "write TYPE/NUMBER" in sales.refused("access", "who", "opportunity", code=2)
        sales.refused("access", "who", "opportunity/99", code=3)


def test_whoever_works_alone_has_every_right(crm: Crm):
    crm.script(CUSTOMERS + "record add customer name=Acme\n")
    (line,) = crm.here("access", "matrix", "--json").json
    assert line["type"] == "*"
    crm.here("access", "explain", "me", "update", "customer/1", "name")
    assert len(crm.here("access", "who", "customer/1").lines) == 1
