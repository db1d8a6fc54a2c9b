"""A `Client` over fabric-sdk-py: the client collects endorsements and sends to orderers itself, as before gateways."""

import base64
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from maas_ledger_fabric.blocks import Block, parse_block
from maas_ledger_fabric.channel_config import orderers_of
from maas_ledger_fabric.client import Endorsed, StreamEnded
from maas_ledger_fabric.endpoint import Server
from maas_ledger_fabric.failures import Failure, Kind, chaincode_failure
from maas_ledger_fabric.hfc.process import Asked, Line, WorkerProcess
from maas_ledger_fabric.identity import Identity
from maas_ledger_fabric.protos import common, configtx, ledger

from maas_core.ports.clock import Clock, Deadline

SUCCESS = 200


class HfcClient:
    """One identity on one channel; `servers` are the peers that endorse, the own organisation's first."""

    def __init__(
        self,
        python: Path,
        identity: Identity,
        servers: Sequence[Server],
        clock: Clock,
        channel: str,
        chaincode: str,
        *,
        peer_seconds: float = 2.0,
    ) -> None:
        self._python = python
        self._identity = identity
        self._servers = tuple(servers)
        self._clock = clock
        self._channel = channel
        self._chaincode = chaincode
        self._seconds = peer_seconds
        self._lock = threading.Lock()
        self._worker = WorkerProcess(python, self._opening([]), self._sign)
        self._has_orderers = False
        self._first = 0
        """The peer that is asked first."""

    def _opening(self, orderers: Sequence[Server]) -> Line:
        return {
            "msp_id": self._identity.msp_id,
            "certificate": _text(self._identity.certificate.public_bytes(Encoding.PEM)),
            "channel": self._channel,
            "peers": [_server(one) for one in self._servers],
            "orderers": [_server(one) for one in orderers],
            "seconds": self._seconds,
        }

    def _sign(self, digest: bytes) -> bytes:
        signature = self._identity.signer.sign(digest)
        return encode_dss_signature(int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big"))

    def endorse(self, calls: Sequence[Sequence[bytes]], deadline: Deadline) -> list[Endorsed | Failure]:
        """All at once; endorsed if most of the peers in the settings agree."""
        asked = [
            self._worker.ask(do="endorse", chaincode=self._chaincode, arguments=[_text(one) for one in arguments])
            for arguments in calls
        ]
        return [self._endorsed(one.answer(deadline.remaining())) for one in asked]

    def _endorsed(self, answer: Line) -> Endorsed | Failure:
        if "payload" in answer:
            return Endorsed(bytes.fromhex(answer["transaction"]), base64.b64decode(answer["payload"]))
        if "said" not in answer:
            return Failure(Kind.ELSEWHERE, str(answer.get("failed")), silent=True)
        said = [_meant(one) for one in answer["said"]]
        no = [one for one in said if one.kind is not Kind.ELSEWHERE]
        if not no:
            return said[0]
        agreed = all(one.rejection == no[0].rejection for one in no) and len(no) > len(said) // 2
        if agreed:
            return no[0]
        words = "; ".join(one.reason for one in said)
        return Failure(Kind.LATER, f"the endorsers do not agree, one may be behind ({words[:200]})")

    def submit(self, transactions: Sequence[tuple[bytes, bytes]], deadline: Deadline) -> list[Failure | None]:
        """To the orderers that the channel's config names, the first that takes it."""
        trouble = self._find_orderers(deadline)
        if trouble is not None:
            return [trouble] * len(transactions)
        asked = [self._worker.ask(do="submit", payload=_text(payload)) for _, payload in transactions]
        return [_submitted(one.answer(deadline.remaining())) for one in asked]

    def _find_orderers(self, deadline: Deadline) -> Failure | None:
        with self._lock:
            if self._has_orderers:
                return None
            answer = self.evaluate("cscc", (b"GetChannelConfig", self._channel.encode()), deadline)
            if isinstance(answer, Failure):
                return answer
            orderers = [Server(address, roots) for address, roots in orderers_of(configtx.Config.FromString(answer))]
            self._worker.close()
            self._worker = WorkerProcess(self._python, self._opening(orderers), self._sign)
            self._has_orderers = True
            return None

    def evaluate(self, chaincode: str, arguments: Sequence[bytes], deadline: Deadline) -> bytes | Failure:
        """By one peer; the next if it does not answer."""
        answer: bytes | Failure = Failure(Kind.ELSEWHERE, "no peer was asked in time")
        for _ in self._servers:
            answer = self._evaluate(self._first, chaincode, arguments, deadline)
            if not (isinstance(answer, Failure) and answer.kind is Kind.ELSEWHERE) or deadline.passed():
                break
            self._next_peer()
        return answer

    def _evaluate(self, peer: int, chaincode: str, arguments: Sequence[bytes], deadline: Deadline) -> bytes | Failure:
        asked = self._worker.ask(
            do="evaluate", chaincode=chaincode, arguments=[_text(one) for one in arguments], peer=peer
        )
        answer = asked.answer(min(deadline.remaining(), 2 * self._seconds))
        if "said" not in answer:
            return Failure(Kind.ELSEWHERE, str(answer.get("failed")), silent=True)
        [said] = answer["said"]
        if said.get("status") == SUCCESS:
            return base64.b64decode(said["payload"])
        return _meant(said)

    def _next_peer(self) -> None:
        self._first = (self._first + 1) % len(self._servers)

    def blocks(self, begin: int | None, end: int | None, deadline: Deadline | None = None) -> "HfcStream":
        """From the peer that is asked first."""
        del deadline  # it ends when it is cancelled
        peer = self._first
        asked = self._worker.ask(do="blocks", begin=begin, end=end, peer=peer)
        return HfcStream(self, asked, self._servers[peer].address)

    def parse(self, content: str) -> Block:
        """A block as the worker sends it."""
        return parse_block(common.Block.FromString(base64.b64decode(content)), self._chaincode)

    def height(self, address: str, deadline: Deadline) -> int | None:
        """By the peer's system chaincode."""
        peer = next((place for place, one in enumerate(self._servers) if one.address == address), self._first)
        answer = self._evaluate(peer, "qscc", (b"GetChainInfo", self._channel.encode()), deadline)
        if isinstance(answer, Failure):
            if peer == self._first:
                self._next_peer()
            return None
        height: int = ledger.BlockchainInfo.FromString(answer).height
        return height

    def close(self) -> None:
        """End the worker."""
        self._worker.close()


class HfcStream:
    """Blocks that the worker reads."""

    def __init__(self, client: HfcClient, asked: Asked, address: str) -> None:
        self._client = client
        self._asked = asked
        self._address = address

    @property
    def address(self) -> str:
        """Of the peer."""
        return self._address

    def __iter__(self) -> Iterator[Block]:
        """As they come. Raises `StreamEnded`."""
        while "block" in (line := self._asked.next()):
            yield self._client.parse(line["block"])
        if line.get("end") != SUCCESS:
            words = line.get("failed") or f"ends the delivery of blocks with status {line.get('end')}"
            raise StreamEnded(Failure(Kind.ELSEWHERE, f"{self._address}: {words}"))

    def cancel(self) -> None:
        """End it."""
        self._asked.cancel()

    def answers(self, deadline: Deadline) -> bool:
        """Ask the peer."""
        return self._client.height(self._address, deadline) is not None


def _meant(said: dict[str, Any]) -> Failure:
    address = str(said["address"])
    if "error" in said:
        return Failure(Kind.ELSEWHERE, f"{address}: {said['error']}", silent=True, address=address)
    return replace(chaincode_failure(int(said["status"]), str(said["message"]), address), address=address)


def _submitted(answer: Line) -> Failure | None:
    status = answer.get("status")
    if status == SUCCESS:
        return None
    if status is not None and 400 <= int(status) < 500:
        return Failure(Kind.REFUSED, f"the orderers refuse it: {common.Status.Name(status)} {answer.get('info')}")
    return Failure(Kind.ELSEWHERE, str(answer.get("failed") or f"the orderers answer {status} {answer.get('info')}"))


def _server(server: Server) -> dict[str, str]:
    return {"address": server.address, "roots": _text(server.roots or b""), "name": server.name}


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
