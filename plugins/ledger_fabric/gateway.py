"""Client over the gateway service of peers: several calls at once, own deadlines, and the next peer if one fails."""

import secrets
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import grpc
from maas_ledger_fabric.blocks import Block, parse_block
from maas_ledger_fabric.client import Endorsed, StreamEnded
from maas_ledger_fabric.endpoint import Endpoint
from maas_ledger_fabric.envelopes import LAST, NONCE_SIZE, Proposal, propose, seek, sign_transaction
from maas_ledger_fabric.failures import Failure, Kind, chaincode_failure, failure_of
from maas_ledger_fabric.identity import Identity
from maas_ledger_fabric.protos import Message, common, gateway, ledger

from maas_core.ports.clock import Clock, Deadline

REST = 3.0
"""Seconds for which a peer that failed is asked last; doubled with each failure in a row."""
LONGEST_REST = 24.0
Start = Callable[[Endpoint, float], Any]
"""Begins a call to a peer with a timeout in seconds; gives gRPC's future."""


Read = Callable[[Any, str], Any]
"""What an answer from an address says: a result or a `Failure`."""


def _as_it_is(answer: Any, _address: str) -> Any:
    return answer


class Peers:
    """The peers to work with: the first in the config that has not just failed."""

    def __init__(self, endpoints: Sequence[Endpoint], clock: Clock) -> None:
        self._endpoints = tuple(endpoints)
        self._clock = clock
        self._lock = threading.Lock()
        self._failed: dict[str, tuple[float, float]] = {}
        """By address: until when it rests, and how long."""

    def in_order(self) -> list[Endpoint]:
        """All, those that rest last."""
        with self._lock:
            now = self._clock.monotonic()
            return sorted(self._endpoints, key=lambda one: max(0.0, self._failed.get(one.address, (0.0, 0.0))[0] - now))

    def failed(self, endpoint: Endpoint) -> None:
        """Let it rest."""
        with self._lock:
            now = self._clock.monotonic()
            until, rest = self._failed.get(endpoint.address, (0.0, 0.0))
            if until <= now:
                rest = min(LONGEST_REST, 2 * rest) or REST
                self._failed[endpoint.address] = (now + rest, rest)

    def worked(self, endpoint: Endpoint) -> None:
        """It answered: forget its failures."""
        if endpoint.address in self._failed:
            with self._lock:
                self._failed.pop(endpoint.address, None)

    def close(self) -> None:
        """End all connections."""
        for one in self._endpoints:
            one.close()


class GatewayClient:
    """One identity on one channel."""

    def __init__(
        self,
        identity: Identity,
        endpoints: Sequence[Endpoint],
        clock: Clock,
        channel: str,
        chaincode: str,
        *,
        peer_seconds: float = 2.0,
        concurrency: int = 32,
    ) -> None:
        self._identity = identity
        self._peers = Peers(endpoints, clock)
        self._clock = clock
        self._channel = channel
        self._chaincode = chaincode
        self._seconds = peer_seconds
        self._concurrency = concurrency

    def endorse(self, calls: Sequence[Sequence[bytes]], deadline: Deadline) -> list[Endorsed | Failure]:
        """All are signed first; a call that one peer does not answer goes to the next as it is."""
        proposals = [self._propose(self._chaincode, arguments) for arguments in calls]
        starts = [self._endorsing(one) for one in proposals]
        answers = self._ask_all(starts, deadline)
        return [
            answer if isinstance(answer, Failure) else self._signed(proposed, answer)
            for proposed, answer in zip(proposals, answers, strict=True)
        ]

    def _endorsing(self, proposed: Proposal) -> Start:
        request = gateway.EndorseRequest(
            transaction_id=proposed.transaction.hex(), channel_id=self._channel, proposed_transaction=proposed.signed
        )
        return lambda endpoint, seconds: endpoint.gateway.Endorse.future(request, timeout=seconds)

    def _signed(self, proposed: Proposal, answer: Message) -> Endorsed:
        return Endorsed(proposed.transaction, sign_transaction(self._identity, answer.prepared_transaction))

    def submit(self, transactions: Sequence[tuple[bytes, bytes]], deadline: Deadline) -> list[Failure | None]:
        """Through the gateway, which tries all orderers."""
        answers = self._ask_all([self._submitting(*one) for one in transactions], deadline)
        return [answer if isinstance(answer, Failure) else None for answer in answers]

    def _submitting(self, transaction: bytes, payload: bytes) -> Start:
        request = gateway.SubmitRequest(
            transaction_id=transaction.hex(),
            channel_id=self._channel,
            prepared_transaction=common.Envelope.FromString(payload),
        )
        return lambda endpoint, seconds: endpoint.gateway.Submit.future(request, timeout=seconds)

    def evaluate(self, chaincode: str, arguments: Sequence[bytes], deadline: Deadline) -> bytes | Failure:
        """By the peer's own endorser service, so that it is this peer's state and no other's."""
        proposed = self._propose(chaincode, arguments)
        [answer] = self._ask_all([_evaluating(proposed)], deadline, _evaluated)
        result: bytes | Failure = answer
        return result

    def blocks(self, begin: int | None, end: int | None, deadline: Deadline | None = None) -> "GatewayStream":
        """From the first peer that does not rest."""
        endpoint = self._peers.in_order()[0]
        nonce = secrets.token_bytes(NONCE_SIZE)
        last = LAST if end is None else end
        request = seek(self._identity, self._channel, begin, last, nonce, self._clock.now(), endpoint.tls_hash)
        return GatewayStream(self, endpoint, request, None if deadline is None else deadline.remaining())

    def height(self, address: str, deadline: Deadline) -> int | None:
        """By the peer's system chaincode; a peer that does not answer rests."""
        endpoint = next(one for one in self._peers.in_order() if one.address == address)
        proposed = self._propose("qscc", (b"GetChainInfo", self._channel.encode()))
        try:
            answer = endpoint.endorser.ProcessProposal(
                proposed.signed, timeout=min(self._seconds, deadline.remaining())
            )
        except grpc.RpcError:
            self._peers.failed(endpoint)
            return None
        content = _evaluated(answer, address)
        if isinstance(content, Failure):
            return None
        height: int = ledger.BlockchainInfo.FromString(content).height
        return height

    @property
    def chaincode(self) -> str:
        """The chaincode's name on the channel."""
        return self._chaincode

    def stream_failed(self, endpoint: Endpoint) -> None:
        """Take the next stream from another peer, if there is one."""
        self._peers.failed(endpoint)

    def close(self) -> None:
        """Give back connections."""
        self._peers.close()

    def _propose(self, chaincode: str, arguments: Sequence[bytes]) -> Proposal:
        nonce = secrets.token_bytes(NONCE_SIZE)
        return propose(self._identity, self._channel, chaincode, arguments, nonce, self._clock.now())

    def _ask_all(self, starts: Sequence[Start], deadline: Deadline, read: Read = _as_it_is) -> list[Any]:
        """An answer or a `Failure` for each; what one peer cannot do, the next is asked for."""
        answers: list[Any] = [Failure(Kind.ELSEWHERE, "no peer was asked in time")] * len(starts)
        left = list(range(len(starts)))
        for endpoint in self._peers.in_order():
            if not left or deadline.passed():
                break
            seconds = min(self._seconds, deadline.remaining())
            asked = self._ask(endpoint, [starts[one] for one in left], seconds)
            for place, answer in zip(left, asked, strict=True):
                answers[place] = answer if isinstance(answer, Failure) else read(answer, endpoint.address)
            left = [one for one in left if _elsewhere(answers[one])]
            if left:
                self._peers.failed(endpoint)
            else:
                self._peers.worked(endpoint)
        return answers

    def _ask(self, endpoint: Endpoint, starts: Sequence[Start], seconds: float) -> Iterator[Any]:
        """Answers of one peer in order, with a bounded number of calls on their way; a silent one is asked no more."""
        waiting: deque[Any] = deque()
        silence: Failure | None = None
        for start in starts:
            if len(waiting) == self._concurrency:
                answer = _answer(waiting.popleft(), endpoint)
                silence = answer if isinstance(answer, Failure) and answer.silent else silence
                yield answer
            waiting.append(silence or start(endpoint, seconds))
        while waiting:
            yield _answer(waiting.popleft(), endpoint)


class GatewayStream:
    """Blocks from one peer."""

    def __init__(self, client: GatewayClient, endpoint: Endpoint, request: Message, seconds: float | None) -> None:
        self._client = client
        self._endpoint = endpoint
        self._call = endpoint.deliver.Deliver(iter((request,)), timeout=seconds)

    @property
    def address(self) -> str:
        """Of the peer."""
        return self._endpoint.address

    def __iter__(self) -> Iterator[Block]:
        """As they come. Raises `StreamEnded`."""
        try:
            for answer in self._call:
                if not answer.HasField("block"):
                    self._end(answer.status)
                    return
                yield parse_block(answer.block, self._client.chaincode)
        except grpc.RpcError as error:
            self._client.stream_failed(self._endpoint)
            raise StreamEnded(failure_of(error, self._endpoint.address)) from None

    def _end(self, status: int) -> None:
        """The status after the last block; anything but success is an end before its time."""
        if status == common.SUCCESS:
            return
        self._client.stream_failed(self._endpoint)
        told = {
            common.NOT_FOUND: "the channel does not exist on this peer",
            common.FORBIDDEN: "this identity may not read the channel's blocks",
            common.SERVICE_UNAVAILABLE: "the peer does not deliver blocks now",
        }
        words = told.get(status, f"the peer ends the delivery of blocks with {common.Status.Name(status)}")
        raise StreamEnded(Failure(Kind.ELSEWHERE, f"{self._endpoint.address}: {words}"))

    def cancel(self) -> None:
        """End it."""
        self._call.cancel()

    def answers(self, deadline: Deadline) -> bool:
        """Ask the peer."""
        return self._client.height(self._endpoint.address, deadline) is not None


def _evaluating(proposed: Proposal) -> Start:
    return lambda endpoint, seconds: endpoint.endorser.ProcessProposal.future(proposed.signed, timeout=seconds)


def _evaluated(answer: Message, address: str) -> bytes | Failure:
    if not 200 <= answer.response.status < 400:
        return replace(chaincode_failure(answer.response.status, answer.response.message, address), address=address)
    payload: bytes = answer.response.payload
    return payload


def _answer(call: Any, endpoint: Endpoint) -> Any:
    if isinstance(call, Failure):
        return call
    try:
        return call.result()
    except grpc.RpcError as error:
        return failure_of(error, endpoint.address)


def _elsewhere(answer: Any) -> bool:
    return isinstance(answer, Failure) and answer.kind is Kind.ELSEWHERE
