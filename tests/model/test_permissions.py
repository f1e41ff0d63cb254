"""Permissions in sentences, in whatever form they are said, and in the reader's language."""

import json

import pytest

from crmtui.model import permissions
from crmtui.model.message import Message, Word


def told(values):
    return [each.text() for each in permissions.said(values)]


def test_operations_of_a_scope_are_told_together_in_their_order():
    values = {"update": "own", "read": "own", "export": "all", "move": None}
    assert told(values) == [
        "lets read, update for own records",
        "no longer lets move",
        "lets export for all records",
    ]


def test_a_map_is_told_alike_as_it_was_said_and_as_it_is_kept():
    said = {"deny": {"delete": "value > 5"}, "fields": {"a": "masked:1**", "b": "hidden"}}
    said["stages"] = {"won": ["edit", "enter"], "lead.new": "see"}
    kept = {name: json.dumps(value) for name, value in said.items()}
    assert (
        told(said)
        == told(kept)
        == [
            "denies delete for records where value > 5",
            "a is masked as 1**",
            "b is hidden",
            "forbids at won: edit, enter",
            "forbids at lead.new: see",
        ]
    )


def test_what_is_cleared_is_told():
    assert told({"deny": None, "fields": {}, "stages": "", "unlisted": False}) == [
        "denies nothing",
        "shows every field",
        "forbids nothing at stages",
        "stands in lists of types",
    ]


@pytest.mark.parametrize("value", ["[1]", "nonsense", 5, ["x"]])
def test_what_is_no_map_says_nothing_and_breaks_nothing(value):
    assert told({"fields": value}) == ["shows every field"]


def test_words_of_ours_are_put_into_the_language_of_the_reader_and_stay_words_to_machines():
    chinese = {"read": "查看", "all records": "全部记录"}
    (sentence,) = permissions.lets_said({"read": "all"})
    assert sentence.text(lambda text: chinese.get(text, text)) == "lets 查看 for 全部记录"
    message = Message("{action}", action=Word("read"))
    assert message.facts["action"] == "read"
    assert json.dumps(message.facts["action"]) == '"read"'
