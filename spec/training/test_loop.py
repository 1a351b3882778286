"""The training loop: clear the gradients, forward, loss, backward, step.

torch has no loop of its own. What a loop does follows from its parts: backward adds to
the gradients, a step changes every parameter that has one, and a loss is a tensor that
holds on to everything it was computed from, until item() makes a number of it. What is
kept of an epoch (a mean, a best state, the outputs) is plain Python around torch.

It is commonly believed that the mean of the losses of all batches is the loss over all
samples. It is so only if all batches have the same size.
"""

import copy
import io
import math

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from torch_semantics import claim


def line(weight, bias, device):
    """A linear layer from one number to one, with these parameters."""
    layer = nn.Linear(1, 1, device=device)
    with torch.no_grad():
        layer.weight.fill_(weight)
        layer.bias.fill_(bias)
    return layer


def batches(values, device, **options):
    """A loader of batches with the samples in ``values``, each a row of one number."""
    column = torch.tensor(values, device=device).reshape(-1, 1)
    return DataLoader(TensorDataset(column), **options)


# --- one step after another -----------------------------------------------------------


@claim("training.loop.reduces-loss", see="optim#taking-an-optimization-step")
def test_a_step_lowers_the_loss_by_changing_every_parameter(device):
    """Clearing the gradients, forward, loss, backward and a step change the weight and
    the bias by the learning rate times their gradients, and the loss gets lower.

    The gradients of the mean of ``(w x + b - y)**2`` are -10 and -6 at first.
    """
    model = line(0.0, 0.0, device)
    x = torch.tensor([[1.0], [2.0]], device=device)
    y = torch.tensor([[2.0], [4.0]], device=device)
    optimizer = torch.optim.SGD(model.parameters(), lr=1 / 16)

    optimizer.zero_grad()
    loss = nn.functional.mse_loss(model(x), y)
    loss.backward()
    optimizer.step()
    next_loss = nn.functional.mse_loss(model(x), y)

    assert (model.weight.grad.item(), model.bias.grad.item()) == (-10, -6)
    assert (model.weight.item(), model.bias.item()) == (0.625, 0.375)
    assert (loss.item(), next_loss.item()) == (10, 3.3203125)


@claim("training.loop.fits-a-parabola", see="nn#linear-layers")
def test_a_small_network_learns_a_parabola(device):
    """A network with one hidden layer learns ``y = x**2`` in a few steps of Adam: the
    loss falls to less than half, and every parameter has changed.
    """
    torch.manual_seed(7)
    model = nn.Sequential(nn.Linear(1, 16), nn.ReLU(), nn.Linear(16, 1)).to(device)
    before = [parameter.tolist() for parameter in model.parameters()]
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    x = torch.linspace(-1, 1, 21, device=device).reshape(-1, 1)
    y = x**2
    losses = []
    for _ in range(15):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())

    after = [parameter.tolist() for parameter in model.parameters()]

    assert losses[-1] < losses[0] / 2
    assert [a == b for a, b in zip(after, before, strict=True)] == [False] * 4


@claim("training.loop.no-step", see="optim#taking-an-optimization-step")
def test_without_a_step_the_parameters_stay(device):
    """Backward alone fills the gradients and changes no parameter."""
    model = line(3.0, 5.0, device)
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)

    optimizer.zero_grad()
    model(torch.tensor([[2.0]], device=device)).sum().backward()

    assert (model.weight.item(), model.bias.item()) == (3, 5)
    assert (model.weight.grad.item(), model.bias.grad.item()) == (2, 1)


@claim("training.loop.no-backward", see="optim#taking-an-optimization-step")
def test_without_backward_a_step_changes_nothing(device):
    """A step after a loss without backward has no gradient to follow: the parameters
    stay, and so does the optimizer's state.
    """
    model = line(3.0, 5.0, device)
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0, momentum=0.5)

    optimizer.zero_grad()
    loss = model(torch.tensor([[2.0]], device=device)).sum()
    optimizer.step()

    assert loss.item() == 11
    assert (model.weight.item(), model.bias.item()) == (3, 5)
    assert model.weight.grad is None
    assert dict(optimizer.state) == {}


@claim(
    "training.loop.place-of-zero-grad", see="generated/torch.optim.Optimizer.zero_grad"
)
def test_zero_grad_may_stand_anywhere_between_a_step_and_the_next_backward(device):
    """Clearing the gradients before the forward pass, between it and backward, or after
    the step trains alike; without it each step follows the sum of all gradients.
    """
    x = torch.tensor([[2.0]], device=device)

    def train(before, between, after):
        model = line(0.0, 0.0, device)
        optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
        for _ in range(3):
            before(optimizer)
            loss = model(x).sum()
            between(optimizer)
            loss.backward()
            optimizer.step()
            after(optimizer)
        return model.weight.item(), model.bias.item()

    def clear(optimizer):
        optimizer.zero_grad()

    def keep(optimizer):
        pass

    assert train(clear, keep, keep) == (-6, -3)
    assert train(keep, clear, keep) == (-6, -3)
    assert train(keep, keep, clear) == (-6, -3)
    assert train(keep, keep, keep) == (-12, -6)


@claim("training.loop.over-batches", see="data#torch.utils.data.DataLoader")
def test_an_epoch_takes_one_step_for_each_batch(device):
    """A loop over a loader takes a step for each batch, the last and smaller one too,
    each with the parameters that the step before has left.
    """
    model = line(1.0, 0.0, device)
    optimizer = torch.optim.SGD([model.weight], lr=1 / 8)
    outputs = []

    for (x,) in batches([1.0, 3.0, 4.0], device, batch_size=2):
        optimizer.zero_grad()
        output = model(x)
        outputs.append(output.tolist())
        output.mean().backward()
        optimizer.step()

    assert outputs == [[[1], [3]], [[3]]]
    assert model.weight.item() == 0.25


# --- what is kept of a loss -----------------------------------------------------------


@claim("training.loop.running-loss-with-item", see="generated/torch.Tensor.item")
def test_a_running_loss_is_reported_every_few_batches():
    """A sum of ``item()`` is a float; counted from 0 or from 1 it is reported after
    the same batches, divided by their number and begun anew, and what is left at the
    end is never reported.
    """
    model = line(1.0, 0.0, "cpu")
    loader = batches([1.0, 2.0, 6.0, 3.0, 3.0, 9.0, 100.0], "cpu", batch_size=1)
    from_zero, from_one, sums = [], [], []

    running = 0.0
    for i, (x,) in enumerate(loader):
        running += model(x).mean().item()
        sums.append(type(running))
        for _ in range(i % 3 == 2):
            from_zero.append((i + 1, running / 3))
            running = 0.0
    left = running
    running = 0.0
    for i, (x,) in enumerate(loader, start=1):
        running += model(x).mean().item()
        for _ in range(i % 3 == 0):
            from_one.append((i, running / 3))
            running = 0.0

    assert from_zero == from_one == [(3, 3.0), (6, 5.0)]
    assert left == running == 100
    assert sums == [float] * 7


@claim("training.loss.detach-item", see="generated/torch.Tensor.item")
def test_item_is_a_number_of_python(device):
    """``item()`` of one element, of whatever rank, is a Python number by the dtype,
    with or without ``detach()``.
    """
    leaf = torch.tensor(2.5, device=device, requires_grad=True)
    loss = leaf * 2

    numbers = [
        loss.item(),
        loss.detach().item(),
        torch.tensor([[3.5]], dtype=torch.float16, device=device).item(),
        torch.tensor([4], device=device).item(),
        torch.tensor([[[True]]], device=device).item(),
        torch.tensor(1 + 2j, dtype=torch.complex64, device=device).item(),
    ]

    assert numbers == [5, 5, 3.5, 4, True, 1 + 2j]
    assert [type(number) for number in numbers] == [
        float,
        float,
        float,
        int,
        bool,
        complex,
    ]
    assert (loss.requires_grad, loss.detach().requires_grad) == (True, False)


@claim("training.loss.tensor-keeps-graph", see="notes/faq")
def test_a_sum_of_loss_tensors_keeps_the_graph_of_all_of_them(device):
    """A sum of losses that are tensors requires gradients and reaches back to the
    parameters through every batch; a sum of detached losses doesn't.
    """
    model = line(1.0, 0.0, device)
    kept, detached = 0, 0

    for (x,) in batches([1.0, 2.0, 4.0], device, batch_size=1):
        loss = model(x).mean()
        kept = kept + loss
        detached = detached + loss.detach()
    kept.backward()

    assert kept.requires_grad is True
    assert (detached.requires_grad, detached.grad_fn) == (False, None)
    assert (kept.item(), detached.item()) == (7, 7)
    assert (model.weight.grad.item(), model.bias.grad.item()) == (7, 3)


@claim(
    "training.loss.item-needs-one-element",
    see="generated/torch.Tensor.item",
    since="2.0",
)
def test_item_refuses_more_or_fewer_elements_than_one(device):
    """``item()`` of two elements, or of none, is a RuntimeError that says how many
    there are; ``tolist()`` takes any number.
    """
    losses = torch.tensor([1.0, 2.0], device=device)

    with pytest.raises(
        RuntimeError, match="Tensor with 2 elements cannot be converted to Scalar"
    ):
        losses.item()
    with pytest.raises(
        RuntimeError, match="Tensor with 0 elements cannot be converted to Scalar"
    ):
        losses[:0].item()

    assert (losses.tolist(), losses[:0].tolist()) == ([1, 2], [])


@claim(
    "training.loss.item-needs-one-element-value-error",
    see="generated/torch.Tensor.item",
    until="2.0",
)
def test_item_refuses_more_or_fewer_elements_than_one_with_a_value_error(device):
    """``item()`` of two elements, or of none, is a ValueError; ``tolist()`` takes any
    number.
    """
    losses = torch.tensor([1.0, 2.0], device=device)

    with pytest.raises(ValueError, match="only one element tensors can be converted"):
        losses.item()
    with pytest.raises(ValueError, match="only one element tensors can be converted"):
        losses[:0].item()

    assert (losses.tolist(), losses[:0].tolist()) == ([1, 2], [])


# --- the loss of an epoch -------------------------------------------------------------


def batch_losses(values, device, **options):
    """The mean of each batch of values, as the loss of a model that returns them."""
    return [
        (x.numel(), nn.functional.l1_loss(x, torch.zeros_like(x)).item())
        for (x,) in batches(values, device, **options)
    ]


@claim("training.loss.mean-of-batch-means", see="generated/torch.nn.L1Loss")
def test_the_mean_of_batch_means_gives_a_small_batch_too_much_weight(device):
    """The mean of the batches' mean losses is that of all samples where batches are of
    one size; a smaller last one counts as much as the others, unless each is weighted
    with its size. With ``drop_last`` it is left out.
    """
    values = [0.0, 0.0, 0.0, 0.0, 6.0, 6.0]

    ragged = batch_losses(values, device, batch_size=4)
    equal = batch_losses(values, device, batch_size=3)
    dropped = batch_losses(values, device, batch_size=4, drop_last=True)

    assert ragged == [(4, 0), (2, 6)]
    assert sum(loss for _, loss in ragged) / len(ragged) == 3
    assert sum(n * loss for n, loss in ragged) / 6 == 2
    assert equal == [(3, 0), (3, 4)]
    assert sum(loss for _, loss in equal) / len(equal) == 2
    assert dropped == [(4, 0)]


@claim(
    "training.validation.shuffled-loader-changes-the-mean",
    see="data#torch.utils.data.DataLoader",
)
def test_shuffling_changes_the_mean_of_batch_means(device):
    """With a smaller last batch, the mean of the batch means depends on the sample that
    falls into it, so that a shuffled loader gives several values for one model; in a
    fixed order, or with batches of one size, it is always the same.

    With 4 of 5 samples in twos and the last alone, it is (31 + last) / 6.
    """

    def means(values, **options):
        loader = batches(values, device, generator=torch.Generator(), **options)
        return [
            sum(x.mean().item() for (x,) in loader) / len(loader) * 6 for _ in range(9)
        ]

    shuffled = means([1.0, 2.0, 4.0, 8.0, 16.0], batch_size=2, shuffle=True)
    fixed = means([1.0, 2.0, 4.0, 8.0, 16.0], batch_size=2)
    equal = means([1.0, 2.0, 4.0, 9.0], batch_size=2, shuffle=True)

    assert {round(mean) for mean in shuffled} <= {32, 33, 35, 39, 47}
    assert len({round(mean) for mean in shuffled}) > 2
    assert [round(mean, 3) for mean in fixed] == [47] * 9
    assert [round(mean, 3) for mean in equal] == [24] * 9


# --- stopping early -------------------------------------------------------------------


def stop_early(losses, patience, device):
    """Go through the losses of epochs until so many of them in a row were no better.

    In each epoch the model's weight becomes the epoch's number. Returned are how many
    epochs there were, the lowest loss, and the weight that was saved with it.
    """
    model = line(0.0, 0.0, device)
    best, saved, count, epochs = math.inf, None, 0, 0
    for loss in torch.tensor(losses, dtype=torch.float64, device=device):
        epochs += 1
        with torch.no_grad():
            model.weight.fill_(epochs)
        if loss.item() < best:
            best, count = loss.item(), 0
            saved = copy.deepcopy(model.state_dict())
        else:
            count += 1
        if count >= patience:
            break
    return epochs, best, saved and saved["weight"].item()


@claim("training.early-stopping.counter", see="generated/torch.lt")
@pytest.mark.parametrize(
    ("losses", "patience", "expected"),
    [
        ([5.0, 4.0, 3.0], 2, (3, 3, 3)),
        ([5.0, 6.0, 7.0, 1.0], 2, (3, 5, 1)),
        ([5.0, 6.0, 4.0, 6.0, 7.0, 1.0], 2, (5, 4, 3)),
        ([5.0, 5.0, 5.0, 1.0], 2, (3, 5, 1)),
        ([5.0, math.nan, math.nan, 1.0], 2, (3, 5, 1)),
        ([math.nan, 5.0, 4.0], 2, (3, 4, 3)),
        ([math.inf, math.inf, 1.0], 2, (2, math.inf, None)),
        ([5.0, 6.0, 4.0], 1, (2, 5, 1)),
    ],
    ids=[
        "better",
        "worse",
        "counter-is-reset",
        "equal",
        "nan",
        "nan-first",
        "infinite",
        "patience-1",
    ],
)
def test_early_stopping_counts_epochs_without_a_lower_loss(
    losses, patience, expected, device
):
    """A loop that counts the epochs since the last lower loss ends when there were as
    many in a row as its limit; an equal loss, an infinite one and NaN are not lower,
    and what was saved is the state of the best epoch.
    """
    assert stop_early(losses, patience, device) == expected


@claim("training.early-stopping.nan", see="generated/torch.lt")
def test_no_comparison_with_nan_holds(device):
    """A loss of NaN is neither lower nor higher than any other, nor equal to itself; a
    finite one is lower than infinity: comparisons of tensors say the same as of floats.
    """
    nan = torch.tensor(math.nan, device=device)
    one = torch.tensor(1.0, device=device)

    results = [nan < one, nan > one, nan == nan, one < nan, one < math.inf, one < one]

    assert [result.item() for result in results] == [
        False,
        False,
        False,
        False,
        True,
        False,
    ]
    assert (nan.item() < 1, nan.item() > 1, nan.isnan().item()) == (False, False, True)


@claim(
    "training.early-stopping.state-must-be-copied",
    see="generated/torch.nn.Module#torch.nn.Module.state_dict",
)
def test_a_best_state_must_be_copied_to_last(device):
    """A state dict that was kept, or a shallow copy of it, goes along with the training
    that follows; a deep copy of it, and a file that was saved, stay as they were.
    """
    model = line(1.0, 0.0, device)
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    file = io.BytesIO()

    kept = model.state_dict()
    shallow = copy.copy(kept)
    copied = copy.deepcopy(kept)
    torch.save(kept, file)
    model(torch.tensor([[4.0]], device=device)).sum().backward()
    optimizer.step()

    file.seek(0)
    assert model.weight.item() == -3
    assert (kept["weight"].item(), kept["bias"].item()) == (-3, -1)
    assert (shallow["weight"].item(), shallow["bias"].item()) == (-3, -1)
    assert (copied["weight"].item(), copied["bias"].item()) == (1, 0)
    loaded = torch.load(file)
    assert (loaded["weight"].item(), loaded["bias"].item()) == (1, 0)


def fit(path, device):
    """Fit a line to points on a line, and save the state with the lowest loss.

    Returned are the losses after each epoch, and the predictions of the best state.
    """
    torch.manual_seed(7)
    x = torch.arange(8.0, device=device).reshape(-1, 1) / 4 - 1
    y = 3 * x + 0.5
    model = nn.Linear(1, 1).to(device)
    loader = DataLoader(TensorDataset(x, y), batch_size=4, shuffle=True)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    losses, best, predictions = [], math.inf, None
    for _ in range(24):
        for inputs, targets in loader:
            optimizer.zero_grad()
            nn.functional.mse_loss(model(inputs), targets).backward()
            optimizer.step()
        with torch.no_grad():
            losses.append(nn.functional.mse_loss(model(x), y).item())
        if losses[-1] < best:
            torch.save(model.state_dict(), path)
            best, predictions = losses[-1], model(x).tolist()
    return losses, predictions


@claim(
    "training.loop.converges-and-reloads",
    see="notes/serialization#saving-and-loading-torch-nn-modules",
)
def test_the_best_state_is_saved_and_loaded_into_a_new_model(device, tmp_path):
    """A loop that saves the best state lowers the loss to less than a hundredth,
    another run of it after the same seed has the same losses, and a new model that
    loads the file predicts what the best one did, not what the last one did.
    """
    losses, predictions = fit(tmp_path / "best.pt", device)
    again, _ = fit(tmp_path / "again.pt", device)
    x = torch.arange(8.0, device=device).reshape(-1, 1) / 4 - 1
    reloaded = nn.Linear(1, 1, device=device)

    answer = reloaded.load_state_dict(torch.load(tmp_path / "best.pt"))
    outputs = reloaded(x)
    loss = nn.functional.mse_loss(outputs, 3 * x + 0.5)

    assert outputs.tolist() == predictions
    assert loss.item() == min(losses)
    assert str(answer) == "<All keys matched successfully>"
    assert losses == again
    assert min(losses) < losses[0] / 100
    assert losses[-1] > min(losses)


# --- predictions ----------------------------------------------------------------------


def predict(model, loader):
    """The outputs for all batches, as one array."""
    model.eval()
    outputs = []
    for (x,) in loader:
        with torch.no_grad():
            outputs.append(model(x).cpu())
    return torch.cat(outputs, dim=0).numpy()


@claim("training.predict.concatenates-batches", see="generated/torch.cat")
def test_predictions_of_batches_are_joined_in_order(device):
    """The outputs of all batches joined along dim 0 have a row for each sample, in the
    loader's order, as the model gives them for all samples at once; the model is in
    evaluation mode afterwards, so dropout is out of the way.
    """
    model = nn.Sequential(line(2.0, 1.0, device), nn.Dropout(0.5))
    values = [3.0, 1.0, 4.0, 1.0, 5.0]

    array = predict(model, batches(values, device, batch_size=2))
    whole = model(torch.tensor(values, device=device).reshape(-1, 1))

    assert array.tolist() == [[7], [3], [9], [3], [11]]
    assert whole.tolist() == [[7], [3], [9], [3], [11]]
    assert (type(array).__module__, array.dtype.name) == ("numpy", "float32")
    assert [module.training for module in model.modules()] == [False] * 3


@claim("training.predict.one-number-per-sample", see="generated/torch.cat")
def test_batches_of_any_sizes_are_joined(device):
    """Whatever the size of the batches, the joined outputs are the same, up to one
    batch of all samples.
    """
    model = line(2.0, 1.0, device)
    values = [3.0, 1.0, 4.0]

    arrays = [
        predict(model, batches(values, device, batch_size=1)),
        predict(model, batches(values, device, batch_size=2)),
        predict(model, batches(values, device, batch_size=3)),
        predict(model, batches(values, device, batch_size=9)),
    ]

    assert [array.tolist() for array in arrays] == [[[7], [3], [9]]] * 4


# --- progress -------------------------------------------------------------------------


@claim("training.tqdm.transparent-iterator", see="data#torch.utils.data.DataLoader")
def test_a_progress_bar_hands_the_batches_on(tqdm, device):
    """``tqdm`` around a loader yields its batches in their order, knows how many there
    are, and shows a description and numbers without touching any.
    """
    loader = batches([1.0, 2.0, 4.0], device, batch_size=2)
    screen = io.StringIO()
    seen = []

    bar = tqdm.tqdm(
        loader, file=screen, position=0, leave=True, ncols=80, mininterval=0
    )
    for (x,) in bar:
        bar.set_description("Epoch [1/3]")
        bar.set_postfix({"loss": x.sum().item()})
        seen.append(x.tolist())

    assert seen == [[[1], [2]], [[4]]]
    assert (len(bar), bar.total, bar.n) == (2, 2, 2)
    assert "Epoch [1/3]: 100%" in screen.getvalue()
    assert "2/2" in screen.getvalue()
    assert "loss=3" in screen.getvalue()
    assert "loss=4" in screen.getvalue()
