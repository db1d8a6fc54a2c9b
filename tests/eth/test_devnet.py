"""`maasctl devnet up eth` as its user sees it, and what `maasctl eth` does on the network."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.eth.files import SOLC
from tests.support.eth_network import EthNetwork, wait

MAASCTL = (sys.executable, "-m", "maas_core.cli")
ZERO = "0x" + "00" * 20


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*MAASCTL, *arguments], cwd=folder, capture_output=True, text=True, timeout=200, check=False)


def told(folder: Path, *arguments: str) -> Any:
    done = run(folder, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def processes(folder: Path) -> list[str]:
    """Command lines of all processes that name this folder."""
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = place.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if str(folder) in line and place.parent.name != str(os.getpid()):
            found.append(line)
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    run(tmp_path, "devnet", "down", "eth")
    assert not processes(tmp_path)


def test_one_command_brings_it_up_and_one_takes_it_down(folder: Path) -> None:
    up = told(folder, "devnet", "up", "eth", "--signers", "1")
    assert {one["participant"] for one in up["nodes"]} >= {"board", "oem", "customer", "maintainer"}
    assert told(folder, "devnet", "status", "eth")["state"] == "up"
    again = told(folder, "devnet", "up", "eth")
    assert again["nodes"] == up["nodes"]
    told_down = run(folder, "devnet", "down", "eth")
    assert told_down.returncode == 0
    assert told(folder, "devnet", "status", "eth")["state"] == "down"
    assert not processes(folder)

    back = told(folder, "devnet", "up", "eth")
    assert back["nodes"] == up["nodes"]
    contract = up["nodes"][0]["config"]["ledger"]["settings"]["contract"]
    endpoint = up["nodes"][0]["config"]["ledger"]["settings"]["endpoints"][0]
    verified = told(folder, "eth", "verify-source", "--endpoint", endpoint, "--contract", contract, "--solc", str(SOLC))
    assert verified["verified"] is True


def test_a_node_founds_on_it_where_gas_costs_something(folder: Path) -> None:
    up = told(folder, "devnet", "up", "eth", "--signers", "1", "--funded")
    assert "gas_price" not in up["nodes"][0]["config"]["ledger"]["settings"]
    told(folder, "init", "node")
    config = folder / "node" / "maas.toml"
    parts = config.read_text().split("\n\n")
    kept = [part for part in parts if not any(one in part for one in ("[ledger", "[signer", "[finality.default"))]
    tables = (folder / "devnet" / "eth" / "nodes" / "board.toml").read_text()
    config.write_text("\n\n".join([*kept, tables]))
    founded = told(folder, "party", "found", "--config", str(config))
    assert founded
    signers = told(folder, "eth", "signers", "--config", str(config))
    assert len(signers) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_start_leaves_no_process(folder: Path, number: signal.Signals) -> None:
    command = [*MAASCTL, "devnet", "up", "eth"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as starting:
        assert starting.stdout is not None
        for line in starting.stdout:
            if "starting" in line:
                break
        time.sleep(0.5)
        starting.send_signal(number)
        assert starting.wait(60) != 0
    assert not processes(folder / "devnet")


def test_a_start_that_fails_leaves_no_process_and_says_why(folder: Path) -> None:
    fake = folder / "geth"
    fake.write_text('#!/bin/sh\n[ "$1" != version ] || { echo "Version: 1.13.15"; exit 0; }\necho broken >&2\nexit 1\n')
    fake.chmod(0o755)
    failed = run(folder, "devnet", "up", "eth", "--geth", str(fake))
    assert failed.returncode == 21
    assert "broken" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert not processes(folder / "devnet")


def test_a_dead_signer_is_seen_and_the_rest_goes_on(own_eth: EthNetwork) -> None:
    own_eth.kill(2)
    status = own_eth.devnet.status()
    assert status.state == "degraded"
    assert "signer3" in status.detail
    height = own_eth.height(0)
    wait(lambda: own_eth.height(0) > height + 1, 30)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("genesis", "--chain-id", "7", "--signer", ZERO, "--signer", "0x" + "11" * 20), "can block each other"),
        (("genesis", "--chain-id", "7", "--signer", "0x12"), "is no address"),
        (("join", "--endpoint", "http://127.0.0.1:9", "enr:-x"), "is no enode"),
        (("verify-source", "--endpoint", "localhost", "--contract", ZERO), "is no endpoint"),
        (("verify-source", "--endpoint", "http://127.0.0.1:9", "--contract", "x"), "is no address"),
        (("verify-source", "--endpoint", "http://127.0.0.1:9", "--contract", ZERO), "no connection"),
    ],
)
def test_what_makes_no_sense_is_told_in_a_line(tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    failed = run(tmp_path, "eth", *arguments)
    assert failed.returncode not in (0, 70)
    assert message in failed.stderr
    assert "Traceback" not in failed.stderr
