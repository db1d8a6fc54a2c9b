"""The test runner reads the numbers of tests from what pytest and go print."""

from tools.counts import Counts, count_tests


def test_pytest_summary_is_read() -> None:
    output = "....\n2 failed, 10 passed, 3 skipped, 1 warning, 1 error in 4.20s\n"

    assert count_tests(output, ok=False) == Counts(passed=10, failed=3, skipped=3)


def test_long_pytest_run_is_read() -> None:
    assert count_tests("120 passed in 75.01s (0:01:15)\n", ok=True) == Counts(passed=120)


def test_go_results_are_counted_without_their_subtests() -> None:
    output = "--- PASS: TestA (0.00s)\n    --- PASS: TestA/sub (0.00s)\n--- SKIP: TestB (0.00s)\nok  \tx\t1.0s\n"

    assert count_tests(output, ok=True) == Counts(passed=1, skipped=1)


def test_a_stage_without_tests_counts_as_one() -> None:
    assert count_tests("All checks passed!\n", ok=True) == Counts(passed=1)
    assert count_tests("boom\n", ok=False) == Counts(failed=1)


def test_a_failed_stage_never_counts_as_all_passed() -> None:
    assert count_tests("3 passed in 0.10s\n", ok=False) == Counts(passed=3, failed=1)
