"""A real process is killed while it writes, again and again."""

import subprocess
import sys
import time
from pathlib import Path
from random import Random

from maas_storage_local.settings import Settings
from maas_storage_local.storage import LocalStorage, open_storage

from maas_core.ports.backends import Context
from maas_core.ports.clock import Deadline, SystemClock
from maas_core.testing.storage_suite import digest_of
from tests.unit.storage_local.writer import SAME

KILLS = 8
ROOT = Path(__file__).resolve().parents[3]


def write_until_killed(folder: Path, seconds: float) -> list[bytes]:
    """Returns the digests that the writer said to be durable."""
    command = [sys.executable, "-m", "tests.unit.storage_local.writer", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as writer:
        assert writer.stdout is not None
        first = writer.stdout.readline()
        time.sleep(seconds)
        writer.kill()
        lines = first + writer.stdout.read()
    return [bytes.fromhex(line.decode()) for line in lines.splitlines()]


def open_in(folder: Path) -> LocalStorage:
    return open_storage(Settings(), Context(SystemClock(), None, folder))


def test_a_killed_writer_leaves_nothing_that_can_be_seen_by_halves(tmp_path: Path) -> None:
    random = Random(1)  # noqa: S311
    durable: list[bytes] = []
    for _ in range(KILLS):
        durable += write_until_killed(tmp_path, random.uniform(0, 0.05))
        visible = [path for path in (tmp_path / "objects/objects").rglob("*") if path.is_file()]
        assert all(digest_of(path.read_bytes()).hex() == path.name for path in visible)
        open_in(tmp_path)
        assert list((tmp_path / "objects/temporary").iterdir()) == []
    storage = open_in(tmp_path)
    gets = [storage.get(digest, Deadline.after(SystemClock(), 10)) for digest in durable]
    assert [digest_of(data) for data in gets if isinstance(data, bytes)] == durable
    assert len(durable) >= KILLS


def test_two_processes_that_write_the_same_objects_do_not_harm_each_other(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from tests.unit.storage_local.writer import put_same;"
        "put_same(Path(sys.argv[1]))"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    writers = [subprocess.Popen(command, cwd=ROOT) for _ in range(2)]
    assert [writer.wait() for writer in writers] == [0, 0]
    visible = [path for path in (tmp_path / "objects/objects").rglob("*") if path.is_file() and not path.suffix]
    assert all(digest_of(path.read_bytes()).hex() == path.name for path in visible)
    assert len(visible) == SAME


def test_opening_leaves_the_files_of_living_writers_alone(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.unit.storage_local.writer", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as writer:
        assert writer.stdout is not None
        for _ in range(40):
            open_in(tmp_path)
            assert writer.stdout.readline()
        assert writer.poll() is None
        writer.kill()
