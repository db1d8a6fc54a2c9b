"""An S3 server on this machine: versitygw on a directory, with a bucket that is versioned and can lock objects.

In the folder: `data` and `versions` (the objects), `users` (the server's own accounts), `access-key` and `secret-key`,
`port`, and the log and PID file of the process `s3`.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from maas_storage_s3.settings import Addressing, Lock, profile_of
from maas_storage_s3.settings import Settings as BucketSettings

from maas_core.devnets.building import fitting_binary, go_tool
from maas_core.devnets.ports import LOOPBACK, free_ports, is_listening
from maas_core.devnets.processes import Supervised, all_or_none
from maas_core.ports.devnet import DevnetAccess, DevnetState, DevnetStatus
from maas_core.ports.secret import Secret
from maas_core.ports.storage import StorageProfile

VERSION = "v1.8.0"
PACKAGE = "github.com/versity/versitygw/cmd/versitygw"
START_SECONDS = 20.0
REGION = "us-east-1"
LOCK = Lock.GOVERNANCE
_KNOWN = {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}


@dataclass(frozen=True, slots=True)
class Settings:
    """Options of `maasctl devnet up s3`."""

    bucket: str = field(default="maas", metadata={"help": "The bucket to make."})
    versitygw: Path | None = field(
        default=None, metadata={"help": "The server; else the one on the PATH, else it is built."}
    )


def profile_in(settings: Settings) -> StorageProfile:
    """What its bucket can do."""
    return profile_of(BucketSettings(bucket=settings.bucket, region=REGION, lock=LOCK))


class S3Devnet:
    """One server in one folder."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self._settings = settings
        self._folder = folder.absolute()
        self._process = Supervised(self._folder, "s3")

    def up(self, progress: Callable[[str], None]) -> tuple[DevnetAccess, ...]:
        """Start it, make the bucket, and say how to reach it."""
        program = versitygw(self._settings.versitygw, progress)
        self._lay_out()
        with all_or_none(self.down):
            if self._process.pid() is None:
                progress(f"starting versitygw on {self._address()}")
                self._start(program)
            self._process.wait_ready(self._ready, START_SECONDS)
        return (DevnetAccess("", {"storage": {"s3": {"backend": "s3", "settings": self._table()}}}),)

    def status(self) -> DevnetStatus:
        """Up if it listens."""
        running = self._process.pid() is not None
        if not running:
            return DevnetStatus(DevnetState.DOWN)
        state = DevnetState.UP if is_listening(self._port()) else DevnetState.DEGRADED
        return DevnetStatus(state, (self._process.describe(),))

    def down(self) -> None:
        """End the server."""
        self._process.stop()

    def _lay_out(self) -> None:
        for name in ("data", "versions", "users"):
            (self._folder / name).mkdir(parents=True, exist_ok=True)
        texts = {"access-key": secrets.token_hex(10), "secret-key": secrets.token_urlsafe(30)}
        if not (self._folder / "port").exists():
            texts["port"] = str(free_ports(1)[0])
        for name, text in texts.items():
            file = self._folder / name
            if not file.exists():
                file.touch(0o600)
                file.write_text(text, "ascii")

    def _start(self, program: Path) -> None:
        if is_listening(self._port()):
            (self._folder / "port").write_text(str(free_ports(1)[0]), "ascii")  # taken by somebody since
        command: list[str | Path] = [program, "--port", self._address(), "--iam-dir", self._folder / "users"]
        command += ["--health", "/health", "--region", REGION, "--quiet", "--keep-alive"]
        command += ["posix", "--versioning-dir", self._folder / "versions", self._folder / "data"]
        keys = {"ROOT_ACCESS_KEY": self._text("access-key"), "ROOT_SECRET_KEY": self._text("secret-key")}
        self._process.start(command, self._address(), keys, self._folder)

    def _ready(self) -> bool:
        """Whether the bucket is there."""
        from botocore.exceptions import ClientError  # noqa: PLC0415 - this module is read at every start
        from maas_storage_s3.client import make_client  # noqa: PLC0415
        from maas_storage_s3.failures import code_of  # noqa: PLC0415

        if not is_listening(self._port()):
            return False
        client = make_client(self._bucket_settings(), self._folder)
        try:
            client.create_bucket(Bucket=self._settings.bucket, ObjectLockEnabledForBucket=True)
        except ClientError as error:
            return code_of(error) in _KNOWN
        return True

    def _bucket_settings(self) -> BucketSettings:
        return BucketSettings(
            bucket=self._settings.bucket,
            endpoint=f"http://{self._address()}",
            region=REGION,
            addressing=Addressing.PATH,
            access_key_id=self._text("access-key"),
            secret_access_key=Secret(self._text("secret-key")),
        )

    def _table(self) -> dict[str, Any]:
        """As it stands in a node's config."""
        return {
            "bucket": self._settings.bucket,
            "endpoint": f"http://{self._address()}",
            "region": REGION,
            "addressing": "path",
            "lock": str(LOCK),
            "access_key_id": self._text("access-key"),
            "secret_access_key": {"file": str(self._folder / "secret-key")},
        }

    def _text(self, name: str) -> str:
        return (self._folder / name).read_text("ascii")

    def _port(self) -> int:
        return int(self._text("port"))

    def _address(self) -> str:
        return f"{LOOPBACK}:{self._port()}"


def versitygw(named: Path | None, progress: Callable[[str], None]) -> Path:
    """The server: the one named, on the PATH, or built."""
    found = fitting_binary("versitygw", named, ["--version"], lambda text: "version" in text.lower(), "versitygw")
    if found is not None:
        return found
    return go_tool("versitygw", f"github.com/versity/versitygw@{VERSION}", [PACKAGE], progress=progress) / "versitygw"
