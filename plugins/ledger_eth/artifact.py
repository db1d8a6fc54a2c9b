"""The compiled contract that this package ships: ABI, bytecode, selectors and sources."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

AbiEntry = dict[str, Any]
"""One element of a contract's JSON ABI."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """What `contracts/compile.mjs` wrote."""

    compiler: str
    abi: tuple[AbiEntry, ...]
    selectors: dict[str, bytes]
    """Signature of a function or an error -> the first four bytes of its hash."""
    topics: dict[str, bytes]
    """Signature of an event -> its hash."""
    bytecode: bytes
    """Creates the contract and its annex."""
    sizes: dict[str, int]
    """Contract -> bytes of code that lie at its address."""


@cache
def load_artifact() -> Artifact:
    """The artifact of this package."""
    content = json.loads(files(__package__).joinpath("artifacts", "MaaS.json").read_text("utf-8"))
    return Artifact(
        compiler=content["compiler"],
        abi=tuple(content["abi"]),
        selectors=_from_hex(content["functions"] | content["errors"]),
        topics=_from_hex(content["events"]),
        bytecode=bytes.fromhex(content["bytecode"].removeprefix("0x")),
        sizes=content["sizes"],
    )


def _from_hex(hashes: dict[str, str]) -> dict[str, bytes]:
    return {name: bytes.fromhex(text.removeprefix("0x")) for name, text in hashes.items()}
