"""Declarations: what a claim may be, and what is said of one that is wrong."""

import pytest
from packaging.version import Version

from torch_semantics.claims import Claim, Difference, claim
from torch_semantics.releases import release_of

GOOD = {"id": "tensor.view.aliases", "sentence": "A view shares its base's storage."}


def problems(**declaration):
    return list(Claim(**{**GOOD, **declaration}).problems({"tensor.view.known"}))


def test_a_good_claim_has_no_problems():
    assert problems(also=("tensor.view.known",), see="tensor_view", since="2.0") == []


@pytest.mark.parametrize(
    ("declaration", "line"),
    [
        ({"id": "View.Aliases"}, "the id 'View.Aliases' is not dotted lower case"),
        ({"id": "views"}, "the id 'views' is not dotted lower case"),
        ({"sentence": ""}, "the spec has no docstring"),
        ({"sentence": "a view."}, "'a view.' does not start with a capital letter"),
        ({"sentence": "A view"}, "'A view' does not end with a full stop"),
        ({"also": ("tensor.x",)}, "passage 'tensor.x', which is not in documents/"),
        ({"also": ("tensor.view.known",) * 2}, "also= repeats an id"),
        ({"see": "https://pytorch.org"}, "is not a page name"),
        ({"level": "should"}, "level='should' is not one of must, observed"),
        ({"since": "two"}, "since='two' is not a release"),
        ({"since": "2.6", "until": "2.6.0"}, "the bounds are impossible"),
        ({"until": "1.13.0"}, "until=1.13.0 bounds nothing"),
        ({"gap": ("2.1.0",)}, "gap=('2.1.0',) is not two releases"),
        ({"gap": ("2.1.0", "two")}, "gap until='two' is not a release"),
        ({"gap": ("2.1.1", "2.1.0")}, "impossible: gap from 2.1.1 is not before gap"),
        ({"since": "2.2", "gap": ("2.1.0", "2.3")}, "since 2.2 is not before gap from"),
        (
            {"until": "2.2", "gap": ("2.1.0", "2.3")},
            "gap until 2.3 is not before until",
        ),
        ({"differs": (Difference("cuda", ""),)}, "on cuda has no reason"),
        ({"differs": (Difference("cuda", "why"),)}, "either raises= or a tolerance"),
        (
            {"differs": (Difference("cuda", "why", raises=ValueError, rtol=1.0),)},
            "either raises= or a tolerance",
        ),
    ],
)
def test_each_wrong_declaration_gets_one_line(declaration, line):
    (problem,) = problems(**declaration)

    assert line in problem
    assert "\n" not in problem


@pytest.mark.parametrize(
    ("version", "covered"),
    [
        ("1.13.1", False),
        ("2.0.0", True),
        ("2.0.0a0", True),
        ("2.5.1+cu124", True),
        ("2.6.0.dev20241112+cpu", False),
        ("2.6.0rc1", False),
        ("2.6.0", False),
    ],
)
def test_bounds_are_half_open_and_pre_releases_count_as_their_release(version, covered):
    bounded = Claim(**GOOD, since="2.0", until="2.6")

    assert bounded.covers(release_of(version)) is covered


@pytest.mark.parametrize(
    ("version", "covered"),
    [("2.0.1", True), ("2.1.0", False), ("2.1.1", False), ("2.1.2", True)],
)
def test_a_gap_is_not_covered(version, covered):
    gapped = Claim(**GOOD, gap=("2.1.0", "2.1.2"))

    assert gapped.covers(release_of(version)) is covered
    assert gapped.bounds == "every release, but from 2.1.0 until 2.1.2"


def test_a_claim_without_bounds_covers_every_release():
    assert Claim(**GOOD).covers(Version("1.13"))
    assert Claim(**GOOD).covers(Version("99"))


def test_the_sentence_is_the_first_paragraph_of_the_docstring():
    @claim("tensor.view.aliases", see="tensor_view#view")
    def spec():
        """A view shares its base's storage,
        so that a write is seen in both.

        More for the reader.
        """

    assert spec.claim.sentence == (
        "A view shares its base's storage, so that a write is seen in both."
    )
    assert spec.claim.page.endswith("/tensor_view.html#view")


def test_a_difference_may_be_for_some_dtypes():
    float64 = Difference("mps", "there is no float64", ("float64",), raises=TypeError)
    bounded = Claim(**GOOD, differs=(float64,))

    assert bounded.difference("mps", "float64") is float64
    assert bounded.difference("mps", "float32") is None
    assert bounded.difference("cuda", "float64") is None
