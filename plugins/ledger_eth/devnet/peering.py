"""Signers made known to each other.

geth dials a node that it was told of at once, and then not again for 35 seconds (`dialHistoryExpiration` in its
p2p/dial.go). When two nodes dial each other at the same moment, each may close the connection that the other keeps:
then both wait that long. So of each two only one is told at a time, and the other when that has not helped.
"""

from collections.abc import Collection, Iterator, Sequence

from maas_ledger_eth.devnet import geth
from maas_ledger_eth.devnet.layout import SignerPlace
from maas_ledger_eth.transport.rpc import Fault, NoAnswer

TURN_SECONDS = 2.0
"""How long one side of a pair is given; a connection takes a few round trips."""
LONG_ENOUGH = 45.0
"""Seconds within which nodes that can reach each other are peers, even if both have dialled in vain just before."""
Pair = tuple[SignerPlace, SignerPlace]


def are_met(signers: Sequence[SignerPlace], waited: float, new: Collection[SignerPlace] = ()) -> bool:
    """Whether all are peers of all; if not, tell one of each two of the other. Raises `NoAnswer`.

    To be asked again and again; `waited` is since when, in seconds. Of two nodes one of which is new to the network,
    that one is told first: the other may have dialled it in vain while it was not there.
    """
    left = list(strangers(signers))
    for first, second in left:
        turned = (second in new and first not in new) != bool(int(waited / TURN_SECONDS) % 2)
        dialling, other = (second, first) if turned else (first, second)
        geth.ask(dialling, [("admin_addPeer", [other.enode])])
    return not left


def strangers(signers: Sequence[SignerPlace]) -> Iterator[Pair]:
    """Two and two that are not peers. Raises `NoAnswer`."""
    known = [_peers(one) for one in signers]
    for place, one in enumerate(signers):
        for other, theirs in zip(signers[place + 1 :], known[place + 1 :], strict=True):
            if _node(other) not in known[place] or _node(one) not in theirs:
                yield one, other


def part(signer: SignerPlace, others: Sequence[SignerPlace]) -> None:
    """Let a node close its connections to others, and not seek them again. Raises `NoAnswer`."""
    geth.ask(signer, [("admin_removePeer", [other.enode]) for other in others])


def _peers(signer: SignerPlace) -> set[str]:
    """The nodes that a signer is connected with, by their keys."""
    answer = geth.ask(signer, [("admin_peers", [])])[0]
    if isinstance(answer, Fault) or not isinstance(answer, list):
        raise NoAnswer(f"{signer.name} does not tell its peers")
    return {one["enode"].partition("@")[0] for one in answer}


def _node(signer: SignerPlace) -> str:
    return signer.enode.partition("@")[0]
