"""geth: found or built, and the command line of a signer."""

import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from maas_ledger_eth.devnet.layout import Layout, NetworkPlan, SignerPlace
from maas_ledger_eth.devnet.settings import GETH
from maas_ledger_eth.transport.http import HttpRpc
from maas_ledger_eth.transport.rpc import Call, Fault, NoAnswer

from maas_core.devnets.building import fitting_binary, go_tool
from maas_core.devnets.ports import LOOPBACK
from maas_core.errors import UnavailableError

MODULE = "github.com/ethereum/go-ethereum"
TOOLCHAIN = "go1.22.12"
Line = list[str | Path]
ASK_SECONDS = 5.0
POOL = 20_000
"""Transactions that a node keeps waiting, of one account too: a node of this project signs with one key."""


def find_geth(named: Path | None, progress: Callable[[str], None]) -> Path:
    """The named geth, else one from the PATH, else one that is built. Raises `UsageError`, `UnavailableError`."""
    found = fitting_binary("geth", named, ["version"], lambda text: f"Version: {GETH}" in text, f"geth {GETH}")
    if found is not None:
        return found
    tools = go_tool(f"geth-{GETH}", f"{MODULE}@v{GETH}", [f"{MODULE}/cmd/geth"], TOOLCHAIN, progress=progress)
    return tools / "geth"


def initialise(geth: Path, layout: Layout, signer: str) -> None:
    """Give a node its first block. Raises `UnavailableError`."""
    command: Line = [
        geth,
        "--datadir",
        layout.data(signer),
        "--state.scheme",
        "hash",
        "--verbosity",
        "1",
        "init",
        layout.genesis,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    if done.returncode:
        raise UnavailableError(f"{signer} does not take the first block: {done.stderr.strip()[-500:]}")


def command_line(geth: Path, layout: Layout, plan: NetworkPlan, signer: SignerPlace) -> Line:
    """How a signer is started; what each setting is for stands in docs/ethereum.md."""
    data = layout.data(signer.name)
    network: Line = [
        *("--networkid", str(plan.chain_id), "--port", str(signer.p2p), "--nat", "none", "--nodiscover"),
        *("--netrestrict", _peers_only(plan), "--nodekey", data / "nodekey", "--authrpc.port", str(signer.auth)),
    ]
    storage: Line = [
        "--datadir",
        data,
        "--syncmode",
        "full",
        "--gcmode",
        "archive",
        "--state.scheme",
        "hash",
        "--cache",
        "64",
    ]
    apis = "eth,net,web3,debug,txpool,clique,admin,miner"
    interfaces: Line = [
        *("--ipcdisable", "--http", "--http.addr", signer.host, "--http.port", str(signer.http), "--http.api", apis),
        *("--ws", "--ws.addr", signer.host, "--ws.port", str(signer.ws), "--ws.api", apis, "--ws.origins", "*"),
    ]
    sealing: Line = [
        *("--mine", "--miner.etherbase", signer.address, "--unlock", signer.address, "--password", layout.passphrase),
        *("--allow-insecure-unlock", "--miner.gasprice", "1", "--miner.recommit", "1s", "--rpc.allow-unprotected-txs"),
    ]
    pool: Line = [
        *("--txpool.pricelimit", "1", "--txpool.accountslots", str(POOL), "--txpool.globalslots", str(POOL)),
        *("--txpool.accountqueue", str(POOL), "--txpool.globalqueue", str(POOL), "--txpool.nolocals"),
    ]
    return [geth, *network, *storage, *interfaces, *sealing, *pool, "--verbosity", "3"]


def _peers_only(plan: NetworkPlan) -> str:
    """The networks that a node speaks with."""
    return ",".join(sorted({f"{one.host}/32" if one.host != LOOPBACK else f"{LOOPBACK}/8" for one in plan.signers}))


def ask(signer: SignerPlace, calls: Sequence[Call], seconds: float = ASK_SECONDS) -> list[Any]:
    """Ask a node. Raises `NoAnswer`."""
    rpc = HttpRpc(f"http://{signer.host}:{signer.http}")
    try:
        return rpc.batch(calls, seconds)
    finally:
        rpc.close()


def answers(signer: SignerPlace) -> bool:
    """Whether a node answers."""
    try:
        return isinstance(ask(signer, [("eth_blockNumber", [])], 1.0)[0], str)
    except NoAnswer:
        return False


def make_free(signer: SignerPlace) -> None:
    """Let a signer include what pays nothing: a command line with price 0 is replaced by 1 gwei. Raises `NoAnswer`."""
    answer = ask(signer, [("miner_setGasPrice", ["0x0"])])[0]
    if isinstance(answer, Fault):
        raise NoAnswer(answer.message)
