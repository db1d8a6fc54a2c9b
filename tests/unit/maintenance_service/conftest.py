"""Consortia that several files of tests use; each test has a copy of its own."""

import shutil
from pathlib import Path

import pytest

from tests.support.repair import BEGIN, BIDS, SERVICE, WATCH
from tests.support.shop import CUSTOMER, Shop


@pytest.fixture(scope="session")
def shop_template(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    shop = Shop(tmp_path_factory.mktemp("shop") / "all", {})
    return shop.make()


@pytest.fixture
def shop(shop_template: Shop, tmp_path: Path) -> Shop:
    """A copy of a consortium with one machine in it."""
    folder = tmp_path / "all"
    shutil.copytree(shop_template.folder, folder)
    copy = Shop(folder, dict(BIDS))
    copy.clock.seconds = shop_template.clock.seconds
    copy.register(BEGIN)
    for party, text in BIDS.items():
        copy.configure(party, text)
    (folder / "customer" / "service.json").write_text(SERVICE, encoding="utf-8")
    copy.configure(CUSTOMER, WATCH.format(selection="sealed", owner=""))
    return copy
