"""What every OrderedLog must do: subclass `OrderedLogSuite` in your tests, say how a handle is opened, and run pytest.

    class TestMyLog(OrderedLogSuite):
        @pytest.fixture
        def open_log(self, tmp_path):
            return lambda: MyLog(tmp_path / "log", fresh_key())

`open_log` is a function that opens one more handle on one and the same new log, each time as another sender.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from secrets import token_bytes

import pytest

from maas_core.ports.clock import Deadline, SystemClock
from maas_core.ports.ordered_log import Auditable, BrokenEntry, LogEntry, OrderedLog
from maas_core.ports.workflow import Attempt, Broadcast, BroadcastStatus, Unavailable

OpenLog = Callable[[], OrderedLog]
CLOCK = SystemClock()
POLL = 0.01
"""Seconds between two looks at a log that shows its entries later than it takes them."""

TAKEN = {BroadcastStatus.ACCEPTED, BroadcastStatus.KNOWN}


class OrderedLogSuite:
    """Subclass it and give it a fixture `open_log`; for a log that can be audited, `AuditSuite` as well."""

    patience = 10.0
    """Seconds within which the log takes and shows an entry."""

    @pytest.fixture
    def log(self, open_log: OpenLog) -> OrderedLog:
        """One handle."""
        return open_log()

    def soon(self) -> Deadline:
        """A deadline that a healthy log keeps."""
        return Deadline.after(CLOCK, self.patience)

    def take(self, log: OrderedLog, *attempts: Attempt) -> list[Broadcast]:
        """Append; none may be refused."""
        outcomes = log.append(attempts, self.soon())
        assert [one.transaction for one in outcomes] == [one.transaction for one in attempts]
        assert {one.status for one in outcomes} <= TAKEN, outcomes
        return outcomes

    def entries(self, log: OrderedLog, count: int, after: int = 0) -> Sequence[LogEntry]:
        """The entries after a position, once there are `count` of them."""
        deadline = self.soon()
        while True:
            entries = log.read(after, count + 1, self.soon())
            assert not isinstance(entries, Unavailable), entries
            if len(entries) >= count or deadline.passed():
                assert len(entries) == count
                return entries
            time.sleep(POLL)

    def test_a_new_log_has_no_entries(self, log: OrderedLog) -> None:
        assert list(self.entries(log, 0)) == []

    def test_an_entry_carries_what_was_sealed_and_who_sealed_it(self, log: OrderedLog) -> None:
        attempt = log.seal(b"payload")
        self.take(log, attempt)
        [entry] = self.entries(log, 1)
        assert (entry.payload, entry.transaction) == (b"payload", attempt.transaction)
        assert entry.sender == log.identity().identity
        assert len(entry.sender) == len(entry.digest) == 32

    def test_sealing_sends_nothing(self, log: OrderedLog) -> None:
        attempt = log.seal(b"payload")
        assert log.find([attempt.transaction], self.soon()) == [None]
        assert list(self.entries(log, 0)) == []

    def test_what_two_participants_seal_has_two_names(self, open_log: OpenLog) -> None:
        one, other = open_log(), open_log()
        assert one.identity().identity != other.identity().identity
        assert one.seal(b"payload").transaction != other.seal(b"payload").transaction

    def test_entries_come_back_in_the_order_in_which_they_were_appended(self, log: OrderedLog) -> None:
        first, second, third = (log.seal(b"payload %d" % n) for n in range(3))
        self.take(log, third, first)
        self.take(log, second)
        names = [entry.transaction for entry in self.entries(log, 3)]
        assert names == [third.transaction, first.transaction, second.transaction]

    def test_positions_begin_at_one_and_have_no_gaps(self, log: OrderedLog) -> None:
        self.take(log, *(log.seal(b"payload %d" % n) for n in range(5)))
        assert [entry.position for entry in self.entries(log, 5)] == [1, 2, 3, 4, 5]

    def test_time_never_goes_back(self, log: OrderedLog) -> None:
        for n in range(5):
            self.take(log, log.seal(b"payload %d" % n))
        times = [entry.time for entry in self.entries(log, 5)]
        assert times == sorted(times)

    def test_reading_goes_on_after_a_position_and_keeps_the_limit(self, log: OrderedLog) -> None:
        self.take(log, *(log.seal(b"payload %d" % n) for n in range(7)))
        entries = self.entries(log, 7)
        assert log.read(0, 3, self.soon()) == entries[:3]
        assert log.read(3, 3, self.soon()) == entries[3:6]
        assert log.read(6, 3, self.soon()) == entries[6:]
        assert list(self.entries(log, 0, after=7)) == []

    def test_what_was_appended_before_is_known_and_not_appended_again(self, log: OrderedLog) -> None:
        attempt, other = log.seal(b"payload"), log.seal(b"other")
        self.take(log, attempt)
        outcomes = self.take(log, attempt, other)
        assert [one.status for one in outcomes] == [BroadcastStatus.KNOWN, BroadcastStatus.ACCEPTED]
        assert [one.transaction for one in self.entries(log, 2)] == [attempt.transaction, other.transaction]

    def test_what_is_appended_twice_in_one_call_is_there_once(self, log: OrderedLog) -> None:
        attempt = log.seal(b"payload")
        self.take(log, attempt, attempt)
        assert len(self.entries(log, 1)) == 1

    def test_any_participant_may_append_what_another_one_sealed(self, open_log: OpenLog) -> None:
        author, courier = open_log(), open_log()
        self.take(courier, author.seal(b"payload"))
        [entry] = self.entries(courier, 1)
        assert entry.sender == author.identity().identity

    def test_transactions_are_found_at_their_positions(self, log: OrderedLog) -> None:
        first, second = log.seal(b"first"), log.seal(b"second")
        self.take(log, first, second)
        self.entries(log, 2)
        assert log.find([second.transaction, b"unknown", first.transaction], self.soon()) == [2, None, 1]

    def test_each_entry_has_a_digest_of_its_own(self, log: OrderedLog) -> None:
        self.take(log, *(log.seal(b"payload %d" % n) for n in range(5)))
        assert len({entry.digest for entry in self.entries(log, 5)}) == 5

    def test_two_handles_see_the_same_entries(self, open_log: OpenLog) -> None:
        one, other = open_log(), open_log()
        self.take(one, one.seal(b"from one"))
        self.take(other, other.seal(b"from other"))
        assert self.entries(one, 2) == self.entries(other, 2)

    def test_two_who_append_at_the_same_time_agree_on_the_order_and_lose_nothing(self, open_log: OpenLog) -> None:
        logs = [open_log(), open_log()]
        batches = [[log.seal(b"payload %d" % n) for n in range(40)] for log in logs]

        def append(log: OrderedLog, batch: list[Attempt]) -> None:
            for start in range(0, 40, 4):
                self.take(log, *batch[start : start + 4])

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(append, logs, batches))
        entries = self.entries(logs[0], 80)
        assert entries == self.entries(logs[1], 80)
        for batch in batches:
            mine = {attempt.transaction for attempt in batch}
            assert [one.transaction for one in entries if one.transaction in mine] == [a.transaction for a in batch]

    def test_what_was_accepted_is_there_for_who_opens_the_log_later(self, open_log: OpenLog) -> None:
        log = open_log()
        attempt = log.seal(b"payload")
        self.take(log, attempt)
        log.close()
        [entry] = self.entries(open_log(), 1)
        assert entry.transaction == attempt.transaction

    def test_the_longest_payload_is_taken_and_a_longer_one_refused(self, log: OrderedLog) -> None:
        longest, longer = token_bytes(log.max_payload_bytes), token_bytes(log.max_payload_bytes + 1)
        self.take(log, log.seal(longest))
        [outcome] = log.append([log.seal(longer)], self.soon())
        assert outcome.status is BroadcastStatus.REFUSED
        assert [one.payload for one in self.entries(log, 1)] == [longest]

    @pytest.mark.parametrize("place", [0.0, 0.25, 0.5, 0.75, 1.0])
    def test_altered_bytes_are_refused(self, log: OrderedLog, place: float) -> None:
        attempt = log.seal(b"payload")
        altered = bytearray(attempt.payload)
        altered[int(place * (len(altered) - 1))] ^= 1
        [outcome] = log.append([Attempt(attempt.transaction, bytes(altered))], self.soon())
        assert outcome.status is BroadcastStatus.REFUSED
        assert outcome.reason
        assert list(self.entries(log, 0)) == []

    def test_bytes_under_the_name_of_others_are_refused_and_the_rest_is_taken(self, log: OrderedLog) -> None:
        first, second, third = log.seal(b"first"), log.seal(b"second"), log.seal(b"third")
        outcomes = log.append([first, Attempt(third.transaction, second.payload)], self.soon())
        assert [one.status for one in outcomes] == [BroadcastStatus.ACCEPTED, BroadcastStatus.REFUSED]
        assert [one.payload for one in self.entries(log, 1)] == [b"first"]

    def test_when_no_time_is_left_the_answer_is_unavailable(self, log: OrderedLog) -> None:
        over = Deadline(CLOCK, CLOCK.monotonic())
        attempt = log.seal(b"payload")
        [outcome] = log.append([attempt], over)
        assert (outcome.transaction, outcome.status) == (attempt.transaction, BroadcastStatus.UNAVAILABLE)
        assert isinstance(log.read(0, 1, over), Unavailable)
        assert isinstance(log.find([attempt.transaction], over), Unavailable)
        self.take(log, attempt)
        assert len(self.entries(log, 1)) == 1


class AuditSuite(OrderedLogSuite):
    """For a log that is `Auditable`: override `tamper`."""

    def tamper(self, log: OrderedLog, position: int) -> None:
        """Alter the payload of an entry where the log keeps it."""
        raise NotImplementedError

    def audited(self, log: OrderedLog) -> list[LogEntry]:
        """All entries as the audit gives them."""
        assert isinstance(log, Auditable), "the log has no method `audit`"
        return list(log.audit())

    def test_an_audit_goes_through_all_entries(self, log: OrderedLog) -> None:
        self.take(log, *(log.seal(b"payload %d" % n) for n in range(5)))
        assert self.audited(log) == list(self.entries(log, 5))

    def test_an_audit_names_the_first_entry_that_was_tampered_with(self, log: OrderedLog) -> None:
        self.take(log, *(log.seal(b"payload %d" % n) for n in range(5)))
        self.tamper(log, 3)
        with pytest.raises(BrokenEntry) as broken:
            self.audited(log)
        assert broken.value.position == 3
