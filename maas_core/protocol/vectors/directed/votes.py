"""Votes: the quorum, and what has become impossible by the time of the last vote."""

from typing import Any

from maas_core.protocol import commands as c
from maas_core.protocol.rejections import Code
from maas_core.protocol.states import ActionKind, Role, Rule
from maas_core.protocol.types import MAX_BOARD
from maas_core.protocol.vectors.cast import DAY, digest, identity, name
from maas_core.protocol.vectors.directed.setting import MACHINE, found, invite, join, register
from maas_core.protocol.vectors.probes import BOARD, probe, propose
from maas_core.protocol.vectors.story import Story


def stories() -> list[Story]:
    """The roots of these vectors."""
    return [_votes(), _changed_minds(), _full_board()]


def _board_of(size: int, root: Story | None = None) -> Story:
    story = root or Story(f"a board of {size}").did(BOARD, found())
    for number in range(2, size + 1):
        story.did(BOARD, invite(f"board {number}", number, Role.BOARD)).did(f"board {number}", join(f"board {number}"))
    return story


def _votes() -> Story:
    root = _board_of(4)
    root.did(BOARD, invite("oem", 20, Role.OEM)).did("oem", join("oem"))
    root.did(BOARD, propose("quorum 3", ActionKind.SET_RULE, rule=Rule.QUORUM, value=3))
    root.did("board 3", propose("open", ActionKind.SUSPEND, party=20))
    probe(root, "board 2", c.Approve(name("proposal open")))
    story = root.then("three of four votes")
    story.refused(Code.UNKNOWN_RECORD, "board 2", c.Approve(name("nothing")), "of a proposal that does not exist")
    vote = c.Approve(name("proposal open"))
    story.refused(Code.NOT_AUTHORISED, "oem", vote, "from a party that is not on the board")
    story.refused(Code.ALREADY_EXISTS, "board 3", vote, "from the proposer")
    story.did("board 4", vote)
    story.refused(Code.ALREADY_EXISTS, "board 4", vote, "a second time")
    story.did("board 2", vote)
    story.refused(Code.WRONG_STATE, BOARD, vote, "once it is executed")
    _expiry(root)
    _quorum_kept(root)
    return root


def _expiry(root: Story) -> None:
    vote = c.Approve(name("proposal open"))
    expires = root.state["proposal", vote.proposal].expires
    before, late = root.then("a vote in the last second"), root.then("a vote too late")
    before.wait(expires - 1 - before.clock).did("board 2", vote)
    before.refused(Code.WRONG_STATE, BOARD, vote, "after the expiry")
    late.wait(expires - late.clock).refused(Code.WRONG_STATE, "board 2", vote, "at the expiry")


def _quorum_kept(root: Story) -> None:
    story = root.then("a quorum that stays reachable")
    five = propose("quorum 5", ActionKind.SET_RULE, rule=Rule.QUORUM, value=5)
    story.refused(Code.INVALID_ARGUMENT, BOARD, five, "of a quorum above the board")
    story.did(BOARD, propose("out 4", ActionKind.REMOVE, party=4))
    story.did("board 2", propose("out 3", ActionKind.SET_ROLES, party=3, roles=Role.OEM))
    for voter in ("board 2", "board 3"):
        story.did(voter, c.Approve(name("proposal out 4")))
    vote = c.Approve(name("proposal out 3"))
    story.did(BOARD, vote)
    story.refused(Code.INVALID_ARGUMENT, "board 3", vote, "that would put the board below the quorum")
    for kind, why in ((ActionKind.SUSPEND, "suspend"), (ActionKind.REMOVE, "remove")):
        story.refused(Code.INVALID_ARGUMENT, BOARD, propose("odd", kind, party=2), f"to {why} one of the last three")


def _changed_minds() -> Story:
    """Actions that could be done when proposed and cannot be when the last vote arrives; voters who left."""
    root = _board_of(5)
    labels = {"oem": 20, "rebound": 21, "auditor": 22, "waiting": 23}
    for label, number in labels.items():
        root.did(BOARD, invite(label, number, Role.OEM))
        if label != "waiting":
            root.did(label, join(label))
    root.did(BOARD, propose("suspend auditor", ActionKind.SUSPEND, party=22))
    root.did(BOARD, invite("customer", 24, Role.CUSTOMER)).did("customer", join("customer"))
    root.did(BOARD, propose("quorum 2", ActionKind.SET_RULE, rule=Rule.QUORUM, value=2))
    _twice(root, Code.ALREADY_EXISTS, "invite", party=30, identity=identity("x"), roles=1)
    _twice(root, Code.WRONG_STATE, "suspend", party=20)
    _twice(root, Code.WRONG_STATE, "reinstate", party=22)
    _twice(root, Code.WRONG_STATE, "remove", party=20)
    _twice(root, Code.ALREADY_EXISTS, "rebind", party=21, identity=identity("x"))
    _others(root)
    return root


def _pass(story: Story, label: str, kind: ActionKind, **fields: Any) -> Story:
    """Propose and approve at once."""
    story.did(BOARD, propose(label, kind, **fields))
    return story.did("board 2", c.Approve(name(f"proposal {label}")))


def _twice(root: Story, code: Code, verb: str, **fields: Any) -> None:
    kind = ActionKind[verb.upper()]
    story = root.then(f"two proposals to {verb} the same")
    story.did("board 3", propose("late", kind, **fields))
    _pass(story, "early", kind, **fields)
    story.refused(code, BOARD, c.Approve(name("proposal late")), f"when it is too late to {verb}")


def _others(root: Story) -> None:
    late = c.Approve(name("proposal late"))
    same = root.then("two invitations of one identity")
    same.did("board 3", propose("late", ActionKind.INVITE, party=31, identity=identity("x"), roles=1))
    _pass(same, "early", ActionKind.INVITE, party=30, identity=identity("x"), roles=1)
    same.refused(Code.ALREADY_EXISTS, BOARD, late, "when the identity is taken by now")
    _no_longer_active(root)
    _closed_twice(root)
    roles = root.then("roles for a party that is removed")
    roles.did("board 3", propose("late", ActionKind.SET_ROLES, party=20, roles=2))
    _pass(roles, "early", ActionKind.REMOVE, party=20)
    roles.refused(Code.WRONG_STATE, BOARD, late, "when the party is gone by now")
    quorum = root.then("a quorum that has become too high")
    quorum.did("board 3", propose("late", ActionKind.SET_RULE, rule=Rule.QUORUM, value=5))
    _pass(quorum, "early", ActionKind.REMOVE, party=5)
    quorum.refused(Code.INVALID_ARGUMENT, BOARD, late, "of a quorum above the board of now")
    shrunk = root.then("a board that has become too small")
    for index, (kind, more) in enumerate(
        ((ActionKind.SUSPEND, {}), (ActionKind.REMOVE, {}), (ActionKind.SET_ROLES, {"roles": 2}))
    ):
        shrunk.did("board 3", propose(f"late {index}", kind, party=5, **more))
    _pass(shrunk, "early", ActionKind.SET_RULE, rule=Rule.QUORUM, value=5)
    for voter in ("board 2", "board 4", "board 5"):
        for index in range(3):
            shrunk.did(voter, c.Approve(name(f"proposal late {index}")))
    for index in range(3):
        vote = c.Approve(name(f"proposal late {index}"))
        shrunk.refused(Code.INVALID_ARGUMENT, BOARD, vote, "that leaves a board below the quorum")
    _lost_votes(root)


def _no_longer_active(root: Story) -> None:
    vote = c.Approve(name("proposal late"))
    story = root.then("votes of who may not vote").did("board 3", propose("late", ActionKind.SUSPEND, party=20))
    _pass(story, "suspend", ActionKind.SUSPEND, party=4)
    story.refused(Code.NOT_ACTIVE, "board 4", vote, "from a suspended party")
    story.refused(Code.NOT_ACTIVE, "waiting", vote, "from a party that has not joined")
    _pass(story, "retire", ActionKind.RETIRE, data=digest("successor"))
    story.refused(Code.WRONG_STATE, "board 4", vote, "in a retired deployment, whoever sends")
    story.refused(Code.NOT_AUTHORISED, "stranger", vote, "from a stranger, even in a retired deployment")


def _closed_twice(root: Story) -> None:
    story = root.then("two proposals to close out the same").did("oem", register(oem=20, customer=24))
    _pass(story, "remove", ActionKind.REMOVE, party=20)
    fields = {"party": 20, "data": MACHINE + bytes(16)}
    story.did("board 3", propose("late", ActionKind.CLOSE_OUT, **fields))
    _pass(story, "early", ActionKind.CLOSE_OUT, **fields)
    story.refused(Code.WRONG_STATE, BOARD, c.Approve(name("proposal late")), "when the machine is closed out by now")


def _lost_votes(root: Story) -> None:
    story = root.then("votes of who left the board")
    _pass(story, "three", ActionKind.SET_RULE, rule=Rule.QUORUM, value=3)
    story.did("board 5", propose("late", ActionKind.SUSPEND, party=20)).did("board 4", c.Approve(name("proposal late")))
    story.did(BOARD, propose("out", ActionKind.SET_ROLES, party=5, roles=2))
    for voter in ("board 2", "board 3"):
        story.did(voter, c.Approve(name("proposal out")))
    story.refused(Code.NOT_AUTHORISED, "board 5", c.Approve(name("proposal late")), "from a party that left the board")
    story.did("board 3", c.Approve(name("proposal late")), "and drops the vote of who left")
    story.did("board 2", c.Approve(name("proposal late")), "and is the third that counts")


def _full_board() -> Story:
    story = _board_of(MAX_BOARD)
    more = MAX_BOARD + 1
    for number, label in ((more, "one more"), (more + 1, "auditor"), (more + 2, "suspended")):
        roles = Role.AUDITOR if label == "auditor" else Role.BOARD
        story.did(BOARD, invite(label, number, roles))
    story.did("auditor", join("auditor"))
    story.refused(Code.LIMIT_EXCEEDED, "one more", join("one more"), "beyond the largest board")
    board = propose("odd", ActionKind.SET_ROLES, party=more + 1, roles=Role.BOARD)
    story.refused(Code.LIMIT_EXCEEDED, BOARD, board, "beyond the largest board")
    story.did(BOARD, propose("suspend 16", ActionKind.SUSPEND, party=MAX_BOARD))
    story.did("one more", join("one more"), "in the place of another")
    back = propose("back", ActionKind.REINSTATE, party=MAX_BOARD)
    story.refused(Code.LIMIT_EXCEEDED, BOARD, back, "of a member of the board when it is full")
    story.did(BOARD, propose("suspend 15", ActionKind.SUSPEND, party=MAX_BOARD - 1))
    story.did(BOARD, propose("two", ActionKind.SET_RULE, rule=Rule.QUORUM, value=2))
    _full_at_vote(story, more)
    story.then("a high quorum").did(
        BOARD, propose("fifteen", ActionKind.SET_RULE, rule=Rule.QUORUM, value=15), "up to the board"
    )
    return story


def _full_at_vote(story: Story, more: int) -> None:
    late = story.then("a board that is full by the last vote")
    late.did("board 3", propose("back 16", ActionKind.REINSTATE, party=MAX_BOARD))
    late.did("board 3", propose("back 15", ActionKind.REINSTATE, party=MAX_BOARD - 1))
    late.did("board 3", propose("auditor", ActionKind.SET_ROLES, party=more + 1, roles=Role.BOARD))
    late.did("board 4", c.Approve(name("proposal back 16")))
    full = "when the board is full by now"
    late.refused(Code.LIMIT_EXCEEDED, "board 4", c.Approve(name("proposal back 15")), full)
    late.refused(Code.LIMIT_EXCEEDED, "board 4", c.Approve(name("proposal auditor")), full)
    late.wait(DAY).refused(Code.LIMIT_EXCEEDED, "board 5", c.Approve(name("proposal auditor")), full)
