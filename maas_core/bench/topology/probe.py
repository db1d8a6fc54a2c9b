"""Round trips by TCP: how long a connection to each address takes. Run in a region's namespace, by the file's path.

Where nobody listens, the refusal takes a round trip as well; so an address with any port will do. Prints a JSON object:
median seconds by address, null where there was no answer. Arguments: how often, then "address:port".
"""

import json
import socket
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from statistics import median

SECONDS = 5.0


def round_trip(target: str) -> float | None:
    """Seconds of one."""
    host, _, port = target.rpartition(":")
    begun = time.perf_counter()
    try:
        socket.create_connection((host, int(port)), SECONDS).close()
    except ConnectionRefusedError:
        pass
    except OSError:
        return None
    return time.perf_counter() - begun


def round_trips(count: int, targets: Sequence[str]) -> dict[str, float | None]:
    """The median of so many to each, one after the other; all targets at once."""

    def measure(target: str) -> float | None:
        took = [seconds for _ in range(count) if (seconds := round_trip(target)) is not None]
        return median(took) if took else None

    with ThreadPoolExecutor(max(1, len(targets))) as pool:
        return dict(zip(targets, pool.map(measure, targets), strict=True))


if __name__ == "__main__":
    sys.stdout.write(json.dumps(round_trips(int(sys.argv[1]), sys.argv[2:])))
