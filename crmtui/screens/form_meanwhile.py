"""What others do to a record while a form of it is open: told, taken in, merged on saving."""

from typing import TYPE_CHECKING

from crmtui.i18n import _
from crmtui.screens.choose import AskScreen
from crmtui.screens.clash import ClashScreen
from crmtui.screens.keys import keys_of
from crmtui.screens.widgets.bars import StateLine
from crmtui.screens.widgets.summary import Summary
from crmtui.store.clash import ChangedMeanwhile, Meanwhile
from crmtui.store.errors import CrmError
from crmtui.store.three_way import STATUS

if TYPE_CHECKING:
    from crmtui.screens.form import FormScreen

_REMOVED = ("removed-meanwhile", "removed-record")
"""The codes by which the store says that a record was removed."""


_UNSEEN = ("no-such-record", "no-such-type")
"""The codes by which the store says that there is none, to who may not see it."""


class Others:
    """Stands between a form and what others do to its record.

    Args:
        form: of a record that there is already.
    """

    def __init__(self, form: "FormScreen") -> None:
        self._form = form

    async def notice(self) -> None:
        """Say in a quiet line what others have changed since the form was filled, if anything."""
        try:
            meanwhile = await self._look()
        except CrmError:
            return  # whoever saves is told
        self._tell(meanwhile)

    def _tell(self, meanwhile: Meanwhile | None) -> None:
        said = ""
        if meanwhile is not None and meanwhile.removed:
            said = _("{user} has removed it meanwhile").format(user=meanwhile.by)
        elif meanwhile is not None and meanwhile.theirs:
            labels = [_("Stage") if f.key == STATUS else f.label for f in meanwhile.theirs]
            keys = [key.keys[0] for key in keys_of(self._form) if key.id == "form.take-in"]
            said = _("{key} takes in what {user} changed meanwhile: {fields}").format(
                user=meanwhile.by, fields=", ".join(labels), key="".join(keys)
            )
        line = self._form.query_one("#meanwhile", StateLine)
        line.say(said)
        line.display = bool(said)

    async def take_in(self) -> None:
        """Take in what others changed, and ask about what was typed in the same fields."""
        try:
            meanwhile = await self._look(typed=True)
            if meanwhile is None:
                self._form.say(_("nobody else has changed it"))
            elif meanwhile.removed:
                self._ask_restoring(meanwhile)
            elif meanwhile.contested:
                self._ask_which(meanwhile, saving=False)
            else:
                await self._take(meanwhile, {}, saving=False)
        except CrmError as error:
            self._form.fail(error)

    async def meet(self, error: CrmError) -> None:
        """Deal with what stood against a save: ask where others came first, else just say it."""
        form = self._form
        try:
            if isinstance(error, ChangedMeanwhile):
                if error.meanwhile.theirs:
                    self._ask_which(error.meanwhile, saving=True)
                else:
                    await self._take(error.meanwhile, {}, saving=True)
                return
            removed = await self._look() if error.code in _REMOVED else None
        except CrmError as other:
            form.fail(other)
            return
        if removed is not None and removed.removed:
            self._ask_restoring(removed)
        else:
            form.fail(error)

    async def follow_rights(self) -> None:
        """Show the form with the rights that the actor has now."""
        try:
            await self._form.fill_again()
        except CrmError as error:
            await self.forbid(error)

    async def forbid(self, error: CrmError) -> None:
        """Say what the store will not; of what may not be seen any more nothing stays."""
        form = self._form
        if error.code in _UNSEEN:
            form.query_one("#heading", StateLine).say("")
            form.query_one("#summary", Summary).tell([])
            await form.page.show([])
        form.fail(error)

    async def _look(self, *, typed: bool = False) -> Meanwhile | None:
        """What became of the record since the form was filled.

        Args:
            typed: beside what was typed.
        """
        form = self._form
        if form.record is None:
            return None
        ref, revision = form.record.ref, form.revision
        values = form.values() if typed else {}
        return await form.read(lambda workspace: workspace.meanwhile(ref, revision, values))

    def _ask_which(self, meanwhile: Meanwhile, *, saving: bool) -> None:
        form = self._form

        def answered(sides: dict[str, str] | None) -> None:
            if sides is not None:
                form.run_worker(self._taken(meanwhile, sides, saving=saving), group="others")
            elif saving:
                form.say(_("not saved: others have changed it meanwhile"))

        form.app.push_screen(ClashScreen(meanwhile, form.began, saving=saving), answered)

    async def _taken(self, meanwhile: Meanwhile, sides: dict[str, str], *, saving: bool) -> None:
        try:
            await self._take(meanwhile, sides, saving=saving)
        except CrmError as error:
            self._form.fail(error)

    async def _take(self, meanwhile: Meanwhile, sides: dict[str, str], *, saving: bool) -> None:
        """Bring the form to the revision that was looked at, and save what was typed on top."""
        await self._form.take_in(meanwhile.revision, sides)
        self._tell(None)
        if saving:
            # What others have done since that revision is met as this was.
            self._form.call_later(self._form.action_save)

    def _ask_restoring(self, meanwhile: Meanwhile) -> None:
        form, ref = self._form, meanwhile.ref
        question = _("{ref} was removed meanwhile by {user}").format(ref=ref, user=meanwhile.by)

        def answered(answer: str | None) -> None:
            if answer == "restore":
                form.run_worker(self._restore(ref), group="others")
            elif answer == "discard":
                form.dismiss(None)

        answers = [
            ("r", _("bring it back and save"), "restore"),
            ("d", _("discard what was typed"), "discard"),
            ("k", _("keep on typing"), "stay"),
        ]
        form.app.push_screen(AskScreen(question, answers), answered)

    async def _restore(self, ref: str) -> None:
        try:
            await self._form.crm.acts.restore(ref)
        except CrmError as error:
            self._form.fail(error)
            return
        self._form.action_save()
