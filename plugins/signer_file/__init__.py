"""Keys in files: PKCS#8 in PEM, encrypted with a passphrase or readable by their owner only.

settings.py  which file, which scheme, which passphrase
keys.py      signing: Ed25519 and P-256
opening.py   open and create
"""

from typing import TYPE_CHECKING

from maas_core.hookspecs import hookimpl

if TYPE_CHECKING:
    from maas_core.ports.backends import SignerBackend


@hookimpl
def maas_signers() -> "list[SignerBackend]":
    """One kind of signer."""
    from maas_signer_file.opening import create_key, open_key
    from maas_signer_file.settings import Settings, beside

    from maas_core.ports.backends import SignerBackend

    return [SignerBackend("file", "A key in a PEM file, Ed25519 or P-256", Settings, open_key, beside, create_key)]
