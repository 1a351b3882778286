"""Ways to break the functions of torch.nn.functional, and layers that call them."""

import math

import torch
from torch import nn
from torch.nn import functional as F

from torch_semantics.faults import edit, fault, quiet, raises, warns, wrap

X = torch.tensor([-2.0, -0.5, 3.0])


def gradient(call, *values):
    """The gradient of the sum of what a call returns."""
    leaf = torch.tensor(values, requires_grad=True)
    call(leaf).sum().backward()
    return leaf.grad.tolist()


def returns_itself(call):
    """Whether a call returns its argument."""
    x = X.clone()
    return call(x) is x


# --- layers and their functions -------------------------------------------------------


@fault(
    "Dropout drops in eval mode too.",
    witness=lambda: nn.Dropout(1.0).eval()(X).tolist() == [0, 0, 0],
)
def dropout_ignores_mode(patch):
    edit(patch, nn.Dropout.forward, "self.training", "True")


@fault(
    "Dropout ignores its probability.",
    witness=lambda: nn.Dropout(1.0)(torch.ones(50)).any().item(),
)
def dropout_ignores_p(patch):
    edit(patch, nn.Dropout.forward, "self.p", "0.5")


@fault(
    "Dropout ignores inplace.",
    witness=lambda: not returns_itself(nn.Dropout(1.0, True)),
)
def dropout_ignores_inplace(patch):
    edit(patch, nn.Dropout.forward, "self.inplace", "False")


@fault(
    "F.dropout does not drop by default.",
    witness=lambda: F.dropout(X, 1.0).tolist() == X.tolist(),
)
def dropout_off_by_default(patch):
    patch(F.dropout, "__defaults__", (0.5, False, False))


@fault(
    "F.dropout drops a tenth by default.",
    witness=lambda: F.dropout(torch.ones(400)).count_nonzero().item() > 320,
)
def dropout_default_p(patch):
    patch(F.dropout, "__defaults__", (0.1, True, False))


@fault(
    "F.dropout does not scale.",
    witness=lambda: F.dropout(torch.ones(99)).max().item() == 1,
)
def dropout_does_not_scale(patch):
    def broken(dropout, input, p=0.5, training=True, inplace=False):
        result = dropout(input, p, training, inplace)
        return result * (1 - p) if training and 0 < p < 1 else result

    wrap(patch, F, "dropout", broken)


@fault(
    "F.batch_norm trains by default.",
    witness=lambda: not raises(lambda: F.batch_norm(X[:, None], None, None)),
)
def batch_norm_trains_by_default(patch):
    defaults = F.batch_norm.__defaults__
    assert defaults[2] is False
    patch(F.batch_norm, "__defaults__", (None, None, True, *defaults[3:]))


@fault(
    "BatchNorm ignores its mode.",
    witness=lambda: nn.BatchNorm1d(1).eval()(X[:, None]).sum().abs().item() < 0.1,
)
def batch_norm_ignores_mode(patch):
    forward = nn.BatchNorm1d.forward

    def broken(self, input):
        training, self.training = self.training, True
        try:
            return forward(self, input)
        finally:
            self.training = training

    patch(nn.BatchNorm1d, "forward", broken)


@fault(
    "Sequential takes functions.",
    witness=lambda: not raises(lambda: nn.Sequential(F.relu)),
)
def sequential_takes_functions(patch):
    edit(patch, nn.Module.add_module, "not isinstance(module, Module)", "False")


@fault(
    "Conv2d ignores its groups when called.",
    witness=lambda: raises(
        lambda: nn.Conv2d(2, 2, 1, groups=2)(torch.zeros(1, 2, 1, 1))
    ),
)
def conv_ignores_groups(patch):
    def broken(self, input):
        return self._conv_forward(input, self.weight, self.bias)

    def conv_forward(self, input, weight, bias):
        return F.conv2d(
            input, weight, bias, self.stride, self.padding, self.dilation, 1
        )

    patch(nn.Conv2d, "_conv_forward", conv_forward)
    patch(nn.Conv2d, "forward", broken)


@fault(
    "Conv2d swaps its padding and dilation.",
    witness=lambda: (
        nn.Conv2d(1, 1, 1, padding=0)(torch.zeros(1, 1, 2, 2)).shape[-1] != 2
    ),
)
def conv_swaps_padding_and_dilation(patch):
    def conv_forward(self, input, weight, bias):
        return F.conv2d(
            input, weight, bias, self.stride, self.dilation, (1, 1), self.groups
        )

    patch(nn.Conv2d, "_conv_forward", conv_forward)


# --- activations ----------------------------------------------------------------------

LAYERS = {
    "ReLU": (lambda: nn.ReLU(True), None),
    "ReLU6": (lambda: nn.ReLU6(True), None),
    "LeakyReLU": (lambda: nn.LeakyReLU(0.25, True), None),
    "ELU": (lambda: nn.ELU(2.0, True), None),
    "CELU": (lambda: nn.CELU(2.0, True), None),
    "SELU": (lambda: nn.SELU(True), None),
    "SiLU": (lambda: nn.SiLU(True), None),
    "Mish": (lambda: nn.Mish(True), None),
    "Hardswish": (lambda: nn.Hardswish(True), None),
    "Hardsigmoid": (lambda: nn.Hardsigmoid(True), None),
    "Hardtanh": (lambda: nn.Hardtanh(-1, 1, True), None),
    "Threshold": (lambda: nn.Threshold(1, 2, True), None),
}


def _forgets_inplace(name, make):
    def apply(patch):
        forward = getattr(nn, name).forward

        def broken(self, input):
            inplace, self.inplace = self.inplace, False
            try:
                return forward(self, input)
            finally:
                self.inplace = inplace

        patch(getattr(nn, name), "forward", broken)

    apply.__name__ = f"{name.lower()}_forgets_inplace"
    sentence = f"{name} ignores inplace."
    return fault(sentence, witness=lambda: not returns_itself(make()))(apply)


def _always_inplace(name):
    def apply(patch):
        original = getattr(F, name)

        def broken(input, *args, **options):
            # Not for leaves, which torch refuses.
            result = original(input, *args, **options)
            if not input.requires_grad and input.is_floating_point():
                input.copy_(result)
            return result

        patch(F, name, broken)

    apply.__name__ = f"{name}_always_in_place"
    sentence = f"F.{name} writes over its input without being asked."

    def witness():
        x = torch.tensor([-2.0, 8.0])
        getattr(F, name)(x)
        return x.tolist() != [-2, 8]

    return fault(sentence, witness=witness)(apply)


for _name, (_make, _) in LAYERS.items():
    _fault = _forgets_inplace(_name, _make)
    globals()[_fault.name] = _fault
for _name in ("relu",):
    _fault = _always_inplace(_name)
    globals()[_fault.name] = _fault
del _name, _make, _, _fault


def _forgets(name, setting, default, make):
    def apply(patch):
        forward = getattr(nn, name).forward

        def broken(self, input):
            kept = getattr(self, setting)
            setattr(self, setting, default)
            try:
                return forward(self, input)
            finally:
                setattr(self, setting, kept)

        patch(getattr(nn, name), "forward", broken)

    apply.__name__ = f"{name.lower()}_forgets_{setting}"
    usual = getattr(nn, name)

    def witness():
        x = torch.tensor([[-2.0, -0.25], [0.75, 3.0]])
        kept = make()
        plain = make()
        setattr(plain, setting, default)
        return usual.forward(kept, x).tolist() == usual.forward(plain, x).tolist()

    return fault(f"{name} ignores {setting}.", witness=witness)(apply)


leakyrelu_forgets_slope = _forgets(
    "LeakyReLU", "negative_slope", 0.01, lambda: nn.LeakyReLU(0.5)
)
elu_forgets_alpha = _forgets("ELU", "alpha", 1.0, lambda: nn.ELU(2.0))
celu_forgets_alpha = _forgets("CELU", "alpha", 1.0, lambda: nn.CELU(2.0))
softplus_forgets_beta = _forgets("Softplus", "beta", 1, lambda: nn.Softplus(2.0))
softplus_forgets_threshold = _forgets(
    "Softplus", "threshold", 20, lambda: nn.Softplus(2.0, 1.0)
)
gelu_forgets_approximation = _forgets(
    "GELU", "approximate", "none", lambda: nn.GELU("tanh")
)
hardshrink_forgets_lambda = _forgets(
    "Hardshrink", "lambd", 0.5, lambda: nn.Hardshrink(1.0)
)
softshrink_forgets_lambda = _forgets(
    "Softshrink", "lambd", 0.5, lambda: nn.Softshrink(1.0)
)
glu_forgets_dim = _forgets("GLU", "dim", -1, lambda: nn.GLU(0))
softmax_forgets_dim = _forgets("Softmax", "dim", 0, lambda: nn.Softmax(1))
log_softmax_forgets_dim = _forgets("LogSoftmax", "dim", 0, lambda: nn.LogSoftmax(1))
softmin_forgets_dim = _forgets("Softmin", "dim", 1, lambda: nn.Softmin(0))
hardtanh_forgets_limit = _forgets(
    "Hardtanh", "max_val", 1.0, lambda: nn.Hardtanh(-2, 2)
)
threshold_forgets_value = _forgets("Threshold", "value", 0, lambda: nn.Threshold(1, 2))


@fault(
    "The gradient of relu at 0 is 1.",
    witness=lambda: gradient(F.relu, 0.0) == [1],
)
def relu_has_slope_at_zero(patch):
    def broken(relu, input, *args, **options):
        if input.requires_grad and not (args or options):
            return torch.where(input >= 0, input, torch.zeros_like(input))
        return relu(input, *args, **options)

    wrap(patch, F, "relu", broken)


@fault(
    "relu puts 0 for nan.",
    witness=lambda: F.relu(torch.tensor(math.nan)).item() == 0,
)
def relu_swallows_nan(patch):
    def broken(relu, input, *args, **options):
        result = relu(input, *args, **options)
        if input.is_floating_point() and not result.requires_grad:
            return result.nan_to_num_(nan=0.0)
        return result

    wrap(patch, F, "relu", broken)


@fault(
    "relu6 ends at 1.",
    witness=lambda: F.relu6(torch.tensor(8.0)).item() == 1,
)
def relu6_ends_at_1(patch):
    wrap(
        patch,
        F,
        "relu6",
        lambda relu6, input, inplace=False: F.hardtanh(input, 0.0, 1.0, inplace),
    )


@fault(
    "The slope of leaky_relu defaults to 0.1.",
    witness=lambda: nn.LeakyReLU().negative_slope == 0.1,
)
def leaky_relu_default(patch):
    init = nn.LeakyReLU.__init__

    def broken(self, negative_slope=0.1, inplace=False):
        init(self, negative_slope, inplace)

    patch(nn.LeakyReLU, "__init__", broken)


@fault(
    "PReLU starts at 0.",
    witness=lambda: nn.PReLU().weight.item() == 0,
)
def prelu_starts_at_zero(patch):
    init = nn.PReLU.__init__

    def broken(self, num_parameters=1, init_=0.0, device=None, dtype=None, **options):
        init(self, num_parameters, options.get("init", init_), device, dtype)

    patch(nn.PReLU, "__init__", broken)


@fault(
    "PReLU does not learn.",
    witness=lambda: not nn.PReLU()(X).requires_grad,
)
def prelu_does_not_learn(patch):
    patch(nn.PReLU, "forward", lambda self, x: F.prelu(x, self.weight.detach()))


@fault(
    "Hardtanh takes limits in any order.",
    witness=lambda: not raises(lambda: nn.Hardtanh(1.0, -1.0)),
)
def hardtanh_takes_any_limits(patch):
    init = nn.Hardtanh.__init__

    def broken(self, min_val=-1.0, max_val=1.0, inplace=False, **options):
        init(self, *sorted((min_val, max_val)), inplace, **options)

    patch(nn.Hardtanh, "__init__", broken)


@fault(
    "glu takes a tensor without dimensions.",
    witness=lambda: not raises(lambda: F.glu(torch.tensor(1.0))),
)
def glu_takes_scalars(patch):
    wrap(
        patch,
        F,
        "glu",
        lambda glu, input, dim=-1: glu(input, dim) if input.dim() else input,
    )


@fault(
    "glu halves the first dimension by default.",
    witness=lambda: F.glu(torch.zeros(2, 4)).shape == (1, 4),
)
def glu_default_dim(patch):
    patch(F.glu, "__defaults__", (0,))


@fault(
    "softsign divides by the absolute value.",
    witness=lambda: F.softsign(X).tolist() == [-1, -1, 1],
)
def softsign_is_sign(patch):
    edit(patch, F.softsign, "(input.abs() + 1)", "input.abs()")


@fault(
    "tanhshrink adds.",
    witness=lambda: F.tanhshrink(X)[2].item() > 3,
)
def tanhshrink_adds(patch):
    edit(patch, F.tanhshrink, "input - input.tanh()", "input + input.tanh()")


# --- softmax --------------------------------------------------------------------------


@fault(
    "softmin does not negate.",
    witness=lambda: F.softmin(X, 0).argmax().item() == 2,
)
def softmin_does_not_negate(patch):
    wrap(
        patch,
        F,
        "softmin",
        lambda softmin, input, *args, **options: softmin(-input, *args, **options),
    )


@fault(
    "softmax ignores dtype=.",
    witness=lambda: F.softmax(X, 0, dtype=torch.float64).dtype != torch.float64,
)
def softmax_ignores_dtype(patch):
    def broken(softmax, input, dim=None, _stacklevel=3, dtype=None):
        return softmax(input, dim, _stacklevel)

    wrap(patch, F, "softmax log_softmax softmin", broken)


@fault(
    "softmax takes the last dimension by default.",
    witness=lambda: (
        quiet(lambda: F.softmax(torch.zeros(2, 3, 4)))[0, 0, 0].item() == 0.25
    ),
)
def softmax_default_is_last(patch):
    def broken(original, name, ndim, stacklevel):
        original(name, ndim, stacklevel)
        return -1

    wrap(patch, F, "_get_softmax_dim", broken)


@fault(
    "softmax takes the second dimension of three by default.",
    witness=lambda: (
        abs(quiet(lambda: F.softmax(torch.zeros(2, 3, 4)))[0, 0, 0].item() - 1 / 3)
        < 0.01
    ),
)
def softmax_default_of_three(patch):
    edit(patch, F._get_softmax_dim, "or ndim == 3", "or ndim == 9")


@fault(
    "softmax without a dimension does not warn.",
    witness=lambda: not warns(lambda: F.softmax(X)),
)
def softmax_does_not_warn(patch):
    def broken(original, name, ndim, stacklevel):
        return quiet(lambda: original(name, ndim, stacklevel))

    wrap(patch, F, "_get_softmax_dim", broken)


@fault(
    "log_softmax is the log of softmax, and so overflows.",
    witness=lambda: math.isinf(F.log_softmax(torch.tensor([1000.0, 0.0]), 0)[1].item()),
)
def log_softmax_overflows(patch):
    def broken(log_softmax, input, dim=None, _stacklevel=3, dtype=None):
        if dim is None:
            return log_softmax(input, dim, _stacklevel, dtype)
        return F.softmax(input, dim, dtype=dtype).log()

    wrap(patch, F, "log_softmax", broken)


# --- distances ------------------------------------------------------------------------


@fault(
    "normalize divides by the square of the norm.",
    witness=lambda: F.normalize(X, dim=0).norm().item() < 0.5,
)
def normalize_divides_twice(patch):
    def broken(normalize, input, p=2.0, dim=1, eps=1e-12, out=None):
        return normalize(input, p, dim, eps) / input.norm(p, dim, True).clamp_min(eps)

    wrap(patch, F, "normalize", broken)


@fault(
    "normalize ignores eps.",
    witness=lambda: (
        F.normalize(torch.tensor([3.0, 4]), dim=0, eps=10.0)[0].item() > 0.5
    ),
)
def normalize_ignores_eps(patch):
    def broken(normalize, input, p=2.0, dim=1, eps=1e-12, out=None):
        return normalize(input, p, dim)

    wrap(patch, F, "normalize", broken)


@fault(
    "normalize takes the last dimension by default.",
    witness=lambda: not raises(lambda: F.normalize(X)),
)
def normalize_ignores_p(patch):
    def broken(normalize, input, p=2.0, dim=-1, eps=1e-12, out=None):
        return normalize(input, 2.0, dim, eps)

    wrap(patch, F, "normalize", broken)


@fault(
    "F.rrelu draws no slope while training.",
    witness=lambda: F.rrelu(X, 0.25, 0.75, training=True)[0].item() == -1,
)
def rrelu_ignores_training(patch):
    def broken(rrelu, input, lower=1 / 8, upper=1 / 3, training=False, inplace=False):
        return rrelu(input, lower, upper, False, inplace)

    wrap(patch, F, "rrelu", broken)


@fault(
    "F.elu in place forgets alpha.",
    witness=lambda: F.elu(X.clone(), 2.0, inplace=True)[0].item() > -1,
)
def elu_in_place_forgets_alpha(patch):
    edit(patch, F.elu, "elu_(input, alpha)", "elu_(input)")


@fault(
    "F.softmin with a dtype is softmax.",
    witness=lambda: F.softmin(X, 0, dtype=torch.float64).argmax().item() == 2,
)
def softmin_with_dtype_is_softmax(patch):
    edit(patch, F.softmin, "(-input).softmax(dim, dtype", "input.softmax(dim, dtype")


@fault(
    "Hardtanh drops its lower limit by its old name.",
    witness=lambda: quiet(lambda: nn.Hardtanh(min_value=-5.0)).min_val == -1,
)
def hardtanh_drops_old_name(patch):
    edit(patch, nn.Hardtanh.__init__, "min_val = min_value", "pass")


@fault(
    "The function hardtanh takes its limits in any order.",
    witness=lambda: not raises(lambda: F.hardtanh(X, 4.0, 3.0)),
)
def hardtanh_function_takes_any_limits(patch):
    edit(patch, F.hardtanh, "if min_val > max_val:", "if False:")


# --- distances and padding ------------------------------------------------------------

PAIR = torch.tensor([[3.0, 4.0]])


@fault(
    "PairwiseDistance forgets its eps.",
    witness=lambda: nn.PairwiseDistance(eps=1.0)(PAIR, PAIR).item() < 1e-3,
)
def pairwise_distance_forgets_eps(patch):
    edit(patch, nn.PairwiseDistance.forward, "self.eps", "1e-6")


@fault(
    "CosineSimilarity always goes along dimension 1.",
    witness=lambda: nn.CosineSimilarity(dim=0)(PAIR, PAIR).shape == (1,),
)
def cosine_similarity_forgets_dim(patch):
    edit(patch, nn.CosineSimilarity.forward, "self.dim", "1")


@fault(
    "ReplicationPad2d with one number leaves the bottom alone.",
    witness=lambda: nn.ReplicationPad2d(1).padding == (1, 1, 1, 0),
)
def replication_pad_forgets_bottom(patch):
    def broken(init, self, padding):
        init(self, (padding,) * 3 + (0,) if isinstance(padding, int) else padding)

    wrap(patch, nn.ReplicationPad2d, "__init__", broken)


@fault(
    "ConstantPad1d pads with zeros.",
    witness=lambda: nn.ConstantPad1d(1, 5.0)(PAIR)[0, 0].item() == 0,
)
def constant_pad_forgets_value(patch):
    def broken(init, self, padding, value):
        init(self, padding, 0.0)

    wrap(patch, nn.ConstantPad1d, "__init__", broken)


@fault(
    "cosine_similarity() looks for the dimension in the inputs as they are.",
    witness=lambda: raises(
        lambda: F.cosine_similarity(torch.ones(2, 2), torch.ones(2)), IndexError
    ),
)
def cosine_does_not_broadcast(patch):
    def change(cosine, a, b, dim=1, eps=1e-8):
        b.size(dim)
        return cosine(a, b, dim, eps)

    wrap(patch, F, "cosine_similarity", change)
