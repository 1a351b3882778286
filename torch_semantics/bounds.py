"""Compares declared bounds with what runs observed: ``torch-semantics bounds``."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from pathlib import Path

from packaging.version import Version

from torch_semantics.chapters import BadOrder
from torch_semantics.claims import Claim
from torch_semantics.history import Run, by_device, observations, read_history
from torch_semantics.releases import known
from torch_semantics.runs import BadRun, digest_of
from torch_semantics.sources import BadSource, read_specs

Seen = dict[Version, bool]  # whether a claim held, by release


def run(root: Path, folder: Path) -> int:
    """Print each bound that is not what the runs observed; return the exit status.

    Args:
        root: the repository.
        folder: of the run files.

    Returns:
        0 if every bound is as observed, 1 if not, 2 if it can't be told.
    """
    try:
        claims = [spec.claim for spec in read_specs(root / "spec")]
        runs = read_history(folder)
    except (BadOrder, BadRun, BadSource) as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return 2
    lines = list(problems(claims, runs))
    for line in lines:
        print(line)
    ends = [end for claim in claims for _, end in claim.edges if end]
    print(
        f"{len(claims)} claims with {len(ends)} bounds, {len(runs)} runs:"
        f" {len(lines) or 'nothing'} to mend"
    )
    older = _older(runs, digest_of(root / "spec"))
    if older:
        print(
            f"the specs have changed since the runs on {', '.join(older)}:"
            " make them again with torch-semantics releases"
        )
    return int(bool(lines))


def _older(runs: list[Run], digest: str) -> list[str]:
    """Return the releases whose runs were made of other specs than stand here."""
    return [run["torch"]["version"] for run in runs if run["specification"] != digest]


def problems(claims: list[Claim], runs: list[Run]) -> Iterator[str]:
    """Yield a line for each claim whose bounds differ, contradict or were not seen.

    Args:
        claims: as they are declared.
        runs: of all releases and devices.
    """
    releases = known(run["torch"]["version"] for run in runs)
    seen = {
        device: observations(of_device) for device, of_device in by_device(runs).items()
    }
    for claim in claims:
        unobserved: list[str] = []
        for device, observed in seen.items():
            kind, words = compare(claim, observed.get(claim.id, {}), releases)
            where = "" if device == "cpu" else f" on {device}"
            if kind == "unobserved":
                unobserved.append(words)
            elif kind:
                yield f"{kind}: {claim.id}: {words}{where}"
        if len(unobserved) == len(seen):  # one device that saw it is enough
            yield f"unobserved: {claim.id}: {unobserved[0]}"


def compare(claim: Claim, seen: Seen, releases: list[Version]) -> tuple[str, str]:
    """Return what is wrong with a claim's bounds, and words for it, or two ''.

    Args:
        claim: as it is declared.
        seen: whether it held, on the releases that it was run on.
        releases: all that there are, in order.
    """
    states = [seen[release] for release in sorted(seen)]
    # Fails, holds, fails; or holds, fails: else it needs a gap.
    if states and _flips(states) > 2 - states[0] + 2 * (claim.gap is not None):
        return "contradictory", _spans(seen)
    if any(claim.covers(release) != state for release, state in seen.items()):
        return "differs", f"declared {claim.bounds}; {_spans(seen)}"
    for word, text in claim.edges:
        if text is None:
            continue
        edge = Version(text)
        before = [release for release in releases if release < edge]
        missing = [each for each in (*before[-1:], edge) if each not in seen]
        if edge not in releases:
            return "differs", f"declared {word} {text}, and there is no torch {text}"
        if missing:
            return "unobserved", f"{word} {text}, and it was not run on {missing[0]}"
    return "", ""


def _flips(states: list[bool]) -> int:
    return sum(a != b for a, b in itertools.pairwise(states))


def _spans(seen: Seen) -> str:
    """Say where a claim was seen to hold and to fail, in words."""
    spans: list[tuple[bool, list[Version]]] = []
    for release in sorted(seen):
        if not spans or spans[-1][0] != seen[release]:
            spans.append((seen[release], []))
        spans[-1][1].append(release)
    return ", ".join(
        f"{'holds' if state else 'fails'} on {releases[0]}"
        + (f" to {releases[-1]}" if len(releases) > 1 else "")
        for state, releases in spans
    )
