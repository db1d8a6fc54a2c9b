"""The documents in a file: opened with the keys beside them, their authors' signatures checked.

Whose a key is follows from the author's profile: its digest is on the ledger, and it is sealed by a key that follows
from the deployment's id.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from maas_core.errors import IntegrityError
from maas_core.evidence.facts import LedgerFact
from maas_core.evidence.file import Evidence, Role, SealedDocument
from maas_core.proofs import canonical
from maas_core.protocol import events as e
from maas_core.sealing.documents import Body, Opened, deployment_key, finish, unlock


@dataclass(frozen=True, slots=True)
class Signature:
    """Who vouches for what."""

    what: str
    party: int
    scheme: str
    key: bytes


class Documents:
    """The documents of a file."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._by_digest = {sha256(one.sealed).digest(): one for one in evidence.documents}
        self._opened: dict[bytes, Opened] = {}
        self.signatures: list[Signature] = []
        """Of all documents that were asked for."""

    def read(self, digest: bytes, role: Role) -> Opened:
        """The document that a digest on the ledger stands for. Raises `IntegrityError`."""
        held = self._by_digest.get(digest)
        if held is None or held.role is not role:
            raise IntegrityError(f"the file does not hold the {role.value} that the ledger names ({digest.hex()})")
        if digest not in self._opened:
            opened = self._open(held)
            if role is not Role.PROFILE:
                self._check_author(opened)
                self.signatures.append(
                    Signature(role.value, opened.author_party, opened.author_scheme, opened.author_key)
                )
            self._opened[digest] = opened
        return self._opened[digest]

    def holds(self, digest: bytes) -> bool:
        """Whether the file has a document."""
        return digest in self._by_digest

    def _open(self, held: SealedDocument) -> Opened:
        unlocked = unlock(held.sealed, held.key)
        if (unlocked.body is Body.BLOB) != bool(held.packed):
            raise IntegrityError(f"the {held.role.value} in the file has its content in the wrong place")
        opened = finish(held.sealed, unlocked, held.packed or None)
        if opened.kind != held.kind:
            raise IntegrityError(f"the {held.role.value} in the file is a {opened.kind}, not a {held.kind}")
        if opened.deployment != self._evidence.deployment:
            raise IntegrityError(f"the {held.role.value} in the file was made for another deployment")
        return opened

    def _check_author(self, opened: Opened) -> None:
        named = [
            profile_key(self.read(digest, Role.PROFILE), self._evidence.deployment, opened.author_party)
            for digest in profiles(self._evidence.facts, opened.author_party)
            if self.holds(digest)
        ]
        if (opened.author_scheme, opened.author_key) not in named:
            raise IntegrityError(
                f"the file does not show that party {opened.author_party} holds the key that signed the {opened.kind}"
            )


def profiles(facts: Sequence[LedgerFact], party: int) -> list[bytes]:
    """The digests of the profiles that a party named."""
    found = []
    for one in facts:
        match one.event:
            case e.PartyJoined() | e.ProfileUpdated() as event if event.party == party:
                found.append(event.profile)
            case e.DeploymentFounded() as event if party == 1:
                found.append(event.profile)
            case _:
                pass
    return found


def profile_key(opened: Opened, deployment: bytes, party: int) -> tuple[str, bytes]:
    """Scheme and public key by which a profile's party signs. Raises `IntegrityError`."""
    if opened.kind != "profile" or opened.key != deployment_key(deployment, "profile"):
        raise IntegrityError("a profile in the file is not one of this deployment")
    value: Any = canonical.loads(opened.content)
    try:
        key = bytes.fromhex(value["signing_key"])
        scheme = value["signing_scheme"]
    except (KeyError, TypeError, ValueError):
        raise IntegrityError("a profile in the file names no signing key") from None
    if (opened.author_party, opened.author_key) != (party, key):
        raise IntegrityError(f"the profile of party {party} in the file is not signed by the key that it names")
    return scheme, key
