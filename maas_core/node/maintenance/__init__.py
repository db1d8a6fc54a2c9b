"""A node's maintenance: the watchdog, the agents of openers and maintainers, their bills.

service.py    Maintenance: what an application and the command line call
facts.py      what final events and documents say
actions.py    what was decided: kept before it is done, done once
feed.py       telemetry for the watchdog, anchored and buffered
watching.py   rules over telemetry; alarms
opening.py    the tickets that this node opens
owner.py      the agent of who owns or uses a machine
maintainer.py the agent of who repairs it
bills.py      service invoices, made and checked
"""

from maas_core.node.maintenance.service import Maintenance

__all__ = ["Maintenance"]
