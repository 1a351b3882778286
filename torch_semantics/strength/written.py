"""Written faults: read from ``faults/``, each applied in a child of its own."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from torch_semantics import state
from torch_semantics.faults import Fault
from torch_semantics.strength import smoke
from torch_semantics.strength.generated import CAUGHT, ON_THE_WAY, SURVIVES
from torch_semantics.strength.pool import Job
from torch_semantics.strength.stages import words_in
from torch_semantics.strength.suite import Spec, Unusable, fault_file, run_case


def read_faults(root: Path, chapter: str) -> list[Fault]:
    """Return the written faults of a chapter, in the order of its file.

    Raises:
        Unusable: the file can't be imported.
    """
    path = fault_file(root, chapter)
    if not path.exists():
        return []
    name = f"faults.{chapter.replace('/', '.').replace('-', '_')}"
    source = importlib.util.spec_from_file_location(name, path)
    assert source is not None
    assert source.loader is not None
    module = importlib.util.module_from_spec(source)
    sys.modules[name] = module
    try:
        source.loader.exec_module(module)
    except Exception as error:  # whatever the file does
        raise Unusable(
            f"{path} can't be read: {type(error).__name__}: {error}"
        ) from None
    return [value for value in vars(module).values() if isinstance(value, Fault)]


def clean_job(specs: list[Spec]) -> Job:
    """Make the job that runs specs on torch as it is; it yields each one's outcome."""

    def work(had: int) -> Iterator[Any]:
        for spec in specs[had:]:
            outcomes = [run_case(case).outcome for case in spec.cases]
            yield next((each for each in outcomes if each != "holds"), "holds")

    return work


def fault_job(fault: Fault, always: list[Spec], rest: list[Spec]) -> Job:
    """Make the job that runs specs under a fault.

    It yields why the fault proves nothing (or ''), and then for each spec that is run
    the claim's id and how it ends.

    Args:
        fault: the fault.
        always: specs to run.
        rest: specs to run until one catches the fault.
    """

    def work(had: int) -> Iterator[Any]:
        patched: list[str] = []
        problem = _apply(fault, patched)
        if had == 0:
            yield {"problem": problem}
        if problem:
            return
        about = words_in(" ".join([fault.name, fault.sentence, *patched]))
        # Those first that are about the same, and properties, which are slow, last.
        likely = sorted(
            rest, key=lambda spec: (spec.is_property, -len(about & spec.stages.words))
        )
        caught = False
        for number, spec in enumerate([*always, *likely], start=1):
            if caught and number > len(always):
                return
            if number >= had:
                ending = _ending(spec)
                caught = caught or ending == CAUGHT
                yield {"claim": spec.id, "ending": ending}

    return work


def _apply(fault: Fault, patched: list[str]) -> str:
    """Apply a fault; return why it proves nothing, or ''.

    Args:
        fault: the fault.
        patched: takes the names of what the fault patches.
    """

    def patch(thing: Any, name: str, value: Any) -> None:
        patched.append(name)
        setattr(thing, name, value)

    def sees_it() -> bool:
        state.seed(fault.name, [])  # whatever ran before
        return fault.witness()

    try:
        if sees_it():
            return "its witness says that torch is broken before the fault is applied"
    except Exception as error:  # a witness may raise what it likes
        return f"its witness fails on torch as it is: {_line(error)}"
    try:
        fault.apply(patch)
    except Exception as error:  # and so may a patch
        return f"not applied: {_line(error)}"
    try:
        if not sees_it():
            return "not applied: its witness sees nothing wrong"
    except Exception as error:
        return f"not applied: its witness fails: {_line(error)}"
    if smoke.everything_is_broken():
        return "breaks torch for everything"
    return ""


def _ending(spec: Spec) -> str:
    """Run a spec; return how it ends.

    It catches the fault by any error once it has arranged what it acts on: that torch
    refuses to act may be what the fault is about.
    """
    ending = SURVIVES
    for case in spec.cases:
        error = run_case(case).error
        if error is not None and spec.stages.is_past_arranging(error):
            return CAUGHT
        if error is not None:
            ending = ON_THE_WAY
    return ending


def _line(error: Exception) -> str:
    text = (str(error).strip() or "no message").splitlines()[0]
    return f"{type(error).__name__}: {text}"
