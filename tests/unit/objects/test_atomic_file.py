import fcntl
import os
from pathlib import Path

import pytest

from maas_core.objects.atomic_file import clean_leftovers, new_file, write_all, write_whole


@pytest.mark.parametrize("durable", [True, False])
def test_a_file_is_replaced_as_a_whole(tmp_path: Path, durable: bool) -> None:
    target = tmp_path / "file"
    write_whole(tmp_path, target, b"first", durable=durable)
    write_whole(tmp_path, target, b"second", durable=durable)
    assert target.read_bytes() == b"second"
    assert list(tmp_path.iterdir()) == [target]


def test_a_writer_that_fails_leaves_what_was_there_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_bytes(b"before")
    with pytest.raises(ZeroDivisionError):
        write_half_and_fail(target)
    assert target.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [target]


def write_half_and_fail(target: Path) -> None:
    with new_file(target.parent, target, durable=True) as file:
        file.write(b"half")
        raise ZeroDivisionError


def test_files_of_dead_writers_are_cleaned_and_others_left_alone(tmp_path: Path) -> None:
    dead, living, foreign = tmp_path / ".maas-1-dead", tmp_path / ".maas-2-living", tmp_path / "foreign"
    for path in (dead, living, foreign):
        path.write_bytes(b"half")
    with living.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert clean_leftovers(tmp_path) == 1
    assert sorted(tmp_path.iterdir()) == [living, foreign]


def test_a_file_that_is_being_written_is_not_a_leftover(tmp_path: Path) -> None:
    with new_file(tmp_path, tmp_path / "file", durable=False) as file:
        write_all(file, b"half")
        assert clean_leftovers(tmp_path) == 0
        write_all(file, b" and half")
    assert (tmp_path / "file").read_bytes() == b"half and half"


def test_a_writer_whose_file_was_taken_for_a_leftover_makes_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flock, taken = fcntl.flock, iter([True])

    def cleaner_was_first(descriptor: int, operation: int) -> None:
        if next(taken, False):
            next(tmp_path.glob(".maas-*")).unlink()
        flock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", cleaner_was_first)
    write_whole(tmp_path, tmp_path / "file", b"whole", durable=False)
    assert (tmp_path / "file").read_bytes() == b"whole"


def test_a_stream_that_takes_few_bytes_at_a_time_gets_them_all(tmp_path: Path) -> None:
    class Narrow:
        def __init__(self) -> None:
            self.got = b""

        def write(self, data: memoryview) -> int:
            self.got += bytes(data[:3])
            return min(3, len(data))

    narrow = Narrow()
    write_all(narrow, b"ten bytes!")  # type: ignore[arg-type]
    assert narrow.got == b"ten bytes!"
    assert os.listdir(tmp_path) == []  # noqa: PTH208
