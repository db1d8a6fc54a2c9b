"""Part of the ledger suite: every rejection code at least once, with the item of a list that it is about."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from maas_core.protocol import commands as c
from maas_core.protocol.digests import commitment
from maas_core.protocol.rejections import Code, Rejection
from maas_core.protocol.rules import Rules
from maas_core.protocol.states import ActionKind, InvoiceKind, StopCause, TicketKind
from maas_core.protocol.types import ZERO_DIGEST
from maas_core.testing.ledger_cast import DAY, HOUR, NUMBER, Cast, fresh_digest, fresh_id
from maas_core.testing.ledger_story import until

PREVENTIVE = TicketKind.PREVENTIVE


@dataclass(frozen=True, slots=True)
class Refusal:
    """A command that must be refused."""

    why: str
    code: Code
    sender: str
    command: Callable[[Cast], c.Command]
    item: int = 0


REFUSALS = (
    Refusal(
        "a stranger sends it",
        Code.NOT_AUTHORISED,
        "stranger",
        lambda cast: cast.registration(fresh_id()),
    ),
    Refusal(
        "another party has to send it",
        Code.NOT_AUTHORISED,
        "oem",
        lambda cast: c.StartMachine(cast.some_accepted[0], 2, cast.hour_ago),
    ),
    Refusal(
        "there is no such machine",
        Code.UNKNOWN_RECORD,
        "customer",
        lambda cast: c.AcceptMachine(fresh_id(), 1, cast.terms),
    ),
    Refusal(
        "the machine exists",
        Code.ALREADY_EXISTS,
        "oem",
        lambda cast: cast.registration(cast.some_registered),
    ),
    Refusal(
        "the deployment is founded",
        Code.ALREADY_EXISTS,
        "stranger",
        lambda _cast: c.Found(fresh_digest(), ZERO_DIGEST, fresh_digest(), Rules(1, DAY, 20, HOUR, DAY, 3)),
    ),
    Refusal(
        "the machine does not run",
        Code.WRONG_STATE,
        "customer",
        lambda cast: c.StopMachine(cast.some_accepted[0], 2, cast.hour_ago, StopCause.OPERATOR, ZERO_DIGEST),
    ),
    Refusal(
        "the machine has changed since",
        Code.STALE_VERSION,
        "customer",
        lambda cast: c.StartMachine(cast.some_accepted[0], 1, cast.hour_ago),
    ),
    Refusal(
        "the terms are others",
        Code.TERMS_MISMATCH,
        "customer",
        lambda cast: c.AcceptMachine(cast.some_registered, 1, fresh_digest()),
    ),
    Refusal(
        "the second anchor leaves a gap",
        Code.SEQUENCE_GAP,
        "customer",
        lambda cast: c.AnchorTelemetry(
            (cast.anchor(cast.some_accepted[0], 1, 0), cast.anchor(cast.some_accepted[1], 2, 0))
        ),
        item=1,
    ),
    Refusal(
        "the machine was started later",
        Code.WINDOW_OVERLAP,
        "customer",
        lambda cast: c.StopMachine(cast.some_started, 3, cast.hour_ago - 1, StopCause.OPERATOR, ZERO_DIGEST),
    ),
    Refusal(
        "it bills an anchor that is not there",
        Code.PERIOD_MISMATCH,
        "oem",
        lambda cast: cast.invoice(cast.some_accepted[0], InvoiceKind.PERIOD, (0, 1), (1, 3)),
    ),
    Refusal(
        "the maintainer is not accredited",
        Code.NOT_ACCREDITED,
        "maintainer",
        lambda cast: c.AcceptTicket(cast.some_unserved, PREVENTIVE, 1, 1),
    ),
    Refusal(
        "bids may still come in",
        Code.BIDDING_OPEN,
        "oem",
        lambda cast: c.AwardTicket(cast.some_tendered, PREVENTIVE, 1, 1),
    ),
    Refusal(
        "one party would be both sides",
        Code.INVALID_ARGUMENT,
        "oem",
        lambda cast: replace(cast.registration(fresh_id()), customer=NUMBER["oem"]),
    ),
    Refusal(
        "the second window is empty",
        Code.INVALID_ARGUMENT,
        "customer",
        lambda cast: c.AnchorTelemetry(
            (
                cast.anchor(cast.some_accepted[0], 1, 0),
                replace(cast.anchor(cast.some_accepted[1], 1, 0), window_to=0),
            )
        ),
        item=1,
    ),
    Refusal(
        "it lies too far ahead",
        Code.LIMIT_EXCEEDED,
        "customer",
        lambda cast: c.StartMachine(cast.some_accepted[0], 2, cast.network.now() + 2 * DAY),
    ),
)


class LedgerRefusals:
    """A refused command changes nothing and says why, in the protocol's words."""

    @pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: f"{refusal.code.name}: {refusal.why}")
    def test_a_command_is_refused_because(self, cast: Cast, refusal: Refusal) -> None:
        command = refusal.command(cast)
        before = cast.board.head()
        assert cast.network.actor(refusal.sender).tries(command) == Rejection(refusal.code, refusal.item)
        assert cast.board.blocks(before) == []

    def test_a_suspended_party_makes_no_new_commitments(self, cast: Cast) -> None:
        cast.board.does(cast.proposal(ActionKind.SUSPEND, "rival"))
        bid = c.Bid(cast.some_tendered, PREVENTIVE, 1, 1, HOUR, 1, ZERO_DIGEST)
        refused = cast.rival.tries(bid)
        cast.board.does(cast.proposal(ActionKind.REINSTATE, "rival"))
        assert refused == Rejection(Code.NOT_ACTIVE)

    def test_sealed_bids_come_in_their_time_and_as_committed(self, cast: Cast) -> None:
        machine, moment = cast.accepted(), cast.network.moment
        commit_until = cast.network.now() + moment
        cast.oem.does(cast.ticket(machine, cast.sealed_bids(commit_until, commit_until + DAY)))
        shown = c.RevealBid(machine, PREVENTIVE, 1, 80_000, HOUR, 20_000, ZERO_DIGEST, fresh_digest())
        sealed = commitment(cast.deployment, NUMBER["maintainer"], shown)
        cast.maintainer.does(c.CommitBid(machine, PREVENTIVE, 1, sealed))
        assert cast.maintainer.tries(shown) == Rejection(Code.BIDDING_OPEN)
        until(cast, commit_until)
        late = c.CommitBid(machine, PREVENTIVE, 1, fresh_digest())
        assert cast.rival.tries(late) == Rejection(Code.BIDDING_CLOSED)
        assert cast.maintainer.tries(replace(shown, price=1)) == Rejection(Code.BAD_REVEAL)
        cast.maintainer.does(shown)

    def test_every_code_of_the_protocol_is_met_in_this_class(self) -> None:
        met = {refusal.code for refusal in REFUSALS}
        assert set(Code) - met == {Code.NOT_ACTIVE, Code.BIDDING_CLOSED, Code.BAD_REVEAL}
