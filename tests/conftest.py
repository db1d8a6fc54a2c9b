"""Settings that all tests share."""

import os
import signal

import pytest
from hypothesis import settings

pytest.register_assert_rewrite(
    "maas_core.testing.storage_suite", "maas_core.testing.ledger_suite", "maas_core.testing.ordered_log_suite"
)
settings.register_profile("default", deadline=None, print_blob=True)
settings.register_profile("quick", parent=settings.get_profile("default"), max_examples=20, derandomize=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


@pytest.fixture(autouse=True, scope="session")
def interruptible() -> None:
    """A shell's background jobs ignore SIGINT, and so would the processes that tests start and interrupt."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
