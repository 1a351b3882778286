"""The pages of the book, from the templates in ``templates/book``."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2
import markdown_it
import pygments
from markupsafe import Markup, escape
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from torch_semantics import changes, errata
from torch_semantics.book.contents import MEANING, WORDS, Book, shown
from torch_semantics.chapters import BadOrder
from torch_semantics.claims import NAME

STYLES = ("default", "github-dark")  # of Pygments: for light and for dark
READING = "## The order"  # where what spec/README.md says of reading a spec ends


def pages(book: Book, root: Path) -> Iterator[tuple[str, str]]:
    """Yield each file of the site: its path from the first page, and its text.

    Args:
        book: what they show.
        root: the repository.
    """
    environment = _environment(book)

    def page(template: str, path: str, **values: Any) -> tuple[str, str]:
        up = "../" * path.count("/")
        text = environment.get_template(template).render(up=up, path=path, **values)
        return path, text

    entries = {entry.id: entry for entry in book.entries}
    for name in ("index", "matrix", "compare", "search", "claim"):
        yield page(f"{name}.html.jinja", f"{name}.html")
    for place, each in enumerate(book.pages):
        yield page(
            "chapter.html.jinja",
            f"{each.chapter.name}.html",
            page=each,
            before=book.pages[place - 1] if place else None,
            after=book.pages[place + 1] if place + 1 < len(book.pages) else None,
        )
    for name, source in book.models.items():
        users = [each for each in book.pages if name in each.models]
        yield page(
            "model.html.jinja",
            f"models/{name}.html",
            name=name,
            text=source,
            users=users,
        )
    yield page(
        "changes.html.jinja",
        "changes.html",
        log=changes.collect(book.specs, book.runs),
        entries=entries,
    )
    yield page(
        "errata.html.jinja",
        "errata.html",
        errata=errata.collect(root),
        meanings=errata.VERDICTS,
        entries=entries,
    )
    guide = Markup(_markdown(_guide(root / "spec" / "README.md")))
    yield page("reading.html.jinja", "reading.html", guide=guide)
    yield from _data(book)
    yield from _assets()


def _environment(book: Book) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("torch_semantics", "templates/book"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=True,
    )
    environment.filters["inline"] = inline
    environment.filters["shown"] = shown
    environment.filters["python"] = python
    environment.filters["heading"] = heading
    environment.globals.update(book=book, words=WORDS, meaning=MEANING)
    return environment


def inline(text: str) -> Markup:
    """Return words as HTML, what stands between backticks as code."""
    parts = re.split(r"(`+)(.+?)\1", text)
    html = [str(escape(part)) for part in parts]
    html[1::3] = ["<code>"] * len(html[1::3])
    html[2::3] = [part + "</code>" for part in html[2::3]]
    return Markup("".join(html))


def heading(words: str) -> str:
    """Return words with a capital letter, but for a name of something in torch."""
    return words if NAME.match(words) else words[0].upper() + words[1:]


@functools.cache
def _tools() -> tuple[PythonLexer, HtmlFormatter]:
    return PythonLexer(), HtmlFormatter(nowrap=True)


def python(source: str) -> Markup:
    """Return Python as highlighted HTML."""
    lexer, formatter = _tools()
    return Markup(pygments.highlight(source, lexer, formatter))


def _guide(path: Path) -> str:
    """Return what is said of reading a spec.

    Raises:
        BadOrder: the file is not there.
    """
    try:
        return path.read_text(encoding="utf-8").partition(READING)[0]
    except FileNotFoundError:
        raise BadOrder(f"{path} is missing: it says how to read a spec") from None


def _markdown(text: str) -> str:
    """Return Markdown as HTML; its code blocks are Python where they say so.

    HTML in it is text, as anywhere in the book.
    """

    def highlight(source: str, language: str, _: str) -> str:
        return str(python(source)) if language == "python" else ""

    options = {"html": False, "highlight": highlight}
    parser = markdown_it.MarkdownIt("commonmark", options)
    return str(parser.render(text))


def _data(book: Book) -> Iterator[tuple[str, str]]:
    """Yield what the scripts look claims up in.

    As scripts, because a page opened from a disk can't load anything else.
    """
    chapters = {page.chapter.name: place for place, page in enumerate(book.pages)}
    titles = [[name, each.full_title] for name, each in book.chapters.items()]
    words = {"releases": book.releases, "devices": book.devices, "words": WORDS}
    yield "assets/words.js", _script("book", words)
    yield "assets/chapters.js", _script("bookChapters", titles)
    claims = [
        [
            entry.id,
            entry.spec.claim.sentence,
            chapters[entry.spec.chapter],
            [bar.packed for bar in entry.bars],
        ]
        for entry in book.entries
    ]
    yield "assets/claims.js", _script("bookClaims", claims)
    code = [entry.piece.code for entry in book.entries]
    yield "assets/code.js", _script("bookCode", code)
    yield "assets/reasons.js", _script("bookReasons", _reasons(book))
    places = {entry.id: chapters[entry.spec.chapter] for entry in book.entries}
    yield "assets/places.js", _script("bookPlaces", places)


def _reasons(book: Book) -> dict[str, dict[str, dict[str, str]]]:
    """Return why an outcome is what it is: by device, claim and release."""
    reasons: dict[str, dict[str, dict[str, str]]] = {}
    for device, table in book.tables.items():
        for release, run in table.items():
            for id, entry in sorted(run["claims"].items()):
                if entry.get("reason"):
                    of_claim = reasons.setdefault(device, {}).setdefault(id, {})
                    of_claim[str(release)] = shown(entry["reason"])
    return reasons


def _script(name: str, value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return f"window.{name} = {text};\n"


def _assets() -> Iterator[tuple[str, str]]:
    folder = resources.files("torch_semantics.book") / "assets"
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        text = file.read_text(encoding="utf-8")
        if file.name == "book.css":
            text += _highlighting()
        yield f"assets/{file.name}", text


def _highlighting() -> str:
    """Return the style sheet of highlighted code, for light and for dark."""
    formatters: list[Any] = [HtmlFormatter(style=style) for style in STYLES]
    light, dark = ("\n".join(each.get_token_style_defs("pre")) for each in formatters)
    return (
        f"{light}\n"
        f'@media screen {{\n:root[data-colours="dark"] {{\n{dark}\n}}\n}}\n'
        "@media screen and (prefers-color-scheme: dark) {\n"
        f':root:not([data-colours="light"]) {{\n{dark}\n}}\n}}\n'
    )
