"""What keeps a run whole when a spec kills its process or hangs.

Without xdist, the session runs in a forked child and the parent only waits. When the
child dies, the parent forks another, which replays what the first had reported, says
of the spec that was running that it crashed or timed out, and goes on with the next.
Under xdist the workers are such children already.

A hanging spec is ended by the kernel's alarm. ``faulthandler`` answers it outside of
Python, and so also where a spec hangs in native code: it writes the stacks of all
threads into the file that says which spec is running, which tells a time-out from a
crash, and the process ends. (Windows has no alarm, and specs are not timed there.)
"""

from __future__ import annotations

import faulthandler
import json
import os
import shutil
import signal
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

END = "session-ended"
CHILD = pytest.StashKey["Scratch"]()


class Scratch:
    """The folder through which the processes of one run speak to each other."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, name: str, value: Any) -> None:
        """Write a value as JSON, so that a reader sees all of it or none."""
        own = self.folder / f"{name}.{os.getpid()}"
        own.write_text(json.dumps(value), encoding="utf-8")
        own.replace(self.folder / f"{name}.json")

    def read(self, name: str) -> Any:
        """Read a value that some process has written, or return None."""
        path = self.folder / f"{name}.json"
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None

    def deaths(self) -> dict[str, str]:
        """Return each spec that ended its process, with its stacks if it timed out."""
        deaths = {}
        for path in sorted(self.folder.glob("running.*")):
            text = path.read_text(encoding="utf-8", errors="replace")
            nodeid, _, stacks = text.partition("\n")
            if nodeid:
                deaths[nodeid] = stacks
        return deaths

    def remove(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)


class Watch:
    """Keeps a file that says what this process runs, and ends a spec that hangs."""

    def __init__(self, scratch: Scratch, seconds: float) -> None:
        self._file = (scratch.folder / f"running.{os.getpid()}").open(
            "w", encoding="utf-8"
        )
        self._seconds = seconds if hasattr(signal, "setitimer") else 0
        if self._seconds:
            # Chained: after the stacks comes what an alarm does by default, the end.
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            faulthandler.register(signal.SIGALRM, file=self._file, chain=True)

    def start(self, nodeid: str) -> None:
        """Note what is running; end the process if it runs too long (0: never)."""
        self._file.write(nodeid + "\n")
        self._file.flush()
        if self._seconds:
            signal.setitimer(signal.ITIMER_REAL, self._seconds)

    def stop(self) -> None:
        """Note that nothing is running."""
        if self._seconds:
            signal.setitimer(signal.ITIMER_REAL, 0)
        self._file.seek(0)
        self._file.truncate()


class Journal:
    """The reports of the specs that a child came to the end of, in case it dies.

    ``past`` has those of the children before this one, by the specs' node ids.
    """

    def __init__(self, scratch: Scratch, config: pytest.Config) -> None:
        path = scratch.folder / "journal"
        self._hook, self._config = config.hook, config
        self._reports: list[pytest.TestReport] = []
        self.past: dict[str, list[pytest.TestReport]] = {}
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                nodeid, reports = json.loads(line)
                self.past[nodeid] = [
                    self._hook.pytest_report_from_serializable(config=config, data=data)
                    for data in reports
                ]
        self._file = path.open("a", encoding="utf-8")

    def add(self, report: pytest.TestReport) -> None:
        """Take a report; with a spec's last one, write those that say something."""
        if hasattr(report, "claim") or not report.passed:
            self._reports.append(report)
        if report.when == "teardown":
            reports = [
                self._hook.pytest_report_to_serializable(config=self._config, report=it)
                for it in self._reports
            ]
            self._file.write(json.dumps([report.nodeid, reports]) + "\n")
            self._file.flush()
            self._reports = []


def supervise(config: pytest.Config, scratch: Scratch) -> int | None:
    """Fork children that run the session, until one comes to its end.

    Returns:
        In a child None: go on with the session. In the parent the exit status of the
        session, once it has ended.
    """
    known = 0
    while True:
        sys.stdout.flush()
        sys.stderr.flush()
        child = os.fork()
        if child == 0:
            config.stash[CHILD] = scratch
            return None
        status = _wait(child)
        if (scratch.folder / END).exists():
            return int((scratch.folder / END).read_text())
        deaths = len(scratch.deaths())
        if deaths == known:  # no spec's doing: another child would end the same way
            how = (
                signal.Signals(-status).name if status < 0 else f"exit status {status}"
            )
            print(
                f"\nERROR: the process died outside of any spec: {how}", file=sys.stderr
            )
            return int(pytest.ExitCode.INTERNAL_ERROR)
        known = deaths


def _wait(child: int) -> int:
    # Ctrl-C reaches the child too, which then ends its session in good order.
    old = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    finally:
        signal.signal(signal.SIGINT, old)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> Generator[None, Any, Any]:
    """End a child here, with its session: what called pytest goes on in the parent."""
    try:
        status = yield
    except pytest.UsageError as error:
        if CHILD not in config.stash:
            raise
        for line in error.args:
            print(f"ERROR: {line}", file=sys.stderr)
        status = pytest.ExitCode.USAGE_ERROR
    if CHILD in config.stash:
        sys.stdout.flush()
        sys.stderr.flush()
        (config.stash[CHILD].folder / END).write_text(str(int(status)))
        os._exit(status)
    return status
