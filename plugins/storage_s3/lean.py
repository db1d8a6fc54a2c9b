"""Getting and putting with less ado than boto3 makes of it, for these two calls are nearly all that a node does.

boto3 builds, validates and parses a request in more time than a small object takes on the way, and hashes a body whose
SHA-256 is known. Here the request is made by hand, and everything else is boto3's own: credentials, signature, TLS,
proxies and connections. Whatever is not plainly a success is asked again through boto3, which knows what it means; so
there is nothing here about errors, redirects or regions.
"""

import base64
from collections.abc import Mapping
from contextlib import closing
from hashlib import sha256
from typing import Any

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ResponseStreamingError
from maas_storage_s3.settings import Settings
from urllib3.exceptions import HTTPError

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
    """GET and PUT of whole objects under hex names."""

    def __init__(self, client: Any, credentials: Any, settings: Settings) -> None:
        """Raises what boto3 raises without usable credentials."""
        where = {"Bucket": settings.bucket, "Key": settings.prefix + _ANY}
        self._base = client.generate_presigned_url("get_object", Params=where).partition("?")[0].removesuffix(_ANY)
        self._send = client._endpoint.http_session.send  # noqa: SLF001 - the one way to share its connections
        self._region = client.meta.region_name
        self._credentials = credentials
        self._class = {"x-amz-storage-class": settings.storage_class} if settings.storage_class else {}

    def get(self, digest: bytes) -> bytes | None:
        """The bytes; None: ask boto3, for it is absent, cold, larger than an object, or something is wrong.

        Raises what boto3 raises when a connection fails.
        """
        answer = self._ask("GET", digest, b"", {}, _NOTHING)
        with closing(answer.raw):
            length = answer.headers.get("Content-Length", "")
            if answer.status_code != OK or not length.isdigit() or int(length) > MAX_OBJECT:
                return None
            data = _read(answer)
        return data if len(data) == int(length) else None

    def put(self, digest: bytes, data: bytes, lock: Mapping[str, str], *, replace: bool) -> int | None:
        """200: written; 412: there is an object; None: ask boto3. S3 compares the SHA-256. Raises as `get`."""
        headers = {
            "x-amz-checksum-sha256": base64.b64encode(digest).decode("ascii"),
            **({} if replace else {"If-None-Match": "*"}),
            **lock,
            **self._class,
        }
        answer = self._ask("PUT", digest, data, headers, digest.hex())
        with closing(answer.raw):
            _read(answer)
        return answer.status_code if answer.status_code in {OK, EXISTS} else None

    def _ask(self, method: str, digest: bytes, data: bytes, headers: Mapping[str, str], body_sha256: str) -> Any:
        request = AWSRequest(method, self._base + digest.hex(), dict(headers), data, stream_output=True)
        request.context["body_sha256"] = body_sha256
        _Signature(self._credentials.get_frozen_credentials(), "s3", self._region).add_auth(request)
        return self._send(request.prepare())


def _read(answer: Any) -> bytes:
    """To the end, so that the connection can be used again."""
    try:
        data: bytes = answer.raw.read()
    except HTTPError as error:
        raise ResponseStreamingError(error=error) from None
    return data
