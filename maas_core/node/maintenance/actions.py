"""What agents decided to do: stored before it is done, and done once whatever happens in between.

An action's key says what it is about, so that the same decision cannot be stored twice. The id of its submission
follows from key and attempt, so that sending it again changes nothing. A process may end between any two lines: the
next one finds the action and goes on.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Select, select, update
from sqlalchemy.dialects import postgresql, sqlite

from maas_core.errors import UsageError
from maas_core.ledgerio.sql import rows
from maas_core.ledgerio.submission import Submission, SubmissionState
from maas_core.ports.workflow import BlockRef
from maas_core.protocol.commands import Command
from maas_core.protocol.wire import command_from_json
from maas_core.store.tables import ActionRow

if TYPE_CHECKING:
    from maas_core.node.node import Node

ACTIONS: Any = ActionRow.__table__
MOST_ATTEMPTS = 6
"""How often a decision that the ledger refuses is made, each time from what is known then."""
FIRST_PAUSE = 30
"""Seconds before it is made the second time; twice as many before each further one."""


class ActionState(StrEnum):
    """Where an action stands."""

    PLANNED = "planned"
    """Stored; its command may be on its way."""
    DONE = "done"
    """Final."""
    REFUSED = "refused"
    """The ledger did not accept it."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What an action is about."""

    machine: bytes
    kind: int = 0
    n: int = 0


@dataclass(frozen=True, slots=True)
class Action:
    """A decision."""

    key: str
    name: str
    subject: Subject
    command: Command | None
    """None: nothing is sent, as for a dispatch."""
    detail: Mapping[str, Any] = field(default_factory=dict)
    state: ActionState = ActionState.PLANNED
    attempt: int = 1
    reason: str = ""
    block: BlockRef | None = None
    """The block that it relies on, or in which it was included."""
    created: int = 0
    """When its last attempt was decided, seconds UTC."""

    @property
    def submission(self) -> bytes:
        """The id of its submission."""
        return sha256(f"maas/1/action {self.attempt} {self.key}".encode()).digest()[:16]

    @property
    def again_at(self) -> int:
        """From when on a refused decision may be made again: later each time, as what was missing may be time."""
        return self.created + (FIRST_PAUSE << (self.attempt - 1))

    @property
    def exhausted(self) -> bool:
        """Whether it was tried so often that an operator has to look at it, and none has yet."""
        return self.state is ActionState.REFUSED and self.attempt >= MOST_ATTEMPTS and self.created > 0


class Actions:
    """The node's actions."""

    def __init__(self, node: "Node") -> None:
        self._node = node

    def find(self, key: str) -> Action | None:
        """An action by its key."""
        found = self._read(select(ACTIONS).where(ACTIONS.c.key == key))
        return found[0] if found else None

    def named(self, name: str) -> list[Action]:
        """All actions of a name, oldest first."""
        return self._read(select(ACTIONS).where(ACTIONS.c.name == name))

    def of_machine(self, machine: bytes) -> list[Action]:
        """All actions on a machine, oldest first."""
        return self._read(select(ACTIONS).where(ACTIONS.c.machine == machine))

    def all(self) -> list[Action]:
        """All actions, oldest first."""
        return self._read(select(ACTIONS))

    def unfinished(self) -> list[Action]:
        """All that is on its way or was refused."""
        return self._read(select(ACTIONS).where(ACTIONS.c.state != ActionState.DONE.value))

    def planned(self) -> list[Action]:
        """All that is on its way."""
        return self._read(select(ACTIONS).where(ACTIONS.c.state == ActionState.PLANNED.value))

    def may_plan(self, key: str) -> bool:
        """Whether there is no such action, or one that was refused and may be decided anew by now."""
        known = self.find(key)
        if known is None:
            return True
        waits = known.exhausted or self._node.clock.now() < known.again_at
        return known.state is ActionState.REFUSED and not waits

    def give_another_chance(self, key: str) -> None:
        """Let a decision that was refused be made again at once. Raises `UsageError` if there is none of this key."""
        refused = (ACTIONS.c.key == key) & (ACTIONS.c.state == ActionState.REFUSED.value)
        with self._node.database.writing() as connection:
            # The number of attempts stays: it is part of the submission's id, which was used.
            if connection.execute(update(ACTIONS).where(refused).values(created=0)).rowcount != 1:
                raise UsageError(f"no action {key!r} was refused: see `maasctl maintenance actions`")

    def plan(self, action: Action) -> Action:
        """Store a decision, unless there is one of this key that was not refused; returns what is stored then."""
        with self._node.database.writing() as connection:
            known = _rows(connection, select(ACTIONS).where(ACTIONS.c.key == action.key))
            if not known:
                dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
                fresh = {**self._columns(action), "attempt": 1}
                connection.execute(dialect.insert(ACTIONS).on_conflict_do_nothing(index_elements=["key"]), fresh)
            elif known[0].state is ActionState.REFUSED:
                again = {**self._columns(action), "attempt": known[0].attempt + 1}
                connection.execute(update(ACTIONS).where(ACTIONS.c.key == action.key).values(again))
            [stored] = _rows(connection, select(ACTIONS).where(ACTIONS.c.key == action.key))
        return stored

    def pump(self) -> list[Action]:
        """Send what is planned and note what became of it; returns the actions that ended."""
        ended = []
        for action in self.planned():
            if action.command is not None:
                submission = self._node.submissions.send(action.command, action.submission)
                if submission.finished:
                    ended.append(self._end(action, submission))
        return ended

    def _end(self, action: Action, submission: Submission) -> Action:
        done = submission.state == SubmissionState.FINAL
        code = "" if submission.rejection is None else submission.rejection.code.name
        values = {
            "state": (ActionState.DONE if done else ActionState.REFUSED).value,
            "reason": "" if done else code or rows.plain(submission.reason) or submission.state.value,
            **rows.block_columns(submission.block),
        }
        mine = (ACTIONS.c.key == action.key) & (ACTIONS.c.attempt == action.attempt)
        with self._node.database.writing() as connection:
            connection.execute(update(ACTIONS).where(mine).values(values))
            [stored] = _rows(connection, select(ACTIONS).where(ACTIONS.c.key == action.key))
        return stored

    def _columns(self, action: Action) -> rows.Columns:
        return {
            "key": action.key,
            "name": action.name,
            "machine": action.subject.machine,
            "kind": action.subject.kind,
            "n": action.subject.n,
            "command": None if action.command is None else rows.command_text(action.command),
            "detail": rows.compact(dict(action.detail)),
            "state": action.state.value,
            "reason": action.reason,
            "created": self._node.clock.now(),
            **rows.block_columns(action.block),
        }

    def _read(self, query: Select[Any]) -> list[Action]:
        with self._node.database.reading() as connection:
            return _rows(connection, query)


def _rows(connection: Connection, query: Select[Any]) -> list[Action]:
    return [_action(row) for row in connection.execute(query.order_by(ACTIONS.c.created, ACTIONS.c.key))]


def _action(row: Any) -> Action:
    return Action(
        key=row.key,
        name=row.name,
        subject=Subject(bytes(row.machine), row.kind, row.n),
        command=None if row.command is None else command_from_json(json.loads(row.command)),
        detail=json.loads(row.detail),
        state=ActionState(row.state),
        attempt=row.attempt,
        reason=row.reason,
        block=rows.block_from(row),
        created=row.created,
    )
