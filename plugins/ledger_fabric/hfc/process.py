"""The worker's process: requests go in, answers come out, and what it wants signed is signed here."""

import base64
import json
import queue
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

from maas_ledger_fabric.hfc.setup import WORKER

Line = dict[str, Any]
ENDED: Line = {"failed": "the process of fabric-sdk-py has ended"}


class WorkerProcess:
    """One process, started when first needed and again if it dies. Threads may share it."""

    def __init__(self, python: Path, opening: Line, sign: Callable[[bytes], bytes]) -> None:
        """`opening` are the members of the request "open"; `sign` gives the DER signature of a SHA-256 digest."""
        self._python = python
        self._opening = opening
        self._sign = sign
        self._lock = threading.Lock()
        self._ids = count(1)
        self._waiting: dict[int, tuple[queue.Queue[Line], subprocess.Popen[str] | None]] = {}
        """Where answers go, and which process owes them."""
        self._process: subprocess.Popen[str] | None = None

    def ask(self, **members: Any) -> "Asked":
        """Send a request."""
        with self._lock:
            if self._process is not None and self._process.poll() is not None:
                _release(self._process)
                self._process = None
            if self._process is None:
                self._start()
            number = next(self._ids)
            answers: queue.Queue[Line] = queue.Queue()
            self._waiting[number] = (answers, self._process)
            self._write({"id": number, **members})
        return Asked(self, number, answers)

    def forget(self, number: int, *, cancel: bool = False) -> None:
        """No more of an answer is wanted."""
        with self._lock:
            if self._waiting.pop(number, None) is not None and cancel:
                self._write({"id": 0, "do": "cancel", "of": number})

    def close(self) -> None:
        """End the process."""
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            process.terminate()
            process.wait()
            _release(process)

    def _start(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own worker
            [self._python, "-W", "ignore", WORKER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        threading.Thread(target=self._read, args=(self._process,), name="hfc-answers", daemon=True).start()
        self._write({"id": 0, "do": "open", **self._opening})

    def _write(self, line: Line) -> None:
        process = self._process
        if process is None or process.stdin is None:
            return
        try:
            process.stdin.write(json.dumps(line) + "\n")
            process.stdin.flush()
        except OSError:
            pass  # it has ended: `_read` tells all who wait

    def _read(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        try:
            for text in process.stdout:
                self._take(json.loads(text))
        except ValueError:
            pass  # closed meanwhile, or cut off in the middle of a line
        with self._lock:
            for answers, asked in self._waiting.values():
                if asked is process:
                    answers.put(ENDED)

    def _take(self, line: Line) -> None:
        if "sign" in line:
            signature = self._sign(base64.b64decode(line["sign"]))
            with self._lock:
                self._write({"id": line["id"], "do": "signed", "signature": base64.b64encode(signature).decode()})
            return
        with self._lock:
            waiting = self._waiting.get(line["id"])
        if waiting is not None:
            waiting[0].put(line)


def _release(process: "subprocess.Popen[str]") -> None:
    """Close the pipes of a process that has ended; its last answers are of no use any more."""
    for pipe in (process.stdin, process.stdout):
        assert pipe is not None
        with suppress(OSError):
            pipe.close()


class Asked:
    """A request under way."""

    def __init__(self, process: WorkerProcess, number: int, answers: "queue.Queue[Line]") -> None:
        self._process = process
        self._number = number
        self._answers = answers

    def answer(self, seconds: float) -> Line:
        """The one answer; {"failed": ...} if there is none in time."""
        try:
            return self._answers.get(timeout=max(seconds, 0.001))
        except queue.Empty:
            return {"failed": f"fabric-sdk-py does not answer within {seconds:.1f} s"}
        finally:
            self._process.forget(self._number)

    def next(self) -> Line:
        """The next of several answers; waits for it."""
        return self._answers.get()

    def cancel(self) -> None:
        """No more answers are wanted; who waits for one is told so."""
        self._process.forget(self._number, cancel=True)
        self._answers.put({"end": 200})
