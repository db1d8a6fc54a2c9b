"""Makes the copies of the write policy `background` while a node runs."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from maas_core.config.sections import NodeConfig, WritePolicy
from maas_core.errors import MaasError
from maas_core.node.node import Node

_log = logging.getLogger(__name__)
EVERY_SECONDS = 5.0


@contextmanager
def copying(config: NodeConfig) -> Iterator[None]:
    """Copy on a thread, with a node of its own, until the block ends; nothing to do under other policies."""
    if config.tiering.write is not WritePolicy.BACKGROUND:
        yield
        return
    stop = Event()
    thread = Thread(target=_copy, args=(config, stop), name="copier")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _copy(config: NodeConfig, stop: Event) -> None:
    with Node.open(config) as node:
        while not stop.wait(EVERY_SECONDS):
            try:
                moved = node.storages.replicate(stop=stop)
            except MaasError as error:
                _log.warning("copies are not made now: %s", error)
                continue
            for reason in moved.failed:
                _log.warning("not copied: %s", reason)
