"""Faults: named ways to break torch, which the specs must be able to catch.

A fault is a function that patches torch. It stands in ``faults/PART/CHAPTER.py``, with
a witness: a function without arguments that returns True when torch is broken in the
way the fault's sentence says, and False when it is not. ::

    @fault("view() returns a copy.", witness=lambda: not _view_aliases())
    def view_copies(patch):
        view = torch.Tensor.view
        patch(torch.Tensor, "view", lambda self, *size: view(self, *size).clone())

``error_of``, ``raises``, ``warns`` and ``quiet`` are for witnesses; ``wrap``, ``both``
and ``edit`` are for patches.
"""

from __future__ import annotations

import inspect
import textwrap
import warnings
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


def error_of(call: Callable[[], object]) -> Exception | None:
    """Return what a call raises, or None; its warnings are not shown."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            call()
    except Exception as error:  # a broken torch may raise anything
        return error
    return None


def raises(call: Callable[[], object], error: type[Exception] = Exception) -> bool:
    """Whether a call raises such an error."""
    return isinstance(error_of(call), error)


def warns(call: Callable[[], object]) -> bool:
    """Whether a call warns."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        call()
    return bool(seen)


def quiet(call: Callable[[], Any]) -> Any:
    """Return what a call returns; its warnings are not shown."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return call()


def wrap(patch: Patch, owner: Any, names: str, change: Callable[..., Any]) -> None:
    """Patch functions or methods with one that is given the original.

    Args:
        patch: what the fault is given.
        owner: whose attributes they are, such as ``torch.Tensor``.
        names: of the functions, with spaces between.
        change: called in their place with the original and its arguments.
    """
    for name in names.split():
        original = getattr(owner, name)

        def broken(*args: Any, original: Any = original, **options: Any) -> Any:
            return change(original, *args, **options)

        patch(owner, name, broken)


def both(patch: Patch, names: str, change: Callable[..., Any]) -> None:
    """Patch functions of torch and the methods of the same names, where there are any.

    Args:
        patch: what the fault is given.
        names: of the functions and methods, with spaces between.
        change: called in their place with the original and its arguments.
    """
    import torch  # specs are read without it

    for owner in (torch, torch.Tensor):
        for name in names.split():
            if hasattr(owner, name):
                wrap(patch, owner, name, change)


def edit(patch: Patch, function: Any, old: str, new: str) -> None:
    """Patch a function that is written in Python by changing a piece of its source.

    Args:
        patch: what the fault is given.
        function: the function, which keeps its identity: every name for it is reached.
        old: the piece, which stands in the function once or more.
        new: what stands there instead.

    Raises:
        ValueError: the function has no such piece.
    """
    source = textwrap.dedent(inspect.getsource(function))
    if old not in source:
        raise ValueError(f"{function.__qualname__} has no {old!r}")
    source = source.replace(old, new)
    name, closure = function.__name__, function.__code__.co_freevars
    if closure:  # super() finds its class there
        source = f"def make({', '.join(closure)}):\n{textwrap.indent(source, ' ')}"
        source += f"\n return {name}"
    scope = dict(function.__globals__)
    exec(compile(source, "<fault>", "exec"), scope)
    made = scope["make"](*[None] * len(closure)) if closure else scope[name]
    patch(function, "__code__", made.__code__)
