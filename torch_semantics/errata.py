"""The errata: what the notes get wrong, as a page; ``torch-semantics errata``."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch_semantics import markdown
from torch_semantics.chapters import FILE, BadOrder, read_chapters
from torch_semantics.claims import Claim
from torch_semantics.passages import BadCatalogue, read_passages
from torch_semantics.sources import BadSource, Spec, read_specs

TEMPLATE = "errata.md.jinja"
# What a reader needs first, first.
VERDICTS = {
    "wrong": "Torch does something else.",
    "outdated": "It was so once.",
    "conditional": "It is so, but not always, or not quite.",
}


@dataclass(frozen=True)
class Erratum:
    """A statement of the notes that does not simply hold.

    Args:
        passage: the entry of the catalogue.
        specs: those that prove what is true, in reading order.
    """

    passage: dict[str, Any]
    specs: tuple[Spec, ...]


def run(root: Path, output: Path | None = None) -> int:
    """Print the page of errata, or write it; return the exit status.

    Args:
        root: the repository.
        output: the file to write instead of printing; links in the page start from
            its folder.

    Returns:
        0, or 2 if the page can't be made; then nothing is written.
    """
    try:
        if not (root / "spec" / FILE).exists():
            raise BadOrder(f"no specification here: spec/{FILE} is not in {root}")
        page = render(root, collect(root))
    except (BadOrder, BadCatalogue, BadSource) as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return 2
    return markdown.give(page, output)


def collect(root: Path) -> dict[str, list[Erratum]]:
    """Return the errata of each verdict, in reading order.

    Args:
        root: the repository.

    Raises:
        BadOrder: ``chapters.toml`` is not what it must be.
        BadCatalogue: the catalogue of passages is not.
        BadSource: a chapter can't be read.
    """
    order = {name: place for place, name in enumerate(read_chapters(root / "spec"))}
    provers: dict[str, list[Spec]] = {}
    for spec in read_specs(root / "spec"):
        for id in spec.claim.passages:
            provers.setdefault(id, []).append(spec)
    passages = sorted(
        read_passages(root / "documents").values(),
        key=lambda passage: order.get(passage["chapter"], len(order)),
    )
    return {
        verdict: [
            Erratum(passage, tuple(provers.get(passage["id"], ())))
            for passage in passages
            if passage["verdict"] == verdict
        ]
        for verdict in VERDICTS
    }


def render(root: Path, errata: dict[str, list[Erratum]]) -> str:
    """Return the page, in Markdown.

    Args:
        root: the repository, from which paths are given.
        errata: those of each verdict.
    """
    return markdown.render(
        TEMPLATE,
        errata=errata,
        meaning=VERDICTS,
        bounds=_bounds,
        path=lambda spec: spec.path.relative_to(root).as_posix(),
    )


def _bounds(claim: Claim) -> str:
    """Return on which releases a claim holds, in words; nothing if on all."""
    words = []
    if claim.since:
        words.append(f"from {claim.since} on")
    if claim.until:
        words.append(f"before {claim.until}")
    if claim.gap:
        words.append(f"not from {claim.gap[0]} until {claim.gap[1]}")
    return " and ".join(words)
