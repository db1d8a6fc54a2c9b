"""A boto3 client made from the settings. Nothing is sent here."""

from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, CredentialRetrievalError
from maas_storage_s3.settings import Settings

from maas_core.errors import StoreError

ANY_REGION = "us-east-1"
"""What requests are signed for where neither the settings nor the AWS configuration names a region."""


def make_client(settings: Settings, directory: Path) -> Any:
    """A client for any number of threads. Raises `StoreError` if the settings or the AWS configuration forbid it."""
    return make_client_and_credentials(settings, directory)[0]


def make_client_and_credentials(settings: Settings, directory: Path) -> tuple[Any, Any]:
    """A client, and the credentials that it signs with; None: there are none. Raises as `make_client`.

    The client does not retry, for the core does; nor does it compute checksums, for every object is named by one.
    """
    config = Config(
        retries={"total_max_attempts": 1},
        connect_timeout=settings.socket_seconds,
        read_timeout=settings.socket_seconds,
        max_pool_connections=settings.connections,
        signature_version="s3v4",
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3={"addressing_style": settings.addressing.value},
        user_agent_extra="maas-core",
    )
    secret = settings.secret_access_key
    try:
        session = boto3.session.Session(
            aws_access_key_id=settings.access_key_id or None,
            aws_secret_access_key=None if secret is None else secret.reveal(),
            profile_name=settings.profile or None,
        )
        client = session.client(
            "s3",
            endpoint_url=settings.endpoint or None,
            region_name=settings.region or session.region_name or ANY_REGION,
            verify=None if settings.ca is None else str(directory / settings.ca),
            config=config,
        )
        return client, session.get_credentials()
    except CredentialRetrievalError as error:  # its text is what the program said that should give them
        raise StoreError(
            f"no usable credentials ({type(error).__name__}); set access_key_id or the AWS chain"
        ) from None
    except (BotoCoreError, ValueError) as error:
        raise StoreError(f"the AWS configuration cannot be used: {type(error).__name__}: {error}") from None
