"""The suite for ordered logs."""

from pathlib import Path

import pytest
from maas_noticeboard.log import Noticeboard, Settings

from maas_core.plugins import build_plugin_manager
from maas_core.ports.backends import Context
from maas_core.ports.clock import SystemClock
from maas_core.testing.ordered_log_suite import OrderedLogSuite


def fresh_signer(folder: Path):
    """A key of its own for each participant."""
    backend = build_plugin_manager().signers.get("file")
    folder.mkdir()
    settings = backend.settings(**backend.embedded(folder))
    backend.create(settings, folder)
    return backend.open(settings, folder)


class TestNoticeboard(OrderedLogSuite):
    """All that a log has to do."""

    @pytest.fixture
    def open_log(self, tmp_path):
        """One more participant."""

        def open_one():
            signer = fresh_signer(tmp_path / f"participant {len(list(tmp_path.iterdir()))}")
            return Noticeboard(Settings(tmp_path / "notices"), Context(SystemClock(), signer, tmp_path))

        return open_one
