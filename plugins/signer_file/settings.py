"""What the config says about a key file."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from maas_core.ports.secret import Secret

FileScheme = Literal["ed25519", "p256"]


@dataclass(frozen=True, slots=True)
class Settings:
    """Table [signer.settings]."""

    key: Path = field(metadata={"help": "PKCS#8 in PEM; without a passphrase only its owner may read it (mode 0600)."})
    scheme: FileScheme = field(
        default="ed25519", metadata={"help": "The kind of key; which one is needed is up to the ledger."}
    )
    passphrase: Secret | None = field(default=None, metadata={"help": "Opens an encrypted key."})


def beside(folder: Path) -> dict[str, str]:
    """Settings for a key that lies in the node's folder."""
    return {"key": str(folder / "key.pem")}
