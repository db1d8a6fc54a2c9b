"""Exit codes of `maasctl`: the one place that maps outcomes to them; docs/exit-codes.md is checked against it."""

from maas_core import errors
from maas_core.errors import MaasError

OK = 0
INTERNAL = 70
"""EX_SOFTWARE of sysexits.h."""
INTERRUPTED = 130
"""128 + SIGINT, as shells have it."""


def exit_code(error: MaasError) -> int:
    """The exit code of an error that was raised on purpose."""
    return error.exit_code


def table() -> list[tuple[int, str, str]]:
    """(code, name, meaning) of all exit codes."""
    raised = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, MaasError)]
    rows = [(one.exit_code, one.__name__, (one.__doc__ or "").strip()) for one in raised]
    rows += [
        (OK, "", "Done."),
        (INTERNAL, "", "An internal error, to be reported; `--debug` writes its details to a file."),
        (INTERRUPTED, "", "Interrupted by Ctrl-C."),
    ]
    return sorted(rows)
