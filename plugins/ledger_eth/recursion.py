"""Imports of vendor libraries without what they do to the whole process.

Libraries below web3, eth-keyfile and py-evm raise the interpreter's recursion limit up to a hundredfold when they are
imported. Then deeply nested input, e.g. JSON from another party, ends the process where it was an error before.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def recursion_limit_kept() -> Iterator[None]:
    """The interpreter's recursion limit is afterwards what it was before."""
    limit = sys.getrecursionlimit()
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)
