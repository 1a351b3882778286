"""What is found of the strength of specs, and how it is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from torch_semantics.strength import unfair as explained
from torch_semantics.strength.generated import CAUGHT, ON_THE_WAY, SURVIVES


@dataclass
class ClaimResult:
    """What is found of one claim.

    Args:
        id: of the claim.
        outcome: on torch as it is; strength is only known of what ``holds``.
        unwatched: why no generated fault could be made; '' if they could.
        written: the written faults that fail the spec.
        endings: how many generated faults end in which way.
    """

    id: str
    outcome: str
    unwatched: str = ""
    written: list[str] = field(default_factory=list)
    endings: dict[str, int] = field(default_factory=dict)

    @property
    def is_vacuous(self) -> bool:
        """Whether no fault fails the spec."""
        return self.outcome == "holds" and not (
            self.written or self.endings.get(CAUGHT)
        )


@dataclass
class FaultResult:
    """What is found of one written fault.

    Args:
        name: of the fault.
        sentence: what is wrong under it.
        problem: why it proves nothing; '' if it was applied as it should.
        caught_by: the claims whose specs fail under it.
        on_the_way: those whose specs fail before they assert anything.
    """

    name: str
    sentence: str
    problem: str = ""
    caught_by: list[str] = field(default_factory=list)
    on_the_way: list[str] = field(default_factory=list)

    @property
    def is_caught(self) -> bool:
        """Whether it was applied, and a spec fails under it."""
        return bool(self.caught_by) and not self.problem


@dataclass
class Survivor:
    """A generated fault that its spec does not catch.

    Args:
        claim: the id.
        line: of the call, in the chapter's file.
        function: that is called.
        kind: what it does wrong.
        because: why no spec could fairly catch it; '' where that is not explained.
    """

    claim: str
    line: int
    function: str
    kind: str
    because: str = ""

    @property
    def name(self) -> str:
        """The fault as a phrase, by which it is explained."""
        return f"{self.claim}: {self.function} {self.kind}"


@dataclass
class ChapterResult:
    """What is found of one chapter.

    Args:
        name: such as ``tensor/views``.
        claims: what is found of its claims.
        faults: what is found of its written faults.
        survivors: the generated faults that nothing catches.
        outlived: explanations of faults that do not survive (any more).
    """

    name: str
    claims: list[ClaimResult] = field(default_factory=list)
    faults: list[FaultResult] = field(default_factory=list)
    survivors: list[Survivor] = field(default_factory=list)
    outlived: list[str] = field(default_factory=list)

    def claim(self, id: str) -> ClaimResult:
        """Return what is found of a claim."""
        return next(each for each in self.claims if each.id == id)

    def fault(self, name: str) -> FaultResult:
        """Return what is found of a written fault."""
        return next(each for each in self.faults if each.name == name)

    def count(self, ending: str) -> int:
        """Return how many generated faults end in one way."""
        return sum(claim.endings.get(ending, 0) for claim in self.claims)

    @property
    def is_weak(self) -> bool:
        """Whether a claim is vacuous, or a written fault is not caught."""
        return any(claim.is_vacuous for claim in self.claims) or not all(
            fault.is_caught for fault in self.faults
        )


def tell(chapters: list[ChapterResult], verbose: bool) -> Iterator[str]:
    """Yield the lines of the report.

    Args:
        chapters: what is found.
        verbose: whether to say of each claim what fails it, of each written fault by
            which claims it is caught, and of each survivor why it may survive.
    """
    for chapter in chapters:
        yield _sums(chapter.name, [chapter])
        yield from (f"  {line}" for line in _weaknesses(chapter))
        if verbose:
            yield from (f"  {line}" for line in _strengths(chapter))
    if len(chapters) > 1:
        yield _sums("all", chapters)


def _sums(name: str, chapters: list[ChapterResult]) -> str:
    claims = [claim for chapter in chapters for claim in chapter.claims]
    known = [claim for claim in claims if claim.outcome == "holds"]
    faults = [fault for chapter in chapters for fault in chapter.faults]
    caught = sum(chapter.count(CAUGHT) for chapter in chapters)
    counting = caught + sum(chapter.count(SURVIVES) for chapter in chapters)
    share = f" ({100 * caught / counting:.1f} %)" if counting else ""
    survivors = [each for chapter in chapters for each in chapter.survivors]
    unfair = sum(bool(each.because) for each in survivors)
    vacuous = sum(each.is_vacuous for each in known)
    return (
        f"{name}: {len(known)} claims, {vacuous} vacuous;"
        f" {sum(each.is_caught for each in faults)} of {len(faults)} written faults"
        f" caught; {caught} of {counting} generated faults caught{share},"
        f" {unfair} unfair, {len(survivors) - unfair} unexplained"
    )


def _weaknesses(chapter: ChapterResult) -> Iterator[str]:
    for claim in chapter.claims:
        if claim.outcome != "holds":
            yield f"not looked at: {claim.id}: its outcome here is {claim.outcome!r}"
        elif claim.unwatched:
            yield f"no generated faults: {claim.id}: {claim.unwatched}"
    for claim in chapter.claims:
        if claim.is_vacuous:
            survive = claim.endings.get(SURVIVES, 0)
            why = (
                f"{survive} survive" if survive else "none that counts can be generated"
            )
            yield f"vacuous: {claim.id}: no fault fails it ({why})"
    for fault in chapter.faults:
        if fault.problem:
            yield f"no fault: {fault.name}: {fault.problem}"
        elif not fault.is_caught:
            yield f"uncaught: {fault.name}: {fault.sentence}"
            yield from (f"  breaks {id} before it asserts" for id in fault.on_the_way)
    for each in chapter.survivors:
        if not each.because:
            yield f"survives: {each.name} (line {each.line})"
    for name in chapter.outlived:
        yield f"does not survive: {name}: take it out of {explained.FILE}"


def _strengths(chapter: ChapterResult) -> Iterator[str]:
    for fault in chapter.faults:
        if fault.is_caught:
            yield f"caught: {fault.name}: by {', '.join(fault.caught_by)}"
    for each in chapter.survivors:
        if each.because:
            yield f"unfair: {each.name} (line {each.line}): {each.because}"
    for claim in chapter.claims:
        if claim.outcome == "holds":
            endings = [
                f"{claim.endings[ending]} {word}"
                for ending, word in (
                    (CAUGHT, "caught"),
                    (SURVIVES, "survive"),
                    (ON_THE_WAY, "break it on the way"),
                )
                if claim.endings.get(ending)
            ]
            generated = ", ".join(endings) or "none"
            written = ", ".join(claim.written) or "none"
            yield f"claim {claim.id}: generated: {generated}; written: {written}"


def as_json(chapters: list[ChapterResult], torch_version: str) -> dict[str, Any]:
    """Return all that is found as what JSON can hold."""
    return {
        "schema": 1,
        "torch": torch_version,
        "chapters": [asdict(chapter) for chapter in chapters],
    }
