"""Contents of several objects: cut off they go on where they were, given up they are taken away, and nothing else."""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from maas_core.cli.app import root
from maas_core.errors import UnavailableError
from maas_core.node import Node
from maas_core.node.named_objects import NamedObjects
from maas_core.node.uploads import Cleaned
from maas_core.objects.access import ObjectAccess, StoredObject
from maas_core.ports.readings import Readings
from tests.storage.agreement import CUSTOMER, OEM, POWER, Agreement

CONTENT = os.urandom(6_000_000)
PARTS = 6
RESUMED = (PARTS - 3 + 2, PARTS - 3 + 2 + 1)
"""Puts after three parts: the others, their manifest, the document; and the last part, which is short, in any case."""
KIND = "evidence"


@pytest.fixture
def agreement(tmp_path: Path) -> Agreement:
    tables = {"storage": {"main": {"backend": "local", "settings": {"directory": "../shared/main"}}}}
    return Agreement(tmp_path / "nodes", dict.fromkeys((OEM, CUSTOMER), tables)).make(days=1)


@pytest.fixture
def node(agreement: Agreement) -> Iterator[Node]:
    with agreement.node(CUSTOMER) as node:
        yield node


class Line:
    """Counts the objects that are put, and is cut after some."""

    def __init__(self, patched: pytest.MonkeyPatch, most: int) -> None:
        self.put = 0
        really, one_at_a_time = ObjectAccess.put, Lock()

        def put(access: ObjectAccess, *arguments: Any) -> StoredObject:
            with one_at_a_time:  # so that those before the cut have ended
                if self.put == most:
                    raise UnavailableError("the line is cut")
                self.put += 1
                return really(access, *arguments)

        patched.setattr(ObjectAccess, "put", put)


def cut_off(node: Node, after: int = 3) -> None:
    with pytest.MonkeyPatch.context() as patched:
        Line(patched, after)
        with pytest.raises(UnavailableError, match="cut"):
            node.documents.publish(KIND, CONTENT, [OEM])


def files(agreement: Agreement) -> set[str]:
    return {file.name for file in (agreement.folder / "shared" / "main" / "objects").glob("??/*")}


def test_what_was_cut_off_goes_on_with_what_is_missing(node: Node, agreement: Agreement) -> None:
    before = files(agreement)
    cut_off(node)
    there = files(agreement) - before
    assert len(there) == 3
    with pytest.MonkeyPatch.context() as patched:
        line = Line(patched, 1000)
        digest = node.documents.publish(KIND, CONTENT, [OEM])
    assert line.put in RESUMED
    assert there < {one.hex() for one in node.documents.objects(digest, KIND)}
    with agreement.node(OEM) as oem:
        assert oem.documents.read(digest, KIND) == CONTENT


def test_it_goes_on_after_the_process_has_ended(agreement: Agreement) -> None:
    with agreement.node(CUSTOMER) as node:
        cut_off(node)
    with agreement.node(CUSTOMER) as node, pytest.MonkeyPatch.context() as patched:
        line = Line(patched, 1000)
        node.documents.publish(KIND, CONTENT, [OEM])
    assert line.put in RESUMED


def test_a_part_that_was_lost_or_cut_short_meanwhile_is_put_again(node: Node, agreement: Agreement) -> None:
    before = files(agreement)
    cut_off(node)
    lost, short, _ = sorted(files(agreement) - before)
    folder = agreement.folder / "shared" / "main" / "objects"
    (folder / lost[:2] / lost).unlink()
    (folder / short[:2] / short).write_bytes(b"short")
    digest = node.documents.publish(KIND, CONTENT, [OEM])
    with agreement.node(OEM) as oem:
        assert oem.documents.read(digest, KIND) == CONTENT


def test_what_has_ended_is_forgotten_and_other_contents_have_other_keys(node: Node) -> None:
    first = node.documents.publish(KIND, CONTENT, [OEM])
    assert node.uploads.clean(0) == Cleaned()
    second = node.documents.publish(KIND, CONTENT, [OEM])
    parts = [set(node.documents.objects(one, KIND)) for one in (first, second)]
    assert not parts[0] & parts[1]


def test_what_was_given_up_is_taken_away_and_nothing_else(node: Node, agreement: Agreement) -> None:
    before = files(agreement)
    cut_off(node)
    done = node.uploads.clean(0)
    assert (done.uploads, done.released, done.named, done.failed) == (1, 3, 0, [])
    assert files(agreement) == before
    assert agreement.batches(OEM) == [1440]
    assert node.uploads.clean(0) == Cleaned()


def test_what_may_still_go_on_is_left_alone(node: Node, agreement: Agreement) -> None:
    cut_off(node)
    there = files(agreement)
    assert node.uploads.clean(3600) == Cleaned(young=1)
    assert files(agreement) == there


def test_a_look_takes_nothing_away(node: Node, agreement: Agreement) -> None:
    cut_off(node)
    there = files(agreement)
    assert node.uploads.clean(0, look_only=True).released >= 3
    assert files(agreement) == there
    assert node.uploads.clean(0).released == 3


def test_what_a_document_names_stays_though_its_upload_never_ended(node: Node, agreement: Agreement) -> None:
    """As after a database was restored that had begun an upload, which ended later."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(node.uploads, "end", lambda *_: None)
        digest = node.documents.publish(KIND, CONTENT, [OEM])
    there = files(agreement)
    done = node.uploads.clean(0)
    assert (done.released, done.named) == (0, PARTS)
    assert files(agreement) == there
    with agreement.node(OEM) as oem:
        assert oem.documents.read(digest, KIND) == CONTENT


def test_what_is_retained_is_left_for_later(node: Node) -> None:
    with pytest.MonkeyPatch.context() as patched:
        Line(patched, 3)
        with pytest.raises(UnavailableError):
            node.documents.publish(KIND, CONTENT, [OEM], until=node.clock.now() + 1000)
    done = node.uploads.clean(0)
    assert (done.released, done.retained) == (0, 3)
    assert node.uploads.clean(0).retained == 3


def test_no_key_of_an_upload_lies_open_in_the_database(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    keys: list[bytes] = []
    really = node.uploads.begin

    def begin(what: str, plain: bytes, key: bytes) -> Any:
        keys.append(key)
        return really(what, plain, key)

    monkeypatch.setattr(node.uploads, "begin", begin)
    cut_off(node)
    assert node.database.file is not None
    kept = b"".join(file.read_bytes() for file in node.database.file.parent.glob("node.db*"))
    assert len(keys) == 1
    assert keys[0] not in kept


def test_maasctl_tells_and_takes_away_what_was_given_up(agreement: Agreement) -> None:
    with agreement.node(CUSTOMER) as node:
        cut_off(node)
    config = ["--json", "--config", str(agreement.config(CUSTOMER))]
    done = CliRunner().invoke(root, ["storage", "clean", *config], standalone_mode=False)
    assert (done.exception, json.loads(done.output)["young"]) == (None, 1)
    shown = CliRunner().invoke(root, ["storage", "clean", "--list", *config], standalone_mode=False)
    assert json.loads(shown.output)["uploads"] == 0


@pytest.mark.parametrize("size", [2**20 - 4200, 2**20 - 2000, 2**20 - 28, 2**20 - 27, 2**20, 2**20 + 1, 2 * 2**20 - 56])
def test_contents_about_as_large_as_one_object_go_on_too(agreement: Agreement, size: int) -> None:
    content = os.urandom(size)
    with agreement.node(CUSTOMER) as node:
        for after in (1, 2):
            with pytest.MonkeyPatch.context() as patched, suppress(UnavailableError):
                Line(patched, after)
                node.documents.publish(KIND, content, [OEM])
        digest = node.documents.publish(KIND, content, [OEM])
        assert node.uploads.clean(0) == Cleaned()
    with agreement.node(OEM) as oem:
        assert oem.documents.read(digest, KIND) == content


def test_a_batch_that_was_cut_off_goes_on_and_leaves_no_upload_behind(agreement: Agreement) -> None:
    with agreement.node(CUSTOMER) as node:
        anchors, _ = node.machines.heads(agreement.machine)
        assert anchors is not None
        head = anchors.window_to
        times = np.arange(head, head + 40_000, dtype=np.int64)
        noise = Readings(
            machines=(agreement.machine.hex(),),
            signals=(POWER.name,),
            machine=np.zeros(len(times), np.int32),
            signal=np.zeros(len(times), np.int32),
            time=times,
            value=np.random.default_rng(7).integers(-(2**62), 2**62, len(times)),
            quality=np.zeros(len(times), np.uint8),
        )
        node.readings.add("noise", noise, [POWER])
        before = files(agreement)
        node.storages.blobs._access.max_object = 65_536
        with pytest.MonkeyPatch.context() as patched:
            Line(patched, 3)
            with pytest.raises(UnavailableError):
                node.telemetry.cut(agreement.machine, head + 40_000)
        begun = files(agreement) - before
        assert len(begun) == 3
        assert node.telemetry.cut(agreement.machine, head + 40_000) == 1
        node.telemetry.anchor([agreement.machine])
        [data] = node.telemetry.references(node.telemetry.anchor_at(agreement.machine, 2))[2:]
        assert data.height == 1
        named = {one.digest.hex() for one in NamedObjects(node).all()}
        assert begun < named
        assert files(agreement) <= named
        assert node.uploads.clean(0) == Cleaned()
    assert agreement.batches(OEM) == [1440, 40_000]
