"""The stages of a spec, read from its source: it arranges, acts, and asserts.

Paragraphs of a spec are parted by blank lines. The first one arranges if a later one
still acts, that is, has a statement that is no assertion. Assertions are ``assert``
statements, calls of ``assert_...`` functions, and blocks under ``pytest.raises`` and
``pytest.warns``. All else acts.
"""

from __future__ import annotations

import ast
import functools
import re
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

ARRANGE, ACT, ASSERT = "arrange", "act", "assert"


class Stages:
    """The stage of each line of a spec.

    Args:
        spec: the spec's function, without what decorators wrapped around it.

    Attributes:
        code: of the function.
        words: those of three letters or more in its source.
    """

    def __init__(self, spec: Callable[..., Any]) -> None:
        self.code: types.CodeType = spec.__code__
        self._stages: dict[int, str] = {}
        function = _find(self.code)
        self._comparing = _comparing(function)
        lines = _read(self.code.co_filename).splitlines()
        self.words = words_in(
            "\n".join(lines[_first(function) - 1 : function.end_lineno])
        )
        paragraphs = _paragraphs(function, lines)
        for number, paragraph in enumerate(paragraphs):
            arranges = number == 0 and any(
                not _asserts(statement) or _is_block(statement)
                for later in paragraphs[1:]
                for statement in later
            )
            for statement in paragraph:
                self._mark(statement, ARRANGE if arranges else ACT)

    def _mark(self, statement: ast.stmt, stage: str) -> None:
        if _asserts(statement):
            stage = ASSERT
        for line in range(statement.lineno, (statement.end_lineno or 0) + 1):
            self._stages[line] = stage
        if stage != ASSERT:
            for inner in ast.walk(statement):
                if isinstance(inner, ast.stmt) and _asserts(inner):
                    self._mark(inner, ASSERT)

    def of_line(self, line: int) -> str:
        """Return the stage of a line."""
        return self._stages.get(line, ACT)

    def compares(self, line: int) -> bool:
        """Whether the spec asks with ``is`` for what a line computes."""
        return line in self._comparing

    def line_of(self, traceback: types.TracebackType | None) -> int | None:
        """Return the line of the spec that an error came through, or None."""
        line = None
        while traceback is not None:
            if traceback.tb_frame.f_code is self.code:
                line = traceback.tb_lineno
            traceback = traceback.tb_next
        return line

    def is_assertion(self, error: BaseException) -> bool:
        """Whether an error is one of the spec's assertions failing."""
        line = self.line_of(error.__traceback__)
        return line is not None and self.of_line(line) == ASSERT

    def is_past_arranging(self, error: BaseException) -> bool:
        """Whether an error came once the spec had arranged what it acts on."""
        line = self.line_of(error.__traceback__)
        return line is not None and self.of_line(line) != ARRANGE


def words_in(text: str) -> frozenset[str]:
    """Return the words of three letters or more in a text."""
    return frozenset(re.findall(r"[a-z]{3,}", text.lower()))


def _first(function: ast.FunctionDef) -> int:
    """Return the first line of a function, with its decorators."""
    return min([function.lineno, *(each.lineno for each in function.decorator_list)])


def _find(code: types.CodeType) -> ast.FunctionDef:
    for node in ast.walk(_parse(code.co_filename)):
        if isinstance(node, ast.FunctionDef):
            place = node.name, _first(node)
            if place == (code.co_name, code.co_firstlineno):
                return node
    raise LookupError(f"no function {code.co_name} in {code.co_filename}")


@functools.cache
def _parse(path: str) -> ast.Module:
    return ast.parse(_read(path))


@functools.cache
def _read(path: str) -> str:
    return Path(path).read_text(encoding="utf-8")


def _paragraphs(function: ast.FunctionDef, lines: list[str]) -> list[list[ast.stmt]]:
    body = function.body
    if ast.get_docstring(function) is not None:
        body = body[1:]
    paragraphs: list[list[ast.stmt]] = []
    end = 0
    for statement in body:
        between = lines[end : statement.lineno - 1]
        if not paragraphs or not all(line.strip() for line in between):
            paragraphs.append([])
        paragraphs[-1].append(statement)
        end = statement.end_lineno or statement.lineno
    return paragraphs


def _comparing(function: ast.FunctionDef) -> set[int]:
    """Return the lines that compute what is compared with ``is`` or ``is not``."""
    names: set[str] = set()
    lines: set[int] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Compare) and isinstance(
            node.ops[0], (ast.Is, ast.IsNot)
        ):
            operands = [node.left, *node.comparators]
            if not any(isinstance(each, ast.Constant) for each in operands):
                names |= {each.id for each in operands if isinstance(each, ast.Name)}
                lines.update(range(node.lineno, (node.end_lineno or 0) + 1))
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and names & {
            each.id
            for each in ast.walk(node)
            if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
        }:
            lines.update(range(node.lineno, (node.end_lineno or 0) + 1))
    return lines


def _asserts(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Assert):
        return True
    if isinstance(statement, ast.With):
        return any(
            _name(item.context_expr) in ("raises", "warns") for item in statement.items
        )
    return isinstance(statement, ast.Expr) and _name(statement.value).startswith(
        "assert_"
    )


def _is_block(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.With)


def _name(expression: ast.expr) -> str:
    """Return the last part of the name of what an expression calls, or ''."""
    if not isinstance(expression, ast.Call):
        return ""
    called = expression.func
    return (
        called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    )
