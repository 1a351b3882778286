"""What a spec sees of each of its calls into torch: what its claim is about.

A spec is run once without faults while its calls are recorded. Then, from the last call
to the first, it is worked out which aspects of what each call does the spec goes on to
see: a call that returns no tensor looks at its arguments (``tolist`` at values and
shape, ``stride`` at strides, ...), and what is seen of a result depends on the same in
what it was computed from. A fault counts at a call if it breaks an aspect that is seen.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from torch.utils.weak import WeakIdKeyDictionary

from torch_semantics.strength import kinds
from torch_semantics.strength.calls import (
    Call,
    Site,
    has_tensor,
    storage_of,
    tensors_in,
)
from torch_semantics.strength.kinds import Kind, Outcome
from torch_semantics.strength.stages import ARRANGE, ASSERT, Stages

# What methods and attributes of tensors that return no tensor see of them. All others
# see values and shape: tolist, equal, ...
_SIGHTS = {
    "values": "item __bool__ __int__ __float__ __complex__ __index__",
    "shape": "shape size numel nelement dim ndim ndimension __len__",
    "dtype": "dtype element_size itemsize is_floating_point is_complex is_signed type",
    "strides": "stride is_contiguous storage_offset",
    "flags": "requires_grad is_leaf grad_fn retains_grad is_inference",
    "aliasing": "untyped_storage storage data_ptr is_set_to _base _is_view is_shared",
    "effects": "_version",
    "": "device layout is_cuda is_meta is_cpu is_sparse is_quantized",
}
SIGHTS = {
    name: {aspect} - {""} for aspect, names in _SIGHTS.items() for name in names.split()
}
OTHER_SIGHTS = {"values", "shape"}

GRADIENT = ("grad", "_base")  # reading these attributes only looks at what others did
# What changes an argument, and not its elements.
KEEPS_ELEMENTS = {"backward", "requires_grad_", "detach_", "set_", "resize_"} | {
    *("t_", "transpose_", "squeeze_", "unsqueeze_", "swapaxes_", "swapdims_"),
    *("as_strided_", "__set__", "__delete__"),
}
TAKES_ANY_SHAPE = {"flatten", "ravel", "view", "reshape", "view_as", "reshape_as"}


@dataclass
class Seen:
    """One recorded call. It keeps no tensor alive: tensors are known by number.

    Args:
        site: where it is.
        role: what it does for its spec: build, arrange, look, or act.
        kinds: the faults that fit.
        args: for the number of each tensor among the arguments, what it lies over, by
            address; None where that is nothing.
        results: the same for the tensors in the result.
        raised: whether it raised.
        writes: whether it is one that changes an argument.
        target: the number of the tensor to whose elements it writes, if it does.
        tracked: whether its result requires gradients.
        scalar: whether its result has no dimension.
        itself: whether its result is one of its arguments.
        compared: whether it is, and the spec asks with ``is`` which object it is.
        live: the aspects that the spec sees of what it does.
    """

    site: Site
    role: str
    kinds: list[Kind]
    args: dict[int, int | None]
    results: dict[int, int | None]
    raised: bool
    writes: bool
    target: int | None
    tracked: bool
    scalar: bool
    itself: bool
    compared: bool
    live: frozenset[str] = frozenset()

    @property
    def arg_storages(self) -> set[int]:
        """What the arguments lie over."""
        return {address for address in self.args.values() if address is not None}

    @property
    def result_storages(self) -> set[int]:
        """What the tensors in the result lie over."""
        return {address for address in self.results.values() if address is not None}

    @property
    def shares(self) -> bool:
        """Whether a tensor in the result shares storage with an argument."""
        return bool(self.arg_storages & self.result_storages)

    @property
    def looks(self) -> bool:
        """Whether it only tells something of its arguments."""
        return not (self.results or self.writes or self.raised)

    @property
    def sights(self) -> set[str]:
        """What it tells of its arguments, if it looks."""
        return SIGHTS.get(_attribute(self.site), OTHER_SIGHTS)

    @property
    def reads(self) -> bool:
        """Whether it depends on elements of its arguments."""
        return not self.looks or "values" in self.sights


def _attribute(site: Site) -> str:
    """Return the last name of a function, also where it reads or sets an attribute."""
    name = site.name.removesuffix(".__get__").removesuffix(".__set__")
    return name.rsplit(".", 1)[-1]


class Record:
    """Makes the calls of one run of a spec, and keeps what is seen of them."""

    def __init__(self, stages: Stages) -> None:
        self._stages = stages
        self._calls: list[Seen] = []
        self._numbers: Any = WeakIdKeyDictionary()
        self._count = 0
        # Storages are kept alive, or another could get the address of one.
        self._storages: dict[int, Any] = {}

    def __call__(self, call: Call) -> Any:
        """Make a call."""
        writes = kinds.writes(call)
        before = [kinds.look(tensor) for tensor in call.tensors] if writes else []
        args = self._know(call.tensors)
        try:
            result = call.run()
        except Exception:  # whatever torch raises here
            self._keep(Outcome(call, raised=True), args, {})
            raise
        changed = before != [kinds.look(tensor) for tensor in call.tensors]
        tensors = list(tensors_in(result))
        results = self._know(tensors)
        outcome = Outcome(
            call,
            result,
            wrote=writes and (changed or call.site.method == "backward"),
            shares=bool({*results.values()} & {*args.values()} - {None}),
            itself=bool(results.keys() & args.keys()),
        )
        self._keep(outcome, args, results)
        return result

    def _know(self, tensors: Collection[Any]) -> dict[int, int | None]:
        """Return the numbers of tensors, each with the address of its storage."""
        known: dict[int, int | None] = {}
        for tensor in tensors:
            if tensor not in self._numbers:
                self._count += 1
                self._numbers[tensor] = self._count
            storage = storage_of(tensor)
            address = None if storage is None else storage._cdata
            if address is not None:
                self._storages[address] = storage
            known[self._numbers[tensor]] = address
        return known

    def _keep(
        self,
        outcome: Outcome,
        args: dict[int, int | None],
        results: dict[int, int | None],
    ) -> None:
        call = outcome.call
        self._calls.append(
            Seen(
                call.site,
                _role(outcome, self._stages.of_line(call.line)),
                list(kinds.kinds_at(outcome)),
                args,
                results,
                raised=outcome.raised,
                writes=kinds.writes(call),
                target=self._target(call),
                tracked=outcome.tracked,
                scalar=all(each.dim() == 0 for each in tensors_in(outcome.result)),
                itself=outcome.itself,
                compared=outcome.itself and self._stages.compares(call.line),
            )
        )

    def _target(self, call: Call) -> int | None:
        out = list(tensors_in(call.kwargs.get("out")))
        written = kinds.writes(call) and call.site.method not in KEEPS_ELEMENTS
        first = (out or list(tensors_in(call.args)))[:1]
        return self._numbers[first[0]] if written and first else None

    def finish(self) -> list[Seen]:
        """Work out what the spec sees of each call; return the calls."""
        live = _Live()
        for index in reversed(range(len(self._calls))):
            seen = self._calls[index]
            aspects = live.of(seen)
            if seen.compared or _aliasing_shows(seen, self._calls[index + 1 :]):
                aspects.add("aliasing")
            seen.live = frozenset(aspects)
            live.go_before(seen)
        return self._calls


def _role(outcome: Outcome, stage: str) -> str:
    site = outcome.call.site
    made = has_tensor(outcome.result)
    if site.method == "__get__" and _attribute(site) in GRADIENT:
        return "look"
    looks = not (made or outcome.raised or outcome.wrote)
    if stage == ASSERT and (looks or site.method == "__getitem__"):
        return "look"
    if outcome.call.building or (made and not outcome.call.tensors):
        return "build"
    return "arrange" if stage == ARRANGE else "act"


def _aliasing_shows(seen: Seen, later: Sequence[Seen]) -> bool:
    """Whether it shows if a call's result and its arguments lie over one storage.

    It does if something asks for the storages of both, or if one is written to and the
    other is read after that.
    """
    ours, storages = set(seen.results), seen.arg_storages | seen.result_storages
    if seen.itself or not ours:
        return False
    asked: set[bool] = set()
    written: set[bool] = set()
    for call in later:
        over = {number for number, at in call.args.items() if at in storages}
        mine = {number in ours for number in over}
        if call.looks and "aliasing" in call.sights:
            asked |= mine
        if call.reads and any((not each) in written for each in mine):
            return True
        if call.target in over:
            written.add(call.target in ours)
        if over & ours:
            ours |= {number for number, at in call.results.items() if at in storages}
    return len(asked) == 2


class _Live:
    """What is seen of tensors from some point of a spec on."""

    def __init__(self) -> None:
        # Of tensors, by number.
        self._tensors: dict[str, set[int]] = {aspect: set() for aspect in kinds.ASPECTS}
        # Storages, by address: those whose elements are read, and whose writes counted.
        self._read: set[int] = set()
        self._counted: set[int] = set()
        # What is seen of the gradients that a backward leaves.
        self._gradients: set[str] = set()
        self._error = False  # one comes, and may be due to any write or backward

    def of(self, seen: Seen) -> set[str]:
        """Return which aspects are seen of what a call did."""
        live = {
            aspect
            for aspect, numbers in self._tensors.items()
            if aspect != "aliasing" and numbers & seen.results.keys()
        }
        if seen.looks:
            live.add("values")
        if seen.arg_storages & self._read:
            live |= {"memory", "effects"}
        if seen.site.method == "backward":
            live |= self._gradients
        if seen.writes and self._tensors["flags"] & seen.args.keys():
            live.add("effects")
        if self._error or seen.arg_storages & self._counted:
            live.add("effects")
        if self._error or seen.raised:
            live.add("errors")
        return live

    def go_before(self, seen: Seen) -> None:
        """Go back over a call: what it tells of its arguments is seen too."""
        self._see(seen, self._told(seen))

    def _told(self, seen: Seen) -> set[str]:
        method, live = seen.site.method, set(seen.live)
        if method == "__get__" and _attribute(seen.site) == "grad":
            self._gradients.add("effects")
            if seen.results and "values" in live:
                self._gradients.add("gradients")
            return set()
        if seen.raised:
            self._error = True
            return {"flags"} if method == "backward" else {"shape", "strides", "flags"}
        if seen.looks:
            return seen.sights
        if method in ("backward", "grad"):
            gradients = "values" in live or "gradients" in live
            return {"gradients"} if gradients else set()
        told = live & {"values", "dtype"}
        if not seen.scalar and _attribute(seen.site) not in TAKES_ANY_SHAPE:
            told |= live & {"shape"}
        if seen.shares:
            told |= live & {"strides"}
        if seen.tracked:
            told |= live & {"flags", "gradients"}
        if seen.writes and "memory" in live:
            told |= {"values"}
        return told

    def _see(self, seen: Seen, aspects: set[str]) -> None:
        for aspect in aspects:
            self._tensors[aspect] |= seen.args.keys()
        if "values" in aspects:
            self._read |= seen.arg_storages
        if "effects" in aspects:
            self._counted |= seen.arg_storages
