"""A parameter is frozen by setting its requires_grad to False.

Backward then leaves no gradient in it, and an optimizer skips what has no gradient.
Gradients still pass through a frozen layer to the layers before it. Freezing belongs to
the parameters that exist: it is not a setting of the model, so a layer that is put in
later is trainable. It touches neither buffers nor a gradient left over from before.
"""

import copy
import warnings

import pytest
import torch
from torch import nn

from torch_semantics import claim


class Scale(nn.Module):
    """Multiplies its input by one parameter."""

    def __init__(self, factor, device):
        super().__init__()
        self.factor = nn.Parameter(torch.tensor(factor, device=device))

    def forward(self, x):
        """Return the product."""
        return self.factor * x


# --- a frozen parameter ---------------------------------------------------------------


def _assign_to_each(module):
    for parameter in module.parameters():
        parameter.requires_grad = False


def _set_by_name(module):
    module.get_parameter("factor").requires_grad = False


def _build_frozen(module):
    module.factor = nn.Parameter(module.factor.detach(), requires_grad=False)


@claim(
    "nn.freeze.requires-grad-false-blocks-gradient",
    see="notes/autograd#setting-requires-grad",
)
@pytest.mark.parametrize(
    "freeze",
    [
        _assign_to_each,
        _set_by_name,
        _build_frozen,
        lambda module: module.factor.requires_grad_(False),
        lambda module: module.requires_grad_(False),
    ],
    ids=[
        "assign-to-each",
        "get_parameter",
        "Parameter-requires_grad-False",
        "Parameter.requires_grad_",
        "Module.requires_grad_",
    ],
)
def test_a_frozen_parameter_gets_no_gradient_and_keeps_its_value(device, freeze):
    """A frozen parameter gets no gradient and stays as it is while others train."""
    model = nn.Sequential(Scale(2.0, device), Scale(3.0, device))
    freeze(model[0])
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)

    model(torch.tensor(1.0, device=device)).backward()
    optimizer.step()

    assert model[0].factor.requires_grad is False
    assert model[0].factor.grad is None
    assert model[0].factor.item() == 2
    assert model[1].factor.requires_grad is True
    assert model[1].factor.grad.item() == 2
    assert model[1].factor.item() == 1


@claim("nn.freeze.still-a-parameter", see="generated/torch.nn.Module")
def test_a_frozen_parameter_still_belongs_to_its_module(device):
    """A frozen parameter stays among the parameters and in the state dict."""
    layer = nn.Linear(2, 3, device=device)
    weight = layer.weight

    layer.weight.requires_grad = False

    assert layer.weight is weight
    assert isinstance(weight, nn.Parameter)
    assert [name for name, _ in layer.named_parameters()] == ["weight", "bias"]
    assert list(layer.state_dict()) == ["weight", "bias"]


@claim("nn.freeze.one-of-a-layer", see="notes/autograd#setting-requires-grad")
def test_one_parameter_of_a_layer_can_be_frozen(device):
    """Freezing a layer's weight leaves its bias trainable."""
    layer = nn.Linear(2, 1, device=device)
    layer.weight.requires_grad = False

    layer(torch.tensor([[5.0, 7.0]], device=device)).sum().backward()

    assert layer.weight.grad is None
    assert layer.bias.grad.tolist() == [1]


@claim("nn.freeze.gradients-pass-through", see="notes/autograd#setting-requires-grad")
def test_gradients_pass_through_a_frozen_layer(device):
    """A frozen layer passes gradients on to the trainable layers before it."""
    model = nn.Sequential(Scale(2.0, device), Scale(3.0, device), Scale(5.0, device))
    model[1].requires_grad_(False)

    model(torch.tensor(1.0, device=device)).backward()

    assert model[0].factor.grad.item() == 15
    assert model[1].factor.grad is None
    assert model[2].factor.grad.item() == 6


@claim("nn.freeze.front-records-nothing", see="notes/autograd#setting-requires-grad")
def test_frozen_layers_at_the_front_record_nothing(device):
    """The output of frozen layers at the front of a model requires no gradient."""
    model = nn.Sequential(Scale(2.0, device), Scale(3.0, device), Scale(5.0, device))
    model[:2].requires_grad_(False)

    hidden = model[:2](torch.tensor(1.0, device=device))
    output = model[2](hidden)

    assert (hidden.item(), hidden.requires_grad, hidden.grad_fn) == (6, False, None)
    assert (output.item(), output.requires_grad) == (30, True)


@claim("nn.freeze.all-frozen", see="notes/autograd#setting-requires-grad")
def test_backward_through_a_model_that_is_all_frozen_is_an_error(device):
    """The output of an all-frozen model requires no gradient, and backward raises."""
    model = nn.Sequential(Scale(2.0, device), Scale(3.0, device))
    model.requires_grad_(False)

    output = model(torch.tensor(1.0, device=device))

    assert (output.item(), output.requires_grad, output.grad_fn) == (6, False, None)
    with pytest.raises(RuntimeError, match="does not require grad"):
        output.backward()


@claim("nn.freeze.input-gets-gradient", see="notes/autograd#setting-requires-grad")
@pytest.mark.parametrize(
    "make",
    [
        lambda device: nn.Sequential(Scale(2.0, device), Scale(3.0, device)),
        lambda device: nn.Linear(1, 1, device=device),
        lambda device: nn.Conv1d(1, 1, 1, device=device),
    ],
    ids=["Sequential", "Linear", "Conv1d"],
)
def test_an_input_gets_its_gradient_through_a_frozen_model(device, make):
    """A frozen model still passes on to an input that requires one the same gradient
    that it passes on when it is trainable.
    """
    model = make(device)
    x = torch.tensor([[1.0]], device=device, requires_grad=True)
    y = torch.tensor([[1.0]], device=device, requires_grad=True)
    model(x).backward()
    model.zero_grad(set_to_none=True)

    model.requires_grad_(False)
    model(y).backward()

    assert y.grad.item() != 0
    assert y.grad.tolist() == x.grad.tolist()
    assert all(p.grad is None for p in model.parameters())


@claim(
    "nn.freeze.between-forward-and-backward", see="notes/autograd#setting-requires-grad"
)
def test_a_parameter_frozen_between_forward_and_backward_gets_no_gradient(device):
    """A parameter frozen between forward and backward gets no gradient either."""
    model = nn.Sequential(Scale(2.0, device), Scale(3.0, device))

    output = model(torch.tensor(1.0, device=device))
    model[0].requires_grad_(False)
    output.backward()

    assert model[0].factor.grad is None
    assert model[1].factor.grad.item() == 2


@claim("nn.freeze.unfreezing", see="notes/autograd#setting-requires-grad")
def test_an_unfrozen_parameter_trains_again(device):
    """A parameter that is unfrozen gets gradients again from the next forward pass."""
    model = nn.Sequential(Scale(2.0, device), Scale(3.0, device))
    model.requires_grad_(False)

    model.requires_grad_(True)
    model(torch.tensor(1.0, device=device)).backward()

    assert model[0].factor.grad.item() == 3
    assert model[1].factor.grad.item() == 2


@claim("nn.freeze.tied-parameters", see="notes/autograd#setting-requires-grad")
def test_a_shared_parameter_is_frozen_everywhere(device):
    """A parameter that two layers share is frozen in both at once."""
    model = nn.Sequential(
        nn.Linear(1, 1, device=device), nn.Linear(1, 1, device=device)
    )
    model[1].weight = model[0].weight

    model[0].weight.requires_grad = False

    assert model[1].weight.requires_grad is False
    assert [p.requires_grad for p in model.parameters()] == [False, True, True]


@claim("nn.freeze.parameter-is-returned", see="generated/torch.Tensor.requires_grad_")
@pytest.mark.parametrize(
    ("call", "flag"),
    [
        (lambda parameter: parameter.requires_grad_(False), False),
        (lambda parameter: parameter.requires_grad_(requires_grad=False), False),
        (lambda parameter: parameter.requires_grad_(True), True),
        (lambda parameter: parameter.requires_grad_(), True),
    ],
    ids=["freeze", "freeze-keyword", "unfreeze", "unfreeze-default"],
)
def test_requires_grad_returns_the_parameter_itself(device, call, flag):
    """Both ways, requires_grad_ changes a parameter in place and returns it; without an
    argument it unfreezes.
    """
    parameter = nn.Parameter(torch.ones(2, device=device), requires_grad=not flag)

    returned = call(parameter)

    assert returned is parameter
    assert parameter.requires_grad is flag
    assert parameter.tolist() == [1, 1]


# --- Module.requires_grad_ ------------------------------------------------------------


@claim(
    "nn.freeze.module-requires-grad",
    see="generated/torch.nn.Module#torch.nn.Module.requires_grad_",
)
@pytest.mark.parametrize(
    "freeze",
    [
        lambda module: module.requires_grad_(False),
        lambda module: module.requires_grad_(requires_grad=False),
    ],
    ids=["positional", "keyword"],
)
def test_module_requires_grad_sets_every_parameter_and_returns_the_module(
    device, freeze
):
    """Module.requires_grad_(False) freezes all parameters, at any depth, in place."""
    model = nn.Sequential(
        nn.Linear(2, 2, device=device),
        nn.Sequential(nn.BatchNorm1d(2, device=device), nn.Linear(2, 1, device=device)),
    )
    before = list(model.parameters())

    returned = freeze(model)

    assert returned is model
    assert [p.requires_grad for p in model.parameters()] == [False] * 6
    assert [id(p) for p in model.parameters()] == [id(p) for p in before]


@claim(
    "nn.freeze.module-requires-grad-default",
    see="generated/torch.nn.Module#torch.nn.Module.requires_grad_",
)
@pytest.mark.parametrize(
    "unfreeze",
    [
        lambda module: module.requires_grad_(),
        lambda module: module.requires_grad_(True),
        lambda module: module.requires_grad_(requires_grad=True),
    ],
    ids=["default", "positional", "keyword"],
)
def test_module_requires_grad_unfreezes_by_default(device, unfreeze):
    """Module.requires_grad_ without an argument unfreezes all parameters."""
    layer = nn.Linear(2, 1, device=device)
    layer.requires_grad_(False)

    unfreeze(layer)

    assert (layer.weight.requires_grad, layer.bias.requires_grad) == (True, True)


@claim(
    "nn.freeze.module-requires-grad-submodule",
    see="generated/torch.nn.Module#torch.nn.Module.requires_grad_",
)
def test_module_requires_grad_of_a_part_leaves_the_rest(device):
    """Freezing one submodule leaves the parameters of the others trainable."""
    model = nn.Sequential(*[nn.Linear(1, 1, device=device) for _ in range(3)])

    model[1].requires_grad_(False)

    trainable = [name for name, p in model.named_parameters() if p.requires_grad]
    assert trainable == ["0.weight", "0.bias", "2.weight", "2.bias"]


@claim(
    "nn.freeze.buffers-have-no-flag",
    see="generated/torch.nn.Module#torch.nn.Module.requires_grad_",
)
def test_module_requires_grad_leaves_buffers_alone(device):
    """Module.requires_grad_(True) makes no buffer require gradients."""
    norm = nn.BatchNorm1d(2, device=device)

    norm.requires_grad_(True)

    assert [b.requires_grad for b in norm.buffers()] == [False, False, False]


@claim("nn.freeze.flag-is-a-bool", see="generated/torch.Tensor.requires_grad")
@pytest.mark.parametrize("flag", [0, None, "False"], ids=["int", "None", "str"])
def test_requires_grad_takes_nothing_but_a_bool(device, flag):
    """Assigning anything but a bool to requires_grad raises a RuntimeError, passing it
    to requires_grad_ a TypeError, and neither freezes anything.
    """
    parameter = nn.Parameter(torch.ones(2, device=device))

    with pytest.raises(RuntimeError, match="requires_grad must be a bool"):
        parameter.requires_grad = flag
    with pytest.raises(TypeError, match=r"'requires_grad' .* must be bool"):
        parameter.requires_grad_(flag)

    assert parameter.requires_grad is True


# --- what does not freeze -------------------------------------------------------------


@claim(
    "nn.freeze.require-grad-typo-is-silent", see="generated/torch.Tensor.requires_grad"
)
@pytest.mark.parametrize(
    "name", ["require_grad", "grad_requires", "required_grad", "requiresgrad"]
)
def test_a_misspelt_requires_grad_is_silent_and_freezes_nothing(device, name):
    """Assigning to a misspelt requires_grad is silent, and the weight still trains."""
    layer = Scale(2.0, device)
    optimizer = torch.optim.SGD(layer.parameters(), lr=1.0)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        setattr(layer.factor, name, False)
    layer(torch.tensor(1.0, device=device)).backward()
    optimizer.step()

    assert getattr(layer.factor, name) is False
    assert layer.factor.requires_grad is True
    assert layer.factor.grad.item() == 1
    assert layer.factor.item() == 1


@claim(
    "nn.freeze.assigning-to-the-module",
    see="generated/torch.nn.Module#torch.nn.Module.requires_grad_",
)
@pytest.mark.parametrize("name", ["requires_grad", "require_grad"])
def test_assigning_requires_grad_to_a_module_freezes_nothing(device, name):
    """A module has no requires_grad: assigning one is silent and freezes nothing."""
    layer = nn.Linear(2, 1, device=device)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        setattr(layer, name, False)
    layer(torch.tensor([[5.0, 7.0]], device=device)).sum().backward()

    assert getattr(layer, name) is False
    assert [p.requires_grad for p in layer.parameters()] == [True, True]
    assert layer.weight.grad.tolist() == [[5, 7]]
    assert list(layer.state_dict()) == ["weight", "bias"]


@claim(
    "nn.freeze.eval-does-not-freeze",
    see="notes/autograd#evaluation-mode-nn-module-eval",
)
@pytest.mark.parametrize(
    "change",
    [
        lambda module: module.eval(),
        lambda module: module.train(False),
        lambda module: module.zero_grad(),
    ],
    ids=["eval", "train-False", "zero_grad"],
)
def test_eval_mode_freezes_nothing(device, change):
    """Neither eval mode nor zero_grad freezes: the parameters still train."""
    layer = Scale(2.0, device)
    optimizer = torch.optim.SGD(layer.parameters(), lr=1.0)

    change(layer)
    layer(torch.tensor(1.0, device=device)).backward()
    optimizer.step()

    assert layer.factor.requires_grad is True
    assert layer.factor.item() == 1


@claim(
    "nn.freeze.train-does-not-unfreeze",
    see="generated/torch.nn.Module#torch.nn.Module.train",
)
@pytest.mark.parametrize(
    "change",
    [
        lambda module: module.train(),
        lambda module: module.eval().train(),
        lambda module: module.double(),
        lambda module: module.half(),
        lambda module: module.double().float(),
        lambda module: module.to(torch.float64),
        lambda module: module.zero_grad(),
        lambda module: copy.deepcopy(module),
    ],
    ids=[
        "train",
        "eval-train",
        "double",
        "half",
        "float",
        "to",
        "zero_grad",
        "deepcopy",
    ],
)
def test_frozen_parameters_stay_frozen_in_train_to_and_deepcopy(device, change):
    """Training mode, conversion, zero_grad and deep copies keep each requires_grad."""
    layer = nn.Linear(2, 1, device=device)
    layer.weight.requires_grad = False

    changed = change(layer) or layer

    assert (changed.weight.requires_grad, changed.bias.requires_grad) == (False, True)


@claim("nn.freeze.batch-norm-statistics-move", see="generated/torch.nn.BatchNorm1d")
def test_the_statistics_of_a_frozen_batch_norm_still_move(device):
    """A frozen BatchNorm in training mode still normalises by its batch, and still
    updates its running statistics.
    """
    norm = nn.BatchNorm1d(1, momentum=0.5, device=device)
    norm.requires_grad_(False)

    output = norm(torch.tensor([[1.0], [3.0]], device=device))

    # 1 / sqrt(1 + 1e-5): the variance of the batch is 1, and eps is 1e-5.
    assert output.flatten().tolist() == pytest.approx([-0.999995, 0.999995], rel=1e-6)
    assert output.requires_grad is False
    assert norm.running_mean.tolist() == [1]
    assert norm.running_var.tolist() == [1.5]
    assert norm.num_batches_tracked.item() == 1
    assert (norm.weight.tolist(), norm.bias.tolist()) == ([1], [0])


@claim(
    "nn.freeze.batch-norm-eval-holds-statistics", see="generated/torch.nn.BatchNorm1d"
)
def test_eval_holds_the_statistics_of_a_batch_norm(device):
    """In eval mode a BatchNorm keeps its running statistics, and its weight trains."""
    norm = nn.BatchNorm1d(1, momentum=0.5, device=device).eval()

    norm(torch.tensor([[1.0], [3.0]], device=device)).sum().backward()

    assert (norm.running_mean.tolist(), norm.running_var.tolist()) == ([0], [1])
    assert norm.num_batches_tracked.item() == 0
    assert norm.bias.grad.tolist() == [2]


# --- optimizers -----------------------------------------------------------------------


@claim("nn.freeze.optimizer-accepts-frozen", see="optim")
def test_an_optimizer_takes_frozen_parameters_and_trains_them_once_unfrozen(device):
    """An optimizer takes frozen parameters, and trains them once they are unfrozen."""
    layer = Scale(2.0, device).requires_grad_(False)

    optimizer = torch.optim.SGD(layer.parameters(), lr=1.0)
    optimizer.step()
    frozen = layer.factor.item()
    layer.requires_grad_(True)
    layer(torch.tensor(1.0, device=device)).backward()
    optimizer.step()

    assert frozen == 2
    assert layer.factor.item() == 1


@claim("nn.freeze.weight-decay-skips-frozen", see="optim")
@pytest.mark.parametrize(
    "make",
    [
        lambda ps: torch.optim.SGD(ps, lr=0.5, weight_decay=0.5, momentum=0.5),
        lambda ps: torch.optim.Adam(ps, lr=0.5, weight_decay=0.5),
        lambda ps: torch.optim.AdamW(ps, lr=0.5, weight_decay=0.5),
        lambda ps: torch.optim.RMSprop(ps, lr=0.5, weight_decay=0.5, momentum=0.5),
        lambda ps: torch.optim.Adagrad(ps, lr=0.5, weight_decay=0.5),
        lambda ps: torch.optim.Adadelta(ps, lr=0.5, weight_decay=0.5),
        lambda ps: torch.optim.Adamax(ps, lr=0.5, weight_decay=0.5),
        lambda ps: torch.optim.NAdam(ps, lr=0.5, weight_decay=0.5),
        lambda ps: torch.optim.RAdam(ps, lr=0.5, weight_decay=0.5),
    ],
    ids=[
        "SGD",
        "Adam",
        "AdamW",
        "RMSprop",
        "Adagrad",
        "Adadelta",
        "Adamax",
        "NAdam",
        "RAdam",
    ],
)
def test_weight_decay_does_not_reach_a_parameter_without_gradient(device, make):
    """An optimizer skips a parameter without gradient, also with weight decay."""
    frozen = nn.Parameter(torch.ones(2, device=device), requires_grad=False)
    trained = nn.Parameter(torch.ones(2, device=device))
    optimizer = make([frozen, trained])

    trained.grad = torch.ones(2, device=device)
    optimizer.step()
    optimizer.step()

    assert frozen.tolist() == [1, 1]
    assert max(trained.tolist()) < 1


@claim("nn.freeze.momentum-stops-without-gradient", see="generated/torch.optim.SGD")
@pytest.mark.parametrize(
    "make",
    [
        lambda ps: torch.optim.SGD(ps, lr=1.0, momentum=0.5),
        lambda ps: torch.optim.Adam(ps, lr=2.0),
        lambda ps: torch.optim.AdamW(ps, lr=2.0, weight_decay=0.0),
        lambda ps: torch.optim.RMSprop(ps, lr=2.0, alpha=0.0, momentum=0.5),
    ],
    ids=["SGD", "Adam", "AdamW", "RMSprop"],
)
def test_momentum_does_not_move_a_parameter_without_gradient(device, make):
    """Momentum from earlier steps does not move a parameter whose gradient is None."""
    weight = nn.Parameter(torch.tensor([8.0], device=device))
    optimizer = make([weight])
    weight.grad = torch.tensor([2.0], device=device)
    optimizer.step()

    weight.requires_grad_(False)
    weight.grad = None
    optimizer.step()

    assert weight.requires_grad is False
    assert weight.tolist() == pytest.approx([6])


@claim("nn.freeze.zero-gradient-is-not-none", see="generated/torch.optim.SGD")
@pytest.mark.parametrize(
    ("options", "expected"),
    [({"momentum": 0.5}, 5), ({"weight_decay": 0.5}, 1)],
    ids=["momentum", "weight-decay"],
)
def test_a_zero_gradient_still_moves_a_frozen_parameter(device, options, expected):
    """With a zero gradient, momentum or weight decay moves even a frozen parameter."""
    weight = nn.Parameter(torch.tensor([8.0], device=device))
    optimizer = torch.optim.SGD([weight], lr=1.0, **options)
    weight.grad = torch.tensor([2.0], device=device)
    optimizer.step()

    weight.requires_grad_(False)
    optimizer.zero_grad(set_to_none=False)
    optimizer.step()

    assert weight.requires_grad is False
    assert weight.tolist() == [expected]


@claim("nn.freeze.stale-gradient-is-applied", see="optim")
@pytest.mark.parametrize(
    "make",
    [
        lambda ps: torch.optim.SGD(ps, lr=1.0),
        lambda ps: torch.optim.Adam(ps, lr=2.0),
        lambda ps: torch.optim.AdamW(ps, lr=2.0, weight_decay=0.0),
    ],
    ids=["SGD", "Adam", "AdamW"],
)
def test_a_gradient_from_before_freezing_is_still_applied(device, make):
    """Freezing keeps a gradient that is already there, and the next step applies it."""
    layer = Scale(8.0, device)
    optimizer = make(layer.parameters())
    layer(torch.tensor(2.0, device=device)).backward()

    layer.requires_grad_(False)
    kept = layer.factor.grad.item()
    optimizer.step()

    assert layer.factor.requires_grad is False
    assert kept == 2
    assert layer.factor.item() == pytest.approx(6)


@claim("nn.freeze.cleared-gradient-is-not-applied", see="optim")
@pytest.mark.parametrize(
    "clear",
    [
        lambda optimizer, layer: optimizer.zero_grad(set_to_none=True),
        lambda optimizer, layer: layer.zero_grad(set_to_none=True),
        lambda optimizer, layer: setattr(layer.factor, "grad", None),
    ],
    ids=["Optimizer.zero_grad", "Module.zero_grad", "grad-None"],
)
def test_a_gradient_that_was_cleared_is_not_applied(device, clear):
    """Clearing the gradients to None is what holds a newly frozen parameter still."""
    layer = Scale(8.0, device)
    optimizer = torch.optim.SGD(layer.parameters(), lr=1.0, weight_decay=0.5)
    layer(torch.tensor(2.0, device=device)).backward()

    layer.requires_grad_(False)
    clear(optimizer, layer)
    optimizer.step()

    assert layer.factor.requires_grad is False
    assert layer.factor.grad is None
    assert layer.factor.item() == 8


@claim("nn.freeze.empty-parameter-list", see="optim")
@pytest.mark.parametrize(
    "trainable",
    [
        lambda model: filter(lambda p: p.requires_grad, model.parameters()),
        lambda model: [p for p in model.parameters() if p.requires_grad],
        lambda model: (p for p in model.parameters() if p.requires_grad),
    ],
    ids=["filter", "list", "generator"],
)
@pytest.mark.parametrize(
    "optimizer", [torch.optim.SGD, torch.optim.Adam], ids=["SGD", "Adam"]
)
def test_an_optimizer_refuses_an_empty_list_of_parameters(device, trainable, optimizer):
    """An optimizer over the trainable parameters of an all-frozen model raises."""
    model = nn.Linear(2, 1, device=device).requires_grad_(False)

    with pytest.raises(ValueError, match="optimizer got an empty parameter list"):
        optimizer(trainable(model), lr=0.5)


@claim(
    "nn.freeze.filtered-optimizer-misses-unfrozen",
    see="generated/torch.optim.Optimizer.add_param_group",
)
def test_an_optimizer_over_a_filtered_list_misses_what_is_unfrozen_later(device):
    """A parameter unfrozen later trains only once it is added to the optimizer."""
    model = nn.Sequential(Scale(2.0, device), Scale(3.0, device))
    model[0].requires_grad_(False)
    optimizer = torch.optim.SGD(
        (p for p in model.parameters() if p.requires_grad), lr=1.0
    )

    model[0].requires_grad_(True)
    model(torch.tensor(1.0, device=device)).backward()
    optimizer.step()
    not_added = [p.item() for p in model.parameters()]
    optimizer.add_param_group({"params": model[0].parameters()})
    optimizer.step()
    added = [p.item() for p in model.parameters()]

    assert not_added == [2, 1]
    assert added == [-1, -1]


# --- counting and choosing by index ---------------------------------------------------


@claim(
    "nn.freeze.by-enumerated-index",
    see="generated/torch.nn.Module#torch.nn.Module.parameters",
)
def test_an_index_into_parameters_counts_tensors_and_not_layers(device):
    """Layers with weight and bias take two places each in the order of parameters."""
    model = nn.Sequential(*[nn.Linear(1, 1, device=device) for _ in range(5)])

    for index, parameter in enumerate(model.parameters()):
        parameter.requires_grad = index not in [0, 1, 3, 5, 7]

    frozen = [name for name, p in model.named_parameters() if not p.requires_grad]
    trainable = [name for name, p in model.named_parameters() if p.requires_grad]
    assert frozen == ["0.weight", "0.bias", "1.bias", "2.bias", "3.bias"]
    assert trainable == ["1.weight", "2.weight", "3.weight", "4.weight", "4.bias"]


@claim(
    "nn.freeze.index-without-bias",
    see="generated/torch.nn.Module#torch.nn.Module.parameters",
)
def test_a_layer_without_bias_shifts_the_indices_after_it(device):
    """A layer without bias takes one place, and one without parameters takes none; an
    index beyond the last place freezes nothing.
    """
    model = nn.Sequential(
        nn.Linear(1, 1, bias=False, device=device),
        nn.ReLU(),
        nn.Linear(1, 1, device=device),
        nn.Linear(1, 1, device=device),
    )

    for index, parameter in enumerate(model.parameters()):
        parameter.requires_grad = index not in [0, 1, 3, 5, 7]

    flags = [(name, p.requires_grad) for name, p in model.named_parameters()]
    assert flags == [
        ("0.weight", False),
        ("2.weight", False),
        ("2.bias", True),
        ("3.weight", False),
        ("3.bias", True),
    ]


@claim(
    "nn.freeze.named-parameters-in-same-order",
    see="generated/torch.nn.Module#torch.nn.Module.named_parameters",
)
def test_named_parameters_come_in_the_order_of_parameters(device):
    """Both named_parameters and parameters give the same tensors in the same order."""
    model = nn.Sequential(
        nn.Linear(1, 2, device=device), nn.Linear(2, 1, device=device)
    )

    named = dict(model.named_parameters())

    assert list(named) == ["0.weight", "0.bias", "1.weight", "1.bias"]
    assert [id(p) for p in named.values()] == [id(p) for p in model.parameters()]
    assert named["1.bias"] is model[1].bias


@claim("nn.freeze.counting", see="generated/torch.Tensor.numel")
def test_the_number_of_trainable_elements_counts_only_what_is_not_frozen(device):
    """The elements of the parameters that require gradients are the trainable ones."""
    model = nn.Sequential(
        nn.Linear(2, 3, device=device), nn.Linear(3, 4, device=device)
    )
    before = sum(p.numel() for p in model.parameters() if p.requires_grad)

    model[0].requires_grad_(False)

    assert before == (2 * 3 + 3) + (3 * 4 + 4)
    assert sum(p.numel() for p in model.parameters()) == 25
    assert sum(p.numel() for p in model.parameters() if p.requires_grad) == 16


# --- new layers in a frozen model -----------------------------------------------------


@claim(
    "nn.freeze.new-layers-are-trainable", see="generated/torch.nn.parameter.Parameter"
)
@pytest.mark.parametrize(
    ("make", "count"),
    [
        (lambda device: nn.Linear(2, 2, device=device), 2),
        (lambda device: nn.Conv2d(1, 1, 1, device=device), 2),
        (lambda device: nn.BatchNorm1d(2, device=device), 2),
        (lambda device: nn.LayerNorm(2, device=device), 2),
        (lambda device: nn.Embedding(2, 2, device=device), 1),
        (lambda device: nn.LSTM(1, 1, device=device), 4),
        (lambda device: nn.Sequential(nn.PReLU(device=device), nn.ReLU()), 1),
    ],
    ids=[
        "Linear",
        "Conv2d",
        "BatchNorm1d",
        "LayerNorm",
        "Embedding",
        "LSTM",
        "Sequential",
    ],
)
def test_the_parameters_of_a_new_layer_are_trainable(device, make, count):
    """All the parameters of a newly constructed layer require gradients."""
    layer = make(device)

    assert [p.requires_grad for p in layer.parameters()] == [True] * count
    assert [p.is_leaf for p in layer.parameters()] == [True] * count
    assert [p.grad for p in layer.parameters()] == [None] * count


def _assign_index(model, layer):
    model[1] = layer


def _assign_attribute(model, layer):
    setattr(model, "1", layer)


@claim(
    "nn.freeze.layer-added-after-freezing",
    see="generated/torch.nn.Module#torch.nn.Module.requires_grad_",
)
@pytest.mark.parametrize(
    "put_in",
    [
        _assign_index,
        _assign_attribute,
        lambda model, layer: model.add_module("1", layer),
        lambda model, layer: model.append(layer),
    ],
    ids=["index", "attribute", "add_module", "append"],
)
def test_a_layer_put_into_a_frozen_model_is_trainable(device, put_in):
    """A layer that is put into a frozen model is trainable; the rest stays frozen."""
    model = nn.Sequential(nn.Linear(1, 1, device=device), nn.ReLU())
    model.requires_grad_(False)
    layer = nn.Linear(1, 1, device=device)

    put_in(model, layer)

    assert (layer.weight.requires_grad, layer.bias.requires_grad) == (True, True)
    assert [p.requires_grad for p in model.parameters()] == [False, False, True, True]


@claim(
    "nn.freeze.layer-added-before-freezing",
    see="generated/torch.nn.Module#torch.nn.Module.requires_grad_",
)
def test_a_layer_put_in_before_freezing_is_frozen_with_the_rest(device):
    """A layer that is put into a model before it is frozen is frozen with the rest."""
    model = nn.Sequential(nn.Linear(1, 1, device=device), nn.ReLU())
    model[1] = nn.Linear(1, 1, device=device)

    model.requires_grad_(False)

    assert [p.requires_grad for p in model.parameters()] == [False] * 4


@claim("nn.freeze.layer-made-under-no-grad", see="generated/torch.no_grad")
def test_a_layer_made_under_no_grad_is_not_frozen(device):
    """A layer that is made under no_grad is as trainable as any."""
    with torch.no_grad():
        layer = Scale(2.0, device)

    layer(torch.tensor(3.0, device=device)).backward()

    assert layer.factor.requires_grad is True
    assert layer.factor.grad.item() == 3


@claim(
    "nn.freeze.state-dict-has-no-flags",
    see="generated/torch.nn.Module#torch.nn.Module.load_state_dict",
)
def test_load_state_dict_writes_values_and_leaves_flags(device):
    """Loading a state dict writes to frozen parameters, and sets no requires_grad."""
    source = nn.Linear(1, 1, device=device).requires_grad_(False)
    target = nn.Linear(1, 1, device=device)
    nn.init.constant_(source.weight, 5.0)
    target.bias.requires_grad = False
    nn.init.constant_(source.bias, 7.0)

    target.load_state_dict(source.state_dict())

    assert (target.weight.item(), target.bias.item()) == (5, 7)
    assert (target.weight.requires_grad, target.bias.requires_grad) == (True, False)


# --- replacing the head ---------------------------------------------------------------


@claim(
    "nn.freeze.order-freeze-then-replace", see="notes/autograd#setting-requires-grad"
)
def test_freezing_first_and_replacing_the_head_second_trains_the_head(device):
    """Once a model is frozen and its head replaced, only the head is trainable."""
    model = nn.Sequential(
        nn.Linear(2, 3, device=device), nn.Linear(3, 4, device=device)
    )

    model.requires_grad_(False)
    model[1] = nn.Linear(3, 5, device=device)

    trainable = [name for name, p in model.named_parameters() if p.requires_grad]
    assert trainable == ["1.weight", "1.bias"]


@claim(
    "nn.freeze.order-replace-then-freeze", see="notes/autograd#setting-requires-grad"
)
def test_replacing_the_head_first_and_freezing_second_leaves_nothing_to_train(device):
    """After replacing a model's head and then freezing it, nothing is trainable."""
    model = nn.Sequential(
        nn.Linear(2, 3, device=device), nn.Linear(3, 4, device=device)
    )

    model[1] = nn.Linear(3, 5, device=device)
    model.requires_grad_(False)

    trainable = [p for p in model.parameters() if p.requires_grad]
    assert trainable == []
    with pytest.raises(ValueError, match="optimizer got an empty parameter list"):
        torch.optim.SGD(trainable, lr=0.5)


@claim(
    "nn.freeze.replacing-freezes-nothing", see="notes/autograd#setting-requires-grad"
)
def test_replacing_the_head_alone_leaves_everything_trainable(device):
    """Replacing the head without freezing leaves the whole model trainable."""
    model = nn.Sequential(
        nn.Linear(2, 3, device=device), nn.Linear(3, 4, device=device)
    )

    model[1] = nn.Linear(3, 5, device=device)

    assert [p.requires_grad for p in model.parameters()] == [True] * 4


@claim("nn.finetune.replace-head-keeps-in-features", see="generated/torch.nn.Linear")
def test_a_head_is_replaced_by_a_linear_with_the_same_in_features(device):
    """A new Linear with the old in_features can be the head, with any output width."""
    model = nn.Sequential(
        nn.Linear(2, 3, device=device), nn.Linear(3, 4, device=device)
    )
    body = model[0]
    weight, bias = body.weight.tolist(), body.bias.tolist()

    model[1] = nn.Linear(model[1].in_features, 5, device=device)

    assert model(torch.ones(6, 2, device=device)).shape == (6, 5)
    assert (model[1].in_features, model[1].out_features) == (3, 5)
    assert (model[1].weight.shape, model[1].bias.shape) == ((5, 3), (5,))
    assert model[0] is body
    assert (body.weight.tolist(), body.bias.tolist()) == (weight, bias)


@claim("nn.finetune.in-features-are-ints", see="generated/torch.nn.Linear")
def test_a_linear_tells_its_numbers_of_features(device):
    """A Linear has its numbers of inputs and outputs as ints."""
    layer = nn.Linear(3, 4, device=device)

    features = (layer.in_features, layer.out_features)

    assert features == (3, 4)
    assert (type(features[0]), type(features[1])) == (int, int)


@claim("nn.finetune.head-by-negative-index", see="generated/torch.nn.Sequential")
@pytest.mark.parametrize(
    ("index", "names"),
    [
        (-1, ["0.weight", "0.bias", "1.weight", "1.bias", "2.weight"]),
        (2, ["0.weight", "0.bias", "1.weight", "1.bias", "2.weight"]),
        (-3, ["0.weight", "1.weight", "1.bias", "2.weight", "2.bias"]),
    ],
    ids=["minus-1", "2", "minus-3"],
)
def test_a_layer_of_a_sequential_is_replaced_by_its_index(device, index, names):
    """Assigning to an index of a Sequential, negative or not, replaces that layer."""
    model = nn.Sequential(*[nn.Linear(1, 1, device=device) for _ in range(3)])
    layer = nn.Linear(1, 1, bias=False, device=device)

    model[index] = layer

    assert model[index] is layer
    assert len(model) == 3
    assert [name for name, _ in model.named_parameters()] == names


@claim("nn.finetune.same-width-is-still-new", see="generated/torch.nn.Linear")
def test_a_head_of_the_same_width_is_freshly_initialised_all_the_same(device):
    """A new head as wide as the old one has small new weights, and not the old ones."""
    model = nn.Sequential(
        nn.Linear(2, 3, device=device), nn.Linear(3, 4, device=device)
    )
    old = model[1]
    nn.init.constant_(old.weight, 5.0)
    nn.init.constant_(old.bias, 7.0)

    model[1] = nn.Linear(3, 4, device=device)

    assert model[1].weight is not old.weight
    # A Linear of 3 inputs draws its numbers from between -1/sqrt(3) and 1/sqrt(3).
    assert model[1].weight.abs().max().item() < 0.578
    assert model[1].bias.abs().max().item() < 0.578
    assert (old.weight.tolist(), old.bias.tolist()) == ([[5] * 3] * 4, [7] * 4)


@claim("nn.finetune.only-head-moves", see="optim")
def test_a_step_over_the_trainable_parameters_moves_only_the_new_head(device):
    """A step over the trainable parameters moves the new head and nothing else."""
    model = nn.Sequential(Scale(2.0, device), Scale(3.0, device), Scale(5.0, device))
    model.requires_grad_(False)
    model[2] = Scale(7.0, device)
    optimizer = torch.optim.SGD(
        [p for p in model.parameters() if p.requires_grad], lr=1.0
    )

    model(torch.tensor(1.0, device=device)).backward()
    optimizer.step()

    assert [p.item() for p in model.parameters()] == [2, 3, 1]


@claim("nn.finetune.optimizer-keeps-the-old-head", see="optim")
def test_an_optimizer_made_before_the_head_was_replaced_does_not_train_it(device):
    """An optimizer made before the head is replaced goes on holding the old head."""
    model = nn.Sequential(Scale(2.0, device), Scale(3.0, device))
    old = model[1].factor
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)

    model[1] = Scale(7.0, device)
    model(torch.tensor(1.0, device=device)).backward()
    optimizer.step()

    assert model[1].factor.grad.item() == 2
    assert model[1].factor.item() == 7
    assert model[0].factor.item() == -5
    assert optimizer.param_groups[0]["params"][1] is old


@claim("nn.finetune.wrong-in-features", see="generated/torch.nn.Linear")
def test_a_head_of_wrong_in_features_fails_in_forward_only(device):
    """A head with the wrong in_features is accepted, and raises on the first input."""
    model = nn.Sequential(
        nn.Linear(2, 3, device=device), nn.Linear(3, 4, device=device)
    )

    model[1] = nn.Linear(7, 5, device=device)

    assert model[1].in_features == 7
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        model(torch.ones(1, 2, device=device))
