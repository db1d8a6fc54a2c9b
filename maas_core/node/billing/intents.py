"""Billing commands that were decided on. A process may end at any line: the next one finds the decision and sends it.

The row is written once all documents that the command names are durable, and before anything is sent; the submission's
id is in it, so that sending again changes nothing. Two processes that decide at once find the same row.
"""

import json
import secrets
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select

from maas_core.ledgerio.sql import rows
from maas_core.ledgerio.submission import Submission, SubmissionState
from maas_core.protocol.commands import Command
from maas_core.protocol.wire import command_from_json
from maas_core.store.tables import BillingIntentRow

if TYPE_CHECKING:
    from maas_core.node.node import Node

INTENTS: Any = BillingIntentRow.__table__


class Intents:
    """Decisions by name."""

    def __init__(self, node: "Node") -> None:
        self._node = node

    def pending(self, name: str) -> tuple[Command, Submission] | None:
        """What was decided under a name and is sent or final; what the ledger refused for good is forgotten."""
        with self._node.database.reading() as connection:
            row = connection.execute(select(INTENTS).where(INTENTS.c.name == name)).one_or_none()
        if row is None:
            return None
        command = command_from_json(json.loads(row.command))
        submission = self._node.submissions.send(command, bytes(row.submission))
        if submission.finished and submission.state != SubmissionState.FINAL:
            self._forget(name, bytes(row.submission))
            return None
        return command, submission

    def decide(self, name: str, command: Command) -> tuple[Command, Submission]:
        """Send a command under a name, or what was decided under that name before."""
        row = {
            "name": name,
            "submission": secrets.token_bytes(16),
            "command": rows.command_text(command),
            "decided": self._node.clock.now(),
        }
        with self._node.database.writing() as connection:
            known = connection.execute(select(INTENTS.c.name).where(INTENTS.c.name == name)).one_or_none()
            if known is None:
                connection.execute(insert(INTENTS), row)
        found = self.pending(name)
        return found if found is not None else self.decide(name, command)

    def _forget(self, name: str, submission: bytes) -> None:
        mine = (INTENTS.c.name == name) & (INTENTS.c.submission == submission)
        with self._node.database.writing() as connection:
            connection.execute(delete(INTENTS).where(mine))
