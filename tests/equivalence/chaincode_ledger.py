"""The Go chaincode as a ledger under test, on its stub ledger behind pipes."""

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from maas_core.protocol.commands import Command
from maas_core.protocol.events import Event
from maas_core.protocol.records import Key, Record
from maas_core.protocol.rejections import Code, Rejection
from maas_core.protocol.wire import Json, command_to_json, event_from_json, key_to_json, stored_from_json
from tests.equivalence.ledger import Step

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "chaincode"
BINARY = ROOT / "build" / "stubledger"
INDEX = "identity"
"""What the chaincode keeps besides the protocol's records: by which identity a party is known."""


class ChaincodeError(Exception):
    """The chaincode answered with neither events nor a rejection."""


def build() -> Path:
    """The stub ledger's program, built if its sources changed; raises `CalledProcessError` if they do not compile."""
    if not BINARY.exists() or _changed_at() > BINARY.stat().st_mtime:
        BINARY.parent.mkdir(exist_ok=True)
        fresh = BINARY.with_suffix(f".{os.getpid()}")  # another process may be building, or running the old one
        subprocess.run(["go", "build", "-o", fresh, "./cmd/stubledger"], cwd=SOURCES, check=True)
        fresh.touch()
        fresh.replace(BINARY)
    return BINARY


def _changed_at() -> float:
    sources = [path for path in SOURCES.rglob("*") if path.suffix in {".go", ".mod", ".sum"}]
    return max(path.stat().st_mtime for path in sources)


class ChaincodeLedger:
    """See `LedgerUnderTest`; to be closed."""

    def __init__(self) -> None:
        self._process = subprocess.Popen([build()], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def close(self) -> None:
        self._pipe(self._process.stdin).close()
        self._process.wait()
        self._pipe(self._process.stdout).close()

    def reset(self) -> None:
        self._ask({"op": "reset"})

    def step(self, command: Command, sender: bytes, time: int, reads: Sequence[Key]) -> Step:
        answer = self._ask(
            {
                "op": "step",
                "sender": sender.hex(),
                "time": str(time),
                "command": command_to_json(command),
                "reads": [key_to_json(key) for key in reads],
            }
        )
        records = [None if one is None else stored_from_json(one) for one in answer["records"]]
        return Step(_outcome(answer), dict(zip(reads, records, strict=True)))

    def overwrite(self, key: Key, field: str, value: int) -> None:
        self._ask({"op": "overwrite", "key": key_to_json(key), "field": field, "value": str(value)})

    def dump(self) -> list[Record]:
        """All records that are stored."""
        stored = self._ask({"op": "dump"})["records"]
        return [stored_from_json(one) for one in stored if one["type"] != INDEX]

    def identities(self) -> dict[bytes, int]:
        """By which identity which party is known."""
        stored = self._ask({"op": "dump"})["records"]
        return {bytes.fromhex(one["identity"]): int(one["party"]) for one in stored if one["type"] == INDEX}

    def _ask(self, request: Json) -> Json:
        requests = self._pipe(self._process.stdin)
        requests.write(json.dumps(request, separators=(",", ":")).encode() + b"\n")
        requests.flush()
        line = self._pipe(self._process.stdout).readline()
        if not line:
            raise ChaincodeError(f"the stub ledger ended with status {self._process.wait()}")
        answer: Json = json.loads(line)
        if "error" in answer or "refused" in answer:
            raise ChaincodeError(f"{answer} to {request}")
        return answer

    @staticmethod
    def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
        assert pipe is not None
        return pipe


def _outcome(answer: Json) -> tuple[Event, ...] | Rejection:
    if "code" in answer:
        return Rejection(Code[answer["code"]], int(answer["item"]))
    return tuple(event_from_json(event) for event in answer["events"])
