"""Linear maps, activations and losses over lists of numbers, and their gradients.

Rows are lists: one sample each.
"""

import math
from collections.abc import Callable, Sequence

Row = Sequence[float]
Rows = Sequence[Row]


def linear_map(xs: Rows, weight: Rows, bias: Row) -> list[list[float]]:
    """Return, for each sample, the weight's rows times the sample, plus the bias."""
    return [
        [
            sum(w * x for w, x in zip(row, sample, strict=True)) + b
            for row, b in zip(weight, bias, strict=True)
        ]
        for sample in xs
    ]


def linear_gradients(
    xs: Rows, weight: Rows, given: Rows
) -> tuple[list[list[float]], list[list[float]], list[float]]:
    """Return the gradients of input, weight and bias of a linear map.

    Args:
        xs: the samples.
        weight: one row per output.
        given: the gradient of each sample's outputs.
    """
    outputs, inputs = range(len(weight)), range(len(weight[0]))
    of_input = [
        [sum(g[o] * weight[o][i] for o in outputs) for i in inputs] for g in given
    ]
    of_weight = [
        [sum(g[o] * x[i] for g, x in zip(given, xs, strict=True)) for i in inputs]
        for o in outputs
    ]
    of_bias = [sum(g[o] for g in given) for o in outputs]
    return of_input, of_weight, of_bias


def reduced(values: Row, reduction: str) -> float | list[float]:
    """Return all values, their sum or their mean."""
    if reduction == "none":
        return list(values)
    return sum(values) / (len(values) if reduction == "mean" else 1)


def difference_loss(kind: str, difference: float, corner: float) -> tuple[float, float]:
    """Return a loss of a difference, and its slope.

    Args:
        kind: the square (``"mse"``), the absolute value (``"l1"``), or a parabola that
            goes over into a line (``"smooth_l1"``, ``"huber"``).
        difference: the output minus the target.
        corner: where the parabola ends: beta of smooth L1, delta of Huber.
    """
    size, sign = abs(difference), (difference > 0) - (difference < 0)
    if kind == "mse":
        return difference**2, 2 * difference
    if kind == "l1":
        return size, sign
    scale = corner if kind == "huber" else 1
    if size < corner:
        return scale * size**2 / (2 * corner), scale * difference / corner
    return scale * (size - corner / 2), scale * sign


def cross_entropy(
    rows: Rows, classes: Sequence[int], weight: Row, smoothing: float, reduction: str
) -> float | list[float]:
    """Return the cross entropy between scores and numbers of classes.

    Args:
        rows: the scores of each sample's classes.
        classes: the number of each sample's class.
        weight: of each class.
        smoothing: the part of a target that is shared among all classes.
        reduction: ``"none"``, ``"sum"`` or ``"mean"``, which divides by the weights of
            the classes that occur.
    """
    losses = []
    for row, right in zip(rows, classes, strict=True):
        total = math.log(sum(map(math.exp, row)))
        each = [w * (total - score) for w, score in zip(weight, row, strict=True)]
        losses.append((1 - smoothing) * each[right] + smoothing * sum(each) / len(row))
    if reduction == "mean":
        return sum(losses) / sum(weight[right] for right in classes)
    return reduced(losses, reduction)


ACTIVATIONS: dict[str, Callable[[float], float]] = {
    "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
    "logsigmoid": lambda x: -math.log(1 + math.exp(-x)),
    "tanh": lambda x: (math.exp(x) - math.exp(-x)) / (math.exp(x) + math.exp(-x)),
    "tanhshrink": lambda x: x - math.tanh(x),
    "softsign": lambda x: x / (1 + abs(x)),
    "softplus": lambda x: math.log(1 + math.exp(x)),
    "softplus-beta": lambda x: math.log(1 + math.exp(2 * x)) / 2,
    "silu": lambda x: x / (1 + math.exp(-x)),
    "mish": lambda x: x * math.tanh(math.log(1 + math.exp(x))),
    "gelu": lambda x: x * (1 + math.erf(x / math.sqrt(2))) / 2,
    "gelu-tanh": lambda x: (
        x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) / 2
    ),
    "elu": lambda x: x if x > 0 else math.exp(x) - 1,
    "elu-alpha": lambda x: x if x > 0 else 2 * (math.exp(x) - 1),
    "celu-alpha": lambda x: x if x > 0 else 2 * (math.exp(x / 2) - 1),
    "selu": lambda x: (
        1.0507009873554805 * (x if x > 0 else 1.6732632423543772 * (math.exp(x) - 1))
    ),
    "hardswish": lambda x: x * min(max(x + 3, 0), 6) / 6,
    "hardsigmoid": lambda x: min(max(x + 3, 0), 6) / 6,
}


def slope(function: Callable[[float], float], x: float) -> float:
    """Return the slope of a function at a point, by a central difference."""
    step = 1e-5
    return (function(x + step) - function(x - step)) / (2 * step)
