"""Run files: the outcome of every claim on one torch release and one device."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from pathlib import Path
from typing import Any

from packaging.version import InvalidVersion

from torch_semantics.outcomes import OUTCOMES
from torch_semantics.releases import release_of

SCHEMA = 1
DECLARATION = re.compile(r"^@claim\(.*?\)\n(?=@|def )", re.MULTILINE | re.DOTALL)
BOUNDS = re.compile(r'\b(since|until)="[^"]*"|\bgap=\([^)]*\)')


class BadRun(Exception):
    """A run file can't be read or written; the message is one line."""


def run_name(run: dict[str, Any]) -> str:
    """Return the file name of a run, such as ``torch-2.13.0-cpu.json``."""
    device = run["device"]["name"].replace(":", "-")
    return f"torch-{run['torch']['version']}-{device}.json"


def digest_of(specification: Path) -> str:
    """Return what stands for the specs that a run was made of, whoever committed them.

    The bounds do not count: whether a spec passes does not depend on them.

    Args:
        specification: the folder ``spec``.

    Returns:
        the first 16 hexadecimal digits of a SHA-256 of its files and their names.
    """
    digest = hashlib.sha256()
    for path in sorted(specification.rglob("*.py")):
        text = DECLARATION.sub(_without_bounds, path.read_text(encoding="utf-8"))
        name = path.relative_to(specification).as_posix()
        digest.update(f"{name}\0{len(text)}\0{text}".encode())
    return digest.hexdigest()[:16]


def _without_bounds(declaration: re.Match[str]) -> str:
    # Nor does the way they are laid out, which changes with the bounds.
    return re.sub(r"[\s,]", "", BOUNDS.sub("", declaration.group()))


def render(run: dict[str, Any]) -> str:
    """Return a run as the text of its file: JSON, sorted, a claim per line."""
    header = {key: value for key, value in run.items() if key != "claims"}
    lines = [
        f" {json.dumps(key)}: {json.dumps(header[key])}," for key in sorted(header)
    ]
    claims = [
        f"  {json.dumps(id)}: {json.dumps(entry, sort_keys=True)}"
        for id, entry in sorted(run["claims"].items())
    ]
    body = ",\n".join(claims)
    return "{\n" + "\n".join(lines) + '\n "claims": {\n' + body + "\n }\n}\n"


def write_runs(folder: Path, runs: list[dict[str, Any]]) -> list[Path]:
    """Write the runs of one session into a folder, each whole or not at all.

    A run that says the same of the same specs as the file that is there leaves it as
    it is, but for the time of the file: so git shows what changed, and nothing else.

    Raises:
        BadRun: the folder can't be made or written to; what was there is as before.
    """
    paths = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for run in runs:
            path = folder / run_name(run)
            paths.append(path)
            if _says_the_same(path, run):
                path.touch()
                continue
            with tempfile.NamedTemporaryFile(
                "w", dir=folder, prefix=f".{path.name}.", delete=False, encoding="utf-8"
            ) as file:
                try:
                    file.write(render(run))
                    file.flush()
                    os.chmod(file.name, 0o644)
                    os.replace(file.name, path)
                except BaseException:
                    os.unlink(file.name)
                    raise
    except OSError as error:
        raise BadRun(
            f"can't write runs to {folder}: {error.strerror or error}"
        ) from None
    return paths


def _says_the_same(path: Path, run: dict[str, Any]) -> bool:
    try:
        old = read_run(path)
    except BadRun:
        return False
    return all(old[key] == run.get(key) for key in ("specification", "torch", "claims"))


def read_run(path: Path) -> dict[str, Any]:
    """Read a run file.

    Raises:
        BadRun: the file is missing, not JSON, of another schema, or not a run.
    """
    try:
        run = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadRun(f"can't read the run file {path}: {error.strerror}") from None
    except ValueError as error:
        raise BadRun(
            f"the run file {path} is broken ({error}): make it again with --save-run"
        ) from None
    if not isinstance(run, dict) or run.get("schema") != SCHEMA:
        raise BadRun(
            f"{path} is not a run file of schema {SCHEMA}:"
            " make it again with --save-run"
        )
    for field in ("torch", "device", "claims"):
        if not isinstance(run.get(field), dict):
            raise BadRun(
                f"the run file {path} has no {field!r}: make it again with --save-run"
            )
    for id, entry in run["claims"].items():
        if not isinstance(entry, dict) or entry.get("outcome") not in OUTCOMES:
            raise BadRun(
                f"the run file {path} gives {id} no known outcome:"
                " make it again with --save-run"
            )
        if not isinstance(entry.get("reason", ""), str):
            raise BadRun(
                f"the run file {path} gives {id} a reason that is no text:"
                " make it again with --save-run"
            )
    try:
        release_of(run["torch"]["version"])
        run["device"]["name"] + run["specification"]
    except (KeyError, TypeError, InvalidVersion):
        raise BadRun(
            f"the run file {path} doesn't say of which torch, device and specification"
            " it is: make it again with --save-run"
        ) from None
    return run
