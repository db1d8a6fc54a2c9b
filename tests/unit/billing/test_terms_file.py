"""Reading terms: what does not fit is named with its path and what is accepted."""

import json
import re
from typing import Any

import pytest

from maas_core.billing.schema import terms_schema
from maas_core.billing.terms_file import canonical_terms, is_canonical, read_terms
from maas_core.errors import IntegrityError, UsageError
from tests.unit.billing.world import ENERGY, PIECES, RUNNING, STARTED, document
from tools.pages import SCHEMA, schema_text

USE = {"kind": "per_unit", "name": "use", "meter": "pieces", "price": "1"}

BAD: list[tuple[str, dict[str, Any], str]] = [
    ("an unknown key", {"meter": []}, "meter: there is no such key; did you mean meters?"),
    (
        "a number that is no string",
        {"tariffs": [{**USE, "price": 1}]},
        r"tariffs\[0\].price: 1 does not fit; accepted: a decimal",
    ),
    ("a float", {"tariffs": [{**USE, "price": 1.5}]}, "price: .*float|a document holds no float"),
    ("a number with too many digits", {"tariffs": [{**USE, "price": "0.0123456789"}]}, r"tariffs\[0\].price"),
    ("a negative price", {"tariffs": [{**USE, "price": "-1"}]}, r"tariffs\[0\].price: '-1' .*from 0"),
    ("other digits", {"tariffs": [{**USE, "price": "\u0661"}]}, r"tariffs\[0\].price"),
    ("an unknown kind", {"tariffs": [{**USE, "kind": "per"}]}, r'tariffs\[0\].kind: \'per\' .*"per_unit"'),
    ("no kind", {"meters": [{"name": "x"}]}, r"meters\[0\].kind: nothing does not fit"),
    ("no tariff", {"tariffs": []}, "tariffs: .*at least|tariffs: .*1 to 64"),
    ("a missing key", {"currency": {}}, "currency.code: is missing; accepted: text like"),
    ("a list that is none", {"sla": {}}, "sla: {} does not fit; accepted: a list"),
    (
        "a time in words",
        {"planned": [{"kind": "once", "begin": "soon", "end": "later"}]},
        r"planned\[0\].begin: 'soon'",
    ),
    (
        "a time that does not exist",
        {"planned": [{"kind": "once", "begin": "2024-02-30T00:00:00Z", "end": "2024-03-01T00:00:00Z"}]},
        r"planned\[0\].begin",
    ),
    ("a name with spaces", {"meters": [{**STARTED, "name": "a b"}]}, r"meters\[0\].name: 'a b'"),
    ("true for a number", {"slice_seconds": True}, "slice_seconds: True"),
    (
        "a number out of range",
        {"slice_seconds": 1},
        "slice_seconds: 1 does not fit; accepted: a whole number, from 60 to 86400",
    ),
    ("another format", {"format": "maas-terms/2"}, "format: 'maas-terms/2'"),
    ("two meters of one name", {"meters": [STARTED, STARTED]}, "meters: 2 entries are called started"),
    (
        "a tariff called like a service level",
        {"meters": [PIECES], "tariffs": [USE], "sla": [{"kind": "availability", "name": "use"}]},
        "tariffs and sla: 2 entries are called use",
    ),
    (
        "a meter that is not there",
        {"tariffs": [USE]},
        r"tariffs\[0\].meter: there is no meter pieces; accepted: started",
    ),
    (
        "an hour of pieces",
        {"meters": [PIECES], "tariffs": [{**USE, "kind": "per_hour"}]},
        r"tariffs\[0\].meter: pieces counts no time",
    ),
    (
        "a minimum of something else",
        {"tariffs": [{"kind": "minimum", "name": "m", "amount": "1", "of": ["x"]}]},
        r"tariffs\[0\].of\[0\]: there is no tariff x",
    ),
    (
        "a minimum of itself",
        {"tariffs": [{"kind": "minimum", "name": "m", "amount": "1", "of": ["m"]}]},
        r"tariffs\[0\].of\[0\]: there is no tariff m",
    ),
    ("percents of something else", {"sla": [{"kind": "availability", "name": "a", "of": ["x"]}]}, r"sla\[0\].of\[0\]"),
    (
        "speed without meters",
        {"sla": [{"kind": "performance", "name": "a", "made": "x", "time": "y", "ideal": "1"}]},
        r"sla\[0\].made(.|\n)*sla\[0\].time",
    ),
    (
        "quality without meters",
        {"sla": [{"kind": "quality", "name": "a", "made": "x", "good": "y"}]},
        r"sla\[0\].made(.|\n)*sla\[0\].good",
    ),
    ("OEE of a meter that is not there", {"oee": {"made": "x"}}, "oee.made: there is no meter x"),
    ("a modulus without running over", {"meters": [STARTED, {**PIECES, "modulus": "9"}]}, r"meters\[1\].modulus"),
    ("running over without modulus", {"meters": [STARTED, {**PIECES, "decrease": "rollover"}]}, r"meters\[1\].modulus"),
    (
        "a modulus finer than the signal",
        {"meters": [STARTED, {**PIECES, "decrease": "rollover", "modulus": "9.5"}]},
        "more decimals",
    ),
]


@pytest.mark.parametrize(("changes", "told"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_what_does_not_fit_is_named(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError) as caught:
        canonical_terms(json.dumps(document(**changes)).encode())
    assert re.search(told, str(caught.value)), str(caught.value)


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(UsageError) as caught:
        canonical_terms(json.dumps(document(slice_seconds=1, title="", meters=[{**ENERGY, "decimals": 99}])).encode())
    assert [line.split(":")[0].strip() for line in str(caught.value).splitlines()[1:]] == [
        "title",
        "meters[0].decimals",
        "slice_seconds",
    ]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b'"terms"', b'{"format":1,"format":2}', b"[" * 100_000])
def test_what_is_no_document_is_refused(content: bytes) -> None:
    with pytest.raises(UsageError):
        canonical_terms(content)


def test_any_spelling_becomes_the_one_that_both_sides_sign() -> None:
    indented = json.dumps(document(title="Ü", meters=[STARTED, RUNNING]), indent=3, ensure_ascii=True).encode()
    spelled = canonical_terms(b"\xef\xbb\xbf" + indented)
    assert is_canonical(spelled)
    assert not is_canonical(indented)
    assert canonical_terms(spelled) == spelled
    assert read_terms(spelled).title == "Ü"
    with pytest.raises(IntegrityError):
        read_terms(indented)


def test_a_document_of_a_mebibyte_is_refused_unread() -> None:
    with pytest.raises(UsageError, match="accepted: up to 1048576"):
        canonical_terms(b" " * (1 << 20) + b"{}")


def test_the_schema_that_is_shipped_is_up_to_date() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == schema_text(), "run `python -m tools.pages`"


def test_everything_that_the_schema_refers_to_is_in_it() -> None:
    schema = terms_schema()
    wanted = set(re.findall(r'"#/\$defs/(\w+)"', json.dumps(schema)))
    assert wanted == set(schema["$defs"])
    assert all(one["additionalProperties"] is False for one in (schema, *schema["$defs"].values()))
