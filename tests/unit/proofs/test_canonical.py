"""Canonical JSON: RFC 8785 less floats."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maas_core.errors import IntegrityError, UsageError
from maas_core.proofs.canonical import dumps, loads

documents = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def test_keys_are_sorted_as_in_the_example_of_rfc_8785_section_3_2_3() -> None:
    value = {
        "\u20ac": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\U0001f600": "Emoji: Grinning Face",
        "\x80": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis",
    }
    assert list(json.loads(dumps(value)).values()) == [
        "Carriage Return", "One", "Control", "Latin Small Letter O With Diaeresis", "Euro Sign",
        "Emoji: Grinning Face", "Hebrew Letter Dalet With Dagesh",
    ]  # fmt: skip


def test_strings_and_literals_are_spelled_as_in_section_3_2_2() -> None:
    value = {"string": '€$\x0f\nA\'B"\\\\"/', "literals": [None, True, False]}
    expected = '{"literals":[null,true,false],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    assert dumps(value) == expected.encode()


@given(documents)
def test_what_is_written_is_read_again(value: object) -> None:
    assert loads(dumps(value)) == value


@given(documents, st.integers(1, 4))
def test_any_other_spelling_is_refused(value: object, indent: int) -> None:
    other = json.dumps(value, indent=indent).encode()
    if other != dumps(value):
        with pytest.raises(IntegrityError, match="canonical"):
            loads(other)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'{"a":1,"a":1}', "twice"),
        (b"1.0", "not an integer"),
        (b"1e3", "not an integer"),
        (b"NaN", "not an integer"),
        (b"-Infinity", "not an integer"),
        (b"9007199254740992", "2\\^53"),
        (b"-0", "from byte 0"),
        (b'{"b":1,"a":2}', "from byte 2"),
        (b'{"a": 1}', "from byte 5"),
        (b'"\\u0041"', "from byte 1"),
        (b'"\\ud800"', "canonical"),
        (b"\xef\xbb\xbf1", "canonical"),
        (b"\xff", "canonical"),
        (b"[1", "canonical"),
        (b"1 ", "from byte 1"),
        (b"", "canonical"),
        (b"[" * 65 + b"]" * 65, "64 levels"),
        (b"[" * 100_000, "canonical"),
        (b"1" * 5000, "canonical"),
    ],
)
def test_what_is_not_canonical_is_refused_with_the_reason(content: bytes, reason: str) -> None:
    with pytest.raises(IntegrityError, match=reason):
        loads(content)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ({"tariff": {"price": 1.5}}, "tariff.price: a document holds no float"),
        ([2**53], r"\[0\]: integers beyond"),
        ({1: 2}, "a key is a string"),
        ({"x": b"bytes"}, "x: a document holds no bytes"),
        ("\ud800", "cannot hold"),
    ],
)
def test_what_a_document_cannot_hold_is_refused_with_its_place(value: object, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        dumps(value)
