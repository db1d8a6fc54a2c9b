"""Encryption keys, wrapping, AES-GCM with commitments, device keys."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from maas_core.errors import IntegrityError, NoAccessError, SignerError
from maas_core.ports.secret import Secret
from maas_core.proofs import canonical
from maas_core.sealing import pem
from maas_core.sealing.devices import create_device, devices_of, fitting, read_device
from maas_core.sealing.keys import WRAP_SIZE, EncryptionKey, KeyRing, create_key, read_key, wrap
from maas_core.sealing.symmetric import NONCE_SIZE, OVERHEAD, KeySealing, commitment, derived, new_key, seal, unseal

KEY = bytes(range(32))


def test_a_wrapped_key_is_had_by_its_reader_for_its_purpose_only() -> None:
    reader, other = EncryptionKey.generate(), EncryptionKey.generate()
    wrapped = wrap(KEY, reader.public, b"purpose")
    assert len(wrapped) == WRAP_SIZE
    assert reader.unwrap(wrapped, b"purpose") == KEY
    assert reader.unwrap(wrapped, b"another") is None
    assert other.unwrap(wrapped, b"purpose") is None
    assert reader.unwrap(wrapped[:-1], b"purpose") is None


def test_a_ring_opens_what_was_wrapped_for_an_earlier_key() -> None:
    old, now = EncryptionKey.generate(), EncryptionKey.generate()
    ring = KeyRing((now, old))
    wraps = [wrap(new_key(), EncryptionKey.generate().public, b"p"), wrap(KEY, old.public, b"p")]
    assert ring.unwrap_any(wraps, b"p", "the letter") == KEY
    with pytest.raises(NoAccessError, match="the letter is sealed, and this party is not among its readers"):
        KeyRing((now,)).unwrap_any(wraps, b"p", "the letter")


@pytest.mark.parametrize("public", [b"", bytes(31), bytes(32)])
def test_what_is_no_key_of_a_reader_is_refused(public: bytes) -> None:
    with pytest.raises(IntegrityError, match="is no encryption key"):
        wrap(KEY, public, b"p")


@pytest.mark.parametrize("passphrase", [None, Secret("correct horse")])
def test_a_key_file_opens_what_was_wrapped_before_it_was_written(tmp_path: Path, passphrase: Secret | None) -> None:
    file = tmp_path / "encryption.key"
    create_key(file, passphrase)
    read = read_key(file, passphrase)
    assert read_key(file, passphrase).unwrap(wrap(KEY, read.public, b"p"), b"p") == KEY
    assert file.stat().st_mode & 0o077 == 0
    with pytest.raises(SignerError, match="exists"):
        create_key(file, passphrase)


def test_key_files_of_another_kind_are_refused(tmp_path: Path) -> None:
    pem.write(tmp_path / "signing", Ed25519PrivateKey.generate(), None)
    pem.write(tmp_path / "encryption", X25519PrivateKey.generate(), None)
    with pytest.raises(SignerError, match="another kind of key than X25519"):
        read_key(tmp_path / "signing", None)
    with pytest.raises(SignerError, match="another kind of key than Ed25519"):
        read_device(tmp_path / "encryption", None)
    with pytest.raises(SignerError, match="no such key file"):
        read_device(tmp_path / "nothing", None)


def test_secrets_are_not_shown() -> None:
    assert "rivate" not in repr(KeyRing((EncryptionKey.generate(),)))


@given(st.binary(max_size=200), st.binary(max_size=20))
def test_what_is_sealed_is_opened_with_the_same_key_and_context(plain: bytes, context: bytes) -> None:
    sealed = seal(KEY, plain, context)
    assert len(sealed) == len(plain) + OVERHEAD
    assert unseal(KEY, sealed, context, "it") == plain
    for wrong in ((new_key(), sealed, context), (KEY, sealed, context + b"x"), (KEY, sealed + b"x", context)):
        with pytest.raises(IntegrityError, match="it was changed, or belongs to another key or place"):
            unseal(*wrong, "it")
    with pytest.raises(IntegrityError, match="it is cut short"):
        unseal(KEY, sealed[: OVERHEAD - 1], context, "it")


def test_a_commitment_fits_one_key_and_derived_keys_differ() -> None:
    assert commitment(KEY) != commitment(new_key())
    assert KEY not in commitment(KEY)
    assert len({KEY, derived(KEY, "one"), derived(KEY, "two"), derived(new_key(), "one")}) == 4
    assert derived(KEY, "one") == derived(KEY, "one")


def test_the_sealing_of_a_blob_adds_what_it_says() -> None:
    sealing = KeySealing(KEY, b"context", "a blob")
    sealed = sealing.seal(b"plain")
    assert sealing.open(sealed) == b"plain"
    assert len(sealed) == len(b"plain") + sealing.overhead


def test_a_blob_is_sealed_again_to_the_same_objects_and_under_no_nonce_twice() -> None:
    """So an upload that was cut off goes on; equal nonces for different bytes would give both away."""
    sealing, other = KeySealing(KEY, b"context", "a blob"), KeySealing(new_key(), b"context", "a blob")
    objects = [b"%d" % number for number in range(1000)]
    sealed = [sealing.seal(one) for one in objects]
    assert sealed == [sealing.seal(one) for one in objects]
    assert len({one[:NONCE_SIZE] for one in sealed}) == len(objects)
    assert sealed[0][:NONCE_SIZE] != other.seal(objects[0])[:NONCE_SIZE]
    assert seal(KEY, b"plain", b"context") != seal(KEY, b"plain", b"context"), "elsewhere nonces are fresh"


def test_devices_are_those_that_the_specification_names(tmp_path: Path) -> None:
    device = create_device(tmp_path / "device.key", None)
    spec = canonical.dumps({"devices": [{"name": "box", "public_key": device.public_key.hex()}], "model": "x"})
    assert devices_of(spec) == {device.public_key}
    assert fitting([read_device(tmp_path / "device.key", None)], devices_of(spec)) == device or fitting(
        [device], devices_of(spec)
    )
    assert fitting([device], devices_of(b"{}")) is None


@pytest.mark.parametrize(
    "spec",
    [b"[]", b'"text"', b'{"devices":7}', b'{"devices":[7]}', b'{"devices":[{"name":"x"}]}',
     b'{"devices":[{"public_key":"00"}]}', b"not json"],
)  # fmt: skip
def test_a_specification_with_malformed_devices_is_refused(spec: bytes) -> None:
    with pytest.raises(IntegrityError):
        devices_of(spec)
