"""Many calls at once, results in order, memory bounded."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, wait
from dataclasses import dataclass
from itertools import chain, islice
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")


@dataclass(frozen=True, slots=True)
class Window:
    """Calls on an executor, at most `width` of them begun or waiting; without one, one by one in this thread."""

    executor: Executor | None = None
    width: int = 4

    def map(self, function: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
        """`function` of each item, in order; no more than `width` items are taken ahead.

        An exception of any call ends it; calls that run are waited for.
        """
        if self.executor is None:
            yield from map(function, items)
            return
        rest = iter(items)
        first_two = list(islice(rest, 2))
        if len(first_two) < 2:
            yield from map(function, first_two)  # not worth another thread
            return
        running: deque[Future[B]] = deque()
        try:
            for item in chain(first_two, rest):
                if len(running) == self.width:
                    yield running.popleft().result()
                running.append(self.executor.submit(function, item))
            while running:
                yield running.popleft().result()
        finally:
            for future in running:
                future.cancel()
            wait(running)
