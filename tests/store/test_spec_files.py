"""Files brought up to date: they say what is wanted, and what said so already is not touched."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from crmtui.store.spec.nodes import nodes, plain_value
from crmtui.store.spec.patching import patched
from crmtui.store.spec.yaml_text import entry, flow
from tests.store.test_spec import texts, words

trees = st.recursive(
    texts | st.booleans() | st.none(),
    lambda inner: (
        st.dictionaries(words, inner, max_size=4)
        | st.lists(words, max_size=3)
        | st.lists(st.dictionaries(words, inner, min_size=1, max_size=2), max_size=2)
    ),
    max_leaves=12,
)
mappings = st.dictionaries(words, trees, min_size=1, max_size=4)


def styled(draw: Any, tree: dict[str, Any], indent: int = 0) -> list[str]:
    """A mapping as somebody might write it: some in braces, some in lines, comments between."""
    pad = " " * indent
    lines = []
    for number, (key, value) in enumerate(tree.items()):
        lines += draw(st.sampled_from(([], [f"{pad}# c{number}"], ["", f"{pad}# d{number}"])))
        if isinstance(value, dict) and value and draw(st.booleans()):
            step = draw(st.sampled_from((1, 2, 4)))
            lines.append(f"{entry(key, None, indent)[0]}{draw(st.sampled_from(('', '  # e')))}")
            lines += styled(draw, value, indent + step)
        elif draw(st.booleans()):
            lines += entry(key, value, indent)
        else:
            lines.append(f"{entry(key, None, indent)[0]}  {flow(value)}".rstrip())
    lines += draw(st.sampled_from(([], [f"{pad}# end{indent}"], [""])))
    return lines


def changed(draw: Any, tree: dict[str, Any]) -> dict[str, Any]:
    """A mapping with some of its values changed, some gone, some added, in another order."""
    new: dict[str, Any] = {}
    for key, value in tree.items():
        what = draw(st.sampled_from(("same", "same", "inner", "other", "gone")))
        if what == "inner" and isinstance(value, dict):
            new[key] = changed(draw, value)
        elif what == "other":
            new[key] = draw(trees)
        elif what != "gone":
            new[key] = value
    new |= draw(st.dictionaries(words, trees, max_size=1))
    return dict(draw(st.permutations(list(new.items()))))


def told(tree: Any) -> Any:
    """A tree with the order of its keys."""
    if isinstance(tree, dict):
        return [(key, told(value)) for key, value in tree.items()]
    return [told(each) for each in tree] if isinstance(tree, list) else tree


def meant(text: str) -> Any:
    root = nodes(text, "x")
    return plain_value(root) if root else {}


class TestAPatch:
    @settings(max_examples=300)
    @given(st.data())
    def test_means_what_is_wanted_in_that_order(self, data: st.DataObject):
        tree = data.draw(mappings)
        text = "\n".join(styled(data.draw, tree)) + data.draw(st.sampled_from(("\n", "")))
        assert told(meant(text)) == told(tree)
        wanted = changed(data.draw, tree)
        root = nodes(text, "x")
        assert root is not None
        made = patched(text, root, wanted)
        assert told(meant(made)) == told(wanted)

    @settings(max_examples=100)
    @given(st.data())
    def test_to_what_it_says_already_changes_no_byte(self, data: st.DataObject):
        tree = data.draw(mappings)
        text = "\n".join(styled(data.draw, tree)) + "\n"
        root = nodes(text, "x")
        assert root is not None
        assert patched(text, root, tree) == text
