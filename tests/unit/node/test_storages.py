"""A node with two directories as storages: audit, repair, copies for later, moving, by the node and by `maasctl`."""

import json
import os
import time
from pathlib import Path
from shutil import copytree, rmtree
from typing import Any

import pytest
from click.testing import CliRunner, Result

from maas_core.cli.app import root
from maas_core.config import load_config
from maas_core.errors import UsageError
from maas_core.node.copier import copying
from maas_core.node.named_objects import NamedObjects
from maas_core.plugins import build_plugin_manager
from tests.storage.agreement import CUSTOMER, OEM, Agreement

READINGS = [1440, 1440]


def directory(name: str) -> dict[str, Any]:
    return {"backend": "local", "settings": {"directory": f"../shared/{name}"}}


TWO = {"storage": {"first": directory("first"), "second": directory("second")}}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Agreement:
    folder = tmp_path_factory.mktemp("storages") / "nodes"
    return Agreement(folder, dict.fromkeys((OEM, CUSTOMER), TWO)).make()


@pytest.fixture
def agreement(made: Agreement, tmp_path: Path) -> Agreement:
    copytree(made.folder, tmp_path / "nodes")
    return Agreement(tmp_path / "nodes", dict(made.storages), made.machine)


def files(agreement: Agreement, name: str) -> list[Path]:
    return sorted((agreement.folder / "shared" / name / "objects").glob("??/*"))


def maasctl(agreement: Agreement, party: int, *arguments: str) -> Result:
    return CliRunner().invoke(root, [*arguments, "--config", str(agreement.config(party))], standalone_mode=False)


def test_an_audit_names_every_object_once(agreement: Agreement) -> None:
    with agreement.node(CUSTOMER) as node:
        report = node.storages.audit(deep=True)
        named = [one.digest for one in NamedObjects(node).all()]
    assert (report.findings, report.closed, report.lost) == ([], [], 0)
    assert len(set(named)) == len(named) == report.objects == len(files(agreement, "first"))
    assert report.by_storage == {"first": {"whole": report.objects}, "second": {"whole": report.objects}}


def test_what_is_gone_or_damaged_comes_back_from_the_other_storage(agreement: Agreement) -> None:
    before = agreement.anchors()
    gone, damaged = files(agreement, "first")[:5], files(agreement, "second")[5:9]
    for file in gone:
        file.unlink()
    for file in damaged:
        file.write_bytes(b"damaged")
    with agreement.node(CUSTOMER) as node:
        seen: list[int] = []
        report = node.storages.repair(seen.append, deep=True)
        assert (report.findings, report.failed, seen[-1]) == ([], [], report.objects)
        assert report.repaired >= 5  # what was read to find objects was healed in passing
        assert node.storages.audit(deep=True).findings == []
    assert agreement.batches(OEM) == READINGS
    assert agreement.anchors() == before


def test_what_is_gone_everywhere_is_lost_and_told(agreement: Agreement) -> None:
    with agreement.node(CUSTOMER) as node:
        data = next(one for one in NamedObjects(node).all() if one.what.startswith("data"))
    for name in ("first", "second"):
        (agreement.folder / "shared" / name / "objects" / data.digest.hex()[:2] / data.digest.hex()).unlink()
    done = maasctl(agreement, CUSTOMER, "storage", "repair", "--report", str(agreement.folder / "report.json"))
    assert done.return_value == 30, done.output
    assert "1 lost" in done.output
    report = json.loads((agreement.folder / "report.json").read_text())
    assert [one["digest"] for one in report["findings"]] == [data.digest.hex()]
    assert report["lost"] == 1


def test_an_outsider_audits_what_it_can_name(agreement: Agreement) -> None:
    """What the OEM may not look into, here a document for the customer alone, is listed by its top, if at all."""
    with agreement.node(CUSTOMER) as node:
        node.documents.publish("evidence", os.urandom(3_000_000), [])
        mine = {one.digest for one in NamedObjects(node).all()}
    with agreement.node(OEM) as node:
        theirs = {one.digest for one in NamedObjects(node).all()}
    assert theirs < mine


def test_objects_move_and_the_old_storage_is_emptied_if_wanted(agreement: Agreement) -> None:
    tables = {"storage": {**TWO["storage"], "third": directory("third")}}
    agreement.configure(CUSTOMER, tables)
    first = maasctl(agreement, CUSTOMER, "storage", "migrate", "first", "third", "--json")
    count = len(files(agreement, "first"))
    assert json.loads(first.output)["copied"] == count == len(files(agreement, "third"))
    again = maasctl(agreement, CUSTOMER, "storage", "migrate", "first", "third", "--release", "--json")
    moved = json.loads(again.output)
    assert (moved["copied"], moved["there"], moved["released"], moved["failed"]) == (0, count, count, [])
    assert files(agreement, "first") == []
    for party in (OEM, CUSTOMER):
        agreement.configure(party, {"storage": {"third": directory("third")}})
    assert agreement.batches(OEM) == READINGS


def test_objects_do_not_move_to_where_they_are_nor_to_what_is_not_there(agreement: Agreement) -> None:
    with agreement.node(CUSTOMER) as node:
        with pytest.raises(UsageError, match="two different storages"):
            node.storages.migrate("first", "first")
        with pytest.raises(UsageError, match="there is no storage 'fourth'; the config has first, second"):
            node.storages.migrate("first", "fourth")


def in_background(agreement: Agreement) -> None:
    agreement.configure(CUSTOMER, {**TWO, "tiering": {"write": "background"}})


def test_copies_are_made_later_and_once(agreement: Agreement) -> None:
    in_background(agreement)
    before = len(files(agreement, "second"))
    with agreement.node(CUSTOMER) as node:
        node.documents.publish("evidence", os.urandom(3_000_000), [OEM])
        due = node.storages.copies.count()
    assert due >= 4
    assert len(files(agreement, "second")) == before
    moved = json.loads(maasctl(agreement, CUSTOMER, "storage", "replicate", "--json").output)
    assert (moved["copied"], moved["left"], moved["failed"]) == (due, 0, [])
    assert files(agreement, "second") != []
    assert len(files(agreement, "second")) == before + due


def test_a_copy_of_what_was_never_stored_is_given_up_after_a_while(agreement: Agreement) -> None:
    in_background(agreement)
    with agreement.node(CUSTOMER) as node:
        node.storages.copies.add(os.urandom(32), "first", ["second"], None)
        assert node.storages.replicate().left == 1
        node.storages.copies._clock = Earlier()  # type: ignore[assignment]
        node.storages.copies.add(os.urandom(32), "first", ["second"], None)
        assert node.storages.replicate().left == 1


class Earlier:
    """A clock of two hours ago."""

    def now(self) -> int:
        return int(time.time()) - 7200


def test_copies_from_a_storage_that_the_config_no_longer_has_are_forgotten(agreement: Agreement) -> None:
    in_background(agreement)
    with agreement.node(CUSTOMER) as node:
        node.storages.copies.add(os.urandom(32), "gone", ["second"], None)
        assert node.storages.replicate().left == 0


def test_copies_that_cannot_be_made_stay_due_and_are_told(agreement: Agreement) -> None:
    in_background(agreement)
    with agreement.node(CUSTOMER) as node:
        node.documents.publish("evidence", b"x", [OEM])
    rmtree(agreement.folder / "shared/second")
    (agreement.folder / "shared/second").mkdir()
    (agreement.folder / "shared/second/stranger").touch()
    done = maasctl(agreement, CUSTOMER, "storage", "replicate")
    assert done.exception is not None
    assert "a storage needs an empty directory" in str(done.exception)
    with agreement.node(CUSTOMER) as node:
        assert node.storages.copies.count() == 1


def test_a_running_node_makes_copies(agreement: Agreement, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maas_core.node.copier.EVERY_SECONDS", 0.05)
    in_background(agreement)
    with agreement.node(CUSTOMER) as node:
        node.documents.publish("evidence", os.urandom(1000), [OEM])
        with copying(load_config(agreement.config(CUSTOMER), build_plugin_manager(), {})):
            until = time.monotonic() + 30
            while node.storages.copies.count() and time.monotonic() < until:
                time.sleep(0.05)
        assert node.storages.copies.count() == 0


def test_a_node_that_writes_everywhere_has_no_copier(agreement: Agreement) -> None:
    import threading

    with copying(load_config(agreement.config(CUSTOMER), build_plugin_manager(), {})):
        assert "copier" not in [thread.name for thread in threading.enumerate()]


def test_telemetry_of_a_machine_lies_in_its_own_storage_alone(tmp_path: Path) -> None:
    agreement = Agreement(tmp_path / "nodes", dict.fromkeys((OEM, CUSTOMER), TWO)).make(days=0)
    own = {**directory("own"), "machines": [agreement.machine.hex()]}
    for party in (OEM, CUSTOMER):
        agreement.configure(party, {"storage": {**TWO["storage"], "own": own}})
    before = files(agreement, "first")
    with agreement.node(CUSTOMER) as node:
        agreement.anchor(node, 2)
        parts = [one for one in NamedObjects(node).all() if one.machine == agreement.machine]
        assert len(files(agreement, "own")) == len(parts)
        assert node.storages.audit(deep=True).findings == []
    assert len(files(agreement, "first")) > len(before)  # the document of the group
    assert agreement.batches(OEM) == READINGS


def test_a_machine_that_the_config_names_must_be_known(agreement: Agreement) -> None:
    own = {**directory("own"), "machines": ["press"]}
    agreement.configure(CUSTOMER, {"storage": {**TWO["storage"], "own": own}})
    with agreement.node(CUSTOMER) as node, pytest.raises(UsageError, match="press"):
        node.storages.blobs_of(agreement.machine)


def test_status_and_audit_are_shown_as_tables_and_as_json(agreement: Agreement) -> None:
    files(agreement, "first")[0].unlink()
    agreement.configure(CUSTOMER, {**TWO, "tiering": {"write": "background"}})
    with agreement.node(CUSTOMER) as node:
        node.storages.copies.add(os.urandom(32), "first", ["second"], None)
    shown = maasctl(agreement, CUSTOMER, "storage", "status").output
    assert "conditional_write" in shown
    assert "1 objects are still to be copied" in shown
    states = json.loads(maasctl(agreement, CUSTOMER, "storage", "status", "--json").output)
    assert [(one["name"], one["state"]) for one in states] == [("first", "up"), ("second", "up")]
    done = maasctl(agreement, CUSTOMER, "storage", "audit")
    assert (done.return_value, "Not whole everywhere" in done.output) == (0, True)
    report = json.loads(maasctl(agreement, CUSTOMER, "storage", "audit", "--json").output)
    assert report["by_storage"]["first"]["absent"] == 1
