"""What the bare client sent and is in a block, until it is final by a node's policies: what these make unavoidable."""

from dataclasses import dataclass, field

from maas_core.ledgerio.finality import final_heights
from maas_core.ledgerio.policy import FinalityPolicies, FinalityPolicy
from maas_core.ports.backends import OpenLedger
from maas_core.ports.clock import Deadline
from maas_core.ports.workflow import BlockRef
from maas_core.protocol.commands import Command
from maas_core.protocol.model.state import DEPLOYMENT
from maas_core.protocol.records import Deployment
from maas_core.protocol.wire import command_name


@dataclass(slots=True)
class Settling:
    """Numbers of operations, by block and policy. It holds blocks for canonical that left the chain again."""

    policies: FinalityPolicies
    _waiting: dict[int, tuple[BlockRef, FinalityPolicy]] = field(default_factory=dict)
    _depth: int | None = None

    def add(self, number: int, command: Command, block: BlockRef) -> None:
        """One that is in a block."""
        self._waiting[number] = (block, self.policies.of(command_name(type(command))))

    def final(self, ledger: OpenLedger, deadline: Deadline) -> list[int]:
        """Those that are final now; they are not told again."""
        if not self._waiting:
            return []
        blocks = sorted({block for block, _ in self._waiting.values()}, key=lambda block: block.height)
        depth = self._rule(ledger, deadline)
        heights = final_heights(self.policies.all(), ledger.finality, blocks, depth, deadline)
        done = [number for number, (block, policy) in self._waiting.items() if block.height <= heights[policy]]
        for number in done:
            del self._waiting[number]
        return done

    def _rule(self, ledger: OpenLedger, deadline: Deadline) -> int:
        """The deployment's depth; asked once, since no scenario changes it."""
        if self._depth is None:
            found = ledger.workflow.read_record(DEPLOYMENT, deadline) if self.policies.follow_rule else None
            if self.policies.follow_rule and not isinstance(found, Deployment):
                return 2**31
            self._depth = int(found.rules.finality_depth) if isinstance(found, Deployment) else 0
        return self._depth
