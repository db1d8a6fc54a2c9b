"""What the words of peers mean; they were said by peers of Fabric 2.5.0."""

from typing import Any

import grpc
import pytest
from google.protobuf.any_pb2 import Any as AnyMessage
from maas_ledger_fabric.failures import Failure, Kind, chaincode_failure, failure_of
from maas_ledger_fabric.protos import RpcStatus, gateway

from maas_core.protocol.rejections import Code, Rejection

PEER = "peer0.oem:7051"
FIRST = "failed to endorse transaction, see attached details for more info"
COLLECT = "failed to collect enough transaction endorsements, see attached details for more info"
STALE = 'chaincode response 409, {"code":"STALE_VERSION","item":0}'
GAP = 'chaincode response 409, {"code":"SEQUENCE_GAP","item":3}'
NO_METADATA = "no combination of peers can be derived: No metadata was found for chaincode maas in channel maas"
TOO_LARGE = (
    "received unsuccessful response from orderer: status=REQUEST_ENTITY_TOO_LARGE, info=message is 12000000 bytes"
)
REFUSED = "failed to connect to all addresses; last error: Connection refused"
BUSY = "too many requests for /gateway.Gateway, exceeding concurrency limit"
NO_PEERS = "no peers available to evaluate chaincode maas in channel maas"
S = grpc.StatusCode


class Error(grpc.RpcError):  # type: ignore[misc] # grpc has no types
    """As gRPC raises it."""

    def __init__(self, code: Any, text: str, *told: tuple[str, str]) -> None:
        super().__init__(text)
        self._code, self._text = code, text
        status = RpcStatus(code=10, message=text)
        for msp_id, message in told:
            packed = AnyMessage()
            packed.Pack(gateway.ErrorDetail(address=f"{msp_id}:7051", msp_id=msp_id, message=message))
            status.details.append(packed)
        self._metadata = (("grpc-status-details-bin", status.SerializeToString()),) if told else ()

    def code(self) -> Any:
        return self._code

    def details(self) -> str:
        return self._text

    def trailing_metadata(self) -> Any:
        return self._metadata


def meant(code: Any, text: str, *told: tuple[str, str]) -> Failure:
    return failure_of(Error(code, text, *told), PEER)


def test_the_own_endorsers_rejection_is_the_protocols() -> None:
    found = meant(S.ABORTED, FIRST, ("OemMSP", STALE))
    assert (found.kind, found.rejection, found.address) == (Kind.REJECTED, Rejection(Code.STALE_VERSION), PEER)


def test_a_rejection_of_a_list_names_the_item() -> None:
    assert meant(S.ABORTED, FIRST, ("OemMSP", GAP)).rejection == Rejection(Code.SEQUENCE_GAP, 3)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (COLLECT, [("CustomerMSP", STALE)]),
        (FIRST, [("OemMSP", STALE), ("OemMSP", GAP)]),
    ],
)
def test_endorsers_that_contradict_each_other_are_asked_again_later(text: str, told: list[tuple[str, str]]) -> None:
    found = meant(S.ABORTED, text, *told)
    assert found.kind is Kind.LATER
    assert found.rejection is None
    assert "one may be behind" in found.reason


def test_an_evaluation_that_the_chaincode_refuses_comes_without_details() -> None:
    found = meant(S.UNKNOWN, f"evaluate call to endorser returned error: {STALE}")
    assert found.rejection == Rejection(Code.STALE_VERSION)


@pytest.mark.parametrize(
    ("code", "text", "told", "kind", "words"),
    [
        (
            S.UNAVAILABLE,
            "failed to connect to all addresses; last error: Connection refused",
            "",
            "elsewhere",
            "nothing",
        ),
        (S.UNAVAILABLE, "Tls handshake failed: CERTIFICATE_VERIFY_FAILED: unable", "", "elsewhere", "not of the CA"),
        (S.DEADLINE_EXCEEDED, "Deadline Exceeded", "", "elsewhere", "Deadline Exceeded"),
        (
            S.RESOURCE_EXHAUSTED,
            "too many requests for /gateway.Gateway, exceeding concurrency limit",
            "",
            "later",
            "too",
        ),
        (
            S.FAILED_PRECONDITION,
            "no peers available to evaluate chaincode maas in channel maas",
            "",
            "elsewhere",
            "runs",
        ),
        (
            S.FAILED_PRECONDITION,
            NO_METADATA,
            "",
            "elsewhere",
            "not committed",
        ),
        (
            S.ABORTED,
            FIRST,
            "error validating proposal: access denied: channel [maas] creator org unknown, creator is malformed",
            "refused",
            "does not accept this identity",
        ),
        (
            S.ABORTED,
            TOO_LARGE,
            "",
            "refused",
            "too large for the channel",
        ),
        (S.PERMISSION_DENIED, "no", "", "refused", "no"),
        (S.UNAVAILABLE, "no orderers could successfully process transaction", "refused", "elsewhere", "no orderers"),
    ],
)
def test_words_have_a_meaning(code: Any, text: str, told: str, kind: str, words: str) -> None:
    found = meant(code, text, *([("OemMSP", told)] if told else []))
    assert found.kind.value == kind
    assert words in found.reason
    assert found.reason.startswith(PEER)


def test_a_clock_that_is_wrong_is_told_with_both_times() -> None:
    message = '{"refused":"CLOCK","time":"1900","clock":"1000","bound":"300"}'
    found = chaincode_failure(412, message, "CustomerMSP")
    assert found.kind is Kind.LATER
    assert "here it is 1900, at the endorser of CustomerMSP 1000" in found.reason


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (400, '{"refused":"MALFORMED","reason":"no command"}', Kind.REFUSED),
        (403, '{"refused":"IDENTITY","reason":"no certificate"}', Kind.REFUSED),
        (500, '{"refused":"FAILURE","reason":"state"}', Kind.ELSEWHERE),
        (500, "make sure the chaincode maas has been successfully defined on channel maas", Kind.ELSEWHERE),
        (409, '{"code":"NEW_CODE","item":0}', Kind.REFUSED),
        (409, "[1]", Kind.ELSEWHERE),
    ],
)
def test_other_answers_of_the_chaincode(status: int, message: str, kind: Kind) -> None:
    found = chaincode_failure(status, message, "OemMSP")
    assert (found.kind, found.rejection) == (kind, None)


def test_details_that_cannot_be_read_are_left_out() -> None:
    error = Error(S.ABORTED, FIRST)
    error._metadata = (("grpc-status-details-bin", b"\xff\xff"),)
    assert failure_of(error, PEER).kind is Kind.ELSEWHERE
