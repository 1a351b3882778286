"""``torch-semantics errata``, on a small catalogue and on this one."""

from pathlib import Path

import pytest

from torch_semantics.cli import main
from torch_semantics.errata import VERDICTS, collect, render

ROOT = Path(__file__).resolve().parent.parent
CHAPTER = '''
"""A chapter."""
from torch_semantics import claim


@claim("a.wrong", since="2.0", until="2.6")
def test_wrong():
    """A view is a view."""


@claim("a.more", also=["a.wrong"])
def test_more():
    """What __add__ returns is new."""
'''
PASSAGE = """
[[passage]]
id = "{id}"
chapter = "tensor/views"
notes = ["basics: x", "modules: y"]
says = "It says {id}."
verdict = "{verdict}"
truth = "It is `a_b` and <c> and *d*."
boundary = []
devices = "any"
"""


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture
def root(tmp_path, monkeypatch):
    """Return a repository with a chapter, and a passage of each verdict."""
    write(
        tmp_path / "spec/chapters.toml",
        '[[part]]\nname = "tensor"\ntitle = "T"\n'
        '[[part.chapter]]\nname = "views"\ntitle = "T"\nline = "L"\n',
    )
    write(tmp_path / "spec/tensor/test_views.py", CHAPTER)
    write(
        tmp_path / "documents/passages/tensor.toml",
        PASSAGE.format(id="a.holds", verdict="holds")
        + PASSAGE.format(id="a.conditional", verdict="conditional")
        + PASSAGE.format(id="a.wrong", verdict="wrong")
        + 'since = "2.0.1"\n',
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_page_has_what_does_not_hold_and_who_proves_the_truth(root, capsys):
    assert main(["errata"]) == 0

    page = capsys.readouterr().out
    assert "a.holds" not in page
    assert page.index("### It says a.wrong.") < page.index("### It says a.conditional.")
    assert "`a.wrong`, said in basics: x; modules: y." in page
    assert (
        r"**What is true, since torch 2.0.1**: It is `a_b` and \<c\> and \*d\*." in page
    )
    assert (
        "- [a.wrong](../spec/tensor/test_views.py) (from 2.0 on and before 2.6):"
        " A view is a view.\n"
        "- [a.more](../spec/tensor/test_views.py): What \\_\\_add\\_\\_ returns is new.\n"
    ) in page
    assert page.count("- No spec proves it yet.") == 1


def test_the_page_is_written_to_a_file(root, capsys):
    main(["errata"])
    printed = capsys.readouterr().out

    status = main(["errata", "--output", "page.md"])

    assert (status, (root / "page.md").read_text()) == (0, printed)
    assert capsys.readouterr().out == ""


def test_what_stands_in_the_way_is_one_line_and_nothing_is_written(root, capsys):
    write(root / "documents/passages/tensor.toml", "[[passage]]\n")

    status = main(["errata", "--output", "page.md"])

    error = capsys.readouterr().err
    assert (status, error.count("\n")) == (2, 1)
    assert error.startswith("ERROR: ")
    assert not (root / "page.md").exists()


def test_a_file_that_cannot_be_written_is_one_line(root, capsys):
    assert main(["errata", "--output", "nowhere/page.md"]) == 2
    assert "ERROR: the page can't be written" in capsys.readouterr().err


def test_the_committed_page_is_the_one_that_the_catalogue_gives():
    committed = (ROOT / "documents/errata.md").read_text(encoding="utf-8")

    assert committed == render(ROOT, collect(ROOT)), (
        "out of date: torch-semantics errata --output documents/errata.md"
    )


def test_every_passage_that_does_not_simply_hold_is_on_it():
    text = "\n".join(
        path.read_text(encoding="utf-8")
        for path in (ROOT / "documents/passages").glob("*.toml")
    )

    for verdict, errata in collect(ROOT).items():
        assert len(errata) == text.count(f'\nverdict = "{verdict}"\n')
        assert verdict in VERDICTS
