"""Settings, connection profiles, organisations and drafts: what is accepted, and what errors say."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from maas_ledger_fabric.channel_config import admitting, organisations, removing, signatures_needed
from maas_ledger_fabric.connection_profile import read_profile
from maas_ledger_fabric.devnet.access import access_of
from maas_ledger_fabric.devnet.config import core_yaml
from maas_ledger_fabric.devnet.genesis import organisation
from maas_ledger_fabric.devnet.plan import plan_of, remember
from maas_ledger_fabric.devnet.settings import Settings as DevnetSettings
from maas_ledger_fabric.draft_file import read_draft, write_draft
from maas_ledger_fabric.org_definition import OrgDefinition, definition_from_json, definition_to_json, org_group
from maas_ledger_fabric.package import chaincode_package, package_id
from maas_ledger_fabric.profile import profile_of
from maas_ledger_fabric.protos import Message, configtx, policies
from maas_ledger_fabric.settings import Admin, Peer, Settings

from maas_core.errors import ConfigError, MembershipError
from maas_core.ports.devnet import Placement, Site
from maas_core.ports.membership import ChangeKind, Draft, Member, MemberChange
from maas_core.ports.workflow import Ability, FinalityKind

PEER = Peer("peer0:7051")
USUAL = Settings(msp_id="OemMSP", certificate=Path("cert.pem"), gateways=(PEER,))


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, "msp_id: is missing"),
        ({"msp_id": "OemMSP"}, "certificate: is missing"),
        ({"msp_id": "OemMSP", "certificate": Path("c")}, "gateways: is missing"),
        ({"connection_profile": Path("p"), "tls_key": Path("k")}, "tls_key: .* come together"),
    ],
)
def test_settings_say_what_is_missing(fields: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Settings(**fields)


@pytest.mark.parametrize("address", ["", "peer0", ":7051", "peer0:", "peer0:x", "peer0:0", "peer0:70000"])
def test_an_address_is_host_and_port(address: str) -> None:
    with pytest.raises(ValueError, match="accepted: HOST:PORT"):
        Peer(address)


def test_what_is_not_configured_is_not_declared() -> None:
    assert profile_of(USUAL).abilities == frozenset()
    assert profile_of(USUAL).finality == {FinalityKind.INSTANT}
    able = replace(USUAL, observers=(PEER,), admin=Admin(Path("a"), Path("k")), attempts=7)
    assert profile_of(able).abilities == {Ability.OBSERVERS, Ability.CHANGE_MEMBERS}
    assert profile_of(able).finality == {FinalityKind.INSTANT, FinalityKind.QUORUM}
    assert profile_of(able).attempts == 7


# Connection profiles

PROFILE: dict[str, Any] = {
    "client": {"organization": "Org1"},
    "organizations": {"Org1": {"mspid": "Org1MSP", "peers": ["peer0", "peer1"], "signedCert": {"pem": "CERT"}}},
    "peers": {
        "peer0": {"url": "grpcs://peer0.example.com:7051", "tlsCACerts": {"pem": "CA"}},
        "peer1": {
            "url": "grpcs://10.0.0.2:7051",
            "tlsCACerts": {"pem": ["CA1", "CA2"]},
            "grpcOptions": {"hostnameOverride": "peer1.example.com"},
        },
    },
}


def changed(*path: str, value: Any) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(json.dumps(PROFILE))
    place = content
    for name in path[:-1]:
        place = place[name]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return content


def written(folder: Path, content: object) -> Path:
    file = folder / "profile.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return file


def test_a_profile_names_the_organisations_peers(tmp_path: Path) -> None:
    found = read_profile(written(tmp_path, PROFILE), "maas")
    assert (found.msp_id, found.certificate) == ("Org1MSP", b"CERT")
    assert [(one.address, one.roots, one.name) for one in found.gateways] == [
        ("peer0.example.com:7051", b"CA", ""),
        ("10.0.0.2:7051", b"CA1\nCA2", "peer1.example.com"),
    ]


def test_the_channel_of_a_profile_chooses_among_them(tmp_path: Path) -> None:
    content = changed("channels", value={"maas": {"peers": {"peer1": {}}}})
    assert [one.name for one in read_profile(written(tmp_path, content), "maas").gateways] == ["peer1.example.com"]


def test_paths_count_from_the_profile(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_bytes(b"CA of a file")
    content = changed("peers", "peer0", "tlsCACerts", value={"path": "ca.pem"})
    assert read_profile(written(tmp_path, content), "maas").gateways[0].roots == b"CA of a file"


def test_without_tls_there_is_no_ca(tmp_path: Path) -> None:
    content = changed("peers", "peer0", value={"url": "grpc://peer0:7051"})
    assert read_profile(written(tmp_path, content), "maas").gateways[0].roots is None


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "is not JSON"),
        ("a: [", "is not YAML"),
        ("- 1", "is no connection profile"),
        (changed("client", value=None), "client is missing"),
        (changed("client", "organization", value="Org2"), r"organizations\.Org2 is missing"),
        (changed("organizations", "Org1", "mspid", value=None), r"organizations\.Org1\.mspid is missing"),
        (changed("organizations", "Org1", "peers", value=["peer2"]), r"peers\.peer2 is missing"),
        (changed("peers", "peer0", "url", value=None), r"peers\.peer0\.url is missing"),
        (changed("peers", "peer0", "url", value="grpcs://peer0"), "accepted: grpcs://HOST:PORT"),
        (changed("peers", "peer0", "tlsCACerts", value=None), r"peers\.peer0\.tlsCACerts is missing"),
        (changed("peers", "peer0", "tlsCACerts", value={"path": "absent.pem"}), r"absent\.pem, which cannot be read"),
        (changed("channels", value={"other": {}}), "knows the channels other, and no 'maas'"),
    ],
)
def test_a_profile_that_cannot_be_used_is_told_with_file_and_member(tmp_path: Path, content: Any, told: str) -> None:
    with pytest.raises(ConfigError, match=r"profile\.json: .*" + told):
        read_profile(written(tmp_path, content), "maas")


def test_a_profile_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.json: the connection profile cannot be read"):
        read_profile(tmp_path / "absent.json", "maas")


# Organisations

ORG = OrgDefinition("InsurerMSP", ("PEM",), ("TLS",), anchor_peers=("peer0.insurer:7051",))


def config(*names: str, rule: int = 2) -> Message:
    """A channel's config with organisations."""
    made = configtx.Config()
    root = made.channel_group
    root.version = 3
    application = root.groups["Application"]
    application.version = 5
    application.mod_policy = "Admins"
    meta = policies.ImplicitMetaPolicy(sub_policy="Admins", rule=rule).SerializeToString()
    policy = policies.Policy(type=policies.Policy.IMPLICIT_META, value=meta)
    application.policies["Admins"].CopyFrom(configtx.ConfigPolicy(policy=policy, version=2))
    application.values["Capabilities"].version = 4
    for name in names:
        application.groups[name].CopyFrom(org_group(replace(ORG, msp_id=name)))
        application.groups[name].version = 9
    return made


def test_organisations_are_known_by_their_msp_id() -> None:
    assert organisations(config("A", "B")) == {"A": "A", "B": "B"}


def test_admitting_writes_one_group_and_keeps_all_others_by_version() -> None:
    update = admitting(config("A", "B"), "maas", "InsurerMSP", org_group(ORG))
    read, write = update.read_set.groups["Application"], update.write_set.groups["Application"]
    assert (update.channel_id, read.version, write.version, write.mod_policy) == ("maas", 5, 6, "Admins")
    assert {name: group.version for name, group in read.groups.items()} == {"A": 9, "B": 9}
    assert {name: group.version for name, group in write.groups.items()} == {"A": 9, "B": 9, "InsurerMSP": 0}
    assert set(write.groups["InsurerMSP"].policies) == {"Readers", "Writers", "Admins", "Endorsement"}
    assert not write.groups["A"].values
    assert (read.policies["Admins"].version, write.values["Capabilities"].version) == (2, 4)
    assert update.read_set.version == update.write_set.version == 3


def test_removing_leaves_one_group_out() -> None:
    write = removing(config("A", "B", "C"), "maas", "B").write_set.groups["Application"]
    assert (set(write.groups), write.version) == ({"A", "C"}, 6)


def test_the_last_organisation_cannot_leave() -> None:
    with pytest.raises(MembershipError, match="last organisation"):
        removing(config("A"), "maas", "A")


@pytest.mark.parametrize(("rule", "needed"), [(0, 1), (1, 3), (2, 2)])
def test_how_many_must_sign_follows_from_the_policy(rule: int, needed: int) -> None:
    assert signatures_needed(config("A", "B", "C", rule=rule)) == needed


def test_a_definition_is_read_as_it_was_written() -> None:
    with pytest.raises(MembershipError, match="no definition"):
        definition_from_json(definition_to_json(ORG))  # PEM that is none
    with pytest.raises(MembershipError, match="msp_id and root_certificates"):
        definition_from_json(definition_to_json(replace(ORG, root_certificates=(), tls_root_certificates=())))


def test_an_anchor_peer_is_host_and_port() -> None:
    with pytest.raises(MembershipError, match="no HOST:PORT"):
        org_group(replace(ORG, anchor_peers=("peer0",)))


def test_a_draft_is_read_as_it_was_written(tmp_path: Path) -> None:
    change = MemberChange(ChangeKind.ADMIT, Member("insurer", "InsurerMSP"), b'{"msp_id": "InsurerMSP"}')
    draft = Draft(change, b"\0payload", (("OemMSP", b"\1signature"),))
    file = tmp_path / "draft.json"
    write_draft(file, draft)
    assert read_draft(file) == draft


@pytest.mark.parametrize("content", ["", "{}", '{"change": {"kind": "invite"}}', "[]"])
def test_a_file_that_is_no_draft(tmp_path: Path, content: str) -> None:
    file = tmp_path / "draft.json"
    file.write_text(content, "utf-8")
    with pytest.raises(MembershipError, match="is no draft"):
        read_draft(file)


# Packages and devnets


def test_a_package_depends_on_nothing_but_its_arguments() -> None:
    once, twice = (chaincode_package("maas_1", "host:1", None) for _ in range(2))
    assert once == twice
    assert package_id("maas_1", once).startswith("maas_1:")
    assert chaincode_package("maas_1", "host:2", None) != once


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"orgs": ""}, "orgs: there has to be one"),
        ({"orgs": "Oem"}, "'Oem' is no name"),
        ({"orgs": "oem,oem"}, "twice"),
        ({"people": "oem"}, "twice"),
        ({"batch_timeout": "soon"}, "accepted: e.g. 200ms"),
    ],
)
def test_options_of_a_devnet_are_checked(fields: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        DevnetSettings(**fields)


def test_a_plan_is_remembered_by_its_folder(tmp_path: Path) -> None:
    settings = DevnetSettings(orgs="oem,customer", people="board,auditor,rival", orderers="3")
    plan = plan_of(tmp_path, settings)
    remember(plan)
    assert plan_of(tmp_path, settings) == plan
    assert plan.people == (
        ("oem", "oem", 1),
        ("customer", "customer", 1),
        ("board", "oem", 2),
        ("auditor", "customer", 2),
        ("rival", "oem", 3),
    )
    assert [org.users for org in plan.orgs] == [3, 2]
    ports = [org.ports.peer for org in plan.orgs] + [one.orderer for one in plan.orderers]
    assert len(set(ports)) == 5


def test_processes_that_were_placed_listen_there_and_are_told_so_to_each_other(tmp_path: Path) -> None:
    near, far = Site("198.18.0.1"), Site("198.18.0.2", ("ip", "netns", "exec", "far"))
    placement = Placement({"peer-customer": far, "chaincode-customer": far}, near, {"board": far.address})
    settings = DevnetSettings(orgs="oem,customer", people="board")
    plan = plan_of(tmp_path, settings, placement)
    oem, customer = plan.orgs
    assert oem.address.startswith("198.18.0.1:")
    assert customer.address.startswith("198.18.0.2:")
    assert customer.service.address.startswith("198.18.0.2:")
    assert [one.host for one in plan.orderers] == ["198.18.0.1"]
    assert organisation(plan, customer)["AnchorPeers"] == [{"Host": "198.18.0.2", "Port": customer.ports.peer}]
    settings_of = {one.participant: one.config["ledger"]["settings"] for one in access_of(plan, placement)}
    first = {name: one["gateways"][0]["address"] for name, one in settings_of.items()}
    assert first == {"oem": oem.address, "customer": customer.address, "board": customer.address}
    remember(plan)
    assert plan_of(tmp_path, settings) == plan


def test_peers_far_from_each_other_dial_again_after_times_of_their_own(tmp_path: Path) -> None:
    def intervals(placement: Placement) -> list[str]:
        plan = plan_of(tmp_path / "new", DevnetSettings(), placement)
        configs = [core_yaml(plan, org, tmp_path) for org in plan.orgs]
        return [one["peer"]["gossip"]["reconnectInterval"] for one in configs]

    assert intervals(Placement(home=Site("198.18.0.1"))) == ["2s", "4s", "6s"]
    assert intervals(Placement()) == ["2s", "2s", "2s"]
