"""Generated faults: each is one call of a spec going wrong in one way.

A spec is run once to see its calls into torch, then once for each of them and each kind
of fault. Which faults count:

- Those at calls that act. A call **builds** if it makes a tensor from none,
  **arranges** if the spec's first paragraph only prepares what a later one acts on, and
  **looks** if an assertion makes it to see something of a tensor: faults at these would
  change what the spec is given, or how it looks, and not what it is about. Of a call
  that arranges, only the aliasing counts: that shows in what comes later. In a spec
  without a call that acts, every call counts.
- Those that break something that the spec goes on to see: see ``seeing.py``.
- Those that change anything at all where they are: see ``kinds.py``.

A fault is **caught** if one of the spec's assertions fails, and **survives** if the
spec holds. If something else raises, it broke the spec **on the way** to its
assertions, which proves nothing either way, and it does not count.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from torch_semantics.strength import seeing
from torch_semantics.strength.calls import Call, Site, Watched
from torch_semantics.strength.kinds import Kind, Raised
from torch_semantics.strength.pool import Job
from torch_semantics.strength.stages import Stages
from torch_semantics.strength.suite import Spec, plain, run_case

CAUGHT, SURVIVES, ON_THE_WAY, NONE = "caught", "survives", "on the way", ""
WORST = (NONE, ON_THE_WAY, SURVIVES, CAUGHT).index


def watch(
    item: pytest.Function, stages: Stages, handler: Callable[[], Callable[[Call], Any]]
) -> BaseException | None:
    """Run a case with its calls answered by a handler; return what the case raised.

    Args:
        item: the case.
        stages: of its spec.
        handler: makes a new handler, for each example where hypothesis makes them.
    """
    function = plain(item.obj)

    @functools.wraps(function)  # hypothesis seeds itself from a function's source
    def watched(**arguments: Any) -> None:
        with Watched(stages, handler()):
            function(**arguments)

    if function is not item.obj:
        item.obj.hypothesis.inner_test = watched
    else:
        item.obj = watched
    try:
        return run_case(item).error
    finally:
        if item.obj is watched:
            item.obj = function
        else:
            item.obj.hypothesis.inner_test = function


@dataclass
class Fault:
    """A generated fault.

    Args:
        site: the call that goes wrong.
        kind: how.
        live: what the spec sees of the call.
        cases: the numbers of the spec's cases that make the call.
    """

    site: Site
    kind: Kind
    live: frozenset[str] = frozenset()
    cases: list[int] = field(default_factory=list)


def faults_of(records: list[list[list[seeing.Seen]]]) -> list[Fault]:
    """Return the faults that count in a spec.

    Args:
        records: what was seen of its calls, by case and example.
    """
    acts = any(
        seen.role == "act" for case in records for record in case for seen in record
    )
    faults: dict[tuple[Site, str], Fault] = {}
    for number, case in enumerate(records):
        for seen in (seen for record in case for seen in record):
            for kind in seen.kinds:
                about = seen.role == "act" or not acts
                if seen.role == "arrange" and kind.breaks == {"aliasing"}:
                    about = True
                if about and kind.breaks & seen.live:
                    key = seen.site, kind.name
                    fault = faults.setdefault(key, Fault(seen.site, kind))
                    fault.live |= seen.live
                    if number not in fault.cases:
                        fault.cases.append(number)
    return list(faults.values())


def replay(item: pytest.Function, stages: Stages, fault: Fault) -> str:
    """Run a case with one fault; return how it ends."""
    made, error = _run_with(item, stages, fault)
    if error is not None:
        if not made:
            return NONE
        return CAUGHT if stages.is_assertion(error) else ON_THE_WAY
    if made:  # and nothing came of it: once more, to see whether it changes anything
        made, _ = _run_with(item, stages, fault, checks=True)
    return SURVIVES if any(call.changes for call in made) else NONE


def _run_with(
    item: pytest.Function, stages: Stages, fault: Fault, *, checks: bool = False
) -> tuple[list[Call], BaseException | None]:
    """Run a case with one fault; return the calls with it, and what the case raised."""
    made: list[Call] = []

    def handle(call: Call) -> Any:
        if call.site != fault.site:
            return call.run()
        call.live, call.checks = fault.live, checks
        try:
            answer = fault.kind.answer(call)
        except Exception:  # it changes nothing here, or can't be made
            return call.run()
        made.append(call)
        if isinstance(answer, Raised):
            raise answer.error
        return answer

    error = watch(item, stages, lambda: handle)
    return made, error


def job(specs: Sequence[Spec]) -> Job:
    """Make the job that replays specs under every generated fault that counts.

    It yields for each spec the claim's id with the problem of watching it (or ''), then
    for each of its faults the line, the function and the kind, and how it ends.
    """

    def work(had: int) -> Iterator[Any]:
        number = 0
        for spec in specs:
            try:
                records = [_record(item, spec.stages) for item in spec.cases]
            except Unwatched as error:
                records, problem = [], str(error)
            else:
                problem = ""
            if number >= had:
                yield {"claim": spec.id, "problem": problem}
            number += 1
            for fault in faults_of(records):
                if number >= had:
                    yield {
                        "line": fault.site.line,
                        "function": fault.site.name,
                        "kind": fault.kind.name,
                        "ending": _replay_all(spec, fault),
                    }
                number += 1

    return work


class Unwatched(Exception):
    """A spec fails when its calls are watched."""


def _record(item: pytest.Function, stages: Stages) -> list[list[seeing.Seen]]:
    """Return what is seen of a case's calls, by example."""
    made: list[seeing.Record] = []

    def record() -> seeing.Record:
        made.append(seeing.Record(stages))
        return made[-1]

    error = watch(item, stages, record)
    if error is not None:
        lines = str(error).splitlines() or [""]
        raise Unwatched(f"it fails when watched: {type(error).__name__}: {lines[0]}")
    return [each.finish() for each in made]


def _replay_all(spec: Spec, fault: Fault) -> str:
    """Replay a spec under one fault, in those of its cases that make the call."""
    ending = NONE
    for number in fault.cases:
        ending = max(ending, replay(spec.cases[number], spec.stages, fault), key=WORST)
        if ending == CAUGHT:
            break
    return ending
