"""The command ``torch-semantics strength``."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from torch_semantics.strength.suite import Spec, Unusable, choose, with_specs


def run(
    root: Path,
    names: Sequence[str],
    *,
    changed: str | None,
    verbose: bool,
    json_file: Path | None,
) -> int:
    """Measure the strength of chapters and print the report; return the exit status.

    Args:
        root: the repository.
        names: chapters or parts; none for all.
        changed: a git revision, to take only what differs from it.
        verbose: whether to find out and say of each claim all that fails it.
        json_file: where to write everything found.
    """
    os.environ["OMP_NUM_THREADS"] = "1"  # before torch: its children share the cores
    try:
        _check_platform()
        chapters = choose(root, names, changed)
    except Unusable as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return 2
    if not chapters:
        print("no chapter has changed")
        return 0
    return with_specs(
        root, chapters, lambda specs: _report(root, specs, verbose, json_file)
    )


def _check_platform() -> None:
    import torch

    from torch_semantics.releases import release_of

    if not hasattr(os, "fork"):
        raise Unusable("strength needs os.fork, which this platform does not have")
    if release_of(torch.__version__).release < (2, 1):
        raise Unusable(
            f"strength needs torch 2.1 or later, and this is {torch.__version__}"
        )


def _report(
    root: Path, specs: list[Spec], verbose: bool, json_file: Path | None
) -> int:
    import torch

    from torch_semantics.strength.measure import measure
    from torch_semantics.strength.report import as_json, tell

    chapters = measure(root, specs, everything=verbose)
    for line in tell(chapters, verbose):
        print(line)
    if json_file is not None:
        text = json.dumps(as_json(chapters, torch.__version__), indent=1)
        try:
            json_file.write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            raise Unusable(f"{json_file} can't be written: {error.strerror}") from None
    return int(any(chapter.is_weak for chapter in chapters))
