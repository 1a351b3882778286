"""``torch-semantics passages``, run on a small specification."""

import pytest

from torch_semantics.cli import main
from torch_semantics.sources import read_specs

CHAPTER = '''
"""A chapter."""
from torch_semantics import claim, Difference

PAGE = "tensor_view"


@claim("a.proven", see=PAGE + "#part", since="2.0")
def test_proven():
    """A view is
    a view.

    And so on.
    """
    assert True


@claim(
    "a.beyond", also=["a.also"], differs=[Difference("mps", "no", raises=TypeError)]
)
def test_beyond():
    """More is said."""


@claim("a.free")
def test_free():
    """Nobody says so."""


def helper():
    """No spec."""
'''
PASSAGE = """
[[passage]]
id = "{id}"
chapter = "{chapter}"
notes = [{notes}]
says = "It says {id}."
verdict = "holds"
truth = "T"
boundary = []
devices = "any"
"""


@pytest.fixture
def root(tmp_path, monkeypatch):
    """Return a repository with one chapter, five passages, of which two are proven."""
    write(
        tmp_path / "spec/chapters.toml",
        '[[part]]\nname = "tensor"\ntitle = "T"\n'
        '[[part.chapter]]\nname = "views"\ntitle = "T"\nline = "L"\n',
    )
    write(tmp_path / "spec/tensor/test_views.py", CHAPTER)
    write(
        tmp_path / "documents/passages/tensor.toml",
        PASSAGE.format(id="a.proven", chapter="tensor/views", notes='"basics: x"')
        + PASSAGE.format(
            id="a.also", chapter="tensor/views", notes='"basics: y", "basics: z"'
        )
        + PASSAGE.format(
            id="a.open", chapter="tensor/views", notes='"basics: y", "modules: z"'
        )
        + PASSAGE.format(id="n.open", chapter="nn/linear", notes='"modules: z"'),
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_chapters_and_notes_are_listed_with_what_is_not_proven(root, capsys):
    status = main(["passages"])

    assert status == 1
    assert capsys.readouterr().out == (
        "tensor/views: 2 of 3 passages proven, 1 claims beyond the notes\n"
        "  unproven: a.open: It says a.open.\n"
        "nn/linear: 0 of 1 passages proven\n"
        "  unproven: n.open: It says n.open.\n"
        "basics: 2 of 3 passages proven\n"
        "  unproven: a.open: It says a.open.\n"
        "modules: 0 of 2 passages proven\n"
        "  unproven: a.open: It says a.open.\n"
        "  unproven: n.open: It says n.open.\n"
        "2 of 4 passages proven\n"
    )


def test_verbose_lists_what_is_proven_by_what_and_what_is_beyond(root, capsys):
    main(["passages", "--verbose", "tensor/views"])

    assert capsys.readouterr().out == (
        "tensor/views: 2 of 3 passages proven, 1 claims beyond the notes\n"
        "  unproven: a.open: It says a.open.\n"
        "  proven: a.proven\n"
        "  proven: a.also, by a.beyond\n"
        "  beyond the notes: a.free\n"
        "2 of 3 passages proven\n"
    )


@pytest.mark.parametrize("name", ["tensor", "tensor/views", "basics"])
def test_the_exit_status_says_whether_all_asked_for_is_proven(root, capsys, name):
    before = main(["passages", name])
    path = root / "spec/tensor/test_views.py"
    path.write_text(CHAPTER.replace("a.free", "a.open"))

    assert (before, main(["passages", name])) == (1, 0)


@pytest.mark.parametrize(
    ("path", "text", "message"),
    [
        ("spec/chapters.toml", "[[part]", "is not valid TOML: "),
        ("documents/passages/tensor.toml", "[[passage]]", "passage number 1 lacks id"),
        ("spec/tensor/test_views.py", "def f(:", ", line 1: invalid syntax"),
        (
            "spec/tensor/test_views.py",
            "@claim(NAME)\ndef test_a():\n    pass\n",
            ", line 1: the arguments of claim() must be literals, or constants of the",
        ),
    ],
    ids=["order", "catalogue", "syntax", "declaration"],
)
def test_files_that_cannot_be_read_get_one_line(root, capsys, path, text, message):
    (root / path).write_text(text)

    assert main(["passages"]) == 2

    error = capsys.readouterr().err
    assert error.startswith("ERROR: ")
    assert message in error
    assert len(error.splitlines()) == 1


def test_an_unknown_name_gets_one_line(root, capsys):
    assert main(["passages", "tensor/view"]) == 2

    assert capsys.readouterr().err == (
        "ERROR: no chapter, part or note is called 'tensor/view';"
        " did you mean tensor/views or tensor?\n"
    )


def test_without_a_specification_there_is_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    assert main(["passages"]) == 2

    assert capsys.readouterr().err == (
        f"ERROR: no specification here: spec/chapters.toml is not in {tmp_path}\n"
    )


def test_a_spec_is_read_with_its_declaration_and_its_text(root):
    proven, beyond, _ = read_specs(root / "spec")

    assert proven.claim.id == "a.proven"
    assert proven.claim.sentence == "A view is a view."
    assert proven.claim.see == "tensor_view#part"
    assert proven.claim.bounds == "since 2.0"
    assert proven.chapter == "tensor/views"
    assert proven.line == 8
    assert proven.source.startswith('@claim("a.proven"')
    assert proven.source.endswith("    assert True\n")
    assert beyond.claim.also == ("a.also",)
