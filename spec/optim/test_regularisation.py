"""Regularisation: a price on large weights.

The square of the weights is the optimizer's business: ``weight_decay`` adds a multiple
of each parameter to its gradient, within the step. Their absolute value is not: it is
added to the loss by hand, and backward does the rest. What the optimizer adds appears
neither in the loss nor in ``.grad``.
"""

import pytest
import torch
from torch import nn

from torch_semantics import claim

SGD = "generated/torch.optim.SGD"


def layer(weight, bias, device):
    """Return a layer of one input and one output with these values."""
    made = nn.Linear(1, 1, device=device)
    nn.init.constant_(made.weight, weight)
    nn.init.constant_(made.bias, bias)
    return made


def values(module):
    """Return the values of the parameters of a module, as numbers."""
    return [parameter.item() for parameter in module.parameters()]


def loss_of(model, decay=0.0):
    """Return the loss, with half of the squares in it where there is a decay."""
    loss = model(torch.tensor([[3.0]], device=model.weight.device)).sum()
    if decay:
        loss = loss + decay / 2 * sum((p**2).sum() for p in model.parameters())
    return loss


def step(optimizer, loss):
    """Take a step down this loss."""
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


# With both betas 0, Adam divides the gradient by its size plus eps, which is 4 here.
ADAM_PATH = [3.75 - 0.5 * 3.9375 / 7.9375, -7.9 + 0.5 * 0.975 / 4.975]

# --- squares --------------------------------------------------------------------------


@claim("optim.weight-decay.is-l2-penalty", see=SGD)
@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda *a, **o: torch.optim.SGD(*a, **o), [0.25, -7.0625]),
        (lambda *a, **o: torch.optim.SGD(*a, momentum=0.5, **o), [-0.75, -6.8125]),
        (lambda *a, **o: torch.optim.SGD(*a, foreach=True, **o), [0.25, -7.0625]),
        (
            lambda *a, **o: torch.optim.Adam(*a, betas=(0.0, 0.0), eps=4.0, **o),
            ADAM_PATH,
        ),
    ],
    ids=["SGD", "SGD-momentum", "SGD-foreach", "Adam"],
)
def test_weight_decay_is_the_gradient_of_half_the_squares(make, expected, device):
    """Steps with a weight decay of w are those with w/2 times the sum of the squares of
    all parameters added to the loss; the loss that is reported is without it, and so
    are the gradients.
    """
    decayed, penalised = layer(4.0, -8.0, device), layer(4.0, -8.0, device)
    by_option = make(decayed.parameters(), lr=0.5, weight_decay=0.25)
    by_loss = make(penalised.parameters(), lr=0.5)

    loss, penalised_loss = loss_of(decayed), loss_of(penalised, 0.25)
    step(by_option, loss)
    step(by_loss, penalised_loss)
    gradients = [p.grad.item() for p in decayed.parameters()]
    step(by_option, loss_of(decayed))
    step(by_loss, loss_of(penalised, 0.25))

    assert (loss.item(), penalised_loss.item()) == (4, 14)
    assert gradients == [3, 1]
    assert values(decayed) == pytest.approx(expected, rel=1e-5)
    assert values(penalised) == pytest.approx(expected, rel=1e-5)


@claim("optim.weight-decay.in-numbers", see=SGD)
@pytest.mark.parametrize("foreach", [False, True], ids=["single", "foreach"])
def test_weight_decay_of_sgd_shrinks_weights_and_biases(foreach, device):
    """With SGD, weight decay takes the learning rate times w of each parameter away,
    of weights and biases alike, beside the gradient's part.
    """
    decayed = layer(4.0, -8.0, device)
    optimizer = torch.optim.SGD(
        decayed.parameters(), lr=0.5, weight_decay=0.25, foreach=foreach
    )

    decayed.weight.grad = torch.zeros(1, 1, device=device)
    decayed.bias.grad = torch.zeros(1, device=device)
    optimizer.step()
    at_zero = values(decayed)
    decayed.weight.grad = torch.full((1, 1), 2.0, device=device)
    decayed.bias.grad = torch.full((1,), -2.0, device=device)
    optimizer.step()

    assert at_zero == [3.5, -7]
    assert values(decayed) == [2.0625, -5.125]


@claim("optim.weight-decay.factor-of-a-half", see=SGD)
def test_the_squares_without_the_half_decay_twice_as_fast(device):
    """Adding w times the sum of squares to the loss, without the half, decays twice as
    fast as a weight decay of w.
    """
    decayed = nn.Parameter(torch.tensor(8.0, device=device))
    penalised = nn.Parameter(torch.tensor(8.0, device=device))
    by_option = torch.optim.SGD([decayed], lr=0.5, weight_decay=0.25)
    by_loss = torch.optim.SGD([penalised], lr=0.5)

    (decayed * 0).backward()
    by_option.step()
    (0.25 * penalised**2).backward()
    by_loss.step()

    assert decayed.item() == 7
    assert penalised.item() == 6


@claim("optim.weight-decay.norms-too", see="generated/torch.nn.BatchNorm1d")
def test_weight_decay_reaches_the_parameters_of_norms_and_not_their_buffers(device):
    """Weight decay shrinks the weight of a batch norm, as every parameter with a
    gradient, and leaves the running statistics alone.
    """
    norm = nn.BatchNorm1d(2, device=device)
    norm.weight.grad = torch.zeros(2, device=device)
    optimizer = torch.optim.SGD(norm.parameters(), lr=0.5, weight_decay=0.25)

    optimizer.step()

    assert norm.weight.tolist() == [0.875, 0.875]
    assert norm.bias.tolist() == [0, 0]
    assert norm.running_var.tolist() == [1, 1]


@claim("optim.weight-decay.groups-without", see="optim#per-parameter-options")
@pytest.mark.parametrize(
    ("make", "moved"),
    [
        (lambda groups: torch.optim.SGD(groups, lr=0.5, weight_decay=0.5), 3.0),
        (lambda groups: torch.optim.AdamW(groups, lr=0.5, weight_decay=0.5), 3.0),
        (lambda groups: torch.optim.Adam(groups, lr=0.5, weight_decay=0.5), 3.5),
    ],
    ids=["SGD", "AdamW", "Adam"],
)
def test_biases_can_be_spared_in_a_group_of_their_own(make, moved, device):
    """Biases in a group with a weight decay of 0 are spared, while weights decay."""
    spared = layer(4.0, -8.0, device)
    spared.weight.grad = torch.zeros(1, 1, device=device)
    spared.bias.grad = torch.zeros(1, device=device)
    optimizer = make(
        [{"params": [spared.weight]}, {"params": [spared.bias], "weight_decay": 0.0}]
    )

    optimizer.step()

    assert spared.weight.item() == pytest.approx(moved, rel=1e-6)
    assert spared.bias.item() == -8
    assert (spared.weight.grad.item(), spared.bias.grad.item()) == (0, 0)


# --- absolute values ------------------------------------------------------------------


@claim("optim.l1.added-to-loss-by-hand", see="generated/torch.abs")
@pytest.mark.parametrize(
    "size",
    [
        lambda p: torch.sum(torch.abs(p)),
        lambda p: p.abs().sum(),
        lambda p: torch.linalg.vector_norm(p, 1),
    ],
    ids=["sum-abs", "method", "vector_norm"],
)
def test_the_absolute_values_are_added_to_the_loss_by_hand(size, device):
    """A multiple of the sum of absolute values in the loss adds that multiple of the
    sign to each gradient, of weights and biases, and nothing where a value is 0; the
    sum may start as the number 0.
    """
    model = nn.Linear(3, 1, device=device)
    with torch.no_grad():
        model.weight.copy_(torch.tensor([[4.0, 0.0, -2.0]], device=device))
        model.bias.fill_(-8.0)

    total = sum(size(parameter) for parameter in model.parameters())
    loss = model(torch.tensor([[1.0, 2.0, 3.0]], device=device)).sum() + 0.5 * total
    loss.backward()

    assert (total.item(), total.shape) == (14, ())
    assert loss.item() == -3
    assert model.weight.grad.tolist() == [[1.5, 2, 2.5]]
    assert model.bias.grad.tolist() == [0.5]


@claim("optim.l1.frozen-parameters", see="generated/torch.abs")
def test_frozen_parameters_count_in_the_penalty_and_get_no_gradient(device):
    """A frozen parameter adds to the value of the penalty, and gets no gradient from
    it.
    """
    model = layer(4.0, -8.0, device)
    model.bias.requires_grad_(False)

    penalty = sum(parameter.abs().sum() for parameter in model.parameters())
    penalty.backward()

    assert penalty.item() == 12
    assert model.weight.grad.tolist() == [[1]]
    assert model.bias.grad is None


@claim("optim.l1.no-option", see=SGD)
def test_optimizers_have_no_option_for_absolute_values(device):
    """There is no option for it: a keyword like l1 raises TypeError."""
    weight = nn.Parameter(torch.ones(2, device=device))

    with pytest.raises(TypeError, match="unexpected keyword argument 'l1'"):
        torch.optim.SGD([weight], lr=0.5, l1=0.25)


@claim(
    "optim.averaging.buffers-follow",
    see="generated/torch.optim.swa_utils.AveragedModel",
    since="2.0",
)
def test_an_averaged_model_takes_over_buffers(device):
    """AveragedModel averages the parameters of a model, and copies its buffers as they
    are.
    """
    model = nn.BatchNorm1d(1, device=device)
    averaged = torch.optim.swa_utils.AveragedModel(model)

    nn.init.constant_(model.weight, 2.0)
    model.running_mean.fill_(2.0)
    averaged.update_parameters(model)
    nn.init.constant_(model.weight, 4.0)
    model.running_mean.fill_(4.0)
    averaged.update_parameters(model)

    assert averaged.module.weight.tolist() == [3]
    assert averaged.module.running_mean.tolist() == [4]
    assert averaged.module.running_mean is not model.running_mean


@claim(
    "optim.averaging.buffers-stay",
    see="generated/torch.optim.swa_utils.AveragedModel",
    until="2.0",
)
def test_an_averaged_model_leaves_buffers(device):
    """AveragedModel averages the parameters of a model, and leaves its own buffers as
    they were when it was made.
    """
    model = nn.BatchNorm1d(1, device=device)
    averaged = torch.optim.swa_utils.AveragedModel(model)

    nn.init.constant_(model.weight, 2.0)
    model.running_mean.fill_(2.0)
    averaged.update_parameters(model)
    nn.init.constant_(model.weight, 4.0)
    model.running_mean.fill_(4.0)
    averaged.update_parameters(model)

    assert averaged.module.weight.tolist() == [3]
    assert averaged.module.running_mean.tolist() == [0]
