"""Faults of batches and single samples."""

import torch
import torch.nn.functional as F
from torch import nn

from torch_semantics.faults import error_of, fault, raises, wrap

T = torch.Tensor
IMAGE = torch.ones(1, 2, 2)


@fault("Conv2d takes batches only.", witness=lambda: raises(lambda: _conv()(IMAGE)))
def conv_refuses_a_sample(patch):
    def change(forward, self, x):
        if x.dim() == 3:
            raise RuntimeError("Expected 4D (batched) input to conv2d")
        return forward(self, x)

    wrap(patch, nn.Conv2d, "forward", change)


def _conv():
    return nn.Conv2d(1, 1, 2)


@fault(
    "Conv2d gives a sample a batch dimension.",
    witness=lambda: _conv()(IMAGE).dim() == 4,
)
def conv_keeps_the_fake_batch(patch):
    wrap(
        patch,
        nn.Conv2d,
        "forward",
        lambda forward, self, x: forward(self, x[None] if x.dim() == 3 else x),
    )


@fault(
    "Conv2d takes an image without channels.",
    witness=lambda: not raises(lambda: _conv()(IMAGE[0])),
)
def conv_takes_two_dimensions(patch):
    wrap(
        patch,
        nn.Conv2d,
        "forward",
        lambda forward, self, x: forward(self, x[None] if x.dim() == 2 else x),
    )


@fault(
    "MaxPool2d takes an image without channels.",
    witness=lambda: not raises(lambda: nn.MaxPool2d(1)(IMAGE[0])),
)
def pool_takes_two_dimensions(patch):
    wrap(
        patch,
        nn.MaxPool2d,
        "forward",
        lambda forward, self, x: forward(self, x[None] if x.dim() == 2 else x),
    )


@fault(
    "MaxPool2d drops the batch dimension of one sample.",
    witness=lambda: nn.MaxPool2d(1)(IMAGE[None]).dim() == 3,
)
def pool_drops_the_batch(patch):
    wrap(
        patch,
        nn.MaxPool2d,
        "forward",
        lambda forward, self, x: (
            forward(self, x)[0]
            if x.dim() == 4 and len(x) == 1
            else forward(self, x[:-1] if x.dim() == 4 and len(x) == 3 else x)
        ),
    )


@fault(
    "Linear needs a batch dimension.",
    witness=lambda: raises(lambda: nn.Linear(2, 1)(torch.ones(2))),
)
def linear_refuses_a_sample(patch):
    def change(forward, self, x):
        if x.dim() == 1:
            raise RuntimeError("mat1 must be a matrix")
        return forward(self, x)

    wrap(patch, nn.Linear, "forward", change)


@fault(
    "Linear flattens the leading dimensions.",
    witness=lambda: nn.Linear(1, 1)(torch.ones(2, 2, 1)).dim() == 2,
)
def linear_flattens(patch):
    wrap(
        patch,
        nn.Linear,
        "forward",
        lambda forward, self, x: forward(
            self, x.reshape(-1, x.shape[-1]) if x.dim() > 2 and x.numel() else x
        ),
    )


@fault(
    "Linear takes a number for one feature.",
    witness=lambda: not raises(lambda: nn.Linear(1, 1)(torch.tensor(1.0))),
)
def linear_takes_a_number(patch):
    wrap(
        patch,
        nn.Linear,
        "forward",
        lambda forward, self, x: forward(self, x[None] if x.dim() == 0 else x),
    )


@fault(
    "Linear cuts a last dimension that is too long.",
    witness=lambda: not raises(lambda: nn.Linear(2, 1)(torch.ones(3))),
)
def linear_cuts(patch):
    wrap(
        patch,
        nn.Linear,
        "forward",
        lambda forward, self, x: forward(
            self, x[..., : self.in_features] if x.dim() else x
        ),
    )


@fault(
    "Flatten flattens the first dimension too.",
    witness=lambda: nn.Flatten()(torch.ones(2, 2)).dim() == 1,
)
def flatten_takes_all(patch):
    patch(nn.Flatten, "forward", lambda self, x: x.flatten(0, self.end_dim))


@fault(
    "BatchNorm2d takes one image and gives it a batch dimension for the time.",
    witness=lambda: not raises(lambda: nn.BatchNorm2d(1)(IMAGE)),
)
def batch_norm_takes_a_sample(patch):
    wrap(
        patch,
        nn.BatchNorm2d,
        "forward",
        lambda forward, self, x: (
            forward(self, x[None])[0] if x.dim() == 3 else forward(self, x)
        ),
    )


@fault(
    "BatchNorm3d does not check the number of dimensions.",
    witness=lambda: not raises(lambda: nn.BatchNorm3d(3)(torch.ones(2, 3, 2, 2))),
)
def batch_norm_checks_no_rank(patch):
    patch(nn.BatchNorm3d, "_check_input_dim", lambda self, x: None)


@fault(
    "BatchNorm1d counts a batch before it checks it.",
    witness=lambda: _counted_badly() == 1,
)
def batch_norm_counts_first(patch):
    def change(forward, self, x):
        if x.dim() == 1 and self.training:
            self.num_batches_tracked.add_(1)
        return forward(self, x)

    wrap(patch, nn.BatchNorm1d, "forward", change)


def _counted_badly():
    norm = nn.BatchNorm1d(3)
    raises(lambda: norm(torch.ones(3)))
    return norm.num_batches_tracked.item()


@fault(
    "BatchNorm takes one value per channel in training.",
    witness=lambda: not raises(lambda: nn.BatchNorm1d(3)(torch.ones(1, 3))),
)
def one_value_is_taken(patch):
    patch(F, "_verify_batch_size", lambda size: None)


@fault(
    "BatchNorm refuses every batch of one in training.",
    witness=lambda: raises(lambda: nn.BatchNorm2d(1)(torch.ones(1, 1, 2, 2))),
)
def one_image_is_refused(patch):
    def verify(size):
        if size[0] == 1:
            raise ValueError("Expected more than 1 value per channel when training")

    patch(F, "_verify_batch_size", verify)


@fault(
    "BatchNorm refuses one value per channel in evaluation mode too.",
    witness=lambda: raises(lambda: nn.BatchNorm1d(3).eval()(torch.ones(1, 3))),
)
def one_value_is_refused_in_eval(patch):
    def change(norm, x, *rest, **options):
        F._verify_batch_size(x.size())
        return norm(x, *rest, **options)

    wrap(patch, F, "batch_norm", change)


@fault(
    "InstanceNorm1d takes two dimensions for a batch.",
    witness=lambda: (
        nn.InstanceNorm1d(2)(torch.tensor([[1.0, 3], [1, 3]])).abs().max() < 0.1
    ),
)
def instance_norm_takes_a_batch(patch):
    wrap(
        patch,
        nn.InstanceNorm1d,
        "forward",
        lambda forward, self, x: (
            forward(self, x)
            if x.dim() == 3
            else F.batch_norm(x, None, None, None, None, True, 0.1, self.eps)
        ),
    )


@fault(
    "Linear refuses a batch of none.",
    witness=lambda: raises(lambda: nn.Linear(2, 1)(torch.ones(0, 2))),
)
def linear_refuses_none(patch):
    def change(forward, self, x):
        if not x.numel():
            raise RuntimeError("the batch is empty")
        return forward(self, x)

    wrap(patch, nn.Linear, "forward", change)


@fault(
    "BatchNorm2d refuses a batch of none in evaluation mode.",
    witness=lambda: raises(lambda: nn.BatchNorm2d(1).eval()(torch.ones(0, 1, 2, 2))),
)
def batch_norm_refuses_none(patch):
    def change(forward, self, x):
        if not len(x):
            raise ValueError("Expected more than 1 value per channel when training")
        return forward(self, x)

    wrap(patch, nn.BatchNorm2d, "forward", change)


@fault("unsqueeze() copies.", witness=lambda: _unsqueezed()._base is None)
def unsqueeze_copies(patch):
    wrap(patch, T, "unsqueeze", lambda make, self, dim: make(self, dim).clone())
    wrap(patch, torch, "unsqueeze", lambda make, self, dim: make(self, dim).clone())


def _unsqueezed():
    return torch.ones(2).unsqueeze(0)


@fault(
    "unsqueeze(-1) adds the dimension one place too early.",
    witness=lambda: torch.ones(2).unsqueeze(-1).shape == (1, 2),
)
def unsqueeze_counts_wrong(patch):
    wrap(
        patch,
        T,
        "unsqueeze",
        lambda make, self, dim: make(
            self, dim - 1 if dim == -1 and self.dim() else dim
        ),
    )


@fault(
    "unsqueeze() takes a place beyond the end for the end.",
    witness=lambda: error_of(lambda: torch.ones(2).unsqueeze(3)) is None,
)
def unsqueeze_clamps(patch):
    wrap(
        patch,
        T,
        "unsqueeze",
        lambda make, self, dim: make(self, min(dim, self.dim())),
    )


@fault(
    "CrossEntropyLoss refuses one sample.",
    witness=lambda: raises(
        lambda: nn.CrossEntropyLoss()(torch.ones(2), torch.tensor(1))
    ),
)
def loss_refuses_a_sample(patch):
    def change(forward, self, scores, target):
        if scores.dim() == 1:
            raise ValueError("Expected 2 or more dimensions (got 1)")
        return forward(self, scores, target)

    wrap(patch, nn.CrossEntropyLoss, "forward", change)


@fault(
    "RNN gives one sequence a batch dimension.",
    witness=lambda: nn.RNN(1, 1)(torch.ones(2, 1))[0].dim() == 3,
)
def recurrent_layer_keeps_the_fake_batch(patch):
    wrap(
        patch,
        nn.RNN,
        "forward",
        lambda forward, self, x, hx=None: forward(
            self, x.unsqueeze(1) if x.dim() == 2 and hx is None else x, hx
        ),
    )
