"""What the config says about a channel of Fabric: table [ledger.settings]."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

KIB = 1024
MOST_CONCURRENT = 500
"""The default of a peer's `limits.concurrency.gatewayService`."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A peer and its gateway service."""

    address: str = field(metadata={"help": "HOST:PORT."})
    tls_ca: Path | None = field(
        default=None, metadata={"help": "PEM of the CA of its TLS certificate; without it there is no TLS."}
    )
    server_name: str = field(
        default="", metadata={"help": "The name in its TLS certificate, if that is not the host of the address."}
    )

    def __post_init__(self) -> None:
        host, colon, port = self.address.rpartition(":")
        if not (host and colon and port.isdecimal() and 0 < int(port) < 65_536):
            raise ValueError(f"address: {self.address!r} is no place of a peer; accepted: HOST:PORT")


@dataclass(frozen=True, slots=True)
class Admin:
    """An administrator's identity, which changes of the channel's organisations are signed with."""

    certificate: Path = field(metadata={"help": "PEM of the administrator's certificate."})
    key: Path = field(metadata={"help": "PKCS#8 in PEM, mode 0600."})


@dataclass(frozen=True, slots=True)
class Settings:
    """Table [ledger.settings]."""

    msp_id: str = field(default="", metadata={"help": "The organisation's MSP id; else from the connection profile."})
    certificate: Path | None = field(
        default=None, metadata={"help": "PEM of the certificate that fits [signer]; else from the connection profile."}
    )
    gateways: tuple[Peer, ...] = field(
        default=(),
        metadata={"help": "Peers to work with, the first that answers; else those of the organisation in the profile."},
    )
    connection_profile: Path | None = field(
        default=None, metadata={"help": "A Common Connection Profile, JSON or YAML, as Fabric's own SDKs read it."}
    )
    channel: str = field(default="maas", metadata={"help": "The channel's name."})
    chaincode: str = field(default="maas", metadata={"help": "The chaincode's name on the channel."})
    observers: tuple[Peer, ...] = field(
        default=(),
        metadata={"help": "Peers of other organisations, asked independently where the finality policy is agreement."},
    )
    tls_certificate: Path | None = field(
        default=None, metadata={"help": "PEM of this client's TLS certificate, where peers demand one."}
    )
    tls_key: Path | None = field(default=None, metadata={"help": "PEM of the key of `tls_certificate`."})
    admin: Admin | None = field(
        default=None, metadata={"help": "Who changes the channel's organisations; without it they are only listed."}
    )
    client: Literal["gateway", "hfc"] = field(
        default="gateway",
        metadata={"help": "gateway: the peers' gateway service; hfc: fabric-sdk-py in a process of its own."},
    )
    hfc_python: Path | None = field(
        default=None, metadata={"help": "A Python that has fabric-sdk-py; else that of `maasctl fabric hfc-setup`."}
    )
    peer_seconds: float = field(
        default=2.0, metadata={"help": "How long one peer is given before the next is asked.", "min": 0.1, "max": 60}
    )
    concurrency: int = field(
        default=32, metadata={"help": "Requests on their way to a peer at once.", "min": 1, "max": MOST_CONCURRENT}
    )
    attempts: int = field(
        default=100,
        metadata={"help": "How often a command is endorsed anew after a conflict, before it is given up.", "min": 1},
    )
    max_command_bytes: int = field(
        default=512 * KIB,
        metadata={"help": "The largest command in JSON; the channel's AbsoluteMaxBytes bounds it.", "min": KIB},
    )

    def __post_init__(self) -> None:
        if self.connection_profile is None:
            missing = [name for name in ("msp_id", "certificate", "gateways") if not getattr(self, name)]
            if missing:
                raise ValueError(f"{missing[0]}: is missing; accepted: a value here, or a `connection_profile`")
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_key: `tls_certificate` and `tls_key` come together; accepted: both or none")
