"""`export`, `diff` and `apply` of teams, roles and users; roles when a type is copied."""

import pytest

from tests.support.cli import Crm

WRITTEN = """\
# who may do what
types:
  deal:
    fields:
      name: {title: true}
      amount: {kind: money, currency: CNY}
      margin: {kind: money, currency: CNY}
      owner: {kind: user}
    stages: {lead: , won: {outcome: won}}
teams: {sales: , north: {label_zh: 北区, parent: sales}}
roles:
  seller:
    permissions:
      deal:
        read: all   # for now
        create: own
        move: all
        fields: {margin: hidden}
        stages: {won: enter}
"""
USERS = """\
teams: {north: {manager: bob}}
users:
  alice: {roles: [seller], teams: [north]}
  bob: {roles: [seller]}
"""


@pytest.fixture
def written(crm: Crm) -> Crm:
    """Three deals, two of alice and one of bob, both of whom sell."""
    crm.here(
        "apply", "-f", crm.file("crm.yaml", WRITTEN), "-f", crm.file("users.yaml", "users: {}")
    )
    crm.here("apply", "-f", crm.file("users.yaml", USERS))
    lines = [f"record add deal name=D{number} owner={who}" for number, who in enumerate("aab")]
    crm.script("\n".join(lines).replace("=a", "=alice").replace("=b", "=bob"))
    return crm


class TestApply:
    def test_makes_people_who_can_work_at_once(self, written: Crm):
        shown = written.here("record", "list", "deal", "--as", "alice", "--json").json
        assert len(shown) == 3 and "margin" not in shown[0]
        refused = written.here("record", "move", "deal/1", "won", "--as", "alice", code=4)
        assert "seller.deal denies entering won" in refused.err

    def test_tells_what_it_does_to_people(self, written: Crm):
        text = WRITTEN.replace("read: all ", "read: own ").replace("margin: hidden", "name: masked")
        plan = written.here("diff", "-f", written.file("new.yaml", text), code=1).out.splitlines()
        assert plan == [
            "~ set permission seller.deal: lets read for own records; name is masked",
            "  deal: up to 2 records less for 2 users (alice, bob)",
            "  deal: name masked for 2 users (alice, bob)",
            "  deal: margin shown to 2 users (alice, bob)",
        ]
        done = written.here("apply", "-f", written.folder / "new.yaml", "--json").json
        assert [each["code"] for each in done[0]["effects"]] == [
            "records-less",
            "masked-fields",
            "shown-fields",
        ]
        assert done[0]["values"] == {"read": "own", "fields": {"name": "masked"}}
        written.here("undo")
        assert written.here("diff", "-f", written.folder / "crm.yaml").out == ""

    def test_of_a_document_with_roles_alone_and_prune_leaves_types_alone(self, written: Crm):
        file = written.file("roles.yaml", "roles: {seller: }")
        plan = written.here("diff", "--prune", "-f", file, code=1).out.splitlines()
        assert plan[0] == "- retire permission seller.deal"
        assert all(line.startswith("  ") for line in plan[1:])

    @pytest.mark.parametrize(
        ("document", "told"),
        [
            ("roles: {seller: {permissions: {deal: {raed: all}}}}", "did you mean read?"),
            ("users: {alice: {uid: 7}}", "users.alice: the uid of a user is that of one machine"),
            ("roles: {a: {permissions: {deal: {read: sum}}}}", "deal: read: deal has no field sum"),
            ("users: {alice: {roles: [selle]}}", "there is no role selle; did you mean seller?"),
        ],
    )
    def test_names_what_is_wrong_and_where(self, written: Crm, document: str, told: str):
        file = written.file("bad.yaml", document)
        assert told in written.refused("apply", "-f", file, code=(1, 2, 3))

    def test_is_for_who_may_configure(self, written: Crm):
        file = written.folder / "crm.yaml"
        before = written.here("export", "--people").out
        for words in (("apply", "-f", file), ("diff", "-f", file), ("export",)):
            refused = written.here(*words, "--as", "alice", code=4)
            assert refused.out == "" and "alice is no administrator" in refused.err
        assert written.here("export", "--people").out == before

    def test_by_who_may_configure_one_type_changes_that_or_nothing(self, written: Crm):
        written.here("apply", "-f", "-", stdin="types: {account: }")
        roles = "roles: {seller: {permissions: {deal: {configure: all}, account: {read: all}}}}"
        written.here("apply", "-f", "-", stdin=roles)
        document = written.here("export", "--as", "alice").out
        assert document.startswith("types:\n  deal:\n") and "roles:" not in document
        assert written.here("diff", "--prune", "-f", "-", "--as", "alice", stdin=document).out == ""
        written.here("apply", "-f", "-", "--as", "alice", stdin="types: {deal: {label: Sale}}")
        file = written.file("more.yaml", "types: {deal: {label: Deal}, account: {label: Client}}")
        before = written.here("export").out
        refused = written.here("apply", "-f", file, "--as", "alice", code=4)
        assert "alice may not configure type account" in refused.err
        assert written.here("export").out == before
        assert written.here("diff", "-f", file, "--as", "alice", code=4).out == ""


class TestExport:
    def test_has_people_on_request_and_puts_them_where_they_were(self, written: Crm):
        file = written.folder / "crm.yaml"
        written.here("export", "-o", file)
        assert file.read_text().startswith(WRITTEN.partition("    fields:")[0])
        assert WRITTEN[WRITTEN.index("teams:") :] in file.read_text()
        assert "users:" not in written.here("export").out
        everything = written.here("export", "--people").out
        assert "  alice:\n    roles: [seller]\n    teams: [north]\n" in everything
        assert written.here("diff", "--prune", "-f", "-", stdin=everything).out == ""
        other = written.folder / "other.db"
        written.here("apply", "-f", "-", "--db", other, stdin=everything)
        assert written.here("export", "--people", "--db", other).out == everything

    def test_into_a_folder_gives_each_sort_a_file(self, written: Crm):
        folder = written.folder / "conf"
        written.here("export", "--people", "-o", f"{folder}/")
        assert sorted(file.name for file in folder.iterdir()) == [
            "categories.yaml",
            "deal.yaml",
            "roles.yaml",
            "teams.yaml",
            "users.yaml",
        ]
        before = {file.name: file.read_text() for file in folder.iterdir()}
        written.here("export", "-o", folder)
        assert {file.name: file.read_text() for file in folder.iterdir()} == before
        assert written.here("diff", "--prune", "-f", folder).out == ""

    def test_of_some_types_has_no_people(self, written: Crm):
        error = written.refused("export", "deal", "--people", code=2)
        assert "people are not those of some types" in error


class TestACopyOfAType:
    def test_is_nobodys_and_says_so(self, written: Crm):
        outcome = written.here("type", "copy", "deal", "tender")
        assert "what roles say of deal is not copied, but with --permissions: seller" in outcome.err
        assert written.here("record", "list", "tender", "--as", "alice", code=3).out == ""

    def test_is_everybodys_as_the_other_one_when_asked_for(self, written: Crm):
        written.here("type", "copy", "deal", "tender", "--permissions")
        roles = written.here("export", "--json").json["roles"]
        permissions = roles["seller"]["permissions"]
        assert permissions["tender"] == permissions["deal"]
        written.here("undo")
        assert "tender" not in written.here("export").out


class TestAPack:
    @pytest.mark.parametrize("nouns", ["teams", "roles", "users"])
    def test_says_nothing_of_people(self, written: Crm, nouns: str):
        text = f"pack: x\nversion: 1\ntypes: {{x: }}\n{nouns}: {{a: }}\n"
        error = written.refused("pack", "install", written.file("x.yaml", text), code=1)
        assert f"a pack has no {nouns}: who may do what is said where it is installed" in error
