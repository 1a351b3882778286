"""The words in which written faults are told."""

import warnings

import pytest
import torch

from torch_semantics.faults import (
    Fault,
    both,
    edit,
    error_of,
    fault,
    quiet,
    raises,
    warns,
    wrap,
)


class Thing:
    """Something to patch."""

    def double(self, number, *, plus=0):
        """Double a number."""
        return 2 * number + plus

    def triple(self, number):
        """Triple a number."""
        return 3 * number


class Child(Thing):
    """Something whose methods ask for more."""

    def double(self, number, *, plus=0):
        """Double a number, and one more."""
        return super().double(number, plus=plus) + 1


def warn():
    warnings.warn("w", stacklevel=1)


def test_a_fault_is_named_like_its_function():
    @fault("It is broken.", witness=lambda: True)
    def breaks(patch):
        patch(Thing, "double", None)

    assert isinstance(breaks, Fault)
    assert (breaks.name, breaks.sentence) == ("breaks", "It is broken.")
    assert breaks.witness() is True


def test_wrap_gives_the_original_to_what_takes_its_place():
    patched = {}

    wrap(
        lambda owner, name, value: patched.update({(owner, name): value}),
        Thing,
        "double triple",
        lambda original, *args, **options: original(*args, **options) + 100,
    )

    assert patched[Thing, "double"](Thing(), 3, plus=1) == 107
    assert patched[Thing, "triple"](Thing(), 3) == 109
    assert Thing().double(3) == 6


def test_both_patches_functions_and_the_methods_of_their_names():
    patched = {}

    both(
        lambda owner, name, value: patched.update({(owner, name): value}),
        "abs stack item",
        lambda original, *args: original.__name__,
    )

    assert set(patched) == {
        (torch, "abs"),
        (torch.Tensor, "abs"),
        (torch, "stack"),
        (torch.Tensor, "item"),
    }
    assert patched[torch, "stack"]([torch.ones(1)]) == "stack"


@pytest.mark.parametrize(
    ("call", "error"), [(lambda: 1 / 0, ZeroDivisionError), (lambda: 1, type(None))]
)
def test_error_of_and_raises_tell_whether_a_call_raises(call, error):
    assert type(error_of(call)) is error
    assert raises(call) is (error is ZeroDivisionError)
    assert raises(call, ArithmeticError) is (error is ZeroDivisionError)
    assert raises(call, ValueError) is False


@pytest.mark.filterwarnings("error")
def test_warns_sees_a_warning_that_raises_does_not_show():
    assert (warns(warn), warns(lambda: None)) == (True, False)
    assert raises(warn) is False


@pytest.mark.filterwarnings("error")
def test_quiet_returns_what_a_call_returns():
    assert quiet(lambda: (warn(), 7)[1]) == 7


def test_edit_changes_a_piece_of_a_function_wherever_it_is_known(monkeypatch):
    known = Child.double

    edit(monkeypatch.setattr, Child.double, "+ 1", "+ 100")

    assert known is Child.double
    assert Child().double(3, plus=1) == 107


def test_edit_refuses_a_piece_that_is_not_there(monkeypatch):
    with pytest.raises(ValueError, match=r"Thing.double has no 'minus'"):
        edit(monkeypatch.setattr, Thing.double, "minus", "plus")
