"""The reading order of the specification, from ``spec/chapters.toml``."""

from __future__ import annotations

import sys
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FILE = "chapters.toml"


class BadOrder(Exception):
    """``chapters.toml`` is not what it must be; the message is one line."""


def specification_of(path: Path) -> Path | None:
    """Return the folder of the specification that a file is in, or None."""
    for folder in path.parents:
        if (folder / FILE).exists():
            return folder
    return None


def chapter_of(path: Path, specification: Path) -> str:
    """Return the chapter that a file holds, such as ``tensor/in-place``."""
    part = path.parent.relative_to(specification).as_posix()
    return f"{part}/{path.stem.removeprefix('test_').replace('_', '-')}"


def read_chapters(specification: Path) -> list[str]:
    """Return the names of all chapters in reading order, such as ``tensor/in-place``.

    Raises:
        BadOrder: the file is not TOML or lacks a part, a name, a title or a line.
    """
    path = specification / FILE
    try:
        order = tomllib.loads(path.read_text(encoding="utf-8"))
        chapters = []
        for part in order.get("part", []):
            part["title"]
            for chapter in part.get("chapter", []):
                chapter["title"], chapter["line"]
                chapters.append(f"{part['name']}/{chapter['name']}")
    except tomllib.TOMLDecodeError as error:
        raise BadOrder(f"{path} is not valid TOML: {error}") from None
    except KeyError as error:
        raise BadOrder(f"{path}: a part or chapter has no {error}") from None
    return chapters
