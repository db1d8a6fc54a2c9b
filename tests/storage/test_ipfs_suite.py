"""The storage suite on a real Kubo daemon: through both clients, and through its gateway."""

from collections.abc import Iterator

import pytest
from maas_storage_ipfs.settings import Client, Settings
from maas_storage_ipfs.storage import IpfsStorage

from maas_core.ports.storage import ObjectStorage
from maas_core.testing.sim_storage import flip_bit
from maas_core.testing.storage_suite import ReopenSuite, StorageSuite, TamperSuite
from tests.storage.servers import Swarm


class TestThroughTheLibrary(StorageSuite, ReopenSuite, TamperSuite):
    client = Client.IPFSHTTPCLIENT

    def settings(self, swarm: Swarm) -> Settings:
        return swarm.settings(1, client=self.client, find_seconds=0.3)

    @pytest.fixture
    def storage(self, swarm: Swarm) -> Iterator[ObjectStorage]:
        self.swarm = swarm
        storage = swarm.open(self.settings(swarm))
        yield storage
        storage.close()

    def reopen(self, storage: ObjectStorage) -> ObjectStorage:
        assert isinstance(storage, IpfsStorage)
        storage.close()
        return self.swarm.open(self.settings(self.swarm))

    def damage(self, storage: ObjectStorage, digest: bytes) -> None:
        for file in self.swarm.files(digest):
            content = flip_bit(file.read_bytes(), 7)
            file.chmod(0o600)
            file.write_bytes(content)


class TestByPlainHttp(TestThroughTheLibrary):
    client = Client.HTTP


class TestThroughTheGateway(TestThroughTheLibrary):
    def settings(self, swarm: Swarm) -> Settings:
        return swarm.settings(1, gateway=swarm.daemons[0].gateway_url, find_seconds=0.3)
