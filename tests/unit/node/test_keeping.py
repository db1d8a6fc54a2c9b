"""What terms ask of storages: kept by a node whose storages can, refused by one whose storages cannot."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from maas_core.billing.data_terms import Data, Guard
from maas_core.cli.app import root
from maas_core.config import load_config
from maas_core.errors import ConfigError, UsageError
from maas_core.node import Node
from maas_core.node.keeping_rules import problems
from maas_core.node.named_objects import NamedObjects
from maas_core.plugins import build_plugin_manager
from maas_core.ports.clock import Deadline, SystemClock
from maas_core.ports.storage import ObjectStat, ReleaseStatus, StorageAbility, StorageProfile
from maas_core.proofs import canonical
from tests.storage.agreement import CUSTOMER, DAY, OEM, Agreement, terms_with

KEPT = {"batches_days": 30, "documents_days": 400}


def directory(name: str, **more: Any) -> dict[str, Any]:
    return {"backend": "local", "settings": {"directory": f"../shared/{name}", **more}}


def over(folder: Path, data: dict[str, Any], **settings: Any) -> Agreement:
    tables = {"storage": {"main": directory("main", **settings)}}
    return Agreement(folder / "nodes", dict.fromkeys((OEM, CUSTOMER), tables), data=data)


def retained(node: Node, digest: bytes) -> int:
    (tier,) = node.storages.tiers
    stat = tier.storage.stat(digest, Deadline.after(SystemClock(), 10))
    assert isinstance(stat, ObjectStat)
    return stat.retained_until or 0


def opened(agreement: Agreement, party: int) -> None:
    Node.open(load_config(agreement.config(party), build_plugin_manager(), {})).close()


def test_every_object_of_an_agreement_is_retained_as_its_terms_ask(tmp_path: Path) -> None:
    agreement, now = over(tmp_path, KEPT).make(), SystemClock().now()
    with agreement.node(CUSTOMER) as node:
        ends = {named.what.split(" of ")[0]: retained(node, named.digest) for named in NamedObjects(node).all()}
    for what in ("manifest", "envelope", "data", "group"):
        assert now + 29 * DAY < ends[what], what
    for what in ("spec", "terms"):
        assert now + 399 * DAY < ends[what], what
    assert ends["profile"] == 0


def test_a_retained_batch_cannot_be_let_go_and_its_key_cannot_be_destroyed(tmp_path: Path) -> None:
    agreement = over(tmp_path, KEPT).make()
    with agreement.node(CUSTOMER) as node:
        assert node.telemetry.destroy_key(agreement.machine, 1) is ReleaseStatus.RETAINED
        for reference in node.telemetry.references(node.telemetry.anchor_at(agreement.machine, 1)):
            assert node.blobs.release(reference, Deadline.after(SystemClock(), 10)) is ReleaseStatus.RETAINED
    assert agreement.batches(OEM) == [1440, 1440]


def test_documents_of_an_agreement_that_is_not_to_be_kept_are_not_retained(tmp_path: Path) -> None:
    agreement = over(tmp_path, {"batches_days": 30}).make(days=0)
    with agreement.node(CUSTOMER) as node:
        digest = node.documents.publish("evidence", b"{}", [OEM], agreement.machine)
        assert retained(node, digest) == 0


def test_new_terms_keep_longer_from_when_they_are_accepted(tmp_path: Path) -> None:
    agreement = over(tmp_path, {"documents_days": 10}).make(days=0)
    agreement.amend({"documents_days": 1000})
    with agreement.node(OEM) as node:
        digest = node.documents.publish("evidence", b"{}", [CUSTOMER], agreement.machine)
        assert retained(node, digest) > SystemClock().now() + 999 * DAY


@pytest.mark.parametrize(
    ("data", "missing"),
    [
        ({"batches_days": 1, "lock": "compliance"}, "storages main declares the ability 'compliance'"),
        ({"documents_days": 1, "lock": "compliance"}, "storages main declares the ability 'compliance'"),
        ({"regions": ["eu"]}, r"lie in us \(storage.main\); accepted: eu"),
        ({"forbidden_regions": ["us"]}, r"lie in us \(storage.main\); accepted: .* none of us"),
    ],
)
def test_terms_that_the_storages_cannot_keep_are_not_accepted(
    tmp_path: Path, data: dict[str, Any], missing: str
) -> None:
    with pytest.raises(UsageError, match=missing):
        over(tmp_path, data, region="us").make()


def test_a_region_that_is_not_told_is_none_that_is_allowed(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="a region that is not told"):
        over(tmp_path, {"regions": ["eu"]}).make()


def test_an_amendment_that_the_storages_cannot_keep_is_not_offered(tmp_path: Path) -> None:
    agreement = over(tmp_path, {"regions": ["eu"]}, region="eu").make(days=0)
    with agreement.node(OEM) as node:
        content = canonical.dumps(terms_with({"regions": ["asia"]}))
        terms = node.documents.publish("terms", content, [CUSTOMER])
        with pytest.raises(UsageError, match="may not lie in eu"):
            node.machines.offer_amendment(agreement.machine, terms, 0)


def test_a_node_does_not_open_with_a_config_that_breaks_its_agreements(tmp_path: Path) -> None:
    agreement = over(tmp_path, {"regions": ["eu"]}, region="eu").make(days=0)
    agreement.configure(CUSTOMER, {"storage": {"main": directory("main", region="us")}})
    with pytest.raises(ConfigError, match=r"maas\.toml: .* may not lie in us \(storage.main\); accepted: eu"):
        opened(agreement, CUSTOMER)
    opened(agreement, OEM)
    moved = {
        "storage": {"old": {**directory("main", region="us"), "read_only": True}, "new": directory("new", region="eu")}
    }
    agreement.configure(CUSTOMER, moved)
    opened(agreement, CUSTOMER)


def test_maasctl_says_which_storage_does_not_keep_an_agreement(tmp_path: Path) -> None:
    agreement = over(tmp_path, {"regions": ["eu"]}, region="eu").make(days=0)
    agreement.configure(CUSTOMER, {"storage": {"main": directory("main")}})
    done = CliRunner().invoke(root, ["machine", "list", "--config", str(agreement.config(CUSTOMER))])
    assert isinstance(done.exception, ConfigError)
    assert "storage.main" in str(done.exception)


def test_terms_with_a_large_content_are_kept_with_all_their_parts(tmp_path: Path) -> None:
    agreement = over(tmp_path, KEPT).make(days=0)
    with agreement.node(CUSTOMER) as node:
        digest = node.documents.publish("spec", bytes(range(256)) * 20_000 + json.dumps(KEPT).encode(), [OEM])
        node.keeping.retain(digest, "spec", 4_000_000_000)
        assert {retained(node, one) for one in node.documents.objects(digest, "spec")} == {4_000_000_000}


LOCKED = StorageProfile("x", frozenset({StorageAbility.RETENTION, StorageAbility.COMPLIANCE}))
GUARDED = StorageProfile("x", frozenset({StorageAbility.RETENTION}))
PLAIN = StorageProfile("x")
IN_EU = StorageProfile("x", frozenset({StorageAbility.RESIDENCY}), "eu")


@pytest.mark.parametrize(
    ("data", "first", "later", "kept"),
    [
        (Data(), {"a": PLAIN}, {}, True),
        (Data(batches_days=1), {"a": PLAIN}, {}, False),
        (Data(batches_days=1), {"a": PLAIN, "b": GUARDED}, {}, True),
        (Data(batches_days=1), {"a": PLAIN}, {"b": GUARDED}, False),
        (Data(documents_days=1), {"a": PLAIN}, {}, True),
        (Data(batches_days=1, lock=Guard.COMPLIANCE), {"a": GUARDED}, {}, False),
        (Data(batches_days=1, lock=Guard.COMPLIANCE), {"a": LOCKED}, {}, True),
        (Data(regions=("eu",)), {"a": IN_EU}, {}, True),
        (Data(regions=("eu",)), {"a": IN_EU}, {"b": PLAIN}, False),
        (Data(regions=("us",)), {"a": IN_EU}, {}, False),
        (Data(forbidden_regions=("us",)), {"a": IN_EU}, {}, True),
        (Data(forbidden_regions=("us",)), {"a": PLAIN}, {}, False),
    ],
)
def test_one_storage_that_retains_is_enough_and_no_storage_may_lie_elsewhere(
    data: Data, first: dict[str, StorageProfile], later: dict[str, StorageProfile], kept: bool
) -> None:
    assert (problems(data, (first, later), "batches", batches=True) == []) is kept
