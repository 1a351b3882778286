"""What the book shows: parts, chapters and claims, and where each claim holds."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from packaging.version import Version

from torch_semantics.book import code
from torch_semantics.chapters import Chapter, in_order, read_order
from torch_semantics.history import (
    FOLDER,
    Run,
    by_device,
    held,
    read_history,
    release_in,
)
from torch_semantics.passages import read_passages
from torch_semantics.releases import known
from torch_semantics.runs import digest_of, run_name
from torch_semantics.sources import Spec, read_specs

WORD = re.compile(r"^from torch_semantics\.words import (.+)", re.MULTILINE)
MODEL = re.compile(r"^from spec\.models(?:\.| import )(\w+)", re.MULTILINE)
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
UNKNOWN = "u"
FAILS = frozenset("bomtc")  # what turns a run red
# What a bar shows of a claim on a release, in a letter, in words, and what it means.
WORDS = {
    "h": "holds",
    "a": "absent",
    "d": "differs",
    "n": "not run",
    "b": "broken",
    "o": "holds out of bounds",
    "m": "missing",
    "t": "timed out",
    "c": "crashed",
    UNKNOWN: "unknown",
}
MEANING = {
    "h": "proven on the release",
    "a": "does not hold there, as declared",
    "d": "differs on the device, as declared",
    "n": "can't be run on the machine",
    "b": "fails where it is declared to hold",
    "o": "holds where it is declared not to",
    "m": "torch lacks what it needs, where it is declared to hold",
    "t": "ran longer than a spec may",
    "c": "killed its process",
    UNKNOWN: "no run of the release on the device",
}
LETTERS = {
    "holds": "h",
    "absent": "a",
    "differs": "d",
    "not-run": "n",
    "broken": "b",
    "timeout": "t",
    "crashed": "c",
}


def letter_of(entry: dict[str, str] | None) -> str:
    """Return the letter of an outcome, one of WORDS.

    Args:
        entry: the claim's, in a run; None if it has none there.
    """
    if entry is None:
        return UNKNOWN
    if entry["outcome"] == "bounds":
        return "o" if held(entry) else "m"
    return LETTERS[entry["outcome"]]


@dataclass(frozen=True)
class Span:
    """Adjacent releases on which a claim has the same outcome.

    Args:
        letter: of the outcome, one of WORDS.
        first: the oldest of the releases.
        last: the newest.
        count: how many there are.
        reason: what was seen on the oldest instead of what the claim says; may be ''.
    """

    letter: str
    first: str
    last: str
    count: int
    reason: str

    @property
    def outcome(self) -> str:
        """The outcome, in words."""
        return WORDS[self.letter]

    @property
    def releases(self) -> str:
        """The releases, in words."""
        return self.first if self.count == 1 else f"{self.first} to {self.last}"

    def __str__(self) -> str:
        """Return what is so where: ``holds on 2.0.0 to 2.15.0``."""
        why = f" ({self.reason})" if self.letter == "n" and self.reason else ""
        return f"{self.outcome} on {self.releases}{why}"


@dataclass(frozen=True)
class Bar:
    """The outcomes of a claim on all releases, on one device.

    Args:
        device: such as ``cpu``.
        letters: one of WORDS for each release, in order.
        spans: the same, adjacent equals together.
        reasons: the same, together only where the reason is the same, too.
    """

    device: str
    letters: str
    spans: tuple[Span, ...]
    reasons: tuple[Span, ...]

    @property
    def packed(self) -> str:
        """The letters with how often each follows itself, such as ``a2h28``."""
        groups = itertools.groupby(self.letters)
        return "".join(f"{letter}{len(list(same))}" for letter, same in groups)

    @property
    def words(self) -> str:
        """Where the claim holds and where not."""
        if self.letters == "h" * len(self.letters):
            (span,) = self.spans
            return f"holds on every release, {span.releases}"
        return "; ".join(str(span) for span in self.spans)

    def __str__(self) -> str:
        """Return the device, and where the claim holds there and where not."""
        return f"{self.device}: {self.words}"


@dataclass(frozen=True)
class Entry:
    """A claim in the book.

    Args:
        spec: the claim with its spec.
        piece: the spec's code, as the page shows it.
        command: what runs the spec alone.
        bars: where the claim holds, a bar for each device.
        passages: what the notes say that the claim proves or disproves.
    """

    spec: Spec
    piece: code.Piece
    command: str
    bars: tuple[Bar, ...]
    passages: tuple[dict[str, Any], ...]

    @property
    def id(self) -> str:
        """The claim's id, which is its anchor."""
        return self.spec.claim.id

    @property
    def address(self) -> str:
        """Where the claim stands, from the first page."""
        return f"{self.spec.chapter}.html#{self.id}"

    @property
    def changed(self) -> bool:
        """Whether the claim is not the same wherever it was run, or fails somewhere."""
        seen = {letter for bar in self.bars for letter in bar.letters}
        return len(seen - {"n", UNKNOWN}) > 1 or bool(seen & FAILS)

    @property
    def instead(self) -> list[tuple[str, str]]:
        """What was seen where it does not hold: the releases, and the error."""
        several = len(self.bars) > 1
        return [
            (
                f"{bar.device}, {span.releases}" if several else span.releases,
                span.reason,
            )
            for bar in self.bars
            for span in bar.reasons
            if span.reason and span.letter not in ("n", "h")
        ]


@dataclass
class Page:
    """A chapter in the book.

    Args:
        chapter: its name, titles and line.
        introduction: what it teaches, paragraph by paragraph.
        pieces: of its file, in order; those of claims are in the entries, too.
        entries: its claims, by id.
    """

    chapter: Chapter
    introduction: list[str]
    pieces: list[code.Piece]
    entries: dict[str, Entry]

    @property
    def models(self) -> set[str]:
        """The names of the models that its specs use."""
        code = "".join(piece.code for piece in self.pieces if piece.kind == "set-up")
        return set(MODEL.findall(code))

    @property
    def words(self) -> list[str]:
        """The words that its specs use beside torch's own."""
        code = "".join(piece.code for piece in self.pieces if piece.kind == "set-up")
        return [word for line in WORD.findall(code) for word in line.split(", ")]

    @property
    def of_line(self) -> dict[int, Entry]:
        """Its claims, by the line that their spec begins on."""
        return {entry.spec.line: entry for entry in self.entries.values()}

    @property
    def changed(self) -> int:
        """How many of its claims are not the same wherever they were run."""
        return sum(entry.changed for entry in self.entries.values())


@dataclass
class Book:
    """Everything that the pages show.

    Args:
        pages: the chapters, in reading order.
        releases: all there are, oldest first.
        tables: by device, the CPU first, and by release: the run that is shown.
        models: the rules in plain Python, by name.
        vocabulary: what the few words mean that specs use beside torch's own.
        passages: the catalogue, by id.
        specs: all of the specification, in reading order.
        runs: all there are.
        folder: where they are.
        stale: releases whose runs were made of other specs.
    """

    pages: list[Page]
    releases: list[str]
    tables: dict[str, dict[Version, Run]]
    models: dict[str, str]
    vocabulary: dict[str, str]
    passages: dict[str, dict[str, Any]]
    specs: list[Spec]
    runs: list[Run]
    folder: Path
    stale: list[str] = field(default_factory=list)

    @property
    def entries(self) -> list[Entry]:
        """All claims, in reading order."""
        return [entry for page in self.pages for entry in page.entries.values()]

    @property
    def parts(self) -> dict[str, list[Page]]:
        """The chapters of each part, by its title."""
        parts: dict[str, list[Page]] = {}
        for page in self.pages:
            parts.setdefault(page.chapter.part, []).append(page)
        return parts

    @property
    def letters(self) -> set[str]:
        """The outcomes that there are, each as its letter."""
        return {
            letter
            for entry in self.entries
            for bar in entry.bars
            for letter in bar.letters
        }

    @property
    def chapters(self) -> dict[str, Chapter]:
        """The chapters by name, in reading order."""
        return {page.chapter.name: page.chapter for page in self.pages}

    @property
    def devices(self) -> list[str]:
        """Those that there are runs of; the CPU first."""
        return list(self.tables)

    @property
    def choices(self) -> list[tuple[str, str]]:
        """What can be compared, the newest first: in words, and as ``diff`` wants it.

        It is called by its release, and by its device where that is not the first.
        """
        return [
            (
                release + f" on {device}" * (device != self.devices[0]),
                self._argument(self.tables[device][Version(release)]),
            )
            for release in reversed(self.releases)
            for device in reversed(self.devices)
            if Version(release) in self.tables[device]
        ]

    def _argument(self, run: Run) -> str:
        """Return what names a run to ``torch-semantics diff``: its release, or file."""
        name = run_name(run)
        release = str(release_in(run))
        if self.folder == FOLDER and name == f"torch-{release}-cpu.json":
            return release
        return (self.folder / name).as_posix()

    @property
    def oldest(self) -> str:
        """The oldest release that there is a run of."""
        return str(min(release_in(run) for run in self.runs))

    @property
    def newest(self) -> str:
        """The newest release that there is a run of."""
        return str(max(release_in(run) for run in self.runs))


def read_book(root: Path, folder: Path) -> Book:
    """Read the specs, the notes and the runs.

    Args:
        root: the repository.
        folder: of the run files.

    Raises:
        BadOrder: ``chapters.toml`` is not what it must be.
        BadSource: a chapter can't be read.
        BadCatalogue: the catalogue of passages is not what it must be.
        BadRun: there are no runs, or one of them can't be read.
    """
    order = read_order(root / "spec")
    specs = read_specs(root / "spec")
    passages = read_passages(root / "documents")
    runs = read_history(folder)
    releases = known(str(release_in(run)) for run in runs)
    tables = tables_of(runs)
    of_chapter: dict[str, list[Spec]] = {}
    for spec in specs:
        of_chapter.setdefault(spec.chapter, []).append(spec)
    pages = []
    for name, in_it in of_chapter.items():
        introduction, pieces = code.cut(in_it[0].path)
        of_line = {piece.line: piece for piece in pieces}
        entries = {
            spec.claim.id: Entry(
                spec,
                of_line[spec.line],
                f"pytest {spec.path.relative_to(root).as_posix()}"
                f" --claim {spec.claim.id}",
                tuple(
                    bar_of(spec.claim.id, device, tables[device], releases)
                    for device in tables
                ),
                tuple(passages[id] for id in spec.claim.passages if id in passages),
            )
            for spec in in_it
        }
        pages.append(Page(in_order(name, order), introduction, pieces, entries))
    digest = digest_of(root / "spec")
    return Book(
        pages,
        [str(release) for release in releases],
        tables,
        {
            path.stem: path.read_text(encoding="utf-8")
            for path in sorted((root / "spec" / "models").glob("*.py"))
            if path.stem != "__init__"
        },
        _vocabulary(),
        passages,
        specs,
        runs,
        folder,
        [run["torch"]["version"] for run in runs if run["specification"] != digest],
    )


def shown(text: str) -> str:
    """Return text with its control characters spelled, which no page may have."""
    return CONTROL.sub(
        lambda match: match.group().encode("unicode_escape").decode(), text
    )


def tables_of(runs: list[Run]) -> dict[str, dict[Version, Run]]:
    """Return the run of each release, by device; the CPU first.

    A device is called by its type, such as ``cuda``; but by its name, such as
    ``cuda:1``, where several of the type ran the same release.
    """
    tables: dict[str, dict[Version, Run]] = {}
    for kind, of_kind in by_device(runs).items():
        ran = {(release_in(run), run["device"]["name"]) for run in of_kind}
        several = len({release for release, _ in ran}) < len(ran)
        for run in of_kind:
            name = run["device"]["name"] if several else kind
            tables.setdefault(name, {})[release_in(run)] = run
    return tables


def _vocabulary() -> dict[str, str]:
    """Return the sentence of each function in ``words.py``, which imports torch."""
    source = (resources.files("torch_semantics") / "words.py").read_text("utf-8")
    return {
        node.name: (ast.get_docstring(node) or "").partition("\n")[0]
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef)
    }


def bar_of(
    id: str, device: str, runs: dict[Version, Run], releases: list[Version]
) -> Bar:
    """Return where a claim holds on a device.

    Args:
        id: the claim's.
        device: such as ``cpu``.
        runs: of the device, by release.
        releases: all there are, in order.
    """
    seen = []
    for release in releases:
        entry = runs[release]["claims"].get(id) if release in runs else None
        reason = shown((entry or {}).get("reason", ""))
        seen.append((letter_of(entry), str(release), reason))
    return Bar(
        device,
        "".join(letter for letter, _, _ in seen),
        _spans(seen, lambda each: each[0]),
        _spans(seen, lambda each: (each[0], each[2])),
    )


def _spans(
    seen: list[tuple[str, str, str]], key: Callable[[tuple[str, str, str]], object]
) -> tuple[Span, ...]:
    """Return adjacent outcomes with an equal key together: letter, release, reason."""
    groups = [list(group) for _, group in itertools.groupby(seen, key=key)]
    return tuple(
        Span(same[0][0], same[0][1], same[-1][1], len(same), same[0][2])
        for same in groups
    )
