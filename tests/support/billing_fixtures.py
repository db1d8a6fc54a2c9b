"""One consortium with three measured months, copied for each test that wants it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from maas_core.protocol.states import StopCause
from tests.support.billing import APRIL, CUSTOMER, DAY, FEBRUARY, JANUARY, MARCH, NAMES, Trade, trade
from tests.support.proofs import Proofs, make_proofs


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Trade:
    """January to March measured and anchored; the machine stood still for two days in January."""
    folder = tmp_path_factory.mktemp("template") / "trade"
    with trade(folder) as made:
        customer = made.nodes[CUSTOMER]
        customer.submissions.wait(customer.machines.stop(made.machine, StopCause.FAILURE, JANUARY + 10 * DAY))
        customer.submissions.wait(customer.machines.start(made.machine, JANUARY + 12 * DAY))
        for begin, end in ((JANUARY, FEBRUARY), (FEBRUARY, MARCH), (MARCH, APRIL)):
            made.month(begin, end)
    return made


@pytest.fixture
def months(template: Trade, tmp_path: Path) -> Iterator[Trade]:
    """The same for one test."""
    copied = Trade(shutil.copytree(template.folder, tmp_path / "trade"), template.more, template.machine)
    for party in NAMES:
        copied.nodes[party] = copied.open(party)
    copied.sync()
    yield copied
    copied.close()


@pytest.fixture(scope="session")
def proofs(template: Trade, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proofs]:
    """Real evidence files."""
    yield from make_proofs(template, tmp_path_factory.mktemp("proofs"))
