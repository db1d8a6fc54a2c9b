"""Several storages in one config."""

from pathlib import Path

import pytest

from maas_core.config import load_config
from maas_core.config.sections import WritePolicy
from maas_core.errors import ConfigError
from tests.support.fake_backends import fake_plugins

LEDGER = '[ledger]\nbackend = "instant"\n'
TWO = '[storage.new]\nbackend = "vault"\n[storage.old]\nbackend = "vault"\n'


def written(folder: Path, text: str) -> Path:
    file = folder / "maas.toml"
    file.write_text(LEDGER + text, "utf-8")
    return file


def test_all_storages_are_written_to_unless_told_otherwise(tmp_path: Path) -> None:
    config = load_config(written(tmp_path, TWO), fake_plugins(), {})
    assert config.tiering.write is WritePolicy.ALL
    assert [(name, one.read_only) for name, one in config.storages.items()] == [("new", False), ("old", False)]


def test_a_storage_may_be_only_read_and_copies_may_be_made_later(tmp_path: Path) -> None:
    text = f'{TWO}read_only = true\n[tiering]\nwrite = "background"\nrest_seconds = 5\n'
    config = load_config(written(tmp_path, text), fake_plugins(), {})
    assert config.storages["old"].read_only
    assert (config.tiering.write, config.tiering.rest_seconds) == (WritePolicy.BACKGROUND, 5)


@pytest.mark.parametrize("line", ["read_only = true", 'machines = ["press"]'])
def test_one_storage_at_least_must_take_documents(tmp_path: Path, line: str) -> None:
    file = written(tmp_path, f'[storage.old]\nbackend = "vault"\n{line}\n')
    with pytest.raises(ConfigError, match=r"storage: .*at least one without read_only and machines"):
        load_config(file, fake_plugins(), {})
