"""Getting and putting with less ado than boto3 makes of it, for these two calls are nearly all that a node does.

boto3 builds, validates, sends and parses a request in more time than a small object takes on the way, and hashes a body
whose SHA-256 is known. Here the request is made by hand and signed by boto3, with the credentials and the certificates
that it has found. Whatever is not plainly a success is asked again through boto3, which knows what it means; so nothing
here is about errors, redirects or regions.
"""

import base64
import ssl
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.httpsession import get_cert_path
from maas_storage_s3.settings import Settings

from maas_core.objects.bounded import TooLateError
from maas_core.objects.server import AwayError, Reply, Server
from maas_core.ports.clock import Deadline
from maas_core.ports.storage import MAX_OBJECT

OK = 200
EXISTS = 412
_NOTHING = sha256(b"").hexdigest()
_ANY = "0" * 64


class _Signature(S3SigV4Auth):  # type: ignore[misc]
    """Signs the digest of the body that is known already."""

    def payload(self, request: Any) -> str:
        digest: str = request.context["body_sha256"]
        return digest


class LeanCalls:
    """GET and PUT of whole objects under hex names. Both give None if boto3 has to be asked."""

    def __init__(self, base: str, server: Server, region: str, credentials: Any, settings: Settings) -> None:
        """`base`: the URL of the bucket and the prefix."""
        self._base = base
        self._path = urlsplit(base).path
        self._server = server
        self._region = region
        self._credentials = credentials
        self._seconds = settings.socket_seconds
        self._class = {"x-amz-storage-class": settings.storage_class} if settings.storage_class else {}

    def get(self, digest: bytes, deadline: Deadline) -> bytes | None:
        """The bytes; None: it is absent, cold, larger than an object, or something is wrong."""
        reply = self._ask("GET", digest, b"", {}, _NOTHING, deadline)
        if reply is None or reply.status != OK or len(reply.content) > MAX_OBJECT:
            return None
        return reply.content

    def put(self, digest: bytes, data: bytes, lock: Mapping[str, str], deadline: Deadline) -> int | None:
        """200: written; 412: there is an object; None: something is wrong. S3 compares the SHA-256."""
        headers = {
            "x-amz-checksum-sha256": base64.b64encode(digest).decode("ascii"),
            "If-None-Match": "*",
            **lock,
            **self._class,
        }
        reply = self._ask("PUT", digest, data, headers, digest.hex(), deadline)
        return reply.status if reply is not None and reply.status in {OK, EXISTS} else None

    def close(self) -> None:
        """Give back connections."""
        self._server.close()

    def _ask(
        self,
        method: str,
        digest: bytes,
        data: bytes,
        headers: Mapping[str, str],
        body_sha256: str,
        deadline: Deadline,
    ) -> Reply | None:
        if _are_old(self._credentials):
            return None  # boto3 renews them
        request = AWSRequest(method, self._base + digest.hex(), dict(headers))
        request.context["body_sha256"] = body_sha256
        _Signature(self._credentials.get_frozen_credentials(), "s3", self._region).add_auth(request)
        seconds = min(self._seconds, deadline.remaining())
        body = (data,) if data else ()
        try:
            return self._server.ask(
                method, self._path + digest.hex(), dict(request.headers.items()), body, seconds, MAX_OBJECT
            )
        except (AwayError, TooLateError):
            return None


def lean_calls(client: Any, credentials: Any, settings: Settings) -> LeanCalls | None:
    """None: without credentials, or where the way leads through a proxy, boto3 alone can ask."""
    session = client._endpoint.http_session  # noqa: SLF001 - the one place that has what boto3 found in its config
    where = {"Bucket": settings.bucket, "Key": settings.prefix + _ANY}
    base = client.generate_presigned_url("get_object", Params=where).partition("?")[0].removesuffix(_ANY)
    if credentials is None or session._proxy_config.proxy_url_for(base) or session._cert_file:  # noqa: SLF001
        return None
    try:
        tls = ssl.create_default_context(cafile=get_cert_path(session._verify))  # noqa: SLF001
    except OSError:  # boto3 says what is wrong with the certificates
        return None
    server = Server(base, tls=tls, most=settings.connections)
    return LeanCalls(base, server, client.meta.region_name, credentials, settings)


def _are_old(credentials: Any) -> bool:
    """Whether they have to be renewed now or soon, which may take a request."""
    renewable = getattr(credentials, "refresh_needed", None)
    return renewable is not None and bool(renewable())
