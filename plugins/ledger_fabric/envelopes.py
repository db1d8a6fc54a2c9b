"""What a client of Fabric signs: proposals, transactions, and requests for blocks. Pure but for the signature."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from maas_ledger_fabric.identity import Identity
from maas_ledger_fabric.protos import Message, ab, chaincode, common, proposal

NONCE_SIZE = 24
"""As Fabric's own clients."""
LAST = 2**64 - 1
"""No block lies beyond: read on for ever."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A signed call of a chaincode function."""

    transaction: bytes
    """SHA-256 of nonce and creator, 32 bytes; Fabric writes it in hex."""
    channel: str
    signed: Message
    """`peer.SignedProposal`."""


def propose(
    identity: Identity, channel: str, name: str, arguments: Sequence[bytes], nonce: bytes, now: int
) -> Proposal:
    """A call of chaincode `name` with the function's name as first argument; `now` in seconds UTC is its time."""
    transaction = hashlib.sha256(nonce + identity.serialized).digest()
    called = chaincode.ChaincodeID(name=name)
    extension = proposal.ChaincodeHeaderExtension(chaincode_id=called).SerializeToString()
    header = _header(
        common.ENDORSER_TRANSACTION, channel, identity, nonce, now, tx_id=transaction.hex(), extension=extension
    )
    spec = chaincode.ChaincodeSpec(
        type=chaincode.ChaincodeSpec.GOLANG, chaincode_id=called, input=chaincode.ChaincodeInput(args=arguments)
    )
    invocation = chaincode.ChaincodeInvocationSpec(chaincode_spec=spec).SerializeToString()
    payload = proposal.ChaincodeProposalPayload(input=invocation).SerializeToString()
    content = proposal.Proposal(header=header.SerializeToString(), payload=payload).SerializeToString()
    signed = proposal.SignedProposal(proposal_bytes=content, signature=identity.sign(content))
    return Proposal(transaction, channel, signed)


def sign_transaction(identity: Identity, prepared: Message) -> bytes:
    """The bytes of a `common.Envelope` that a gateway put together from endorsements, signed."""
    prepared.signature = identity.sign(prepared.payload)
    content: bytes = prepared.SerializeToString()
    return content


def seek(
    identity: Identity, channel: str, begin: int | None, end: int, nonce: bytes, now: int, tls_hash: bytes = b""
) -> Message:
    """A request for the blocks from `begin` (None: the newest) to `end`, waiting for those that are not there yet.

    `tls_hash` is the SHA-256 of the client's TLS certificate (DER) where the peer demands one.
    """
    newest = ab.SeekPosition(newest=ab.SeekNewest())
    start = newest if begin is None else ab.SeekPosition(specified=ab.SeekSpecified(number=begin))
    stop = ab.SeekPosition(specified=ab.SeekSpecified(number=end))
    wanted = ab.SeekInfo(start=start, stop=stop, behavior=ab.SeekInfo.BLOCK_UNTIL_READY)
    return envelope(identity, common.DELIVER_SEEK_INFO, channel, wanted, nonce, now, tls_hash)


def envelope(
    identity: Identity, kind: int, channel: str, content: Message, nonce: bytes, now: int, tls_hash: bytes = b""
) -> Message:
    """A signed `common.Envelope` around any message."""
    header = _header(kind, channel, identity, nonce, now, tls_cert_hash=tls_hash)
    payload = common.Payload(header=header, data=content.SerializeToString()).SerializeToString()
    return common.Envelope(payload=payload, signature=identity.sign(payload))


def _header(kind: int, channel: str, identity: Identity, nonce: bytes, now: int, **more: object) -> Message:
    head = common.ChannelHeader(type=kind, channel_id=channel, **more)
    head.timestamp.seconds = now
    return common.Header(
        channel_header=head.SerializeToString(), signature_header=signature_header(identity, nonce).SerializeToString()
    )


def signature_header(identity: Identity, nonce: bytes) -> Message:
    """Who signs, and what makes it unique."""
    return common.SignatureHeader(creator=identity.serialized, nonce=nonce)
