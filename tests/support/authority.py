"""Who may send which command, written down a second time from the reference, with nothing taken from the model."""

from collections.abc import Callable
from typing import Any

from maas_core.protocol import commands as c
from maas_core.protocol.states import PartyState, Role

ONLY_ACTIVE = (
    c.Propose,
    c.Approve,
    c.Accredit,
    c.Attest,
    c.RegisterMachine,
    c.AcceptMachine,
    c.OfferChange,
    c.AcceptChange,
    c.IssueInvoice,
    c.RuleOnInvoice,
    c.OpenTicket,
    c.AcceptTicket,
    c.Bid,
    c.CommitBid,
)
"""SUSPENDED bars these."""

May = Callable[[Any, Any, Any, int], bool]
"""Of a state, the sender's party record, the command and the time."""


def may(state: Any, sender: bytes, command: c.Command, time: int) -> bool:
    """Whether the sender is one who could be allowed this command by state and roles."""
    number = state.get(("identity", sender))
    if number is None:
        return False
    party = state["party", number]
    if isinstance(command, c.Join):
        return bool(party.state == PartyState.INVITED)
    if party.state == PartyState.SUSPENDED and isinstance(command, ONLY_ACTIVE):
        return False
    if party.state not in (PartyState.ACTIVE, PartyState.SUSPENDED):
        return False
    return MAY[type(command)](state, party, command, time)


def has(role: Role) -> May:
    """Whoever holds a role."""
    return lambda _state, party, _command, _time: bool(party.roles & role)


def _anybody(_state: Any, _party: Any, _command: Any, _time: int) -> bool:
    return True


def _customer(state: Any, party: Any, command: Any, _time: int) -> bool:
    return bool(state["machine", command.machine].customer == party.party)


def _side(state: Any, party: Any, command: Any, _time: int) -> bool:
    machine = state["machine", command.machine]
    return party.party in (machine.oem, machine.customer)


def _registers(_state: Any, party: Any, command: Any, _time: int) -> bool:
    as_oem = party.party == command.oem and party.roles & Role.OEM
    return bool(as_oem or (party.party == command.customer and party.roles & Role.CUSTOMER))


def _did_not_register(state: Any, party: Any, command: Any, time: int) -> bool:
    return _side(state, party, command, time) and state["machine", command.machine].registrar != party.party


def _did_not_offer(state: Any, party: Any, command: Any, time: int) -> bool:
    offer = state["offer", command.machine, command.n]
    return _side(state, party, command, time) and offer.offerer != party.party


def _offered(state: Any, party: Any, command: Any, _time: int) -> bool:
    return bool(state["offer", command.machine, command.n].offerer == party.party)


def _anchors(state: Any, party: Any, command: Any, _time: int) -> bool:
    return all(state["machine", item.machine].customer == party.party for item in command.items)


def _issues(state: Any, party: Any, command: Any, _time: int) -> bool:
    if command.machine == bytes(16):
        return bool(command.payer != party.party)
    machine = state["machine", command.machine]
    return bool(machine.oem == party.party and machine.customer == command.payer)


def _accepts_invoice(state: Any, party: Any, command: Any, time: int) -> bool:
    invoice = state["invoice", command.invoice]
    late = max(time, invoice.time) >= invoice.respond_by
    return bool(party.party == invoice.payer or (party.party == invoice.issuer and late))


def _payer(state: Any, party: Any, command: Any, _time: int) -> bool:
    return bool(state["invoice", command.invoice].payer == party.party)


def _issuer(state: Any, party: Any, command: Any, _time: int) -> bool:
    return bool(state["invoice", command.invoice].issuer == party.party)


def _neutral(state: Any, party: Any, command: Any, _time: int) -> bool:
    invoice = state["invoice", command.invoice]
    return bool(party.roles & Role.AUDITOR and party.party not in (invoice.issuer, invoice.payer))


def _settles(state: Any, party: Any, command: Any, time: int) -> bool:
    invoice = state["invoice", command.invoice]
    payee = invoice.payer if invoice.payout else invoice.issuer
    waited = max(time, invoice.time) - invoice.time >= state["deployment",].rules.close_after
    return bool(party.party == payee or (waited and _neutral(state, party, command, time)))


def _accredited(state: Any, party: Any, command: Any, _time: int) -> bool:
    machine = state["machine", command.machine]
    listed = state["accreditation", machine.oem, machine.machine_class].maintainers
    return bool(party.roles & Role.MAINTAINER and party.party in listed)


def _bidder(state: Any, party: Any, command: Any, _time: int) -> bool:
    return ("bid", command.machine, command.kind, command.n, party.party) in state


def _ticket(state: Any, command: Any) -> Any:
    return state["ticket", command.machine, command.kind]


def _opener(state: Any, party: Any, command: Any, _time: int) -> bool:
    return bool(_ticket(state, command).opener == party.party)


def _assignee(state: Any, party: Any, command: Any, _time: int) -> bool:
    return bool(_ticket(state, command).assignee == party.party)


def _releases(state: Any, party: Any, command: Any, time: int) -> bool:
    ticket = _ticket(state, command)
    late = max(time, ticket.time) >= ticket.deadline
    return bool(party.party == ticket.assignee or (party.party == ticket.opener and late))


def _closes(state: Any, party: Any, command: Any, time: int) -> bool:
    ticket = _ticket(state, command)
    waited = max(time, ticket.time) - ticket.time >= state["deployment",].rules.close_after
    return bool(party.party == ticket.opener or (party.party == ticket.assignee and waited))


MAY: dict[type[c.Command], May] = {
    c.Propose: has(Role.BOARD),
    c.Approve: has(Role.BOARD),
    c.UpdateProfile: _anybody,
    c.Accredit: has(Role.OEM),
    c.WithdrawAccreditation: _anybody,
    c.Attest: has(Role.AUDITOR),
    c.RegisterMachine: _registers,
    c.AcceptMachine: _did_not_register,
    c.DeclineMachine: _side,
    c.StartMachine: _customer,
    c.StopMachine: _customer,
    c.ResetMachine: _customer,
    c.OfferChange: _side,
    c.AcceptChange: _did_not_offer,
    c.WithdrawChange: _offered,
    c.AnchorTelemetry: _anchors,
    c.IssueInvoice: _issues,
    c.AcceptInvoice: _accepts_invoice,
    c.DisputeInvoice: _payer,
    c.ReviseInvoice: _issuer,
    c.RuleOnInvoice: _neutral,
    c.SettleInvoice: _settles,
    c.OpenTicket: _side,
    c.AcceptTicket: _accredited,
    c.Bid: _accredited,
    c.CommitBid: _accredited,
    c.RevealBid: _bidder,
    c.AwardTicket: _side,
    c.ReleaseTicket: _releases,
    c.CompleteTicket: _assignee,
    c.ReopenTicket: _opener,
    c.CloseTicket: _closes,
    c.CancelTicket: _opener,
}
