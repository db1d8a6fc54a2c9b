"""What a directory does when its disk is full, read-only, gone or damaged: real file systems where that takes root."""

import errno
import fcntl
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from maas_storage_local.failures import as_answer
from maas_storage_local.settings import Settings
from maas_storage_local.storage import LocalStorage, open_storage

from maas_core.errors import StoreError, UsageError
from maas_core.ports.backends import Context
from maas_core.ports.clock import Deadline, SystemClock
from maas_core.ports.storage import Missing, ObjectStat, PutStatus, ReleaseStatus, Stored
from maas_core.ports.workflow import Unavailable
from maas_core.testing.sim_storage import flip_bit
from maas_core.testing.storage_suite import digest_of

DATA = b"some bytes"
DIGEST = digest_of(DATA)
MEBIBYTE = 2**20


def soon(seconds: float = 10) -> Deadline:
    return Deadline.after(SystemClock(), seconds)


def open_in(folder: Path, *replicas: str) -> LocalStorage:
    settings = Settings(folder / "first", tuple(folder / name for name in replicas))
    return open_storage(settings, Context(SystemClock(), None, folder))


def file_of(folder: Path, digest: bytes = DIGEST) -> Path:
    return folder / "objects" / digest.hex()[:2] / digest.hex()


def mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MiB in the folder `first`."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    folder = tmp_path / "first"
    folder.mkdir()
    mount("-t", "tmpfs", "-o", "size=4m", "none", str(folder))
    yield tmp_path
    subprocess.run(["umount", "--lazy", str(folder)], check=False)


def fill(storage: LocalStorage) -> list[bytes]:
    """Puts objects until one is not taken."""
    stored = []
    for number in range(5):
        data = bytes([number]) * MEBIBYTE
        if storage.put(digest_of(data), data, None, soon()) == Stored(PutStatus.DURABLE):
            stored.append(data)
    return stored


def test_a_full_disk_is_unavailable_and_harms_nothing_that_is_there(disk: Path) -> None:
    storage = open_in(disk)
    stored = fill(storage)
    assert len(stored) == 3
    refused = bytes([9]) * MEBIBYTE
    answer = storage.put(digest_of(refused), refused, None, soon())
    assert isinstance(answer, Unavailable)
    assert "the disk is full" in answer.reason
    assert storage.get(digest_of(refused), soon()) is Missing.ABSENT
    assert [storage.get(digest_of(data), soon()) for data in stored] == stored
    assert list((disk / "first/temporary").iterdir()) == []


def test_a_full_disk_takes_objects_again_once_there_is_room(disk: Path) -> None:
    storage = open_in(disk)
    stored = fill(storage)
    assert storage.release(digest_of(stored[0]), soon()) is ReleaseStatus.RELEASED
    again = bytes([9]) * MEBIBYTE
    assert storage.put(digest_of(again), again, None, soon()) == Stored(PutStatus.DURABLE)


def test_a_full_replica_is_left_out_and_the_count_of_copies_is_true(disk: Path) -> None:
    fill(open_in(disk))
    settings = Settings(disk / "roomy", (disk / "first",))
    storage = open_storage(settings, Context(SystemClock(), None, disk))
    data = bytes([9]) * MEBIBYTE
    storage.put(digest_of(data), data, None, soon())
    stat = storage.replicate(digest_of(data), (), soon())
    assert stat == ObjectStat(MEBIBYTE, 1, None, (str(disk / "roomy"),))


def test_a_read_only_disk_can_be_read_and_is_the_operators_to_mend(disk: Path) -> None:
    storage = open_in(disk)
    storage.put(DIGEST, DATA, None, soon())
    mount("-o", "remount,ro", str(disk / "first"))
    for opened in (storage, open_in(disk)):
        assert opened.get(DIGEST, soon()) == DATA
        with pytest.raises(StoreError, match=r"Read-only.*must be writable"):
            opened.put(digest_of(b"other"), b"other", None, soon())
        with pytest.raises(StoreError, match="Read-only"):
            opened.release(DIGEST, soon())


def test_what_lies_on_an_unmounted_disk_is_not_called_absent(disk: Path) -> None:
    storage = open_in(disk)
    storage.put(DIGEST, DATA, None, soon())
    subprocess.run(["umount", str(disk / "first")], check=True)
    for answer in (
        storage.get(DIGEST, soon()),
        storage.stat(DIGEST, soon()),
        storage.put(DIGEST, DATA, None, soon()),
        storage.release(DIGEST, soon()),
    ):
        assert isinstance(answer, Unavailable)
        assert "is its disk mounted?" in answer.reason


@pytest.mark.parametrize("code", [errno.EACCES, errno.EPERM, errno.EROFS])
def test_what_asking_again_cannot_change_is_an_error(code: int) -> None:
    with pytest.raises(StoreError, match=r"/data: .*must be writable"):
        as_answer("/data", OSError(code, os.strerror(code)))


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (errno.ENOSPC, "/data: the disk is full"),
        (errno.EDQUOT, "/data: the disk quota is used up"),
        (errno.EIO, "/data: the disk reports an error"),
        (errno.EMFILE, "/data: Too many open files"),
    ],
)
def test_what_can_pass_is_unavailable_with_a_reason(code: int, reason: str) -> None:
    assert as_answer("/data", OSError(code, os.strerror(code))) == Unavailable(reason)


def test_one_damaged_copy_is_not_given_counted_or_kept(tmp_path: Path) -> None:
    storage = open_in(tmp_path, "second")
    storage.put(DIGEST, DATA, None, soon())
    storage.replicate(DIGEST, (), soon())
    damaged = file_of(tmp_path / "first")
    damaged.write_bytes(flip_bit(DATA, 3))
    assert storage.get(DIGEST, soon()) == DATA
    assert storage.stat(DIGEST, soon()) == ObjectStat(len(DATA), 1, None, (str(tmp_path / "second"),))
    stat = storage.replicate(DIGEST, (), soon())
    assert isinstance(stat, ObjectStat)
    assert stat.replicas == 2
    assert damaged.read_bytes() == DATA


def test_a_damaged_object_is_replaced_by_putting_it_again(tmp_path: Path) -> None:
    storage = open_in(tmp_path)
    storage.put(DIGEST, DATA, None, soon())
    file_of(tmp_path / "first").write_bytes(DATA[:4])
    storage.put(DIGEST, DATA, None, soon())
    assert storage.get(DIGEST, soon()) == DATA


def test_a_directory_that_was_lost_is_filled_again_from_a_replica(tmp_path: Path) -> None:
    storage = open_in(tmp_path, "second")
    until = SystemClock().now() + 1000
    storage.put(DIGEST, DATA, until, soon())
    storage.replicate(DIGEST, (), soon())
    (tmp_path / "first").rename(tmp_path / "lost")
    storage = open_in(tmp_path, "second")
    assert storage.get(DIGEST, soon()) == DATA
    places = (str(tmp_path / "first"), str(tmp_path / "second"))
    assert storage.replicate(DIGEST, places, soon()) == ObjectStat(len(DATA), 2, until, places)
    assert file_of(tmp_path / "first").read_bytes() == DATA


def test_a_retention_that_only_a_replica_knows_holds_everywhere(tmp_path: Path) -> None:
    storage = open_in(tmp_path, "second")
    storage.put(DIGEST, DATA, SystemClock().now() + 1000, soon())
    storage.replicate(DIGEST, (), soon())
    file_of(tmp_path / "first").with_suffix(".retain").unlink()
    assert storage.release(DIGEST, soon()) is ReleaseStatus.RETAINED
    assert file_of(tmp_path / "first").exists()


def test_an_object_counts_as_retained_while_its_retention_cannot_be_read(tmp_path: Path) -> None:
    storage = open_in(tmp_path)
    storage.put(DIGEST, DATA, SystemClock().now() + 1000, soon())
    file_of(tmp_path / "first").with_suffix(".retain").write_text("soon")
    with pytest.raises(StoreError, match=r"\.retain must hold seconds"):
        storage.release(DIGEST, soon())
    assert storage.get(DIGEST, soon()) == DATA


def test_a_lock_that_another_process_holds_does_not_outlast_the_deadline(tmp_path: Path) -> None:
    storage = open_in(tmp_path)
    storage.put(DIGEST, DATA, None, soon())
    with (tmp_path / "first/locks" / DIGEST.hex()[:2]).open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        answer = storage.release(DIGEST, soon(0.05))
    assert isinstance(answer, Unavailable)
    assert "another process holds the lock" in answer.reason


def test_a_directory_with_something_else_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "first").mkdir()
    (tmp_path / "first/holiday.jpg").write_bytes(b"")
    with pytest.raises(StoreError, match=r"holds holiday\.jpg; a storage needs an empty directory"):
        open_in(tmp_path)


def test_a_directory_of_another_layout_is_refused(tmp_path: Path) -> None:
    open_in(tmp_path)
    (tmp_path / "first/maas-storage").write_text("maas storage, layout 2\n")
    with pytest.raises(StoreError, match="another layout"):
        open_in(tmp_path)


def test_a_directory_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "first").write_text("a file")
    with pytest.raises(StoreError, match="first cannot be a storage"):
        open_in(tmp_path)


def test_a_directory_whose_making_was_interrupted_is_finished(tmp_path: Path) -> None:
    (tmp_path / "first/objects/00").mkdir(parents=True)
    assert open_in(tmp_path).put(DIGEST, DATA, None, soon()) == Stored(PutStatus.DURABLE)


def test_a_directory_is_not_its_own_replica() -> None:
    with pytest.raises(ValueError, match="replicas: must be different"):
        Settings(Path("a"), (Path("b"), Path("a")))


def test_a_target_that_is_not_configured_is_named(tmp_path: Path) -> None:
    storage = open_in(tmp_path, "second")
    with pytest.raises(UsageError, match="elsewhere is none of the directories"):
        storage.replicate(DIGEST, ["elsewhere"], soon())
