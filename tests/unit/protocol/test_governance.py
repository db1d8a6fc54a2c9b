"""Proposals, votes and the bounds of the board."""

from dataclasses import replace

import pytest

from maas_core.protocol import commands as c
from maas_core.protocol import events as e
from maas_core.protocol.rejections import Code
from maas_core.protocol.states import ActionKind, DeploymentState, MachineState, PartyState, ProposalState, Role, Rule
from maas_core.protocol.types import MAX_BOARD, MAX_PARTIES
from maas_core.protocol.vectors.cast import DAY, digest, identity, name
from tests.support.world import NUMBER, PRESS, RULES, World, consortium, found, register, rented

K = ActionKind
MACHINE_DATA = PRESS + bytes(16)


def board_of(size: int) -> World:
    """A deployment with `size` board parties, labels board, b2, b3, ..."""
    world = World()
    world.does("board", found())
    for number in range(2, size + 1):
        world.invites(f"b{number}", number, Role.BOARD)
    return world


def quorum(world: World, votes: int) -> None:
    """The quorum is set while it is still 1."""
    world.governs(K.SET_RULE, rule=Rule.QUORUM, value=votes)


def test_a_deployment_is_founded_once_with_quorum_1() -> None:
    world = World()
    assert world.refuses("board", found(rules=replace(RULES, quorum=2))) == Code.INVALID_ARGUMENT
    world.does("board", found())

    assert world.refuses("board", found()) == Code.ALREADY_EXISTS
    assert world.refuses("other", found(deployment=digest("other"))) == Code.ALREADY_EXISTS


def test_nobody_is_known_before_the_deployment_is_founded() -> None:
    assert World().refuses("board", c.Join(digest("board"))) == Code.NOT_AUTHORISED


def test_with_quorum_1_a_proposal_executes_at_once() -> None:
    world = board_of(1)
    events = world.governs(K.INVITE, party=7, identity=identity("oem"), roles=Role.OEM)

    assert [type(event) for event in events] == [e.ProposalMade, e.ProposalExecuted, e.PartyInvited]
    assert world.state["party", 7].state == PartyState.INVITED
    assert world.state["deployment",].parties == 2


def test_the_quorum_th_distinct_vote_executes() -> None:
    world = board_of(4)
    quorum(world, 3)
    proposal = world.proposal(K.INVITE, party=7, identity=identity("oem"), roles=Role.OEM)
    made = world.does("b3", proposal)
    assert made == (e.ProposalMade(proposal.proposal, 3, proposal.action, world.time + RULES.proposal_lifetime),)
    assert world.refuses("b3", c.Approve(proposal.proposal)) == Code.ALREADY_EXISTS

    assert world.does("board", c.Approve(proposal.proposal)) == (e.ProposalApproved(proposal.proposal, 1, (1, 3)),)
    last = world.does("b2", c.Approve(proposal.proposal))

    assert last[0] == e.ProposalApproved(proposal.proposal, 2, (1, 2, 3))
    assert [type(event) for event in last[1:]] == [e.ProposalExecuted, e.PartyInvited]
    assert world.state["proposal", proposal.proposal].state == ProposalState.EXECUTED
    assert world.refuses("b4", c.Approve(proposal.proposal)) == Code.WRONG_STATE


def test_the_vote_of_who_lost_the_board_does_not_count_until_it_is_back() -> None:
    world = board_of(4)
    suspend = world.proposal(K.SUSPEND, party=2)
    quorum(world, 3)
    proposal = world.proposal(K.SET_RULE, rule=Rule.CLOCK_BOUND, value=5)
    world.does("b2", proposal)
    for label in ("board", "b3"):
        world.does(label, suspend if label == "board" else c.Approve(suspend.proposal))
    world.does("b4", c.Approve(suspend.proposal))

    approved = world.does("b3", c.Approve(proposal.proposal))

    assert approved == (e.ProposalApproved(proposal.proposal, 3, (3,)),)
    assert world.state["deployment",].rules.clock_bound == RULES.clock_bound


def test_a_proposal_expires_on_its_second() -> None:
    world = board_of(2)
    quorum(world, 2)
    proposal = world.proposal(K.SET_RULE, rule=Rule.CLOCK_BOUND, value=5)
    world.does("board", proposal)
    world.wait(RULES.proposal_lifetime)
    assert world.refuses("b2", c.Approve(proposal.proposal)) == Code.WRONG_STATE
    world.wait(-1)

    assert len(world.does("b2", c.Approve(proposal.proposal))) == 3


def test_an_action_that_became_impossible_refuses_the_last_vote_only() -> None:
    world = board_of(3)
    quorum(world, 2)
    proposal = world.proposal(K.INVITE, party=7, identity=identity("oem"), roles=Role.OEM)
    world.does("board", proposal)
    world.state = world.state.set(("party", 7), world.state["party", 1])

    assert world.refuses("b2", c.Approve(proposal.proposal)) == Code.ALREADY_EXISTS


def test_what_cannot_be_done_now_cannot_be_proposed() -> None:
    world = board_of(2)
    quorum(world, 2)

    assert world.refuses("board", world.proposal(K.SUSPEND, party=9)) == Code.UNKNOWN_RECORD
    assert world.refuses("board", world.proposal(K.REINSTATE, party=2)) == Code.WRONG_STATE


def test_the_quorum_cannot_exceed_the_board() -> None:
    world = board_of(3)
    too_many = world.proposal(K.SET_RULE, rule=Rule.QUORUM, value=4)
    assert world.refuses("board", too_many) == Code.INVALID_ARGUMENT
    other_rule = world.proposal(K.SET_RULE, rule=Rule.ANCHOR_ITEMS, value=4)
    world.does("board", other_rule)
    quorum(world, 3)

    assert world.state["deployment",].rules.quorum == 3


@pytest.mark.parametrize("kind", [K.SUSPEND, K.REMOVE])
def test_the_board_cannot_shrink_below_the_quorum(kind: ActionKind) -> None:
    world = board_of(2)
    world.invites("b3", 3, Role.BOARD)
    quorum(world, 1)
    world.governs(kind, party=3)
    quorum(world, 2)

    assert world.refuses("board", world.proposal(kind, party=2)) == Code.INVALID_ARGUMENT
    demoted = world.proposal(K.SET_ROLES, party=2, roles=Role.AUDITOR)
    assert world.refuses("board", demoted) == Code.INVALID_ARGUMENT


def test_the_last_of_the_board_stays() -> None:
    world = board_of(1)

    assert world.refuses("board", world.proposal(K.REMOVE, party=1)) == Code.INVALID_ARGUMENT
    assert world.refuses("board", world.proposal(K.SUSPEND, party=1)) == Code.INVALID_ARGUMENT


def test_the_board_counts_only_active_parties_with_the_role() -> None:
    world = board_of(2)
    world.governs(K.INVITE, party=3, identity=identity("b3"), roles=Role.BOARD)
    assert world.state["deployment",].board == 2
    world.does("b3", c.Join(digest("b3")))
    assert world.state["deployment",].board == 3
    world.governs(K.SUSPEND, party=3)
    assert world.state["deployment",].board == 2
    world.governs(K.REINSTATE, party=3)
    assert world.state["deployment",].board == 3
    world.governs(K.SET_ROLES, party=3, roles=Role.OEM | Role.BOARD)
    assert world.state["deployment",].board == 3
    world.governs(K.SET_ROLES, party=3, roles=Role.OEM)
    assert world.state["deployment",].board == 2
    world.governs(K.REMOVE, party=3)
    assert world.state["deployment",].board == 2


def test_the_board_cannot_grow_beyond_its_most() -> None:
    world = board_of(MAX_BOARD)
    world.governs(K.INVITE, party=20, identity=identity("late"), roles=Role.BOARD)
    assert world.refuses("late", c.Join(digest("late"))) == Code.LIMIT_EXCEEDED
    world.governs(K.SET_ROLES, party=20, roles=Role.OEM)
    world.does("late", c.Join(digest("late")))
    promoted = world.proposal(K.SET_ROLES, party=20, roles=Role.BOARD)

    assert world.refuses("board", promoted) == Code.LIMIT_EXCEEDED
    quorum(world, MAX_BOARD)


def test_a_suspended_board_party_is_not_reinstated_into_a_full_board() -> None:
    world = board_of(MAX_BOARD)
    world.governs(K.SUSPEND, party=16)
    world.invites("b17", 17, Role.BOARD)

    assert world.refuses("board", world.proposal(K.REINSTATE, party=16)) == Code.LIMIT_EXCEEDED


def test_parties_run_out_at_their_most() -> None:
    world = board_of(1)
    invitation = world.proposal(K.INVITE, party=7, identity=identity("oem"), roles=Role.OEM)
    world.put(("deployment",), parties=MAX_PARTIES)
    assert world.refuses("board", invitation) == Code.LIMIT_EXCEEDED
    world.put(("deployment",), parties=MAX_PARTIES - 1)
    world.does("board", invitation)

    assert world.state["deployment",].parties == MAX_PARTIES


def test_numbers_and_identities_are_taken_once() -> None:
    world = consortium()
    taken_number = world.proposal(K.INVITE, party=2, identity=identity("new"), roles=Role.OEM)
    taken_identity = world.proposal(K.INVITE, party=20, identity=identity("oem"), roles=Role.OEM)

    assert world.refuses("board", taken_number) == Code.ALREADY_EXISTS
    assert world.refuses("board", taken_identity) == Code.ALREADY_EXISTS
    rebound = world.proposal(K.REBIND, party=3, identity=identity("oem"))
    assert world.refuses("board", rebound) == Code.ALREADY_EXISTS


def test_a_rebound_party_acts_by_its_new_identity_and_the_old_one_is_free() -> None:
    world = consortium()
    world.governs(K.REBIND, party=2, identity=identity("new key"))

    assert world.refuses("oem", c.UpdateProfile(3, digest("p"))) == Code.NOT_AUTHORISED
    world.does("new key", c.UpdateProfile(3, digest("p")))
    world.governs(K.INVITE, party=20, identity=identity("oem"), roles=Role.OEM)
    assert world.state["party", 2].identity == identity("new key")
    assert world.state["identity", identity("oem")] == 20


@pytest.mark.parametrize("kind", [K.SET_ROLES, K.REMOVE, K.SUSPEND, K.REINSTATE])
def test_a_removed_party_stays_removed(kind: ActionKind) -> None:
    world = consortium()
    world.governs(K.REMOVE, party=2)
    roles = Role.OEM if kind == K.SET_ROLES else 0

    assert world.refuses("board", world.proposal(kind, party=2, roles=roles)) == Code.WRONG_STATE
    assert world.refuses("oem", c.UpdateProfile(3, digest("p"))) == Code.NOT_ACTIVE


def test_a_suspended_party_keeps_to_its_obligations_only() -> None:
    world = rented()
    world.governs(K.SUSPEND, party=NUMBER["customer"])

    assert world.refuses("customer", register(name("other"))) == Code.NOT_ACTIVE
    world.does("customer", c.StartMachine(PRESS, 2, world.time))
    world.governs(K.REINSTATE, party=NUMBER["customer"])
    assert world.state["party", 3].version == 4


def test_an_invited_party_can_only_join() -> None:
    world = consortium()
    world.governs(K.INVITE, party=20, identity=identity("new"), roles=Role.AUDITOR)

    assert world.refuses("new", c.UpdateProfile(1, digest("p"))) == Code.NOT_ACTIVE
    world.does("new", c.Join(digest("p")))
    assert world.refuses("new", c.Join(digest("p"))) == Code.WRONG_STATE


def test_a_retired_deployment_answers_by_who_asks() -> None:
    world = consortium()
    world.governs(K.RETIRE, data=digest("successor"))

    assert world.state["deployment",].state == DeploymentState.RETIRED
    assert world.state["deployment",].successor == digest("successor")
    assert world.refuses("oem", register()) == Code.WRONG_STATE
    assert world.refuses("stranger", register()) == Code.NOT_AUTHORISED


def test_only_a_removed_partys_machine_is_closed_out() -> None:
    world = rented()
    close_out = world.proposal(K.CLOSE_OUT, party=NUMBER["oem"], data=MACHINE_DATA)
    assert world.refuses("board", close_out) == Code.WRONG_STATE
    world.governs(K.REMOVE, party=NUMBER["rival"])
    not_a_side = world.proposal(K.CLOSE_OUT, party=NUMBER["rival"], data=MACHINE_DATA)
    assert world.refuses("board", not_a_side) == Code.INVALID_ARGUMENT
    world.governs(K.REMOVE, party=NUMBER["oem"])
    unknown = world.proposal(K.CLOSE_OUT, party=NUMBER["oem"], data=name("none") + bytes(16))
    assert world.refuses("board", unknown) == Code.UNKNOWN_RECORD
    nobody = world.proposal(K.CLOSE_OUT, party=99, data=MACHINE_DATA)
    assert world.refuses("board", nobody) == Code.UNKNOWN_RECORD

    assert world.does("board", close_out)[2] == e.MachineTerminated(PRESS, 3)
    assert world.machine().state == MachineState.TERMINATED
    assert world.state["anchor_head", PRESS].closed == 1
    again = world.proposal(K.CLOSE_OUT, party=NUMBER["oem"], data=MACHINE_DATA)
    assert world.refuses("board", again) == Code.WRONG_STATE


def test_a_machine_that_was_never_accepted_has_no_chain_to_close() -> None:
    world = consortium()
    world.does("oem", register())
    world.governs(K.REMOVE, party=NUMBER["customer"])
    world.governs(K.CLOSE_OUT, party=NUMBER["customer"], data=MACHINE_DATA)

    assert world.machine().state == MachineState.TERMINATED
    assert ("anchor_head", PRESS) not in world.state


def test_a_declined_machine_is_not_closed_out() -> None:
    world = consortium()
    world.does("oem", register())
    world.does("oem", c.DeclineMachine(PRESS, 1))
    world.governs(K.REMOVE, party=NUMBER["customer"])
    close_out = world.proposal(K.CLOSE_OUT, party=NUMBER["customer"], data=MACHINE_DATA)

    assert world.refuses("board", close_out) == Code.WRONG_STATE


def test_a_changed_lifetime_does_not_move_an_open_proposal() -> None:
    world = board_of(2)
    proposal = world.proposal(K.SET_RULE, rule=Rule.CLOCK_BOUND, value=5)
    quorum(world, 2)
    world.does("board", proposal)
    world.put(("deployment",), rules=replace(RULES, quorum=2, proposal_lifetime=60))
    world.wait(DAY - 1)

    assert len(world.does("b2", c.Approve(proposal.proposal))) == 3
