"""What one pytest process knows of its run, and what becomes the run files."""

from __future__ import annotations

import json
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
    Chapter,
    chapter_of,
    in_order,
    read_chapters,
    read_order,
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
        self.worker = getattr(config, "workerinput", {}).get("workerid", "")
        self.environments: dict[str, dict[str, Any]] = {}
        # By worker, device and claim.
        self.entries: dict[str, dict[str, dict[str, dict[str, Any]]]] = {}
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
        self.environments[self.worker] = self._find_environment()
        if self.worker:
            self._share(self.worker, self.environments[self.worker])
            self.config.workeroutput["environment"] = self.environments[self.worker]  # type: ignore[attr-defined]
        if not hasattr(self.config, "workerinput"):
            self.deaths = self.scratch.deaths()
            self.journal = isolation.Journal(self.scratch, self.config)
        seconds = 0 if self.config.option.usepdb else self.config.option.spec_timeout
        self.watch = isolation.Watch(self.scratch, seconds)

    def _find_environment(self) -> dict[str, Any]:
        import torch

        return {
            "suite": _git(self.config.rootpath, "rev-parse", "HEAD") or "unknown",
            "specification": runs.digest_of(self.config.rootpath / "spec"),
            "torch": {
                "version": self.version,
                "build": str(torch.__version__),
                "git": str(torch.version.git_version or "unknown"),
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

    def environment_of(self, worker: str) -> dict[str, Any]:
        """Return what a process runs on: each worker may have a torch of its own.

        Args:
            worker: of xdist; '' for a process that is none.
        """
        if worker not in self.environments:
            self.environments[worker] = self._shared(worker)
        return self.environments[worker]

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

    def reading_order(self, item: pytest.Item) -> tuple[int, str, int]:
        """Return what sorts specs into the order in which their files have them."""
        return self.place(item.path), str(item.path), item.location[1] or 0

    def chapter(self, path: Path) -> Chapter:
        """Return what is known of the chapter that a file of specs holds."""
        root = specification_of(path)
        assert root is not None
        return in_order(chapter_of(path, root), self._document(read_order, root))

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
        entries = self.entries.setdefault(worker_of(report), {})
        claims = entries.setdefault(entry["device"], {})
        claims[entry["id"]] = max(claims.get(entry["id"], entry), entry, key=badness)

    def entries_of(self, id: str) -> dict[str, dict[str, Any]]:
        """Return what is known so far of a claim, by device, and torch if several run.

        Args:
            id: the claim's.
        """
        versions = {
            worker: self.environment_of(worker)["torch"]["version"]
            for worker in self.entries
        }
        found: dict[str, dict[str, Any]] = {}
        for worker, entries in self.entries.items():
            for device, claims in entries.items():
                if id in claims:
                    place = device
                    if len(set(versions.values())) > 1:
                        place = f"torch {versions[worker]} on {device}"
                    found[place] = max(
                        found.get(place, claims[id]), claims[id], key=badness
                    )
        return dict(sorted(found.items()))

    def runs(self) -> list[dict[str, Any]]:
        """Return the run of each torch and device, as its file keeps it."""
        started = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.started))
        seconds = round(time.time() - self.started, 1)
        made: dict[str, dict[str, Any]] = {}
        for worker, entries in self.entries.items():
            about = dict(self.environment_of(worker))
            for device in about.pop("devices"):
                run = {
                    **about,
                    "schema": runs.SCHEMA,
                    "device": device,
                    "time": {"started": started, "seconds": seconds},
                }
                # Workers that run the same have the same run.
                claims = made.setdefault(json.dumps(run), {**run, "claims": {}})[
                    "claims"
                ]
                for name in (HOST, device["name"]):
                    for id, entry in entries.get(name, {}).items():
                        claims[id] = max(claims.get(id, entry), entry, key=badness)
        for run in made.values():
            run["claims"] = {id: _kept(it) for id, it in run["claims"].items()}
        return list(made.values())


def worker_of(report: pytest.TestReport) -> str:
    """Return the worker of xdist that a report is from; '' if it is from none."""
    node = getattr(report, "node", None)
    return node.workerinput["workerid"] if node else ""


def _kept(entry: dict[str, Any]) -> dict[str, str]:
    """Return what the run file keeps of an entry."""
    kept = {key: entry[key] for key in ("outcome", "reason") if entry[key]}
    return kept if entry["level"] == "must" else {**kept, "level": entry["level"]}


def badness(entry: dict[str, Any]) -> tuple[int, str]:
    """Return what is greatest for the entry that stands for several."""
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
