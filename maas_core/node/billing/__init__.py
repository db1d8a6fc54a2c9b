"""A node's billing: statements from ledger and storage alone, what follows from them, and disputes.

service.py    Billing: what an application and the command line call
timeline.py   what the ledger's events say, as known at any of its positions
facts.py      the facts of a bill
results.py    bills computed one after the other
papers.py     bills and their slices as documents
checks.py     somebody else's bill against this node's own computation
proving.py    evidence files
lookup.py     facts of evidence on this node's ledger
intents.py    what was decided to be sent: once, whatever happens in between
agent.py      what is done by policy
audit.py      all bills of a machine
"""

from maas_core.node.billing.service import Billing

__all__ = ["Billing"]
