"""An ordered log: notice n is the file n of a folder. Who links a file there first has the place; others take the next.

A notice is: time (8 bytes) | sender (32) | signature (64) | payload.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from secrets import token_hex

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from maas_core.errors import SignerError
from maas_core.ports.backends import Context
from maas_core.ports.clock import Deadline
from maas_core.ports.ordered_log import EVERY_COMMAND, LogEntry
from maas_core.ports.workflow import Attempt, Broadcast, BroadcastStatus, LedgerIdentity, Unavailable

TOO_LATE = Unavailable("no time left")


@dataclass(frozen=True)
class Settings:
    """Table [ledger.settings]."""

    folder: Path = field(metadata={"help": "Where the notices hang; all participants can write there."})
    board: str = field(default="noticeboard", metadata={"help": "The board's name, which every signature covers."})


class Noticeboard:
    """One participant's view of the board."""

    name = "noticeboard"
    max_payload_bytes = EVERY_COMMAND

    def __init__(self, settings: Settings, context: Context) -> None:
        self._folder, self._board, self._context = settings.folder, settings.board.encode(), context
        self._folder.mkdir(parents=True, exist_ok=True)
        self._entries: list[LogEntry] = []
        self._positions: dict[bytes, int] = {}

    def identity(self) -> LedgerIdentity:
        if self._context.signer is None:
            raise SignerError("this node has no key, it only reads")
        key = self._context.signer.public_key
        return LedgerIdentity(key, key.hex())

    def seal(self, payload: bytes) -> Attempt:
        sender, signer = self.identity().identity, self._context.signer
        assert signer is not None
        name = self._name(sender, payload)
        return Attempt(name, sender + signer.sign(name) + payload)

    def append(self, attempts: Sequence[Attempt], deadline: Deadline) -> list[Broadcast]:
        return [self._append(one, deadline) for one in attempts]

    def read(self, after: int, limit: int, deadline: Deadline) -> Sequence[LogEntry] | Unavailable:
        return TOO_LATE if deadline.passed() else self._caught_up()[after : after + limit]

    def find(self, transactions: Sequence[bytes], deadline: Deadline) -> Sequence[int | None] | Unavailable:
        if deadline.passed():
            return TOO_LATE
        self._caught_up()
        return [self._positions.get(one) for one in transactions]

    def close(self) -> None:
        """Nothing is kept open."""

    def _append(self, attempt: Attempt, deadline: Deadline) -> Broadcast:
        if reason := self._fault(attempt):
            return Broadcast(attempt.transaction, BroadcastStatus.REFUSED, reason)
        while not deadline.passed():
            entries = self._caught_up()
            if attempt.transaction in self._positions:
                return Broadcast(attempt.transaction, BroadcastStatus.KNOWN)
            time = max(entries[-1].time if entries else 0, self._context.clock.now())
            if self._hang_up(len(entries) + 1, time.to_bytes(8, "big") + attempt.payload):
                return Broadcast(attempt.transaction, BroadcastStatus.ACCEPTED)
        return Broadcast(attempt.transaction, BroadcastStatus.UNAVAILABLE, TOO_LATE.reason)

    def _hang_up(self, position: int, notice: bytes) -> bool:
        draft = self._folder / f"draft-{token_hex(8)}"
        with draft.open("xb", buffering=0) as file:
            file.write(notice)
            os.fsync(file)
        try:
            os.link(draft, self._folder / str(position))
        except FileExistsError:
            return False
        finally:
            draft.unlink()
        folder = os.open(self._folder, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
        return True

    def _caught_up(self) -> list[LogEntry]:
        while (file := self._folder / str(len(self._entries) + 1)).exists():
            notice = file.read_bytes()
            sender, payload = notice[8:40], notice[104:]
            name, before = self._name(sender, payload), self._entries[-1].digest if self._entries else b""
            digest = sha256(before + notice[:8] + name).digest()
            position = self._positions[name] = len(self._entries) + 1
            self._entries.append(LogEntry(position, digest, int.from_bytes(notice[:8]), sender, name, payload))
        return self._entries

    def _name(self, sender: bytes, payload: bytes) -> bytes:
        return sha256(sha256(self._board).digest() + sender + payload).digest()

    def _fault(self, attempt: Attempt) -> str:
        sender, signature, payload = attempt.payload[:32], attempt.payload[32:96], attempt.payload[96:]
        if len(payload) > self.max_payload_bytes:
            return f"a notice holds {self.max_payload_bytes} bytes"
        try:
            Ed25519PublicKey.from_public_bytes(sender).verify(signature, attempt.transaction)
        except (ValueError, InvalidSignature):
            return "the sender did not sign this"
        return "" if attempt.transaction == self._name(sender, payload) else "these bytes have another name"
