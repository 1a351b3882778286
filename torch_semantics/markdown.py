"""Pages in Markdown, from the templates in ``templates/``."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

SPECIAL = re.compile(r"([\\*_<>\[\]#|~])")  # what Markdown takes for markup


def render(template: str, **values: Any) -> str:
    """Return a page.

    Args:
        template: the name of its template.
        values: what the template shows.
    """
    import jinja2  # which no run needs

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("torch_semantics"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # the page is Markdown, not HTML
    )
    environment.filters["text"] = text
    environment.filters["code"] = code
    return environment.get_template(template).render(**values)


def text(words: str) -> str:
    """Return words as Markdown that shows them as they are; `code` stays code."""
    parts = words.split("`")
    parts[::2] = [SPECIAL.sub(r"\\\1", part) for part in parts[::2]]
    return "`".join(parts)


def code(words: str) -> str:
    """Return words as code in Markdown, whatever is in them."""
    longest = max((len(ticks) for ticks in re.findall("`+", words)), default=0)
    fence = "`" * (longest + 1)
    space = " " if longest else ""
    return f"{fence}{space}{words}{space}{fence}"


def give(page: str, output: Path | None) -> int:
    """Print a page, or write it; return the exit status.

    Args:
        page: the text.
        output: the file to write; None to print.

    Returns:
        0, or 2 if the file can't be written, which is said in one line.
    """
    if output is None:
        print(page, end="")
        return 0
    try:
        output.write_text(page, encoding="utf-8")
    except OSError as error:
        print(f"ERROR: the page can't be written: {error}", file=sys.stderr)
        return 2
    return 0
