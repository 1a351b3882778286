"""Builds the book: ``torch-semantics book``."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from torch_semantics.book.contents import Book, read_book
from torch_semantics.chapters import FILE, BadOrder
from torch_semantics.passages import BadCatalogue
from torch_semantics.runs import BadRun
from torch_semantics.sources import BadSource

FIRST = "index.html"
MARK = '<meta name="generator" content="torch-semantics">'


class BadFolder(Exception):
    """The book can't be written; the message is one line."""


def run(root: Path, folder: Path, output: Path) -> int:
    """Build the book in a folder, as a whole or not at all; return the exit status.

    Args:
        root: the repository.
        folder: of the run files.
        output: the folder to make, or the book to replace.

    Returns:
        0, or 2 if it can't be built; then what was there is as before.
    """
    from torch_semantics.book.pages import pages  # with libraries that no run needs

    try:
        if not (root / "spec" / FILE).exists():
            raise BadOrder(f"no specification here: spec/{FILE} is not in {root}")
        check(output)
        book = read_book(root, folder)
        files = dict(pages(book, root))
        write(files, output)
    except (BadCatalogue, BadFolder, BadOrder, BadRun, BadSource) as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return 2
    for line in tell(book, files, output):
        print(line)
    return 0


def check(output: Path) -> None:
    """Make sure that a folder is free, or has a book.

    Raises:
        BadFolder: something else is there, which is not to be lost, or it can't be
            read.
    """
    try:
        if not output.exists():
            return
        first = output / FIRST
        is_book = first.is_file() and MARK in first.read_text("utf-8", errors="replace")
        is_free = is_book or (output.is_dir() and not any(output.iterdir()))
    except OSError as error:
        raise BadFolder(f"can't read {output}: {error.strerror}") from None
    if not is_free:
        raise BadFolder(
            f"{output} is not a book, and would be replaced: name another folder with"
            " --output, or remove it"
        )


def write(files: dict[str, str], output: Path) -> None:
    """Write a site's files, then put it in the place of the one that is there.

    Args:
        files: the text of each, by its path from the first page.
        output: the folder.

    Raises:
        BadFolder: it can't be written; what was there is as before.
    """
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{output.name}.", dir=output.parent))
    except OSError as error:
        raise BadFolder(f"can't write to {output.parent}: {error.strerror}") from None
    try:
        new, old = work / "new", work / "old"
        for name, text in files.items():
            path = new / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        try:
            if output.exists():
                output.rename(old)
            new.rename(output)
        except BaseException:  # an interruption, too
            if old.exists() and not output.exists():
                old.rename(output)
            raise
    except OSError as error:
        raise BadFolder(f"can't write {output}: {error.strerror}") from None
    finally:
        shutil.rmtree(work)


def tell(book: Book, files: dict[str, str], output: Path) -> list[str]:
    """Return what was built, in words."""
    pages = sum(name.endswith(".html") for name in files)
    size = sum(len(text.encode()) for text in files.values()) / 2**20
    lines = [
        f"{len(book.entries)} claims in {len(book.pages)} chapters, {len(book.runs)}"
        f" runs: {pages} pages, {size:.0f} MiB, in {output}",
        f"open {output / FIRST}",
    ]
    if book.stale:
        lines.insert(
            1,
            f"the specs have changed since {len(book.stale)} of the runs were made,"
            f" the first of them on {book.stale[0]}: make them again with"
            " torch-semantics releases",
        )
    return lines
