"""Objects in a bucket of any S3: AWS, versitygw, Ceph and others.

settings.py   what a config may say, and what the storage can do then
client.py     a boto3 client made from the settings
failures.py   what an error of S3 means
bucket.py     the requests that the storage is made of
lean.py       two of them with less ado
multipart.py  uploads that other programs left unfinished
storage.py    the storage: put, get, stat, release
devnet.py     an S3 server on this machine
commands.py   `maasctl s3`: make, check and clean buckets, write policies
"""

from typing import TYPE_CHECKING

from maas_core.hookspecs import hookimpl, later

if TYPE_CHECKING:
    import click

    from maas_core.ports.backends import StorageBackend
    from maas_core.ports.devnet import DevnetBackend

PROTOCOLS = ("maas/1",)


@hookimpl
def maas_storages() -> "list[StorageBackend]":
    """Chosen by `backend = "s3"`."""
    from maas_storage_s3.settings import Settings, profile_of

    from maas_core.ports.backends import StorageBackend

    return [
        StorageBackend(
            "s3",
            "A bucket of AWS S3 or of any server that speaks it",
            Settings,
            profile_of,
            later("maas_storage_s3.storage:open_storage"),
        )
    ]


@hookimpl
def maas_devnets() -> "list[DevnetBackend]":
    """`maasctl devnet up s3`."""
    from maas_storage_s3.devnet import S3Devnet, Settings, profile_in

    from maas_core.ports.devnet import DevnetBackend

    summary = "An S3 server (versitygw) with a versioned bucket"
    return [DevnetBackend("s3", summary, Settings, S3Devnet, profile=profile_in)]


@hookimpl
def maas_commands() -> "list[click.Command]":
    """`maasctl s3`."""
    from maas_storage_s3.commands import command

    return [command]
