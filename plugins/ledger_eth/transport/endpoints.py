"""Several endpoints: which of them are well, which to ask, and what enough of them agree on."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

from maas_ledger_eth.transport.rpc import Call, NoAnswer, Rpc

from maas_core.ports.clock import Clock, Deadline

T = TypeVar("T")
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 15.0
"""Seconds for which an endpoint that failed is asked last; doubled with each failure in a row."""
NEWEST: Call = ("eth_getBlockByNumber", ["latest", False])
LATE = 1
"""Blocks by which an endpoint may be behind others: a new block takes its time to all of them."""


class Asker(Protocol):
    """Whoever can be asked: one endpoint, or the first of several that answers."""

    def ask(self, calls: Sequence[Call], deadline: Deadline) -> list[Any]:
        """A result or a `Fault` for each call. Raises `NoAnswer`."""


class Endpoint:
    """One endpoint, whose identity is checked before it is believed anything."""

    def __init__(self, rpc: Rpc, check: Callable[[Asker, Deadline], None], clock: Clock, batch: int) -> None:
        self.name = rpc.name
        self._rpc = rpc
        self._check = check
        self._clock = clock
        self._batch = batch
        self._checked = False
        self._failures = 0
        self._pause_until = 0.0
        self.height = -1
        """Its newest block when it last told."""

    def ask(self, calls: Sequence[Call], deadline: Deadline) -> list[Any]:
        """Ask; the endpoint's health follows from how that went. Raises `NoAnswer`, `ConfigError`."""
        if not self._checked:
            self._check(_Unchecked(self), deadline)
            self._checked = True
        return self.ask_unchecked(calls, deadline)

    def ask_unchecked(self, calls: Sequence[Call], deadline: Deadline) -> list[Any]:
        """Ask without having checked who it is."""
        found: list[Any] = []
        for start in range(0, len(calls), self._batch):
            if deadline.passed():
                raise NoAnswer(f"{self.name}: no time left")
            try:
                found += self._rpc.batch(calls[start : start + self._batch], deadline.remaining())
            except NoAnswer:
                self._rest(self._failures + 1)
                raise
        self._failures = 0
        for call, answer in zip(calls, found, strict=True):
            if call == NEWEST:
                self.height = _height_of(answer, self.height)
        return found

    def is_fit(self, others: int, deadline: Deadline) -> bool:
        """Whether it may be asked before others, of which the newest block has this height.

        One that has failed lately must have caught up: a node that was killed comes back with the blocks that it had,
        the last of them maybe on a branch that all others have left. Raises `ConfigError`.
        """
        if self._failures == 0:
            return True
        if self._clock.monotonic() < self._pause_until:
            return False
        try:
            self.ask([NEWEST], deadline)
        except NoAnswer:
            return False
        if self.height + LATE < others:
            self._rest(1)
            return False
        return True

    def _rest(self, failures: int) -> None:
        self._failures = failures
        pause = min(FIRST_PAUSE * 2 ** (failures - 1), LONGEST_PAUSE)
        self._pause_until = self._clock.monotonic() + pause

    def close(self) -> None:
        """Give back the connection."""
        self._rpc.close()


def _height_of(answer: Any, otherwise: int) -> int:
    """The height in an answer to `NEWEST`."""
    try:
        return int(answer["number"], 16)
    except (KeyError, TypeError, ValueError):
        return otherwise


class _Unchecked:
    def __init__(self, endpoint: Endpoint) -> None:
        self.ask = endpoint.ask_unchecked


class Endpoints:
    """All endpoints of a node, asked in the config's order, those that failed lately last."""

    def __init__(self, endpoints: Sequence[Endpoint], clock: Clock, agree: int, seconds: float) -> None:
        self.all = tuple(endpoints)
        self.agree = agree
        self._clock = clock
        self._seconds = seconds
        self.spoke: Endpoint | None = None
        """Who answered last of those of whom one answer is enough."""

    def ask(self, calls: Sequence[Call], deadline: Deadline) -> list[Any]:
        """The answers of the first endpoint that gives any. Raises `NoAnswer` if none does."""
        return self.first(lambda endpoint, until: endpoint.ask(calls, until), deadline)

    def first(self, question: Callable[[Endpoint, Deadline], T], deadline: Deadline) -> T:
        """What the first endpoint says that answers. Raises `NoAnswer` if none does."""
        reasons: list[str] = []
        for endpoint, answer in self._answers(question, deadline, reasons):
            self.spoke = endpoint
            return answer
        raise NoAnswer("; ".join(reasons) or "no time left")

    def agreed(self, question: Callable[[Endpoint, Deadline], T], deadline: Deadline) -> T:
        """What so many endpoints as must agree say alike. Raises `NoAnswer` if they do not."""
        if self.agree == 1:
            return self.first(question, deadline)
        said: list[tuple[T, list[str]]] = []
        reasons: list[str] = []
        for endpoint, answer in self._answers(question, deadline, reasons):
            voters = next((voters for value, voters in said if value == answer), None)
            if voters is None:
                said.append((answer, voters := []))
            voters.append(endpoint.name)
            if len(voters) >= self.agree:
                return answer
        parts = [f"{len(said)} different answers"] if len(said) > 1 else []
        raise NoAnswer("; ".join([f"fewer than {self.agree} endpoints agree", *parts, *reasons]))

    def each(self, question: Callable[[Endpoint, Deadline], T], deadline: Deadline) -> list[T]:
        """What each endpoint says that answers."""
        return [answer for _, answer in self._answers(question, deadline, [])]

    def share(self, deadline: Deadline) -> Deadline:
        """How long one of them may take, so that all can be asked until a deadline."""
        return Deadline.after(self._clock, min(self._seconds, deadline.remaining() / (len(self.all) + 1)))

    def close(self) -> None:
        """Give back all connections."""
        for endpoint in self.all:
            endpoint.close()

    def _answers(
        self, question: Callable[[Endpoint, Deadline], T], deadline: Deadline, reasons: list[str]
    ) -> Iterator[tuple[Endpoint, T]]:
        """Who answers what, one after the other; why others do not is added to `reasons`."""
        for endpoint, until in self._turns(deadline):
            try:
                yield endpoint, question(endpoint, until)
            except NoAnswer as reason:
                reasons.append(str(reason))

    def _turns(self, deadline: Deadline) -> "_Turns":
        if len(self.all) == 1:
            return _Turns(self.all, deadline, self._clock, self._seconds)
        order = sorted(self.all, key=lambda one: not self._is_fit(one, deadline))
        return _Turns(order, deadline, self._clock, self._seconds)

    def _is_fit(self, endpoint: Endpoint, deadline: Deadline) -> bool:
        others = max(one.height for one in self.all if one is not endpoint)
        return endpoint.is_fit(others, self.share(deadline))


class _Turns:
    """Endpoints with the time that each may take: while others are left, not all that there is."""

    def __init__(self, order: Sequence[Endpoint], deadline: Deadline, clock: Clock, seconds: float) -> None:
        self._left = list(order)
        self._deadline = deadline
        self._clock = clock
        self._seconds = seconds

    def __iter__(self) -> "_Turns":
        return self

    def __next__(self) -> tuple[Endpoint, Deadline]:
        if not self._left or self._deadline.passed():
            raise StopIteration
        endpoint = self._left.pop(0)
        if not self._left:
            return endpoint, self._deadline
        share = max(self._deadline.remaining() / (len(self._left) + 1), 0.0)
        return endpoint, Deadline.after(self._clock, min(self._seconds, share))
