"""What the services of a node have in common."""

import secrets
from typing import TYPE_CHECKING, TypeVar

from maas_core.errors import UsageError
from maas_core.ledgerio.submission import Submission
from maas_core.node.records import Seen
from maas_core.protocol.commands import Command
from maas_core.protocol.records import Key, Party, Record

if TYPE_CHECKING:
    from maas_core.node.node import Node

R = TypeVar("R", bound=Record)


class Service:
    """Builds commands from what the node sees, and stores them to be sent.

    Every method that changes something returns the submission at once; `node.submissions.wait` waits for its end.
    """

    def __init__(self, node: "Node") -> None:
        self._node = node

    def _send(self, command: Command) -> Submission:
        return self._node.submissions.send(command)

    def _get(self, kind: type[R], key: Key) -> Seen[R]:
        seen = self._node.records.find(kind, key)
        if seen is None:
            name = " ".join(part.hex() if isinstance(part, bytes) else str(part) for part in key)
            raise UsageError(f"this node knows no {name}; if it was just made, wait until it is included")
        return seen

    def _me(self) -> Party:
        """The party that this node signs for. Raises `UsageError` if its identity is not bound to one."""
        number = self._node.records.provisional().get(("identity", self._node.identity))
        if number is None:
            raise UsageError("the ledger does not know this node's identity: have the board invite it")
        return self._get(Party, ("party", number)).record


def new_id() -> bytes:
    """A random id for a new record."""
    return secrets.token_bytes(16)
