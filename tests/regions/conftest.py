"""Regions need root, TUN devices and iproute2; where one is missing, these tests say which."""

import pytest

from maas_core.bench.topology.needs import lacking


@pytest.fixture(autouse=True)
def able() -> None:
    """Skip with what is missing."""
    if reason := lacking():
        pytest.skip(f"regions need {reason}")
