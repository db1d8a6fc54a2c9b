"""The model run over an ordered log: what each payload says, and what the protocol answers to it.

A payload is canonical JSON (RFC 8785): {"command", "deployment", "protocol", "salt"}. The deployment keeps a command
from meaning something on another log; the salt makes equal commands distinct transactions. Whatever else stands in the
log is answered by `MALFORMED` on every node alike, and changes nothing.
"""

import json
from collections.abc import Iterable
from typing import NamedTuple

from immutables import Map

from maas_core.ports.ordered_log import LogEntry
from maas_core.ports.workflow import BlockRef
from maas_core.proofs.shallow import parsed
from maas_core.protocol import PROTOCOL
from maas_core.protocol.commands import Command, Found
from maas_core.protocol.digests import state_digest
from maas_core.protocol.events import Event
from maas_core.protocol.model import EMPTY, State, apply, decide
from maas_core.protocol.model.state import DEPLOYMENT
from maas_core.protocol.records import RECORDS, Record
from maas_core.protocol.rejections import Code, Rejection
from maas_core.protocol.types import ZERO_DIGEST
from maas_core.protocol.wire import Json, command_from_json, command_to_json

SALT_SIZE = 16
MEMBERS = {"command", "deployment", "protocol", "salt"}
MALFORMED = Rejection(Code.INVALID_ARGUMENT)
"""The answer to a payload that holds no command of this deployment; told from the model's answers by identity."""

NOTHING_YET = BlockRef(0, ZERO_DIGEST, 0)
"""What is before the first entry."""


def encode_payload(command: Command, deployment: bytes, salt: bytes) -> bytes:
    """The payload of a command. Raises `WireError` for a command that no ledger could carry."""
    written = command_to_json(command)
    command_from_json(written)
    return _canonical(written, deployment, salt)


def _canonical(command: Json, deployment: bytes, salt: bytes) -> bytes:
    payload = {"command": command, "deployment": deployment.hex(), "protocol": PROTOCOL, "salt": salt.hex()}
    return json.dumps(payload, sort_keys=True, separators=(",", ":")).encode("ascii")


OVERHEAD = len(_canonical({}, bytes(32), bytes(SALT_SIZE))) - len("{}")
"""Bytes of a payload beside the command."""


def decode_payload(payload: bytes, deployment: bytes) -> Command | None:
    """The command of a payload, None if it has none; `deployment` is zero before one was founded."""
    try:
        members = parsed(payload.decode("ascii"))
        if not isinstance(members, dict) or members.keys() != MEMBERS or members["protocol"] != PROTOCOL:
            return None
        command = command_from_json(members["command"])
    except ValueError:
        return None
    expected = command.deployment if isinstance(command, Found) else deployment
    return command if members["deployment"] == expected.hex() else None


class Answer(NamedTuple):
    """An entry and what the model says to it."""

    block: BlockRef
    transaction: bytes
    outcome: tuple[Event, ...] | Rejection


class Replay:
    """The state of the model somewhere in the log; goes forward entry by entry."""

    def __init__(self) -> None:
        self.block = NOTHING_YET
        self.state: State = EMPTY

    @property
    def deployment(self) -> bytes:
        """The deployment's id, zero before it is founded."""
        founded = self.state.get(DEPLOYMENT)
        return founded.deployment if founded else ZERO_DIGEST

    def take(self, entry: LogEntry) -> Answer:
        """Answer to the next entry."""
        assert entry.position == self.block.height + 1
        self.block = BlockRef(entry.position, entry.digest, entry.time)
        command = decode_payload(entry.payload, self.deployment)
        outcome = MALFORMED if command is None else decide(self.state, command, entry.sender, entry.time)
        if not isinstance(outcome, Rejection):
            self.state = apply(self.state, outcome)
        return Answer(self.block, entry.transaction, outcome)

    def records(self) -> Iterable[Record]:
        """All records now."""
        assert isinstance(self.state, Map)
        return (value for key, value in self.state.items() if key[0] in RECORDS)

    def digest(self) -> bytes:
        """The digest of all records now, the same on every ledger."""
        return state_digest(self.deployment, self.records())
