"""Puts objects into a storage until it is killed, and prints the digest of each that is stored: `KIND JSON`."""

import json
import os
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

from maas_storage_ipfs.settings import Settings as IpfsSettings
from maas_storage_ipfs.storage import open_storage as open_ipfs
from maas_storage_s3.settings import Addressing
from maas_storage_s3.settings import Settings as S3Settings
from maas_storage_s3.storage import open_storage as open_s3

from maas_core.ports.backends import Context
from maas_core.ports.clock import Deadline, SystemClock
from maas_core.ports.secret import Secret
from maas_core.ports.storage import ObjectStorage, Stored


def opened(kind: str, fields: dict[str, Any]) -> ObjectStorage:
    context = Context(SystemClock(), None, Path())
    if kind == "ipfs":
        return open_ipfs(IpfsSettings(**fields), context)
    secret = Secret(fields.pop("secret_access_key"))
    return open_s3(S3Settings(**fields, secret_access_key=secret, addressing=Addressing.PATH), context)


def main(kind: str, fields: dict[str, Any]) -> None:
    storage, clock = opened(kind, fields), SystemClock()
    while True:
        data = os.urandom(2**20)
        digest = sha256(data).digest()
        if isinstance(storage.put(digest, data, None, Deadline.after(clock, 30)), Stored):
            sys.stdout.write(f"{digest.hex()}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]))
