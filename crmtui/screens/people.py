"""The people of a workspace: users, teams within teams, and roles."""

from collections.abc import Sequence

from textual.binding import Binding

from crmtui.i18n import N_, _, language
from crmtui.model.definitions import Definition, Role, Team, User
from crmtui.screens.acting import refused_for_typing, user_row
from crmtui.screens.choose import ChooseScreen
from crmtui.screens.definitions import DefinitionsScreen
from crmtui.screens.nodes import Node
from crmtui.screens.widgets.rows import Row
from crmtui.store.changes import Change
from crmtui.terminal import shown

_INDENT = 2


class PeopleScreen(DefinitionsScreen):
    """Three lists in one; enter on a role opens what it lets."""

    BINDINGS = [
        Binding("t", "act_as_this", N_("Act as"), id="people.act-as"),
        Binding("h", "hand_over", N_("Hand over"), id="people.hand-over"),
    ]
    HINTS = tuple(
        "rows.choose design.add design.edit design.rename design.retire people.act-as design.plan"
        " people.hand-over app.help design.leave design.undo ordered.down ordered.up"
        " app.palette".split()
    )

    def heading(self) -> str:
        return f"{_('Configuration')} > {_('People')}"

    @property
    def standing(self) -> str:
        return _("a adds, enter on a role opens what it lets, { } go to the next heading")

    # Rows

    def rows(self) -> list[Row]:
        rows = [self.heading_row("user", "")]
        rows += [self._user(user) for user in self.foresight.users]
        rows.append(self.heading_row("team", ""))
        rows += self._teams(None, 0)
        rows.append(self.heading_row("role", ""))
        return rows + [self._role(role) for role in self.foresight.roles]

    def _user(self, user: User) -> Row:
        said = [_("administrator")] if user.administrator else []
        said += [self._named(self.foresight.roles, user.role_keys)] if user.roles else []
        said += [self._named(self.foresight.teams, user.team_keys)] if user.teams else []
        return self.row(Node("user", user.key), user, right="; ".join(said), indent=1)

    def _named(self, found: Sequence[Definition], keys: Sequence[str]) -> str:
        names = {each.key: each.name(language()) for each in found}
        return ", ".join(names.get(key, key) for key in keys)

    def _teams(self, parent: str | None, depth: int) -> list[Row]:
        rows = []
        for team in self._inside(parent):
            members = sum(team.key in u.team_keys and not u.retired for u in self.foresight.users)
            said = [_("{n} users").format(n=members)]
            if team.manager:
                said.append(_("led by {user}").format(user=team.manager))
            node = Node("team", team.key)
            rows.append(self.row(node, team, right=", ".join(said), indent=1 + depth * _INDENT))
            rows += self._teams(team.key, depth + 1)
        return rows

    def _inside(self, parent: str | None) -> list[Team]:
        return [team for team in self.foresight.teams if self._home(team) == parent]

    def _home(self, team: Team) -> str | None:
        """The team that a team belongs to, if there is such a one."""
        known = {each.key for each in self.foresight.teams}
        return team.parent if team.parent in known else None

    def _role(self, role: Role) -> Row:
        types = [each for each in role.permissions if not each.retired]
        said = [_("{n} types").format(n=len(types))]
        if any(each.key == "*" for each in types):
            said = [_("every type")]
        said += [_("acts as others")] if role.impersonate else []
        return self.row(Node("role", role.key), role, right=", ".join(said), indent=1)

    # Keys

    def open_node(self, node: Node) -> None:
        if node.noun != "role" or node.heading:
            self.edit_node(node)
            return
        from crmtui.screens.role import RoleScreen

        self.open(RoleScreen(self.draft, node.key))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "act_as_this":
            return self.crm.offers_acting
        if action == "hand_over":
            return self.crm.shared
        # Nothing stands inside a user, a team or a role.
        return action != "add_inside" and super().check_action(action, parameters)

    def _user_here(self) -> str | None:
        """The key of the user under the cursor; None, which is said, where there is none."""
        node = self.node
        if node is not None and node.noun == "user" and not node.heading:
            return node.key
        self.say(_("put the cursor on a user"))
        return None

    def action_hand_over(self) -> None:
        """Give what somebody has to another one: at once, since it is about records."""
        giver = self._user_here()
        if giver is None:
            return
        rows = [
            user_row(user)
            for user in self.foresight.users
            if not user.retired and user.key != giver
        ]

        def chosen(taker: str | None) -> None:
            if taker:
                self.do(self.crm.acts.hand_over(giver, taker))

        question = _("Give the records and teams of {user} to").format(user=shown(giver))
        self.app.push_screen(ChooseScreen(question, rows, search=True), chosen)

    def action_act_as_this(self) -> None:
        user = self._user_here()
        if user is not None and not refused_for_typing(self):
            self.crm.act_as(user)

    # Order

    def shifted(self, node: Node, by: int) -> Sequence[Change]:
        """Past the next one; of teams, past the next one within the same team."""
        if node.noun != "team":
            return super().shifted(node, by)
        team = next(each for each in self.foresight.teams if each.key == node.key)
        beside = [each.key for each in self._inside(self._home(team))]
        to = beside.index(node.key) + by
        return super().dropped(node, node.sibling(beside[to])) if 0 <= to < len(beside) else []
