"""The contract's way onto a chain: deployed, its source published beside it, found again and verified."""

import json
import lzma
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from eth_utils.crypto import keccak
from maas_ledger_eth.account import Account
from maas_ledger_eth.address import checksummed, created_address
from maas_ledger_eth.artifact import Artifact, load_artifact
from maas_ledger_eth.blocks import from_hex, to_hex
from maas_ledger_eth.codec import Codec
from maas_ledger_eth.contract import codes_at, is_genuine
from maas_ledger_eth.settings import Settings
from maas_ledger_eth.transaction import Draft, sign
from maas_ledger_eth.transport.endpoints import Asker, Endpoints
from maas_ledger_eth.transport.rpc import Fault, NoAnswer

from maas_core.errors import ConfigError, UnavailableError
from maas_core.ports.clock import Deadline
from maas_core.ports.signer import Signer
from maas_core.ports.workflow import Attempt
from maas_core.protocol.events import DeploymentFounded

DEPLOY_GAS, SOURCE_GAS = 12_000_000, 3_000_000
SOURCE_TOPIC = keccak(b"maas/1 contract source")
"""First topic of the event that holds the source; the second is the contract's address."""
FOUNDED = "DeploymentFounded"


@dataclass(frozen=True, slots=True)
class Deployed:
    """A contract that was put onto the chain."""

    contract: str
    """Its address."""
    transaction: bytes
    source_transaction: bytes


def deployment_attempts(
    account: Account, address: bytes, signer: Signer, chain_id: int, deadline: Deadline
) -> tuple[bytes, list[Attempt]]:
    """The contract's address, and the signed transactions that create it and publish its source. Raises `NoAnswer`."""
    market = account.market(deadline)
    offer = account.offer(market, None)
    contract = created_address(address, market.nonce)
    artifact = load_artifact()
    gas = min(DEPLOY_GAS, market.block_gas)
    drafts = [
        Draft(market.nonce, offer, gas, b"", artifact.bytecode),
        Draft(market.nonce + 1, offer, min(SOURCE_GAS, market.block_gas), b"", publication(contract, packed_source())),
    ]
    return contract, [sign(draft, chain_id, signer) for draft in drafts]


def packed_source() -> bytes:
    """Compiler, settings and sources of the contract, as compressed JSON."""
    content = json.loads(files(__package__).joinpath("artifacts", "MaaS.json").read_text("utf-8"))
    told = {
        "compiler": content["compiler"],
        "settings": content["settings"],
        "sources": {name: {"content": one["content"]} for name, one in content["sources"].items()},
    }
    plain = json.dumps(told, sort_keys=True, separators=(",", ":")).encode()
    return lzma.compress(plain, preset=9 | lzma.PRESET_EXTREME)


def unpacked_source(packed: bytes) -> dict[str, Any]:
    """What `packed_source` packed. Raises `ConfigError` for anything else."""
    try:
        told = json.loads(lzma.decompress(packed))
    except (lzma.LZMAError, ValueError):
        raise ConfigError("what was published as source cannot be read") from None
    if not isinstance(told, dict) or not {"compiler", "settings", "sources"} <= told.keys():
        raise ConfigError("what was published as source is none")
    return told


def publication(contract: bytes, data: bytes) -> bytes:
    """Creation code that leaves an event with `data` behind, and no contract.

    PUSH3 size, PUSH1 offset, PUSH1 0, CODECOPY; PUSH32 address, PUSH32 topic, PUSH3 size, PUSH1 0, LOG2; STOP
    """
    size = len(data).to_bytes(3, "big")
    log = b"\x7f" + contract.rjust(32, b"\0") + b"\x7f" + SOURCE_TOPIC + b"\x62" + size + b"\x60\0\xa2\0"
    head = 4 + 2 + 2 + 1 + len(log)
    return b"\x62" + size + b"\x60" + bytes([head]) + b"\x60\0\x39" + log + data


def published_sources(asker: Asker, contract: bytes, start: int, deadline: Deadline) -> list[bytes]:
    """All that was ever published as this contract's source; anybody can, so only its bytecode proves one of them."""
    topics = [to_hex(SOURCE_TOPIC), to_hex(contract.rjust(32, b"\0"))]
    return [from_hex(log["data"]) for log in _logs(asker, {"topics": topics}, start, deadline)]


def find_deployment(endpoints: Endpoints, settings: Settings, deadline: Deadline) -> bytes:
    """The address of the deployment with the digest that the settings name; only genuine contracts count.

    Raises `UnavailableError` if the chain cannot be asked, `ConfigError` if it holds none or several.
    """
    wanted, artifact = bytes.fromhex(settings.contract), load_artifact()
    try:
        found = _founded(endpoints, wanted, settings.start_block, artifact, deadline)
    except NoAnswer as reason:
        raise UnavailableError(f"deployment {settings.contract} cannot be looked for: {reason}") from None
    if len(found) != 1:
        told = "several contracts say so: name one by address" if found else "no contract of this version says so"
        raise ConfigError(f"contract: there is no one deployment {settings.contract} on the chain, {told}")
    return found.pop()


def _founded(asker: Asker, wanted: bytes, start: int, artifact: Artifact, deadline: Deadline) -> set[bytes]:
    codec = Codec(artifact)
    [topic] = [value for name, value in artifact.topics.items() if name.startswith(f"{FOUNDED}(")]
    found = set()
    for log in _logs(asker, {"topics": [to_hex(topic)]}, start, deadline):
        event = codec.decode_event([topic], from_hex(log["data"]))
        if isinstance(event, DeploymentFounded) and event.deployment == wanted:
            contract = from_hex(log["address"])
            if is_genuine(contract, *codes_at(asker, contract, deadline), artifact):
                found.add(contract)
    return found


def _logs(asker: Asker, query: dict[str, Any], start: int, deadline: Deadline) -> list[dict[str, Any]]:
    """All matching events of the chain; a smaller span where the endpoint finds the whole too much."""
    head = int(asker.ask([("eth_blockNumber", [])], deadline)[0], 16)
    found: list[dict[str, Any]] = []
    first, span = start, max(head - start + 1, 1)
    while first <= head:
        last = min(head, first + span - 1)
        answer = asker.ask([("eth_getLogs", [query | {"fromBlock": hex(first), "toBlock": hex(last)}])], deadline)[0]
        if isinstance(answer, Fault):
            if span == 1:
                raise NoAnswer(f"events cannot be searched: {answer.message}")
            span = max(1, span // 4)
            continue
        found += answer
        first = last + 1
    return found


def deploy_on_tester(url: str, artifact: Artifact) -> bytes:
    """The contract on the chain in this process, deployed when it is first asked for."""
    from maas_ledger_eth.transport.tester import chain_in_process  # noqa: PLC0415 - an extra

    chain = chain_in_process(url)
    if chain.contract is None:
        [accounts] = chain.batch([("eth_accounts", [])], 1)
        request = {"from": accounts[0], "data": to_hex(artifact.bytecode), "gas": hex(DEPLOY_GAS)}
        [sent] = chain.batch([("eth_sendTransaction", [request])], 1)
        [receipt] = chain.batch([("eth_getTransactionReceipt", [sent])], 1)
        chain.contract = receipt["contractAddress"]
    return from_hex(chain.contract)


def deployed(contract: bytes, attempts: list[Attempt]) -> Deployed:
    """For people."""
    return Deployed(checksummed(contract), attempts[0].transaction, attempts[1].transaction)
