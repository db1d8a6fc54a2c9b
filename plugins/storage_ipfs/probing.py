"""Looks at a daemon with an operator's eyes: is it private, does it sync, do its peers and keepers answer?"""

import os
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import urllib3
from maas_storage_ipfs.gateway import EMPTY, Gateway
from maas_storage_ipfs.habits import Habits, habits_of
from maas_storage_ipfs.keepers import keepers_of
from maas_storage_ipfs.kubo import FAILURES, Kubo, KuboDeniedError
from maas_storage_ipfs.settings import Durable, Settings
from maas_storage_ipfs.storage import CONNECT_SECONDS, open_kubo

from maas_core.errors import UnavailableError
from maas_core.ports.clock import Deadline, SystemClock
from maas_core.ports.signer import Signer
from maas_core.ports.workflow import Unavailable

SECONDS = 5.0
PUBLIC = ("dht", "dhtclient", "dhtserver", "auto", "autoclient")
"""Kinds of routing that tell the public network what a daemon has."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    found: str
    ok: bool
    advice: str = ""


def findings(settings: Settings, signer: Signer | None) -> list[Finding]:
    """All of them. Raises `UnavailableError` if the daemon does not answer."""
    kubo = open_kubo(settings)
    try:
        connected = kubo.peers(SECONDS)
        found = [Finding("daemon", settings.api, ok=True), *_configured(settings, kubo)]
        found += [_peer(kubo, address, connected) for address in settings.peers]
        return found + list(_keepers(settings, signer))
    except FAILURES as error:
        raise UnavailableError(f"{settings.api}: {error}") from None
    finally:
        kubo.close()


def _configured(settings: Settings, kubo: Kubo) -> Iterator[Finding]:
    try:
        config = kubo.config(SECONDS)
    except KuboDeniedError:
        yield Finding("configuration", "may not be read", settings.durable is not Durable.ASK, "set durable yourself")
        return
    habits = habits_of(config)
    fits = habits.syncs or settings.durable is Durable.YES
    advice = 'set "sync": true in Datastore.Spec, or nothing that is stored counts as durable'
    yield Finding("blocks are synced to disk", "yes" if habits.syncs else "no", fits, "" if fits else advice)
    advice = "" if habits.replaces else "Datastore.BlockKeyCacheSize 0 saves a request with every put"
    yield Finding("a put replaces blocks", "yes" if habits.replaces else "no", ok=True, advice=advice)
    yield _gateway(settings, habits)
    routing = str(_at(config, "Routing", "Type") or "auto")
    private = routing not in PUBLIC and not _at(config, "Bootstrap")
    advice = "this daemon speaks to the public network: others can learn which digests it has"
    yield Finding("private", f"routing {routing}", private, "" if private else advice)


def _gateway(settings: Settings, habits: Habits) -> Finding:
    if not settings.gateway:
        return Finding("gateway", "not used", ok=True, advice="large objects come faster through `gateway`")
    if not habits.gateway_is_local:
        advice = "set Gateway.NoFetch; one that looks elsewhere for what is not here is not used"
        return Finding("gateway", settings.gateway, ok=False, advice=advice)
    with closing(Gateway(settings.gateway, 1)) as gateway:
        answers = gateway.get(EMPTY, SECONDS) is not None
    return Finding("gateway", settings.gateway, answers, "" if answers else "it does not answer like a gateway")


def _peer(kubo: Kubo, address: str, connected: frozenset[str]) -> Finding:
    if address.rpartition("/p2p/")[2] in connected:
        return Finding("peer", address, ok=True)
    try:
        kubo.connect(address, CONNECT_SECONDS)
    except FAILURES as error:
        return Finding("peer", address, ok=False, advice=str(error))
    return Finding("peer", address, ok=True)


def _keepers(settings: Settings, signer: Signer | None) -> Iterator[Finding]:
    clock, pool = SystemClock(), urllib3.PoolManager(retries=False)
    for keeper in keepers_of(settings.replicas, pool, signer, clock):
        answer = keeper.holds(os.urandom(32), b"", Deadline.after(clock, SECONDS))
        away = isinstance(answer, Unavailable)
        yield Finding("keeper", keeper.name, not away, answer.reason if isinstance(answer, Unavailable) else "")
    pool.clear()


def _at(config: Mapping[str, Any], *path: str) -> Any:
    value: Any = config
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value
