"""The form with fields of every kind that holds a value: nothing is lost in it, and all is read."""

from crmtui.screens.form import FormScreen
from crmtui.store.workspace import Workspace
from tests.screens.conftest import define
from tests.screens.showing import shown

DOCUMENT = """
types:
  deal:
    fields:
      who: {kind: person}
      tags: {kind: tags}
      langs: {kind: multichoice, options: {en: , zh: , fr: }}
      share: {kind: percent}
      stars: {kind: rating}
      lasts: {kind: duration}
      opens: {kind: time}
      mail: {kind: email}
      tel: {kind: phone, region: CN}
      site: {kind: url}
      home: {kind: address}
      hue: {kind: color}
      extra: {kind: json}
      owner: {kind: user}
"""

VALUES = {
    "who": {"first": "小明", "last": "王"},
    "tags": ["a, b", "c"],
    "langs": "en,fr",
    "share": "12.5%",
    "stars": 3,
    "lasts": "1d30m",
    "opens": "9:30",
    "mail": "a@example.com",
    "tel": "010-12345678转9",
    "site": "例子.中国/a",
    "home": "1 Main St\nFloor 2",
    "hue": "red",
    "extra": '{"a": [1.50, "x"]}',
    "owner": "me",
}


async def test_a_form_that_is_saved_as_it_was_opened_changes_nothing(path: str) -> None:
    with Workspace.open(path, command="test") as workspace:
        define(workspace, DOCUMENT)
        before = workspace.add("deal", {"name": "Deal", **VALUES}).json()
    async with shown(path) as tui:
        await tui.press("enter", "e")
        form = tui.app.screen
        assert isinstance(form, FormScreen)
        for key in VALUES:
            found = form.row(key)
            assert found is not None and found.value, key
        await tui.press("ctrl+s")
    with Workspace.open(path) as workspace:
        assert workspace.record("deal/1").json() == before
        assert len(workspace.history("deal/1")) == 1


async def test_a_form_takes_what_people_write_and_says_what_is_wrong(path: str) -> None:
    with Workspace.open(path, command="test") as workspace:
        define(workspace, DOCUMENT)
        workspace.add("deal", {"name": "Deal", **VALUES})
    wrong = {"langs": "en、xx", "share": "x%", "lasts": "90", "mail": "a@b", "tel": "12"}
    right = {"langs": "zh、en", "share": "7％", "lasts": "1小时30分", "mail": "B@example.com",
             "tel": "13812345678"}  # fmt: skip
    async with shown(path) as tui:
        await tui.press("enter", "e")
        form = tui.app.screen
        assert isinstance(form, FormScreen)
        for values, state in ((wrong, "not saved: 5 to mend"), (right, "deal/1 saved")):
            for key, text in values.items():
                found = form.row(key)
                assert found is not None
                found.control.value = text
            await tui.press("ctrl+s")
            assert tui.state == state
    with Workspace.open(path) as workspace:
        kept = workspace.record("deal/1")
        assert [kept.entry(key) for key in right] == [
            "en,zh",
            "7.00",
            "1h30m",
            "B@example.com",
            "+8613812345678",
        ]
        assert kept.entry("home") == VALUES["home"]
