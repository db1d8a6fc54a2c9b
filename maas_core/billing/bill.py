"""What the digest of an invoice stands for: the statement, and where its slices lie, page by page.

The slices of a statement are kept in documents of `PAGE` slices each. A page's root is a node of the statement's tree,
so that two parties who differ compare page roots, which stand here, and fetch the one page that differs.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from maas_core.billing.slices import SliceTree
from maas_core.billing.statement import Statement
from maas_core.errors import IntegrityError
from maas_core.proofs import canonical
from maas_core.proofs.merkle import Tree

FORMAT = "maas-bill/1"
LEVEL = 8
"""The level of the tree at which page roots stand."""
PAGE = 2**LEVEL
"""Slices on a page; the last page may have fewer."""
_KEYS = {"format", "invoice", "statement", "pages"}


@dataclass(frozen=True, slots=True)
class Page:
    """Some slices in a row."""

    root: bytes
    document: bytes
    """The digest under which their document was published."""


@dataclass(frozen=True, slots=True)
class Bill:
    """The document."""

    invoice: bytes
    """The invoice that it was made for, 16 bytes."""
    statement: Statement
    pages: tuple[Page, ...]

    def dumps(self) -> bytes:
        """Canonical JSON."""
        return canonical.dumps({
            "format": FORMAT,
            "invoice": self.invoice.hex(),
            "statement": canonical.loads(self.statement.dumps()),
            "pages": [{"root": one.root.hex(), "document": one.document.hex()} for one in self.pages],
        })  # fmt: skip

    @staticmethod
    def loads(content: bytes) -> "Bill":
        """From the document, whose pages fit the statement. Raises `IntegrityError`."""
        value = canonical.loads(content)
        if not isinstance(value, dict) or value.keys() != _KEYS or value["format"] != FORMAT:
            raise IntegrityError(f"this is no bill of the form {FORMAT}")
        if not isinstance(value["pages"], list):
            raise IntegrityError("the pages of a bill are a list")
        bill = Bill(
            _bytes(value["invoice"], 16),
            Statement.loads(canonical.dumps(value["statement"])),
            tuple(_page(one) for one in value["pages"]),
        )
        bill.check_pages()
        return bill

    def check_pages(self) -> None:
        """Whether the pages make up the statement's tree. Raises `IntegrityError`."""
        if len(self.pages) != -(-self.statement.slices // PAGE):
            raise IntegrityError(f"a bill of {self.statement.slices} slices does not have {len(self.pages)} pages")
        if self.tree().root != self.statement.root:
            raise IntegrityError("the roots of a bill's pages do not make up the statement's root")

    def tree(self) -> Tree:
        """The upper part of the statement's tree: its leaves are the page roots."""
        return Tree([one.root for one in self.pages])


def pages_of(slices: SliceTree) -> list[SliceTree]:
    """The slices page by page."""
    return [
        SliceTree([slices.leaf(index) for index in range(first, min(first + PAGE, slices.size))])
        for first in range(0, slices.size, PAGE)
    ]


class PagedTree:
    """The tree of a bill's slices, of which pages are fetched when they are looked into."""

    def __init__(self, bill: Bill, fetch: Callable[[bytes], bytes]) -> None:
        """`fetch` gives the content of a page's document by its digest, and may raise whatever it likes."""
        self._bill = bill
        self._fetch = fetch
        self._top = bill.tree()
        self._pages: dict[int, SliceTree] = {}
        self.fetched = 0
        """Documents that were fetched so far."""

    @property
    def size(self) -> int:
        """How many slices there are."""
        return self._bill.statement.slices

    def node(self, level: int, index: int) -> bytes:
        """The hash over slices [index * 2**level, (index + 1) * 2**level).

        Raises `IndexError` if there is none, `IntegrityError` for a page that is not what the bill says.
        """
        if level >= LEVEL:
            return self._top.node(level - LEVEL, index)
        page = self.page(index >> (LEVEL - level))
        within = index & ((1 << (LEVEL - level)) - 1)
        # A short last page is lifted: above its own root there is nothing but that root.
        return page.root if level > page.height and within == 0 else page.node(level, within)

    def children(self, level: int, index: int) -> tuple[bytes, bytes]:
        """The two nodes below a node, as bisection asks for them; raises as `node`."""
        return self.node(level - 1, 2 * index), self.node(level - 1, 2 * index + 1)

    def leaf(self, index: int) -> bytes:
        """A slice's canonical JSON; raises as `node`."""
        return self.page(index >> LEVEL).leaf(index & (PAGE - 1))

    def leaves(self) -> list[bytes]:
        """All slices' canonical JSON; raises as `node`."""
        return [self.leaf(index) for index in range(self.size)]

    def proof(self, index: int) -> tuple[bytes, ...]:
        """The audit path of a slice in the whole tree; raises as `node`."""
        page = self.page(index >> LEVEL)
        return (*page.proof(index & (PAGE - 1)), *self._top.proof(index >> LEVEL))

    def page(self, number: int) -> SliceTree:
        """A page's slices, fetched once; raises as `node`."""
        if not 0 <= number < len(self._bill.pages):
            raise IndexError(f"there is no page {number}")
        if number not in self._pages:
            self.fetched += 1
            self._pages[number] = self._checked(number, SliceTree.loads(self._fetch(self._bill.pages[number].document)))
        return self._pages[number]

    def _checked(self, number: int, page: SliceTree) -> SliceTree:
        expected = min(PAGE, self.size - number * PAGE)
        if page.size != expected or page.root != self._bill.pages[number].root:
            raise IntegrityError(f"page {number} of the slices is not the one that the bill names")
        return page


def _page(value: Any) -> Page:
    if not isinstance(value, dict) or value.keys() != {"root", "document"}:
        raise IntegrityError("a page of a bill has a root and a document")
    return Page(_bytes(value["root"], 32), _bytes(value["document"], 32))


def _bytes(value: Any, size: int) -> bytes:
    if isinstance(value, str) and len(value) == 2 * size and value == value.lower():
        try:
            return bytes.fromhex(value)
        except ValueError:
            pass
    raise IntegrityError(f"{str(value)[:80]!r} is not {size} bytes in lower-case hexadecimal digits")


def joined(pages: Sequence[SliceTree]) -> SliceTree:
    """The whole tree from its pages."""
    return SliceTree([page.leaf(index) for page in pages for index in range(page.size)])
