"""The change log of torch's behaviour, as observed: ``torch-semantics changes``."""

from __future__ import annotations

import itertools
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

from packaging.version import Version

from torch_semantics import markdown
from torch_semantics.chapters import BadOrder
from torch_semantics.history import (
    Run,
    by_device,
    observations,
    read_history,
    release_in,
)
from torch_semantics.releases import known
from torch_semantics.runs import BadRun
from torch_semantics.sources import BadSource, Spec, read_specs

TEMPLATE = "changes.md.jinja"


@dataclass(frozen=True)
class Change:
    """A behaviour that is another one on a release than on the release before it.

    Args:
        old: the spec that held until then, or None if none says what was.
        new: the spec that holds since then, or None if none says what is.
        instead: the error that the one spec meets where it does not hold.
    """

    old: Spec | None
    new: Spec | None
    instead: str = ""

    @property
    def chapter(self) -> str:
        """The chapter that it belongs to."""
        spec = self.new or self.old
        assert spec is not None
        return spec.chapter


@dataclass
class Release:
    """What changed on one release.

    Args:
        version: the release.
        before: the release before it.
        unknown: those of the two that were not run.
        changes: in reading order.
    """

    version: str
    before: str
    unknown: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)


def run(root: Path, folder: Path, output: Path | None = None) -> int:
    """Print the change log, or write it; return the exit status.

    Args:
        root: the repository.
        folder: of the run files.
        output: the file to write instead of printing; links start from its folder.

    Returns:
        0, or 2 if it can't be made; then nothing is written.
    """
    try:
        specs = read_specs(root / "spec")
        releases = collect(specs, read_history(folder))
    except (BadOrder, BadRun, BadSource) as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return 2
    folder = (output or root / "CHANGES.md").resolve().parent
    return markdown.give(render(releases, folder), output)


def render(releases: list[Release], folder: Path) -> str:
    """Return the change log, in Markdown.

    Args:
        releases: what changed on each.
        folder: where the page will be, from which its links start.
    """
    return markdown.render(
        TEMPLATE,
        releases=releases,
        count=sum(len(release.changes) for release in releases),
        path=lambda spec: Path(os.path.relpath(spec.path, folder)).as_posix(),
    )


def collect(specs: list[Spec], runs: list[Run]) -> list[Release]:
    """Return what changed on each release, the newest first.

    Args:
        specs: all of the specification, in reading order.
        runs: all there are; those on the CPU are compared.
    """
    on_cpu = {release_in(run): run for run in by_device(runs)["cpu"]}
    seen = observations(on_cpu.values())
    releases = known(str(release) for release in on_cpu)
    log = []
    for before, version in itertools.pairwise(releases):
        release = Release(str(version), str(before))
        release.unknown = [
            str(each) for each in (before, version) if each not in on_cpu
        ]
        if not release.unknown:
            release.changes = _changes(specs, seen, on_cpu, before, version)
        log.append(release)
    return log[::-1]


def _changes(
    specs: list[Spec],
    seen: dict[str, dict[Version, bool]],
    runs: dict[Version, Run],
    before: Version,
    version: Version,
) -> list[Change]:
    """Return what changed between two releases, in reading order."""

    def went(spec: Spec, old: bool, new: bool) -> bool:
        states = seen.get(spec.claim.id, {})
        return states.get(before) is old and states.get(version) is new

    def instead(spec: Spec, release: Version) -> str:
        return runs[release]["claims"][spec.claim.id].get("reason", "")

    stopped = [spec for spec in specs if went(spec, True, False)]
    started = [spec for spec in specs if went(spec, False, True)]
    order = {spec.claim.id: place for place, spec in enumerate(specs)}
    pairs = pair(stopped, started, order)
    changes = [
        *(Change(old, new) for old, new in pairs),
        *(
            Change(spec, None, instead(spec, version))
            for spec in stopped
            if spec not in [old for old, _ in pairs]
        ),
        *(
            Change(None, spec, instead(spec, before))
            for spec in started
            if spec not in [new for _, new in pairs]
        ),
    ]
    return sorted(
        changes,
        key=lambda each: order[(each.new or each.old).claim.id],  # type: ignore[union-attr]
    )


def pair(
    stopped: list[Spec], started: list[Spec], order: dict[str, int]
) -> list[tuple[Spec, Spec]]:
    """Return which spec took the place of which.

    What was and what is stand side by side in a chapter: next to each other, or with
    one other spec between.

    Args:
        stopped: the specs that don't hold any more.
        started: the specs that hold now.
        order: the place of each claim in the specification.
    """
    pairs = []
    rest = list(started)
    for old in stopped:

        def far(new: Spec, old: Spec = old) -> int:
            return abs(order[new.claim.id] - order[old.claim.id])

        near = [new for new in rest if new.chapter == old.chapter and far(new) <= 2]
        if near:
            new = min(near, key=far)
            pairs.append((old, new))
            rest.remove(new)
    return pairs
