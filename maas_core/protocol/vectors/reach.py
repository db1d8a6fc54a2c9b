"""What no sequence of commands can reach, and what only very long ones can."""

from maas_core.protocol.vectors.features import Feature

FOR_EVER = "a proposal was checked when it was made, and records never vanish"
UNREACHABLE: dict[str, str] = {
    "join > require_board.1 > require.2": "joining never makes the board smaller",
    "propose > effect_of.1 > _suspend.1 > require_board.1 > require.1": "suspending never makes the board larger",
    "propose > effect_of.1 > _remove.1 > require_board.1 > require.1": "removing never makes the board larger",
    "propose > effect_of.1 > _reinstate.1 > require_board.1 > require.2": "reinstating never makes the board smaller",
    "approve > effect_of.1 > _suspend.1 > require_board.1 > require.1": "suspending never makes the board larger",
    "approve > effect_of.1 > _remove.1 > require_board.1 > require.1": "removing never makes the board larger",
    "approve > effect_of.1 > _reinstate.1 > require_board.1 > require.2": "reinstating never makes the board smaller",
    "approve > effect_of.1 > _set_roles.1 > _party.1 > existing.1 > require.1": FOR_EVER,
    "approve > effect_of.1 > _suspend.1 > _party.1 > existing.1 > require.1": FOR_EVER,
    "approve > effect_of.1 > _reinstate.1 > _party.1 > existing.1 > require.1": FOR_EVER,
    "approve > effect_of.1 > _remove.1 > _party.1 > existing.1 > require.1": FOR_EVER,
    "approve > effect_of.1 > _rebind.1 > _party.1 > existing.1 > require.1": FOR_EVER,
    "approve > effect_of.1 > _close_out.1 > existing.1 > require.1": FOR_EVER,
    "approve > effect_of.1 > _close_out.1 > existing.2 > require.1": FOR_EVER,
    "approve > effect_of.1 > _close_out.1 > require.1": "a removed party stays removed",
    "approve > effect_of.1 > _close_out.1 > require.3": "the sides of a machine never change",
}
"""Checks that no sequence of commands can fail, and why; they stand where code is shared."""

FAR = (
    "require_room.1 > require.1",
    "require_board.1 > require.1",
    "_invite.1 > require.3",
    "accredit > require.4",
    "open_ticket > require.8",
    "anchor_telemetry items below",
    "anchor_telemetry items beyond",
)
"""How checks end that take hundreds or millions of commands, or a list of hundreds; directed vectors reach them."""


def is_near(feature: Feature) -> bool:
    """Whether a generated sequence can be expected to reach it."""
    return str(feature) not in UNREACHABLE and not str(feature).endswith(FAR)
