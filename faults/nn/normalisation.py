"""Faults of normalisation: which numbers are taken together, and what is kept."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.modules import batchnorm, instancenorm

from torch_semantics.faults import fault, raises, warns, wrap

BatchNorm = batchnorm._BatchNorm
PAIR = torch.tensor([[1.0], [3.0]])
ROW = torch.tensor([[1.0, 3.0]])


def _trained(norm=None, batches=(PAIR,)):
    norm = norm or nn.BatchNorm1d(1)
    for batch in batches:
        norm(batch)
    return norm


# --- batch normalisation --------------------------------------------------------------


@fault(
    "BatchNorm divides by the unbiased variance.",
    witness=lambda: nn.BatchNorm1d(1)(PAIR).max() < 0.9,
)
def divisor_is_unbiased(patch):
    def change(norm, x, mean, var, weight=None, bias=None, training=False, *rest, **o):
        if training and weight is not None and x.dim() == 2 and len(x):
            weight = weight * ((len(x) - 1) / len(x)) ** 0.5
        return norm(x, mean, var, weight, bias, training, *rest, **o)

    wrap(patch, F, "batch_norm", change)


@fault(
    "running_var learns the biased variance.",
    witness=lambda: _trained().running_var.item() == 1,
)
def running_var_is_biased(patch):
    def change(forward, self, x):
        before = None if self.running_var is None else self.running_var.clone()
        result = forward(self, x)
        if self.training and before is not None and x.numel():
            n = x.numel() / x.shape[1]
            change = self.running_var - before
            m = 1 / float(self.num_batches_tracked)
            m = m if self.momentum is None else self.momentum
            batch = change / m + before if m else before
            self.running_var.copy_((1 - m) * before + m * batch * (n - 1) / n)
        return result

    wrap(patch, BatchNorm, "forward", change)


@fault(
    "momentum is the share of the old statistics.",
    witness=lambda: _trained().running_mean.item() > 1,
)
def momentum_is_the_share_of_the_old(patch):
    def change(norm, x, mean, var, weight, bias, training, momentum, eps):
        return norm(x, mean, var, weight, bias, training, 1 - momentum, eps)

    wrap(
        patch,
        F,
        "batch_norm",
        lambda norm, *a, **o: change(norm, *a) if len(a) == 8 else norm(*a, **o),
    )


@fault(
    "Without momentum the first batch is taken for the second.",
    witness=lambda: _trained(nn.BatchNorm1d(1, momentum=None)).running_mean.item() == 1,
)
def cumulative_average_is_off_by_one(patch):
    def change(forward, self, x):
        if self.momentum is not None or not self.training:
            return forward(self, x)
        self.momentum = 1 / (self.num_batches_tracked.item() + 2)
        result = forward(self, x)
        self.momentum = None
        return result

    wrap(patch, BatchNorm, "forward", change)


@fault(
    "Without momentum nothing is learned.",
    witness=lambda: _trained(nn.BatchNorm1d(1, momentum=None)).running_mean.item() == 0,
)
def no_momentum_learns_nothing(patch):
    def change(forward, self, x):
        if self.momentum is not None or not self.training:
            return forward(self, x)
        self.momentum = 0.0
        result = forward(self, x)
        self.momentum = None
        return result

    wrap(patch, BatchNorm, "forward", change)


@fault(
    "momentum=0 is taken for None.",
    witness=lambda: _trained(nn.BatchNorm1d(1, momentum=0.0)).running_mean.item() != 0,
)
def momentum_zero_is_none(patch):
    def change(forward, self, x):
        if self.momentum != 0.0 or not self.training or self.momentum is None:
            return forward(self, x)
        self.momentum = None
        result = forward(self, x)
        self.momentum = 0.0
        return result

    wrap(patch, BatchNorm, "forward", change)


@fault(
    "The running statistics are replaced and not written.",
    witness=lambda: _statistics_are_replaced(),
)
def statistics_are_replaced(patch):
    def change(forward, self, x):
        if self.training and self.running_mean is not None:
            self.running_mean = self.running_mean.clone()
            self.running_var = self.running_var.clone()
        return forward(self, x)

    wrap(patch, BatchNorm, "forward", change)


def _statistics_are_replaced():
    norm = nn.BatchNorm1d(1)
    mean = norm.running_mean
    return _trained(norm).running_mean is not mean


@fault("eps is 1e-3 by default.", witness=lambda: nn.BatchNorm1d(1).eps == 1e-3)
def eps_is_larger(patch):
    wrap(
        patch,
        batchnorm._NormBase,
        "__init__",
        lambda make, self, features, eps=1e-5, *rest, **options: make(
            self, features, 1e-3 if eps == 1e-5 else eps, *rest, **options
        ),
    )


@fault(
    "The module ignores its eps.",
    witness=lambda: nn.BatchNorm1d(1, eps=3.0)(PAIR).max() > 0.9,
)
def eps_is_ignored(patch):
    def change(forward, self, x):
        eps, self.eps = self.eps, 1e-5
        result = forward(self, x)
        self.eps = eps
        return result

    wrap(patch, BatchNorm, "forward", change)


@fault("momentum is 0.9 by default.", witness=lambda: nn.BatchNorm1d(1).momentum == 0.9)
def momentum_is_larger(patch):
    def change(make, self, features, eps=1e-5, momentum=0.1, *rest, **options):
        momentum = 0.9 if momentum == 0.1 else momentum
        make(self, features, eps, momentum, *rest, **options)

    wrap(patch, batchnorm._NormBase, "__init__", change)


@fault(
    "reset_running_stats() leaves the count.",
    witness=lambda: _reset_leaves("num_batches_tracked"),
)
def reset_leaves_the_count(patch):
    def reset(self):
        if self.track_running_stats:
            self.running_mean.zero_()
            self.running_var.fill_(1)

    patch(batchnorm._NormBase, "reset_running_stats", reset)


@fault(
    "reset_running_stats() sets the variance to 0.",
    witness=lambda: _reset_leaves("running_var", 1),
)
def reset_makes_the_variance_zero(patch):
    def reset(self):
        if self.track_running_stats:
            self.running_mean.zero_()
            self.running_var.zero_()
            self.num_batches_tracked.zero_()

    patch(batchnorm._NormBase, "reset_running_stats", reset)


def _reset_leaves(name, value=0):
    norm = _trained()
    norm.reset_running_stats()
    return getattr(norm, name).item() != value


@fault(
    "reset_parameters() leaves the running statistics.",
    witness=lambda: _parameters_only(),
)
def reset_parameters_only(patch):
    def reset(self):
        if self.affine and self.weight is not None:
            nn.init.ones_(self.weight)
            if self.bias is not None:
                nn.init.zeros_(self.bias)

    patch(batchnorm._NormBase, "reset_parameters", reset)


def _parameters_only():
    norm = _trained()
    norm.reset_parameters()
    return norm.running_mean.item() != 0


@fault("Biases begin as ones.", witness=lambda: nn.BatchNorm1d(1).bias.item() == 1)
def biases_begin_as_ones(patch):
    wrap(patch, nn.init, "zeros_", lambda fill, tensor: nn.init.ones_(tensor))


@fault(
    "affine=False is ignored.",
    witness=lambda: nn.BatchNorm1d(1, affine=False).weight is not None,
)
def affine_is_ignored(patch):
    def change(make, self, *size, affine=True, **options):
        make(self, *size, **options)

    wrap(patch, BatchNorm, "__init__", change)


@fault(
    "track_running_stats=False is ignored.",
    witness=lambda: (
        nn.BatchNorm1d(1, track_running_stats=False).running_mean is not None
    ),
)
def tracking_is_not_turned_off(patch):
    def change(make, self, *size, track_running_stats=True, **options):
        make(self, *size, **options)

    wrap(patch, BatchNorm, "__init__", change)


@fault(
    "BatchNorm2d normalises each sample alone.",
    witness=lambda: (
        nn.BatchNorm2d(1)(torch.tensor([1.0, 1, 3, 3]).view(2, 1, 2, 1)).abs().sum() < 1
    ),
)
def batch_norm_takes_samples_alone(patch):
    def change(forward, self, x):
        if x.dim() == 4 and x.shape[2] * x.shape[3] > 1 and self.training:
            return torch.cat([forward(self, sample[None]) for sample in x])
        return forward(self, x)

    wrap(patch, BatchNorm, "forward", change)


@fault(
    "BatchNorm adds the bias before it multiplies.",
    witness=lambda: _bias_first(),
)
def bias_comes_first(patch):
    def change(norm, x, mean, var, weight=None, bias=None, *rest, **options):
        if weight is not None and bias is not None:
            bias = bias * weight
        return norm(x, mean, var, weight, bias, *rest, **options)

    wrap(patch, F, "batch_norm", change)


def _bias_first():
    norm = nn.BatchNorm1d(1)
    norm.weight.data.fill_(2.0)
    norm.bias.data.fill_(1.0)
    return norm(PAIR).mean().item() > 1.5


@fault(
    "Mean and variance are constants for BatchNorm's gradient.",
    witness=lambda: _input_gradient() > 0.5,
)
def statistics_are_constants(patch):
    def change(norm, x, mean, var, weight=None, bias=None, training=False, *rest, **o):
        if not training or x.dim() != 2 or not x.requires_grad:
            return norm(x, mean, var, weight, bias, training, *rest, **o)
        with torch.no_grad():
            norm(x, mean, var, weight, bias, training, *rest, **o)
            m, v = x.mean(0), x.var(0, unbiased=False)
        eps = o.get("eps", rest[1] if len(rest) > 1 else 1e-5)
        y = (x - m) / (v + eps).sqrt()
        y = y if weight is None else y * weight
        return y if bias is None else y + bias

    wrap(patch, F, "batch_norm", change)


def _input_gradient():
    x = PAIR.clone().requires_grad_()
    nn.BatchNorm1d(1, affine=False)(x)[0].sum().backward()
    return x.grad.abs().sum().item()


@fault(
    "F.batch_norm trains by default.",
    witness=lambda: F.batch_norm(PAIR, torch.zeros(1), torch.ones(1)).sum() == 0,
)
def function_trains_by_default(patch):
    wrap(
        patch,
        F,
        "batch_norm",
        lambda norm, x, mean, var, weight=None, bias=None, training=True, *r, **o: norm(
            x, mean, var, weight, bias, training, *r, **o
        ),
    )


@fault(
    "A lazy BatchNorm takes the first size for its channels.",
    witness=lambda: _lazy().num_features == 2,
)
def lazy_takes_the_first_size(patch):
    wrap(
        patch,
        batchnorm._LazyNormBase,
        "initialize_parameters",
        lambda make, self, x: make(self, x.transpose(0, 1)),
    )


def _lazy():
    norm = nn.LazyBatchNorm1d()
    raises(lambda: norm(torch.ones(2, 3)))
    return norm


@fault(
    "A lazy BatchNorm is affine whatever it is told.",
    witness=lambda: nn.LazyBatchNorm1d(affine=False).weight is not None,
)
def lazy_is_always_affine(patch):
    def change(make, self, *size, affine=True, **options):
        make(self, *size, **options)

    wrap(patch, batchnorm._LazyNormBase, "__init__", change)


@fault(
    "eps of a lazy BatchNorm is 1e-3 by default.",
    witness=lambda: nn.LazyBatchNorm1d().eps == 1e-3,
)
def lazy_eps_is_larger(patch):
    wrap(
        patch,
        batchnorm._LazyNormBase,
        "__init__",
        lambda make, self, eps=1e-3, *rest, **options: make(
            self, eps, *rest, **options
        ),
    )


# --- layer, group and instance normalisation ------------------------------------------


@fault(
    "LayerNorm takes the first dimension.",
    witness=lambda: nn.LayerNorm(2)(torch.tensor([[1.0, 1.0], [3.0, 3.0]])).any(),
)
def layer_norm_takes_columns(patch):
    def change(norm, x, shape, *rest, **options):
        if x.dim() == 2 and x.shape[0] == x.shape[1] and len(shape) == 1:
            return norm(x.t(), shape, *rest, **options).t()
        return norm(x, shape, *rest, **options)

    wrap(patch, F, "layer_norm", change)


@fault(
    "LayerNorm ignores its bias.",
    witness=lambda: _layer_norm_of_ones() == 0,
)
def layer_norm_ignores_the_bias(patch):
    patch(
        nn.LayerNorm,
        "forward",
        lambda self, x: F.layer_norm(
            x, self.normalized_shape, self.weight, None, self.eps
        ),
    )


def _layer_norm_of_ones():
    norm = nn.LayerNorm(2)
    norm.bias.data.fill_(1.0)
    return norm(torch.ones(2)).sum().item()


@fault(
    "elementwise_affine is ignored.",
    witness=lambda: nn.LayerNorm(2, elementwise_affine=False).weight is not None,
)
def layer_norm_is_always_affine(patch):
    def change(make, self, shape, eps=1e-5, elementwise_affine=True, **options):
        make(self, shape, eps, True, **options)

    wrap(patch, nn.LayerNorm, "__init__", change)


@fault(
    "eps of F.layer_norm is 1e-6 by default.",
    witness=lambda: F.layer_norm(ROW / 1000, [2]).max() > 0.5,
)
def layer_norm_eps_is_smaller(patch):
    wrap(
        patch,
        F,
        "layer_norm",
        lambda norm, x, shape, weight=None, bias=None, eps=1e-6: norm(
            x, shape, weight, bias, eps
        ),
    )


@fault(
    "GroupNorm puts every other channel into a group.",
    witness=lambda: (
        nn.GroupNorm(2, 4)(torch.tensor([[1.0, 3, 1, 3]])).abs().max() < 0.5
    ),
)
def groups_are_interleaved(patch):
    def change(norm, x, groups, weight=None, bias=None, eps=1e-5):
        if groups in (1, x.shape[1]) or not len(x) or x.shape[1] % groups:
            return norm(x, groups, weight, bias, eps)
        order = torch.arange(x.shape[1]).view(-1, groups).t().reshape(-1)
        return norm(x[:, order], groups, weight, bias, eps)[:, order.argsort()]

    wrap(patch, F, "group_norm", change)


@fault(
    "GroupNorm takes one group.",
    witness=lambda: (
        nn.GroupNorm(2, 4)(torch.tensor([[1.0, 3, 101, 103]])).min() < -1.001
        or nn.GroupNorm(2, 4)(torch.tensor([[1.0, 3, 101, 103]]))[0, 1] < 0
    ),
)
def group_norm_takes_one_group(patch):
    patch(
        nn.GroupNorm,
        "forward",
        lambda self, x: F.group_norm(x, 1, self.weight, self.bias, self.eps),
    )


@fault(
    "GroupNorm takes any number of groups.",
    witness=lambda: not raises(lambda: nn.GroupNorm(2, 3)),
)
def groups_need_not_divide(patch):
    def make(self, groups, channels, eps=1e-5, affine=True, **options):
        nn.Module.__init__(self)
        self.num_groups, self.num_channels = groups, channels
        self.eps, self.affine = eps, affine
        options.pop("bias", None)
        self.weight = nn.Parameter(torch.ones(channels, **options)) if affine else None
        self.bias = nn.Parameter(torch.zeros(channels, **options)) if affine else None

    patch(nn.GroupNorm, "__init__", make)


@fault(
    "InstanceNorm normalises over the batch.",
    witness=lambda: (
        nn.InstanceNorm1d(1)(torch.tensor([[[1.0, 1.0]], [[3.0, 3.0]]])).abs().max()
        > 0.5
    ),
)
def instance_norm_takes_the_batch(patch):
    wrap(
        patch,
        F,
        "instance_norm",
        lambda norm, x, mean=None, var=None, weight=None, bias=None, *rest, **o: (
            F.batch_norm(
                x, None, None, weight, bias, True, 0.1, rest[2] if rest else 1e-5
            )
            if mean is None and len(x) > 1
            else norm(x, mean, var, weight, bias, *rest, **o)
        ),
    )


@fault(
    "InstanceNorm is affine by default.",
    witness=lambda: nn.InstanceNorm1d(1).weight is not None,
)
def instance_norm_is_affine(patch):
    def change(make, self, features, *rest, affine=True, **options):
        make(self, features, *rest, affine=affine, **options)

    wrap(patch, instancenorm._InstanceNorm, "__init__", change)


@fault(
    "InstanceNorm normalises by the input in evaluation, whatever it has learned.",
    witness=lambda: _instance_norm_forgets(),
)
def instance_norm_forgets(patch):
    wrap(
        patch,
        F,
        "instance_norm",
        lambda norm, x, mean=None, var=None, w=None, b=None, use=True, *rest, **o: norm(
            x,
            *((mean, var) if use else (None, None)),
            w,
            b,
            True,
            *rest,
            **o,
        ),
    )


def _instance_norm_forgets():
    norm = nn.InstanceNorm1d(1, track_running_stats=True).eval()
    return norm(ROW[None]).sum().item() == 0


@fault(
    "InstanceNorm gives one sample a batch dimension.",
    witness=lambda: nn.InstanceNorm1d(1)(ROW).dim() == 3,
)
def instance_norm_keeps_the_fake_batch(patch):
    patch(
        instancenorm._InstanceNorm,
        "_handle_no_batch_input",
        lambda self, x: self._apply_instance_norm(x.unsqueeze(0)),
    )


@fault(
    "InstanceNorm does not warn about another number of channels.",
    witness=lambda: not warns(lambda: nn.InstanceNorm1d(2)(torch.ones(1, 3, 2))),
)
def instance_norm_is_silent(patch):
    class Silent:
        warn = staticmethod(lambda *message, **options: None)

    patch(instancenorm, "warnings", Silent)


@fault(
    "RMSNorm takes off the mean.",
    witness=lambda: not nn.RMSNorm(2)(torch.ones(2)).any(),
)
def rms_norm_shifts(patch):
    wrap(
        patch,
        F,
        "rms_norm",
        lambda norm, x, *rest, **options: norm(
            x - x.mean(-1, keepdim=True) if x.shape[-1] > 1 else x, *rest, **options
        ),
    )


@fault(
    "eps of RMSNorm is 1e-5 by default.", witness=lambda: nn.RMSNorm(2).eps is not None
)
def rms_norm_has_an_eps(patch):
    wrap(
        patch,
        nn.RMSNorm,
        "__init__",
        lambda make, self, shape, eps=1e-5, *rest, **options: make(
            self, shape, eps, *rest, **options
        ),
    )


# --- normalize and its kin ------------------------------------------------------------


@fault(
    "F.normalize works along the last dimension but one by default.",
    witness=lambda: F.normalize(ROW)[0, 0] == 1,
)
def normalize_takes_rows(patch):
    wrap(
        patch,
        F,
        "normalize",
        lambda norm, x, p=2.0, dim=0, eps=1e-12, out=None: norm(x, p, dim, eps, out),
    )


@fault(
    "F.normalize adds eps to the norm.",
    witness=lambda: F.normalize(ROW, eps=1.0).norm() < 0.9,
)
def normalize_adds_eps(patch):
    def change(norm, x, p=2.0, dim=1, eps=1e-12, out=None):
        if out is not None:
            return norm(x, p, dim, eps, out)
        return x / (x.norm(p, dim, keepdim=True) + eps)

    wrap(patch, F, "normalize", change)


@fault(
    "F.normalize ignores p.",
    witness=lambda: F.normalize(ROW, 1.0).sum() > 1.1,
)
def normalize_ignores_p(patch):
    wrap(
        patch,
        F,
        "normalize",
        lambda norm, x, p=2.0, dim=1, eps=1e-12, out=None: norm(x, 2.0, dim, eps, out),
    )


@fault(
    "LocalResponseNorm takes the sum of squares for their mean.",
    witness=lambda: _response() < 0.6,
)
def response_norm_sums(patch):
    wrap(
        patch,
        F,
        "local_response_norm",
        lambda norm, x, size, alpha=1e-4, beta=0.75, k=1.0: norm(
            x, size, alpha * size, beta, k
        ),
    )


@fault(
    "LocalResponseNorm ignores k.",
    witness=lambda: (
        F.local_response_norm(torch.ones(1, 1, 1), 1, 0.0, 1.0, 2.0).item() == 1
    ),
)
def response_norm_ignores_k(patch):
    wrap(
        patch,
        F,
        "local_response_norm",
        lambda norm, x, size, alpha=1e-4, beta=0.75, k=1.0: norm(x, size, alpha, beta),
    )


def _response():
    return F.local_response_norm(torch.ones(1, 2, 1), 2, 2.0, 0.5, 1.0).max().item()


@fault(
    "BatchNorm learns whatever track_running_stats is set to.",
    witness=lambda: _learns_untracked(),
)
def tracking_cannot_be_switched_off(patch):
    def change(forward, self, x):
        tracking = self.track_running_stats
        self.track_running_stats = self.running_mean is not None
        result = forward(self, x)
        self.track_running_stats = tracking
        return result

    wrap(patch, BatchNorm, "forward", change)


def _learns_untracked():
    norm = nn.BatchNorm1d(1)
    norm.track_running_stats = False
    return _trained(norm).running_mean.item() != 0


@fault(
    "A converted SyncBatchNorm is in training mode.",
    witness=lambda: _converted().training,
)
def converted_norm_is_training(patch):
    convert = nn.SyncBatchNorm.convert_sync_batchnorm
    patch(
        nn.SyncBatchNorm,
        "convert_sync_batchnorm",
        staticmethod(lambda module, group=None: convert(module, group).train()),
    )


def _converted():
    return nn.SyncBatchNorm.convert_sync_batchnorm(nn.BatchNorm1d(1).eval())


@fault(
    "A converted SyncBatchNorm has parameters of its own.",
    witness=lambda: _converted_is_apart(),
)
def converted_norm_is_apart(patch):
    convert = nn.SyncBatchNorm.convert_sync_batchnorm

    def change(module, group=None):
        module = convert(module, group)
        for norm in module.modules():
            if isinstance(norm, nn.SyncBatchNorm):
                norm.weight = nn.Parameter(norm.weight.detach().clone())
        return module

    patch(nn.SyncBatchNorm, "convert_sync_batchnorm", staticmethod(change))


def _converted_is_apart():
    norm = nn.BatchNorm1d(1)
    converted = nn.SyncBatchNorm.convert_sync_batchnorm(norm)
    return converted.weight is not norm.weight
