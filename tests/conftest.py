import os
import subprocess
import sys
from pathlib import Path

import pytest

from torch_semantics import runs

ROOT = Path(__file__).resolve().parent.parent


def save_run(folder, specification, release, claims, device="cpu"):
    """Save a run that has no more than every run must have; return its file.

    Args:
        folder: of the run files.
        specification: the folder of the specs that it is said to be made of, or
            another digest.
        release: of torch.
        claims: their entries, by id.
        device: its name.
    """
    digest = specification
    if isinstance(specification, Path):
        digest = runs.digest_of(specification)
    run = {
        "schema": runs.SCHEMA,
        "specification": digest,
        "torch": {"version": release},
        "device": {"name": device},
        "claims": claims,
    }
    (path,) = runs.write_runs(folder, [run])
    return path


@pytest.fixture
def interpreters(pytester):
    """Return options for a worker in each of two interpreters, ``a`` and ``b``.

    In each, the module ``own`` has the interpreter's NAME.
    """
    options = ["--dist", "each"]
    for name in ("a", "b"):
        pytester.path.joinpath(name).mkdir()
        pytester.path.joinpath(name, "own.py").write_text(f"NAME = {name!r}\n")
        python = pytester.path / f"python-{name}"
        python.write_text(
            f"#!/bin/sh\nPYTHONPATH={pytester.path}/{name}:{ROOT}"
            f' exec {sys.executable} "$@"\n'
        )
        python.chmod(0o755)
        options += ["--tx", f"popen//python={python}"]
    return options


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """Return the folder of the book of this specification, and what was said of it."""
    folder = tmp_path_factory.mktemp("site") / "book"
    built = subprocess.run(
        [sys.executable, "-m", "torch_semantics", "book", "--output", folder],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "1"},
        capture_output=True,
        text=True,
    )
    assert (built.returncode, built.stderr) == (0, "")
    return folder, built.stdout
