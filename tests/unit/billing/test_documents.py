"""Statements and slices as documents: the same on both sides, and nothing else is taken for one."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from maas_core.billing.engine import Result, compute
from maas_core.billing.facts import AnchorUsed, Facts
from maas_core.billing.slices import Slice, SliceTree
from maas_core.billing.statement import Statement
from maas_core.billing.terms import Terms
from maas_core.errors import IntegrityError
from maas_core.proofs import canonical, merkle
from tests.unit.billing.test_properties import any_facts, any_terms
from tests.unit.billing.world import DAY, FEBRUARY, JANUARY, PIECES, facts, stop, terms


@given(agreed=any_terms(), known=any_facts())
@settings(max_examples=25, deadline=None)
def test_a_statement_reads_back_as_it_was_written(agreed: Terms, known: Facts) -> None:
    result = compute(agreed, known)
    assert Statement.loads(result.statement.dumps()) == result.statement
    assert canonical.dumps(json.loads(result.statement.dumps())) == result.statement.dumps()
    read = SliceTree.loads(result.slices.dumps())
    assert (read.root, read.dumps()) == (result.statement.root, result.slices.dumps())
    assert canonical.dumps(json.loads(result.slices.dumps())) == result.slices.dumps()


@pytest.fixture(scope="module")
def result() -> Result:
    agreed = terms(
        meters=[PIECES],
        tariffs=[{"kind": "per_unit", "name": "use", "meter": "pieces", "price": "0.333"}],
        sla=[{"kind": "availability", "name": "up", "credits": [{"below": "99", "percent": "5"}]}],
        oee={"made": "pieces"},
    )
    used = {"count": [(JANUARY, 0), (JANUARY + DAY, 10), (JANUARY + 5 * DAY, 30)]}
    known = facts(
        JANUARY, FEBRUARY, used, [stop(JANUARY + DAY, JANUARY + 3 * DAY)], anchors=(AnchorUsed(1, b"m" * 32),)
    )
    return compute(agreed, known)


STATEMENTS: list[tuple[str, Any, Any]] = [
    ("another form", ["format"], "maas-statement/2"),
    ("an amount as number", ["amount"], 5),
    ("an amount with a fraction", ["amount"], "5.5"),
    ("an amount with leading zeros", ["amount"], "05"),
    ("minus zero", ["amount"], "-0"),
    ("a number of half a million digits", ["amount"], "9" * 500_000),
    ("a fraction not in lowest terms", ["exact"], "2/4"),
    ("a fraction over 0", ["exact"], "1/0"),
    ("a fraction with a sign below", ["exact"], "1/-2"),
    ("a fraction over 1", ["exact"], "7/1"),
    ("no exact sum", ["exact"], None),
    ("an odd machine", ["machine"], "xyz"),
    ("a machine in capitals", ["machine"], "6D616368696E652D303030312D616263"),
    ("a window of one end", ["window"], [1]),
    ("a window of times in strings", ["window"], ["1", "2"]),
    ("final in words", ["final"], "yes"),
    ("final as number", ["final"], 1),
    ("negative digits", ["currency", "digits"], -1),
    ("lines that are none", ["lines"], {}),
    ("a line of an unknown kind", ["lines", 0, "kind"], "gift"),
    ("a line without amount", ["lines", 0, "amount"], None),
    ("a line with a number for a name", ["lines", 0, "name"], 7),
    ("a line with more", ["lines", 0, "note"], "x"),
    ("a statement with more", ["note"], "x"),
    ("a carry of an unknown period", ["carry_out", "periods", "week"], {}),
    ("a carry without balance", ["carry_out", "balance"], "one"),
    ("a meter's points that are none", ["carry_out", "meters", "pieces"], "x"),
    ("a scale of 0", ["meters", 0, "scale"], "0"),
    ("negative gaps", ["meters", 0, "gaps"], -1),
    ("an anchor without manifest", ["anchors", 0], {"seq": 1}),
    ("an anchor with a negative number", ["anchors", 0, "seq"], -1),
    ("negative seconds of a status", ["oee", "seconds", "idle"], -1),
    ("downtime that is no pair", ["carry_out", "periods", "year", "downtime", "up"], [1]),
    ("a service level that is capped in words", ["sla", 0, "capped"], "no"),
]


@pytest.mark.parametrize(("path", "value"), [case[1:] for case in STATEMENTS], ids=[case[0] for case in STATEMENTS])
def test_what_is_no_statement_is_refused(result: Result, path: list[Any], value: Any) -> None:
    document = json.loads(result.statement.dumps())
    target = document
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    with pytest.raises(IntegrityError):
        Statement.loads(json.dumps(document, sort_keys=True, separators=(",", ":")).encode())


@pytest.mark.parametrize("key", ["amount", "lines", "carry_in", "slices", "window", "engine", "oee", "sla"])
def test_a_statement_that_lacks_something_is_refused(result: Result, key: str) -> None:
    document = json.loads(result.statement.dumps())
    del document[key]
    with pytest.raises(IntegrityError):
        Statement.loads(canonical.dumps(document))


SLICES: list[tuple[str, Any, Any]] = [
    ("another form", ["format"], "x"),
    ("slices that are none", ["slices"], {}),
    ("a slice without figures", ["slices", 0], {}),
    ("a slice with more", ["slices", 0, "note"], 1),
    ("a negative second", ["slices", 0, "executed"], -1),
    ("a second in words", ["slices", 0, "executed"], "1"),
    ("a second too many", ["slices", 0, "executed"], 2**60),
    ("a quantity as number", ["slices", 0, "quantities", "pieces"], 1),
    ("downtime of three", ["slices", 0, "downtime", "up"], [1, 2, 3]),
    ("a charge in decimals", ["slices", 0, "charges", "use"], "1.5"),
    ("a name that no terms can have", ["slices", 0, "charges", "\u00fc"], "1"),
]


@pytest.mark.parametrize(("path", "value"), [case[1:] for case in SLICES], ids=[case[0] for case in SLICES])
def test_what_is_no_slice_is_refused(result: Result, path: list[Any], value: Any) -> None:
    document = json.loads(result.slices.dumps())
    target = document
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    with pytest.raises(IntegrityError):
        SliceTree.loads(json.dumps(document, sort_keys=True, separators=(",", ":")).encode())


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff", b"null", b'{"format":"maas-slices/1","slices":[1]}'])
def test_other_documents_are_refused(content: bytes) -> None:
    with pytest.raises(IntegrityError):
        SliceTree.loads(content)
    with pytest.raises(IntegrityError):
        Statement.loads(content)


def test_slices_in_another_spelling_are_refused(result: Result) -> None:
    with pytest.raises(IntegrityError):
        SliceTree.loads(result.slices.dumps().replace(b'","', b'", "', 1))


def test_a_slice_is_proven_to_be_in_the_statement(result: Result) -> None:
    tree = result.slices
    for index in (0, 5, tree.size - 1):
        leaf = merkle.leaf_hash(tree.leaf(index))
        assert merkle.verify(leaf, index, tree.size, tree.proof(index), result.statement.root)
        assert Slice.read(tree.leaf(index)).leaf() == tree.leaf(index)


def test_a_changed_figure_changes_the_root(result: Result) -> None:
    slices = list(result.slices.slices())
    slices[3] = replace(slices[3], quantities={"pieces": slices[3].quantities["pieces"] + 1})
    assert SliceTree.of(slices).root != result.slices.root
