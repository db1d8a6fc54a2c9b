"""Does the source that was published with a contract give the code that lies on the chain?"""

import json
import subprocess
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from maas_ledger_eth.address import parse_address
from maas_ledger_eth.contract import annex_of, codes_at
from maas_ledger_eth.deployment import published_sources, unpacked_source
from maas_ledger_eth.opening import open_rpc, plain_endpoints
from maas_ledger_eth.settings import Settings
from maas_ledger_eth.transport.rpc import NoAnswer

from maas_core.errors import ConfigError, UnavailableError, UsageError
from maas_core.ports.clock import Deadline, SystemClock

COMPILE_SECONDS = 300
CONTRACTS = ("MaaS", "Annex")


@dataclass(frozen=True, slots=True)
class Verification:
    """What came of it."""

    verified: bool
    compiler: str
    """The version that the source asks for, and that compiled it."""
    sources: int
    """How many publications there are for this contract."""
    detail: str


def verify(settings: Settings, solc: str, seconds: float) -> Verification:
    """Compile each published source until one gives the code on the chain.

    Raises `UnavailableError`, and `UsageError` without a fitting compiler or without any publication.
    """
    clock, contract = SystemClock(), parse_address(settings.contract)
    deadline = Deadline.after(clock, seconds)
    with closing(plain_endpoints([open_rpc(url) for url in settings.endpoints], settings, clock)) as endpoints:
        try:
            codes = codes_at(endpoints, contract, deadline)
            published = published_sources(endpoints, contract, settings.start_block, deadline)
        except NoAnswer as reason:
            raise UnavailableError(str(reason)) from None
    if not codes[0]:
        raise UsageError(f"there is no contract at {settings.contract}")
    if not published:
        raise UsageError(f"no source was published for {settings.contract}")
    told, details = "", []
    for packed in published:
        try:
            source = unpacked_source(packed)
        except ConfigError as error:
            details.append(str(error))
            continue
        told = str(source["compiler"])
        compiled = _compiled(source, solc)
        if compiled == _normalised(codes, contract):
            return Verification(True, told, len(published), "the code is what the source gives, byte by byte")
        details.append("a published source gives other code")
    return Verification(False, told, len(published), "; ".join(details))


def _normalised(codes: tuple[bytes, bytes], contract: bytes) -> tuple[bytes, bytes]:
    """The code as the compiler leaves it: where the annex's address was put in, zeros."""
    return codes[0].replace(annex_of(contract), bytes(20)), codes[1]


def _compiled(source: dict[str, Any], solc: str) -> tuple[bytes, bytes]:
    _require_version(solc, str(source["compiler"]))
    selection = {"*": {name: ["evm.deployedBytecode.object"] for name in CONTRACTS}}
    task = {
        "language": "Solidity",
        "sources": source["sources"],
        "settings": {**source["settings"], "outputSelection": selection},
    }
    answer = _run(solc, ["--standard-json"], json.dumps(task))
    try:
        found = json.loads(answer[answer.index("{") :])["contracts"]
        codes = [found[f"src/{name}.sol"][name]["evm"]["deployedBytecode"]["object"] for name in CONTRACTS]
        return bytes.fromhex(codes[0]), bytes.fromhex(codes[1])
    except (ValueError, KeyError, TypeError):
        raise UsageError(f"{solc} does not compile the published source: {answer[-300:]}") from None


def _require_version(solc: str, wanted: str) -> None:
    """The builds of one version give the same code, so the part before the build's platform has to be the same."""
    version, printed = ".".join(wanted.split(".")[:4]), _run(solc, ["--version"], "")
    if version not in printed:
        raise UsageError(f"the source needs solc {version}, {solc} says: {' '.join(printed.split())[:120]}")


def _run(solc: str, arguments: list[str], given: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - a compiler that the user named
            [solc, *arguments], input=given, capture_output=True, text=True, check=False, timeout=COMPILE_SECONDS
        )
    except OSError as error:
        raise UsageError(f"{solc} cannot be run ({error.strerror}): name a compiler by --solc") from None
    except subprocess.TimeoutExpired:
        raise UnavailableError(f"{solc} takes more than {COMPILE_SECONDS} s") from None
    return done.stdout or done.stderr
