"""Ways to break convolutions: what they add up and where, sizes and gradients."""

import inspect
import warnings

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.modules import conv as modules

from torch_semantics.faults import fault

CONVS = ["conv1d", "conv2d", "conv3d"]
TRANSPOSED = ["conv_transpose1d", "conv_transpose2d", "conv_transpose3d"]
REAL = {name: getattr(F, name) for name in CONVS + TRANSPOSED}
REAL_PAD = F.pad
NAMES = ["input", "weight", "bias", "stride", "padding", "dilation", "groups"]
TRANSPOSED_NAMES = [*NAMES[:5], "output_padding", "groups", "dilation"]
DEFAULTS = {
    "bias": None,
    "stride": 1,
    "padding": 0,
    "output_padding": 0,
    "dilation": 1,
    "groups": 1,
}


class Call:
    """One call of a convolution: its arguments as attributes, and the real function."""

    def __init__(self, name, names, args, kwargs):
        self.axes = int(name[-2])
        self._real, self._names = REAL[name], names
        for each in names:
            setattr(self, each, DEFAULTS.get(each))
        for each, value in [*zip(names, args, strict=False), *kwargs.items()]:
            setattr(self, each, value)

    def run(self, **changes):
        """Make the call, with some arguments changed."""
        values = {name: getattr(self, name) for name in self._names}
        return self._real(**{**values, **changes})

    def each(self, value):
        """One entry of an argument for each axis."""
        values = list(value) if isinstance(value, (tuple, list)) else [value]
        return values * self.axes if len(values) == 1 else values

    @property
    def kernel(self):
        """The kernel's size."""
        return list(self.weight.shape[2:])

    @property
    def spatial(self):
        """The numbers of the kernel's dimensions."""
        return list(range(2, 2 + self.axes))


def replace(patch, names, broken, place=F):
    """Make functions call ``broken`` with what they are called with."""
    for name in names:
        order = TRANSPOSED_NAMES if "transpose" in name else NAMES

        def function(*args, name=name, order=order, **kwargs):
            return broken(Call(name, order, args, kwargs))

        patch(place, name, function)


def after_init(patch, layer, change):
    """Make a layer's ``__init__`` call ``change`` with the layer at its end."""
    real = layer.__init__

    def __init__(self, *args, **kwargs):
        real(self, *args, **kwargs)
        change(self)

    __init__.__signature__ = inspect.signature(real)
    patch(layer, "__init__", __init__)


def other(call, expected):
    """Whether a call gives something else than expected, or raises another error."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = call()
    except Exception as error:
        found = type(error).__name__
    if isinstance(found, torch.Tensor):
        found = found.tolist()
    return found != expected


def row(*values):
    """A batch of one signal of one channel."""
    return torch.tensor([[values]], dtype=torch.float32)


def image(*size):
    """Counting numbers in a batch of one image of one channel."""
    return torch.arange(float(torch.Size(size).numel())).reshape(1, 1, *size)


def ones(*size):
    """Ones."""
    return torch.ones(size)


def twice(tensor):
    """The same values with twice the gradient."""
    return 2 * tensor - tensor.detach()


# --- values ---------------------------------------------------------------------------


@fault(
    "Convolutions flip the kernel.",
    witness=lambda: other(lambda: F.conv1d(row(1, 2), row(10, 1)), [[[12]]]),
)
def conv_flips_kernel(patch):
    replace(patch, CONVS, lambda c: c.run(weight=c.weight.flip(c.spatial)))


@fault(
    "Transposed convolutions flip the kernel.",
    witness=lambda: other(lambda: F.conv_transpose1d(row(1), row(10, 1)), [[[10, 1]]]),
)
def transposed_flips_kernel(patch):
    replace(patch, TRANSPOSED, lambda c: c.run(weight=c.weight.flip(c.spatial)))


@fault(
    "A square kernel is transposed in its last two axes.",
    witness=lambda: other(
        lambda: F.conv2d(image(2, 2), torch.tensor([[[[0.0, 1.0], [0.0, 0.0]]]])),
        [[[[1]]]],
    ),
)
def conv_transposes_square_kernel(patch):
    def broken(c):
        square = c.axes > 1 and c.kernel[-1] == c.kernel[-2]
        return c.run(weight=c.weight.transpose(-1, -2) if square else c.weight)

    replace(patch, CONVS, broken)


@fault(
    "The last of several input channels of a group is left out.",
    witness=lambda: other(lambda: F.conv1d(ones(1, 2, 1), ones(1, 2, 1)), [[[2]]]),
)
def last_channel_left_out(patch):
    def broken(c):
        weight = c.weight.clone()
        if weight.shape[1] > 1:
            weight[:, -1] = 0
        return c.run(weight=weight)

    replace(patch, CONVS, broken)


@fault(
    "The bias is added twice.",
    witness=lambda: other(lambda: F.conv1d(row(1), row(1), ones(1)), [[[2]]]),
)
def bias_twice(patch):
    replace(
        patch,
        CONVS + TRANSPOSED,
        lambda c: c.run(bias=None if c.bias is None else c.bias * 2),
    )


@fault(
    "A convolution forgets its bias.",
    witness=lambda: other(lambda: F.conv1d(row(1), row(1), ones(1)), [[[2]]]),
)
def bias_forgotten(patch):
    replace(patch, CONVS + TRANSPOSED, lambda c: c.run(bias=None))


@fault(
    "Every sample of a batch gets the output of the first.",
    witness=lambda: other(
        lambda: F.conv1d(torch.tensor([[[1.0]], [[2.0]]]), row(1)), [[[1]], [[2]]]
    ),
)
def samples_mixed(patch):
    def broken(c):
        output = c.run()
        return output[:1].expand_as(output) if output.dim() == c.axes + 2 else output

    replace(patch, CONVS, broken)


@fault(
    "The convolutions of torch take padding and stride in each other's place.",
    witness=lambda: other(lambda: torch.conv1d(row(1), row(1), None, 2, 1), [[[0, 0]]]),
)
def torch_functions_swap_arguments(patch):
    replace(
        patch,
        CONVS + TRANSPOSED,
        lambda c: c.run(stride=c.padding or 1, padding=c.stride),
        place=torch,
    )


@fault(
    "The torch module has no conv3d with a bias: it is left out.",
    witness=lambda: other(
        lambda: torch.conv3d(ones(1, 1, 1, 1, 1), ones(1, 1, 1, 1, 1), ones(1)).item(),
        2,
    ),
)
def torch_conv3d_without_bias(patch):
    replace(patch, ["conv3d"], lambda c: c.run(bias=None), place=torch)


# --- the layer ------------------------------------------------------------------------


@fault(
    "Conv2d has bias=False for default.",
    witness=lambda: inspect.signature(nn.Conv2d).parameters["bias"].default is not True,
)
def bias_default_false(patch):
    real = nn.Conv2d.__init__

    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        dilation=1,
        groups=1,
        bias=False,
        padding_mode="zeros",
        device=None,
        dtype=None,
    ):
        values = {**locals()}
        del values["self"], values["real"]
        real(self, **values)

    patch(nn.Conv2d, "__init__", __init__)


@fault(
    "Conv2d has a default for its kernel size.",
    witness=lambda: other(lambda: nn.Conv2d(1, 1), "TypeError"),
)
def kernel_size_default(patch):
    real = nn.Conv2d.__init__

    def __init__(self, in_channels, out_channels, kernel_size=1, *args, **kwargs):
        real(self, in_channels, out_channels, kernel_size, *args, **kwargs)

    patch(nn.Conv2d, "__init__", __init__)


@fault(
    "A layer keeps the stride of one for all axes as a number.",
    witness=lambda: nn.Conv2d(1, 1, 1).stride != (1, 1),
)
def stride_kept_as_number(patch):
    def change(layer):
        if len(set(layer.stride)) == 1:
            layer.stride = layer.stride[0]

    after_init(patch, nn.Conv2d, change)


@fault(
    "A Conv2d prints its padding even when it is zero.",
    witness=lambda: "padding" in repr(nn.Conv2d(1, 1, 1)),
)
def repr_with_padding(patch):
    real = nn.Conv2d.extra_repr
    patch(nn.Conv2d, "extra_repr", lambda self: real(self) + ", padding=(0, 0)")


@fault(
    "A layer's bias doesn't require gradients.",
    witness=lambda: not nn.Conv1d(1, 1, 1).bias.requires_grad,
)
def bias_frozen(patch):
    def change(layer):
        if layer.bias is not None:
            layer.bias.requires_grad_(False)

    for layer in (nn.Conv1d, nn.Conv2d, nn.Conv3d):
        after_init(patch, layer, change)


@fault(
    "A layer draws its weight from half the range.",
    witness=lambda: nn.Conv2d(1, 256, (4, 1)).weight.max().item() < 0.3,
)
def initial_weight_halved(patch):
    real = modules._ConvNd.reset_parameters

    def reset_parameters(self):
        real(self)
        with torch.no_grad():
            self.weight.mul_(0.5)

    patch(modules._ConvNd, "reset_parameters", reset_parameters)


@fault(
    "A layer draws its bias from positive numbers alone.",
    witness=lambda: nn.Conv2d(1, 64, 1).bias.min().item() >= 0,
)
def initial_bias_positive(patch):
    real = modules._ConvNd.reset_parameters

    def reset_parameters(self):
        real(self)
        if self.bias is not None:
            with torch.no_grad():
                self.bias.abs_()

    patch(modules._ConvNd, "reset_parameters", reset_parameters)


@fault(
    "Every layer draws the same weights, whatever the seed.",
    witness=lambda: (
        nn.Conv2d(1, 1, 3).weight.tolist() == nn.Conv2d(1, 1, 3).weight.tolist()
    ),
)
def initial_weights_all_the_same(patch):
    real = modules._ConvNd.reset_parameters

    def reset_parameters(self):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(1)
            real(self)

    patch(modules._ConvNd, "reset_parameters", reset_parameters)


@fault(
    "A layer made without a bias has one of zeros.",
    witness=lambda: nn.Conv2d(1, 1, 1, bias=False).bias is not None,
)
def bias_of_zeros(patch):
    def change(layer):
        if layer.bias is None:
            layer.bias = nn.Parameter(layer.weight.new_zeros(layer.out_channels))

    for layer in (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.ConvTranspose2d):
        after_init(patch, layer, change)


def _first_weight_kept():
    layer = nn.Conv1d(1, 1, 1)
    before = layer(row(1)).item()
    with torch.no_grad():
        layer.weight.add_(1)
    return layer(row(1)).item() == before


@fault("A layer goes on with the weight of its first call.", witness=_first_weight_kept)
def first_weight_kept(patch):
    real = nn.Conv1d._conv_forward
    kept = {}

    def _conv_forward(self, input, weight, bias):
        first = kept.setdefault(id(self), (self, weight.detach().clone()))[1]
        return real(self, input, first, bias)

    patch(nn.Conv1d, "_conv_forward", _conv_forward)


@fault(
    "A layer's dtype argument is ignored.",
    witness=lambda: (
        nn.Conv2d(1, 1, 1, dtype=torch.float64).weight.dtype != torch.float64
    ),
)
def dtype_ignored(patch):
    for layer in (nn.Conv1d, nn.Conv2d, nn.Conv3d):
        after_init(patch, layer, lambda self: self.to(torch.float32))


def _lazy():
    layer = nn.LazyConv2d(1, 1)
    layer(ones(1, 2, 1, 1))
    return type(layer) is not nn.Conv2d


@fault(
    "A lazy layer stays one after its first input.",
    witness=_lazy,
)
def lazy_stays_lazy(patch):
    patch(nn.LazyConv2d, "cls_to_become", None)


# --- ints and tuples ------------------------------------------------------------------


@fault(
    "One number for a layer's two axes is for the height alone.",
    witness=lambda: nn.Conv2d(1, 1, 3).kernel_size != (3, 3),
)
def int_for_the_height(patch):
    real = modules._pair

    def _pair(value):
        return (value, min(value, 1)) if isinstance(value, int) else real(value)

    patch(modules, "_pair", _pair)


@fault(
    "F.conv2d takes one number of padding for the height alone.",
    witness=lambda: F.conv2d(image(1, 1), ones(1, 1, 1, 1), padding=1).shape[3] != 3,
)
def function_int_for_the_height(patch):
    def broken(c):
        first = c.padding if isinstance(c.padding, int) else None
        return c.run(padding=c.padding if first is None else (first, 0))

    replace(patch, ["conv2d"], broken)


@fault(
    "Layers refuse lists.",
    witness=lambda: other(lambda: nn.Conv2d(1, 1, [1, 1]).kernel_size, (1, 1)),
)
def lists_refused(patch):
    real = modules._pair

    def _pair(value):
        if isinstance(value, list):
            raise TypeError("a tuple is wanted")
        return real(value)

    patch(modules, "_pair", _pair)


@fault(
    "The numbers of a tuple that are too many are passed over in silence.",
    witness=lambda: other(
        lambda: F.conv2d(image(1, 1), ones(1, 1, 1, 1), stride=(1, 1, 1)),
        "RuntimeError",
    ),
)
def long_tuples_cut(patch):
    def broken(c):
        cut = {
            name: getattr(c, name)[: c.axes]
            for name in ("stride", "padding", "dilation")
            if isinstance(getattr(c, name), (tuple, list))
        }
        return c.run(**cut)

    replace(patch, CONVS, broken)


def _reversed(name):
    def broken(c):
        value = getattr(c, name)
        swapped = value[::-1] if isinstance(value, (tuple, list)) else value
        return c.run(**{name: swapped})

    return broken


@fault(
    "The stride of a convolution is for the last axis first.",
    witness=lambda: (
        F.conv2d(image(2, 2), ones(1, 1, 1, 1), stride=(1, 2)).shape[3] != 1
    ),
)
def stride_reversed(patch):
    replace(patch, CONVS, _reversed("stride"))


@fault(
    "The padding of a convolution is for the last axis first.",
    witness=lambda: (
        F.conv2d(image(2, 2), ones(1, 1, 1, 1), padding=(0, 1)).shape[3] != 4
    ),
)
def padding_reversed(patch):
    replace(patch, CONVS, _reversed("padding"))


@fault(
    "The dilation of a convolution is for the last axis first.",
    witness=lambda: (
        F.conv2d(image(5, 5), ones(1, 1, 2, 2), dilation=(1, 3)).shape[3] != 2
    ),
)
def dilation_reversed(patch):
    replace(patch, CONVS, _reversed("dilation"))


# --- stride, padding, dilation --------------------------------------------------------


@fault(
    "A strided convolution begins at the second place where it can.",
    witness=lambda: other(lambda: F.conv1d(row(1, 2, 3), row(1), stride=2), [[[1, 3]]]),
)
def stride_begins_at_second(patch):
    def broken(c):
        strides = c.each(c.stride)
        if isinstance(c.padding, str) or min(strides) < 1:
            return c.run()
        dense = c.run(stride=1)
        for dim, stride in zip(c.spatial, strides, strict=False):
            start = 1 if stride > 1 and dense.shape[dim] > 1 else 0
            dense = dense.transpose(0, dim)[start::stride].transpose(0, dim)
        return dense

    replace(patch, CONVS, broken)


@fault(
    "A stride larger than the input is refused.",
    witness=lambda: other(lambda: F.conv1d(row(1), row(1), stride=5), [[[1]]]),
)
def large_stride_refused(patch):
    def broken(c):
        if max(c.each(c.stride)) > max(c.input.shape[2:]):
            raise RuntimeError("stride larger than the input")
        return c.run()

    replace(patch, CONVS, broken)


def _padded(c, fill):
    """The call on an input that ``fill`` has padded, in the order of F.pad."""
    if isinstance(c.padding, str):
        return c.run()
    amounts = [n for each in c.each(c.padding)[::-1] for n in (each, each)]
    return c.run(input=fill(c.input, amounts), padding=0)


@fault(
    "The padding holds ones.",
    witness=lambda: other(lambda: F.conv1d(row(5), row(1), padding=1), [[[0, 5, 0]]]),
)
def padding_of_ones(patch):
    replace(
        patch,
        CONVS,
        lambda c: _padded(c, lambda input, n: REAL_PAD(input, n, value=1.0)),
    )


@fault(
    "All of the padding goes in front.",
    witness=lambda: other(lambda: F.conv1d(row(5), row(1), padding=1), [[[0, 5, 0]]]),
)
def padding_in_front(patch):
    def fill(input, amounts):
        return REAL_PAD(input, [2 * n * (i % 2 == 0) for i, n in enumerate(amounts)])

    replace(patch, CONVS, lambda c: _padded(c, fill))


@fault(
    "The padding is at most as large as the input.",
    witness=lambda: F.conv1d(row(5), row(1), padding=2).shape[2] != 5,
)
def padding_limited(patch):
    def broken(c):
        if isinstance(c.padding, str):
            return c.run()
        sizes = c.input.shape[-c.axes :]
        padding = c.each(c.padding)
        if len(padding) != c.axes:
            return c.run()
        return c.run(padding=[min(n, p) for n, p in zip(sizes, padding, strict=True)])

    replace(patch, CONVS, broken)


@fault(
    "Places on padding alone don't get the bias.",
    witness=lambda: other(
        lambda: F.conv1d(row(5), row(1), ones(1), padding=1), [[[1, 6, 1]]]
    ),
)
def bias_not_on_padding(patch):
    def broken(c):
        if c.bias is None or isinstance(c.padding, str):
            return c.run()
        seen = c.run(
            input=torch.ones_like(c.input), weight=torch.ones_like(c.weight), bias=None
        )
        return torch.where(seen != 0, c.run(), torch.zeros_like(seen))

    replace(patch, CONVS, broken)


@fault(
    "The dilation is the number of gaps between two weights.",
    witness=lambda: F.conv1d(row(1, 2, 3, 4), row(1, 1), dilation=2).shape[2] != 2,
)
def dilation_counts_gaps(patch):
    replace(
        patch,
        CONVS,
        lambda c: c.run(dilation=[d + (d > 1) for d in c.each(c.dilation)]),
    )


@fault(
    "Convolutions ignore the dilation.",
    witness=lambda: F.conv1d(row(1, 2, 3, 4), row(1, 1), dilation=2).shape[2] != 2,
)
def dilation_ignored(patch):
    replace(patch, CONVS, lambda c: c.run(dilation=1))


@fault(
    "One number of padding doesn't count for an axis where the kernel is 1.",
    witness=lambda: (
        F.conv2d(image(3, 1), ones(1, 1, 3, 1), padding=1).shape != (1, 1, 3, 3)
    ),
)
def padding_only_where_kernel(patch):
    def broken(c):
        if not isinstance(c.padding, int) or c.axes == 1:
            return c.run()
        return c.run(padding=[c.padding if k > 1 else 0 for k in c.kernel])

    replace(patch, CONVS, broken)


@fault(
    'The padding "valid" pads by one.',
    witness=lambda: F.conv1d(row(1), row(1), padding="valid").shape[2] != 1,
)
def valid_pads(patch):
    replace(
        patch, CONVS, lambda c: c.run(padding=1 if c.padding == "valid" else c.padding)
    )


def _same(c, split, axes=None):
    """Padding "same", with ``split`` saying what goes in front of a total."""
    amounts = []
    pairs = list(zip(c.kernel, c.each(c.dilation), strict=True))
    for number, (kernel, dilation) in reversed(list(enumerate(pairs))):
        total = dilation * (kernel - 1) if axes is None or number in axes else 0
        amounts += [split(total), total - split(total)]
    return c.run(input=REAL_PAD(c.input, amounts), padding=0)


@fault(
    'The padding "same" puts the odd zero in front.',
    witness=lambda: other(
        lambda: F.conv1d(row(1, 2), row(10, 1), padding="same"), [[[12, 20]]]
    ),
)
def same_odd_in_front(patch):
    def broken(c):
        if c.padding != "same" or max(c.each(c.stride)) > 1:
            return c.run()
        return _same(c, lambda total: total - total // 2)

    replace(patch, CONVS, broken)


@fault(
    'The padding "same" keeps the first axis alone.',
    witness=lambda: (
        F.conv2d(image(3, 3), ones(1, 1, 3, 3), padding="same").shape != (1, 1, 3, 3)
    ),
)
def same_keeps_first_axis(patch):
    def broken(c):
        if c.padding != "same" or max(c.each(c.stride)) > 1:
            return c.run()
        return _same(c, lambda total: total // 2, axes=[0])

    replace(patch, CONVS, broken)


def _warned():
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        F.conv1d(row(1, 2), row(1, 1), padding="same")
    return bool(seen)


def _warns_of_same():
    before = torch.is_warn_always_enabled()
    torch.set_warn_always(True)
    try:
        return _warned()
    finally:
        torch.set_warn_always(before)


@fault(
    'The padding "same" of an even kernel doesn\'t warn.',
    witness=lambda: not _warns_of_same(),
)
def same_in_silence(patch):
    def broken(c):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return c.run()

    replace(patch, CONVS, broken)


@fault(
    'The function takes the padding "same" with a stride.',
    witness=lambda: other(
        lambda: F.conv1d(row(1, 2), row(1, 1), stride=2, padding="same"), "RuntimeError"
    ),
)
def same_with_stride(patch):
    def broken(c):
        return _same(c, lambda total: total // 2) if c.padding == "same" else c.run()

    replace(patch, CONVS, broken)


@fault(
    'The function takes any word for the padding "valid".',
    witness=lambda: other(
        lambda: F.conv1d(row(1), row(1), padding="x"), "RuntimeError"
    ),
)
def unknown_padding_is_valid(patch):
    def broken(c):
        unknown = isinstance(c.padding, str) and c.padding != "same"
        return c.run(padding=0 if unknown else c.padding)

    replace(patch, CONVS, broken)


def _padding_mode(mode, *values):
    layer = nn.Conv1d(1, 1, 1, padding=1, padding_mode=mode, bias=False)
    layer.load_state_dict({"weight": row(1)})
    return layer(row(*values)).flatten().tolist()


@fault(
    'The padding mode "reflect" repeats the pixel at the edge.',
    witness=lambda: _padding_mode("reflect", 1, 2, 3) != [2, 1, 2, 3, 2],
)
def reflect_replicates(patch):
    def pad(input, pad, mode="constant", value=None):
        mode = "replicate" if mode == "reflect" else mode
        return REAL_PAD(input, pad, mode=mode, value=value)

    patch(F, "pad", pad)


@fault(
    "The amounts of a padding mode are for the first axis first.",
    witness=lambda: (
        nn.Conv2d(1, 1, 1, padding=(1, 0), padding_mode="circular")(image(2, 2)).shape
        != (1, 1, 4, 2)
    ),
)
def padding_mode_axes_swapped(patch):
    def change(layer):
        if not isinstance(layer.padding, str):
            amounts = [n for each in layer.padding for n in (each, each)]
            layer._reversed_padding_repeated_twice = amounts

    for layer in (nn.Conv2d, nn.Conv3d):
        after_init(patch, layer, change)


@fault(
    "A layer with a padding mode forgets its dilation.",
    witness=lambda: (
        nn.Conv1d(1, 1, 2, padding=1, dilation=2, padding_mode="circular")(
            row(1, 2, 3)
        ).shape[2]
        != 3
    ),
)
def padding_mode_without_dilation(patch):
    real = nn.Conv1d._conv_forward

    def _conv_forward(self, input, weight, bias):
        if self.padding_mode == "zeros":
            return real(self, input, weight, bias)
        padded = F.pad(
            input, self._reversed_padding_repeated_twice, mode=self.padding_mode
        )
        return F.conv1d(padded, weight, bias, self.stride, 0, 1, self.groups)

    patch(nn.Conv1d, "_conv_forward", _conv_forward)


@fault(
    "A layer with a padding mode pads with zeros as well.",
    witness=lambda: other(
        lambda: nn.Conv3d(1, 1, 1, padding=1, padding_mode="circular")(
            ones(1, 1, 1, 1, 1)
        ).shape[2],
        3,
    ),
)
def padding_mode_pads_twice(patch):
    def _conv_forward(self, input, weight, bias):
        arguments = (self.stride, self.padding, self.dilation, self.groups)
        if self.padding_mode != "zeros":
            amounts = self._reversed_padding_repeated_twice
            input = F.pad(input, amounts, mode=self.padding_mode)
        return F.conv3d(input, weight, bias, *arguments)

    patch(nn.Conv3d, "_conv_forward", _conv_forward)


@fault(
    "Layers take an unknown padding mode for zeros.",
    witness=lambda: other(
        lambda: nn.Conv2d(1, 1, 1, padding_mode="x").padding_mode, "ValueError"
    ),
)
def unknown_padding_mode_taken(patch):
    real = modules._ConvNd.__init__

    def __init__(self, *args, **kwargs):
        known = {"zeros", "reflect", "replicate", "circular"}
        args = [*args[:10], args[10] if args[10] in known else "zeros", *args[11:]]
        real(self, *args, **kwargs)

    patch(modules._ConvNd, "__init__", __init__)


# --- sizes ----------------------------------------------------------------------------


@fault(
    "A convolution has one place too many along each axis where it has several.",
    witness=lambda: F.conv1d(row(1, 2, 3), row(1)).shape[2] != 3,
)
def one_place_too_many(patch):
    def broken(c):
        output = c.run()
        amounts = [n for s in output.shape[: -c.axes - 1 : -1] for n in (0, int(s > 1))]
        return REAL_PAD(output, amounts)

    replace(patch, CONVS, broken)


@fault(
    "The last of several places along the last axis is left out.",
    witness=lambda: F.conv1d(row(1, 2, 3), row(1)).shape[2] != 3,
)
def last_place_left_out(patch):
    def broken(c):
        output = c.run()
        return output[..., :-1] if output.shape[-1] > 1 else output

    replace(patch, CONVS, broken)


@fault(
    "A kernel larger than the input without its padding is refused.",
    witness=lambda: other(lambda: F.conv1d(row(5), row(0, 1, 0), padding=1), [[[5]]]),
)
def large_kernel_refused(patch):
    def broken(c):
        sizes = c.input.shape[-c.axes :]
        if any(k > n for k, n in zip(c.kernel, sizes, strict=True)):
            raise RuntimeError("Kernel size can't be greater than actual input size")
        return c.run()

    replace(patch, CONVS, broken)


def _instead(names, message, result):
    """Patch functions to give ``result`` instead of an error with a message."""

    def apply(patch):
        def broken(c):
            try:
                return c.run()
            except RuntimeError as error:
                if message not in str(error):
                    raise
            return result(c)

        replace(patch, names, broken)

    return apply


@fault(
    "A kernel larger than the padded input gives an empty output.",
    witness=lambda: other(lambda: F.conv1d(row(5), row(1, 1)), "RuntimeError"),
)
def large_kernel_gives_nothing(patch):
    def empty(c):
        return c.input.new_zeros([len(c.input), len(c.weight), *[0] * c.axes])

    _instead(CONVS, "greater than actual input", empty)(patch)


# --- groups ---------------------------------------------------------------------------


@fault(
    "Groups see each other's input channels, in reverse order.",
    witness=lambda: other(
        lambda: F.conv1d(torch.tensor([[[1.0], [2.0]]]), ones(2, 1, 1), groups=2),
        [[[1], [2]]],
    ),
)
def groups_reversed(patch):
    def broken(c):
        if c.groups < 2:
            return c.run()
        dim = -c.axes - 1
        parts = c.input.chunk(c.groups, dim)
        return c.run(input=torch.cat(parts[::-1], dim))

    replace(patch, CONVS, broken)


@fault(
    "The biases of groups are given out in reverse order.",
    witness=lambda: other(
        lambda: F.conv1d(
            ones(1, 2, 1), ones(2, 1, 1), torch.tensor([0.0, 5.0]), groups=2
        ),
        [[[1], [6]]],
    ),
)
def groups_reverse_bias(patch):
    def broken(c):
        swap = c.groups > 1 and c.bias is not None
        return c.run(bias=c.bias.flip(0) if swap else c.bias)

    replace(patch, CONVS, broken)


@fault(
    "The output channels of a depthwise convolution come group after group.",
    witness=lambda: other(
        lambda: F.conv1d(
            torch.tensor([[[1.0], [10.0]]]),
            torch.tensor([[[1.0]], [[2.0]], [[3.0]], [[4.0]]]),
            groups=2,
        ).flatten(),
        [1, 2, 30, 40],
    ),
)
def depthwise_interleaved(patch):
    def broken(c):
        output = c.run()
        if c.groups < 2 or c.weight.shape[1] > 1 or output.dim() != c.axes + 2:
            return output
        sizes = output.shape
        parts = output.reshape(sizes[0], c.groups, -1, *sizes[2:])
        return parts.transpose(1, 2).reshape(sizes)

    replace(patch, CONVS, broken)


@fault(
    "The weight of a grouped layer has a slot for every input channel.",
    witness=lambda: nn.Conv2d(2, 2, 1, groups=2).weight.shape[1] != 1,
)
def groups_do_not_divide_weight(patch):
    def change(layer):
        if layer.groups > 1:
            weight = layer.weight.detach().repeat_interleave(layer.groups, 1)
            layer.weight = nn.Parameter(weight)

    for layer in (nn.Conv1d, nn.Conv2d, nn.Conv3d):
        after_init(patch, layer, change)


def _leaks():
    input = ones(1, 2, 1).requires_grad_()
    F.conv1d(input, ones(2, 1, 1), groups=2)[0, 0].sum().backward()
    return input.grad[0, 1].item() != 0


@fault("A group passes gradients to the channels of other groups.", witness=_leaks)
def groups_leak_gradient(patch):
    def broken(c):
        nothing = (c.input - c.input.detach()).sum() if c.groups > 1 else 0
        return c.run() + nothing

    replace(patch, CONVS, broken)


@fault(
    "Layers raise a RuntimeError for what they raise a ValueError for.",
    witness=lambda: other(lambda: nn.Conv2d(3, 2, 1, groups=2), "ValueError"),
)
def layers_raise_runtime_error(patch):
    for layer in (modules._ConvNd, modules._ConvTransposeNd):
        real = layer.__init__

        def __init__(self, *args, real=real, **kwargs):
            try:
                real(self, *args, **kwargs)
            except ValueError as error:
                raise RuntimeError(str(error)) from None

        patch(layer, "__init__", __init__)


@fault(
    "F.conv2d leaves out input channels that are too many for its groups.",
    witness=lambda: other(
        lambda: F.conv2d(ones(1, 3, 1, 1), ones(2, 1, 1, 1), groups=2), "RuntimeError"
    ),
)
def channels_too_many(patch):
    def broken(c):
        wanted = c.weight.shape[1] * c.groups
        return c.run(input=c.input.narrow(-c.axes - 1, 0, wanted))

    replace(patch, CONVS, broken)


@fault(
    "Convolutions leave out channels that the weight has and the input has not.",
    witness=lambda: other(
        lambda: F.conv2d(ones(1, 3, 1, 1), ones(1, 5, 1, 1)), "RuntimeError"
    ),
)
def channels_too_few(patch):
    def broken(c):
        has = c.input.shape[-c.axes - 1] if c.input.dim() > c.axes else 0
        few = c.groups == 1 and 0 < has < c.weight.shape[1]
        return c.run(weight=c.weight[:, :has] if few else c.weight)

    replace(patch, CONVS, broken)


# --- what goes in ---------------------------------------------------------------------


@fault(
    "One sample without a batch gives a batch of one.",
    witness=lambda: F.conv1d(ones(1, 1), row(1)).dim() != 2,
)
def unbatched_gives_batch(patch):
    def broken(c):
        output = c.run()
        return output.unsqueeze(0) if output.dim() == c.axes + 1 else output

    replace(patch, CONVS + TRANSPOSED, broken)


@fault(
    "A batch of none gives one sample of zeros.",
    witness=lambda: len(F.conv1d(ones(0, 1, 1), row(1))) != 0,
)
def none_gives_one(patch):
    def broken(c):
        none = len(c.input) == 0
        return (
            c.run(input=c.input.new_zeros([1, *c.input.shape[1:]])) if none else c.run()
        )

    replace(patch, CONVS + TRANSPOSED, broken)


@fault(
    "An image without channels is taken for one channel.",
    witness=lambda: other(
        lambda: F.conv2d(ones(1, 1), ones(1, 1, 1, 1)), "RuntimeError"
    ),
)
def no_channels_taken_for_one(patch):
    def broken(c):
        bare = c.input.dim() == c.axes
        return c.run(input=c.input.unsqueeze(0) if bare else c.input)

    replace(patch, CONVS + TRANSPOSED, broken)


@fault(
    "A bias of any shape is taken, if its first number can be had.",
    witness=lambda: other(lambda: F.conv1d(row(1), row(1), ones(2)), "RuntimeError"),
)
def any_bias_taken(patch):
    def broken(c):
        if c.bias is None or c.bias.shape == c.weight.shape[:1]:
            return c.run()
        return c.run(bias=c.bias.flatten()[:1].expand(len(c.weight)))

    replace(patch, CONVS, broken)


@fault(
    "The input is cast to the dtype of the weight.",
    witness=lambda: other(lambda: F.conv1d(row(1).long(), row(1)), "RuntimeError"),
)
def input_cast(patch):
    replace(
        patch, CONVS + TRANSPOSED, lambda c: c.run(input=c.input.to(c.weight.dtype))
    )


@fault(
    "Convolutions of another dtype give float32.",
    witness=lambda: (
        F.conv1d(row(1).bfloat16(), row(1).bfloat16()).dtype != torch.bfloat16
    ),
)
def output_is_float32(patch):
    def broken(c):
        output = c.run()
        return output if output.is_complex() else output.float()

    replace(patch, CONVS, broken)


@fault(
    "A complex convolution conjugates the kernel.",
    witness=lambda: F.conv1d(row(1) + 0j, row(1) * 1j).item() != 1j,
)
def complex_conjugates(patch):
    replace(
        patch,
        CONVS,
        lambda c: c.run(weight=c.weight.conj() if c.weight.is_complex() else c.weight),
    )


@fault(
    "The weight is read in the order of memory.",
    witness=lambda: other(
        lambda: F.conv2d(image(2, 2), image(2, 2).transpose(2, 3)),
        [[[[0 + 2 + 2 + 9]]]],
    ),
)
def weight_read_from_memory(patch):
    def broken(c):
        if c.weight.is_contiguous() or 0 in c.weight.stride():
            return c.run()
        strides = torch.empty(c.weight.shape).stride()
        return c.run(weight=c.weight.as_strided(c.weight.shape, strides))

    replace(patch, CONVS, broken)


@fault(
    "The output is contiguous, also of channels-last inputs.",
    witness=lambda: F.conv2d(
        ones(1, 2, 2, 2).to(memory_format=torch.channels_last),
        ones(2, 2, 1, 1).to(memory_format=torch.channels_last),
    ).is_contiguous(),
)
def channels_last_lost(patch):
    replace(patch, ["conv2d"], lambda c: c.run().contiguous())


@fault(
    "A kernel of a single one gives the input itself.",
    witness=lambda: (lambda x: F.conv1d(x, row(1)) is x)(row(5)),
)
def identity_gives_input(patch):
    def broken(c):
        same = (
            c.bias is None
            and c.weight.tolist() == torch.ones([1] * (c.axes + 2)).tolist()
        )
        plain = not isinstance(c.padding, str) and max(c.each(c.padding)) == 0
        if (
            same
            and plain
            and max(c.each(c.stride)) == 1
            and c.input.requires_grad is False
        ):
            return c.input
        return c.run()

    replace(patch, CONVS, broken)


@fault(
    "A stride of 0 is taken for 1, and a dilation too.",
    witness=lambda: other(lambda: F.conv1d(row(1), row(1), stride=0), "RuntimeError"),
)
def zero_taken_for_one(patch):
    def broken(c):
        stride = [abs(n) or 1 for n in c.each(c.stride)]
        return c.run(stride=stride, dilation=[n or 1 for n in c.each(c.dilation)])

    replace(patch, CONVS, broken)


@fault(
    "A negative padding is taken for none.",
    witness=lambda: other(lambda: F.conv1d(row(1), row(1), padding=-1), "RuntimeError"),
)
def negative_padding_taken_for_none(patch):
    def broken(c):
        if isinstance(c.padding, str):
            return c.run()
        return c.run(padding=[max(0, n) for n in c.each(c.padding)])

    replace(patch, CONVS, broken)


@fault(
    "A kernel without points gives zeros.",
    witness=lambda: other(
        lambda: F.conv2d(image(1, 1), ones(1, 1, 0, 0)), "RuntimeError"
    ),
)
def empty_kernel_gives_zeros(patch):
    def broken(c):
        return torch.zeros_like(c.input) if c.weight.numel() == 0 else c.run()

    replace(patch, CONVS, broken)


@fault(
    "An image without pixels gives an image without pixels.",
    witness=lambda: other(
        lambda: F.conv2d(ones(1, 1, 0, 1), ones(1, 1, 1, 1)), "RuntimeError"
    ),
)
def empty_image_gives_empty(patch):
    def broken(c):
        empty = 0 in c.input.shape[-c.axes :]
        return c.input.clone() if empty else c.run()

    replace(patch, CONVS, broken)


# --- gradients ------------------------------------------------------------------------


def _gradients(function=None):
    input, weight, bias = row(1, 2), row(10), torch.zeros(1)
    tensors = [each.requires_grad_() for each in (input, weight, bias)]
    (function or F.conv1d)(*tensors).sum().backward()
    return [None if each.grad is None else each.grad.tolist() for each in tensors]


RIGHT = [[[[10, 10]]], [[[3]]], [2]]


@fault(
    "The input's gradient is doubled.",
    witness=lambda: other(_gradients, RIGHT),
)
def input_gradient_doubled(patch):
    replace(
        patch,
        CONVS,
        lambda c: c.run(input=twice(c.input) if c.input.requires_grad else c.input),
    )


@fault("The weight gets no gradient.", witness=lambda: other(_gradients, RIGHT))
def weight_detached(patch):
    replace(patch, CONVS, lambda c: c.run(weight=c.weight.detach()))


@fault("The bias's gradient is doubled.", witness=lambda: other(_gradients, RIGHT))
def bias_gradient_doubled(patch):
    replace(
        patch,
        CONVS + TRANSPOSED,
        lambda c: c.run(bias=None if c.bias is None else twice(c.bias)),
    )


def _batch_gradient():
    weight = row(1).requires_grad_()
    F.conv1d(ones(2, 1, 1), weight).sum().backward()
    return weight.grad.tolist()


@fault(
    "The weight's gradient is averaged over the batch.",
    witness=lambda: other(_batch_gradient, [[[2]]]),
)
def weight_gradient_averaged(patch):
    def broken(c):
        if (
            c.input.dim() != c.axes + 2
            or not c.weight.requires_grad
            or not len(c.input)
        ):
            return c.run()
        part = c.weight / len(c.input)
        return c.run(weight=part + (c.weight - part).detach())

    replace(patch, CONVS, broken)


@fault(
    "Nothing passes gradients while the weight is frozen.",
    witness=lambda: not F.conv1d(row(1).requires_grad_(), row(1)).requires_grad,
)
def frozen_weight_cuts(patch):
    replace(
        patch, CONVS, lambda c: c.run() if c.weight.requires_grad else c.run().detach()
    )


@fault(
    "The output always requires gradients.",
    witness=lambda: F.conv1d(row(1), row(1)).requires_grad,
)
def always_requires_gradients(patch):
    def broken(c):
        output = c.run()
        floating = output.is_floating_point() and torch.is_grad_enabled()
        return output.requires_grad_() if floating and output.is_leaf else output

    replace(patch, CONVS, broken)


def _second():
    input, weight = row(1.0).requires_grad_(), row(2.0).requires_grad_()
    output = F.conv1d(input, weight)
    (first,) = torch.autograd.grad(output.sum(), input, create_graph=True)
    return first.requires_grad


@fault("The input's gradient has no gradients itself.", witness=lambda: not _second())
def no_second_derivative(patch):
    def broken(c):
        if not c.input.requires_grad:
            return c.run()
        input = c.input.view_as(c.input)
        input.register_hook(lambda gradient: gradient.detach())
        return c.run(input=input)

    replace(patch, CONVS, broken)


def _gradient_of_copies():
    layer = nn.Conv1d(1, 1, 1, padding=1, padding_mode="replicate", bias=False)
    layer.load_state_dict({"weight": row(1)})
    input = row(5).requires_grad_()
    layer(input).sum().backward()
    return input.grad.tolist()


@fault(
    "Copies of pixels in the padding pass no gradient.",
    witness=lambda: other(_gradient_of_copies, [[[3]]]),
)
def padding_copies_detached(patch):
    def pad(input, pad, mode="constant", value=None):
        if mode == "constant":
            return REAL_PAD(input, pad, mode=mode, value=value)
        inner = REAL_PAD(input - input.detach(), pad)
        return REAL_PAD(input.detach(), pad, mode=mode) + inner

    patch(F, "pad", pad)


# --- transposed convolution -----------------------------------------------------------


@fault(
    "Where kernels of a transposed convolution overlap, the mean is taken.",
    witness=lambda: other(
        lambda: F.conv_transpose1d(row(1, 1), row(1, 1)), [[[1, 2, 1]]]
    ),
)
def overlaps_averaged(patch):
    def broken(c):
        if c.groups > 1:
            return c.run()
        count = c.run(
            input=torch.ones_like(c.input),
            weight=torch.ones_like(c.weight),
            bias=None,
        )
        count = (count / len(c.weight)).clamp(min=1)
        bias = 0 if c.bias is None else c.bias.reshape(-1, *[1] * c.axes)
        return c.run(bias=None) / count + bias

    replace(patch, TRANSPOSED, broken)


@fault(
    "A transposed convolution leaves the last pixel out where it has several.",
    witness=lambda: other(lambda: F.conv_transpose1d(row(1, 2), row(1)), [[[1, 2]]]),
)
def last_pixel_not_spread(patch):
    def broken(c):
        input = c.input.clone()
        if input.shape[-1] > 1 or (c.axes > 1 and input.shape[-2] > 1):
            input[..., -1] = 0
        return c.run(input=input)

    replace(patch, TRANSPOSED, broken)


@fault(
    "The padding of a transposed convolution cuts the front alone.",
    witness=lambda: other(
        lambda: F.conv_transpose1d(row(1, 2, 3), row(1), padding=1), [[[2]]]
    ),
)
def padding_cuts_front(patch):
    def broken(c):
        padding = c.each(c.padding)
        if max(padding) == 0:
            return c.run()
        output = c.run(padding=0)
        for dim, amount in zip(c.spatial, padding, strict=False):
            offset = dim - 2 - c.axes
            if output.shape[offset] <= 2 * amount:
                return c.run()
            start = 2 * amount
            output = output.narrow(offset, start, output.shape[offset] - start)
        return output

    replace(patch, TRANSPOSED, broken)


@fault(
    "The output padding goes in front.",
    witness=lambda: other(
        lambda: F.conv_transpose1d(row(1, 2), row(1), stride=2, output_padding=1),
        [[[1, 0, 2, 0]]],
    ),
)
def output_padding_in_front(patch):
    def broken(c):
        extra = c.each(c.output_padding)
        full = c.run()
        if max(extra) == 0:
            return full
        amounts = [n for each in extra[::-1] for n in (each, 0)]
        return REAL_PAD(c.run(output_padding=0), amounts)

    replace(patch, TRANSPOSED, broken)


@fault(
    "The output padding holds zeros, without what kernels put there and the bias.",
    witness=lambda: other(
        lambda: F.conv_transpose1d(row(1), row(1), ones(1), stride=2, output_padding=1),
        [[[2, 1]]],
    ),
)
def output_padding_of_zeros(patch):
    def broken(c):
        extra = c.each(c.output_padding)
        full = c.run()
        if max(extra) == 0:
            return full
        amounts = [n for each in extra[::-1] for n in (0, each)]
        return REAL_PAD(c.run(output_padding=0), amounts)

    replace(patch, TRANSPOSED, broken)


@fault(
    "An output padding as large as the stride is refused, whatever the dilation.",
    witness=lambda: other(
        lambda: F.conv_transpose1d(row(1), row(1), output_padding=1, dilation=2).shape[
            2
        ],
        2,
    ),
)
def dilation_does_not_allow_output_padding(patch):
    def broken(c):
        pairs = zip(c.each(c.output_padding), c.each(c.stride), strict=False)
        if any(extra >= stride for extra, stride in pairs):
            raise RuntimeError("output padding must be smaller than the stride")
        return c.run()

    replace(patch, TRANSPOSED, broken)


@fault(
    "ConvTranspose2d takes dilation before groups, as Conv2d does.",
    witness=lambda: (
        list(inspect.signature(nn.ConvTranspose2d).parameters)[6] != "groups"
    ),
)
def transposed_arguments_as_conv(patch):
    real = nn.ConvTranspose2d.__init__

    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        output_padding=0,
        dilation=1,
        groups=1,
        bias=True,
        padding_mode="zeros",
        device=None,
        dtype=None,
    ):
        values = {**locals()}
        del values["self"], values["real"]
        real(self, **values)

    patch(nn.ConvTranspose2d, "__init__", __init__)


@fault(
    "The bias of a transposed layer has a number for each input channel.",
    witness=lambda: nn.ConvTranspose2d(1, 2, 1).bias.shape != (2,),
)
def transposed_bias_of_inputs(patch):
    def change(layer):
        if layer.bias is not None:
            layer.bias = nn.Parameter(torch.zeros(layer.in_channels))

    for layer in (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d):
        after_init(patch, layer, change)


@fault(
    "The groups of a transposed convolution go into each other's output.",
    witness=lambda: other(
        lambda: F.conv_transpose1d(
            torch.tensor([[[1.0], [2.0]]]), ones(2, 1, 1), groups=2
        ),
        [[[1], [2]]],
    ),
)
def transposed_groups_reversed(patch):
    def broken(c):
        output = c.run()
        if c.groups < 2:
            return output
        dim = -c.axes - 1
        return torch.cat(output.chunk(c.groups, dim)[::-1], dim)

    replace(patch, TRANSPOSED, broken)


@fault(
    "Transposed convolutions ignore the dilation.",
    witness=lambda: (
        F.conv_transpose1d(row(1), row(1, 1), dilation=2).shape != (1, 1, 3)
    ),
)
def transposed_dilation_ignored(patch):
    replace(patch, TRANSPOSED, lambda c: c.run(dilation=1))


@fault(
    "A transposed convolution doubles the input's gradient.",
    witness=lambda: other(lambda: _gradients(F.conv_transpose1d), RIGHT),
)
def transposed_input_gradient_doubled(patch):
    replace(
        patch,
        TRANSPOSED,
        lambda c: c.run(input=twice(c.input) if c.input.requires_grad else c.input),
    )


@fault(
    "A transposed convolution passes no gradient to the weight.",
    witness=lambda: other(lambda: _gradients(F.conv_transpose1d), RIGHT),
)
def transposed_weight_detached(patch):
    replace(patch, TRANSPOSED, lambda c: c.run(weight=c.weight.detach()))


def output_padding(patch, broken):
    """Replace how transposed layers find their output padding."""
    real = modules._ConvTransposeNd._output_padding

    def _output_padding(self, input, output_size, *args, **kwargs):
        return broken(
            lambda size: real(self, input, size, *args, **kwargs), output_size, args
        )

    patch(modules._ConvTransposeNd, "_output_padding", _output_padding)


def _sized(size, layer=None):
    layer = layer or nn.ConvTranspose1d(1, 1, 1, stride=3)
    return tuple(layer(row(1, 2), output_size=size).shape)


@fault(
    "Transposed layers ignore the output_size.",
    witness=lambda: other(lambda: _sized([6]), (1, 1, 6)),
)
def output_size_ignored(patch):
    output_padding(patch, lambda real, size, args: real(None))


@fault(
    "Transposed layers refuse an output_size with batch and channels.",
    witness=lambda: other(lambda: _sized([1, 1, 6]), (1, 1, 6)),
)
def full_output_size_refused(patch):
    def broken(real, size, args):
        if size is not None and len(size) != args[3]:
            raise ValueError(f"output_size must have {args[3]} elements")
        return real(size)

    output_padding(patch, broken)


@fault(
    "An impossible output_size gives the smallest one.",
    witness=lambda: other(lambda: _sized([9]), "ValueError"),
)
def impossible_output_size_taken(patch):
    def broken(real, size, args):
        try:
            return real(size)
        except ValueError as error:
            if "valid sizes" not in str(error):
                raise
            return [0] * args[3]

    output_padding(patch, broken)


@fault(
    "An output_size of the wrong length is passed over.",
    witness=lambda: other(
        lambda: nn.ConvTranspose2d(1, 1, 1)(ones(1, 1, 2, 2), output_size=[2]).shape[2],
        "ValueError",
    ),
)
def wrong_length_of_output_size(patch):
    def broken(real, size, args):
        wrong = size is not None and len(size) not in (args[3], args[3] + 2)
        return real(None if wrong else size)

    output_padding(patch, broken)


@fault(
    "Transposed layers take padding modes, and pad with zeros.",
    witness=lambda: other(
        lambda: nn.ConvTranspose2d(1, 1, 1, padding_mode="circular").groups,
        "ValueError",
    ),
)
def transposed_padding_modes_taken(patch):
    real = modules._ConvTransposeNd.__init__

    def __init__(self, *args, **kwargs):
        real(self, *args[:10], "zeros", *args[11:], **kwargs)

    patch(modules._ConvTransposeNd, "__init__", __init__)


@fault(
    "A transposed convolution leaves out input channels that are too many.",
    witness=lambda: other(
        lambda: F.conv_transpose1d(ones(1, 2, 1), ones(1, 1, 1)), "RuntimeError"
    ),
)
def transposed_channels_too_many(patch):
    def broken(c):
        dim = -c.axes - 1
        return c.run(input=c.input.narrow(dim, 0, len(c.weight)))

    replace(patch, TRANSPOSED, broken)


@fault(
    "A transposed convolution that cuts all of its output off gives nothing.",
    witness=lambda: other(
        lambda: F.conv_transpose1d(row(1), row(1), padding=1), "RuntimeError"
    ),
)
def vanished_output_is_empty(patch):
    def empty(c):
        return c.input.new_zeros([len(c.input), c.weight.shape[1], *[0] * c.axes])

    _instead(TRANSPOSED, "Output size is too small", empty)(patch)


@fault(
    "A grouped transposed convolution with a kernel of one point ignores its stride.",
    witness=lambda: other(
        lambda: F.conv_transpose1d(
            ones(1, 2, 2), ones(2, 1, 1), stride=2, groups=2
        ).shape[2],
        3,
    ),
)
def single_point_ignores_stride(patch):
    def broken(c):
        single = c.groups > 1 and max(c.kernel) == 1
        return c.run(stride=1) if single else c.run()

    replace(patch, TRANSPOSED, broken)


# --- what the mutation of torch's source found ----------------------------------------


@fault(
    'Padding "valid" pads in another padding mode than zeros.',
    witness=lambda: (
        nn.Conv1d(1, 1, 1, padding="valid", padding_mode="circular")(row(1, 2)).shape[2]
        != 2
    ),
)
def valid_pads_in_padding_mode(patch):
    def change(layer):
        if layer.padding == "valid":
            layer._reversed_padding_repeated_twice = [1, 1] * len(layer.kernel_size)

    for layer in (nn.Conv1d, nn.Conv2d, nn.Conv3d):
        after_init(patch, layer, change)


@fault(
    'Padding "same" of a padding mode is for the last axis first.',
    witness=lambda: (
        nn.Conv2d(1, 1, (1, 3), padding="same", padding_mode="circular")(
            image(5, 5)
        ).shape[3]
        != 5
    ),
)
def same_padding_mode_reversed(patch):
    def change(layer):
        if layer.padding == "same":
            layer._reversed_padding_repeated_twice = [
                *layer._reversed_padding_repeated_twice[2:],
                *layer._reversed_padding_repeated_twice[:2],
            ]

    after_init(patch, nn.Conv2d, change)


def _reset():
    layer = nn.Conv2d(2, 2, 2).to(memory_format=torch.channels_last)
    before = layer.weight.tolist()
    layer.reset_parameters()
    return layer.weight.tolist() == before


@fault("reset_parameters() leaves a weight in channels-last order.", witness=_reset)
def reset_leaves_channels_last(patch):
    real = modules._ConvNd.reset_parameters

    def reset_parameters(self):
        if self.weight.is_contiguous():
            real(self)

    patch(modules._ConvNd, "reset_parameters", reset_parameters)


@fault(
    "A transposed layer does not print its output padding.",
    witness=lambda: "output_padding" not in repr(nn.ConvTranspose1d(1, 1, 1, 2, 0, 1)),
)
def repr_without_output_padding(patch):
    real = modules._ConvNd.extra_repr
    patch(
        modules._ConvNd,
        "extra_repr",
        lambda self: real(self).replace(f", output_padding={self.output_padding}", ""),
    )


@fault(
    "A lazy layer of one dimension takes its channels from the last dimension.",
    witness=lambda: _lazy_1d() != 2,
)
def lazy_takes_last_dimension(patch):
    patch(nn.LazyConv1d, "_get_in_channels", lambda self, input: input.shape[-1])


def _lazy_1d():
    layer = nn.LazyConv1d(1, 1)
    try:
        layer(ones(1, 2, 4))
    except RuntimeError:
        return None
    return layer.in_channels
