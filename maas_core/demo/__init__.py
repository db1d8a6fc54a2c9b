"""The demo: a whole consortium with real industrial data on any ledger and storage.

cast.py        who takes part
network.py     which ledger and storage they share: embedded, a devnet, or what a config names
consortium.py  their nodes, and waiting for them
story.py       what happens, scene by scene
audit.py       the figures recomputed by processes that read ledger and storage only
report.py      the HTML page
"""
