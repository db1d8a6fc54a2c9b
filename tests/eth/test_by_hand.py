"""A network that is started by hand, and a company that joins it, step by step as docs/ethereum.md has it."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from maas_ledger_eth.devnet import geth

from maas_core.devnets.ports import free_ports
from tests.eth.test_devnet import told
from tests.support.eth_network import wait

ARCHIVE = ("--syncmode", "full", "--gcmode", "archive", "--state.scheme", "hash")
LEDGER = """
[ledger]
backend = "eth"

[ledger.settings]
endpoints = ["{endpoint}"]
contract = "{contract}"
chain = "clique"
chain_id = 4711
gas_price = 0

[signer]
backend = "keystore"

[signer.settings]
key = "../{key}"
passphrase = {{ file = "../passphrase" }}

[finality.default]
policy = "depth"
blocks = 2
"""


@dataclass(frozen=True, slots=True)
class ByHand:
    """What one types."""

    folder: Path
    stack: ExitStack
    binary: str = field(default_factory=lambda: str(geth.find_geth(None, lambda _: None)))

    def geth(self, *arguments: str) -> str:
        """A command of geth."""
        command = [self.binary, *arguments]
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=True, timeout=60).stdout

    def start(self, data: str, *options: str) -> str:
        """A node; returns its endpoint."""
        http, p2p, authority = free_ports(3)
        self.geth("--datadir", data, "--state.scheme", "hash", "init", "genesis.json")
        apis = "eth,net,web3,debug,clique,admin,miner"
        network = ("--networkid", "4711", "--port", str(p2p), "--authrpc.port", str(authority), "--nodiscover")
        interface = ("--http", "--http.port", str(http), "--http.api", apis, "--ipcdisable", "--nat", "none")
        command = [self.binary, "--datadir", data, *network, *ARCHIVE, *interface, *options]
        quiet = subprocess.DEVNULL
        node = self.stack.enter_context(subprocess.Popen(command, cwd=self.folder, stdout=quiet, stderr=quiet))
        self.stack.callback(node.kill)
        endpoint = f"http://127.0.0.1:{http}"
        wait(lambda: self.answers(endpoint), 30)
        return endpoint

    def answers(self, endpoint: str) -> bool:
        """Whether a node answers."""
        command = [self.binary, "attach", "--exec", "eth.blockNumber", endpoint]
        return subprocess.run(command, cwd=self.folder, capture_output=True, check=False, timeout=60).returncode == 0

    def console(self, endpoint: str, words: str) -> str:
        """What a node's console says."""
        return self.geth("attach", "--exec", words, endpoint).strip().strip('"')

    def maasctl(self, *arguments: str) -> Any:
        """What `maasctl` tells."""
        return told(self.folder, *arguments)

    def company(self, name: str, endpoint: str, contract: str, key: str) -> tuple[str, str]:
        """A node's config with the tables of the documentation in it, as `maasctl` takes it."""
        self.maasctl("init", name)
        config = self.folder / name / "maas.toml"
        kept = [
            part
            for part in config.read_text("utf-8").split("\n\n")
            if not any(table in part for table in ("[ledger", "[signer", "[finality.default"))
        ]
        config.write_text("\n\n".join([*kept, LEDGER.format(endpoint=endpoint, contract=contract, key=key)]), "utf-8")
        return "--config", str(config)


@pytest.fixture
def by_hand(tmp_path: Path) -> Iterator[ByHand]:
    (tmp_path / "passphrase").write_text("secret\n", "utf-8")
    with ExitStack() as stack:
        yield ByHand(tmp_path, stack)


def test_a_company_joins_a_network_that_was_started_by_hand(by_hand: ByHand) -> None:
    secret = ("--passphrase-file", "passphrase")
    by_hand.geth("--datadir", "signer1", "account", "new", "--password", "passphrase")
    [key] = (by_hand.folder / "signer1" / "keystore").iterdir()
    address = "0x" + json.loads(key.read_text("utf-8"))["address"]
    made = by_hand.maasctl("eth", "genesis", "--chain-id", "4711", "--period", "1", "--signer", address)
    (by_hand.folder / "genesis.json").write_text(json.dumps(made), "utf-8")
    sealing = ("--mine", "--miner.etherbase", address, "--unlock", address, "--password", "passphrase")
    first = by_hand.start("signer1", *sealing, "--allow-insecure-unlock", "--miner.gasprice", "1")
    assert by_hand.console(first, "miner.setGasPrice(0)") == "true"
    enode = by_hand.console(first, "admin.nodeInfo.enode")

    by_hand.maasctl("eth", "new-key", "--key", "board.json", *secret)
    free = ("--gas-price", "0")
    deployed = by_hand.maasctl("eth", "deploy", "--endpoint", first, "--key", "board.json", *secret, *free)
    board = by_hand.company("board", first, deployed["contract"], "board.json")
    by_hand.maasctl(*board, "party", "found")

    second = by_hand.start("data")
    assert by_hand.maasctl("eth", "join", "--endpoint", second, enode)["peers"] == 1
    by_hand.maasctl("eth", "new-key", "--key", "keystore.json", *secret)
    oem = by_hand.company("oem", second, deployed["contract"], "keystore.json")
    wait(
        lambda: by_hand.console(second, "eth.syncing") == "false" and by_hand.console(second, "eth.blockNumber") != "0",
        60,
    )
    identity = by_hand.maasctl(*oem, "party", "whoami")["identity"]
    by_hand.maasctl(*board, "party", "invite", "2", identity, "--roles", "oem")
    by_hand.maasctl(*oem, "party", "join")
    assert by_hand.maasctl(*oem, "party", "whoami")["state"] == "ACTIVE"
    assert len(by_hand.maasctl(*oem, "eth", "signers")) == 1
