"""What the devnets of all plugins share: processes that are surely ended, free ports, and tools built from source.

processes.py   start, wait for, look after and end a process, from this or from another process
ports.py       ports of the loopback interface that nobody uses
building.py    commands written in Go: built once and kept, or found on this machine
"""
