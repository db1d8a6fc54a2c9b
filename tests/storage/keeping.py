"""Keepers for tests: served over HTTP in a thread, over a real daemon."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from types import MappingProxyType

from maas_storage_ipfs.keeper import Keeper, KeeperServer, kept_of
from maas_storage_ipfs.settings import Keeping
from maas_storage_ipfs.storage import open_kubo

from maas_core.devnets.ports import free_ports
from maas_core.ports.clock import Clock, SystemClock
from tests.storage.servers import Swarm


@contextmanager
def keeper(
    swarm: Swarm, number: int, folder: Path, allow: Mapping[str, int], clock: Clock | None = None
) -> Iterator[Keeping]:
    """A keeper over one daemon of a swarm."""
    keeping = Keeping(
        f"127.0.0.1:{free_ports(1)[0]}", allow=MappingProxyType(allow), database=Path(f"kept-{number}.db")
    )
    kubo = open_kubo(swarm.settings(number))
    server = KeeperServer(keeping, Keeper(keeping, kubo, kept_of(keeping, folder), clock or SystemClock()))
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield keeping
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        kubo.close()
