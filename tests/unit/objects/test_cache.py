import multiprocessing
import shutil
from pathlib import Path

import pytest

from maas_core.objects.cache import ObjectCache
from tests.unit.objects.world import different, digest_of

BLOCK = 4096


def fill(folder: Path, seed: int, limit: int) -> None:
    cache = ObjectCache(folder, limit)
    for number in range(200):
        data = b"%d/%d" % (seed, number)
        cache.put(digest_of(data), data)
        assert cache.get(digest_of(data)) in {data, None}


def test_what_was_put_is_got_back_until_it_is_dropped(tmp_path: Path) -> None:
    cache = ObjectCache(tmp_path, 10**6)
    cache.put(digest_of(b"x"), b"x")
    assert cache.get(digest_of(b"x")) == b"x"
    cache.drop(digest_of(b"x"))
    assert cache.get(digest_of(b"x")) is None


def test_the_size_stays_within_the_limit(tmp_path: Path) -> None:
    cache = ObjectCache(tmp_path, 32 * BLOCK)
    for data in different(200):
        cache.put(digest_of(data), data)
        assert cache.size() <= 34 * BLOCK


def test_what_was_used_least_recently_goes_first(tmp_path: Path) -> None:
    cache = ObjectCache(tmp_path, 32 * BLOCK)
    used, *others = different(100)
    cache.put(digest_of(used), used)
    for data in others:
        cache.put(digest_of(data), data)
        assert cache.get(digest_of(used)) == used
    assert cache.get(digest_of(others[0])) is None
    assert cache.get(digest_of(others[-1])) == others[-1]


def test_damage_is_a_miss_and_the_damaged_file_goes(tmp_path: Path) -> None:
    cache = ObjectCache(tmp_path, 10**6)
    cache.put(digest_of(b"x"), b"x")
    next(tmp_path.glob("??/*")).write_bytes(b"y")
    assert cache.get(digest_of(b"x")) is None
    assert cache.size() == 0


def test_an_object_that_would_fill_the_cache_is_not_kept(tmp_path: Path) -> None:
    cache = ObjectCache(tmp_path, 16 * BLOCK)
    data = bytes(BLOCK + 1)
    cache.put(digest_of(data), data)
    assert cache.size() == 0


def test_a_cache_that_was_smaller_is_evicted_when_it_is_opened(tmp_path: Path) -> None:
    fill(tmp_path, 1, 200 * BLOCK)
    assert ObjectCache(tmp_path, 32 * BLOCK).size() <= 32 * BLOCK


def test_a_cache_whose_folder_was_deleted_starts_afresh(tmp_path: Path) -> None:
    cache = ObjectCache(tmp_path / "cache", 32 * BLOCK)
    cache.put(digest_of(b"x"), b"x")
    shutil.rmtree(tmp_path / "cache")
    assert cache.get(digest_of(b"x")) is None
    cache.put(digest_of(b"y"), b"y")
    assert cache.get(digest_of(b"y")) == b"y"


def test_a_cache_that_cannot_be_used_keeps_nothing_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "cache").write_text("a file where a folder must be")
    cache = ObjectCache(tmp_path / "cache", 10**6)
    cache.put(digest_of(b"x"), b"x")
    assert cache.get(digest_of(b"x")) is None
    assert "cannot write to the object cache" in caplog.text


def test_several_processes_share_a_cache(tmp_path: Path) -> None:
    processes = [
        multiprocessing.get_context("spawn").Process(target=fill, args=(tmp_path, seed, 64 * BLOCK))
        for seed in range(3)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert ObjectCache(tmp_path, 64 * BLOCK).size() <= 64 * BLOCK
    assert list(tmp_path.glob(".maas-*")) == []
