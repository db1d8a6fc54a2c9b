"""What a failed call to Fabric means: another peer, later, the protocol's rejection, or no."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import grpc
from google.protobuf.message import DecodeError
from maas_ledger_fabric.protos import RpcStatus, gateway

from maas_core.ports.secret import safe_text
from maas_core.protocol.rejections import Code, Rejection

DETAILS = "grpc-status-details-bin"
CHAINCODE = re.compile(r"chaincode response (\d+), (.*)", re.DOTALL)
FIRST_ENDORSER = "failed to endorse transaction"
"""How the gateway begins when its own organisation's endorser said no; others have not been asked then."""


class Kind(Enum):
    """What to do about it."""

    ELSEWHERE = "elsewhere"
    """This peer cannot now; another may."""
    LATER = "later"
    """None can now."""
    REJECTED = "rejected"
    """The protocol says no."""
    REFUSED = "refused"
    """It will never work as it is."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed call."""

    kind: Kind
    reason: str
    rejection: Rejection | None = None
    silent: bool = False
    """The peer could not be reached, or said nothing in time."""
    address: str = ""
    """The peer that was asked."""


@dataclass(frozen=True, slots=True)
class Told:
    """What one endorser said."""

    address: str
    msp_id: str
    message: str


NOT_THERE = "no such transaction ID"
"""What a peer says of a transaction that is in no block."""
REFUSALS = (
    ("status=bad_request", "the orderers refuse it"),
    ("status=forbidden", "the orderers refuse this identity"),
    (NOT_THERE.lower(), "the transaction is in no block"),
    ("request_entity_too_large", "the transaction is too large for the channel"),
    ("exceeds maximum allowed", "the transaction is too large for the channel"),
    ("access denied", "the peer does not accept this identity as a member of the channel"),
    ("creator org unknown", "the peer does not know this identity's organisation"),
    ("identity expired", "the certificate has expired"),
    ("certificate has expired", "the certificate has expired"),
    ("identity is not valid", "the peer does not accept this identity"),
    ("not a valid identity", "the peer does not accept this identity"),
    ("x509: certificate", "the peer does not accept this certificate"),
    ("is malformed", "the peer cannot read this identity"),
)
MISSING = (
    ("No metadata was found for chaincode", "the chaincode is not committed on this channel, or there is no channel"),
    ("has been successfully defined on channel", "the chaincode is not committed on this channel"),
    ("no peers available to evaluate chaincode", "no peer of this channel runs the chaincode now"),
    ("no combination of peers can be derived", "too few organisations run the chaincode to endorse by its policy now"),
    ("could not find chaincode with name", "the chaincode is not committed on this channel"),
    ("or access denied", "the channel does not exist on this peer, or this identity has no access to it"),
    ("' not found", "the channel does not exist on this peer"),
    ("channel does not exist", "the channel does not exist on this peer"),
    ("not found: not joined", "the peer has not joined the channel"),
)
UNREACHED = (
    ("CERTIFICATE_VERIFY_FAILED", "its TLS certificate is not of the CA in `tls_ca`, or is for another host name"),
    ("Socket closed", "closes the connection: one side speaks TLS and the other does not"),
    ("Connection refused", "nothing listens there"),
    ("DNS resolution failed", "there is no such host"),
)
BUSY = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED)
DENIED = (grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.UNAUTHENTICATED)


def failure_of(error: grpc.RpcError, address: str) -> Failure:
    """What the error of a call to the peer at `address` means."""
    return replace(_failure_of(error, address), address=address)


def _failure_of(error: grpc.RpcError, address: str) -> Failure:
    code, text = error.code(), error.details() or ""  # an error of grpc is a call, too
    told = endorsers_said(error)
    where = f"{address}: "
    if code in BUSY:
        words = next((meaning for sign, meaning in UNREACHED if sign in text), _words(code, text, told))
        return Failure(Kind.ELSEWHERE, where + words, silent=True)
    if code is grpc.StatusCode.RESOURCE_EXHAUSTED:
        return Failure(Kind.LATER, where + _words(code, text, told))
    answers = [answer for one in told if (answer := _chaincode_answer(one)) is not None]
    if not answers and (direct := _chaincode_answer(Told(address, "", text))) is not None:
        answers = [direct]
    if answers:
        return _decided(answers, told, text, where)
    return _meaning(_words(code, text, told), where, Kind.REFUSED if code in DENIED else Kind.ELSEWHERE)


def _meaning(words: str, where: str, kind: Kind) -> Failure:
    """What a peer's own words mean, `kind` if nobody knows."""
    for sign, meaning in REFUSALS:
        if sign in words.lower():
            return Failure(Kind.REFUSED, f"{where}{meaning} ({words})")
    for sign, meaning in MISSING:
        if sign in words:
            return Failure(Kind.ELSEWHERE, f"{where}{meaning} ({words})")
    return Failure(kind, where + words)


def _decided(answers: list[Failure], told: Sequence[Told], text: str, where: str) -> Failure:
    """One answer of those that the chaincode gave; endorsers that contradict each other are asked again later."""
    first = answers[0]
    agreed = all(one.rejection == first.rejection and one.kind == first.kind for one in answers)
    if agreed and (FIRST_ENDORSER in text or not told or first.kind is not Kind.REJECTED):
        return first
    words = "; ".join(f"{one.msp_id} {one.message}" for one in told)
    return Failure(Kind.LATER, f"{where}the endorsers do not agree, one may be behind ({safe_text(words)})")


def _chaincode_answer(told: Told) -> Failure | None:
    match = CHAINCODE.search(told.message)
    if match is None:
        return None
    return chaincode_failure(int(match[1]), match[2], told.msp_id or told.address)


def chaincode_failure(status: int, message: str, who: str) -> Failure:
    """What the chaincode's own refusal means; its messages are listed in chaincode/chaincode.go."""
    try:
        said: Any = json.loads(message)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        return _meaning(f"{status}: {safe_text(message)}", f"{who}: ", Kind.ELSEWHERE)
    if status == 409 and said.get("code") in Code.__members__:
        rejection = Rejection(Code[said["code"]], int(said.get("item", 0)))
        return Failure(Kind.REJECTED, rejection.code.name, rejection)
    if said.get("refused") == "CLOCK":
        return Failure(Kind.LATER, _clock(said, who))
    kind = Kind.ELSEWHERE if status >= 500 else Kind.REFUSED
    return Failure(kind, f"{who}: {said.get('refused')}: {safe_text(str(said.get('reason', '')))}")


def _clock(said: dict[str, Any], who: str) -> str:
    return (
        f"the clocks differ by more than rule clock_bound ({said.get('bound')} s): here it is {said.get('time')}, "
        f"at the endorser of {who} {said.get('clock')} (seconds UTC); set the wrong one"
    )


def endorsers_said(error: grpc.RpcError) -> list[Told]:
    """The details that a gateway attaches to an error."""
    metadata = error.trailing_metadata() or ()
    for key, value in metadata:
        if key == DETAILS:
            return _details(value)
    return []


def _details(content: bytes) -> list[Told]:
    told = []
    try:
        for one in RpcStatus.FromString(content).details:
            detail = gateway.ErrorDetail()
            if one.Unpack(detail):
                told.append(Told(detail.address, detail.msp_id, detail.message))
    except DecodeError:
        return []
    return told


def _words(code: Any, text: str, told: Sequence[Told]) -> str:
    words = "; ".join([text or code.name.lower(), *(f"{one.msp_id} at {one.address}: {one.message}" for one in told)])
    return safe_text(words) if len(words) > 200 else words
