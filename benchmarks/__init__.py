"""Benchmarks: each module bench_*.py offers `run() -> list[Figure]`."""
