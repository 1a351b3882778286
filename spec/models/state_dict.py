"""Which keys of a state dict fit a module: what load_state_dict reports."""

from __future__ import annotations

from collections.abc import Collection


def missing_keys(names: Collection[str], keys: Collection[str]) -> list[str]:
    """Return the names of the module that are no keys, in the module's order.

    >>> missing_keys(["weight", "bias"], ["x", "bias"])
    ['weight']
    """
    return [name for name in names if name not in keys]


def unexpected_keys(names: Collection[str], keys: Collection[str]) -> list[str]:
    """Return the keys of the dict that are no names, in the dict's order.

    >>> unexpected_keys(["weight", "bias"], ["x", "bias"])
    ['x']
    """
    return [key for key in keys if key not in names]
