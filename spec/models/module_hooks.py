"""The order in which the hooks of a module run."""


def order(actions):
    """Return the names of the hooks that are left, in the order in which they run.

    A hook is registered behind those that are there, or before them with ``prepend``.
    A hook that is removed leaves the order of the others as it is.

    Args:
        actions: what is done one after another: ``("append", name)``,
            ``("prepend", name)``, or ``("remove", name)`` of a hook that is there.
    """
    names = []
    for action, name in actions:
        if action == "append":
            names = [*names, name]
        elif action == "prepend":
            names = [name, *names]
        else:
            names = [other for other in names if other != name]
    return names
