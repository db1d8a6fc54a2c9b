"""The figures that a summary holds: their names, what they mean, and their units. Thresholds name them."""

from collections.abc import Iterable

OPERATION_FIGURES = {
    "sent_p50": ("median until the ledger or storage has taken it", "s"),
    "included_p50": ("median until it is in a block, or the storage has answered", "s"),
    "included_p95": ("95th percentile until then", "s"),
    "included_p99": ("99th percentile until then", "s"),
    "final_p50": ("median until it is final by the node's policy, or durable", "s"),
    "final_p95": ("95th percentile until then", "s"),
    "cost_mean": ("mean cost of one, in the ledger's unit; bytes for objects", ""),
}
"""All latencies count from the intended time. Operation `commands` is all commands together, `objects` all objects."""

RUN_FIGURES = {
    "goodput": ("operations that took effect, by second", "1/s"),
    "failure_share": ("share of operations that failed; lost races do not count", ""),
    "achieved_share": ("share of what was intended that was done in time", ""),
    "cpu_ms": ("processor time of the clients for one operation", "ms"),
    "network_cpu_ms": ("processor time of the devnets' processes for one operation", "ms"),
    "behind_p99": ("99th percentile of how late the driver was", "s"),
}

OVERHEAD_FIGURES = {
    "added_p50": ("what the core adds to the median until included", "s"),
    "final_added_p50": ("what the core adds to the median until final, which the policy makes unavoidable", "s"),
    "goodput_ratio": ("goodput with the core by that without", ""),
    "objects_added_p50": ("what the core adds to the median of storing and fetching", "s"),
    "objects_ratio": ("median of storing and fetching with the core by that of the backend's own calls", ""),
    "capacity": ("commands a second that the bare client reaches in a burst", "1/s"),
    "saturation_ratio": ("commands a second in the same burst with the core by those without", ""),
    "saturation_cpu_ms": ("processor time of the clients for one command of the burst, with the core", "ms"),
    "saturation_raw_cpu_ms": ("the same without the core", "ms"),
    "share_added_p50": ("what the core adds to the median until included, at a share of raw capacity", "s"),
    "share_goodput": ("what took effect in time by what was offered, at a share of raw capacity, with the core", ""),
}
"""The core by the bare client, as means over repetitions."""

LEDGER_FIGURES = frozenset(OVERHEAD_FIGURES) - {
    "added_p50", "final_added_p50", "goodput_ratio", "objects_added_p50", "objects_ratio",
}  # fmt: skip
"""Those that `[capacity]` measures, of a ledger with any storage."""

ORDER = (
    "store_terms", "register_machine", "accept_machine", "start_machine", "store_batch", "anchor_telemetry",
    "store_statement", "issue_invoice", "accept_invoice", "settle_invoice", "stop_machine", "open_ticket", "bid",
    "award_ticket", "accept_ticket", "store_report", "complete_ticket", "close_ticket", "reset_machine", "put", "get",
)  # fmt: skip
"""Operations as they follow each other in a machine's life: the order of tables and plots."""

COMMANDS, OBJECTS = "commands", "objects"
STORING = frozenset({"put", "get", "store_terms", "store_report", "store_batch", "store_statement"})
"""Operations on objects; all others are commands."""


def unit_of(figure: str) -> str:
    """Its unit, empty for a number without one."""
    return {**OPERATION_FIGURES, **RUN_FIGURES, **OVERHEAD_FIGURES}[figure][1]


def in_order(names: Iterable[str]) -> list[str]:
    """Operations in the order of a machine's life, groups last; each once."""
    places = {name: place for place, name in enumerate((*ORDER, COMMANDS, OBJECTS))}
    return sorted(dict.fromkeys(names), key=lambda name: places.get(name, len(ORDER) - 0.5))
