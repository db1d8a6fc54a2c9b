"""What an error of S3 means to the core. Messages hold S3's code and text, never a request, a header or a key."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    SSLError,
    TokenRetrievalError,
)
from botocore.parsers import ResponseParserError

from maas_core.errors import StoreError
from maas_core.ports.secret import safe_text
from maas_core.ports.workflow import Unavailable

FAILURES = (ClientError, BotoCoreError, ResponseParserError, OSError)
"""What a request may raise."""

ABSENT = frozenset({"NoSuchKey", "NoSuchVersion"})
EXISTS = "PreconditionFailed"
COLD = "InvalidObjectState"
DENIED = frozenset({"AccessDenied", "403"})

_LATER = frozenset({
    "SlowDown", "Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequests", "RequestTimeout",
    "OperationAborted", "ConditionalRequestConflict", "BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch",
    "XAmzContentChecksumMismatch", "IncompleteBody", "QuotaExceeded", "InsufficientStorage",
})  # fmt: skip
"""Codes below 500 that may be gone when asked again: congestion, a rival, bytes that were hurt on the way, no room."""

_ADVICE = {
    "RequestTimeTooSkewed": "this machine's clock and the server's differ too much; set them by NTP",
    "InvalidAccessKeyId": "the server does not know the access key",
    "SignatureDoesNotMatch": "the secret access key is not the one that belongs to the access key",
    "ExpiredToken": "the credentials have expired; renew them",
    "InvalidToken": "the session token is not valid; renew the credentials",
    "TokenRefreshRequired": "the credentials have expired; renew them",
    "AccessDenied": "the credentials lack a permission; `maasctl s3 policy` lists those that are needed",
    "403": "the credentials lack a permission; `maasctl s3 policy` lists those that are needed",
    "NoSuchBucket": "there is no such bucket; make it with `maasctl s3 create`",
    "InvalidRequest": "does the bucket have object lock? It can only be given when a bucket is made",
    "MethodNotAllowed": "the server does not offer this",
    "PermanentRedirect": "the bucket lies in another region; set region",
    "AuthorizationHeaderMalformed": "the bucket lies in another region; set region",
}
_NO_CREDENTIALS = (
    NoCredentialsError, PartialCredentialsError, CredentialRetrievalError, ProfileNotFound, TokenRetrievalError,
)  # fmt: skip


@contextmanager
def expiry_told(place: str) -> Iterator[None]:
    """Credentials that are renewed and still expired as `StoreError`; botocore has only a bare RuntimeError for it."""
    try:
        yield
    except RuntimeError as error:
        if "credentials are still expired" not in str(error):
            raise
        raise StoreError(f"{place}: {_ADVICE['ExpiredToken']}") from None


def code_of(error: Exception) -> str:
    """S3's own word for it; empty for what did not come from S3."""
    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else ""


def as_answer(place: str, error: Exception) -> Unavailable:
    """The answer to a call that failed. Raises `StoreError` for what asking again cannot change."""
    if isinstance(error, ClientError):
        return _refused(place, error)
    if isinstance(error, _NO_CREDENTIALS):
        raise StoreError(f"{place}: no usable credentials ({type(error).__name__}); set access_key_id or the AWS chain")
    if isinstance(error, SSLError) and "certificate" in str(error).lower():
        raise StoreError(f"{place}: the server's certificate is not trusted; set `ca` to the authority's certificate")
    return Unavailable(f"{place}: {_told(error)}")


def _refused(place: str, error: ClientError) -> Unavailable:
    code = code_of(error)
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    text = safe_text(str(error.response.get("Error", {}).get("Message", "")))
    reason = f"{place}: {code or status}: {text}"
    if status >= 500 or status in {408, 429} or code in _LATER:
        return Unavailable(reason)
    advice = _ADVICE.get(code)
    raise StoreError(f"{reason}; {advice}" if advice else reason)


def _told(error: Exception) -> str:
    """In a few words; the library's own text holds whole URLs."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return {
        "EndpointConnectionError": "no connection",
        "ConnectTimeoutError": "no connection in time",
        "ReadTimeoutError": "no answer in time",
        "ConnectionClosedError": "the connection was closed",
        "ResponseStreamingError": "the connection broke while bytes came",
        "IncompleteReadError": "fewer bytes came than announced",
    }.get(type(error).__name__, type(error).__name__)
