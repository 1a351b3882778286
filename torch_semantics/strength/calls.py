"""The calls into torch that a spec makes, seen and answered one by one."""

from __future__ import annotations

import functools
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import torch
from torch.overrides import TorchFunctionMode, resolve_name

from torch_semantics import words
from torch_semantics.strength.stages import Stages

TORCH = str(Path(torch.__file__).parent) + os.sep
WORDS = words.__file__
# Python functions of torch between a spec and a call that the spec makes itself.
BETWEEN = ("handle_torch_function", "wrapped", "fn", "_watched")
# Functions inside a function.
INNER = ("<lambda>", "<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>")
# Functions whose results hold what the memory held before.
UNDEFINED = (
    *("empty", "empty_like", "empty_strided", "empty_permuted"),
    *("new_empty", "new_empty_strided"),
)


@dataclass(frozen=True)
class Site:
    """Where a spec, or a function of its file that it calls, calls torch.

    Args:
        line: of the file.
        name: of the function, such as ``Tensor.view``.
        nth: which of the line's calls of that function, from 0.
    """

    line: int
    name: str
    nth: int

    @property
    def method(self) -> str:
        """The last part of the name; ``__get__`` and such for an attribute."""
        return self.name.rsplit(".", 1)[-1]


class Call:
    """A call into torch that has not been made yet.

    Args:
        site: where it is made.
        line: of the spec, which made it or called what made it.
        building: whether what the spec called is a function without tensors or modules
            among its arguments: it makes an input.
        function: what is called.
        args: positional arguments.
        kwargs: arguments by keyword.
    """

    def __init__(
        self,
        site: Site,
        line: int,
        building: bool,
        function: Callable[..., Any],
        args: Any,
        kwargs: Any,
    ) -> None:
        self.site = site
        self.line = line
        self.building = building
        self.function = function
        self.args: tuple[Any, ...] = args
        self.kwargs: dict[str, Any] = kwargs
        self.live: frozenset[str] = frozenset()  # what the spec sees of what it does
        # Some faults find out later if they change anything, and only where asked to.
        self.checks = False
        self.changes = True
        self.made = False
        self._result: Any = None

    def run(self) -> Any:
        """Make the call, once; return its result."""
        if not self.made:
            self._result = self.function(*self.args, **self.kwargs)
            self.made = True
            if self.site.method in UNDEFINED:
                _define(self._result)
        return self._result

    @property
    def tensors(self) -> list[torch.Tensor]:
        """The tensors among the arguments."""
        return list(tensors_in((self.args, self.kwargs)))


def tensors_in(value: Any) -> Iterator[torch.Tensor]:
    """Yield the tensors in nested tuples, lists and dictionaries."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, (tuple, list)):
        for inner in value:
            yield from tensors_in(inner)
    elif isinstance(value, dict):
        for inner in value.values():
            yield from tensors_in(inner)


def _define(tensor: torch.Tensor) -> None:
    """Fill memory that holds anything, or what a fault changes there were by chance."""
    if (
        tensor.layout == torch.strided
        and not torch.are_deterministic_algorithms_enabled()
    ):
        tensor.data.fill_(1)


def has_tensor(value: Any) -> bool:
    """Whether there is a tensor in nested tuples, lists and dictionaries."""
    return any(True for _ in tensors_in(value))


def storage_of(tensor: torch.Tensor) -> Any:
    """Return what a tensor lies over, or None where it lies over nothing."""
    try:
        return tensor.untyped_storage()
    except RuntimeError:  # sparse, functorch's wrappers, ...
        return None


class Watched(TorchFunctionMode):  # type: ignore[misc]
    """While it is entered, calls that a spec makes are answered by ``handle``.

    Calls that torch makes on the way are not: only what stands in the spec counts.

    Args:
        stages: of the spec.
        handle: makes the call, or does something else in its place.
    """

    def __init__(self, stages: Stages, handle: Callable[[Call], Any]) -> None:
        super().__init__()
        self._stages = stages
        self._handle = handle
        self._count: Counter[tuple[int, str]] = Counter()

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        place = self._place(getattr(func, "__name__", ""))
        if place is None:
            return func(*args, **(kwargs or {}))
        return self._answer(place, name_of(func), func, args, kwargs or {})

    def __enter__(self) -> Watched:
        _watch_modules()
        _ENTERED.append(self)
        super().__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        super().__exit__(*error)
        _ENTERED.remove(self)

    def answer_module(
        self, call: Any, module: torch.nn.Module, args: Any, kwargs: Any
    ) -> Any:
        """Answer a module's call, which is no torch function, as if it were one."""
        place = self._place("")
        if place is None:
            return call(module, *args, **kwargs)
        return self._answer(place, _module_name(module), call, (module, *args), kwargs)

    def _answer(
        self,
        place: tuple[int, int, bool],
        name: str,
        function: Any,
        args: Any,
        kwargs: Any,
    ) -> Any:
        site = Site(place[0], name, self._count[place[0], name])
        self._count[place[0], name] += 1
        return self._handle(Call(site, *place[1:], function, args, kwargs))

    def _place(self, name: str) -> tuple[int, int, bool] | None:
        """Return the line that calls, the spec's line, and whether it builds.

        None where it is not the spec's file that calls, or torch called what does.
        """
        frame: FrameType | None = sys._getframe(2)
        inner = ""
        while frame is not None:
            file = frame.f_code.co_filename
            if file != WORDS and file != __file__ and not file.startswith(TORCH):
                break
            inner = frame.f_code.co_name if file != WORDS else ""
            frame = frame.f_back
        if frame is None or (inner and inner not in (name, *BETWEEN)):
            return None
        line, spec, building = frame.f_lineno, self._stages.code, False
        while frame is not None and frame.f_code.co_filename == spec.co_filename:
            if frame.f_code is spec:
                return line, frame.f_lineno, building
            building = frame.f_code.co_name not in INNER and not _takes_tensors(frame)
            frame = frame.f_back
        return None


_ENTERED: list[Watched] = []


@functools.cache
def _watch_modules() -> None:
    """Patch ``Module.__call__``, once, as patching a class with many others is slow."""
    call = torch.nn.Module.__call__

    def _watched(module: torch.nn.Module, *args: Any, **kwargs: Any) -> Any:
        if not _ENTERED:
            return call(module, *args, **kwargs)
        return _ENTERED[-1].answer_module(call, module, args, kwargs)

    torch.nn.Module.__call__ = _watched  # type: ignore[assignment,method-assign]


def _takes_tensors(frame: FrameType) -> bool:
    names = frame.f_code.co_varnames[: frame.f_code.co_argcount]
    values = (frame.f_locals.get(name) for name in names)
    return any(isinstance(each, (torch.Tensor, torch.nn.Module)) for each in values)


@functools.cache
def name_of(function: Any) -> str:
    """Return the name of a function of torch, such as ``Tensor.view``."""
    name = resolve_name(function) or getattr(function, "__qualname__", repr(function))
    return name.removeprefix("torch.")


def _module_name(module: torch.nn.Module) -> str:
    of_torch = type(module).__module__.startswith("torch.")
    return f"nn.{type(module).__name__ if of_torch else 'Module'}.__call__"
