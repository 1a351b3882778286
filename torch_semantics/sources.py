"""The specs as text: what their declarations say, read without importing torch."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch_semantics.chapters import chapter_of, read_chapters
from torch_semantics.claims import Claim

NOT_LITERAL = ("differs",)  # calls Difference(...), which only a run needs


class BadSource(Exception):
    """A chapter can't be read; the message is one line."""


@dataclass(frozen=True)
class Spec:
    """The spec of a claim, as it stands in its chapter.

    Args:
        claim: what its declaration says, but for the differences on devices.
        chapter: such as ``tensor/views``.
        path: of the chapter's file.
        line: the first of the function with its decorators, from 1.
        source: the function's text, decorators included.
    """

    claim: Claim
    chapter: str
    path: Path
    line: int
    source: str


def read_specs(specification: Path) -> list[Spec]:
    """Return all specs below a specification's folder, in reading order.

    Raises:
        BadOrder: ``chapters.toml`` is not what it must be.
        BadSource: a chapter is not Python, or a declaration is not made of literals.
    """
    order = {name: place for place, name in enumerate(read_chapters(specification))}
    paths = {
        chapter_of(path, specification): path
        for path in sorted(specification.glob("*/test_*.py"))
    }
    chapters = sorted(paths, key=lambda name: (order.get(name, len(order)), name))
    return [spec for name in chapters for spec in _read_chapter(name, paths[name])]


def _read_chapter(chapter: str, path: Path) -> Iterator[Spec]:
    text, tree = parse(path)
    lines = text.splitlines(keepends=True)
    constants = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef):
            continue
        declaration = declaration_of(node)
        if declaration:
            first = min(each.lineno for each in node.decorator_list)
            yield Spec(
                _claim(declaration, node, path, constants),
                chapter,
                path,
                first,
                "".join(lines[first - 1 : node.end_lineno]),
            )


def parse(path: Path) -> tuple[str, ast.Module]:
    """Return the text of a chapter's file, and what Python sees in it.

    Raises:
        BadSource: it is not Python, or can't be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
        return text, ast.parse(text)
    except SyntaxError as error:
        raise BadSource(f"{path}, line {error.lineno}: {error.msg}") from None
    except (OSError, ValueError) as error:  # such as bytes that are not UTF-8
        raise BadSource(f"{path} can't be read: {error}") from None


def declaration_of(function: ast.FunctionDef) -> ast.Call | None:
    """Return the decorator ``@claim(...)`` of a function, or None if it has none."""
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Name):
            if decorator.func.id == "claim":
                return decorator
    return None


def _claim(
    call: ast.Call,
    function: ast.FunctionDef,
    path: Path,
    constants: dict[str, ast.Constant],
) -> Claim:
    def value(expression: ast.expr) -> Any:
        if isinstance(expression, ast.BinOp):  # a page and the place in it, joined
            return value(expression.left) + value(expression.right)
        if isinstance(expression, ast.Name):
            expression = constants.get(expression.id, expression)
        return ast.literal_eval(expression)

    try:
        (id,) = (value(argument) for argument in call.args)
        given: dict[str, Any] = {
            str(keyword.arg): value(keyword.value)
            for keyword in call.keywords
            if keyword.arg not in NOT_LITERAL
        }
    except ValueError:
        raise BadSource(
            f"{path}, line {call.lineno}: the arguments of claim() must be literals,"
            " or constants of the chapter"
        ) from None
    given["also"] = tuple(given.get("also", ()))
    paragraph = (ast.get_docstring(function) or "").split("\n\n")[0]
    return Claim(id=id, sentence=" ".join(paragraph.split("\n")), **given)
