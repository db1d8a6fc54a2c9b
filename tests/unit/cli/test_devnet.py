import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
from click.testing import CliRunner

from maas_core.cli.app import root
from maas_core.cli.base import CliContext
from maas_core.errors import PluginError, UsageError
from maas_core.hookspecs import hookimpl
from maas_core.plugins import build_plugin_manager
from maas_core.ports.devnet import DevnetAccess, DevnetBackend, DevnetState, DevnetStatus


@dataclass(frozen=True, slots=True)
class Options:
    signers: int = field(default=3, metadata={"help": "how many", "min": 1, "max": 5})
    free_gas: bool = field(default=False, metadata={"help": "gas costs nothing", "off": "--funded"})
    kind: Literal["a", "b"] = "a"
    binary: Path | None = None


@dataclass(frozen=True, slots=True)
class Paper:
    """A network on paper: it is up while its folder says so."""

    options: Options
    folder: Path

    def up(self, progress: Callable[[str], None]) -> tuple[DevnetAccess, ...]:
        progress("rising")
        (self.folder / "up").write_text(repr(self.options))
        return (DevnetAccess("oem", {"ledger": {"backend": "paper", "settings": {"n": self.options.signers}}}),)

    def status(self) -> DevnetStatus:
        return DevnetStatus(DevnetState.UP if (self.folder / "up").exists() else DevnetState.DOWN)

    def down(self) -> None:
        (self.folder / "up").unlink(missing_ok=True)


class PaperPlugin:
    @hookimpl
    def maas_devnets(self) -> list[DevnetBackend]:
        return [DevnetBackend("paper", "A network on paper", Options, Paper)]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> str:
        cli = CliContext()
        cli._plugins = build_plugin_manager([PaperPlugin()], installed=())
        outcome = CliRunner().invoke(root, ["devnet", *arguments], obj=cli)
        if outcome.exception is not None and not isinstance(outcome.exception, SystemExit):
            raise outcome.exception
        return outcome.output

    return run


def test_up_takes_settings_as_options_and_writes_tables_for_nodes(run: Callable[..., str], tmp_path: Path) -> None:
    told = run("up", "paper", "--signers", "5", "--free-gas")
    assert "rising" in told
    folder = tmp_path / "devnet" / "paper"
    assert "signers=5, free_gas=True" in (folder / "up").read_text()
    assert (folder / "nodes" / "oem.toml").read_text().endswith("[ledger.settings]\nn = 5\n")


def test_status_down_and_list_find_it_by_its_folder(run: Callable[..., str]) -> None:
    run("up", "paper", "--folder", "elsewhere")
    assert json.loads(run("status", "--folder", "elsewhere", "--json"))["state"] == "up"
    run("down", "--folder", "elsewhere")
    assert json.loads(run("status", "--folder", "elsewhere", "--json"))["state"] == "down"
    run("up", "paper")
    assert [row["state"] for row in json.loads(run("list", "--json"))] == ["", "up"]


def test_up_again_keeps_its_options_and_refuses_others(run: Callable[..., str]) -> None:
    run("up", "paper", "--signers", "5")
    run("up", "paper")
    run("up", "paper", "--signers", "5")
    with pytest.raises(UsageError, match="was made with signers = 5"):
        run("up", "paper", "--signers", "3")


def test_an_option_out_of_bounds_is_refused(run: Callable[..., str]) -> None:
    with pytest.raises(UsageError, match=r"signers.*from 1 to 5"):
        run("up", "paper", "--signers", "9")


def test_funded_is_the_other_side_of_free_gas(run: Callable[..., str], tmp_path: Path) -> None:
    run("up", "paper", "--funded")
    assert "free_gas=False" in (tmp_path / "devnet" / "paper" / "up").read_text()


def test_down_with_remove_leaves_nothing(run: Callable[..., str], tmp_path: Path) -> None:
    run("up", "paper")
    run("down", "paper", "--remove")
    assert list((tmp_path / "devnet").iterdir()) == []


def test_what_is_no_devnet_is_neither_asked_nor_removed(run: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    with pytest.raises(UsageError, match="holds no devnet"):
        run("down", "--folder", "mine", "--remove")
    assert (tmp_path / "mine").exists()
    with pytest.raises(PluginError, match="known: paper"):
        run("up", "vellum")
