"""What the suite cannot ask of every ledger: Fabric's own conflicts, looking up, following, profiles, observers."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from maas_ledger_fabric.blocks import parse_block
from maas_ledger_fabric.devnet.network import FabricDevnet
from maas_ledger_fabric.devnet.ready import client_of, user_identity
from maas_ledger_fabric.devnet.settings import Settings as DevnetSettings
from maas_ledger_fabric.endpoint import Endpoint, Server
from maas_ledger_fabric.envelopes import propose, sign_transaction
from maas_ledger_fabric.opening import open_ledger
from maas_ledger_fabric.pem_signer import read_signer
from maas_ledger_fabric.protos import common, gateway
from maas_ledger_fabric.settings import Settings
from maas_ledger_fabric.workflow import FabricLedger

from maas_core.ledgerio.engine import Engine
from maas_core.ledgerio.journal import NewSubmission
from maas_core.ledgerio.policy import Agreement, FinalityPolicies, Native
from maas_core.ledgerio.submission import Submission, SubmissionState
from maas_core.ports.backends import Context, OpenLedger
from maas_core.ports.clock import Deadline, SystemClock
from maas_core.ports.workflow import (
    Attempt,
    BlockRef,
    Broadcast,
    BroadcastStatus,
    EventPage,
    Pending,
    Prepared,
    ReceiptStatus,
)
from maas_core.protocol import commands as c
from maas_core.protocol import events as e
from maas_core.protocol.commands import Command
from maas_core.protocol.rejections import Code, Rejection
from maas_core.protocol.states import ActionKind, Role, TicketKind
from maas_core.protocol.types import ZERO_DIGEST
from maas_core.protocol.wire import command_to_json
from maas_core.testing.ledger_cast import DAY, HOUR, Cast, cast_of, fresh_digest, fresh_id
from maas_core.testing.ledger_network import PARTICIPANTS, Actor, Network
from maas_core.testing.memory_journal import MemoryJournal
from tests.support.fabric import ledger_of, playing, tables_of, wait_until


def soon(seconds: float = 10) -> Deadline:
    return Deadline.after(SystemClock(), seconds)


@pytest.fixture(scope="module")
def players(devnet: FabricDevnet) -> Iterator[Network]:
    with playing(devnet) as everybody:
        yield everybody


@pytest.fixture(scope="module")
def cast(players: Network) -> Cast:
    return cast_of(players)


def prepared(actor: Actor, command: Command) -> Attempt:
    answer = actor.ledger.workflow.prepare(command, Pending(), soon())
    assert isinstance(answer, Prepared), answer
    return answer.attempt


def ended(ledger: OpenLedger, commands: Sequence[Command], policy: FinalityPolicies | None = None) -> list[Submission]:
    """What becomes of commands that one engine sends."""
    journal = MemoryJournal()
    engine = Engine(ledger, journal, policy or FinalityPolicies(Native()), SystemClock())
    engine.submit([NewSubmission(fresh_id(), command, SystemClock().now()) for command in commands])

    def is_done() -> bool:
        engine.step()
        return not engine.unfinished()

    wait_until(is_done, 30, "all are at their end")
    return list(journal.submissions.values())


def test_the_chaincode_knows_a_sender_by_the_same_bytes(devnet: FabricDevnet) -> None:
    for org in devnet.plan.orgs:
        identity = user_identity(devnet.plan, org, "User1")
        client = client_of(devnet.plan, org, identity)
        assert client.evaluate("maas", (b"identity",), soon()) == identity.protocol_identity.hex().encode()
        client.close()


def test_of_two_endorsed_on_the_same_version_one_conflicts_and_is_endorsed_anew(cast: Cast) -> None:
    machine = cast.accepted()
    start = prepared(cast.customer, c.StartMachine(machine, 2, cast.hour_ago))
    other = prepared(cast.customer, c.StartMachine(machine, 2, cast.hour_ago))
    answers = cast.customer.ledger.workflow.broadcast([start, other], soon())
    assert [one.status for one in answers] == [BroadcastStatus.ACCEPTED] * 2
    receipts = {cast.customer.receipt(one.transaction).status for one in (start, other)}
    assert receipts == {ReceiptStatus.INCLUDED, ReceiptStatus.DEAD}


def test_the_loser_of_a_conflict_is_told_the_protocols_code(cast: Cast, players: Network) -> None:
    machine = cast.accepted()
    outcomes = ended(players.ledgers["customer"], [c.StartMachine(machine, 2, cast.hour_ago)])
    assert outcomes[0].state is SubmissionState.FINAL
    machine = cast.accepted()
    rival = prepared(cast.customer, c.StartMachine(machine, 2, cast.hour_ago))
    ledger = players.ledgers["customer"]
    assert isinstance(ledger.workflow, FabricLedger)
    late: Any = _ConflictFirst(ledger.workflow, rival)
    [loser] = ended(replace(ledger, workflow=late), [c.StartMachine(machine, 2, cast.hour_ago + 1)])
    assert loser.rejection == Rejection(Code.WRONG_STATE)
    assert len(loser.attempts) == 1
    assert loser.state is SubmissionState.REJECTED


class _ConflictFirst:
    """A ledger on which another transaction slips in between endorsement and sending."""

    def __init__(self, ledger: FabricLedger, other: Attempt) -> None:
        self._ledger = ledger
        self._other: list[Attempt] = [other]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)

    def broadcast(self, attempts: Sequence[Attempt], deadline: Deadline) -> list[Broadcast]:
        if self._other:
            first = self._other.pop()
            self._ledger.broadcast([first], deadline)
            wait_until(lambda: _is_included(self._ledger, first), 10, "the other is in")
        return self._ledger.broadcast(attempts, deadline)


def _is_included(ledger: FabricLedger, attempt: Attempt) -> bool:
    [receipt] = ledger.receipts([attempt.transaction], soon())
    return receipt.status is ReceiptStatus.INCLUDED


def test_a_transaction_that_too_few_endorsed_is_rejected_and_not_tried_again(cast: Cast, devnet: FabricDevnet) -> None:
    org = devnet.plan.org("oem")
    identity = user_identity(devnet.plan, org, "User1")
    endpoint = Endpoint(Server(org.address, devnet.plan.tls_ca(org).read_bytes()), None)
    text = json.dumps(command_to_json(cast.registration(fresh_id()))).encode()
    wanted = propose(identity, "maas", "maas", (b"submit", text), fresh_digest()[:24], SystemClock().now())
    request = gateway.EndorseRequest(
        transaction_id=wanted.transaction.hex(),
        channel_id="maas",
        proposed_transaction=wanted.signed,
        endorsing_organizations=[org.msp_id],
    )
    prepared_by_one = endpoint.gateway.Endorse(request, timeout=5).prepared_transaction
    endpoint.close()
    attempt = Attempt(wanted.transaction, sign_transaction(identity, prepared_by_one))
    cast.oem.ledger.workflow.broadcast([attempt], soon())
    receipt = cast.oem.receipt(attempt.transaction)
    assert (receipt.status, receipt.rejection) == (ReceiptStatus.REJECTED, None)
    assert receipt.reason == "ENDORSEMENT_POLICY_FAILURE: the transaction had no effect"


def test_bytes_sent_twice_are_in_the_chain_twice_and_take_effect_once(cast: Cast) -> None:
    before = cast.oem.head()
    attempt = prepared(cast.oem, cast.registration(fresh_id()))
    workflow = cast.oem.ledger.workflow
    for _ in range(2):
        workflow.broadcast([attempt], soon())
        assert cast.oem.receipt(attempt.transaction).status is ReceiptStatus.INCLUDED
    wait_until(lambda: cast.oem.head().height >= before.height + 2, 10, "both are in blocks")
    assert cast.oem.receipt(attempt.transaction).status is ReceiptStatus.INCLUDED
    found = [one for block in cast.oem.blocks(before) for one in block.events]
    assert [one.transaction for one in found] == [attempt.transaction]


def test_a_node_that_starts_anew_finds_what_it_sent_before(cast: Cast, devnet: FabricDevnet) -> None:
    attempt = prepared(cast.oem, cast.registration(fresh_id()))
    cast.oem.ledger.workflow.broadcast([attempt], soon())
    included = cast.oem.receipt(attempt.transaction)
    never_sent = prepared(cast.oem, cast.registration(fresh_id()))
    for _ in range(3):
        cast.oem.does(cast.registration(fresh_id()))
    anew = ledger_of(devnet, "oem")
    try:
        receipts = anew.workflow.receipts([attempt.transaction, never_sent.transaction, bytes(32)], soon())
    finally:
        anew.workflow.close()
    assert receipts[0] == included
    assert [one.status for one in receipts[1:]] == [ReceiptStatus.UNKNOWN] * 2


def test_several_events_of_a_transaction_and_several_transactions_of_a_block_arrive_in_order(cast: Cast) -> None:
    before = cast.customer.head()
    machines = sorted(cast.accepted() for _ in range(3))
    middle = cast.customer.head()
    commands = [c.AnchorTelemetry((cast.anchor(one, 1, 0),)) for one in machines[:2]]
    attempts = [prepared(cast.customer, command) for command in commands]
    attempts.append(prepared(cast.customer, c.StartMachine(machines[2], 2, cast.hour_ago)))
    cast.customer.ledger.workflow.broadcast(attempts, soon())
    for one in attempts:
        assert cast.customer.receipt(one.transaction).status is ReceiptStatus.INCLUDED
    blocks = cast.customer.blocks(middle)
    sent = {one.transaction for one in attempts}
    assert {event.transaction for block in blocks for event in block.events} >= sent
    both = c.AnchorTelemetry(tuple(cast.anchor(one, 2, 1) for one in machines[:2]))
    done = cast.customer.does(both)
    assert [one.machine for one in cast.customer.events_of(done, before) if isinstance(one, e.TelemetryAnchored)] == (
        machines[:2]
    )


def test_fifty_parties_bid_on_one_ticket_at_once_without_a_conflict(tmp_path: Path) -> None:
    bidders = [f"bidder{number}" for number in range(50)]
    people = ["board", "auditor", "rival", "stranger", *bidders]
    devnet = FabricDevnet(DevnetSettings(people=",".join(people), batch_timeout="100ms"), tmp_path / "net")
    devnet.up(lambda _: None)
    ledgers = {name: ledger_of(devnet, name, observers=(), admin=None) for name in (*PARTICIPANTS, *bidders)}
    try:
        _fifty_bid(Network(ledgers, patience=30), bidders)
    finally:
        for ledger in ledgers.values():
            ledger.workflow.close()
        devnet.down()


def _fifty_bid(network: Network, bidders: Sequence[str]) -> None:
    cast = cast_of(network)
    actors = [network.actor(name) for name in bidders]
    invites = [_invite(actor, 100 + place) for place, actor in enumerate(actors)]
    assert all(one.state is SubmissionState.FINAL for one in ended(network.ledgers["board"], invites))
    network.spread(cast.board.head())
    _at_once([(actor, c.Join(fresh_digest())) for actor in actors])
    accredits = [c.Accredit(100 + place, cast.machine_class, 2 + place) for place in range(len(actors))]
    assert all(one.state is SubmissionState.FINAL for one in ended(network.ledgers["oem"], accredits))
    machine = cast.accepted()
    cast.oem.does(cast.ticket(machine, cast.open_bids(network.now() + DAY, award_from=50)))
    _at_once(
        [
            (actor, c.Bid(machine, TicketKind.PREVENTIVE, 1, 50_000 + place, HOUR, 10_000, fresh_digest()))
            for place, actor in enumerate(actors)
        ]
    )
    [awarded] = cast.oem.events_of(cast.oem.does(c.AwardTicket(machine, TicketKind.PREVENTIVE, 1, 1)))
    assert isinstance(awarded, e.TicketAwarded)
    assert (awarded.bids, awarded.assignee) == (50, 100)


def _invite(actor: Actor, party: int) -> c.Propose:
    action = c.Action(ActionKind.INVITE, party, actor.identity, Role.MAINTAINER, 0, 0, ZERO_DIGEST)
    return c.Propose(fresh_id(), action)


def _at_once(sent: Sequence[tuple[Actor, Command]]) -> None:
    """All endorsed before any is ordered; every one must be valid at the first try."""
    attempts = [(actor, prepared(actor, command)) for actor, command in sent]
    for actor, attempt in attempts:
        actor.ledger.workflow.broadcast([attempt], soon())
    found = [actor.receipt(attempt.transaction) for actor, attempt in attempts]
    assert {one.status for one in found} == {ReceiptStatus.INCLUDED}
    sent[0][0].network.spread(max((one.block for one in found if one.block), key=lambda block: block.height))


def test_final_can_mean_that_other_organisations_peers_agree(cast: Cast, players: Network) -> None:
    policy = FinalityPolicies(Agreement(3))
    outcomes = ended(players.ledgers["oem"], [cast.registration(fresh_id())], policy)
    assert [one.state for one in outcomes] == [SubmissionState.FINAL]


def test_a_digest_covers_the_validation_codes(cast: Cast, devnet: FabricDevnet) -> None:
    org = devnet.plan.orgs[0]
    client = client_of(devnet.plan, org, user_identity(devnet.plan, org, "User1"))
    done = cast.oem.does(cast.registration(fresh_id()))
    content = client.evaluate("qscc", (b"GetBlockByTxID", b"maas", done.transaction.hex().encode()), soon())
    client.close()
    assert isinstance(content, bytes)
    block = common.Block.FromString(content)
    assert parse_block(block, "maas").ref == done.block
    codes = bytearray(block.metadata.metadata[common.TRANSACTIONS_FILTER])
    codes[0] = 11
    block.metadata.metadata[common.TRANSACTIONS_FILTER] = bytes(codes)
    assert parse_block(block, "maas").ref.digest != done.block.digest


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_a_connection_profile_configures_it_as_it_is(devnet: FabricDevnet, folder: Path, form: str) -> None:
    tables = tables_of(devnet.plan, "customer")
    org = devnet.plan.org("customer")
    profile = {
        "name": "maas",
        "version": "1.0.0",
        "client": {"organization": "Customer", "connection": {"timeout": {"peer": {"endorser": "300"}}}},
        "organizations": {
            "Customer": {
                "mspid": org.msp_id,
                "peers": ["peer0.customer"],
                "signedCert": {"path": tables["ledger"]["settings"]["certificate"]},
                "certificateAuthorities": [],
            }
        },
        "peers": {
            "peer0.customer": {
                "url": f"grpcs://localhost:{org.ports.peer}",
                "tlsCACerts": {"pem": devnet.plan.tls_ca(org).read_text("utf-8")},
                "grpcOptions": {"ssl-target-name-override": f"peer0.{org.domain}"},
            }
        },
    }
    file = folder / f"profile.{form}"
    file.write_text(json.dumps(profile) if form == "json" else _as_yaml(profile), "utf-8")
    signer = read_signer(Path(tables["signer"]["settings"]["key"]))
    ledger = open_ledger(Settings(connection_profile=file), Context(SystemClock(), signer, folder))
    try:
        assert isinstance(ledger.finality.head(soon()), BlockRef)
        assert ledger.workflow.identity().label.startswith("CustomerMSP")
    finally:
        ledger.workflow.close()


def _as_yaml(content: object) -> str:
    import yaml

    text: str = yaml.safe_dump(content)
    return text


def test_what_is_older_than_memory_is_read_from_the_peer(devnet: FabricDevnet, cast: Cast) -> None:
    done = cast.oem.does(cast.registration(fresh_id()))
    anew = ledger_of(devnet, "oem")
    try:
        assert anew.finality.is_canonical(done.block, soon()) is True
        page = anew.workflow.events(None, 3, soon())
        assert isinstance(page, EventPage)
        assert page.through is not None
        assert page.through.height < done.block.height
        old = page.blocks[0].block
        assert anew.finality.is_canonical(old, soon()) is True
        assert anew.finality.is_canonical(replace(old, digest=bytes(32)), soon()) is False
    finally:
        anew.workflow.close()
