"""A few things that any torch does, to tell a fault from a torch that does nothing."""

from __future__ import annotations

import io
from collections.abc import Callable

import torch


def _creates() -> bool:
    return torch.tensor([1, 2]).tolist() == [1, 2]


def _computes() -> bool:
    return (torch.ones(2) + 1).sum().item() == 4


def _views() -> bool:
    return torch.arange(6).view(2, 3).shape == (2, 3)


def _indexes() -> bool:
    return int(torch.arange(6)[4]) == 4


def _writes() -> bool:
    tensor = torch.zeros(3)
    tensor[1] = 5
    return tensor.tolist() == [0, 5, 0]


def _multiplies() -> bool:
    return bool(torch.equal(torch.eye(2) @ torch.ones(2, 1), torch.ones(2, 1)))


def _differentiates() -> bool:
    leaf = torch.ones(2, requires_grad=True)
    (leaf * 3).sum().backward()
    return leaf.grad is not None and leaf.grad.tolist() == [3, 3]


def _applies_a_module() -> bool:
    return torch.nn.Linear(2, 3)(torch.zeros(4, 2)).shape == (4, 3)


def _steps() -> bool:
    leaf = torch.nn.Parameter(torch.zeros(1))
    leaf.grad = torch.ones(1)
    torch.optim.SGD([leaf], lr=1.0).step()
    return leaf.item() == -1


def _saves() -> bool:
    file = io.BytesIO()
    torch.save([1], file)
    file.seek(0)
    return torch.load(file) == [1]


CHECKS: tuple[Callable[[], bool], ...] = (
    _creates,
    _computes,
    _views,
    _indexes,
    _writes,
    _multiplies,
    _differentiates,
    _applies_a_module,
    _steps,
    _saves,
)
ENOUGH = len(CHECKS) - 2  # of the checks failing say that everything is broken


def everything_is_broken() -> bool:
    """Whether torch does (nearly) nothing right any more."""
    return sum(not _holds(check) for check in CHECKS) >= ENOUGH


def _holds(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception:  # a fault may raise what it likes
        return False
