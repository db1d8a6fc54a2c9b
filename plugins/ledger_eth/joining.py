"""Makes a node known to others of its chain."""

import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

from maas_ledger_eth.opening import open_rpc
from maas_ledger_eth.settings import Settings
from maas_ledger_eth.transport.rpc import Fault, NoAnswer

from maas_core.errors import UnavailableError

CALL_SECONDS = 5.0
POLL_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Joined:
    """How a node stands among the others."""

    enode: str
    """What others need to know of it."""
    peers: int
    height: int


def join_network(settings: Settings, enodes: Sequence[str], seconds: float) -> Joined:
    """Tell a node of others until it has a peer. Raises `UnavailableError` if it has none in time."""
    with closing(open_rpc(settings.endpoints[0])) as rpc:
        until = time.monotonic() + seconds
        while True:
            try:
                *added, own, peers, height = rpc.batch(
                    [
                        *(("admin_addPeer", [one]) for one in enodes),
                        ("admin_nodeInfo", []),
                        ("net_peerCount", []),
                        ("eth_blockNumber", []),
                    ],
                    CALL_SECONDS,
                )
            except NoAnswer as reason:
                raise UnavailableError(str(reason)) from None
            wrong = next((one for one in (*added, own, peers, height) if isinstance(one, Fault)), None)
            if wrong is not None:
                raise UnavailableError(f"the node does not take it, open its interface `admin`: {wrong.message}")
            if int(peers, 16) > 0:
                return Joined(own["enode"], int(peers, 16), int(height, 16))
            if time.monotonic() > until:
                raise UnavailableError("no peer: are the enodes reachable, and of the same chain?")
            time.sleep(POLL_SECONDS)
