"""What tests know of real servers: how to open storages on them, and where their bytes lie."""

import base64
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from maas_storage_ipfs.devnet import Daemon, IpfsDevnet
from maas_storage_ipfs.devnet import Settings as IpfsDevnetSettings
from maas_storage_ipfs.settings import Settings as IpfsSettings
from maas_storage_ipfs.storage import IpfsStorage
from maas_storage_ipfs.storage import open_storage as open_ipfs
from maas_storage_s3.client import make_client
from maas_storage_s3.devnet import S3Devnet
from maas_storage_s3.devnet import Settings as S3DevnetSettings
from maas_storage_s3.settings import Addressing, Lock, Settings
from maas_storage_s3.storage import S3Storage, open_storage

from maas_core.ports.backends import Context
from maas_core.ports.clock import Clock, Deadline, SystemClock
from maas_core.ports.secret import Secret
from maas_core.ports.signer import Signer


def soon(seconds: float = 30) -> Deadline:
    return Deadline.after(SystemClock(), seconds)


@dataclass(frozen=True)
class S3Server:
    """A running S3 server."""

    folder: Path
    devnet: S3Devnet
    settings: Settings

    @classmethod
    @contextmanager
    def started(cls, folder: Path) -> Iterator[Self]:
        devnet = S3Devnet(S3DevnetSettings(), folder)
        (access,) = devnet.up(lambda _: None)
        table = access.config["storage"]["s3"]["settings"]
        secret = Path(table["secret_access_key"]["file"]).read_text("ascii")
        settings = Settings(
            bucket=table["bucket"],
            endpoint=table["endpoint"],
            region=table["region"],
            addressing=Addressing(table["addressing"]),
            lock=Lock(table["lock"]),
            access_key_id=table["access_key_id"],
            secret_access_key=Secret(secret),
        )
        try:
            yield cls(folder, devnet, settings)
        finally:
            devnet.down()

    @property
    def client(self) -> Any:
        return make_client(self.settings, self.folder)

    def with_bucket(self, *, mode: Lock = Lock.NONE, versioned: bool = False, **changes: Any) -> Settings:
        """Settings for a new bucket."""
        name = f"test-{secrets.token_hex(8)}"
        self.client.create_bucket(Bucket=name, ObjectLockEnabledForBucket=mode is not Lock.NONE)
        if versioned:
            self.client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        return replace(self.settings, **{"bucket": name, "lock": mode} | changes)

    def open(self, settings: Settings | None = None, clock: Clock | None = None) -> S3Storage:
        return open_storage(settings or self.settings, Context(clock or SystemClock(), None, self.folder))

    def file(self, settings: Settings, digest: bytes) -> Path:
        """Where the server keeps an object's newest version."""
        return self.folder / "data" / settings.bucket / f"{settings.prefix}{digest.hex()}"


@dataclass(frozen=True)
class Swarm:
    """A running private swarm."""

    folder: Path
    devnet: IpfsDevnet

    @classmethod
    @contextmanager
    def started(cls, folder: Path, nodes: int = 2) -> Iterator[Self]:
        devnet = IpfsDevnet(IpfsDevnetSettings(nodes=nodes), folder)
        devnet.up(lambda _: None)
        try:
            yield cls(folder, devnet)
        finally:
            devnet.down()

    @property
    def daemons(self) -> list[Daemon]:
        return self.devnet.daemons()

    def restart(self, change: Callable[[dict[str, Any]], object]) -> None:
        """With another configuration of all daemons."""
        self.devnet.down()
        for daemon in self.daemons:
            daemon.configure(change)
        self.devnet.up(lambda _: None)

    def settings(self, number: int = 1, **changes: Any) -> IpfsSettings:
        """Settings for a daemon; the first is 1."""
        peers = tuple(one.peer for one in self.daemons if one.number != number)
        return replace(IpfsSettings(api=self.daemons[number - 1].url, peers=peers), **changes)

    def open(self, settings: IpfsSettings, signer: Signer | None = None) -> IpfsStorage:
        return open_ipfs(settings, Context(SystemClock(), signer, self.folder))

    def files(self, digest: bytes) -> list[Path]:
        """Where daemons keep a block: flatfs names it by its multihash in base32."""
        name = base64.b32encode(b"\x12\x20" + digest).decode("ascii").rstrip("=")
        return [path for one in self.daemons for path in (one.repository / "blocks").glob(f"*/{name}.data")]
