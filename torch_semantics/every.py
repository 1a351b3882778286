"""Runs the specification on one release after another: ``torch-semantics releases``."""

from __future__ import annotations

import difflib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from torch_semantics import outcomes
from torch_semantics.releases import RELEASES
from torch_semantics.runs import BadRun, digest_of, read_run

NEEDED = 8  # GB of free disk: an installed release, and what its installation unpacks
ENVIRONMENT = {
    "UV_NO_CACHE": "1",  # which would keep every release on the disk
    "PIP_NO_CACHE_DIR": "1",
    "UV_PYTHON_DOWNLOADS": "never",  # a missing interpreter is said, not installed
    "NO_COLOR": "1",
}
TELLING = re.compile("error|could not find|No solution found", re.IGNORECASE)
COLOR = re.compile(r"\x1b\[[0-9;]*m")
NOISE = ("evaluation failed", "congratulations")  # what tox ends with


class _Stop(Exception):
    """No release can be run any more; the message is one line."""


def run(root: Path, names: Sequence[str], *, folder: Path, again: bool = False) -> int:
    """Run releases that have no run of this specification yet; return the exit status.

    Each is installed by tox into an environment of its own, which is removed when the
    run is saved: only one is on the disk at any time. What is saved is kept, whatever
    happens later, so that the same command goes on where it was interrupted.

    Args:
        root: the repository.
        names: releases; none for all.
        folder: where the run files are.
        again: whether to run those, too, that have a run of this specification.

    Returns:
        0; 1 if a release could not be run, or one of its claims is red; 2 if none can
        be run; 130 if interrupted.
    """
    done = 0
    try:
        chosen = _choose(names)
        _check(root)
        failed = []
        with tqdm(total=len(chosen), unit="release", disable=None) as bar:
            for release in chosen:
                bar.set_description(release)
                line, is_good = _one(root, release, folder.resolve(), again)
                bar.write(f"{release}: {line}", file=sys.stdout)
                sys.stdout.flush()
                bar.update()
                done += 1
                if not is_good:
                    failed.append(release)
    except _Stop as stop:
        print(f"ERROR: {stop}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(
            f"interrupted: releases done: {done}; the same command goes on there",
            file=sys.stderr,
        )
        return 130
    if failed:
        print(f"to look at: {', '.join(failed)}")
    return int(bool(failed))


def _choose(names: Sequence[str]) -> list[str]:
    for name in names:
        if name not in RELEASES:
            near = difflib.get_close_matches(name, RELEASES)
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            raise _Stop(f"{name} is none of the releases in tox.ini{hint}")
    return [release for release in RELEASES if not names or release in names]


def _check(root: Path) -> None:
    if not (root / "spec").is_dir() or not (root / "tox.ini").exists():
        raise _Stop(f"no specification here: {root} has no spec/ and tox.ini")
    if shutil.which("tox") is None:
        raise _Stop("tox is not installed: pip install tox, or tox run -m releases")


def _one(root: Path, release: str, folder: Path, again: bool) -> tuple[str, bool]:
    """Run one release, if that is needed; return a line, and whether all is well.

    Raises:
        _Stop: there is not enough disk.
    """
    path = folder / f"torch-{release}-cpu.json"
    if path.exists() and not again:
        try:
            run = read_run(path)
        except BadRun as error:
            tqdm.write(f"{release}: {error}; it is made again", file=sys.stdout)
        else:
            if run["specification"] == digest_of(root / "spec") and _is_good(run):
                return f"is there: {outcomes.summary(run['claims'])}", True
    free = shutil.disk_usage(root).free / 1e9
    if free < NEEDED:
        raise _Stop(
            f"{release} needs {NEEDED} GB of free disk below {root}, and there are"
            f" {free:.1f}: make room, and the same command goes on here"
        )
    environment = root / ".tox" / f"torch{release}"
    log = root / ".tox" / "releases" / f"torch{release}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    before = path.stat().st_mtime_ns if path.exists() else None
    try:
        with log.open("w") as file:
            subprocess.run(
                [
                    *("tox", "run", "--workdir", str(root / ".tox")),
                    *("-e", f"torch{release}", "--", "-q", "--device", "cpu"),
                    *("--save-run", str(folder)),
                ],
                cwd=root,
                env={**ENVIRONMENT, **os.environ},
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
            )
    finally:
        shutil.rmtree(environment, ignore_errors=True)
    if not path.exists() or path.stat().st_mtime_ns == before:
        return f"failed: {_reason(log)} (all of it: {log})", False
    run = read_run(path)
    return outcomes.summary(run["claims"]), _is_good(run)


def _is_good(run: dict[str, dict[str, dict[str, str]]]) -> bool:
    return not any(
        entry["outcome"] in outcomes.RED and "level" not in entry
        for entry in run["claims"].values()
    )


def _reason(log: Path) -> str:
    """Return the line of a log that says best why there is no run."""
    text = COLOR.sub("", log.read_text(errors="replace"))
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith(NOISE)]
    telling = [line for line in lines if TELLING.search(line)]
    return (telling or lines[-1:] or ["tox said nothing"])[0]
