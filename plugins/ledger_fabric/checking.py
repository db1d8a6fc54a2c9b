"""Whether each peer that a config names can be worked with: for operators who set a node up."""

from dataclasses import dataclass

from maas_ledger_fabric.client import Endorsed
from maas_ledger_fabric.connection import identity_of, open_client, place_of
from maas_ledger_fabric.endpoint import Server, server_of
from maas_ledger_fabric.failures import Failure
from maas_ledger_fabric.identity import Identity
from maas_ledger_fabric.protos import ledger
from maas_ledger_fabric.settings import Settings

from maas_core.ports.backends import Context
from maas_core.ports.clock import Deadline

SECONDS = 10.0
KNOWN = "known as it should be"
AGREED = "enough organisations agree"


@dataclass(frozen=True, slots=True)
class Checked:
    """What one peer says."""

    peer: str
    blocks: str
    """How many it has of the channel."""
    identity: str
    """Whether the chaincode on it knows the sender by the bytes that this node computes."""
    endorsement: str
    """Whether its gateway gets enough organisations to endorse."""

    @property
    def fine(self) -> bool:
        """Whether nothing is wrong."""
        return self.blocks.isdecimal() and self.identity == KNOWN and self.endorsement in (AGREED, "")


def check_peers(settings: Settings, context: Context) -> list[Checked]:
    """Ask gateways and observers. Raises `ConfigError` for what is wrong with files."""
    place = place_of(settings, context.directory)
    identity = identity_of(place, context)
    observers = [server_of(one, context.directory) for one in settings.observers]
    found = [_check(settings, context, identity, one, endorses=True) for one in place.gateways]
    known = {one.address for one in place.gateways}
    return found + [
        _check(settings, context, identity, one, endorses=False) for one in observers if one.address not in known
    ]


def _check(settings: Settings, context: Context, identity: Identity, server: Server, *, endorses: bool) -> Checked:
    client = open_client(settings, context, identity, [server])
    deadline = Deadline.after(context.clock, SECONDS)
    try:
        info = client.evaluate("qscc", (b"GetChainInfo", settings.channel.encode()), deadline)
        known = client.evaluate(settings.chaincode, (b"identity",), deadline)
        endorsed = client.endorse([(b"identity",)], deadline)[0] if endorses else None
    finally:
        client.close()
    blocks = info.reason if isinstance(info, Failure) else str(ledger.BlockchainInfo.FromString(info).height)
    return Checked(server.address, blocks, _identity(known, identity), _endorsement(endorsed))


def _identity(answer: bytes | Failure, identity: Identity) -> str:
    if isinstance(answer, Failure):
        return answer.reason
    expected = identity.protocol_identity.hex()
    return KNOWN if answer.decode() == expected else f"the chaincode says {answer.decode()}, this node {expected}"


def _endorsement(answer: Endorsed | Failure | None) -> str:
    if answer is None:
        return ""
    return answer.reason if isinstance(answer, Failure) else AGREED
