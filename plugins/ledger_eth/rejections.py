"""Why a transaction in a block took no effect: its receipt does not say, so it is run once more."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from maas_ledger_eth.blocks import from_hex
from maas_ledger_eth.codec import Codec, UndecodableData
from maas_ledger_eth.transport.endpoints import Asker
from maas_ledger_eth.transport.rpc import Call, Fault, NoAnswer

from maas_core.ports.clock import Deadline
from maas_core.protocol.rejections import Rejection

TRACER = {"tracer": "callTracer", "tracerConfig": {"onlyTopCall": True}, "timeout": "4s"}


@dataclass(frozen=True, slots=True)
class Reason:
    """A rejection, and whether it was only inferred."""

    rejection: Rejection | None
    probable: bool


UNTOLD = Reason(None, probable=True)


def reasons(asker: Asker, codec: Codec, failed: Sequence[dict[str, Any]], deadline: Deadline) -> list[Reason]:
    """The reason for each failed receipt: by trace where the endpoint has traces, else by a call at the block before.

    A call at the block before sees neither the transactions of the same block that came first nor its time, so its
    answer is only probable. Raises `NoAnswer`.
    """
    if not failed:
        return []
    traces = asker.ask([("debug_traceTransaction", [one["transactionHash"], TRACER]) for one in failed], deadline)
    found: dict[int, Reason] = {}
    for place, trace in enumerate(traces):
        if isinstance(trace, dict) and (rejection := _decoded(codec, trace.get("output") or "0x")):
            found[place] = Reason(rejection, probable=False)
        elif isinstance(trace, dict) and "revert" not in str(trace.get("error", "")):
            found[place] = Reason(None, probable=False)  # out of gas and the like: no word of the protocol
    left = [place for place in range(len(failed)) if place not in found]
    answers = asker.ask([_call(failed[place]) for place in left], deadline) if left else []
    for place, answer in zip(left, answers, strict=True):
        told = _decoded(codec, answer.data) if isinstance(answer, Fault) else None
        found[place] = Reason(told, probable=True)
    return [found[place] for place in range(len(failed))]


def with_inputs(asker: Asker, failed: Sequence[dict[str, Any]], deadline: Deadline) -> list[dict[str, Any]]:
    """The receipts with their transactions' call data. Raises `NoAnswer`."""
    if not failed:
        return []
    answers = asker.ask([("eth_getTransactionByHash", [one["transactionHash"]]) for one in failed], deadline)
    if any(not isinstance(one, dict) for one in answers):
        raise NoAnswer("the endpoint has a receipt, but not its transaction")
    return [
        one | {"input": sent.get("input") or sent.get("data", "0x")} for one, sent in zip(failed, answers, strict=True)
    ]


def _call(receipt: dict[str, Any]) -> Call:
    before = max(int(receipt["blockNumber"], 16) - 1, 0)
    request = {"from": receipt["from"], "to": receipt["to"], "data": receipt["input"]}
    return "eth_call", [request, hex(before)]


def _decoded(codec: Codec, data: str) -> Rejection | None:
    try:
        return codec.decode_rejection(from_hex(data))
    except (UndecodableData, ValueError):
        return None
