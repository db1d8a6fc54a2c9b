"""Runs `maasctl` and kills its own process with SIGKILL at the n-th call into the code between intent and final.

    python killed_at.py POINT ARGUMENT...

With POINT 0 nothing is killed and the number of such calls is written to stderr as its last line. The points are
found by tracing calls; the product knows nothing of it.
"""

import os
import signal
import sys
from types import FrameType
from typing import Any

WATCHED = ("/maas_core/ledgerio/engine.py", "/maas_core/ledgerio/sql/journal.py", "/ledger_local/log.py")
FIRST = "submit"
"""Counting begins when the intent is handed to the journal."""


class Tracer:
    """Counts calls into the watched files."""

    def __init__(self, point: int) -> None:
        self.point = point
        self.count = 0
        self.counting = False

    def __call__(self, frame: FrameType, event: str, argument: Any) -> None:
        code = frame.f_code
        if event != "call" or not code.co_filename.endswith(WATCHED):
            return
        self.counting = self.counting or code.co_name == FIRST
        if self.counting:
            self.count += 1
            if self.count == self.point:
                os.kill(os.getpid(), signal.SIGKILL)


def main() -> int:
    """Run the command line under the tracer."""
    from maas_core.cli.app import run

    tracer = Tracer(int(sys.argv[1]))
    sys.settrace(tracer)
    status = run(sys.argv[2:])
    sys.settrace(None)
    sys.stderr.write(f"{tracer.count}\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
