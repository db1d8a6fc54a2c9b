"""FinalityWaiting: the facts about blocks, from all endpoints together or from one of them."""

from collections.abc import Sequence

from maas_ledger_eth.blocks import block_ref
from maas_ledger_eth.settings import ChainKind
from maas_ledger_eth.transport.endpoints import NEWEST, Asker, Endpoint, Endpoints
from maas_ledger_eth.transport.rpc import Call, Fault, NoAnswer

from maas_core.ports.clock import Deadline
from maas_core.ports.finality import FinalityWaiting
from maas_core.ports.workflow import BlockRef, Unavailable

FINALIZED: Call = ("eth_getBlockByNumber", ["finalized", False])
SPOKEN = Unavailable("this endpoint speaks for the others already")


def ask_head(asker: Asker, deadline: Deadline) -> BlockRef:
    """The newest block of whoever is asked. Raises `NoAnswer`."""
    head = block_ref(asker.ask([NEWEST], deadline)[0])
    if head is None:
        raise NoAnswer("the endpoint has no block")
    return head


def ask_height(asker: Asker, height: int, deadline: Deadline) -> BlockRef | None:
    """The canonical block at a height; None if there is none yet. Raises `NoAnswer`."""
    return block_ref(asker.ask([("eth_getBlockByNumber", [hex(height), False])], deadline)[0])


def ask_final_height(asker: Asker, kind: ChainKind, deadline: Deadline) -> int | None:
    """What the chain itself calls final. Raises `NoAnswer`."""
    match kind:
        case ChainKind.QBFT:
            return ask_head(asker, deadline).height
        case ChainKind.POS:
            answer = asker.ask([FINALIZED], deadline)[0]
            final = None if isinstance(answer, Fault) else block_ref(answer)
            return 0 if final is None else final.height
    return None


class OneView:
    """FinalityWaiting of one endpoint."""

    def __init__(self, endpoint: Endpoint, kind: ChainKind, endpoints: Endpoints) -> None:
        self._endpoint = endpoint
        self._kind = kind
        self._endpoints = endpoints

    def head(self, deadline: Deadline) -> BlockRef | Unavailable:
        """The endpoint's newest block."""
        if self._has_spoken():
            return SPOKEN
        try:
            return ask_head(self._endpoint, deadline)
        except NoAnswer as reason:
            return Unavailable(str(reason))

    def is_canonical(self, block: BlockRef, deadline: Deadline) -> bool | Unavailable:
        """Whether the endpoint has this block at its height."""
        if self._has_spoken():
            return SPOKEN
        try:
            return ask_height(self._endpoint, block.height, deadline) == block
        except NoAnswer as reason:
            return Unavailable(str(reason))

    def final_height(self, deadline: Deadline) -> int | Unavailable | None:
        """What the endpoint says is final."""
        try:
            return ask_final_height(self._endpoint, self._kind, deadline)
        except NoAnswer as reason:
            return Unavailable(str(reason))

    def observers(self) -> Sequence[FinalityWaiting]:
        """It asks nobody else."""
        return ()

    def _has_spoken(self) -> bool:
        """Whether the endpoint stands in for a failed one in the main view: its word does not count twice."""
        return self._endpoints.spoke is self._endpoint


class AgreedView:
    """FinalityWaiting of all endpoints: what as many of them say alike as the config asks for."""

    def __init__(self, endpoints: Endpoints, kind: ChainKind) -> None:
        self._endpoints = endpoints
        self._kind = kind

    def head(self, deadline: Deadline) -> BlockRef | Unavailable:
        """The newest block that enough endpoints have."""
        try:
            if self._endpoints.agree == 1:
                return ask_head(self._endpoints, deadline)
            heights = sorted(self._endpoints.each(_head_height, deadline), reverse=True)
            if len(heights) < self._endpoints.agree:
                return Unavailable(f"fewer than {self._endpoints.agree} endpoints answer")
            agreed = self._at(heights[self._endpoints.agree - 1], deadline)
        except NoAnswer as reason:
            return Unavailable(str(reason))
        return Unavailable("the endpoints have no common block") if agreed is None else agreed

    def is_canonical(self, block: BlockRef, deadline: Deadline) -> bool | Unavailable:
        """Whether enough endpoints have this block at its height.

        Where one is enough it is not believed that a block is gone while another has it on a longer chain: a node that
        was killed comes back with the blocks that it had, the last of them maybe on a branch that all others have left.
        """
        try:
            stands = self._endpoints.agreed(
                lambda endpoint, until: ask_height(endpoint, block.height, until) == block, deadline
            )
            late = None if stands or self._endpoints.agree > 1 else self._late(block, deadline)
        except NoAnswer as reason:
            return Unavailable(str(reason))
        return stands if late is None else late

    def _late(self, block: BlockRef, deadline: Deadline) -> Unavailable | None:
        """What to say if whoever told that a block is gone is behind another endpoint, which has it."""
        told = self._endpoints.spoke
        assert told is not None
        own = ask_head(told, deadline).height
        others = [one for one in self._endpoints.all if one is not told]
        if any(_is_ahead_with(one, block, own, self._endpoints.share(deadline)) for one in others):
            return Unavailable(f"{told.name} is on a branch that others have left, at block {own}")
        return None

    def final_height(self, deadline: Deadline) -> int | Unavailable | None:
        """What enough endpoints say is final."""
        if self._kind not in (ChainKind.QBFT, ChainKind.POS):
            return None
        try:
            told = (
                self._endpoints.each(
                    lambda endpoint, until: ask_final_height(endpoint, self._kind, until) or 0, deadline
                )
                if self._endpoints.agree > 1
                else [ask_final_height(self._endpoints, self._kind, deadline) or 0]
            )
        except NoAnswer as reason:
            return Unavailable(str(reason))
        if len(told) < self._endpoints.agree:
            return Unavailable(f"fewer than {self._endpoints.agree} endpoints answer")
        return sorted(told, reverse=True)[self._endpoints.agree - 1]

    def observers(self) -> Sequence[FinalityWaiting]:
        """All endpoints but the one whose word this view is, each for itself."""
        others = [one for one in self._endpoints.all if one is not (self._endpoints.spoke or self._endpoints.all[0])]
        return [OneView(endpoint, self._kind, self._endpoints) for endpoint in others]

    def _at(self, height: int, deadline: Deadline) -> BlockRef | None:
        return self._endpoints.agreed(lambda endpoint, until: ask_height(endpoint, height, until), deadline)


def _head_height(endpoint: Endpoint, deadline: Deadline) -> int:
    return ask_head(endpoint, deadline).height


def _is_ahead_with(endpoint: Endpoint, block: BlockRef, height: int, deadline: Deadline) -> bool:
    """Whether an endpoint has a block, on a chain that is longer."""
    try:
        return ask_height(endpoint, block.height, deadline) == block and ask_head(endpoint, deadline).height > height
    except NoAnswer:
        return False
