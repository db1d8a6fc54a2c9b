"""The reference model: what every ledger must accept, reject, emit and store.

`decide` and `fold` are pure. The checks of `decide` run in one order on every ledger: arguments, sender, record, role,
state, version, business rule.
"""

from collections.abc import Callable, Iterable
from typing import Any

from maas_core.protocol import commands as c
from maas_core.protocol import events as e
from maas_core.protocol.commands import Command
from maas_core.protocol.events import Event
from maas_core.protocol.model import bidding, consortium, invoices, machines, maintenance, telemetry
from maas_core.protocol.model.state import EMPTY, State
from maas_core.protocol.rejections import Code, Rejected, Rejection
from maas_core.protocol.schema import domain_check

__all__ = ["EMPTY", "State", "apply", "decide", "fold"]

Decide = Callable[[State, Any, bytes, int], tuple[Event, ...]]
Fold = Callable[[State, Any], State]

DECIDE: dict[type[Command], Decide] = {
    c.Found: consortium.found,
    c.Propose: consortium.propose,
    c.Approve: consortium.approve,
    c.Join: consortium.join,
    c.UpdateProfile: consortium.update_profile,
    c.Accredit: consortium.accredit,
    c.WithdrawAccreditation: consortium.withdraw_accreditation,
    c.Attest: consortium.attest,
    c.RegisterMachine: machines.register_machine,
    c.AcceptMachine: machines.accept_machine,
    c.DeclineMachine: machines.decline_machine,
    c.StartMachine: machines.start_machine,
    c.StopMachine: machines.stop_machine,
    c.ResetMachine: machines.reset_machine,
    c.OfferChange: machines.offer_change,
    c.AcceptChange: machines.accept_change,
    c.WithdrawChange: machines.withdraw_change,
    c.AnchorTelemetry: telemetry.anchor_telemetry,
    c.IssueInvoice: invoices.issue_invoice,
    c.AcceptInvoice: invoices.accept_invoice,
    c.DisputeInvoice: invoices.dispute_invoice,
    c.ReviseInvoice: invoices.revise_invoice,
    c.RuleOnInvoice: invoices.rule_on_invoice,
    c.SettleInvoice: invoices.settle_invoice,
    c.OpenTicket: maintenance.open_ticket,
    c.AcceptTicket: maintenance.accept_ticket,
    c.Bid: bidding.bid,
    c.CommitBid: bidding.commit_bid,
    c.RevealBid: bidding.reveal_bid,
    c.AwardTicket: bidding.award_ticket,
    c.ReleaseTicket: maintenance.release_ticket,
    c.CompleteTicket: maintenance.complete_ticket,
    c.ReopenTicket: maintenance.reopen_ticket,
    c.CloseTicket: maintenance.close_ticket,
    c.CancelTicket: maintenance.cancel_ticket,
}

FOLD: dict[type[Event], Fold] = {
    e.DeploymentFounded: consortium.deployment_founded,
    e.ProposalMade: consortium.proposal_made,
    e.ProposalApproved: consortium.proposal_approved,
    e.ProposalExecuted: consortium.proposal_executed,
    e.PartyInvited: consortium.party_invited,
    e.PartyJoined: consortium.party_joined,
    e.ProfileUpdated: consortium.profile_updated,
    e.PartyRolesSet: consortium.party_roles_set,
    e.PartySuspended: consortium.party_suspended,
    e.PartyReinstated: consortium.party_reinstated,
    e.PartyRemoved: consortium.party_removed,
    e.PartyRebound: consortium.party_rebound,
    e.RuleSet: consortium.rule_set,
    e.DeploymentRetired: consortium.deployment_retired,
    e.MaintainerAccredited: consortium.maintainer_accredited,
    e.AccreditationWithdrawn: consortium.accreditation_withdrawn,
    e.Attested: consortium.attested,
    e.MisbehaviourCounted: consortium.misbehaviour_counted,
    e.MachineRegistered: machines.machine_registered,
    e.MachineAccepted: machines.machine_accepted,
    e.MachineDeclined: machines.machine_declined,
    e.MachineStarted: machines.machine_started,
    e.MachineStopped: machines.machine_stopped,
    e.MachineReset: machines.machine_reset,
    e.ChangeOffered: machines.change_offered,
    e.ChangeAccepted: machines.change_accepted,
    e.ChangeWithdrawn: machines.change_withdrawn,
    e.MachineTerminated: machines.machine_terminated,
    e.TelemetryAnchored: telemetry.telemetry_anchored,
    e.InvoiceIssued: invoices.invoice_issued,
    e.InvoiceAccepted: invoices.invoice_accepted,
    e.InvoiceDisputed: invoices.invoice_disputed,
    e.InvoiceRevised: invoices.invoice_revised,
    e.InvoiceRuled: invoices.invoice_ruled,
    e.InvoiceSettled: invoices.invoice_settled,
    e.TicketOpened: maintenance.ticket_opened,
    e.TicketAccepted: maintenance.ticket_assigned,
    e.BidPlaced: bidding.bid_placed,
    e.BidCommitted: bidding.bid_committed,
    e.BidRevealed: bidding.bid_placed,
    e.TicketAwarded: maintenance.ticket_assigned,
    e.TicketReleased: maintenance.ticket_released,
    e.TicketCompleted: maintenance.ticket_completed,
    e.TicketReopened: maintenance.ticket_reopened,
    e.TicketClosed: maintenance.ticket_closed,
    e.TicketCancelled: maintenance.ticket_cancelled,
}


def decide(state: State, command: Command, sender: bytes, time: int) -> tuple[Event, ...] | Rejection:
    """What the ledger answers to a command.

    `sender` is the ledger identity that signed (32 bytes), `time` the ledger's clock in seconds UTC.
    """
    kind = type(command)
    if not domain_check(kind)(command):
        return Rejection(Code.INVALID_ARGUMENT)
    try:
        return DECIDE[kind](state, command, sender, time)
    except Rejected as rejected:
        return rejected.rejection


def fold(state: State, event: Event) -> State:
    """The state after an event."""
    return FOLD[type(event)](state, event)


def apply(state: State, events: Iterable[Event]) -> State:
    """The state after a list of events."""
    for event in events:
        state = fold(state, event)
    return state
