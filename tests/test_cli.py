"""The command line as a whole."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_output_that_nobody_reads_on_is_no_error():
    command = subprocess.Popen(
        [sys.executable, "-m", "torch_semantics", "passages", "--verbose"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )

    command.stdout.close()  # before anything is written
    error = command.stderr.read()

    assert (command.wait(), error) == (1, "")
