"""Comparing deployments: one scenario, any ledger, any storage, figures that hold.

scenario.py    what is measured: a TOML file, typed and checked
schedule.py    when each operation is meant to begin, fixed by a seed
statistics.py  medians, percentiles, intervals, steady windows, effect sizes, fairness
"""
