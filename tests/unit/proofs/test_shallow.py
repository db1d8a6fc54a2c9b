import sys
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maas_core.proofs.shallow import DEEPEST, parsed


@pytest.fixture(autouse=True)
def limit_as_some_libraries_set_it() -> Iterator[None]:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(100_000)
    yield
    sys.setrecursionlimit(before)


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":'])
def test_what_is_nested_without_end_is_refused_before_it_takes_the_stack(opening: str) -> None:
    with pytest.raises(ValueError, match="64 levels"):
        parsed(opening * 100_000)


def test_the_deepest_accepted_nesting_is_parsed() -> None:
    assert parsed("[" * DEEPEST + "]" * DEEPEST) is not None
    with pytest.raises(ValueError, match="64 levels"):
        parsed("[" * (DEEPEST + 1) + "]" * (DEEPEST + 1))


def test_brackets_in_strings_are_no_nesting() -> None:
    inside = "[" * 500 + '\\"{'
    assert parsed(f'["{inside}"]') == ["[" * 500 + '"{']


def test_an_open_string_does_not_hide_what_follows() -> None:
    with pytest.raises(ValueError, match="Unterminated"):
        parsed('"' + "[" * 100_000)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=200,
)


@given(values)
def test_everything_shallow_is_parsed_as_before(value: object) -> None:
    import json

    for ascii_only in (True, False):
        text = json.dumps(value, ensure_ascii=ascii_only)
        assert parsed(text) == json.loads(text)
