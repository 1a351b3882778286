"""Ways to break pooling: which windows there are, and what is taken of them."""

import inspect
import itertools
import math

import torch
from torch import nn
from torch.nn import functional as F

from torch_semantics.faults import fault

MAX = ["max_pool1d", "max_pool2d", "max_pool3d"]
AVERAGE = ["avg_pool1d", "avg_pool2d", "avg_pool3d"]
ADAPTIVE_MAX = ["adaptive_max_pool1d", "adaptive_max_pool2d", "adaptive_max_pool3d"]
ADAPTIVE_AVERAGE = ["adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d"]
UNPOOL = ["max_unpool1d", "max_unpool2d", "max_unpool3d"]
WINDOW = {"input": None, "kernel_size": None, "stride": None, "padding": 0}
OF_MAX = {**WINDOW, "dilation": 1, "ceil_mode": False, "return_indices": False}
OF_AVERAGE = {
    **WINDOW,
    "ceil_mode": False,
    "count_include_pad": True,
    "divisor_override": None,
}
OF_ADAPTIVE = {"input": None, "output_size": None}
OF_UNPOOL = {
    "input": None,
    "indices": None,
    "kernel_size": None,
    "stride": None,
    "padding": 0,
    "output_size": None,
}
ARGUMENTS = {
    **dict.fromkeys(MAX, OF_MAX),
    **dict.fromkeys(AVERAGE, OF_AVERAGE),
    **{name: {**OF_ADAPTIVE, "return_indices": False} for name in ADAPTIVE_MAX},
    **dict.fromkeys(ADAPTIVE_AVERAGE, OF_ADAPTIVE),
    **dict.fromkeys(UNPOOL, OF_UNPOOL),
}
REAL = {name: getattr(F, name) for name in ARGUMENTS}


class Call:
    """One call of a pooling: its arguments as attributes, and the real function."""

    def __init__(self, name, args, kwargs):
        self.name, self.axes = name, int(name[-2])
        self._names = dict(ARGUMENTS[name])
        if name == "avg_pool1d":
            del self._names["divisor_override"]
        given = {**dict(zip(self._names, args, strict=False)), **kwargs}
        for each, value in {**self._names, **given}.items():
            setattr(self, each, value)

    def run(self, **changes):
        """Make the call, with some arguments changed."""
        values = {name: getattr(self, name) for name in self._names}
        return REAL[self.name](**{**values, **changes})

    def each(self, value):
        """One entry of an argument for each axis."""
        values = list(value) if isinstance(value, (tuple, list)) else [value]
        return values * self.axes if len(values) == 1 else values

    @property
    def steps(self):
        """The stride of each axis."""
        return self.each(self.kernel_size if self.stride is None else self.stride)

    @property
    def with_indices(self):
        """Whether the call gives a pair."""
        return getattr(self, "return_indices", False)

    def on_values(self, change, **changes):
        """Make the call, with its values changed."""
        result = self.run(**changes)
        return (change(result[0]), result[1]) if self.with_indices else change(result)

    def on_indices(self, change):
        """Make the call, with its indices changed."""
        result = self.run()
        return (result[0], change(result[1])) if self.with_indices else result


def replace(patch, names, broken, place=F):
    """Make functions call ``broken`` with what they are called with."""
    for name in names:

        def function(*args, name=name, **kwargs):
            return broken(Call(name, args, kwargs))

        patch(place, name, function)


def instead(names, message, result):
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


def other(call, expected):
    """Whether a call gives something else than expected, or raises another error."""
    try:
        found = call()
    except Exception as error:
        found = type(error).__name__
    if isinstance(found, torch.Tensor):
        found = found.tolist()
    return found != expected


def row(*values):
    """A line of one channel."""
    return torch.tensor([values], dtype=torch.float32)


def image(*size):
    """Counting numbers in an image of one channel."""
    return torch.arange(float(torch.Size(size).numel())).reshape(1, *size)


def twice(tensor):
    """The same values with twice the gradient."""
    return 2 * tensor - tensor.detach() if tensor.requires_grad else tensor


# --- values ---------------------------------------------------------------------------


@fault(
    "Max pooling takes the smallest of each window.",
    witness=lambda: other(lambda: F.max_pool1d(row(1, 3), 2), [[3]]),
)
def max_is_min(patch):
    def broken(c):
        if not c.input.is_floating_point():
            return c.run()
        return c.on_values(torch.neg, input=-c.input)

    replace(patch, MAX, broken)


@fault(
    "Max pooling leaves out the last column of square windows.",
    witness=lambda: other(lambda: F.max_pool2d(image(2, 2), 2), [[[2]]]) is False,
)
def last_column_left_out(patch):
    def broken(c):
        kernel = c.each(c.kernel_size)
        if c.axes != 2 or kernel[0] != kernel[1] or kernel[1] < 2 or c.padding:
            return c.run()
        return c.run(kernel_size=(kernel[0], kernel[1] - 1), stride=c.steps)

    replace(patch, MAX, broken)


@fault(
    "Poolings of lines and volumes take one window less where they have several.",
    witness=lambda: F.max_pool1d(row(1, 2, 3, 4), 2).shape != (1, 2),
)
def lines_and_volumes_short(patch):
    def broken(c):
        return c.run()[..., :-1] if not c.with_indices else c.run()

    replace(patch, ["max_pool1d", "max_pool3d", "avg_pool1d", "avg_pool3d"], broken)


@fault(
    "Pooling gives every channel what the first has.",
    witness=lambda: other(
        lambda: F.max_pool1d(torch.tensor([[1.0], [2.0]]), 1), [[1], [2]]
    ),
)
def channels_mixed(patch):
    def first(values):
        return values[..., :1, :].expand_as(values) if values.dim() < 3 else values

    def first_of_images(values):
        channels = (
            values.narrow(-3, 0, 1) if values.dim() > 2 and len(values) else values
        )
        return channels.expand_as(values)

    def broken(c):
        return c.on_values(first if c.axes == 1 else first_of_images)

    replace(patch, [*MAX[:2], *AVERAGE[:2]], broken)


@fault(
    "The poolings of torch ignore their padding.",
    witness=lambda: torch.max_pool1d(row(1, 2), 2, 1, 1).shape != (1, 3),
)
def torch_functions_ignore_padding(patch):
    for name in ("max_pool1d", "max_pool2d", "max_pool3d", "avg_pool1d"):
        real = getattr(torch, name)

        def function(
            input, kernel_size, stride=(), padding=0, *args, real=real, **kwargs
        ):
            return real(input, kernel_size, stride, 0, *args, **kwargs)

        patch(torch, name, function)


# --- windows --------------------------------------------------------------------------


@fault(
    "The stride is 1 unless given.",
    witness=lambda: F.max_pool1d(row(1, 2, 3, 4), 2).shape != (1, 2),
)
def stride_defaults_to_one(patch):
    replace(
        patch,
        MAX + AVERAGE,
        lambda c: c.run(stride=1 if c.stride is None else c.stride),
    )


@fault(
    "The stride is ignored.",
    witness=lambda: F.max_pool1d(row(1, 2, 3, 4), 2, 1).shape != (1, 3),
)
def stride_ignored(patch):
    replace(
        patch, MAX + AVERAGE, lambda c: c.run(stride=None if c.stride else c.stride)
    )


def _reversed(value):
    return value[::-1] if isinstance(value, (tuple, list)) else value


@fault(
    "A window of two numbers is as wide as the first and as high as the second.",
    witness=lambda: F.max_pool2d(image(2, 2), (2, 1)).shape != (1, 1, 2),
)
def window_reversed(patch):
    replace(
        patch,
        [MAX[1], AVERAGE[1]],
        lambda c: c.run(kernel_size=_reversed(c.kernel_size)),
    )


@fault(
    "Max pooling ignores the dilation.",
    witness=lambda: F.max_pool1d(row(1, 2, 3), 2, 1, dilation=2).shape != (1, 1),
)
def dilation_ignored(patch):
    replace(patch, MAX, lambda c: c.run(dilation=c.dilation and 1))


@fault(
    "The windows that hang over are kept without being asked for.",
    witness=lambda: F.max_pool1d(row(1, 2, 3), 2).shape != (1, 1),
)
def always_ceil(patch):
    replace(patch, MAX + AVERAGE, lambda c: c.run(ceil_mode=True))


@fault(
    "Pooling ignores ceil_mode.",
    witness=lambda: F.max_pool1d(row(1, 2, 3), 2, ceil_mode=True).shape != (1, 2),
)
def never_ceil(patch):
    replace(patch, MAX + AVERAGE, lambda c: c.run(ceil_mode=False))


@fault(
    "In ceil mode a window may begin in the padding at the end.",
    witness=lambda: F.max_pool1d(row(1, 2), 2, 3, 1, ceil_mode=True).shape != (1, 1),
)
def ceil_begins_in_padding(patch):
    def broken(c):
        if not c.ceil_mode or c.with_indices:
            return c.run()
        output = c.run()
        sizes = c.input.shape[-c.axes :]
        dilation = c.each(getattr(c, "dilation", 1))
        amounts = []
        for n, k, s, p, d, has in zip(
            sizes,
            c.each(c.kernel_size),
            c.steps,
            c.each(c.padding),
            dilation,
            output.shape[-c.axes :],
            strict=True,
        ):
            wanted = -(-(n + 2 * p - d * (k - 1) - 1) // s) + 1
            amounts = [0, max(0, wanted - has), *amounts]
        return F.pad(output, amounts)

    replace(patch, MAX + AVERAGE, broken)


@fault(
    "A padding larger than half the window is cut to it.",
    witness=lambda: other(lambda: F.max_pool1d(row(1, 2, 3), 3, 1, 2), "RuntimeError"),
)
def padding_cut_to_half(patch):
    def broken(c):
        pairs = zip(c.each(c.padding), c.each(c.kernel_size), strict=False)
        return c.run(padding=[min(p, k // 2) for p, k in pairs])

    replace(patch, MAX + AVERAGE, broken)


@fault(
    "A negative padding is taken for none.",
    witness=lambda: other(lambda: F.max_pool1d(row(1, 2, 3), 3, 1, -1), "RuntimeError"),
)
def negative_padding_taken(patch):
    replace(
        patch,
        MAX + AVERAGE,
        lambda c: c.run(padding=[max(0, p) for p in c.each(c.padding)]),
    )


@fault(
    "A stride of 0 is taken for None.",
    witness=lambda: other(lambda: F.max_pool1d(row(1, 2, 3), 2, 0), "RuntimeError"),
)
def zero_stride_taken_for_none(patch):
    replace(patch, MAX + AVERAGE, lambda c: c.run(stride=c.stride or None))


@fault(
    "A dilation of 0 is taken for 1.",
    witness=lambda: other(
        lambda: F.max_pool1d(row(1, 2, 3), 2, dilation=0), "RuntimeError"
    ),
)
def zero_dilation_taken_for_one(patch):
    replace(patch, MAX, lambda c: c.run(dilation=c.dilation or 1))


@fault(
    "Numbers that are too many are passed over in silence.",
    witness=lambda: other(lambda: F.max_pool2d(image(2, 2), (1, 1, 1)), "RuntimeError"),
)
def long_tuples_cut(patch):
    def cut(c, value):
        return value[: c.axes] if isinstance(value, (tuple, list)) else value

    def broken(c):
        names = ("kernel_size", "stride", "padding")
        return c.run(**{name: cut(c, getattr(c, name)) for name in names})

    replace(patch, [MAX[1], AVERAGE[1]], broken)


@fault(
    "A window larger than the input takes what there is.",
    witness=lambda: other(lambda: F.avg_pool1d(row(1, 2), 3), "RuntimeError"),
)
def large_window_taken(patch):
    def broken(c):
        try:
            return c.run()
        except RuntimeError as error:
            if "utput size" not in str(error):
                raise
        return c.run(ceil_mode=True)

    replace(patch, MAX + AVERAGE, broken)


# --- what max pooling takes -----------------------------------------------------------


@fault(
    "The padding of max pooling holds zeros.",
    witness=lambda: other(lambda: F.max_pool1d(row(-1, -1), 2, 2, 1), [[-1, -1]]),
)
def padding_of_zeros(patch):
    def broken(c):
        if c.with_indices or c.ceil_mode or min(c.each(c.padding)) < 0:
            return c.run()
        c.run()
        amounts = [n for each in c.each(c.padding)[::-1] for n in (each, each)]
        return c.run(input=F.pad(c.input, amounts), padding=0)

    replace(patch, MAX, broken)


@fault(
    "The indices of max pooling count the padding of the last axis.",
    witness=lambda: other(
        lambda: F.max_pool1d(row(1, 2), 2, 2, 1, return_indices=True)[1], [[0, 1]]
    ),
)
def indices_count_padding(patch):
    replace(
        patch,
        MAX,
        lambda c: c.on_indices(lambda indices: indices + c.each(c.padding)[-1]),
    )


@fault(
    "F.max_pool2d of integers gives floats.",
    witness=lambda: (
        F.max_pool2d(torch.ones(1, 1, 1, dtype=torch.int64), 1).dtype != torch.int64
    ),
)
def integers_become_floats(patch):
    replace(
        patch,
        MAX,
        lambda c: (
            c.run() if c.input.is_floating_point() else c.run(input=c.input.float())
        ),
    )


@fault(
    "Max pooling passes over NaN.",
    witness=lambda: math.isfinite(F.max_pool1d(row(1, math.nan), 2).item()),
)
def nan_passed_over(patch):
    def broken(c):
        return c.run(input=torch.where(c.input.isnan(), -math.inf, c.input))

    replace(patch, MAX, broken)


@fault(
    "A window of minus infinity alone gives the smallest finite number.",
    witness=lambda: F.max_pool1d(row(-math.inf), 1).item() != -math.inf,
)
def minus_infinity_finite(patch):
    def finite(values):
        least = torch.finfo(values.dtype).min if values.is_floating_point() else None
        return values if least is None else values.clamp(min=least)

    replace(patch, MAX, lambda c: c.on_values(finite))


@fault(
    "Indices are int32.",
    witness=lambda: (
        F.max_pool1d(row(1), 1, return_indices=True)[1].dtype != torch.int64
    ),
)
def indices_int32(patch):
    replace(patch, MAX + ADAPTIVE_MAX, lambda c: c.on_indices(lambda i: i.int()))


@fault(
    "Indices count within the window's row instead of the whole input.",
    witness=lambda: other(
        lambda: F.max_pool2d(image(2, 2), 2, return_indices=True)[1], [[[3]]]
    ),
)
def indices_within_row(patch):
    replace(
        patch,
        MAX + ADAPTIVE_MAX,
        lambda c: c.on_indices(lambda indices: indices % c.input.shape[-1]),
    )


@fault(
    "Max pooling always gives indices along.",
    witness=lambda: type(F.max_pool1d(row(1), 1)) is tuple,
)
def indices_always(patch):
    replace(patch, MAX, lambda c: c.run(return_indices=True))


@fault(
    "Max pooling never gives indices along.",
    witness=lambda: type(F.max_pool1d(row(1), 1, return_indices=True)) is not tuple,
)
def indices_never(patch):
    replace(patch, MAX, lambda c: c.run(return_indices=False))


def _last_of_equals(c):
    """The real pooling of the input read backwards."""
    dims = list(range(-c.axes, 0))
    kernel, steps = c.each(c.kernel_size), c.steps
    sizes = c.input.shape[-c.axes :]
    fits = all(n == k == s for n, k, s in zip(sizes, kernel, steps, strict=False))
    if not fits or any(c.each(c.padding)):
        return c.run()
    result = c.run(input=c.input.flip(dims))
    if not c.with_indices:
        return result
    return result[0], math.prod(sizes) - 1 - result[1]


@fault(
    "Of equal values max pooling takes the last.",
    witness=lambda: other(
        lambda: F.max_pool1d(row(1, 1), 2, return_indices=True)[1], [[0]]
    ),
)
def last_of_equals(patch):
    replace(patch, MAX, _last_of_equals)


@fault(
    "Values that come with indices pass no gradient.",
    witness=lambda: (
        not F.max_pool1d(row(1).requires_grad_(), 1, return_indices=True)[
            0
        ].requires_grad
    ),
)
def values_with_indices_detached(patch):
    def broken(c):
        return c.on_values(torch.Tensor.detach) if c.with_indices else c.run()

    replace(patch, MAX, broken)


# --- gradients ------------------------------------------------------------------------


def _gradient(function, *args):
    line = row(1, 1).requires_grad_()
    function(line, *args).sum().backward()
    return line.grad.tolist()


@fault(
    "Max pooling doubles the gradient.",
    witness=lambda: other(lambda: _gradient(F.max_pool1d, 2), [[1, 0]]),
)
def max_gradient_doubled(patch):
    replace(patch, MAX, lambda c: c.run(input=twice(c.input)))


@fault(
    "Max pooling shares the gradient among equal values of lines.",
    witness=lambda: other(lambda: _gradient(F.max_pool1d, 2), [[1, 0]]),
)
def max_gradient_shared(patch):
    def broken(c):
        plain = not any(c.each(c.padding)) and c.dilation == 1 and not c.ceil_mode
        whole = c.each(c.kernel_size) == list(c.input.shape[-c.axes :])
        if not (plain and whole and c.input.requires_grad) or c.with_indices:
            return c.run()
        dims = list(range(-c.axes, 0))
        return c.input.amax(dims, keepdim=True)

    replace(patch, MAX, broken)


@fault(
    "Average pooling gives each value the whole gradient.",
    witness=lambda: other(lambda: _gradient(F.avg_pool1d, 2), [[0.5, 0.5]]),
)
def average_gradient_undivided(patch):
    def broken(c):
        if not c.input.requires_grad:
            return c.run()
        total = c.run(input=c.input * math.prod(c.each(c.kernel_size)))
        return total + (c.run() - total).detach()

    replace(patch, AVERAGE, broken)


# --- average pooling ------------------------------------------------------------------


@fault(
    "Average pooling gives sums.",
    witness=lambda: other(lambda: F.avg_pool1d(row(1, 1), 2), [[1]]),
)
def average_gives_sums(patch):
    replace(
        patch,
        AVERAGE,
        lambda c: c.run(input=c.input * math.prod(c.each(c.kernel_size))),
    )


@fault(
    "Padding never counts in the mean.",
    witness=lambda: other(lambda: F.avg_pool1d(row(2), 2, 1, 1), [[1, 1]]),
)
def padding_never_counts(patch):
    replace(patch, AVERAGE, lambda c: c.run(count_include_pad=False))


@fault(
    "Padding always counts in the mean.",
    witness=lambda: other(
        lambda: F.avg_pool1d(row(2), 2, 1, 1, count_include_pad=False), [[2, 2]]
    ),
)
def padding_always_counts(patch):
    replace(patch, AVERAGE, lambda c: c.run(count_include_pad=True))


@fault(
    "What hangs over the end counts in the mean.",
    witness=lambda: other(lambda: F.avg_pool1d(row(2), 2, ceil_mode=True), [[2]]),
)
def overhang_counts(patch):
    def broken(c):
        if not c.ceil_mode:
            return c.run()
        real, of_ones = c.run(), c.run(input=torch.ones_like(c.input))
        inside = F.pad(torch.ones_like(c.input), [0, 4] * c.axes)
        share = REAL[c.name](
            inside, c.kernel_size, c.stride, c.padding, count_include_pad=True
        )
        share = share[(..., *[slice(n) for n in real.shape[-c.axes :]])]
        return real / of_ones * share

    replace(patch, AVERAGE, broken)


@fault(
    "The divisor_override is ignored.",
    witness=lambda: other(
        lambda: F.avg_pool2d(torch.ones(1, 1, 1), 1, divisor_override=2), [[[0.5]]]
    ),
)
def divisor_ignored(patch):
    replace(
        patch,
        AVERAGE[1:],
        lambda c: c.run(
            divisor_override=None if c.divisor_override else c.divisor_override
        ),
    )


@fault(
    "A divisor_override of 0 is taken for None.",
    witness=lambda: other(
        lambda: F.avg_pool2d(torch.ones(1, 1, 1), 1, divisor_override=0), "RuntimeError"
    ),
)
def zero_divisor_taken_for_none(patch):
    replace(
        patch, AVERAGE[1:], lambda c: c.run(divisor_override=c.divisor_override or None)
    )


@fault(
    "AvgPool1d takes a divisor_override, and ignores it.",
    witness=lambda: other(
        lambda: nn.AvgPool1d(1, divisor_override=2).kernel_size, "TypeError"
    ),
)
def line_takes_divisor(patch):
    real = nn.AvgPool1d.__init__

    def __init__(self, *args, divisor_override=None, **kwargs):
        real(self, *args, **kwargs)

    patch(nn.AvgPool1d, "__init__", __init__)


@fault(
    "Average pooling leaves NaN out.",
    witness=lambda: not F.avg_pool1d(row(1, math.nan), 2).isnan().item(),
)
def average_without_nan(patch):
    replace(patch, AVERAGE, lambda c: c.run(input=c.input.nan_to_num()))


@fault(
    "F.avg_pool3d takes a window larger than the input without its padding.",
    witness=lambda: other(
        lambda: F.avg_pool3d(torch.ones(1, 2, 2, 2), 3, 1, 1).shape, "RuntimeError"
    ),
)
def volume_smaller_than_window(patch):
    instead(["avg_pool3d"], "smaller than kernel size", lambda c: c.input.clone())(
        patch
    )


# --- what goes in ---------------------------------------------------------------------


@fault(
    "One sample without a batch gives a batch of one.",
    witness=lambda: F.max_pool1d(row(1), 1).dim() != 2,
)
def unbatched_gives_batch(patch):
    def broken(c):
        bare = c.input.dim() == c.axes + 1
        return c.on_values(lambda values: values.unsqueeze(0) if bare else values)

    replace(patch, MAX + AVERAGE + ADAPTIVE_MAX + ADAPTIVE_AVERAGE, broken)


@fault(
    "A batch of none is refused.",
    witness=lambda: other(
        lambda: tuple(F.max_pool1d(torch.ones(0, 1, 1), 1).shape), (0, 1, 1)
    ),
)
def batch_of_none_refused(patch):
    def broken(c):
        if len(c.input) == 0:
            raise RuntimeError("the batch is empty")
        return c.run()

    replace(patch, MAX + AVERAGE + ADAPTIVE_MAX + ADAPTIVE_AVERAGE, broken)


@fault(
    "Pooling of an empty image is empty.",
    witness=lambda: other(lambda: F.max_pool2d(torch.ones(1, 0, 4), 2), "RuntimeError"),
)
def empty_image_taken(patch):
    instead(
        [MAX[1], AVERAGE[1]], "optional 0 dim batch size", lambda c: c.input.clone()
    )(patch)


@fault(
    "An image without channels is taken for one channel.",
    witness=lambda: other(lambda: F.max_pool2d(torch.ones(2, 2), 2), "RuntimeError"),
)
def no_channels_taken_for_one(patch):
    def broken(c):
        bare = c.input.dim() == c.axes
        return c.run(input=c.input.unsqueeze(0)).squeeze(0) if bare else c.run()

    replace(patch, MAX + AVERAGE, broken)


@fault(
    "Pooling gives float32, whatever goes in.",
    witness=lambda: F.max_pool1d(row(1).double(), 1).dtype != torch.float64,
)
def pooling_gives_float32(patch):
    replace(patch, MAX + AVERAGE, lambda c: c.on_values(torch.Tensor.float))


@fault(
    "A transposed input is read in the order of memory.",
    witness=lambda: other(
        lambda: F.avg_pool1d(torch.tensor([[1.0, 2.0], [3.0, 4.0]]).t(), 1),
        [[1, 3], [2, 4]],
    ),
)
def input_read_from_memory(patch):
    def broken(c):
        x = c.input
        plain = x.is_contiguous() or x.is_contiguous(
            memory_format=torch.channels_last
            if x.dim() == 4
            else torch.contiguous_format
        )
        return c.run(
            input=x if plain else x.as_strided(x.shape, torch.empty(x.shape).stride())
        )

    replace(patch, MAX + AVERAGE, broken)


@fault(
    "Pooling gives a contiguous output, also of channels-last inputs.",
    witness=lambda: F.max_pool2d(
        torch.ones(1, 2, 2, 2).to(memory_format=torch.channels_last), 1
    ).is_contiguous(),
)
def channels_last_lost(patch):
    replace(patch, [MAX[1], AVERAGE[1]], lambda c: c.on_values(torch.Tensor.contiguous))


@fault(
    "Windows of one pixel give the input itself.",
    witness=lambda: (lambda x: F.max_pool1d(x, 1) is x)(row(1)),
)
def single_pixels_give_input(patch):
    def broken(c):
        single = max(c.each(c.kernel_size)) == 1 and c.steps == [1] * c.axes
        return c.input if single and not c.with_indices else c.run()

    replace(patch, MAX + AVERAGE, broken)


# --- layers ---------------------------------------------------------------------------


@fault(
    "MaxPool2d takes ceil_mode before return_indices.",
    witness=lambda: list(inspect.signature(nn.MaxPool2d).parameters)[4] == "ceil_mode",
)
def max_pool_arguments_swapped(patch):
    real = nn.MaxPool2d.__init__

    def __init__(
        self,
        kernel_size,
        stride=None,
        padding=0,
        dilation=1,
        ceil_mode=False,
        return_indices=False,
    ):
        real(self, kernel_size, stride, padding, dilation, return_indices, ceil_mode)

    patch(nn.MaxPool2d, "__init__", __init__)


@fault(
    "MaxPool2d doesn't print its stride.",
    witness=lambda: "stride" not in repr(nn.MaxPool2d(2)),
)
def repr_without_stride(patch):
    patch(nn.MaxPool2d, "extra_repr", lambda self: f"kernel_size={self.kernel_size}")


@fault(
    "Pooling layers keep their window in a buffer.",
    witness=lambda: list(nn.MaxPool2d(2).state_dict()) != [],
)
def window_in_buffer(patch):
    for layer in (nn.MaxPool2d, nn.AvgPool2d):
        real = layer.__init__

        def __init__(self, *args, real=real, **kwargs):
            real(self, *args, **kwargs)
            self.register_buffer("window", torch.ones(1))

        __init__.__signature__ = inspect.signature(real)
        patch(layer, "__init__", __init__)


# --- adaptive pooling -----------------------------------------------------------------


def _cut(length, bins):
    """Where bins that share no pixels begin and end."""
    ends = [number * length // bins for number in range(bins + 1)]
    return [(a, max(b, a + 1)) for a, b in itertools.pairwise(ends)]


@fault(
    "The bins of adaptive average pooling share no pixels.",
    witness=lambda: other(lambda: F.adaptive_avg_pool1d(row(0, 2, 4), 2), [[1, 3]]),
)
def bins_share_nothing(patch):
    def broken(c):
        if c.axes > 2 or not isinstance(c.output_size, (int, tuple)):
            return c.run()
        sizes = c.each(c.output_size)
        if None in sizes or min(sizes) < 1:
            return c.run()
        c.run()
        result = c.input
        for dim, bins in zip(range(-c.axes, 0), sizes, strict=False):
            cuts = _cut(result.shape[dim], bins)
            parts = [
                result.narrow(dim, a, b - a).mean(dim, keepdim=True) for a, b in cuts
            ]
            result = torch.cat(parts, dim)
        return result

    replace(patch, ADAPTIVE_AVERAGE, broken)


@fault(
    "Adaptive pooling makes at most as many bins as there are pixels.",
    witness=lambda: F.adaptive_avg_pool1d(row(1, 2), 3).shape != (1, 3),
)
def bins_at_most_pixels(patch):
    def broken(c):
        sizes = c.input.shape[-c.axes :]
        pairs = zip(c.each(c.output_size), sizes, strict=False)
        return c.run(output_size=[n if b is None else min(b, n) for b, n in pairs])

    replace(patch, ADAPTIVE_MAX + ADAPTIVE_AVERAGE, broken)


@fault(
    "The output size of adaptive pooling is for the last axis first.",
    witness=lambda: F.adaptive_avg_pool2d(image(2, 2), (1, 2)).shape != (1, 1, 2),
)
def output_size_reversed(patch):
    replace(
        patch,
        ADAPTIVE_MAX + ADAPTIVE_AVERAGE,
        lambda c: c.run(output_size=_reversed(c.output_size)),
    )


@fault(
    "None in an output size is taken for 1.",
    witness=lambda: F.adaptive_avg_pool2d(image(2, 2), (None, 1)).shape != (1, 2, 1),
)
def none_taken_for_one(patch):
    def broken(c):
        return c.run(output_size=[1 if n is None else n for n in c.each(c.output_size)])

    replace(patch, [ADAPTIVE_MAX[1], ADAPTIVE_AVERAGE[1]], broken)


@fault(
    "A negative output size is taken for 0.",
    witness=lambda: other(lambda: F.adaptive_avg_pool1d(row(1), -1), "RuntimeError"),
)
def negative_output_size_taken(patch):
    def broken(c):
        sizes = c.each(c.output_size)
        return c.run(output_size=[n if n is None else max(0, n) for n in sizes])

    replace(patch, ADAPTIVE_AVERAGE, broken)


@fault(
    "Adaptive pooling of an empty image gives zeros.",
    witness=lambda: other(
        lambda: F.adaptive_avg_pool2d(torch.ones(1, 1, 0, 2), 2), "RuntimeError"
    ),
)
def adaptive_takes_empty(patch):
    instead(
        [ADAPTIVE_MAX[1], ADAPTIVE_AVERAGE[1]],
        "non-zero size",
        lambda c: c.input.new_zeros([*c.input.shape[:-2], *c.each(c.output_size)]),
    )(patch)


@fault(
    "Adaptive pooling doubles the gradient.",
    witness=lambda: other(lambda: _gradient(F.adaptive_avg_pool1d, 1), [[0.5, 0.5]]),
)
def adaptive_gradient_doubled(patch):
    replace(
        patch,
        ADAPTIVE_MAX + ADAPTIVE_AVERAGE,
        lambda c: c.run(input=twice(c.input)),
    )


# --- unpooling, other poolings --------------------------------------------------------


@fault(
    "Unpooling puts values one place too far.",
    witness=lambda: other(
        lambda: F.max_unpool1d(row(5), torch.tensor([[0]]), 2), [[5, 0]]
    ),
)
def unpool_one_too_far(patch):
    def broken(c):
        return c.run().roll(1, -1)

    replace(patch, UNPOOL, broken)


@fault(
    "Unpooling ignores the output_size.",
    witness=lambda: (
        F.max_unpool1d(row(5), torch.tensor([[0]]), 2, output_size=[3]).shape != (1, 3)
    ),
)
def unpool_ignores_size(patch):
    def broken(c):
        c.run()
        return c.run(output_size=None)

    replace(patch, UNPOOL, broken)


@fault(
    "Unpooling takes an impossible output_size for none.",
    witness=lambda: other(
        lambda: F.max_unpool1d(row(5), torch.tensor([[0]]), 2, output_size=[9]),
        "ValueError",
    ),
)
def unpool_takes_any_size(patch):
    def broken(c):
        try:
            return c.run()
        except ValueError:
            return c.run(output_size=None)

    replace(patch, UNPOOL, broken)


@fault(
    "Unpooling casts its indices to int64.",
    witness=lambda: other(
        lambda: F.max_unpool1d(row(5), torch.tensor([[0]]).int(), 2), "RuntimeError"
    ),
)
def unpool_casts_indices(patch):
    replace(patch, UNPOOL, lambda c: c.run(indices=c.indices.long()))


def _unpool_gradient():
    values = row(5).requires_grad_()
    F.max_unpool1d(values, torch.tensor([[1]]), 2).sum().backward()
    return values.grad.tolist()


@fault(
    "Unpooling doubles the gradient.", witness=lambda: other(_unpool_gradient, [[1]])
)
def unpool_gradient_doubled(patch):
    replace(patch, UNPOOL, lambda c: c.run(input=twice(c.input)))


@fault(
    "Power-average pooling takes the mean of the powers.",
    witness=lambda: other(lambda: F.lp_pool1d(row(1, 1), 1, 2), [[2]]),
)
def lp_pool_of_means(patch):
    for name in ("lp_pool1d", "lp_pool2d"):
        real = getattr(F, name)

        def lp_pool(input, norm_type, kernel_size, *args, real=real, **kwargs):
            window = kernel_size if isinstance(kernel_size, tuple) else (kernel_size,)
            count = math.prod(window * (2 if real is LP2 and len(window) == 1 else 1))
            output = real(input, norm_type, kernel_size, *args, **kwargs)
            return output / count ** (1 / norm_type)

        patch(F, name, lp_pool)


LP2 = F.lp_pool2d


@fault(
    "Fractional max pooling gives one row less than asked for.",
    witness=lambda: (
        F.fractional_max_pool2d(image(1, 4, 4), 2, output_size=2).shape != (1, 1, 2, 2)
    ),
)
def fractional_one_row_less(patch):
    real = F.fractional_max_pool2d

    def fractional_max_pool2d(*args, **kwargs):
        result = real(*args, **kwargs)
        if isinstance(result, tuple):
            return result[0][..., :-1, :], result[1][..., :-1, :]
        return result[..., :-1, :]

    patch(F, "fractional_max_pool2d", fractional_max_pool2d)


@fault(
    "FractionalMaxPool2d takes neither size nor ratio for half.",
    witness=lambda: other(lambda: nn.FractionalMaxPool2d(2).output_ratio, "ValueError"),
)
def fractional_half(patch):
    real = nn.FractionalMaxPool2d.__init__

    def __init__(
        self, kernel_size, output_size=None, output_ratio=None, *args, **kwargs
    ):
        if output_size is None and output_ratio is None:
            output_ratio = 0.5
        real(self, kernel_size, output_size, output_ratio, *args, **kwargs)

    patch(nn.FractionalMaxPool2d, "__init__", __init__)


# --- what the mutation of torch's source found ----------------------------------------


@fault(
    "Unpooling adds the padding.",
    witness=lambda: other(
        lambda: F.max_unpool1d(row(1), torch.tensor([[0]]), 3, 1, 1), [[1]]
    ),
)
def unpooling_adds_padding(patch):
    real = F._unpool_output_size

    def _unpool_output_size(input, kernel_size, stride, padding, output_size):
        padding = [-each for each in padding]
        return real(input, kernel_size, stride, padding, output_size)

    patch(F, "_unpool_output_size", _unpool_output_size)


@fault(
    "Unpooling takes an output_size of any length by its end.",
    witness=lambda: other(
        lambda: (
            F.max_unpool1d(row(1), torch.tensor([[0]]), 2, output_size=[2, 2]).shape
        ),
        "ValueError",
    ),
)
def unpooling_takes_any_length(patch):
    real = F._unpool_output_size

    def _unpool_output_size(input, kernel_size, stride, padding, output_size):
        if output_size is not None:
            output_size = output_size[-len(kernel_size) :]
        return real(input, kernel_size, stride, padding, output_size)

    patch(F, "_unpool_output_size", _unpool_output_size)


@fault(
    "Fractional pooling has the same windows in every channel.",
    witness=lambda: (
        len(F.fractional_max_pool2d(_alike(), 2, 5).flatten(2).unique(dim=1)[0]) == 1
    ),
)
def fractional_windows_alike(patch):
    for name, axes in (("fractional_max_pool2d", 2), ("fractional_max_pool3d", 3)):
        real = getattr(F, name)

        def function(input, *args, real=real, axes=axes, **kwargs):
            batch = len(input) if input.dim() == axes + 2 else 1
            shape = (batch, input.shape[-axes - 1], axes)
            kwargs["_random_samples"] = input.new_full(shape, 0.5)
            return real(input, *args, **kwargs)

        patch(F, name, function)


def _alike():
    return torch.arange(81.0).reshape(1, 1, 9, 9).expand(1, 50, 9, 9)
