"""The storage suite on a real S3 server: plain, versioned, and with both kinds of object lock."""

from collections.abc import Iterator
from typing import Any, ClassVar

import pytest
from maas_storage_s3.settings import Lock, Settings
from maas_storage_s3.storage import S3Storage

from maas_core.ports.storage import ObjectStorage
from maas_core.testing.sim_storage import flip_bit
from maas_core.testing.storage_suite import ReopenSuite, StorageSuite, TamperSuite
from tests.storage.servers import S3Server


class TestPlainBucket(StorageSuite, ReopenSuite, TamperSuite):
    """Without versioning."""

    bucket: ClassVar[dict[str, Any]] = {"region": "", "prefix": "plant-7/objects/"}

    @pytest.fixture(scope="class")
    @classmethod
    def settings(cls, s3: S3Server) -> Settings:
        return s3.with_bucket(**cls.bucket)

    @pytest.fixture
    def storage(self, s3: S3Server, settings: Settings) -> Iterator[ObjectStorage]:
        self.server = s3
        self.opened_with = settings
        storage = s3.open(settings)
        yield storage
        storage.close()

    def reopen(self, storage: ObjectStorage) -> ObjectStorage:
        assert isinstance(storage, S3Storage)
        storage.close()
        return self.server.open(self.opened_with)

    def damage(self, storage: ObjectStorage, digest: bytes) -> None:
        file = self.server.file(self.opened_with, digest)
        content = flip_bit(file.read_bytes(), 7)
        with file.open("r+b") as opened:
            opened.write(content)


class TestVersionedBucket(TestPlainBucket):
    bucket: ClassVar[dict[str, Any]] = {"versioned": True, "region": "us-east-1"}


class TestLockedBucket(TestPlainBucket):
    retention_seconds = 3
    bucket: ClassVar[dict[str, Any]] = {"mode": Lock.GOVERNANCE}


class TestBucketInComplianceMode(TestPlainBucket):
    retention_seconds = 3
    bucket: ClassVar[dict[str, Any]] = {"mode": Lock.COMPLIANCE}
