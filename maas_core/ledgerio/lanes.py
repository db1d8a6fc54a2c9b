"""What commands and events are about: which must not overtake each other, and how they are found again."""

from maas_core.protocol import events as e
from maas_core.protocol.commands import Accredit, AnchorTelemetry, Bid, Command, CommitBid, WithdrawAccreditation
from maas_core.protocol.events import Event
from maas_core.protocol.records import Key
from maas_core.protocol.types import ZERO_ID

ACTIONS: dict[type[Event], str] = {
    e.DeploymentFounded: "found",
    e.ProposalMade: "propose",
    e.ProposalApproved: "approve",
    e.PartyJoined: "join",
    e.ProfileUpdated: "update_profile",
    e.MaintainerAccredited: "accredit",
    e.AccreditationWithdrawn: "withdraw_accreditation",
    e.Attested: "attest",
    e.MachineRegistered: "register_machine",
    e.MachineAccepted: "accept_machine",
    e.MachineDeclined: "decline_machine",
    e.MachineStarted: "start_machine",
    e.MachineStopped: "stop_machine",
    e.MachineReset: "reset_machine",
    e.ChangeOffered: "offer_change",
    e.ChangeAccepted: "accept_change",
    e.ChangeWithdrawn: "withdraw_change",
    e.TelemetryAnchored: "anchor_telemetry",
    e.InvoiceIssued: "issue_invoice",
    e.InvoiceAccepted: "accept_invoice",
    e.InvoiceDisputed: "dispute_invoice",
    e.InvoiceRevised: "revise_invoice",
    e.InvoiceRuled: "rule_on_invoice",
    e.InvoiceSettled: "settle_invoice",
    e.TicketOpened: "open_ticket",
    e.TicketAccepted: "accept_ticket",
    e.BidPlaced: "bid",
    e.BidCommitted: "commit_bid",
    e.BidRevealed: "reveal_bid",
    e.TicketAwarded: "award_ticket",
    e.TicketReleased: "release_ticket",
    e.TicketCompleted: "complete_ticket",
    e.TicketReopened: "reopen_ticket",
    e.TicketClosed: "close_ticket",
    e.TicketCancelled: "cancel_ticket",
}
"""The business action that an event comes from; those left out follow another event of their transaction."""


def action_of(event: Event) -> str:
    """The business action (a command's name on the wire), empty for an event that only follows another."""
    return ACTIONS.get(type(event), "")


def lanes_of(command: Command) -> frozenset[Key]:
    """The lanes of a command; two commands that share one are sent one after the other.

    Anchors have a lane of their own for each machine, so they never wait for the machine's other commands; an invoice
    waits for both.
    """
    if isinstance(command, AnchorTelemetry):
        return frozenset(("anchor_head", item.machine) for item in command.items)
    if isinstance(command, Accredit | WithdrawAccreditation):
        return frozenset({("accreditation", command.machine_class)})
    if isinstance(command, Bid | CommitBid):
        return frozenset({("bid", command.machine, command.kind, command.n)})
    lanes: set[Key] = set()
    machine: bytes | None = getattr(command, "machine", None)
    if machine == ZERO_ID:
        machine = None  # an invoice for a service is about no machine: such do not wait for each other
    if machine is not None:
        lanes.add(("machine", machine))
    invoice: bytes | None = getattr(command, "invoice", None)
    if invoice is not None:
        lanes.add(("invoice", invoice))
        if machine is not None:
            lanes.add(("anchor_head", machine))
    return frozenset(lanes or {("consortium",)})


def subject_of(event: Event) -> str:
    """What an event is about, to list the history of a machine, an invoice, a party."""
    for kind in ("invoice", "machine", "proposal", "party", "maintainer"):
        value = getattr(event, kind, None)
        if value is not None:
            return f"{kind}:{value.hex() if isinstance(value, bytes) else value}"
    return "deployment"
