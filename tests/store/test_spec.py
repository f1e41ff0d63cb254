"""Documents as text: what is written is read back, byte for byte and value for value."""

from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crmtui.model.keys import normal_key
from crmtui.model.nouns import NOUNS, OPERATIONS, STAGE_ACTIONS, Attribute
from crmtui.store import spec
from crmtui.store.spec import nodes
from crmtui.store.spec.shapes import CHILDREN, PLURALS, attributes

ODD = (
    "no", "Yes", "on", "null", "~", "true", "1.10", "007", "0x10", "1e3", "2026-01-01", "12:30:00",
    "#", "a #b", ":", "a: b", "a:", "- a", "-", "?", "[", "{a}", "a, b", "*a", "&a", "!a", "%",
    "@", "`", "'", "''", '"', "\\", "a'b", 'a"b', "two\nlines", "one\n\n  three", "a\tb", "<<",
    "=", "...", "---", "销售: 机会", "｛｝", "😀", "\u3000x\u3000y", "a\xa0b", "\u200bx", "\u202ex",
    "\x85x", "a\u2028b", "\ufeffx", "x" * 300, "|", ">", "%YAML 1.2", "k: |-\n  v", "end\n...",
)  # fmt: skip
texts = (
    (st.sampled_from(ODD) | st.text(st.characters(exclude_categories=("Cs",)), max_size=40))
    .map(normal_key)
    .filter(bool)
)
words = st.from_regex(r"[a-z][a-z0-9_]{0,8}|[\u4e00-\u4e20]{1,4}|no|null|on|y", fullmatch=True)
sections = st.lists(
    st.fixed_dictionaries(
        {"key": words, "fields": st.lists(words | st.fixed_dictionaries({"field": words}))},
        optional={"label": texts, "columns": st.integers(1, 2), "help": texts},
    ),
    min_size=1,
    max_size=2,
)


scopes = st.sampled_from(("own", "team", "all")) | texts
levels = st.sampled_from(
    ("hidden", "read-only", "denied", "masked", "masked:138****1234", "masked:*")
)
actions = st.lists(st.sampled_from(tuple(STAGE_ACTIONS)), min_size=1, unique=True).map(
    lambda found: [action for action in STAGE_ACTIONS if action in found]
)
maps: dict[str, st.SearchStrategy[Any]] = {
    "deny": st.dictionaries(st.sampled_from(tuple(OPERATIONS)), scopes, min_size=1, max_size=2),
    "fields": st.dictionaries(words, levels, min_size=1, max_size=2),
    "stages": st.dictionaries(words, actions, min_size=1, max_size=2),
}


def values(attribute: Attribute) -> st.SearchStrategy[Any]:
    """Any value an attribute may have in a document."""
    if attribute.shape == "keys":
        return st.lists(words, min_size=1, max_size=3, unique=True)
    return {
        "flag": st.just(True),
        "number": st.integers(0, 999),
        "word": st.sampled_from(attribute.choices or ("x",)),
        "layout": sections,
        "scope": scopes,
        "map": maps.get(attribute.name),
    }.get(attribute.shape, texts)


def definitions(noun: str) -> st.SearchStrategy[dict[str, Any]]:
    """Any definitions of a noun, with what hangs on them, every attribute possible."""
    known = {name: values(each) for name, each in attributes(noun).items()}
    children = {NOUNS[child].plural: definitions(child) for child in CHILDREN.get(noun, ())}
    each = st.fixed_dictionaries({}, optional={**known, **children})
    keys = words | st.just("*") if noun == "permission" else words
    return st.dictionaries(keys, each, min_size=1, max_size=2)


KNOWN = {noun: definitions(noun) for noun in PLURALS}


@st.composite
def stated(draw: st.DrawFn) -> dict[str, Any]:
    """What a document states, at least one thing of it."""
    nouns = draw(st.sets(st.sampled_from(tuple(KNOWN)), min_size=1))
    return {PLURALS[noun]: draw(each) for noun, each in KNOWN.items() if noun in nouns}


documents = stated()


class TestWhatIsWritten:
    @settings(max_examples=40)
    @given(documents)
    def test_is_read_back(self, document: dict[str, Any]):
        text = spec.write(document)
        assert spec.read(text, "x") == document
        assert spec.write(spec.read(text, "x")) == text

    @given(texts)
    @example("no")
    def test_means_the_same_to_other_readers_of_yaml(self, text: str):
        document = {"categories": {}, "types": {"t": {"label": text}}}
        for loader in (yaml.SafeLoader, yaml.CSafeLoader):
            assert yaml.load(spec.write(document), loader) == document

    @pytest.mark.parametrize("text", ODD)
    def test_may_be_odd(self, text: str):
        document = {"categories": {}, "types": {"t": {"label": normal_key(text)}}}
        assert spec.read(spec.write(document), "x") == document


class TestWithoutLibyaml:
    @settings(max_examples=20)
    @given(documents)
    def test_a_document_is_read_the_same(self, document: dict[str, Any]):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(yaml, "__with_libyaml__", False)
            assert spec.read(spec.write(document), "x") == document

    @pytest.mark.parametrize(
        "text",
        ["types: [", "types: {a: *b}", "types:\n  a: {}\n  a: {}", "types: \x00", "[" * 5000],
    )
    def test_a_fault_is_named_with_its_line(self, text: str, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(yaml, "__with_libyaml__", False)
        with pytest.raises(spec.reading.Refused, match="x line [123]: "):
            spec.read(text, "x")


class TestYaml:
    def test_an_alias_repeats_and_a_merge_brings_in(self):
        text = (
            "types:\n  a: &a {label: A, icon: x}\n  b: *a\n  c:\n    <<: *a\n    label: C\n"
            "  d:\n    <<: [{label: D}, *a]\n"
        )
        types = spec.read(text, "x")["types"]
        assert types["b"] == {"label": "A", "icon": "x"}
        assert types["c"] == {"label": "C", "icon": "x"}
        assert types["d"] == {"label": "D", "icon": "x"}

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("types: {}\n---\ntypes: {}", "x line 2: a second document begins"),
            ("types: &a [*a]", "x line 1: the alias a holds itself"),
            ("types:\n  ? [a]\n  : {}", "x line 2: a key is one word"),
            ("types: {a: !thing x}", "x line 1: the tag !thing means nothing here"),
            ("types: {a: {label: 'a\n", "x line 2: found unexpected end of stream"),
            ('{"types": {"a": 1, "a": 2}}', "x line 1: found duplicate key a"),
            ('{"types": {\n"a" 1}}', "x line 2: did not find expected"),
        ],
    )
    def test_faults_are_named_with_their_line(self, text: str, told: str):
        with pytest.raises(spec.reading.Refused, match=".") as caught:
            spec.read(text, "x")
        assert str(caught.value).startswith(told)

    def test_a_node_knows_where_it_stands(self):
        text = "a: 😀 # x\nb:\n  - 'c'\n"
        root = nodes.nodes(text, "x")
        assert root is not None
        (_, first), (_, second) = root.value
        assert text[first.start : first.end] == "😀"
        assert text[second.value[0].start : second.value[0].end] == "'c'"


class TestJson:
    def test_is_read_as_it_is_written(self):
        text = '{"types": {"a": {"label": "\\ud83d\\ude00 \\/", "description": 1.10}}}'
        assert spec.read(text, "x")["types"]["a"] == {"label": "😀 /", "description": "1.10"}


class TestThePackHead:
    TEXT = "pack: sales\nversion: 1.10\nlabel: no\ntypes: {a: }\n"

    def test_is_read_as_text_where_a_pack_is_expected(self):
        found = spec.read(self.TEXT, "x", pack=True)
        assert found["pack"] == "sales"
        assert found["version"] == "1.10"
        assert found["label"] == "no"
        assert found["types"] == {"a": {}}

    def test_is_refused_elsewhere(self):
        with pytest.raises(spec.reading.Refused, match="a document begins with types:, not pack"):
            spec.read(self.TEXT, "x")
