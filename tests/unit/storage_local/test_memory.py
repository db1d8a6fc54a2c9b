"""The same memory for a file of a mebibyte and for one of 256."""

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from maas_core.objects.access import ObjectAccess
from maas_core.objects.blobs import Blobs
from maas_core.objects.window import Window
from maas_core.ports.backends import Context
from maas_core.ports.clock import Deadline, SystemClock
from maas_storage_local.settings import Settings
from maas_storage_local.storage import open_storage
from tests.support.memory import peak_mib

folder, mebibytes = Path(sys.argv[1]), int(sys.argv[2])
clock = SystemClock()
soon = Deadline.after(clock, 300)
source, target = folder / "source", folder / "target"
with source.open("wb") as file:
    for number in range(mebibytes):
        file.write(number.to_bytes(8, "big") * 131072)
with ThreadPoolExecutor(4) as pool:
    storage = open_storage(Settings(), Context(clock, None, folder))
    blobs = Blobs(ObjectAccess([storage]), window=Window(pool, 4))
    reference = blobs.put_file(source, soon).reference
    assert blobs.fetch_file(reference, target, soon) is None
assert target.stat().st_size == mebibytes * 2**20
print(peak_mib())
"""


def peak_mib(folder: Path, mebibytes: int) -> float:
    folder.mkdir()
    command = [sys.executable, "-c", PROGRAM, str(folder), str(mebibytes)]
    return float(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    assert peak_mib(tmp_path / "large", 256) < peak_mib(tmp_path / "small", 16) + 8


def test_what_the_parent_process_holds_does_not_count() -> None:
    held = bytearray(64 * 2**20)
    command = [sys.executable, "-c", "from tests.support.memory import peak_mib; print(peak_mib())"]
    assert float(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout) < len(held) / 2**20
