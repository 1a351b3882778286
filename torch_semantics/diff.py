"""Compares two runs claim by claim: ``torch-semantics diff``."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path

from packaging.version import InvalidVersion, Version

from torch_semantics import markdown as markup
from torch_semantics.chapters import BadOrder
from torch_semantics.history import Run, held, read_history
from torch_semantics.runs import BadRun, read_run
from torch_semantics.sources import BadSource, read_specs

TITLES = {
    "stopped": "stopped holding",
    "started": "started holding",
    "differs": "differs in another way",
    "new": "new",
    "gone": "gone",
}


@dataclass
class Change:
    """A claim that is not the same in two runs.

    Args:
        id: of the claim.
        level: ``"must"`` or ``"observed"``.
        sentence: what the claim says, where its spec is at hand; else ''.
        old: its outcome in the old run, with the reason; '' if it has none there.
        new: the same of the new run.
    """

    id: str
    level: str
    sentence: str
    old: str
    new: str


@dataclass
class Difference:
    """All that two runs say differently.

    Args:
        old: release and device of the old run.
        new: the same of the new run.
        compared: how many claims both ran.
        not_compared: how many claims are in both, and were not run in one of them.
        changes: by kind, one of TITLES: claims that stopped or started holding, whose
            outcome changed otherwise, that only the new run has, and that only the
            old run has.
    """

    old: str
    new: str
    compared: int = 0
    not_compared: int = 0
    changes: dict[str, list[Change]] = field(
        default_factory=lambda: {kind: [] for kind in TITLES}
    )

    @property
    def breaks(self) -> bool:
        """Whether something that must hold stopped holding."""
        return any(change.level == "must" for change in self.changes["stopped"])


def run(
    root: Path,
    old: str,
    new: str,
    *,
    folder: Path,
    device: str = "cpu",
    form: str = "text",
    any_specification: bool = False,
) -> int:
    """Print what is not the same in two runs; return the exit status.

    Args:
        root: the repository, whose specs give the sentences, if it has them.
        old: a run file, or a release that is in the folder.
        new: the same.
        folder: of the committed runs.
        device: of the runs that are named by their releases.
        form: ``text``, ``markdown`` or ``json``.
        any_specification: whether to compare runs of different specifications.

    Returns:
        0, 1 if a claim that must hold stopped holding, 2 if it can't be told.
    """
    try:
        before, after = (_find(each, folder, device) for each in (old, new))
        if before["specification"] != after["specification"] and not any_specification:
            raise BadRun(
                f"{old} and {new} are runs of different specifications: make both of"
                " the same, or say --any-specification"
            )
        difference = compare(before, after, _sentences(root))
    except (BadOrder, BadRun, BadSource) as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return 2
    if form == "json":
        print(json.dumps(asdict(difference), indent=1))
    else:
        print("\n".join(tell(difference, markdown=form == "markdown")))
    return int(difference.breaks)


def _find(name: str, folder: Path, device: str) -> Run:
    """Return the run in a file, or of a release.

    Raises:
        BadRun: there is none, or it can't be read.
    """
    path = Path(name)
    if path.suffix == ".json" or path.exists():
        return read_run(path)
    try:
        release = Version(name)
    except InvalidVersion:
        raise BadRun(
            f"{name} is neither a run file nor a release, such as 2.6.0"
        ) from None
    there = {}
    for run in read_history(folder):
        if run["device"]["name"] == device:
            there[run["torch"]["version"]] = run
    for version, run in there.items():
        if Version(version) == release:
            return run
    raise BadRun(
        f"{folder} has no run of {name} on {device};"
        f" it has {', '.join(there) or 'none on that device'}"
    )


def _sentences(root: Path) -> dict[str, str]:
    if not (root / "spec").is_dir():
        return {}
    return {spec.claim.id: spec.claim.sentence for spec in read_specs(root / "spec")}


def compare(old: Run, new: Run, sentences: dict[str, str]) -> Difference:
    """Return what is not the same in two runs.

    Args:
        old: a run.
        new: another.
        sentences: of claims, by id.
    """
    difference = Difference(_title(old), _title(new))
    for id in sorted(old["claims"].keys() | new["claims"].keys()):
        before, after = old["claims"].get(id), new["claims"].get(id)
        kind = _kind(before, after)
        if before and after:
            if "not-run" in (before["outcome"], after["outcome"]):
                difference.not_compared += 1
            else:
                difference.compared += 1
        if kind:
            entry = after or before or {}
            difference.changes[kind].append(
                Change(
                    id,
                    entry.get("level", "must"),
                    sentences.get(id, ""),
                    _outcome(before),
                    _outcome(after),
                )
            )
    return difference


def _title(run: Run) -> str:
    return f"torch {run['torch']['version']} on {run['device']['name']}"


def _kind(before: dict[str, str] | None, after: dict[str, str] | None) -> str:
    """Return the kind of change, one of TITLES, or '' if there is none to tell."""
    if before is None:
        return "new"
    if after is None:
        return "gone"
    if "not-run" in (before["outcome"], after["outcome"]):
        return ""
    if held(before) and held(after) is False:
        return "stopped"
    if held(before) is False and held(after):
        return "started"
    return "differs" if before["outcome"] != after["outcome"] else ""


def _outcome(entry: dict[str, str] | None) -> str:
    if entry is None:
        return ""
    reason = entry.get("reason", "")
    return f"{entry['outcome']}: {reason}" if reason else entry["outcome"]


def tell(difference: Difference, *, markdown: bool) -> list[str]:
    """Return the lines that say what is not the same.

    Args:
        difference: of two runs.
        markdown: whether they are Markdown.
    """
    code, text = (markup.code, markup.text) if markdown else (str, str)
    title = f"{difference.old} against {difference.new}"
    lines = [f"# {title}" if markdown else title]
    for kind, changes in difference.changes.items():
        if not changes:
            continue
        heading = f"{TITLES[kind]}: {len(changes)}"
        lines += ["", f"## {heading.capitalize()}", ""] if markdown else ["", heading]
        for change in changes:
            observed = " (observed)" if change.level == "observed" else ""
            lines.append(f"{'-' if markdown else ' '} {code(change.id)}{observed}")
            if change.sentence:
                lines.append(f"  {'' if markdown else '  '}{text(change.sentence)}")
            told = [each for each in (change.old, change.new) if each]
            if kind not in ("new", "gone"):
                lines.append(
                    f"  {'' if markdown else '  '}"
                    + " -> ".join(code(each) for each in told)
                )
    same = difference.compared - sum(
        len(difference.changes[kind]) for kind in ("stopped", "started", "differs")
    )
    lines += ["", f"{difference.compared} claims ran in both: {same} the same"]
    if difference.not_compared:
        lines[-1] += f"; {difference.not_compared} more were not run in one of them"
    return lines
