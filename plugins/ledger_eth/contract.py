"""Is what lies at an address the contract of this package?"""

from maas_ledger_eth.address import created_address
from maas_ledger_eth.artifact import Artifact
from maas_ledger_eth.transport.endpoints import Asker
from maas_ledger_eth.transport.rpc import Fault, NoAnswer

from maas_core.ports.clock import Deadline


def annex_of(contract: bytes) -> bytes:
    """Where the annex lies: the first contract that the contract creates (its own nonce begins at 1, EIP-161)."""
    return created_address(contract, 1)


def is_genuine(contract: bytes, code: bytes, annex_code: bytes, artifact: Artifact) -> bool:
    """Whether both codes are those that the artifact's bytecode leaves behind.

    The creating bytecode holds both as they will be, but for the annex's address, which stands as zeros there.
    """
    plain = code.replace(annex_of(contract), bytes(20))
    sizes = (artifact.sizes["MaaS"], artifact.sizes["Annex"])
    return (len(code), len(annex_code)) == sizes and plain in artifact.bytecode and annex_code in artifact.bytecode


def codes_at(asker: Asker, contract: bytes, deadline: Deadline) -> tuple[bytes, bytes]:
    """The code at an address and at its annex's. Raises `NoAnswer`."""
    calls = [("eth_getCode", ["0x" + one.hex(), "latest"]) for one in (contract, annex_of(contract))]
    found = asker.ask(calls, deadline)
    if any(isinstance(one, Fault) for one in found):
        raise NoAnswer(f"the endpoint does not tell the code at 0x{contract.hex()}")
    code, annex = (bytes.fromhex(one.removeprefix("0x")) for one in found)
    return code, annex
