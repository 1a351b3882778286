"""Recurrent layers in plain Python: one step after another, with numbers for gates.

A vector is a list of numbers, a matrix a list of rows. The rows of ``weight_ih``,
``weight_hh`` and of the biases belong to the gates, one block of rows for each gate.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import NamedTuple

Vector = list[float]
Matrix = list[Vector]


class Weights(NamedTuple):
    """What one layer keeps for one direction."""

    weight_ih: Matrix
    weight_hh: Matrix
    bias_ih: Vector
    bias_hh: Vector


class State(NamedTuple):
    """The hidden state, and the cell state, which only an LSTM has."""

    h: Vector
    c: Vector


Step = Callable[[Weights, Vector, State], State]


def sigmoid(x: float) -> float:
    """Return the logistic function of x."""
    return 1 / (1 + math.exp(-x))


def affine(matrix: Matrix, bias: Vector, x: Vector) -> Vector:
    """Return the matrix times x, plus the bias."""
    return [sum(m * n for m, n in zip(row, x)) + b for row, b in zip(matrix, bias)]


def blocks(values: Vector, count: int) -> list[Vector]:
    """Cut a vector into blocks of one size."""
    size = len(values) // count
    return [values[n * size : (n + 1) * size] for n in range(count)]


def rnn_step(w: Weights, x: Vector, state: State) -> State:
    """Take one step: h' = tanh(W_ih x + b_ih + W_hh h + b_hh)."""
    given = affine(w.weight_ih, w.bias_ih, x)
    kept = affine(w.weight_hh, w.bias_hh, state.h)
    return State([math.tanh(a + b) for a, b in zip(given, kept)], [])


def lstm_step(w: Weights, x: Vector, state: State) -> State:
    """Take one step with the gates i, f, g, o: c' = f c + i g, and h' = o tanh(c')."""
    given = affine(w.weight_ih, w.bias_ih, x)
    kept = affine(w.weight_hh, w.bias_hh, state.h)
    i, f, g, o = blocks([a + b for a, b in zip(given, kept)], 4)
    c = [
        sigmoid(forget) * old + sigmoid(take) * math.tanh(new)
        for forget, old, take, new in zip(f, state.c, i, g)
    ]
    return State([sigmoid(out) * math.tanh(cell) for out, cell in zip(o, c)], c)


def gru_step(w: Weights, x: Vector, state: State) -> State:
    """Take one step with the gates r, z and n: h' = (1 - z) n + z h.

    n sees what r lets through of the old state, its bias included.
    """
    given = blocks(affine(w.weight_ih, w.bias_ih, x), 3)
    kept = blocks(affine(w.weight_hh, w.bias_hh, state.h), 3)
    r, z = [[sigmoid(a + b) for a, b in zip(given[k], kept[k])] for k in (0, 1)]
    n = [math.tanh(a + gate * b) for a, gate, b in zip(given[2], r, kept[2])]
    return State([(1 - u) * new + u * old for u, new, old in zip(z, n, state.h)], [])


def run(step: Step, w: Weights, sequence: Matrix, state: State) -> tuple[Matrix, State]:
    """Return the hidden state after each element, and the last state."""
    outputs = []
    for x in sequence:
        state = step(w, x, state)
        outputs.append(state.h)
    return outputs, state


def layers(
    step: Step, stack: list[list[Weights]], sequence: Matrix, states: list[State]
) -> tuple[Matrix, list[State]]:
    """Return the outputs of the last layer, and the last state of every layer.

    Each layer reads the outputs of the one before it. A second direction reads the
    sequence from its end; its output for an element stands behind that of the first.
    The states are ordered by layer, then by direction.
    """
    last = []
    for depth, directions in enumerate(stack):
        results = []
        for n, w in enumerate(directions):
            begin = states[depth * len(directions) + n]
            turned = sequence if n == 0 else sequence[::-1]
            outputs, state = run(step, w, turned, begin)
            results.append(outputs if n == 0 else outputs[::-1])
            last.append(state)
        sequence = [list(itertools.chain(*parts)) for parts in zip(*results)]
    return sequence, last
