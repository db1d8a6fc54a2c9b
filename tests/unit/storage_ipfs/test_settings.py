"""What a config may say of a daemon, and what the storage can do then."""

from pathlib import Path
from types import MappingProxyType
from typing import Any

import maas_storage_ipfs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from maas_storage_ipfs.cid import cid_of
from maas_storage_ipfs.devnet import new_swarm_key
from maas_storage_ipfs.kubo import KuboError, failure_of, message_of, peer_ids
from maas_storage_ipfs.library import multiaddr_of
from maas_storage_ipfs.messages import Action, Answer, Request, Status, read
from maas_storage_ipfs.settings import Keeping, Settings, profile_of
from maas_storage_ipfs.storage import open_storage

from maas_core.errors import IntegrityError
from maas_core.ports.backends import Context
from maas_core.ports.clock import SystemClock
from maas_core.ports.storage import StorageAbility
from maas_core.testing.storage_suite import digest_of
from tests.support.keys import Ed25519Signer


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"api": "127.0.0.1:5001"}, "api: is not accepted"),
        ({"api": "http://user:word@127.0.0.1:5001"}, "credentials do not stand in the URL"),
        ({"api": "http://[::1"}, "api: is no URL"),
        ({"api": "http://127.0.0.1:5001/api/v0"}, "api: is not accepted"),
        ({"gateway": "http://127.0.0.1:8080/ipfs"}, "gateway: is not accepted"),
        ({"peers": ("127.0.0.1",)}, "peers: accepted"),
        ({"replicas": {"here": "http://a"}}, "replicas: names"),
        ({"replicas": {"A B": "http://a"}}, "replicas: names"),
        ({"replicas": {"a": "a"}}, "replicas: is not accepted"),
    ],
)
def test_settings_that_cannot_be_used_say_why(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as raised:
        Settings(**changes)
    assert "word" not in str(raised.value)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"listen": "4650"}, "listen: accepted"),
        ({"listen": "host:port"}, "listen: accepted"),
        ({"listen": "host:70000"}, "listen: accepted"),
        ({"allow": {"ab": 1}}, "allow: accepted: public keys"),
        ({"allow": {"ab" * 32: -1}}, "allow: accepted: MiB"),
        ({"url": "host"}, "url: is not accepted"),
    ],
)
def test_a_table_of_keeping_that_cannot_be_used_says_why(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Keeping(**changes)


def test_a_keepers_address_is_where_it_listens_unless_told_otherwise() -> None:
    assert Keeping("10.0.0.7:80").address == "http://10.0.0.7:80"
    assert Keeping("10.0.0.7:80", "https://keeper.example/").address == "https://keeper.example"


def test_abilities_follow_from_the_settings() -> None:
    assert profile_of(Settings()).abilities == {StorageAbility.CONDITIONAL_WRITE}
    profile = profile_of(Settings(replicas=MappingProxyType({"a": "http://a", "b": "http://b"})))
    assert StorageAbility.REPLICAS in profile.abilities
    assert profile.places == 3


def test_the_plugin_offers_a_storage_a_devnet_and_commands() -> None:
    assert [one.name for one in maas_storage_ipfs.maas_storages()] == ["ipfs"]
    assert [one.name for one in maas_storage_ipfs.maas_devnets()] == ["ipfs"]
    assert [one.name for one in maas_storage_ipfs.maas_commands()] == ["ipfs"]


def test_opening_sends_nothing(tmp_path: Path) -> None:
    open_storage(Settings(api="http://127.0.0.1:9"), Context(SystemClock(), None, tmp_path)).close()


def test_the_cid_of_a_raw_block_is_that_of_the_specification() -> None:
    """The CID that Kubo gives for the raw block `hello`."""
    assert cid_of(digest_of(b"hello")) == "bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq"


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://127.0.0.1:5001", "/ip4/127.0.0.1/tcp/5001/http"),
        ("https://kubo.example", "/dns/kubo.example/tcp/443/https"),
        ("http://[::1]:5001", "/ip6/::1/tcp/5001/http"),
    ],
)
def test_a_url_becomes_a_multiaddr(url: str, address: str) -> None:
    assert multiaddr_of(url) == address


def test_kubos_messages_are_told_apart() -> None:
    """As version 0.42 words them."""
    assert KuboError("block was not found locally (offline): ipld: could not find bafy").not_here
    assert KuboError("pin: context deadline exceeded").not_in_time
    assert KuboError("path 'bafy' is not pinned").not_pinned
    assert KuboError("not pinned or pinned indirectly").not_pinned
    assert KuboError("pinned: recursive").pinned
    assert not KuboError("path 'bafy' is not pinned").pinned


def test_answers_that_are_not_kubos_have_no_message() -> None:
    assert [message_of(content) for content in (b"", b"[]", b"<html>", b'{"Message": "no"}')] == ["", "", "", "no"]
    assert isinstance(failure_of(500, "no"), KuboError)
    assert peer_ids({"Peers": None}) == frozenset()


def test_a_swarm_key_is_of_the_form_that_kubo_reads() -> None:
    lines = new_swarm_key().splitlines()
    assert (lines[:2], len(bytes.fromhex(lines[2]))) == (["/key/swarm/psk/1.0.0/", "/base16/"], 32)


@given(st.sampled_from(Action), st.binary(min_size=32, max_size=32), st.integers(0, 2**40), st.integers(0, 2**20))
def test_a_request_is_read_as_it_was_signed(action: Action, digest: bytes, at: int, size: int) -> None:
    signer = Ed25519Signer(b"k" * 32)
    request = Request(action, digest, "http://keeper", at, size, b"n" * 16)
    assert read(request.signed(signer)) == (request, signer.public_key.hex())


@given(st.sampled_from(Status), st.text(), st.binary())
def test_an_answer_is_read_as_it_was_given(status: Status, detail: str, proof: bytes) -> None:
    answer = Answer(status, detail, proof)
    assert Answer.decode(answer.encode()) == answer


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"detail":"","proof":"","status":"maybe"}'])
def test_what_is_no_answer_is_refused(content: bytes) -> None:
    with pytest.raises(IntegrityError):
        Answer.decode(content)
