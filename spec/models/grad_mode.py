"""Grad mode in plain Python: what each context makes of it, on the way in and out.

The mode has two parts: whether operations are recorded, and whether new tensors are
inference tensors. Each context sets the first; only ``inference_mode`` sets the second.
"""

from __future__ import annotations

from typing import NamedTuple


class Mode(NamedTuple):
    """Autograd's mode at one moment."""

    grad: bool
    inference: bool


OUTSIDE = Mode(grad=True, inference=False)

GRAD_WITHIN = {
    "no_grad()": False,
    "enable_grad()": True,
    "set_grad_enabled(False)": False,
    "set_grad_enabled(True)": True,
    "inference_mode(False)": True,
    "inference_mode(True)": False,
}
INFERENCE_WITHIN = {"inference_mode(False)": False, "inference_mode(True)": True}


def modes_inside(contexts: list[str]) -> list[Mode]:
    """Return the mode inside each of nested contexts, the outermost first.

    The innermost context that sets a part of the mode decides it.
    """
    modes = []
    inference = OUTSIDE.inference
    for context in contexts:
        inference = INFERENCE_WITHIN.get(context, inference)
        modes.append(Mode(GRAD_WITHIN[context], inference))
    return modes


def modes_after(contexts: list[str]) -> list[Mode]:
    """Return the mode after each context is left, the innermost first.

    Leaving a context puts back the mode that it was entered in.
    """
    return [OUTSIDE, *modes_inside(contexts)][-2::-1]
