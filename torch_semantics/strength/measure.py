"""Measures the strength of specs: runs them without faults, and then under faults."""

from __future__ import annotations

import gc
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import torch
import torch._dynamo  # an optimizer's first step would import it, in every child
from tqdm import tqdm

from torch_semantics.faults import Fault
from torch_semantics.strength import calls, generated, pool, written
from torch_semantics.strength.generated import CAUGHT, NONE, ON_THE_WAY, SURVIVES
from torch_semantics.strength.report import (
    ChapterResult,
    ClaimResult,
    FaultResult,
    Survivor,
)
from torch_semantics.strength.suite import Spec
from torch_semantics.strength.unfair import read_unfair

SECONDS = 60.0  # that a child may be silent

Thing = TypeVar("Thing")


def measure(root: Path, specs: list[Spec], everything: bool) -> list[ChapterResult]:
    """Return what is found of the specs' chapters, in the specs' order.

    Args:
        root: the repository.
        specs: all specs of some chapters.
        everything: whether to run every spec under every written fault of its chapter,
            also where it is clear by then that nothing is vacuous or uncaught.

    Raises:
        Unusable: a file of faults, or what explains survivors, can't be read.
    """
    torch.set_num_threads(1)
    calls.name_of(torch.add)  # has torch list its functions, before there are children
    names = list(dict.fromkeys(spec.chapter for spec in specs))
    reasons = read_unfair(root)
    gc.collect()
    gc.freeze()  # no child needs to look through what is here already

    _find_outcomes(specs)
    holding = [spec for spec in specs if spec.outcome == "holds"]
    # Where nothing of a chapter holds, it may need a package that its faults need, too.
    faults = [
        (name, fault)
        for name in dict.fromkeys(spec.chapter for spec in holding)
        for fault in written.read_faults(root, name)
    ]
    chapters = {
        name: ChapterResult(
            name,
            [
                ClaimResult(each.id, each.outcome)
                for each in specs
                if each.chapter == name
            ],
            [
                FaultResult(each.name, each.sentence)
                for at, each in faults
                if at == name
            ],
        )
        for name in names
    }
    _generated(chapters, holding)
    _written(chapters, faults, holding, everything)
    _explain(chapters, reasons, holding)
    return list(chapters.values())


def _explain(
    chapters: dict[str, ChapterResult], reasons: dict[str, str], holding: list[Spec]
) -> None:
    """Say why survivors may survive, and which reasons are without a survivor."""
    survive: set[str] = set()
    for chapter in chapters.values():
        for each in chapter.survivors:
            each.because = reasons.get(each.name, "")
            survive.add(each.name)
    chapter_of = {spec.id: spec.chapter for spec in holding}
    for name in reasons:
        claim = name.partition(":")[0]
        if claim in chapter_of and name not in survive:
            chapters[chapter_of[claim]].outlived.append(name)


def _find_outcomes(specs: list[Spec]) -> None:
    """Find the outcome of each claim on torch as it is."""
    groups = _groups(specs, 16)
    results = _run("without faults", [written.clean_job(group) for group in groups])
    for group, outcomes in zip(groups, results, strict=True):
        for spec, outcome in zip(group, outcomes, strict=False):
            spec.outcome = outcome if isinstance(outcome, str) else outcome["died"]


def _generated(chapters: dict[str, ChapterResult], holding: list[Spec]) -> None:
    """Run specs under generated faults."""
    groups = [
        (chapter, group)
        for chapter in chapters.values()
        for group in _groups(
            [each for each in holding if each.chapter == chapter.name], 8
        )
    ]
    results = _run("generated faults", [generated.job(group) for _, group in groups])
    for (chapter, group), endings in zip(groups, results, strict=True):
        claim = chapter.claim(group[0].id)
        counts: Counter[str] = Counter()
        for each in endings:
            if "problem" in each:
                counts = Counter()
                claim = chapter.claim(each["claim"])
                claim.unwatched = each["problem"]
                continue
            ending = each.get("ending", ON_THE_WAY)  # a child that died has none
            if ending == NONE:
                continue
            counts[ending] += 1
            claim.endings = dict(sorted(counts.items()))
            if ending == SURVIVES:
                survivor = Survivor(
                    claim.id, each["line"], each["function"], each["kind"]
                )
                chapter.survivors.append(survivor)


def _written(
    chapters: dict[str, ChapterResult],
    faults: Sequence[tuple[str, Fault]],
    holding: list[Spec],
    everything: bool,
) -> None:
    """Run specs under written faults.

    Each fault meets the specs that nothing has failed yet, and the others of its
    chapter until one catches it.
    """
    jobs = []
    for name, fault in faults:
        own = [spec for spec in holding if spec.chapter == name]
        always = [
            spec
            for spec in own
            if everything or chapters[name].claim(spec.id).is_vacuous
        ]
        rest = [spec for spec in own if spec not in always]
        jobs.append(written.fault_job(fault, always, rest))
    for (name, fault), (first, *endings) in zip(
        faults, _run("written faults", jobs), strict=True
    ):
        result = chapters[name].fault(fault.name)
        result.problem = first.get("problem", f"not applied: {first.get('died')}")
        for each in endings:
            if each.get("ending") == CAUGHT:
                result.caught_by.append(each["claim"])
                chapters[name].claim(each["claim"]).written.append(fault.name)
            elif each.get("ending") == ON_THE_WAY:
                result.on_the_way.append(each["claim"])


def _groups(things: list[Thing], size: int) -> list[list[Thing]]:
    return [things[start : start + size] for start in range(0, len(things), size)]


def _run(title: str, jobs: list[pool.Job]) -> list[list[Any]]:
    """Run jobs, with a progress bar on a terminal."""
    workers = os.cpu_count() or 1
    # Without tqdm's own thread: a child must be forked from a process with one thread.
    tqdm.monitor_interval = 0
    with tqdm(total=len(jobs), desc=title, disable=None) as bar:
        return pool.run(jobs, workers=workers, seconds=SECONDS, progress=bar.update)
