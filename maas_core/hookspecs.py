"""All that a plugin can hook into: read this file, and you can write a backend.

A plugin is a Python package of any distribution. Its root module implements some of the hooks below, and its
distribution names that module in the entry-point group `maas.plugins`:

    # acme_maas/__init__.py
    from maas_core.hookspecs import hookimpl

    PROTOCOLS = ("maas/1",)

    @hookimpl
    def maas_ordered_logs():
        from acme_maas.log import Settings, open_log
        from maas_core.ports.backends import OrderedLogBackend

        return [OrderedLogBackend("acme", "The ordering service of Acme", Settings, open_log)]

    # pyproject.toml
    [project.entry-points."maas.plugins"]
    acme = "acme_maas"

- `PROTOCOLS` says which protocol versions the plugin was written for. Without the current one the plugin is reported as
  incompatible and not used. A plugin that has nothing to do with the protocol may leave it out.
- If the distribution has an extra of the same name as the entry point, and what that extra requires is not installed,
  the plugin is not imported and users read how to install it.
- The root module is imported and its hooks are called at every start, so hooks import what they need themselves, and
  nothing that needs a vendor library: `later("acme_maas.log:open_log")` is a function that is imported when called.
- A hook returns a list, possibly empty; it opens nothing, and what it raises marks this plugin as broken, no other one.
- A backend's name is what a config says to choose it: lower case, unique among the backends of its kind.
- A backend's `settings` is a frozen dataclass. The config's table is checked against it: types may be str, int, float,
  bool, Path (relative: from the node's folder), Secret, an enum or Literal of strings, a dataclass, tuple[T, ...],
  frozenset[T], Mapping[str, T], and `T | None`. A field's metadata may hold "help" (a sentence), "min" and "max". What
  one field cannot say, `__post_init__` checks and raises ValueError("KEY: what is wrong; accepted: ...").
- Whatever a backend cannot do, its profile does not declare. A config that needs it then fails at load.

`maas_core.testing` holds a suite for ledgers, ordered logs and storages: subclass it, give a fixture, and it says what
is missing. `docs/writing-a-plugin.md` walks through a whole plugin.
"""

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    import click

    from maas_core.ports.backends import LedgerBackend, OrderedLogBackend, SignerBackend, StorageBackend
    from maas_core.ports.bid_strategy import BidStrategyBackend
    from maas_core.ports.devnet import DevnetBackend
    from maas_core.ports.payments import PaymentsBackend
    from maas_core.ports.telemetry_source import TelemetrySourceBackend

NAMESPACE = "maas"

hookspec = pluggy.HookspecMarker(NAMESPACE)
hookimpl = pluggy.HookimplMarker(NAMESPACE)
"""Put it above each function of your root module that implements a hook."""


def later(place: str) -> Callable[..., Any]:
    """The function or class `package.module:name`, imported when it is first called."""
    module, _, name = place.partition(":")

    def call(*arguments: Any, **options: Any) -> Any:
        return getattr(import_module(module), name)(*arguments, **options)

    return call


@hookspec
def maas_ledgers() -> "list[LedgerBackend]":
    """Ledgers that check the protocol's rules by themselves, e.g. by a contract.

    Implement the three interfaces that the project is about: `WorkflowLedger` (ports/workflow.py: submit commands,
    follow events), `FinalityWaiting` (ports/finality.py: facts about blocks) and, where those who run the ledger can be
    changed, `ConsortiumMembership` (ports/membership.py). `open` returns the three as an `OpenLedger`. The core keeps
    what must be remembered, retries, follows reorganisations and waits for finality; a backend does none of it.

    Chosen by `[ledger] backend = name`, checked by `maas_core.testing.ledger_suite`.
    """
    raise NotImplementedError


@hookspec
def maas_ordered_logs() -> "list[OrderedLogBackend]":
    """Ledgers that only put signed payloads into one order; the least that a ledger can be.

    Implement `OrderedLog` (ports/ordered_log.py): seal, append, read, find. The core runs the protocol's reference
    model over the log and makes the three interfaces of it. About 60 lines; `examples/third_party_plugin` has one.

    Chosen by `[ledger] backend = name` like any ledger, checked by `maas_core.testing.ordered_log_suite`.
    """
    raise NotImplementedError


@hookspec
def maas_storages() -> "list[StorageBackend]":
    """Storages for encrypted bytes of at most 1 MiB under their SHA-256.

    Implement `ObjectStorage` (ports/storage.py): put, get, stat, replicate, release. Hashing, verification, retry,
    parts and cache are the core's.

    Chosen by `[storage.NAME] backend = name`, checked by `maas_core.testing.storage_suite`.
    """
    raise NotImplementedError


@hookspec
def maas_signers() -> "list[SignerBackend]":
    """Ways to hold a party's key: a file, an HSM, a key service.

    Implement `Signer` (ports/signer.py): scheme, public key, sign. Every ledger signs through it, so a key that cannot
    leave its device needs no ledger backend of its own.

    Chosen by `[signer] backend = name`.
    """
    raise NotImplementedError


@hookspec
def maas_telemetry_sources() -> "list[TelemetrySourceBackend]":
    """Where readings come from: a file format, a broker, a machine's own interface.

    Implement `TelemetrySource` (ports/telemetry_source.py): the signals, and pages of readings (machine, signal, time,
    value as scaled integer, quality) after a place that the core remembers. What cannot be read is returned as dropped
    with its place and reason.

    Chosen by `[telemetry.NAME] backend = name`.
    """
    raise NotImplementedError


@hookspec
def maas_bid_strategies() -> "list[BidStrategyBackend]":
    """How a maintainer decides about tickets: pass, accept, or bid with price, time of arrival and distance.

    Implement `BidStrategy` (ports/bid_strategy.py), one function without side effects.

    Chosen by `[maintenance] strategy = name`.
    """
    raise NotImplementedError


@hookspec
def maas_payments() -> "list[PaymentsBackend]":
    """How accepted invoices are paid: a bank file, a card, another chain.

    Implement `Payments` (ports/payments.py): order a payment once, look it up. The ledger records only the digest of
    its reference.

    Chosen by `[payments] backend = name`.
    """
    raise NotImplementedError


@hookspec
def maas_devnets() -> "list[DevnetBackend]":
    """Real networks of the plugin's kind that one command starts on this machine.

    Implement `Devnet` (ports/devnet.py): up, status, down, in a folder; `up` returns the tables with which nodes join.
    With a `profile` it is known what participants will be able to do before anything is started.
    With `open_placed`, `maasctl bench regions` can put its processes into regions that are far from each other.

    Started by `maasctl devnet up NAME`, used by tests and `maasctl bench`.
    """
    raise NotImplementedError


@hookspec
def maas_commands() -> "list[click.Command]":
    """Commands or groups that appear under `maasctl`, for what only this plugin can do, e.g. deploy its contract.

    Name the group like the plugin. Classes from `maas_core.cli.base` bring `--json`, `--config` and the node with them;
    errors of `maas_core.errors` become exit codes. A built-in command's name cannot be taken.
    """
    raise NotImplementedError
