"""Faults of training and evaluation: the flag, and the layers that look at it."""

import warnings

import torch
import torch.nn.functional as F
from torch import nn

from torch_semantics.faults import fault, raises, warns, wrap

Module = nn.Module
ONES = torch.ones(64)


def _model():
    return nn.Sequential(nn.Sequential(nn.Dropout()))


# --- the flag -------------------------------------------------------------------------


@fault("train() returns None.", witness=lambda: nn.Dropout().train() is None)
def train_returns_nothing(patch):
    wrap(patch, Module, "train", lambda train, *a, **o: train(*a, **o) and None)


@fault("eval() returns None.", witness=lambda: nn.Dropout().eval() is None)
def eval_returns_nothing(patch):
    wrap(patch, Module, "eval", lambda evaluate, self: evaluate(self) and None)


def _set(self, mode):
    self.training = mode
    return self


@fault(
    "train() does not reach submodules.", witness=lambda: _model().eval()[0].training
)
def train_is_not_recursive(patch):
    def train(self, mode=True):
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        return _set(self, mode)

    patch(Module, "train", train)


@fault(
    "train() reaches only the children.", witness=lambda: _model().eval()[0][0].training
)
def train_reaches_one_level(patch):
    def train(self, mode=True):
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        for child in self.children():
            child.training = mode
        return _set(self, mode)

    patch(Module, "train", train)


class _Deaf(nn.Module):
    def train(self, mode=True):
        return self


@fault(
    "train() sets the flag of submodules without calling their train().",
    witness=lambda: not nn.Sequential(_Deaf()).eval()[0].training,
)
def train_ignores_overrides(patch):
    def train(self, mode=True):
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        for module in self.modules():
            module.training = mode
        return self

    patch(Module, "train", train)


@fault(
    "train() returns early when the module is in that mode already.",
    witness=lambda: not nn.Sequential(nn.Dropout().eval()).train()[0].training,
)
def train_stops_where_nothing_changes(patch):
    wrap(
        patch,
        Module,
        "train",
        lambda train, self, mode=True: (
            self if self.training is mode else train(self, mode)
        ),
    )


@fault("train() takes 1 and 0.", witness=lambda: not raises(lambda: _model().train(1)))
def train_takes_integers(patch):
    wrap(
        patch,
        Module,
        "train",
        lambda train, self, mode=True: train(
            self, bool(mode) if type(mode) is int else mode
        ),
    )


@fault("train(False) trains.", witness=lambda: _model().train(False).training)
def train_ignores_the_mode(patch):
    def train(self, mode=True):
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        for child in self.children():
            child.train(mode)
        return _set(self, True)

    patch(Module, "train", train)


@fault("train() checks the mode last.", witness=lambda: _checked_late())
def train_checks_late(patch):
    def train(self, mode=True):
        _set(self, mode)
        for child in self.children():
            child.train(mode)
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        return self

    patch(Module, "train", train)


def _checked_late():
    dropout = nn.Dropout()
    raises(lambda: dropout.train(None))
    return dropout.training is None


@fault(
    "eval() freezes the parameters.",
    witness=lambda: not nn.Linear(1, 1).eval().weight.requires_grad,
)
def eval_freezes(patch):
    wrap(
        patch,
        Module,
        "eval",
        lambda evaluate, self: evaluate(self).requires_grad_(False),
    )


@fault("train() clears gradients.", witness=lambda: _gradient_is_cleared())
def train_clears_gradients(patch):
    def change(train, self, mode=True):
        self.zero_grad()
        return train(self, mode)

    wrap(patch, Module, "train", change)


def _gradient_is_cleared():
    layer = nn.Linear(1, 1)
    layer.weight.grad = torch.ones(1, 1)
    layer.train()
    return layer.weight.grad is None or not layer.weight.grad.any()


@fault("A new module is in evaluation mode.", witness=lambda: not Module().training)
def modules_begin_in_eval(patch):
    def change(make, self, *a, **o):
        make(self, *a, **o)
        self.__dict__["training"] = False

    wrap(patch, Module, "__init__", change)


# --- dropout --------------------------------------------------------------------------


@fault(
    "Dropout ignores the flag.",
    witness=lambda: nn.Dropout(1.0).eval()(ONES).sum() == 0,
)
def dropout_ignores_the_flag(patch):
    patch(
        nn.Dropout, "forward", lambda self, x: F.dropout(x, self.p, True, self.inplace)
    )


@fault(
    "In evaluation mode Dropout returns a copy.",
    witness=lambda: nn.Dropout().eval()(ONES) is not ONES,
)
def dropout_copies_in_eval(patch):
    wrap(
        patch,
        nn.Dropout,
        "forward",
        lambda forward, self, x: forward(self, x) if self.training else x.clone(),
    )


@fault(
    "In evaluation mode Dropout draws a mask that it does not use.",
    witness=lambda: _draws_in_eval(),
)
def dropout_draws_in_eval(patch):
    def change(forward, self, x):
        if not self.training:
            torch.rand(1, device=x.device)
        return forward(self, x)

    wrap(patch, nn.Dropout, "forward", change)


def _draws_in_eval():
    state = torch.get_rng_state()
    nn.Dropout().eval()(ONES)
    return not torch.equal(state, torch.get_rng_state())


@fault(
    "Dropout does not scale what it keeps.",
    witness=lambda: nn.Dropout()(ONES).max() == 1,
)
def dropout_does_not_scale(patch):
    wrap(
        patch,
        nn.Dropout,
        "forward",
        lambda forward, self, x: (
            forward(self, x) * (1 - self.p)
            if self.training and 0 < self.p < 1
            else forward(self, x)
        ),
    )


@fault(
    "In evaluation mode Dropout scales its input by 1 - p.",
    witness=lambda: nn.Dropout().eval()(ONES).max() < 1,
)
def dropout_scales_in_eval(patch):
    wrap(
        patch,
        nn.Dropout,
        "forward",
        lambda forward, self, x: (
            forward(self, x) if self.training else x * (1 - self.p)
        ),
    )


def _keeping(dropout, x, p=0.5, *rest, **options):
    return dropout(x, 1 - p if 0 <= p <= 1 else p, *rest, **options)


@fault(
    "F.dropout keeps with probability p.",
    witness=lambda: F.dropout(ONES, 1.0).sum() > 0,
)
def dropout_keeps_with_p(patch):
    wrap(patch, F, "dropout", _keeping)


@fault(
    "F.dropout with p=1 keeps everything.", witness=lambda: F.dropout(ONES, 1.0).any()
)
def dropout_of_all_keeps(patch):
    wrap(
        patch,
        F,
        "dropout",
        lambda dropout, x, p=0.5, *rest, **options: dropout(
            x, 0.0 if p == 1 else p, *rest, **options
        ),
    )


@fault(
    "F.dropout is off unless it is given training=True.",
    witness=lambda: F.dropout(ONES, 1.0).any(),
)
def functional_dropout_is_off(patch):
    wrap(
        patch,
        F,
        "dropout",
        lambda dropout, x, p=0.5, training=False, inplace=False: dropout(
            x, p, training, inplace
        ),
    )


@fault(
    "F.alpha_dropout is on unless it is given training=False.",
    witness=lambda: F.alpha_dropout(ONES).ne(1).any(),
)
def functional_alpha_dropout_is_on(patch):
    wrap(
        patch,
        F,
        "alpha_dropout feature_alpha_dropout",
        lambda dropout, x, p=0.5, training=True, inplace=False: dropout(
            x, p, training, inplace
        ),
    )


@fault(
    "The default of F.dropout2d is to drop nothing.",
    witness=lambda: bool(F.dropout2d(torch.ones(1, 64, 1, 1)).all()),
)
def dropout2d_is_off(patch):
    wrap(
        patch,
        F,
        "dropout2d",
        lambda dropout, x, p=0.5, training=False, inplace=False: dropout(
            x, p, training, inplace
        ),
    )


@fault(
    "F.dropout ignores inplace.",
    witness=lambda: F.dropout(torch.ones(3), 1.0, inplace=True)._version == 0,
)
def inplace_is_ignored(patch):
    wrap(
        patch,
        F,
        "dropout",
        lambda dropout, x, p=0.5, training=True, inplace=False: dropout(x, p, training),
    )


@fault("Dropout writes into its input.", witness=lambda: _input_changes())
def dropout_writes(patch):
    wrap(
        patch,
        F,
        "dropout",
        lambda dropout, x, p=0.5, training=True, inplace=False: (
            dropout(x, p, training, inplace)
            if x.is_leaf and x.requires_grad
            else dropout(x, p, training, True)
        ),
    )


def _input_changes():
    x = torch.ones(3)
    F.dropout(x, 1.0)
    return not x.any()


@fault(
    "Backward of dropout does not scale.", witness=lambda: _gradient_of_dropout() == 1
)
def gradient_is_not_scaled(patch):
    class Broken(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, p):
            y = torch.dropout(x, p, True)
            ctx.save_for_backward(y != 0)
            return y

        @staticmethod
        def backward(ctx, gradient):
            return gradient * ctx.saved_tensors[0], None

    wrap(
        patch,
        F,
        "dropout",
        lambda dropout, x, p=0.5, training=True, inplace=False: (
            Broken.apply(x, p)
            if training and 0 < p < 1 and x.requires_grad
            else dropout(x, p, training, inplace)
        ),
    )


def _gradient_of_dropout():
    x = torch.ones(64, requires_grad=True)
    F.dropout(x).sum().backward()
    return x.grad.max().item()


@fault("Dropout takes any p.", witness=lambda: not raises(lambda: nn.Dropout(2.0)))
def constructor_takes_any_p(patch):
    def init(self, p=0.5, inplace=False):
        Module.__init__(self)
        self.p, self.inplace = p, inplace

    patch(nn.modules.dropout._DropoutNd, "__init__", init)


@fault("Dropout is in place by default.", witness=lambda: nn.Dropout().inplace)
def dropout_is_in_place_by_default(patch):
    wrap(
        patch,
        nn.modules.dropout._DropoutNd,
        "__init__",
        lambda init, self, p=0.5, inplace=True: init(self, p, inplace),
    )


@fault(
    "F.dropout checks p only while training.",
    witness=lambda: not raises(lambda: F.dropout(ONES, 2.0, False)),
)
def p_is_checked_in_training_only(patch):
    wrap(
        patch,
        F,
        "dropout",
        lambda dropout, x, p=0.5, training=True, inplace=False: (
            dropout(x, p, training, inplace) if training else x
        ),
    )


@fault("A Dropout reuses its first mask.", witness=lambda: _mask_is_reused())
def mask_is_reused(patch):
    def change(forward, self, x):
        if not self.training or not 0 < self.p < 1:
            return forward(self, x)
        mask = self.__dict__.setdefault("mask", forward(self, torch.ones_like(x)))
        return x * mask

    wrap(patch, nn.Dropout, "forward", change)


def _mask_is_reused():
    dropout = nn.Dropout()
    return torch.equal(dropout(ONES), dropout(ONES))


@fault(
    "Dropout2d drops elements.",
    witness=lambda: len(set(nn.Dropout2d()(torch.ones(1, 1, 8, 8)).unique())) == 2,
)
def dropout2d_drops_elements(patch):
    patch(
        nn.Dropout2d,
        "forward",
        lambda self, x: F.dropout(x, self.p, self.training, self.inplace),
    )


@fault(
    "Dropout1d drops the same channels of all samples.",
    witness=lambda: (
        len(
            {
                tuple(row)
                for row in nn.Dropout1d()(torch.ones(8, 16, 1))[..., 0].tolist()
            }
        )
        == 1
    ),
)
def dropout1d_shares_its_mask(patch):
    wrap(
        patch,
        nn.Dropout1d,
        "forward",
        lambda forward, self, x: (
            x * forward(self, torch.ones_like(x[:1]))
            if self.training and x.dim() == 3 and not self.inplace
            else forward(self, x)
        ),
    )


@fault(
    "Dropout1d takes all sizes of 1 off one sample.",
    witness=lambda: nn.Dropout1d()(torch.ones(1, 1)).dim() == 0,
)
def dropout1d_squeezes(patch):
    wrap(
        patch,
        nn.Dropout1d,
        "forward",
        lambda forward, self, x: (
            forward(self, x).squeeze() if x.dim() == 2 else forward(self, x)
        ),
    )


@fault(
    "Dropout1d leaves a batch dimension on the sample that it was given.",
    witness=lambda: _dimensions_after() == 3,
)
def dropout1d_keeps_the_fake_batch(patch):
    def change(forward, self, x):
        result = forward(self, x)
        if x.dim() == 2 and not self.inplace:
            x.unsqueeze_(0)
        return result

    wrap(patch, nn.Dropout1d, "forward", change)


def _dimensions_after():
    x = torch.ones(2, 2)
    nn.Dropout1d()(x)
    return x.dim()


@fault(
    "Dropout3d warns about one sample.",
    witness=lambda: warns(lambda: nn.Dropout3d()(torch.ones(1, 1, 1, 1))),
)
def dropout3d_warns_about_a_sample(patch):
    def change(forward, self, x):
        if x.dim() == 4:
            warnings.warn("dropout3d: Received a 4-D input", stacklevel=2)
        return forward(self, x)

    wrap(patch, nn.Dropout3d, "forward", change)


@fault(
    "Dropout3d takes four dimensions for a batch without channels.",
    witness=lambda: len(set(nn.Dropout3d()(torch.ones(1, 64, 1, 1)).unique())) == 2,
)
def dropout3d_drops_rows(patch):
    wrap(
        patch,
        nn.Dropout3d,
        "forward",
        lambda forward, self, x: (
            F.feature_alpha_dropout(x, self.p, False)
            * F.dropout(torch.ones_like(x), self.p, self.training)
            if x.dim() == 4 and not self.inplace
            else forward(self, x)
        ),
    )


@fault(
    "F.dropout2d does not warn.",
    witness=lambda: not warns(lambda: F.dropout2d(torch.ones(2, 2, 2))),
)
def dropout2d_is_silent(patch):
    def silent(x, p=0.5, training=True, inplace=False):
        if not 0 <= p <= 1:
            raise ValueError("dropout probability has to be between 0 and 1")
        drop = torch.feature_dropout_ if inplace else torch.feature_dropout
        return drop(x, p, training)

    patch(F, "dropout2d", silent)


@fault(
    "F.dropout1d takes any number of dimensions.",
    witness=lambda: not raises(lambda: F.dropout1d(torch.ones(2, 2, 2, 2))),
)
def dropout1d_takes_any_rank(patch):
    wrap(
        patch,
        F,
        "dropout1d",
        lambda dropout, x, *a, **o: (
            dropout(x, *a, **o) if x.dim() in (2, 3) else F.dropout(x, *a, **o)
        ),
    )


@fault(
    "Alpha dropout is plain dropout.",
    witness=lambda: 0 in nn.AlphaDropout()(ONES).tolist(),
)
def alpha_dropout_is_plain(patch):
    patch(
        nn.AlphaDropout, "forward", lambda self, x: F.dropout(x, self.p, self.training)
    )


@fault(
    "FeatureAlphaDropout drops elements.",
    witness=lambda: len(nn.FeatureAlphaDropout()(torch.ones(1, 1, 64)).unique()) == 2,
)
def feature_alpha_drops_elements(patch):
    patch(
        nn.FeatureAlphaDropout,
        "forward",
        lambda self, x: F.alpha_dropout(x, self.p, self.training),
    )


# --- batch normalisation --------------------------------------------------------------


@fault(
    "In evaluation mode BatchNorm is the identity.",
    witness=lambda: nn.BatchNorm1d(1, 3.0).eval()(torch.ones(1, 1)).item() == 1,
)
def batch_norm_is_off_in_eval(patch):
    wrap(
        patch,
        nn.BatchNorm1d,
        "forward",
        lambda forward, self, x: forward(self, x) if self.training else x,
    )


@fault(
    "In evaluation mode BatchNorm normalises by the batch.",
    witness=lambda: nn.BatchNorm1d(1).eval()(torch.ones(2, 1)).sum() == 0,
)
def batch_norm_uses_the_batch_in_eval(patch):
    patch(
        nn.BatchNorm1d,
        "forward",
        lambda self, x: F.batch_norm(
            x,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            True,
            self.momentum if self.training else 0.0,
            self.eps,
        ),
    )


@fault(
    "BatchNorm learns in evaluation mode.",
    witness=lambda: _mean_after(nn.BatchNorm1d(1).eval()) != 0,
)
def batch_norm_learns_in_eval(patch):
    def change(forward, self, x):
        if not self.training and self.running_mean is not None:
            result = forward(self, x)
            self.running_mean.lerp_(x.detach().mean(0), self.momentum)
            return result
        return forward(self, x)

    wrap(patch, nn.BatchNorm1d, "forward", change)


def _mean_after(norm, grad=True):
    with torch.set_grad_enabled(grad):
        norm(torch.tensor([[1.0], [3.0]]))
    return norm.running_mean.item()


@fault(
    "BatchNorm does not learn under no_grad.",
    witness=lambda: _mean_after(nn.BatchNorm1d(1), grad=False) == 0,
)
def batch_norm_needs_gradients_to_learn(patch):
    wrap(
        patch,
        F,
        "batch_norm",
        lambda norm, x, mean, var, *rest: norm(
            x,
            *((mean, var) if torch.is_grad_enabled() else (mean.clone(), var.clone())),
            *rest,
        ),
    )


@fault(
    "BatchNorm does not count batches.",
    witness=lambda: _counted() == 0,
)
def batches_are_not_counted(patch):
    def change(forward, self, x):
        count = self.num_batches_tracked
        before = None if count is None else count.clone()
        result = forward(self, x)
        if count is not None:
            count.copy_(before)
        return result

    wrap(patch, nn.BatchNorm1d, "forward", change)


def _counted():
    norm = nn.BatchNorm1d(1)
    norm(torch.ones(2, 1))
    return norm.num_batches_tracked.item()


@fault(
    "running_var learns the biased variance.",
    witness=lambda: _variance_after() == 1,
)
def running_var_is_biased(patch):
    def change(norm, x, mean, var, weight, bias, training, momentum, eps):
        before = None if var is None else var.clone()
        result = norm(x, mean, var, weight, bias, training, momentum, eps)
        if training and var is not None and x.dim() == 2:
            biased = x.detach().var(0, unbiased=False)
            var.copy_((1 - momentum) * before + momentum * biased)
        return result

    wrap(patch, F, "batch_norm", change)


def _variance_after():
    norm = nn.BatchNorm1d(1)
    norm(torch.tensor([[1.0], [3.0]]))
    return norm.running_var.item()


@fault(
    "A batch of one is normalised in training.",
    witness=lambda: not raises(lambda: nn.BatchNorm1d(1)(torch.ones(1, 1))),
)
def batch_of_one_is_taken(patch):
    patch(F, "_verify_batch_size", lambda size: None)


@fault(
    "In evaluation mode BatchNorm gives its input no gradient.",
    witness=lambda: _input_gradient() is None,
)
def batch_norm_cuts_gradients_in_eval(patch):
    wrap(
        patch,
        nn.BatchNorm1d,
        "forward",
        lambda forward, self, x: forward(self, x if self.training else x.detach()),
    )


def _input_gradient():
    x = torch.ones(2, 1, requires_grad=True)
    nn.BatchNorm1d(1).eval()(x).sum().backward()
    return x.grad


@fault(
    "In evaluation mode BatchNorm's parameters get no gradient.",
    witness=lambda: _weight_gradient() is None,
)
def batch_norm_weights_are_constants_in_eval(patch):
    wrap(
        patch,
        F,
        "batch_norm",
        lambda norm, x, mean, var, weight, bias, training, *rest: (
            norm(x, mean, var, weight, bias, training, *rest)
            if training or weight is None
            else norm(x, mean, var, weight.detach(), bias.detach(), training, *rest)
        ),
    )


def _weight_gradient():
    norm = nn.BatchNorm1d(1).eval()
    norm(torch.ones(2, 1, requires_grad=True)).sum().backward()
    return norm.weight.grad
