"""Founding, joining, profiles, accreditation, attestation."""

from dataclasses import replace

from maas_core.protocol import commands as c
from maas_core.protocol.rejections import Code
from maas_core.protocol.states import ActionKind, Role
from maas_core.protocol.types import MAX_ACCREDITED
from maas_core.protocol.vectors.cast import digest, name
from maas_core.protocol.vectors.directed.setting import (
    ALL_ROLES,
    CLASS,
    MACHINE,
    NUMBER,
    RULES,
    accredit,
    agreed,
    consortium,
    found,
    invite,
    join,
)
from maas_core.protocol.vectors.probes import BOARD, probe, propose
from maas_core.protocol.vectors.story import Story


def stories() -> list[Story]:
    """The roots of this room's vectors."""
    root = consortium()
    _joining(root)
    _profiles(root)
    _accreditation(root)
    _attestation(root)
    return [_founding(), root, _full_accreditation()]


def _founding() -> Story:
    nothing = Story("nothing yet")
    unfounded = nothing.then("before the founding")
    unfounded.refused(Code.NOT_AUTHORISED, BOARD, join(BOARD), "before the founding")
    two = found(rules=replace(RULES, quorum=2))
    unfounded.refused(Code.INVALID_ARGUMENT, BOARD, two, "with a quorum that the founder cannot reach")
    probe(nothing, BOARD, found())
    founded = nothing.then("a founded deployment").did(BOARD, found(predecessor=digest("predecessor")))
    founded.refused(Code.ALREADY_EXISTS, BOARD, found(), "a second time")
    founded.refused(Code.ALREADY_EXISTS, "stranger", found(deployment=digest("mine")), "by another, later")
    founded.refused(Code.INVALID_ARGUMENT, BOARD, two, "with a quorum of two before all else")
    return nothing


def _joining(root: Story) -> None:
    probe(root, "invited", join("invited"))
    again = root.then("joining twice")
    again.refused(Code.WRONG_STATE, "oem", join("oem"), "from a party that is active")
    again.refused(Code.WRONG_STATE, "suspended", join("suspended"), "from a suspended party")
    again.refused(Code.WRONG_STATE, "removed", join("removed"), "from a removed party")
    again.did("invited", join("invited"))
    again.refused(Code.WRONG_STATE, "invited", join("invited"), "a second time")


def _profiles(root: Story) -> None:
    probe(root, "customer", c.UpdateProfile(2, digest("new profile")))
    twice = root.then("two profiles")
    twice.did("suspended", c.UpdateProfile(3, digest("profile of a suspended party")))
    twice.did("customer", c.UpdateProfile(2, digest("second profile")))
    twice.refused(Code.STALE_VERSION, "customer", c.UpdateProfile(2, digest("third")), "with the version before")
    twice.did("customer", c.UpdateProfile(3, digest("third profile")))


def _accreditation(root: Story) -> None:
    probe(root, "trader", c.Accredit(NUMBER["maintainer"], CLASS, 0))
    probe(root, "oem", c.WithdrawAccreditation(NUMBER["maintainer"], CLASS, 2))
    story = root.then("accreditations")
    story.refused(Code.NOT_AUTHORISED, "customer", accredit("maintainer", 0), "from a party that is no OEM")
    story.refused(Code.STALE_VERSION, "oem", accredit("maintainer", 1), "with an old version")
    story.refused(Code.UNKNOWN_RECORD, "oem", c.Accredit(99, CLASS, 2), "of a party that does not exist")
    story.refused(Code.NOT_ACTIVE, "oem", accredit("invited", 2), "of a party that has not joined")
    story.refused(Code.NOT_ACTIVE, "oem", accredit("suspended", 2), "of a suspended maintainer")
    story.refused(Code.INVALID_ARGUMENT, "oem", accredit("customer", 2), "of a party that is no maintainer")
    story.refused(Code.ALREADY_EXISTS, "oem", accredit("rival", 2), "of a maintainer that is accredited")
    _withdrawals(story)


def _withdrawals(story: Story) -> None:
    withdraw = c.WithdrawAccreditation(NUMBER["rival"], CLASS, 2)
    story.refused(Code.UNKNOWN_RECORD, "trader", withdraw, "from an OEM that did not accredit")
    other_class = replace(withdraw, machine_class=CLASS + 1)
    story.refused(Code.UNKNOWN_RECORD, "oem", other_class, "for another class")
    story.refused(Code.STALE_VERSION, "oem", replace(withdraw, version=1), "with an old version")
    story.did("oem", withdraw)
    story.refused(Code.UNKNOWN_RECORD, "oem", replace(withdraw, version=3), "a second time")
    story.did("oem", accredit("rival", 3), "after a withdrawal")
    story.did("oem", accredit("maintainer", 0, CLASS + 1), "for another class")


def _attestation(root: Story) -> None:
    story = agreed(root)
    attest = c.Attest(name("attestation"), MACHINE, 1, digest("seal"))
    probe(story, "auditor", attest)
    unknown = replace(attest, machine=name("no machine"))
    end = story.then("attestations")
    end.refused(Code.UNKNOWN_RECORD, "auditor", unknown, "about a machine that does not exist")
    end.refused(Code.NOT_AUTHORISED, "oem", attest, "from a party that is no auditor")
    end.did("auditor", attest)
    end.refused(Code.ALREADY_EXISTS, "auditor", replace(attest, kind=2), "under a name that is taken")
    end.refused(Code.ALREADY_EXISTS, "oem", attest, "under a taken name, whoever sends")


def _full_accreditation() -> Story:
    """An accreditation that is full, and an award among all it holds."""
    story = Story("a full accreditation").did(BOARD, found())
    story.did(BOARD, propose("roles", ActionKind.SET_ROLES, party=1, roles=ALL_ROLES))
    first = 100
    for index in range(MAX_ACCREDITED + 1):
        label = f"maintainer {index}"
        story.did(BOARD, invite(label, first + index, Role.MAINTAINER)).did(label, join(label))
        if index < MAX_ACCREDITED:
            story.did(BOARD, c.Accredit(first + index, CLASS, index))
    one_more = c.Accredit(first + MAX_ACCREDITED, CLASS, MAX_ACCREDITED)
    story.refused(Code.LIMIT_EXCEEDED, BOARD, one_more, "beyond the most that a class may have")
    story.refused(Code.ALREADY_EXISTS, BOARD, replace(one_more, maintainer=first), "of one in a full class")
    story.did(BOARD, c.WithdrawAccreditation(first + 3, CLASS, MAX_ACCREDITED))
    story.did(BOARD, replace(one_more, version=MAX_ACCREDITED + 1), "in the place of another")
    return story
