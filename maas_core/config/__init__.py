"""A node's config: one TOML file, overrides from the environment, checked at load."""

from maas_core.config.loading import load_config
from maas_core.config.sections import (
    CacheSection,
    DatabaseSection,
    LedgerSection,
    LogLevel,
    NodeConfig,
    NodeSection,
    PartySection,
    SignerSection,
    StorageSection,
    SubmissionSection,
)
from maas_core.ports.secret import Secret

__all__ = [
    "CacheSection",
    "DatabaseSection",
    "LedgerSection",
    "LogLevel",
    "NodeConfig",
    "NodeSection",
    "PartySection",
    "Secret",
    "SignerSection",
    "StorageSection",
    "SubmissionSection",
    "load_config",
]
