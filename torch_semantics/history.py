"""What the committed runs observed of each claim, release by release."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from packaging.version import Version

from torch_semantics.releases import release_of
from torch_semantics.runs import BadRun, read_run

FOLDER = Path("reports/runs")

Run = dict[str, Any]


def read_history(folder: Path) -> list[Run]:
    """Return all runs of a folder, from the oldest release to the newest.

    A nightly comes before the release that it counts as, and so gives way to it.

    Raises:
        BadRun: the folder has none, or one of them can't be read.
    """
    runs = [read_run(path) for path in sorted(folder.glob("*.json"))]
    if not runs:
        raise BadRun(f"{folder} has no run files: make them with --save-run {folder}")
    return sorted(runs, key=_age)


def _age(run: Run) -> tuple[Version, str]:
    return Version(run["torch"]["version"]), run["device"]["name"]


def release_in(run: Run) -> Version:
    """Return the release that a run was made on."""
    return release_of(run["torch"]["version"])


def held(entry: dict[str, str]) -> bool | None:
    """Return whether a claim was seen to hold, or None if that was not seen.

    Args:
        entry: the claim's, in a run.
    """
    outcome = entry["outcome"]
    if outcome == "bounds":  # either it holds outside them, or is missing inside them
        return entry.get("reason", "").startswith("holds on")
    if outcome in ("not-run", "differs"):
        return None
    return outcome == "holds"


def observations(runs: Iterable[Run]) -> dict[str, dict[Version, bool]]:
    """Return for each claim on which releases it was seen to hold, and to fail.

    Args:
        runs: of one device.
    """
    seen: dict[str, dict[Version, bool]] = {}
    for run in runs:
        for id, entry in run["claims"].items():
            state = held(entry)
            if state is not None:
                seen.setdefault(id, {})[release_in(run)] = state
    return seen


def by_device(runs: Iterable[Run]) -> dict[str, list[Run]]:
    """Return the runs of each type of device, such as ``cuda``; the CPU's first."""
    devices: dict[str, list[Run]] = {"cpu": []}
    for run in runs:
        devices.setdefault(run["device"]["name"].partition(":")[0], []).append(run)
    return devices
