"""The client over peers' gateways: several at once, own deadlines, the next peer. Peers here are served in process."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from maas_ledger_fabric.client import Endorsed
from maas_ledger_fabric.endpoint import Endpoint, Server
from maas_ledger_fabric.failures import Failure, Kind
from maas_ledger_fabric.gateway import REST, GatewayClient, Peers
from maas_ledger_fabric.identity import Identity
from maas_ledger_fabric.protos import common, gateway, gateway_rpc

from maas_core.ports.clock import Deadline, SystemClock
from maas_core.ports.signer import Scheme
from maas_core.testing.sim_clock import SimClock


class Signer:
    scheme = Scheme.P256
    public_key = b""

    def sign(self, message: bytes) -> bytes:
        return message + message


IDENTITY = Identity("OemMSP", None, Signer(), b"creator")  # type: ignore[arg-type] # nobody looks at the certificate
Behaviour = Callable[[Any], object]


class Gateway(gateway_rpc.GatewayServicer):  # type: ignore[misc] # generated code
    """Endorses what it is asked, after doing what a test wants."""

    def __init__(self) -> None:
        self.behaviour: Behaviour = lambda _: None
        self.lock = threading.Lock()
        self.calls = self.now = self.most = 0

    def Endorse(self, request: Any, context: Any) -> Any:  # noqa: N802 - Fabric's name
        with self.lock:
            self.calls += 1
            self.now += 1
            self.most = max(self.most, self.now)
        try:
            self.behaviour(context)
        finally:
            with self.lock:
                self.now -= 1
        payload = request.transaction_id.encode()
        return gateway.EndorseResponse(prepared_transaction=common.Envelope(payload=payload))


@pytest.fixture
def served() -> Iterator[list[tuple[Gateway, Endpoint]]]:
    """Two peers."""
    servers, found = [], []
    for _ in range(2):
        server = grpc.server(ThreadPoolExecutor(max_workers=16))
        peer = Gateway()
        gateway_rpc.add_GatewayServicer_to_server(peer, server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        servers.append(server)
        found.append((peer, Endpoint(Server(f"127.0.0.1:{port}", None), None)))
    yield found
    for _, endpoint in found:
        endpoint.close()
    for server in servers:
        server.stop(None).wait()


def client(served: list[tuple[Gateway, Endpoint]], **options: Any) -> GatewayClient:
    endpoints = [endpoint for _, endpoint in served]
    return GatewayClient(IDENTITY, endpoints, SystemClock(), "maas", "maas", **options)


def soon(seconds: float = 5.0) -> Deadline:
    return Deadline.after(SystemClock(), seconds)


def aborts(code: Any, text: str) -> Behaviour:
    return lambda context: context.abort(code, text)


def test_every_call_gets_its_own_answer_and_only_so_many_are_under_way(
    served: list[tuple[Gateway, Endpoint]],
) -> None:
    peer = served[0][0]
    peer.behaviour = lambda _: time.sleep(0.01)
    answers = client(served, concurrency=4).endorse([(b"submit", b"%d" % one) for one in range(20)], soon())
    assert all(isinstance(one, Endorsed) for one in answers)
    found = [one for one in answers if isinstance(one, Endorsed)]
    assert len({one.transaction for one in found}) == 20
    for one in found:
        assert common.Envelope.FromString(one.payload).payload == one.transaction.hex().encode()
    assert (peer.calls, served[1][0].calls) == (20, 0)
    assert 1 < peer.most <= 4


def test_what_one_peer_cannot_do_the_next_is_asked_for(served: list[tuple[Gateway, Endpoint]]) -> None:
    served[0][0].behaviour = aborts(grpc.StatusCode.FAILED_PRECONDITION, "no peers available to evaluate chaincode")
    working = client(served)
    [answer] = working.endorse([(b"submit",)], soon())
    assert isinstance(answer, Endorsed)
    [again] = working.endorse([(b"submit",)], soon())
    assert isinstance(again, Endorsed)
    assert (served[0][0].calls, served[1][0].calls) == (1, 2)


def test_a_peer_that_hangs_costs_its_share_of_the_time_once(served: list[tuple[Gateway, Endpoint]]) -> None:
    gone_on = threading.Event()
    served[0][0].behaviour = lambda _: gone_on.wait(10)
    answers = client(served, peer_seconds=0.3, concurrency=2).endorse([(b"submit",)] * 12, soon())
    gone_on.set()
    assert all(isinstance(one, Endorsed) for one in answers)
    assert served[0][0].calls <= 4
    assert served[1][0].calls == 12


def test_a_refusal_is_final_and_no_other_peer_is_asked(served: list[tuple[Gateway, Endpoint]]) -> None:
    served[0][0].behaviour = aborts(grpc.StatusCode.ABORTED, 'chaincode response 409, {"code":"WRONG_STATE","item":0}')
    [answer] = client(served).endorse([(b"submit",)], soon())
    assert isinstance(answer, Failure)
    assert answer.kind is Kind.REJECTED
    assert served[1][0].calls == 0


def test_when_nobody_can_the_last_ones_reason_is_told(served: list[tuple[Gateway, Endpoint]]) -> None:
    for peer, _ in served:
        peer.behaviour = aborts(grpc.StatusCode.UNAVAILABLE, "starting")
    [answer] = client(served).endorse([(b"submit",)], soon())
    assert isinstance(answer, Failure)
    assert answer.reason == f"{served[1][1].address}: starting"


def test_without_time_nobody_is_asked(served: list[tuple[Gateway, Endpoint]]) -> None:
    [answer] = client(served).endorse([(b"submit",)], soon(0))
    assert isinstance(answer, Failure)
    assert served[0][0].calls == 0


def test_a_peer_that_failed_is_asked_last_until_it_has_rested(served: list[tuple[Gateway, Endpoint]]) -> None:
    clock = SimClock()
    first, second = (endpoint for _, endpoint in served)
    peers = Peers([first, second], clock)
    peers.failed(first)
    assert peers.in_order() == [second, first]
    clock.pass_time(REST)
    assert peers.in_order() == [first, second]
    peers.failed(first)
    clock.pass_time(REST)
    assert peers.in_order() == [second, first]
    peers.worked(first)
    assert peers.in_order() == [first, second]
