"""Between the engine's values and the columns that they are kept in."""

import json
from typing import Any

from maas_core.ledgerio.journal import Halt
from maas_core.ledgerio.submission import AttemptState, Submission, SubmissionState, TrackedAttempt
from maas_core.ports.workflow import Attempt, BlockRef, EventBlock, LedgerEvent, Undecodable
from maas_core.protocol.digests import KIND_OF
from maas_core.protocol.events import Event
from maas_core.protocol.records import RECORDS, Key
from maas_core.protocol.rejections import Code, Rejection
from maas_core.protocol.wire import (
    command_from_json,
    command_to_json,
    event_from_json,
    event_to_json,
    key_to_json,
    struct_from_json,
    struct_to_json,
)

Columns = dict[str, Any]


def compact(value: Any) -> str:
    """JSON without spaces."""
    return json.dumps(value, separators=(",", ":"))


def plain(text: str) -> str:
    """Text as every database takes it: what a ledger says about itself may hold anything."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def block_columns(block: BlockRef | None) -> Columns:
    """A block's three columns."""
    return {
        "block_height": None if block is None else block.height,
        "block_digest": None if block is None else block.digest,
        "block_time": None if block is None else block.time,
    }


def block_from(row: Any) -> BlockRef | None:
    """The block of a row, if it has one."""
    if row.block_height is None:
        return None
    return BlockRef(row.block_height, bytes(row.block_digest), row.block_time)


def submission_columns(submission: Submission) -> Columns:
    """What may change of a submission."""
    rejection = submission.rejection
    return {
        "state": submission.state.value,
        "finished": submission.finished,
        "code": None if rejection is None else int(rejection.code),
        "item": None if rejection is None else rejection.item,
        "probable": submission.probable,
        "reason": plain(submission.reason),
        "cost": submission.cost,
        **block_columns(submission.block),
    }


def command_text(submission_command: Any) -> str:
    """A command as it is kept."""
    return compact(command_to_json(submission_command))


def submission_from(row: Any, attempts: tuple[TrackedAttempt, ...]) -> Submission:
    """A submission from its row and its attempts."""
    return Submission(
        seq=row.seq,
        id=bytes(row.id),
        command=command_from_json(json.loads(row.command)),
        created=row.created,
        state=SubmissionState(row.state),
        attempts=attempts,
        not_after=row.not_after,
        rejection=None if row.code is None else Rejection(Code(row.code), row.item),
        probable=row.probable,
        reason=row.reason,
        block=block_from(row),
        cost=row.cost,
    )


def attempt_columns(submission: Submission, ordinal: int) -> Columns:
    """One attempt of a submission."""
    tracked = submission.attempts[ordinal]
    return {
        "transaction": tracked.attempt.transaction,
        "submission": submission.seq,
        "ordinal": ordinal,
        "payload": tracked.attempt.payload,
        "sequence": tracked.attempt.sequence,
        "expires": tracked.attempt.expires,
        "state": tracked.state.value,
        **block_columns(tracked.block),
    }


def attempt_from(row: Any) -> TrackedAttempt:
    """An attempt from its row."""
    attempt = Attempt(bytes(row.transaction), bytes(row.payload), row.sequence, row.expires)
    return TrackedAttempt(attempt, AttemptState(row.state), block_from(row))


def event_text(event: Event | Undecodable) -> str:
    """An event as it is kept."""
    if isinstance(event, Undecodable):
        return compact({"undecodable": event.raw, "reason": event.reason})
    return compact(event_to_json(event))


def event_from(text: str) -> Event | Undecodable:
    """The inverse of `event_text`."""
    value = json.loads(text)
    if "undecodable" in value:
        return Undecodable(value["undecodable"], value["reason"])
    return event_from_json(value)


def events_text(entry: EventBlock) -> str:
    """All events of a block that is not final."""
    return compact([[one.transaction.hex(), event_text(one.event)] for one in entry.events])


def event_block_from(row: Any) -> EventBlock:
    """A block that is not final."""
    entries = [
        LedgerEvent(bytes.fromhex(transaction), event_from(text)) for transaction, text in json.loads(row.events)
    ]
    return EventBlock(BlockRef(row.height, bytes(row.digest), row.time), tuple(entries))


def ref_text(block: BlockRef | None) -> str | None:
    """A block's name in one column."""
    return None if block is None else compact([block.height, block.digest.hex(), block.time])


def ref_from(text: str | None) -> BlockRef | None:
    """The inverse of `ref_text`."""
    if text is None:
        return None
    height, digest, time = json.loads(text)
    return BlockRef(height, bytes.fromhex(digest), time)


def halt_text(halt: Halt | None) -> str | None:
    """A halt in one column."""
    return None if halt is None else compact([ref_text(halt.block), halt.reason])


def halt_from(text: str | None) -> Halt | None:
    """The inverse of `halt_text`."""
    if text is None:
        return None
    block, reason = json.loads(text)
    ref = ref_from(block)
    assert ref is not None
    return Halt(ref, reason)


def key_text(key: Key) -> str:
    """A key as it is kept."""
    return compact(key_to_json(key))


def record_text(record: Any) -> str:
    """A record with all its fields, or the party number of an identity."""
    return compact(record if isinstance(record, int) else struct_to_json(record))


def record_from(kind: str, text: str) -> Any:
    """The inverse of `record_text`."""
    value = json.loads(text)
    return value if isinstance(value, int) else struct_from_json(RECORDS[kind][0], value, kind)


def kind_of(record: Any) -> str:
    """The kind column of a record."""
    return "identity" if isinstance(record, int) else KIND_OF[type(record)]
