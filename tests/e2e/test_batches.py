"""Telemetry between real nodes: anchored by the customer, read by those in the group, by nobody else, never twice."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from maas_core.errors import CommandRejectedError, IntegrityError, MaasError, NoAccessError, UsageError
from maas_core.node import Node
from maas_core.node.anchoring import Anchoring
from maas_core.node.batching import Batching
from maas_core.node.stored import GoneError
from maas_core.node.submissions import Submissions
from maas_core.ports.storage import ReleaseStatus
from maas_core.protocol.events import TelemetryAnchored
from maas_core.protocol.states import AnchorKind
from maas_core.telemetry.batch import Link
from tests.support.telemetry import (
    AUDITOR,
    BOARD,
    CUSTOMER,
    DAY,
    OUTSIDER,
    START,
    Consortium,
    add_machine,
    make_consortium,
    opened,
)

MINUTES = 1440


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("batches") / "template"
    make_consortium(folder).close()
    return folder


@pytest.fixture
def parts(template: Path, tmp_path: Path) -> Iterator[Consortium]:
    folder = tmp_path / "parts"
    shutil.copytree(template, folder)
    oem, customer, auditor, outsider = (
        opened(folder / name / "maas.toml") for name in ("oem", "customer", "auditor", "outsider")
    )
    made = Consortium(folder, oem, customer, auditor, outsider, b"\x01" * 16)
    yield made
    made.close()


def readings_of(node: Node, machine: bytes) -> list[int]:
    """The times of all power readings that a node can read, in the order of the anchors."""
    series = [batch.series()["power"].time for batch in node.telemetry.batches(machine)]
    return [int(one) for one in np.concatenate(series)] if series else []


def seqs_of(node: Node, machine: bytes) -> list[int]:
    return [one.seq for one in node.telemetry.anchors(machine)]


def test_members_of_the_group_read_what_the_customer_took_in(parts: Consortium) -> None:
    parts.anchored(days=3)
    expected = list(range(START, START + 3 * DAY, 60))
    for node in (parts.customer, parts.oem, parts.auditor):
        assert readings_of(node, parts.machine) == expected
    [batch, *_] = parts.oem.telemetry.batches(parts.machine)
    assert batch.table().column("value").to_pylist()[:2] == [START % 977 + 1000, (START + 60) % 977 + 1000]
    assert batch.signals["state"].states == ("idle", "running")


def test_an_outsider_reads_nothing(parts: Consortium) -> None:
    parts.anchored()
    with pytest.raises(NoAccessError, match="not among its readers"):
        readings_of(parts.outsider, parts.machine)
    with pytest.raises(NoAccessError):
        list(parts.outsider.telemetry.manifests(parts.machine))


def test_nothing_in_the_storage_or_on_the_ledger_is_plain(parts: Consortium) -> None:
    parts.anchored()
    for file in (parts.folder / "shared").rglob("*"):
        content = file.read_bytes() if file.is_file() else b""
        assert b"running" not in content
        assert b"PAR1" not in content


def test_a_removed_reader_reads_what_was_anchored_before_and_nothing_later(parts: Consortium) -> None:
    parts.anchored(days=1)
    customer = parts.customer
    customer.submissions.wait(customer.groups.remove(parts.machine, AUDITOR))
    parts.anchored(days=1, first_day=1)
    first, second = parts.auditor.telemetry.anchors(parts.machine)
    assert parts.auditor.telemetry.open(first).manifest.seq == 1
    with pytest.raises(NoAccessError, match="not among its readers"):
        parts.auditor.telemetry.open(second)
    assert len(readings_of(parts.oem, parts.machine)) == 2 * MINUTES


def test_who_leaves_is_not_a_reader_of_the_next_batch_until_it_comes_back(parts: Consortium) -> None:
    parts.anchored(days=1)
    auditor = parts.auditor
    auditor.submissions.wait(auditor.groups.leave(parts.machine))
    parts.sync()
    parts.anchored(days=1, first_day=1)
    auditor.submissions.wait(auditor.groups.leave(parts.machine, back=True))
    parts.sync()
    parts.anchored(days=1, first_day=2)
    assert auditor.groups.current(parts.machine).document.members == (BOARD, CUSTOMER, AUDITOR)
    for anchor in auditor.telemetry.anchors(parts.machine):
        if anchor.seq == 2:
            with pytest.raises(NoAccessError):
                auditor.telemetry.open(anchor)
        else:
            assert auditor.telemetry.open(anchor).manifest.readings


@pytest.mark.parametrize("past", [True, False])
def test_a_new_member_reads_the_past_if_and_only_if_the_policy_says_so(parts: Consortium, past: bool) -> None:
    customer, outsider = parts.customer, parts.outsider
    customer.submissions.wait(customer.groups.create(parts.machine, past=past))
    parts.anchored(days=2)
    customer.submissions.wait(customer.groups.invite(parts.machine, OUTSIDER))
    parts.sync()
    before, _ = outsider.telemetry.anchors(parts.machine)
    if past:
        assert outsider.telemetry.open(before).manifest.seq == 1
    else:
        with pytest.raises(NoAccessError):
            outsider.telemetry.open(before)
    parts.anchored(days=1, first_day=2)
    last = outsider.telemetry.anchors(parts.machine)[-1]
    assert outsider.telemetry.open(last).manifest.seq == 3


def test_one_member_can_be_granted_the_past_against_the_policy(parts: Consortium) -> None:
    parts.anchored(days=2)
    customer, outsider = parts.customer, parts.outsider
    with pytest.raises(UsageError, match="invite it first"):
        customer.groups.allow(parts.machine, OUTSIDER)
    customer.submissions.wait(customer.groups.invite(parts.machine, OUTSIDER))
    customer.submissions.wait(customer.groups.allow(parts.machine, OUTSIDER))
    parts.sync()
    assert len(readings_of(outsider, parts.machine)) == 2 * MINUTES


def test_only_the_customer_keeps_the_group_and_both_sides_stay_in_it(parts: Consortium) -> None:
    with pytest.raises(UsageError, match="kept by its customer"):
        parts.oem.groups.remove(parts.machine, AUDITOR)
    with pytest.raises(UsageError, match="what they bill by"):
        parts.customer.groups.remove(parts.machine, BOARD)


def test_a_batch_whose_key_was_destroyed_is_unreadable_and_its_anchor_still_verifies(parts: Consortium) -> None:
    customer, outsider = parts.customer, parts.outsider
    parts.anchored(days=3)
    assert len(readings_of(parts.oem, parts.machine)) == 3 * MINUTES, "the OEM's cache is warm"
    customer.submissions.wait(customer.groups.invite(parts.machine, OUTSIDER))
    customer.submissions.wait(customer.groups.allow(parts.machine, OUTSIDER))
    parts.sync()
    assert len(readings_of(outsider, parts.machine)) == 3 * MINUTES
    assert customer.telemetry.destroy_key(parts.machine, 2) is ReleaseStatus.RELEASED
    for node in (customer, parts.oem, outsider):
        with pytest.raises(GoneError, match="envelope of anchor 2"):
            node.telemetry.open(node.telemetry.anchor_at(parts.machine, 2))
        assert node.telemetry.open(node.telemetry.anchor_at(parts.machine, 3)).manifest.readings
        assert [manifest.seq for _, manifest in node.telemetry.manifests(parts.machine)] == [1, 2, 3]
    with pytest.raises(UsageError, match="only the machine's customer"):
        parts.oem.telemetry.destroy_key(parts.machine, 1)


def test_a_grant_leaves_out_batches_whose_keys_were_destroyed(parts: Consortium) -> None:
    parts.anchored(days=2)
    customer, outsider = parts.customer, parts.outsider
    customer.telemetry.destroy_key(parts.machine, 1)
    customer.submissions.wait(customer.groups.invite(parts.machine, OUTSIDER))
    customer.submissions.wait(customer.groups.allow(parts.machine, OUTSIDER))
    parts.sync()
    first, second = outsider.telemetry.anchors(parts.machine)
    with pytest.raises(MaasError):
        outsider.telemetry.open(first)
    assert outsider.telemetry.open(second).manifest.readings


def test_late_readings_become_corrections_of_the_batches_they_came_too_late_for(parts: Consortium) -> None:
    times = np.arange(START, START + 2 * DAY, 60)
    late = (times % 7200 == 0) & (times < START + DAY)
    parts.add(times[~late])
    parts.customer.telemetry.cut(parts.machine)
    parts.customer.telemetry.anchor()
    parts.add(times[late])
    assert parts.customer.telemetry.cut(parts.machine) == 1
    assert len(parts.customer.telemetry.anchor()) == 1
    parts.sync()
    batches = list(parts.oem.telemetry.batches(parts.machine))
    kinds = [(one.anchor.kind, one.anchor.corrects) for one in batches]
    assert kinds == [(AnchorKind.REGULAR, 0), (AnchorKind.REGULAR, 0), (AnchorKind.CORRECTION, 1)]
    assert sorted(readings_of(parts.oem, parts.machine)) == times.tolist()
    assert sum(gap.missing for gap in batches[0].manifest.gaps) == np.count_nonzero(late)


def test_long_silence_is_one_batch_and_its_gap_is_told(parts: Consortium) -> None:
    parts.add(np.concatenate([np.arange(START, START + DAY, 60), np.arange(START + 9 * DAY, START + 10 * DAY, 60)]))
    assert parts.customer.telemetry.cut(parts.machine) == 3
    parts.customer.telemetry.anchor()
    windows = [(one.time_from, one.time_to) for one in parts.customer.telemetry.anchors(parts.machine)]
    assert windows == [(START, START + DAY), (START + DAY, START + 9 * DAY), (START + 9 * DAY, START + 10 * DAY)]
    [silent] = parts.customer.telemetry.batches(parts.machine, 2, 3)
    assert [(gap.signal, gap.missing) for gap in silent.manifest.gaps] == [("power", 8 * MINUTES)]


def test_up_to_a_given_time_the_last_window_is_cut_short(parts: Consortium) -> None:
    parts.add(np.arange(START, START + DAY, 60))
    until = START + DAY // 2 + 30
    parts.customer.telemetry.cut(parts.machine, until)
    parts.customer.telemetry.cut(parts.machine)
    parts.customer.telemetry.anchor()
    windows = [(one.time_from, one.time_to) for one in parts.customer.telemetry.anchors(parts.machine)]
    assert windows == [(START, until), (until, START + DAY)]
    assert readings_of(parts.customer, parts.machine) == list(range(START, START + DAY, 60))


def test_many_machines_are_anchored_by_one_command(parts: Consortium) -> None:
    machines = [parts.machine] + [add_machine(parts, bytes([n]) * 16) for n in (9, 5, 7)]
    for one in machines:
        parts.add(np.arange(START, START + 2 * DAY, 60), one)
        parts.customer.telemetry.cut(one)
    assert len(parts.customer.telemetry.anchor()) == 8
    parts.oem.sync()
    transactions = [
        [entry.transaction for entry in parts.oem.machines.history(one) if isinstance(entry.event, TelemetryAnchored)]
        for one in machines
    ]
    assert {tuple(one) for one in transactions} == {tuple(transactions[0])}
    assert len(set(transactions[0])) == 2


def anchor_all(parts: Consortium) -> None:
    parts.customer.telemetry.cut(parts.machine)
    parts.customer.telemetry.anchor()


CRASHES = [
    (Batching, "make", False),
    (Batching, "make", True),
    (Anchoring, "_keep", True),
    (Anchoring, "_name", True),
    (Submissions, "send_all", False),
    (Submissions, "send_all", True),
    (Submissions, "wait", False),
    (Submissions, "wait", True),
    (Anchoring, "_note_anchored", False),
    (Anchoring, "_note_anchored", True),
]


class CrashError(Exception):
    """Stands for the end of the process."""


@pytest.mark.parametrize(("kind", "name", "after"), CRASHES)
def test_what_was_interrupted_goes_on_without_loss_and_without_repetition(
    parts: Consortium, monkeypatch: pytest.MonkeyPatch, kind: type, name: str, after: bool
) -> None:
    parts.add(np.arange(START, START + 3 * DAY, 60))
    whole = getattr(kind, name)

    def crashing(*arguments: object, **options: object) -> object:
        if after:
            whole(*arguments, **options)
        raise CrashError

    monkeypatch.setattr(kind, name, crashing)
    with pytest.raises(CrashError):
        anchor_all(parts)
    monkeypatch.undo()
    parts.customer.close()
    parts.customer = opened(parts.folder / "customer" / "maas.toml")
    parts.customer.telemetry.cut(parts.machine)
    parts.customer.telemetry.anchor()
    parts.sync()
    assert seqs_of(parts.oem, parts.machine) == [1, 2, 3]
    assert readings_of(parts.oem, parts.machine) == list(range(START, START + 3 * DAY, 60))
    assert parts.customer.telemetry.making.waiting(parts.machine) == []


def test_batches_that_the_ledger_refuses_are_made_anew(parts: Consortium, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Anchoring._links

    def with_a_hole(*arguments: Any) -> list[Link]:
        return [replace(one, seq=one.seq + 1) for one in whole(*arguments)]

    parts.add(np.arange(START, START + 2 * DAY, 60))
    monkeypatch.setattr(Anchoring, "_links", with_a_hole)
    monkeypatch.setattr(Anchoring, "_compare", lambda *_: None)
    parts.customer.telemetry.cut(parts.machine)
    with pytest.raises(CommandRejectedError, match="SEQUENCE_GAP"):
        parts.customer.telemetry.anchor()
    monkeypatch.undo()
    anchor_all(parts)
    parts.sync()
    assert seqs_of(parts.oem, parts.machine) == [1, 2]
    assert readings_of(parts.oem, parts.machine) == list(range(START, START + 2 * DAY, 60))


def test_a_node_that_was_restored_from_a_copy_goes_on_where_the_ledger_is(parts: Consortium, tmp_path: Path) -> None:
    parts.add(np.arange(START, START + 2 * DAY, 60))
    parts.customer.close()
    copy = tmp_path / "copy.db"
    source = parts.folder / "customer" / "node.db"
    shutil.copy(source, copy)
    parts.customer = opened(parts.folder / "customer" / "maas.toml")
    parts.customer.telemetry.cut(parts.machine, START + DAY)
    parts.customer.telemetry.anchor()
    parts.customer.close()
    for file in source.parent.glob("node.db*"):
        file.unlink()
    shutil.copy(copy, source)
    parts.customer = opened(parts.folder / "customer" / "maas.toml")
    anchor_all(parts)
    parts.sync()
    assert readings_of(parts.oem, parts.machine) == list(range(START, START + 2 * DAY, 60))


def test_a_node_without_the_device_key_cuts_nothing(parts: Consortium) -> None:
    parts.add(np.arange(START, START + DAY, 60))
    [file] = parts.customer.config.devices.keys
    file.unlink()
    with pytest.raises(UsageError, match="maasctl device new"):
        parts.customer.telemetry.cut(parts.machine)


def test_only_the_customer_cuts(parts: Consortium) -> None:
    with pytest.raises(UsageError, match="anchored by its customer"):
        parts.oem.telemetry.cut(parts.machine)


def test_a_slice_is_proven_to_somebody_without_the_key(parts: Consortium) -> None:
    parts.anchored()
    [batch] = parts.oem.telemetry.batches(parts.machine)
    proof = batch.slice_proof(3)
    anchor = parts.outsider.telemetry.anchor_at(parts.machine, 1)
    proven = proof.check(anchor, b"d" * 32, {batch.manifest.device})
    assert proven.span == (START + 3 * 3600, START + 4 * 3600)
    assert proven.series["power"].time.tolist() == list(range(START + 3 * 3600, START + 4 * 3600, 60))
    with pytest.raises(IntegrityError, match="specification does not name"):
        proof.check(anchor, b"d" * 32, {bytes(32)})
