"""Holds regions with something running in them until it is ended: `holder.py TABLE`. Prints the relay's process id."""

import subprocess
import sys
import time
from pathlib import Path

from maas_core.bench.topology.regions import Regions
from maas_core.bench.topology.table import load_table

with Regions(load_table(Path(sys.argv[1]))) as regions:
    command = [*regions.space("far").prefix, "sleep", "1000"]
    with subprocess.Popen(command, start_new_session=True) as inside:
        relay = regions._relay
        assert relay is not None
        sys.stdout.write(f"{relay.pid} {inside.pid}\n")
        sys.stdout.flush()
        time.sleep(1000)
