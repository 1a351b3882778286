import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


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
