"""Profiles: what a party tells all others of itself. Its digest on the ledger makes it the party's own word.

Profiles are sealed with a key that follows from the deployment's id, since nobody knows their future readers. That
hides them from who runs a storage, and from nobody who knows the deployment.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from maas_core.errors import IntegrityError
from maas_core.proofs import canonical
from maas_core.sealing.keys import PUBLIC_SIZE


@dataclass(frozen=True, slots=True)
class Profile:
    """One party's profile."""

    name: str
    contact: str
    encryption_key: bytes
    """X25519, 32 bytes: documents and telemetry for this party are sealed for it."""
    signing_scheme: str
    signing_key: bytes
    """The key that signs this party's documents."""
    account: tuple[tuple[str, str], ...] = ()
    """Where it is paid, e.g. (("bic", ...), ("iban", ...))."""
    groups: tuple[tuple[bytes, bytes], ...] = ()
    """(machine, digest of the current group document) of groups that this party changed by hand, so that members find
    it before the next anchor names it.
    """
    left: tuple[bytes, ...] = ()
    """Machines whose group this party does not want to be in."""


def encode(profile: Profile) -> bytes:
    """Canonical JSON."""
    return canonical.dumps({
        "account": dict(profile.account),
        "contact": profile.contact,
        "encryption_key": profile.encryption_key.hex(),
        "groups": {machine.hex(): digest.hex() for machine, digest in profile.groups},
        "left": [machine.hex() for machine in profile.left],
        "name": profile.name,
        "signing_key": profile.signing_key.hex(),
        "signing_scheme": profile.signing_scheme,
    })  # fmt: skip


def decode(content: bytes) -> Profile:
    """The inverse of `encode`. Raises `IntegrityError`."""
    value = canonical.loads(content)
    try:
        profile = Profile(
            name=_text(value["name"]),
            contact=_text(value["contact"]),
            encryption_key=bytes.fromhex(value["encryption_key"]),
            signing_scheme=_text(value["signing_scheme"]),
            signing_key=bytes.fromhex(value["signing_key"]),
            account=tuple((_text(key), _text(one)) for key, one in value["account"].items()),
            groups=tuple((bytes.fromhex(key), bytes.fromhex(one)) for key, one in value["groups"].items()),
            left=tuple(bytes.fromhex(one) for one in value["left"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise IntegrityError(f"a profile is malformed: {error!r}") from None
    if len(profile.encryption_key) != PUBLIC_SIZE:
        raise IntegrityError("a profile's encryption key has the wrong length")
    return profile


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def accounts(account: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """An account as a profile holds it."""
    return tuple(sorted(account.items()))
