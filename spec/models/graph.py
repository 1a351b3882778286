"""The rules of graphs, and of gradients of selections, in plain Python.

A node is anything with ``name()`` and ``next_functions``: pairs of the next node, or
None, and a number.
"""

from typing import Any

WORDS = {  # a word for an operation, and the name of the node that it records
    "add": "AddBackward0",
    "mul": "MulBackward0",
    "exp": "ExpBackward0",
    "neg": "NegBackward0",
}


def longest_path(node: Any) -> list[str]:
    """Return the names along the longest way from a node to an end of the graph.

    The way is followed without a memory of the nodes met: it ends because no node leads
    back to itself.
    """
    ways = [
        longest_path(following) for following, _ in node.next_functions if following
    ]
    return [node.name(), *max(ways, key=len, default=[])]


def reachable(node: Any) -> list[Any]:
    """Return the different nodes that a node leads to, itself the first.

    Each node of a graph counts once, however many ways lead to it.
    """
    found = [node]
    for known in found:
        for following, _ in known.next_functions:
            if following is not None and following not in found:
                found.append(following)
    return found


def recorded(words: list[str]) -> list[str]:
    """Return the names that a chain of operations leaves, the last operation first."""
    return [WORDS[word] for word in reversed(words)]


def gradient_of_selection(
    places: list[int], weights: list[int], length: int
) -> list[int]:
    """Return the gradient of a weighted sum of selected elements.

    Each element gets the sum of the weights of all places where it was selected.

    Args:
        places: which element stands at each place of the selection.
        weights: the factor of each place.
        length: the number of elements to select from.
    """
    gradient = [0] * length
    for place, weight in zip(places, weights):
        gradient[place] += weight
    return gradient
