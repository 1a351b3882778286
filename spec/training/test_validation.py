"""Validation: measuring a model without training it.

Two switches belong to it. eval() is the model's: dropout is out of the way, and batch
normalisation uses its running statistics and leaves them alone. no_grad() is that of
autograd: nothing is recorded. Neither does the other's work, and eval() lasts until
train() is called.

It is commonly believed that a pass without backward and step can't change a model. In
training mode every forward pass writes the buffers of batch normalisation.
"""

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from torch_semantics import claim


def network(device):
    """A network with both kinds of layers that look at the mode, and with gradients."""
    model = nn.Sequential(nn.BatchNorm1d(2), nn.Dropout(0.5), nn.Linear(2, 1))
    model.to(device)
    model(torch.tensor([[1.0, 2.0], [3.0, 6.0]], device=device)).sum().backward()
    return model


def contents(model):
    """All parameters, gradients and buffers of a model, as lists."""
    return (
        {name: value.tolist() for name, value in model.state_dict().items()},
        [parameter.grad.tolist() for parameter in model.parameters()],
    )


def loader(device, **options):
    """Batches of two, two and one of five samples of two numbers."""
    x = torch.arange(10.0, device=device).reshape(5, 2)
    return DataLoader(TensorDataset(x), batch_size=2, **options)


# --- what a pass changes --------------------------------------------------------------


@claim(
    "training.validation.leaves-model-unchanged",
    see="notes/autograd#evaluation-mode-nn-module-eval",
)
def test_a_pass_in_eval_mode_without_gradients_changes_nothing(device):
    """In evaluation mode and without gradients, a pass over all batches changes no
    parameter, buffer or gradient, its outputs and losses require no gradients, and a
    second pass gives the same; the model is in evaluation mode afterwards.
    """
    model = network(device)
    before = contents(model)

    model.eval()
    with torch.no_grad():
        outputs = [model(x) for (x,) in loader(device)]
        again = [model(x) for (x,) in loader(device)]
        losses = [output.square().mean() for output in outputs]

    assert contents(model) == before
    assert len(before[1]) == 4
    assert [x.tolist() for x in again] == [x.tolist() for x in outputs]
    assert [x.requires_grad for x in outputs + again] == [False] * 6
    assert [(loss.requires_grad, loss.grad_fn) for loss in losses] == [
        (False, None)
    ] * 3
    assert [module.training for module in model.modules()] == [False] * 4


@claim(
    "training.validation.without-eval",
    see="notes/autograd#evaluation-mode-nn-module-eval",
)
def test_a_pass_in_training_mode_writes_the_buffers(device):
    """Without ``eval()`` a pass counts its batches and moves the running statistics of
    batch normalisation, even without gradients, and dropout goes on; parameters and
    gradients stay.

    The running mean goes a tenth of the way to the batch's, which is 2 and 4, and the
    running variance, from 1, to the batch's, which is 2 and 8.
    """
    model = network(device)
    state, gradients = contents(model)
    x = torch.tensor([[1.0, 2.0], [3.0, 6.0]], device=device)
    ones = torch.ones(40, device=device)

    with torch.no_grad():
        model(x)
        dropped = model[1](ones)

    after, gradients_after = contents(model)
    means = after.pop("0.running_mean"), state.pop("0.running_mean")
    counts = after.pop("0.num_batches_tracked"), state.pop("0.num_batches_tracked")
    variances = after.pop("0.running_var"), state.pop("0.running_var")
    assert [[round(x, 4) for x in mean] for mean in means] == [[0.38, 0.76], [0.2, 0.4]]
    assert counts == (2, 1)
    assert [[round(x, 4) for x in variance] for variance in variances] == [
        [1.19, 2.33],
        [1.1, 1.7],
    ]
    assert (set(dropped.tolist()), dropped.shape) == ({0, 2}, (40,))
    assert (after, gradients_after) == (state, gradients)


@claim(
    "training.validation.without-no-grad",
    see="notes/autograd#evaluation-mode-nn-module-eval",
)
def test_eval_mode_alone_still_records(device):
    """Without ``no_grad`` a pass in evaluation mode changes nothing either, but its
    losses require gradients, and backward adds to those of the parameters.

    The gradient of the bias is the number of samples.
    """
    model = network(device).eval()
    before = contents(model)

    losses = [model(x).sum() for (x,) in loader(device)]
    unchanged = contents(model) == before
    losses[0].backward()

    assert [loss.requires_grad for loss in losses] == [True, True, True]
    assert unchanged
    assert contents(model)[0] == before[0]
    assert (before[1][3], contents(model)[1][3]) == ([2], [4])


@claim(
    "training.validation.train-again",
    see="generated/torch.nn.Module#torch.nn.Module.train",
)
def test_training_goes_on_after_train_alone(device):
    """A model stays in evaluation mode after validation, also once ``no_grad`` has
    ended; ``train()`` puts all its layers back and returns it.
    """
    model = network(device)

    model.eval()
    with torch.no_grad():
        model(torch.ones(2, 2, device=device))
    after_block = [module.training for module in model.modules()]
    returned = model.train()
    after_train = [module.training for module in model.modules()]
    output = model(torch.ones(2, 2, device=device))

    assert after_block == [False] * 4
    assert after_train == [True] * 4
    assert returned is model
    assert output.requires_grad is True
    assert model[0].num_batches_tracked.item() == 2


@claim(
    "training.validation.inference-mode",
    see="generated/torch.autograd.grad_mode.inference_mode",
)
def test_validation_in_inference_mode_gives_the_same_losses(device):
    """In ``inference_mode`` a pass gives the losses of ``no_grad``; they are inference
    tensors, and backward from them is a RuntimeError.
    """
    model = network(device).eval()
    before = contents(model)

    with torch.no_grad():
        losses = [model(x).square() for (x,) in loader(device)]
    with torch.inference_mode():
        inferred = [model(x).square() for (x,) in loader(device)]

    assert [loss.tolist() for loss in inferred] == [loss.tolist() for loss in losses]
    assert [loss.requires_grad for loss in losses + inferred] == [False] * 6
    assert [loss.is_inference() for loss in losses + inferred] == [False] * 3 + [
        True
    ] * 3
    assert contents(model) == before
    with pytest.raises(RuntimeError, match="does not require grad"):
        inferred[2].backward()


# --- what is measured -----------------------------------------------------------------


@claim("training.validation.mean-of-batch-losses", see="generated/torch.nn.MSELoss")
def test_the_mean_of_a_list_of_losses_is_a_tensor(device):
    """The sum of a list of losses, divided by its length, is a tensor of no dimensions
    and the mean of the batch means; that of all samples is another, and comes out if
    each loss counts by the size of its batch. Without the smaller last batch it is the
    mean of the samples that are left.
    """
    losses = [x.mean() for (x,) in loader(device)]
    sizes = [x.numel() for (x,) in loader(device)]
    dropped = [x.mean() for (x,) in loader(device, drop_last=True)]

    mean = sum(losses) / len(losses)
    weighted = sum(n * loss for n, loss in zip(sizes, losses, strict=True)) / sum(sizes)
    mean_dropped = sum(dropped) / len(dropped)

    assert [loss.item() for loss in losses] == [1.5, 5.5, 8.5]
    assert (type(mean), mean.shape, mean.dtype) == (torch.Tensor, (), torch.float32)
    assert abs(mean.item() - 15.5 / 3) < 1e-6
    assert weighted.item() == 4.5
    assert (mean_dropped.item(), len(dropped)) == (3.5, 2)
    assert sizes == [4, 4, 2]


@claim("training.validation.no-batches", see="data#torch.utils.data.DataLoader")
def test_the_mean_over_no_batches_is_a_division_by_zero(device):
    """A loader without batches, be it of no samples or of too few with ``drop_last``,
    leaves a list without losses, whose mean is a ZeroDivisionError.
    """
    none = DataLoader(TensorDataset(torch.zeros(0, 2, device=device)), batch_size=2)
    few = DataLoader(
        TensorDataset(torch.zeros(3, 2, device=device)), batch_size=4, drop_last=True
    )

    losses = [x.mean() for source in (none, few) for (x,) in source]

    assert (losses, len(none), len(few)) == ([], 0, 0)
    with pytest.raises(ZeroDivisionError):
        sum(losses) / len(losses)


@claim("training.validation.accuracy", see="generated/torch.argmax")
def test_the_accuracy_is_a_count_over_all_batches(device):
    """The right answers of all batches, counted and divided by the number of samples,
    are the accuracy, whatever the batches: not the mean of their accuracies, which
    would be 5 / 8 here; ``item()`` of a count is an int.
    """
    scores = torch.tensor(
        [[2, 1], [0, 3], [4, 5], [1, 2], [7, 6], [9, 8]], device=device
    )
    labels = torch.tensor([0, 0, 1, 1, 1, 0], device=device)
    batches = DataLoader(TensorDataset(scores, labels), batch_size=4)

    counts = [(x.argmax(dim=1) == y).sum().item() for x, y in batches]

    assert counts == [3, 1]
    assert [type(count) for count in counts] == [int, int]
    assert round(sum(counts) / len(batches.dataset), 4) == 0.6667
