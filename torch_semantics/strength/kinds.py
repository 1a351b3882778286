"""The kinds of generated faults: how one call into torch can be wrong.

Each kind says what it breaks, and at which calls it can be made as far as a run without
faults shows. When the call comes it answers in torch's place, or finds that it would
change nothing there and raises :class:`NotHere`: such a fault is none, and not counted.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch

from torch_semantics.strength.calls import Call, has_tensor, storage_of, tensors_in

# What is not generated, each with its reason.
EXCLUDED = {
    "ignores device=": "the specs under faults run on the CPU, which is the default",
    "ignores generator=": "what is drawn is random either way",
    "flips the default of non_blocking": "nothing differs on the CPU",
    "flips the default of pin_memory": "nothing differs without an accelerator",
}

# What a spec can see of what a call does, and a fault break: of its result the values,
# dtype, shape, strides, requires_grad and its like (flags), and whether it aliases; of
# its arguments the elements (memory) and that they were changed (effects); of a later
# call its gradients, or that it raises (errors).
ASPECTS = frozenset(
    {"values", "dtype", "shape", "strides", "flags", "aliasing"}
    | {"memory", "effects", "gradients", "errors"}
)
OPERATORS = (
    *("add", "sub", "mul", "truediv", "floordiv", "mod", "pow"),
    *("and", "or", "xor", "lshift", "rshift"),
)
IN_PLACE = {"backward", "__setitem__", "__set__", "__delete__"} | {
    f"__i{operator}__" for operator in OPERATORS
}
RETURNS_NOTHING = ("__setitem__", "__set__", "__delete__", "backward")


class NotHere(Exception):
    """A fault changes nothing at this call, or can't be made there."""


class Raised:
    """The answer to a call that is an exception."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


@dataclass(frozen=True)
class Outcome:
    """What came of a call in a run without faults.

    Args:
        call: the call.
        result: what it returned; None if it raised.
        raised: whether it raised.
        wrote: whether it changed its argument.
        shares: whether a tensor in the result shares storage with an argument.
        itself: whether the result is one of the arguments.
    """

    call: Call
    result: Any = None
    raised: bool = False
    wrote: bool = False
    shares: bool = False
    itself: bool = False

    @property
    def makes_tensor(self) -> bool:
        """Whether the result has a tensor that is not an argument."""
        return not self.itself and has_tensor(self.result)

    @property
    def tracked(self) -> bool:
        """Whether a tensor in the result requires gradients."""
        return any(tensor.requires_grad for tensor in tensors_in(self.result))


@dataclass(frozen=True)
class Kind:
    """A kind of generated faults.

    Args:
        name: what torch does wrong, as the end of a sentence about the function.
        breaks: the aspects that it breaks; it counts where a spec sees one of them.
        fits: whether it can be made at a call, as far as the call's outcome shows.
        answer: answers a call in torch's place.
    """

    name: str
    breaks: frozenset[str]
    fits: Callable[[Outcome], bool]
    answer: Callable[[Call], Any]


KINDS: list[Kind] = []
Answer = Callable[[Call], Any]
Change = Callable[[torch.Tensor], Any]
Fits = Callable[[Outcome], bool]


def _kind(name: str, breaks: str, fits: Fits) -> Callable[[Answer], Answer]:
    def register(answer: Answer) -> Answer:
        KINDS.append(Kind(name, frozenset(breaks.split()), fits, answer))
        return answer

    return register


def _result_kind(
    name: str, breaks: str, fits: Fits = lambda outcome: outcome.makes_tensor
) -> Callable[[Change], Change]:
    """Register a kind that changes the first tensor in the result."""

    def register(change: Change) -> Change:
        _kind(name, breaks, fits)(lambda call: _replace_first(call.run(), change))
        return change

    return register


def _replace_first(result: Any, change: Change) -> Any:
    if isinstance(result, torch.Tensor):
        return change(result)
    if isinstance(result, (tuple, list)):
        for index in range(len(result)):
            if has_tensor(result[index]):
                items = list(result)
                items[index] = _replace_first(items[index], change)
                return type(result)(items)
    raise NotHere


def kinds_at(outcome: Outcome) -> Iterator[Kind]:
    """Yield the kinds of faults that fit at a call."""
    kinds = [kind for kind in KINDS if kind.fits(outcome)]
    if not outcome.raised:
        given, defaults = _keywords(outcome.call)
        kinds += [_ignores(keyword, outcome.call) for keyword in given]
        kinds += [_flips(*default, outcome.call) for default in defaults]
    yield from (kind for kind in kinds if kind.name not in EXCLUDED)


def writes(call: Call) -> bool:
    """Whether a call is, by its name and keywords, one that changes an argument."""
    name = call.site.method
    return (
        (name.endswith("_") and not name.endswith("__"))
        or name in IN_PLACE
        or call.kwargs.get("out") is not None
        or call.kwargs.get("inplace") is True
    )


# --- aliasing -------------------------------------------------------------------------


@_result_kind(
    "returns a copy instead of an alias",
    "aliasing",
    lambda outcome: outcome.shares or outcome.itself,
)
def _copy(tensor: torch.Tensor) -> torch.Tensor:
    storage = storage_of(tensor)
    if tensor.requires_grad or storage is None or tensor.is_conj() or tensor.is_neg():
        return tensor.clone()
    copy = torch.empty(0, dtype=tensor.dtype, device=tensor.device)
    place = tensor.storage_offset(), tensor.size(), tensor.stride()
    return copy.set_(storage.clone(), *place)


def _is_new_tensor(outcome: Outcome) -> bool:
    one = isinstance(outcome.result, torch.Tensor)
    return one and outcome.makes_tensor and not outcome.shares


@_kind("returns an alias instead of a copy", "aliasing", _is_new_tensor)
def _aliased(call: Call) -> Any:
    result = call.run()
    for tensor in call.tensors:
        if tensor.dtype == result.dtype and tensor.numel() == result.numel() > 0:
            tensor = tensor if result.requires_grad else tensor.detach()
            alias = (
                tensor if tensor.shape == result.shape else tensor.view(result.shape)
            )
            if repr(alias.tolist()) == repr(result.tolist()):
                return alias
    raise NotHere


@_kind("also writes its result into its argument", "memory", _is_new_tensor)
def _overwrites(call: Call) -> Any:
    result = call.run()
    for tensor in call.tensors:
        same = tensor.shape == result.shape and tensor.dtype == result.dtype
        if same and repr(tensor.tolist()) != repr(result.tolist()):
            tensor.data.copy_(result.data)
            return result
    raise NotHere


# --- effects --------------------------------------------------------------------------


@_kind("has no effect", "effects", lambda outcome: outcome.wrote)
def _dropped(call: Call) -> Any:
    if call.kwargs.get("out") is not None:
        return call.kwargs["out"]
    return None if call.site.method in RETURNS_NOTHING else call.args[0]


@_kind("has its effect twice", "memory gradients", lambda outcome: outcome.wrote)
def _twice(call: Call) -> Any:
    if call.site.method == "backward":
        call.function(*call.args, **{**call.kwargs, "retain_graph": True})
        leaves = list(_leaves(call.args[0]))
        before = [look(leaf)["gradients"] for leaf in leaves]
        result = call.run()
        call.changes = [look(leaf)["gradients"] for leaf in leaves] != before
        return result
    result = call.run()
    once = [look(tensor) for tensor in call.tensors]
    call.function(*call.args, **call.kwargs)
    if [look(tensor) for tensor in call.tensors] == once:
        raise NotHere
    return result


def _leaves(root: torch.Tensor) -> Iterator[torch.Tensor]:
    """Yield the leaves that backward from a tensor reaches."""
    if root.grad_fn is None:
        yield root
    waiting: list[Any] = [root.grad_fn]
    seen = set()
    while waiting:
        node = waiting.pop()
        if node is not None and node not in seen:
            seen.add(node)
            if hasattr(node, "variable"):
                yield node.variable
            waiting += [following for following, _ in node.next_functions]


@_kind(
    "writes one wrong element",
    "memory",
    lambda outcome: outcome.wrote and outcome.itself,
)
def _writes_wrong(call: Call) -> Any:
    return _replace_first(call.run(), _spoil)


# --- values ---------------------------------------------------------------------------


@_result_kind("returns one wrong element", "values")
def _wrong_element(tensor: torch.Tensor) -> Any:
    return _spoil(_copy(tensor))  # a copy: the argument stays as it is


def _spoil(tensor: torch.Tensor) -> torch.Tensor:
    """Change the last element."""
    data = tensor.data
    index = tuple(size - 1 for size in data.shape)
    before = repr(data[index].item())
    data[index] = ~data[index] if data.dtype == torch.bool else data[index] + 1
    if repr(data[index].item()) == before:  # infinite, or too large to count by one
        data[index] = 0
    return tensor


@_result_kind("returns its elements in reverse", "values")
def _reverse(tensor: torch.Tensor) -> Any:
    reverse = tensor.data.flatten().flip(0).view(tensor.shape)
    if repr(reverse.tolist()) == repr(tensor.tolist()):
        raise NotHere
    copy = _copy(tensor) if 0 not in tensor.stride() else tensor.clone()
    copy.data.copy_(reverse)
    return copy


@_kind(
    "returns a wrong value",
    "values",
    lambda outcome: outcome.result is not None and not has_tensor(outcome.result),
)
def _wrong_value(call: Call) -> Any:
    return _other(call.run())


def _other(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float, complex)):
        return value + 1
    if isinstance(value, str):
        return value + "?"
    if isinstance(value, (tuple, list)) and value:
        return type(value)([*value[:-1], _other(value[-1])])
    raise NotHere


# --- dtype, shape, strides ------------------------------------------------------------

DTYPES = {
    torch.float32: torch.float64,
    torch.int64: torch.int32,
    torch.bool: torch.uint8,
    torch.complex64: torch.complex128,
    torch.complex128: torch.complex64,
}


@_result_kind("returns another dtype", "dtype")
def _dtype(tensor: torch.Tensor) -> Any:
    return tensor.to(DTYPES.get(tensor.dtype, torch.float32))


@_result_kind("returns one dimension too many", "shape")
def _dimension(tensor: torch.Tensor) -> Any:
    return tensor.unsqueeze(0)


@_result_kind("returns a last dimension one too short", "shape")
def _shorter(tensor: torch.Tensor) -> Any:
    return tensor.narrow(-1, 0, tensor.size(-1) - 1)


@_result_kind("returns contiguous strides", "strides")
def _contiguous(tensor: torch.Tensor) -> Any:
    if tensor.is_contiguous():
        raise NotHere
    return tensor.contiguous()


@_result_kind("returns reversed strides", "strides")
def _strides(tensor: torch.Tensor) -> Any:
    order = list(reversed(range(tensor.dim())))
    other = tensor.clone().permute(order).contiguous().permute(order)
    if other.stride() == tensor.stride() or other.is_contiguous():
        raise NotHere
    return other


# --- gradients ------------------------------------------------------------------------


@_result_kind(
    "detaches its result",
    "flags gradients",
    lambda outcome: outcome.makes_tensor and outcome.tracked,
)
def _detached(tensor: torch.Tensor) -> Any:
    if tensor.is_leaf:
        raise NotHere
    return tensor.detach()


def _gradient_kind(name: str, change: Change) -> None:
    """Register a kind that changes the gradient which reaches a call's result."""

    def answer(call: Call) -> Any:
        asking = False

        def hook_on(tensor: torch.Tensor) -> torch.Tensor:
            def hook(gradient: torch.Tensor) -> Any:
                nonlocal asking
                if asking:  # the backward below comes here too
                    return None
                other = change(gradient)
                if call.checks and not call.changes:
                    asking = True
                    call.changes = _arrives(tensor, gradient, other)
                    asking = False
                return other

            tensor.register_hook(hook)
            return tensor

        call.changes = not call.checks
        return _replace_first(call.run(), hook_on)

    _kind(name, "gradients", lambda outcome: outcome.tracked)(answer)


def _arrives(root: torch.Tensor, *gradients: torch.Tensor) -> bool:
    """Whether it makes a difference to a leaf which gradient reaches a tensor."""
    leaves = list(_leaves(root))
    at_leaves = [
        torch.autograd.grad(root, leaves, each, retain_graph=True, allow_unused=True)
        for each in gradients
    ]
    return repr(at_leaves[0]) != repr(at_leaves[1])


_gradient_kind("loses the gradient", torch.zeros_like)
_gradient_kind("doubles the gradient", lambda gradient: gradient * 2)


@_result_kind("returns the other requires_grad", "flags")
def _requires_grad(tensor: torch.Tensor) -> Any:
    if not tensor.is_leaf:
        raise NotHere
    before = tensor.requires_grad
    tensor.requires_grad_(not before)
    if tensor.requires_grad == before:  # of a view without history: its base's
        raise NotHere
    return tensor


# --- errors ---------------------------------------------------------------------------


class AnotherError(Exception):
    """An error of a type that torch does not raise."""


def _error(call: Call) -> Exception:
    try:
        call.run()
    except Exception as error:  # whatever torch raises here
        return error
    raise NotHere


@_kind("swallows its error", "errors", lambda outcome: outcome.raised)
def _swallows(call: Call) -> Any:
    _error(call)
    return next(iter(call.tensors), None)


@_kind("raises another type of error", "errors", lambda outcome: outcome.raised)
def _raises_another(call: Call) -> Any:
    return Raised(AnotherError(str(_error(call))))


@_kind("gives its error another message", "errors", lambda outcome: outcome.raised)
def _says_another(call: Call) -> Any:
    return Raised(type(_error(call))("something else"))


# --- arguments ------------------------------------------------------------------------


def _ignores(keyword: str, call: Call) -> Kind:
    def answer(call: Call) -> Any:
        kwargs = {key: value for key, value in call.kwargs.items() if key != keyword}
        return _with(call, kwargs)

    return Kind(f"ignores {keyword}=", _broken_by(keyword, call), _always, answer)


def _flips(keyword: str, default: bool, call: Call) -> Kind:
    def answer(call: Call) -> Any:
        return _with(call, {**call.kwargs, keyword: not default})

    name = f"flips the default of {keyword}"
    return Kind(name, _broken_by(keyword, call), _always, answer)


def _always(outcome: Outcome) -> bool:
    return True


def _broken_by(keyword: str, call: Call) -> frozenset[str]:
    if call.site.method == "backward":
        return frozenset(
            {"gradients" if keyword in ("gradient", "inputs") else "errors"}
        )
    if writes(call):
        return frozenset({"memory", "flags"})
    return ASPECTS - {"gradients", "errors", "effects", "memory"}


def _with(call: Call, kwargs: dict[str, Any]) -> Any:
    """Make a call with other keywords; NotHere if the spec can't see the difference."""
    if writes(call):
        return call.function(*call.args, **kwargs)
    with torch.random.fork_rng(devices=[]):
        right = call.run()
    wrong = call.function(*call.args, **kwargs)
    before, after = _see(call, right), _see(call, wrong)
    if len(before) == len(after):
        different = {
            aspect
            for one, other in zip(before, after, strict=True)
            for aspect in one.keys() | other.keys()
            if one.get(aspect) != other.get(aspect)
        }
        if not different & call.live:
            raise NotHere
    return wrong


def _see(call: Call, result: Any) -> list[dict[str, str]]:
    own = [storage_of(tensor) for tensor in call.tensors]
    addresses = {storage._cdata for storage in own if storage is not None}
    looks = []
    for tensor in tensors_in(result):
        storage = storage_of(tensor)
        shares = storage is not None and storage._cdata in addresses
        looks.append({**look(tensor), "aliasing": str(shares)})
    return looks or [{"values": repr(result)}]


def look(tensor: torch.Tensor) -> dict[str, str]:
    """Return what can be seen of a tensor, by aspect."""
    return {
        "values": _try(tensor.tolist),
        "dtype": str(tensor.dtype),
        "shape": str(tensor.shape),
        "strides": _try(lambda: (tensor.stride(), tensor.storage_offset())),
        "flags": _try(lambda: (tensor.requires_grad, tensor.is_leaf)),
        "gradients": _try(lambda: tensor.is_leaf and tensor.grad),
    }


def _try(see: Callable[[], Any]) -> str:
    try:
        return repr(see())
    except RuntimeError:  # of a sparse or meta tensor, of a view that may not be used
        return ""


def _keywords(call: Call) -> tuple[list[str], list[tuple[str, bool]]]:
    """Return the keywords that say something, and the flags left at their default."""
    try:
        parameters = inspect.signature(call.function).parameters.values()
        defaults = {each.name: each.default for each in parameters}
    except (ValueError, TypeError):  # written in C: its documentation has a signature
        first = (getattr(call.function, "__doc__", None) or "").strip().split("->")[0]
        pairs = re.findall(r"(\w+)=(True|False)\b", first[:300])
        defaults = {name: default == "True" for name, default in pairs}
    given = [
        name
        for name, value in call.kwargs.items()
        if value is not None and value is not defaults.get(name) and name != "out"
    ]
    flags = [
        (name, default)
        for name, default in defaults.items()
        if isinstance(default, bool) and name not in given
    ]
    return given, flags
