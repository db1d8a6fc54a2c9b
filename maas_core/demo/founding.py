"""First scene: the consortium is founded, its parties join, the OEM accredits maintainers."""

import secrets

from maas_core.demo.cast import CAST, Name
from maas_core.demo.consortium import Consortium

MILL_CLASS = 1
DRIVE_CLASS = 2
MAINTAINERS = (Name.NORTH, Name.SOUTH)


def found(consortium: Consortium) -> str:
    """From nothing to six active parties; returns what happened, for the report."""
    board = consortium[Name.BOARD]
    deployment = secrets.token_bytes(32)
    profile = board.parties.publish_profile(deployment)
    consortium.done(Name.BOARD, board.parties.found(profile, deployment))
    _invite(consortium)
    _join(consortium)
    oem = consortium[Name.OEM]
    for maintainer in MAINTAINERS:
        consortium.done(Name.OEM, oem.parties.accredit(CAST[maintainer].party, DRIVE_CLASS))
    return (
        f"The board founds deployment {deployment.hex()[:8]}, invites five parties, and all join. "
        "The OEM accredits two maintainers for its drives."
    )


def _invite(consortium: Consortium) -> None:
    board = consortium[Name.BOARD]
    guests = [(name, part) for name, part in CAST.items() if name is not Name.BOARD]
    proposals = [board.proposals.invite(part.party, consortium[name].identity, part.role) for name, part in guests]
    consortium.done(Name.BOARD, *proposals)


def _join(consortium: Consortium) -> None:
    sent = [
        (name, node.parties.join(node.parties.publish_profile()))
        for name, node in consortium.nodes.items()
        if name is not Name.BOARD
    ]
    for name, submission in sent:
        consortium.done(name, submission)
