"""Sealed documents between real nodes: who reads them, and what is refused."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from maas_core.errors import IntegrityError, NoAccessError, UsageError
from maas_core.node import Node
from maas_core.node.stored import GoneError
from maas_core.ports.clock import Deadline
from maas_core.protocol.states import Role
from maas_core.sealing.documents import Body, Draft, seal
from maas_core.sealing.epochs import GROUP, GroupDocument, encode_group
from maas_core.sealing.keys import create_key
from tests.support.telemetry import (
    AUDITOR,
    BOARD,
    CUSTOMER,
    DEPLOYMENT,
    OUTSIDER,
    Consortium,
    make_consortium,
    opened,
)

CANARY = b"nobody but readers may ever see this sentence"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("documents") / "template"
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


def stored(node: Node, draft: Draft, readers: list[Node]) -> bytes:
    """Seal a document as a forger may, and store it; returns its digest."""
    assert node.signer is not None
    sealed = seal(draft, Body.PLAIN, draft.content, [one.keys.public for one in readers], node.signer)
    return node.blobs.put(sealed, Deadline.after(node.clock, 10)).reference.digest


@pytest.mark.parametrize("size", [1, 10_000, 3 * 2**20])
def test_readers_read_what_was_published_and_others_do_not(parts: Consortium, size: int) -> None:
    content = (CANARY * (size // len(CANARY) + 1))[:size]
    digest = parts.customer.documents.publish("work", content, [BOARD])
    for node in (parts.customer, parts.oem):
        assert node.documents.read(digest, "work") == content
    assert parts.oem.documents.opened(digest, "work").author_party == CUSTOMER
    for node in (parts.auditor, parts.outsider):
        with pytest.raises(NoAccessError, match="not among its readers"):
            node.documents.read(digest, "work")


def test_no_plaintext_is_on_any_disk(parts: Consortium) -> None:
    digest = parts.customer.documents.publish("work", CANARY, [BOARD])
    parts.oem.documents.read(digest, "work")
    files = [one for one in parts.folder.rglob("*") if one.is_file()]
    assert len(files) > 20
    for file in files:
        assert CANARY not in file.read_bytes(), file


def test_the_author_reads_its_own_document_though_the_storage_lost_it(parts: Consortium) -> None:
    digest = parts.customer.documents.publish("work", CANARY, [BOARD])
    [reference] = parts.customer.documents.references(digest, "work")
    parts.customer.blobs.release(reference, Deadline.after(parts.customer.clock, 10))
    assert parts.customer.documents.read(digest, "work") == CANARY
    with pytest.raises(GoneError, match="in none of the storages"):
        parts.oem.documents.read(digest, "work")


def test_a_reader_that_has_not_joined_is_refused(parts: Consortium) -> None:
    parts.oem.submissions.wait(parts.oem.proposals.invite(9, b"i" * 32, Role.CUSTOMER))
    with pytest.raises(UsageError, match="party 9 has not joined yet"):
        parts.oem.documents.publish("work", b"", [9])


def test_a_document_in_the_name_of_another_party_is_caught(parts: Consortium) -> None:
    draft = Draft.for_readers("terms", DEPLOYMENT, BOARD, b"{}")
    digest = stored(parts.customer, draft, [parts.auditor])
    with pytest.raises(IntegrityError, match="signed by a key that is not that party's"):
        parts.auditor.documents.read(digest, "terms")


def test_a_document_of_another_deployment_is_caught(parts: Consortium) -> None:
    draft = Draft.for_readers("terms", bytes(32), CUSTOMER, b"{}")
    digest = stored(parts.customer, draft, [parts.auditor])
    with pytest.raises(IntegrityError, match="made for another deployment"):
        parts.auditor.documents.read(digest, "terms")


def test_a_document_of_another_kind_is_caught(parts: Consortium) -> None:
    digest = parts.customer.documents.publish("report", b"done", [AUDITOR])
    with pytest.raises(IntegrityError, match="is a report, not a ruling"):
        parts.auditor.documents.read(digest, "ruling")


def test_what_is_no_document_is_caught(parts: Consortium) -> None:
    node = parts.customer
    digest = node.blobs.put(b"anything", Deadline.after(node.clock, 10)).reference.digest
    with pytest.raises(IntegrityError, match="is no sealed document"):
        node.documents.read(digest, "terms")


def test_the_profile_of_another_party_is_caught(parts: Consortium) -> None:
    outsider = parts.outsider
    outsider.submissions.wait(outsider.parties.update_profile(parts.oem.parties.get(BOARD).record.profile))
    parts.sync()
    with pytest.raises(IntegrityError, match="not signed by that party's own key"):
        parts.oem.parties.profile(OUTSIDER)


def test_group_documents_of_others_or_of_other_machines_are_caught(parts: Consortium) -> None:
    group = GroupDocument(parts.machine, 7, bytes(32), (BOARD, CUSTOMER, AUDITOR), False, bytes(32))
    by_oem = parts.oem.documents.publish(GROUP, encode_group(group), [AUDITOR])
    with pytest.raises(IntegrityError, match="was not written by the machine's customer"):
        parts.auditor.groups.read(parts.machine, by_oem)
    other = parts.customer.documents.publish(GROUP, encode_group(replace(group, machine=bytes(16))), [AUDITOR])
    with pytest.raises(IntegrityError, match="is of another machine"):
        parts.auditor.groups.read(parts.machine, other)


def test_a_grant_for_somebody_else_is_caught(parts: Consortium) -> None:
    parts.anchored()
    customer = parts.customer
    customer.submissions.wait(customer.groups.allow(parts.machine, AUDITOR))
    [(_, grant)] = customer.groups.current(parts.machine).document.grants
    with pytest.raises(IntegrityError, match="is for another machine or party"):
        customer.groups._grants.read(grant, parts.machine)


def test_an_auditor_that_came_later_reads_terms_and_telemetry_by_a_grant(parts: Consortium) -> None:
    parts.anchored()
    customer, late = parts.customer, parts.outsider
    parts.oem.submissions.wait(parts.oem.proposals.set_roles(OUTSIDER, Role.AUDITOR))
    parts.sync()
    parts.anchored(first_day=1)
    terms = customer.machines.get(parts.machine).record.terms
    with pytest.raises(NoAccessError):
        late.documents.read(terms, "terms")
    customer.submissions.wait(customer.groups.allow(parts.machine, OUTSIDER))
    parts.sync()
    assert late.documents.read(terms, "terms") == b"{}"
    assert [batch.manifest.seq for batch in late.telemetry.batches(parts.machine)] == [1, 2]


def test_a_party_that_changed_its_encryption_key_reads_old_and_new(parts: Consortium) -> None:
    old = parts.oem.documents.publish("work", b"old", [CUSTOMER])
    home = parts.folder / "customer"
    parts.customer.close()
    (home / "encryption.key").rename(home / "earlier.key")
    create_key(home / "encryption.key", None)
    config = home / "maas.toml"
    config.write_text(config.read_text() + '\n[encryption]\nprevious = ["earlier.key"]\n')
    parts.customer = opened(config)
    parts.customer.submissions.wait(parts.customer.parties.update_profile(parts.customer.parties.publish_profile()))
    parts.sync()
    new = parts.oem.documents.publish("work", b"new", [CUSTOMER])
    assert parts.customer.documents.read(old, "work") == b"old"
    assert parts.customer.documents.read(new, "work") == b"new"
    assert len(parts.customer.keys.keys) == 2
