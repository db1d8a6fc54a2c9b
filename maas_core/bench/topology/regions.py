"""The regions of a run: made, measured, and ended however the run ends."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from maas_core.bench.topology import namespaces, probe
from maas_core.bench.topology.namespaces import Namespace
from maas_core.bench.topology.needs import require
from maas_core.bench.topology.relay import Carried
from maas_core.bench.topology.table import RegionTable
from maas_core.errors import UnavailableError

PROBES = 7
PROBE_SECONDS = 120.0
NOBODY = 1
"""A port where nobody listens."""
END_SECONDS = 30.0
RELAY = "userspace relay over TUN devices (delay, jitter, loss), as the kernel lacks netem; its tbf (bandwidth)"
NETEM = "the kernel's netem on virtual Ethernet devices (delay, jitter, loss, bandwidth)"


class Regions:
    """A context manager. Everything in the namespaces ends with it.

    Raises `UsageError` where this machine cannot do it, `UnavailableError` where a step fails.
    """

    def __init__(self, table: RegionTable) -> None:
        self.table = table
        self.cleared: Sequence[str] = ()
        """Namespaces that a killed run had left."""
        self.carried: Carried | None = None
        """By the relay; known after the end."""
        self.emulation = RELAY
        self._group = namespaces.new_group()
        self._spaces: dict[str, Namespace] = {}
        self._relay: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        require()
        with ExitStack() as failed:
            failed.callback(self._end)
            with namespaces.one_at_a_time():
                self.cleared = namespaces.clear_leftovers()
                block = namespaces.free_block()
                for number, name in enumerate(self.table.regions):
                    self._spaces[name] = Namespace(self._group, number, block)
                    self._spaces[name].make()
            self._wire()
            failed.pop_all()
        return self

    def _wire(self) -> None:
        """Lines between all regions, and the relay: it alone holds the far ends of TUN devices then.

        With netem it carries nothing, and is there to clear up after a run that was killed.
        """
        if self.space(self.table.home).has_netem():
            self.emulation = NETEM
        ends: dict[tuple[str, str], int] = {}
        try:
            for pair in self.table.pairs:
                first, second = (self.space(name) for name in pair.between)
                if self.emulation == NETEM:
                    first.join(second, pair)
                    continue
                here, there = pair.between
                ends[here, there] = first.wire(second, pair.mbit)
                ends[there, here] = second.wire(first, pair.mbit)
            self._relay = subprocess.Popen(
                [sys.executable, "-m", "maas_core.bench.topology.relay"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                pass_fds=tuple(ends.values()),
                start_new_session=True,  # Ctrl-C is not for it: it clears up
            )
            assert self._relay.stdin is not None
            self._relay.stdin.write(json.dumps(self._plan(ends)) + "\n")
            self._relay.stdin.flush()
        finally:
            for end in ends.values():
                os.close(end)

    def _plan(self, ends: Mapping[tuple[str, str], int]) -> dict[str, object]:
        ways = []
        for (here, there), end in ends.items():
            pair = self.table.pair(here, there)
            assert pair is not None
            way = {"source": end, "target": ends[there, here], "delay": pair.one_way}
            ways.append(way | {"jitter": pair.jitter_ms / 1000, "loss": pair.loss})
        return {"ways": ways, "seed": self.table.seed, "owner": self._group}

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _end(self) -> None:
        if self._relay is not None:
            relay, self._relay = self._relay, None
            try:
                said, _ = relay.communicate(timeout=END_SECONDS)
                carried = Carried(**json.loads(said))
                self.carried = carried if self.emulation == RELAY else None
            except (subprocess.TimeoutExpired, ValueError):
                relay.kill()
                relay.communicate()
        namespaces.remove(self._group)

    # Using

    def space(self, region: str) -> Namespace:
        """A region's namespace."""
        return self._spaces[region]

    def measure(self, targets: Mapping[str, Sequence[str]]) -> dict[str, dict[str, float | None]]:
        """Round trips in seconds from each region to its targets, "address:port"; None where nobody answered.

        Raises `UnavailableError`, also if the relay has ended, so that no run without a network passes for one.
        """
        if self._relay is None or self._relay.poll() is not None:
            raise UnavailableError("the relay between the regions has ended; nothing that was measured since counts")

        def ask(region: str) -> dict[str, float | None]:
            command = [*self.space(region).prefix, sys.executable, "-I", "-S", probe.__file__, str(PROBES)]
            try:
                done = subprocess.run(  # noqa: S603 - our own file
                    [*command, *targets[region]], capture_output=True, text=True, check=True, timeout=PROBE_SECONDS
                )
            except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
                raise UnavailableError(f"round trips from {region} cannot be measured: {error}") from None
            found: dict[str, float | None] = json.loads(done.stdout)
            return found

        with ThreadPoolExecutor(max(1, len(targets))) as pool:
            return dict(zip(targets, pool.map(ask, targets), strict=True))
