"""Comparing deployments: one scenario, any ledger, any storage, figures that hold.

What is measured
    scenario.py    a TOML file, typed and checked
    workloads.py   what participants do: sessions of steps (operations.py)
    schedule.py    when each session is meant to begin, fixed by a seed
How
    driver.py      intended times, and stamps of what becomes of each operation
    target.py      what it drives: core.py (a node), raw.py (the bare client), objects.py, fake.py (known answers)
    settling.py    what the bare client sent, until it is final
    worker.py      the threads of these
On what
    network.py     embedded, started as a devnet, or existing; members.py makes a consortium of it
    topology/      network namespaces in which ledger and participants are far from each other, for `bench regions`
    checks.py      what a pairing lacks; regions.py and faults.py: how far away participants are, and what goes wrong
    leftovers.py   the folders of networks, and what killed runs have left in theirs
    run.py         everything, in random order; phases.py: the scenario's load, bursts, and shares of capacity
    record.py      what is kept of a run beside its rows (rows.py); provenance.py, opening.py, processor.py measure it
What it means
    statistics.py  medians, percentiles, intervals, steady windows, effect sizes, fairness
    validity.py    whether a run's figures can be believed
    measured.py    one run's figures; overhead.py: what the core costs beside the bare client
    summary.py     from rows to figures (results.py); compare.py two folders of them, cost.py a fleet's year
How it is told
    glance.py      a line for each pairing and ledger
    words.py, plots.py, pictures.py, report.py
"""
