"""What one pytest process knows of its run, and what becomes the run files."""

from __future__ import annotations

import platform
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import hypothesis
import pytest

from torch_semantics import isolation, outcomes, releases, runs
from torch_semantics.chapters import (
    BadOrder,
    chapter_of,
    read_chapters,
    specification_of,
)
from torch_semantics.claims import Claim, claim_of
from torch_semantics.devices import Device, choose_devices
from torch_semantics.passages import BadCatalogue, read_passages

HOST = "host"  # where a spec runs that takes no device
SESSION = pytest.StashKey["Session"]()
SCRATCH = pytest.StashKey[isolation.Scratch]()
Document = TypeVar("Document")


def is_distributed(config: pytest.Config) -> bool:
    """Whether xdist hands the specs to workers."""
    return bool(config.getoption("tx", None) or config.getoption("numprocesses", None))


def profile_of(config: pytest.Config) -> str:
    """Return the name of the hypothesis profile."""
    return config.getoption("--hypothesis-profile", None) or "gate"


class Session:
    """What one process knows of its run.

    A process that runs specs imports torch and has devices, a watch and a release; the
    controller of xdist's workers has none of these, and reads what the workers wrote.

    Raises:
        UnknownDevice: ``--device`` names a device that is not here.
    """

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.started = time.time()
        self.scratch = config.stash[SCRATCH]
        self.runs_specs = hasattr(config, "workerinput") or not is_distributed(config)
        self.devices: list[Device] = []
        self.watch: isolation.Watch | None = None
        self.journal: isolation.Journal | None = None
        self.deaths: dict[str, str] = {}
        self.owners: dict[str, str] = {}
        self.entries: dict[str, dict[str, dict[str, Any]]] = {}
        self._documents: dict[Any, Any] = {}
        self._known: dict[str, Any] = {}
        if config.option.device or self.runs_specs:
            self.devices = choose_devices(config.option.device)
        if self.runs_specs:
            self._prepare()

    def _prepare(self) -> None:
        import torch

        # Else torch gives some warnings once a process, to whichever spec is first.
        torch.set_warn_always(True)
        # Small tensors gain nothing from threads, and sums may depend on their number.
        torch.set_num_threads(1)
        self.version = releases.torch_version()
        self.release = releases.release_of(self.version)
        self._share("environment", self._find_environment())
        if not hasattr(self.config, "workerinput"):
            self.deaths = self.scratch.deaths()
            self.journal = isolation.Journal(self.scratch, self.config)
        seconds = 0 if self.config.option.usepdb else self.config.option.spec_timeout
        self.watch = isolation.Watch(self.scratch, seconds)

    def _find_environment(self) -> dict[str, Any]:
        import torch

        return {
            "suite": _git(self.config.rootpath, "rev-parse", "HEAD") or "unknown",
            "torch": {
                "version": self.version,
                "build": torch.__version__,
                "git": torch.version.git_version or "unknown",
            },
            "python": platform.python_version(),
            "platform": platform.platform(),
            "hypothesis": {
                "version": hypothesis.__version__,
                "profile": profile_of(self.config),
                "seed": self.config.getoption("--hypothesis-seed", None),
            },
            "devices": [
                {"name": device.name, **device.describe()} for device in self.devices
            ],
        }

    # What every process of the run must know, and a process that runs specs finds out.

    def _shared(self, name: str) -> dict[str, Any]:
        if name not in self._known:
            value = self.scratch.read(name)
            if value is None:
                return {}
            self._known[name] = value
        return self._known[name]

    def _share(self, name: str, value: dict[str, Any]) -> None:
        self._known[name] = value
        self.scratch.write(name, value)

    @property
    def environment(self) -> dict[str, Any]:
        """What the specs run on; empty as long as no process has begun to run them."""
        return self._shared("environment")

    @property
    def specs(self) -> dict[str, dict[str, str]]:
        """The claim and the device of each collected spec, by its node id."""
        return self._shared("specs")

    @specs.setter
    def specs(self, specs: dict[str, dict[str, str]]) -> None:
        self._share("specs", specs)

    def check(self, function: Any, path: Path) -> Claim:
        """Return the claim of a test function in the specification.

        Raises:
            pytest.Collector.CollectError: it has none, or its declaration is wrong.
        """
        root = specification_of(path)
        assert root is not None
        place = f"{path.relative_to(root.parent).as_posix()}::{function.__name__}"
        claim = claim_of(function)
        if claim is None:
            raise pytest.Collector.CollectError(
                f"{place} has no @claim: every test in the specification proves one"
            )
        problems = list(
            claim.problems(self._document(read_passages, root.parent / "documents"))
        )
        chapter = chapter_of(path, root)
        if chapter not in self._document(read_chapters, root):
            problems.append(f"chapters.toml does not list the chapter {chapter}")
        owner = self.owners.setdefault(claim.id, place)
        if owner != place:
            problems.insert(0, f"the id is taken by {owner}: give this claim its own")
        if problems:
            raise pytest.Collector.CollectError(
                "\n".join(f"{place}, claim {claim.id}: {line}" for line in problems)
            )
        return claim

    def place(self, path: Path) -> int:
        """Return the place of a file in the reading order; what has none comes last."""
        root = specification_of(path)
        if root is None:
            return 0
        order = self._document(read_chapters, root)
        chapter = chapter_of(path, root)
        return order.index(chapter) if chapter in order else len(order)

    def _document(self, read: Callable[[Path], Document], folder: Path) -> Document:
        """Read something the specification rests on, once."""
        if (read, folder) not in self._documents:
            try:
                self._documents[read, folder] = read(folder)
            except (BadCatalogue, BadOrder) as error:
                raise pytest.Collector.CollectError(str(error)) from None
        return self._documents[read, folder]

    def keep(self, report: pytest.TestReport) -> None:
        """Take the outcome of a spec, or of one of its cases, into the runs.

        What runs on no device in particular counts for every one.
        """
        if self.journal and report.nodeid not in {**self.journal.past, **self.deaths}:
            self.journal.add(report)
        entry = getattr(report, "claim", None)
        if entry is None:
            return
        for device in self.environment["devices"]:
            if entry["device"] in (device["name"], HOST):
                claims = self.entries.setdefault(device["name"], {})
                old = claims.get(entry["id"], entry)
                claims[entry["id"]] = max(old, entry, key=_badness)

    def runs(self) -> list[dict[str, Any]]:
        """Return the run of each device, as its file keeps it."""
        shared = {k: v for k, v in self.environment.items() if k != "devices"}
        started = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.started))
        seconds = round(time.time() - self.started, 1)
        return [
            {
                **shared,
                "schema": runs.SCHEMA,
                "device": device,
                "time": {"started": started, "seconds": seconds},
                "claims": {
                    id: _kept(entry)
                    for id, entry in self.entries.get(device["name"], {}).items()
                },
            }
            for device in self.environment.get("devices", [])
        ]


def _kept(entry: dict[str, Any]) -> dict[str, str]:
    """Return what the run file keeps of an entry."""
    kept = {key: entry[key] for key in ("outcome", "reason") if entry[key]}
    return kept if entry["level"] == "must" else {**kept, "level": entry["level"]}


def _badness(entry: dict[str, Any]) -> tuple[int, str]:
    return outcomes.OUTCOMES.index(entry["outcome"]), entry["reason"]


def _git(folder: Path, *arguments: str) -> str:
    try:
        return subprocess.run(
            ["git", "-C", str(folder), *arguments],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
