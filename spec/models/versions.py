"""The rule of memory and version counters, in plain Python.

Every tensor lies over a memory and has a counter of the writes into it. What is made
from a tensor shares both, one or none of them:

====================  ======  =======
made with             memory  counter
====================  ======  =======
a view, ``detach()``  shared  shared
``.data``             shared  new
``clone()``           new     new
====================  ======  =======

A write adds one to the counter of the tensor that is written to, in whatever grad mode.
"""

STEPS = ("view", "detach", "data", "clone", "write", "write under no_grad")


def versions(steps: list[tuple[str, int]]) -> list[tuple[int, int]]:
    """Return the value and the version of every tensor after some steps.

    The first tensor has value 0. Each step takes one of the tensors so far, by number,
    counted round if there are fewer, and appends its result to them. A write adds 2 to
    the value in memory and its result is the tensor itself.

    Args:
        steps: pairs of a word from ``STEPS`` and the number of a tensor.
    """
    values, counters = [0], [0]
    tensors = [(0, 0)]
    for word, number in steps:
        memory, counter = tensors[number % len(tensors)]
        if word.startswith("write"):
            values[memory] += 2
            counters[counter] += 1
        if word == "clone":
            values.append(values[memory])
            memory = len(values) - 1
        if word in ("data", "clone"):
            counters.append(0)
            counter = len(counters) - 1
        tensors.append((memory, counter))
    return [(values[memory], counters[counter]) for memory, counter in tensors]
