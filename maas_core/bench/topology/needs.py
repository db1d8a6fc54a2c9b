"""What a machine must have so that regions can be made on it."""

import os
import shutil
import sys
from pathlib import Path

from maas_core.errors import UsageError

TUN = Path("/dev/net/tun")


def lacking() -> str:
    """What is missing, in words; empty: nothing is."""
    if not sys.platform.startswith("linux"):
        return "Linux, for network namespaces"
    if os.geteuid() != 0:
        return "root, who alone may make network namespaces"
    missing = [name for name in ("ip", "tc") if shutil.which(name) is None]
    if missing:
        return f"the command {' and '.join(missing)}, from iproute2"
    if not os.access(TUN, os.R_OK | os.W_OK):
        return f"{TUN}, from the kernel's module `tun`"
    return ""


def require() -> None:
    """Raises `UsageError` with what is missing."""
    if reason := lacking():
        raise UsageError(f"regions need {reason}")
