"""Proposals: every action, and what it needs."""

from typing import Any

from maas_core.protocol import commands as c
from maas_core.protocol.model.governance import USED_FIELDS
from maas_core.protocol.rejections import Code
from maas_core.protocol.rules import domain
from maas_core.protocol.states import ActionKind, Role, Rule
from maas_core.protocol.vectors.cast import digest, identity, name
from maas_core.protocol.vectors.directed.setting import (
    MACHINE,
    NUMBER,
    accept,
    consortium,
    invite,
    join,
    register,
)
from maas_core.protocol.vectors.probes import BOARD, probe, propose
from maas_core.protocol.vectors.story import Story

FILLED: dict[str, Any] = {
    "party": NUMBER["trader"],
    "identity": identity("somebody new"),
    "roles": Role.MAINTAINER,
    "rule": Rule.FINALITY_DEPTH,
    "data": MACHINE + bytes(16),
}
WRONG = "with fields that are not its own"


def stories() -> list[Story]:
    """The roots of this room's vectors."""
    root = consortium()
    for kind in ActionKind:
        _consistency(root, kind)
    _rules(root)
    _parties(root)
    _machines(root)
    _proposals(root)
    return [root]


def _filled(kind: ActionKind) -> dict[str, Any]:
    return {field: FILLED[field] for field in sorted(USED_FIELDS[kind])}


def _consistency(root: Story, kind: ActionKind) -> None:
    story = root.then(f"{kind.name} with other fields")
    usual = _filled(kind)
    for field in sorted(FILLED):
        if field in usual:
            fields = {one: value for one, value in usual.items() if one != field}
            why = f"{kind.name} without {field}"
        else:
            fields = usual | {field: FILLED[field]}
            why = f"{kind.name} with {field}"
        story.refused(Code.INVALID_ARGUMENT, BOARD, propose("odd", kind, **fields), why)
    if kind != ActionKind.SET_RULE:
        odd = propose("odd", kind, **usual, value=1)
        story.refused(Code.INVALID_ARGUMENT, BOARD, odd, f"{kind.name} with value")
    if kind == ActionKind.CLOSE_OUT:
        odd = propose("odd", kind, **usual | {"data": MACHINE + bytes(15) + b"\1"})
        story.refused(Code.INVALID_ARGUMENT, BOARD, odd, "CLOSE_OUT with more than the machine's id")


def _rules(root: Story) -> None:
    story = root.then("rules at their bounds")
    for rule in Rule:
        accepted = domain(rule)
        for value in (accepted.low - 1, accepted.high + 1, 2**64 - 1):
            if value >= 0:
                odd = propose(f"{rule.name} {value}", ActionKind.SET_RULE, rule=rule, value=value)
                story.refused(Code.INVALID_ARGUMENT, BOARD, odd, f"of {rule.name} {value}")
    two = propose("quorum 2", ActionKind.SET_RULE, rule=Rule.QUORUM, value=2)
    story.refused(Code.INVALID_ARGUMENT, BOARD, two, "of a quorum above the board")
    for rule in (rule for rule in Rule if rule != Rule.QUORUM):
        for value in (domain(rule).low, domain(rule).high):
            story.did(BOARD, propose(f"{rule.name} {value}", ActionKind.SET_RULE, rule=rule, value=value))
    story.did(BOARD, propose("quorum 1", ActionKind.SET_RULE, rule=Rule.QUORUM, value=1))


def _parties(root: Story) -> None:
    probe(root, BOARD, invite("newcomer", 11, Role.CUSTOMER))
    story = root.then("proposals about parties")
    for label in ("oem", BOARD):
        taken = propose("taken", ActionKind.INVITE, party=99, identity=identity(label), roles=1)
        story.refused(Code.ALREADY_EXISTS, BOARD, taken, f"to invite the identity of {label}")
    story.refused(Code.ALREADY_EXISTS, BOARD, invite("newcomer", 2, 1), "to invite under a taken number")
    for kind in (ActionKind.SET_ROLES, ActionKind.SUSPEND, ActionKind.REINSTATE, ActionKind.REMOVE, ActionKind.REBIND):
        nobody = propose("nobody", kind, **_filled(kind) | {"party": 99})
        story.refused(Code.UNKNOWN_RECORD, BOARD, nobody, f"{kind.name} of a party that does not exist")
    _refuse_states(story)
    _refuse_board(story)
    _do_all(story)


def _refuse_states(story: Story) -> None:
    wrong = {
        ActionKind.SET_ROLES: ["removed"],
        ActionKind.SUSPEND: ["invited", "suspended", "removed"],
        ActionKind.REINSTATE: ["invited", "oem", "removed"],
        ActionKind.REMOVE: ["removed"],
    }
    for kind, labels in wrong.items():
        for label in labels:
            odd = propose("odd", kind, **_filled(kind) | {"party": NUMBER[label]})
            story.refused(Code.WRONG_STATE, BOARD, odd, f"{kind.name} of {label}")


def _refuse_board(story: Story) -> None:
    without = "that leaves nobody on the board"
    lone = {"party": 1}
    story.refused(Code.INVALID_ARGUMENT, BOARD, propose("odd", ActionKind.SUSPEND, **lone), without)
    story.refused(Code.INVALID_ARGUMENT, BOARD, propose("odd", ActionKind.REMOVE, **lone), without)
    story.refused(Code.INVALID_ARGUMENT, BOARD, propose("odd", ActionKind.SET_ROLES, **lone, roles=30), without)
    taken = propose("odd", ActionKind.REBIND, party=2, identity=identity("customer"))
    story.refused(Code.ALREADY_EXISTS, BOARD, taken, "to rebind to a taken identity")
    own = propose("odd", ActionKind.REBIND, party=2, identity=identity("oem"))
    story.refused(Code.ALREADY_EXISTS, BOARD, own, "to rebind to the identity that a party has")


def _do_all(story: Story) -> None:
    story.did(BOARD, propose("reinstate", ActionKind.REINSTATE, party=NUMBER["suspended"]))
    story.did(BOARD, propose("roles of invited", ActionKind.SET_ROLES, party=NUMBER["invited"], roles=3))
    story.did(BOARD, propose("more board", ActionKind.SET_ROLES, party=NUMBER["trader"], roles=31))
    story.did(BOARD, propose("rebind", ActionKind.REBIND, party=2, identity=identity("oem, new key")))
    profile = c.UpdateProfile(3, digest("profile"))
    story.refused(Code.NOT_AUTHORISED, "oem", profile, "from an identity that was replaced")
    story.did("oem, new key", profile)
    story.did(BOARD, propose("rebind back", ActionKind.REBIND, party=2, identity=identity("oem")))
    story.did(BOARD, invite("oem, new key", 12, Role.OEM), "of an identity that is free again")
    story.did(BOARD, propose("rebind removed", ActionKind.REBIND, party=10, identity=identity("elsewhere")))
    story.did(BOARD, propose("remove invited", ActionKind.REMOVE, party=NUMBER["invited"]))
    story.refused(Code.WRONG_STATE, "invited", join("invited"), "once the invitation is taken back")
    story.did(BOARD, propose("suspend trader", ActionKind.SUSPEND, party=NUMBER["trader"]))
    story.did(BOARD, propose("remove trader", ActionKind.REMOVE, party=NUMBER["trader"]), "of a suspended party")
    story.did(BOARD, propose("suspend auditor", ActionKind.SUSPEND, party=NUMBER["auditor"]))
    story.did(BOARD, propose("suspended roles", ActionKind.SET_ROLES, party=NUMBER["auditor"], roles=17))
    story.did(BOARD, propose("reinstate to board", ActionKind.REINSTATE, party=NUMBER["auditor"]))
    story.did("auditor", propose("board resigns", ActionKind.SET_ROLES, party=1, roles=Role.AUDITOR))


def _close_out(party: str, machine: str = "machine", label: str = "close out") -> c.Propose:
    return propose(label, ActionKind.CLOSE_OUT, party=NUMBER[party], data=name(machine) + bytes(16))


def _machines(root: Story) -> None:
    story = root.then("machines of removed parties")
    for label in ("machine", "running", "declined", "registered", "other"):
        sides = {"oem": NUMBER["trader"]} if label == "other" else {}
        story.did("trader" if sides else "oem", register(label, **sides))
    story.did("customer", accept()).did("customer", accept("running"))
    story.did("oem", c.DeclineMachine(name("declined"), 1))
    story.did("customer", c.StartMachine(name("running"), 2, 5))
    story.refused(Code.WRONG_STATE, BOARD, _close_out("oem"), "of a machine of an active party")
    story.did(BOARD, propose("remove oem", ActionKind.REMOVE, party=NUMBER["oem"]))
    story.refused(Code.UNKNOWN_RECORD, BOARD, _close_out("oem", "nothing"), "of a machine that does not exist")
    nobody = propose("nobody", ActionKind.CLOSE_OUT, party=99, data=MACHINE + bytes(16))
    story.refused(Code.UNKNOWN_RECORD, BOARD, nobody, "for a party that does not exist")
    story.refused(Code.WRONG_STATE, BOARD, _close_out("customer"), "for the side that is still there")
    story.refused(Code.INVALID_ARGUMENT, BOARD, _close_out("removed"), "for a removed party that is no side")
    story.refused(Code.INVALID_ARGUMENT, BOARD, _close_out("oem", "other"), "for the OEM of another machine")
    story.refused(Code.WRONG_STATE, BOARD, _close_out("oem", "declined"), "of a declined machine")
    probe(story, BOARD, _close_out("oem"))
    _close_outs(story.then("close-outs"))


def _close_outs(story: Story) -> None:
    story.did(BOARD, _close_out("oem"))
    story.refused(Code.WRONG_STATE, BOARD, _close_out("oem", label="again"), "a second time")
    story.did(BOARD, _close_out("oem", "running", "running"), "of a running machine")
    story.did(BOARD, _close_out("oem", "registered", "registered"), "of a machine that nobody accepted")
    story.refused(Code.WRONG_STATE, "customer", accept("registered", 2), "after the end")


def _proposals(root: Story) -> None:
    story = root.then("who may propose")
    proposal = invite("newcomer", 11, Role.OEM)
    story.refused(Code.NOT_AUTHORISED, "oem", proposal, "from a party that is not on the board")
    story.did(BOARD, proposal)
    story.refused(Code.ALREADY_EXISTS, BOARD, proposal, "under a taken name")
    story.refused(Code.ALREADY_EXISTS, "oem", proposal, "under a taken name, whoever sends")
    story.refused(Code.WRONG_STATE, BOARD, c.Approve(proposal.proposal), "of a proposal that is executed")
    probe(root, BOARD, propose("retire", ActionKind.RETIRE, data=digest("successor")))
    probe(root, BOARD, propose("rule", ActionKind.SET_RULE, rule=Rule.CLOCK_BOUND, value=60))
