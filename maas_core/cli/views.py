"""How records are shown to people: states by name, times as UTC, ids with the operator's aliases."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from maas_core.errors import UsageError

if TYPE_CHECKING:
    from maas_core.protocol.states import Role

ISO = "%Y-%m-%dT%H:%M:%SZ"


def moment(seconds: int) -> str:
    """Seconds UTC as ISO 8601; empty for 0, which means "none"."""
    return datetime.fromtimestamp(seconds, UTC).strftime(ISO) if seconds else ""


def seconds(text: str) -> int:
    """ISO 8601 (UTC unless it names an offset), or seconds, as seconds UTC. Raises `UsageError`."""
    if text.isdecimal():
        return int(text)
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no time; accepted: 2026-01-31T12:00:00Z, 2026-01-31, or seconds UTC") from None
    return int((parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp())


def digest(text: str) -> bytes:
    """64 hexadecimal digits. Raises `UsageError`."""
    try:
        value = bytes.fromhex(text)
    except ValueError:
        value = b""
    if len(value) != 32:
        raise UsageError(f"{text!r} is no digest; accepted: 64 hexadecimal digits")
    return value


def roles_of(names: str) -> "Role":
    """A comma-separated list of roles. Raises `UsageError`."""
    from maas_core.protocol.states import Role  # noqa: PLC0415 - brings the protocol with it

    roles = Role(0)
    for name in names.upper().split(","):
        if name.strip() not in Role.__members__:
            accepted = ", ".join(one.lower() for one in Role.__members__)
            raise UsageError(f"{name.strip()!r} is no role; accepted: {accepted}, separated by commas")
        roles |= Role[name.strip()]
    return roles


def role_names(roles: int) -> list[str]:
    """The names of all roles in a mask."""
    from maas_core.protocol.states import Role  # noqa: PLC0415 - as above

    return [role.name.lower() for role in Role if roles & role and role.name]


@dataclass(frozen=True, slots=True)
class PartyView:
    """A party."""

    party: int
    state: str
    roles: list[str]
    version: int
    identity: str
    provisional: bool


def party_view(seen: Any) -> PartyView:
    """A party for people."""
    from maas_core.protocol.states import PartyState  # noqa: PLC0415 - as above

    one = seen.record
    state = PartyState(one.state).name
    return PartyView(one.party, state, role_names(one.roles), one.version, one.identity.hex(), seen.provisional)


@dataclass(frozen=True, slots=True)
class MachineView:
    """A machine."""

    machine: str
    alias: str
    state: str
    oem: int
    customer: int
    machine_class: int
    version: int
    last_at: str
    terms: str
    anchors: int
    anchored_to: str
    billed_to: str
    provisional: bool


def machine_view(seen: Any, alias: str, anchors: Any, billing: Any) -> MachineView:
    """A machine for people; `anchors` and `billing` are its heads, or None."""
    from maas_core.protocol.states import MachineState  # noqa: PLC0415 - as above

    one = seen.record
    return MachineView(
        machine=one.machine.hex(),
        alias=alias,
        state=MachineState(one.state).name,
        oem=one.oem,
        customer=one.customer,
        machine_class=one.machine_class,
        version=one.version,
        last_at=moment(one.last_at),
        terms=one.terms.hex(),
        anchors=0 if anchors is None else anchors.seq,
        anchored_to="" if anchors is None else moment(anchors.window_to),
        billed_to="" if billing is None else moment(billing.billed_to),
        provisional=seen.provisional,
    )


@dataclass(frozen=True, slots=True)
class InvoiceView:
    """An invoice."""

    invoice: str
    alias: str
    kind: str
    state: str
    issuer: int
    payer: int
    amount: int
    currency: int
    claim: int
    respond_by: str
    window: str
    machine: str
    version: int
    provisional: bool


def invoice_view(seen: Any, alias: str) -> InvoiceView:
    """An invoice for people."""
    from maas_core.protocol.states import InvoiceKind, InvoiceState  # noqa: PLC0415 - as above

    one = seen.record
    return InvoiceView(
        invoice=one.invoice.hex(),
        alias=alias,
        kind=InvoiceKind(one.kind).name,
        state=InvoiceState(one.state).name,
        issuer=one.issuer,
        payer=one.payer,
        amount=one.amount,
        currency=one.currency,
        claim=one.claim,
        respond_by=moment(one.respond_by),
        window=f"{moment(one.window_from)}/{moment(one.window_to)}" if one.window_to else "",
        machine=one.machine.hex() if any(one.machine) else "",
        version=one.version,
        provisional=seen.provisional,
    )


@dataclass(frozen=True, slots=True)
class TicketView:
    """A ticket."""

    machine: str
    kind: str
    n: int
    state: str
    selection: str
    opener: int
    assignee: int
    open_since: str
    deadline: str
    version: int
    provisional: bool


def ticket_view(seen: Any) -> TicketView:
    """A ticket for people."""
    from maas_core.protocol.states import SelectionPolicy, TicketKind, TicketState  # noqa: PLC0415 - as above

    one = seen.record
    return TicketView(
        machine=one.machine.hex(),
        kind=TicketKind(one.kind).name,
        n=one.n,
        state=TicketState(one.state).name,
        selection=SelectionPolicy(one.selection.policy).name,
        opener=one.opener,
        assignee=one.assignee,
        open_since=moment(one.open_since),
        deadline=moment(one.deadline),
        version=one.version,
        provisional=seen.provisional,
    )


@dataclass(frozen=True, slots=True)
class ProposalView:
    """A proposal."""

    proposal: str
    action: str
    party: int
    state: str
    expires: str
    voters: list[int]
    provisional: bool


def proposal_view(seen: Any) -> ProposalView:
    """A proposal for people."""
    from maas_core.protocol.states import ActionKind, ProposalState  # noqa: PLC0415 - as above

    one = seen.record
    return ProposalView(
        proposal=one.proposal.hex(),
        action=ActionKind(one.action.kind).name,
        party=one.action.party,
        state=ProposalState(one.state).name,
        expires=moment(one.expires),
        voters=list(one.voters),
        provisional=seen.provisional,
    )


@dataclass(frozen=True, slots=True)
class HistoryView:
    """A final event."""

    time: str
    block: int
    event: str
    details: dict[str, str]


def history_view(entry: Any) -> HistoryView:
    """A final event for people."""
    from maas_core.protocol.wire import event_to_json  # noqa: PLC0415 - as above

    details = event_to_json(entry.event)
    return HistoryView(moment(entry.block.time), entry.block.height, details.pop("type"), details)


@dataclass(frozen=True, slots=True)
class ProfileView:
    """What a party tells of itself."""

    name: str
    contact: str
    encryption_key: str
    signing_key: str
    account: dict[str, str]


def profile_view(profile: Any) -> ProfileView:
    """A profile for people."""
    return ProfileView(
        profile.name,
        profile.contact,
        profile.encryption_key.hex(),
        f"{profile.signing_scheme} {profile.signing_key.hex()}",
        dict(profile.account),
    )
