"""Cuts a chapter's file into pieces: its introduction, headings, helpers and specs."""

from __future__ import annotations

import ast
import re
import textwrap
from dataclasses import dataclass, replace
from pathlib import Path

from torch_semantics.sources import declaration_of, parse

HEADING = re.compile(r"# --- (.+?) -+\n")


@dataclass(frozen=True)
class Piece:
    """A piece of a chapter's file.

    Args:
        kind: ``heading``, ``set-up`` (imports, and pages that declarations name),
            ``helper`` or ``spec``.
        line: its first, from 1.
        code: its text with the comments before it; of a spec, without its declaration
            and docstring.
        declaration: of a spec, the decorator ``@claim(...)``; else ''.
        rest: of a spec, the paragraphs of its docstring after the sentence.
    """

    kind: str
    line: int
    code: str
    declaration: str = ""
    rest: tuple[str, ...] = ()


def cut(path: Path) -> tuple[list[str], list[Piece]]:
    """Return a chapter's introduction, in paragraphs, and its pieces, in order.

    Args:
        path: of the file.

    Raises:
        BadSource: it is not Python, or can't be read.
    """
    text, tree = parse(path)
    lines = text.splitlines(keepends=True)
    introduction = _paragraphs(tree)
    declared = {
        name.id
        for function in tree.body
        if isinstance(function, ast.FunctionDef)
        for name in ast.walk(declaration_of(function) or ast.Pass())
        if isinstance(name, ast.Name)
    }
    pieces: list[Piece] = []
    done = tree.body[0].end_lineno or 0 if introduction else 0
    for node in tree.body[bool(introduction) :]:
        decorators = getattr(node, "decorator_list", [])
        first = min([node.lineno, *(each.lineno for each in decorators)])
        between = "".join(lines[done : first - 1])
        comments = HEADING.sub("", between)
        done = node.end_lineno or first
        for heading in HEADING.findall(between):
            pieces.append(Piece("heading", first, heading))
        if isinstance(node, ast.FunctionDef):
            declaration = declaration_of(node)
            if declaration:
                spec = _spec(node, declaration, first, lines)
                said = comments.strip("\n")
                code = said + "\n" + spec.code if said else spec.code
                pieces.append(replace(spec, code=code))
                continue
        kind = "set-up" if _is_set_up(node, declared) else "helper"
        code = comments + "".join(lines[first - 1 : done])
        if pieces and pieces[-1].kind == kind:
            before = pieces.pop()
            pieces.append(Piece(kind, before.line, before.code + code))
        else:
            pieces.append(Piece(kind, first, code.lstrip("\n")))
    return introduction, pieces


def _is_set_up(node: ast.stmt, declared: set[str]) -> bool:
    """Whether a statement imports, or names a page for the declarations."""
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
        (target,) = node.targets
        return isinstance(target, ast.Name) and target.id in declared
    return isinstance(node, (ast.Import, ast.ImportFrom))


def _spec(
    function: ast.FunctionDef, declaration: ast.Call, first: int, lines: list[str]
) -> Piece:
    """Return the piece of a spec, its declaration and docstring apart."""
    declared = range(declaration.lineno, (declaration.end_lineno or 0) + 1)
    documented: range | tuple[()] = ()
    paragraphs = _paragraphs(function)
    if paragraphs:
        docstring = function.body[0]
        documented = range(docstring.lineno, (docstring.end_lineno or 0) + 1)
        if len(function.body) == 1:  # what is left must be Python
            documented = ()
    numbered = [
        (number, lines[number - 1])
        for number in range(first, (function.end_lineno or first) + 1)
    ]
    return Piece(
        "spec",
        first,
        "".join(
            line
            for number, line in numbered
            if number not in declared and number not in documented
        ),
        "".join(line for number, line in numbered if number in declared),
        tuple(paragraphs[1:]),
    )


def _paragraphs(node: ast.Module | ast.FunctionDef) -> list[str]:
    """Return a docstring's paragraphs, each as one line."""
    text = ast.get_docstring(node) or ""
    return [
        " ".join(textwrap.dedent(each).split())
        for each in text.split("\n\n")
        if each.strip()
    ]
