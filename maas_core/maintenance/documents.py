"""The documents that tickets and stops name: canonical JSON, one small table each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from maas_core.errors import IntegrityError, UsageError
from maas_core.maintenance.alarms import Alarm
from maas_core.maintenance.service import ServiceTerms, read_terms
from maas_core.ports.downtime import Attribution
from maas_core.proofs import canonical
from maas_core.protocol.types import MAX_TIME

VERSION = 1
MOST_DEGREES = 180 * 10**6


@dataclass(frozen=True, slots=True)
class Site:
    """Where a machine stands, in millionths of a degree (WGS 84)."""

    latitude: int
    longitude: int


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be done, for whom it is not known yet who will do it."""

    what: str
    service: ServiceTerms | None = None
    """What is paid for it."""
    raw: Mapping[str, Any] = field(default_factory=dict)
    """The whole document."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a maintainer says about its work."""

    attribution: Attribution
    """Whose matter the downtime was."""
    done: str
    finished_at: int
    """Business time, seconds UTC."""


def alarm_table(alarm: Alarm, signal: str) -> dict[str, Any]:
    """An alarm inside a document; the value in the signal's scale, as text since it may be large."""
    value = None if alarm.value is None else str(alarm.value)
    return {"rule": alarm.rule, "signal": signal, "since": alarm.since, "at": alarm.at, "value": value}


def work_document(
    what: str, *, alarm: Mapping[str, Any] | None = None, service: Any = None, site: Site | None = None
) -> bytes:
    """A work document. Raises `UsageError` if the maintainer's terms are not accepted."""
    content: dict[str, Any] = {"version": VERSION, "what": what}
    if alarm is not None:
        content["alarm"] = dict(alarm)
    if service is not None:
        read_terms(service)
        content["service"] = service
    if site is not None:
        content["site"] = {"latitude": site.latitude, "longitude": site.longitude}
    return canonical.dumps(content)


def read_work(content: bytes) -> Work:
    """Raises `IntegrityError` for what is no work document."""
    table = _read(content, "work", {"version", "what", "alarm", "service", "site"})
    try:
        service = read_terms(table["service"]) if "service" in table else None
    except UsageError as error:
        raise IntegrityError(f"work document: {error}") from None
    return Work(_text(table, "what", "work"), service, table)


def site_of(work: Mapping[str, Any]) -> Site | None:
    """Where the work is to be done, if the document says so in a way that can be read."""
    place = work.get("site")
    if not isinstance(place, Mapping):
        return None
    found = [place.get("latitude"), place.get("longitude")]
    if any(type(one) is not int or abs(one) > MOST_DEGREES for one in found):
        return None
    return Site(place["latitude"], place["longitude"])


def report_document(report: Report) -> bytes:
    """A report."""
    said = {"attribution": report.attribution.value, "done": report.done, "finished_at": report.finished_at}
    return canonical.dumps({"version": VERSION, **said})


def read_report(content: bytes) -> Report:
    """Raises `IntegrityError` for what is no report."""
    table = _read(content, "report", {"version", "attribution", "done", "finished_at"})
    accepted = [one.value for one in Attribution]
    if table.get("attribution") not in accepted:
        raise IntegrityError(f"report: attribution {table.get('attribution')!r}; accepted: {', '.join(accepted)}")
    finished = table.get("finished_at")
    if type(finished) is not int or not 0 <= finished <= MAX_TIME:
        raise IntegrityError(f"report: finished_at {finished!r} is no time in seconds UTC")
    return Report(Attribution(table["attribution"]), _text(table, "done", "report"), finished)


def reason_document(why: str) -> bytes:
    """Why work is sent back."""
    return canonical.dumps({"version": VERSION, "why": why})


def offer_document(details: Mapping[str, Any]) -> bytes:
    """What a bid says beside its figures."""
    return canonical.dumps({"version": VERSION, "details": dict(details)})


def evidence_document(machine: bytes, rule: Mapping[str, Any], alarm: Mapping[str, Any]) -> bytes:
    """Why a watchdog stopped a machine: the rule, and the alarm that it raised."""
    return canonical.dumps({"version": VERSION, "machine": machine.hex(), "rule": dict(rule), "alarm": dict(alarm)})


def _read(content: bytes, kind: str, known: set[str]) -> dict[str, Any]:
    table = canonical.loads(content)
    if not isinstance(table, dict) or table.get("version") != VERSION:
        raise IntegrityError(f"{kind} document: not of version {VERSION}")
    for key in sorted(table.keys() - known):
        raise IntegrityError(f"{kind} document: unknown member {key!r}; accepted: {', '.join(sorted(known))}")
    return table


def _text(table: Mapping[str, Any], key: str, kind: str) -> str:
    value = table.get(key)
    if not isinstance(value, str):
        raise IntegrityError(f"{kind} document: {key} {value!r} is no text")
    return value
