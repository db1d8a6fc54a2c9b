"""Maintenance without clock, disk, network or ledger; `maas_core.node.maintenance` does what follows from it.

rules.py        what a watchdog looks for, and reading limits exactly
watchdog.py     rules evaluated over series, chunk by chunk
alarms.py       times of alarm, and from when on a machine counts as recovered
tickets.py      the story of each ticket, folded from events
times.py        when a machine ran and stood still, by business time; running hours
downtime.py     downtime with cause, ticket and attribution
schedule.py     when preventive work is due
owner.py        what an opener does about its ticket
bidding.py      what a maintainer can do about a ticket
performance.py  the maintainers' record
service.py      a maintainer's terms
bill.py         what a ticket costs by them
documents.py    the documents that tickets name
"""
