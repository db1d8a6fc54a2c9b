"""Backends that open nothing: what tests of config, plugins and command line choose from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

from maas_core.errors import UsageError
from maas_core.hookspecs import hookimpl
from maas_core.plugins import Plugins, build_plugin_manager
from maas_core.ports.backends import Context, LedgerBackend, OpenLedger, SignerBackend, StorageBackend
from maas_core.ports.secret import Secret
from maas_core.ports.signer import Signer
from maas_core.ports.storage import ObjectStorage, StorageAbility, StorageProfile
from maas_core.ports.workflow import (
    Ability,
    Enforcement,
    FinalityKind,
    LedgerClock,
    LedgerProfile,
    Sequencing,
)
from maas_core.protocol import PROTOCOL


class Colour(StrEnum):
    """A choice."""

    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A table within the settings."""

    url: str
    weight: int = field(default=1, metadata={"min": 1, "max": 10})


@dataclass(frozen=True, slots=True)
class Everything:
    """A field of every type that settings may have."""

    endpoint: Endpoint
    path: Path = Path("data")
    count: int = field(default=3, metadata={"min": 1, "max": 9})
    seconds: float = field(default=1.5, metadata={"min": 0.5})
    eager: bool = False
    label: str | None = None
    colour: Colour = Colour.RED
    mode: Literal["fast", "safe"] = "safe"
    hosts: tuple[str, ...] = ()
    colours: frozenset[Colour] = frozenset()
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)
    password: Secret | None = None

    def __post_init__(self) -> None:
        if self.label == "forbidden":
            raise ValueError("label: 'forbidden' is not accepted; accepted: any other text")


@dataclass(frozen=True, slots=True)
class Nothing:
    """No settings."""


@dataclass(frozen=True, slots=True)
class Region:
    """Where a storage says that it is."""

    region: str = ""


def ledger_profile(name: str, finality: set[FinalityKind], abilities: set[Ability], *protocols: str) -> LedgerProfile:
    """A profile that declares what the test is about."""
    return LedgerProfile(
        name=name,
        enforces=Enforcement.CONTRACT,
        clock=LedgerClock.BLOCK,
        sequencing=Sequencing.NONCE,
        finality=frozenset(finality),
        identity_form="any",
        max_command_bytes=1000,
        commands_per_broadcast=1,
        prepare_needs_network=True,
        cost_unit="",
        abilities=frozenset(abilities),
        protocols=protocols or (PROTOCOL,),
    )


def ledger(name: str, finality: set[FinalityKind], abilities: set[Ability], *protocols: str) -> LedgerBackend:
    """A ledger that declares what the test is about."""
    profile = ledger_profile(name, finality, abilities, *protocols)
    return LedgerBackend(name, f"Ledger {name}", Nothing, lambda _: profile, _not_opened)


def _not_opened(_settings: Any, _context: Context) -> OpenLedger:
    raise AssertionError("loading a config opens nothing")


def _storage_not_opened(_settings: Any, _context: Context) -> ObjectStorage:
    raise AssertionError("loading a config opens nothing")


def _signer_not_opened(_settings: Any, _directory: Path) -> Signer:
    raise AssertionError("loading a config opens nothing")


def _broken_profile(_: Any) -> LedgerProfile:
    raise KeyError("profile")


@dataclass(frozen=True, slots=True)
class Odd:
    """A field of a type that no config can hold."""

    value: complex = 0j


def _refusing_profile(_: Any) -> StorageProfile:
    raise UsageError("not with these settings")


class FakePlugin:
    """One plugin with all of them."""

    @hookimpl
    def maas_ledgers(self) -> list[LedgerBackend]:
        return [
            ledger("instant", {FinalityKind.INSTANT}, set()),
            ledger("deep", {FinalityKind.DEPTH}, {Ability.FUND}),
            ledger("quorum", {FinalityKind.DEPTH, FinalityKind.QUORUM}, {Ability.OBSERVERS}),
            ledger("old", {FinalityKind.INSTANT}, set(), "maas/0"),
            LedgerBackend("full", "Has all settings", Everything, lambda _: FULL, _not_opened),
            LedgerBackend("faulty", "Raises", Nothing, _broken_profile, _not_opened),
            LedgerBackend("odd", "Cannot be configured", Odd, lambda _: FULL, _not_opened),
        ]

    @hookimpl
    def maas_storages(self) -> list[StorageBackend]:
        return [
            StorageBackend("vault", "A storage", Region, _storage_profile, _storage_not_opened),
            StorageBackend("choosy", "A storage", Nothing, _refusing_profile, _storage_not_opened),
        ]

    @hookimpl
    def maas_signers(self) -> list[SignerBackend]:
        return [SignerBackend("token", "A key", Everything, _signer_not_opened)]


FULL = ledger_profile("full", {FinalityKind.INSTANT}, set())


def _storage_profile(settings: Region) -> StorageProfile:
    abilities = {StorageAbility.RESIDENCY} if settings.region else {StorageAbility.RETENTION}
    return StorageProfile("vault", frozenset(abilities), settings.region)


def fake_plugins() -> Plugins:
    """Only these backends."""
    return build_plugin_manager([FakePlugin()], installed=())
