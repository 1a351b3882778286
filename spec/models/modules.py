"""In which order the parameters of modules inside modules are listed.

A module is described by a pair, the names of its parameters and its children, such as
``(["weight"], {"inner": ([], {})})``.
"""


def names_of(module, prefix=""):
    """The dotted names of all parameters: a module's own, then child after child.

    Own parameters come in the order in which they were registered, then the children in
    theirs, each with all that is below it before the next begins.
    """
    own, children = module
    names = [prefix + name for name in own]
    for name, child in children.items():
        names += names_of(child, f"{prefix}{name}.")
    return names


def paths_of(module, prefix=""):
    """The dotted names of a module and of all modules below it, itself first."""
    _, children = module
    paths = [prefix.removesuffix(".")]
    for name, child in children.items():
        paths += paths_of(child, f"{prefix}{name}.")
    return paths


def run(steps, value):
    """What a chain of steps makes of a number: each takes what the one before gave.

    A step is a pair, ``("add", 3)`` or ``("times", 2)``.
    """
    for operation, number in steps:
        value = value + number if operation == "add" else value * number
    return value
