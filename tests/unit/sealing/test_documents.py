"""Sealed documents: read by their readers, checked by everybody who has the key, changed by nobody."""

from hashlib import sha256
from typing import NamedTuple

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from maas_core.errors import IntegrityError, NoAccessError, UsageError
from maas_core.ports.signer import Scheme
from maas_core.sealing.devices import DeviceKey
from maas_core.sealing.documents import (
    MOST,
    MOST_READERS,
    Body,
    Draft,
    Opened,
    finish,
    key_for,
    read_header,
    seal,
    unlock,
)
from maas_core.sealing.epochs import (
    Grant,
    GroupDocument,
    Place,
    decode_grant,
    decode_group,
    encode_grant,
    encode_group,
    unseal_for_group,
)
from maas_core.sealing.keys import EncryptionKey, KeyRing

DEPLOYMENT = b"d" * 32
OTHER = b"e" * 32


class Signer(NamedTuple):
    key: DeviceKey
    scheme: Scheme = Scheme.ED25519

    @property
    def public_key(self) -> bytes:
        return self.key.public_key

    def sign(self, message: bytes) -> bytes:
        return self.key.sign(message)


SIGNER = Signer(DeviceKey.of(Ed25519PrivateKey.generate()))
READER = EncryptionKey.generate()
RING = KeyRing((READER,))


def sealed(content: bytes, body: Body = Body.PLAIN, kind: str = "terms") -> bytes:
    draft = Draft.for_readers(kind, DEPLOYMENT, 7, content)
    placed = draft.packed() if body is Body.ZLIB else content
    return seal(draft, body, placed, [EncryptionKey.generate().public, READER.public], SIGNER)


def opened(stored: bytes, ring: KeyRing = RING, kind: str = "terms") -> Opened:
    key = key_for(read_header(stored), ring, DEPLOYMENT, kind)
    return finish(stored, unlock(stored, key))


@given(st.binary(max_size=3000), st.sampled_from([Body.PLAIN, Body.ZLIB]))
def test_a_reader_gets_the_content_and_its_author(content: bytes, body: Body) -> None:
    stored = sealed(content, body)
    one = opened(stored)
    assert (one.content, one.kind, one.deployment, one.author_party) == (content, "terms", DEPLOYMENT, 7)
    assert (one.author_key, one.digest) == (SIGNER.public_key, sha256(stored).digest())


def test_the_same_content_is_sealed_to_other_bytes_every_time() -> None:
    assert read_header(sealed(b"content")).salted != read_header(sealed(b"content")).salted


def test_who_is_not_a_reader_opens_nothing() -> None:
    with pytest.raises(NoAccessError, match="this terms document is sealed"):
        opened(sealed(b"content"), KeyRing((EncryptionKey.generate(),)))


def test_with_the_key_of_one_document_anybody_checks_that_document() -> None:
    stored = sealed(b"content")
    key = opened(stored).key
    assert finish(stored, unlock(stored, key)).content == b"content"
    with pytest.raises(IntegrityError, match="header commits to"):
        unlock(sealed(b"content"), key)


def test_a_long_content_is_checked_when_it_comes_from_elsewhere() -> None:
    draft = Draft.for_readers("statement", DEPLOYMENT, 7, b"long " * 1000)
    stored = seal(draft, Body.BLOB, b"reference", [READER.public], SIGNER)
    unlocked = unlock(stored, draft.key)
    assert unlocked.inline == b"reference"
    assert finish(stored, unlocked, draft.packed()).content == draft.content
    other = Draft.for_readers("statement", DEPLOYMENT, 7, b"other")
    with pytest.raises(IntegrityError, match="is not the one that its header names"):
        finish(stored, unlocked, other.packed())


def test_a_document_for_the_deployment_is_opened_by_who_knows_its_id() -> None:
    stored = seal(Draft.for_deployment("profile", DEPLOYMENT, 7, b"me"), Body.PLAIN, b"me", [], SIGNER)
    assert opened(stored, KeyRing((EncryptionKey.generate(),)), "profile").content == b"me"
    with pytest.raises(IntegrityError, match="header commits to"):
        unlock(stored, key_for(read_header(stored), RING, OTHER, "profile"))


def test_too_many_readers_and_too_much_content_are_refused() -> None:
    draft = Draft.for_readers("terms", DEPLOYMENT, 7, b"")
    with pytest.raises(UsageError, match="readers"):
        seal(draft, Body.PLAIN, b"", [READER.public] * (MOST_READERS + 1), SIGNER)
    with pytest.raises(UsageError, match="at most"):
        Draft.for_readers("terms", DEPLOYMENT, 7, bytes(MOST + 1))


@given(st.data())
def test_no_byte_can_be_changed_or_left_out(data: st.DataObject) -> None:
    stored = sealed(b"content")
    at = data.draw(st.integers(0, len(stored) - 1))
    changed = stored[:at] + bytes([stored[at] ^ data.draw(st.integers(1, 255))]) + stored[at + 1 :]
    with pytest.raises((IntegrityError, NoAccessError)):
        opened(changed)
    with pytest.raises((IntegrityError, NoAccessError)):
        opened(stored[:at])


GROUP = GroupDocument(
    b"m" * 16, 2, bytes(range(32)), (1, 2), True, b"p" * 32, ((2, b"g" * 32),), ((b"s" * 32, b"k" * 32),)
)
GRANT = Grant(b"m" * 16, 3, {b"g" * 32: b"k" * 32}, {5: b"r" * 41}, ((b"t" * 32, b"k" * 32),))


def test_groups_and_grants_are_read_as_they_were_written() -> None:
    assert decode_group(encode_group(GROUP)) == GROUP
    assert decode_grant(encode_grant(GRANT)) == GRANT
    assert "key" not in repr(GROUP).replace("keys", "")


@pytest.mark.parametrize(
    ("old", "new"),
    [(b'"epoch":2', b'"epoch":"2"'), (b'"members":[1,2]', b'"members":7'), (b'"past":true', b'"past":1'),
     (b'"machine":"6d', b'"machine":"zz'), (b'"key":"00', b'"key":"'), (b'{"documents"', b'{"document"')],
)  # fmt: skip
def test_a_malformed_group_document_is_refused(old: bytes, new: bytes) -> None:
    content = encode_group(GROUP)
    assert old in content
    with pytest.raises(IntegrityError):
        decode_group(content.replace(old, new))


@pytest.mark.parametrize("content", [b"{}", b"[]", b'{"machine":7}', encode_group(GROUP)])
def test_a_malformed_grant_is_refused(content: bytes) -> None:
    with pytest.raises(IntegrityError):
        decode_grant(content)


def test_what_is_sealed_for_a_group_opens_at_its_place_and_for_its_purpose_only() -> None:
    place = Place(DEPLOYMENT, b"m" * 16, 5)
    stored = GROUP.seal("manifest", b"plain", place)
    assert unseal_for_group(GROUP.key, "manifest", stored, place) == b"plain"
    wrong = [
        (GROUP.key, "envelope", place),
        (bytes(32), "manifest", place),
        (GROUP.key, "manifest", Place(OTHER, b"m" * 16, 5)),
        (GROUP.key, "manifest", Place(DEPLOYMENT, b"n" * 16, 5)),
        (GROUP.key, "manifest", Place(DEPLOYMENT, b"m" * 16, 6)),
    ]
    for key, purpose, elsewhere in wrong:
        with pytest.raises(IntegrityError, match=f"the {purpose} of anchor"):
            unseal_for_group(key, purpose, stored, elsewhere)
