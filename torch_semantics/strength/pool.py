"""Runs jobs in forked children, so that whatever a fault does stays in its child."""

from __future__ import annotations

import json
import os
import selectors
import signal
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from typing import Any

# A job yields results that JSON can hold. It is given the number of results that it has
# already yielded, in children that died, and goes on after them.
Job = Callable[[int], Iterator[Any]]

CRASHED = {"died": "crashed"}
TIMED_OUT = {"died": "timed out"}
DEATHS = 10  # after so many a job is given up


def run(
    jobs: Sequence[Job],
    *,
    workers: int,
    seconds: float,
    progress: Callable[[], object],
) -> list[list[Any]]:
    """Run jobs, each in a child of its own, and return the results of each.

    Where a child died or was silent for too long, its results have ``CRASHED`` or
    ``TIMED_OUT`` in the place of the one it did not come to, and another child goes on.

    Args:
        jobs: the jobs, which begin in this order.
        workers: how many children run at a time.
        seconds: how long a child may be silent.
        progress: called for each job that is finished.

    Raises:
        RuntimeError: a job raised; the message has the child's traceback.
    """
    results: list[list[Any]] = [[] for _ in jobs]
    waiting = list(range(len(jobs)))[::-1]
    with selectors.DefaultSelector() as selector:
        children: dict[int, _Child] = {}
        try:
            while waiting or children:
                while waiting and len(children) < workers:
                    number = waiting.pop()
                    child = _Child(jobs[number], number, results[number])
                    children[child.pipe] = child
                    selector.register(child.pipe, selectors.EVENT_READ)
                for key, _ in selector.select(timeout=0.5):
                    children[key.fd].read()
                for child in list(children.values()):
                    if time.monotonic() - child.heard > seconds:
                        child.kill()
                    if not child.ended:
                        continue
                    selector.unregister(child.pipe)
                    del children[child.pipe]
                    if child.close():
                        progress()
                    else:
                        waiting.append(child.number)
        finally:
            for child in children.values():
                child.kill()
                child.close()
    return results


class _Child:
    """A forked child that runs one job, as its parent sees it."""

    def __init__(self, job: Job, number: int, results: list[Any]) -> None:
        self.number = number
        self.results = results
        self.heard = time.monotonic()
        self.ended = False
        self._killed = False
        self._rest = b""
        self.pipe, pipe = os.pipe()
        self._process = os.fork()
        if self._process == 0:
            os.close(self.pipe)
            _work(job, len(results), pipe)
        os.close(pipe)

    def read(self) -> None:
        """Take what the child has sent."""
        data = os.read(self.pipe, 1 << 16)
        self.heard = time.monotonic()
        self.ended = not data
        *lines, self._rest = (self._rest + data).split(b"\n")
        self.results.extend(json.loads(line) for line in lines)

    def kill(self) -> None:
        """End the child, which is silent."""
        os.kill(self._process, signal.SIGKILL)
        self._killed = self.ended = True

    def close(self) -> bool:
        """Bury the child; return whether its job is finished, or given up."""
        os.close(self.pipe)
        status = os.waitstatus_to_exitcode(os.waitpid(self._process, 0)[1])
        if self.results and isinstance(self.results[-1], dict):
            error = self.results[-1].get("error")
            if error:
                raise RuntimeError(f"in a child:\n{error}")
        if status == 0:
            return True
        self.results.append(TIMED_OUT if self._killed else CRASHED)
        return sum(result in (CRASHED, TIMED_OUT) for result in self.results) >= DEATHS


def _work(job: Job, had: int, pipe: int) -> None:
    """Run a job in the child, and end the child."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        for result in job(had):
            os.write(pipe, json.dumps(result).encode() + b"\n")
    except BaseException:
        error = {"error": traceback.format_exc()}
        os.write(pipe, json.dumps(error).encode() + b"\n")
        os._exit(1)
    os._exit(0)
