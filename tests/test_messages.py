"""The Chinese catalogue is complete, current, and fills the same places as the English."""

import re
import string

import pytest

from tools import messages

PLACES = re.compile(r"\{(\w*)[^}]*\}")


@pytest.fixture(scope="module")
def catalog():
    return messages.merged("zh_CN", messages.gathered())


def test_every_message_has_a_chinese_translation(catalog):
    assert [message.id for message in messages.untranslated(catalog)] == []


def test_the_files_are_what_the_sources_make(catalog):
    path = messages.po_path("zh_CN")
    assert path.read_bytes() == messages.po_bytes(catalog)
    assert path.with_suffix(".mo").read_bytes() == messages.mo_bytes(messages.read_back(catalog))


def test_a_translation_fills_only_places_that_the_message_has(catalog):
    for message in catalog:
        if not message.id or isinstance(message.id, tuple):
            continue
        places = set(PLACES.findall(message.id))
        used = set(PLACES.findall(message.string))
        assert used <= places, message.id
        # What is not filled in would not be told; a translation may only leave out a hint.
        assert places - used <= {"noun", "nouns"}, message.id


def test_a_translation_is_a_format_that_can_be_filled(catalog):
    for message in catalog:
        if message.id and not isinstance(message.id, tuple) and "{" in message.id:
            assert list(string.Formatter().parse(message.string))
