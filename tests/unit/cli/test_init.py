"""`maasctl init`, `config`, `key` and `plugins` on the built-in backends."""

import json
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from maas_core import plugins
from maas_core.cli.app import run
from maas_core.config import load_config
from maas_core.config.writing import as_toml
from maas_core.errors import StoreError
from maas_core.hookspecs import hookimpl
from maas_core.node import Node
from maas_core.plugins import build_plugin_manager
from maas_core.ports.backends import OrderedLogBackend
from maas_core.ports.secret import MASK
from tests.support.fake_backends import FakePlugin, Nothing

Maasctl = Callable[..., tuple[int, str, str]]


@pytest.fixture
def maasctl(capsys: pytest.CaptureFixture[str]) -> Maasctl:
    def call(*arguments: object) -> tuple[int, str, str]:
        status = run([str(one) for one in arguments])
        out, err = capsys.readouterr()
        return status, out, err

    return call


def test_a_new_node_has_config_key_and_database(maasctl: Maasctl, tmp_path: Path) -> None:
    status, out, _ = maasctl("init", tmp_path / "node", "--name", 'Ä "quoted"', "--json")
    assert status == 0
    [made] = json.loads(out)
    config = load_config(Path(made["config"]), build_plugin_manager(), {})
    assert config.party.name == made["name"] == 'Ä "quoted"'
    with Node(config) as node:
        assert node.signer is not None
        assert node.signer.public_key.hex() == made["public_key"]


def test_a_pair_shares_ledger_and_storage_and_nothing_else(maasctl: Maasctl, tmp_path: Path) -> None:
    assert maasctl("init", "--pair", tmp_path)[0] == 0
    oem, customer = (
        load_config(tmp_path / name / "maas.toml", build_plugin_manager(), {}) for name in ("oem", "customer")
    )
    assert oem.ledger.settings.path.resolve() == customer.ledger.settings.path.resolve()
    assert oem.storages["main"].settings.directory.resolve() == customer.storages["main"].settings.directory.resolve()
    assert oem.database.url != customer.database.url
    with Node(oem) as first, Node(customer) as second:
        assert first.identity != second.identity


def test_a_pair_can_be_moved(maasctl: Maasctl, tmp_path: Path) -> None:
    maasctl("init", "--pair", tmp_path / "before")
    (tmp_path / "before").rename(tmp_path / "after")
    assert maasctl("config", "check", "-c", tmp_path / "after" / "oem" / "maas.toml")[0] == 0
    assert maasctl("key", "show", "-c", tmp_path / "after" / "oem" / "maas.toml")[0] == 0


def test_existing_files_are_not_replaced(maasctl: Maasctl, tmp_path: Path) -> None:
    maasctl("init", tmp_path)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir() if file.is_file()}
    status, _, err = maasctl("init", tmp_path)
    assert status == 2
    assert "maas.toml: exists; nothing was written" in err
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir() if file.is_file()} == before


@pytest.mark.parametrize("name", ["key.pem", "maas.toml", "node.db"])
def test_what_is_there_is_kept_and_nothing_is_added(maasctl: Maasctl, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("precious")
    status, _, err = maasctl("init", tmp_path)
    assert (status, err) == (2, f"maasctl: {tmp_path / name}: exists; nothing was written\n")
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [(name, "precious")]


def test_of_a_pair_both_are_written_or_none(maasctl: Maasctl, tmp_path: Path) -> None:
    (tmp_path / "customer").mkdir()
    (tmp_path / "customer" / "key.pem").touch()
    assert maasctl("init", "--pair", tmp_path)[0] == 2
    assert [file.name for file in tmp_path.rglob("*") if file.is_file()] == ["key.pem"]


def test_what_cannot_be_finished_leaves_nothing_behind(
    maasctl: Maasctl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> Node:
        raise StoreError("the disk is full")

    monkeypatch.setattr(Node, "create", full)
    assert maasctl("init", tmp_path)[0] == 31
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_told(maasctl: Maasctl, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    status, _, err = maasctl("init", tmp_path / "file" / "node")
    assert status == 2
    assert "cannot be written: Not a directory" in err


def test_a_pair_has_its_own_names(maasctl: Maasctl, tmp_path: Path) -> None:
    assert maasctl("init", "--pair", tmp_path, "--name", "x")[0] == 2
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_ledger_is_told_with_those_that_there_are(maasctl: Maasctl, tmp_path: Path) -> None:
    status, _, err = maasctl("init", tmp_path, "--ledger", "loca")
    assert status == 11
    assert "did you mean 'local'?" in err


class SecondEmbedded(FakePlugin):
    """Makes the choice of a ledger a question."""

    @hookimpl
    def maas_ordered_logs(self) -> list[OrderedLogBackend]:
        return [OrderedLogBackend("second", "", Nothing, lambda *_: None, lambda _: {})]  # type: ignore[arg-type]


def test_of_several_embedded_ledgers_one_has_to_be_named(
    maasctl: Maasctl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = build_plugin_manager([SecondEmbedded()])
    monkeypatch.setattr(plugins, "build_plugin_manager", lambda: loaded)
    status, _, err = maasctl("init", tmp_path)
    assert (status, err) == (2, "maasctl: --ledger: there are several, choose one: local, second\n")
    assert maasctl("init", tmp_path, "--ledger", "instant")[2].endswith(
        "needs a server of its own; write the config by hand\n"
    )


def test_without_an_embedded_ledger_none_is_chosen(
    maasctl: Maasctl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = [one for one in entry_points(group=plugins.GROUP) if one.name == "signer_file"]
    loaded = build_plugin_manager([FakePlugin()], installed=installed)
    monkeypatch.setattr(plugins, "build_plugin_manager", lambda: loaded)
    status, _, err = maasctl("init", tmp_path)
    assert (status, err) == (2, "maasctl: --ledger: no ledger is installed that needs no server\n")


def test_check_shows_what_the_config_came_to_and_no_secret(
    maasctl: Maasctl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    maasctl("init", tmp_path)
    monkeypatch.setenv("MAAS_SIGNER__SETTINGS__PASSPHRASE", "canary-4711")
    monkeypatch.setenv("MAAS_FINALITY__ACTIONS__START_MACHINE__POLICY", "native")
    status, out, _ = maasctl("config", "check", "--json", "-c", tmp_path / "maas.toml")
    shown = json.loads(out)
    assert status == 0
    assert shown["finality"]["actions"]["start_machine"]["policy"] == "native"
    assert shown["signer"]["settings"]["passphrase"] == MASK
    assert maasctl("config", "check", "-c", tmp_path / "maas.toml")[0] == 0


def test_the_config_is_found_by_variable_and_in_the_working_directory(
    maasctl: Maasctl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    maasctl("init", tmp_path / "here")
    monkeypatch.setenv("MAAS_CONFIG", str(tmp_path / "here" / "maas.toml"))
    assert maasctl("config", "check")[0] == 0
    monkeypatch.delenv("MAAS_CONFIG")
    assert maasctl("config", "check")[0] == 10
    monkeypatch.chdir(tmp_path / "here")
    assert maasctl("config", "check")[0] == 0


def test_a_key_with_a_passphrase_is_made_from_the_config(
    maasctl: Maasctl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    maasctl("init", tmp_path)
    monkeypatch.setenv("MAAS_SIGNER__SETTINGS__KEY", "new.pem")
    monkeypatch.setenv("MAAS_SIGNER__SETTINGS__PASSPHRASE", "canary-4711")
    status, made, _ = maasctl("key", "create", "--json", "-c", tmp_path / "maas.toml")
    assert status == 0
    assert b"ENCRYPTED" in (tmp_path / "new.pem").read_bytes()
    assert maasctl("key", "show", "--json", "-c", tmp_path / "maas.toml")[1] == made
    assert maasctl("key", "create", "-c", tmp_path / "maas.toml")[0] == 32


@pytest.mark.parametrize("action", ["show", "create"])
def test_a_node_without_a_key_has_none_to_show_or_make(maasctl: Maasctl, tmp_path: Path, action: str) -> None:
    file = tmp_path / "maas.toml"
    file.write_text('[ledger]\nbackend = "local"\n[storage.main]\nbackend = "local"\n')
    status, _, err = maasctl("key", action, "-c", file)
    assert status == 2
    assert "has no table [signer]" in err


def test_a_signer_that_makes_no_keys_says_so(maasctl: Maasctl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = build_plugin_manager([FakePlugin()])
    monkeypatch.setattr(plugins, "build_plugin_manager", lambda: loaded)
    file = tmp_path / "maas.toml"
    file.write_text(
        '[ledger]\nbackend = "local"\n[storage.main]\nbackend = "local"\n'
        '[signer]\nbackend = "token"\nsettings = { endpoint = { url = "u" } }\n'
    )
    status, _, err = maasctl("key", "create", "-c", file)
    assert (status, err) == (2, "maasctl: signer 'token' makes no keys; they come from elsewhere\n")


def test_plugins_are_listed_with_what_they_declare(maasctl: Maasctl) -> None:
    status, out, _ = maasctl("plugins", "--json")
    listing = json.loads(out)
    assert status == 0
    [local] = [one for one in listing["backends"] if (one["kind"], one["name"]) == ("ledger", "local")]
    assert local["profile"]["finality"] == ["instant"]
    assert {one["status"] for one in listing["plugins"]} <= {"loaded", "missing extra"}


def test_plugins_are_listed_for_people_too(maasctl: Maasctl, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = build_plugin_manager([FakePlugin(), FakePlugin()])
    monkeypatch.setattr(plugins, "build_plugin_manager", lambda: loaded)
    status, out, _ = maasctl("plugins")
    assert status == 0
    assert "ledger 'deep' is offered by several plugins: FakePlugin, FakePlugin" in out
    assert "max command bytes" in out


def test_profiles_that_cannot_be_told_are_told_as_such(maasctl: Maasctl, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = build_plugin_manager([FakePlugin()], installed=())
    monkeypatch.setattr(plugins, "build_plugin_manager", lambda: loaded)
    backends = {one["name"]: one for one in json.loads(maasctl("plugins", "--json")[1])["backends"]}
    assert backends["full"]["profile"] == "depends on settings: endpoint"
    assert backends["faulty"]["profile"] == "broken: KeyError: 'profile'"
    assert backends["token"]["profile"] == "this kind declares nothing"


def test_the_reference_lists_keys_of_the_core_and_of_backends(maasctl: Maasctl) -> None:
    status, out, _ = maasctl("config", "reference")
    assert status == 0
    assert "### `[finality.actions.NAME]`" in out
    assert '### `[ledger.settings]` of backend `"local"`' in out


def test_any_text_can_be_written_into_a_config() -> None:
    import tomllib

    tables = {"a b": {"text": '"\\\n\t\x00\x7f\N{GRINNING FACE}', "list": [1, True, 0.5], "inner": {}}, "empty": {}}
    assert tomllib.loads(as_toml(tables, {})) == tables


def test_what_has_no_form_in_a_config_is_refused() -> None:
    with pytest.raises(TypeError, match="complex"):
        as_toml({"a": {"b": 1j}}, {})
