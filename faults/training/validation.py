"""Ways to break validation: modes, buffers, gradients, means, counts."""

import torch
from torch import nn
from torch.utils.data import DataLoader, SequentialSampler

from torch_semantics.faults import fault, wrap


def norm():
    """A layer of batch normalisation in evaluation mode."""
    return nn.BatchNorm1d(1).eval()


def x():
    """A batch of two samples."""
    return torch.tensor([[1.0], [3.0]])


@fault(
    "Batch normalisation counts batches in evaluation mode.",
    witness=lambda: (
        (lambda layer: (layer(x()), layer.num_batches_tracked.item())[1])(norm()) == 1
    ),
)
def norm_counts_in_eval(patch):
    def change(own, self, x):
        if not self.training:
            self.num_batches_tracked.add_(1)
        return own(self, x)

    wrap(patch, nn.BatchNorm1d, "forward", change)


@fault(
    "Batch normalisation moves its mean in evaluation mode.",
    witness=lambda: (
        (lambda layer: (layer(x()), layer.running_mean.item())[1])(norm()) != 0
    ),
)
def norm_moves_in_eval(patch):
    def change(own, self, x):
        out = own(self, x)
        if not self.training:
            self.running_mean.add_(x.mean(0).detach())
        return out

    wrap(patch, nn.BatchNorm1d, "forward", change)


@fault(
    "Batch normalisation leaves its mean alone in no_grad.",
    witness=lambda: _mean_stays(),
)
def norm_stays_without_gradients(patch):
    def change(own, self, x):
        if self.training and not torch.is_grad_enabled():
            mean = self.running_mean.clone()
            out = own(self, x)
            self.running_mean.copy_(mean)
            return out
        return own(self, x)

    wrap(patch, nn.BatchNorm1d, "forward", change)


def _mean_stays():
    layer = nn.BatchNorm1d(1)
    with torch.no_grad():
        layer(x())
    return layer.running_mean.item() == 0


@fault(
    "Batch normalisation does not count in training mode.",
    witness=lambda: (
        (lambda layer: (layer(x()), layer.num_batches_tracked.item())[1])(
            nn.BatchNorm1d(1)
        )
        == 0
    ),
)
def norm_does_not_count(patch):
    def change(own, self, x):
        out = own(self, x)
        if self.training:
            self.num_batches_tracked.sub_(1)
        return out

    wrap(patch, nn.BatchNorm1d, "forward", change)


@fault(
    "Dropout goes on in evaluation mode.",
    witness=lambda: 0 in nn.Dropout().eval()(torch.ones(40)).tolist(),
)
def dropout_goes_on(patch):
    patch(nn.Dropout, "forward", lambda self, x: nn.functional.dropout(x, self.p, True))


@fault("Dropout does nothing in no_grad.", witness=lambda: _dropout_rests())
def dropout_rests(patch):
    wrap(
        patch,
        nn.Dropout,
        "forward",
        lambda own, self, x: own(self, x) if torch.is_grad_enabled() else x,
    )


def _dropout_rests():
    with torch.no_grad():
        return 0 not in nn.Dropout()(torch.ones(40)).tolist()


@fault(
    "eval() turns gradients off.",
    witness=lambda: not nn.Linear(1, 1).eval().weight.requires_grad,
)
def eval_freezes(patch):
    wrap(patch, nn.Module, "eval", lambda own, self: own(self).requires_grad_(False))


@fault(
    "eval() leaves the layers inside as they are.",
    witness=lambda: nn.Sequential(nn.Dropout()).eval()[0].training,
)
def eval_is_shallow(patch):
    def change(self):
        self.training = False
        return self

    patch(nn.Module, "eval", change)


@fault(
    "train() leaves the layers inside as they are.",
    witness=lambda: not nn.Sequential(nn.Dropout()).eval().train()[0].training,
)
def train_is_shallow(patch):
    def change(self, mode=True):
        if not mode:
            return own(self, mode)
        self.training = mode
        return self

    own = nn.Module.train
    patch(nn.Module, "train", change)


@fault("train() returns None.", witness=lambda: nn.Linear(1, 1).train() is None)
def train_returns_nothing(patch):
    wrap(
        patch,
        nn.Module,
        "train",
        lambda own, self, mode=True: (
            own(self, mode) and None if mode else own(self, mode)
        ),
    )


@fault(
    "A model goes back to training mode when no_grad ends.",
    witness=lambda: _mode_returns(),
)
def the_mode_ends_with_no_grad(patch):
    evaluated = []
    wrap(
        patch,
        nn.Module,
        "eval",
        lambda own, self: (evaluated.append(self), own(self))[1],
    )

    def change(own, self, *error):
        own(self, *error)
        while evaluated:
            evaluated.pop().train()

    wrap(patch, torch.no_grad, "__exit__", change)


def _mode_returns():
    layer = nn.Dropout().eval()
    with torch.no_grad():
        pass
    return layer.training


@fault("Linear layers record in no_grad, too.", witness=lambda: _records())
def linear_layers_always_record(patch):
    def change(own, self, x):
        with torch.enable_grad():
            return own(self, x)

    wrap(patch, nn.Linear, "forward", change)


def _records():
    with torch.no_grad():
        return nn.Linear(1, 1)(torch.ones(1)).requires_grad


@fault("inference_mode() is no_grad().", witness=lambda: not _inferred())
def inference_mode_is_no_grad(patch):
    patch(torch, "inference_mode", torch.no_grad)


def _inferred():
    with torch.inference_mode():
        return torch.ones(1).is_inference()


@fault(
    "mean() divides by one more.", witness=lambda: torch.ones(1).mean().item() == 0.5
)
def mean_divides_by_more(patch):
    wrap(
        patch,
        torch.Tensor,
        "mean",
        lambda own, self, *args, **options: (
            own(self, *args, **options) * (self.numel() / (self.numel() + 1))
        ),
    )


@fault(
    "A loader ignores drop_last.",
    witness=lambda: len(list(DataLoader(range(3), batch_size=2, drop_last=True))) == 2,
)
def loaders_keep_the_last(patch):
    wrap(
        patch,
        DataLoader,
        "__init__",
        lambda own, self, *args, drop_last=False, **options: own(
            self, *args, **options
        ),
    )


@fault(
    "A loader of no samples yields an empty batch.",
    witness=lambda: list(DataLoader([])) != [],
)
def no_samples_are_a_batch(patch):
    def change(own, self):
        yield from own(self)
        if len(self.dataset) == 0:
            yield [torch.zeros(0, 2)]

    wrap(patch, DataLoader, "__iter__", change)


@fault(
    "A loader goes through its samples backwards.",
    witness=lambda: list(SequentialSampler(range(3))) == [2, 1, 0],
)
def loaders_go_backwards(patch):
    patch(
        SequentialSampler,
        "__iter__",
        lambda self: iter(range(len(self.data_source))[::-1]),
    )


@fault(
    "argmax() looks along the first dimension.",
    witness=lambda: torch.eye(2)[:, [1, 1]].argmax(dim=1).tolist() != [0, 0],
)
def argmax_looks_elsewhere(patch):
    wrap(
        patch,
        torch.Tensor,
        "argmax",
        lambda own, self, dim=None: own(self, dim=0)[: self.shape[0]],
    )
