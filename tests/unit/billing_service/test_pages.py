"""Slices page by page: what is fetched is checked against the bill, node by node."""

import json
from collections.abc import Callable
from hashlib import sha256

import pytest

from maas_core.billing.bill import Bill, Page, PagedTree, pages_of
from maas_core.billing.engine import Result
from maas_core.errors import IntegrityError
from maas_core.proofs import canonical
from tests.support.proofs import Proofs


def pages(result: Result) -> tuple[Bill, dict[bytes, bytes]]:
    """A bill and its page documents under made-up digests."""
    made = pages_of(result.slices)
    digests = [sha256(one.dumps()).digest() for one in made]
    bill = Bill(b"i" * 16, result.statement, tuple(Page(one.root, key) for one, key in zip(made, digests, strict=True)))
    return bill, dict(zip(digests, (one.dumps() for one in made), strict=True))


PAGES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "a slice changed": (
        lambda one: one.replace(b'"executed":3600', b'"executed":3599', 1),
        "is not the one that the bill",
    ),
    "a slice left out": (
        lambda one: canonical.dumps({**json.loads(one), "slices": json.loads(one)["slices"][:-1]}),
        "is not the one",
    ),
    "slices in another order": (
        lambda one: canonical.dumps({**json.loads(one), "slices": json.loads(one)["slices"][::-1]}),
        "is not the one",
    ),
    "another form": (lambda one: one.replace(b"maas-slices/1", b"maas-slices/2"), "document of the form"),
    "cut short": (lambda one: one[:-5], "document of the form"),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_of_slices_that_was_tampered_with_is_noticed_where_it_is_used(proofs: Proofs, name: str) -> None:
    change, reason = PAGES[name]
    bill, content = pages(next(iter(proofs.results.values())))
    tree = PagedTree(bill, lambda digest: change(content[digest]))
    with pytest.raises(IntegrityError, match=reason):
        tree.leaf(5)
    with pytest.raises(IntegrityError, match=reason):
        tree.children(3, 1)


def test_pages_make_up_the_whole_tree_at_every_node(proofs: Proofs) -> None:
    result = next(iter(proofs.results.values()))
    bill, content = pages(result)
    tree = PagedTree(Bill.loads(bill.dumps()), content.__getitem__)
    whole = result.slices
    assert tree.leaves() == [whole.leaf(index) for index in range(whole.size)]
    assert all(tree.proof(index) == whole.proof(index) for index in range(whole.size))
    nodes = [(level, index) for level in range(whole.height + 1) for index in range(-(-whole.size >> level))]
    assert all(tree.node(*one) == whole.node(*one) for one in nodes)
