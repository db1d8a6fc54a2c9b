"""Read how many tests passed, failed and were skipped from what pytest or go printed."""

import re
from dataclasses import dataclass

_PYTEST_SUMMARY = re.compile(r"^(?:=+ )?((?:\d+ [a-z]+(?:, )?)+) in [\d.]+s", re.MULTILINE)
_PYTEST_PART = re.compile(r"(\d+) (passed|failed|skipped|errors?|xfailed)")
_GO_RESULT = re.compile(r"^--- (PASS|FAIL|SKIP): ", re.MULTILINE)


@dataclass(frozen=True)
class Counts:
    """Numbers of tests; a stage that has no tests of its own counts as one."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def count_tests(output: str, *, ok: bool) -> Counts:
    """Count the tests of one stage; a failed stage counts at least one failure."""
    counts = _pytest(output) + _go(output)
    if counts == Counts():
        return Counts(passed=1) if ok else Counts(failed=1)
    if not ok and not counts.failed:
        return counts + Counts(failed=1)
    return counts


def _pytest(output: str) -> Counts:
    total = Counts()
    for summary in _PYTEST_SUMMARY.findall(output):
        found = {word.rstrip("s"): int(number) for number, word in _PYTEST_PART.findall(summary)}
        passed = found.get("passed", 0) + found.get("xfailed", 0)
        total += Counts(passed, found.get("failed", 0) + found.get("error", 0), found.get("skipped", 0))
    return total


def _go(output: str) -> Counts:
    words = _GO_RESULT.findall(output)
    return Counts(words.count("PASS"), words.count("FAIL"), words.count("SKIP"))
