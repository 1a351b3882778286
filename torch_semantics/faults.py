"""Faults: named ways to break torch, which the specs must be able to catch.

A fault is a function that patches torch. It stands in ``faults/PART/CHAPTER.py``, with
a witness: a function without arguments that returns True when torch is broken in the
way the fault's sentence says, and False when it is not. ::

    @fault("view() returns a copy.", witness=lambda: not _view_aliases())
    def view_copies(patch):
        view = torch.Tensor.view
        patch(torch.Tensor, "view", lambda self, *size: view(self, *size).clone())
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Patch = Callable[[Any, str, Any], None]


@dataclass(frozen=True)
class Fault:
    """A way to break torch.

    Args:
        name: the patching function's name.
        sentence: what is wrong with torch under the fault.
        apply: patches torch, through the ``patch(object, name, value)`` it is given.
        witness: returns whether torch is broken in that way.
    """

    name: str
    sentence: str
    apply: Callable[[Patch], None]
    witness: Callable[[], bool]


def fault(
    sentence: str, *, witness: Callable[[], bool]
) -> Callable[[Callable[[Patch], None]], Fault]:
    """Make the decorated function, which patches torch, a :class:`Fault`."""

    def declare(apply: Callable[[Patch], None]) -> Fault:
        return Fault(apply.__name__, sentence, apply, witness)

    return declare
