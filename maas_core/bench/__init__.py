"""Comparing deployments: one scenario, any ledger, any storage, figures that hold.

What is measured
    scenario.py    a TOML file, typed and checked
    workloads.py   what participants do: sessions of steps (operations.py)
    schedule.py    when each session is meant to begin, fixed by a seed
How
    driver.py      intended times, and stamps of what becomes of each operation
    target.py      what it drives: core.py (a node), raw.py (the bare client), objects.py, fake.py (known answers)
    worker.py      the threads of these
On what
    network.py     embedded, started as a devnet, or existing; members.py makes a consortium of it
    checks.py      what a pairing lacks; regions.py and faults.py: how far away participants are, and what goes wrong
    run.py         everything, in random order; provenance.py, record.py and rows.py keep it
What it means
    statistics.py  medians, percentiles, intervals, steady windows, effect sizes, fairness
    validity.py    whether a run's figures can be believed
    summary.py     from rows to figures (results.py); compare.py two folders of them, cost.py a fleet's year
How it is told
    words.py, plots.py, pictures.py, report.py
"""
