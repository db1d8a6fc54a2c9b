"""Part of the ledger suite: everything that parties do with each other, from the first vote to the last settlement."""

from maas_core.protocol import commands as c
from maas_core.protocol import events as e
from maas_core.protocol.digests import commitment
from maas_core.protocol.records import Invoice, Machine, Party, Standing, Ticket
from maas_core.protocol.states import (
    ActionKind,
    ChangeKind,
    InvoiceKind,
    InvoiceState,
    MachineState,
    PartyState,
    Rule,
    StopCause,
    TicketKind,
    TicketState,
)
from maas_core.protocol.types import ZERO_DIGEST
from maas_core.testing.ledger_cast import DAY, EURO, FIRST_COME, HOUR, NUMBER, Cast, fresh_digest, fresh_id
from maas_core.testing.ledger_network import Actor, Done

REACTIVE, PREVENTIVE = TicketKind.REACTIVE, TicketKind.PREVENTIVE


def events_of(actor: Actor, done: Done) -> list[type[e.Event]]:
    """The kinds of events that a transaction brought."""
    return [type(event) for event in actor.events_of(done)]


class LedgerStory:
    """The life cycle of machines, anchors, invoices, tickets, bids and proposals between several parties."""

    def test_parties_are_known_by_their_identity(self, cast: Cast) -> None:
        for name in ("board", "oem", "customer", "maintainer", "rival", "auditor"):
            party = cast.board.reads("party", NUMBER[name])
            assert isinstance(party, Party)
            assert (party.identity, party.state) == (cast.network.actor(name).identity, PartyState.ACTIVE)

    def test_a_party_changes_its_profile(self, cast: Cast) -> None:
        party = cast.oem.reads("party", NUMBER["oem"])
        assert isinstance(party, Party)
        profile = fresh_digest()
        done = cast.oem.does(c.UpdateProfile(party.version, profile))
        assert cast.customer.events_of(done) == [e.ProfileUpdated(party.party, party.version + 1, profile)]

    def test_with_quorum_two_a_second_vote_executes_a_proposal(self, cast: Cast) -> None:
        made = cast.board.does(cast.proposal(ActionKind.SET_RULE, rule=Rule.QUORUM, value=2))
        assert events_of(cast.oem, made) == [e.ProposalMade, e.ProposalExecuted, e.RuleSet]
        back = cast.proposal(ActionKind.SET_RULE, rule=Rule.QUORUM, value=1)
        waiting = cast.board.does(back)
        assert events_of(cast.oem, waiting) == [e.ProposalMade]
        decided = cast.auditor.does(c.Approve(back.proposal))
        assert events_of(cast.oem, decided) == [e.ProposalApproved, e.ProposalExecuted, e.RuleSet]

    def test_accreditation_is_given_and_withdrawn(self, cast: Cast) -> None:
        other_class = cast.machine_class + 2
        cast.oem.does(c.Accredit(NUMBER["maintainer"], other_class, 0))
        done = cast.oem.does(c.WithdrawAccreditation(NUMBER["maintainer"], other_class, 1))
        assert events_of(cast.customer, done) == [e.AccreditationWithdrawn]

    def test_a_machine_that_is_declined_ends_there(self, cast: Cast) -> None:
        machine = cast.registered()
        cast.customer.does(c.DeclineMachine(machine, 1))
        assert _machine(cast, machine).state == MachineState.DECLINED

    def test_a_machine_runs_stops_and_is_reset(self, cast: Cast) -> None:
        machine = cast.started()
        at = cast.hour_ago
        cast.customer.does(c.StopMachine(machine, 3, at + 60, StopCause.OPERATOR, ZERO_DIGEST))
        done = cast.customer.does(c.ResetMachine(machine, 4, at + 61))
        assert cast.oem.events_of(done) == [e.MachineReset(machine, 5, at + 61)]
        record = _machine(cast, machine)
        assert (record.state, record.version, record.last_at) == (MachineState.ACCEPTED, 5, at + 61)

    def test_anchors_of_several_machines_travel_in_one_command(self, cast: Cast) -> None:
        machines = sorted([cast.accepted(), cast.accepted()])
        first = c.AnchorTelemetry(tuple(cast.anchor(machine, 1, 0) for machine in machines))
        done = cast.customer.does(first)
        anchored = cast.oem.events_of(done)
        assert [(one.machine, one.seq) for one in anchored if isinstance(one, e.TelemetryAnchored)] == [
            (machine, 1) for machine in machines
        ]
        late = cast.anchor(machines[0], 2, 0, corrects=1)
        [corrected] = cast.oem.events_of(cast.customer.does(c.AnchorTelemetry((late,))))
        assert isinstance(corrected, e.TelemetryAnchored)
        assert corrected.locator == late.locator

    def test_terms_are_changed_by_both_sides(self, cast: Cast) -> None:
        machine = cast.accepted()
        terms = fresh_digest()
        cast.oem.does(c.OfferChange(machine, 1, ChangeKind.AMEND, fresh_digest(), cast.hour_ago))
        cast.oem.does(c.WithdrawChange(machine, 1))
        cast.customer.does(c.OfferChange(machine, 2, ChangeKind.AMEND, terms, cast.hour_ago))
        cast.oem.does(c.AcceptChange(machine, 2))
        assert _machine(cast, machine).terms == terms

    def test_an_invoice_is_disputed_revised_ruled_on_and_settled(self, cast: Cast) -> None:
        machine = cast.accepted()
        cast.customer.does(c.AnchorTelemetry((cast.anchor(machine, 1, 0),)))
        issue = cast.invoice(machine, InvoiceKind.PERIOD, (0, 1), (1, 2))
        cast.oem.does(issue)
        dispute = (100_000, fresh_digest(), 3, fresh_digest())
        cast.customer.does(c.DisputeInvoice(issue.invoice, 1, *dispute))
        cast.oem.does(c.ReviseInvoice(issue.invoice, 2, 120_000, fresh_digest(), issue.respond_by))
        cast.customer.does(c.DisputeInvoice(issue.invoice, 3, *dispute))
        ruled = cast.auditor.does(c.RuleOnInvoice(issue.invoice, 4, 105_000, fresh_digest()))
        assert events_of(cast.oem, ruled) == [e.InvoiceRuled, e.MisbehaviourCounted]
        cast.oem.does(c.SettleInvoice(issue.invoice, 5, fresh_digest()))
        record = cast.customer.reads("invoice", issue.invoice)
        assert isinstance(record, Invoice)
        assert (record.state, record.amount, record.version) == (InvoiceState.SETTLED, 105_000, 6)

    def test_a_maintainer_bills_the_oem(self, cast: Cast) -> None:
        claim = cast.service()
        cast.maintainer.does(claim)
        cast.oem.does(c.AcceptInvoice(claim.invoice, 1))
        [settled] = cast.oem.events_of(cast.maintainer.does(c.SettleInvoice(claim.invoice, 2, fresh_digest())))
        assert isinstance(settled, e.InvoiceSettled)
        assert settled.by == NUMBER["maintainer"]

    def test_a_failed_machine_is_repaired_by_who_comes_first(self, cast: Cast) -> None:
        machine = cast.started()
        cast.customer.does(c.StopMachine(machine, 3, cast.hour_ago + 60, StopCause.FAILURE, fresh_digest()))
        cast.customer.does(cast.ticket(machine, FIRST_COME, REACTIVE))
        cast.maintainer.does(c.AcceptTicket(machine, REACTIVE, 1, 1))
        cast.maintainer.does(c.ReleaseTicket(machine, REACTIVE, 1, 2))
        cast.rival.does(c.AcceptTicket(machine, REACTIVE, 1, 3))
        cast.rival.does(c.CompleteTicket(machine, REACTIVE, 1, 4, fresh_digest()))
        cast.customer.does(c.ReopenTicket(machine, REACTIVE, 1, 5, fresh_digest()))
        cast.rival.does(c.CompleteTicket(machine, REACTIVE, 1, 6, fresh_digest()))
        before = _closed(cast, "rival")
        cast.customer.does(c.CloseTicket(machine, REACTIVE, 1, 7, 5))
        assert _closed(cast, "rival") == before + 1
        cast.customer.does(c.StartMachine(machine, 4, cast.hour_ago + 120))

    def test_the_best_of_two_open_bids_gets_the_ticket(self, cast: Cast) -> None:
        machine = cast.accepted()
        selection = cast.open_bids(cast.network.now() + DAY, award_from=2)
        cast.oem.does(cast.ticket(machine, selection))
        cast.maintainer.does(c.Bid(machine, PREVENTIVE, 1, 90_000, 2 * HOUR, 30_000, fresh_digest()))
        cast.rival.does(c.Bid(machine, PREVENTIVE, 1, 30_000, HOUR, 10_000, fresh_digest()))
        [awarded] = cast.maintainer.events_of(cast.customer.does(c.AwardTicket(machine, PREVENTIVE, 1, 1)))
        assert isinstance(awarded, e.TicketAwarded)
        assert (awarded.assignee, awarded.bids) == (NUMBER["rival"], 2)

    def test_sealed_bids_are_committed_then_revealed_then_awarded(self, cast: Cast) -> None:
        machine = cast.accepted()
        moment = cast.network.moment
        commit_until = cast.network.now() + moment
        cast.oem.does(cast.ticket(machine, cast.sealed_bids(commit_until, commit_until + moment)))
        shown = c.RevealBid(machine, PREVENTIVE, 1, 80_000, HOUR, 20_000, fresh_digest(), fresh_digest())
        sealed = commitment(cast.deployment, NUMBER["maintainer"], shown)
        cast.maintainer.does(c.CommitBid(machine, PREVENTIVE, 1, sealed))
        until(cast, commit_until)
        cast.maintainer.does(shown)
        until(cast, commit_until + moment)
        [awarded] = cast.maintainer.events_of(cast.oem.does(c.AwardTicket(machine, PREVENTIVE, 1, 1)))
        assert isinstance(awarded, e.TicketAwarded)
        assert awarded.assignee == NUMBER["maintainer"]

    def test_a_ticket_is_cancelled_and_the_next_one_opened(self, cast: Cast) -> None:
        machine = cast.accepted()
        cast.oem.does(cast.ticket(machine, FIRST_COME))
        cast.oem.does(c.CancelTicket(machine, PREVENTIVE, 1, 1))
        cast.oem.does(cast.ticket(machine, FIRST_COME, n=2))
        record = cast.oem.reads("ticket", machine, PREVENTIVE)
        assert isinstance(record, Ticket)
        assert (record.n, record.state) == (2, TicketState.OPEN)

    def test_an_auditor_attests(self, cast: Cast) -> None:
        attest = c.Attest(fresh_id(), cast.some_accepted[0], 1, fresh_digest())
        [attested] = cast.oem.events_of(cast.auditor.does(attest))
        assert isinstance(attested, e.Attested)
        assert (attested.auditor, attested.statement) == (NUMBER["auditor"], attest.statement)

    def test_an_agreement_ends_with_the_settlement_of_its_final_invoice(self, cast: Cast) -> None:
        machine = cast.accepted()
        cast.customer.does(c.AnchorTelemetry((cast.anchor(machine, 1, 0),)))
        cast.customer.does(c.OfferChange(machine, 7, ChangeKind.TERMINATE, ZERO_DIGEST, 0))
        cast.oem.does(c.AcceptChange(machine, 7))
        final = cast.invoice(machine, InvoiceKind.FINAL, (0, 2), (1, 2))
        [issued] = cast.customer.events_of(cast.oem.does(final))
        assert isinstance(issued, e.InvoiceIssued)
        assert issued.currency == EURO
        cast.customer.does(c.AcceptInvoice(final.invoice, 1))
        done = cast.oem.does(c.SettleInvoice(final.invoice, 2, fresh_digest()))
        assert events_of(cast.customer, done) == [e.InvoiceSettled, e.MachineTerminated]
        assert _machine(cast, machine).state == MachineState.TERMINATED


def _machine(cast: Cast, machine: bytes) -> Machine:
    record = cast.customer.reads("machine", machine)
    assert isinstance(record, Machine)
    return record


def _closed(cast: Cast, name: str) -> int:
    standing = cast.oem.reads("standing", NUMBER[name])
    assert isinstance(standing, Standing)
    return standing.closed


def until(cast: Cast, ledger_time: int) -> None:
    """Let ledger time pass until a moment."""
    while (missing := ledger_time - cast.network.now()) > 0:
        cast.network.let_pass(missing)
