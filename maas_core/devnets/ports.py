"""Ports of the loopback interface."""

import socket
from contextlib import ExitStack
from secrets import randbelow

from maas_core.errors import UnavailableError
from maas_core.ports.devnet import LOOPBACK

__all__ = ["LOOPBACK", "free_ports", "is_listening"]

LOWEST, HIGHEST = 20_000, 32_000
"""Below the ports that systems give to outgoing connections, so that none of these takes one before its server does."""
TRIES = 2_000


def free_ports(count: int) -> list[int]:
    """So many different TCP ports that are free on loopback now. Raises `UnavailableError` if there are not so many.

    They are neighbours: two networks that start at the same moment then seldom choose one port, which neither has yet.
    """
    ports: list[int] = []
    start, many = randbelow(HIGHEST - LOWEST), HIGHEST - LOWEST
    with ExitStack() as held:
        for step in range(TRIES):
            if len(ports) == count:
                break
            port = LOWEST + (start + step) % many
            listener = held.enter_context(socket.socket())
            try:
                listener.bind((LOOPBACK, port))
            except OSError:
                continue
            ports.append(port)
    if len(ports) < count:
        raise UnavailableError(f"no {count} free ports between {LOWEST} and {HIGHEST} on {LOOPBACK}")
    return ports


def is_listening(port: int, seconds: float = 0.5, host: str = LOOPBACK) -> bool:
    """Whether something accepts connections on a port, of the loopback interface if no other address is named."""
    try:
        with socket.create_connection((host, port), timeout=seconds):
            return True
    except OSError:
        return False
