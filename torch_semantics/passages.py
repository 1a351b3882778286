"""The catalogue of passages: every statement of the notes, with its verdict."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

VERDICTS = ("holds", "conditional", "outdated", "wrong")
REQUIRED = ("id", "chapter", "notes", "says", "verdict", "truth", "boundary", "devices")


class BadCatalogue(Exception):
    """A file of the catalogue is not what it must be; the message is one line."""


def read_passages(documents: Path) -> dict[str, dict[str, Any]]:
    """Read every passage below ``documents/passages``, keyed by id.

    Args:
        documents: the folder ``documents``; one without ``passages`` has none.

    Raises:
        BadCatalogue: a file is not TOML, or a passage lacks a field, has an unknown
            verdict or repeats an id.
    """
    passages: dict[str, dict[str, Any]] = {}
    for path in sorted((documents / "passages").glob("*.toml")):
        try:
            entries = tomllib.loads(path.read_text(encoding="utf-8")).get("passage", [])
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise BadCatalogue(f"{path} is not valid TOML: {error}") from None
        for number, entry in enumerate(entries, start=1):
            name = entry.get("id", f"number {number}")
            lacking = [field for field in REQUIRED if field not in entry]
            if lacking:
                raise BadCatalogue(f"{path}: passage {name} lacks {', '.join(lacking)}")
            if entry["verdict"] not in VERDICTS:
                raise BadCatalogue(
                    f"{path}: passage {name} has the verdict {entry['verdict']!r},"
                    f" which is not one of {', '.join(VERDICTS)}"
                )
            if name in passages:
                raise BadCatalogue(f"{path}: the passage id {name} is used twice")
            passages[name] = entry
    return passages
