"""What the gate costs on this machine, in CPU seconds: ``python bench/gate.py``.

Each figure is the median of several runs, of user and system time of the process and
its children. The first run of each command is not counted.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import tomllib

ROOT = Path(__file__).resolve().parent.parent


def cpu_seconds(
    command: list[str], repeats: int, folder: Path = ROOT
) -> tuple[float, str]:
    """Run a command several times; return its median CPU seconds and output."""
    seconds = []
    for _ in range(repeats + 1):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode:
            sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
        seconds.append(
            after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
        )
    return statistics.median(seconds[1:]), done.stdout


def chapters() -> list[str]:
    """Return the files of all chapters, in reading order."""
    order = tomllib.loads((ROOT / "spec/chapters.toml").read_text(encoding="utf-8"))
    return [
        f"spec/{part['name']}/test_{chapter['name'].replace('-', '_')}.py"
        for part in order["part"]
        for chapter in part["chapter"]
    ]


def count(output: str) -> int:
    """Return how many claims a session gave an outcome to."""
    line = re.findall(r"on cpu: (.*)", output)[-1]
    return sum(int(number) for number in re.findall(r"(?<![.\w])(\d+) [a-z]", line))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5, help="default: %(default)s")
    repeats = parser.parse_args().repeats
    gate = [sys.executable, "-m", "pytest", "-q", "--device", "cpu"]

    torch, _ = cpu_seconds([sys.executable, "-c", "import torch"], repeats)
    with tempfile.TemporaryDirectory() as empty:
        Path(empty, "test_nothing.py").write_text("def test_nothing():\n    pass\n")
        bare = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        session, _ = cpu_seconds(bare, repeats, Path(empty))
    base = torch + session
    whole, output = cpu_seconds(gate, repeats)
    claims = count(output)

    print(
        f"CPU seconds, median of {repeats}; {os.cpu_count()} cores,"
        f" Python {sys.version.split()[0]}"
    )
    print(f"import torch             {torch:6.2f}")
    print(f"empty pytest session     {session:6.2f}")
    print(f"both                     {base:6.2f}")
    print(
        f"the gate, {claims:4} claims    {whole:6.2f}   {whole / base:.2f} times both"
    )
    print(f"  per claim, above both  {(whole - base) / claims * 1000:6.1f} ms")
    workers, _ = cpu_seconds([*gate, "-n", "2"], repeats)
    print(f"the gate with -n 2       {workers:6.2f}   {workers / base:.2f} times both")
    files = chapters()
    for quarter in (1, 2, 3):
        some, output = cpu_seconds(
            [*gate, *files[: len(files) * quarter // 4]], repeats
        )
        print(f"  the first {count(output):4} claims  {some:6.2f}")


if __name__ == "__main__":
    main()
