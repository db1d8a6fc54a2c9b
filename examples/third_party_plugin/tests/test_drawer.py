"""The suite for storages."""

import sqlite3
from contextlib import closing

import pytest
from maas_noticeboard.storage import Drawer, Settings

from maas_core.ports.backends import Context
from maas_core.ports.clock import SystemClock
from maas_core.testing.storage_suite import ReopenSuite, StorageSuite, TamperSuite


class TestDrawer(StorageSuite, ReopenSuite, TamperSuite):
    """All that a storage has to do."""

    @pytest.fixture
    def storage(self, tmp_path):
        """A new one."""
        self.settings = Settings(tmp_path / "drawer.db")
        self.context = Context(SystemClock(), None, tmp_path)
        return Drawer(self.settings, self.context)

    def reopen(self, storage):
        """The same file again."""
        storage.close()
        return Drawer(self.settings, self.context)

    def damage(self, storage, digest):
        """Alter an object behind the storage's back."""
        with closing(sqlite3.connect(self.settings.file)) as connection, connection:
            connection.execute("UPDATE object SET data = zeroblob(length(data)) WHERE digest = ?", (digest,))
