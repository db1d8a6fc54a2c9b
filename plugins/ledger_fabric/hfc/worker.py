"""Runs in the environment of fabric-sdk-py: answers requests on standard input, a JSON object a line.

Requests have an "id" and a "do"; all bytes are in base64:

    {"id", "do": "open", "msp_id", "certificate", "channel", "peers": [...], "orderers": [...], "seconds"}
    {"id", "do": "endorse", "chaincode", "arguments"}      -> {"transaction", "payload"} or {"said": [...]}
    {"id", "do": "submit", "payload"}                      -> {"status", "info"}
    {"id", "do": "evaluate", "chaincode", "arguments", "peer"}  -> {"said": [one]}
    {"id", "do": "blocks", "begin", "end", "peer"}         -> {"block"} for each, then {"end"}
    {"id", "do": "cancel", "of"}
    {"id", "do": "signed", "signature"}                    the answer to {"id", "sign": digest}, which comes from here

Peers and orderers are {"address", "roots", "name"}. What a peer said is {"address", "status", "message", "payload"}, or
{"address", "error"} if it did not answer. Each request has a thread, an event loop and SDK objects of its own: waiting
for events on shared ones is not safe in this SDK.
"""

import asyncio
import base64
import hashlib
import json
import queue
import sys
import threading
import types
from typing import Any

from hfc.fabric.channel.channel import Channel
from hfc.fabric.channel.channel_eventhub import ChannelEventHub
from hfc.fabric.orderer import Orderer
from hfc.fabric.peer import Peer
from hfc.fabric.transaction.tx_context import TXContext
from hfc.fabric.transaction.tx_proposal_request import CC_INVOKE, create_tx_prop_req
from hfc.protos.utils import create_tx_payload
from hfc.util import utils
from hfc.util.crypto.crypto import Ecies

OPTIONS = (("grpc.max_receive_message_length", 100 * 2**20), ("grpc.max_send_message_length", 100 * 2**20))


class Worker:
    """All requests of one parent."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._signatures: dict[int, queue.Queue[bytes]] = {}
        self._cancelled: set[int] = set()
        self._settings: dict[str, Any] = {}

    def serve(self) -> None:
        """Until standard input ends."""
        for line in sys.stdin:
            request = json.loads(line)
            match request["do"]:
                case "open":
                    self._settings = request
                    self.answer(request, ready=True)
                case "signed":
                    self._signatures[request["id"]].put(base64.b64decode(request["signature"]))
                case "cancel":
                    self._cancelled.add(request["of"])
                case _:
                    threading.Thread(target=self._handle, args=(request,), daemon=True).start()

    def answer(self, request: dict[str, Any], **members: Any) -> None:
        """One line."""
        with self._lock:
            sys.stdout.write(json.dumps({"id": request["id"], **members}) + "\n")
            sys.stdout.flush()

    def _handle(self, request: dict[str, Any]) -> None:
        self._signatures[request["id"]] = queue.Queue()
        try:
            asyncio.run(Call(self, self._settings, request).run())
        except Exception as error:  # noqa: BLE001 - whatever the SDK raises is the answer
            self.answer(request, failed=f"{type(error).__name__}: {error}"[:300])
        finally:
            self._signatures.pop(request["id"], None)

    def sign(self, request: dict[str, Any], message: bytes) -> bytes:
        """Have the parent sign."""
        self.answer(request, sign=_text(hashlib.sha256(message).digest()))
        return self._signatures[request["id"]].get(timeout=30)

    def is_cancelled(self, request: dict[str, Any]) -> bool:
        """Whether the parent wants no more of it."""
        return request["id"] in self._cancelled


class RemoteKey(Ecies):  # type: ignore[misc] # the SDK has no types
    """The SDK's cryptography with the key elsewhere."""

    def __init__(self, worker: Worker, request: dict[str, Any]) -> None:
        super().__init__()
        self._worker = worker
        self._request = request

    def sign(self, private_key: object, message: bytes) -> bytes:
        """DER."""
        return self._worker.sign(self._request, message)


class Call:
    """One request with SDK objects of its own."""

    def __init__(self, worker: Worker, settings: dict[str, Any], request: dict[str, Any]) -> None:
        self._worker = worker
        self._settings = settings
        self._request = request
        self._crypto = RemoteKey(worker, request)
        certificate = base64.b64decode(settings["certificate"])
        enrollment = types.SimpleNamespace(cert=certificate, private_key=None)
        self._user = types.SimpleNamespace(
            name="maas",
            org=settings["msp_id"],
            msp_id=settings["msp_id"],
            enrollment=enrollment,
            cryptoSuite=self._crypto,
        )

    async def run(self) -> None:
        """Answer it."""
        await getattr(self, f"_{self._request['do']}")()

    async def _endorse(self) -> None:
        context = self._context(self._request["chaincode"])
        peers = [self._peer(one) for one in self._settings["peers"]]
        answers, proposal, header = self._channel().send_tx_proposal(context, peers)
        said = await asyncio.gather(*(self._said(peer, answer) for peer, answer in zip(peers, answers, strict=True)))
        good = [one for one, told in said if told.get("status", 500) < 400]
        enough = len(good) > len(peers) // 2 and len({one.payload for one in good}) == 1
        if not enough:
            self._worker.answer(self._request, said=[told for _, told in said])
            return
        request = types.SimpleNamespace(responses=good, proposal=proposal, header=header)
        payload = create_tx_payload([one.endorsement for one in good], request)
        envelope = utils.sign_tran_payload(context, payload)
        self._worker.answer(self._request, transaction=context.tx_id, payload=_text(envelope.SerializeToString()))

    async def _evaluate(self) -> None:
        context = self._context(self._request["chaincode"])
        peer = self._peer(self._settings["peers"][self._request["peer"]])
        [answer], _, _ = self._channel().send_tx_proposal(context, [peer])
        _, told = await self._said(peer, answer)
        self._worker.answer(self._request, said=[told])

    async def _submit(self) -> None:
        from hfc.protos.common import common_pb2  # noqa: PLC0415 - the SDK's own messages

        envelope = common_pb2.Envelope.FromString(base64.b64decode(self._request["payload"]))
        told = "there is no orderer"
        for one in self._settings["orderers"]:
            orderer = Orderer(endpoint=one["address"], tls_ca_cert_file=_roots(one), opts=_options(one))
            try:
                answer = await asyncio.wait_for(_first(orderer.broadcast(envelope)), self._settings["seconds"])
            except Exception as error:  # noqa: BLE001 - the next orderer
                told = f"{one['address']}: {type(error).__name__}: {error}"[:300]
                continue
            self._worker.answer(self._request, status=answer.status, info=answer.info)
            return
        self._worker.answer(self._request, failed=told)

    async def _blocks(self) -> None:
        hub = ChannelEventHub(
            self._peer(self._settings["peers"][self._request["peer"]]), self._settings["channel"], self._user
        )
        begin, end = self._request["begin"], self._request["end"]
        hub._start = "newest" if begin is None else begin  # noqa: SLF001 - `connect` waits for more than the stream
        hub._stop = end  # noqa: SLF001 - as above
        hub._filtered = False  # noqa: SLF001 - as above
        stream = hub._get_stream()  # noqa: SLF001 - as above
        reading = asyncio.ensure_future(self._read(stream))
        while not reading.done():
            await asyncio.wait([reading], timeout=0.2)
            if self._worker.is_cancelled(self._request):
                reading.cancel()
                return
        self._worker.answer(self._request, end=reading.result())

    async def _read(self, stream: Any) -> int:
        async for answer in stream:
            if not answer.HasField("block"):
                return int(answer.status)
            self._worker.answer(self._request, block=_text(answer.block.SerializeToString()))
        return 200

    async def _said(self, peer: Any, answer: Any) -> tuple[Any, dict[str, Any]]:
        try:
            response = await asyncio.wait_for(answer, self._settings["seconds"])
        except Exception as error:  # noqa: BLE001 - whatever it is, this peer did not answer
            return None, {"address": peer.endpoint, "error": f"{type(error).__name__}: {error}"[:300]}
        told = {
            "address": peer.endpoint,
            "status": response.response.status,
            "message": response.response.message,
            "payload": _text(response.response.payload),
        }
        return response, told

    def _context(self, chaincode: str) -> Any:
        function, *arguments = [base64.b64decode(one) for one in self._request["arguments"]]
        wanted = create_tx_prop_req(
            prop_type=CC_INVOKE,
            cc_type="GOLANG",
            cc_name=chaincode,
            cc_version="",
            fcn=function.decode(),
            args=arguments,
        )
        return TXContext(self._user, self._crypto, wanted)

    def _channel(self) -> Any:
        return Channel(self._settings["channel"], None)

    @staticmethod
    def _peer(one: dict[str, str]) -> Any:
        return Peer(endpoint=one["address"], tls_ca_cert_file=_roots(one), opts=_options(one))


async def _first(stream: Any) -> Any:
    async for answer in stream:
        return answer
    raise ConnectionError("the orderer ended the stream without an answer")


def _roots(one: dict[str, str]) -> bytes | None:
    return base64.b64decode(one["roots"]) or None


def _options(one: dict[str, str]) -> tuple[tuple[str, Any], ...]:
    return (*OPTIONS, ("grpc.ssl_target_name_override", one["name"])) if one["name"] else OPTIONS


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()


if __name__ == "__main__":
    Worker().serve()
