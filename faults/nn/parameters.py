"""Ways to break parameters: what they are, and how a module lists and finds them."""

import copy
import pickle

import torch
from torch import nn
from torch.nn.parameter import UninitializedBuffer, UninitializedParameter

from torch_semantics.faults import error_of, fault, raises, wrap

Module = nn.Module


def parameter(*values, **options):
    """A Parameter of the given values."""
    return nn.Parameter(torch.tensor(values or (1.0,)), **options)


def tied():
    """A model whose first and last layers share their parameter."""
    model = nn.Sequential(nn.PReLU(), nn.PReLU(), nn.PReLU())
    model[2].weight = model[0].weight
    return model


def names(pairs):
    """The names of pairs."""
    return [name for name, _ in pairs]


def replaced(patch, change):
    """Patch the making of a Parameter: change(cls, data, requires_grad) returns it."""
    make = torch.Tensor._make_subclass

    def new(cls, data=None, requires_grad=True):
        if data is None:
            data = torch.empty(0)
        if type(data) is not torch.Tensor and type(data) is not nn.Parameter:
            return original(cls, data, requires_grad)
        return change(make, cls, data, requires_grad)

    original = nn.Parameter.__new__
    patch(nn.Parameter, "__new__", staticmethod(new))


# --- what a Parameter is --------------------------------------------------------------


@fault(
    "A Parameter has a copy of the tensor that it is made from.",
    witness=lambda: nn.Parameter(t := torch.zeros(1)).data_ptr() != t.data_ptr(),
)
def parameter_copies(patch):
    replaced(
        patch, lambda make, cls, data, flag: make(cls, data.detach().clone(), flag)
    )


@fault(
    "A Parameter takes the flag of its tensor over.",
    witness=lambda: not parameter().requires_grad,
)
def parameter_takes_the_flag(patch):
    replaced(
        patch,
        lambda make, cls, data, flag: make(cls, data, data.requires_grad and flag),
    )


@fault(
    "A Parameter made in no_grad() requires no gradients.",
    witness=lambda: not _made_in_no_grad().requires_grad,
)
def no_grad_reaches_parameters(patch):
    replaced(
        patch,
        lambda make, cls, data, flag: make(cls, data, flag and torch.is_grad_enabled()),
    )


def _made_in_no_grad():
    with torch.no_grad():
        return parameter()


@fault(
    "requires_grad=False is ignored by Parameter().",
    witness=lambda: parameter(requires_grad=False).requires_grad,
)
def parameter_ignores_the_flag(patch):
    replaced(
        patch,
        lambda make, cls, data, flag: make(cls, data, flag or data.is_floating_point()),
    )


@fault(
    "A Parameter of a Parameter is that Parameter.",
    witness=lambda: nn.Parameter(p := parameter()) is p,
)
def parameter_of_parameter_is_itself(patch):
    replaced(
        patch,
        lambda make, cls, data, flag: (
            data if type(data) is nn.Parameter and flag else make(cls, data, flag)
        ),
    )


@fault(
    "A list is taken for a tensor by Parameter().",
    witness=lambda: not raises(lambda: nn.Parameter([1.0])),
)
def parameter_of_a_list(patch):
    original = nn.Parameter.__new__

    def new(cls, data=None, requires_grad=True):
        if isinstance(data, list | float):
            data = torch.tensor(data)
        return original(cls, data, requires_grad)

    patch(nn.Parameter, "__new__", staticmethod(new))


@fault(
    "A Parameter that has no data has one element.",
    witness=lambda: nn.Parameter().numel() == 1,
)
def parameter_without_data_has_one(patch):
    original = nn.Parameter.__new__

    def new(cls, data=None, requires_grad=True):
        return original(cls, torch.empty(1) if data is None else data, requires_grad)

    patch(nn.Parameter, "__new__", staticmethod(new))


@fault(
    "Any keyword is taken by Parameter().",
    witness=lambda: not raises(lambda: nn.Parameter(torch.zeros(1), volatile=True)),
)
def parameter_takes_any_keyword(patch):
    original = nn.Parameter.__new__

    def new(cls, data=None, requires_grad=True, **options):
        return original(cls, data, requires_grad)

    patch(nn.Parameter, "__new__", staticmethod(new))


class _Tagged(torch.Tensor):
    pass


def _of_a_subclass():
    return nn.Parameter(torch.zeros(1).as_subclass(_Tagged))


@fault(
    "A Parameter of a subclass loses the subclass.",
    witness=lambda: type(_of_a_subclass()) is nn.Parameter,
)
def subclass_is_lost(patch):
    original = nn.Parameter.__new__

    def new(cls, data=None, requires_grad=True):
        if isinstance(data, torch.Tensor):
            data = data.detach().as_subclass(torch.Tensor)
        return original(cls, data, requires_grad)

    patch(nn.Parameter, "__new__", staticmethod(new))


@fault(
    "A Parameter of a subclass is no instance of Parameter.",
    witness=lambda: not isinstance(_of_a_subclass(), nn.Parameter),
)
def subclass_is_no_parameter(patch):
    meta = type(nn.Parameter)
    patch(
        meta,
        "__instancecheck__",
        lambda cls, instance: type.__instancecheck__(cls, instance),
    )


@fault(
    "Every tensor that requires gradients is an instance of Parameter.",
    witness=lambda: isinstance(torch.zeros(1, requires_grad=True), nn.Parameter),
)
def leaves_are_parameters(patch):
    def check(original, cls, instance):
        if cls is nn.Parameter and type(instance) is torch.Tensor:
            return instance.requires_grad and instance.is_leaf
        return original(cls, instance)

    wrap(patch, type(nn.Parameter), "__instancecheck__", check)


@fault(
    "The text of a Parameter has no line of its own.",
    witness=lambda: "Parameter" not in repr(parameter()),
)
def repr_of_a_tensor(patch):
    patch(nn.Parameter, "__repr__", lambda self: repr(self.data))


@fault(
    "The product of a Parameter is a Parameter.",
    witness=lambda: isinstance(parameter() * 2, nn.Parameter),
)
def products_are_parameters(patch):
    def mul(original, self, other):
        result = original(self, other)
        if type(self) is nn.Parameter:
            result = nn.Parameter(result)
        return result

    wrap(patch, torch.Tensor, "__mul__", mul)


@fault(
    "A clone of a Parameter is a Parameter.",
    witness=lambda: isinstance(parameter().clone(), nn.Parameter),
)
def clones_are_parameters(patch):
    def clone(original, self, **options):
        result = original(self, **options)
        return nn.Parameter(result) if type(self) is nn.Parameter else result

    wrap(patch, torch.Tensor, "clone", clone)


# --- copies ---------------------------------------------------------------------------


@fault(
    "A deep copy of a Parameter is a plain tensor.",
    witness=lambda: type(copy.deepcopy(parameter())) is torch.Tensor,
)
def deepcopy_is_plain(patch):
    wrap(
        patch,
        nn.Parameter,
        "__deepcopy__",
        lambda original, self, memo: original(self, memo).data,
    )


@fault(
    "A deep copy of a Parameter shares its storage.",
    witness=lambda: copy.deepcopy(p := parameter()).data_ptr() == p.data_ptr(),
)
def deepcopy_shares(patch):
    def deepcopy(self, memo):
        memo[id(self)] = type(self)(self.data, self.requires_grad)
        return memo[id(self)]

    patch(nn.Parameter, "__deepcopy__", deepcopy)


@fault(
    "A deep copy of a Parameter requires gradients in any case.",
    witness=lambda: copy.deepcopy(parameter(requires_grad=False)).requires_grad,
)
def deepcopy_forgets_the_flag(patch):
    wrap(
        patch,
        nn.Parameter,
        "__deepcopy__",
        lambda original, self, memo: original(self, memo).requires_grad_(),
    )


@fault(
    "A deep copy of a Parameter has its gradient.",
    witness=lambda: copy.deepcopy(_with_gradient()).grad is not None,
)
def deepcopy_keeps_gradient(patch):
    def deepcopy(original, self, memo):
        result = original(self, memo)
        result.grad = self.grad
        return result

    wrap(patch, nn.Parameter, "__deepcopy__", deepcopy)


def _with_gradient():
    made = parameter()
    made.grad = torch.ones(1)
    return made


@fault(
    "A deep copy of a Parameter is contiguous.",
    witness=lambda: copy.deepcopy(nn.Parameter(torch.zeros(2, 2).t())).is_contiguous(),
)
def deepcopy_is_contiguous(patch):
    def deepcopy(original, self, memo):
        result = original(self, memo)
        result.data = result.data.contiguous()
        return result

    wrap(patch, nn.Parameter, "__deepcopy__", deepcopy)


def _copied_twice():
    made, memo = parameter(), {}
    return made.__deepcopy__(memo) is made.__deepcopy__(memo)


@fault(
    "A deep copy of a Parameter ignores what has been copied already.",
    witness=lambda: not _copied_twice(),
)
def deepcopy_ignores_memo(patch):
    wrap(
        patch,
        nn.Parameter,
        "__deepcopy__",
        lambda original, self, memo: original(self, {}),
    )


@fault(
    "Pickling a Parameter forgets that it is frozen.",
    witness=lambda: (
        pickle.loads(pickle.dumps(parameter(requires_grad=False))).requires_grad
    ),
)
def pickle_forgets_the_flag(patch):
    def reduce(original, self, protocol):
        rebuild, (data, _, *rest), *more = original(self, protocol)
        return (rebuild, (data, True, *rest), *more)

    wrap(patch, nn.Parameter, "__reduce_ex__", reduce)


@fault(
    "Pickling a Parameter forgets its attributes.",
    witness=lambda: not hasattr(_revived(), "group"),
)
def pickle_forgets_attributes(patch):
    patch(torch._utils, "_get_obj_state", lambda tensor: None)


def _revived():
    made = parameter()
    made.group = 3
    return pickle.loads(pickle.dumps(made))


# --- parameters without a shape -------------------------------------------------------


def _materialized(**options):
    made = UninitializedParameter(**options)
    made.materialize((2, 3))
    return made


@fault(
    "materialize() leaves the class as it is.",
    witness=lambda: type(_materialized()) is UninitializedParameter,
)
def materialize_keeps_the_class(patch):
    patch(UninitializedParameter, "cls_to_become", UninitializedParameter)


@fault(
    "materialize() forgets the dtype.",
    witness=lambda: _materialized(dtype=torch.float64).dtype == torch.float32,
)
def materialize_forgets_dtype(patch):
    def materialize(original, self, shape, device=None, dtype=None):
        original(self, shape, device, dtype or torch.float32)

    wrap(patch, UninitializedParameter, "materialize", materialize)


@fault(
    "The shape of an uninitialized parameter is empty.",
    witness=lambda: not raises(lambda: UninitializedParameter().shape),
)
def uninitialized_has_a_shape(patch):
    patch(UninitializedParameter, "shape", torch.Size([0]))


@fault(
    "A deep copy of an uninitialized parameter forgets its flag.",
    witness=lambda: copy.deepcopy(UninitializedParameter(False)).requires_grad,
)
def uninitialized_copy_forgets_the_flag(patch):
    wrap(
        patch,
        UninitializedParameter,
        "__deepcopy__",
        lambda original, self, memo: UninitializedParameter(
            True, self.data.device, self.data.dtype
        ),
    )


# --- listing --------------------------------------------------------------------------


@fault(
    "parameters() is a list.",
    witness=lambda: isinstance(nn.PReLU().parameters(), list),
)
def parameters_is_a_list(patch):
    wrap(
        patch,
        Module,
        "parameters",
        lambda original, self, recurse=True: list(original(self, recurse)),
    )


@fault(
    "parameters() leaves frozen parameters out.",
    witness=lambda: not list(nn.PReLU().requires_grad_(False).parameters()),
)
def frozen_left_out(patch):
    def listed(self, recurse=True):
        for _, value in self.named_parameters(recurse=recurse):
            if value.requires_grad:
                yield value

    patch(Module, "parameters", listed)


@fault(
    "parameters() lists buffers too.",
    witness=lambda: len(list(nn.BatchNorm1d(1).parameters())) > 2,
)
def buffers_among_parameters(patch):
    def listed(original, self, recurse=True):
        yield from original(self, recurse)
        yield from self.buffers(recurse)

    wrap(patch, Module, "parameters", listed)


@fault(
    "parameters() ignores recurse=False.",
    witness=lambda: len(list(tied().parameters(recurse=False))) == 2,
)
def parameters_ignores_recurse(patch):
    wrap(
        patch,
        Module,
        "parameters",
        lambda original, self, recurse=True: original(self),
    )


@fault(
    "named_buffers() ignores recurse=False.",
    witness=lambda: bool(
        list(nn.Sequential(nn.BatchNorm1d(1)).named_buffers(recurse=False))
    ),
)
def buffers_ignore_recurse(patch):
    def listed(original, self, prefix="", recurse=True, remove_duplicate=True):
        return original(self, prefix, True, remove_duplicate)

    wrap(patch, Module, "named_buffers", listed)


@fault(
    "named_parameters() lists children before the module's own.",
    witness=lambda: names(_owning().named_parameters())[0] == "child.weight",
)
def children_first(patch):
    def listed(original, self, *args, **options):
        pairs = list(original(self, *args, **options))
        depth = [-name.count(".") for name, _ in pairs]
        order = sorted(range(len(pairs)), key=depth.__getitem__)
        yield from (pairs[index] for index in order)

    wrap(patch, Module, "named_parameters", listed)


@fault(
    "named_parameters() goes through the modules level by level.",
    witness=lambda: (
        names(nn.Sequential(nn.Sequential(nn.PReLU()), nn.PReLU()).named_parameters())
        == ["1.weight", "0.0.weight"]
    ),
)
def breadth_first(patch):
    def listed(original, self, *args, **options):
        pairs = list(original(self, *args, **options))
        depth = [name.count(".") for name, _ in pairs]
        order = sorted(range(len(pairs)), key=depth.__getitem__)
        yield from (pairs[index] for index in order)

    wrap(patch, Module, "named_parameters", listed)


@fault(
    "named_modules() lists a module after those below it.",
    witness=lambda: names(nn.Sequential(nn.ReLU()).named_modules()) == ["0", ""],
)
def modules_after_children(patch):
    def listed(self, memo=None, prefix="", remove_duplicate=True):
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        for name, module in self._modules.items():
            if module is not None:
                below = prefix + ("." if prefix else "") + name
                yield from module.named_modules(memo, below, remove_duplicate)
        yield prefix, self

    patch(Module, "named_modules", listed)


def _owning():
    module = Module()
    module.child = nn.PReLU()
    module.own = parameter()
    return module


@fault(
    "named_parameters() ignores its prefix.",
    witness=lambda: names(nn.PReLU().named_parameters("a")) == ["weight"],
)
def prefix_ignored(patch):
    wrap(
        patch,
        Module,
        "named_parameters",
        lambda original, self, prefix="", *args, **options: original(
            self, "", *args, **options
        ),
    )


@fault(
    "named_modules() leaves the dot after its prefix out.",
    witness=lambda: "a0" in names(nn.Sequential(nn.ReLU()).named_modules(prefix="a")),
)
def prefix_without_dot(patch):
    def listed(original, self, memo=None, prefix="", remove_duplicate=True):
        for name, module in original(self, memo, "", remove_duplicate):
            yield prefix + name, module

    wrap(patch, Module, "named_modules", listed)


@fault(
    "A shared parameter is listed under each of its names.",
    witness=lambda: len(list(tied().parameters())) == 3,
)
def tied_listed_twice(patch):
    def listed(original, self, prefix="", recurse=True, remove_duplicate=True):
        return original(self, prefix, recurse, False)

    wrap(patch, Module, "named_parameters", listed)


@fault(
    "A shared parameter is listed under its last name.",
    witness=lambda: names(tied().named_parameters()) == ["1.weight", "2.weight"],
)
def tied_under_last_name(patch):
    def listed(original, self, prefix="", recurse=True, remove_duplicate=True):
        pairs = list(original(self, prefix, recurse, False))
        if not remove_duplicate:
            yield from pairs
            return
        for index, (name, value) in enumerate(pairs):
            if all(value is not other for _, other in pairs[index + 1 :]):
                yield name, value

    wrap(patch, Module, "named_parameters", listed)


@fault(
    "remove_duplicate=False is ignored by named_parameters().",
    witness=lambda: len(list(tied().named_parameters(remove_duplicate=False))) == 2,
)
def duplicates_removed_anyway(patch):
    def listed(original, self, prefix="", recurse=True, remove_duplicate=True):
        return original(self, prefix, recurse)

    wrap(patch, Module, "named_parameters", listed)


@fault(
    "remove_duplicate=False is ignored by named_buffers().",
    witness=lambda: (
        len(
            list(
                nn.Sequential(*[nn.BatchNorm1d(1)] * 2).named_buffers(
                    remove_duplicate=False
                )
            )
        )
        == 3
    ),
)
def duplicate_buffers_removed_anyway(patch):
    def listed(original, self, prefix="", recurse=True, remove_duplicate=True):
        return original(self, prefix, recurse)

    wrap(patch, Module, "named_buffers", listed)


@fault(
    "children() lists a shared child as often as it occurs.",
    witness=lambda: len(list(nn.Sequential(*[nn.ReLU()] * 2).children())) == 2,
)
def children_repeat(patch):
    def listed(self):
        for name, module in self._modules.items():
            if module is not None:
                yield name, module

    patch(Module, "named_children", listed)


@fault(
    "children() goes down to the lowest modules.",
    witness=lambda: len(list(nn.Sequential(nn.Sequential(nn.ReLU())).children())) == 2,
)
def children_are_all_below(patch):
    def listed(self):
        for _, module in list(self.named_modules())[1:]:
            yield module

    patch(Module, "children", listed)


@fault(
    "named_children() lists children that are None.",
    witness=lambda: names(_childless().named_children()) == ["none"],
)
def children_that_are_none(patch):
    def listed(original, self):
        yield from original(self)
        for name, module in self._modules.items():
            if module is None:
                yield name, module

    wrap(patch, Module, "named_children", listed)


def _childless():
    module = Module()
    module.add_module("none", None)
    return module


@fault(
    "modules() leaves the module itself out.",
    witness=lambda: not list(nn.ReLU().modules()),
)
def modules_without_itself(patch):
    def listed(self, *args, **options):
        for name, module in self.named_modules(*args, **options):
            if name:
                yield module

    patch(Module, "modules", listed)


# --- by name --------------------------------------------------------------------------


@fault(
    "get_parameter() returns a copy.",
    witness=lambda: (m := nn.PReLU()).get_parameter("weight") is not m.weight,
)
def get_parameter_copies(patch):
    wrap(
        patch,
        Module,
        "get_parameter",
        lambda original, self, target: copy.deepcopy(original(self, target)),
    )


@fault(
    "get_parameter() takes buffers for parameters.",
    witness=lambda: not raises(lambda: nn.BatchNorm1d(1).get_parameter("running_mean")),
)
def get_parameter_takes_buffers(patch):
    def get(original, self, target):
        path, _, name = target.rpartition(".")
        buffers = self.get_submodule(path)._buffers
        return buffers[name] if name in buffers else original(self, target)

    wrap(patch, Module, "get_parameter", get)


@fault(
    "get_buffer() takes parameters for buffers.",
    witness=lambda: not raises(lambda: nn.PReLU().get_buffer("weight")),
)
def get_buffer_takes_parameters(patch):
    def get(original, self, target):
        path, _, name = target.rpartition(".")
        owned = self.get_submodule(path)._parameters
        return owned[name] if name in owned else original(self, target)

    wrap(patch, Module, "get_buffer", get)


@fault(
    "get_submodule() goes only one level down.",
    witness=lambda: (
        nn.Sequential(i := nn.Sequential(nn.ReLU())).get_submodule("0.0") is i
    ),
)
def get_submodule_is_shallow(patch):
    wrap(
        patch,
        Module,
        "get_submodule",
        lambda original, self, target: original(self, target.partition(".")[0]),
    )


@fault(
    "get_submodule() raises KeyError for a missing name.",
    witness=lambda: (
        type(error_of(lambda: nn.ReLU().get_submodule("absent"))) is KeyError
    ),
)
def get_submodule_raises_key_error(patch):
    def get(original, self, target):
        try:
            return original(self, target)
        except AttributeError as error:
            raise KeyError(*error.args) from None

    wrap(patch, Module, "get_submodule", get)


@fault(
    "get_submodule('') is an error.",
    witness=lambda: raises(lambda: nn.ReLU().get_submodule("")),
)
def get_submodule_of_nothing(patch):
    def get(original, self, target):
        if target == "":
            raise AttributeError("no name")
        return original(self, target)

    wrap(patch, Module, "get_submodule", get)


@fault(
    "set_submodule() does nothing below the first level.",
    witness=lambda: _set_below(),
)
def set_submodule_is_shallow(patch):
    def put(original, self, target, module, *rest):
        if "." not in target:
            original(self, target, module, *rest)

    wrap(patch, Module, "set_submodule", put)


def _set_below():
    model, new = nn.Sequential(nn.Sequential(nn.ReLU())), nn.Tanh()
    model.set_submodule("0.0", new)
    return model[0][0] is not new


@fault(
    "set_submodule() takes an empty name.",
    witness=lambda: not raises(lambda: nn.PReLU().set_submodule("", nn.ReLU())),
)
def set_submodule_of_nothing(patch):
    def put(original, self, target, module, *rest):
        if target:
            original(self, target, module, *rest)

    wrap(patch, Module, "set_submodule", put)


@fault(
    "set_submodule() adds a name that is not there with strict=True too.",
    witness=lambda: (
        not raises(lambda: nn.PReLU().set_submodule("a", nn.ReLU(), strict=True))
    ),
)
def set_submodule_is_not_strict(patch):
    wrap(
        patch,
        Module,
        "set_submodule",
        lambda original, self, target, module, strict=False: original(
            self, target, module
        ),
    )


@fault(
    "set_submodule() empties an entry for None.",
    witness=lambda: not raises(lambda: tied().set_submodule("0", None)),
)
def set_submodule_takes_none(patch):
    def put(original, self, target, module, *rest, **options):
        if module is None:
            path, _, name = target.rpartition(".")
            setattr(self.get_submodule(path), name, None)
        else:
            original(self, target, module, *rest, **options)

    wrap(patch, Module, "set_submodule", put)


@fault(
    "set_submodule() only replaces.",
    witness=lambda: raises(lambda: tied().set_submodule("new", nn.ReLU())),
)
def set_submodule_only_replaces(patch):
    def put(original, self, target, module, *rest, **options):
        if target:
            self.get_submodule(target)
        original(self, target, module, *rest, **options)

    wrap(patch, Module, "set_submodule", put)


@fault(
    "modules(remove_duplicate=False) lists a shared module once.",
    witness=lambda: len(list(_shared().modules(remove_duplicate=False))) == 2,
)
def modules_removes_duplicates(patch):
    wrap(
        patch,
        Module,
        "modules",
        lambda original, self, remove_duplicate=True: original(self),
    )


def _shared():
    shared = nn.ReLU()
    return nn.Sequential(shared, shared)


@fault(
    "A Parameter of integers is frozen without being asked to be.",
    witness=lambda: not raises(lambda: nn.Parameter(torch.tensor([1]))),
)
def integers_are_frozen(patch):
    replaced(
        patch,
        lambda make, cls, data, flag: make(
            cls, data, flag and (data.is_floating_point() or data.is_complex())
        ),
    )


@fault(
    "The deep copy of an UninitializedParameter ignores its memo.",
    witness=lambda: len({id(twin) for twin in _copies()}) == 2,
)
def uninitialized_copied_twice(patch):
    wrap(
        patch,
        UninitializedParameter,
        "__deepcopy__",
        lambda original, self, memo: original(self, {}),
    )


def _copies():
    lazy, memo = UninitializedParameter(), {}
    return [lazy.__deepcopy__(memo), lazy.__deepcopy__(memo)]


@fault(
    "An UninitializedBuffer is assigned as an ordinary attribute.",
    witness=lambda: not _lazily_buffered()._buffers,
)
def uninitialized_buffer_is_plain(patch):
    def assign(original, self, name, value):
        if type(value) is UninitializedBuffer:
            object.__setattr__(self, name, value)
        else:
            original(self, name, value)

    wrap(patch, Module, "__setattr__", assign)


@fault(
    "An UninitializedBuffer is persistent whatever it is told.",
    witness=lambda: not _lazily_buffered()._non_persistent_buffers_set,
)
def uninitialized_buffer_is_persistent(patch):
    def make(original, cls, *call, persistent=True, **options):
        return original(cls, *call, **options)

    new = UninitializedBuffer.__new__
    patch(
        UninitializedBuffer,
        "__new__",
        staticmethod(lambda cls, *call, **options: make(new, cls, *call, **options)),
    )


def _lazily_buffered():
    module = Module()
    module.mean = UninitializedBuffer(persistent=False)
    return module


# --- all in one vector, and dtypes ----------------------------------------------------


@fault(
    "parameters_to_vector() detaches.",
    witness=lambda: not nn.utils.parameters_to_vector([parameter()]).requires_grad,
)
def vector_is_detached(patch):
    wrap(
        patch,
        nn.utils,
        "parameters_to_vector",
        lambda original, parameters: original(parameters).detach(),
    )


@fault(
    "vector_to_parameters() copies the vector's elements.",
    witness=lambda: _filled().data_ptr() != VECTOR.data_ptr(),
)
def vector_is_copied(patch):
    wrap(
        patch,
        nn.utils,
        "vector_to_parameters",
        lambda original, vec, parameters: original(
            vec.clone() if isinstance(vec, torch.Tensor) else vec, parameters
        ),
    )


VECTOR = torch.ones(1)


def _filled():
    made = parameter()
    nn.utils.vector_to_parameters(VECTOR, [made])
    return made


@fault(
    "A module can be converted to integers.",
    witness=lambda: not raises(lambda: nn.PReLU().to(torch.int64)),
)
def module_becomes_integers(patch):
    def to(original, self, *args, **options):
        if args and args[0] in (torch.int64, torch.bool):
            self.requires_grad_(False)
            return self._apply(lambda tensor: tensor.to(args[0]))
        return original(self, *args, **options)

    wrap(patch, Module, "to", to)


@fault(
    "A layer ignores dtype=.",
    witness=lambda: nn.Linear(1, 1, dtype=torch.float64).weight.dtype == torch.float32,
)
def layer_ignores_dtype(patch):
    def init(original, self, *args, dtype=None, **options):
        original(self, *args, **options)

    wrap(patch, nn.Linear, "__init__", init)


class _Doubles:
    """Makes float64 the default dtype for a while."""

    def __enter__(self):
        torch.set_default_dtype(torch.float64)

    def __exit__(self, *error):
        torch.set_default_dtype(torch.float32)


def _made_in_doubles():
    with _Doubles():
        return nn.Linear(1, 1)


@fault(
    "A layer is made in float32 whatever the default dtype.",
    witness=lambda: _made_in_doubles().weight.dtype == torch.float32,
)
def layer_ignores_the_default(patch):
    def init(original, self, *args, dtype=None, **options):
        original(self, *args, dtype=dtype or torch.float32, **options)

    wrap(patch, nn.Linear, "__init__", init)


@fault(
    "A convolution converts its input.",
    witness=lambda: (
        not raises(
            lambda: nn.Conv2d(1, 1, 1)(torch.zeros(1, 1, 1, 1, dtype=torch.float64))
        )
    ),
)
def conv_converts(patch):
    wrap(
        patch,
        nn.Conv2d,
        "forward",
        lambda original, self, input: original(self, input.to(self.weight.dtype)),
    )


@fault(
    "An embedding rounds float indices.",
    witness=lambda: not raises(lambda: nn.Embedding(2, 1)(torch.zeros(1))),
)
def embedding_takes_floats(patch):
    wrap(
        patch,
        nn.Embedding,
        "forward",
        lambda original, self, input: original(self, input.long()),
    )
