"""What somebody whose command was refused can do next."""

from maas_core.protocol.rejections import Code

ADVICE: dict[Code, str] = {
    Code.NOT_AUTHORISED: "Only certain parties may do this, some of them only after a time limit: "
    "check who you are with `maasctl party whoami` and the record's dates.",
    Code.NOT_ACTIVE: "A party that this needs is invited, suspended or removed: see `maasctl party list`.",
    Code.UNKNOWN_RECORD: "The ledger has no such record: check the id, and wait until what creates it is included.",
    Code.ALREADY_EXISTS: "It was done before: look at the record instead of doing it again.",
    Code.WRONG_STATE: "The record is not in a state that allows this: look at it again.",
    Code.STALE_VERSION: "Somebody changed the record in the meantime: look at it again, then repeat if it still fits.",
    Code.TERMS_MISMATCH: "These are not the terms that were registered: compare the documents with the other side.",
    Code.SEQUENCE_GAP: "The number does not follow the last one: synchronise, then use the next number.",
    Code.WINDOW_OVERLAP: "The time lies before the end of what is recorded: use a later one.",
    Code.PERIOD_MISMATCH: "A bill continues where the last one ended: see the machine's billing with `machine show`.",
    Code.NOT_ACCREDITED: "The machine's OEM has to accredit you for its class: ask for `maasctl party accredit`.",
    Code.BIDDING_OPEN: "Too early: wait until the bidding times in `ticket show` have passed.",
    Code.BIDDING_CLOSED: "Too late: the bidding times in `ticket show` have passed.",
    Code.BAD_REVEAL: "What was revealed differs from what was committed to: reveal exactly that offer and salt.",
    Code.INVALID_ARGUMENT: "A value is outside what the protocol accepts: see docs/protocol.md for this command.",
    Code.LIMIT_EXCEEDED: "A limit of the protocol or of the consortium's rules is reached: see `maasctl party rules`.",
}


def advice_for(code: Code) -> str:
    """One sentence."""
    return ADVICE[code]
