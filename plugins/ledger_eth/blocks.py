"""Blocks as endpoints tell of them."""

from typing import Any

from maas_ledger_eth.transport.rpc import Fault, NoAnswer

from maas_core.ports.workflow import BlockRef


def block_ref(header: Any) -> BlockRef | None:
    """The block of a header; None if the endpoint has no such block. Raises `NoAnswer` for what is no header."""
    if header is None or (isinstance(header, Fault) and is_missing(header)):
        return None
    if not isinstance(header, dict):
        raise NoAnswer(f"the endpoint does not tell of a block: {header}")
    try:
        return BlockRef(int(header["number"], 16), from_hex(header["hash"]), int(header["timestamp"], 16))
    except (KeyError, ValueError, TypeError, AttributeError):
        raise NoAnswer("the endpoint tells of a block in a form that cannot be read") from None


def is_missing(fault: Fault) -> bool:
    """Whether an endpoint says that it does not have what was asked for."""
    text = fault.message.lower()
    return "not found" in text or "unknown block" in text


def from_hex(text: str) -> bytes:
    """Bytes of 0x..."""
    return bytes.fromhex(text.removeprefix("0x"))


def to_hex(data: bytes) -> str:
    """0x..."""
    return "0x" + data.hex()
