"""What a good config comes to."""

from pathlib import Path

import pytest

from maas_core.config import NodeConfig, load_config
from maas_core.config.reading import accepted
from maas_core.errors import PluginError
from maas_core.ledgerio.policy import Agreement, Depth, Native
from maas_core.ports.secret import Secret
from maas_core.ports.workflow import Ability
from tests.support.fake_backends import Colour, Endpoint, Everything, Nothing, fake_plugins

GOOD = '[ledger]\nbackend = "instant"\n[storage.main]\nbackend = "vault"\n'
FULL = """
[ledger]
backend = "full"
[ledger.settings]
path = "there"
count = 4
seconds = 2
eager = true
label = "l"
colour = "blue"
mode = "fast"
hosts = ["a", "b"]
colours = ["red"]
endpoint = { url = "u" }
endpoints = { one = { url = "v", weight = 2 } }
password = { env = "PASSWORD" }
[storage.main]
backend = "vault"
"""


def load(folder: Path, text: str, environment: dict[str, str] | None = None) -> NodeConfig:
    file = folder / "maas.toml"
    file.write_text(text)
    return load_config(file, fake_plugins(), environment or {})


def test_two_tables_are_enough(tmp_path: Path) -> None:
    config = load(tmp_path, GOOD)
    assert config.node.name == tmp_path.name
    assert config.signer is None
    assert config.ledger.settings == Nothing()
    assert list(config.storages) == ["main"]
    assert config.database.url == f"sqlite:///{tmp_path}/node.db"
    assert config.cache.directory == tmp_path / "cache"


def test_settings_of_every_type_are_read(tmp_path: Path) -> None:
    settings = load(tmp_path, FULL, {"PASSWORD": "p"}).ledger.settings
    assert settings == Everything(
        endpoint=Endpoint("u"),
        path=tmp_path / "there",
        count=4,
        seconds=2.0,
        eager=True,
        label="l",
        colour=Colour.BLUE,
        mode="fast",
        hosts=("a", "b"),
        colours=frozenset({Colour.RED}),
        endpoints={"one": Endpoint("v", 2)},
        password=Secret("p"),
    )


def test_the_environment_overrides_the_file_with_values_of_every_type(tmp_path: Path) -> None:
    environment = {
        "PASSWORD": "p",
        "MAAS_LEDGER__SETTINGS__PATH": "elsewhere",
        "MAAS_LEDGER__SETTINGS__COUNT": "5",
        "MAAS_LEDGER__SETTINGS__SECONDS": "0.75",
        "MAAS_LEDGER__SETTINGS__EAGER": "False",
        "MAAS_LEDGER__SETTINGS__COLOUR": "red",
        "MAAS_LEDGER__SETTINGS__HOSTS": "c, d",
        "MAAS_LEDGER__SETTINGS__ENDPOINT__WEIGHT": "7",
        "MAAS_LEDGER__SETTINGS__PASSWORD": "q",
        "MAAS_STORAGE__SECOND__BACKEND": "vault",
        "MAAS_UNRELATED": "x",
    }
    config = load(tmp_path, FULL, environment)
    settings = config.ledger.settings
    assert (settings.path, settings.count, settings.seconds) == (tmp_path / "elsewhere", 5, 0.75)
    assert (settings.eager, settings.colour, settings.hosts) == (False, Colour.RED, ("c", "d"))
    assert (settings.endpoint, settings.password) == (Endpoint("u", 7), Secret("q"))
    assert list(config.storages) == ["main", "second"]


def test_relative_paths_count_from_the_files_folder_whatever_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "node").mkdir()
    (tmp_path / "node" / "maas.toml").write_text(GOOD)
    monkeypatch.chdir(tmp_path)
    config = load_config(Path("node/maas.toml"), fake_plugins(), {})
    monkeypatch.chdir("/")
    assert config.directory == tmp_path / "node"
    assert config.database.url == f"sqlite:///{tmp_path}/node/node.db"


@pytest.mark.parametrize("url", ["sqlite:////var/node.db", "postgresql://me@db:5432/maas"])
def test_an_absolute_database_url_stays_as_it_is(tmp_path: Path, url: str) -> None:
    assert load(tmp_path, GOOD + f"[database]\nurl = '{url}'\n").database.url == url


def test_needs_that_the_backend_declares_are_fine(tmp_path: Path) -> None:
    config = load(tmp_path, GOOD.replace('"instant"', '"deep"\nneeds = ["fund"]'))
    assert config.ledger.needs == {Ability.FUND}


def test_a_storage_in_an_accepted_region_is_fine(tmp_path: Path) -> None:
    config = load(tmp_path, GOOD + 'regions = ["eu"]\nsettings = { region = "eu" }\n')
    assert config.storages["main"].regions == ("eu",)


@pytest.mark.parametrize(("ledger", "policy"), [("instant", Native()), ("deep", Depth()), ("quorum", Depth())])
def test_without_a_policy_the_ledgers_own_finality_is_taken_else_depth(
    tmp_path: Path, ledger: str, policy: object
) -> None:
    assert load(tmp_path, GOOD.replace("instant", ledger)).finality.default == policy


def test_finality_policies_can_differ_by_command(tmp_path: Path) -> None:
    text = GOOD.replace("instant", "quorum") + (
        "[finality.default]\npolicy = 'depth'\nblocks = 6\ntime_limit = 60\n"
        "[finality.actions.accept_ticket]\npolicy = 'agreement'\nk = 2\nblocks = 1\n"
    )
    policies = load(tmp_path, text).finality
    assert policies.of("start_machine") == Depth(6, 60.0)
    assert policies.of("accept_ticket") == Agreement(2, 1)


def test_storages_keep_the_order_of_the_file(tmp_path: Path) -> None:
    text = GOOD + '[storage.copy]\nbackend = "vault"\n[storage.archive]\nbackend = "vault"\n'
    assert list(load(tmp_path, text).storages) == ["main", "copy", "archive"]


def test_a_type_that_no_config_can_hold_is_the_plugins_fault() -> None:
    with pytest.raises(PluginError, match="complex"):
        accepted(complex, {})
