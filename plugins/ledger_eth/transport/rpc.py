"""What a JSON-RPC connection offers, whatever it runs over; values are as JSON has them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

Call = tuple[str, list[Any]]
"""Method and parameters."""


class NoAnswer(Exception):
    """The endpoint did not answer, not in time, or nothing that can be read; the message says which."""


@dataclass(frozen=True, slots=True)
class Fault:
    """An endpoint's answer that it cannot do what was asked."""

    code: int
    message: str
    data: str = ""
    """Hex: what a contract gave back when it reverted."""


class Rpc(Protocol):
    """One connection, which opens itself again when it was lost; several threads may use it."""

    @property
    def name(self) -> str:
        """The address, as messages may show it."""

    def batch(self, calls: Sequence[Call], seconds: float) -> list[Any]:
        """A result or a `Fault` for each call, in their order. Raises `NoAnswer`; never tries twice."""

    def close(self) -> None:
        """Give back the connection."""


def results(answers: Any, count: int) -> list[Any]:
    """What each of `count` calls gave, from an answer in any order. Raises `NoAnswer` if it is not one to them."""
    if isinstance(answers, dict):
        answers = [answers]
    if not isinstance(answers, list) or not all(isinstance(one, dict) for one in answers):
        raise NoAnswer("it answers with something else than JSON-RPC")
    by_id = {one.get("id"): one for one in answers}
    if len(answers) == 1 < count and "error" in answers[0]:
        raise NoAnswer(f"it refuses the batch: {fault(answers[0]['error']).message}")
    found = [by_id[number] for number in sorted(key for key in by_id if isinstance(key, int))]
    if len(found) != count:
        raise NoAnswer(f"it answers {len(found)} of {count} requests")
    return [fault(one["error"]) if one.get("error") else one.get("result") for one in found]


def fault(error: Any) -> Fault:
    """The error object of an answer."""
    if not isinstance(error, dict):
        return Fault(0, str(error))
    code, data = error.get("code"), error.get("data")
    if isinstance(data, dict):
        data = data.get("data") or data.get("result")
    message = str(error.get("message", ""))
    return Fault(code if isinstance(code, int) else 0, message, data if isinstance(data, str) else "")
