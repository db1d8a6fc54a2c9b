"""What becomes of each entry point, and what look-up tells."""

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import click
import pytest

from maas_core import hookspecs
from maas_core.errors import PluginError
from maas_core.hookspecs import hookimpl
from maas_core.plugins import COMMANDS_HOOK, HOOKS, Plugins, PluginStatus, build_plugin_manager
from maas_core.ports.backends import LedgerBackend, StorageBackend
from maas_core.ports.bid_strategy import BidStrategyBackend
from maas_core.ports.devnet import DevnetBackend
from maas_core.ports.payments import PaymentsBackend
from maas_core.ports.telemetry_source import TelemetrySourceBackend
from maas_core.ports.workflow import FinalityKind
from tests.support.entry_points import FakeDistribution, entry_point
from tests.support.fake_backends import FakePlugin, Nothing, fake_plugins, ledger

Module = Callable[..., str]
ACME = FakeDistribution("acme-maas", "1.2", ('no-such-thing >=3; extra == "acme"', "click"), ("acme", "other"))
COMPLETE = FakeDistribution(
    "acme-maas", "1.2", ('click >=8; extra == "acme"', 'gone; extra == "other"'), ("acme", "other")
)
OLD = FakeDistribution("acme-maas", "1.2", ('click >=99; extra == "acme"',), ("acme",))
ELSEWHERE = FakeDistribution("acme-maas", "1.2", ('gone; extra == "acme" and python_version < "3"',), ("acme",))


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> Module:
    """Makes modules that can be imported."""

    def make(name: str, **attributes: Any) -> str:
        made = ModuleType(name)
        vars(made).update(attributes)
        monkeypatch.setitem(sys.modules, name, made)
        return name

    return make


def ledgers(*names: str) -> Callable[[], list[LedgerBackend]]:
    @hookimpl
    def maas_ledgers() -> list[LedgerBackend]:
        return [ledger(name, {FinalityKind.INSTANT}, set()) for name in names]

    return maas_ledgers


def commands(*given: Any) -> Callable[[], list[Any]]:
    @hookimpl
    def maas_commands() -> list[Any]:
        return list(given)

    return maas_commands


def raising(error: BaseException) -> Callable[[], list[Any]]:
    @hookimpl
    def maas_ledgers() -> list[Any]:
        raise error

    return maas_ledgers


def statuses(plugins: Plugins) -> list[tuple[str, PluginStatus, str]]:
    return [(one.name, one.status, one.detail) for one in plugins.reports]


def test_a_sound_plugin_is_loaded_with_all_that_it_offers(module: Module) -> None:
    found = entry_point("acme", module("acme_maas", maas_ledgers=ledgers("a", "b")), COMPLETE)
    plugins = build_plugin_manager(installed=[found])
    [report] = plugins.reports
    assert (report.status, report.distribution) == (PluginStatus.LOADED, "acme-maas 1.2")
    assert report.backends == (("ledger", "a"), ("ledger", "b"))
    assert plugins.ledgers.get("b").name == "b"


def test_a_missing_extra_is_told_with_what_to_install_and_nothing_is_imported() -> None:
    plugins = build_plugin_manager(installed=[entry_point("acme", "module_that_does_not_exist", ACME)])
    assert statuses(plugins) == [
        ("acme", PluginStatus.MISSING_EXTRA, "install acme-maas[acme] (needs no-such-thing >=3)")
    ]


def test_an_extra_of_the_wrong_version_is_missing() -> None:
    plugins = build_plugin_manager(installed=[entry_point("acme", "none", OLD)])
    assert plugins.reports[0].detail == "install acme-maas[acme] (needs click >=99)"


def test_what_an_extra_needs_elsewhere_only_is_not_missing(module: Module) -> None:
    plugins = build_plugin_manager(installed=[entry_point("acme", module("acme_maas"), ELSEWHERE)])
    assert plugins.reports[0].status is PluginStatus.LOADED


FAULTS = {
    "cannot be imported": ("no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
    "lacks what it names": ("json:no_such_thing", "AttributeError: module 'json' has no attribute 'no_such_thing'"),
}


@pytest.mark.parametrize(("value", "told"), FAULTS.values(), ids=FAULTS.keys())
def test_what_cannot_be_imported_is_broken_and_harms_no_other(module: Module, value: str, told: str) -> None:
    sound = entry_point("sound", module("sound_maas", maas_ledgers=ledgers("a")))
    plugins = build_plugin_manager(installed=[entry_point("bad", value), sound])
    assert statuses(plugins) == [("bad", PluginStatus.BROKEN, told), ("sound", PluginStatus.LOADED, "")]
    assert plugins.ledgers.names() == ("a",)


RAISED = {
    "an error": (ValueError("two\nlines"), "maas_ledgers: ValueError: two lines"),
    "an exit": (SystemExit(3), "maas_ledgers: SystemExit: 3"),
    "a bare error": (RuntimeError(), "maas_ledgers: RuntimeError"),
}


@pytest.mark.parametrize(("error", "told"), RAISED.values(), ids=RAISED.keys())
def test_a_hook_that_raises_breaks_its_plugin_only(module: Module, error: BaseException, told: str) -> None:
    bad = entry_point("bad", module("bad_maas", maas_ledgers=raising(error), maas_commands=commands()))
    sound = entry_point("sound", module("sound_maas", maas_ledgers=ledgers("a")))
    plugins = build_plugin_manager(installed=[bad, sound])
    assert statuses(plugins) == [("bad", PluginStatus.BROKEN, told), ("sound", PluginStatus.LOADED, "")]
    assert plugins.ledgers.names() == ("a",)


ANSWERS = {
    "no list": ("x", "maas_storages: TypeError: returned str, not a list of StorageBackend"),
    "a list of other things": (
        [ledger("a", set(), set())],
        "maas_storages: TypeError: returned a list with LedgerBackend, not of StorageBackend",
    ),
}


@pytest.mark.parametrize(("answer", "told"), ANSWERS.values(), ids=ANSWERS.keys())
def test_a_hook_that_returns_something_else_breaks_its_plugin(module: Module, answer: Any, told: str) -> None:
    @hookimpl
    def maas_storages() -> Any:
        return answer

    plugins = build_plugin_manager(installed=[entry_point("bad", module("bad_maas", maas_storages=maas_storages))])
    assert statuses(plugins) == [("bad", PluginStatus.BROKEN, told)]


def test_a_misspelt_hook_is_told_with_the_right_name(module: Module) -> None:
    @hookimpl
    def maas_ledger() -> list[LedgerBackend]:
        return []

    plugins = build_plugin_manager(installed=[entry_point("bad", module("bad_maas", maas_ledger=maas_ledger))])
    assert plugins.reports[0].detail == "PluginError: unknown hook 'maas_ledger'; is it 'maas_ledgers'?"


def test_a_hook_under_another_name_is_found(module: Module) -> None:
    @hookimpl(specname="maas_ledgers")
    def ours() -> list[LedgerBackend]:
        return [ledger("a", set(), set())]

    plugins = build_plugin_manager(installed=[entry_point("acme", module("acme_maas", ours=ours))])
    assert plugins.ledgers.names() == ("a",)


def test_a_plugin_for_another_protocol_is_not_used(module: Module) -> None:
    name = module("old_maas", PROTOCOLS=("maas/0", "maas/9"), maas_ledgers=ledgers("a"))
    plugins = build_plugin_manager(installed=[entry_point("old", name)])
    assert statuses(plugins) == [("old", PluginStatus.INCOMPATIBLE, "knows maas/0, maas/9, this is maas/1")]
    assert plugins.ledgers.names() == ()


def test_protocols_that_are_no_list_break_the_plugin(module: Module) -> None:
    plugins = build_plugin_manager(installed=[entry_point("odd", module("odd_maas", PROTOCOLS=5))])
    assert plugins.reports[0].status is PluginStatus.BROKEN


def test_a_name_that_two_plugins_offer_can_be_used_by_neither(module: Module) -> None:
    first = entry_point("one", module("one_maas", maas_ledgers=ledgers("same", "own")), COMPLETE)
    second = entry_point("two", module("two_maas", maas_ledgers=ledgers("same")))
    plugins = build_plugin_manager(installed=[first, second])
    told = "ledger 'same' is offered by several plugins: one (acme-maas 1.2), two; uninstall all but one"
    assert plugins.conflicts() == (told,)
    assert plugins.ledgers.names() == ("own",)
    with pytest.raises(PluginError) as caught:
        plugins.ledgers.get("same")
    assert str(caught.value) == told


def test_one_name_for_a_ledger_and_a_storage_is_no_conflict() -> None:
    class Both(FakePlugin):
        @hookimpl
        def maas_storages(self) -> list[StorageBackend]:
            vault = super().maas_storages()[0]
            return [StorageBackend("instant", "", vault.settings, vault.profile, vault.open)]

    plugins = build_plugin_manager([Both()], installed=())
    assert plugins.conflicts() == ()
    assert plugins.storages.names() == ("instant",)


def test_look_up_of_a_missing_extra_tells_how_to_install_it() -> None:
    plugins = build_plugin_manager(installed=[entry_point("acme", "none", ACME)])
    with pytest.raises(PluginError) as caught:
        plugins.ledgers.get("acme")
    assert str(caught.value) == (
        "ledger 'acme' cannot be used: plugin acme (acme-maas 1.2) is not completely installed: "
        "install acme-maas[acme] (needs no-such-thing >=3); known: none"
    )


def test_look_up_of_a_broken_plugin_tells_why_it_is_broken() -> None:
    plugins = build_plugin_manager(installed=[entry_point("bad", "no_such_module")])
    with pytest.raises(PluginError, match=r"plugin bad is broken: ModuleNotFoundError: .* known: none"):
        plugins.storages.get("bad")


def test_plugins_of_one_manager_are_unknown_to_another(module: Module) -> None:
    found = entry_point("acme", module("acme_maas", maas_ledgers=ledgers("a")))
    assert build_plugin_manager(installed=[found]).ledgers.names() == ("a",)
    assert build_plugin_manager(installed=()).ledgers.names() == ()


def test_a_plugin_that_is_handed_in_needs_no_entry_point() -> None:
    assert [one.label for one in fake_plugins().reports] == ["FakePlugin"]
    assert fake_plugins().signers.names() == ("token",)


def test_a_plugin_that_is_named_twice_is_loaded_once(module: Module) -> None:
    name = module("acme_maas", maas_ledgers=ledgers("a"))
    plugins = build_plugin_manager(installed=[entry_point("one", name), entry_point("two", name)])
    assert [one.status for one in plugins.reports] == [PluginStatus.LOADED, PluginStatus.BROKEN]
    assert plugins.ledgers.names() == ("a",)


def test_commands_are_collected_without_asking_for_backends(module: Module) -> None:
    name = module("acme_maas", maas_commands=commands(click.Command("acme")), maas_ledgers=raising(ValueError()))
    plugins = build_plugin_manager(installed=[entry_point("acme", name)])
    assert plugins.commands().names() == ("acme",)


def test_a_plugin_whose_commands_are_none_is_broken(module: Module) -> None:
    plugins = build_plugin_manager(installed=[entry_point("bad", module("bad_maas", maas_commands=commands(5)))])
    assert plugins.commands().names() == ()
    told = "maas_commands: TypeError: returned a list with int, not of Command"
    assert statuses(plugins) == [("bad", PluginStatus.BROKEN, told)]


class OtherKinds:
    """Offers what is neither ledger nor storage nor key."""

    @hookimpl
    def maas_telemetry_sources(self) -> list[TelemetrySourceBackend]:
        return [TelemetrySourceBackend("csv", "", Nothing, Any)]  # type: ignore[arg-type]

    @hookimpl
    def maas_bid_strategies(self) -> list[BidStrategyBackend]:
        return [BidStrategyBackend("eager", "", Nothing, Any)]  # type: ignore[arg-type]

    @hookimpl
    def maas_payments(self) -> list[PaymentsBackend]:
        return [PaymentsBackend("cash", "", Nothing, Any)]  # type: ignore[arg-type]

    @hookimpl
    def maas_devnets(self) -> list[DevnetBackend]:
        return [DevnetBackend("tiny", "", Nothing, Any)]  # type: ignore[arg-type]


def test_each_kind_of_backend_has_a_catalogue() -> None:
    plugins = build_plugin_manager([OtherKinds()], installed=())
    kinds = (plugins.telemetry_sources, plugins.bid_strategies, plugins.payments, plugins.devnets)
    assert [one.names() for one in kinds] == [("csv",), ("eager",), ("cash",), ("tiny",)]
    assert plugins.ledgers.names() == ()


def test_each_hook_has_a_documentation_of_its_own() -> None:
    specified = {name for name in vars(hookspecs) if name.startswith("maas_")}
    assert specified == {*HOOKS, COMMANDS_HOOK}
    assert all(len(getattr(hookspecs, name).__doc__) > 100 for name in specified)


def test_the_plugins_of_this_repository_are_loaded() -> None:
    plugins = build_plugin_manager()
    assert {one.status for one in plugins.reports} <= {PluginStatus.LOADED, PluginStatus.MISSING_EXTRA}
    assert {"local"} <= set(plugins.ledgers.names()) & set(plugins.storages.names())
    assert plugins.conflicts() == ()
