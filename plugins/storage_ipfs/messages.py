"""Signed requests between MaaS nodes to keep each other's objects: POST /v1/ACTION with canonical JSON.

    {"request": {"action": "keep", "at": 1700000000, "digest": HEX, "keeper": URL, "nonce": HEX, "size": 123},
     "scheme": "ed25519", "public_key": HEX, "signature": HEX}

The signature is over the SHA-256 of the canonical JSON of `request`, tagged (`proofs.signatures`). `keeper` is the name
under which the asked node knows itself to this asker, its own URL, so that a request for one node is none for another;
`at` and `nonce` let every request count once. Actions:

    keep     fetch the object from the swarm and pin it, if the quota of this public key allows
    release  no longer keep it for this public key
    prove    answer with SHA-256(nonce, bytes), read offline: who has not the bytes cannot know it
    fetch    answer with the bytes, read offline

Answers are JSON: {"status": "done" | "absent" | "refused" | "later", "detail": TEXT, "proof": HEX}; those to `fetch`
are bytes, or JSON with status 404.
"""

import secrets
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any

from maas_core.errors import IntegrityError, UsageError
from maas_core.ports.signer import Signer
from maas_core.proofs import canonical, signatures

TAG = "maas-ipfs/1 keeper request"
LARGEST = 4096
"""Bytes of a request."""
CLOCK_SECONDS = 300
"""How far the clocks of two nodes may differ; also, for how long a nonce is remembered on either side of now."""
NONCE = 16


class Action(StrEnum):
    """What is asked."""

    KEEP = "keep"
    RELEASE = "release"
    PROVE = "prove"
    FETCH = "fetch"


class Status(StrEnum):
    """What became of it."""

    DONE = "done"
    ABSENT = "absent"
    REFUSED = "refused"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Request:
    """One request, before it is signed or after its signature was checked."""

    action: Action
    digest: bytes
    keeper: str
    at: int
    """Seconds UTC."""
    size: int = 0
    """Bytes of the object, for `keep`."""
    nonce: bytes = b""

    def signed(self, signer: Signer) -> bytes:
        """The bytes to send. Raises `SignerError`."""
        nonce = self.nonce or secrets.token_bytes(NONCE)
        fields = {
            "action": self.action.value,
            "at": self.at,
            "digest": self.digest.hex(),
            "keeper": self.keeper,
            "nonce": nonce.hex(),
            "size": self.size,
        }
        digest = sha256(canonical.dumps(fields)).digest()
        return canonical.dumps(
            {
                "request": fields,
                "scheme": str(signer.scheme),
                "public_key": signer.public_key.hex(),
                "signature": signatures.sign_document(signer, TAG, digest).hex(),
            }
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What the asked node says."""

    status: Status
    detail: str = ""
    proof: bytes = b""

    def encode(self) -> bytes:
        """JSON."""
        return canonical.dumps({"status": self.status.value, "detail": self.detail, "proof": self.proof.hex()})

    @classmethod
    def decode(cls, content: bytes) -> "Answer":
        """The inverse of `encode`. Raises `IntegrityError`."""
        try:
            fields = canonical.loads(content)
            return cls(Status(fields["status"]), str(fields["detail"]), bytes.fromhex(fields["proof"]))
        except (KeyError, TypeError, ValueError):
            raise IntegrityError("the keeper does not answer as one") from None


def read(content: bytes) -> tuple[Request, str]:
    """A request and the public key, in hex, that signed it. Raises `UsageError` for what is not well made or signed."""
    try:
        value: dict[str, Any] = canonical.loads(content)
        fields, key = value["request"], str(value["public_key"])
        request = Request(
            action=Action(fields["action"]),
            digest=_bytes(fields["digest"], 32),
            keeper=str(fields["keeper"]),
            at=_count(fields["at"]),
            size=_count(fields["size"]),
            nonce=_bytes(fields["nonce"], NONCE),
        )
        signature = bytes.fromhex(value["signature"])
        digest = sha256(canonical.dumps(fields)).digest()
        right = signatures.verify_document(str(value["scheme"]), bytes.fromhex(key), TAG, digest, signature)
    except (IntegrityError, UsageError, KeyError, TypeError, ValueError, AttributeError):
        raise UsageError("the request is not well made") from None
    if not right:
        raise UsageError("the signature is not that of the public key")
    return request, key


def proof_of(nonce: bytes, data: bytes) -> bytes:
    """What only who has the bytes can answer."""
    return sha256(nonce + data).digest()


def _bytes(text: str, size: int) -> bytes:
    content = bytes.fromhex(text)
    if len(content) != size:
        raise ValueError
    return content


def _count(number: object) -> int:
    if not isinstance(number, int) or isinstance(number, bool) or number < 0:
        raise ValueError
    return number
