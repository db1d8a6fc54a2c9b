"""`maasctl devnet up fabric` and `maasctl fabric`, as a user types them."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from maas_ledger_fabric.devnet.network import FabricDevnet
from maas_ledger_fabric.devnet.settings import Settings

from maas_core.config.writing import as_toml
from maas_core.errors import UsageError
from maas_core.ports.devnet import DevnetState
from tests.support.fabric import tables_of, wait_until

MAASCTL = (sys.executable, "-m", "maas_core.cli")


def maasctl(*arguments: str | Path, code: int = 0) -> Any:
    """Run it; what it printed as JSON."""
    done = subprocess.run([*MAASCTL, *map(str, arguments), "--json"], capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout or done.stderr or "null")


def processes_of(folder: Path) -> list[str]:
    """Command lines of processes that mention a folder, or live in it."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal() or int(entry.name) == os.getpid():
            continue
        try:
            words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            where = str((entry / "cwd").readlink())
        except OSError:
            continue
        if where.startswith(str(folder)):
            found.append(words)
    return found


def test_up_status_down_and_up_again(folder: Path) -> None:
    place = folder / "net"
    up = maasctl("devnet", "up", "fabric", "--folder", place, "--orgs", "oem,customer", "--people", "board")
    assert [one["participant"] for one in up["nodes"]] == ["oem", "customer", "board"]
    status = maasctl("devnet", "status", "--folder", place)
    assert status["state"] == "up"
    names = {one["name"] for one in status["processes"]}
    assert names == {"orderer1", "chaincode-oem", "peer-oem", "peer-customer"}
    maasctl("devnet", "down", "--folder", place)
    assert processes_of(place) == []
    assert maasctl("devnet", "status", "--folder", place)["state"] == "down"
    again = maasctl("devnet", "up", "fabric", "--folder", place)
    assert again["nodes"] == up["nodes"]
    maasctl("devnet", "down", "--folder", place)
    assert processes_of(place) == []


def test_a_start_that_is_interrupted_leaves_no_process(folder: Path) -> None:
    place = folder / "net"
    command = [*MAASCTL, "devnet", "up", "fabric", "--folder", str(place)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    wait_until(lambda: len(list((place / "run").glob("*.pid"))) >= 3, 60, "some processes run")
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) != 0
    assert processes_of(place) == []


def test_a_start_that_fails_says_why_and_leaves_no_process(folder: Path, devnet: FabricDevnet) -> None:
    broken = folder / "service"
    broken.write_text("#!/bin/sh\necho no luck\nexit 3\n", "utf-8")
    broken.chmod(0o755)
    place = folder / "net"
    told = maasctl("devnet", "up", "fabric", "--folder", place, "--chaincode", broken, code=21)
    assert "chaincode-oem ended at once" in told["message"]
    assert "no luck" in told["message"]
    assert processes_of(place) == []
    assert devnet.status().state is DevnetState.UP


def test_tools_that_do_not_fit_are_named(folder: Path) -> None:
    with pytest.raises(UsageError, match="has no command 'configtxgen'"):
        FabricDevnet(Settings(tools=folder), folder / "net").up(lambda _: None)


@pytest.fixture
def node(devnet: FabricDevnet, folder: Path) -> Path:
    """The config of a node of the OEM, whose administrator may change the channel."""
    place = folder / "oem"
    maasctl("init", place)
    tables = tables_of(devnet.plan, "oem")
    tables["database"] = {"url": "sqlite:///node.db"}
    tables["node"] = {"name": "oem"}
    tables["party"] = {"name": "oem"}
    tables["storage"] = {"main": {"backend": "local", "settings": {"directory": "data/objects"}}}
    file = place / "maas.toml"
    file.write_text(as_toml(tables, {}), "utf-8")
    return file


def test_a_node_with_the_devnets_tables_is_checked(node: Path) -> None:
    rows = maasctl("--config", node, "fabric", "check")
    assert {row["identity"] for row in rows} == {"known as it should be"}
    assert {row["endorsement"] for row in rows} == {"enough organisations agree"}
    assert len(rows) == 3


def test_checking_says_what_is_wrong(node: Path) -> None:
    node.write_text(node.read_text("utf-8").replace('channel = "maas"', 'channel = "other"'), "utf-8")
    done = subprocess.run([*MAASCTL, "--config", node, "fabric", "check"], capture_output=True, text=True, check=False)
    assert done.returncode == 21
    assert "channel does not exist" in " ".join(done.stdout.split())


def test_members_are_listed_and_a_removal_is_drafted_and_signed(node: Path, folder: Path) -> None:
    found = maasctl("--config", node, "fabric", "members")
    assert [one["identity"] for one in found] == ["CustomerMSP", "MaintainerMSP", "OemMSP"]
    draft = folder / "draft.json"
    assert maasctl("--config", node, "fabric", "remove", "CustomerMSP", draft)["needed"] == 2
    signed = maasctl("--config", node, "fabric", "sign", draft)
    assert (signed["state"], signed["signed_by"]) == ("collecting", ["OemMSP"])
    assert maasctl("--config", node, "fabric", "submit", draft)["state"] == "collecting"
    content = json.loads(draft.read_text("utf-8"))
    content["change"]["member"]["identity"] = "MaintainerMSP"
    draft.write_text(json.dumps(content), "utf-8")
    told = maasctl("--config", node, "fabric", "sign", draft, code=33)
    assert "does not fit" in told["message"]


def test_an_organisation_is_described_from_its_msp_folder(devnet: FabricDevnet, folder: Path) -> None:
    org = devnet.plan.org("customer")
    file = folder / "customer.json"
    maasctl("fabric", "org", devnet.plan.org_crypto(org) / "msp", org.msp_id, file, "--anchor", org.address)
    content = json.loads(file.read_text("utf-8"))
    assert (content["msp_id"], content["anchor_peers"]) == ("CustomerMSP", [org.address])
    assert content["node_ous"] is True
    assert len(content["root_certificates"]) == 1
