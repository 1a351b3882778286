"""Written faults: read from ``faults/``, each applied in a child of its own."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from torch_semantics.faults import Fault
from torch_semantics.strength import smoke
from torch_semantics.strength.generated import CAUGHT, ON_THE_WAY, SURVIVES
from torch_semantics.strength.pool import Job
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


def fault_job(fault: Fault, specs: list[Spec]) -> Job:
    """Make the job that runs specs under a fault.

    It yields why the fault proves nothing (or ''), then how each spec ends under it.
    """

    def work(had: int) -> Iterator[Any]:
        problem = _apply(fault)
        if had == 0:
            yield problem
        if not problem:
            for spec in specs[max(0, had - 1) :]:
                yield _ending(spec)

    return work


def _apply(fault: Fault) -> str:
    """Apply a fault; return why it proves nothing, or ''."""
    try:
        if fault.witness():
            return "its witness says that torch is broken before the fault is applied"
    except Exception as error:  # a witness may raise what it likes
        return f"its witness fails on torch as it is: {_line(error)}"
    try:
        fault.apply(setattr)
    except Exception as error:  # and so may a patch
        return f"not applied: {_line(error)}"
    try:
        if not fault.witness():
            return "not applied: its witness sees nothing wrong"
    except Exception as error:
        return f"not applied: its witness fails: {_line(error)}"
    if smoke.everything_is_broken():
        return "breaks torch for everything"
    return ""


def _ending(spec: Spec) -> str:
    """Run a spec; return how it ends.

    It catches the fault by an assertion, or by any error once it has arranged what it
    acts on: that torch refuses to act may be what the fault is about.
    """
    ending = SURVIVES
    for case in spec.cases:
        error = run_case(case).error
        if isinstance(error, AssertionError) or (
            error is not None and spec.stages.is_past_arranging(error)
        ):
            return CAUGHT
        if error is not None:
            ending = ON_THE_WAY
    return ending


def _line(error: Exception) -> str:
    text = (str(error).strip() or "no message").splitlines()[0]
    return f"{type(error).__name__}: {text}"
