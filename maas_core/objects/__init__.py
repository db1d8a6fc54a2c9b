"""Bytes of any size in object storages: what every storage would otherwise do by itself, done once.

`Blobs` (blobs.py) keeps bytes of any size as parts under manifests (tree.py), each sealed on the way (sealing.py).
`ObjectAccess` (access.py) keeps single objects: it computes and checks SHA-256, asks again within a deadline
(retry.py), falls back on further storages and caches on disk (cache.py). Below it are the storages of ports/storage.py,
whose calls end by their deadline: requests by `Server` (server.py), other work by `BoundedCalls` (bounded.py).
"""
