"""A second client, over fabric-sdk-py (hfc 1.0.0), which needs libraries too old to share a process with.

requirements.txt   all that its environment holds, pinned
setup.py           make that environment (`maasctl fabric hfc-setup`), and find it
worker.py          runs there: one JSON line for each request, one or more for each answer
process.py         the worker's process, seen from here
client.py          a `Client` over it
"""
