"""What goes wrong is told in words that name what, where and what to do."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID
from maas_ledger_fabric.devnet.network import FabricDevnet
from maas_ledger_fabric.opening import open_ledger
from maas_ledger_fabric.pem_signer import PemSigner, read_signer
from maas_ledger_fabric.settings import Peer, Settings

from maas_core.errors import ConfigError
from maas_core.ports.backends import Context, OpenLedger
from maas_core.ports.clock import Deadline, SystemClock
from maas_core.ports.signer import Signer
from maas_core.ports.workflow import Pending, Refused, Unavailable
from maas_core.protocol.commands import AnchorTelemetry, Join
from maas_core.protocol.rejections import Code, Rejection
from maas_core.testing.ledger_cast import cast_of, fresh_id
from maas_core.testing.ledger_network import Network
from tests.support.fabric import ledger_of, playing, settings_of, tables_of

JOIN = Join(bytes(32))


def soon() -> Deadline:
    return Deadline.after(SystemClock(), 5)


@pytest.fixture
def settings(devnet: FabricDevnet) -> Settings:
    """The OEM's, with its own peer only."""
    found = settings_of(tables_of(devnet.plan, "oem"))
    return replace(found, gateways=found.gateways[:1], observers=(), admin=None)


@pytest.fixture
def signer(devnet: FabricDevnet) -> Signer:
    return read_signer(Path(tables_of(devnet.plan, "oem")["signer"]["settings"]["key"]))


def opened(settings: Settings, signer: Signer) -> OpenLedger:
    return open_ledger(settings, Context(SystemClock(), signer, Path.cwd()))


def answer(settings: Settings, signer: Signer) -> tuple[object, object]:
    """What preparing a command and asking for the newest block say."""
    ledger = opened(settings, signer)
    try:
        return ledger.workflow.prepare(JOIN, Pending(), soon()), ledger.finality.head(soon())
    finally:
        ledger.workflow.close()


def told(outcome: object) -> str:
    assert isinstance(outcome, Refused | Unavailable), outcome
    return outcome.reason


@dataclass(frozen=True)
class Paper:
    """A certificate and its key."""

    file: Path
    signer: PemSigner


def certificate(devnet: FabricDevnet, folder: Path, days: int, *, self_signed: bool = False) -> Paper:
    """One that the OEM's CA issued, or nobody; valid for so many days from now, which may be negative."""
    org = devnet.plan.org("oem")
    authority = devnet.plan.org_crypto(org) / "ca"
    key = ec.generate_private_key(ec.SECP256R1())
    ca_key = load_pem_private_key((authority / "priv_sk").read_bytes(), None)
    ca = x509.load_pem_x509_certificate(next(authority.glob("*.pem")).read_bytes())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "client"),
            x509.NameAttribute(NameOID.COMMON_NAME, "somebody"),
        ]
    )
    assert isinstance(ca_key, ec.EllipticCurvePrivateKey)
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name if self_signed else ca.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=30))
        .not_valid_after(now + dt.timedelta(days=days))
        .sign(key if self_signed else ca_key, SHA256())
    )
    file = folder / "certificate.pem"
    file.write_bytes(made.public_bytes(Encoding.PEM))
    return Paper(file, PemSigner(key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint), key))


def test_a_certificate_of_nobody(devnet: FabricDevnet, settings: Settings, folder: Path) -> None:
    paper = certificate(devnet, folder, 5, self_signed=True)
    prepared, head = answer(replace(settings, certificate=paper.file), paper.signer)
    assert "does not accept this identity" in told(prepared)
    assert isinstance(prepared, Refused)
    assert "may not read" in told(head)


def test_an_expired_certificate(devnet: FabricDevnet, settings: Settings, folder: Path) -> None:
    paper = certificate(devnet, folder, -1)
    with pytest.raises(ConfigError, match=r"certificate\.pem: the certificate expired on "):
        opened(replace(settings, certificate=paper.file), paper.signer)


def test_a_certificate_of_another_key(devnet: FabricDevnet, settings: Settings, signer: Signer, folder: Path) -> None:
    paper = certificate(devnet, folder, 5)
    with pytest.raises(ConfigError, match="belongs to another key"):
        opened(replace(settings, certificate=paper.file), signer)


def test_an_organisation_that_is_not_on_the_channel(settings: Settings, signer: Signer) -> None:
    prepared, _ = answer(replace(settings, msp_id="NobodyMSP"), signer)
    assert "does not accept this identity" in told(prepared)


def test_another_channel(settings: Settings, signer: Signer) -> None:
    prepared, head = answer(replace(settings, channel="other"), signer)
    assert "there is no channel" in told(prepared)
    assert "the channel does not exist on this peer" in told(head)


def test_a_chaincode_that_is_not_committed(settings: Settings, signer: Signer) -> None:
    prepared, _ = answer(replace(settings, chaincode="absent"), signer)
    assert "the chaincode is not committed on this channel" in told(prepared)


def test_tls_of_another_ca(devnet: FabricDevnet, settings: Settings, signer: Signer) -> None:
    wrong = replace(settings.gateways[0], tls_ca=devnet.plan.tls_ca(devnet.plan.org("customer")))
    prepared, _ = answer(replace(settings, gateways=(wrong,)), signer)
    assert "its TLS certificate is not of the CA" in told(prepared)


def test_no_tls_where_the_peer_wants_it(settings: Settings, signer: Signer) -> None:
    prepared, _ = answer(replace(settings, gateways=(Peer(settings.gateways[0].address),)), signer)
    assert "one side speaks TLS and the other does not" in told(prepared)


def test_nothing_listens(settings: Settings, signer: Signer) -> None:
    nowhere = replace(settings.gateways[0], address="127.0.0.1:1")
    prepared, head = answer(replace(settings, gateways=(nowhere,)), signer)
    assert told(prepared) == told(head) == "127.0.0.1:1: nothing listens there"


def test_a_tls_file_that_is_not_there(settings: Settings, signer: Signer) -> None:
    missing = replace(settings.gateways[0], tls_ca=Path("absent.pem"))
    with pytest.raises(ConfigError, match=r"absent\.pem: the TLS CA of .* cannot be read"):
        opened(replace(settings, gateways=(missing,)), signer)


@dataclass(frozen=True)
class Ahead:
    """A clock that runs ahead."""

    seconds: int

    def now(self) -> int:
        return SystemClock().now() + self.seconds

    def monotonic(self) -> float:
        return SystemClock().monotonic()


@pytest.fixture(scope="module")
def players(devnet: FabricDevnet) -> Iterator[Network]:
    with playing(devnet) as everybody:
        yield everybody


def test_a_clock_outside_the_bound(devnet: FabricDevnet, players: Network) -> None:
    cast = cast_of(players)
    ledger = ledger_of(devnet, "oem", Ahead(4_000))
    try:
        outcome = ledger.workflow.prepare(cast.registration(fresh_id()), Pending(), soon())
    finally:
        ledger.workflow.close()
    assert isinstance(outcome, Unavailable)
    assert "the clocks differ by more than rule clock_bound (3600 s)" in outcome.reason


def test_a_party_that_was_never_invited(players: Network) -> None:
    cast = cast_of(players)
    outcome = players.ledgers["stranger"].workflow.prepare(cast.registration(fresh_id()), Pending(), soon())
    assert isinstance(outcome, Refused)
    assert outcome.rejection == Rejection(Code.NOT_AUTHORISED)


def test_a_payload_over_the_limit(devnet: FabricDevnet, players: Network) -> None:
    cast = cast_of(players)
    ledger = ledger_of(devnet, "customer", max_command_bytes=1_024)
    command = AnchorTelemetry(tuple(cast.anchor(fresh_id(), 1, 0) for _ in range(10)))
    try:
        outcome = ledger.workflow.prepare(command, Pending(), soon())
    finally:
        ledger.workflow.close()
    assert isinstance(outcome, Refused)
    assert "this ledger takes 1024 (max_command_bytes)" in outcome.reason
