"""Making a new node: its keys and its database."""

from maas_core.config.sections import NodeConfig
from maas_core.errors import UsageError
from maas_core.node.node import Node
from maas_core.sealing.keys import create_key


def make_node(config: NodeConfig, *, new_key: bool = True) -> bytes:
    """Make the keys and the database that a config names; returns the public half of the signing key.

    Without `new_key` the config names a signing key that exists. Raises `UsageError` if the config has no [signer] that
    makes keys, `SignerError` if the key exists.
    """
    section = config.signer
    if section is None:
        raise UsageError(f"{config.file} has no [signer]: a new node needs a key")
    if new_key:
        if section.backend.create is None:
            raise UsageError(f"signer {section.backend.name!r} makes no keys; write the config by hand")
        section.backend.create(section.settings, config.directory)
    if not config.encryption.key.exists():
        create_key(config.encryption.key, config.encryption.passphrase)
    with Node.create(config) as node:
        assert node.signer is not None
        return node.signer.public_key
