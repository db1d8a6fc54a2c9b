"""Bills and their slices as documents: published for both sides and the auditors, and read again."""

from functools import partial
from typing import TYPE_CHECKING

from maas_core.billing.bill import Bill, Page, PagedTree, pages_of
from maas_core.billing.engine import Result
from maas_core.errors import IntegrityError
from maas_core.node.billing.checks import Check
from maas_core.proofs import canonical
from maas_core.protocol.records import Invoice
from maas_core.protocol.states import Role

if TYPE_CHECKING:
    from maas_core.node.node import Node

STATEMENT, SLICES, EVIDENCE, RULING = "statement", "slices", "evidence", "ruling"
"""Kinds of documents."""


class Papers:
    """Publishes and reads."""

    def __init__(self, node: "Node") -> None:
        self._node = node

    def readers(self, *sides: int) -> frozenset[int]:
        """Both sides of an invoice and the active auditors."""
        return frozenset(sides) | self._node.parties.active(Role.AUDITOR)

    def publish(self, invoice: bytes, result: Result, readers: frozenset[int], machine: bytes) -> bytes:
        """Store a machine's statement and its slices; returns the digest for the ledger.

        Raises as `documents.publish`.
        """
        publish = partial(self._node.documents.publish, readers=readers, machine=machine)
        pages = [Page(page.root, publish(SLICES, page.dumps())) for page in pages_of(result.slices)]
        return publish(STATEMENT, Bill(invoice, result.statement, tuple(pages)).dumps())

    def bill(self, digest: bytes, author: int) -> Bill:
        """The bill that a digest on the ledger stands for.

        Raises `NoAccessError`, `IntegrityError` if it is none or by another author, `UnavailableError`.
        """
        opened = self._node.documents.opened(digest, STATEMENT)
        if opened.author_party != author:
            raise IntegrityError(f"the statement is signed by party {opened.author_party}, not by party {author}")
        return Bill.loads(opened.content)

    def slices(self, bill: Bill) -> PagedTree:
        """A bill's slices, of which only those pages are fetched that are looked into."""
        return PagedTree(bill, lambda digest: self._node.documents.read(digest, SLICES))


def ruling_document(record: Invoice, check: Check, amount: int, own: bytes) -> bytes:
    """What an auditor says of a dispute; `own` is the digest of the auditor's own statement."""
    difference = check.difference
    return canonical.dumps({
        "format": "maas-ruling/1",
        "invoice": record.invoice.hex(),
        "issuer_claimed": str(record.amount),
        "payer_claimed": str(record.claim),
        "ruled": str(amount),
        "statement": own.hex(),
        "fault": None if difference is None else difference.fault.value,
        "why": "the issuer's statement recomputes" if difference is None else difference.text,
    })  # fmt: skip
