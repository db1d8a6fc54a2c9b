"""Retention that follows from terms, on a real bucket with object lock."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from maas_storage_s3.settings import Lock, Settings

from maas_core.errors import UsageError
from maas_core.node.named_objects import NamedObjects
from maas_core.ports.clock import SystemClock
from maas_core.ports.storage import ReleaseStatus
from tests.storage.agreement import CUSTOMER, DAY, OEM, Agreement
from tests.storage.servers import S3Server, Swarm, soon
from tests.storage.test_tiering import ipfs_table, s3_table

COMPLIANT = {"batches_days": 30, "documents_days": 365, "lock": "compliance", "regions": ["us-east-1"]}


def bucket_table(server: S3Server, settings: Settings) -> dict[str, Any]:
    table = s3_table(server, settings.bucket)
    table["settings"] |= {"lock": settings.lock.value, "region": settings.region}
    return table


@dataclass(frozen=True)
class Locked:
    """An agreement whose objects lie in a bucket with object lock."""

    agreement: Agreement
    settings: Settings


@pytest.fixture(scope="module")
def locked(s3: S3Server, tmp_path_factory: pytest.TempPathFactory) -> Locked:
    settings = s3.with_bucket(mode=Lock.COMPLIANCE, region="us-east-1")
    tables = {"storage": {"bucket": bucket_table(s3, settings)}}
    folder = tmp_path_factory.mktemp("locked") / "nodes"
    return Locked(Agreement(folder, dict.fromkeys((OEM, CUSTOMER), tables), data=COMPLIANT).make(), settings)


def versions(client: Any, settings: Settings, digest: bytes) -> list[str]:
    found = client.list_object_versions(Bucket=settings.bucket, Prefix=digest.hex())
    return [one["VersionId"] for one in found["Versions"]]


def test_no_object_of_a_batch_can_be_deleted_before_its_time_not_even_by_the_buckets_owner(
    s3: S3Server, locked: Locked
) -> None:
    with locked.agreement.node(CUSTOMER) as node:
        anchor = node.telemetry.anchor_at(locked.agreement.machine, 1)
        digests = [one for _, part in node.telemetry.objects(anchor) for one in part]
    assert len(digests) >= 3
    for digest in digests:
        for version in versions(s3.client, locked.settings, digest):
            with pytest.raises(ClientError, match=r"AccessDenied|Locked|lock"):
                s3.client.delete_object(
                    Bucket=locked.settings.bucket,
                    Key=digest.hex(),
                    VersionId=version,
                    BypassGovernanceRetention=True,
                )
    assert locked.agreement.batches(OEM) == [1440, 1440]


def test_the_bucket_says_of_each_object_until_when_it_is_locked(s3: S3Server, locked: Locked) -> None:
    now = SystemClock().now()
    with locked.agreement.node(CUSTOMER) as node:
        named = list(NamedObjects(node).all())
    locks = {}
    for one in named:
        head = s3.client.head_object(Bucket=locked.settings.bucket, Key=one.digest.hex())
        mode, until = head.get("ObjectLockMode", ""), head.get("ObjectLockRetainUntilDate")
        locks[one.what.split(" of ")[0]] = mode, 0 if until is None else (int(until.timestamp()) - now) // DAY
    assert locks.pop("profile") == ("", 0)
    assert {mode for mode, _ in locks.values()} == {"COMPLIANCE"}
    assert {days for what, (_, days) in locks.items() if what not in {"spec", "terms", "group"}} == {30}
    assert {locks[what][1] for what in ("spec", "terms")} == {365}
    assert locks["group"][1] >= 30


def test_the_node_lets_nothing_go_that_is_locked(locked: Locked) -> None:
    with locked.agreement.node(CUSTOMER) as node:
        assert node.telemetry.destroy_key(locked.agreement.machine, 2) is ReleaseStatus.RETAINED
        for reference in node.telemetry.references(node.telemetry.anchor_at(locked.agreement.machine, 2)):
            assert node.blobs.release(reference, soon()) is ReleaseStatus.RETAINED
    assert locked.agreement.batches(CUSTOMER) == [1440, 1440]


@pytest.mark.parametrize("lock", [Lock.NONE, Lock.GOVERNANCE])
def test_a_bucket_that_locks_less_than_the_terms_ask_is_refused(s3: S3Server, tmp_path: Path, lock: Lock) -> None:
    settings = s3.with_bucket(mode=lock, region="us-east-1")
    tables = {"storage": {"bucket": bucket_table(s3, settings)}}
    agreement = Agreement(tmp_path / "nodes", dict.fromkeys((OEM, CUSTOMER), tables), data=COMPLIANT)
    with pytest.raises(UsageError, match="none of the storages bucket declares the ability 'compliance'"):
        agreement.make()


def test_a_bucket_in_a_region_that_the_terms_do_not_allow_is_refused(s3: S3Server, tmp_path: Path) -> None:
    settings = replace(s3.with_bucket(mode=Lock.COMPLIANCE), region="us-east-1")
    tables = {"storage": {"bucket": bucket_table(s3, settings)}}
    data = {**COMPLIANT, "regions": ["eu-central-1"]}
    agreement = Agreement(tmp_path / "nodes", dict.fromkeys((OEM, CUSTOMER), tables), data=data)
    with pytest.raises(UsageError, match=r"may not lie in us-east-1 \(storage.bucket\); accepted: eu-central-1"):
        agreement.make()


def test_a_swarm_alone_retains_nothing_and_beside_a_bucket_it_need_not(
    s3: S3Server, swarm: Swarm, tmp_path: Path
) -> None:
    data = {"batches_days": 2}
    tables = {"storage": {"swarm": ipfs_table(swarm, 1)}}
    alone = Agreement(tmp_path / "alone", dict.fromkeys((OEM, CUSTOMER), tables), data=data)
    with pytest.raises(UsageError, match="none of the storages swarm declares the ability 'retention'"):
        alone.make()
    settings = s3.with_bucket(mode=Lock.GOVERNANCE)
    both = {"storage": {"swarm": ipfs_table(swarm, 1), "bucket": bucket_table(s3, replace(settings, region=""))}}
    beside = Agreement(tmp_path / "beside", dict.fromkeys((OEM, CUSTOMER), both), data=data).make(days=1)
    assert beside.batches(OEM) == [1440]
    with beside.node(CUSTOMER) as node:
        assert node.telemetry.destroy_key(beside.machine, 1) is ReleaseStatus.RETAINED
