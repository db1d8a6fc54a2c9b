"""JSON-RPC over HTTP, by web3's provider with its retries turned off."""

from collections.abc import Sequence
from threading import local
from typing import Any

from maas_ledger_eth.transport.rpc import Call, NoAnswer, results
from maas_ledger_eth.transport.timed import TimedAdapter
from maas_ledger_eth.transport.vendor import HTTPProvider, RPCEndpoint, Web3Exception, requests
from urllib3.exceptions import ReadTimeoutError
from urllib3.util import Timeout

from maas_core.ports.secret import safe_text

CONNECTIONS = 8
"""Kept open for the threads of a node."""


class _Provider(HTTPProvider):
    """Takes its time limit from each call."""

    def __init__(self, url: str, session: requests.Session) -> None:
        super().__init__(url, session=session, exception_retry_configuration=None)
        self.limits = local()
        self._headers = self.get_request_headers()

    def get_request_kwargs(self) -> dict[str, Any]:
        return {"headers": self._headers, "timeout": Timeout(total=self.limits.seconds)}


class HttpRpc:
    """See `Rpc`."""

    def __init__(self, url: str) -> None:
        self.name = safe_text(url)
        self._session = requests.Session()
        self._session.trust_env = False
        tls = url.startswith("https://")
        self._session.mount("https://" if tls else "http://", TimedAdapter(CONNECTIONS, tls=tls))
        self._provider = _Provider(url, self._session)

    def batch(self, calls: Sequence[Call], seconds: float) -> list[Any]:
        """One request; a batch of one travels as a plain call."""
        if not calls:
            return []
        self._provider.limits.seconds = max(seconds, 0.001)
        try:
            if len(calls) == 1:
                method, params = calls[0]
                answers: Any = self._provider.make_request(RPCEndpoint(method), params)
            else:
                answers = self._provider.make_batch_request([(RPCEndpoint(name), params) for name, params in calls])
        except (requests.RequestException, Web3Exception, ValueError, TypeError, KeyError) as error:
            told = f"no answer within {seconds:.2g} s" if _is_late(error) else _told(error)
            raise NoAnswer(f"{self.name}: {told}") from None
        try:
            return results(answers, len(calls))
        except NoAnswer as error:
            raise NoAnswer(f"{self.name}: {error}") from None

    def close(self) -> None:
        """Close all connections."""
        self._session.close()


def _is_late(error: Exception) -> bool:
    """Whether it is about time; once the answer has begun, requests has another word for that."""
    return isinstance(error, requests.Timeout) or any(isinstance(one, ReadTimeoutError) for one in error.args)


def _told(error: Exception) -> str:
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"HTTP status {error.response.status_code}"
    return f"no JSON-RPC ({type(error).__name__})"
