"""`maasctl devnet`, `maasctl s3` and `maasctl ipfs` as an operator uses them: real processes, real servers."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from maas_core.config.writing import as_toml
from maas_core.devnets.ports import free_ports
from maas_core.ports.storage import ObjectStat
from maas_core.testing.storage_suite import digest_of
from tests.storage.servers import S3Server, Swarm, soon
from tests.support.keys import Ed25519Signer

MAASCTL = (sys.executable, "-m", "maas_core.cli")


def maasctl(folder: Path, *arguments: str, code: int = 0) -> Any:
    """Run it in a folder; what it printed as JSON."""
    done = subprocess.run(
        [*MAASCTL, *arguments, "--json"], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    text = done.stdout if code == 0 else done.stderr
    return json.loads(text) if text.strip() else None


def write_config(folder: Path, storages: dict[str, Any]) -> None:
    folder.mkdir(exist_ok=True)
    base = {"ledger": {"backend": "local"}, "signer": {"backend": "file", "settings": {"key": "key.pem"}}}
    (folder / "maas.toml").write_text(as_toml({**base, "storage": storages}, {}), "utf-8")


def runs(pid: int) -> bool:
    """Whether a process runs; one that nobody has buried does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("name", ["s3", "ipfs"])
def test_a_devnet_comes_up_is_found_by_others_and_leaves_nothing_running(name: str, tmp_path: Path) -> None:
    options = ["--nodes", "2"] if name == "ipfs" else []
    up = maasctl(tmp_path, "devnet", "up", name, *options)
    try:
        assert maasctl(tmp_path, "devnet", "status", name)["state"] == "up"
        assert maasctl(tmp_path, "devnet", "up", name, *options)["nodes"] == up["nodes"]
        pids = [one["pid"] for one in maasctl(tmp_path, "devnet", "status", name)["processes"]]
        os.kill(pids[0], signal.SIGKILL)
        state = maasctl(tmp_path, "devnet", "status", name)["state"]
        assert state == ("degraded" if name == "ipfs" else "down")
        assert maasctl(tmp_path, "devnet", "up", name, *options)["nodes"] == up["nodes"]
        write_config(tmp_path / "node", up["nodes"][0]["config"]["storage"])
        assert maasctl(tmp_path, "config", "check", "--config", "node/maas.toml")
    finally:
        maasctl(tmp_path, "devnet", "down", name)
    assert maasctl(tmp_path, "devnet", "status", name)["state"] == "down"
    assert [pid for pid in pids if runs(pid)] == []


def test_a_bucket_is_made_and_checked(s3: S3Server, tmp_path: Path) -> None:
    settings = {
        "bucket": f"made-{os.urandom(6).hex()}",
        "endpoint": s3.settings.endpoint,
        "region": "us-east-1",
        "addressing": "path",
        "lock": "compliance",
        "access_key_id": s3.settings.access_key_id,
        "secret_access_key": {"file": str(s3.folder / "secret-key")},
    }
    write_config(tmp_path / "node", {"s3": {"backend": "s3", "settings": settings}})
    error = maasctl(tmp_path / "node", "s3", "check", code=31)
    assert "there is no such bucket; make it with `maasctl s3 create`" in error["message"]
    maasctl(tmp_path / "node", "s3", "create")
    found = maasctl(tmp_path / "node", "s3", "check")
    assert [(one["what"], one["ok"]) for one in found] == [
        ("region", True),
        ("versioning", True),
        ("object lock", True),
        ("unfinished uploads", True),
        ("put", True),
        ("get", True),
        ("delete", True),
    ]
    assert maasctl(tmp_path / "node", "s3", "create", code=31)["error"] == "StoreError"


def test_commands_say_which_storage_is_meant(s3: S3Server, tmp_path: Path) -> None:
    table = {"backend": "s3", "settings": {"bucket": "one-bucket", "endpoint": s3.settings.endpoint}}
    write_config(tmp_path / "node", {"one": table, "other": table})
    error = maasctl(tmp_path / "node", "s3", "check", code=2)
    assert error["message"].endswith("the config has of backend s3: one, other")
    assert "of backend ipfs: none" in maasctl(tmp_path / "node", "ipfs", "check", code=2)["message"]


def test_a_swarm_key_is_written_once(tmp_path: Path) -> None:
    subprocess.run([*MAASCTL, "ipfs", "swarm-key", "swarm.key"], cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "swarm.key").stat().st_mode & 0o777 == 0o600
    assert "cannot be made" in maasctl(tmp_path, "ipfs", "swarm-key", "swarm.key", code=2)["message"]


@contextmanager
def keeping(folder: Path) -> Iterator[None]:
    """`maasctl ipfs keep` in a folder; ends it as a service manager would."""
    process = subprocess.Popen([*MAASCTL, "ipfs", "keep"], cwd=folder, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert "keeps objects at" in process.stdout.readline()
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        if process.stdout is not None:
            process.stdout.close()


def test_a_node_keeps_objects_for_another(swarm: Swarm, tmp_path: Path) -> None:
    signer, (port,) = Ed25519Signer(b"o" * 32), free_ports(1)
    settings = swarm.settings(2)
    table = {
        "api": settings.api,
        "peers": settings.peers,
        "keeping": {"listen": f"127.0.0.1:{port}", "allow": {signer.public_key.hex(): 1}},
    }
    write_config(tmp_path / "node", {"swarm": {"backend": "ipfs", "settings": table}})
    asking = swarm.settings(1, replicas={"keeper": f"http://127.0.0.1:{port}"}, find_seconds=0.3)
    storage, data = swarm.open(asking, signer), os.urandom(5000)
    with keeping(tmp_path / "node"):
        storage.put(digest_of(data), data, None, soon())
        assert storage.replicate(digest_of(data), (), soon()) == ObjectStat(5000, 2, None, ("here", "keeper"))
        (row,) = maasctl(tmp_path / "node", "ipfs", "kept")
        assert (row["public_key"], row["bytes"], row["quota"]) == (signer.public_key.hex(), 5000, 2**20)
    storage.close()


def test_a_daemon_is_looked_at_with_its_peers_and_keepers(swarm: Swarm, tmp_path: Path) -> None:
    settings = swarm.settings(1)
    table = {
        "api": settings.api,
        "gateway": swarm.daemons[0].gateway_url,
        "peers": settings.peers,
        "replicas": {"gone": "http://127.0.0.1:9"},
    }
    subprocess.run([*MAASCTL, "init", "node"], cwd=tmp_path, check=True, capture_output=True)
    config = (tmp_path / "node/maas.toml").read_text("utf-8")
    more = as_toml({"storage": {"swarm": {"backend": "ipfs", "settings": table}}}, {})
    (tmp_path / "node/maas.toml").write_text(f"{config}\n{more}", "utf-8")
    found = maasctl(tmp_path / "node", "ipfs", "check")
    assert [(one["what"], one["ok"]) for one in found] == [
        ("daemon", True),
        ("blocks are synced to disk", True),
        ("a put replaces blocks", True),
        ("gateway", True),
        ("private", True),
        ("peer", True),
        ("peer", True),
        ("keeper", False),
    ]
