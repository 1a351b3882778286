"""Faults of freezing: what a frozen parameter keeps, and what still reaches it."""

import copy

import torch
import torch.nn.functional as F
from torch import nn

from torch_semantics.faults import fault, raises

T = torch.Tensor
Optimizer = torch.optim.Optimizer
SGD = torch.optim.SGD


def _weight(value=1.0, **options):
    return nn.Parameter(torch.tensor([value]), **options)


def _flags(module):
    return [parameter.requires_grad for parameter in module.parameters()]


# --- the flag -------------------------------------------------------------------------

flag = T.requires_grad


def _assigned(value):
    weight = _weight()
    weight.requires_grad = value
    return weight.requires_grad


@fault(
    "Assigning False to requires_grad does nothing.", witness=lambda: _assigned(False)
)
def assigning_false_does_nothing(patch):
    patch(
        T,
        "requires_grad",
        property(
            flag.__get__,
            lambda self, value: flag.__set__(self, value or value is False),
        ),
    )


@fault(
    "requires_grad takes what is not a bool.",
    witness=lambda: not raises(lambda: _assigned(0)),
)
def flag_takes_anything(patch):
    patch(
        T,
        "requires_grad",
        property(flag.__get__, lambda self, value: flag.__set__(self, bool(value))),
    )


@fault(
    "Assigning require_grad freezes.",
    witness=lambda: not _misspelt("require_grad", nn.Parameter(torch.ones(1))),
)
def typo_freezes(patch):
    patch(
        T,
        "require_grad",
        property(flag.__get__, lambda self, value: flag.__set__(self, value)),
    )


def _misspelt(name, one):
    setattr(one, name, False)
    return one.requires_grad


@fault(
    "Assigning an unknown attribute to a tensor is an error.",
    witness=lambda: raises(
        lambda: _misspelt("grad_requires", torch.ones(1)), AttributeError
    ),
)
def typo_is_an_error(patch):
    assign = T.__setattr__

    def refuse(self, name, value):
        if not hasattr(type(self), name):
            raise AttributeError(name)
        assign(self, name, value)

    patch(T, "__setattr__", refuse)


@fault(
    "Assigning requires_grad to a module freezes it.",
    witness=lambda: _assigned_to_a_module() == [False, False],
)
def assigning_to_a_module_freezes(patch):
    assign = nn.Module.__setattr__

    def freeze(self, name, value):
        if name in ("requires_grad", "require_grad"):
            self.requires_grad_(value)
        assign(self, name, value)

    patch(nn.Module, "__setattr__", freeze)


def _assigned_to_a_module():
    layer = nn.Linear(1, 1)
    layer.requires_grad = False
    return _flags(layer)


@fault(
    "Parameter ignores requires_grad=False.",
    witness=lambda: _weight(requires_grad=False).requires_grad,
)
def parameter_ignores_its_flag(patch):
    make = nn.Parameter.__new__
    patch(
        nn.Parameter,
        "__new__",
        lambda cls, data=None, requires_grad=True: make(cls, data),
    )


@fault(
    "A Parameter requires no gradient by default.",
    witness=lambda: not _weight().requires_grad,
)
def parameter_is_frozen_by_default(patch):
    make = nn.Parameter.__new__
    patch(
        nn.Parameter,
        "__new__",
        lambda cls, data=None, requires_grad=False: make(cls, data, requires_grad),
    )


@fault(
    "A Parameter made under no_grad is frozen.",
    witness=lambda: not torch.no_grad()(_weight)().requires_grad,
)
def parameter_is_frozen_under_no_grad(patch):
    make = nn.Parameter.__new__
    patch(
        nn.Parameter,
        "__new__",
        lambda cls, data=None, requires_grad=True: make(
            cls, data, requires_grad and torch.is_grad_enabled()
        ),
    )


@fault(
    "Freezing a parameter takes it out of its module's parameters.",
    witness=lambda: not list(nn.Linear(1, 1).requires_grad_(False).parameters()),
)
def frozen_parameters_are_left_out(patch):
    named = nn.Module.named_parameters

    def trainable(self, *arguments, **options):
        for name, parameter in named(self, *arguments, **options):
            if parameter.requires_grad:
                yield name, parameter

    patch(nn.Module, "named_parameters", trainable)


@fault(
    "Freezing throws away the gradient.",
    witness=lambda: _stale(lambda weight: weight.requires_grad_(False)) is None,
)
def freezing_clears_the_gradient(patch):
    freeze = nn.Module.requires_grad_

    def clear(self, requires_grad=True):
        if not requires_grad:
            for parameter in self.parameters():
                parameter.grad = None
        return freeze(self, requires_grad)

    def clear_one(self, requires_grad=True):
        if not requires_grad:
            self.grad = None
        self.requires_grad = requires_grad
        return self

    patch(nn.Module, "requires_grad_", clear)
    patch(nn.Parameter, "requires_grad_", clear_one)


def _stale(freeze):
    weight = _weight()
    weight.grad = torch.ones(1)
    freeze(weight)
    return weight.grad


# --- Module.requires_grad_ ------------------------------------------------------------


@fault(
    "Module.requires_grad_ leaves the parameters of submodules alone.",
    witness=lambda: (
        True in _flags(nn.Sequential(nn.Linear(1, 1)).requires_grad_(False))
    ),
)
def module_flag_is_not_recursive(patch):
    def shallow(self, requires_grad=True):
        for parameter in self.parameters(recurse=False):
            parameter.requires_grad_(requires_grad)
        return self

    patch(nn.Module, "requires_grad_", shallow)


@fault(
    "Module.requires_grad_ freezes weights and leaves biases alone.",
    witness=lambda: _flags(nn.Linear(1, 1).requires_grad_(False)) == [False, True],
)
def module_flag_forgets_biases(patch):
    def weights(self, requires_grad=True):
        for name, parameter in self.named_parameters():
            if not name.endswith("bias"):
                parameter.requires_grad_(requires_grad)
        return self

    patch(nn.Module, "requires_grad_", weights)


@fault(
    "Module.requires_grad_ returns None.",
    witness=lambda: nn.Linear(1, 1).requires_grad_(True) is None,
)
def module_flag_returns_none(patch):
    freeze = nn.Module.requires_grad_
    patch(
        nn.Module,
        "requires_grad_",
        lambda self, *a, **o: freeze(self, *a, **o) and None,
    )


@fault(
    "Module.requires_grad_ returns a copy.",
    witness=lambda: (m := nn.Linear(1, 1)).requires_grad_(False) is not m,
)
def module_flag_returns_a_copy(patch):
    freeze = nn.Module.requires_grad_
    patch(
        nn.Module,
        "requires_grad_",
        lambda self, *a, **o: copy.deepcopy(freeze(self, *a, **o)),
    )


@fault(
    "Module.requires_grad_ freezes by default.",
    witness=lambda: _flags(nn.Linear(1, 1).requires_grad_()) == [False, False],
)
def module_flag_defaults_to_false(patch):
    freeze = nn.Module.requires_grad_
    patch(
        nn.Module,
        "requires_grad_",
        lambda self, requires_grad=False: freeze(self, requires_grad),
    )


@fault(
    "Module.requires_grad_(True) unfreezes nothing.",
    witness=lambda: (
        _flags(nn.Linear(1, 1).requires_grad_(False).requires_grad_(True))
        == [False, False]
    ),
)
def module_cannot_be_unfrozen(patch):
    freeze = nn.Module.requires_grad_
    patch(
        nn.Module,
        "requires_grad_",
        lambda self, requires_grad=True: self if requires_grad else freeze(self, False),
    )


@fault(
    "Freezing a layer freezes every layer of its model.",
    witness=lambda: _rest_after_freezing_a_part() == [False] * 4,
)
def freezing_a_part_freezes_all(patch):
    freeze = nn.Module.requires_grad_
    add = nn.Module.add_module
    assign = nn.Sequential.__setitem__

    def remember(self, name, module):
        add(self, name, module)
        if module is not None:
            object.__setattr__(module, "whole", [self])

    def freeze_whole(self, requires_grad=True):
        freeze(getattr(self, "whole", [self])[0], requires_grad)
        return self

    def assign_and_remember(self, index, module):
        assign(self, index, module)
        object.__setattr__(module, "whole", [self])

    patch(nn.Module, "add_module", remember)
    patch(nn.Module, "requires_grad_", freeze_whole)
    patch(nn.Sequential, "__setitem__", assign_and_remember)


def _rest_after_freezing_a_part():
    model = nn.Sequential(nn.Linear(1, 1), nn.Linear(1, 1))
    model[0].requires_grad_(False)
    return _flags(model)


@fault(
    "Module.requires_grad_ replaces the parameters.",
    witness=lambda: (m := nn.Linear(1, 1)).weight is not m.requires_grad_(False).weight,
)
def module_flag_replaces_parameters(patch):
    def replace(self, requires_grad=True):
        for module in self.modules():
            for name, parameter in module._parameters.items():
                if parameter is not None:
                    new = nn.Parameter(parameter.detach(), requires_grad)
                    module._parameters[name] = new
        return self

    patch(nn.Module, "requires_grad_", replace)


@fault(
    "Module.requires_grad_ makes buffers require gradients.",
    witness=lambda: nn.BatchNorm1d(1).requires_grad_(True).running_mean.requires_grad,
)
def module_flag_reaches_buffers(patch):
    freeze = nn.Module.requires_grad_

    def reach(self, requires_grad=True):
        for buffer in self.buffers():
            if buffer.is_floating_point():
                buffer.requires_grad_(requires_grad)
        return freeze(self, requires_grad)

    patch(nn.Module, "requires_grad_", reach)


# --- gradients ------------------------------------------------------------------------


def _through_frozen():
    first, middle = _weight(2.0), _weight(3.0, requires_grad=False)
    product = middle * (first * 1)
    return product.requires_grad


@fault(
    "A product with a frozen factor is cut off from its other factor.",
    witness=lambda: not _through_frozen(),
)
def frozen_factor_cuts_the_graph(patch):
    multiply = T.__mul__

    def cut(self, other):
        if isinstance(self, nn.Parameter) and not self.requires_grad:
            return multiply(self, other.detach())
        return multiply(self, other)

    patch(T, "__mul__", cut)


@fault(
    "A product of frozen factors requires gradients.",
    witness=lambda: (_weight(requires_grad=False) * torch.ones(1)).requires_grad,
)
def frozen_product_requires_grad(patch):
    multiply = T.__mul__

    def infect(self, other):
        result = multiply(self, other)
        if isinstance(self, nn.Parameter) and not result.requires_grad:
            result.requires_grad_()
        return result

    patch(T, "__mul__", infect)


@fault(
    "Backward of a tensor without history is ignored.",
    witness=lambda: not raises(torch.ones(1).backward),
)
def backward_without_history_is_ignored(patch):
    backward = T.backward
    patch(
        T,
        "backward",
        lambda self, *a, **o: backward(self, *a, **o) if self.requires_grad else None,
    )


def _frozen_before_backward():
    weight = _weight()
    product = weight * 2
    weight.requires_grad_(False)
    if product.requires_grad:
        product.sum().backward()
    return weight.grad


@fault(
    "A parameter frozen between forward and backward gets its gradient.",
    witness=lambda: _frozen_before_backward() is not None,
)
def late_freezing_is_ignored(patch):
    multiply, backward = T.__mul__, T.backward
    used = []

    def remember(self, other):
        if isinstance(self, nn.Parameter) and self.requires_grad:
            used.append(self)
        return multiply(self, other)

    def unfreeze(self, *arguments, **options):
        frozen = [parameter for parameter in used if not parameter.requires_grad]
        for parameter in frozen:
            flag.__set__(parameter, True)
        backward(self, *arguments, **options)
        for parameter in frozen:
            flag.__set__(parameter, False)
        used.clear()

    patch(T, "__mul__", remember)
    patch(T, "backward", unfreeze)


@fault(
    "F.linear with a frozen weight detaches its bias.",
    witness=lambda: (
        not F.linear(torch.ones(1, 1), torch.ones(1, 1), _weight()).requires_grad
    ),
)
def linear_detaches_the_bias(patch):
    linear = F.linear

    def detach(x, weight, bias=None):
        if bias is not None and not weight.requires_grad:
            bias = bias.detach()
        return linear(x, weight, bias)

    patch(F, "linear", detach)


@fault(
    "Two layers that are given one parameter hold copies of it.",
    witness=lambda: not _ties(),
)
def tied_parameters_are_copied(patch):
    assign = nn.Module.__setattr__
    owned = set()

    def untie(self, name, value):
        if isinstance(value, nn.Parameter):
            if id(value) in owned:
                value = nn.Parameter(value.detach().clone(), value.requires_grad)
            owned.add(id(value))
        assign(self, name, value)

    patch(nn.Module, "__setattr__", untie)


def _ties():
    first, second = nn.Linear(1, 1), nn.Linear(1, 1)
    second.weight = first.weight
    return second.weight is first.weight


# --- what does not freeze -------------------------------------------------------------


@fault(
    "eval() freezes.",
    witness=lambda: _flags(nn.Linear(1, 1).eval()) == [False, False],
)
def eval_freezes(patch):
    train = nn.Module.train

    def freeze(self, mode=True):
        for parameter in self.parameters():
            parameter.requires_grad_(mode)
        return train(self, mode)

    patch(nn.Module, "train", freeze)


@fault(
    "zero_grad() freezes.",
    witness=lambda: (m := nn.Linear(1, 1)).zero_grad() is None and not all(_flags(m)),
)
def zero_grad_freezes(patch):
    clear = nn.Module.zero_grad

    def freeze(self, *arguments, **options):
        clear(self, *arguments, **options)
        self.requires_grad_(False)

    patch(nn.Module, "zero_grad", freeze)


@fault(
    "double() unfreezes.",
    witness=lambda: all(_flags(nn.Linear(1, 1).requires_grad_(False).double())),
)
def double_unfreezes(patch):
    convert = nn.Module.double
    patch(nn.Module, "double", lambda self: convert(self).requires_grad_(True))


@fault(
    "A deep copy of a frozen parameter is trainable.",
    witness=lambda: copy.deepcopy(_weight(requires_grad=False)).requires_grad,
)
def deepcopy_unfreezes(patch):
    deepcopy = nn.Parameter.__deepcopy__

    def unfreeze(self, memo):
        result = deepcopy(self, memo)
        result.requires_grad = True
        return result

    patch(nn.Parameter, "__deepcopy__", unfreeze)


def _batch_norm(training, frozen):
    norm = nn.BatchNorm1d(1).train(training).requires_grad_(not frozen)
    norm(torch.tensor([[1.0], [3.0]]))
    return norm.running_mean.item()


@fault(
    "A frozen BatchNorm keeps its statistics.",
    witness=lambda: _batch_norm(training=True, frozen=True) == 0,
)
def frozen_batch_norm_keeps_statistics(patch):
    batch_norm = F.batch_norm

    def keep(x, mean, variance, weight=None, bias=None, training=False, *rest):
        training = training and (weight is None or weight.requires_grad)
        return batch_norm(x, mean, variance, weight, bias, training, *rest)

    patch(F, "batch_norm", keep)


@fault(
    "A BatchNorm in eval mode updates its statistics.",
    witness=lambda: _batch_norm(training=False, frozen=False) != 0,
)
def evaluating_batch_norm_moves(patch):
    batch_norm = F.batch_norm

    def move(x, mean, variance, weight=None, bias=None, training=False, *rest):
        return batch_norm(x, mean, variance, weight, bias, True, *rest)

    patch(F, "batch_norm", move)


# --- optimizers -----------------------------------------------------------------------


@fault(
    "An optimizer refuses frozen parameters.",
    witness=lambda: raises(
        lambda: SGD([_weight(requires_grad=False)], lr=1.0), ValueError
    ),
)
def optimizer_refuses_frozen(patch):
    add = Optimizer.add_param_group

    def refuse(self, group):
        group["params"] = (
            [group["params"]] if isinstance(group["params"], T) else [*group["params"]]
        )
        if not all(parameter.requires_grad for parameter in group["params"]):
            raise ValueError("optimizing a parameter that doesn't require gradients")
        add(self, group)

    patch(Optimizer, "add_param_group", refuse)


@fault(
    "An optimizer forgets the parameters that are frozen when it is made.",
    witness=lambda: (
        not SGD([_weight(requires_grad=False)], lr=1.0).param_groups[0]["params"]
    ),
)
def optimizer_forgets_frozen(patch):
    add = Optimizer.add_param_group

    def forget(self, group):
        add(self, group)
        group = self.param_groups[-1]
        group["params"] = [one for one in group["params"] if one.requires_grad]

    patch(Optimizer, "add_param_group", forget)


def _stepped(frozen=False, **options):
    weight = _weight(8.0, requires_grad=not frozen)
    SGD([weight], lr=1.0, **options).step()
    return weight.item()


def _before_each_step(prepare, kinds):
    def wrap(patch):
        for kind in kinds:
            step = kind.step

            def prepared(self, *arguments, step=step):
                undo = prepare(self)
                result = step(self, *arguments)
                for parameter in undo:
                    parameter.grad = None
                return result

            patch(kind, "step", prepared)

    return wrap


def _give_zero_gradients(optimizer):
    given = []
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
                given.append(parameter)
    return given


def _adam_decays():
    weight = _weight(8.0)
    torch.optim.Adam([weight], lr=0.5, weight_decay=0.5).step()
    return weight.item() != 8


@fault(
    "SGD takes a missing gradient for zero.",
    witness=lambda: _stepped(weight_decay=0.5) != 8,
)
def sgd_takes_none_for_zero(patch):
    _before_each_step(_give_zero_gradients, [SGD])(patch)


@fault("Adam takes a missing gradient for zero.", witness=_adam_decays)
def adam_takes_none_for_zero(patch):
    _before_each_step(_give_zero_gradients, [torch.optim.Adam])(patch)


def _stale_step(freeze=True):
    weight = _weight(8.0)
    weight.grad = torch.ones(1)
    if freeze:
        weight.requires_grad_(False)
    SGD([weight], lr=1.0).step()
    return weight.item()


@fault(
    "An optimizer ignores the gradient of a frozen parameter.",
    witness=lambda: _stale_step() == 8,
)
def frozen_gradients_are_ignored(patch):
    step = SGD.step

    def ignore(self, *arguments):
        frozen = [
            (parameter, parameter.grad)
            for group in self.param_groups
            for parameter in group["params"]
            if not parameter.requires_grad
        ]
        for parameter, _ in frozen:
            parameter.grad = None
        result = step(self, *arguments)
        for parameter, gradient in frozen:
            parameter.grad = gradient
        return result

    patch(SGD, "step", ignore)


def _cleared(owner):
    layer = nn.Linear(1, 1)
    layer.weight.grad = torch.ones(1, 1)
    if owner == "module":
        layer.zero_grad(set_to_none=True)
    else:
        SGD(layer.parameters(), lr=1.0).zero_grad(set_to_none=True)
    return layer.weight.grad


@fault(
    "Optimizer.zero_grad(set_to_none=True) leaves zeros.",
    witness=lambda: _cleared("optimizer") is not None,
)
def optimizer_zero_grad_leaves_zeros(patch):
    clear = Optimizer.zero_grad
    patch(Optimizer, "zero_grad", lambda self, set_to_none=True: clear(self, False))


@fault(
    "Module.zero_grad skips frozen parameters.",
    witness=lambda: _frozen_after_zero_grad() is not None,
)
def module_zero_grad_skips_frozen(patch):
    def clear(self, set_to_none=True):
        for parameter in self.parameters():
            if parameter.requires_grad:
                parameter.grad = None

    patch(nn.Module, "zero_grad", clear)


def _frozen_after_zero_grad():
    layer = nn.Linear(1, 1).requires_grad_(False)
    layer.weight.grad = torch.ones(1, 1)
    layer.zero_grad(set_to_none=True)
    return layer.weight.grad


@fault(
    "An optimizer takes an empty list of parameters.",
    witness=lambda: not raises(lambda: SGD([], lr=1.0), ValueError),
)
def optimizer_takes_an_empty_list(patch):
    make = Optimizer.__init__

    def allow(self, params, defaults):
        params = list(params)
        make(self, params or [torch.zeros(0, requires_grad=True)], defaults)

    patch(Optimizer, "__init__", allow)


@fault(
    "add_param_group adds nothing.",
    witness=lambda: len(_groups()) == 1,
)
def add_param_group_does_nothing(patch):
    add = Optimizer.add_param_group
    patch(
        Optimizer,
        "add_param_group",
        lambda self, group: None if self.param_groups else add(self, group),
    )


def _groups():
    optimizer = SGD([_weight()], lr=1.0)
    optimizer.add_param_group({"params": [_weight()]})
    return optimizer.param_groups


# --- names, order and number ----------------------------------------------------------


@fault(
    "Parameters come with a layer's bias first.",
    witness=lambda: next(nn.Linear(2, 1).named_parameters())[0] == "bias",
)
def bias_comes_first(patch):
    named = nn.Module.named_parameters

    def swapped(self, *arguments, **options):
        pairs = list(named(self, *arguments, **options))
        for first, second in zip(pairs[::2], pairs[1::2], strict=False):
            yield second
            yield first
        if len(pairs) % 2:
            yield pairs[-1]

    patch(nn.Module, "named_parameters", swapped)


@fault(
    "parameters() gives the last parameter first.",
    witness=lambda: next(nn.Linear(2, 1).parameters()).shape == (1,),
)
def parameters_come_in_reverse(patch):
    parameters = nn.Module.parameters
    patch(
        nn.Module,
        "parameters",
        lambda self, *a, **o: iter(list(parameters(self, *a, **o))[::-1]),
    )


@fault(
    "A layer without bias has an empty one.",
    witness=lambda: len(list(nn.Linear(1, 1, bias=False).parameters())) == 2,
)
def missing_bias_takes_a_place(patch):
    make = nn.Linear.__init__

    def empty(self, inputs, outputs, bias=True, **options):
        make(self, inputs, outputs, bias, **options)
        if not bias:
            self.bias = nn.Parameter(torch.zeros(outputs, **options))

    patch(nn.Linear, "__init__", empty)


@fault("numel() counts rows.", witness=lambda: torch.ones(2, 3).numel() == 2)
def numel_counts_rows(patch):
    patch(T, "numel", lambda self: self.shape[0] if self.dim() else 1)


# --- new layers -----------------------------------------------------------------------


@fault(
    "The weight of a new LayerNorm is frozen.",
    witness=lambda: not nn.LayerNorm(1).weight.requires_grad,
)
def layer_norm_starts_frozen(patch):
    make = nn.LayerNorm.__init__

    def freeze(self, *arguments, **options):
        make(self, *arguments, **options)
        self.weight.requires_grad = False

    patch(nn.LayerNorm, "__init__", freeze)


@fault(
    "A layer put into a frozen model by index is frozen.",
    witness=lambda: not all(_flags(_put_in()[1])),
)
def new_layers_inherit_freezing(patch):
    assign = nn.Sequential.__setitem__

    def inherit(self, index, module):
        flags = _flags(self)
        if flags and not any(flags):
            module.requires_grad_(False)
        assign(self, index, module)

    patch(nn.Sequential, "__setitem__", inherit)


def _put_in():
    model = nn.Sequential(nn.Linear(1, 1), nn.ReLU()).requires_grad_(False)
    model[1] = nn.Linear(1, 1)
    return model


@fault(
    "A layer put into a model by index unfreezes the rest.",
    witness=lambda: all(_flags(_put_in())),
)
def new_layers_unfreeze_the_rest(patch):
    assign = nn.Sequential.__setitem__

    def unfreeze(self, index, module):
        assign(self, index, module)
        self.requires_grad_(True)

    patch(nn.Sequential, "__setitem__", unfreeze)


@fault(
    "Freezing a second time unfreezes what was put in before.",
    witness=lambda: any(_flags(_put_in().requires_grad_(False)[1])),
)
def later_layers_escape_freezing(patch):
    freeze = nn.Module.requires_grad_
    assign = nn.Sequential.__setitem__
    put_in = []

    def remember(self, index, module):
        assign(self, index, module)
        put_in.append(module)

    def spare(self, requires_grad=True):
        freeze(self, requires_grad)
        for module in put_in:
            freeze(module, True)
        return self

    patch(nn.Sequential, "__setitem__", remember)
    patch(nn.Module, "requires_grad_", spare)


def _loaded(frozen_source=False):
    source = nn.Linear(1, 1).requires_grad_(not frozen_source)
    target = nn.Linear(1, 1)
    target.bias.requires_grad = False
    nn.init.constant_(source.weight, 5.0)
    nn.init.constant_(source.bias, 7.0)
    target.load_state_dict(source.state_dict())
    return target


@fault(
    "load_state_dict skips frozen parameters.",
    witness=lambda: _loaded().bias.item() != 7,
)
def loading_skips_frozen(patch):
    load = nn.Module.load_state_dict

    def skip(self, state, *arguments, **options):
        kept = {
            name: parameter.detach().clone()
            for name, parameter in self.named_parameters()
            if not parameter.requires_grad
        }
        return load(self, {**state, **kept}, *arguments, **options)

    patch(nn.Module, "load_state_dict", skip)


@fault(
    "load_state_dict unfreezes.",
    witness=lambda: _loaded().bias.requires_grad,
)
def loading_unfreezes(patch):
    load = nn.Module.load_state_dict

    def unfreeze(self, *arguments, **options):
        result = load(self, *arguments, **options)
        self.requires_grad_(True)
        return result

    patch(nn.Module, "load_state_dict", unfreeze)


# --- the head -------------------------------------------------------------------------


@fault(
    "Linear has its numbers of features the wrong way round.",
    witness=lambda: nn.Linear(2, 3).in_features == 3,
)
def features_are_swapped(patch):
    make = nn.Linear.__init__

    def swap(self, inputs, outputs, *arguments, **options):
        make(self, inputs, outputs, *arguments, **options)
        self.in_features, self.out_features = outputs, inputs

    patch(nn.Linear, "__init__", swap)


@fault(
    "A Linear's numbers of features are tensors.",
    witness=lambda: isinstance(nn.Linear(2, 3).in_features, T),
)
def features_are_tensors(patch):
    make = nn.Linear.__init__

    def tensors(self, inputs, outputs, *arguments, **options):
        make(self, inputs, outputs, *arguments, **options)
        self.in_features = torch.tensor(inputs)

    patch(nn.Linear, "__init__", tensors)


@fault(
    "A new head of the same shape takes over the weights of the old one.",
    witness=lambda: _weights_are_taken_over(),
)
def new_head_takes_over_weights(patch):
    assign = nn.Sequential.__setitem__

    def take_over(self, index, module):
        old = self[index]
        if isinstance(old, nn.Linear) and old.weight.shape == module.weight.shape:
            module.load_state_dict(old.state_dict(), strict=False)
        assign(self, index, module)

    patch(nn.Sequential, "__setitem__", take_over)


def _weights_are_taken_over():
    model = nn.Sequential(nn.Linear(3, 4))
    old = model[0].weight
    model[0] = nn.Linear(3, 4)
    return torch.equal(model[0].weight, old)


@fault(
    "Assigning to a negative index of a Sequential replaces the layer before.",
    witness=lambda: _put_in_last()[-1].out_features == 1,
)
def negative_index_is_off_by_one(patch):
    assign = nn.Sequential.__setitem__
    patch(
        nn.Sequential,
        "__setitem__",
        lambda self, index, module: assign(
            self, index - 1 if -len(self) < index < 0 else index, module
        ),
    )


def _put_in_last():
    model = nn.Sequential(nn.Linear(1, 1), nn.Linear(1, 1))
    model[-1] = nn.Linear(1, 2)
    return model


@fault(
    "Assigning to an index of a Sequential resets its first layer.",
    witness=lambda: _first_after_put_in(),
)
def assigning_resets_the_body(patch):
    assign = nn.Sequential.__setitem__

    def reset(self, index, module):
        assign(self, index, module)
        if isinstance(self[0], nn.Linear):
            self[0].reset_parameters()

    patch(nn.Sequential, "__setitem__", reset)


def _first_after_put_in():
    model = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
    before = model[0].weight.tolist()
    model[1] = nn.Linear(3, 2)
    return model[0].weight.tolist() != before


@fault(
    "An optimizer trains what replaces its parameters in their module.",
    witness=lambda: _replaced_moves(),
)
def optimizer_follows_replacements(patch):
    assign, make = nn.Sequential.__setitem__, Optimizer.__init__
    optimizers = []

    def remember(self, params, defaults):
        make(self, params, defaults)
        optimizers.append(self)

    def replace(self, index, module):
        old = list(self[index].parameters())
        assign(self, index, module)
        for optimizer in optimizers:
            params = optimizer.param_groups[0]["params"]
            for one, new in zip(old, module.parameters(), strict=False):
                params[:] = [new if each is one else each for each in params]

    patch(Optimizer, "__init__", remember)
    patch(nn.Sequential, "__setitem__", replace)


def _replaced_moves():
    model = nn.Sequential(nn.Linear(1, 1))
    optimizer = SGD(model.parameters(), lr=1.0)
    model[0] = nn.Linear(1, 1)
    return optimizer.param_groups[0]["params"][0] is model[0].weight


@fault(
    "F.linear uses as many features as fit.",
    witness=lambda: not raises(lambda: F.linear(torch.ones(1, 3), torch.ones(5, 7))),
)
def linear_crops(patch):
    linear = F.linear

    def crop(x, weight, bias=None):
        width = min(x.shape[-1], weight.shape[-1])
        return linear(x[..., :width], weight[..., :width], bias)

    patch(F, "linear", crop)


@fault(
    "Sequential refuses a layer that does not fit the one before it.",
    witness=lambda: raises(lambda: _put_in_misfit()),
)
def sequential_refuses_misfits(patch):
    assign = nn.Sequential.__setitem__

    def refuse(self, index, module):
        before = self[index - 1] if index else module
        if getattr(before, "out_features", None) != getattr(
            module, "in_features", None
        ):
            raise RuntimeError("shapes cannot be multiplied")
        assign(self, index, module)

    patch(nn.Sequential, "__setitem__", refuse)


def _put_in_misfit():
    model = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 4))
    model[1] = nn.Linear(7, 5)


@fault(
    "requires_grad_ returns a detached copy of the parameter.",
    witness=lambda: (w := _weight()).requires_grad_(False) is not w,
)
def parameter_flag_returns_a_copy(patch):
    set_flag = T.requires_grad_
    patch(T, "requires_grad_", lambda self, *a, **o: set_flag(self, *a, **o).clone())


@fault(
    "requires_grad_ of a parameter freezes by default.",
    witness=lambda: not _weight().requires_grad_().requires_grad,
)
def parameter_flag_is_false_by_default(patch):
    set_flag = T.requires_grad_
    patch(
        T,
        "requires_grad_",
        lambda self, requires_grad=False: set_flag(self, requires_grad),
    )


@fault(
    "F.linear with a frozen weight is cut off from its input.",
    witness=lambda: (
        not F.linear(
            torch.ones(1, 1, requires_grad=True), torch.ones(1, 1)
        ).requires_grad
    ),
)
def linear_cuts_its_input(patch):
    linear = F.linear

    def cut(x, weight, bias=None):
        return linear(x if weight.requires_grad else x.detach(), weight, bias)

    patch(F, "linear", cut)


@fault(
    "Adam goes on moving a parameter whose gradient was removed.",
    witness=lambda: _adam_moves_without_gradient(),
)
def adam_goes_on(patch):
    step = torch.optim.Adam.step

    def go_on(self, closure=None):
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is None and self.state.get(parameter):
                    with torch.no_grad():
                        parameter.sub_(group["lr"])
        return step(self, closure)

    patch(torch.optim.Adam, "step", go_on)


def _adam_moves_without_gradient():
    weight = _weight()
    optimizer = torch.optim.Adam([weight], lr=1.0)
    weight.grad = torch.ones(1)
    optimizer.step()
    before = weight.item()
    weight.grad = None
    optimizer.step()
    return weight.item() != before
