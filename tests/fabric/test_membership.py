"""Organisations come and go while the network runs."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from maas_ledger_fabric.devnet.lifecycle import Definition
from maas_ledger_fabric.devnet.network import FabricDevnet
from maas_ledger_fabric.devnet.settings import Settings
from maas_ledger_fabric.org_definition import definition_from_msp, definition_to_json

from maas_core.errors import MembershipError
from maas_core.ports.backends import OpenLedger
from maas_core.ports.clock import Deadline, SystemClock
from maas_core.ports.membership import (
    ChangeKind,
    ConsortiumMembership,
    Draft,
    DraftState,
    DraftStatus,
    Member,
    MemberChange,
)
from maas_core.protocol import commands as c
from maas_core.protocol.records import Party
from maas_core.protocol.states import ActionKind, PartyState, Role
from maas_core.protocol.types import ZERO_DIGEST
from maas_core.testing.ledger_cast import Cast, cast_of, fresh_digest, fresh_id
from maas_core.testing.ledger_network import Actor, Network
from tests.support.fabric import playing, user_ledger, wait_until

ORGS = ("oem", "customer", "maintainer")


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FabricDevnet]:
    devnet = FabricDevnet(Settings(), tmp_path_factory.mktemp("members"))
    devnet.up(lambda _: None)
    yield devnet
    devnet.down()


@pytest.fixture(scope="module")
def players(network: FabricDevnet) -> Iterator[Network]:
    with playing(network) as everybody:
        yield everybody


def soon() -> Deadline:
    return Deadline.after(SystemClock(), 10)


def membership(players: Network, name: str) -> ConsortiumMembership:
    found = players.ledgers[name].membership
    assert found is not None
    return found


def members(players: Network) -> list[str]:
    found = membership(players, "oem").members(soon())
    assert isinstance(found, list), found
    return [one.identity for one in found]


def drafted(players: Network, change: MemberChange) -> Draft:
    draft = membership(players, "oem").draft(change, soon())
    assert isinstance(draft, Draft), draft
    return draft


def signed(players: Network, draft: Draft, *names: str) -> Draft:
    for name in names:
        answer = membership(players, name).sign(draft, soon())
        assert isinstance(answer, Draft), answer
        draft = answer
    return draft


def state(players: Network, draft: Draft) -> DraftStatus:
    status = membership(players, "customer").status(draft, soon())
    assert isinstance(status, DraftStatus), status
    return status


def admission(network: FabricDevnet, name: str) -> MemberChange:
    org = network.plan.org(name)
    definition = definition_from_msp(network.plan.org_crypto(org) / "msp", org.msp_id, (org.address,))
    return MemberChange(ChangeKind.ADMIT, Member(name, org.msp_id), definition_to_json(definition))


def test_the_channel_lists_its_organisations(players: Network) -> None:
    assert members(players) == ["CustomerMSP", "MaintainerMSP", "OemMSP"]


def test_a_fourth_organisation_joins_takes_part_and_leaves(network: FabricDevnet, players: Network) -> None:
    cast = cast_of(players)
    insurer = network.add_org("insurer")
    draft = drafted(players, admission(network, "insurer"))
    assert state(players, draft) == DraftStatus(DraftState.COLLECTING, (), 2)

    once = signed(players, draft, "oem")
    too_few = membership(players, "oem").submit(once, soon())
    assert too_few == DraftStatus(DraftState.COLLECTING, ("OemMSP",), 2)
    assert "InsurerMSP" not in members(players)

    twice = signed(players, once, "customer")
    submitted = membership(players, "customer").submit(twice, soon())
    assert isinstance(submitted, DraftStatus)
    assert submitted.state is DraftState.SUBMITTED
    wait_until(lambda: "InsurerMSP" in members(players), 10, "the organisation is admitted")
    wait_until(lambda: state(players, twice).state is DraftState.EFFECTIVE, 10, "the customer's peer knows it too")

    network.take_part(insurer, Definition("maas", "1", 1))
    ledger = user_ledger(network, "insurer", "User1")
    try:
        _takes_part(cast, ledger)
    finally:
        ledger.workflow.close()

    leaving = drafted(players, MemberChange(ChangeKind.REMOVE, Member("insurer", "InsurerMSP")))
    assert state(players, leaving).needed == 3
    leaving = signed(players, leaving, *ORGS)
    membership(players, "oem").submit(leaving, soon())
    wait_until(lambda: members(players) == ["CustomerMSP", "MaintainerMSP", "OemMSP"], 10, "the organisation is gone")
    cast.oem.does(cast.registration(fresh_id()))


def _takes_part(cast: Cast, ledger: OpenLedger) -> None:
    """Through its own peer, which must catch up and endorse first."""
    newcomer = Actor("insurer", ledger, cast.network)
    head = cast.oem.head()
    wait_until(lambda: newcomer.head().height >= head.height, 20, "the new peer catches up")
    invite = c.Action(ActionKind.INVITE, 77, newcomer.identity, Role.AUDITOR, 0, 0, ZERO_DIGEST)
    done = cast.board.does(c.Propose(fresh_id(), invite))
    wait_until(lambda: newcomer.head().height >= done.block.height, 20, "the new peer follows")
    newcomer.does(c.Join(fresh_digest()))
    party = newcomer.reads("party", 77)
    assert isinstance(party, Party)
    assert party.state == PartyState.ACTIVE


def test_a_draft_that_does_more_than_it_says_is_not_signed(players: Network) -> None:
    honest = drafted(players, MemberChange(ChangeKind.REMOVE, Member("customer", "CustomerMSP")))
    dishonest = replace(honest, change=MemberChange(ChangeKind.REMOVE, Member("maintainer", "MaintainerMSP")))
    with pytest.raises(MembershipError, match="does not fit"):
        membership(players, "customer").sign(dishonest, soon())


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (MemberChange(ChangeKind.REMOVE, Member("nobody", "NobodyMSP")), "NobodyMSP is no organisation"),
        (MemberChange(ChangeKind.ADMIT, Member("x", "XMSP"), b"no json"), "no definition of an organisation"),
        (MemberChange(ChangeKind.ADMIT, Member("x", "XMSP"), b'{"msp_id": "Y"}'), "no definition of an organisation"),
    ],
)
def test_a_change_that_cannot_be_is_refused(players: Network, change: MemberChange, told: str) -> None:
    with pytest.raises(MembershipError, match=told):
        membership(players, "oem").draft(change, soon())


def test_an_organisation_that_is_there_is_not_admitted_again(network: FabricDevnet, players: Network) -> None:
    with pytest.raises(MembershipError, match="already"):
        membership(players, "oem").draft(admission(network, "customer"), soon())
