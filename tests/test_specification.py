"""What holds of every spec in ``spec/``: a linter for what a reader relies on."""

import ast
from pathlib import Path

import pytest

from torch_semantics.chapters import chapter_of, read_chapters
from torch_semantics.passages import read_passages

ROOT = Path(__file__).resolve().parent.parent
SPEC = ROOT / "spec"
CHAPTERS = sorted(SPEC.glob("*/test_*.py"))
# Every id ever published: ids never change and are never reused.
LEDGER = (ROOT / "documents/ids.txt").read_text(encoding="utf-8").split()

chapters = pytest.mark.parametrize(
    "path", CHAPTERS, ids=[chapter_of(path, SPEC) for path in CHAPTERS]
)


def specs_of(path):
    """Return the test functions of a chapter, each with its call of ``claim``."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [
        (node, node.decorator_list[0])
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]


def keyword(call, name):
    """Return the expression that a call passes for a keyword, or None."""
    return next((k.value for k in call.keywords if k.arg == name), None)


def passages_of(call):
    """Return the ids that a call of ``claim`` gives: the claim's own and ``also``."""
    also = keyword(call, "also")
    return [call.args[0].value, *(ast.literal_eval(also) if also else ())]


def all_claims():
    return [(path, call) for path in CHAPTERS for _, call in specs_of(path)]


def test_the_reading_order_has_every_chapter_once():
    order = read_chapters(SPEC)

    assert sorted(order) == sorted(chapter_of(path, SPEC) for path in CHAPTERS)


def test_ids_are_unique_and_the_ledger_has_them_all():
    ids = [call.args[0].value for _, call in all_claims()]

    assert len(set(ids)) == len(ids)
    assert sorted(set(LEDGER)) == LEDGER
    assert sorted(ids) == LEDGER, "documents/ids.txt: add new ids; never remove one"


@chapters
def test_a_chapter_begins_by_teaching_its_idea(path):
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))

    assert len((docstring or "").split()) >= 25


@chapters
def test_lines_are_at_most_88_wide(path):
    long = [
        line for line in path.read_text(encoding="utf-8").split("\n") if len(line) > 88
    ]

    assert long == []


@chapters
def test_every_spec_names_its_official_page(path):
    lacking = [
        call.args[0].value for _, call in specs_of(path) if not keyword(call, "see")
    ]

    assert lacking == []


def steps_of(spec):
    """Yield the nodes of a spec's own steps, without the functions that it defines."""
    nodes = list(spec.body)
    while nodes:
        node = nodes.pop()
        if not isinstance(node, ast.FunctionDef | ast.Lambda | ast.ClassDef):
            yield node
            nodes += ast.iter_child_nodes(node)


@chapters
def test_specs_have_no_branches_and_no_loops_over_cases(path):
    hiding = [
        f"{spec.name}, line {node.lineno}: {type(node).__name__}"
        for spec, _ in specs_of(path)
        if "given(" not in ast.unparse(spec.decorator_list[-1])
        for node in steps_of(spec)
        if isinstance(node, ast.If | ast.IfExp | ast.While | ast.Match)
        or (isinstance(node, ast.Try) and node.handlers)
    ]

    assert hiding == []


@chapters
def test_every_spec_asserts(path):
    silent = [
        spec.name
        for spec, _ in specs_of(path)
        if not any(isinstance(node, ast.Assert) for node in ast.walk(spec))
        and "pytest.raises" not in ast.unparse(spec)
        and "assert_close" not in ast.unparse(spec)
        and "pytest.warns" not in ast.unparse(spec)
    ]

    assert silent == []


@chapters
def test_nothing_is_skipped_in_silence(path):
    text = path.read_text(encoding="utf-8")

    for word in ("pytest.skip(", "mark.skip", "mark.xfail", "importorskip"):
        assert word not in text


def test_the_catalogue_has_every_passage():
    passages = read_passages(ROOT / "documents")

    assert len(passages) == 681


def test_every_passage_of_a_written_chapter_is_proven():
    proven = {id for _, call in all_claims() for id in passages_of(call)}
    written = {chapter_of(path, SPEC) for path in CHAPTERS}
    unproven = [
        id
        for id, passage in read_passages(ROOT / "documents").items()
        if passage["chapter"] in written and id not in proven
    ]

    assert unproven == []
