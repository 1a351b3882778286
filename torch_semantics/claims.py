"""Claims: one documented behaviour each, declared on the spec that proves it."""

from __future__ import annotations

import inspect
import itertools
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from packaging.version import InvalidVersion, Version

LEVELS = ("must", "observed")
FIRST_RELEASE = "1.13"
ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)+")
NAME = re.compile(r"\w*[_.(=]")  # of something in torch, which keeps its small letter
PAGE = re.compile(r"[A-Za-z0-9_./-]+(#[A-Za-z0-9_.-]+)?")
DOCUMENTATION = "https://docs.pytorch.org/docs/stable/"

Spec = TypeVar("Spec", bound=Callable[..., None])


@dataclass(frozen=True)
class Difference:
    """How a claim is known to differ on one kind of device; checked strictly there.

    Give either the error that the spec meets on the device (``raises``, ``match``) or
    the tolerance that it needs there (``rtol``, ``atol``, read by the spec through the
    ``tolerance`` fixture). A spec that holds without its declared difference is broken.

    Args:
        device: the type of device, such as ``"cuda"`` or ``"mps"``.
        why: the reason, as a clause that a reader understands.
        dtypes: names of the dtypes concerned, such as ``("float64",)``, compared with
            the spec's parameter ``dtype``; empty for all.
        raises: the type of the error that the spec raises there.
        match: a regular expression that the error's message contains.
        rtol: relative tolerance, a fraction.
        atol: absolute tolerance, in the units of the values compared.
    """

    device: str
    why: str
    dtypes: tuple[str, ...] = ()
    raises: type[Exception] | None = None
    match: str = ""
    rtol: float = 0.0
    atol: float = 0.0

    def problem(self) -> str | None:
        """Say what is wrong with the declaration, or return None."""
        if not self.why:
            return f"the difference on {self.device} has no reason: fill in why="
        tolerant = bool(self.rtol or self.atol)
        if (self.raises is None) != tolerant:
            return (
                f"the difference on {self.device} needs either raises= or a tolerance"
                " (rtol=, atol=), and not both"
            )
        return None


@dataclass(frozen=True)
class Claim:
    """One documented behaviour of torch: an id, a sentence and its bounds.

    Args:
        id: permanent, dotted, lower case, such as ``"tensor.view.write-reaches-base"``.
        sentence: what torch does; the first line of the spec's docstring.
        also: ids of further passages that the spec proves.
        see: page of the official documentation, relative, without ``.html``.
        since: the first release on which the claim holds; None for no lower bound.
        until: the first release on which it no longer holds; None for no upper bound.
        gap: releases within these bounds on which it does not hold, from the first to
            the one on which it holds again; None if there are none.
        level: ``"must"`` gates; ``"observed"`` is reported and never gates.
        differs: known differences on devices.
    """

    id: str
    sentence: str
    also: tuple[str, ...] = ()
    see: str | None = None
    since: str | None = None
    until: str | None = None
    gap: tuple[str, str] | None = None
    level: str = "must"
    differs: tuple[Difference, ...] = ()

    @property
    def passages(self) -> tuple[str, ...]:
        """Every id under which the claim may prove a passage: its own and ``also``."""
        return (self.id, *self.also)

    @property
    def bounds(self) -> str:
        """The declared bounds in words, such as ``since 2.0, until 2.6``."""
        words = ", ".join(f"{word} {end}" for word, end in self.edges[:2] if end)
        words = words or "every release"
        return f"{words}, but from {' until '.join(self.gap)}" if self.gap else words

    @property
    def edges(self) -> list[tuple[str, str | None]]:
        """Each release that bounds the claim, with the word for it."""
        start, end = self.gap or (None, None)
        ends = [("since", self.since), ("until", self.until)]
        return [*ends, ("gap from", start), ("gap until", end)]

    @property
    def page(self) -> str | None:
        """Address of the official page, or None."""
        if self.see is None:
            return None
        path, _, anchor = self.see.partition("#")
        return f"{DOCUMENTATION}{path}.html" + (f"#{anchor}" if anchor else "")

    def covers(self, release: Version) -> bool:
        """Whether ``since <= release < until``, and not in the gap."""
        return not (
            (self.since is not None and release < Version(self.since))
            or (self.until is not None and release >= Version(self.until))
            or (
                self.gap is not None
                and Version(self.gap[0]) <= release < Version(self.gap[1])
            )
        )

    def difference(self, device: str, dtype: str | None) -> Difference | None:
        """Return the declared difference for a device type and dtype name, or None."""
        for difference in self.differs:
            if difference.device == device and (
                not difference.dtypes or dtype in difference.dtypes
            ):
                return difference
        return None

    def problems(self, passages: Collection[str]) -> Iterator[str]:
        """Yield one line for each thing that is wrong with the declaration.

        Args:
            passages: ids of all passages in the catalogue.
        """
        if not ID.fullmatch(self.id):
            yield (
                f"the id {self.id!r} is not dotted lower case, such as"
                " 'tensor.view.write-reaches-base'"
            )
        if not self.sentence:
            yield "the spec has no docstring: its first line is the claim's sentence"
        elif self.sentence[0].islower() and not NAME.match(self.sentence):
            yield f"the sentence {self.sentence!r} does not start with a capital letter"
        elif not self.sentence.endswith("."):
            yield f"the sentence {self.sentence!r} does not end with a full stop"
        for passage in self.also:
            if passage not in passages:
                yield (
                    f"also= names the passage {passage!r}, which is not in documents/:"
                    " correct the id, or add the passage there"
                )
        if len(set(self.passages)) < len(self.passages):
            yield "also= repeats an id"
        if self.see is not None and not PAGE.fullmatch(self.see.removesuffix(".html")):
            yield f"see={self.see!r} is not a page name, such as 'tensor_view'"
        if self.level not in LEVELS:
            yield f"level={self.level!r} is not one of {', '.join(LEVELS)}"
        yield from self._impossible_bounds()
        for difference in self.differs:
            problem = difference.problem()
            if problem:
                yield problem

    def _impossible_bounds(self) -> Iterator[str]:
        if self.gap is not None and len(self.gap) != 2:
            yield f"gap={self.gap!r} is not two releases, such as ('2.1.0', '2.1.1')"
            return
        ends: dict[str, Version] = {}
        for word, text in self.edges:
            if text is None:
                continue
            try:
                ends[word] = Version(text)
            except InvalidVersion:
                yield f"{word}={text!r} is not a release, such as '2.6.0'"
        words = ("since", "gap from", "gap until", "until")
        for word, later in itertools.pairwise(word for word in words if word in ends):
            if ends[word] >= ends[later]:
                yield (
                    f"the bounds are impossible: {word} {ends[word]} is not before"
                    f" {later} {ends[later]}"
                )
        for word, end in ends.items():
            if end <= Version(FIRST_RELEASE):
                yield (
                    f"{word}={end} bounds nothing: no release before {FIRST_RELEASE}"
                    " is supported"
                )


def claim(
    id: str,
    *,
    also: Collection[str] = (),
    see: str | None = None,
    since: str | None = None,
    until: str | None = None,
    gap: tuple[str, str] | None = None,
    level: str = "must",
    differs: Collection[Difference] = (),
) -> Callable[[Spec], Spec]:
    """Declare that the decorated test function is the spec of one claim.

    It only records: what is wrong with a declaration is reported when pytest collects
    the spec. See :class:`Claim` for the arguments. It goes above every other decorator.
    """

    def declare(spec: Spec) -> Spec:
        lines: list[str] = (inspect.getdoc(spec) or "").splitlines()
        paragraph = lines[: lines.index("")] if "" in lines else lines
        spec.claim = Claim(  # type: ignore[attr-defined]
            id=id,
            sentence=" ".join(paragraph),
            also=tuple(also),
            see=see,
            since=since,
            until=until,
            gap=gap,
            level=level,
            differs=tuple(differs),
        )
        return spec

    return declare


def claim_of(item: Any) -> Claim | None:
    """Return the claim of a pytest item or a function, or None if it has none."""
    return getattr(getattr(item, "function", item), "claim", None)
