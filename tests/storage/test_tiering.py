"""A node with several real storages: what one loses comes back from another, and anchors never change."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from shutil import copytree, rmtree
from typing import Any

import pytest
from maas_storage_ipfs.storage import open_kubo

from maas_core.errors import IntegrityError
from maas_core.node.named_objects import NamedObjects
from maas_core.objects.retry import Patience
from maas_core.objects.upkeep import Condition, look
from maas_core.testing.sim_storage import flip_bit
from tests.storage.agreement import CANARY, CUSTOMER, OEM, Agreement
from tests.storage.servers import S3Server, Swarm, soon

READINGS = [1440, 1440]


def s3_table(server: S3Server, bucket: str) -> dict[str, Any]:
    return {
        "backend": "s3",
        "settings": {
            "bucket": bucket,
            "endpoint": server.settings.endpoint,
            "addressing": "path",
            "access_key_id": server.settings.access_key_id,
            "secret_access_key": {"file": str(server.folder / "secret-key")},
        },
    }


def ipfs_table(swarm: Swarm, number: int) -> dict[str, Any]:
    settings = swarm.settings(number)
    return {"backend": "ipfs", "settings": {"api": settings.api, "peers": settings.peers, "find_seconds": 0.3}}


def only(name: str, table: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"storage": {name: table}, **more}


@pytest.fixture(scope="module")
def on_both(s3: S3Server, swarm: Swarm, tmp_path_factory: pytest.TempPathFactory) -> Agreement:
    """S3 first and IPFS too, for both parties."""
    bucket = s3.with_bucket().bucket
    folder = tmp_path_factory.mktemp("both")
    tables = {
        party: {"storage": {"s3": s3_table(s3, bucket), "ipfs": ipfs_table(swarm, party)}} for party in (OEM, CUSTOMER)
    }
    return Agreement(folder / "nodes", dict(tables)).make()


@pytest.fixture
def agreement(on_both: Agreement, tmp_path: Path) -> Iterator[Agreement]:
    """The same agreement, in a folder of its own."""
    copytree(on_both.folder, tmp_path / "nodes")
    yield Agreement(tmp_path / "nodes", dict(on_both.storages), on_both.machine)
    with on_both.node(CUSTOMER) as node:
        node.storages.repair(deep=True)


def bucket_of(agreement: Agreement) -> str:
    bucket: str = agreement.storages[OEM]["storage"]["s3"]["settings"]["bucket"]
    return bucket


def test_an_audit_finds_every_object_in_every_storage(agreement: Agreement) -> None:
    with agreement.node(CUSTOMER) as node:
        report = node.storages.audit(deep=True)
    assert report.findings == []
    assert report.closed == []
    assert report.by_storage == {"s3": {"whole": report.objects}, "ipfs": {"whole": report.objects}}
    assert report.objects > 10


def test_a_bucket_that_was_emptied_is_filled_again(agreement: Agreement, s3: S3Server) -> None:
    before = agreement.anchors()
    rmtree(s3.folder / "data" / bucket_of(agreement))
    s3.client.create_bucket(Bucket=bucket_of(agreement))
    assert agreement.batches(OEM) == READINGS
    with agreement.node(CUSTOMER) as node:
        report = node.storages.audit()
        assert report.by_storage["s3"] == {"absent": report.objects}
        repaired = node.storages.repair(deep=True)
        assert (repaired.repaired, repaired.findings, repaired.failed) == (report.objects, [], [])
        assert node.storages.audit(deep=True).findings == []
    assert agreement.anchors() == before


def test_flipped_bits_are_found_and_mended(agreement: Agreement, s3: S3Server) -> None:
    files = [file for file in (s3.folder / "data" / bucket_of(agreement)).iterdir() if file.is_file()]
    for number, file in enumerate(files):
        content = flip_bit(file.read_bytes(), number)
        with file.open("r+b") as opened:
            opened.write(content)
    with agreement.node(OEM) as node:
        damaged = node.storages.audit(deep=True)  # what it reads to find objects is healed in passing
        assert damaged.by_storage["s3"]["damaged"] == len(damaged.findings) >= 7
        assert damaged.lost == 0
        assert node.storages.repair(deep=True).findings == []
    assert agreement.batches(CUSTOMER) == READINGS


def test_reading_heals_what_it_finds_damaged(agreement: Agreement, s3: S3Server) -> None:
    files = [file for file in (s3.folder / "data" / bucket_of(agreement)).iterdir() if file.is_file()]
    for file in files:
        content = flip_bit(file.read_bytes(), 0)
        with file.open("r+b") as opened:
            opened.write(content)
    assert agreement.batches(CUSTOMER) == READINGS
    with agreement.node(CUSTOMER) as node:
        counts = node.storages.audit(deep=True).by_storage["s3"]
    assert counts["whole"] >= 7


def test_a_daemon_that_lost_its_disk_gets_all_back(agreement: Agreement, tmp_path: Path) -> None:
    with Swarm.started(tmp_path / "ipfs", 2) as swarm:
        storages = dict(agreement.storages[CUSTOMER]["storage"])
        agreement.configure(CUSTOMER, {"storage": {**storages, "ipfs": ipfs_table(swarm, 1)}})
        with agreement.node(CUSTOMER) as node:
            report = node.storages.repair()
            assert report.repaired == report.objects
            swarm.devnet.down()
            rmtree(swarm.daemons[0].repository / "blocks")
            rmtree(swarm.daemons[0].repository / "datastore")
            swarm.devnet.up(lambda _: None)
            lost = node.storages.audit()
            assert lost.by_storage["ipfs"] == {"absent": lost.objects}
            assert lost.lost == 0
            assert node.storages.repair(deep=True).findings == []


def test_objects_move_to_another_storage_and_anchors_stay_as_they_are(agreement: Agreement, s3: S3Server) -> None:
    before, target = agreement.anchors(), s3.with_bucket().bucket
    tables = agreement.storages[CUSTOMER]["storage"]
    agreement.configure(CUSTOMER, {"storage": {**tables, "new": s3_table(s3, target)}})
    with agreement.node(CUSTOMER) as node:
        moved = node.storages.migrate("s3", "new")
        assert (moved.copied, moved.failed, moved.released) == (node.storages.audit().objects, [], 0)
        again = node.storages.migrate("s3", "new", release=True)
        assert (again.copied, again.there, again.released) == (0, moved.copied, moved.copied)
    for party in (OEM, CUSTOMER):
        agreement.configure(party, only("new", s3_table(s3, target)))
        assert agreement.batches(party) == READINGS
    assert agreement.anchors() == before


def test_what_is_only_in_the_first_storage_is_copied_later(agreement: Agreement) -> None:
    tables = {**agreement.storages[CUSTOMER], "tiering": {"write": "background"}}
    agreement.configure(CUSTOMER, tables)
    with agreement.node(CUSTOMER) as node:
        digest = node.documents.publish("evidence", os.urandom(100_000), [OEM])
        assert node.storages.copies.count() == 1
    with agreement.node(CUSTOMER) as node:
        assert looks(node, digest) == [Condition.WHOLE, Condition.ABSENT]
        moved = node.storages.replicate()
        assert (moved.copied, moved.left, moved.failed) == (1, 0, [])
        assert looks(node, digest) == [Condition.WHOLE, Condition.WHOLE]


def looks(node: Any, digest: bytes) -> list[Condition]:
    return [look(tier, digest, Patience(), soon(), deep=True).condition for tier in node.storages.tiers]


def test_a_machine_may_have_a_storage_of_its_own(s3: S3Server, swarm: Swarm, tmp_path: Path) -> None:
    """Its telemetry is there and nowhere else; documents are elsewhere."""
    plant, press = s3.with_bucket(prefix="plant/"), s3.with_bucket()
    both = {"plant": s3_table(s3, plant.bucket), "ipfs": ipfs_table(swarm, 1)}
    both["ipfs"]["read_only"] = True
    agreement = Agreement(tmp_path / "nodes", {party: {"storage": both} for party in (OEM, CUSTOMER)}).make(days=0)
    tables = {"storage": {**both, "press": {**s3_table(s3, press.bucket), "machines": [agreement.machine.hex()]}}}
    for party in (OEM, CUSTOMER):
        agreement.configure(party, tables)
    with agreement.node(CUSTOMER) as node:
        before = names(s3, plant.bucket)
        agreement.anchor(node, 2)
        parts = {named.digest for named in NamedObjects(node).all() if named.machine == agreement.machine}
        assert parts <= names(s3, press.bucket)
        assert not parts & names(s3, plant.bucket)
        assert before <= names(s3, plant.bucket)
        report = node.storages.audit(deep=True)
        assert report.findings == []
        assert report.by_storage["press"] == {"whole": len(parts)}
        assert node.storages.repair().repaired == 0
    assert agreement.batches(OEM) == READINGS


def names(s3: S3Server, bucket: str) -> set[bytes]:
    return {bytes.fromhex(file.name) for file in (s3.folder / "data" / bucket).rglob("*") if len(file.name) == 64}


def test_no_plain_text_and_no_key_lies_in_a_storage(on_both: Agreement, s3: S3Server, swarm: Swarm) -> None:
    secrets = [CANARY, (on_both.folder / "customer/encryption.key").read_bytes()[30:80]]
    files = [*(s3.folder / "data").rglob("*"), *(s3.folder / "versions").rglob("*")]
    files += [file for daemon in swarm.daemons for file in (daemon.repository / "blocks").rglob("*.data")]
    contents = [file.read_bytes() for file in files if file.is_file()]
    assert len(contents) > 20
    assert not [secret for secret in secrets for content in contents if secret in content]


def test_a_destroyed_key_is_not_brought_back_by_a_repair(agreement: Agreement, swarm: Swarm) -> None:
    with agreement.node(CUSTOMER) as node:
        node.telemetry.destroy_key(agreement.machine, 1)
    for number in (1, 2, 3):  # daemons that fetched the envelope have it until they collect
        kubo = open_kubo(swarm.settings(number))
        kubo.collect(20)
        kubo.close()
    for party in (OEM, CUSTOMER):
        with agreement.node(party) as node:
            report = node.storages.repair(deep=True)
            assert [one.what.split()[0] for one in report.findings] == ["envelope"]
            assert (report.lost, report.repaired) == (1, 0)
            with pytest.raises(IntegrityError, match="destroyed"):
                node.telemetry.open(node.telemetry.anchor_at(agreement.machine, 1))
