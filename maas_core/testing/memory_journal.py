"""A journal in memory: for simulations, in which a crash drops the engine and keeps the journal."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from maas_core.ledgerio.journal import ChainState, Changes, Folded, Loaded, NewSubmission, Quarantined
from maas_core.ledgerio.submission import Submission
from maas_core.ports.workflow import EventBlock
from maas_core.protocol.model.overlay import ABSENT
from maas_core.protocol.records import Key


class MemoryJournal:
    """What a node's database holds, as plain values."""

    def __init__(self) -> None:
        self.submissions: dict[int, Submission] = {}
        self.chain = ChainState(None, ())
        self.history: list[EventBlock] = []
        self.records: dict[Key, Any] = {}
        self.quarantine: list[Quarantined] = []
        self._by_id: dict[bytes, int] = {}

    def load(self) -> Loaded:
        """Where things stand."""
        unfinished = tuple(one for one in self.submissions.values() if not one.finished)
        subjects = frozenset(one.subject for one in self.quarantine)
        return Loaded(self.chain, unfinished, len(self.submissions), subjects)

    def submit(self, new: Sequence[NewSubmission]) -> list[Submission]:
        """Store intents in this order; an id that exists already is not stored again."""
        return [self.submissions[self._by_id.get(one.id) or self._add(one)] for one in new]

    def _add(self, new: NewSubmission) -> int:
        seq = len(self.submissions) + 1
        self.submissions[seq] = Submission(seq, new.id, new.command, new.created, not_after=new.not_after)
        self._by_id[new.id] = seq
        return seq

    def since(self, seq: int) -> Sequence[Submission]:
        """Submissions stored after `seq`."""
        return [self.submissions[one] for one in range(seq + 1, len(self.submissions) + 1)]

    def commit(self, changes: Changes) -> None:
        """Store what the engine decided."""
        self.submissions.update((one.seq, one) for one in changes.submissions)
        kept = self.chain.unfinal
        if changes.drop_above is not None:
            kept = tuple(one for one in kept if one.block.height <= changes.drop_above)
        before = self.chain
        self.chain = ChainState(
            before.checkpoint, (*kept, *changes.blocks), changes.pinned or before.pinned, changes.halt or before.halt
        )
        if changes.folded is not None:
            self._fold(changes.folded)

    def _fold(self, folded: Folded) -> None:
        above = tuple(one for one in self.chain.unfinal if one.block.height > folded.checkpoint.height)
        self.chain = ChainState(folded.checkpoint, above, self.chain.pinned, self.chain.halt)
        self.history += folded.blocks
        for key, value in folded.records:
            if value is ABSENT:
                self.records.pop(key, None)
            else:
                self.records[key] = value
        for one in folded.quarantined:
            self.quarantine.append(replace(one, position=len(self.quarantine) + 1))

    def read(self, key: Key) -> Any:
        """The final record under a key."""
        return self.records.get(key)
