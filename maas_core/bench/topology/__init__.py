"""Regions: network namespaces on this machine, with the delays of a region table between them.

table.py        the region table: regions, what lies between them, who is where
needs.py        what this machine must have for it
namespaces.py   made, wired, ended, and what a killed run left is cleared
wire.py         what happens to a packet between two regions
relay.py        the process that carries packets, and clears up when the run has ended
probe.py        round trips, measured from within a region
regions.py      all of it as one context manager
placing.py      where a devnet's processes are
placed.py       a scenario whose participants are where a table says
log.py          what is kept of it in provenance.json; shown.py the report's part
outpost.py      a participant's process in its region, as this process sees it
participant.py  that process; messages.py what is said between both

It needs root, Linux with TUN devices and network namespaces, and the commands `ip` and `tc` (iproute2).
"""
