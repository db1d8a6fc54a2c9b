"""Measure what the Solidity contract costs in gas and write docs/gas.md; `--check` compares instead of writing.

Needs anvil (`npm ci` in contracts/): figures are `gasUsed` of receipts, one block for each transaction.
"""

import argparse
import sys
from dataclasses import dataclass

from tests.support.evm import Fork, open_evm
from tools import gas_meter
from tools.gas_meter import CYCLE, Meter
from tools.toolchain import ROOT

PAGE = ROOT / "docs" / "gas.md"
MAINTAINERS = 64
MACHINES = 100
CYCLE_BOUND = 462_920
"""A fifth of the paper's sum."""
ANCHOR_BOUND = 15_000
"""For each item of a list of 100."""

PAPER = dict(
    zip(CYCLE, (1_833_417, 110_287, 72_012, 57_110, 48_165, 41_291, 41_040, 37_157, 37_148, 36_315), strict=True)
)


@dataclass(frozen=True)
class Figures:
    """Gas by what was done."""

    first: dict[str, int]
    """The commands of `CYCLE` on a machine that is new, with a maintainer without a record."""
    steady: dict[str, int]
    """The same a second time; registering and accepting are of a second machine."""
    anchors: dict[int, tuple[int, int]]
    """Items in a command -> the first anchors of their machines, the second ones."""
    awards: dict[int, int]
    """Bids -> the award."""
    others: dict[str, int]


def measure(fork: Fork) -> Figures:
    """Run the measurement on a fresh node."""
    with open_evm("anvil", fork) as evm:
        meter = Meter(evm)
        others = gas_meter.found(meter, MAINTAINERS)
        machines = [f"machine {number}" for number in range(MACHINES + 12)]
        provisions = [gas_meter.provision(meter, machine) for machine in machines]
        first = provisions[0] | gas_meter.work(meter, machines[0], 0)
        steady = provisions[1] | gas_meter.work(meter, machines[0], 1)
        groups = {1: machines[1:2], 10: machines[2:12], 100: machines[12:112]}
        anchors = {
            size: (gas_meter.anchor(meter, group, 0), gas_meter.anchor(meter, group, 1))
            for size, group in groups.items()
        }
        awards = {}
        for n, bids in enumerate((2, 16, 64), start=1):
            costs = gas_meter.award(meter, bids, n)
            others["bid"], awards[bids] = costs["bid"], costs["award"]
        parties = MAINTAINERS + 5
        others |= {what.format(parties=parties): gas for what, gas in gas_meter.govern(meter)}
        return Figures(first, steady, anchors, awards, others)


def misses(figures: Figures) -> list[str]:
    """What is above its bound."""
    found = [
        f"{row}: {gas} is not below {PAPER[row]}"
        for cycle in (figures.first, figures.steady)
        for row, gas in cycle.items()
        if gas >= PAPER[row]
    ]
    total = sum(figures.first.values())
    if total > CYCLE_BOUND:
        found.append(f"the cycle: {total} is above {CYCLE_BOUND}")
    found += [
        f"anchors: {gas / size:.0f} an item is above {ANCHOR_BOUND}"
        for size, both in figures.anchors.items()
        for gas in both
        if size == MACHINES and gas > ANCHOR_BOUND * size
    ]
    return found


def render(figures: Figures) -> str:
    """The page."""
    rows = [_row(row, PAPER[row], figures.first[row], figures.steady[row]) for row in CYCLE]
    totals = [sum(column.values()) for column in (PAPER, figures.first, figures.steady)]
    anchors = [
        f"| {size} | {first:,} | {first / size:,.0f} | {steady:,} | {steady / size:,.0f} |"
        for size, (first, steady) in figures.anchors.items()
    ]
    awards = [f"| {bids} | {gas:,} |" for bids, gas in figures.awards.items()]
    others = [f"| {what} | {gas:,} |" for what, gas in figures.others.items()]
    return TEMPLATE.format(
        cycle="\n".join([*rows, _row("sum", *totals)]),
        anchors="\n".join(anchors),
        awards="\n".join(awards),
        others="\n".join(others),
        cycle_bound=f"{CYCLE_BOUND:,}",
        anchor_bound=f"{ANCHOR_BOUND:,}",
    )


def _row(what: str, paper: int, first: int, steady: int) -> str:
    return f"| {what} | {paper:,} | {first:,} | {steady:,} | {100 * first / paper:.0f} % |"


TEMPLATE = """# What the contract costs in gas

Made by `python -m tools.gas`, compared by `python -m tools.gas --check`. Figures are `gasUsed` of receipts of
transactions that are alone in their block; under the rules of Berlin and of London they are the same. They depend on
the bytes sent (a zero byte is cheaper), which are digests and ids of no special form here.

## Beside the paper

Table 1 of Tran et al. (Machine-as-a-Service: Blockchain-based management and maintenance of industrial appliances,
Engineering Reports, 2022) gives the gas of ten operations of its prototype on an Ethereum Clique network. *First* is
the first time on a machine, by parties that never did it before, with a maintainer's very first rating; *steady* is
the second time (registering and accepting: a second machine). The ticket is REACTIVE, first come, first served.

| operation | paper | first | steady | first / paper |
| --- | ---: | ---: | ---: | ---: |
{cycle}

Bounds that a test holds: each row below the paper's, and the sum of the first cycle at most {cycle_bound}, a fifth of
the paper's sum.

The comparison is not like for like.

- The paper's contract keeps the agreement's data, the fields of tickets and invoices, and links to what lies off the
  ledger in its storage, with strings among them. Ours stores what a later check needs: parties, states, versions,
  times, numbers and the digest of the terms, packed by hand into 256-bit words (tables in `contracts/src/words`). All
  else - specification, statement, evidence, work, report, offer, locator, currency, billed window - is in an event, as
  a digest or a number, and no later call of the contract can read it.
- What ours checks and carries is in the figures: versions against repetition, one order of checks with named
  rejections, business time beside ledger time, accreditation, gapless chains of anchors and of billing periods, the
  maintainer's record.
- Most of a registration, 66,300, are three fresh slots: the machine's word, the terms' digest, and the word of its
  REACTIVE tickets, which for that reason no ticket has to pay for.

## Telemetry

`anchor_telemetry` with REGULAR items, each with a locator of 80 bytes. Bound that a test holds: {anchor_bound} for
each item of a list of 100.

| items | first anchors of their machines | an item | next anchors | an item |
| ---: | ---: | ---: | ---: | ---: |
{anchors}

## Awards

`award_ticket` with 64 accredited maintainers, as many as there can be; each one's bid is looked for. All bids are
equal, so that every comparison goes as far as the digest: the dearest case.

| bids | gas |
| ---: | ---: |
{awards}

## Other commands

| command | gas |
| --- | ---: |
{others}

Commands of the consortium and of bidding, and the readers, lie in a second contract, the annex, whose code runs on the
first one's state. That detour costs about 2,800 and is in the figures.
"""


def main() -> int:
    """Return 0 if all bounds are met and, with --check, the page is up to date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare with docs/gas.md instead of writing it")
    figures = measure("london")
    problems = misses(figures)
    if measure("berlin") != figures:
        problems.append("Berlin and London differ")
    page = render(figures)
    if not parser.parse_args().check:
        PAGE.write_text(page, encoding="utf-8")
    elif not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page:
        problems.append(f"{PAGE.name} is not what is measured: run `python -m tools.gas`")
    print("\n".join(problems) or "all bounds are met")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
