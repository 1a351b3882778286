"""Normalisation in plain Python: means, variances, and what a layer makes of them.

A batch is a list of samples, and a sample is a list with one number for each channel.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field


def mean(values: list[float]) -> float:
    """Return the sum of the values, divided by how many they are."""
    return sum(values) / len(values)


def variance(values: list[float], unbiased: bool = False) -> float:
    """Return the mean square distance from the mean.

    The unbiased one divides by one less than there are values.
    """
    centre = mean(values)
    squares = sum((value - centre) ** 2 for value in values)
    return squares / (len(values) - 1 if unbiased else len(values))


def normalised(values: list[float], eps: float) -> list[float]:
    """Return the values shifted to mean 0 and scaled to (nearly) variance 1."""
    centre, scale = mean(values), math.sqrt(variance(values) + eps)
    return [(value - centre) / scale for value in values]


def gradient(values: list[float], upstream: list[float], eps: float) -> list[float]:
    """Return how ``sum(upstream * normalised(values))`` changes with each value.

    Every value moves the mean and the variance, and so every other result as well.
    """
    results = normalised(values, eps)
    scale = math.sqrt(variance(values) + eps)
    shift = mean(upstream)
    slope = mean([u * r for u, r in zip(upstream, results)])
    return [(u - shift - r * slope) / scale for u, r in zip(upstream, results)]


@dataclass
class BatchNorm:
    """One layer of batch normalisation without weights, over batches of samples."""

    channels: int
    momentum: float | None
    eps: float
    batches: int = 0
    running_mean: list[float] = field(default_factory=list)
    running_var: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin with mean 0 and variance 1."""
        self.running_mean = [0.0] * self.channels
        self.running_var = [1.0] * self.channels

    def train(self, batch: list[list[float]]) -> list[list[float]]:
        """Normalise by the batch's own statistics, and mix them into the running ones.

        The share of the new batch is the momentum; without one, every batch so far
        counts the same.
        """
        self.batches += 1
        new = 1 / self.batches if self.momentum is None else self.momentum
        columns = [[sample[c] for sample in batch] for c in range(self.channels)]
        for c, column in enumerate(columns):
            old_mean, old_var = self.running_mean[c], self.running_var[c]
            self.running_mean[c] = (1 - new) * old_mean + new * mean(column)
            self.running_var[c] = (1 - new) * old_var + new * variance(column, True)
        results = [normalised(column, self.eps) for column in columns]
        return [list(sample) for sample in zip(*results)]

    def evaluate(self, batch: list[list[float]]) -> list[list[float]]:
        """Normalise by the running statistics, and change nothing."""
        return [
            [
                (value - m) / math.sqrt(v + self.eps)
                for value, m, v in zip(sample, self.running_mean, self.running_var)
            ]
            for sample in batch
        ]
