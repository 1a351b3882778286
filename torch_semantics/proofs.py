"""Which passages of the notes are proven: the command ``torch-semantics passages``."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch_semantics.chapters import FILE, BadOrder, read_chapters
from torch_semantics.passages import BadCatalogue, read_passages
from torch_semantics.sources import BadSource, Spec, read_specs


@dataclass
class Group:
    """The passages and claims of one chapter, or the passages of one note.

    Args:
        name: of the chapter or the note.
        proven: each passage's id, with the claims that prove it.
        unproven: each passage's id, with what the notes say.
        beyond: the claims that prove no passage.
    """

    name: str
    proven: dict[str, list[str]] = field(default_factory=dict)
    unproven: dict[str, str] = field(default_factory=dict)
    beyond: list[str] = field(default_factory=list)

    def add(self, passage: dict[str, Any], provers: list[str]) -> None:
        """Add a passage, proven by some claims or by none."""
        if provers:
            self.proven[passage["id"]] = provers
        else:
            self.unproven[passage["id"]] = passage["says"]


def run(root: Path, names: Sequence[str], *, verbose: bool) -> int:
    """Print which passages are proven; return the exit status.

    Args:
        root: the repository.
        names: chapters, parts or notes; none for all.
        verbose: whether to list what is proven, by which claims, and what is beyond.

    Returns:
        0 if everything asked for is proven, 1 if not, 2 if it can't be told.
    """
    try:
        if not (root / "spec" / FILE).exists():
            raise BadOrder(f"no specification here: spec/{FILE} is not in {root}")
        chapters, notes = collect(
            read_chapters(root / "spec"),
            read_passages(root / "documents"),
            read_specs(root / "spec"),
        )
        chosen = _choose(chapters, notes, names)
    except (BadOrder, BadCatalogue, BadSource, _UnknownName) as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return 2
    for group in chosen:
        for line in _tell(group, verbose):
            print(line)
    ids = {id for group in chosen for id in (*group.proven, *group.unproven)}
    unproven = {id for group in chosen for id in group.unproven}
    print(f"{len(ids) - len(unproven)} of {len(ids)} passages proven")
    return int(bool(unproven))


def collect(
    order: list[str], passages: dict[str, dict[str, Any]], specs: list[Spec]
) -> tuple[list[Group], list[Group]]:
    """Return what is proven by chapter, in reading order, and by note.

    Args:
        order: the names of the chapters.
        passages: by id.
        specs: all of the specification.
    """
    provers: dict[str, list[str]] = {}
    chapters = {name: Group(name) for name in order}
    notes: dict[str, Group] = {}
    for spec in specs:
        known = [id for id in spec.claim.passages if id in passages]
        for id in known:
            provers.setdefault(id, []).append(spec.claim.id)
        if not known:
            chapter = chapters.setdefault(spec.chapter, Group(spec.chapter))
            chapter.beyond.append(spec.claim.id)
    for id, passage in passages.items():
        name = passage["chapter"]
        groups = [chapters.setdefault(name, Group(name))]
        for note in dict.fromkeys(note_of(each) for each in passage["notes"]):
            groups.append(notes.setdefault(note, Group(note)))
        for group in groups:
            group.add(passage, provers.get(id, []))
    return list(chapters.values()), [notes[name] for name in sorted(notes)]


def note_of(place: str) -> str:
    """Return the note of a place in it, such as ``basics`` of ``basics: views``."""
    return place.partition(":")[0]


class _UnknownName(Exception):
    """No chapter, part or note is called so."""


def _choose(
    chapters: list[Group], notes: list[Group], names: Sequence[str]
) -> list[Group]:
    if not names:
        return [*chapters, *notes]
    known = {group.name for group in (*chapters, *notes)}
    known |= {group.name.partition("/")[0] for group in chapters}
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, sorted(known))
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            raise _UnknownName(f"no chapter, part or note is called {name!r}{hint}")
    return [
        group
        for group in (*chapters, *notes)
        if group.name in names or group.name.partition("/")[0] in names
    ]


def _tell(group: Group, verbose: bool) -> Iterator[str]:
    total = len(group.proven) + len(group.unproven)
    more = f", {len(group.beyond)} claims beyond the notes" if group.beyond else ""
    yield f"{group.name}: {len(group.proven)} of {total} passages proven{more}"
    for id, says in group.unproven.items():
        yield f"  unproven: {id}: {says}"
    if verbose:
        for id, claims in group.proven.items():
            by = "" if claims == [id] else f", by {', '.join(claims)}"
            yield f"  proven: {id}{by}"
        for id in group.beyond:
            yield f"  beyond the notes: {id}"
