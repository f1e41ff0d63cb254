"""What others made of a record while it was edited, beside what was typed: which is to stand."""

from collections.abc import Mapping

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content

from crmtui.i18n import N_, _
from crmtui.screens.base import CrmModal
from crmtui.screens.watcher import StoreChange
from crmtui.screens.widgets.bars import StateLine
from crmtui.screens.widgets.side_list import BOTH, THEIRS, YOURS, SideList, Sides
from crmtui.store.clash import Meanwhile, ThreeValues
from crmtui.store.dates import local_text
from crmtui.store.three_way import STATUS
from crmtui.terminal import shown

_WIDEST = 120


class ClashScreen(CrmModal):
    """The fields that either side changed; ends with the chosen sides by key, or None.

    Args:
        meanwhile: what became of the record.
        seen: what the form began with, by the keys of the fields that can be typed in: of others
            theirs stands.
        saving: whether what is chosen is saved at once, or only taken into the form.
    """

    CSS_PATH = "clash.tcss"
    BINDINGS = [
        # Without priority: a side that is chosen right before must be chosen by then.
        Binding("enter,ctrl+s", "done", N_("Done"), id="clash.done", show=False),
        Binding("escape,q", "leave", N_("Back"), id="clash.leave", show=False),
    ]

    def __init__(self, meanwhile: Meanwhile, seen: Mapping[str, str], *, saving: bool) -> None:
        super().__init__()
        self._meanwhile = meanwhile
        fields = [_sides(each, seen.get(each.key)) for each in meanwhile.fields]
        self._fields = sorted(fields, key=lambda each: each.side is not None)
        self._saving = saving

    def compose(self) -> ComposeResult:
        title = _("{ref} was changed meanwhile by {user}").format(
            ref=self._meanwhile.ref, user=self._meanwhile.by
        )
        box = Vertical(classes="dialogue")
        box.border_title = Content(shown(title))
        box.border_subtitle = Content(
            _("left theirs  right yours  T Y all  enter save  esc back")
            if self._saving
            else _("left theirs  right yours  T Y all  enter take in  esc back")
        )
        with box:
            yield SideList(self._fields, id="sides")
            yield StateLine(id="said")

    def on_mount(self) -> None:
        self._fit()
        self.query_one(SideList).focus()
        self._say()

    def on_resize(self) -> None:
        self._fit()

    def _fit(self) -> None:
        width = min(_WIDEST, self.app.size.width * 96 // 100)
        list_ = self.query_one(SideList)
        self.query_one(".dialogue").styles.width = width
        list_.styles.height = max(1, min(list_.lines_at(width - 4), self.app.size.height - 6))

    def store_changed(self, change: StoreChange) -> None:
        if change.configured and self.crm.refusal("administer") is not None:
            # What it shows may be among what one may not see any more.
            self.dismiss(None)

    def on_side_list_changed(self) -> None:
        self._say()

    def on_key(self) -> None:
        self.query_one("#said", StateLine).hush()

    def _say(self) -> None:
        list_ = self.query_one(SideList)
        count = len(list_.undecided)
        said = self.query_one("#said", StateLine)
        said.state(_("{n} to choose").format(n=count) if count else "", list_.position)

    def action_done(self) -> None:
        list_ = self.query_one(SideList)
        undecided = list_.undecided
        if undecided:
            list_.go_to(undecided[0].key)
            self.query_one("#said", StateLine).say(
                _("choose theirs or yours: {field}").format(field=undecided[0].label), error=True
            )
            return
        self.dismiss(list_.chosen)

    def action_leave(self) -> None:
        self.dismiss(None)


def _sides(three: ThreeValues, seen: str | None) -> Sides:
    """A field as it is chosen: by itself where only one side changed it.

    Args:
        seen: what the form began with, which is before where the store does not tell it; None
            where nothing can be typed.
    """
    by = BOTH if three.by_them and three.by_us else THEIRS if three.by_them else YOURS
    # To the minute: the line is for the values.
    said = f"{three.by}, {local_text(f'{three.at[:16]}Z')}" if three.by and three.at else ""
    before = (three.before.shown if three.before else seen) or ""
    return Sides(
        three.key,
        _("Stage") if three.key == STATUS else three.label,
        before,
        three.theirs.shown or "",
        (three.yours.shown or "") if three.yours else before,
        three.merged.shown or "",
        said,
        by,
        None if three.contested else by,
        three.contested or (seen is not None and by != BOTH),
    )
