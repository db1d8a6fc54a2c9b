"""The two functions of the backend, which import the cryptographic library only when they run."""

from pathlib import Path

from maas_signer_file.settings import Settings

from maas_core.ports.signer import Signer


def open_key(settings: Settings, directory: Path) -> Signer:
    """The signer for the key in the file. Raises `SignerError`."""
    from maas_signer_file import keys  # noqa: PLC0415

    from maas_core.sealing import pem  # noqa: PLC0415

    file = directory / settings.key
    return keys.signer(pem.read(file, settings.passphrase), settings.scheme, file)


def create_key(settings: Settings, directory: Path) -> None:
    """Write a new key to the file, which must not exist. Raises `SignerError`."""
    from maas_signer_file import keys  # noqa: PLC0415

    from maas_core.sealing import pem  # noqa: PLC0415

    pem.write(directory / settings.key, keys.generate(settings.scheme), settings.passphrase)
