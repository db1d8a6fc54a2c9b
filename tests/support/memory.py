"""How much memory a process took."""

import re
from pathlib import Path


def peak_mib() -> float:
    """The most that this process has held in memory, MiB (`VmHWM` of proc(5)).

    `ru_maxrss` of getrusage(2) will not do: it begins with what the parent process held.
    """
    found = re.search(r"^VmHWM:\s*(\d+) kB$", Path("/proc/self/status").read_text("ascii"), re.MULTILINE)
    assert found is not None
    return int(found[1]) / 1024
