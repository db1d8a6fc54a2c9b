"""Keys in files."""

import stat
from pathlib import Path
from typing import Literal

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from maas_signer_file.keys import P256_ORDER
from maas_signer_file.opening import create_key, open_key
from maas_signer_file.settings import Settings

from maas_core.errors import SignerError
from maas_core.plugins import build_plugin_manager
from maas_core.ports.secret import Secret
from maas_core.ports.signer import Scheme

CANARY = "canary-4711"
DIGEST = bytes(range(32))
KEY = Path("key.pem")


def make(folder: Path, scheme: Literal["ed25519", "p256"] = "ed25519", passphrase: str | None = None) -> Settings:
    settings = Settings(KEY, scheme, None if passphrase is None else Secret(passphrase))
    create_key(settings, folder)
    return settings


def test_ed25519_signs_messages_that_others_can_verify(tmp_path: Path) -> None:
    signer = open_key(make(tmp_path), tmp_path)
    assert signer.scheme is Scheme.ED25519
    public = ed25519.Ed25519PublicKey.from_public_bytes(signer.public_key)
    public.verify(signer.sign(b"any length"), b"any length")


def test_p256_signs_digests_with_low_s(tmp_path: Path) -> None:
    signer = open_key(make(tmp_path, "p256"), tmp_path)
    assert (signer.scheme, len(signer.public_key), signer.public_key[0]) == (Scheme.P256, 65, 4)
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), signer.public_key)
    for _ in range(20):
        signature = signer.sign(DIGEST)
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        assert len(signature) == 64
        assert s <= P256_ORDER // 2
        public.verify(encode_dss_signature(r, s), DIGEST, ec.ECDSA(Prehashed(SHA256())))


def test_p256_signs_nothing_but_digests(tmp_path: Path) -> None:
    signer = open_key(make(tmp_path, "p256"), tmp_path)
    with pytest.raises(SignerError, match="a digest of 32 bytes, not 5"):
        signer.sign(b"hello")


@pytest.mark.parametrize("scheme", ["ed25519", "p256"])
def test_a_key_is_the_same_when_it_is_opened_again(tmp_path: Path, scheme: Literal["ed25519", "p256"]) -> None:
    settings = make(tmp_path, scheme, CANARY)
    assert open_key(settings, tmp_path).public_key == open_key(settings, tmp_path).public_key


def test_a_new_key_can_be_read_by_its_owner_only(tmp_path: Path) -> None:
    make(tmp_path)
    assert stat.S_IMODE((tmp_path / KEY).stat().st_mode) == 0o600


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_an_unencrypted_key_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    settings = make(tmp_path)
    (tmp_path / KEY).chmod(mode)
    with pytest.raises(SignerError, match=f"mode {mode:04o}.*chmod 600"):
        open_key(settings, tmp_path)


def test_an_encrypted_key_may_be_read_by_others(tmp_path: Path) -> None:
    settings = make(tmp_path, passphrase=CANARY)
    (tmp_path / KEY).chmod(0o644)
    assert open_key(settings, tmp_path).scheme is Scheme.ED25519
    assert b"ENCRYPTED" in (tmp_path / KEY).read_bytes()


def test_a_wrong_passphrase_is_told_without_showing_it(tmp_path: Path) -> None:
    make(tmp_path, passphrase=CANARY[::-1])
    with pytest.raises(SignerError) as caught:
        open_key(Settings(KEY, passphrase=Secret(CANARY)), tmp_path)
    assert "wrong passphrase or damaged" in str(caught.value)
    assert CANARY not in str(caught.value) + repr(caught.value.__context__)


def test_a_missing_passphrase_is_told_with_how_to_give_it(tmp_path: Path) -> None:
    make(tmp_path, passphrase=CANARY[::-1])
    with pytest.raises(SignerError, match=r'is encrypted; set `passphrase = \{ file = "PATH" \}`'):
        open_key(Settings(KEY), tmp_path)


def test_a_passphrase_for_a_key_that_is_not_encrypted_is_refused(tmp_path: Path) -> None:
    make(tmp_path)
    with pytest.raises(SignerError, match="is not encrypted, yet the config gives a passphrase"):
        open_key(Settings(KEY, passphrase=Secret(CANARY)), tmp_path)


def test_a_key_is_never_replaced(tmp_path: Path) -> None:
    settings = make(tmp_path)
    before = (tmp_path / KEY).read_bytes()
    with pytest.raises(SignerError, match="exists; a key is never replaced"):
        create_key(settings, tmp_path)
    assert (tmp_path / KEY).read_bytes() == before


def test_a_key_cannot_be_made_where_there_is_no_folder(tmp_path: Path) -> None:
    with pytest.raises(SignerError, match="cannot be written: No such file or directory"):
        create_key(Settings(Path("none") / KEY), tmp_path)


BAD_FILES = {
    "empty": (b"", "holds no PKCS#8 private key in PEM"),
    "another file": (b"hello", "holds no PKCS#8 private key in PEM"),
    "cut off": (b"-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2Vw", "cannot be read as a key"),
    "too large": (bytes(2**16 + 1), "is no key file"),
}


@pytest.mark.parametrize(("content", "told"), BAD_FILES.values(), ids=BAD_FILES.keys())
def test_a_file_without_a_key_is_refused(tmp_path: Path, content: bytes, told: str) -> None:
    (tmp_path / KEY).write_bytes(content)
    (tmp_path / KEY).chmod(0o600)
    with pytest.raises(SignerError) as caught:
        open_key(Settings(KEY), tmp_path)
    assert str(caught.value) == f"{tmp_path / KEY}: {told}"


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(SignerError, match="there is no such key file"):
        open_key(Settings(KEY), tmp_path)


def test_a_folder_or_a_loop_of_links_is_no_key(tmp_path: Path) -> None:
    with pytest.raises(SignerError, match=r"is no key file|Is a directory"):
        open_key(Settings(Path()), tmp_path)
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(SignerError, match="cannot be read"):
        open_key(Settings(Path("loop")), tmp_path)


@pytest.mark.parametrize("scheme", ["ed25519", "p256"])
def test_another_kind_of_key_is_refused(tmp_path: Path, scheme: Literal["ed25519", "p256"]) -> None:
    key = rsa.generate_private_key(65537, 2048)
    (tmp_path / KEY).write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (tmp_path / KEY).chmod(0o600)
    with pytest.raises(SignerError, match=f"holds another kind of key than the config's scheme '{scheme}'"):
        open_key(Settings(KEY, scheme), tmp_path)


def test_another_curve_is_refused(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP384R1())
    (tmp_path / KEY).write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (tmp_path / KEY).chmod(0o600)
    with pytest.raises(SignerError, match="another kind of key"):
        open_key(Settings(KEY, "p256"), tmp_path)


@pytest.mark.parametrize("scheme", ["ed25519", "p256"])
def test_a_signer_does_not_show_its_key(tmp_path: Path, scheme: Literal["ed25519", "p256"]) -> None:
    assert "Private" not in repr(open_key(make(tmp_path, scheme), tmp_path))


def test_the_backend_is_found_like_any_other() -> None:
    backend = build_plugin_manager().signers.get("file")
    assert backend.embedded is not None
    assert backend.embedded(Path("folder")) == {"key": "folder/key.pem"}
