"""The storage suite on directories: one, and one with two replicas."""

from pathlib import Path

import pytest
from maas_storage_local.settings import Settings
from maas_storage_local.storage import open_storage

from maas_core.ports.backends import Context
from maas_core.ports.storage import ObjectStorage
from maas_core.testing.sim_clock import SimClock
from maas_core.testing.sim_storage import flip_bit
from maas_core.testing.storage_suite import ReopenSuite, StorageSuite, TamperSuite


@pytest.fixture(scope="class")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("storage")


class TestOneDirectory(StorageSuite, ReopenSuite, TamperSuite):
    settings = Settings(directory=Path("objects"))

    @pytest.fixture
    def storage(self, folder: Path) -> ObjectStorage:
        self.folder = folder
        self.clock = SimClock()
        return self.opened()

    def opened(self) -> ObjectStorage:
        return open_storage(self.settings, Context(self.clock, None, self.folder))

    def pass_time(self, seconds: float) -> None:
        assert isinstance(self.clock, SimClock)
        self.clock.pass_time(seconds)

    def reopen(self, storage: ObjectStorage) -> ObjectStorage:
        storage.close()
        return self.opened()

    def damage(self, storage: ObjectStorage, digest: bytes) -> None:
        for path in self.folder.rglob(digest.hex()):
            path.write_bytes(flip_bit(path.read_bytes(), 0))


class TestOneDirectoryWithReplicas(TestOneDirectory):
    settings = Settings(Path("objects"), (Path("second"), Path("third")), region="eu-central")
