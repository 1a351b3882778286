"""The reading order of the specification, from ``spec/chapters.toml``."""

from __future__ import annotations

import sys
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Chapter:
    """A chapter, as the reading order has it.

    Args:
        name: such as ``tensor/in-place``.
        part: the title of its part.
        title: its own.
        line: what it is about.
        after: the names of the chapters that it builds on.
    """

    name: str
    part: str
    title: str
    line: str
    after: tuple[str, ...] = ()

    @property
    def full_title(self) -> str:
        """Its title, after that of its part."""
        return f"{self.part}: {self.title}"


def read_order(specification: Path) -> dict[str, Chapter]:
    """Return all chapters by name, in reading order.

    Raises:
        BadOrder: the file is not TOML, lacks a part, a name, a title or a line, or
            has a chapter build on one that is not in it.
    """
    path = specification / FILE
    chapters: dict[str, Chapter] = {}
    try:
        order = tomllib.loads(path.read_text(encoding="utf-8"))
        for part in order.get("part", []):
            title = part["title"]
            for chapter in part.get("chapter", []):
                name = f"{part['name']}/{chapter['name']}"
                chapters[name] = Chapter(
                    name,
                    title,
                    chapter["title"],
                    chapter["line"],
                    tuple(chapter.get("after", ())),
                )
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadOrder(f"{path} is not valid TOML: {error}") from None
    except KeyError as error:
        raise BadOrder(f"{path}: a part or chapter has no {error}") from None
    except (AttributeError, TypeError):
        raise BadOrder(f"{path}: a part or chapter is not a table") from None
    for chapter in chapters.values():
        for name in chapter.after:
            if name not in chapters:
                raise BadOrder(
                    f"{path}: {chapter.name} builds on {name}, which is no chapter"
                )
    return chapters


def in_order(name: str, order: dict[str, Chapter]) -> Chapter:
    """Return a chapter as the reading order has it, or what its name alone tells.

    Args:
        name: such as ``tensor/in-place``.
        order: all chapters that are in it, by name.
    """
    part, _, title = name.partition("/")
    parts = {each.name.partition("/")[0]: each.part for each in order.values()}
    return order.get(name) or Chapter(name, parts.get(part, part), title, "")


def read_chapters(specification: Path) -> list[str]:
    """Return the names of all chapters in reading order, such as ``tensor/in-place``.

    Raises:
        BadOrder: as from ``read_order``.
    """
    return list(read_order(specification))
